"""The end plate of a whole population: quanta enter as short sources, receptors follow exactly.

`EndplateModel` solves the quantum of one parameter set (reaction-diffusion, `nmj_brian.cleft`) at
several densities of free receptors, writes the binding flux as a few exponentials, and tabulates
exact propagators of the receptor scheme over one step. csrc/nmj/endplate.h runs it; its equations
stand there.

Deviations from the full solution, stated and measured in tests/endplate: at the holding voltage
and without recapture, within ``tolerance`` of the peak; when the voltage moves, rebinding of
dissociated ACh is one low-pass filter with gains that do not change with time; the voltage
dependence of *binding* rates is ignored.
"""

from __future__ import annotations

from collections import OrderedDict
from typing import Any

import numpy as np
from brian2 import Quantity, mV, second, us, volt
from brian2.units.fundamentalunits import fail_for_dimension_mismatch

from ._core.endplate import EndplateTable
from .cleft import Cleft, zero_ACh
from .clock import RECEPTOR_STEP_S
from .overlap_source import overlap_tables, with_late_part
from .parameters import require
from .propagators import PAGES, Places, padded
from .quantal_source import QuantalSource

__all__ = ["EndplateModel"]

#: Tables that are kept; each takes a third of a megabyte.
_CACHE_SIZE = 64


class EndplateModel:
    """What all junctions of one parameter set share: tables for csrc/nmj/endplate.h.

    Parameters
    ----------
    junction : Junction
        Parameters and receptor; ``receptor_fraction`` and ``antagonist_occupancy`` are not part
        of the table: they enter as a share of free receptors (`density`), so that one table
        serves all.
    step : Quantity
        Step over which the propagators advance, 0.1 to 100 us.
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
        ``step`` is not within 0.1 to 100 us.
    DimensionMismatchError, TypeError
        For a wrong unit, or what is no junction.
    """

    def __init__(
        self,
        junction: Any,
        step: Quantity = 10 * us,
        *,
        v: Quantity = -80 * mV,
        tolerance: float = 3e-3,
        overlap: Any = None,
    ) -> None:
        fail_for_dimension_mismatch(step, second, "the step of an end plate is a time")
        fail_for_dimension_mismatch(v, volt, "the holding voltage of an end plate")
        require(junction, "cleft_width", example="a Junction such as nmj.junctions.human()")
        self.step_s = float(step / second)
        if not 1e-7 <= self.step_s <= RECEPTOR_STEP_S * (1 + 1e-9):
            raise ValueError(f"step must lie between 0.1 and 100 us, got {step}.")
        self.junction, self.v_volt, self.tolerance = junction, float(v / volt), float(tolerance)
        self.receptor = junction.receptor.at(junction.temperature)
        cleft = Cleft.of(junction)
        free = self.density(junction)
        cleft = cleft.at_density(1.0 / free) if free > 0 else Cleft.of(_all_free(junction))
        self.overlap = overlap
        key = (cleft, self.receptor.key(), self.v_volt, self.tolerance, self.step_s, free)
        key += (None if overlap is None else overlap.key(),)
        if key not in _cache:
            _cache[key] = self._solve(cleft, free)
            if len(_cache) > _CACHE_SIZE:
                _cache.popitem(last=False)
        _cache.move_to_end(key)
        self.source, self.late, self._table = _cache[key]

    def _solve(
        self, cleft: Cleft, free: float
    ) -> tuple[QuantalSource, np.ndarray | None, EndplateTable]:
        """Source, its late part and the kernel's table; kept by value, since many objects share one."""
        source = QuantalSource.of(cleft, self.receptor, self.v_volt, self.tolerance)
        overlap, late = self.overlap, None
        if overlap is not None:
            source, late = with_late_part(source, float(overlap.lag / second))
        places = Places(source, self.receptor, self.v_volt, self.step_s, free)
        arrays, scalars = _tables(places)
        arrays |= self._overlap(places, arrays, source, late)
        scalars["n_overlap"] = len(arrays["overlap_gain"])
        scalars["n_late_part"] = len(arrays["late"])
        scalars["overlap_saturation"] = overlap.saturation if overlap is not None else 0.0
        table = EndplateTable(arrays, scalars)
        for array in table.arrays.values():
            array.flags.writeable = False
        return source, late, table

    def _overlap(
        self, places: Places, arrays: dict, source: QuantalSource, late: np.ndarray | None
    ) -> dict[str, np.ndarray]:
        """Array fields of what quanta gain from each other; empty if they add."""
        pages, volts, nj = PAGES + 1, len(places.volts), len(source.source_rate)
        if self.overlap is None:
            shape = {"overlap_gain": (0, 2), "overlap_decay": (pages, 0), "overlap_mix": (0, 4)}
            shape |= {"late_amplitude_per_s": (0, nj), "late_mix": (pages, volts, 0)}
            shape["late"] = (0, *arrays["entry"].shape[1:])
            return {name: np.zeros(size) for name, size in shape.items()}
        rest = self.receptor, self.v_volt, self.step_s
        log_share = np.maximum(places.log_share, source.log_density[0])
        tables = overlap_tables(self.overlap, source, late, *rest, log_share)
        late_mix, entry = places.entry(late)
        amplitude = places.per_share(late)
        return tables | {"late_amplitude_per_s": amplitude, "late_mix": late_mix, "late": entry}

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
            0 to 1, the ``share`` of the kernel.
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
        """The compiled table: ``advance``, ``inject``, ``look``, ``run``; `cimport`-able."""
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
            arrays are those that the kernel reads, and read-only.
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
            f"(error {100 * self.error:.2g} % of peak), propagators of {s['n_part']} parts, "
            f"{s['n_voltage']} voltages, step {self.step_s * 1e6:.3g} us"
            f"{', quanta overlap' if self.overlap is not None else ''}>"
        )


