"""A pool of motor neurons driven by one excitation: recruitment by size, and rates.

Unit i of n is recruited where the excitation E exceeds its threshold, and fires the faster the more it
does, up to a peak (Fuglevand, Winter & Patla 1993)::

    threshold = RR**e                RR: recruitment range
    rate      = min(minimum_rate + gain (E - threshold), peak)          where E >= threshold
    peak      = peak_rate - peak_rate_fall * (position of the threshold in the range, 0 to 1)

Two conventions of the exponent e exist: ``'1993'`` has i/n (so that even the first unit needs more than
1), ``'2017'`` has (i - 1)/(n - 1). Late adaptation (Potvin & Fuglevand 2017) then lowers the rate by
``adaptation (rate - minimum_rate + offset) (threshold - 1)/(RR - 1)`` with the time course
``1 - exp(-t/adaptation_time)``.

Deviation: adaptation recovers with the same time after a unit falls silent, where the source counts
anew; intervals are gaussian as in the source, but drawn for the rate of the moment, so that a changing
excitation acts within an interval.
"""

from __future__ import annotations

from functools import cached_property
from typing import Any

import numpy as np
from brian2 import Hz, NeuronGroup, Quantity, second
from brian2.units.fundamentalunits import fail_for_dimension_mismatch

from .parameters import Parameter, ParameterSet
from .presets import motor_pool as presets

__all__ = ["INDEX", "POOL_EQUATIONS", "MotorPool"]

#: Conventions of the exponent of recruitment thresholds.
INDEX = ("1993", "2017")

#: One motor neuron: an oscillator whose phase runs at ``rate``.
POOL_EQUATIONS = """
dphase/dt = rate/interval : 1
dadapted/dt = (int(excitation >= threshold) - adapted)/adaptation_time : 1
rate = int(excitation >= threshold)*(full_rate - adapted*loss) : Hz
loss = adaptation*(full_rate - minimum_rate + adaptation_offset)*position : Hz
full_rate = clip(minimum_rate + gain*(excitation - threshold), 0*Hz, peak_rate) : Hz
threshold : 1 (constant)
position : 1 (constant)
peak_rate : Hz (constant)
interval : 1
"""


