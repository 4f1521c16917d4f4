"""Questions to ask of the network in which an object runs."""

from __future__ import annotations

import sys
from typing import Any

from brian2 import BrianObject, Network
from brian2.core.network import _get_all_objects

__all__ = ["peers", "restores_random_state", "running"]


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
