"""Linear pharmacokinetics: one to three compartments and an effect site, solved exactly.

``V1 C1' = dose - CL C1 - sum Q_i (C1 - C_i)``,  ``V_i C_i' = Q_i (C1 - C_i)``,
``Ce' = ke0 (C1 - Ce)``; between doses the solution is a matrix exponential.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from brian2 import Quantity, TimedArray, kgram, mole, second
from brian2.units.fundamentalunits import fail_for_dimension_mismatch, get_dimensions

from ..parameters import Parameter, ParameterSet
from ..units import molar

__all__ = ["Course", "Kinetics"]


@dataclass(frozen=True)
class _Dose:
    """At a moment: so many moles at once, and a change of the infusion by so many per second."""

    time_s: float
    bolus_mol: float
    rate_mol: float


#: More than any drug is given, as mass per mass: a gram per kilogram. A dose without a unit is beyond it.
_MOST_PER_WEIGHT = 1e-3


class Kinetics(ParameterSet):
    """How a body of some weight distributes and eliminates a drug.

    Parameters
    ----------
    name : str
        Drug and source.
    parameters : dict of str to Parameter
        ``V1, CL, V2, Q2, V3, Q3, CL2, ke0, molar_mass, weight`` and ``temperature``; without the
        further compartments there are fewer; ``EC50`` and ``hill`` if the source has an effect.
    """

    @property
    def drug(self) -> str:
        """Name of the drug: that of the set up to its source."""
        return self.name.split(",")[0]

    @property
    def compartments(self) -> int:
        """How many, the effect site apart."""
        return 1 + sum(f"V{i}" in self for i in (2, 3))

    def matrix(self) -> np.ndarray:
        """Rates of change of the concentrations, per second.

        Returns
        -------
        ndarray, shape (n, n)
            ``dC/dt = matrix @ C`` for compartments 1, 2, 3 and, last, the effect site (if ``ke0`` is
            given).
        """
        n, effect = self.compartments, "ke0" in self
        A = np.zeros((n + effect, n + effect))
        V1 = self.si("V1")
        A[0, 0] = -self.si("CL") / V1
        for i in range(2, n + 1):
            volume, flow = self.si(f"V{i}"), self.si(f"Q{i}")
            A[0, 0] -= flow / V1
            A[0, i - 1] = flow / V1
            A[i - 1, 0] = flow / volume
            A[i - 1, i - 1] = -flow / volume
        if "CL2" in self:
            A[1, 1] -= self.si("CL2") / self.si("V2")
        if effect:
            A[n, 0], A[n, n] = self.si("ke0"), -self.si("ke0")
        return A

    def bolus(self, dose: Quantity, at: Quantity = 0 * second) -> Course:
        """Concentrations after an injection.

        Parameters
        ----------
        dose : Quantity
            A mass (``40*mgram``), a mass per body weight (``0.6*mgram/kgram``), or moles.
        at : Quantity, optional
            Moment of the injection, 0 or later.

        Returns
        -------
        Course
            Add courses of the same kinetics for several doses.

        Raises
        ------
        ValueError, DimensionMismatchError
            For a negative dose or time, or a wrong unit.
        """
        return Course(self, (_Dose(_moment(at, "at"), self._moles(dose, 1), 0.0),))

    def infusion(
        self, rate: Quantity, start: Quantity = 0 * second, stop: Quantity | None = None
    ) -> Course:
        """Concentrations during and after a constant infusion.

        Parameters
        ----------
        rate : Quantity
            Mass, mass per body weight, or moles, per time (``10*ugram/kgram/minute``).
        start, stop : Quantity, optional
            When it runs; without ``stop`` it goes on.

        Returns
        -------
        Course
            Add courses of the same kinetics for several doses.

        Raises
        ------
        ValueError, DimensionMismatchError
            For a negative rate or time, a stop before the start, or a wrong unit.
        """
        per_s, begin = self._moles(rate, second), _moment(start, "start")
        doses = [_Dose(begin, 0.0, per_s)]
        if stop is not None:
            end = _moment(stop, "stop")
            if end < begin:
                raise ValueError(f"the infusion stops ({stop}) before it starts ({start}).")
            doses.append(_Dose(end, 0.0, -per_s))
        return Course(self, tuple(doses))

    def _moles(self, dose: Any, per: Any) -> float:
        """A dose, or a rate of one, in moles."""
        total = dose * per
        dimensions = get_dimensions(total)
        value = _one(total, f"a dose of {self.name}")
        if not np.isfinite(value) or value < 0:
            raise ValueError(
                f"a dose of {self.name} must be finite and not negative, got {dose!r}."
            )
        if dimensions == get_dimensions(mole):
            return value
        if dimensions.is_dimensionless:
            if value > _MOST_PER_WEIGHT:
                raise ValueError(
                    f"a dose of {self.name} per body weight is such as 0.6*mgram/kgram, got {dose!r}, "
                    f"which is {1e6 * value:.3g} mg/kg."
                )
            total, dimensions = total * self.weight, get_dimensions(kgram)
        if dimensions != get_dimensions(kgram):
            fail_for_dimension_mismatch(
                total,
                kgram,
                "a dose is a mass, per body weight or not, or moles, such as 0.6*mgram/kgram, and an "
                "infusion such a dose per time",
            )
        return float(np.asarray(total)) / self.si("molar_mass")

    def _with(self, parameters: dict[str, Parameter]) -> Kinetics:
        return type(self)(self.name, parameters)


def _one(value: Any, what: str) -> float:
    if np.ndim(value) != 0:
        raise TypeError(f"{what} is one number; add courses for several, got {value!r}.")
    return float(np.asarray(value))


def _moment(time: Any, name: str) -> float:
    fail_for_dimension_mismatch(time, second, f"'{name}' is a time")
    value = _one(time, f"'{name}'")
    if not np.isfinite(value) or value < 0:
        raise ValueError(f"'{name}' must be 0 or later, got {time!r}.")
    return value


class Course:
    """Concentrations of a drug against time; call it for the effect site.

    Exact at every time. Courses of the same `Kinetics` add.

    Parameters
    ----------
    kinetics : Kinetics
        Of the drug.
    doses : tuple
        What was given and when; made by `Kinetics.bolus` and `Kinetics.infusion`.
    """

    def __init__(self, kinetics: Kinetics, doses: Iterable[_Dose]) -> None:
        self.kinetics = kinetics
        self.doses = tuple(sorted(doses, key=lambda d: d.time_s))
        A = kinetics.matrix()
        n = len(A)
        self._generator = np.zeros((n + 1, n + 1))
        self._generator[:n, :n] = A
        self._generator[0, n] = 1.0 / kinetics.si("V1")  # the last state is the infusion, mol/s
        self._modes = _modes(self._generator)
        self._times, self._states = self._at_doses()

    def _at_doses(self) -> tuple[np.ndarray, np.ndarray]:
        """State just after each dose."""
        from scipy.linalg import expm  # takes long to import

        state, before, states = np.zeros(len(self._generator)), 0.0, []
        for dose in self.doses:
            state = expm(self._generator * (dose.time_s - before)) @ state
            state[0] += dose.bolus_mol / self.kinetics.si("V1")
            state[-1] += dose.rate_mol
            states.append(state.copy())
            before = dose.time_s
        return np.array([d.time_s for d in self.doses]), np.array(states)

    def _after(self, states: np.ndarray, passed_s: np.ndarray) -> np.ndarray:
        """Each state a time later, without doses."""
        if self._modes is None:
            from scipy.linalg import expm  # takes long to import

            steps = expm(self._generator * passed_s[:, None, None])
            return np.einsum("nij,nj->ni", steps, states)
        rates, vectors, inverse = self._modes
        return (np.exp(passed_s[:, None] * rates) * (states @ inverse.T)) @ vectors.T

    def states(self, t: Quantity) -> np.ndarray:
        """All concentrations, in mol/m^3, compartments first, then the effect site.

        Parameters
        ----------
        t : Quantity, any shape
            Times.

        Returns
        -------
        ndarray, shape (*t.shape, n)
            Zeros before the first dose.
        """
        fail_for_dimension_mismatch(t, second, "a course of concentration is asked at times")
        seconds = np.asarray(t, dtype=float)
        flat = np.atleast_1d(seconds).ravel()
        last = np.searchsorted(self._times, flat, side="right") - 1
        out = np.zeros((len(flat), len(self._generator)))
        some = last >= 0
        if some.any():
            passed = flat[some] - self._times[last[some]]
            out[some] = self._after(self._states[last[some]], passed)
        out = np.maximum(out[:, :-1], 0.0)  # rounding, where nothing has arrived yet
        return out.reshape(*seconds.shape, -1)

    def plasma(self, t: Quantity) -> Quantity:
        """Concentration in the central compartment.

        Parameters
        ----------
        t : Quantity, any shape
            Times.

        Returns
        -------
        Quantity, shape of t
            Zero before the first dose.
        """
        return self.states(t)[..., 0] * 1e-3 * molar

    def effect_site(self, t: Quantity) -> Quantity:
        """Concentration at the effect site.

        Parameters
        ----------
        t : Quantity, any shape
            Times.

        Returns
        -------
        Quantity, shape of t
            Zero before the first dose.

        Raises
        ------
        ValueError
            If the set has no effect site.
        """
        if "ke0" not in self.kinetics:
            raise ValueError(f"{self.kinetics.name} has no effect site (ke0): use plasma(t).")
        return self.states(t)[..., -1] * 1e-3 * molar

    def __call__(self, t: Quantity) -> Quantity:
        """Concentration at the effect site, see `effect_site`.

        Parameters
        ----------
        t : Quantity, any shape
            Times.

        Returns
        -------
        Quantity, shape of t
            Zero before the first dose.
        """
        return self.effect_site(t)

    def effect(self, t: Quantity) -> np.ndarray:
        """Effect by the source's own Hill curve, a yardstick for what a junction does.

        Parameters
        ----------
        t : Quantity, any shape
            Times.

        Returns
        -------
        ndarray, shape of t
            0 (none) to 1 (complete).

        Raises
        ------
        ValueError
            If the set has no EC50 and Hill exponent.
        """
        return hill(self.kinetics, self.effect_site(t))

    def timed_array(self, dt: Quantity, duration: Quantity) -> TimedArray:
        """The course at the effect site as a `TimedArray`, for Brian equations.

        Parameters
        ----------
        dt : Quantity
            Step; within it the value at its start holds.
        duration : Quantity
            How long, from 0.

        Returns
        -------
        TimedArray
            Of concentrations.
        """
        steps = int(np.ceil(float(duration / dt) - 1e-9)) + 1
        return TimedArray(self(np.arange(steps) * dt), dt=dt)

    def __add__(self, other: Course) -> Course:
        if not isinstance(other, Course) or other.kinetics != self.kinetics:
            raise ValueError("only courses of the same kinetics add, one drug in one body.")
        return Course(self.kinetics, (*self.doses, *other.doses))

    def __eq__(self, other: object) -> bool:
        return (
            type(other) is type(self)
            and (other.kinetics, other.doses) == (self.kinetics, self.doses)
        )  # fmt: skip

    def __hash__(self) -> int:
        return hash((self.kinetics, self.doses))

    def __repr__(self) -> str:
        return f"<Course of {self.kinetics.name}, {len(self.doses)} changes of dosing>"


def _modes(generator: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray] | None:
    """Rates and vectors of the exponentials; None where two rates (nearly) coincide."""
    rates, vectors = np.linalg.eig(generator)
    if np.iscomplexobj(rates) or np.linalg.cond(vectors) > 1e6:
        return None
    return rates, vectors, np.linalg.inv(vectors)


def hill(kinetics: Kinetics, concentration: Quantity) -> np.ndarray:
    """Hill curve of a set at concentrations of the effect site."""
    if "EC50" not in kinetics:
        raise ValueError(f"{kinetics.name} has no effect curve (EC50, hill).")
    ratio = np.asarray(concentration, dtype=float) / kinetics.si("EC50")
    power = np.maximum(ratio, 0.0) ** kinetics.si("hill")
    return power / (1.0 + power)
