"""The constants of a receptor as claims: each rate with its unit, range, source and confidence."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
from brian2 import DimensionMismatchError, Quantity, kelvin, molar, second, volt
from brian2.units.fundamentalunits import (
    Dimension,
    fail_for_dimension_mismatch,
    get_dimensions,
)
from numpy.typing import NDArray

from .parameters import Parameter, _table
from .rate_expression import PER_MOLAR_SECOND, PER_SECOND, SchemeError, dimension_name, nearest
from .scheme import Scheme
from .units import degC, mM, pS

if TYPE_CHECKING:
    from .receptor import Receptor

__all__ = ["constant", "describe", "si"]

#: Dimension -> (unit, largest plausible value in it). Association cannot outrun diffusion by far,
#: nor a conformational change the vibration of a bond.
_LIMITS: dict[Dimension, tuple[Any, float]] = {
    PER_SECOND: (1 / second, 1e9),
    PER_MOLAR_SECOND: (1 / molar / second, 1e12),
    get_dimensions(pS): (pS, 1e3),
    get_dimensions(volt): (1e-3 * volt, 1e3),
    get_dimensions(1 / volt): (1 / (1e-3 * volt), 1.0),
    get_dimensions(molar): (mM, 1e6),
}
_MAY_BE_NEGATIVE = (get_dimensions(volt), get_dimensions(1 / volt), get_dimensions(1))
_FIXED_UNITS = {"conductance": pS, "reversal": volt}
_UNIT_NAMES = {
    get_dimensions(pS): "pS",
    get_dimensions(volt): "mV",
    get_dimensions(1 / volt): "1/mV",
    get_dimensions(molar): "mM",
}


def si(value: Any, unit: Any, what: str) -> Any:
    """Plain SI number(s) of a quantity, refused with ``what`` if its unit is another.

    As everywhere in Brian, a bare 0 has any unit.
    """
    try:
        fail_for_dimension_mismatch(value, unit, f"{what}, got {value!r}")
        return np.asarray(value, dtype=float)[()]
    except (TypeError, ValueError):
        raise TypeError(f"{what}, got {value!r}.") from None


def one_si(value: Any, unit: Any, what: str, low: float = -np.inf) -> float:
    """One finite SI number, at least ``low``."""
    number = si(value, unit, what)
    if np.ndim(number) != 0 or not np.isfinite(number) or number < low:
        least = "" if low == -np.inf else f" and at least {low:g}"
        raise ValueError(f"{what}; it must be one finite number{least}, got {value!r}.")
    return float(number)


def concentration(agonist: str, keywords: Mapping[str, Any], single: bool = False) -> Any:
    """Agonist concentration(s) in mol/l from the keywords of a call: ``ACh`` or its own name.

    Raises
    ------
    TypeError, DimensionMismatchError, ValueError
        If there is not exactly one, it is no concentration, negative or not finite.
    """
    given = {name: value for name, value in keywords.items() if value is not None}
    unknown = [name for name in given if name not in ("ACh", agonist)]
    if unknown or len(given) != 1:
        got = ", ".join(given) or "none"
        raise TypeError(f"Give one concentration, as in {agonist}=1*uM; got {got}.")
    (value,) = given.values()
    c = si(value, molar, f"{agonist} is a concentration such as 1*uM") / 1e3
    if not np.all(np.isfinite(c)) or np.any(c < 0):
        raise ValueError(f"{agonist} must be finite and not negative, got {value!r}.")
    if single and np.ndim(c) != 0:
        raise ValueError(f"{agonist} must be one concentration here, got {np.size(c)}.")
    return float(c) if single else c


def celsius(temperature: Any) -> float:
    """Temperature in degrees Celsius."""
    what = "temperature is absolute, such as 37*degC of nmj_brian.units"
    one_si(temperature, kelvin, what, low=200.0)
    return float(temperature / degC)


def dimension_of(name: str, value: Any) -> Dimension:
    """Physical dimension of a constant as given."""
    value = value.value if isinstance(value, Parameter) else value
    if isinstance(value, bool) or not isinstance(value, (Quantity, int, float, np.number)):
        raise SchemeError(f"'{name}' must be a quantity such as 100/second, got {value!r}")
    return get_dimensions(value)


def constant(name: str, value: Any, **facts: Any) -> Parameter:
    """`Parameter` of one constant, with the widest range that physics allows.

    Parameters
    ----------
    name : str
        Its name, used as its meaning if none is given.
    value : Quantity, float or Parameter
        Its value; a `Parameter` is returned as it is.
    **facts
        Further fields of `Parameter`.

    Raises
    ------
    SchemeError
        If the value is negative where it cannot be, not finite, or out of all proportion.
    """
    if isinstance(value, Parameter):
        if name in _FIXED_UNITS:
            _check_fixed(name, value.value)
        return value
    if name in _FIXED_UNITS:
        _check_fixed(name, value)
    dimension = dimension_of(name, value)
    unit, most = _LIMITS.get(dimension, (Quantity(1.0, dim=dimension), np.inf))
    low = -most if dimension in _MAY_BE_NEGATIVE else 0.0
    facts = {"meaning": name, "source": "user", "confidence": "assumed", **facts}
    try:
        return Parameter(value, unit, low * unit, most * unit, **facts)
    except ValueError as error:
        raise SchemeError(str(error)) from None


def _check_fixed(name: str, value: Any) -> None:
    unit = _FIXED_UNITS[name]
    if get_dimensions(value) != get_dimensions(unit):
        raise DimensionMismatchError(
            f"{name} is given as e.g. {'60*pS' if unit is pS else '-3*mV'}, got {value!r}",
            get_dimensions(value),
        )


def with_q10(
    parameters: dict[str, Parameter], q10: Any, measured_at: float | None, owner: str
) -> dict[str, Parameter]:
    """The constants with their Q10s, from one number or a mapping by name or kind."""
    if q10 is None:
        return parameters
    if measured_at is None:
        raise ValueError(f"{owner}: a Q10 needs the temperature of the constants (temperature=...)")
    table = dict(q10) if isinstance(q10, Mapping) else {"binding": q10, "gating": q10}
    for name, factor in table.items():
        if name not in parameters and name not in ("binding", "gating"):
            raise ValueError(f"{owner}: q10 names '{name}'{nearest(name, parameters)}, unknown")
        if not (isinstance(factor, (int, float, np.number)) and 0 < float(factor) < np.inf):
            raise ValueError(f"{owner}: a Q10 must be a positive number, got {name}: {factor!r}")
    kinds = {PER_MOLAR_SECOND: "binding", PER_SECOND: "gating"}
    result = {}
    for name, p in parameters.items():
        kind = kinds.get(get_dimensions(p.unit))
        factor = table.get(name, table.get(kind) if kind else None)
        if factor is not None and p.q10 == 1.0:
            place = measured_at if p.measured_at is None else p.measured_at
            p = replace(p, q10=float(factor), measured_at=place)
        result[name] = p
    return result


def desensitized_mask(scheme: Scheme, given: Iterable[str] | None) -> NDArray[np.bool_]:
    """Which states count as desensitized: those given, or those with a ``D`` in their name."""
    if given is None:
        return np.array(["D" in state for state in scheme.states])
    names = [given] if isinstance(given, str) else list(given)
    for name in names:
        if name not in scheme.states:
            hint = nearest(str(name), scheme.states)
            raise SchemeError(f"desensitized names '{name}', which is no state{hint}")
    mask = np.isin(scheme.states, names)
    if np.any(mask & scheme.open):
        raise SchemeError("a conducting state ('*') cannot be desensitized")
    return mask


def describe(receptor: Receptor) -> str:
    """Table of a receptor: the scheme, then each constant with its facts."""
    temperature = receptor.temperature
    rows = []
    for name, p in receptor.parameters.items():
        dimension = get_dimensions(p.unit)
        unit = _LIMITS.get(dimension, (Quantity(1.0, dim=dimension), 0))[0]
        value = p.si(temperature) / float(np.asarray(unit))
        unit_name = _UNIT_NAMES.get(dimension, dimension_name(dimension))
        at = "" if p.measured_at is None else f"{p.measured_at:g}"
        q10 = "" if p.q10 == 1.0 else f"{p.q10:g}"
        rows.append((name, f"{value:.5g}", unit_name, p.source, p.confidence, q10, at, p.note))
    where = "" if temperature is None else f", {celsius(temperature):.3g} degC"
    if receptor._bath_M:
        where += f", in {1e6 * receptor._bath_M:.3g} uM {receptor.agonist}"
    head = ("constant", "value", "unit", "source", "confidence", "Q10", "measured at", "note")
    lines = [f"{receptor.name}{where}"]
    if receptor.note:
        lines.append(receptor.note)
    text = [line.strip() for line in receptor.scheme.text.splitlines()]
    lines += ["    " + line for line in text if line]
    return "\n".join([*lines, _table(head, rows)])
