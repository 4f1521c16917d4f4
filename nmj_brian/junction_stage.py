"""What an `NMJ` does before and during a run: models, private state, random key, kernel."""

from __future__ import annotations

import itertools
import warnings
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
from brian2 import second

from ._core.junctions import JunctionsKernel, index_by_source
from .brian import cpp_text
from .brian.network import peers, restores_random_state
from .brian.target import RUNTIME, standalone_seed, target
from .clock import divide, receptor_steps
from .course import solve_course
from .endplate import EndplateModel
from .fiber_stage import check_range
from .parameters import whole_number
from .randomness import derive_key, fresh_seed, seed_from_numpy
from .release import ReleaseModel

if TYPE_CHECKING:
    from ._core.course import CourseTable
    from .junction import Junction
    from .muscle_fibers import MuscleFibers
    from .neuromuscular_junction import NMJ
    from .overlap import Overlap

__all__ = ["JunctionStage", "solve_endplate"]

#: Field of the C struct -> Brian variable of the NMJ.
BRIAN_ARRAYS = {
    "source": "_synaptic_pre",
    "target": "_synaptic_post",
    "delay_s": "delay",
    "receptor_loss": "receptor_loss",
    "ready": "ready",
    "quanta": "quanta",
    "quanta_total": "quanta_total",
    "impulses": "impulses",
    "release_time_s": "release_time",
    "ACh": "ACh",
    "open_channels": "open_channels",
    "g_S": "g",
    "peak_g_S": "peak_g",
}
#: Field of the C struct -> Brian variable of the fibers.
FIBER_ARRAYS = {"v_V": "v", "v_slope_V_per_s": "v_slope", "peak_v_V": "peak_v"}

#: More vesicles than any terminal has ready.
MOST_VESICLES = 1e6

#: Impulses that a junction can hold (NMJ_MOST_IN_FLIGHT of csrc/nmj/junction.h).
MOST_IN_FLIGHT = 64

#: Addresses are 32-bit signed numbers in the kernel.
MOST_INDEX = 2**31 - 1


