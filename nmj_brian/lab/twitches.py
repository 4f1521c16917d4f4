"""Force of a muscle from the spikes of its fibers: each spike a twitch, twitches close together gain.

The twitch and its gain are those of `nmj_brian.Contraction` (Fuglevand 1993; three stages), without its slow
potentiation and fatigue: what fades here is transmission. All fibers are alike; a blocked one gives none.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from brian2 import Quantity, ms
from numpy.typing import NDArray

from ..contraction import twitch_gain
from .result import new_axes

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["CONTRACTION_TIME", "draw_force", "force", "peaks"]

#: Contraction time of a hand muscle, within the 35-80 ms of human thenar units (Thomas 1990).
CONTRACTION_TIME = 60 * ms
#: Step of forces, in seconds: no twitch changes faster.
FORCE_STEP_S = 1e-3
#: Length of a twitch, in contraction times: it has fallen to 1e-6 of its peak.
_LASTS = 12


def force(
    spikes_s: NDArray, which: NDArray, fibers: int, contraction_s: float, duration_s: float
) -> tuple[NDArray, NDArray]:
    """Force against time, in twitches of the whole muscle (1: the peak of a twitch of all fibers).

    Parameters
    ----------
    spikes_s, which : ndarray, shape (spikes,)
        Times of all spikes, and their fibers.
    fibers : int
        Of the muscle.
    contraction_s, duration_s : float
        Contraction time of the twitch; length of the record.

    Returns
    -------
    t_s, force : ndarray, shape (times,)
        Every millisecond.
    """
    order = np.lexsort((spikes_s, which))
    t, i = spikes_s[order], which[order]
    interval = np.diff(t, prepend=-np.inf)
    interval[np.flatnonzero(np.diff(i, prepend=-1))] = np.inf  # the first spike of each fiber
    gain = twitch_gain(contraction_s / interval)
    steps = int(np.ceil(duration_s / FORCE_STEP_S)) + 1
    # a spike between two steps is shared by them
    place = t / FORCE_STEP_S
    low = np.floor(place).astype(int)
    kept = (low >= 0) & (low < steps - 1)
    low, high = low[kept], (place - low)[kept]
    impulses = np.bincount(low, gain[kept] * (1 - high), steps)
    impulses += np.bincount(low + 1, gain[kept] * high, steps)
    u = np.arange(0, _LASTS * contraction_s, FORCE_STEP_S) / contraction_s
    twitch = u**2 * np.exp(2 - 2 * u)
    size = 1 << (steps + len(u)).bit_length()
    total = np.fft.irfft(np.fft.rfft(impulses, size) * np.fft.rfft(twitch, size), size)[:steps]
    return np.arange(steps) * FORCE_STEP_S, np.maximum(total / fibers, 0.0)


def peaks(t_s: NDArray, total: NDArray, starts_s: NDArray, window_s: float) -> NDArray:
    """Height of the response to each stimulus above the force at which it began."""
    found = []
    for start in starts_s:
        part = total[(t_s >= start) & (t_s < start + window_s)]
        found.append(part.max() - part[0])
    return np.array(found)


def draw_force(ax: Axes | None, t: Quantity, force: NDArray, title: str) -> Axes:
    """Force against time, as a monitor draws it; on new axes if none are given."""
    ax = new_axes(ax, figsize=(5.5, 3.6))
    ax.plot(np.asarray(t), force)
    ax.set(xlabel="time (s)", ylabel="force (twitches of the unblocked muscle)", title=title)
    ax.set_ylim(bottom=0)
    return ax
