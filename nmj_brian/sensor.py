"""Calcium opens the fusion pore through a sensor with five sites (Lou et al. 2005).

State i has i calcium ions bound, i = 0..5::

    i -> i + 1   (5 - i) k_on [Ca]
    i -> i - 1   i k_off b**(i - 1)          binding is cooperative, b < 1
    i -> fused   l f**i                       allosteric: every ion speeds fusion by f

Deviations from the source: rates were measured at the calyx of Held near 22 degC; their use at the
neuromuscular junction and their Q10 are assumptions.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

__all__ = ["SITES", "Sensor", "propagators"]

#: Calcium-binding sites of the sensor.
SITES = 5


@dataclass(frozen=True)
class Sensor:
    """The rates of a five-site allosteric sensor, in SI units with concentrations in mol/l."""

    k_on: float
    k_off: float
    cooperativity: float
    fusion_rate: float
    fusion_factor: float

    @property
    def fusion(self) -> np.ndarray:
        """Fusion rate (1/s) of each state."""
        return self.fusion_rate * self.fusion_factor ** np.arange(SITES + 1)

    def matrices(self) -> tuple[np.ndarray, np.ndarray]:
        """Generators ``(Q0, Q1)`` of binding, ``Q = Q0 + Q1 * calcium_M``; row = from."""
        i = np.arange(SITES + 1)
        off = i * self.k_off * self.cooperativity ** np.maximum(i - 1.0, 0.0)
        on = (SITES - i) * self.k_on
        return np.diag(off[1:], -1) - np.diag(off), np.diag(on[:-1], 1) - np.diag(on)

    def equilibrium(self, calcium_M: float) -> np.ndarray:
        """Occupancy of the states at constant calcium, before any fusion."""
        i = np.arange(SITES)
        off = (i + 1) * self.k_off * self.cooperativity**i
        steps = (SITES - i) * self.k_on * calcium_M / off
        weight = np.concatenate([[1.0], np.cumprod(steps)])
        return weight / weight.sum()

    def release_rate(self, calcium_M: float) -> float:
        """Fusion rate (1/s) of one vesicle at constant calcium once binding is in equilibrium."""
        return float(self.equilibrium(calcium_M) @ self.fusion)

    def step_release(
        self, calcium_M: float, rest_M: float, duration: float, step: float = 2e-6
    ) -> tuple[np.ndarray, np.ndarray]:
        """Release from a full pool after calcium steps from rest: what flash photolysis shows.

        Returns
        -------
        t, rate : ndarray
            Time (s) after the step, and fusions per second and vesicle present at the step.
        """
        binding, calcium = self.matrices()
        generator = binding + calcium * calcium_M - np.diag(self.fusion)
        propagator = propagators(generator * step)
        occupancy = self.equilibrium(rest_M)
        rate = [occupancy @ self.fusion]
        for _ in range(round(duration / step)):
            occupancy = occupancy @ propagator
            rate.append(occupancy @ self.fusion)
        return np.arange(len(rate)) * step, np.array(rate)


def propagators(generators: np.ndarray) -> np.ndarray:
    """Matrix exponentials of a stack of small matrices, by scaling, Taylor series and squaring.

    Parameters
    ----------
    generators : ndarray, shape (..., n, n)
        Rates times time step.

    Returns
    -------
    ndarray
        Of the same shape; error below 1e-12.
    """
    norm = float(np.abs(generators).sum(-1).max(initial=0.0))
    squarings = max(0, int(np.ceil(np.log2(max(norm, 1e-300)))) + 2)
    scaled = generators / 2.0**squarings
    unit = np.eye(generators.shape[-1])
    result = unit + scaled / 9.0
    for n in range(8, 0, -1):
        result = unit + (scaled @ result) / n
    for _ in range(squarings):
        result = result @ result
    return result