class JunctionStage:
    """Binds the junction kernel to the arrays of an NMJ (see `nmj_brian.brian.runner.Stage`)."""

    template = "nmj_advance"

    def __init__(
        self,
        nmj: NMJ,
        fibers: MuscleFibers,
        *,
        latency: bool,
        in_flight: int,
        stream: int | None,
        addresses: tuple[Any, Any] | None,
    ) -> None:
        self._nmj = nmj
        self._fibers = fibers
        self._latency = bool(latency)
        self._in_flight = whole_number("in_flight", in_flight, 1, MOST_IN_FLIGHT)
        self._stream = None if stream is None else whole_number("stream", stream, 0, 2**32 - 1)
        self._addresses = {} if addresses is None else self._indices(addresses)
        self._seed: int | None = None
        self.trial = 0
        seed_from_numpy()  # so that what is drawn from now on is all that a later search goes through
        self._private: dict[str, np.ndarray] = {}
        self._by_substep: dict[tuple[float, int], tuple[EndplateModel, ReleaseModel]] = {}
        #: Solved elsewhere, for the same junction and step, by who runs many parts of a muscle.
        self.solved: EndplateModel | None = None
        self._course: tuple[tuple[float, int], CourseTable | None] | None = None
        self._kernel: JunctionsKernel | None = None
        self.receive = ReceiveStage(self)

    def _indices(self, addresses: Any) -> dict[str, np.ndarray]:
        """Indices in the whole muscle, by the names of the C struct."""
        if not (isinstance(addresses, list | tuple) and len(addresses) == 2):
            raise TypeError(f"addresses must be a pair, of neurons and fibers, got {addresses!r}.")
        groups = {"neuron": self.nerve, "fiber": self._fibers}
        found = {}
        for (what, group), given in zip(groups.items(), addresses, strict=True):
            index = np.asarray(given)
            if index.shape != (len(group),) or index.dtype.kind not in "iu":
                raise TypeError(
                    f"addresses must hold a whole number for each of the {len(group)} {what}s, got "
                    f"{given!r}."
                )
            if index.min() < 0 or index.max() > MOST_INDEX or len(np.unique(index)) < len(index):
                raise ValueError(
                    f"addresses of {what}s must be different numbers from 0 to {MOST_INDEX}: two with one "
                    "address would have the same quanta."
                )
            found[f"{what}_address"] = np.ascontiguousarray(index, dtype=np.int32)
        return found

    # -- models -----------------------------------------------------------------------------------

    @property
    def nerve(self) -> Any:
        """The whole group of motor neurons."""
        source = self._nmj.source
        return getattr(source, "source", source)

    def _models(self, h_s: float, n_sub: int) -> tuple[EndplateModel, ReleaseModel]:
        """End plate and release for one time step; kept, since most runs do not change dt."""
        if (h_s, n_sub) not in self._by_substep:
            junction = self._nmj.junction
            release = ReleaseModel(junction, self._latency, mean=self._nmj.noise == "none")
            endplate = self.solved
            if endplate is None:
                endplate = solve_endplate(junction, self._nmj.noise, self._nmj.overlap, n_sub, h_s)
            if self._nmj.noise == "channels":
                _require_receptors(endplate, release.m)
            self._by_substep = {(h_s, n_sub): (endplate, release)}
        return self._by_substep[h_s, n_sub]

    def _constants(self, h_s: float, n_sub: int) -> dict[str, Any]:
        """Numbers of the C struct that are shared by all junctions."""
        junction = self._nmj.junction
        return {
            "h_s": h_s,
            "n_sub": n_sub,
            "n_step": _endplate_steps(self._nmj.noise, n_sub, h_s),
            "conductance_S": float(junction.receptor.conductance),
            "reversal_mV": 1e3 * float(junction.receptor.reversal),
            "endplate_receptors": junction.si("endplate_receptors"),
            "free_fraction": EndplateModel.density(junction),
            "n_volley": self._in_flight,
            "n_channels": int(self._nmj.noise == "channels"),
            "n_source": len(self.nerve),
        }

    # -- randomness -------------------------------------------------------------------------------

    def _key(self) -> tuple[int, int]:
        """Random key: fixed at the first run by the seed, and moved on by trials."""
        self._stream = self._own_stream()
        seed = seed_from_numpy() if target() == RUNTIME else standalone_seed()
        if self._seed is None:
            self._seed = fresh_seed() if seed is None else seed
        elif seed is not None and seed != self._seed:
            warnings.warn(
                f"'{self._nmj.name}' keeps the seed {self._seed} of its first run; seed({seed}) changes "
                f"none of its quanta. Set {self._nmj.name}.trial for other ones.",
                stacklevel=2,
            )
        return derive_key(self._seed, self.trial, self._stream)

    def _own_stream(self) -> int:
        """The stream asked for; else the rank in the network, or the next that no peer holds."""
        if self._stream is not None:
            return self._stream
        ranked = peers(self._nmj, type(self._nmj))
        taken = {other._stage._stream for other in ranked}
        rank = next(i for i, other in enumerate(ranked) if other is self._nmj)
        return next(n for n in itertools.count(rank) if n not in taken)

    # -- runtime mode -----------------------------------------------------------------------------

    def _check(self) -> None:
        nmj = self._nmj
        if len(nmj) == 0:
            raise ValueError(
                f"'{nmj.name}' has no junctions: call {nmj.name}.connect(...) before running, and "
                "check that its condition matches some pair."
            )
        check_range(nmj, "delay", 0.0, np.inf, "a delay of at least 0*second")
        check_range(nmj, "receptor_loss", 0.0, 1.0, "a share between 0 and 1")
        check_range(nmj, "ready", 0.0, MOST_VESICLES, f"from 0 to {MOST_VESICLES:g} vesicles")
        ready = nmj.variables["ready"].get_value()
        split = np.flatnonzero(ready != np.floor(ready))
        if nmj.noise != "none" and split.size:
            raise ValueError(
                f"'{nmj.name}.ready[{split[0]}]' is {ready[split[0]]:g}; vesicles are whole "
                "(noise='none' runs with their mean)."
            )

    def build(self) -> JunctionsKernel:
        """Check everything and bind a kernel for one run."""
        self._check()
        nmj, fibers = self._nmj, self._fibers
        fiber_stage = fibers._stage
        buffers = fiber_stage.prepare()
        endplate, release = self._models(fiber_stage.h_s, fiber_stage.n_sub)
        value = {c: nmj.variables[v].get_value() for c, v in BRIAN_ARRAYS.items()}
        value |= {c: fibers.variables[v].get_value() for c, v in FIBER_ARRAYS.items()}
        value["occupancy"] = [nmj.variables[s].get_value() for s in nmj._state_names]
        index = index_by_source(value["source"], value["target"], len(self.nerve), len(fibers))
        constants = self._constants(fiber_stage.h_s, fiber_stage.n_sub)
        course = self._follow(endplate, constants, value["target"])
        kernel = JunctionsKernel(
            endplate.table,
            release.kernel(),
            constants,
            value | index | self._addresses | buffers,
            self._private,
            course,
            course is None or fiber_stage.watched(),
        )
        kernel.set_key(*self._key())
        self._private = kernel.private
        return kernel

    def _follow(
        self, endplate: EndplateModel, constants: dict[str, Any], targets: np.ndarray | None
    ) -> CourseTable | None:
        """The course that these junctions follow with their fibers, if any."""
        stage = self._fibers._stage
        if not stage.tabulated:
            return None
        step = constants["h_s"], constants["n_sub"]
        if self._course is None or self._course[0] != step:
            fiber = self._fibers.fiber.model(*step)
            self._course = step, solve_course(endplate, fiber, constants)
            if self._course[1] is None:
                warnings.warn(
                    f"'{self._fibers.name}' computes its action potentials: behind the junctions of "
                    f"'{self._nmj.name}' a mean impulse does not fire it, or it is not back at rest after 20 ms.",
                    stacklevel=2,
                )
        stage.follow(self._nmj, self._course[1], targets)
        return self._course[1]

    def bind(self) -> Callable[[float], Any]:
        return self._kernel.advance

    def after_run(self, t_s: float) -> None:
        """What nobody watched is shown."""
        self._kernel.show(t_s)

    def bind_receive(self) -> Callable[[float], Any]:
        """The call that takes the spikes of one step of the nerve; comes first in the schedule."""
        self._kernel = self.build()
        spikes = self.nerve.variables["_spikespace"].get_value()
        receive, name = self._kernel.receive, self._nmj.name

        def take(t_s: float) -> None:
            if spikes[-1]:
                full = receive(spikes, t_s)
                if full >= 0:
                    raise RuntimeError(
                        f"'{name}[{full}]' holds {MOST_IN_FLIGHT} impulses already, on their way or releasing, "
                        f"when another one comes at {t_s * 1e3:g} ms: check the rate of the nerve, the delay "
                        "and late quanta (asynchronous_time)."
                    )

        return take

    def private_state(self) -> dict[str, Any]:
        state = {name: values.copy() for name, values in self._private.items()}
        return {"private": state, "seed": self._seed, "stream": self._stream, "trial": self.trial}

    def restore_private_state(self, state: dict[str, Any]) -> None:
        self._private = {name: values.copy() for name, values in state["private"].items()}
        self._stream = state["stream"]
        self._seed = self._seed if state["seed"] is None else state["seed"]
        # `store(); for ...: restore(); run()` must give independent trials, unless a repeat is asked.
        self.trial = state["trial"] if restores_random_state() else self.trial + 1

    # -- C++ standalone ---------------------------------------------------------------------------

    def template_context(self) -> tuple[dict[str, Any], list[str]]:
        nmj, fibers = self._nmj, self._fibers
        n_sub, h_s = divide(float(fibers.clock.dt_), fibers.name)
        endplate, release = self._models(h_s, n_sub)
        states = [cpp_text.array_pointer(nmj.variables[name]) for name in nmj._state_names]
        occupancy = "\n".join(f"occupancy[{k}] = {state};" for k, state in enumerate(states))
        first, second = self._key()
        constants = self._constants(h_s, n_sub)
        course = self._follow(endplate, constants, None)
        bind = [
            f"p.n = (int32_t)brian::{cpp_text.array_name(nmj.variables['_synaptic_pre'])}.size();",
            cpp_text.assign_model("p", constants, self._addresses),
            "" if course is None else cpp_text.assign_course("p", course, fibers.name),
            f"p.key[0] = {first}u;\np.key[1] = {second}u;",
            cpp_text.assign_model("p.endplate", endplate.scalars(), endplate.arrays()),
            cpp_text.assign_model("p.release", release.scalars(), release.arrays()),
            cpp_text.assign_pointers("p", {c: nmj.variables[v] for c, v in BRIAN_ARRAYS.items()}),
            cpp_text.assign_pointers(
                "p", {c: fibers.variables[v] for c, v in FIBER_ARRAYS.items()}
            ),
            f"static double *occupancy[{len(states)}];\n{occupancy}\np.occupancy = occupancy;",
            f'chunks = nmj::attach(p, "{nmj.name}", "{fibers.name}", {len(fibers)});',
        ]
        context = {
            "keep": nmj.name,
            "bind": "\n".join(bind),
            "nerve": cpp_text.array_pointer(self.nerve.variables["_spikespace"]),
            "n_source": len(self.nerve),
            "keep_fibers": fibers.name,
            "fibers": fibers._stage.begin_text(),
            "watched": int(course is None or fibers._stage.looked_at()),
        }
        # Named so that Brian forgets what it believes their values to be.
        return context, [v for v in BRIAN_ARRAYS.values() if not v.startswith("_")]


