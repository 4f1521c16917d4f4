"""How many vesicles are ready: pools and rates of refilling read off the rundown of a train.

Kinetic model of Ruiz et al. 2011, the usual one: the pool that was ready at the start is used up
exponentially, and recruitment at a constant rate refills it::

    quanta of impulse k = A x^k + B (1 - x^k),      x = 1 - share released per impulse
    pool = A / (1 - x)       recruitment = B times the rate of impulses

What it assumes is not quite true of any terminal: release facilitates, and empty sites, not time,
set recruitment. If every empty site is refilled with probability r per impulse and p is constant,
it finds ``n p / (p + r)`` vesicles, so ever fewer at lower rates.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from brian2 import Quantity, hertz
from brian2.units.fundamentalunits import fail_for_dimension_mismatch

__all__ = ["Depletion", "fit_depletion"]


@dataclass(frozen=True)
class Depletion:
    """Exponential depletion with constant recruitment, fitted to a train.

    Attributes
    ----------
    pool : float
        Quanta that were ready at the start.
    released : float
        Share of the pool that one impulse releases.
    recruitment : Quantity
        Quanta per time that come to the pool.
    fitted : ndarray, shape (n,)
        The fitted course, quanta per impulse, as long as the train.
    """

    pool: float
    released: float
    recruitment: Quantity
    fitted: np.ndarray

    @property
    def plateau(self) -> float:
        """Quanta per impulse once the initial pool is used up, relative to the start of the fit."""
        first = self.pool * self.released
        return float(self.recruitment_per_impulse / first)

    @property
    def recruitment_per_impulse(self) -> float:
        """Quanta that come to the pool from one impulse to the next."""
        share, n = self.released, len(self.fitted)
        decay = (1 - share) ** (n - 1)
        return float((self.fitted[-1] - self.pool * share * decay) / (1 - decay))


def fit_depletion(quanta: Any, rate: Quantity) -> Depletion:
    """Fit the size of the ready pool and its recruitment to the quanta of a train.

    Parameters
    ----------
    quanta : array_like, shape (n,) or (trains, n)
        Quanta released by each impulse; several trains are averaged. At least ten impulses.
    rate : Quantity
        Of the impulses.

    Returns
    -------
    Depletion
        Pool, share released, recruitment and the fitted course (Ruiz et al. 2011).

    Raises
    ------
    ValueError
        If there are too few impulses, or release does not run down exponentially.
    """
    from scipy.optimize import least_squares, nnls  # takes long to import

    fail_for_dimension_mismatch(rate, hertz, "rate of the impulses")
    q = np.atleast_2d(np.asarray(quanta, dtype=float)).mean(0)
    if q.ndim != 1 or len(q) < 10:
        raise ValueError("give the quanta of at least ten impulses.")
    if not (np.isfinite(q).all() and q.max() > 0 and float(rate) > 0):
        raise ValueError("quanta must be finite and not all 0, the rate positive.")
    k = np.arange(len(q))

    def columns(log_decay: float) -> np.ndarray:
        left = np.exp(-np.exp(log_decay) * k)
        return np.stack([left, 1 - left], axis=1)

    def misfit(x: np.ndarray) -> np.ndarray:
        base = columns(x[0])
        return base @ nnls(base, q)[0] - q

    bounds = np.log([0.1 / len(q), 3.0])
    tried = [least_squares(misfit, [x], bounds=bounds) for x in np.linspace(*bounds, 7)[1:-1]]
    best = min(tried, key=lambda fit: fit.cost)
    first, last = nnls(columns(best.x[0]), q)[0]
    if not bounds[0] + 0.05 < best.x[0] < bounds[1] - 0.05 or not first > last:
        raise ValueError(
            "release does not run down exponentially in this train: give a longer one, or one at a "
            "higher rate."
        )
    share = float(-np.expm1(-np.exp(best.x[0])))
    return Depletion(
        float(first) / share, share, float(last) * rate, columns(best.x[0]) @ [first, last]
    )
