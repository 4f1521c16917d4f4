"""What a receptor does under a square pulse of agonist, as of a patch under fast perfusion."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from brian2 import Quantity, second
from numpy.typing import NDArray

from .markov import march, propagator, stationary
from .receptor_constants import one_si, si

__all__ = ["ConcentrationJump", "Jump"]

_MOST_SAMPLES = 5_000_000
Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Jump:
    """Occupancies of a receptor during and after a pulse of agonist.

    Attributes
    ----------
    t : Quantity
        Times from the beginning of the pulse.
    states : tuple of str
        Names of the states.
    occupancies : ndarray
        Share of the receptors in each state, ``(times, states)``.
    open : ndarray
        Share of the receptors that conduct.
    duration : Quantity
        Length of the pulse.
    """

    t: Quantity
    states: tuple[str, ...]
    occupancies: Array = field(repr=False)
    open: Array = field(repr=False)
    duration: Quantity

    @property
    def occupancy(self) -> dict[str, Array]:
        """Time course of each state by its name, as in ``jump.occupancy['A2R*']``."""
        return {state: self.occupancies[:, i] for i, state in enumerate(self.states)}

    @property
    def peak(self) -> float:
        """Largest share of open channels on the record."""
        return float(self.open.max())

    @property
    def decay_time(self) -> Quantity:
        """Time from the largest opening after the pulse to 1/e of it.

        Raises
        ------
        ValueError
            If the record ends before.
        """
        t = np.asarray(self.t / second)
        after = np.flatnonzero(t >= float(self.duration / second) * (1 - 1e-12))
        top = after[np.argmax(self.open[after])] if len(after) else 0
        level = self.open[top] / np.e
        below = np.flatnonzero(self.open[top:] <= level)
        if level <= 0 or len(below) == 0:
            raise ValueError("The record ends before the decay reaches 1/e: give a longer total.")
        i = top + below[0]
        before, here = np.log(self.open[i - 1] / level), np.log(self.open[i] / level)
        share = before / (before - here)  # exponential between two samples
        return (t[i - 1] + share * (t[i] - t[i - 1]) - t[top]) * second


class ConcentrationJump:
    """Answer of a `Receptor` to a pulse of agonist, as in a patch under fast perfusion."""

    def jump(
        self,
        ACh: Any = None,
        duration: Quantity = 0.2e-3 * second,
        total: Quantity = 20e-3 * second,
        v: Quantity | None = None,
        dt: Quantity | None = None,
        *,
        times: Quantity | None = None,
        start: Array | None = None,
        **agonist: Any,
    ) -> Jump:
        """Response to a square pulse of agonist, exact at every sample time.

        Parameters
        ----------
        ACh : Quantity
            Concentration during the pulse; before and after there is none.
        duration, total : Quantity, optional
            Length of the pulse and of the record, times.
        v : Quantity, optional
            Membrane potential, -80 mV by default.
        dt : Quantity, optional
            Interval of the samples, by default a 2,000th of ``total``.
        times : Quantity, shape (n,), optional
            Any rising sample times, instead of ``total`` and ``dt``.
        start : ndarray, shape (states,), optional
            Occupancies at the start, by default the equilibrium without agonist.
        **agonist : Quantity
            ``ACh`` by the agonist's own name.

        Returns
        -------
        Jump
            Occupancies and share of open channels at the sample times.

        Raises
        ------
        ValueError
            For times that do not rise or are too many, or occupancies that do not sum to one.
        """
        c, volts = self._molar(ACh, agonist, single=True), self._volts(v)
        length = one_si(duration, second, "duration is a time such as 0.2*ms", low=0.0)
        sample = sample_times(total, dt, times)
        on, off = self._generator(c, volts), self._generator(0.0, volts)
        p0 = stationary(off) if start is None else occupancies(start, len(self.states))
        p = propagate(p0, on, off, length, sample)
        is_open = p[:, self.open].sum(axis=1)
        return Jump(sample * second, self.states, p, is_open, length * second)


def propagate(start: Array, on: Array, off: Array, duration: float, times: Array) -> Array:
    """Occupancies at ``times`` under generator ``on`` until ``duration``, then under ``off``.

    Exact at every time whatever the grid: an even grid is marched with one propagator per phase,
    any other with one per distinct interval.
    """
    during = times <= duration
    first, end = _phase(start, on, 0.0, times[during], duration)
    second_, _ = _phase(end, off, duration, times[~during], None)
    return np.concatenate([first, second_])


def _phase(
    p: Array, Q: Array, begin: float, times: Array, end: float | None
) -> tuple[Array, Array]:
    """Occupancies at ``times``, and at ``end`` if given."""
    record = np.empty((len(times), len(p)))
    if len(times):
        gaps = np.diff(times)
        p = p @ propagator(Q, times[0] - begin)
        begin = times[-1]
        if len(gaps) == 0 or np.ptp(gaps) <= 1e-9 * gaps.max():
            step = (times[-1] - times[0]) / max(1, len(gaps))
            record[:] = march(p, propagator(Q, step), len(gaps))
        else:
            record[0] = p
            known: dict[float, Array] = {}
            for k, gap in enumerate(gaps, 1):
                if gap not in known:
                    known[gap] = propagator(Q, gap)
                record[k] = record[k - 1] @ known[gap]
        p = record[-1]
    if end is not None:
        p = p @ propagator(Q, max(0.0, end - begin))
    return record, p


def occupancies(start: Any, states: int) -> Array:
    """Starting occupancies as given, refused unless they are shares that sum to one."""
    p = np.array(start, dtype=float)
    if p.shape != (states,) or not np.all(p >= 0) or abs(p.sum() - 1) > 1e-9:
        raise ValueError(f"Occupancies are {states} shares that sum to one, got {start!r}.")
    return p / p.sum()


def sample_times(total: Any, dt: Any, times: Any) -> Array:
    """Sample times in seconds: from 0 to ``total`` in steps of ``dt``, or those given.

    Raises
    ------
    ValueError
        If they do not rise, or are more than a few million.
    """
    if times is not None:
        t = np.atleast_1d(si(times, second, "times are times such as [1, 2]*ms"))
        if t.ndim != 1 or len(t) == 0 or not np.all(np.isfinite(t)) or t[0] < 0:
            raise ValueError("times must be a row of finite times, none of them negative.")
        if np.any(np.diff(t) <= 0):
            raise ValueError("times must rise from each sample to the next.")
        return t
    whole = one_si(total, second, "total is a time such as 20*ms", low=0.0)
    step = whole / 2000 if dt is None else one_si(dt, second, "dt is a time", low=0.0)
    if step == 0:
        raise ValueError("total and dt must be longer than nothing.")
    count = math.floor(whole / step * (1 + 1e-12) + 1e-9)
    if count > _MOST_SAMPLES:
        raise ValueError(
            f"{count} samples are more than {_MOST_SAMPLES}: take a longer dt or a shorter total."
        )
    return np.arange(count + 1) * step
