"""Numbers of force production: one fiber's tension and the spread of contraction times."""

from __future__ import annotations

from brian2 import mm, ms

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
    }  # fmt: skip
