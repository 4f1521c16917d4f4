"""Pharmacokinetics: the concentration of a drug at the junction against time.

``nmj.rocuronium(nmj.pk.rocuronium().bolus(0.6*mgram/kgram))`` is a drug with a course; a junction
is put under it at a moment: ``junction.under(drug, time=20*minute)``. In a network, the share of
receptors held follows it through ``receptor_loss`` of the `NMJ`.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from brian2 import Quantity, kgram
from brian2.units.fundamentalunits import fail_for_dimension_mismatch, get_dimensions

from ..presets import pharmacokinetics as presets
from .kinetics import Course, Kinetics
from .reversal import Reversal, reversal

__all__ = [
    "Course",
    "Kinetics",
    "Reversal",
    "neostigmine",
    "reversal",
    "rocuronium",
    "sets",
    "sugammadex",
    "vecuronium",
]


def sets() -> dict[str, tuple[str, ...]]:
    """Names of the published sets by drug.

    Returns
    -------
    dict of str to tuple of str
        The first of each drug is its default.
    """
    return {drug: tuple(known) for drug, known in presets.SETS.items()} | {
        "sugammadex": ("Kleijn2011",)
    }


def _fact(name: str, value: Any, unit: str, low: float, high: float) -> float:
    """A plain number that describes a patient; outside its range the published sets have no meaning."""
    try:
        good = get_dimensions(value).is_dimensionless and np.ndim(value) == 0
        number = float(value) if good else np.nan
    except (TypeError, ValueError):
        number = np.nan
    if isinstance(value, (bool, str)) or not low <= number <= high:
        raise ValueError(f"{name} is a number from {low:g} to {high:g}, {unit}, got {value!r}.")
    return number


def _age(age: Any) -> float:
    return _fact("age", age, "in years", 0, 120)


def _clearance(value: Any) -> float:
    return _fact("creatinine_clearance", value, "in ml/min", 0, 300)


def _weight(weight: Any) -> Quantity:
    """Of a body: with a unit of mass, 1 to 300 kg."""
    fail_for_dimension_mismatch(weight, kgram, "weight is a mass such as 70*kgram")
    if np.ndim(weight) != 0 or not 1 <= float(weight / kgram) <= 300:
        raise ValueError(f"weight is a mass from 1 to 300 kg, such as 70*kgram, got {weight!r}.")
    return weight


def _of(drug: str, source: str | None, weight: Quantity, age: float) -> Kinetics:
    known = presets.SETS[drug]
    source = next(iter(known)) if source is None else source
    if source not in known:
        raise ValueError(f"Sets of {drug}: {', '.join(known)}; got {source!r}.")
    return Kinetics(f"{drug}, {source}", known[source](_weight(weight), age))


def rocuronium(
    source: str | None = None,
    *,
    weight: Quantity = 70 * kgram,
    age: float = 43,
    sevoflurane: bool = False,
    creatinine_clearance: float = 119,
) -> Kinetics:
    """Rocuronium: two compartments (Kleijn et al. 2011) or three (Wierda, Magorian).

    Parameters
    ----------
    source : {'Kleijn2011', 'Wierda1991', 'Magorian1995'}, optional
        Published set; the first by default.
    weight : Quantity, optional
        Of the body, 1 to 300 kg.
    age : float, optional
        In years, 0 to 120.
    sevoflurane : bool, optional
        Whether the patient breathes it; it slows the effect site and deepens the effect (Kleijn only).
    creatinine_clearance : float, optional
        In ml/min, 0 to 300 (Kleijn only).

    Returns
    -------
    Kinetics
        Print it for all values and sources.

    Raises
    ------
    ValueError, DimensionMismatchError
        For an unknown set, an option that it does not have, or a patient that cannot be.
    """
    age, renal = _age(age), _clearance(creatinine_clearance)
    if source in (None, "Kleijn2011"):
        facts = presets.kleijn(_weight(weight), age, bool(sevoflurane), renal)
        return Kinetics("rocuronium, Kleijn2011", facts)
    if sevoflurane or renal != 119:
        raise ValueError(f"the set {source!r} knows neither sevoflurane nor creatinine clearance.")
    return _of("rocuronium", source, weight, age)


def vecuronium(source: str | None = None, *, weight: Quantity = 70 * kgram) -> Kinetics:
    """Vecuronium: three compartments (Caldwell et al. 2000).

    Parameters
    ----------
    source : {'Caldwell2000'}, optional
        Published set.
    weight : Quantity, optional
        Of the body, 1 to 300 kg.

    Returns
    -------
    Kinetics
        Print it for all values and sources.

    Raises
    ------
    ValueError, DimensionMismatchError
        For an unknown set, or a weight that cannot be.
    """
    return _of("vecuronium", source, weight, 43.0)


def neostigmine(source: str | None = None, *, weight: Quantity = 70 * kgram) -> Kinetics:
    """Neostigmine: one compartment, from its volume and clearance in patients.

    Its distribution within the first minutes is left out, and its effect site is assumed.

    Parameters
    ----------
    source : {'Aquilonius1979', 'Cronnelly1979'}, optional
        Published set; the first by default.
    weight : Quantity, optional
        Of the body, 1 to 300 kg.

    Returns
    -------
    Kinetics
        Print it for all values and sources.

    Raises
    ------
    ValueError, DimensionMismatchError
        For an unknown set, or a weight that cannot be.
    """
    return _of("neostigmine", source, weight, 43.0)


def sugammadex(*, weight: Quantity = 70 * kgram, creatinine_clearance: float = 119) -> Kinetics:
    """Sugammadex: two compartments, and how it takes up rocuronium (Kleijn et al. 2011).

    Parameters
    ----------
    weight : Quantity, optional
        Of the body, 1 to 300 kg.
    creatinine_clearance : float, optional
        In ml/min, 0 to 300.

    Returns
    -------
    Kinetics
        For `reversal`; print it for all values and sources.

    Raises
    ------
    ValueError, DimensionMismatchError
        For a patient that cannot be.
    """
    facts = presets.sugammadex(_weight(weight), _clearance(creatinine_clearance))
    return Kinetics("sugammadex, Kleijn2011", facts)
