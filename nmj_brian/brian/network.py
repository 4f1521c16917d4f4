"""Questions to ask of the network in which an object runs."""

from __future__ import annotations

import sys
from typing import Any

from brian2 import BrianObject, Network
from brian2.core.network import _get_all_objects

from .runner import RuntimeRunner

__all__ = ["is_watched", "peers", "restores_random_state", "running"]


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


def is_watched(watched: list[Any], hidden: list[Any]) -> bool:
    """Whether any object of the network that is about to run might look at variables while it runs.

    Parameters
    ----------
    watched : list of Variable
        Those of which nothing should be seen.
    hidden : list of BrianObject
        Groups that own them, whose own runners do not count.

    Returns
    -------
    bool
        False only if every other object is known not to refer to them: what is an arbitrary function
        (`network_operation`), or code of these groups (``run_regularly``), may do so.
    """
    network = running()
    if network is None:
        return True
    ours = {id(v) for v in watched}
    for one in _get_all_objects(network.objects):
        if one in hidden or isinstance(one, RuntimeRunner):
            continue
        owner = one if hasattr(one, "variables") else getattr(one, "group", None)
        if owner is None or owner in hidden:
            return True
        if any(id(v) in ours for v in owner.variables.values()):
            return True
    return False
