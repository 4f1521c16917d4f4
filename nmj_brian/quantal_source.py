"""The source of one quantum: full solutions at several densities become exponentials and recapture.

How it is fitted stands in `nmj_brian.binding`; what is done with it in `nmj_brian.endplate`.
"""

from __future__ import annotations

from collections import OrderedDict
from typing import Any

import numpy as np

from .binding import (
    Kinetics,
    TimeBlocks,
    choose_columns,
    fit_recapture,
    least_squares,
    trapezoid,
)
from .cleft import Cleft, bound_ligands, followed_s

__all__ = ["QuantalSource", "relaxation", "set_free"]

#: Lowest tabulated density of free receptors, relative to the junction's receptor_density.
LOWEST_DENSITY = 0.03
_FIT_NODES = 10
_POLES = 40
_MOST_SOURCES = 32
#: Weight of the charge in the fit of the source, as a number of samples.
_CHARGE = 10.0
#: Weight of the sum of lasting states.
_LASTING = 1.0
#: Bound on the charge, in units of the bound on the current: long tails of desensitizing receptors.
_CHARGE_TOLERANCE = 4.0
#: Low-pass times of recapture that are tried; after this time, samples weigh more in fitting its
#: gains.
_TAUS_S = (6e-5, 1e-4)
_LATE_S = 1e-4
_CACHE_SIZE = 64


