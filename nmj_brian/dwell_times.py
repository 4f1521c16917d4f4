"""One channel opening and shutting: dwell times, their correlations, open probability as seen.

The states fall into two classes, open (A) and shut (F). Successive sojourns are a semi-Markov chain
whose matrices are those of `Sojourn`; ideal theory (Colquhoun & Hawkes 1977, 1982, 1987) and a
record of limited resolution differ in them only.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .markov import exponential, recurrent_states, stationary
from .missed_events import ApparentTimes, Sojourn
from .time_distribution import Exponentials, TimeDistribution

__all__ = ["Correlations", "Gating", "apparent_open_probability"]

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Correlations:
    """Correlation coefficients of dwell times so many sojourns apart; entry 0 is the lag of one.

    Attributes
    ----------
    open_open : ndarray
        Open time and the n-th open time after it.
    shut_shut : ndarray
        Shut time and the n-th shut time after it.
    open_shut : ndarray
        Open time and the n-th shut time after it, beginning with the adjacent one.
    shut_open : ndarray
        Shut time and the n-th open time after it, beginning with the adjacent one.
    decay : ndarray
        Factors by which correlations fall per lag, largest first: as many as there are independent
        ways between open and shut states, less one. Without any, dwell times are not correlated.
    """

    open_open: Array
    shut_shut: Array
    open_shut: Array
    shut_open: Array
    decay: Array


class Gating:
    """The open and the shut times of a channel in a steady state.

    Parameters
    ----------
    Q : ndarray
        Generator, 1/s.
    conducts : ndarray of bool
        Which states are open.
    resolution_s : float, optional
        Shortest event that is seen, in seconds.

    Raises
    ------
    ValueError
        If the channel does not both open and shut again and again.
    """

    def __init__(self, Q: Array, conducts: NDArray[np.bool_], resolution_s: float = 0.0) -> None:
        kept = recurrent_states(Q)
        if not np.any(kept & conducts):
            raise ValueError("The channel never opens here: there are no dwell times.")
        if not np.any(kept & ~conducts):
            raise ValueError("The channel never shuts here: there are no dwell times.")
        self.occupancy = stationary(Q)
        self.a, self.f = np.flatnonzero(kept & conducts), np.flatnonzero(kept & ~conducts)
        aa, af, fa, ff = (Q[np.ix_(i, j)] for i in (self.a, self.f) for j in (self.a, self.f))
        self.open = Sojourn(aa, af, ff, fa, resolution_s)
        self.shut = Sojourn(ff, fa, aa, af, resolution_s)
        # in which state openings and shut times begin
        self.open_start = _embedded(self.open.passage @ self.shut.passage)
        self.shut_start = _embedded(self.shut.passage @ self.open.passage)

    def open_times(self, before: Array | None = None, after: Array | None = None) -> Exponentials:
        """Distribution of open times, of all or of those beside certain shut times."""
        return self._times(self.open, self.shut, self.open_start, self.shut_start, before, after)

    def shut_times(self, before: Array | None = None, after: Array | None = None) -> Exponentials:
        """Distribution of shut times, of all or of those beside certain open times."""
        return self._times(self.shut, self.open, self.shut_start, self.open_start, before, after)

    def _times(
        self,
        one: Sojourn,
        other: Sojourn,
        start: Array,
        other_start: Array,
        before: Array | None,
        after: Array | None,
    ) -> Exponentials:
        """Times of ``one`` whose next sojourn (``before``) or last one (``after``) lies in a range."""
        if after is not None:
            start = other_start @ _share_in_range(other, *after)
        weight = np.ones(len(other.inside))
        if before is not None:
            weight = _share_in_range(other, *before).sum(axis=1)
        if start @ one.passage @ weight < 1e-12:
            raise ValueError("Practically no adjacent dwell time lies in the range.")
        if one.resolution_s == 0:
            return TimeDistribution(start, one.inside, one.out @ weight)
        return ApparentTimes(one, start, weight)

    @property
    def open_probability(self) -> float:
        """Share of the time that is open as far as seen."""
        is_open = self.open_start @ self.open.moments[1].sum(axis=1)
        is_shut = self.shut_start @ self.shut.moments[1].sum(axis=1)
        return float(is_open / (is_open + is_shut))

    def correlations(self, lags: int) -> Correlations:
        """Correlation coefficients of dwell times, 1 to ``lags`` apart."""
        A, F = self.open.moments, self.shut.moments
        turn_a, turn_f = A[0] @ F[0], F[0] @ A[0]
        mean_a, mean_f = A[1].sum(axis=1), F[1].sum(axis=1)
        whole_a, whole_f = self.open_start @ A[1], self.shut_start @ F[1]
        m_a, m_f = whole_a.sum(), whole_f.sum()
        var_a = self.open_start @ A[2].sum(axis=1) - m_a**2
        var_f = self.shut_start @ F[2].sum(axis=1) - m_f**2

        def course(
            first: Array, begin: Array, turn: Array, then: Array, mean: float, scale: float
        ) -> Array:
            # what the first time adds to the chance of beginning in each state: no large numbers
            # are subtracted, as it fades with the lag
            excess, result = first - first.sum() * begin, np.empty(lags)
            for n in range(lags):
                result[n] = excess @ (then - mean) / scale
                excess = excess @ turn
                excess -= excess.sum() * begin
            return result

        both = np.sqrt(var_a * var_f)
        far_a, far_f = whole_a @ F[0], whole_f @ A[0]
        factors = np.linalg.eigvals(turn_a if len(turn_a) <= len(turn_f) else turn_f)
        factors = factors[np.argsort(-np.abs(factors))][1:]
        factors = factors[np.abs(factors) > 1e-9]
        if np.any(np.abs(factors.imag) > 1e-6 * np.abs(factors)):
            raise ValueError("Correlations swing: microscopic reversibility is broken.")
        return Correlations(
            open_open=course(far_a, self.open_start, turn_a, mean_a, m_a, var_a),
            shut_shut=course(far_f, self.shut_start, turn_f, mean_f, m_f, var_f),
            open_shut=course(whole_a, self.shut_start, turn_f, mean_f, m_f, both),
            shut_open=course(whole_f, self.open_start, turn_a, mean_a, m_a, both),
            decay=factors.real,
        )


def _embedded(P: Array) -> Array:
    """Where the sojourns of a class begin, from the chain of those beginnings."""
    return stationary(np.clip(P, 0.0, None))


def _share_in_range(sojourn: Sojourn, shortest_s: float, longest_s: float) -> Array:
    """Chance of a duration in the range and of the next sojourn's first state, from each state."""
    if sojourn.resolution_s == 0:
        longer = [_ideal_beyond(sojourn, t) for t in (shortest_s, longest_s)]
    else:
        longer = [_apparent_beyond(sojourn, t) for t in (shortest_s, longest_s)]
    return longer[0] - longer[1]