def _all_free(junction: Any) -> Any:
    return junction.replace(receptor_fraction=1.0, antagonist_occupancy=0.0)


def _tables(places: Places) -> tuple[dict, dict]:
    """Fields of ``nmj_endplate_model`` for quanta that add."""
    source, receptor = places.source, places.receptor
    ns = len(source.tracked)
    mix, parts = places.propagator()
    restless = int(places.restless)
    holding = receptor.matrices(float(places.volts[places.rest]))[0]
    at_rest = zero_ACh(holding, source.rest)[source.tracked] * restless
    parts = parts if restless else np.delete(parts, ns, axis=1)
    residual = places.residuals()[:, None]
    entry_mix, entry = places.entry(source.amplitude)
    arrays = {
        "rest": at_rest,
        "propagator_mix": mix,
        "propagator": padded(parts),
        "source_decay": np.exp(-source.source_rate * places.step_s),
        "source_residual": padded(np.exp(-source.source_rate * residual)),
        "ACh_decay": np.exp(-source.ACh_rate * places.step_s),
        "ACh_residual": padded(np.exp(-source.ACh_rate * residual)),
        "ACh_amplitude": places.as_fitted(source.ACh_amplitude),
        "amplitude_per_s": places.per_share(source.amplitude),
        "entry_mix": entry_mix,
        "entry": entry,
        "open": source.open,
        "desensitized": np.asarray(receptor.lasting, dtype=float)[source.tracked],
    }
    scalars = {
        "n_state": ns,
        "n_source": len(source.source_rate),
        "n_ACh": len(source.ACh_rate),
        "n_restless": restless,
        "n_page": mix.shape[0],
        "n_voltage": mix.shape[1],
        "n_residual": len(residual),
        "n_part": len(parts),
        "n_entry_part": len(entry),
        "v0_mV": float(1e3 * places.volts[0]),
        "dv_mV": places.dv_mV,
        "page0_share": float(np.exp(places.log_share[0])),
        "dlog_density": float(places.log_share[0] - places.log_share[1]),
        "step_s": places.step_s,
        "least_weight": places.least_weight(),
        "least_entry": places.least_entry(entry_mix),
        "rest_open": float(source.open @ at_rest),
    }
    return arrays, scalars


_cache: OrderedDict[tuple, tuple[QuantalSource, np.ndarray | None, EndplateTable]] = OrderedDict()
