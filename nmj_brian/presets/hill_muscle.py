"""Numbers of Thelen's muscle, as the versions of OpenSim have them."""

from __future__ import annotations

from brian2 import Hz, cm, ms

from ..parameters import Parameter
from ..units import degC
from .conditions import temperature

__all__ = ["opensim_3", "opensim_4"]

_OWN = "each muscle has its own: a place to put it"
_SOURCE = "Thelen2003"


def _thelen(tendon_strain: float, lengthening_force: float, version: str) -> dict[str, Parameter]:
    changed = f"OpenSim {version}"
    return temperature(37 * degC) | {
        "fiber_length": Parameter(
            10 * cm, cm, 0.1 * cm, 100 * cm, "assumed", "assumed", "optimal length of the fibers",
            note=_OWN,
        ),
        "tendon_length": Parameter(
            20 * cm, cm, 0.1 * cm, 100 * cm, "assumed", "assumed", "slack length of the tendon",
            note=_OWN,
        ),
        "pennation": Parameter(
            0.0, 1, 0.0, 1.2, "assumed", "assumed",
            "angle (radian) of the fibers to the tendon at optimal length", note=_OWN,
        ),
        "fastest": Parameter(
            10 * Hz, Hz, 0.1 * Hz, 50 * Hz, _SOURCE, "fitted",
            "greatest speed of shortening, optimal lengths per time",
        ),
        "activation_time": Parameter(
            15 * ms, ms, 1 * ms, 200 * ms, _SOURCE, "fitted", "time of activation, at activation 1/3"
        ),
        "deactivation_time": Parameter(
            50 * ms, ms, 1 * ms, 500 * ms, _SOURCE, "fitted",
            "time of deactivation, at activation 1/3",
        ),
        "least_activation": Parameter(
            0.01, 1, 1e-4, 0.1, _SOURCE, "fitted", "activation below which the fibers do not go",
            note="at 0 the speed of a fiber has no bound",
        ),
        "active_width": Parameter(
            0.45, 1, 0.1, 2, _SOURCE, "fitted", "width (squared) of the active force-length curve"
        ),
        "passive_shape": Parameter(
            5.0, 1, 0.5, 20, _SOURCE, "fitted", "shape of the passive force-length curve"
        ),
        "passive_strain": Parameter(
            0.6, 1, 0.1, 2, _SOURCE, "fitted", "strain of passive fibers at full isometric force"
        ),
        "tendon_strain": Parameter(
            tendon_strain, 1, 0.001, 0.2, _SOURCE, "fitted",
            "strain of the tendon at full isometric force", note=changed,
        ),
        "shortening_shape": Parameter(
            0.25, 1, 0.05, 1, _SOURCE, "fitted", "curvature of the force-velocity curve"
        ),
        "lengthening_force": Parameter(
            lengthening_force, 1, 1.01, 3, _SOURCE, "fitted",
            "greatest force of lengthening fibers over isometric force", note=changed,
        ),
        "lengthening_limit": Parameter(
            0.95, 1, 0.5, 0.999, _SOURCE, "fitted",
            "share of the greatest lengthening force above which the curve goes on straight",
        ),
    }  # fmt: skip


def opensim_4() -> dict[str, Parameter]:
    """Parameters of OpenSim 4: tendon strain 0.04, lengthening force 1.4."""
    return _thelen(0.04, 1.4, "4")


def opensim_3() -> dict[str, Parameter]:
    """Parameters of early OpenSim 3: tendon strain 0.033, lengthening force 1.8."""
    return _thelen(0.033, 1.8, "3 (early)")
