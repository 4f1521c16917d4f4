"""Nerve, junctions and fibers in a dish of their own: the same kernels, outside of any Brian2 network.

An experiment of the laboratory must not touch what a user's script has set up (seed, clocks, preferences,
device, magic network), so that it makes no Brian2 object: it binds the kernels that `NMJ` and
`MuscleFibers` bind to arrays of its own. Given the same seed, impulses and addresses, quanta and spike
times are those of a network (tests/lab/test_preparation.py).

Time is simulated only where something happens. When every receptor and every membrane is at rest, time
jumps to the next impulse; the terminal's slow states (refilling, facilitation, filling) are brought up to
date by their exact solution, as in a network.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
from brian2 import Quantity, ms, second, volt
from brian2.units.fundamentalunits import fail_for_dimension_mismatch

from .._core.fiber import FiberKernel
from .._core.fibers import FibersKernel, at_rest, drive, stirred
from .._core.junctions import JunctionsKernel, index_by_source
from ..clock import divide, receptor_steps
from ..endplate import EndplateModel
from ..fiber import Fiber
from ..junction import Junction
from ..junction_stage import MOST_IN_FLIGHT
from ..overlap import applied_overlap
from ..randomness import derive_key
from ..release import ReleaseModel
from .progress import Progress
from .record import Record

__all__ = ["Preparation"]

#: Step at which experiments run; within it the fibers sub-step at 10 us.
STEP = 0.1 * ms

#: How long a fiber may go on after the last impulse, in seconds, before the record ends.
_TAIL_S = 0.3

#: Time in which a fiber gets used to an agonist in its bath, and in which it is back there after an impulse or a
#: spike (within 2 uV), in seconds.
_STEADY_S, _BACK_S = 0.2, 0.1

#: Arrays of the junctions that are of their terminals.
_TERMINAL = ("ready", "quanta_total", "impulses", "release_time_s")

#: "Never" for the spike time of a fiber, as in `MuscleFibers`.
_NEVER_S = 1e9


@lru_cache(maxsize=64)
def _models(
    junction: Junction, h_s: float, n_sub: int, latency: bool, mean: bool, v_volt: float
) -> tuple[EndplateModel, ReleaseModel]:
    """End plate and release of a junction; the same for every experiment on it."""
    overlap = applied_overlap(junction, None, junction.name)
    step = n_sub * h_s / receptor_steps(n_sub, h_s) * second
    endplate = EndplateModel(junction, step, v=v_volt * volt, overlap=overlap)
    return endplate, ReleaseModel(junction, latency, mean=mean)


class Preparation:
    """Muscle fibers with one junction each, driven by one or several nerves, all rested.

    Parameters
    ----------
    junction : Junction
        What every junction is.
    fiber : Fiber
        What every fiber is.
    nerve : array_like of int, shape (fibers,)
        Which nerve drives each fiber.
    seed : int
        Selects the random quanta.
    noise : {'quantal', 'none'}
        Whether quanta are random or their mean.
    latency : bool
        Whether quanta leave over the latency density of the terminal.
    receptor_loss, sites : array_like, shape (fibers,), optional
        Share of receptors that single junctions lack; their number of release sites.
    address : array_like of int, shape (fibers,), optional
        Which fibers of a muscle these are, for the random numbers.
    Na_available : float
        Share of the fibers' Na channels that work.
    holding : Quantity, optional
        Voltage clamp.
    minis : bool
        Whether spontaneous quanta are released. They are few in the milliseconds that matter, and
        with them no two impulses could be jumped across: off by default.
    dt : Quantity
        Step of the simulation, at most 0.5 ms.
    """

    def __init__(
        self,
        junction: Junction,
        fiber: Fiber,
        nerve: Any,
        *,
        seed: int,
        noise: str = "quantal",
        latency: bool = True,
        receptor_loss: Any = 0.0,
        sites: Any = None,
        address: Any = None,
        Na_available: float = 1.0,
        holding: Quantity | None = None,
        minis: bool = False,
        dt: Quantity = STEP,
    ) -> None:
        fail_for_dimension_mismatch(dt, second, "the step of an experiment is a time")
        if not minis:
            junction = junction.replace(mini_rate=0 / second)
        self.junction, self.fiber = junction, fiber
        self.dt_s = float(dt)
        n_sub, h_s = divide(self.dt_s, "preparation")
        solved_at = -0.08 if holding is None else float(holding)  # as `NMJ`; exact under clamp
        endplate, release = _models(junction, h_s, n_sub, latency, noise == "none", solved_at)
        if endplate.scalars()["rest_open"] > 0 and fiber.si("lasting_conductance") == 0:
            left = 1.0 - float(np.mean(receptor_loss))
            fiber = fiber.replace(lasting_conductance=left * junction.lasting_conductance)
        source = np.ascontiguousarray(nerve, dtype=np.int32)
        n, n_source = len(source), int(source.max()) + 1
        self.nerve, self.n = source, n
        self._k = 0
        self._queue: list[tuple[float, int]] = []

        scalars, arrays = fiber.model(h_s, n_sub)
        membrane = FiberKernel(scalars, arrays)
        rest_V = 1e-3 * scalars["v_rest_mV"]
        self.rest_V = rest_V
        f8 = np.zeros
        whole = round(junction.si("sites"))
        ready = np.full(n, float(whole)) if sites is None else np.array(sites, dtype=float)
        self.fibers = {
            "v_V": np.full(n, rest_V if holding is None else float(holding)),
            "v_slope_V_per_s": f8(n),
            "peak_v_V": np.full(n, rest_V),
            "spike_time_s": np.full(n, -_NEVER_S),
            "interval_s": np.full(n, _NEVER_S),
            "spike_count": np.zeros(n, np.int32),
            "I_A": f8(n),
            "na_available": np.full(n, float(Na_available)),
            "clamped": np.full(n, holding is not None),
            "spikes": np.zeros(n + 1, np.int32),
            "state": at_rest(membrane, n),
            "awake": np.zeros(n, np.uint8),
            "driven": np.zeros(n, np.uint8),
            "stirred": stirred(n),
            "drive_g_S": drive(n, n_sub),
            "drive_gE_S_mV": drive(n, n_sub),
        }
        self._step = FibersKernel(membrane, n_sub, self.fibers).step
        target = np.arange(n, dtype=np.int32)
        self.junctions = {
            "source": source,
            "target": target,
            "delay_s": f8(n),
            "receptor_loss": np.broadcast_to(np.asarray(receptor_loss, dtype=float), n).copy(),
            "ready": ready,
            "quanta": f8(n),
            "quanta_total": f8(n),
            "impulses": np.zeros(n, np.int32),
            "release_time_s": f8(n),
            "ACh": f8(n),
            "open_channels": f8(n),
            "g_S": f8(n),
            "peak_g_S": f8(n),
            "occupancy": [f8(n) for _ in endplate.states],
        }
        if address is not None:
            self.junctions["fiber_address"] = np.array(address, dtype=np.int32)
            self.junctions["neuron_address"] = np.arange(n_source, dtype=np.int32)
        shared = (
            "v_V",
            "v_slope_V_per_s",
            "peak_v_V",
            "drive_g_S",
            "drive_gE_S_mV",
            "driven",
            "stirred",
        )
        constants = {
            "conductance_S": float(junction.receptor.conductance),
            "reversal_mV": 1e3 * float(junction.receptor.reversal),
            "endplate_receptors": junction.si("endplate_receptors"),
            "free_fraction": EndplateModel.density(junction),
            "n_volley": 2,
            "n_channels": 0,
            "n_source": n_source,
            "n_sub": n_sub,
            "n_step": receptor_steps(n_sub, h_s),
            "h_s": h_s,
        }
        self._kernel = JunctionsKernel(
            endplate.table,
            release.kernel(),
            constants,
            self.junctions
            | {name: self.fibers[name] for name in shared}
            | index_by_source(source, target, n_source, n),
            {},
        )
        self._kernel.set_key(*derive_key(seed))
        self._spikes = np.zeros(n_source + 1, np.int32)
        self._wake = self._kernel.private["wake_s"]
        self._bath = endplate.scalars()["rest_open"] > 0
        if self._bath:  # of agonist: steady at time 0
            self._k = -round(_STEADY_S / self.dt_s)
            self.wait(0.0)

    def terminals(self) -> dict[str, np.ndarray]:
        """What the terminals hold ready and have done, all that lasts from one train to the next: a row per fiber."""
        state = {name: self.junctions[name] for name in _TERMINAL}
        return state | {"terminal": self._kernel.private["terminal"].reshape(self.n, -1)}

    def go_on(self, terminals: dict[str, np.ndarray], t_s: float) -> None:
        """Be at a later time, with terminals as another preparation left them, at rest else.

        Parameters
        ----------
        terminals : dict of str to ndarray, shape (fibers, ...)
            Of `terminals`, of the same nerves, seed and step.
        t_s : float
            Now, in seconds.
        """
        for name, mine in self.terminals().items():
            mine[:] = terminals[name]
        self._k = round(t_s / self.dt_s)

    @property
    def t_s(self) -> float:
        """Where the preparation has got to, in seconds."""
        return self._k * self.dt_s

    def _send(self, nerve: int, t_s: float) -> None:
        self._spikes[0], self._spikes[-1] = nerve, 1
        full = self._kernel.receive(self._spikes, t_s)
        if full >= 0:
            raise RuntimeError(
                f"A junction holds {MOST_IN_FLIGHT} impulses already when another comes at "
                f"{t_s * 1e3:g} ms: lower the rate, or asynchronous_time of the junction."
            )

    def wait(self, until_s: float, on_step: Any = None) -> None:
        """Simulate every step up to a time, without impulses."""
        self.stimulate(np.zeros(0), until_s=until_s, on_step=on_step)

    def stimulate(
        self,
        times_s: np.ndarray,
        *,
        until_s: float | None = None,
        on_step: Any = None,
        progress: Progress | None = None,
    ) -> Record:
        """Send impulses and follow what they do until all is at rest again.

        Parameters
        ----------
        times_s : ndarray, shape (impulses,) or (impulses, nerves)
            Rising times of the impulses of every nerve, none before the present.
        until_s : float, optional
            Simulate every step up to here; by default to rest after the last impulse.
        on_step : callable, optional
            Called after every step.
        progress : Progress, optional
            Told how far it has got.

        Returns
        -------
        Record
            Of these impulses.
        """
        n_source = len(self._spikes) - 1
        times = np.asarray(times_s, dtype=float)
        if times.ndim == 1:
            times = np.repeat(times[:, None], n_source, axis=1)
        members = [np.flatnonzero(self.nerve == s) for s in range(n_source)]
        order = np.argsort(times.T.ravel(), kind="stable")
        events = [(times[i % len(times), i // len(times)], i // len(times)) for i in order]
        end_s = events[-1][0] + _TAIL_S if until_s is None else until_s
        quanta, peak_g, peak_v = np.zeros((3, len(times), self.n))
        row = np.full(n_source, -1)
        spike_t: list[np.ndarray] = []
        spike_i: list[np.ndarray] = []
        fired, awake, dt = self.fibers["spikes"], self.fibers["awake"], self.dt_s

        def keep(nerve: int) -> None:
            if row[nerve] >= 0:
                who = members[nerve]
                quanta[row[nerve], who] = self.junctions["quanta"][who]
                peak_g[row[nerve], who] = self.junctions["peak_g_S"][who]
                peak_v[row[nerve], who] = self.fibers["peak_v_V"][who]

        clamped = bool(
            self.fibers["clamped"][0]
        )  # a clamped fiber is never at rest, nor of interest
        k, sent, steps, busy_s = self._k, 0, 0, self.t_s
        while True:
            if until_s is None and self._bath and k * dt > busy_s + _BACK_S and sent < len(events):
                k = max(k, int(events[sent][0] / dt * (1 + 1e-12)))  # nothing changes until then
            if until_s is None and (clamped or not awake.any()):
                soonest = self._wake.min()
                if soonest > k * dt:
                    coming = events[sent][0] if sent < len(events) else np.inf
                    soonest = min(soonest, coming)
                    if sent == len(events) and soonest > end_s:
                        break
                    k = max(k, int(soonest / dt * (1 + 1e-12)))
            if k * dt >= end_s:
                break
            while sent < len(events) and events[sent][0] < (k + 1) * dt * (1 - 1e-12):
                t, nerve = events[sent]
                keep(nerve)
                row[nerve] += 1
                self._send(nerve, t)
                sent += 1
                busy_s = t
            self._kernel.advance(k * dt)
            if self._step(k * dt):
                who = fired[: fired[-1]].copy()
                busy_s = k * dt
                spike_i.append(who)
                spike_t.append(self.fibers["spike_time_s"][who])
            k += 1
            if on_step is not None:
                on_step()
            steps += 1
            if progress is not None and steps % 256 == 0:
                progress.at(sent / len(events))
        self._k = k
        for nerve in range(n_source):
            keep(nerve)
        return Record(
            times_s=times[:, self.nerve],
            quanta=quanta,
            peak_g_S=peak_g,
            peak_v_V=peak_v,
            spike_times_s=np.concatenate(spike_t) if spike_t else np.zeros(0),
            spike_fibers=np.concatenate(spike_i) if spike_i else np.zeros(0, int),
        )