def _ideal_beyond(sojourn: Sojourn, t: float) -> Array:
    if not np.isfinite(t):
        return np.zeros(sojourn.out.shape)
    return exponential(sojourn.inside * t) @ sojourn.passage


def _apparent_beyond(sojourn: Sojourn, t: float) -> Array:
    if not np.isfinite(t):
        return np.zeros(sojourn.out.shape)
    u = t - sojourn.resolution_s
    if u <= 0:
        return sojourn.passage
    if u < 2 * sojourn.resolution_s:
        return sojourn.passage - sojourn.exact(np.array([u]), sojourn.leaving)[1][0]
    weight = np.exp(sojourn.roots * u) / -sojourn.roots
    return np.einsum("r,rij->ij", weight, sojourn.residues) @ sojourn.leaving


def apparent_open_probability(Q: Array, conducts: NDArray[np.bool_], resolution_s: float) -> float:
    """Share of the time that a record of limited resolution shows as open."""
    kept = recurrent_states(Q)
    if not np.any(kept & conducts):
        return 0.0
    if not np.any(kept & ~conducts):
        return 1.0
    is_open, is_shut = kept & conducts, kept & ~conducts
    for hidden, answer in ((is_shut, 1.0), (is_open, 0.0)):
        # so short that e**-500 of them would be seen: the other class is never left
        if np.all(-np.diag(Q)[hidden] * resolution_s > 500):
            return answer
    return Gating(Q, conducts, resolution_s).open_probability
