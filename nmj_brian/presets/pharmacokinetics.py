"""Published pharmacokinetic sets: volumes, clearances, equilibration of the effect site, by source."""

from __future__ import annotations

from math import exp
from typing import Any

from brian2 import Quantity, gram, kelvin, kgram, litre, mole

from ..parameters import Parameter
from ..units import degC, minute, molar, uM

__all__ = ["SETS", "sugammadex"]

_PER_MINUTE = 1 / minute
_FLOW = litre / minute


def _common(weight: Quantity, molar_mass: float, note: str) -> dict[str, Parameter]:
    return {
        "temperature": Parameter(
            37 * degC, kelvin, 0 * degC, 45 * degC, "definition", "assumed", "body temperature"
        ),
        "weight": Parameter(
            weight, kgram, 1 * kgram, 300 * kgram, "definition", "assumed", "body weight"
        ),
        "molar_mass": Parameter(
            molar_mass * gram / mole, gram / mole, 10 * gram / mole, 1e5 * gram / mole,
            "definition", "assumed", "mass of a mole as the dose is weighed", note=note,
        ),
    }  # fmt: skip


def _volume(x: float, *facts: Any, **more: Any) -> Parameter:
    return Parameter(x * litre, litre, 1e-3 * litre, 1e4 * litre, *facts, **more)


def _flow(x: float, *facts: Any, **more: Any) -> Parameter:
    return Parameter(x * _FLOW, _FLOW, 0 * _FLOW, 1e3 * _FLOW, *facts, **more)


def _rate(x: float, *facts: Any, **more: Any) -> Parameter:
    return Parameter(x * _PER_MINUTE, _PER_MINUTE, 1e-6 * _PER_MINUTE, 1e3 * _PER_MINUTE, *facts,
                     **more)  # fmt: skip


def _compartments(
    source: str,
    v1: float,
    cl: float,
    *others: tuple[float, float],
    cl2: float = 0.0,
    confidence: str = "fitted",
    note: str = "",
) -> dict[str, Parameter]:
    """Central volume and clearance, then volume and exchange of each further compartment."""
    facts = (source, confidence)
    out = {
        "V1": _volume(v1, *facts, "central volume", note=note),
        "CL": _flow(cl, *facts, "clearance", note=note),
    }
    for i, (volume, exchange) in enumerate(others, 2):
        out[f"V{i}"] = _volume(volume, *facts, f"volume of compartment {i}", note=note)
        out[f"Q{i}"] = _flow(exchange, *facts, f"exchange with compartment {i}", note=note)
    if cl2:
        out["CL2"] = _flow(cl2, *facts, "clearance from compartment 2", note=note)
    return out


def _micro(
    source: str, v1: float, k10: float, *pairs: tuple[float, float], k20: float = 0.0, **more: Any
) -> dict[str, Parameter]:
    """The same from rate constants per minute: k10, then (k12, k21), (k13, k31)."""
    others = [(k_out * v1 / k_in, k_out * v1) for k_out, k_in in pairs]
    cl2 = k20 * others[0][0] if k20 else 0.0
    note = "from the source's rate constants"
    return _compartments(source, v1, k10 * v1, *others, cl2=cl2, note=note, **more)


def _effect(source: str, confidence: str, ke0: float, note: str = "") -> dict[str, Parameter]:
    return {"ke0": _rate(ke0, source, confidence, "equilibration of the effect site", note=note)}


def _hill(source: str, ec50: float, hill: float, what: str) -> dict[str, Parameter]:
    return {
        "EC50": Parameter(ec50 * uM, uM, 1e-6 * uM, 1e6 * uM, source, "fitted",
                          "effect-site concentration of half effect", note=what),
        "hill": Parameter(hill, 1, 0.1, 50, source, "fitted", "Hill exponent", note=what),
    }  # fmt: skip


_ROCURONIUM_BROMIDE = 609.7, "rocuronium bromide"


def kleijn(weight: Quantity, age: float, sevoflurane: bool, clearance: float) -> dict:
    """Rocuronium, Kleijn et al. 2011, with its covariates."""
    kg, old, renal = float(weight / kgram), age - 43, clearance - 119
    size, source = kg / 70, "Kleijn2011"
    note = f"{kg:g} kg, {age:g} years, creatinine clearance {clearance:g} ml/min"
    gas = (1 - 0.567, 1 - 0.395) if sevoflurane else (1, 1)
    return {
        **_common(weight, 1e3 / 1.8875, "the cation, as in the code of the source's model"),
        **_compartments(
            source,
            4.73 * size * exp(-0.00143 * renal),
            0.269 * size**0.75 * (1 - 0.00678 * old),
            (6.76 * size * exp(0.00613 * old), 0.279 * size**0.75),
            note=note,
        ),
        **_effect(source, "fitted", 0.134 * gas[0] * size**-0.25,
                  "sevoflurane" if sevoflurane else "without sevoflurane"),
        **_hill(source, 1.62 * gas[1], 7.52, "T4/T1, " + (
            "sevoflurane" if sevoflurane else "without sevoflurane")),
    }  # fmt: skip


