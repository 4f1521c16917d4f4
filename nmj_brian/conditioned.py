"""What can be put under conditions: a junction, a muscle fiber, a nerve.

Conditions given in one call act in an order of their own (see `nmj_brian.condition`); those whose
concentration changes with time are taken at a moment.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import wraps
from typing import Any

import numpy as np
from brian2 import Quantity, second
from brian2.units.fundamentalunits import fail_for_dimension_mismatch

from .condition import Condition

__all__ = ["Conditioned", "TimedCondition", "dosed"]


class TimedCondition:
    """A drug whose concentration changes with time; at a moment it is a `Condition`.

    Made by the drugs of `nmj_brian.conditions` from a course of concentration (a `TimedArray` or a
    course of `nmj_brian.pk`) in place of a number.

    Parameters
    ----------
    drug : callable
        Concentration -> Condition.
    course : callable
        Time -> concentration.
    """

    def __init__(self, drug: Callable[[Quantity], Condition], course: Callable) -> None:
        self.drug, self.course = drug, course

    def at(self, time: Quantity) -> Condition:
        """The drug at a moment.

        Parameters
        ----------
        time : Quantity
            Since the start of the course.

        Returns
        -------
        Condition
            With the concentration of that moment.

        Raises
        ------
        ValueError, DimensionMismatchError
            For a time before the course, or no time.
        """
        fail_for_dimension_mismatch(time, second, "the moment of a course is a time")
        if not np.all(np.asarray(time) >= 0.0):
            raise ValueError(f"the moment of a course is 0 or later, got {time!r}.")
        return self.drug(self.course(time))

    def __repr__(self) -> str:
        return f"<TimedCondition {getattr(self.drug, '__name__', self.drug)!r} of {self.course!r}>"


def dosed(make: Callable[..., Condition]) -> Callable[..., Any]:
    """Let the first argument of a drug be a course of concentration as well as a number."""

    @wraps(make)
    def drug(concentration: Any, *args: Any, **options: Any) -> Any:
        if callable(concentration):
            from . import pk

            of = getattr(getattr(concentration, "kinetics", None), "drug", make.__name__)
            if of != make.__name__ and of in pk.sets():
                raise ValueError(f"{make.__name__} was given a course of {of}.")

            @wraps(make)
            def then(c: Quantity) -> Condition:
                return make(c, *args, **options)

            return TimedCondition(then, concentration)
        return make(concentration, *args, **options)

    return drug


class Conditioned:
    """What can be put under conditions: a junction, a fiber, a nerve."""

    #: Which of the changes of a condition are meant: 'junction', 'fiber' or 'nerve'.
    _place: str
    _conditions: tuple[Condition, ...] = ()

    @property
    def conditions(self) -> tuple[Condition, ...]:
        """Conditions it was put under, in the order in which they acted."""
        return self._conditions

    def under(self, *conditions: Any, time: Quantity | None = None) -> Any:
        """The same under diseases, toxins and drugs.

        Parameters
        ----------
        *conditions : Condition, TimedCondition or callable
            For example ``nmj.myasthenia_gravis(receptor_loss=0.7)``. Their order does not matter; any
            other function of a junction is called last.
        time : Quantity, optional
            Moment at which drugs with a course of concentration are taken.

        Returns
        -------
        Junction, Fiber or Nerve
            A new one; ``diff`` shows what changed, ``conditions`` what did it.

        Raises
        ------
        ValueError
            If conditions exclude each other, one does not act here, a number leaves its range, or
            a course is given without ``time``.
        TypeError
            For what is no condition.
        """
        place = self._place
        known, functions = _sorted_out(conditions, time)
        _compatible((*self._conditions, *known))
        if any(c._binds for c in self._conditions):
            late = [c.name for c in known if c._receptor is not None and not c._binds]
            if late:
                held = next(c.name for c in self._conditions if c._binds)
                raise ValueError(
                    f"'{late[0]}' changes the receptor to which '{held}' has bound: give both in one "
                    "call of under()."
                )
        known = sorted(known, key=lambda c: (c._binds, c._rank, c.name))
        new = self
        for condition in known:
            # a junction remembers what acts on its fiber alone, for who makes the fiber (`nmj_brian.lab`)
            of_its_fiber = place == "junction" and condition.acts_on == ("fiber",)
            if place not in condition.acts_on and not of_its_fiber:
                where = " and ".join(condition.acts_on)
                raise ValueError(
                    f"'{condition.name}' does not act on a {place} but on a {where}: put that under it."
                )
            new = new._under_one(condition, place)
        for function in functions:
            new = function(new)
            if type(new) is not type(self):
                raise TypeError(f"{function!r} made a {type(new).__name__} of a {place}.")
        return new

    def _kept(self, new: Any) -> Any:
        """A copy that knows the conditions of this one."""
        new._conditions = self._conditions
        return new

    def sources(self) -> list[str]:
        """Where the numbers come from, those of the conditions included.

        Returns
        -------
        list of str
            Keys of `nmj_brian.bibliography.REFERENCES`, in order of first use.
        """
        added = [key for condition in self._conditions for key in condition.sources()]
        return list(dict.fromkeys([*super().sources(), *added]))

    def _under_one(self, condition: Condition, place: str) -> Any:
        new = self._with(condition._changed(self, place))
        if place == "junction" and condition._receptor is not None:
            changed = condition._new_receptor(self._measured_receptor, self.name)
            new = type(new)(new.name, dict(new._parameters), changed)
        new._name = f"{self.name}, {condition.name}"
        new._conditions = (*self._conditions, condition.recorded)
        return new


def _sorted_out(given: Iterable[Any], time: Quantity | None) -> tuple[list[Condition], list]:
    """Conditions at the moment, those that act on others resolved; and the other functions."""
    known, functions = [], []
    for x in given:
        if isinstance(x, TimedCondition):
            if time is None:
                raise ValueError(f"{x!r} needs a moment: under(..., time=20*minute).")
            x = x.at(time)
        if isinstance(x, Condition):
            known.append(x)
        elif callable(x):
            if isinstance(x, type) or getattr(x, "__module__", "").startswith("nmj_brian.cond"):
                name = getattr(x, "__name__", "it")
                raise TypeError(f"{name} is no condition yet: call it, as in nmj.{name}(...).")
            functions.append(x)
        else:
            raise TypeError(f"a condition is e.g. nmj.myasthenia_gravis(), got {x!r}.")
    for x in list(known):
        if hasattr(x, "meets"):
            known = x.meets(known)
    return known, functions


def _compatible(conditions: Iterable[Condition]) -> None:
    kinds: dict[str, str] = {}
    names: set[str] = set()
    settings: dict[str, str] = {}
    for c in conditions:
        if c.name in names:
            raise ValueError(f"'{c.name}' is given twice: give it once, with one set of numbers.")
        names.add(c.name)
        if c.kind and c.kind in kinds:
            raise ValueError(
                f"'{c.name}' and '{kinds[c.kind]}' exclude each other: each is a {c.kind}."
            )
        kinds[c.kind] = c.name
        for key in c._replace:
            if key in settings:
                raise ValueError(f"'{c.name}' and '{settings[key]}' both set {key}: give one.")
            settings[key] = c.name
