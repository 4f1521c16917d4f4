"""How long a channel stays open, shut or in a burst: sums of exponentials from a scheme.

A duration that ends when the channel leaves a set of states has the density
``f(t) = start exp(M t) end``: ``start`` where it begins, ``M`` the generator inside the set, ``end``
how it is left. As many exponentials follow as the set has states (Colquhoun & Hawkes 1982).
"""

from __future__ import annotations

from functools import cached_property
from typing import Any

import numpy as np
from brian2 import Quantity, second
from numpy.typing import ArrayLike, NDArray

from .markov import exponential
from .receptor_constants import si

__all__ = ["Exponentials", "TimeDistribution"]

Array = NDArray[np.float64]
_CRITERIA = ("percent", "number", "total")


def times(t: Any) -> Array:
    """Times in seconds, refused unless they are times."""
    t_s = np.asarray(si(t, second, "t is a time such as [0.1, 1]*ms"), dtype=float)
    if np.any(np.isnan(t_s)):
        raise ValueError("t must not hold NaN.")
    return t_s


class Exponentials:
    """What every distribution of a duration offers; ``tau[i]`` goes with ``area[i]``."""

    _rates: Array  # 1/s, fastest first
    _area: Array
    _mean_s: float
    _variance_s2: float
    #: Seconds below which nothing is seen; the exponentials count from there.
    resolution_s = 0.0

    def _density(self, t_s: Array) -> Array:
        raise NotImplementedError

    def _longer(self, t_s: Array) -> Array:
        raise NotImplementedError

    @property
    def rates(self) -> Quantity:
        """Rate of each component, fastest first."""
        return self._rates / second

    @property
    def tau(self) -> Quantity:
        """Time constant of each component, shortest first."""
        return second / self._rates

    @property
    def area(self) -> Array:
        """Share of each component (a density's may be negative)."""
        return self._area.copy()

    @property
    def amplitude(self) -> Quantity:
        """Share times rate of each component: its density at the beginning."""
        return self._area * self._rates / second

    @property
    def resolution(self) -> Quantity:
        """Shortest duration seen; 0 for ideal distributions."""
        return self.resolution_s * second

    @property
    def mean(self) -> Quantity:
        """Mean duration."""
        return self._mean_s * second

    @property
    def variance(self) -> Quantity:
        """Variance of the duration."""
        return self._variance_s2 * second**2

    @property
    def std(self) -> Quantity:
        """Standard deviation of the duration."""
        return np.sqrt(self._variance_s2) * second

    def pdf(self, t: Any) -> Quantity:
        """Probability density at each time.

        Parameters
        ----------
        t : Quantity
            Any shape.
        """
        t_s = times(t)
        seen = np.isfinite(t_s) & (t_s >= self.resolution_s)
        result = np.zeros(t_s.shape)
        result[seen] = self._density(t_s[seen])
        return result[()] / second

    def pdf_per_decade(self, t: Any) -> Array:
        """Density per decade of time, as histograms of dwell times on a log axis show it.

        ``t f(t) ln 10``: it peaks at the time constants (Sigworth & Sine 1987).
        """
        t_s = times(t)
        with np.errstate(invalid="ignore"):
            product = t_s * np.asarray(self.pdf(t)) * np.log(10)
        return np.where(np.isfinite(t_s), product, 0.0)[()]

    def survivor(self, t: Any) -> Array:
        """Share of the durations that are longer than each time."""
        t_s = times(t)
        seen = np.isfinite(t_s) & (t_s > self.resolution_s)
        result = np.where(t_s == np.inf, 0.0, 1.0)
        result[seen] = self._longer(t_s[seen])
        return result[()]

    def cdf(self, t: Any) -> Array:
        """Share of the durations that are not longer than each time."""
        return 1.0 - self.survivor(t)

    def critical_times(self, criterion: str = "percent") -> Quantity:
        """Times that part short from long durations, one between each two components.

        Parameters
        ----------
        criterion : {'percent', 'number', 'total'}
            Equal percentages of short and long ones misclassified (Colquhoun & Sakmann 1985), equal
            numbers (Clapham & Neher 1984), or the fewest in all (Jackson et al. 1983).

        Raises
        ------
        ValueError
            If no time fulfills it, as when a short component is too rare to stand out.
        """
        if criterion not in _CRITERIA:
            raise ValueError(f"criterion is one of {', '.join(_CRITERIA)}, got {criterion!r}.")
        count = len(self._rates)
        return np.array([self._critical(k, criterion) for k in range(1, count)]) * second

    def critical_time(self, short: int, criterion: str = "percent") -> Quantity:
        """Time that parts the ``short`` shortest components from the rest; see `critical_times`."""
        if criterion not in _CRITERIA:
            raise ValueError(f"criterion is one of {', '.join(_CRITERIA)}, got {criterion!r}.")
        if not 0 < short < len(self._rates):
            raise ValueError(
                f"{short} of {len(self._rates)} components leaves nothing to part: there must be "
                "shorter and longer ones."
            )
        return self._critical(short, criterion) * second

    def _critical(self, short: int, criterion: str) -> float:
        from scipy.optimize import brentq  # takes long to import

        fast, slow = slice(None, short), slice(short, None)
        area, rate = self._area, self._rates

        def excess(t: float) -> float:
            """Short ones called long, minus long ones called short."""
            late = area[fast] @ np.exp(-rate[fast] * t)
            early = -area[slow] @ np.expm1(-rate[slow] * t)
            if criterion == "percent":
                return late / area[fast].sum() - early / area[slow].sum()
            if criterion == "number":
                return late - early
            here = area[fast] * rate[fast] @ np.exp(-rate[fast] * t)
            return here - area[slow] * rate[slow] @ np.exp(-rate[slow] * t)

        low, high = 0.0, 60.0 / rate[-1]
        if criterion == "total":  # the two densities cross between the two time constants
            low, high = 1 / rate[short - 1], 1 / rate[short]
        if area[fast].sum() <= 0 or area[slow].sum() <= 0 or excess(low) * excess(high) > 0:
            raise ValueError(
                f"No time fulfills the criterion '{criterion}' between the time constants "
                f"{1 / rate[short - 1]:.4g} s and {1 / rate[short]:.4g} s."
            )
        return float(brentq(excess, low, high, xtol=1e-16, rtol=1e-13)) + self.resolution_s

    def __repr__(self) -> str:
        try:
            parts = ", ".join(
                f"{1e3 / r:.5g} ms ({100 * a:.4g} %)"
                for r, a in zip(self._rates, self._area, strict=True)
            )
        except ValueError as error:
            parts = str(error)
        return f"<{type(self).__name__}: mean {1e3 * self._mean_s:.5g} ms; {parts}>"


