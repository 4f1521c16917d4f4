"""Exact propagators of the receptors of one end plate: over a sub-step, over a whole step, at entry.

The linear equations of csrc/nmj/endplate.h at constant voltage, exponentiated; `nmj_brian.endplate`
tabulates them.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from .binding import matrix_exponentials
from .quantal_source import QuantalSource, relaxation, set_free

__all__ = [
    "V_RANGE_MV",
    "at_density",
    "entries",
    "generator",
    "leap_tables",
    "padded",
    "propagators",
]

#: Voltages that are tabulated.
V_RANGE_MV = (-160.0, 100.0)
#: Error of a leap by linear interpolation in voltage, relative to the receptors.
_LEAP_ERROR = 5e-5
#: Densities at which leaps are tabulated, and about their distance; recapture bends little in between.
_LEAP_DENSITIES, _LEAP_SPACING = 16, 0.3


def generator(source: QuantalSource, q0: np.ndarray) -> np.ndarray:
    """``d/dt`` of [S, all receptors, sources, old w, constant, w, ACh that left w]; columns = from.

    The old w, one per state that recaptures, and the constants feed S; the new w does not act back.
    All receptors are a constant that feeds S and w where receptors leave rest without a quantum.
    """
    nj, nr = len(source.source_rate), len(source.recapture_target)
    ns = len(source.tracked)
    first, old = ns + 1, ns + 1 + nj + np.arange(nr)
    steady = old + nr
    A = np.zeros((ns + nj + 2 * nr + 3, ns + nj + 2 * nr + 3))
    A[:ns, :ns] = relaxation(q0, source.rest)
    A[:ns, ns] = q0[source.rest, source.tracked]
    A[source.source_target, first + np.arange(nj)] = 1.0
    A[first + np.arange(nj), first + np.arange(nj)] = -source.source_rate
    if nr:
        A[source.recapture_target, old] = A[source.recapture_target, steady] = 1.0
        A[old, old] = -1.0 / source.tau_s
        A[-2, :ns] = set_free(q0, source.bound, source.rest)
        A[-2, ns] = q0[source.rest] @ (source.bound[source.rest] - source.bound)
        A[-2, -2], A[-1, -2] = -1.0 / source.tau_s, 1.0 / source.tau_s
    return A


def propagators(source: QuantalSource, receptor: Any, volts: np.ndarray, h: float) -> np.ndarray:
    """Columns of S, all receptors, sources and recapture at each voltage, [voltage, column, row]."""
    A = np.array([generator(source, receptor.matrices(float(u))[0]) for u in volts])
    ns, nr, last = len(source.tracked), len(source.recapture_target), A.shape[1] - 2
    E = matrix_exponentials(A * h)[:, np.r_[:ns, last, last + 1], :last].transpose(0, 2, 1)
    # Set free at a constant rate, ACh leaves w at a rate 1 - exp(-t/tau): one molecule in all.
    old, steady = E[:, last - 2 * nr : last - nr], E[:, last - nr :]
    left = h - source.tau_s * -np.expm1(-h / source.tau_s)
    return np.ascontiguousarray(np.concatenate([E[:, : last - nr], (steady - old) / left], axis=1))


def padded(table: np.ndarray, ns: int) -> np.ndarray:
    """Rows of the last axis filled up with zeros to the kernel's NMJ_ENDPLATE_ROW."""
    missing = (ns + 5) // 4 * 4 - table.shape[-1]
    return np.concatenate([table, np.zeros((*table.shape[:-1], missing))], axis=-1)


def at_density(rows: np.ndarray, first: float, spacing: float, log_density: float) -> np.ndarray:
    """Row of a table: linear in log density, proportional to density below the first."""
    u = (log_density - first) / spacing
    if u <= 0.0:
        return rows[0] * np.exp(log_density - first)
    i = min(int(u), len(rows) - 2)
    return rows[i] + min(u - i, 1.0) * (rows[i + 1] - rows[i])


