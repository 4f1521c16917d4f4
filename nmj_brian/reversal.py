"""Where the end-plate current turns round: reversal of a channel that cations share.

The open receptor lets all small cations through. Without net current (Goldman, Hodgkin & Katz)::

    E = R T / F  ln( sum_i P_i [i]_outside / sum_i P_i [i]_inside )

for monovalent cations; anions do not pass the receptor. Divalent ions carry a few per cent of the
current and are left out.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from brian2 import Quantity, kelvin, molar, volt

from .receptor_constants import one_si
from .units import degC

__all__ = ["permeability_ratio", "reversal_potential"]

_R_PER_F = 8.314462618 / 96485.33212  # V/K


def _volts(temperature: Any) -> float:
    what = "temperature is absolute, such as 20*degC of nmj_brian.units"
    return _R_PER_F * one_si(temperature, kelvin, what, low=200.0)


def _carried(solution: Mapping[str, Any], permeability: Mapping[str, float], where: str) -> float:
    """Sum of permeability times concentration (mol/m^3)."""
    total = 0.0
    for ion, value in solution.items():
        if ion not in permeability:
            raise KeyError(
                f"no permeability for {ion} ({where}); it is given for {', '.join(permeability)}."
            )
        ratio = one_si(permeability[ion], 1, f"permeability of {ion} is a ratio", low=0.0)
        what = f"concentration of {ion} {where} is such as 115*mM"
        total += ratio * one_si(value, molar, what, low=0.0)
    return total


def reversal_potential(
    outside: Mapping[str, Quantity],
    inside: Mapping[str, Quantity],
    permeability: Mapping[str, float],
    temperature: Quantity = 20 * degC,
) -> Quantity:
    """Potential at which cations leave and enter the open receptor equally.

    Source: the voltage equation of Goldman (1943) and Hodgkin & Katz (1949).

    Parameters
    ----------
    outside, inside : mapping of str to Quantity
        Concentrations of monovalent cations by name, such as ``{"Na": 115*mM, "K": 2.5*mM}``.
    permeability : mapping of str to float
        Permeability of each of them, relative to any one.
    temperature : Quantity, optional
        Absolute temperature (``20*degC``).

    Returns
    -------
    Quantity
        A voltage, inside against outside; for ``receptor.replace(reversal=...)``.

    Raises
    ------
    KeyError
        For an ion without permeability.
    ValueError, DimensionMismatchError, TypeError
        For a wrong number or unit, or if no ion on one side is permeant.

    Examples
    --------
    >>> ringer, fiber = {"Na": 115*mM, "K": 2.5*mM}, {"Na": 10*mM, "K": 124*mM}  # doctest: +SKIP
    >>> nmj.reversal_potential(ringer, fiber, {"Na": 1, "K": 1.1})               # doctest: +SKIP
    """
    out = _carried(outside, permeability, "outside")
    into = _carried(inside, permeability, "inside")
    for total, where in ((out, "outside"), (into, "inside")):
        if not total > 0.0:
            raise ValueError(f"no permeant ion {where}: its reversal potential is nowhere.")
    return _volts(temperature) * float(np.log(out / into)) * volt


def permeability_ratio(
    ion: str,
    reversal: Quantity,
    outside: Mapping[str, Quantity],
    inside: Mapping[str, Quantity],
    permeability: Mapping[str, float],
    temperature: Quantity = 20 * degC,
) -> float:
    """Permeability of one ion from a reversal potential, given those of all others.

    The inverse of `reversal_potential`: the same equation, solved for one permeability.

    Parameters
    ----------
    ion : str
        The one that is sought.
    reversal : Quantity
        Measured reversal potential, inside against outside.
    outside, inside : mapping of str to Quantity
        Concentrations of monovalent cations by name; ``ion`` on one side at least.
    permeability : mapping of str to float
        Permeability of every other ion, relative to any one; what it says of ``ion`` is not used.
    temperature : Quantity, optional
        Absolute temperature (``20*degC``).

    Returns
    -------
    float
        Permeability of ``ion``, relative to the same one as ``permeability``.

    Raises
    ------
    KeyError
        For another ion without permeability.
    ValueError
        If no permeability of this ion gives this potential, or for a wrong number.
    DimensionMismatchError, TypeError
        For a wrong unit, or what is no number.
    """
    e = one_si(reversal, volt, "reversal is a potential such as -3*mV")
    if ion not in outside and ion not in inside:
        raise ValueError(f"{ion} is on neither side, so that nothing tells its permeability.")
    factor = float(np.exp(e / _volts(temperature)))

    def sums(of_ion: float) -> float:
        ratios = {**permeability, ion: of_ion}
        sides = ((outside, "outside", 1.0), (inside, "inside", -factor))
        return sum(sign * _carried(side, ratios, where) for side, where, sign in sides)

    without = sums(0.0)
    slope = sums(1.0) - without  # the condition is linear in one permeability
    if slope == 0.0 or not -without / slope >= 0.0:
        raise ValueError(f"no permeability of {ion} makes the current reverse at {reversal}.")
    return -without / slope
