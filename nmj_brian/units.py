"""Units of the neuromuscular junction that ``from brian2 import *`` does not bring.

``from nmj_brian.units import *`` adds the field's usual ones: ``pS``, ``mN``, ``newton``, ``uV``,
``minute``, ``degC``, ...
"""

from __future__ import annotations

from typing import Any

import numpy as np
from brian2 import Quantity, gram, have_same_dimensions, kelvin, litre, mole, second
from brian2.units.allunits import mnewton as mN
from brian2.units.allunits import molar, newton
from brian2.units.allunits import psiemens as pS
from brian2.units.allunits import unewton as uN
from brian2.units.allunits import uvolt as uV
from brian2.units.fundamentalunits import get_dimensions
from brian2.units.stdunits import mM, mS, nM, nS, uM, um, uS

__all__ = [
    "day",
    "degC",
    "hour",
    "mM",
    "mN",
    "mS",
    "minute",
    "molar",
    "nM",
    "nS",
    "newton",
    "pS",
    "uM",
    "uN",
    "uS",
    "uV",
    "um",
    "year",
]

minute = 60 * second
hour = 3600 * second
day = 24 * hour
year = 365.25 * day

ZERO_CELSIUS_K = 273.15


class _DegreeCelsius:
    """The Celsius scale: ``37*degC`` is 310.15 kelvin, and ``T/degC`` is a number of degrees."""

    __array_ufunc__ = None  # numpy arrays defer to __rmul__

    def __mul__(self, value: float) -> Quantity:
        return (np.asarray(value, dtype=float)[()] + ZERO_CELSIUS_K) * kelvin

    __rmul__ = __mul__

    def __rtruediv__(self, temperature: Quantity) -> float:
        if not have_same_dimensions(temperature, kelvin):
            raise TypeError(f"Only a temperature can be read in degC, got {temperature!r}.")
        return np.asarray(temperature / kelvin, dtype=float)[()] - ZERO_CELSIUS_K

    def __repr__(self) -> str:
        return "degC"


degC = _DegreeCelsius()

#: Units that Brian2 has no name for.
_NAMED = (
    (minute, "min"),
    (hour, "h"),
    (day, "d"),
    (year, "year"),
    (1 / minute, "1/min"),
    (1 / hour, "1/h"),
    (litre / minute, "l/min"),
    (gram / mole, "g/mol"),
    (1 / minute / molar, "1/(min M)"),
)


def unit_name(unit: Any) -> str:
    """What a unit is called in tables; ``1`` for a pure number."""
    text = getattr(unit, "dispname", None)
    if text is None and isinstance(unit, Quantity):
        for named, name in _NAMED:
            if have_same_dimensions(unit, named) and np.isclose(float(unit), float(named), 1e-9):
                return name
    if text is None:
        text = "1" if not isinstance(unit, Quantity) else str(get_dimensions(unit))
    return text or "1"


def unit_suffix(unit: Any) -> str:
    """What follows a number of a unit: a space and its name, nothing if it is a pure number."""
    name = unit_name(unit)
    return "" if name == "1" else f" {name}"
