"""Muscle fibers as a Brian2 `NeuronGroup`: an end-plate current becomes an action potential.

The membrane (surface, T-tubules, folded cable) is the compiled kernel of csrc/nmj/fiber.h, called once
per time step in slot ``after_synapses``, after all junctions; everything a user looks at or changes is
an ordinary Brian2 variable.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from brian2 import Equations, NeuronGroup, Quantity, second, volt

from . import fibers as fiber_presets
from ._core.fiber import FiberKernel
from ._core.fibers import FibersKernel
from .brian import cpp_text
from .brian.runner import stage_runner
from .clock import divide
from .fiber import Fiber

__all__ = ["MuscleFibers"]

#: What a user sees of a fiber.
EQUATIONS = """
v : volt
v_slope : volt/second
peak_v : volt
I : amp
Na_available : 1
clamped : boolean
spike_time : second
interval : second
spike_count : integer
"""

DOUBLES = ("v", "v_slope", "peak_v", "I", "Na_available", "spike_time", "interval")

#: "Never": the spike time of a fiber that has not fired, and the interval before its first spike.
NEVER_S = 1e9

#: What no fiber reaches, in volt and ampere: more is a slip of units.
POSSIBLE_V, POSSIBLE_I = (-0.3, 0.3), (-1e-5, 1e-5)
#: After every junction of the network (their order is their serial number).
ORDER = 1_000_000


class MuscleFibers(NeuronGroup):
    """Muscle fibers: excitable cells that fire when their end plate is depolarized enough.

    A `NeuronGroup` whose membrane is a compiled compartment chain. Index it, record it, connect other
    `Synapses` to it as to any group.

    Parameters
    ----------
    N : int
        Number of fibers.
    fiber : Fiber, optional
        The membrane; default `nmj_brian.fibers.human()`.
    model : str or Equations, optional
        More equations, added to the group's own.
    dt, clock, order, namespace, name, method
        As in `NeuronGroup`.

    Attributes
    ----------
    v : volt
        Membrane potential at the end plate; may be written at any time.
    peak_v : volt
        Largest potential since the last impulse reached one of the fiber's junctions (finer than dt).
    v_slope : volt/second
        Rate of change at the end of the step.
    I : amp
        Current injected at the end plate (positive depolarizes).
    Na_available : 1
        Share of Na channels that work (0: tetrodotoxin).
    clamped : boolean
        Voltage clamp: ``v`` stays at what the user wrote.
    spike_time : second
        Time of the last action potential, interpolated within the step.
    interval : second
        Time between the last two action potentials.
    spike_count : integer
        Action potentials so far.

    Raises
    ------
    TypeError
        If ``fiber`` is not a `Fiber`.
    ValueError
        At run time, for a time step that the membrane cannot serve or a state that is not finite.
    NotImplementedError
        On a device other than Brian2's runtime and C++ standalone.
    """

    add_to_magic_network = True

    def __init__(
        self,
        N: int,
        fiber: Fiber | None = None,
        *,
        model: str | Equations = "",
        dt: Quantity | None = None,
        clock: Any = None,
        order: int = 0,
        namespace: dict | None = None,
        method: Any = ("exact", "euler", "heun"),
        name: str = "musclefibers*",
    ) -> None:
        fiber = fiber_presets.human() if fiber is None else fiber
        if not isinstance(fiber, Fiber):
            raise TypeError(f"fiber must be a Fiber such as nmj.fibers.human(), got {fiber!r}.")
        super().__init__(
            N,
            Equations(EQUATIONS) + Equations(str(model)),
            # The kernel reads and writes double precision, whatever the user's preference.
            dtype=dict.fromkeys(DOUBLES, np.float64),
            events={"spike": "v > 0*volt"},
            dt=dt,
            clock=clock,
            order=order,
            namespace=namespace,
            method=method,
            name=name,
        )
        self._fiber = fiber
        self._stage = FiberStage(self)
        runner = stage_runner(
            self,
            self._stage,
            clock=self.clock,
            when="after_synapses",
            order=ORDER,
            name=f"{self.name}_membrane",
        )
        # The kernel itself writes the list of fibers that fired, in place of Brian's thresholder.
        self.contained_objects.remove(self.thresholder["spike"])
        self.thresholder["spike"] = runner
        self.contained_objects.append(runner)
        rest = self._stage.rest_V * volt
        self.v = rest
        self.peak_v = rest
        self.Na_available = 1
        self.spike_time = -NEVER_S * second
        self.interval = NEVER_S * second

    @property
    def fiber(self) -> Fiber:
        """The membrane's description; print it for its parameters and sources."""
        return self._fiber

    @property
    def v_rest(self) -> Quantity:
        """Resting potential of the end plate."""
        return self._stage.rest_V * volt