def leap_tables(
    source: QuantalSource,
    receptor: Any,
    v_volt: float,
    count: int,
    arrays: dict,
    scalars: dict,
    free: float,
) -> tuple[dict, dict]:
    """Propagators of ``count`` sub-steps at once, with recapture as at the junction's own density of
    free receptors, at ever lower ones, and none.
    """
    ns, nj, nr = len(source.tracked), len(source.source_rate), len(source.recapture_target)
    nc = ns + scalars["n_restless"]
    step_s = max(count, 1) * scalars["step_s"]
    own, gains, spacing = np.log(max(free, 1e-9)), [np.zeros(0)], _LEAP_SPACING
    if nr:
        grid = scalars["log_density0"], scalars["dlog_density"]
        above = own - grid[0]
        if above > 0.5 * spacing:  # recapture has a bend at the lowest density of its table: a node
            spacing = above / round(above / spacing)
        densities = own - spacing * np.arange(_LEAP_DENSITIES)
        gains = [at_density(arrays["gain"], *grid, x) for x in densities] + [np.zeros(nr)]

    def pages(volts: np.ndarray) -> np.ndarray:
        """[gain, voltage, column, row]"""
        A = np.array([generator(source, receptor.matrices(float(u))[0]) for u in volts])
        keep = np.r_[:nc, len(A[0]) - 2, ns + 1 : ns + 1 + nj]  # S (and all receptors), w, m
        out = []
        for gain in gains:
            B = np.zeros((len(A), nc + 2 + nj, nc + 2 + nj))
            B[:, :-1, :-1] = A[:, keep[:, None], keep]
            B[:, source.recapture_target, nc] = gain / source.tau_s
            B[:, -1, :ns] = source.open / step_s
            E = matrix_exponentials(B * step_s)[:, np.r_[:ns, nc, -1], : nc + 1 + nj]
            out.append(E.transpose(0, 2, 1))
        return np.array(out)

    volts, dv = np.array([v_volt * 1e3]), 1.0
    table = pages(volts * 1e-3) if count else np.zeros((len(gains), 1, nc + 1 + nj, ns + 2))
    if nr and count:
        low, high = V_RANGE_MV
        for dv in (4.0, 2.0, 1.0, 0.5):
            volts = np.arange(low, high + 0.5 * dv, dv)
            table = pages(volts * 1e-3)
            i = np.arange(0, len(volts) - 1, 8)
            exact = pages((volts[i] + 0.5 * dv) * 1e-3)
            middle = 0.5 * (table[:, i] + table[:, i + 1])
            if np.abs(middle - exact)[:, :, :ns, :ns].max() < _LEAP_ERROR:
                break
        else:
            raise ValueError("the receptor's rates depend too steeply on voltage to be tabulated.")
    fast = source.source_rate * step_s > 1.0
    more = {
        "leap": padded(table, ns),
        "leap_source_decay": np.exp(-source.source_rate * step_s),
        "leap_ACh_decay": np.exp(-source.ACh_rate * step_s),
        "fast_s": np.where(fast, 1.0 / source.source_rate, 0.0),
    }
    return more, {
        "n_leap": count,
        "n_leap_gain": len(table),
        "leap_log_density": float(own),
        "dleap_log_density": float(spacing),
        "n_leap_voltage": table.shape[1],
        "dv_leap_mV": dv,
    }


def entries(
    source: QuantalSource,
    receptor: Any,
    v_volt: float,
    step_s: float,
    amplitude: np.ndarray,
    gain: np.ndarray,
    nodes: int,
) -> np.ndarray:
    """S and w at each residual after release, [density, residual, state + 1]; w acts back here."""
    ns, nj = len(source.tracked), len(source.source_rate)
    A = generator(source, receptor.matrices(v_volt)[0])
    keep = np.r_[:ns, ns + 1 : ns + 1 + nj, len(A) - 2]
    A = np.repeat(A[np.ix_(keep, keep)][None], len(amplitude), 0)
    A[:, source.recapture_target, -1] += gain / source.tau_s
    step = matrix_exponentials(A * step_s / (nodes - 1))
    x = np.concatenate(
        [np.zeros((len(amplitude), ns)), amplitude, np.zeros((len(amplitude), 1))], axis=1
    )
    out = np.zeros((len(amplitude), nodes, ns + 1))
    for i in range(1, nodes):
        x = np.einsum("dij,dj->di", step, x)
        out[:, i, :ns], out[:, i, ns] = x[:, :ns], x[:, -1]
    return out
