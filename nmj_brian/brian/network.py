"""Questions to ask of the network in which an object runs."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from typing import Any

from brian2 import (
    BrianObject,
    EventMonitor,
    Network,
    PopulationRateMonitor,
    SpikeGeneratorGroup,
    StateMonitor,
)
from brian2.core.network import _get_all_objects
from brian2.core.variables import Subexpression
from brian2.groups.group import CodeRunner
from brian2.groups.neurongroup import Resetter, StateUpdater, Thresholder
from brian2.synapses.synapses import SummedVariableUpdater, SynapticPathway
from brian2.utils.stringtools import get_identifiers

__all__ = ["is_used", "peers", "restores_random_state", "running"]


def running() -> Network | None:
    """The network whose ``run`` (or preparation of a run) is calling us; None outside of a run.

    Brian2 does not tell an object which network runs it, and its own flag of a run stays set after an
    error; the frames of the call say it exactly.
    """
    frame = sys._getframe(1)
    while frame is not None:
        if frame.f_code.co_name in ("run", "before_run"):
            owner = frame.f_locals.get("self")
            if isinstance(owner, Network):
                return owner
        frame = frame.f_back
    return None


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
        False only if the code of every other object is known and names none of them. What a
        `network_operation` does is not known.
    """
    network = running()
    if network is None:
        return True
    seen = {id(v) for v in variables}
    return any(_uses(one, seen) for one in _get_all_objects(network.objects))


def _uses(one: Any, seen: set[int]) -> bool:
    """Whether the code that an object runs in each step names any of these variables."""
    ours = type(one).__module__.startswith("nmj_brian.")
    if ours or isinstance(one, SpikeGeneratorGroup | PopulationRateMonitor):
        return False
    if isinstance(one, StateMonitor | EventMonitor):
        return _names_any(one.source, one.record_variables, seen)
    if isinstance(one, StateUpdater):
        equations = one.group.equations
        return any(
            _names_any(one.group, equations[name].identifiers, seen)
            for name in equations.diff_eq_names
        )
    if isinstance(one, SynapticPathway):
        return _names_any(one.synapses, get_identifiers(one.code or ""), seen)
    if isinstance(one, Thresholder):
        return _names_any(one.group, get_identifiers(one.group.events[one.event]), seen)
    if isinstance(one, Resetter):
        return _names_any(one.group, get_identifiers(one.group.event_codes[one.event]), seen)
    if isinstance(one, SummedVariableUpdater) and id(one.target_var) in seen:
        return True
    if isinstance(one, CodeRunner):  # `run_regularly`, `PoissonInput`
        code = one.abstract_code
        return code is None or _names_any(one.group, get_identifiers(code), seen)
    return type(one).run is not BrianObject.run  # a group by itself runs nothing


def _names_any(group: Any, names: Iterable[str], seen: set[int]) -> bool:
    """Whether any of these names stands for one of the variables, directly or in an expression."""
    for name in names:
        variable = group.variables.get(name)
        if id(variable) in seen:
            return True
        if isinstance(variable, Subexpression) and _names_any(
            group, variable.identifiers - {name}, seen
        ):
            return True
    return False
