"""The end plate of a whole population: quanta enter as short sources, receptors follow exactly.

`EndplateModel` solves the quantum of one parameter set (reaction-diffusion, `nmj_brian.cleft`) at
several densities of free receptors, writes the binding flux as a few exponentials, and tabulates
exact propagators of the receptor scheme over one sub-step. csrc/nmj/endplate.h runs it; its
equations stand there.

Deviations from the full solution, stated and measured in tests/endplate: at the holding voltage
and without recapture, within ``tolerance`` of the peak; when the voltage moves, rebinding of
dissociated ACh is one low-pass filter with gains that do not change with time; the voltage
dependence of *binding* rates is ignored.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from brian2 import Quantity, mV, second, us, volt
from brian2.units.fundamentalunits import fail_for_dimension_mismatch

from ._core.endplate import EndplateTable
from .binding import matrix_exponentials
from .cleft import Cleft
from .overlap_source import overlap_tables, with_late_part
from .parameters import require
from .quantal_source import QuantalSource, set_free

__all__ = ["EndplateModel"]

_DENSITY_NODES = 96
#: At least so many nodes over the residual of a sub-step, and at most so far apart.
_RESIDUAL_NODES, _RESIDUAL_S = 17, 10e-6 / 16
#: Longest step that a junction takes at once when its receptors only relax. Within it the conductance
#: is a parabola through both ends and the exact mean: 3e-4 of its value off where it decays in 1 ms.
LONGEST_LEAP_S = 0.2e-3
#: Error of a leap by linear interpolation in voltage, relative to the receptors.
_LEAP_ERROR = 5e-5
_V_RANGE_MV = (-160.0, 100.0)


class EndplateModel:
    """What all junctions of one parameter set share: tables for csrc/nmj/endplate.h.

    Parameters
    ----------
    junction : Junction
        Parameters and receptor; ``receptor_fraction`` and ``antagonist_occupancy`` are not part
        of the table: they enter as a density of free receptors (`log_density`), so that one table
        serves all.
    dt_sub : Quantity
        Sub-step over which the propagators advance.
    leap : int, optional
        Sub-steps that receptors which only relax may take at once; 0 (default): none. Ignored if
        that is longer than 0.2 ms or a single sub-step.
    v : Quantity, optional
        Holding voltage, at which the tabulated source is exact.
    tolerance : float, optional
        Largest error of open channels at the holding voltage, relative to the peak, at every
        density.
    overlap : Overlap, optional
        What quanta gain from those released before them; by default they add.

    Raises
    ------
    ValueError
        If no set of exponentials reaches the tolerance, rates depend too steeply on voltage, or
        ``dt_sub`` is not within 0.1 to 200 us.
    DimensionMismatchError, TypeError
        For a wrong unit, or what is no junction.
    """

    def __init__(
        self,
        junction: Any,
        dt_sub: Quantity = 10 * us,
        leap: int = 0,
        *,
        v: Quantity = -80 * mV,
        tolerance: float = 3e-3,
        overlap: Any = None,
    ) -> None:
        fail_for_dimension_mismatch(dt_sub, second, "the sub-step of an end plate is a time")
        fail_for_dimension_mismatch(v, volt, "the holding voltage of an end plate")
        require(junction, "cleft_width", example="a Junction such as nmj.junctions.human()")
        self.step_s = float(dt_sub / second)
        if not 1e-7 <= self.step_s <= 2e-4:
            raise ValueError(f"dt_sub must lie between 0.1 and 200 us, got {dt_sub}.")
        self.junction, self.v_volt, self.tolerance = junction, float(v / volt), float(tolerance)
        self.receptor = junction.receptor.at(junction.temperature)
        cleft = Cleft.of(junction)
        free = self.density(junction)
        cleft = cleft.at_density(1.0 / free) if free > 0 else Cleft.of(_all_free(junction))
        source = QuantalSource.of(cleft, self.receptor, self.v_volt, self.tolerance)
        late = None
        if overlap is not None:
            source, late = with_late_part(source, float(overlap.lag / second))
        self.source, self.overlap, self.late = source, overlap, late
        if leap < 2 or leap * self.step_s > LONGEST_LEAP_S * (1 + 1e-9):
            leap = 0
        arrays, scalars = _tables(source, self.receptor, self.v_volt, self.step_s)
        more = _leap(source, self.receptor, self.v_volt, leap, arrays, scalars, free)
        arrays |= more[0] | self._overlap(arrays, scalars)
        scalars |= more[1] | {"n_overlap": len(arrays["overlap_gain"])}
        scalars["overlap_saturation"] = overlap.saturation if overlap is not None else 0.0
        self._table = EndplateTable(arrays, scalars)

    def _overlap(self, arrays: dict, scalars: dict) -> dict[str, np.ndarray]:
        """Array fields of what quanta gain from each other; empty if they add."""
        ns, nj, nodes = (scalars[n] for n in ("n_state", "n_source", "n_residual"))
        if self.overlap is None:
            shape = {"gain": (2,), "decay": (0,), "mix": (4,), "amplitude_per_s": (nj,)}
            shape["entry"] = (nodes, ns + 1)
            return {f"overlap_{name}": np.zeros((0, *rest)) for name, rest in shape.items()}
        rest = self.receptor, self.v_volt, self.step_s
        x = scalars["log_density0"] + scalars["dlog_density"] * np.arange(_DENSITY_NODES)
        tables = overlap_tables(self.overlap, self.source, self.late, *rest, x)
        late = tables["overlap_amplitude_per_s"]
        entry = _entries(self.source, *rest, late, arrays["gain"], nodes)
        return tables | {"overlap_entry": entry}

    @staticmethod
    def density(junction: Any) -> float:
        """Share of a junction's receptors that ACh can reach: left, and not held by an
        antagonist.

        Parameters
        ----------
        junction : Junction
            Whose ``receptor_fraction`` and ``antagonist_occupancy`` count.

        Returns
        -------
        float
            0 to 1; its natural logarithm is the kernel's ``log_density``.
        """
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
        """Largest error of open channels of the fit at the holding voltage, relative to the
        peak.
        """
        return self.source.error

    def arrays(self) -> dict[str, np.ndarray]:
        """Array fields of ``nmj_endplate_model``, float64, contiguous.

        Returns
        -------
        dict of str to ndarray
            By the field's name; their shapes stand beside the fields in csrc/nmj/endplate.h. The
            arrays are those that the kernel reads: do not write to them.
        """
        return dict(self._table.arrays)

    def scalars(self) -> dict[str, float]:
        """Number fields of ``nmj_endplate_model``; integers are those that start with ``n_``.

        Returns
        -------
        dict of str to float or int
            By the field's name, with its unit if it has one (``step_s``, ``v0_mV``); see
            csrc/nmj/endplate.h.
        """
        return dict(self._table.scalars)

    def __repr__(self) -> str:
        s = self.scalars()
        return (
            f"<EndplateModel: {s['n_state']} receptor states, {s['n_source']} exponentials "
            f"(error {100 * self.error:.2g} % of peak), recapture into {s['n_recapture']} states, "
            f"{s['n_voltage']} voltages, sub-step {self.step_s * 1e6:.3g} us"
            f"{', quanta overlap' if self.overlap is not None else ''}>"
        )


def _all_free(junction: Any) -> Any:
    return junction.replace(receptor_fraction=1.0, antagonist_occupancy=0.0)


def generator(source: QuantalSource, q0: np.ndarray) -> np.ndarray:
    """``d/dt`` of [S, sources, old w, constant, w, ACh that left w]; columns = from.

    The old w, one per state that recaptures, and the constants feed S; the new w does not act back.
    """
    t, nj, nr = source.tracked, len(source.source_rate), len(source.recapture_target)
    ns = len(t)
    old, steady = ns + nj + np.arange(nr), ns + nj + nr + np.arange(nr)
    A = np.zeros((ns + nj + 2 * nr + 2, ns + nj + 2 * nr + 2))
    A[:ns, :ns] = q0[np.ix_(t, t)].T
    A[source.source_target, ns + np.arange(nj)] = 1.0
    A[ns + np.arange(nj), ns + np.arange(nj)] = -source.source_rate
    if nr:
        A[source.recapture_target, old] = A[source.recapture_target, steady] = 1.0
        A[old, old] = -1.0 / source.tau_s
        A[-2, :ns] = set_free(q0, source.bound)[t]
        A[-2, -2], A[-1, -2] = -1.0 / source.tau_s, 1.0 / source.tau_s
    return A


def _propagators(source: QuantalSource, receptor: Any, volts: np.ndarray, h: float) -> np.ndarray:
    """Columns of the kernel's table at each voltage, [voltage, column, row]."""
    A = np.array([generator(source, receptor.matrices(float(u))[0]) for u in volts])
    ns, nr, last = len(source.tracked), len(source.recapture_target), A.shape[1] - 2
    E = matrix_exponentials(A * h)[:, np.r_[:ns, last, last + 1], :last].transpose(0, 2, 1)
    # Set free at a constant rate, ACh leaves w at a rate 1 - exp(-t/tau): one molecule in all.
    old, steady = E[:, last - 2 * nr : last - nr], E[:, last - nr :]
    left = h - source.tau_s * -np.expm1(-h / source.tau_s)
    return np.ascontiguousarray(np.concatenate([E[:, : last - nr], (steady - old) / left], axis=1))


