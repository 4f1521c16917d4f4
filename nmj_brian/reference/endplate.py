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
    amplitude, gain = source.amplitude[-1], source.gain[-1]
    S, m, w = np.zeros(n), np.zeros(sources), 0.0
    out = np.zeros((len(v_mV), n))

    def generator(v_volt: float) -> np.ndarray:
        """d/dt of [S, m, two kinds of w, ACh that left the second]; columns = from."""
        q0 = model.receptor.matrices(v_volt)[0]
        freed = (q0 * (source.bound[:, None] - source.bound)).sum(1)[source.tracked]
        A = np.zeros((n + sources + 3, n + sources + 3))
        A[:n, :n] = q0[np.ix_(source.tracked, source.tracked)].T
        for j, (k, rate) in enumerate(zip(source.source_target, source.source_rate, strict=True)):
            A[k, n + j], A[n + j, n + j] = 1.0, -rate
        old, new, left = n + sources, n + sources + 1, n + sources + 2
        # what was free at the start of the sub-step is recaptured as it leaves w
        A[source.recapture_target, old] = gain / source.tau_s
        A[old, old] = A[new, new] = -1.0 / source.tau_s
        A[new, :n] = freed  # what is set free now is recaptured at the end
        A[left, new] = 1.0 / source.tau_s
        return A

    held = generator(model.v_volt)
    act = held.copy()
    act[source.recapture_target, n + sources + 1] = gain / source.tau_s
    for i, v in enumerate(v_mV):
        y = expm(generator(v * 1e-3) * h) @ np.concatenate([S, m, [w, 0.0, 0.0]])
        S, m, w = y[:n], y[n : n + sources], y[-3] + y[-2]
        S[source.recapture_target] += gain * y[-1]
        end = (i + 1) * h
        for t, q in zip(release_s, size, strict=True):
            if i * h < t <= end:
                new = expm(act * (end - t)) @ np.concatenate(
                    [np.zeros(n), q * amplitude, [0.0, 0.0, 0.0]]
                )
                S, m, w = S + new[:n], m + new[n : n + sources], w + new[-2]
        out[i] = S
    return out
