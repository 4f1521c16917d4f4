"""What an end-plate conductance does to a fiber: the EPP, the action potential, threshold and
safety factor.

Definitions used here:

- *EPP*: depolarization of the end plate above the resting voltage of the same condition;
- *quanta to fire*: the smallest (real) number of unit conductances that makes an action potential
travel;
- *threshold*: the EPP that this number of quanta makes with all Na channels blocked;
- *safety factor*: EPP of the given quanta with Na channels blocked, over threshold.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from brian2 import Quantity, mV, second, us, volt

from .fiber import Fiber
from .membrane import MembraneChain
from .quantal_conductance import QuantalConductance

__all__ = ["Excitable", "QuantalConductance", "Response"]

#: Parts of the course of an EPP between which a search for the threshold looks for the spike.
_PARTS = 12


@dataclass(frozen=True, eq=False)
class Response:
    """What the end plate and the fiber did.

    Attributes
    ----------
    t, v : Quantity
        Time and end-plate voltage.
    rest : Quantity
        Voltage at the start.
    start : Quantity
        When the conductance began (its mean latency).
    epp : Quantity
        Largest depolarization, refined between sub-steps.
    fired : bool
        Whether an action potential left the end plate.
    spike_time : Quantity or None
        When it crossed the spike level at the compartment that times it.
    crossings : ndarray
        First such crossing of every compartment, in seconds (NaN: none).
    """

    t: Quantity
    v: Quantity
    rest: Quantity
    start: Quantity
    epp: Quantity
    fired: bool
    spike_time: Quantity | None
    crossings: np.ndarray

    @property
    def latency(self) -> Quantity | None:
        """Time from the conductance's start to the spike."""
        return None if self.spike_time is None else self.spike_time - self.start

    @property
    def half_decay(self) -> Quantity:
        """Time from the peak until the depolarization has fallen to half."""
        rise = np.asarray((self.v - self.rest) / volt)
        peak = int(rise.argmax())
        below = np.flatnonzero(rise[peak:] < rise[peak] / 2.0)
        if len(below) == 0:
            raise ValueError("The trace ends before the potential has fallen to half: run longer.")
        k = peak + int(below[0])
        part = (rise[k - 1] - rise[peak] / 2.0) / (rise[k - 1] - rise[k])
        return (k - 1 + part - peak) * (self.t[1] - self.t[0])


