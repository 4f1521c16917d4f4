"""The acetylcholine receptor: one molecule that binds transmitter, opens and closes.

A `Receptor` is a Markov scheme with its constants, each a `Parameter` with source and confidence.
It gives the generator ``Q(c, v) = Q0(v) + c Qb(v)`` of ``dp/dt = p Q`` and the check of its
physics; what follows from it stands in `ChannelTheory` and `ConcentrationJump`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace as with_facts
from types import MappingProxyType
from typing import Any

import numpy as np
from brian2 import Quantity, mV, siemens, volt
from numpy.typing import NDArray

from .channel_theory import ChannelTheory
from .concentration_jump import ConcentrationJump
from .markov import stationary
from .parameters import Parameter
from .receptor_constants import (
    celsius,
    concentration,
    constant,
    describe,
    desensitized_mask,
    dimension_of,
    one_si,
    with_q10,
)
from .receptor_drugs import InDrugs
from .reversibility import ReceptorReport, examine
from .scheme import Scheme, SchemeError

__all__ = ["Receptor"]

Array = NDArray[np.float64]
_DEFAULT_V = -80 * mV


class Receptor(ChannelTheory, ConcentrationJump, InDrugs):
    """A ligand-gated channel given by a Markov scheme; immutable.

    What it does at a steady concentration (dwell times, bursts, dose-response, records of one
    channel) is described in `ChannelTheory`, its answer to a pulse in `ConcentrationJump`.

    Parameters
    ----------
    text : str
        The scheme, see `nmj_brian.scheme`.
    conductance : Quantity or Parameter
        Of one open channel.
    reversal : Quantity or Parameter
        Potential at which its current vanishes.
    temperature : Quantity, optional
        Temperature at which the constants hold. Without it they are used as they are anywhere.
    q10 : float or mapping, optional
        Factor per 10 degrees: one number for every rate, or a mapping from names of constants,
        ``'binding'`` (each in 1/(molar second)), ``'gating'`` (each other one in 1/second:
        opening, closing, dissociation) and ``'conductance'``.
    desensitized : iterable of str, optional
        States that count as desensitized; by default those with a ``D`` in their name.
    source, confidence, note : str
        Facts of the constants given as plain quantities (see `Parameter`).
    name : str
        What it is called in tables and messages.
    agonist : str
        Name of the ligand in the text and as keyword of the methods.
    **rates : Quantity or Parameter
        The constants that the text names.

    Raises
    ------
    SchemeError
        For a scheme or a constant that cannot be right, with the line and column.
    DimensionMismatchError, ValueError
        For a wrong unit or number elsewhere.
    """

    def __init__(
        self,
        text: str,
        *,
        conductance: Any,
        reversal: Any,
        temperature: Quantity | None = None,
        q10: float | Mapping[str, float] | None = None,
        desensitized: Iterable[str] | None = None,
        source: str = "user",
        confidence: str = "assumed",
        note: str = "",
        name: str = "receptor",
        agonist: str = "ACh",
        **rates: Any,
    ) -> None:
        scheme = Scheme(text, agonist)
        scheme.check_names({k: dimension_of(k, x) for k, x in rates.items()})
        measured_at = None if temperature is None else celsius(temperature)
        facts = {"source": source, "confidence": confidence, "measured_at": measured_at}
        given = {**rates, "conductance": conductance, "reversal": reversal}
        parameters = {k: constant(k, x, **facts) for k, x in given.items()}
        parameters = with_q10(parameters, q10, measured_at, name)
        shut = desensitized_mask(scheme, desensitized)
        moves = q10 is not None or any(p.q10 != 1.0 for p in parameters.values())
        self._set(
            _scheme=scheme,
            _parameters=parameters,
            _temperature=temperature,
            _desensitized=shut,
            _moves=moves,
            _bath_M=0.0,
            note=note,
            name=name,
        )

    def _set(self, **facts: Any) -> None:
        """Fill in everything that is not derived; the only place that writes."""
        facts["_desensitized"].flags.writeable = False
        values = {k: p.si(facts["_temperature"]) for k, p in facts["_parameters"].items()}
        self.__dict__.update(facts, _values=values)
        # a rate that cannot be fails here, not later
        self.__dict__["_rest"] = self._find_rest(self.matrices(float(_DEFAULT_V))[0])

    def _find_rest(self, Q0: Array) -> int:
        """Most occupied shut, sensitive state without agonist on it."""
        allowed = (self.bound == 0) & ~self.open & ~self.desensitized
        if not allowed.any():
            allowed = self.bound == 0
        try:
            p = stationary(Q0)
        except ValueError:  # one-way steps: states that never meet without agonist
            p = np.zeros(len(Q0))
        return int(np.argmax(np.where(allowed, p + 1.0, 0.0)))

    def __setattr__(self, name: str, value: Any) -> None:
        raise AttributeError(
            f"A receptor is never changed: make a new one with replace({name}=...)."
        )

    def __delattr__(self, name: str) -> None:
        raise AttributeError("A receptor is never changed.")

    # -- what it is -----------------------------------------------------------------------------

    @property
    def scheme(self) -> Scheme:
        """The states and steps."""
        return self._scheme

    @property
    def states(self) -> tuple[str, ...]:
        """Names of the states, in the order of all arrays; ``*`` marks conducting ones."""
        return self._scheme.states

    @property
    def open(self) -> NDArray[np.bool_]:
        """Which states conduct."""
        return self._scheme.open

    @property
    def desensitized(self) -> NDArray[np.bool_]:
        """Which states are desensitized."""
        return self._desensitized

    @property
    def bound(self) -> NDArray[np.int_]:
        """Agonist molecules that each state holds."""
        return self._scheme.bound

    @property
    def rest(self) -> int:
        """Index of the resting state."""
        return self._rest

    @property
    def agonist(self) -> str:
        """Name of the ligand."""
        return self._scheme.agonist

    @property
    def voltage_dependent(self) -> bool:
        """Whether any rate depends on the membrane potential."""
        return self._scheme.voltage_dependent

    @property
    def temperature(self) -> Quantity | None:
        """Temperature for which the rates stand; None if they do not know one."""
        return self._temperature

    @property
    def conductance(self) -> Quantity:
        """Conductance of one open channel at the receptor's temperature."""
        return self._values["conductance"] * siemens

    @property
    def reversal(self) -> Quantity:
        """Reversal potential."""
        return self._values["reversal"] * volt

    @property
    def parameters(self) -> Mapping[str, Parameter]:
        """All constants with their facts, conductance and reversal included."""
        return MappingProxyType(self._parameters)

    def rate(self, name: str) -> Any:
        """Value of a constant at the receptor's temperature.

        Parameters
        ----------
        name : str
            Of the constant, as in the scheme, or ``'conductance'`` or ``'reversal'``.

        Returns
        -------
        Quantity or float
            A float if the constant has no unit.

        Raises
        ------
        KeyError
            For an unknown name.
        """
        if name not in self._parameters:
            raise KeyError(f"{self.name} has no constant '{name}': {', '.join(self._parameters)}")
        return self._parameters[name].at(self._temperature)

    def sources(self) -> list[str]:
        """Where the constants come from.

        Returns
        -------
        list of str
            Keys of `nmj_brian.bibliography.REFERENCES`, in order of first use.
        """
        return list(dict.fromkeys(p.source for p in self._parameters.values()))

    def key(self) -> tuple:
        """Hashable identity of scheme and constants, for caches.

        Returns
        -------
        tuple
            Equal for receptors that behave alike.
        """
        steps = tuple((s.source, s.target, s.rate.text, s.binds) for s in self._scheme.steps)
        values = tuple(sorted(self._values.items()))
        shut = tuple(self._desensitized.tolist())
        return ("receptor", self.agonist, self.states, steps, values, shut, self._bath_M)

    def __eq__(self, other: object) -> bool:
        return type(other) is type(self) and other.key() == self.key()

    def __hash__(self) -> int:
        return hash(self.key())

    # -- other receptors made from this one -----------------------------------------------------

    def replace(self, **values: Any) -> Receptor:
        """Copy with other constants, given at the receptor's (new) temperature.

        Parameters
        ----------
        **values : Quantity or Parameter
            New value by name: a constant of the scheme, ``conductance``, ``reversal`` or
            ``temperature``.

        Returns
        -------
        Receptor
            A new one; this one is not changed.

        Raises
        ------
        KeyError, DimensionMismatchError, ValueError
            For an unknown name, a wrong unit or number, or a temperature out of reach (see `at`).
        """
        temperature = values.pop("temperature", self._temperature)
        base = self if temperature is self._temperature else self.at(temperature)
        parameters = dict(base._parameters)
        for name, value in values.items():
            self.rate(name)  # a clear error for an unknown name
            old = parameters[name]
            if not isinstance(value, Parameter):
                facts = {"value": value, "source": "user", "confidence": "assumed", "note": ""}
                if base._temperature is not None:
                    facts["measured_at"] = celsius(base._temperature)
                value = with_facts(old, **facts)
            parameters[name] = value
        return base._with(_parameters=parameters)

    def at(self, temperature: Quantity) -> Receptor:
        """The same receptor at another temperature, each constant moved by its Q10.

        Parameters
        ----------
        temperature : Quantity
            In kelvin (``22*degC``).

        Returns
        -------
        Receptor
            Itself if it is there already, or has no temperature of its own.

        Raises
        ------
        ValueError, SchemeError
            If it has a temperature but no Q10, or a bare number in its scheme, which has none.
        """
        wanted = celsius(temperature)
        if self._temperature is None or wanted == celsius(self._temperature):
            return self
        if not self._moves:
            raise ValueError(
                f"{self.name} holds at {celsius(self._temperature):.3g} degC and has no Q10 to "
                f"reach {wanted:.3g} degC: give q10=... (q10=1 changes nothing)."
            )
        if (number := self._scheme.timed_number) is not None:
            raise SchemeError("a number cannot be moved with temperature; give it a name", number)
        return self._with(_temperature=temperature)

    def _with(self, **changed: Any) -> Receptor:
        new = object.__new__(type(self))
        derived = ("_values", "_rest")
        new._set(**{k: x for k, x in self.__dict__.items() if k not in derived} | changed)
        return new

    # -- how it moves ---------------------------------------------------------------------------

    def matrices(self, v_volt: float) -> tuple[Array, Array]:
        """Generator without agonist and its change with the concentration, for the kernels.

        Parameters
        ----------
        v_volt : float
            Membrane potential in volt, a plain number.

        Returns
        -------
        Q0, Qb : ndarray, shape (states, states)
            In 1/s and 1/(M s): the generator at c mol/l beyond the bath is ``Q0 + c*Qb``; row = from.
        """
        Q0, Qb = self._scheme.matrices({**self._values, "v": v_volt})
        return Q0 + self._bath_M * Qb, Qb

    def Q(self, ACh: Any = None, v: Quantity | None = None, **agonist: Any) -> Array:
        """Generator at a concentration and potential: row = from, rows sum to zero.

        Parameters
        ----------
        ACh, **agonist : Quantity
            Agonist concentration, by the agonist's name.
        v : Quantity, optional
            Membrane potential, -80 mV by default.

        Returns
        -------
        ndarray, shape (states, states)
            Rates in 1/s.
        """
        return self._generator(self._molar(ACh, agonist, single=True), self._volts(v))

    def _generator(self, c_M: Any, v_volt: float) -> Array:
        Q0, Qb = self.matrices(v_volt)
        return Q0 + np.asarray(c_M)[..., None, None] * Qb

    def check(self, v: Quantity | None = None, tolerance: float = 0.05) -> ReceptorReport:
        """Report on the physics: loops and microscopic reversibility, stiffness, dead ends, units.

        Parameters
        ----------
        v : Quantity, optional
            Membrane potential, -80 mV by default.
        tolerance : float, optional
            By how much the two products of a loop may differ. Published constants are rounded:
            those of Edelstein et al. (1996) differ by 2.5 %.

        Returns
        -------
        ReceptorReport
            Print it; ``ok`` if nothing is wrong.
        """
        margin = one_si(tolerance, 1, "tolerance is a pure number such as 0.05", low=0.0)
        return examine(self, self._volts(v), margin)

    # -- what the user gave ---------------------------------------------------------------------

    def _molar(self, ACh: Any, named: dict[str, Any], single: bool = False) -> Any:
        return concentration(self.agonist, {"ACh": ACh, **named}, single)

    def _volts(self, v: Any) -> float:
        v = _DEFAULT_V if v is None else v
        return one_si(v, volt, "v is a potential such as -80*mV")

    def __str__(self) -> str:
        return describe(self)

    def __repr__(self) -> str:
        return f"<Receptor '{self.name}': {', '.join(self.states)}>"
