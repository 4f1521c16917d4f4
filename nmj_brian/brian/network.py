"""Questions to ask of the network in which an object runs."""

from __future__ import annotations

import sys
from typing import Any

from brian2 import BrianObject, Network
from brian2.core.network import _get_all_objects

__all__ = ["peers", "restores_random_state"]


def peers(member: BrianObject, kind: type) -> list[Any]:
    """Objects of class ``kind`` in the network that holds ``member``, in order of creation.

    Used where objects need distinct numbers that do not depend on their names.
    """
    for reference in Network.__instances__():
        network = reference()
        if network is None:
            continue
        objects = _get_all_objects(network.objects)
        if any(o is member for o in objects):
            found = [o for o in objects if isinstance(o, kind)]
            return sorted(found, key=lambda o: o.serial)
    return [member]


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
