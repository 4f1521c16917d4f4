"""A hand muscle under a surface electrode: its fibers, their place, and how tissue conducts."""

from __future__ import annotations

from brian2 import metre, mm, ms, second, siemens

from ..parameters import Parameter
from ..units import degC
from .conditions import temperature

__all__ = ["hand_muscle"]

_CONDUCTIVITY = siemens / metre


def hand_muscle() -> dict[str, Parameter]:
    """First dorsal interosseous: about 40,500 fibers, electrode over the end plates."""
    return {
        **temperature(37 * degC),
        "fibers": Parameter(
            40_500, 1, 1, 10_000_000, "Feinstein1955", "assumed", "muscle fibers", integer=True,
            note="first dorsal interosseous, as simulators of its EMG use it",
        ),
        "half_length": Parameter(
            18 * mm, mm, 2 * mm, 300 * mm, "assumed", "assumed",
            "length of a fiber from its end plate to either end",
        ),
        "packing": Parameter(
            0.85, 1, 0.1, 1.0, "assumed", "assumed", "share of the muscle's section that is fiber",
        ),
        "skin": Parameter(
            1.5 * mm, mm, 0.1 * mm, 50 * mm, "assumed", "assumed",
            "depth of the muscle's surface under the electrode",
        ),
        "endplate_spread": Parameter(
            2 * mm, mm, 0 * mm, 50 * mm, "assumed", "assumed",
            "standard deviation of the end plates' place along the fibers",
        ),
        "arrival_spread": Parameter(
            0.5 * ms, second, 0 * ms, 20 * ms, "assumed", "assumed",
            "standard deviation of the impulse's arrival among the nerve's branches",
        ),
        "electrode_radius": Parameter(
            5 * mm, mm, 0.01 * mm, 50 * mm, "assumed", "assumed",
            "radius of the surface electrodes (discs)",
        ),
        "reference_distance": Parameter(
            35 * mm, mm, 1 * mm, 500 * mm, "assumed", "assumed",
            "from the electrode over the end plates to the reference, along the fibers",
            note="belly-tendon montage",
        ),
        "conductivity_radial": Parameter(
            0.063 * _CONDUCTIVITY, _CONDUCTIVITY, 0.001 * _CONDUCTIVITY, 10 * _CONDUCTIVITY,
            "AndreassenRosenfalck1981", "assumed", "of muscle across its fibers",
            note="as simulators of EMG quote it",
        ),
        "conductivity_axial": Parameter(
            0.33 * _CONDUCTIVITY, _CONDUCTIVITY, 0.001 * _CONDUCTIVITY, 10 * _CONDUCTIVITY,
            "AndreassenRosenfalck1981", "assumed", "of muscle along its fibers",
            note="as simulators of EMG quote it",
        ),
    }  # fmt: skip
