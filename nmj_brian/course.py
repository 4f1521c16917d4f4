"""The course of an action potential, once it is under way and its quanta are released, as a table.

An action potential is all or none: what it does after its spike depends on little but the time since then
and on how many channels of the end plate are still open. The table is what the kernels themselves compute
for mean impulses of several sizes; who follows it (csrc/nmj/course.h), and within what, is told there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ._core.course import CourseTable
from ._core.fiber import FiberKernel
from ._core.fibers import FibersKernel, at_rest, drive
from ._core.junctions import JunctionsKernel, index_by_source
from .release import ReleaseModel

if TYPE_CHECKING:
    from .endplate import EndplateModel

__all__ = ["solve_course"]

#: Impulses that are computed, as shares of the mean one, and times of arrival within a time step.
_SIZES, _ARRIVALS = np.linspace(0.2, 1.8, 9), 5
#: How long each is computed, and the first phase at which fibers may join the course.
_LASTS_S, _FIRST_S = 12e-3, 0.3e-3
#: How near a fiber must be: a quarter of a millivolt is less than its spike moves with one quantum.
_TOLERANCE_MV, _TOLERANCE = 0.25, 0.02


def solve_course(
    endplate: EndplateModel,
    release: ReleaseModel,
    fiber: tuple[dict[str, Any], dict[str, np.ndarray]],
    constants: dict[str, Any],
) -> CourseTable | None:
    """The course of fibers behind one kind of junction.

    Parameters
    ----------
    endplate, release : EndplateModel, ReleaseModel
        The junction's, for the time step of a run; release of the mean.
    fiber : tuple of dict
        Scalars and arrays of a chain for its sub-step.
    constants : dict
        Numbers of the C struct of junctions, in which they are all alike.

    Returns
    -------
    CourseTable or None
        None if fewer than two of the impulses fire the fiber: then none is followed.
    """
    scalars, arrays = fiber
    kernel = FiberKernel(scalars, arrays)
    dt_s = constants["h_s"] * constants["n_sub"]
    sizes = np.repeat(_SIZES, _ARRIVALS)
    delays_s = np.tile(np.arange(_ARRIVALS) * dt_s / _ARRIVALS, len(_SIZES))
    rest_V = 1e-3 * scalars["v_rest_mV"]
    run = _Impulses(endplate, release, kernel, constants, sizes, delays_s, rest_V)
    steps = int(np.ceil(_LASTS_S / dt_s))
    state, v_mV, g_S = run.record(steps)
    spike_s, M = run.fibers["spike_time_s"], scalars["n_compartment"]
    asleep_s = state[-1, 8 * M - 1 + 5]
    fired = (spike_s > 0.0) & (asleep_s > 0.0)
    good = [k for k in range(len(_SIZES)) if fired[sizes == _SIZES[k]].all()]
    if len(good) < 2 or np.any(np.diff(good) > 1):
        return None
    times_s = dt_s * np.arange(1, steps + 1)
    _recover(state, times_s, asleep_s, scalars, arrays["rest"])
    end_s = float(np.max((asleep_s - spike_s)[fired]))
    phases_s = np.arange(0.0, end_s + dt_s, dt_s / _ARRIVALS)
    table = np.empty((len(phases_s), len(good), 8 * M + 1), np.float32)
    for i, k in enumerate(good):
        mine = np.flatnonzero(sizes == _SIZES[k])
        phase = (times_s[:, None] - spike_s[mine]).ravel()
        order = np.argsort(phase)
        rows = np.concatenate([state[:, : 8 * M - 1], v_mV[:, None], g_S[:, None]], axis=1)
        rows = rows[:, :, mine].swapaxes(1, 2).reshape(len(phase), -1)[order]
        for r in range(8 * M + 1):
            table[:, i, r] = np.interp(phases_s, phase[order], rows[:, r])
    course = {
        "step_s": dt_s / _ARRIVALS,
        "first_s": _FIRST_S,
        "last_s": end_s - 2.0 * dt_s,
        "end_s": end_s,
        "tolerance_mV": _TOLERANCE_MV,
        "tolerance": _TOLERANCE,
        "reversal_mV": constants["reversal_mV"],
    }
    return CourseTable(course, table)


def _recover(
    state: np.ndarray, times_s: np.ndarray, asleep_s: np.ndarray, scalars: dict, rest: np.ndarray
) -> None:
    """Gates of fibers that slept, in place: the kernel makes it good when they wake."""
    slept = np.maximum(times_s[:, None] - np.where(asleep_s > 0.0, asleep_s, np.inf), 0.0)
    for row in range(6 * scalars["n_compartment"]):
        end = rest[row // 3 * 4 + row % 3]
        left = np.exp(-slept * scalars["rest_rate_per_s"][row % 3])
        state[:, row] = end + (state[:, row] - end) * left


class _Impulses:
    """Fibers with one junction each, through which one mean impulse passes."""

    def __init__(
        self,
        endplate: EndplateModel,
        release: ReleaseModel,
        kernel: FiberKernel,
        constants: dict[str, Any],
        sizes: np.ndarray,
        delays_s: np.ndarray,
        rest_V: float,
    ) -> None:
        n, n_sub = len(sizes), constants["n_sub"]
        self.dt_s = constants["h_s"] * n_sub
        self.rows = len(at_rest(kernel, 1)) // 16
        names = ("v_slope_V_per_s", "interval_s", "I_A")
        self.fibers = {name: np.zeros(n) for name in names}
        self.fibers |= {
            "v_V": np.full(n, rest_V),
            "peak_v_V": np.full(n, rest_V),
            "spike_time_s": np.full(n, -1.0),
            "spike_count": np.zeros(n, np.int32),
            "na_available": np.ones(n),
            "clamped": np.zeros(n, bool),
            "spikes": np.zeros(n + 1, np.int32),
            "state": at_rest(kernel, n),
            "drive_g_S": drive(n, n_sub),
            "drive_gE_S_mV": drive(n, n_sub),
            "driven": np.zeros(n, np.uint8),
            "awake": np.zeros(n, np.uint8),
        }
        names = ("quanta", "quanta_total", "release_time_s", "ACh", "open_channels", "g_S")
        junctions: dict[str, Any] = {name: np.zeros(n) for name in (*names, "peak_g_S")}
        junctions |= {
            "source": np.zeros(n, np.int32),
            "target": np.arange(n, dtype=np.int32),
            "delay_s": delays_s,
            "receptor_loss": np.zeros(n),
            "ready": sizes * endplate.junction.si("sites"),
            "impulses": np.zeros(n, np.int32),
            "occupancy": [np.zeros(n) for _ in endplate.states],
        }
        junctions |= index_by_source(junctions["source"], junctions["target"], 1, n)
        self.g_S = junctions["g_S"]
        constants = constants | {"n_source": 1, "n_channels": 0, "n_volley": 1}
        self._fibers = FibersKernel(kernel, n_sub, self.fibers)
        self._junctions = JunctionsKernel(
            endplate.table, release.kernel(), constants, junctions | self.fibers, {}
        )

    def record(self, steps: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """State of the chains, [step, row, fiber], voltage in mV and conductance, [step, fiber]."""
        n = len(self.g_S)
        state = np.empty((steps, self.rows, n))
        v_mV, g_S = np.empty((steps, n)), np.empty((steps, n))
        self._junctions.receive(np.array([0, 1], np.int32), 0.0)
        for k in range(steps):
            self._junctions.advance(k * self.dt_s)
            self._fibers.step(k * self.dt_s)
            blocks = self.fibers["state"].reshape(-1, self.rows, 16)
            state[k] = blocks.swapaxes(0, 1).reshape(self.rows, -1)[:, :n]
            v_mV[k], g_S[k] = 1e3 * self.fibers["v_V"], self.g_S
        return state, v_mV, g_S
