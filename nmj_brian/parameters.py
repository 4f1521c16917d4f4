"""A parameter is a claim: value, unit, range, source, confidence, and its Q10.

`Parameter` holds one claim, `ParameterSet` a named, immutable collection of them that reads like an
object (``junction.cleft_width``), prints as a table, and is changed only by making a new one
(``junction.replace(Ca=0.5*mM)``).
"""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from brian2 import DimensionMismatchError, Quantity, have_same_dimensions
from brian2.units.fundamentalunits import get_dimensions

from .bibliography import REFERENCES
from .units import ZERO_CELSIUS_K, degC, unit_suffix
from .units import unit_name as _unit_name

__all__ = ["CONFIDENCES", "Parameter", "ParameterSet", "require", "whole_number"]

#: How well a value is known: read from a measurement; fitted here or by the source; or assumed.
CONFIDENCES = ("measured", "fitted", "assumed")


@dataclass(frozen=True)
class Parameter:
    """One number of the biology, with the facts that let a reader judge it.

    Parameters
    ----------
    value : Quantity or float
        The value at temperature ``measured_at`` (at any temperature if ``q10`` is 1).
    unit : Quantity or float
        Unit to print the value in (``1`` for a pure number).
    low, high : Quantity or float
        Plausible range; a value outside it is refused.
    source : str
        Key into `nmj_brian.bibliography.REFERENCES`.
    confidence : {'measured', 'fitted', 'assumed'}
        How well it is known.
    meaning : str
        One phrase on what it is.
    q10 : float, optional
        Factor per 10 degrees.
    measured_at : float, optional
        Temperature of the value, in degrees Celsius; needed if ``q10`` is not 1.
    integer : bool, optional
        Whether only whole numbers make sense.
    note : str, optional
        What a user must know, e.g. which target fixed a fitted value.

    Raises
    ------
    DimensionMismatchError
        If value, unit and range do not share one dimension.
    ValueError
        If the value is not finite or outside its range, or a fact is missing.
    """

    value: Any
    unit: Any
    low: Any
    high: Any
    source: str
    confidence: str
    meaning: str
    q10: float = 1.0
    measured_at: float | None = None
    integer: bool = False
    note: str = ""

    def __post_init__(self) -> None:
        for other in (self.value, self.low, self.high):
            if not have_same_dimensions(other, self.unit):
                raise DimensionMismatchError(
                    f"'{self.meaning}' is measured in{unit_suffix(self.unit) or ' pure numbers'}, got {other!r}",
                    get_dimensions(other),
                    get_dimensions(self.unit),
                )
        if np.ndim(self.value) != 0 or isinstance(self.value, (bool, np.bool_)):
            raise ValueError(f"'{self.meaning}' must be a single number, got {self.value!r}.")
        number = float(np.asarray(self.value))
        if not np.isfinite(number):
            raise ValueError(f"'{self.meaning}' must be a finite number, got {self.value!r}.")
        low, high = float(np.asarray(self.low)), float(np.asarray(self.high))
        if not low - 1e-9 * abs(low) <= number <= high + 1e-9 * abs(high):
            raise ValueError(
                f"'{self.meaning}' must lie between {self._show(self.low)} and "
                f"{self._show(self.high)}{unit_suffix(self.unit)}, got {self._show(self.value)}."
            )
        if self.integer and number != round(number):
            raise ValueError(f"'{self.meaning}' must be a whole number, got {number:g}.")
        if self.confidence not in CONFIDENCES:
            raise ValueError(f"confidence must be one of {CONFIDENCES}, got {self.confidence!r}.")
        if self.source not in REFERENCES:
            raise ValueError(f"'{self.meaning}': unknown source {self.source!r}.")
        if self.q10 != 1.0 and self.measured_at is None:
            raise ValueError(f"'{self.meaning}' has a Q10 but not the temperature of its value.")

    def _show(self, value: Any) -> str:
        return f"{float(np.asarray(value / self.unit)):.5g}"

    def si(self, temperature: Quantity | None = None) -> float:
        """Value in SI base units, moved to a temperature by its Q10.

        Parameters
        ----------
        temperature : Quantity, optional
            In kelvin (``22*degC``); by default the value as it was measured.

        Returns
        -------
        float
            Pure number; concentrations are in mol/m^3, temperatures in kelvin.
        """
        number = float(np.asarray(self.value))
        if self.q10 == 1.0 or temperature is None:
            return number
        return number * self.q10 ** ((float(temperature / degC) - self.measured_at) / 10.0)

    def at(self, temperature: Quantity) -> Any:
        """Value with its unit, moved to a temperature by its Q10.

        Parameters
        ----------
        temperature : Quantity
            In kelvin (``22*degC``).

        Returns
        -------
        Quantity or float
            Value; a float if the parameter has no unit.
        """
        if get_dimensions(self.unit).is_dimensionless:
            return self.si(temperature)
        return Quantity(self.si(temperature), dim=get_dimensions(self.unit))


