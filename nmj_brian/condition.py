"""A condition changes a junction, a fiber or a nerve: a disease, a toxin, a drug.

It is a pure function: ``condition(junction)`` is another junction, and so is
``junction.under(condition, another)``. What it changes are physical parameters, each with the
source of the change. The catalogue is `nmj_brian.conditions`.

Order: factors multiply, so that it does not matter. Where it would, it is fixed: mutations change
the receptor before drugs bind to it, whatever the order in one call of ``under``; in a later call
a mutation is refused. Two conditions that set the same parameter, or are of one kind (two
mutations), exclude each other.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace as with_facts
from types import MappingProxyType
from typing import Any

import numpy as np
from brian2 import DimensionMismatchError, Quantity
from brian2.units.fundamentalunits import get_dimensions

from .bibliography import REFERENCES
from .parameters import CONFIDENCES, Parameter, ParameterSet, _table, _unit_name
from .units import degC

__all__ = ["Condition", "chosen", "derived", "dose"]


class Condition:
    """A disease, toxin or drug: which physical parameters it changes, by how much, and who says so.

    Parameters
    ----------
    name : str
        What it is called; a junction takes each name once.
    scale : dict of str to float or Parameter, optional
        Factor by name of a junction's parameter, 0 or more. A whole number stays one (rounded).
    replace : dict of str to Quantity or Parameter, optional
        New value by name of a junction's parameter.
    receptor : callable, optional
        Receptor -> Receptor, at the temperature of its constants.
    fiber, nerve : dict of str to float or Parameter, optional
        Factors on parameters of a muscle fiber and of a nerve.
    given : dict of str to Parameter, optional
        Its own numbers (a dose, an affinity, a severity), for the table.
    kind : str, optional
        Two different conditions of one kind exclude each other.
    binds : bool, optional
        Whether ``receptor`` adds a drug to the receptor: then it acts after every mutation.
    source, confidence, note : str, optional
        Facts of the changes given as plain numbers (see `Parameter`).

    Raises
    ------
    ValueError
        For a negative factor, a missing name, an unknown source, or nothing to change.
    DimensionMismatchError
        For a factor with a unit.

    Examples
    --------
    >>> import nmj_brian as nmj
    >>> half = nmj.Condition("half a junction", scale={"sites": 0.5}, source="Slater2006")
    >>> float(nmj.junctions.human().under(half).sites)
    104.0
    """

    def __init__(
        self,
        name: str,
        *,
        scale: Mapping[str, Any] | None = None,
        replace: Mapping[str, Any] | None = None,
        receptor: Callable[[Any], Any] | None = None,
        fiber: Mapping[str, Any] | None = None,
        nerve: Mapping[str, Any] | None = None,
        given: Mapping[str, Parameter] | None = None,
        kind: str = "",
        binds: bool = False,
        source: str = "user",
        confidence: str = "assumed",
        note: str = "",
    ) -> None:
        if not isinstance(name, str) or not name.strip():
            raise ValueError(f"a condition needs a name, got {name!r}.")
        if source not in REFERENCES:
            raise ValueError(f"'{name}': unknown source {source!r}.")
        if confidence not in CONFIDENCES:
            raise ValueError(f"confidence must be one of {CONFIDENCES}, got {confidence!r}.")
        if receptor is not None and not callable(receptor):
            raise TypeError(f"'{name}': receptor is a function of a receptor, got {receptor!r}.")
        facts = {"source": source, "confidence": confidence, "note": note}
        scales = {"junction": scale, "fiber": fiber, "nerve": nerve}
        self._facts = facts
        self._name, self._kind, self._binds = name, kind, binds
        self._scale = {
            place: {key: _factor(name, key, x, facts) for key, x in (factors or {}).items()}
            for place, factors in scales.items()
        }
        self._replace = dict(replace or {})
        self._receptor = receptor
        self._given = dict(given or {})
        if not self.acts_on:
            raise ValueError(f"'{name}' changes nothing: give scale, replace, receptor or fiber.")

    @property
    def name(self) -> str:
        """What it is called."""
        return self._name

    @property
    def kind(self) -> str:
        """What it excludes: other conditions of this kind; empty if none."""
        return self._kind

    @property
    def parameters(self) -> Mapping[str, Parameter]:
        """Its own numbers with their facts, and the factors that are not made from them."""
        plain = {
            f"{place} {key}" if place != "junction" else key: p
            for place, factors in self._scale.items()
            for key, p in factors.items()
        }
        return MappingProxyType(self._given or plain)

    @property
    def acts_on(self) -> tuple[str, ...]:
        """Which of 'junction', 'fiber' and 'nerve' it changes."""
        junction = self._replace or self._receptor or self._extra_names()
        return tuple(
            place
            for place, factors in self._scale.items()
            if factors or (place == "junction" and junction)
        )

    @property
    def fiber_factors(self) -> tuple[tuple[str, float], ...]:
        """Factors on parameters of a fiber, by name."""
        return tuple((key, p.si()) for key, p in self._scale["fiber"].items())

    @property
    def changes(self) -> tuple[str, ...]:
        """Names of the junction's parameters that it changes, and 'receptor' if it does."""
        receptor = ("receptor",) if self._receptor is not None else ()
        return (*self._scale["junction"], *self._replace, *self._extra_names(), *receptor)

    #: What a junction remembers, where another condition of the call changed this one.
    _told: Condition | None = None

    @property
    def recorded(self) -> Condition:
        """The condition as it was given, for the record: under all that is recorded the junction is the same."""
        return self if self._told is None else self._told

    #: Among conditions of one call those of a lower rank act first; otherwise the order is by name.
    _rank = 0

    def _extra_names(self) -> Mapping[str, str]:
        """Parameters that a subclass changes in a way of its own, and how."""
        return {}

    def _extra(self, owner: ParameterSet, parameters: dict[str, Parameter]) -> None:
        """Change them."""

    def __call__(self, thing: Any) -> Any:
        """The junction, fiber or nerve under this condition.

        Parameters
        ----------
        thing : Junction, Fiber or Nerve
            Not changed.

        Returns
        -------
        Junction, Fiber or Nerve
            A new one.

        Raises
        ------
        ValueError
            If the condition does not act on it, or is excluded by one that does.
        """
        if not hasattr(thing, "under"):
            raise TypeError(f"'{self.name}' acts on a junction, a fiber or a nerve, got {thing!r}.")
        return thing.under(self)

    def sources(self) -> list[str]:
        """Where its numbers come from.

        Returns
        -------
        list of str
            Keys of `nmj_brian.bibliography.REFERENCES`, in order of first use.
        """
        own = [p.source for p in self._given.values()]
        factors = [p.source for table in self._scale.values() for p in table.values()]
        values = [getattr(x, "source", self._facts["source"]) for x in self._replace.values()]
        beside = [self._facts["source"]] if self._receptor is not None and not own else []
        return list(dict.fromkeys([*own, *factors, *values, *beside]))

    def key(self) -> tuple:
        """Hashable identity of all that it does, for comparison.

        Returns
        -------
        tuple
            Equal for conditions that change alike.
        """
        numbers = [
            (place, tuple((key, p.si()) for key, p in sorted(factors.items())))
            for place, factors in self._scale.items()
        ]
        values = tuple((key, _si(x)) for key, x in sorted(self._replace.items()))
        given = tuple((key, p.si()) for key, p in sorted(self._given.items()))
        return (self.name, self.kind, *numbers, values, given, self._receptor)

    def __eq__(self, other: object) -> bool:
        return type(other) is type(self) and other.key() == self.key()

    def __hash__(self) -> int:
        return hash(self.key())

    def __repr__(self) -> str:
        return f"<Condition '{self.name}' of {', '.join(self.acts_on)}>"

    def __str__(self) -> str:
        rows = [
            (key, f"{float(np.asarray(p.value / p.unit)):.4g}", _unit_name(p.unit), p.source,
             p.confidence, p.note)
            for key, p in self._given.items()
        ]  # fmt: skip
        rows += [
            (f"{place}: {key}", f"x {p.si():.4g}", "", p.source, p.confidence, p.note)
            for place, factors in self._scale.items()
            for key, p in factors.items()
        ]
        for key, x in self._replace.items():
            facts = self._facts if not isinstance(x, Parameter) else vars(x)
            shown = x.value if isinstance(x, Parameter) else x
            rows.append((f"junction: {key}", f"= {shown}", "", facts["source"],
                         facts["confidence"], facts["note"]))  # fmt: skip
        for key, how in self._extra_names().items():
            rows.append((f"junction: {key}", how, "", "", "", ""))
        if self._receptor is not None:
            what = getattr(self._receptor, "what", getattr(self._receptor, "__name__", "changed"))
            facts = self._facts
            rows.append(("junction: receptor", what, "", facts["source"], facts["confidence"],
                         facts["note"]))  # fmt: skip
        head = ("number or change", "value", "unit", "source", "confidence", "note")
        return f"{self.name}\n" + _table(head, rows)

    # -- how it changes a set -------------------------------------------------------------------

    def _changed(self, owner: ParameterSet, place: str) -> dict[str, Parameter]:
        """The parameters of a set under this condition."""
        parameters = dict(owner._parameters)
        try:
            if place == "junction":
                for key, x in self._replace.items():
                    facts = dict(self._facts, value=x)
                    if isinstance(x, Parameter):
                        facts = {k: getattr(x, k) for k in ("value", *self._facts)}
                    old = owner[key]
                    if old.q10 != 1.0:
                        facts["measured_at"] = float(owner.temperature / degC)
                    parameters[key] = with_facts(old, **self._noted(facts, "set"))
            for key, factor in self._scale[place].items():
                old = owner[key] if key not in self._replace else parameters[key]
                if factor.si() != 1.0:
                    parameters[key] = self._scaled(old, factor)
            if place == "junction":
                self._extra(owner, parameters)
        except (KeyError, ValueError, DimensionMismatchError) as error:
            error.add_note(f"while putting the {owner.name} under '{self.name}'")
            raise
        return parameters

    def _new_receptor(self, receptor: Any, owner: str) -> Any:
        """The receptor under this condition."""
        try:
            return self._receptor(receptor)
        except (KeyError, ValueError, TypeError) as error:
            error.add_note(f"while putting the {owner} under '{self.name}'")
            raise

    def _noted(self, facts: dict[str, Any], what: str) -> dict[str, Any]:
        note = f"{what} by {self.name}"
        return {**facts, "note": f"{note}: {facts['note']}" if facts["note"] else note}

    def _scaled(self, old: Parameter, factor: Parameter) -> Parameter:
        value = old.value * factor.si()
        if old.integer:
            value = round(float(np.asarray(value / old.unit))) * old.unit
        changed_before = old.note.startswith(("x ", "set by "))
        before = old.note if changed_before else f"{old.source}, {old.confidence}"
        facts = self._noted({"note": factor.note}, f"x {factor.si():.4g}")
        return with_facts(
            old,
            value=value,
            source=factor.source,
            confidence=max(old.confidence, factor.confidence, key=CONFIDENCES.index),
            note=f"{facts['note']} [before: {before}]",
        )


