"""Record of one channel: every state that it visits, simulated exactly, event by event.

The channel stays in a state for an exponential time and leaves for one of its neighbors with the
probability of that step (Gillespie 1977); there is no time step and hence no error of one.
"""

from __future__ import annotations

import secrets
from bisect import bisect_right
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from brian2 import Quantity, amp, second
from numpy.typing import NDArray

from .channel_trace import Trace, trace
from .concentration_jump import occupancies
from .idealized_record import IdealizedRecord, RecordBursts
from .markov import stationary
from .rate_expression import nearest
from .receptor_constants import one_si

if TYPE_CHECKING:
    from pathlib import Path

    from .receptor import Receptor

__all__ = ["SingleChannel", "simulate"]

Array = NDArray[np.float64]
_MOST_EVENTS = 2e7
_BLOCK = 1 << 15


@dataclass(frozen=True, eq=False)
class SingleChannel:
    """Record of one channel.

    Attributes
    ----------
    t : Quantity
        When each state is entered; the first at 0.
    state : ndarray of int
        Index into ``states`` of each state entered.
    states : tuple of str
        Names of the receptor's states.
    open : ndarray of bool
        Whether each state entered conducts.
    duration : Quantity
        Length of the record.
    current : Quantity
        Current through the open channel: conductance times driving force.
    seed : int
        What makes the same record again.
    """

    t: Quantity = field(repr=False)
    state: NDArray[np.int_] = field(repr=False)
    states: tuple[str, ...]
    open: NDArray[np.bool_] = field(repr=False)
    duration: Quantity
    current: Quantity
    seed: int

    @property
    def dwell_times(self) -> Quantity:
        """Time spent in each state entered; the last one is cut off by the end of the record."""
        t = np.asarray(self.t)
        return np.diff(t, append=float(self.duration)) * second

    @property
    def occupancy(self) -> dict[str, float]:
        """Share of the record spent in each state, by its name."""
        share = np.bincount(self.state, np.asarray(self.dwell_times), len(self.states))
        return dict(zip(self.states, share / share.sum(), strict=True))

    @property
    def open_probability(self) -> float:
        """Share of the record that is open."""
        return self.idealized.open_probability

    @cached_property
    def idealized(self) -> IdealizedRecord:
        """The record as an experimenter sees it at best: open and shut intervals in turn."""
        return IdealizedRecord.of(np.asarray(self.dwell_times), self.open, float(self.current))

    @property
    def open_times(self) -> Quantity:
        """Durations of all complete open intervals."""
        return self.idealized.open_times

    @property
    def shut_times(self) -> Quantity:
        """Durations of all complete shut intervals."""
        return self.idealized.shut_times

    def resolved(self, resolution: Quantity) -> IdealizedRecord:
        """The record with all events shorter than the resolution missed.

        See `IdealizedRecord.resolved`.
        """
        return self.idealized.resolved(resolution)

    def bursts(self, t_crit: Quantity) -> RecordBursts:
        """Bursts: openings with no shut time longer than ``t_crit`` between them."""
        return self.idealized.bursts(t_crit)

    def trace(
        self,
        dt: Quantity = 20e-6 * second,
        noise: Quantity = 0 * amp,
        cutoff: Quantity | None = None,
        filter: str = "gaussian",
        *,
        start: Quantity = 0 * second,
        stop: Quantity | None = None,
        seed: int | None = None,
    ) -> Trace:
        """Current as a patch clamp would record it: filtered, noisy, sampled.

        Parameters
        ----------
        dt : Quantity
            Sampling interval.
        noise : Quantity
            Standard deviation of the background current after the filter.
        cutoff : Quantity, optional
            Frequency at which the filter lets 1/sqrt(2) of the amplitude pass (-3 dB); without it
            the current is not filtered.
        filter : {'gaussian', 'bessel4', 'bessel8'}
            Kind of low-pass filter: Gaussian as of digital filtering, or a Bessel filter of 4 or
            8 poles as of amplifiers, which delays.
        start, stop : Quantity, optional
            Part of the record to show.
        seed : int, optional
            Of the noise; by default it follows the record's.
        """
        return trace(self, dt, noise, cutoff, filter, start, stop, seed)

    def save_scn(self, path: str | Path, resolution: Quantity | None = None) -> None:
        """Write the idealized record as a ``.scn`` file of the DCPROGS programs.

        See `IdealizedRecord.save_scn`; with ``resolution`` it is imposed first.
        """
        record = self.idealized if resolution is None else self.resolved(resolution)
        record.save_scn(path)

    def __len__(self) -> int:
        return len(self.state)


def simulate(
    receptor: Receptor, Q: Array, v_volt: float, duration: Any, seed: int | None, start: Any
) -> SingleChannel:
    """Simulate one channel; see `ChannelTheory.single_channel`."""
    length = one_si(duration, second, "duration is a time such as 10*second", low=0.0)
    if length == 0:
        raise ValueError("duration must be longer than nothing.")
    seed = _checked_seed(seed)
    rng = np.random.Generator(np.random.PCG64(seed))
    p = _occupancies(receptor, Q, start)
    try:
        busy = stationary(Q)
    except ValueError:  # several ends: the busiest state bounds the traffic
        busy = (np.diag(Q) == np.diag(Q).min()).astype(float)
    expected = length * -(busy @ np.diag(Q))
    if expected > _MOST_EVENTS:
        raise ValueError(
            f"About {expected:.2g} events are more than {_MOST_EVENTS:.0g}: take a shorter duration."
        )
    begin = int(rng.choice(len(p), p=p))
    t, state = _walk(Q, begin, length, rng)
    current = float(receptor.conductance) * (v_volt - float(receptor.reversal))
    return SingleChannel(
        t * second,
        state,
        receptor.states,
        receptor.open[state],
        length * second,
        current * amp,
        seed,
    )


def _checked_seed(seed: Any) -> int:
    if seed is None:
        return secrets.randbits(63)
    if isinstance(seed, bool) or not isinstance(seed, (int, np.integer)) or seed < 0:
        raise ValueError(f"seed is a whole number that is not negative, got {seed!r}.")
    return int(seed)


def _occupancies(receptor: Receptor, Q: Array, start: Any) -> Array:
    if start is None:
        return stationary(Q)
    if isinstance(start, str):
        if start not in receptor.states:
            hint = nearest(start, receptor.states)
            raise ValueError(f"start names {start!r}, which is no state{hint}.")
        return (np.array(receptor.states) == start).astype(float)
    return occupancies(start, len(receptor.states))


def _walk(
    Q: Array, begin: int, length: float, rng: np.random.Generator
) -> tuple[Array, NDArray[np.int_]]:
    """Times of entry and states, until ``length``."""
    rates = Q.copy()
    np.fill_diagonal(rates, 0.0)
    leaving = rates.sum(axis=1)
    targets = [np.flatnonzero(row).tolist() for row in rates]
    # upper limits of each target's share of [0, 1), but the last, so that no number falls outside
    limits = [
        (np.cumsum(row[to])[:-1] / total).tolist() if total else []
        for row, to, total in zip(rates, targets, leaving, strict=True)
    ]
    stay = [1 / total if total else np.inf for total in leaving]
    here, now = begin, 0.0
    times, visited = [0.0], [begin]
    while True:
        waits = rng.standard_exponential(_BLOCK).tolist()
        chances = rng.random(_BLOCK).tolist()
        for wait, chance in zip(waits, chances, strict=True):
            now += wait * stay[here]
            if now >= length:
                return np.array(times), np.array(visited)
            here = targets[here][bisect_right(limits[here], chance)]
            times.append(now)
            visited.append(here)
