"""How many channels a concentration opens: maximum, half-maximum and steepness of the curve."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .dwell_times import apparent_open_probability
from .markov import stationary

__all__ = ["DoseResponse"]

Array = NDArray[np.float64]
# log10 of the concentrations (M) looked at; the top stands for "infinite", far above any affinity
_LOG_RANGE = (-15.0, 8.0)
_PER_DECADE = 20
# decades around the ideal EC50 where apparent curves are looked at; no record reaches further
_APPARENT = 6.0


@dataclass(frozen=True, eq=False)
class DoseResponse:
    """Equilibrium open probability against agonist concentration.

    Agonist that blocks its own channel bends the curve down again: the maximum is then that of the
    whole curve, and its half is taken on the rising limb. Openings without agonist are subtracted.

    Parameters
    ----------
    Q0, Qb : ndarray
        Generator without agonist (1/s) and its change per molar (1/(M s)).
    open : ndarray of bool
        Which states conduct.
    resolution_s : float, optional
        Shortest event seen on a record, in seconds: the curve is then the apparent one.
    """

    Q0: Array
    Qb: Array
    open: NDArray[np.bool_]
    resolution_s: float = 0.0

    def open_probability(self, c_M: ArrayLike) -> Array:
        """Share of open channels at concentrations in mol/l."""
        c = np.asarray(c_M, dtype=float)
        if self.resolution_s == 0:
            Q = self.Q0 + c[..., None, None] * self.Qb
            return stationary(Q)[..., self.open].sum(axis=-1)
        seen = [
            apparent_open_probability(self.Q0 + x * self.Qb, self.open, self.resolution_s)
            for x in c.ravel()
        ]
        return np.reshape(seen, c.shape)

    def _grid(self) -> Array:
        """log10 of the concentrations that are looked at first."""
        (low, high), per_decade = _LOG_RANGE, _PER_DECADE
        if self.resolution_s > 0:
            center, _ = DoseResponse(self.Q0, self.Qb, self.open).half_maximum()
            low, high, per_decade = center - _APPARENT, center + _APPARENT, _PER_DECADE // 4
        return np.linspace(low, high, round((high - low) * per_decade) + 1)

    def _response(self, log_c: ArrayLike) -> Array:
        return self.open_probability(10.0 ** np.asarray(log_c)) - self.open_probability(0.0)

    def half_maximum(self) -> tuple[float, float]:
        """log10 of the EC50 in mol/l, and the maximal response.

        Raises
        ------
        ValueError
            If the channel does not open with agonist.
        """
        from scipy.optimize import brentq, minimize_scalar  # takes long to import

        grid = self._grid()
        curve = self._response(grid)
        best = int(np.argmax(curve))
        if best == 0 or curve[best] < 1e-12 or curve[0] > curve[best] / 2:
            raise ValueError("the channel does not open with the agonist, it has no EC50.")
        top = float(curve[best])
        if best < len(grid) - 1:
            found = minimize_scalar(
                lambda x: -self._response(x),
                bounds=(grid[best - 1], grid[best + 1]),
                method="bounded",
                options={"xatol": 1e-9},
            )
            top = max(top, float(-found.fun))
        above = int(np.argmax(curve >= top / 2))
        root = brentq(
            lambda x: self._response(x) - top / 2, grid[above - 1], grid[above], xtol=1e-13
        )
        return float(root), top

    def hill_slope(self) -> float:
        """Slope ``d log(p/(pmax - p)) / d log c`` at the EC50."""
        center, top = self.half_maximum()
        h = 1e-4  # decades: truncation error about 1e-8, rounding about 1e-11
        low, high = self._response([center - h, center + h])
        return float(np.log10(high / (top - high) * (top - low) / low) / (2 * h))
