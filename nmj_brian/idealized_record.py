"""Idealized record of one channel: open and shut intervals in turn, as analysis takes them."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import numpy as np
from brian2 import Quantity, amp, second
from numpy.typing import NDArray

from .receptor_constants import one_si
from .scn_file import write_scn

__all__ = ["IdealizedRecord", "RecordBursts"]

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class RecordBursts:
    """Bursts found in a record by a critical shut time; one entry a burst.

    Attributes
    ----------
    t : Quantity
        When the first opening begins.
    openings : ndarray of int
        Number of openings.
    length : Quantity
        From the first opening to the end of the last.
    open_time, shut_time : Quantity
        Total open and shut time within the burst.
    gaps_within : Quantity
        All shut times within bursts.
    gaps_between : Quantity
        All complete shut times longer than the critical one.
    t_crit : Quantity
        The critical shut time.
    """

    t: Quantity = field(repr=False)
    openings: NDArray[np.int_] = field(repr=False)
    open_time: Quantity = field(repr=False)
    shut_time: Quantity = field(repr=False)
    gaps_within: Quantity = field(repr=False)
    gaps_between: Quantity = field(repr=False)
    t_crit: Quantity

    @property
    def length(self) -> Quantity:
        """From the first opening to the end of the last."""
        return self.open_time + self.shut_time

    @property
    def open_probability(self) -> float:
        """Share of the bursts' time that is open."""
        return float(np.sum(self.open_time) / np.sum(self.length))

    def __len__(self) -> int:
        return len(self.openings)


@dataclass(frozen=True, eq=False)
class IdealizedRecord:
    """Open and shut intervals in turn.

    The first interval began before the record and the last is cut off by its end, so both are left
    out of ``open_times``, ``shut_times`` and bursts.

    Attributes
    ----------
    intervals : Quantity
        Duration of each interval.
    open : ndarray of bool
        Whether each is open.
    current : Quantity
        Through the open channel.
    resolution : Quantity
        Shortest event seen; 0 for all.
    start : Quantity
        Time of the first interval's beginning on the simulated record.
    """

    intervals: Quantity = field(repr=False)
    open: NDArray[np.bool_] = field(repr=False)
    current: Quantity
    resolution: Quantity = field(default_factory=lambda: 0 * second)
    start: Quantity = field(default_factory=lambda: 0 * second)

    @classmethod
    def of(cls, dwell_s: Array, is_open: NDArray[np.bool_], current_A: float) -> IdealizedRecord:
        """Join successive states of the same conductance."""
        first, joined = _join(dwell_s, is_open)
        return cls(joined * second, is_open[first], current_A * amp)

    def __len__(self) -> int:
        return len(self.open)

    @cached_property
    def t(self) -> Quantity:
        """Beginning of each interval."""
        lengths = np.asarray(self.intervals)
        return self.start + (np.cumsum(lengths) - lengths) * second

    def _complete(self, is_open: bool) -> Quantity:
        inner = self.open[1:-1] == is_open
        return np.asarray(self.intervals)[1:-1][inner] * second

    @property
    def open_times(self) -> Quantity:
        """Durations of the complete open intervals."""
        return self._complete(True)

    @property
    def shut_times(self) -> Quantity:
        """Durations of the complete shut intervals."""
        return self._complete(False)

    @property
    def open_probability(self) -> float:
        """Share of the record that is open."""
        lengths = np.asarray(self.intervals)
        return float(lengths[self.open].sum() / lengths.sum())

    def resolved(self, resolution: Quantity) -> IdealizedRecord:
        """The record at a coarser resolution (dead time).

        An event shorter than the resolution goes unseen and lengthens the interval before it; what
        is before the first visible interval is left out. Apparent durations then follow
        `ApparentTimes`.

        Parameters
        ----------
        resolution : Quantity
            Shortest interval that is seen.

        Raises
        ------
        ValueError
            If no interval is that long, or a coarser resolution is imposed already.
        """
        dead = one_si(resolution, second, "resolution is a time such as 25*us", low=0.0)
        if float(self.resolution) > dead:
            raise ValueError(f"The record has a coarser resolution already, {self.resolution}.")
        lengths = np.asarray(self.intervals)
        seen = np.flatnonzero(lengths >= dead)
        if len(seen) == 0:
            raise ValueError(f"No interval is as long as the resolution of {resolution}.")
        begin = seen[0]
        last_seen = np.maximum.accumulate(np.where(lengths >= dead, np.arange(len(lengths)), -1))
        looks_open = self.open[last_seen[begin:]]
        first, joined = _join(lengths[begin:], looks_open)
        return IdealizedRecord(
            joined * second, looks_open[first], self.current, dead * second, self.t[begin]
        )

    def bursts(self, t_crit: Quantity) -> RecordBursts:
        """Bursts: openings with no shut time longer than ``t_crit`` between them.

        Only bursts with such a shut time on either side on the record count.
        """
        limit = one_si(t_crit, second, "t_crit is a time such as 2*ms", low=0.0)
        lengths = np.asarray(self.intervals)
        walls = np.flatnonzero(~self.open & (lengths > limit))
        complete = walls[(walls > 0) & (walls < len(lengths) - 1)]
        inside = np.zeros(len(lengths), dtype=bool)
        if len(walls) > 1:
            inside[walls[0] : walls[-1]] = True
            inside[walls] = False
        number = np.searchsorted(walls, np.flatnonzero(inside)) - 1
        count = max(len(walls) - 1, 0)
        part, conducts = lengths[inside], self.open[inside]

        def total(weight: Array) -> Array:
            return np.bincount(number, weight, count)

        return RecordBursts(
            t=self.t[walls[:-1] + 1],
            openings=total(conducts).astype(int),
            open_time=total(part * conducts) * second,
            shut_time=total(part * ~conducts) * second,
            gaps_within=part[~conducts] * second,
            gaps_between=lengths[complete] * second,
            t_crit=limit * second,
        )

    def save_scn(self, path: str | Path) -> None:
        """Write a ``.scn`` file, which HJCFIT, DCPYPS and their reader `dcio` open.

        The first and the last interval, whose true durations are unknown, are marked unusable.

        Parameters
        ----------
        path : str or Path
            File to write.
        """
        write_scn(path, self)


def _join(lengths: Array, kind: NDArray[np.bool_]) -> tuple[NDArray[np.int_], Array]:
    """First index and total length of each run of one kind."""
    first = np.flatnonzero(np.diff(kind.astype(int), prepend=-1))
    return first, np.add.reduceat(lengths, first)
