"""The conductance that quanta open at an end plate, as a fiber sees it: a course in closed form.

What makes it, transmitter in the cleft and receptors, is solved in `nmj_brian.quantum`.
"""

from __future__ import annotations

import numpy as np
from brian2 import Quantity, ms, mV, second, siemens, us

from .units import degC, nS

__all__ = ["QuantalConductance"]


class QuantalConductance:
    """Conductance of the quanta of one impulse: a biexponential, its mean smoothed by random
    latencies.

    The default is the human end plate at 37 degrees C: 808 channels of 89 pS.

    Parameters
    ----------
    peak : Quantity
        Peak conductance of one quantum.
    rise, decay : Quantity
        Time constants.
    reversal : Quantity
        Reversal potential.
    latency_sd : Quantity
        Standard deviation of a quantum's latency; the mean course of many quanta is smoothed by it.
    """

    def __init__(
        self,
        peak: Quantity = 808 * 0.089 * nS,
        rise: Quantity = 20 * us,
        decay: Quantity = 0.83 * ms,
        reversal: Quantity = -3 * mV,
        latency_sd: Quantity = 50 * us,
    ) -> None:
        if not 0 * second < rise < decay:
            raise ValueError(
                f"A quantum's conductance needs 0 < rise < decay, got {rise}, {decay}."
            )
        if not (latency_sd >= 0 * second and peak > 0 * siemens):
            raise ValueError(
                f"A quantum needs peak > 0 and latency_sd >= 0, got {peak}, {latency_sd}."
            )
        self.peak, self.rise, self.decay = peak, rise, decay
        self.reversal, self.latency_sd = reversal, latency_sd

    @classmethod
    def human(cls, temperature: Quantity = 37 * degC) -> QuantalConductance:
        """Human quantum between the table's 22 degrees C (51.3 nS, 3.22 ms) and 37 (71.9 nS, 0.83
        ms).
        """
        share = (37.0 - float(temperature / degC)) / 15.0
        slow = (3.22 / 0.83) ** share
        return cls(
            peak=808 * 0.089 * (855 * 60 / (808 * 89)) ** share * nS,
            rise=20 * slow**0.57 * us,
            decay=0.83 * slow * ms,
            latency_sd=50 * slow**0.57 * us,
        )

    def key(self) -> tuple:
        """Hashable identity."""
        quantities = (self.peak, self.rise, self.decay, self.reversal, self.latency_sd)
        return tuple(float(quantity) for quantity in quantities)

    def course(self, quanta: float, start_s: float, h_s: float, steps: int) -> np.ndarray:
        """Conductance in siemens, mean over each of ``steps`` intervals of ``h_s``."""
        rise, decay = float(self.rise), float(self.decay)
        top = np.log(decay / rise) * rise * decay / (decay - rise)
        scale = float(self.peak) / (np.exp(-top / decay) - np.exp(-top / rise))
        edges = np.arange(steps + 1) * h_s - start_s
        nodes, weights = np.zeros(1), np.ones(1)
        if quanta > 1 and float(self.latency_sd) > 0:
            nodes = np.linspace(-4.0, 4.0, 65)
            weights = np.exp(-(nodes**2) / 2.0)
        charge = np.zeros(steps + 1)
        for node, weight in zip(nodes, weights / weights.sum(), strict=True):
            t = np.maximum(edges - node * float(self.latency_sd), 0.0)
            charge += weight * (rise * np.expm1(-t / rise) - decay * np.expm1(-t / decay))
        return quanta * scale * np.diff(charge) / h_s