class MotorPool(ParameterSet):
    """Motor neurons that a common excitation recruits in order of size.

    Parameters
    ----------
    name : str, optional
        What the set describes.
    parameters : dict of str to Parameter, optional
        Default: Fuglevand, Winter & Patla 1993.
    index : {'1993', '2017'}, optional
        Convention of the thresholds' exponent.

    Raises
    ------
    ValueError
        For another ``index``.
    """

    def __init__(
        self,
        name: str = "motor pool of Fuglevand 1993",
        parameters: dict[str, Parameter] | None = None,
        index: str = "1993",
    ) -> None:
        if index not in INDEX:
            raise ValueError(f"index must be one of {INDEX}, got {index!r}.")
        super().__init__(name, presets.fuglevand_1993() if parameters is None else parameters)
        self._index = index

    @classmethod
    def potvin_fuglevand(cls) -> MotorPool:
        """The pool of Potvin & Fuglevand 2017: wider range, lower peak rates, late adaptation.

        Returns
        -------
        MotorPool
            With ``index`` '2017'.
        """
        return cls("motor pool of Potvin 2017", presets.potvin_fuglevand_2017(), "2017")

    @property
    def index(self) -> str:
        """Convention of the thresholds' exponent."""
        return self._index

    def key(self) -> tuple:
        """Hashable identity of all values and of the convention.

        Returns
        -------
        tuple
            Equal for pools that behave alike.
        """
        return (("index", self._index), *super().key())

    def diff(self, other: ParameterSet) -> str:
        """Table of the parameters that differ from another set's, and the convention if that does.

        Parameters
        ----------
        other : ParameterSet
            What to compare with.

        Returns
        -------
        str
            As in `ParameterSet.diff`.
        """
        text = super().diff(other)
        if isinstance(other, MotorPool) and other.index != self.index:
            text += f"\nindex of thresholds: '{other.index}' -> '{self.index}'"
        return text

    def _with(self, parameters: dict[str, Parameter]) -> MotorPool:
        return type(self)(self.name, parameters, self._index)

    @cached_property
    def thresholds(self) -> np.ndarray:
        """Excitation that recruits each unit."""
        n = int(self.units)
        i = np.arange(1, n + 1)
        exponent = i / n if self._index == "1993" else (i - 1) / max(n - 1, 1)
        return self.recruitment_range**exponent

    @cached_property
    def peak_rates(self) -> Quantity:
        """Greatest rate of each unit."""
        thresholds = self.thresholds
        share = thresholds / thresholds[-1] if self._index == "1993" else self._position
        return self.peak_rate - self.peak_rate_fall * share

    @property
    def greatest_excitation(self) -> float:
        """Excitation at which the last unit reaches its peak rate."""
        return float(self.thresholds[-1] + (self.peak_rates[-1] - self.minimum_rate) / self.gain)

    def rates(self, excitation: float, active_for: Quantity | None = None) -> Quantity:
        """Rates under steady excitation.

        Parameters
        ----------
        excitation : float or array_like, shape (units,)
            Common excitation (0 to `greatest_excitation`), or one value a unit.
        active_for : Quantity, optional
            For how long it has lasted (one time or one a unit); default: no adaptation yet.

        Returns
        -------
        Quantity, shape (units,)
            Impulses per time, 0 if not recruited.

        Raises
        ------
        DimensionMismatchError
            If ``active_for`` is not a time.
        """
        minimum, gain, peak, share, offset, time_s = self._numbers
        above = np.asarray(excitation, dtype=float) - self.thresholds
        full = np.minimum(minimum + gain * above, peak)
        if active_for is not None:
            fail_for_dimension_mismatch(
                active_for, second, "active_for must be a time, got {value}", value=active_for
            )
            done = -np.expm1(-np.asarray(active_for / second) / time_s)
            full = full - done * share * (full - minimum + offset)
        return np.where(above >= 0, full, 0.0) * Hz

    @cached_property
    def _position(self) -> np.ndarray:
        """Where thresholds stand in the range, from 0 (that of 1) to 1 (the last)."""
        return (self.thresholds - 1) / max(self.recruitment_range - 1, 1e-12)

    @cached_property
    def _numbers(self) -> tuple:
        """What `rates` needs, in SI units."""
        scalars = [self.si(name) for name in ("minimum_rate", "gain", "adaptation_offset")]
        share = self.si("adaptation") * self._position
        peak = np.asarray(self.peak_rates / Hz)
        return *scalars[:2], peak, share, scalars[2], self.si("adaptation_time")

    def group(self, excitation: str | None = None, **kwds: Any) -> NeuronGroup:
        """Motor neurons as a Brian2 group, ready to drive `MotorUnits`.

        Parameters
        ----------
        excitation : str, optional
            Expression for the excitation, for example ``'drive(t)'`` with a TimedArray or
            ``'20*t/second'``; default: a parameter ``excitation`` of the group (one value a neuron) that
            a script sets.
        **kwds
            For `brian2.NeuronGroup` (name, dt, ...).

        Returns
        -------
        NeuronGroup
            With ``rate``, ``threshold``, ``excitation`` to record. Phases start at random, so that
            units are not locked to each other.
        """
        line = "excitation : 1" if excitation is None else f"excitation = {excitation} : 1"
        namespace = {
            name: getattr(self, name)
            for name in (
                "gain", "minimum_rate", "cv", "cv_limit",
                "adaptation", "adaptation_time", "adaptation_offset",
            )
        }  # fmt: skip
        namespace |= kwds.pop("namespace", None) or {}
        group = NeuronGroup(
            int(self.units),
            POOL_EQUATIONS + line,
            threshold="phase >= 1",
            reset="phase -= 1; interval = 1 + cv*clip(randn(), -cv_limit, cv_limit)",
            method="euler",
            namespace=namespace,
            **kwds,
        )
        group.threshold = self.thresholds
        group.position = self._position
        group.peak_rate = self.peak_rates
        group.phase = "rand()"
        group.interval = "1 + cv*clip(randn(), -cv_limit, cv_limit)"
        return group
