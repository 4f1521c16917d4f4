"""Muscle fibers of four species: the numbers of the cable, its channels and its tubules.

Only the human fiber is fitted to functional targets (see the notes). Rat and mouse take the
published passive constants of rat diaphragm, frog those recalled from Adrian & Peachey; their end
plates are assumed.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from brian2 import cm, mV, ohm, uF, um
from brian2 import msiemens as mS

from ..parameters import Parameter
from ..units import nS

__all__ = ["frog", "human", "mouse", "rat"]

_density, _specific, _capacity = mS / cm**2, ohm * cm**2, uF / cm**2


def _p(value: float, unit: Any, low: float, high: float, *facts: Any, **more: Any) -> Parameter:
    return Parameter(value * unit, unit, low * unit, high * unit, *facts, **more)


def human() -> dict[str, Parameter]:
    """Human limb muscle fiber, fitted at 37 degrees C (conduction, mEPP, EPP; with its junction, jitter)."""
    rest_note = "-85, not -80, where blocking Na would hyperpolarize by 0.8 mV (0.2 at -85); published -80 to -90"
    return {
        "diameter": _p(50, um, 8, 200, "assumed", "assumed", "diameter of the fiber"),
        "resting_potential": _p(
            -85, mV, -100, -65, "assumed", "assumed", "resting potential", note=rest_note
        ),
        "membrane_resistance": _p(
            1500,
            _specific,
            50,
            50e3,
            "assumed",
            "assumed",
            "resistance at rest of an area of membrane, surface and tubule alike (Rm)",
            q10=0.77,
            measured_at=37,
            note="per area of surface, tubules included, 259 ohm cm2; time constant 1.5 ms. The "
            "same "
            "1,500 per area of surface would leave a second resting state near -50 mV; Q10 assumed",
        ),
        "axial_resistivity": _p(
            213,
            ohm * cm,
            50,
            500,
            "RatDiaphragm",
            "measured",
            "resistivity of the sarcoplasm (Ri)",
            note="of rat diaphragm",
        ),
        "membrane_capacitance": _p(
            1,
            _capacity,
            0.5,
            10,
            "CannonBrownCorey1993",
            "assumed",
            "capacitance per area of membrane, surface and tubule alike (Cm)",
        ),
        "Na_density": _p(
            300,
            _density,
            0,
            3000,
            "AlmersRobertsRuff1984",
            "fitted",
            "largest Na conductance per area of surface, away from the end plate",
            q10=1.3,
            measured_at=37,
            note="fitted to conduction at 3.8 m/s (measured in man: 2.6-5.3, mean 3.7); 208 at "
            "23 degC, where 44-360 were measured; Q10 assumed",
        ),
        "Na_endplate_factor": _p(
            16.0,
            1,
            0.0,
            40,
            "computed",
            "fitted",
            "Na density at the end plate relative to elsewhere",
            note="recalled 5-20; fitted to a jitter of healthy fibers below 30 us (published, EDC): with 10 "
            "it is 34 us; 10 quanta at once to fire, threshold 7.5 mV, safety factor 3.5",
        ),
        "endplate_reach": _p(
            45,
            um,
            5,
            300,
            "assumed",
            "assumed",
            "half-length of the stretch with the end plate's Na density",
            note="about 20 um of end plate and 25 um beyond its edge (measured in snake)",
        ),
        "Na_reversal": _p(
            40,
            mV,
            20,
            80,
            "AlmersRobertsRuff1984",
            "measured",
            "reversal of Na",
            note="human, about +40 mV at 23 degC",
        ),
        "K_density": _p(
            19,
            _density,
            0,
            300,
            "AlmersRobertsRuff1984",
            "measured",
            "largest delayed-rectifier conductance per area of surface",
            q10=1.3,
            measured_at=23,
            note="upper end of 0-19, with which the fiber repolarizes soonest; Q10 assumed",
        ),
        "K_reversal": _p(-90, mV, -110, -60, "assumed", "assumed", "reversal of K"),
        "activation_speed": _p(
            1.0,
            1,
            0.01,
            100,
            "Shorten2007",
            "assumed",
            "speed of Na activation relative to the source at 20 degC",
            q10=2.5,
            measured_at=20,
            note="Q10 of the rates in later models of the family",
        ),
        "repolarization_speed": _p(
            1.0,
            1,
            0.01,
            100,
            "Shorten2007",
            "fitted",
            "speed of Na inactivation and K activation relative to the source at 20 degC",
            q10=1.7,
            measured_at=20,
            note="Q10 fitted to an action potential of 0.6 ms at half height at 37 degC (recalled "
            "0.6-0.9); with 2.5, as for activation, it lasts 0.25 ms",
        ),
        "Na_recovery_slope": _p(
            6,
            mV,
            4,
            20,
            "computed",
            "fitted",
            "voltage that slows recovery from Na inactivation e-fold (h gate)",
            note="14.7 in Shorten 2007 (the rate at -85 mV plus the shift is unchanged); from 7.5 (rodents: 6.8) "
            "on window current of Na gives fibers a second resting state near -45 mV",
        ),
        "Na_inactivation_shift": _p(
            14,
            mV,
            -20,
            30,
            "RuffSimonciniStuhmer1987",
            "fitted",
            "shift of Na inactivation (h gate) along voltage, relative to the source of the gates",
            note="half of the Na channels are inactivated at -68 mV: measured at -70 in rat soleus, "
            "18 degC; Shorten 2007 has -80",
        ),
        "Na_slow_half": _p(
            -86,
            mV,
            -120,
            -40,
            "RuffSimonciniStuhmer1987",
            "measured",
            "voltage at which half of the Na channels are inactivated slowly (in seconds to minutes)",
            note="rat soleus, 18 degC; Shorten 2007 -78. Channel densities are those at rest; it acts "
            "only where a conductance lasts",
        ),
        "Na_slow_slope": _p(
            5.8,
            mV,
            1,
            20,
            "Shorten2007",
            "assumed",
            "slope of slow inactivation",
        ),
        "lasting_conductance": _p(
            0,
            nS,
            0,
            1e6,
            "definition",
            "assumed",
            "conductance at the end plate that lasts for minutes, and by which Na channels inactivate slowly",
            note="that of a lasting agonist; the laboratory sets it. It is not itself part of the fiber",
        ),
        "lasting_reversal": _p(
            -3, mV, -100, 50, "GageVanHelden1979", "measured", "its reversal", note="toad, 20 degC"
        ),
        "tubule_density": _p(
            0.238,
            1 / um,
            0,
            1.5,
            "CannonBrownCorey1993",
            "assumed",
            "area of tubular membrane per volume of fiber",
            note="share of volume 0.003 over 12.6 nm of volume per area; 4.8 times the surface in "
            "a fiber of 80 um, the source's, 3.0 times in one of 50 um",
        ),
        "access_resistance": _p(
            150,
            _specific,
            1,
            5000,
            "Shorten2007",
            "assumed",
            "access resistance of the tubules times surface area",
        ),
        "tubule_Na": _p(
            0.1, 1, 0, 2, "Shorten2007", "assumed", "Na density of tubule relative to surface"
        ),
        "tubule_K": _p(
            0.45, 1, 0, 2, "Shorten2007", "assumed", "K density of tubule relative to surface"
        ),
        "tubule_leak": _p(
            1.0,
            1,
            0.01,
            2,
            "assumed",
            "assumed",
            "conductance at rest of tubule relative to surface, per area",
            note="models take 0.1 (Cl) to 1 (inward rectifier)",
        ),
    }


def _with(facts: dict[str, Parameter], **changes: tuple[Any, ...]) -> dict[str, Parameter]:
    new = dict(facts)
    for name, (value, source, confidence, note, *rest) in changes.items():
        more = {"measured_at": rest[0]} if rest else {}
        new[name] = replace(
            facts[name],
            value=value * facts[name].unit,
            source=source,
            confidence=confidence,
            note=note,
            **more,
        )
    return new


def rat() -> dict[str, Parameter]:
    """Rat diaphragm fiber: measured passive constants, assumed end plate."""
    return _with(
        human(),
        diameter=(40, "assumed", "assumed", ""),
        membrane_resistance=(
            520 * 4.6,
            "RatDiaphragm",
            "measured",
            "520 ohm cm2 of surface, times surface plus tubule area; temperature of the "
            "measurement not read, taken as 37 degC",
        ),
        axial_resistivity=(213, "RatDiaphragm", "measured", "temperature not read, used at any"),
        tubule_density=(
            0.36,
            "RatDiaphragm",
            "fitted",
            "3.6 times the surface of a 40 um fiber: with 1 uF/cm2 of membrane, the measured "
            "4.6 uF/cm2 of surface",
        ),
        Na_density=(
            250,
            "AlmersRobertsRuff1984",
            "measured",
            "upper end of the 100-250 measured at 23 degC",
            23,
        ),
        K_density=(12, "AlmersRobertsRuff1984", "measured", "upper end of 4-12 at 23 degC", 23),
        Na_reversal=(42, "AlmersRobertsRuff1984", "measured", "rat, at 23 degC"),
        Na_endplate_factor=(10.0, "assumed", "assumed", "recalled 5-20"),
        Na_inactivation_shift=(
            0,
            "Shorten2007",
            "assumed",
            "half inactivated at -80 mV, though -70 was measured in rat soleus: with that the short chains "
            "of this fiber have a second resting state near -45 mV",
        ),
        Na_recovery_slope=(10, "computed", "fitted", "no second resting state, as in man"),
    )


def mouse() -> dict[str, Parameter]:
    """Mouse fiber: the rat's, with a smaller diameter; no number of its own was found."""
    facts = {
        name: p
        if p.source == "assumed"
        else replace(p, confidence="assumed", note=f"rat. {p.note}")
        for name, p in rat().items()
    }
    return _with(facts, diameter=(35, "assumed", "assumed", ""))


def frog() -> dict[str, Parameter]:
    """Frog sartorius fiber, about 20 degrees C; channel densities recalled from Adrian & Peachey
    1973.
    """
    recalled = ("AdrianPeachey1973", "assumed", "recalled")
    return _with(
        human(),
        diameter=(80, *recalled),
        resting_potential=(-90, "assumed", "assumed", ""),
        membrane_resistance=(4000, "assumed", "assumed", "0.24 mS/cm2 recalled: 4,167"),
        tubule_leak=(0.05, "assumed", "assumed", "as Na"),
        axial_resistivity=(250, "assumed", "assumed", ""),
        Na_density=(180, *recalled, 20),
        K_density=(41.5, *recalled, 20),
        Na_endplate_factor=(5.0, "assumed", "assumed", "snake: 5-fold"),
        Na_inactivation_shift=(0, "Shorten2007", "assumed", "the source's"),
        Na_recovery_slope=(8, "computed", "fitted", "no second resting state, as in man"),
        access_resistance=(150, *recalled),
        tubule_Na=(0.05, *recalled),
        Na_reversal=(50, "assumed", "assumed", ""),
        K_reversal=(-90, "assumed", "assumed", ""),
    )