class FiberStage:
    """Binds the membrane kernel to a group's arrays (see `nmj_brian.brian.runner.Stage`)."""

    template = "nmj_fibers"

    def __init__(self, group: MuscleFibers) -> None:
        self._group = group
        self._n_sub = 0
        self._h_s = 0.0
        self.rest_V = 1e-3 * group.fiber.model(1e-5)[0]["v_rest_mV"]
        self._private: dict[str, np.ndarray] = {}

    def prepare(self) -> dict[str, np.ndarray]:
        """Divide the time step, make room for private state; the junctions call it first."""
        group = self._group
        n_sub, self._h_s = divide(float(group.clock.dt_), group.name)
        scalars, arrays = group.fiber.model(self._h_s, n_sub)
        self._kernel_model = FiberKernel(scalars, arrays)
        n = len(group)
        if "state" not in self._private:
            self._private["state"] = np.tile(arrays["rest"], n)
            self._private["awake"] = np.zeros(n, np.uint8)
            self._private["driven"] = np.zeros(n, np.uint8)
        if n_sub != self._n_sub:  # buffers are empty between steps
            self._private["drive_g_S"] = np.zeros(n * n_sub)
            self._private["drive_gE_S_mV"] = np.zeros(n * n_sub)
        self._n_sub = n_sub
        return self._private

    def bind(self) -> Callable[[float], Any]:
        private = self.prepare()
        value = {name: self._group.variables[name].get_value() for name in BRIAN_ARRAYS.values()}
        check_range(self._group, "v", *POSSIBLE_V, "a membrane voltage, -0.3 to 0.3 volt")
        check_range(self._group, "I", *POSSIBLE_I, "a current of at most 10 uA")
        check_range(self._group, "Na_available", 0.0, 1.0, "a share between 0 and 1")
        arrays = {c: value[v] for c, v in BRIAN_ARRAYS.items()} | private
        return FibersKernel(self._kernel_model, self._n_sub, arrays).step

    @property
    def n_sub(self) -> int:
        """Sub-steps per time step."""
        return self._n_sub

    @property
    def h_s(self) -> float:
        """Length of a sub-step in seconds."""
        return self._h_s

    def private_state(self) -> dict[str, np.ndarray]:
        return {k: self._private[k].copy() for k in ("state", "awake") if k in self._private}

    def restore_private_state(self, state: dict[str, np.ndarray]) -> None:
        if not state:  # stored before the first run
            self._private = {}
            self._n_sub = 0
            return
        self.prepare()
        for name, values in state.items():
            self._private[name][:] = values

    def template_context(self) -> tuple[dict[str, Any], list[str]]:
        n_sub, h_s = divide(float(self._group.clock.dt_), self._group.name)
        scalars, arrays = self._group.fiber.model(h_s, n_sub)
        variables = {c: self._group.variables[v] for c, v in BRIAN_ARRAYS.items()}
        context = {
            "keep": self._group.name,
            "n": len(self._group),
            "n_sub": n_sub,
            "model": cpp_text.assign_model("p.fiber", scalars, arrays),
            "pointers": cpp_text.assign_pointers("p", variables),
        }
        return context, list(BRIAN_ARRAYS.values())


#: Field of the C struct -> Brian variable.
BRIAN_ARRAYS = {
    "v_V": "v",
    "v_slope_V_per_s": "v_slope",
    "peak_v_V": "peak_v",
    "spike_time_s": "spike_time",
    "interval_s": "interval",
    "spike_count": "spike_count",
    "I_A": "I",
    "na_available": "Na_available",
    "clamped": "clamped",
    "spikes": "_spikespace",
}


def check_range(group: Any, name: str, low: float, high: float, what: str) -> None:
    """Refuse to run with a value that is NaN, infinite or out of range; names group and index."""
    values = np.asarray(group.variables[name].get_value())
    bad = np.flatnonzero(~(np.isfinite(values) & (values >= low) & (values <= high)))
    if bad.size:
        value = values[bad[0]]
        what = (
            what if np.isfinite(value) else f"a finite number, {what}" if what != "finite" else what
        )
        raise ValueError(f"'{group.name}.{name}[{bad[0]}]' is {value:g}; it must be {what}.")
