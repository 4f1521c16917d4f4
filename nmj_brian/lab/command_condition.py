"""Conditions on the command line: ``rocuronium=0.8`` is a function of the catalogue and its first argument."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

from .. import conditions
from ..junction import Junction
from ..units import day, uM, year

__all__ = ["amount", "condition", "under"]

#: First argument of a condition -> what its number is on the command line, unit, and an example.
_WITH_UNIT: dict[str, tuple[str, Any, str]] = {
    "concentration": ("concentration in uM", uM, "1"),
    "time": ("time in days", day, "20"),
    "age": ("age in years", year, "80"),
}


def _first(name: str) -> inspect.Parameter:
    return next(iter(inspect.signature(getattr(conditions, name)).parameters.values()))


def _understood(name: str) -> tuple[str, Callable[[str], Any], str]:
    """What the text after ``=`` means, how it is read, and an example."""
    first = _first(name).name
    if first == "mutation":
        kind = name.removesuffix("_channel")
        return "mutation", str.strip, list(conditions.mutations(kind))[-1]
    what, unit, example = _WITH_UNIT.get(first, (f"{first.replace('_', ' ')}, a share", 1, "0.5"))
    return what, lambda text: float(text) * unit, example


def amount(name: str) -> str:
    """What the text after the name of a condition is, as in ``rocuronium=0.8``.

    Parameters
    ----------
    name : str
        Of a condition of the catalogue.

    Returns
    -------
    str
        For example 'concentration in uM'.
    """
    return _understood(name)[0]


def condition(text: str) -> Any:
    """The condition that a text of the command line names.

    Parameters
    ----------
    text : str
        Such as ``neostigmine=0.5``: a number in the unit of `amount`, or the name of a mutation.

    Returns
    -------
    Condition
        Of the catalogue.

    Raises
    ------
    ValueError
        For what is no condition, or a value that it does not take.
    """
    name, equals, value = text.partition("=")
    if name not in conditions.list():
        raise ValueError(f"there is no condition {name!r}; 'nmj list' shows them.")
    what, read, example = _understood(name)
    if not equals:
        if _first(name).default is inspect.Parameter.empty:
            raise ValueError(f"{name} needs a number ({what}): --condition {name}={example}.")
        return getattr(conditions, name)()
    try:
        number = read(value)
    except ValueError:
        raise ValueError(
            f"--condition takes NAME or NAME=NUMBER ({what}: {name}={example}), got {text!r}."
        ) from None
    return getattr(conditions, name)(number)


def under(junction: Junction, named: list[str]) -> Junction:
    """The junction under conditions named on the command line.

    Parameters
    ----------
    junction : Junction
        Without them.
    named : list of str
        As `condition` takes them.

    Returns
    -------
    Junction
        A new one.

    Raises
    ------
    ValueError
        For what is no condition, or a value that it does not take.
    """
    return junction.under(*map(condition, named)) if named else junction