def sugammadex(weight: Quantity, clearance: float) -> dict[str, Parameter]:
    """Sugammadex, Kleijn et al. 2011, and how it takes up rocuronium."""
    kg, renal, source = float(weight / kgram), clearance - 119, "Kleijn2011"
    size = kg / 70
    note = f"{kg:g} kg, creatinine clearance {clearance:g} ml/min"
    unit = 1 / minute / molar
    k_off = exp(-3.38)
    return {
        **_common(weight, 1e3 / 0.49945, "the free acid, as in the code of the source's model"),
        **_compartments(
            source,
            4.42 * size * (1 - 0.00354 * (kg - 74.5)),
            0.093 * (1 + 0.00378 * (kg - 74.5)) * (2 * clearance / (clearance + 119)) ** 1.29,
            (6.35 * size * exp(-0.00305 * renal), 0.206 * size**0.75),
            note=note,
        ),
        "k_off": _rate(k_off, source, "fitted", "dissociation of the complex"),
        "k_on": Parameter(
            k_off / 0.0559e-6 * unit, unit, 0 * unit, 1e12 * unit, source, "fitted",
            "formation of the complex in plasma", note="from k_off and a Kd of 0.0559 uM in vitro",
        ),
        "k_effect": Parameter(
            exp(-3.43) * size**-0.25 * 1e6 * unit, unit, 0 * unit, 1e12 * unit, source, "fitted",
            "loss of rocuronium from the effect site, per free sugammadex in plasma",
        ),
    }  # fmt: skip


def _wierda(weight: Quantity, age: float) -> dict[str, Parameter]:
    kg = float(weight / kgram)
    return {
        **_common(weight, *_ROCURONIUM_BROMIDE),
        **_micro("Wierda1991", 0.044 * kg, 0.1, (0.21, 0.13), (0.028, 0.01)),
        **_effect("Wierda1991", "fitted", 0.1 - 0.000725 * (age - 50), "of Masui et al. (2018)"),
    }


def _magorian(weight: Quantity, age: float) -> dict[str, Parameter]:
    return {
        **_common(weight, *_ROCURONIUM_BROMIDE),
        **_micro("Magorian1995", 5.96, 0.0364, (0.1082, 0.1807), (0.0203, 0.0176)),
        **_effect("assumed", "assumed", 0.134, "fitted to each patient in the code; Kleijn's here"),
    }


def _caldwell(weight: Quantity, age: float) -> dict[str, Parameter]:
    kg = float(weight / kgram)
    return {
        **_common(weight, 637.7, "vecuronium bromide"),
        **_compartments(
            "Caldwell2000", 0.0398 * kg, 0.00421 * kg, (0.0673 * kg, 0.0118 * kg),
            (0.0942 * kg, 0.00163 * kg),
        ),
        **_effect("Caldwell2000", "fitted", 0.023 * 37 - 0.639, "at 37 degC"),
    }  # fmt: skip


def _aquilonius(weight: Quantity, age: float) -> dict[str, Parameter]:
    kg = float(weight / kgram)
    return {
        **_common(weight, 334.4, "neostigmine methylsulfate"),
        **_compartments(
            "Aquilonius1979", 1.08 * kg, 0.84 / 60 * kg, confidence="measured",
            note="4 patients; its distribution within a minute or two is left out",
        ),
        **_effect("assumed", "assumed", 0.2, "effect is greatest at 7-15 min (Calvey 1979)"),
    }  # fmt: skip


def _cronnelly(weight: Quantity, age: float) -> dict[str, Parameter]:
    kg = float(weight / kgram)
    half_minutes, clearance = 80.0, 0.0167
    return {
        **_common(weight, 334.4, "neostigmine methylsulfate"),
        **_compartments(
            "Cronnelly1979", clearance * half_minutes / 0.6931471805599453 * kg, clearance * kg,
            note="8 patients, from clearance and elimination half-life; distribution left out",
        ),
        **_effect("assumed", "assumed", 0.2, "effect is greatest at 7-15 min (Calvey 1979)"),
    }  # fmt: skip


#: Drug -> name of the set -> what makes it from body weight and age.
SETS = {
    "rocuronium": {
        "Kleijn2011": lambda weight, age: kleijn(weight, age, False, 119.0),
        "Wierda1991": _wierda,
        "Magorian1995": _magorian,
    },
    "vecuronium": {"Caldwell2000": _caldwell},
    "neostigmine": {"Aquilonius1979": _aquilonius, "Cronnelly1979": _cronnelly},
}