def _tables(
    source: QuantalSource, receptor: Any, v_volt: float, step_s: float
) -> tuple[dict, dict]:
    from scipy.interpolate import CubicSpline  # takes long to import

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
    nodes = max(_RESIDUAL_NODES, int(np.ceil(step_s / _RESIDUAL_S - 1e-9)) + 1)
    residual = np.linspace(0.0, step_s, nodes)[:, None]
    propagator = _padded(propagator, ns)
    x = np.linspace(source.log_density[0], 0.0, _DENSITY_NODES)
    amplitude = CubicSpline(source.log_density, source.amplitude)(x)
    gain = CubicSpline(source.log_density, source.gain)(x) if nr else np.zeros((len(x), 0))
    ACh = CubicSpline(source.log_density, source.ACh_amplitude)(x)
    kept = receptor.desensitized
    arrays = {
        "propagator": np.delete(propagator, np.s_[ns : propagator.shape[1] - 2 * nr], axis=1),
        "source_propagator": propagator[:, ns : propagator.shape[1] - 2 * nr],
        "source_decay": np.exp(-source.source_rate * step_s),
        "source_residual": np.exp(-source.source_rate * residual),
        "amplitude_per_s": amplitude,
        "entry": _entries(source, receptor, v_volt, step_s, amplitude, gain, nodes),
        "gain": gain,
        "ACh_residual": np.exp(-source.ACh_rate * residual),
        "ACh_decay": np.exp(-source.ACh_rate * step_s),
        "ACh_amplitude": ACh,
        "open": source.open,
        "desensitized": np.asarray(kept, dtype=float)[source.tracked],
    }
    scalars = {
        "n_state": ns,
        "n_source": len(source.source_rate),
        "n_ACh": len(source.ACh_rate),
        "n_recapture": nr,
        "n_voltage": len(volts),
        "n_density": _DENSITY_NODES,
        "n_residual": nodes,
        "v0_mV": float(volts[0]),
        "dv_mV": dv,
        "log_density0": float(x[0]),
        "dlog_density": float(x[1] - x[0]),
        "step_s": step_s,
        "recapture_tau_s": source.tau_s,
        "recapture_decay": float(np.exp(-step_s / source.tau_s)),
    }
    return arrays, scalars


