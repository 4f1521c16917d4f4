"""When a stage is called: one runner per target, chosen at construction.

`stage_runner` gives the object that Brian2 calls once per time step: in runtime mode a `BrianObject`
whose ``run`` is one call of a compiled kernel (nothing is generated or compiled at run time), in C++
standalone a `CodeRunner` whose template includes the very same C headers.
"""

from __future__ import annotations

from collections.abc import Callable
from math import ceil, floor
from typing import Any, Protocol

from brian2 import BrianObject, Clock, second
from brian2.codegen.codeobject import CodeObject
from brian2.devices.cpp_standalone.codeobject import CPPStandaloneCodeObject
from brian2.devices.device import RuntimeDevice, get_device
from brian2.groups.group import CodeRunner, Group

from ..include import get_include
from .cpp_text import array_pointer
from .network import running
from .target import RUNTIME, target

__all__ = ["Stage", "run_seldom", "stage_runner"]


class Stage(Protocol):
    """What a runner needs to know of a stage of a group."""

    #: Name of the C++ template in nmj_brian/brian/templates.
    template: str

    def bind(self) -> Callable[[float], None]:
        """Runtime mode: check and fetch everything for a run; return the call of one time step."""

    def after_run(self, t_s: float) -> None:
        """Runtime mode: a run has ended at ``t_s``."""

    def template_context(self) -> tuple[dict[str, Any], list[str]]:
        """Standalone: values for the template, and the names of the group's variables it uses."""

    def private_state(self) -> dict[str, Any]:
        """Arrays that are not Brian variables but belong to the stored state."""

    def restore_private_state(self, state: dict[str, Any]) -> None:
        """Inverse of `private_state`."""


class RuntimeRunner(BrianObject):
    """Calls a compiled kernel once per step in Brian2's runtime mode."""

    add_to_magic_network = False

    def __init__(
        self, group: Group, stage: Stage, clock: Clock, when: str, order: int, name: str
    ) -> None:
        super().__init__(clock=clock, when=when, order=order, name=name)
        self.group = group
        self._stage = stage

    def before_run(self, run_namespace: dict) -> None:
        super().before_run(run_namespace)
        if not isinstance(get_device(), RuntimeDevice):
            raise NotImplementedError(
                f"'{self.name}' was made for Brian2's runtime mode; call set_device() before "
                "creating the objects."
            )
        self._step = self._stage.bind()
        self._t = self.clock.variables["t"].get_value()

    def run(self) -> None:
        self._step(self._t[0])

    def after_run(self) -> None:
        self._stage.after_run(self._t[0])
        super().after_run()

    def _full_state(self) -> dict[str, Any]:
        return self._stage.private_state()

    def _restore_from_full_state(self, state: dict[str, Any]) -> None:
        self._stage.restore_private_state(state)


class NmjStandaloneCodeObject(CPPStandaloneCodeObject):
    """Brian2's standalone code object with our templates before its own."""

    templater = CPPStandaloneCodeObject.templater.derive(
        "nmj_brian.brian", templates_dir="templates"
    )


class StandaloneRunner(CodeRunner):
    """Writes a stage into the C++ standalone program."""

    add_to_magic_network = False

    def __init__(
        self, group: Group, stage: Stage, clock: Clock, when: str, order: int, name: str
    ) -> None:
        self._stage = stage
        super().__init__(
            group,
            stage.template,
            clock=clock,
            when=when,
            order=order,
            name=name,
            codeobj_class=NmjStandaloneCodeObject,
            template_kwds={},
        )

    def update_abstract_code(self, run_namespace: dict) -> None:
        context, needed = self._stage.template_context()
        t = array_pointer(self.clock.variables["t"])
        # The kernel itself is compiled into one code object of a program, which the others call.
        others = get_device().code_objects.values()
        first = all(other.template_name != self._stage.template for other in others)
        self.template_kwds = (
            context
            | {
                "include": get_include(),
                "t_pointer": t,  # of the clock; as the run begins, it may still be that of another network's run
                "begins_s": repr(float(running().t_)),
                "first": first,
            }
        )
        self.needed_variables = needed

    def before_run(self, run_namespace: dict) -> None:
        super().before_run(run_namespace)
        # Brian2 may drop a block that did not compile without a word; never let that pass.
        if not isinstance(self.codeobj, CodeObject):
            raise RuntimeError(f"Brian2 generated no code for '{self.name}'.")


def stage_runner(
    group: Group, stage: Stage, *, clock: Clock, when: str, order: int, name: str
) -> BrianObject:
    """Runner of ``stage`` for the present target.

    Raises
    ------
    NotImplementedError
        If the present device is not supported.
    """
    kind = RuntimeRunner if target() == RUNTIME else StandaloneRunner
    return kind(group, stage, clock, when, order, name)


class SeldomRunner(CodeRunner):
    """Runtime mode: code of a group that is run at the first step at or after each multiple of a time.

    A clock of its own would do so, too, but Brian2's loop takes a fifth longer with two clocks.
    """

    def __init__(self, group: Group, code: str, every_s: float, name: str) -> None:
        super().__init__(
            group, "stateupdate", code=code, clock=group.clock, when="start", name=name
        )
        self._every_s = every_s
        self._done: int | None = None  # the last multiple for which it ran

    def before_run(self, run_namespace: dict) -> None:
        super().before_run(run_namespace)
        self._timestep = self.clock.variables["timestep"].get_value()
        self._steps = self._every_s / self.clock.dt_
        here = ceil((int(self._timestep[0]) - 1e-6) / self._steps)
        # one that the last run ended too early for, maybe with another time step, is made up for at once
        self._wait_for(here if self._done is None else min(here, self._done + 1))

    def _wait_for(self, multiple: int) -> None:
        self._multiple, self._next = multiple, ceil(multiple * self._steps - 1e-6)

    def run(self) -> None:
        now = int(self._timestep[0])
        if now < self._next:
            return
        super().run()
        self._done = max(self._multiple, floor((now + 1e-6) / self._steps))
        self._wait_for(self._done + 1)

    def _full_state(self) -> dict[str, Any]:
        return {"done": self._done}

    def _restore_from_full_state(self, state: dict[str, Any]) -> None:
        self._done = state["done"]


def run_seldom(group: Group, code: str, every_s: float, name: str) -> None:
    """Run code of a group each ``every_s`` seconds, which is more than a time step.

    Parameters
    ----------
    group : Group
        Whose code it is; it contains what runs it.
    code : str
        As in `Group.run_regularly`.
    every_s : float
        In seconds.
    name : str
        Of the object that runs it.
    """
    if target() == RUNTIME:
        group.contained_objects.append(SeldomRunner(group, code, every_s, name))
    else:
        group.run_regularly(code, dt=every_s * second, name=name)
