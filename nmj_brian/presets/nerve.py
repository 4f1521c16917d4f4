"""Excitable membranes of nerve: the densities and solutions of two voltage-clamp studies.

The rate constants of their gates are equations and stand in `nmj_brian.nerve`.
"""

from __future__ import annotations

from typing import Any

from brian2 import cm, kelvin, mV, second, uF
from brian2 import msiemens as mS
from brian2.units.stdunits import mM

from ..parameters import Parameter
from ..units import degC

__all__ = ["frog", "squid"]

_density, _capacity, _permeability = mS / cm**2, uF / cm**2, cm / second


def _p(value: float, unit: Any, low: float, high: float, *facts: Any, **more: Any) -> Parameter:
    return Parameter(value * unit, unit, low * unit, high * unit, *facts, **more)


def _common(celsius: float, q10: float, source: str, note: str) -> dict[str, Parameter]:
    return {
        "temperature": Parameter(
            celsius * degC, kelvin, 0 * degC, 45 * degC, "definition", "assumed", "temperature"
        ),
        "gating_speed": _p(
            1.0, 1, 0.01, 100, source, "assumed", "speed of all gates", q10=q10,
            measured_at=celsius, note=note,
        ),
        "Na_available": _p(
            1.0, 1, 0, 1, "definition", "assumed", "share of Na channels not blocked (tetrodotoxin)"
        ),
        "K_available": _p(
            1.0, 1, 0, 1, "definition", "assumed",
            "share of K channels not blocked (3,4-diaminopyridine, tetraethylammonium)",
        ),
    }  # fmt: skip


def squid() -> dict[str, Parameter]:
    """Giant axon of the squid at 6.3 degrees C."""
    source = "HodgkinHuxley1952"
    common = _common(6.3, 3.0, source, "Q10 of the source")
    return common | {
        "resting_potential": _p(-65, mV, -100, -40, "assumed", "assumed", "resting potential",
            note="the source gives potentials relative to it"),
        "capacitance": _p(1, _capacity, 0.1, 10, source, "measured", "membrane capacitance"),
        "Na_density": _p(120, _density, 0, 2000, source, "measured", "largest Na conductance"),
        "K_density": _p(36, _density, 0, 2000, source, "measured", "largest K conductance"),
        "leak_density": _p(0.3, _density, 0, 100, source, "measured", "leak conductance"),
        "Na_reversal": _p(50, mV, 0, 100, source, "measured", "reversal potential of Na"),
        "K_reversal": _p(-77, mV, -120, -40, source, "measured", "reversal potential of K"),
        "leak_reversal": _p(-54.387, mV, -120, 0, source, "measured",
            "reversal potential of the leak", note="sets the resting potential"),
    }  # fmt: skip


def frog() -> dict[str, Parameter]:
    """Node of Ranvier of the clawed frog at 20 degrees C."""
    source = "FrankenhaeuserHuxley1964"
    facts = (source, "measured")
    recalled = "recalled value of the source's solution"
    common = _common(
        20, 2.5, "assumed", "rates have Q10 between 1.7 and 3.2 (recalled); one for all is assumed"
    )
    return common | {
        "resting_potential": _p(-70, mV, -100, -40, *facts, "resting potential"),
        "capacitance": _p(2, _capacity, 0.1, 10, *facts, "membrane capacitance"),
        "Na_permeability": _p(8e-3, _permeability, 0, 0.1, *facts, "Na permeability"),
        "K_permeability": _p(1.2e-3, _permeability, 0, 0.1, *facts, "K permeability"),
        "p_permeability": _p(0.54e-3, _permeability, 0, 0.1, *facts,
            "permeability of the delayed, unspecific channel"),
        "leak_density": _p(30.3, _density, 0, 1000, *facts, "leak conductance"),
        "leak_reversal": _p(-69.974, mV, -120, 0, source, "assumed",
            "reversal potential of the leak", note="recalled; holds the resting potential"),
        "Na_out": _p(114.5, mM, 1, 1000, source, "assumed", "sodium outside", note=recalled),
        "Na_in": _p(13.74, mM, 0.1, 1000, source, "assumed", "sodium inside", note=recalled),
        "K_out": _p(2.5, mM, 0.1, 1000, source, "assumed", "potassium outside", note=recalled),
        "K_in": _p(120, mM, 1, 1000, source, "assumed", "potassium inside", note=recalled),
    }  # fmt: skip