def _factor(owner: str, key: str, x: Any, facts: dict[str, Any]) -> Parameter:
    if isinstance(x, Parameter):
        return x
    try:
        return Parameter(x, 1, 0, 1e6, meaning=f"factor on {key}", **facts)
    except (ValueError, TypeError, DimensionMismatchError) as error:
        error.add_note(f"in the condition '{owner}'")
        raise


def _si(x: Any) -> float:
    return x.si() if isinstance(x, Parameter) else float(np.asarray(x))


def chosen(value: Any, preset: Parameter) -> Parameter:
    """A number of a condition: the preset's if none is given, else the user's choice in its range."""
    if value is None:
        return preset
    _check_number(value, preset.meaning)
    same = get_dimensions(value) == get_dimensions(preset.unit) and np.ndim(value) == 0
    if same and float(np.asarray(value)) == preset.si():
        return preset
    shown = f"{float(np.asarray(preset.value / preset.unit)):.4g}"
    note = f"chosen; by default {shown}" + (f", {preset.note}" if preset.note else "")
    return with_facts(preset, value=value, confidence="assumed", note=note)


def _check_number(value: Any, meaning: str) -> None:
    if isinstance(value, (str, bytes, bool)) or value is None or callable(value):
        raise TypeError(f"'{meaning}' is a number or a quantity, got {value!r}.")


def derived(value: float, meaning: str, of: Parameter, note: str = "") -> Parameter:
    """A factor that follows from another number, with that number's source."""
    return Parameter(
        float(value), 1, 0, 1e6, of.source, of.confidence, meaning, note=note or of.note
    )


def dose(name: str, value: Any, unit: Quantity) -> Parameter:
    """Concentration of a drug where it acts: chosen, not negative."""
    _check_number(value, f"concentration of {name}")
    return Parameter(
        value, unit, 0 * unit, 1e6 * unit, "definition", "assumed",
        f"concentration of {name} where it acts",
    )  # fmt: skip