class TimeDistribution(Exponentials):
    """Ideal distribution of a duration, ``f(t) = start exp(M t) end`` scaled to one.

    Parameters
    ----------
    start : array_like
        Weight of each state at the beginning.
    M : array_like
        Generator inside the set of states, 1/s.
    end : array_like
        Rate of leaving from each state, 1/s.
    """

    def __init__(self, start: ArrayLike, M: ArrayLike, end: ArrayLike) -> None:
        self._start, self._M = np.asarray(start, dtype=float), np.asarray(M, dtype=float)
        # -M^-1 end: the chance to leave by the wanted way, from each state
        leaves = np.linalg.solve(-self._M, np.asarray(end, dtype=float))
        self._start = self._start / (self._start @ leaves)
        self._end, self._leaves = np.asarray(end, dtype=float), leaves

    @cached_property
    def _moments(self) -> tuple[float, float]:
        once = np.linalg.solve(-self._M, self._leaves)
        return float(self._start @ once), float(2 * self._start @ np.linalg.solve(-self._M, once))

    @property
    def _mean_s(self) -> float:
        return self._moments[0]

    @property
    def _variance_s2(self) -> float:
        first, second_ = self._moments
        return second_ - first**2

    @cached_property
    def _spectrum(self) -> tuple[NDArray, NDArray, float]:
        """Rates and areas, complex if the scheme turns in circles, and how well they are parted."""
        from scipy.linalg import matrix_balance

        even, (scale, _) = matrix_balance(self._M, permute=False, separate=True)
        values, right = np.linalg.eig(even)
        with np.errstate(all="ignore"):
            try:
                parted = np.linalg.cond(right)
                left = np.linalg.solve(right, self._leaves / scale)
            except np.linalg.LinAlgError:
                return -values, np.full(len(values), np.nan), np.inf
        order = np.argsort(values.real)
        area = (self._start * scale @ right) * left
        return -values[order], area[order], float(parted)

    @cached_property
    def _components(self) -> tuple[Array, Array, NDArray[np.bool_]]:
        """Different rates, their areas, and which of all rates (fastest first) are new ones."""
        rates, area, parted = self._spectrum
        if not parted < 1e10:
            raise ValueError(
                "Two time constants coincide, so this is not a sum of exponentials; pdf, survivor, "
                "mean and variance stand."
            )
        if np.any(np.abs(rates.imag) > 1e-6 * np.abs(rates)) or np.any(rates.real <= 0):
            raise ValueError(
                "This scheme turns in circles (it breaks microscopic reversibility, see check()), "
                "so its durations have no time constants; pdf, survivor, mean and variance stand."
            )
        rates, area = rates.real, area.real
        # equal ones, as of parts of a sum, are one component
        first = np.append(True, np.diff(rates) < -1e-9 * rates[:-1])
        return rates[first], np.add.reduceat(area, np.flatnonzero(first)), first

    @property
    def _rates(self) -> Array:
        return self._components[0]

    @property
    def _area(self) -> Array:
        return self._components[1]

    def distinct(self, states: int) -> int:
        """How many different time constants there are among the shortest.

        Parameters
        ----------
        states : int
            How many of all, one per state, count as the shortest.

        Returns
        -------
        int
            At most ``states``; equal ones are counted once.
        """
        return int(np.count_nonzero(self._components[2][:states]))

    def _density(self, t_s: Array) -> Array:
        return self._course(t_s, self._end)

    def _longer(self, t_s: Array) -> Array:
        return self._course(t_s, self._leaves)

    def _course(self, t_s: Array, final: Array) -> Array:
        """``start exp(M t) final``."""
        rates, area, parted = self._spectrum
        if parted < 1e8:
            weight = area if final is self._leaves else area * rates
            return (np.exp(-np.multiply.outer(t_s, rates)) @ weight).real
        P = exponential(np.multiply.outer(t_s, self._M))
        return self._start @ (P @ final[:, None])[..., 0].T
