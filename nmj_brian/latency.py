"""When a vesicle fuses: the distribution of times from the impulse to release.

The distribution comes from `nmj_brian.terminal`; the release kernel draws from its table.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from brian2 import Quantity, second

__all__ = ["Latency", "latency_hazards"]


def latency_hazards() -> np.ndarray:
    """Cumulative hazards at which the release kernel tabulates latency (see csrc/nmj/release.h)."""
    octave, cell = np.divmod(np.arange(20 * 16 + 1), 16)
    return 2.0 ** (octave - 14) * (1 + cell / 16)


class Latency:
    """When a vesicle fuses, given that the impulse makes it fuse: a distribution of times.

    Counted from the steepest rise of the action potential at the terminal.
    """

    def __init__(self, t: np.ndarray, cumulative: np.ndarray) -> None:
        self._t = t
        self._cdf = cumulative
        self._middle = (t[1:] + t[:-1]) / 2
        self._mass = np.diff(cumulative)

    def __repr__(self) -> str:
        return f"<Latency: mean {self.mean}, sd {self.sd}, mode {self.mode}>"

    @property
    def mean(self) -> Quantity:
        """Mean latency."""
        return float(self._mass @ self._middle) * second

    @property
    def sd(self) -> Quantity:
        """Standard deviation of latency."""
        width = np.diff(self._t)
        mean = self._mass @ self._middle
        return float(np.sqrt(self._mass @ ((self._middle - mean) ** 2 + width**2 / 12))) * second

    @property
    def mode(self) -> Quantity:
        """Most probable latency."""
        rate = self._mass / np.diff(self._t)
        i = int(np.clip(rate.argmax(), 1, len(rate) - 2))
        a, b, _ = np.polyfit(self._middle[i - 1 : i + 2] - self._middle[i], rate[i - 1 : i + 2], 2)
        return float(self._middle[i] - b / (2 * a)) * second

    @property
    def minimum(self) -> Quantity:
        """Latency that 1 % of quanta do not reach: the minimum of a histogram."""
        return self.quantile(0.01)

    def delayed(self, share: float, time: Quantity) -> Latency:
        """The distribution when a ``share`` of the quanta leaves late, at a decaying rate.

        Asynchronous release: beside the burst, quanta leave over the time for which calcium lasts.

        Parameters
        ----------
        share : float
            Of the quanta that leave late, 0 to 1.
        time : Quantity
            Time constant with which their rate decays, from the impulse on.
        """
        if share == 0:
            return self
        if not 0 < share <= 1:
            raise ValueError(f"the share of late quanta lies between 0 and 1, got {share!r}.")
        tau = float(time / second)
        # edges that follow the decay, until e^-30 of it is left; even in the burst's last stretch
        late = tau * np.concatenate([np.linspace(0.0, 2.0, 101), np.linspace(2.1, 30.0, 280)])
        t = np.union1d(self._t, late)
        burst = np.interp(t, self._t, self._cdf)
        return Latency(t, (1 - share) * burst - share * np.expm1(-np.maximum(t, 0.0) / tau))

    def quantile(self, u: Any) -> Quantity:
        """Latency below which a share ``u`` of quanta falls."""
        if np.any((np.asarray(u) < 0) | (np.asarray(u) > 1)):
            raise ValueError(f"a share of quanta lies between 0 and 1, got {u!r}.")
        rising = np.concatenate([[True], self._mass > 0])
        return np.interp(u, self._cdf[rising], self._t[rising]) * second

    def density(self, t: Quantity) -> Quantity:
        """Probability density of latency at times ``t``."""
        rate = self._mass / np.diff(self._t)
        return np.interp(np.asarray(t / second), self._middle, rate, 0.0, 0.0) / second

    def table(self) -> np.ndarray:
        """Latency (s) at the cumulative hazards `latency_hazards`, for the release kernel."""
        survival = 1.0 - self._cdf
        inside = (self._cdf > 0) & (survival > 1e-9)
        hazard = -np.log1p(-self._cdf[inside])
        late = np.interp(np.log(latency_hazards()), np.log(hazard), self._t[inside])
        # Action potentials of many ms release a little before t = 0: such quanta wait until 0.
        return np.maximum(late, 0.0)
