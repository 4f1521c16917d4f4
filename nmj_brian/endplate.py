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
from .cleft import Cleft, zero_ACh
from .overlap_source import overlap_tables, with_late_part
from .parameters import require
from .propagators import V_RANGE_MV, entries, leap_tables, padded, propagators
from .quantal_source import QuantalSource

__all__ = ["EndplateModel"]

_DENSITY_NODES = 96
#: At least so many nodes over the residual of a sub-step, and at most so far apart.
_RESIDUAL_NODES, _RESIDUAL_S = 17, 10e-6 / 16
#: Longest step that a junction takes at once when its receptors only relax. Within it the conductance
#: is a parabola through both ends and the exact mean: 3e-4 of its value off where it decays in 1 ms.
LONGEST_LEAP_S = 0.2e-3


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
        more = leap_tables(source, self.receptor, self.v_volt, leap, arrays, scalars, free)
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
        entry = entries(self.source, *rest, late, arrays["gain"], nodes)
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


def _tables(
    source: QuantalSource, receptor: Any, v_volt: float, step_s: float
) -> tuple[dict, dict]:
    from scipy.interpolate import CubicSpline  # takes long to import

    ns, nr = len(source.tracked), len(source.recapture_target)
    low, high = V_RANGE_MV
    volts, dv = np.array([v_volt * 1e3]), 1.0
    propagator = propagators(source, receptor, volts * 1e-3, step_s)
    if nr:
        for dv in (2.0, 1.0, 0.5, 0.25):
            volts = np.arange(low, high + 0.5 * dv, dv)
            propagator = propagators(source, receptor, volts * 1e-3, step_s)
            i = np.arange(10, len(volts) - 10, 16)
            exact = propagators(source, receptor, (volts[i] + 0.5 * dv) * 1e-3, step_s)
            p = propagator
            middle = (9.0 * (p[i] + p[i + 1]) - p[i - 1] - p[i + 2]) / 16.0
            if np.abs(middle - exact)[:, :ns, :ns].max() < 3e-10:
                break
        else:
            raise ValueError("the receptor's rates depend too steeply on voltage to be tabulated.")
    nodes = max(_RESIDUAL_NODES, int(np.ceil(step_s / _RESIDUAL_S - 1e-9)) + 1)
    residual = np.linspace(0.0, step_s, nodes)[:, None]
    propagator = padded(propagator, ns)
    columns = propagator.shape[1] - 2 * nr
    restless = int(np.any(propagator[:, ns] != 0.0))
    at_rest = zero_ACh(receptor.matrices(v_volt)[0], source.rest)[source.tracked] * restless
    x = np.linspace(source.log_density[0], 0.0, _DENSITY_NODES)
    amplitude = CubicSpline(source.log_density, source.amplitude)(x)
    gain = CubicSpline(source.log_density, source.gain)(x) if nr else np.zeros((len(x), 0))
    ACh = CubicSpline(source.log_density, source.ACh_amplitude)(x)
    kept = receptor.lasting
    arrays = {
        "propagator": np.delete(propagator, np.s_[ns + restless : columns], axis=1),
        "source_propagator": propagator[:, ns + 1 : columns],
        "rest": at_rest,
        "source_decay": np.exp(-source.source_rate * step_s),
        "source_residual": np.exp(-source.source_rate * residual),
        "amplitude_per_s": amplitude,
        "entry": entries(source, receptor, v_volt, step_s, amplitude, gain, nodes),
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
        "n_restless": restless,
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
        "rest_open": float(source.open @ at_rest),
    }
    return arrays, scalars