class QuantalSource:
    """Binding flux of one quantum against the density of free receptors, and its recapture.

    Attributes
    ----------
    tracked : ndarray of int
        Receptor states that are followed: all but the resting one.
    source_target, source_rate : ndarray
        Tracked state and rate constant (1/s) of each exponential.
    log_density : ndarray
        Densities (natural logarithm, relative to the cleft's) at which it was fitted.
    amplitude : ndarray, [density, source]
        Receptors per second at release.
    recapture_target, gain, tau_s
        States that take up dissociated ACh, with what share, after which low-pass time.
    ACh_rate, ACh_amplitude
        Free ACh of one quantum, as exponentials (without what dissociates again).
    error : float
        Largest error of open channels at the holding voltage, relative to the peak.
    charge_error : float
        Largest error of the charge up to any time, relative to the whole charge.
    """

    @classmethod
    def of(cls, cleft: Cleft, receptor: Any, v_volt: float, tolerance: float) -> QuantalSource:
        """The source of a parameter set, kept by value."""
        key = (cleft, receptor.key(), v_volt, tolerance)
        if key not in _cache:
            _cache[key] = cls(cleft, receptor, v_volt, tolerance)
            if len(_cache) > _CACHE_SIZE:
                _cache.popitem(last=False)
        _cache.move_to_end(key)
        return _cache[key]

    def __init__(self, cleft: Cleft, receptor: Any, v_volt: float, tolerance: float) -> None:
        q0, qb = receptor.matrices(v_volt)
        self.rest = rest = int(receptor.rest)
        n = len(q0)
        self.tracked = np.array([i for i in range(n) if i != rest])
        self.bound = bound_ligands(q0, qb, rest)
        self.open = np.asarray(receptor.open, dtype=float)[self.tracked]
        off = qb - np.diag(np.diag(qb))
        tracked = self.tracked
        self.target = np.flatnonzero(((off > 0).any(0) | (off > 0).any(1))[tracked])
        # Few receptors desensitize or are blocked by the little ACh that dissociates.
        shut = ~np.asarray(receptor.open, dtype=bool) & ~np.asarray(receptor.desensitized, bool)
        caught = np.flatnonzero((off[shut] > 0).any(0)[tracked] & shut[tracked])
        moves = _depends_on_voltage(receptor)
        self.recapture_target = (caught if moves else caught[:0]).astype(np.int32)

        self.log_density = np.linspace(np.log(LOWEST_DENSITY), 0.0, _FIT_NODES)
        blocks = _blocks(cleft, receptor, v_volt, self.open, tracked)
        t_s = blocks.t_s
        kinetics = Kinetics(relaxation(q0, rest), blocks)
        pole = np.geomspace(1.0 / 3e-6, 3.0 / t_s[-1], _POLES)
        basis = kinetics.exponentials(pole, self.target)

        solved = [
            cleft.at_density(float(np.exp(x))).solve(receptor, v_volt, t_s)
            for x in self.log_density
        ]
        data = np.array([s.receptors[:, tracked] - s.receptors[0, tracked] for s in solved])
        peak = (data @ self.open).max(1)
        self.gain = np.zeros((_FIT_NODES, len(self.recapture_target)))
        self.tau_s, w = 1e-4, np.zeros((_FIT_NODES, len(t_s)))
        remaining = data
        if moves:
            rich = basis[:, ::2]
            self.tau_s, self.gain = self._recapture(
                cleft, receptor, v_volt, blocks, kinetics, pole[::2], rich, data
            )
            freed = set_free(q0, self.bound, rest)
            w = kinetics.low_pass(data @ freed, self.tau_s)
            follow = kinetics.followed(w / self.tau_s, self.recapture_target)
            remaining = data - np.einsum("dk,dkts->dts", self.gain, follow)

        # States other than open ones matter less, but are looked at; those that last add up, so that
        # their sum, a small difference of what binding moves among them, is looked at too.
        lasting = np.asarray(receptor.lasting, float)[tracked]
        weight = np.diag(self.open + 0.1 + 0.3 * lasting)
        if lasting.any():
            weight = np.column_stack([weight, _LASTING * lasting])
        columns = basis.reshape(-1, len(t_s), len(tracked))
        flat, aims = (columns @ weight).reshape(len(columns), -1), remaining @ weight
        aims = aims.reshape(_FIT_NODES, -1) / peak[:, None]
        # Recapture feeds errors back, so that amplitudes are fitted with the loop closed.
        loops = [columns] * _FIT_NODES
        if moves:
            loops = [self._closed(q0, g, blocks, pole) for g in self.gain]
        normal = [
            _normal(loop, d, self.open, weight, t_s) for loop, d in zip(loops, data, strict=True)
        ]
        best = self.error = self.charge_error = np.inf
        for chosen in choose_columns(flat, aims, _MOST_SOURCES):
            if len(chosen) < 4:
                continue
            pick = np.ix_(chosen, chosen)
            a = [least_squares(g[pick], r[chosen, None], 1e-13)[:, 0] for g, r in normal]
            miss = [
                _miss(np.tensordot(x, loop[chosen], 1) @ self.open, d @ self.open, t_s)
                for x, loop, d in zip(a, loops, data, strict=True)
            ]
            error, charge_error = np.max(miss, axis=0)
            good = max(error, charge_error) <= 0.8 * tolerance
            score = max(error, charge_error / _CHARGE_TOLERANCE)
            if good or score < best:
                best, kept, self.amplitude = score, chosen, np.array(a)
                self.error, self.charge_error = float(error), float(charge_error)
            if good:
                break
        if not (self.error <= tolerance and self.charge_error <= _CHARGE_TOLERANCE * tolerance):
            raise ValueError(
                f"the source of a quantum is not a sum of {_MOST_SOURCES} exponentials within "
                f"{100 * tolerance:.2g} % of the peak (best {100 * self.error:.2g} %, charge "
                f"{100 * self.charge_error:.2g} %): such a junction runs in no network (much agonist in "
                "the bath?). Quantum solves it directly; EndplateModel takes a larger 'tolerance'."
            )
        chosen = kept
        self.source_target = self.target[np.asarray(chosen) // _POLES]
        self.source_rate = pole[np.asarray(chosen) % _POLES]

        free = np.array([s.free for s in solved]) - w * moves
        waves = np.exp(-np.outer(pole, t_s))
        kept = list(choose_columns(waves, free, 6))[-1]
        self.ACh_rate = pole[kept]
        self.ACh_amplitude = least_squares(
            waves[kept] @ waves[kept].T, waves[kept] @ free.T, 1e-13
        ).T

    def _closed(
        self, q0: np.ndarray, gain: np.ndarray, blocks: TimeBlocks, pole: np.ndarray
    ) -> np.ndarray:
        """Receptors after each exponential when w acts back, [target * pole, time, state]."""
        n = len(self.tracked)
        G = np.zeros((n + 1, n + 1))
        G[:n, :n] = relaxation(q0, self.rest)
        G[n, :n] = set_free(q0, self.bound, self.rest)
        G[n, n] = -1.0 / self.tau_s
        G[self.recapture_target, n] = gain / self.tau_s
        waves = Kinetics(G, blocks).exponentials(pole, self.target)
        return waves.reshape(-1, waves.shape[2], n + 1)[..., :n]

    def _recapture(
        self,
        cleft: Cleft,
        receptor: Any,
        v_volt: float,
        blocks: TimeBlocks,
        kinetics: Kinetics,
        pole: np.ndarray,
        rich: np.ndarray,
        held: np.ndarray,
    ) -> tuple[float, np.ndarray]:
        """Low-pass time and gains against density, from solutions at two other voltages."""
        tracked, t_s = self.tracked, blocks.t_s
        nodes = np.array([0, _FIT_NODES // 3, 2 * _FIT_NODES // 3, _FIT_NODES - 1])
        volts = [v_volt, v_volt + 0.04, v_volt + 0.08]
        rates = [receptor.matrices(u)[0] for u in volts]
        kin = [kinetics] + [Kinetics(relaxation(q, self.rest), blocks) for q in rates[1:]]
        bases = [rich] + [k.exponentials(pole, self.target) for k in kin[1:]]
        data = [held[nodes]]
        for u in volts[1:]:
            solved = [
                cleft.at_density(float(np.exp(self.log_density[i]))).solve(receptor, u, t_s)
                for i in nodes
            ]
            data.append(
                np.array([s.receptors[:, tracked] - s.receptors[0, tracked] for s in solved])
            )
        peak = (data[0] @ self.open).max(1)
        freed = [set_free(q, self.bound, self.rest) for q in rates]
        best = (np.inf, 0.0, np.zeros((len(nodes), len(self.recapture_target))))
        for tau in _TAUS_S:
            gains, total = [], 0.0
            follow = [
                k.followed(k.low_pass(d @ f, tau) / tau, self.recapture_target)
                for k, d, f in zip(kin, data, freed, strict=True)
            ]
            for i in range(len(nodes)):
                weight = (self.open + 0.1) / peak[i] * np.sqrt(1.0 + t_s / _LATE_S)[:, None]
                gain, residual = fit_recapture(
                    bases, [f[i] for f in follow], np.array([d[i] for d in data]), weight
                )
                gains.append(gain)
                total += residual
            if total < best[0]:
                best = (total, tau, np.array(gains))
        from scipy.interpolate import CubicSpline  # takes long to import

        spline = CubicSpline(self.log_density[nodes], best[2], bc_type="natural")
        return best[1], spline(self.log_density)


def _depends_on_voltage(receptor: Any) -> bool:
    first = receptor.matrices(-0.1)[0]
    return any(not np.allclose(receptor.matrices(u)[0], first, rtol=1e-9) for u in (-0.04, 0.03))


def _normal(
    loop: np.ndarray, data: np.ndarray, is_open: np.ndarray, weight: np.ndarray, t_s: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Normal equations of one density: all weighted states at every time, and the charge.

    A column of ``weight`` is what is looked at: one state, or a sum of several.
    """
    matrix, aim = (loop @ weight).reshape(len(loop), -1), (data @ weight).ravel()
    current = data @ is_open
    charge = trapezoid(current, t_s)
    charges = trapezoid(loop @ is_open, t_s) * (_CHARGE * current.max() / charge)
    gram = matrix @ matrix.T + np.outer(charges, charges)
    return gram, matrix @ aim + charges * (_CHARGE * current.max())


def _miss(current: np.ndarray, exact: np.ndarray, t_s: np.ndarray) -> tuple[float, float]:
    """Largest errors of the current (of its peak) and of the charge until any time (of all)."""
    error = current - exact
    until = np.cumsum(0.5 * (error[1:] + error[:-1]) * np.diff(t_s))
    charge = trapezoid(exact, t_s)
    return float(np.abs(error).max() / exact.max()), float(np.abs(until).max() / abs(charge))


def relaxation(q0: np.ndarray, rest: int) -> np.ndarray:
    """How the numbers of receptors in all states but ``rest`` move; columns = from.

    A receptor that leaves another state comes to rest or to a third one; one that is missing at
    rest does not leave rest.
    """
    tracked = np.delete(np.arange(len(q0)), rest)
    return (q0[np.ix_(tracked, tracked)] - q0[rest, tracked]).T


def set_free(q0: np.ndarray, bound: np.ndarray, rest: int) -> np.ndarray:
    """ACh molecules that a receptor in each state but ``rest`` sets free per second, beyond what it
    would at rest (in a bath of ACh, that is less than none).
    """
    freed = (q0 * (bound[:, None] - bound)).sum(1)
    return np.delete(freed - freed[rest], rest)


def _blocks(
    cleft: Cleft, receptor: Any, v_volt: float, is_open: np.ndarray, tracked: np.ndarray
) -> TimeBlocks:
    """Three times as long as a thousandth of the peak lasts, so that no tail is invented."""
    end_s = followed_s(receptor, v_volt)
    for _ in range(8):
        blocks = TimeBlocks.until(end_s)
        solved = cleft.solve(receptor, v_volt, blocks.t_s)
        current = (solved.receptors[:, tracked] - solved.receptors[0, tracked]) @ is_open
        if current[-1] < 1e-3 * current.max():
            return TimeBlocks.until(3.0 * blocks.t_s[-1])
        end_s *= 1.6
    raise ValueError(
        f"the current of one quantum lasts longer than {end_s:.3g} s: no population form is "
        f"made for it."
    )


_cache: OrderedDict[tuple, QuantalSource] = OrderedDict()
