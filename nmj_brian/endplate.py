"""The end plate of a whole population: quanta enter as short sources, receptors follow exactly.

`EndplateModel` solves the quantum of one parameter set (reaction-diffusion, `nmj_brian.cleft`) at several
densities of free receptors, writes the binding flux as a few exponentials, and tabulates exact propagators
of the receptor scheme over one sub-step. csrc/nmj/endplate.h runs it; its equations stand there.

Deviations from the full solution, stated and measured in tests/endplate: at the holding voltage and without
recapture, within ``tolerance`` of the peak; when the voltage moves, rebinding of dissociated ACh is one
low-pass filter with gains that do not change with time; the voltage dependence of *binding* rates is ignored.
"""

from __future__ import annotations

from collections import OrderedDict
from typing import Any

import numpy as np
from brian2 import Quantity, mV, second, us, volt
from brian2.units.fundamentalunits import fail_for_dimension_mismatch
from scipy.interpolate import CubicSpline
from scipy.linalg import expm

from ._core.endplate import EndplateTable
from .binding import Kinetics, TimeBlocks, choose_columns, fit_recapture
from .cleft import Cleft, bound_ligands
from .quantum import _followed

__all__ = ["EndplateModel"]

_LOWEST_DENSITY = 0.03
_FIT_NODES = 10
_DENSITY_NODES = 96
_RESIDUAL_NODES = 9
_POLES = 40
#: Weight of the charge in the fit of the source, as a number of samples.
_CHARGE = 10.0
#: Low-pass times of recapture that are tried; after this time, samples weigh more in fitting its gains.
_TAUS_S = (3e-5, 1e-4)
_LATE_S = 1e-4
_MOST_SOURCES = 24
_V_RANGE_MV = (-160.0, 100.0)


class EndplateModel:
    """What all junctions of one parameter set share: tables for csrc/nmj/endplate.h.

    Parameters
    ----------
    junction : Junction
        Parameters and receptor; ``receptor_fraction`` and ``antagonist_occupancy`` are not part of the
        table: they enter as a density of free receptors (`log_density`), so that one table serves all.
    dt_sub : Quantity
        Sub-step over which the propagators advance.
    v : Quantity, optional
        Holding voltage, at which the tabulated source is exact.
    tolerance : float, optional
        Largest error of open channels at the holding voltage, relative to the peak, at every density.

    Raises
    ------
    ValueError
        If no set of exponentials reaches the tolerance.
    """

    def __init__(
        self,
        junction: Any,
        dt_sub: Quantity = 10 * us,
        *,
        v: Quantity = -80 * mV,
        tolerance: float = 3e-3,
    ) -> None:
        fail_for_dimension_mismatch(dt_sub, second, "the sub-step of an end plate is a time")
        fail_for_dimension_mismatch(v, volt, "the holding voltage of an end plate")
        self.step_s = float(dt_sub / second)
        if not 1e-7 <= self.step_s <= 2e-4:
            raise ValueError(f"dt_sub must lie between 0.1 and 200 us, got {dt_sub}.")
        self.junction, self.v_volt, self.tolerance = junction, float(v / volt), float(tolerance)
        self.receptor = junction.receptor.at(junction.temperature)
        cleft = Cleft.of(junction)
        free = self.density(junction)
        cleft = cleft.at_density(1.0 / free) if free > 0 else Cleft.of(_all_free(junction))
        source = _Source.of(cleft, self.receptor, self.v_volt, self.tolerance)
        self.source = source
        self._table = EndplateTable(*_tables(source, self.receptor, self.v_volt, self.step_s))

    @staticmethod
    def density(junction: Any) -> float:
        """Share of a junction's receptors that ACh can reach: left, and not held by an antagonist."""
        return junction.si("receptor_fraction") * (1.0 - junction.si("antagonist_occupancy"))

    @property
    def states(self) -> tuple[str, ...]:
        """Names of the tracked receptor states (all but the resting one), in the kernel's order."""
        return tuple(np.asarray(self.receptor.states, dtype=object)[self.source.tracked])

    @property
    def size(self) -> int:
        """Doubles of state per junction."""
        return self._table.size

    @property
    def table(self) -> EndplateTable:
        """The compiled table: ``substep``, ``inject``, ``look``, ``run``; `cimport`-able."""
        return self._table

    @property
    def error(self) -> float:
        """Largest error of open channels of the fit at the holding voltage, relative to the peak."""
        return self.source.error

    def arrays(self) -> dict[str, np.ndarray]:
        """Array fields of ``nmj_endplate_model`` (float64; ``recapture_target`` int32)."""
        return dict(self._table.arrays)

    def scalars(self) -> dict[str, float]:
        """Number fields of ``nmj_endplate_model``; integers are those that start with ``n_``."""
        return dict(self._table.scalars)

    def __repr__(self) -> str:
        s = self.scalars()
        return (
            f"<EndplateModel: {s['n_state']} receptor states, {s['n_source']} exponentials "
            f"(error {100 * self.error:.2g} % of peak), recapture into {s['n_recapture']} states, "
            f"{s['n_voltage']} voltages, sub-step {self.step_s * 1e6:.3g} us>"
        )


