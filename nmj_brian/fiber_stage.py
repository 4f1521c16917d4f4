"""What `MuscleFibers` do before and during a run: membrane model, private state, courses, kernel."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from ._core.aligned import aligned
from ._core.course import ARRAYS as COURSE_ARRAYS
from ._core.course import CourseTable
from ._core.fiber import FiberKernel
from ._core.fibers import FibersKernel, at_rest, before_run, drive, stirred
from .brian import cpp_text
from .brian.network import is_used, peers
from .clock import divide

if TYPE_CHECKING:
    from .muscle_fibers import MuscleFibers
    from .neuromuscular_junction import NMJ

__all__ = ["FiberStage", "check_range"]

#: What no fiber reaches, in volt and ampere: more is a slip of units.
POSSIBLE_V, POSSIBLE_I = (-0.3, 0.3), (-1e-5, 1e-5)
#: Diameters in meters that a fiber may have; as those of `nmj_brian.fibers`.
POSSIBLE_DIAMETER = (8e-6, 200e-6)

#: What moves a fiber when others write it.
MOVED = ("v", "I", "Na_available", "clamped")
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


class FiberStage:
    """Binds the membrane kernel to a group's arrays (see `nmj_brian.brian.runner.Stage`)."""

    template = "nmj_fibers"

    def __init__(self, group: MuscleFibers) -> None:
        self._group = group
        self._n_sub = 0
        self._h_s = 0.0
        self.rest_V = 1e-3 * self._model(1e-5)[0]["v_rest_mV"]
        self._private: dict[str, np.ndarray] = {}
        #: Of each NMJ that drives these fibers, by its name, with its course and fibers.
        self._courses: dict[str, tuple[NMJ, CourseTable | None, np.ndarray | None]] = {}
        self._kernel: FibersKernel | None = None
        self._arrays = dict(BRIAN_ARRAYS)  # C field -> Brian variable
        if group.whole_fiber is not None:
            self._arrays["diameter_m"] = "diameter"
            for k, name in enumerate(group.whole_fiber.sites):
                self._arrays[f"site_v_V[{k}]"] = f"v_{name}"
                self._arrays[f"site_arrival_s[{k}]"] = f"arrival_{name}"

    def _model(self, h_s: float, n_sub: int = 0) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
        whole = self._group.whole_fiber
        return (
            self._group.fiber.model(h_s, n_sub) if whole is None else whole.kernel_model(h_s, n_sub)
        )

    def prepare(self) -> dict[str, np.ndarray]:
        """Divide the time step, make room for private state; the junctions call it first."""
        group = self._group
        n_sub, self._h_s = divide(float(group.clock.dt_), group.name)
        scalars, arrays = self._model(self._h_s, n_sub)
        self._kernel_model = FiberKernel(scalars, arrays)
        n = len(group)
        if "state" not in self._private:
            self._private["state"] = at_rest(self._kernel_model, n)
            self._private["awake"] = aligned(n, np.uint8)
            self._private["driven"] = aligned(n, np.uint8)
            self._private["stirred"] = stirred(n)
            for name, (kind, value) in COURSE_ARRAYS.items():
                self._private[name] = aligned(n, kind)
                self._private[name][:] = value
        if n_sub != self._n_sub:  # buffers are empty between steps
            self._private["drive_g_S"] = drive(n, n_sub)
            self._private["drive_gE_S_mV"] = drive(n, n_sub)
        self._n_sub = n_sub
        return self._private

    @property
    def tabulated(self) -> bool:
        """Whether fibers follow the course of an action potential."""
        return self._group._tabulated

    def follow(self, nmj: Any, course: CourseTable | None, targets: np.ndarray | None) -> None:
        """The junctions of an NMJ follow such a course with these fibers; targets: None if known only to a program.

        Raises
        ------
        ValueError
            If it has another kind of junction than one that is there.
        """
        present = [one.name for one in peers(nmj, type(nmj))]
        self._courses = {name: one for name, one in self._courses.items() if name in present}
        for other, _, _ in self._courses.values():
            if other.junction is not nmj.junction:
                raise ValueError(
                    f"'{self._group.name}' has tabulated action potentials and two kinds of junctions, of "
                    f"'{other.name}' and '{nmj.name}': give each its own MuscleFibers, or "
                    "action_potential='computed'."
                )
        self._courses[nmj.name] = (nmj, course, targets)

    def watched(self) -> bool:
        """Whether those who follow a course are shown in each step: somebody looks at them, or moved them."""
        return self._before_run() or self.looked_at()

    def looked_at(self) -> bool:
        """Whether somebody looks at these fibers, or at their junctions, in each step."""
        seen = [self._group.variables[name] for name in ("v", "v_slope", "peak_v")]
        for nmj, _, _ in self._courses.values():
            seen += [
                nmj.variables[name]
                for name in ("receptor_loss", "g", "open_channels", "ACh", *nmj._state_names)
            ]
        moved = [self._group.variables[name] for name in MOVED]
        return is_used([*seen, *moved])

    def _now_s(self) -> float:
        return float(self._group.clock.variables["t"].get_value()[0])

    def _on_course(self) -> np.ndarray:
        """Which fibers follow the course of an action potential, or their junctions still do."""
        return self._private["course_until_s"] > self._now_s()

    def _values(self) -> dict[str, np.ndarray]:
        """Brian's arrays and the private ones, by the names of the C struct."""
        value = {c: self._group.variables[v].get_value() for c, v in self._arrays.items()}
        return value | self._private

    def _before_run(self) -> bool:
        """Who is held is awake; whether fibers on a course are not as the last run left them."""
        return before_run(self._kernel_model, self._values(), self._now_s())

    def bind(self) -> Callable[[float], Any]:
        private = self.prepare()
        check_range(self._group, "v", *POSSIBLE_V, "a membrane voltage, -0.3 to 0.3 volt")
        check_range(self._group, "I", *POSSIBLE_I, "a current of at most 10 uA")
        check_range(self._group, "Na_available", 0.0, 1.0, "a share between 0 and 1")
        if "diameter_m" in self._arrays:
            check_range(self._group, "diameter", *POSSIBLE_DIAMETER, "a diameter, 8 to 200 um")
        course, watched = None, True
        moved = self._before_run()
        if self._courses:
            junctions = np.zeros(len(self._group), int)
            for _, _, targets in self._courses.values():
                np.add.at(junctions, targets, 1)
            course = next(c for _, c, _ in self._courses.values())
            private["course_alone"][:] = junctions == 1
            watched = moved or self.looked_at()
        if course is None and self._on_course().any():
            raise ValueError(
                f"Fibers of '{self._group.name}' follow the course of a tabulated action potential, which is "
                "not known here: go on with the junctions, time step and action_potential='tabulated' with "
                "which that began, or from a time when fibers are at rest."
            )
        touched = is_used([self._group.variables[name] for name in MOVED])
        self._kernel = FibersKernel(
            self._kernel_model, self._n_sub, self._values(), course, watched, touched
        )
        if watched:  # after an error they are not
            self._kernel.show(self._now_s())
        return self._kernel.step

    def after_run(self, t_s: float) -> None:
        """What nobody watched is shown."""
        self._kernel.show(t_s)

    @property
    def n_sub(self) -> int:
        """Sub-steps per time step."""
        return self._n_sub

    @property
    def h_s(self) -> float:
        """Length of a sub-step in seconds."""
        return self._h_s

    def private_state(self) -> dict[str, np.ndarray]:
        kept = ("state", "awake", *COURSE_ARRAYS)
        return {k: self._private[k].copy() for k in kept if k in self._private}

    def restore_private_state(self, state: dict[str, np.ndarray]) -> None:
        if not state:  # stored before the first run
            self._private = {}
            self._n_sub = 0
            return
        self.prepare()
        for name, values in state.items():
            self._private[name][:] = values
        for name in ("drive_g_S", "drive_gE_S_mV", "driven"):  # an error may have ended a step
            self._private[name][:] = 0

    def begin_text(self) -> str:
        """C++ statements that fill in what the junctions ask of their fibers before a run."""
        scalars, _ = self._model(1e-5)
        fields = {name: scalars[name] for name in ("n_compartment", "v_rest_mV")}
        variables = {c: self._group.variables[v] for c, v in self._arrays.items() if v in MOVED}
        return "\n".join(
            [
                f"f.n = {len(self._group)};",
                cpp_text.assign_model("f.fiber", fields, {}),
                cpp_text.assign_pointers("f", variables),
            ]
        )

    def template_context(self) -> tuple[dict[str, Any], list[str]]:
        n_sub, h_s = divide(float(self._group.clock.dt_), self._group.name)
        scalars, arrays = self._model(h_s, n_sub)
        variables = {c: self._group.variables[v] for c, v in self._arrays.items()}
        course = next((c for _, c, _ in self._courses.values()), None)
        model = cpp_text.assign_model("p.fiber", scalars, arrays)
        if course is not None:
            model += "\n" + cpp_text.assign_course("p", course, self._group.name)
        moved = [self._group.variables[name] for name in MOVED]
        context = {
            "keep": self._group.name,
            "n": len(self._group),
            "n_sub": n_sub,
            "model": model,
            "pointers": cpp_text.assign_pointers("p", variables),
            "watched": int(course is None or self.looked_at()),
            "touched": int(is_used(moved)),
        }
        return context, list(self._arrays.values())


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
