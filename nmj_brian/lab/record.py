"""What the fibers of a preparation did, impulse by impulse."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

__all__ = ["Record"]


@dataclass(frozen=True, eq=False)
class Record:
    """What a preparation did: rows are impulses, columns are fibers.

    Attributes
    ----------
    times_s : ndarray, shape (impulses, fibers)
        When each impulse of the fiber's nerve was sent.
    quanta, peak_g_S, peak_v_V : ndarray, shape (impulses, fibers)
        Quanta, largest conductance and largest potential of each impulse.
    spike_times_s : ndarray, shape (spikes,)
        All spikes of muscle fibers.
    spike_fibers : ndarray of int, shape (spikes,)
        Which fiber fired.
    """

    times_s: np.ndarray
    quanta: np.ndarray
    peak_g_S: np.ndarray
    peak_v_V: np.ndarray
    spike_times_s: np.ndarray
    spike_fibers: np.ndarray

    def first_spikes(self) -> tuple[np.ndarray, np.ndarray]:
        """Latency of the first spike of each impulse, and how many spikes it made.

        Returns
        -------
        latency_s, count : ndarray, shape (impulses, fibers)
            Seconds from impulse to spike, NaN where the fiber did not fire.
        """
        latency = np.full(self.times_s.shape, np.nan)
        count = np.zeros(self.times_s.shape, dtype=int)
        order = np.argsort(self.spike_times_s, kind="stable")[::-1]  # the first is written last
        t, fiber = self.spike_times_s[order], self.spike_fibers[order]
        for i in np.unique(fiber):
            mine = t[fiber == i]
            row = np.searchsorted(self.times_s[:, i], mine, side="right") - 1
            mine, row = mine[row >= 0], row[row >= 0]
            latency[row, i] = mine - self.times_s[row, i]
            count[:, i] = np.bincount(row, minlength=len(count))
        return latency, count

    def later(self, rows: np.ndarray, window_s: float) -> list[tuple[int, int, float]]:
        """Spikes of an impulse after its first.

        Parameters
        ----------
        rows : ndarray of int
            Impulses that are asked for.
        window_s : float
            How long after the impulse.

        Returns
        -------
        list of (int, int, float)
            Place among ``rows``, fiber, seconds since the impulse.
        """
        place = {int(row): k for k, row in enumerate(rows)}
        order = np.argsort(self.spike_times_s, kind="stable")
        t, fiber = self.spike_times_s[order], self.spike_fibers[order]
        found = []
        for i in np.unique(fiber):
            mine = t[fiber == i]
            row = np.searchsorted(self.times_s[:, i], mine, side="right") - 1
            for k in np.flatnonzero(row[1:] == row[:-1]) + 1:
                since = float(mine[k] - self.times_s[row[k], i])
                if int(row[k]) in place and since < window_s:
                    found.append((place[int(row[k])], int(i), since))
        return found
