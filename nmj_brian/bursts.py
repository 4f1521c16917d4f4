"""Bursts of openings: what one activation of a channel looks like (Colquhoun & Hawkes 1982).

Three classes of states: open (A), shut for a short while within a burst (B), and shut for long
between bursts (C). A burst begins with the first opening after a visit to C and ends with the last
opening before the next one.
"""

from __future__ import annotations

from functools import cached_property

import numpy as np
from brian2 import Quantity, second
from numpy.typing import ArrayLike, NDArray

from .dwell_times import Gating
from .markov import absorbed
from .time_distribution import TimeDistribution

__all__ = ["Bursts"]

Array = NDArray[np.float64]


class Bursts:
    """Ideal distributions of bursts of a channel in a steady state.

    Parameters
    ----------
    Q : ndarray
        Generator, 1/s.
    states : tuple of str
        Names of the states.
    conducts : ndarray of bool
        Which states are open.
    between : ndarray of bool
        Which shut states lie between bursts (C); the other shut ones are gaps within bursts (B).

    Attributes
    ----------
    open_states, within_states, between_states : tuple of str
        The classes A, B and C.
    start : ndarray
        Probability that a burst begins in each of ``open_states``.

    Raises
    ------
    ValueError
        If no burst ever begins or ends.
    """

    def __init__(
        self,
        Q: Array,
        states: tuple[str, ...],
        conducts: NDArray[np.bool_],
        between: NDArray[np.bool_],
    ) -> None:
        gating = self._gating = Gating(Q, conducts)
        a, f = gating.a, gating.f
        b, c = f[~between[f]], f[between[f]]
        if len(c) == 0:
            raise ValueError("Bursts never end: no shut state that is visited lies between them.")
        self.open_states, self.within_states, self.between_states = (
            tuple(states[i] for i in part) for part in (a, b, c)
        )
        block = {
            one + two: Q[np.ix_(i, j)]
            for one, i in (("A", a), ("B", b), ("C", c))
            for two, j in (("A", a), ("B", b), ("C", c))
        }
        self._Q = block
        from_a = block["AB"].sum(axis=1) + block["AC"].sum(axis=1)
        from_b = block["BA"].sum(axis=1) + block["BC"].sum(axis=1)
        self._AB, self._AC = (_leads(block["AA"], from_a, block[to]) for to in ("AB", "AC"))
        self._BA, BC = (_leads(block["BB"], from_b, block[to]) for to in ("BA", "BC"))
        self._return = self._AB @ self._BA  # from an opening to the next one of the burst
        enter = gating.occupancy[c] @ (block["CB"] @ self._BA + block["CA"])
        if not enter.sum() > 0:
            raise ValueError("No burst ever begins from the states between bursts.")
        self.start = enter / enter.sum()
        # chance that an opening is the last one, written without subtraction
        self._last = self._AB @ BC.sum(axis=1) + self._AC.sum(axis=1)
        # openings begun in each state per burst that begins in each state
        self._following = _leads(self._return, self._last, np.eye(len(a)))
        self._visits = self.start @ self._following

    # -- how many openings ----------------------------------------------------------------------

    @cached_property
    def openings(self) -> float:
        """Mean number of openings per burst."""
        return float(self._visits.sum())

    @property
    def gaps(self) -> float:
        """Mean number of gaps within a burst: one less than of openings."""
        return float(self._visits @ self._return.sum(axis=1))

    def openings_from(self, state: str) -> float:
        """Mean number of openings of bursts that begin in one open state."""
        if state not in self.open_states:
            raise ValueError(f"{state!r} is none of the open states {', '.join(self.open_states)}.")
        return float(self._following[self.open_states.index(state)].sum())

    def openings_probability(self, n: ArrayLike) -> Array:
        """Share of the bursts that have exactly ``n`` openings.

        Parameters
        ----------
        n : int or array of int
            At least 1.
        """
        number = np.asarray(n)
        if number.dtype.kind not in "iu" or np.any(number < 1):
            raise ValueError(f"A burst has a whole number of openings, at least 1; got {n!r}.")
        flat = number.ravel()
        found, begin, reached = {}, self.start, 1
        for k in np.unique(flat):
            begin = begin @ np.linalg.matrix_power(self._return, int(k) - reached)
            reached = int(k)
            found[reached] = float(begin @ self._last)
        return np.array([found[int(k)] for k in flat]).reshape(number.shape)[()]

    @cached_property
    def openings_components(self) -> tuple[Array, Array]:
        """Geometric components of the number of openings: ratios ``rho`` and amplitudes ``w``.

        The share of bursts with n openings is ``sum(w*rho**(n - 1))``; ratios rise.
        """
        rho, right = np.linalg.eig(self._return)
        if np.any(np.abs(rho.imag) > 1e-9) or not np.linalg.cond(right) < 1e10:
            raise ValueError(
                "The number of openings is no sum of geometric distributions here; "
                "openings_probability stands."
            )
        w = (self.start @ right) * np.linalg.solve(right, self._last)
        order = np.argsort(rho.real)
        return rho.real[order], w.real[order]

    @property
    def _single(self) -> float:
        """Share of the bursts of one opening only."""
        return float(self.start @ self._last)

    # -- how long -------------------------------------------------------------------------------

    def length(self, at_least: int = 1) -> TimeDistribution:
        """Distribution of the burst length, from the first opening to the end of the last.

        Parameters
        ----------
        at_least : {1, 2}
            2 leaves out bursts of a single opening.
        """
        Q, nb = self._Q, len(self.within_states)
        E = np.block([[Q["AA"], Q["AB"]], [Q["BA"], Q["BB"]]])
        end = -Q["AA"] @ self._last
        start = np.concatenate([self.start, np.zeros(nb)])
        leave = np.concatenate([end, np.zeros(nb)])
        if self._alone(at_least):
            return TimeDistribution(start, E, leave)
        return _sum((start, E, leave), (-self.start, Q["AA"], end))

    def open_time(self) -> TimeDistribution:
        """Distribution of the total open time per burst."""
        V = self._Q["AA"] + self._Q["AB"] @ self._BA
        return TimeDistribution(self.start, V, -self._Q["AA"] @ self._last)

    def shut_time(self) -> TimeDistribution:
        """Distribution of the total shut time per burst, of bursts of two openings or more."""
        self._needs_gaps()
        W = self._Q["BB"] + self._Q["BA"] @ self._AB
        return TimeDistribution(self.start @ self._AB, W, self._Q["BA"] @ self._last)

    def first_opening(self, at_least: int = 1) -> TimeDistribution:
        """Distribution of the first opening of a burst (``at_least`` as in `length`)."""
        end = -self._Q["AA"]
        weight = np.ones(len(end)) if self._alone(at_least) else self._return.sum(axis=1)
        return TimeDistribution(self.start, self._Q["AA"], end @ weight)

    def last_opening(self) -> TimeDistribution:
        """Distribution of the last opening of a burst."""
        return TimeDistribution(self._visits, self._Q["AA"], -self._Q["AA"] @ self._last)

    def _alone(self, at_least: int) -> bool:
        if at_least not in (1, 2):
            raise ValueError(f"at_least is 1 or 2 openings, got {at_least!r}.")
        if at_least == 2:
            self._needs_gaps()
        return at_least == 1

    def _needs_gaps(self) -> None:
        if not self.start @ self._return.sum(axis=1) > 0:
            raise ValueError("Every burst is one opening here: no shut state lies within bursts.")

    # -- gaps -----------------------------------------------------------------------------------

    def gap_within(self) -> TimeDistribution:
        """Distribution of the gaps (shut times) within bursts."""
        self._needs_gaps()
        Q = self._Q
        return TimeDistribution(self._visits @ self._AB, Q["BB"], Q["BA"].sum(axis=1))

    def gap_between(self) -> TimeDistribution:
        """Distribution of the gaps between bursts, from the last opening to the next burst's first.

        All shut times less those that return to an opening without visiting C.
        """
        Q = self._Q
        F = np.block([[Q["BB"], Q["BC"]], [Q["CB"], Q["CC"]]])
        within = self._visits @ self._AB
        start = np.concatenate([within, self._visits @ self._AC])
        reopen = np.concatenate([Q["BA"].sum(axis=1), Q["CA"].sum(axis=1)])
        if len(within) == 0:
            return TimeDistribution(start, F, reopen)
        return _sum((start, F, reopen), (-within, Q["BB"], Q["BA"].sum(axis=1)))

    def critical_time(self, criterion: str = "percent") -> Quantity:
        """Shut time that best parts gaps within from gaps between bursts.

        As many of the shortest components of all shut times count as gaps within bursts as there
        are states within bursts; equal ones, as of a blocker in several open states, are one.

        Parameters
        ----------
        criterion : {'percent', 'number', 'total'}
            See `TimeDistribution.critical_times`.
        """
        self._needs_gaps()
        shut = self._gating.shut_times()
        return shut.critical_time(shut.distinct(len(self.within_states)), criterion)

    # -- means ----------------------------------------------------------------------------------

    @cached_property
    def _open_s(self) -> float:
        return float(self.open_time().mean)

    @cached_property
    def _shut_s(self) -> float:
        """Mean total shut time of all bursts, those of one opening included."""
        if len(self.within_states) == 0:
            return 0.0
        # per state, mean time in B on the way back to an opening
        leave = self._Q["BA"].sum(axis=1) + self._Q["BC"].sum(axis=1)
        stay = _leads(self._Q["BB"], leave, self._BA.sum(axis=1))
        return float(self._visits @ self._AB @ stay)

    @property
    def mean_length(self) -> Quantity:
        """Mean burst length."""
        return (self._open_s + self._shut_s) * second

    @property
    def mean_open_time(self) -> Quantity:
        """Mean total open time per burst."""
        return self._open_s * second

    @property
    def mean_shut_time(self) -> Quantity:
        """Mean total shut time per burst; bursts of one opening count as 0."""
        return self._shut_s * second

    @property
    def open_probability(self) -> float:
        """Share of a burst that is open."""
        return self._open_s / (self._open_s + self._shut_s)

    @property
    def rate(self) -> Quantity:
        """Bursts per time."""
        return 1 / (self._open_s + self._shut_s + float(self.gap_between().mean)) / second

    def __repr__(self) -> str:
        within = ", ".join(self.within_states) or "none"
        return (
            f"<Bursts: {self.openings:.5g} openings, length {self.mean_length}, gaps within in "
            f"{within}, between in {', '.join(self.between_states)}>"
        )


def _leads(within: Array, exits: Array, gain: Array) -> Array:
    """`absorbed`, also where there are no states."""
    return absorbed(np.maximum(within, 0.0), exits, gain) if len(within) else np.zeros(gain.shape)


def _sum(*parts: tuple[Array, Array, Array]) -> TimeDistribution:
    """Distribution whose density is the sum of several, each (start, M, end)."""
    from scipy.linalg import block_diag

    starts, matrices, ends = zip(*parts, strict=True)
    return TimeDistribution(np.concatenate(starts), block_diag(*matrices), np.concatenate(ends))
