"""Questions to ask of the network in which an object runs."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Iterable, Iterator
from typing import Any

from brian2 import (
    BinomialFunction,
    BrianObject,
    EventMonitor,
    Function,
    Network,
    PopulationRateMonitor,
    SpikeGeneratorGroup,
    StateMonitor,
    TimedArray,
)
from brian2.core.functions import DEFAULT_FUNCTIONS
from brian2.core.network import _get_all_objects
from brian2.core.variables import Subexpression
from brian2.groups.group import CodeRunner
from brian2.groups.neurongroup import Resetter, StateUpdater, Thresholder
from brian2.synapses.synapses import StateUpdater as SynapticStateUpdater
from brian2.synapses.synapses import SummedVariableUpdater, SynapticPathway
from brian2.utils.stringtools import get_identifiers

__all__ = ["is_used", "peers", "restores_random_state", "running"]


def running() -> Network | None:
    """The network whose ``run`` (or preparation of a run) is calling us; None outside of a run.

    Brian2 does not tell an object which network runs it, and its own flag of a run stays set after an
    error; the frames of the call say it exactly.
    """
    for called in _calls():
        return called["self"]
    return None


def _calls() -> Iterator[dict[str, Any]]:
    """Local variables of the ``before_run`` and the ``run`` of a network that are calling us."""
    frame = sys._getframe(1)
    while frame is not None:
        called = frame.f_locals if frame.f_code.co_name in ("run", "before_run") else {}
        if isinstance(called.get("self"), Network):
            yield called
        frame = frame.f_back


def peers(member: BrianObject, kind: type) -> list[Any]:
    """Objects of class ``kind`` in the network that runs ``member``, in order of creation.

    Used where objects need distinct numbers that do not depend on their names.
    """
    network = running()
    objects = [] if network is None else _get_all_objects(network.objects)
    found = {id(o): o for o in [member, *objects] if isinstance(o, kind)}
    return sorted(found.values(), key=lambda o: o.serial)


def restores_random_state() -> bool:
    """Whether the `Network.restore` that is calling us was asked to restore random numbers.

    Brian2 hands an object its stored state but not this choice of the user, which decides between
    an exact repeat and a new trial; it is read from the frame of `Network.restore`.
    """
    frame = sys._getframe(1)
    while frame is not None:
        if frame.f_code.co_name == "restore" and "restore_random_state" in frame.f_locals:
            return bool(frame.f_locals["restore_random_state"])
        frame = frame.f_back
    return False


def is_used(variables: list[Any]) -> bool:
    """Whether anything of the network that is about to run might read or write these while it runs.

    Parameters
    ----------
    variables : list of Variable
        Of our own groups, whose compiled stages do not count.

    Returns
    -------
    bool
        False only if the code of every other object is known and names none of them. What is written in
        Python is not known: a ``network_operation``, a class of the user's with a ``run`` of its own, a
        function in equations or code, a ``report`` of a run.
    """
    network, namespace = None, {}
    for called in _calls():
        network = called["self"]
        namespace = called.get("run_namespace") or namespace
        if callable(called.get("report")):
            return True
    if network is None:
        return True
    seen = _Seen({id(v) for v in variables}, namespace)
    return any(seen.by(one) for one in _get_all_objects(network.objects))


class _Seen:
    """Variables that somebody might use, and the names that code of this run may stand for.

    Parameters
    ----------
    variables : set of int
        Identities of the variables.
    namespace : dict
        Names of the run, outside of groups.
    """

    def __init__(self, variables: set[int], namespace: dict[str, Any]) -> None:
        self._variables = variables
        self._namespace = namespace

    def by(self, one: Any) -> bool:
        """Whether the code that an object runs in each step names any of them."""
        if not _defines(one, "run").startswith(("brian2.", "nmj_brian.")):
            return True
        if type(one).__module__.startswith("nmj_brian."):
            return False
        if isinstance(one, SpikeGeneratorGroup | PopulationRateMonitor):
            return False
        if isinstance(one, StateMonitor | EventMonitor):
            return self._named(one.source, one.record_variables)
        if isinstance(one, StateUpdater | SynapticStateUpdater):
            equations = one.group.equations
            names = set(get_identifiers(str(getattr(one.group, "_refractory", False))))
            for name in equations.diff_eq_names:
                names |= equations[name].identifiers
            return self._named(one.group, names)
        if isinstance(one, SynapticPathway):
            return self._named(one.synapses, get_identifiers(one.code or ""))
        if isinstance(one, Thresholder):
            return self._named(one.group, get_identifiers(one.group.events[one.event]))
        if isinstance(one, Resetter):
            return self._named(one.group, get_identifiers(one.group.event_codes[one.event]))
        if isinstance(one, SummedVariableUpdater) and id(one.target_var) in self._variables:
            return True
        if isinstance(one, CodeRunner):  # `run_regularly`, `PoissonInput`
            code = one.abstract_code
            return code is None or self._named(one.group, get_identifiers(code))
        return type(one).run is not BrianObject.run  # a group by itself runs nothing

    def _named(self, group: Any, names: Iterable[str]) -> bool:
        """Whether any name stands for one of the variables, directly or in an expression, or is unknown code."""
        for name in names:
            variable = group.variables.get(name)
            if id(variable) in self._variables:
                return True
            if isinstance(variable, Subexpression):  # its names are those of the group that owns it
                if self._named(variable.owner, variable.identifiers - {name}):
                    return True
            elif variable is None and self._is_python(group, name):
                return True
        return False

    def _is_python(self, group: Any, name: str) -> bool:
        """Whether a name that is no variable is a function of the user's."""
        if name in DEFAULT_FUNCTIONS:
            return False
        what = {**self._namespace, **(getattr(group, "namespace", None) or {})}.get(name)
        known = TimedArray | BinomialFunction
        return (inspect.isfunction(what) or isinstance(what, Function)) and not isinstance(
            what, known
        )


def _defines(one: Any, method: str) -> str:
    """Module of the class that defines a method of this object."""
    return next(c.__module__ for c in type(one).__mro__ if method in vars(c))
