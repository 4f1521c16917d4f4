"""One junction's receptors, advanced with a fresh matrix exponential at every sub-step.

The slow and obvious twin of csrc/nmj/endplate.h, its oracle in tests/endplate: no tables, no
interpolation, the equations as they stand in that header.
"""

from __future__ import annotations

import numpy as np
from scipy.linalg import expm

from ..endplate import EndplateModel

__all__ = ["run"]


def run(
    model: EndplateModel,
    v_mV: np.ndarray,
    release_s: np.ndarray,
    size: np.ndarray,
) -> np.ndarray:
    """Deviations of all tracked states after each sub-step at full density, [step, state].

    Parameters
    ----------
    model : EndplateModel
        Source, recapture and receptor.
    v_mV : ndarray
        Voltage during each sub-step.
    release_s, size : ndarray
        Times and relative sizes of quanta.
    """
    source, h = model.source, model.step_s
    n, sources = len(source.tracked), len(source.source_rate)
    x = np.zeros(n + sources + 1)  # S, sources, w
    out = np.zeros((len(v_mV), n))

    def generator(v_volt: float) -> np.ndarray:
        """d/dt of [S, sources, w]; columns = from."""
        q0 = model.receptor.matrices(v_volt)[0]
        freed = (q0 * (source.bound[:, None] - source.bound)).sum(1)[source.tracked]
        A = np.zeros((len(x), len(x)))
        A[:n, :n] = q0[np.ix_(source.tracked, source.tracked)].T
        for j, (k, rate) in enumerate(zip(source.source_target, source.source_rate, strict=True)):
            A[k, n + j], A[n + j, n + j] = 1.0, -rate
        if len(source.recapture_target):
            A[-1, :n], A[-1, -1] = freed, -1.0 / source.tau_s
            A[source.recapture_target, -1] = source.gain[-1] / source.tau_s
        return A

    quantum = np.concatenate([np.zeros(n), source.amplitude[-1], [0.0]])
    propagators: dict[float, np.ndarray] = {}
    for i, v in enumerate(v_mV):
        if v not in propagators:
            propagators[v] = expm(generator(v * 1e-3) * h)
        x = propagators[v] @ x
        for t, q in zip(release_s, size, strict=True):
            if i * h < t <= (i + 1) * h:
                x = x + q * expm(generator(v * 1e-3) * ((i + 1) * h - t)) @ quantum
        out[i] = x[:n]
    return out