def _all_free(junction: Any) -> Any:
    return junction.replace(receptor_fraction=1.0, antagonist_occupancy=0.0)


class _Source:
    """Binding flux of one quantum against density, as exponentials; recapture gains."""

    _cache: OrderedDict[tuple, _Source] = OrderedDict()

    @classmethod
    def of(cls, cleft: Cleft, receptor: Any, v_volt: float, tolerance: float) -> _Source:
        """The source of a parameter set, kept by value."""
        key = (cleft, receptor.key(), v_volt, tolerance)
        if key not in cls._cache:
            cls._cache[key] = cls(cleft, receptor, v_volt, tolerance)
            if len(cls._cache) > 64:
                cls._cache.popitem(last=False)
        cls._cache.move_to_end(key)
        return cls._cache[key]

    def __init__(self, cleft: Cleft, receptor: Any, v_volt: float, tolerance: float) -> None:
        q0, qb = receptor.matrices(v_volt)
        rest, n = int(receptor.rest), len(q0)
        self.tracked = np.array([i for i in range(n) if i != rest])
        self.bound = bound_ligands(q0, qb, rest)
        self.open = np.asarray(receptor.open, dtype=float)[self.tracked]
        off = qb - np.diag(np.diag(qb))
        tracked = self.tracked
        self.target = np.flatnonzero(((off > 0).any(0) | (off > 0).any(1))[tracked])
        shut = ~np.asarray(receptor.open, dtype=bool)
        caught = np.flatnonzero((off[shut] > 0).any(0)[tracked] & shut[tracked])
        moves = _depends_on_voltage(receptor)
        self.recapture_target = (caught if moves else caught[:0]).astype(np.int32)

        self.log_density = np.linspace(np.log(_LOWEST_DENSITY), 0.0, _FIT_NODES)
        blocks = _blocks(cleft, receptor, v_volt, self.open, tracked)
        t_s = blocks.t_s
        kinetics = Kinetics(q0[np.ix_(tracked, tracked)].T, blocks)
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
            set_free = _set_free(q0, self.bound)[tracked]
            w = np.array([kinetics.low_pass(d @ set_free, self.tau_s) for d in data])
            follow = np.array([kinetics.followed(x / self.tau_s, self.recapture_target) for x in w])
            remaining = data - np.einsum("dk,dkts->dts", self.gain, follow)

        weight = self.open + 0.1  # states other than open ones matter less, but are looked at
        columns = basis.reshape(-1, len(t_s), len(tracked))
        flat, aims = (columns * weight).reshape(len(columns), -1), remaining * weight
        aims = aims.reshape(_FIT_NODES, -1) / peak[:, None]
        # Recapture feeds errors back, so that amplitudes are fitted with the loop closed.
        loops = [columns] * _FIT_NODES
        if moves:
            loops = [self._closed(q0, g, blocks, pole) for g in self.gain]
        self.error = np.inf
        for chosen in choose_columns(flat, aims, _MOST_SOURCES):
            if len(chosen) < 4:
                continue
            a, miss = [], []
            for loop, d, top in zip(loops, data, peak, strict=True):
                charges = np.trapezoid(loop[chosen] @ self.open, t_s)
                charge = np.trapezoid(d @ self.open, t_s)
                matrix = (loop[chosen] * weight).reshape(len(chosen), -1).T
                matrix = np.vstack([matrix, charges * (_CHARGE * top / charge)])
                aim = np.append((d * weight).ravel(), _CHARGE * top)
                a.append(np.linalg.lstsq(matrix, aim, rcond=1e-10)[0])
                miss.append(np.abs((np.tensordot(a[-1], loop[chosen], 1) - d) @ self.open).max() / top)
            self.error, a = float(max(miss)), np.array(a)
            if self.error <= 0.8 * tolerance:
                break
        if not self.error <= tolerance:
            raise ValueError(
                f"the source of a quantum is not a sum of {_MOST_SOURCES} exponentials within "
                f"{100 * tolerance:.2g} % of the peak (best {100 * self.error:.2g} %): "
                "raise 'tolerance', or use Quantum, which solves it directly."
            )
        self.amplitude = a
        self.source_target = self.target[np.asarray(chosen) // _POLES]
        self.source_rate = pole[np.asarray(chosen) % _POLES]

        free = np.array([s.free for s in solved]) - w * moves
        waves = np.exp(-np.outer(pole, t_s))
        for kept in choose_columns(waves, free, 6):
            pass
        self.ACh_rate = pole[kept]
        self.ACh_amplitude = np.linalg.lstsq(waves[kept].T, free.T, rcond=1e-10)[0].T

    def _closed(
        self, q0: np.ndarray, gain: np.ndarray, blocks: TimeBlocks, pole: np.ndarray
    ) -> np.ndarray:
        """Receptors after each exponential when w acts back, [target * pole, time, state]."""
        n = len(self.tracked)
        G = np.zeros((n + 1, n + 1))
        G[:n, :n] = q0[np.ix_(self.tracked, self.tracked)].T
        G[n, :n] = _set_free(q0, self.bound)[self.tracked]
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
        kin = [kinetics] + [Kinetics(q[np.ix_(tracked, tracked)].T, blocks) for q in rates[1:]]
        bases = [rich] + [k.exponentials(pole, self.target) for k in kin[1:]]
        data = [held[nodes]]
        for u in volts[1:]:
            solved = [
                cleft.at_density(float(np.exp(self.log_density[i]))).solve(receptor, u, t_s)
                for i in nodes
            ]
            data.append(np.array([s.receptors[:, tracked] - s.receptors[0, tracked] for s in solved]))
        peak = (data[0] @ self.open).max(1)
        set_free = [_set_free(q, self.bound)[tracked] for q in rates]
        best = (np.inf, 0.0, np.zeros((len(nodes), len(self.recapture_target))))
        for tau in _TAUS_S:
            gains, total = [], 0.0
            for i in range(len(nodes)):
                follow = [
                    k.followed(k.low_pass(d[i] @ f, tau) / tau, self.recapture_target)
                    for k, d, f in zip(kin, data, set_free, strict=True)
                ]
                weight = (self.open + 0.1) / peak[i] * np.sqrt(1.0 + t_s / _LATE_S)[:, None]
                gain, residual = fit_recapture(bases, follow, np.array([d[i] for d in data]), weight)
                gains.append(gain)
                total += residual
            if total < best[0]:
                best = (total, tau, np.array(gains))
        spline = CubicSpline(self.log_density[nodes], best[2], bc_type="natural")
        return best[1], spline(self.log_density)


def _depends_on_voltage(receptor: Any) -> bool:
    first = receptor.matrices(-0.1)[0]
    return any(not np.allclose(receptor.matrices(u)[0], first, rtol=1e-9) for u in (-0.04, 0.03))


def _set_free(q0: np.ndarray, bound: np.ndarray) -> np.ndarray:
    """ACh molecules that one receptor in each state sets free per second."""
    return (q0 * (bound[:, None] - bound)).sum(1)


def _blocks(
    cleft: Cleft, receptor: Any, v_volt: float, is_open: np.ndarray, tracked: np.ndarray
) -> TimeBlocks:
    """Times until a thousandth of the peak is left."""
    end_s = _followed(receptor, v_volt)
    for _ in range(8):
        blocks = TimeBlocks.until(end_s)
        solved = cleft.solve(receptor, v_volt, blocks.t_s)
        current = (solved.receptors[:, tracked] - solved.receptors[0, tracked]) @ is_open
        if current[-1] < 1e-3 * current.max():
            return blocks
        end_s *= 1.6
    raise ValueError(
        f"the current of one quantum lasts longer than {end_s:.3g} s: no population form is made for it."
    )


def generator(source: _Source, q0: np.ndarray) -> np.ndarray:
    """``d/dt`` of [S, sources, recapture, w, set free and left w], columns = from; w does not act back."""
    t, nj, nr = source.tracked, len(source.source_rate), len(source.recapture_target)
    ns = len(t)
    A = np.zeros((ns + nj + nr + 2, ns + nj + nr + 2))
    A[:ns, :ns] = q0[np.ix_(t, t)].T
    A[source.source_target, ns + np.arange(nj)] = 1.0
    A[ns + np.arange(nj), ns + np.arange(nj)] = -source.source_rate
    if nr:
        A[source.recapture_target, ns + nj + np.arange(nr)] = 1.0
        A[ns + nj + np.arange(nr), ns + nj + np.arange(nr)] = -1.0 / source.tau_s
        A[-2, :ns] = _set_free(q0, source.bound)[t]
        A[-2, -2], A[-1, -2] = -1.0 / source.tau_s, 1.0 / source.tau_s
    return A


def _propagators(source: _Source, receptor: Any, volts: np.ndarray, step_s: float) -> np.ndarray:
    A = np.array([generator(source, receptor.matrices(float(u))[0]) for u in volts])
    ns, last = len(source.tracked), A.shape[1] - 2
    E = expm(A * step_s)
    rows = np.r_[:ns, last, last + 1]
    return E[:, rows, :last].transpose(0, 2, 1)  # [voltage, column, row]


def _tables(source: _Source, receptor: Any, v_volt: float, step_s: float) -> tuple[dict, dict]:
    ns, nr = len(source.tracked), len(source.recapture_target)
    low, high = _V_RANGE_MV
    volts, dv = np.array([v_volt * 1e3]), 1.0
    propagator = _propagators(source, receptor, volts * 1e-3, step_s)
    if nr:
        for dv in (2.0, 1.0, 0.5, 0.25):
            volts = np.arange(low, high + 0.5 * dv, dv)
            propagator = _propagators(source, receptor, volts * 1e-3, step_s)
            i = np.arange(10, len(volts) - 10, 16)
            exact = _propagators(source, receptor, (volts[i] + 0.5 * dv) * 1e-3, step_s)
            p = propagator
            middle = (9.0 * (p[i] + p[i + 1]) - p[i - 1] - p[i + 2]) / 16.0
            if np.abs(middle - exact)[:, :ns, :ns].max() < 3e-10:
                break
        else:
            raise ValueError("the receptor's rates depend too steeply on voltage to be tabulated.")
    x = np.linspace(source.log_density[0], 0.0, _DENSITY_NODES)
    amplitude = CubicSpline(source.log_density, source.amplitude)(x)
    gain = CubicSpline(source.log_density, source.gain)(x) if nr else np.zeros((len(x), 0))
    ACh = CubicSpline(source.log_density, source.ACh_amplitude)(x)
    kept = receptor.desensitized
    arrays = {
        "propagator": propagator,
        "source_rate_per_s": source.source_rate,
        "source_decay": np.exp(-source.source_rate * step_s),
        "amplitude_per_s": amplitude,
        "entry": _entries(source, receptor, v_volt, step_s, amplitude, gain),
        "gain": gain,
        "ACh_rate_per_s": source.ACh_rate,
        "ACh_decay": np.exp(-source.ACh_rate * step_s),
        "ACh_amplitude": ACh,
        "open": source.open,
        "desensitized": np.asarray(kept, dtype=float)[source.tracked],
        "recapture_target": source.recapture_target,
    }
    scalars = {
        "n_state": ns,
        "n_source": len(source.source_rate),
        "n_ACh": len(source.ACh_rate),
        "n_recapture": nr,
        "n_voltage": len(volts),
        "n_density": _DENSITY_NODES,
        "n_residual": _RESIDUAL_NODES,
        "v0_mV": float(volts[0]),
        "dv_mV": dv,
        "log_density0": float(x[0]),
        "dlog_density": float(x[1] - x[0]),
        "step_s": step_s,
        "recapture_tau_s": source.tau_s,
        "recapture_decay": float(np.exp(-step_s / source.tau_s)),
    }
    return arrays, scalars


def _entries(
    source: _Source,
    receptor: Any,
    v_volt: float,
    step_s: float,
    amplitude: np.ndarray,
    gain: np.ndarray,
) -> np.ndarray:
    """S and w at each residual after release, [density, residual, state + 1]; w acts back here."""
    ns, nj = len(source.tracked), len(source.source_rate)
    A = generator(source, receptor.matrices(v_volt)[0])
    keep = np.r_[: ns + nj, len(A) - 2]
    A = np.repeat(A[np.ix_(keep, keep)][None], len(amplitude), 0)
    A[:, source.recapture_target, -1] += gain / source.tau_s
    step = expm(A * step_s / (_RESIDUAL_NODES - 1))
    x = np.concatenate(
        [np.zeros((len(amplitude), ns)), amplitude, np.zeros((len(amplitude), 1))], axis=1
    )
    out = np.zeros((len(amplitude), _RESIDUAL_NODES, ns + 1))
    for i in range(1, _RESIDUAL_NODES):
        x = np.einsum("dij,dj->di", step, x)
        out[:, i, :ns], out[:, i, ns] = x[:, :ns], x[:, -1]
    return out
