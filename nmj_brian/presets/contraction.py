"""Numbers of force production: tension of a fiber, contraction times, potentiation and fatigue."""

from __future__ import annotations

import numpy as np
from brian2 import Hz, mm, ms, second

from ..parameters import Parameter
from ..units import newton

__all__ = ["human"]


def human() -> dict[str, Parameter]:
    """Parameters of human motor units, slow to fast."""
    tension = newton / mm**2
    return {
        "specific_tension": Parameter(
            0.318 * tension, tension, 0.1 * tension, 0.5 * tension, "BrownSongTsianos", "fitted",
            "tetanic force of a fiber per cross-section",
            note="value of the virtual-muscle models, from cat",
        ),
        "contraction_time": Parameter(
            90 * ms, ms, 20 * ms, 200 * ms, "Fuglevand1993", "fitted",
            "twitch contraction time of the slowest unit",
            note="human thenar units measured by Thomas 1990 span 35 to 80 ms",
        ),
        "contraction_range": Parameter(
            3.0, 1, 1, 10, "Fuglevand1993", "fitted",
            "contraction time of the slowest over that of the fastest unit",
        ),
        "activation_delay": Parameter(
            2.5 * ms, ms, 0 * ms, 20 * ms, "assumed", "assumed",
            "from the action potential at the end plate to the first force",
            note="sarcolemma, tubules and calcium release; Caillet 2023 use 0.5 + 2.1 ms",
        ),
        "potentiation": Parameter(
            0.72, 1, 0, 3, "Kohn2017", "measured",
            "by what share a twitch is stronger after a maximal contraction",
            note="71.6 +- 42.2 %, elbow flexors; weak thenar units up to threefold (Thomas 1990)",
        ),
        "potentiation_step": Parameter(
            0.01, 1, 0, 1, "MettlerGriffin2010", "fitted",
            "share of the missing potentiation that one impulse adds",
            note="100 impulses potentiate the adductor pollicis by 39 to 45 %",
        ),
        "potentiation_time": Parameter(
            28 / np.log(2) * second, second, 1 * second, 600 * second, "PAP2019", "measured",
            "time of the decay of potentiation", note="half-life 28 s",
        ),
        "fatigability": Parameter(
            0.0225 * Hz, Hz, 0 * Hz, 1 * Hz, "PotvinFuglevand2017", "fitted",
            "share of its force that the most fatigable unit loses per time of tetanic force",
        ),
        "fatigability_range": Parameter(
            180.0, 1, 1, 10_000, "PotvinFuglevand2017", "fitted",
            "fatigability of the largest over that of the smallest unit",
        ),
        "fatigue_slowing": Parameter(
            0.379, 1, 0, 2, "PotvinFuglevand2017", "fitted",
            "by what share a twitch is slower when no force is left",
        ),
    }  # fmt: skip
