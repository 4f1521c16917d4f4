"""Where a simulation runs: Brian2's runtime mode or its C++ standalone device, nothing else."""

from __future__ import annotations

from typing import Any

from brian2.devices.cpp_standalone.device import CPPStandaloneDevice
from brian2.devices.device import RuntimeDevice, all_devices, get_device

__all__ = ["RUNTIME", "STANDALONE", "declare_synapses", "standalone_seed", "target"]

RUNTIME, STANDALONE = "runtime", "cpp_standalone"


def target() -> str:
    """Name of the present target.

    Raises
    ------
    NotImplementedError
        For every device but Brian2's own two: a custom object would be skipped there in silence.
    """
    device = get_device()
    if isinstance(device, RuntimeDevice):
        return RUNTIME
    # Subclasses (brian2cuda) generate other code from other templates.
    if type(device) is CPPStandaloneDevice:
        return STANDALONE
    name = next((n for n, d in all_devices.items() if d is device), type(device).__name__)
    raise NotImplementedError(
        f"nmj_brian runs on Brian2's 'runtime' and 'cpp_standalone' devices, not on '{name}'. "
        "Call set_device('runtime') or set_device('cpp_standalone') before creating any object."
    )


def standalone_seed() -> int | None:
    """Last seed that the script queued for the standalone program, None if it queued none."""
    seeds = [args for name, args in get_device().main_queue if name == "seed"]
    return None if not seeds or seeds[-1] is None else int(seeds[-1])


def declare_synapses(synapses: Any) -> None:
    """Tell the standalone device of a `Synapses` that another object contains.

    The device writes the spike queues of those `Synapses` only that a network holds directly; code
    for the others would not compile. Nothing to do in runtime mode.
    """
    if target() == STANDALONE:
        get_device().synapses.add(synapses)