class Excitable:
    """A fiber (cable or chain) that can be driven at its end plate by conductance or current.

    Parameters
    ----------
    fiber : Fiber
        Whose membrane it is.
    model : MembraneChain
        Its compartments.
    quantum : QuantalConductance, optional
        Conductance of one quantum; by default human, at the fiber's temperature.
    step : Quantity, optional
        Sub-step of the solution.
    """

    def __init__(
        self,
        fiber: Fiber,
        model: MembraneChain,
        quantum: QuantalConductance | None = None,
        step: Quantity = 5 * us,
    ) -> None:
        self.fiber = fiber
        self.model = model
        self.quantum = QuantalConductance.human(fiber.temperature) if quantum is None else quantum
        self.step = step
        self._h = float(step / second)
        self._kernel = model.kernel(self._h)
        self._unit: dict = {}

    def __repr__(self) -> str:
        kind, count = type(self).__name__, self.model.compartments
        return f"<{kind} of the {self.fiber.name}, {count} compartments>"

    # The end-plate course begins after 8 latency SDs, so that no quantum starts before t = 0.
    @cached_property
    def _start(self) -> float:
        return 8.0 * float(self.quantum.latency_sd)

    @cached_property
    def _duration(self) -> float:
        tail = 3.0 * self.fiber.time_constant_s + 5.0 * float(self.quantum.decay)
        return self._start + tail + 3e-3

    def run(
        self,
        conductance_S: np.ndarray | None = None,
        current_A: np.ndarray | None = None,
        na_available: float = 1.0,
        duration_s: float | None = None,
        start_s: float = 0.0,
        clamp_mV: float | None = None,
    ) -> Response:
        """Drive the end plate by a given course, from rest.

        Parameters
        ----------
        conductance_S, current_A : ndarray, shape (steps,), optional
            End-plate conductance in siemens (with the quantum's reversal) and injected current in
            ampere, one value per sub-step; given both, as many of each. Without them: none.
        na_available : float, optional
            Share of Na channels left, 0 to 1; the fiber starts at rest under this condition.
        duration_s : float, optional
            Seconds, if neither course is given; by default enough for one EPP.
        start_s : float, optional
            Seconds, what `Response.latency` counts from.
        clamp_mV : float, optional
            Hold the end plate at this voltage, in mV.

        Returns
        -------
        Response
            Voltage at the end plate, ``steps + 1`` values, and whether and when it fired.

        Raises
        ------
        ValueError
            For a share outside 0 to 1, or a course that is not finite, or a negative conductance.
        """
        given = [len(course) for course in (conductance_S, current_A) if course is not None]
        steps = given[-1] if given else round((duration_s or self._duration) / self._h)
        if not 0.0 <= na_available <= 1.0:
            raise ValueError(f"na_available is a share, 0 to 1, got {na_available}.")
        g = np.zeros(steps) if conductance_S is None else np.ascontiguousarray(conductance_S)
        amps = np.zeros(steps) if current_A is None else np.ascontiguousarray(current_A)
        if not (np.isfinite(g).all() and np.isfinite(amps).all() and (g >= 0).all()):
            raise ValueError("Conductance must be finite and >= 0, current finite.")
        rest, state = self.model.resting(na_available)
        out = np.empty((steps + 1, 1))
        crossings = np.full(self.model.compartments, np.nan)
        reversal = float(self.quantum.reversal / mV)
        v = rest if clamp_mV is None else clamp_mV
        _, peak, spikes, first = self._kernel.trace(
            v, state, g, g * reversal, amps, na_available, clamp_mV is not None, out, crossings
        )
        return Response(
            t=np.arange(steps + 1) * self._h * second,
            v=out[:, 0] * mV,
            rest=rest * mV,
            start=start_s * second,
            epp=(peak - rest) * mV,
            fired=spikes > 0,
            spike_time=first * second if spikes else None,
            crossings=crossings,
        )

    def left_of_depolarization(
        self, held_mV: tuple[float, ...] = (-60.0, -50.0, -45.0, -40.0)
    ) -> float:
        """How far from rest the end plate stays after all of the fiber was held depolarized.

        Near 0 in a fiber with one resting state. Window current of Na may hold a second one, in which
        a fiber is stuck after an action potential.

        Parameters
        ----------
        held_mV : tuple of float, optional
            Voltages in mV at which the fiber was held, for long; the worst counts.

        Returns
        -------
        float
            Distance from rest, in mV, ten membrane time constants and 20 ms after the release.
        """
        duration_s = 10.0 * self.fiber.time_constant_s + 20e-3
        steps, rest = round(duration_s / self._h), self.model.resting()[0]
        out, zero = np.empty((steps + 1, 1)), np.zeros(steps)
        left = 0.0
        for level in held_mV:
            v, state = self.model.held(level)
            crossings = np.full(self.model.compartments, np.nan)
            self._kernel.trace(v, state, zero, zero, zero, 1.0, False, out, crossings)
            left = max(left, abs(float(out[-1, 0]) - rest))
        return left

    def epp(self, quanta: float = 1.0, blocked: bool = False) -> Response:
        """Response to the mean conductance of ``quanta`` quanta.

        Parameters
        ----------
        quanta : float, optional
            Number of quanta, 0 or more.
        blocked : bool, optional
            Block all Na channels (tetrodotoxin, mu-conotoxin).

        Returns
        -------
        Response
            The end-plate potential or the action potential that it starts.

        Raises
        ------
        ValueError
            If the number is negative or not finite.
        """
        share = 0.0 if blocked else 1.0
        return self.run(self._course(quanta), na_available=share, start_s=self._start)

    def _course(self, quanta: float) -> np.ndarray:
        """Mean conductance of ``quanta`` quanta at every sub-step, in siemens."""
        if not (np.isfinite(quanta) and quanta >= 0):
            raise ValueError(f"The number of quanta must be finite and not negative, got {quanta}.")
        many = quanta > 1
        if many not in self._unit:
            steps = round(self._duration / self._h)
            number = 2.0 if many else 1.0
            course = self.quantum.course(number, self._start, self._h, steps)
            self._unit[many] = course / number
        return quanta * self._unit[many]

    def _fires(self, quanta: float) -> bool:
        """Whether so many quanta fire the fiber; looks no further than a little beyond the spike."""
        v, state = self.model.resting()
        crossings, reversal = (
            np.full(self.model.compartments, np.nan),
            float(self.quantum.reversal / mV),
        )
        for g in np.array_split(self._course(quanta), _PARTS):
            zero, out = np.zeros(len(g)), np.empty((len(g) + 1, 1))
            v, _, spikes, _ = self._kernel.trace(
                v, state, g, g * reversal, zero, 1.0, False, out, crossings
            )
            if spikes:
                return True
        return False

    def quanta_to_fire(self, most: float = 1000.0, tolerance: float = 1e-4) -> float:
        """Smallest number of quanta that fires the fiber.

        Parameters
        ----------
        most : float, optional
            Where the search gives up: it doubles from 30, so fewer than twice as many are tried.
        tolerance : float, optional
            Relative error of the result.

        Returns
        -------
        float
            A real number above 1; infinity if the search gives up.
        """
        low, high = 1.0 + 1e-9, 30.0
        while not self._fires(high):
            low, high = high, 2.0 * high
            if low >= most:
                return float("inf")
        while high - low > tolerance * low:
            middle = float(np.sqrt(low * high))
            low, high = (low, middle) if self._fires(middle) else (middle, high)
        return high

    def threshold(self, quanta_to_fire: float | None = None) -> Quantity:
        """Depolarization at threshold: EPP, Na channels blocked, of the quanta that just fire.

        Parameters
        ----------
        quanta_to_fire : float, optional
            Their number, if it is known; by default it is searched.

        Returns
        -------
        Quantity
            Above rest, a voltage.

        Raises
        ------
        ValueError
            If the fiber does not fire.
        """
        quanta = self.quanta_to_fire() if quanta_to_fire is None else quanta_to_fire
        if not np.isfinite(quanta):
            raise ValueError(f"The {self.fiber.name} does not fire: it has no threshold.")
        return self.epp(quanta, blocked=True).epp

    def safety_factor(self, quanta: float = 31.0) -> float:
        """EPP of ``quanta`` quanta with Na channels blocked, over threshold.

        Parameters
        ----------
        quanta : float, optional
            Number of quanta.

        Returns
        -------
        float
            Above 1 where transmission is safe.

        Raises
        ------
        ValueError
            If the fiber does not fire.
        """
        return float(self.epp(quanta, blocked=True).epp / self.threshold())

    def summary(self, quanta: float = 31.0) -> dict[str, Any]:
        """The fiber in six numbers.

        Parameters
        ----------
        quanta : float, optional
            Quanta of one impulse, for EPP, safety factor and latency.

        Returns
        -------
        dict
            ``mEPP``, ``EPP`` (voltages, Na blocked), ``quanta_to_fire``, ``threshold`` (None if it does
            not fire), ``safety_factor`` (0 if it does not), ``latency`` (time or None).
        """
        fire = self.quanta_to_fire()
        full = self.epp(quanta, blocked=True).epp
        finite = np.isfinite(fire)
        threshold = self.threshold(fire) if finite else None
        return {
            "mEPP": self.epp(1.0, blocked=True).epp,
            "EPP": full,
            "quanta_to_fire": fire,
            "threshold": threshold,
            "safety_factor": float(full / threshold) if finite else 0.0,
            "latency": self.epp(quanta).latency,
        }