class ReceiveStage:
    """The nerve's side of a `JunctionStage`: takes the spikes of each step of the nerve."""

    template = "nmj_receive"

    def __init__(self, stage: JunctionStage) -> None:
        self._stage = stage

    def bind(self) -> Callable[[float], Any]:
        return self._stage.bind_receive()

    def after_run(self, t_s: float) -> None:
        """Nothing: the junctions show themselves."""

    def private_state(self) -> dict[str, Any]:
        return {}

    def restore_private_state(self, state: dict[str, Any]) -> None:
        """Nothing of its own: the junctions hold all."""

    def template_context(self) -> tuple[dict[str, Any], list[str]]:
        return self._stage.template_context()


def _endplate_steps(noise: str, n_sub: int, h_s: float) -> int:
    """Steps of the receptors per time step; each sub-step if they are counted, since noise is fast."""
    return n_sub if noise == "channels" else receptor_steps(n_sub, h_s)


def solve_endplate(
    junction: Junction, noise: str, overlap: Overlap | None, n_sub: int, h_s: float
) -> EndplateModel:
    """The end plate of junctions whose time step has ``n_sub`` sub-steps of ``h_s``."""
    step = n_sub * h_s / _endplate_steps(noise, n_sub, h_s) * second
    return EndplateModel(junction, step, overlap=overlap)


def _require_receptors(endplate: EndplateModel, quanta: float) -> None:
    """Counted receptors follow their mean only where an impulse takes at most half of them."""
    junction, table, steps = endplate.junction, endplate.table, round(1e-3 / endplate.step_s)
    free = EndplateModel.density(junction)
    v_mV, at_once = np.full(steps, endplate.v_volt * 1e3), (np.zeros(1), np.ones(1))
    course = table.run(table.rest(0.0), v_mV, free, *at_once)
    taken = quanta * course[:, : len(endplate.states)].sum(axis=1).max()
    receptors = free * junction.si("endplate_receptors")
    if taken > 0.5 * receptors:
        raise ValueError(
            f"one impulse takes {taken:.3g} of the {receptors:.3g} receptors of '{junction.name}', too "
            "many to count them: with noise='channels' raise 'endplate_receptors' or lower 'sites'."
        )
