"""How a receptor moves: the states of one molecule and the steps between them, read from text.

One line per step, ``A + ACh <-> B : rate_forward, rate_backward``::

    R   + ACh <-> AR   : 2*k_on, k_off      # two equal sites are free
    AR  + ACh <-> A2R  : k_on, 2*k_off
    A2R       <-> A2R* : beta, alpha

A ``*`` at the end of a name marks a conducting state, ``X + ACh`` the binding of one agonist
molecule, ``->`` a step that cannot be undone (one rate). Statistical factors stand as written.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from brian2.units.fundamentalunits import Dimension

from .rate_expression import (
    PER_MOLAR_SECOND,
    PER_SECOND,
    RESERVED,
    TIME_UNITS,
    Place,
    RateExpression,
    SchemeError,
    dimension_name,
    nearest,
)

__all__ = ["Scheme", "SchemeError", "Step"]

_ARROW = re.compile(r"[<=-]*>|<[=-]+|[⇌→↔←⇄]")
_SHAPE = "a line reads 'A + ACh <-> B : rate_forward, rate_backward'"


@dataclass(frozen=True)
class Step:
    """One directed step between two states.

    Parameters
    ----------
    source, target : int
        Indices of the states.
    rate : RateExpression
        Its rate constant.
    binds : bool
        Whether it binds one agonist molecule (its rate is then per molar).
    """

    source: int
    target: int
    rate: RateExpression
    binds: bool


class Scheme:
    """The states of a receptor and the steps between them.

    Parameters
    ----------
    text : str
        The scheme, one reversible step per line.
    agonist : str, optional
        Name of the ligand in ``X + ACh``.

    Attributes
    ----------
    states : tuple of str
        Names of the states, in order of first appearance.
    steps : tuple of Step
        All directed steps, in the order of the lines.
    bound : ndarray of int
        Agonist molecules that each state holds.

    Raises
    ------
    SchemeError
        For whatever cannot be understood, with the line and column.
    """

    def __init__(self, text: str, agonist: str = "ACh") -> None:
        if not isinstance(text, str):
            raise SchemeError(f"a scheme is written as text, got {type(text).__name__}")
        if not isinstance(agonist, str) or not agonist.isidentifier():
            raise SchemeError(f"an agonist's name must be one word, got {agonist!r}")
        self.text, self.agonist = text, agonist
        self._index: dict[str, int] = {}
        self._where: dict[frozenset[int], Place] = {}
        self._gain: dict[tuple[int, int], int] = {}  # agonist molecules won by a step
        steps: list[Step] = []
        for number, line in enumerate(text.splitlines(), 1):
            whole = Place(line, number, 0, len(line.split("#", 1)[0])).stripped()
            if str(whole):
                steps += self._line(whole)
        self.states, self.steps = tuple(self._index), tuple(steps)
        self._check_shape()
        self.bound = self._count_bound()
        self.bound.flags.writeable = False

    # -- one line -------------------------------------------------------------------------------

    def _line(self, whole: Place) -> list[Step]:
        text = str(whole)
        colon = text.find(":")
        if colon < 0:
            raise SchemeError(f"no ':' before the rates; {_SHAPE}", whole)
        left, arrow, right = self._split(whole.part(0, colon))
        source, binds = self._side(left)
        target, releases = self._side(right)
        if binds and releases:
            raise SchemeError(f"{self.agonist} stands on both sides", whole.part(0, colon))
        if source == target:
            raise SchemeError(f"'{list(self._index)[source]}' goes to itself", whole)
        pair = frozenset((source, target))
        if pair in self._where:
            first = self._where[pair].line
            raise SchemeError(f"these two states are already joined on line {first}", whole)
        self._where[pair] = whole
        rates = self._rates(whole.part(colon + 1, len(text)), 2 if arrow == "<->" else 1)
        change = int(binds) - int(releases)
        self._gain.update({(source, target): change, (target, source): -change})
        directions = ((source, target, binds), (target, source, releases))
        return [Step(i, j, r, b) for (i, j, b), r in zip(directions, rates, strict=False)]

    def _split(self, place: Place) -> tuple[Place, str, Place]:
        text = str(place)
        arrows = list(_ARROW.finditer(text))
        if not arrows:
            raise SchemeError(f"no '<->' between two states; {_SHAPE}", place)
        if len(arrows) > 1:
            raise SchemeError("one step per line: a second arrow", place.part(*arrows[1].span()))
        arrow = arrows[0]
        if arrow.group() not in ("<->", "->"):
            raise SchemeError(
                f"'{arrow.group()}' is not an arrow; write '<->', or '->' for one way only",
                place.part(*arrow.span()),
            )
        left, right = place.part(0, arrow.start()), place.part(arrow.end(), len(text))
        return left, arrow.group(), right

    def _side(self, place: Place) -> tuple[int, bool]:
        """State on one side of the arrow, and whether an agonist molecule stands beside it."""
        place = place.stripped()
        parts, start = [], 0
        for piece in str(place).split("+"):
            parts.append(place.part(start, start + len(piece)).stripped())
            start += len(piece) + 1
        if len(parts) == 1:
            return self._state(parts[0]), False
        if len(parts) > 2:
            raise SchemeError("one molecule at a time: a state and one agonist", place)
        names = [str(p) for p in parts]
        if names[1] == self.agonist:
            return self._state(parts[0]), True
        if names[0] == self.agonist:
            return self._state(parts[1]), True
        raise SchemeError(
            f"unknown agonist '{names[1]}'{nearest(names[1], [self.agonist])}; this scheme's "
            f"agonist is {self.agonist} (agonist='...' names another; a scheme has one)",
            parts[1],
        )

    def _state(self, place: Place) -> int:
        name = str(place)
        if name == self.agonist:
            raise SchemeError(f"'{name}' is the agonist, a state must stand here", place)
        if not name.removesuffix("*").isidentifier():
            if "*" in name[:-1] and name.replace("*", "").isidentifier():
                message = "'*' marks a conducting state and stands at the end of its name"
            elif name:
                message = f"'{name}' is not a name of a state (a letter, then letters or digits)"
            else:
                message = f"a state is missing; {_SHAPE}"
            raise SchemeError(message, place)
        return self._index.setdefault(name, len(self._index))

    def _rates(self, place: Place, wanted: int) -> list[RateExpression]:
        text, depth, start, parts = str(place), 0, 0, []
        for i, character in enumerate(text):
            depth += {"(": 1, ")": -1}.get(character, 0)
            if depth < 0:
                raise SchemeError("this parenthesis closes nothing", place.part(i, i + 1))
            if character == "," and depth == 0:
                parts.append(place.part(start, i))
                start = i + 1
        parts.append(place.part(start, len(text)))
        if len(parts) != wanted:
            needs = {
                1: "'->' needs one rate ('<->' is the arrow with two)",
                2: "'<->' needs two rates, forward and backward, with a comma between",
            }[wanted]
            raise SchemeError(
                f"{needs}, got {len(parts)}",
                place.stripped(),
            )
        return [RateExpression(part) for part in parts]

    # -- the whole ------------------------------------------------------------------------------

    def _check_shape(self) -> None:
        if not self.steps:
            raise SchemeError(f"the scheme is empty; {_SHAPE}")
        if not any(state.endswith("*") for state in self.states):
            raise SchemeError("no conducting state: mark at least one with '*', as in A2R*")
        if not any(step.binds for step in self.steps):
            raise SchemeError(f"nothing binds {self.agonist}: no line reads 'X + {self.agonist}'")
        reached, edge = {0}, {0}
        pairs = list(self._where)
        while edge:
            edge = {i for pair in pairs if pair & edge for i in pair} - reached
            reached |= edge
        apart = [self.states[i] for i in range(len(self.states)) if i not in reached]
        if apart:
            first = next(p for pair, p in self._where.items() if not pair & reached)
            raise SchemeError(
                f"the scheme falls apart: {', '.join(apart)} cannot be reached from "
                f"{self.states[0]}",
                first,
            )

    def _count_bound(self) -> np.ndarray:
        """Agonist molecules on each state; a loop that makes or loses one is refused."""
        count = np.zeros(len(self.states), dtype=int)
        island = np.arange(len(self.states))  # states already joined by the lines above
        for pair, place in self._where.items():
            a, b = sorted(pair)
            surplus = count[a] + self._gain[a, b] - count[b]
            if island[a] != island[b]:
                beyond = island == island[b]
                count[beyond] += surplus
                island[beyond] = island[a]
            elif surplus != 0:
                raise SchemeError(
                    f"this line closes a loop that makes or loses {self.agonist}: count the "
                    "molecules on each state",
                    place,
                )
        return count - count.min()

    @cached_property
    def open(self) -> np.ndarray:
        """Which states conduct."""
        mask = np.array([state.endswith("*") for state in self.states])
        mask.flags.writeable = False
        return mask

    @cached_property
    def names(self) -> tuple[str, ...]:
        """Constants that the rates need, in order of first use."""
        found = (n for step in self.steps for n in step.rate.names if n not in RESERVED)
        return tuple(dict.fromkeys(found))

    @cached_property
    def voltage_dependent(self) -> bool:
        """Whether any rate depends on the membrane potential."""
        return any("v" in step.rate.names for step in self.steps)

    @cached_property
    def timed_number(self) -> Place | None:
        """Where a rate has a number with a unit of time, which no Q10 can reach; or None."""
        for step in self.steps:
            if TIME_UNITS.intersection(step.rate.names):
                return step.rate.place
        return None

    def check_names(self, dimensions: Mapping[str, Dimension]) -> None:
        """Refuse constants that are missing, unused, reserved, or make a rate of wrong unit.

        Parameters
        ----------
        dimensions : mapping of str to Dimension
            Dimension of each constant given.

        Raises
        ------
        SchemeError
            With the line and column.
        """
        for name in dimensions:
            if name in RESERVED:
                raise SchemeError(f"'{name}' is a unit, a function or the potential; rename it")
        for step in self.steps:
            found = step.rate.dimension(dimensions)
            wanted = PER_MOLAR_SECOND if step.binds else PER_SECOND
            if found != wanted:
                kind = "the rate of a binding step" if step.binds else "this rate"
                raise SchemeError(
                    f"{kind} must be in {dimension_name(wanted)}, got {dimension_name(found)}",
                    step.rate.place,
                )
        for name in dimensions:
            if name not in self.names:
                hint = nearest(name, self.names)
                raise SchemeError(f"unused rate '{name}': no line of the scheme has it{hint}")

    def matrices(self, values: Mapping[str, float]) -> tuple[np.ndarray, np.ndarray]:
        """Generator without agonist (1/s) and its change per agonist concentration (1/(M s)).

        Parameters
        ----------
        values : mapping of str to float
            SI values of the constants, and ``v`` in volt.
        """
        n = len(self.states)
        free, bind = np.zeros((n, n)), np.zeros((n, n))
        for step in self.steps:
            rate = step.rate.value(values)
            if step.binds:
                bind[step.source, step.target] = rate * 1e3  # per (mol/m^3) to per (mol/l)
            else:
                free[step.source, step.target] = rate
        for matrix in (free, bind):
            np.fill_diagonal(matrix, -matrix.sum(axis=1))
        return free, bind

    def __repr__(self) -> str:
        return f"<Scheme of {len(self.states)} states: {', '.join(self.states)}>"