def whole_number(name: str, value: Any, low: int, high: int | None = None) -> int:
    """``value`` as an int; a clear error if it is not a whole number from ``low`` to ``high``."""
    allowed = f"of at least {low}" if high is None else f"from {low} to {high}"
    try:
        number = int(value)
        good = number == value and number >= low and (high is None or number <= high)
    except (TypeError, ValueError, OverflowError, DimensionMismatchError):
        good = False
    if not good:
        raise ValueError(f"{name} must be a whole number {allowed}, got {value!r}.")
    return number


def require(thing: Any, *parameters: str, example: str) -> None:
    """Refuse what is no parameter set with these parameters, as a forgotten pair of brackets.

    Parameters
    ----------
    thing : ParameterSet
        What was given.
    *parameters : str
        Names it must have.
    example : str
        What would be right, for the message.

    Raises
    ------
    TypeError
        If it is something else.
    """
    if not isinstance(thing, ParameterSet) or any(name not in thing for name in parameters):
        raise TypeError(f"This needs {example}, got {thing!r}.")


class ParameterSet(Mapping):
    """A named, immutable set of `Parameter`: the written description of one piece of biology.

    Reading an attribute gives the value at the set's own temperature as a Quantity; indexing gives
    the `Parameter` with its facts. Iteration and ``len`` are those of a mapping.

    Parameters
    ----------
    name : str
        What the set describes, e.g. ``'human junction'``.
    parameters : dict of str to Parameter
        Must contain ``temperature``.

    Raises
    ------
    ValueError
        Without a temperature.
    """

    def __init__(self, name: str, parameters: dict[str, Parameter]) -> None:
        if "temperature" not in parameters:
            raise ValueError(f"{name}: a parameter set needs a 'temperature'.")
        self._name = name
        self._parameters = dict(parameters)

    @property
    def name(self) -> str:
        """What the set describes."""
        return self._name

    def __getitem__(self, name: str) -> Parameter:
        return self._parameters[self._known(name)]

    def __iter__(self) -> Iterator[str]:
        return iter(self._parameters)

    def __len__(self) -> int:
        return len(self._parameters)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        try:
            return self[name].at(self["temperature"].value)
        except KeyError as error:
            raise AttributeError(error.args[0]) from None

    def __setattr__(self, name: str, value: Any) -> None:
        if name.startswith("_"):
            super().__setattr__(name, value)
            return
        if name in self:
            hint = f"use .replace({name}=...), which makes a new one"
        else:
            hint = f"and it has no parameter '{name}'"
        raise AttributeError(f"The {self.name} is not changed by assignment: {hint}.")

    def __dir__(self) -> list[str]:
        return [*super().__dir__(), *self._parameters]

    def __hash__(self) -> int:
        return hash(self.key())

    def __eq__(self, other: object) -> bool:
        return type(other) is type(self) and other.key() == self.key()

    def _known(self, name: str) -> str:
        if name not in self._parameters:
            spelled = {known.lower(): known for known in self._parameters}
            close = [spelled[c] for c in difflib.get_close_matches(name.lower(), spelled, n=3)]
            hint = f"; did you mean {' or '.join(close)}?" if close else ""
            raise KeyError(f"{self.name} has no parameter '{name}'{hint}")
        return name

    def si(self, name: str) -> float:
        """Value of one parameter as a pure number, at the set's temperature.

        Parameters
        ----------
        name : str
            Of the parameter.

        Returns
        -------
        float
            In SI base units; concentrations are in mol/m^3.

        Raises
        ------
        KeyError
            For an unknown name (the nearest names are suggested).
        """
        return self[name].si(self["temperature"].value)

    def key(self) -> tuple:
        """Hashable identity of all values, for caches.

        Returns
        -------
        tuple
            Equal for sets that behave alike; sources and notes do not count.
        """
        return tuple((name, p.si(), p.q10, p.measured_at) for name, p in self.items())

    def replace(self, **values: Any) -> ParameterSet:
        """Copy of the set with other values, given at the set's (new) temperature.

        Parameters
        ----------
        **values
            New value by parameter name, with the parameter's unit.

        Returns
        -------
        ParameterSet
            A new set of the same kind; this one is not changed.

        Raises
        ------
        KeyError, DimensionMismatchError, ValueError
            For an unknown name, a wrong unit, or a value that is not finite or out of range.
        """
        unknown = [name for name in values if name not in self._parameters]
        if unknown:
            self._known(unknown[0])
        new = dict(self._parameters)
        temperature = values.get("temperature", self["temperature"].value)
        for name, value in values.items():
            old = new[name]
            facts = {"value": value, "source": "user", "confidence": "assumed", "note": ""}
            if old.q10 != 1.0:
                facts["measured_at"] = float(temperature / degC)
            try:
                new[name] = replace(old, **facts)
            except (ValueError, DimensionMismatchError) as error:
                error.add_note(f"while setting '{name}' of the {self.name}")
                raise
        return self._with(new)

    def _with(self, parameters: dict[str, Parameter]) -> ParameterSet:
        return type(self)(self.name, parameters)

    def diff(self, other: ParameterSet) -> str:
        """Table of the parameters whose value or source differs from another set's.

        Parameters
        ----------
        other : ParameterSet
            What to compare with.

        Returns
        -------
        str
            One line a parameter: name, value in ``other``, value here, source here.

        Raises
        ------
        TypeError
            If ``other`` is no parameter set.
        """
        if not isinstance(other, ParameterSet):
            raise TypeError(f"{self.name} is compared with another set, got {other!r}.")
        rows = []
        for name in dict.fromkeys([*self, *other]):
            mine, theirs = self.get(name), other.get(name)
            if mine and theirs and mine.source == theirs.source:
                here = mine.si(self["temperature"].value)
                if np.isclose(here, theirs.si(other["temperature"].value), rtol=1e-12, atol=0):
                    continue
            rows.append(
                (name, _cell(theirs, other), _cell(mine, self), mine.source if mine else "")
            )
        if not rows:
            return f"{self.name}: no difference from {other.name}"
        names = (other.name, self.name)
        if other.name == self.name:
            names = (f"{other.name} (other)", f"{self.name} (this)")
        return _table(("parameter", *names, "source"), rows)

    def __str__(self) -> str:
        temperature = self["temperature"].value
        rows = []
        for name, p in self.items():
            value = p.si(temperature) / float(np.asarray(p.unit))
            low, high = (float(np.asarray(x / p.unit)) for x in (p.low, p.high))
            unit = _unit_name(p.unit)
            if name == "temperature":
                value, low, high = (x - ZERO_CELSIUS_K for x in (value, low, high))
                unit = "degC"
            rows.append(
                (name, f"{value:.4g}", unit, f"{low:.3g} to {high:.3g}", p.source, p.confidence)
            )
        head = f"{self.name}, {float(temperature / degC):.3g} degC\n"
        return head + _table(("parameter", "value", "unit", "range", "source", "confidence"), rows)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} '{self.name}', {len(self)} parameters>"

    def sources(self) -> list[str]:
        """Where the numbers come from.

        Returns
        -------
        list of str
            Keys of `nmj_brian.bibliography.REFERENCES`, in order of first use.
        """
        return list(dict.fromkeys(p.source for p in self.values()))


def _cell(parameter: Parameter | None, owner: ParameterSet) -> str:
    if parameter is None:
        return "-"
    value = parameter.si(owner["temperature"].value) / float(np.asarray(parameter.unit))
    return f"{value:.4g}{unit_suffix(parameter.unit)}"


def _table(head: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    widths = [max(len(str(row[i])) for row in [head, *rows]) for i in range(len(head))]
    lines = [
        "  ".join(str(c).ljust(w) for c, w in zip(row, widths, strict=True)).rstrip()
        for row in [head, tuple("-" * w for w in widths), *rows]
    ]
    return "\n".join(lines)
