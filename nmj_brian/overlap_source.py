"""The part of a quantum that others give it, as exponentials that csrc/nmj/endplate.h can add.

Without AChE, ACh of other quanta keeps receptors binding for longer: what a quantum gains rises
slowly and outlasts its own current. Its *late part* is its own binding flux, low-pass filtered with
the mean time between quanta that gain from each other: the same exponentials and one more, the
filter's, into each state. A factor on the quantum itself and some of the late part give any gain in
peak and in charge; the whole current is then within 1 % of the peak of the two-dimensional reference
at the quanta of an impulse (tests/endplate/test_overlap_population.py).
"""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

import numpy as np

from .binding import matrix_exponentials
from .propagators import generator

if TYPE_CHECKING:
    from .overlap import Overlap
    from .quantal_source import QuantalSource

__all__ = ["mix", "overlap_tables", "with_late_part"]

#: Least relative distance of the filter's rate from those of the source.
_APART = 0.02


def with_late_part(source: QuantalSource, lag_s: float) -> tuple[QuantalSource, np.ndarray]:
    """The source with exponentials of the filter added, and the late part of a quantum on them.

    Parameters
    ----------
    source : QuantalSource
        Binding flux of one quantum.
    lag_s : float
        Time constant of the filter.

    Returns
    -------
    source : QuantalSource
        A copy; a quantum that overlaps with none leaves the exponentials added at zero.
    late : ndarray, [density, source]
        Receptors per second at release; it binds as much in all as the quantum.
    """
    A, r = source.amplitude, source.source_rate
    rate = _apart(1.0 / lag_s, r)
    target = np.unique(source.source_target)
    late = A * rate / (rate - r)
    filter_ = -np.stack([late[:, source.source_target == k].sum(1) for k in target], axis=1)
    wide = copy.copy(source)
    wide.source_rate = np.concatenate([r, np.full(len(target), rate)])
    wide.source_target = np.concatenate([source.source_target, target])
    wide.amplitude = np.concatenate([A, np.zeros((len(A), len(target)))], axis=1)
    return wide, np.concatenate([late, filter_], axis=1)


def _apart(rate: float, others: np.ndarray) -> float:
    """The next higher rate that coincides with none of the others."""
    for _ in range(len(others) + 1):
        near = others[np.abs(others / rate - 1.0) < _APART]
        if not near.size:
            break
        rate = float(near.max()) * (1.0 + 1.01 * _APART)
    return rate


def mix(source: QuantalSource, late: np.ndarray, receptor: Any, v_volt: float) -> np.ndarray:
    """Factor and late part of a quantum that gains 1 in peak, and in charge, [density, 4].

    Columns: factor and late part for a gain in peak alone; the same for one in charge alone.
    """
    ns, q0 = len(source.tracked), receptor.matrices(v_volt)[0]
    t_s = np.geomspace(1e-5, 2e-2, 120)
    out = []
    for amplitude, late_amplitude, gain in zip(source.amplitude, late, source.gain, strict=True):
        B = np.delete(np.delete(generator(source, q0, gain), ns, 0), ns, 1)
        if not len(source.recapture_target):  # no w
            B = np.delete(np.delete(B, ns, 0), ns, 1)
        start = np.zeros((len(B), 2))
        start[-len(amplitude) :] = np.stack([amplitude, late_amplitude], axis=1)
        courses = source.open @ (matrix_exponentials(B * t_s[:, None, None]) @ start)[:, :ns]
        charge = -source.open @ np.linalg.solve(B, start)[:ns]
        peak = courses[np.argmax(courses[:, 0])]
        out.append(np.linalg.solve([peak / peak[0], charge / charge[0]], np.eye(2)).T.ravel())
    return np.array(out)


def overlap_tables(
    overlap: Overlap,
    source: QuantalSource,
    late: np.ndarray,
    receptor: Any,
    v_volt: float,
    step_s: float,
    log_density: np.ndarray,
) -> dict[str, np.ndarray]:
    """Array fields ``overlap_...`` of ``nmj_endplate_model``.

    Parameters
    ----------
    overlap : Overlap
        Gains, and how fast they fade.
    source, late : QuantalSource, ndarray
        From `with_late_part`.
    receptor : Receptor
        At its temperature.
    v_volt, step_s : float
        Holding voltage; step of the receptors.
    log_density : ndarray
        Nodes of the table.
    """
    from scipy.interpolate import CubicSpline  # takes long to import

    rate, gain = overlap.exponentials()
    free = np.exp(log_density)
    shape = CubicSpline(source.log_density, mix(source, late, receptor, v_volt))(log_density)
    return {
        "overlap_decay": np.exp(-np.outer(overlap.fading(free), rate) * step_s),
        "overlap_gain": gain,
        "overlap_mix": shape * np.repeat(overlap.with_receptors(free), 2, axis=1),
    }