def _padded(table: np.ndarray, ns: int) -> np.ndarray:
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


def _leap(
    source: QuantalSource,
    receptor: Any,
    v_volt: float,
    count: int,
    arrays: dict,
    scalars: dict,
    free: float,
) -> tuple[dict, dict]:
    """Propagators of ``count`` sub-steps at once, with recapture at none, half and all of the gain
    that the junction's own density of free receptors has.
    """
    ns, nj, nr = len(source.tracked), len(source.source_rate), len(source.recapture_target)
    step_s = max(count, 1) * scalars["step_s"]
    gain = np.zeros(0)
    if nr:
        log_density = np.log(max(free, 1e-9))
        grid = scalars["log_density0"], scalars["dlog_density"]
        gain = at_density(arrays["gain"], *grid, log_density)

    def pages(volts: np.ndarray) -> np.ndarray:
        """[gain, voltage, column, row]"""
        A = np.array([generator(source, receptor.matrices(float(u))[0]) for u in volts])
        keep = np.r_[:ns, len(A[0]) - 2, ns : ns + nj]  # S, w, m
        out = []
        for share in (0.0, 0.5, 1.0) if nr else (1.0,):
            B = np.zeros((len(A), ns + 2 + nj, ns + 2 + nj))
            B[:, :-1, :-1] = A[:, keep[:, None], keep]
            B[:, source.recapture_target, ns] = share * gain / source.tau_s
            B[:, -1, :ns] = source.open / step_s
            E = matrix_exponentials(B * step_s)[:, np.r_[: ns + 1, -1], : ns + 1 + nj]
            out.append(E.transpose(0, 2, 1))
        return np.array(out)

    volts, dv = np.array([v_volt * 1e3]), 1.0
    table = pages(volts * 1e-3) if count else np.zeros((3 if nr else 1, 1, ns + 1 + nj, ns + 2))
    if nr and count:
        low, high = _V_RANGE_MV
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
        "leap": _padded(table, ns),
        "leap_gain": gain,
        "leap_source_decay": np.exp(-source.source_rate * step_s),
        "leap_ACh_decay": np.exp(-source.ACh_rate * step_s),
        "fast_s": np.where(fast, 1.0 / source.source_rate, 0.0),
    }
    return more, {
        "n_leap": count,
        "n_leap_gain": len(table),
        "n_leap_voltage": table.shape[1],
        "dv_leap_mV": dv,
    }


def _entries(
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
    keep = np.r_[: ns + nj, len(A) - 2]
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
