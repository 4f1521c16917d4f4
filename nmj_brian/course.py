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
from ._core.fibers import FibersKernel, at_rest, chain_state, drive, stirred
from ._core.junctions import JunctionsKernel, index_by_source
from .release import ReleaseModel

if TYPE_CHECKING:
    from .endplate import EndplateModel

__all__ = ["solve_course"]

#: Impulses that are computed, as shares of the mean one, and times of arrival within a time step.
_SIZES, _ARRIVALS = np.linspace(0.2, 1.8, 9), 20
#: How long each is computed.
_LASTS_S = 20e-3
#: How near voltages (mV) and gates of a fiber must be to the table. Chosen: human fibers that were at rest lie within
#: 0.12 mV and 0.005, so that they join; those that fired 6 ms before do so with what is left of that, which passes
#: before they can fire again.
_TOLERANCE_MV, _TOLERANCE = 0.5, 0.05


def solve_course(
    endplate: EndplateModel,
    fiber: tuple[dict[str, Any], dict[str, np.ndarray]],
    constants: dict[str, Any],
) -> CourseTable | None:
    """The courses of fibers behind one kind of junction: after an action potential, and of one quantum.

    Parameters
    ----------
    endplate : EndplateModel
        The junction's, for the time step of a run.
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
    steps = int(np.ceil(_LASTS_S / dt_s))
    spikes = _Impulses(endplate, kernel, constants, _SIZES, True).record(steps, scalars, arrays)
    fired = [
        k
        for k in range(len(_SIZES))
        if (spikes.fired & (spikes.sizes == _SIZES[k])).sum() == _ARRIVALS
    ]
    if len(fired) < 2 or np.any(np.diff(fired) > 1):
        return None
    one = np.array([0.0, 1.0])
    quanta = _Impulses(endplate, kernel, constants, one, False).record(steps, scalars, arrays)
    spike, spike_end_s = spikes.table(spikes.spike_s, _SIZES[fired])
    mini, mini_end_s = quanta.table(quanta.arrival_s, one)
    if quanta.fired.any():  # one quantum is an impulse there
        mini = mini[:0]
    course = {
        "step_s": dt_s / _ARRIVALS,
        # from the top of the last action potential on, which the running maximum holds by then
        "first_s": (1 + spike[:, :, -2].argmax(0).max()) * dt_s / _ARRIVALS,
        "last_s": spike_end_s - 2.0 * dt_s,
        "end_s": (spike_end_s, mini_end_s),
        "tolerance_mV": _TOLERANCE_MV,
        "tolerance": _TOLERANCE,
        "reversal_mV": constants["reversal_mV"],
        "rest_mV": scalars["v_rest_mV"],
        "mini_mV": 1e3 * float(quanta.fibers["peak_v_V"].max()) - scalars["v_rest_mV"],
        "mini_S": float(quanta.junctions["peak_g_S"].max()),
    }
    return CourseTable(course, spike, mini)


class _Impulses:
    """Fibers with one junction each, through which one impulse passes, without chance.

    Parameters
    ----------
    endplate, kernel, constants
        As in `solve_course`.
    sizes : ndarray
        Of the impulses: shares of the mean one, or quanta that are released at once.
    mean : bool
        Which of these; each size arrives at several times.
    """

    def __init__(
        self,
        endplate: EndplateModel,
        kernel: FiberKernel,
        constants: dict[str, Any],
        sizes: np.ndarray,
        mean: bool,
    ) -> None:
        release = ReleaseModel(endplate.junction, mean, mean=True)
        n, n_sub = len(sizes) * _ARRIVALS, constants["n_sub"]
        self.dt_s = constants["h_s"] * n_sub
        self.sizes = np.repeat(sizes, _ARRIVALS)
        self.arrival_s = np.tile(np.arange(_ARRIVALS) * self.dt_s / _ARRIVALS, len(sizes))
        ready = self.sizes if mean else self.sizes / release.m
        rest_V = 1e-3 * kernel.v_rest_mV
        self.fibers = {name: np.zeros(n) for name in ("v_slope_V_per_s", "interval_s", "I_A")}
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
            "stirred": stirred(n),
        }
        names = (
            "quanta",
            "quanta_total",
            "release_time_s",
            "ACh",
            "open_channels",
            "g_S",
            "peak_g_S",
        )
        self.junctions: dict[str, Any] = {name: np.zeros(n) for name in names}
        self.junctions |= {
            "source": np.zeros(n, np.int32),
            "target": np.arange(n, dtype=np.int32),
            "delay_s": self.arrival_s,
            "receptor_loss": np.zeros(n),
            "ready": ready * endplate.junction.si("sites"),
            "impulses": np.zeros(n, np.int32),
            "occupancy": [np.zeros(n) for _ in endplate.states],
        }
        index = index_by_source(self.junctions["source"], self.junctions["target"], 1, n)
        constants = constants | {"n_source": 1, "n_channels": 0, "n_volley": 1}
        self._kernel = kernel
        self._fibers = FibersKernel(kernel, n_sub, self.fibers)
        arrays = self.junctions | index | self.fibers
        self._junctions = JunctionsKernel(endplate.table, release.kernel(), constants, arrays, {})

    def record(self, steps: int, scalars: dict, arrays: dict) -> _Impulses:
        """Send the impulse and keep what each fiber does: chain, voltage, conductance after each step."""
        n, M = len(self.sizes), scalars["n_compartment"]
        self.times_s = self.dt_s * np.arange(1, steps + 1)
        self.rows_of_course = np.empty((steps, 8 * M + 1, n))
        chain = self.rows_of_course[:, : 8 * M - 1]
        self._junctions.receive(np.array([0, 1], np.int32), 0.0)
        for k in range(steps):
            self._junctions.advance(k * self.dt_s)
            self._fibers.step(k * self.dt_s)
            chain[k], _, self.asleep_s = chain_state(self._kernel, self.fibers["state"], n)
            self.rows_of_course[k, -2] = 1e3 * self.fibers["v_V"]
            self.rows_of_course[k, -1] = self.junctions["g_S"]
        self.spike_s = self.fibers["spike_time_s"]
        # below 0: it does not sleep, or never woke
        self.fired = (self.spike_s > 0.0) & (self.asleep_s > 0.0)
        # gates of fibers that sleep recover: the kernel makes it good when they wake
        slept = np.maximum(
            self.times_s[:, None] - np.where(self.asleep_s > 0.0, self.asleep_s, np.inf), 0.0
        )
        for row in range(6 * M):
            rest = arrays["rest"][row // 3 * 4 + row % 3]
            left = np.exp(-slept * scalars["rest_rate_per_s"][row % 3])
            chain[:, row] = rest + (chain[:, row] - rest) * left
        return self

    def table(self, start_s: np.ndarray, sizes: np.ndarray) -> tuple[np.ndarray, float]:
        """Rows at phases since ``start_s``, [phase, size, row], and the phase when all are at rest."""
        mine = np.isin(self.sizes, sizes)
        end_s = float((self.asleep_s - start_s)[mine].max())
        phases_s = np.arange(0.0, end_s + self.dt_s, self.dt_s / _ARRIVALS)
        table = np.empty((len(phases_s), len(sizes), self.rows_of_course.shape[1]), np.float32)
        for k, size in enumerate(sizes):
            of_size = np.flatnonzero(self.sizes == size)
            phase = (self.times_s[:, None] - start_s[of_size]).ravel()
            order = np.argsort(phase)
            for r in range(table.shape[2]):
                values = self.rows_of_course[:, r, of_size].ravel()[order]
                table[:, k, r] = np.interp(phases_s, phase[order], values)
        return table, end_s
