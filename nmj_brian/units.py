"""Units of the neuromuscular junction that ``from brian2 import *`` does not bring.

``from nmj_brian.units import *`` adds the field's usual ones: ``pS``, ``mN``, ``newton``, ``uV``,
``minute``, ``degC``, ...
"""

from __future__ import annotations

import numpy as np
from brian2 import Quantity, have_same_dimensions, kelvin, second
from brian2.units.allunits import mnewton as mN
from brian2.units.allunits import molar, newton
from brian2.units.allunits import psiemens as pS
from brian2.units.allunits import unewton as uN
from brian2.units.allunits import uvolt as uV
from brian2.units.stdunits import mM, mS, nM, nS, uM, um, uS

__all__ = [
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
]

minute = 60 * second
hour = 3600 * second

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
