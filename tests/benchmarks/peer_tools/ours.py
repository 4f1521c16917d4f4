"""nmj_brian: `NMJ` and `MuscleFibers`, in runtime mode."""

from __future__ import annotations

import time

import numpy as np
from brian2 import Network, SpikeGeneratorGroup, SpikeMonitor, defaultclock, second, seed, us
from run import loop_seconds

import nmj_brian as nmj

from .workload import GRID_S, PROBE_S, Outcome, Run, Variant, Workload, impulses, junction


def mean(load: Workload, n: int, step: float, threads: int, probe: bool) -> Run:
    """The common workload: the mean number of quanta, at once, the same after each impulse."""
    return _build(load, n, step, threads, probe, junction(), {"noise": "none", "latency": False})


def quantal(load: Workload, n: int, step: float, threads: int, probe: bool) -> Run:
    """What an `NMJ` does by itself."""
    return _build(load, n, step, threads, probe, nmj.junctions.human(), {})


def tabulated(load: Workload, n: int, step: float, threads: int, probe: bool) -> Run:
    """The same with action potentials from a table."""
    return _build(load, n, step, threads, probe, nmj.junctions.human(), {}, "tabulated")


def _build(
    load: Workload,
    n: int,
    step: float,
    threads: int,
    probe: bool,
    junction: nmj.Junction,
    options: dict,
    action_potential: str = "computed",
) -> Run:
    defaultclock.dt = step * us
    seed(1)
    nmj.set_threads(threads)
    nerve, t, owner = impulses(n, 1.0, probe)
    pool = SpikeGeneratorGroup(int(owner[-1]) + 1, nerve, t * second)
    fibers = nmj.MuscleFibers(n, action_potential=action_potential)
    synapse = nmj.NMJ(pool, fibers, junction, **options)
    synapse.connect(i=owner, j=np.arange(n))
    fibers.Na_available = load.na
    spikes = SpikeMonitor(fibers)
    network = Network(pool, fibers, synapse, spikes)
    network.run(0 * second)
    network.store()

    def run(seconds: float) -> Outcome:
        network.restore(restore_random_state=True)
        wall = loop_seconds(network, seconds, time.perf_counter)
        if not probe:
            return Outcome(wall, int(spikes.num_spikes))
        peak = 1e3 * float(fibers.peak_v[0]) - load.rest_mV
        spike = float(fibers.spike_time[0]) - PROBE_S if spikes.num_spikes else np.nan
        return Outcome(wall, int(spikes.num_spikes), peak, spike)

    return run


VARIANTS = {
    "mean quanta": Variant(
        mean, "noise='none', latency=False, a terminal that is always full", longer=10.0
    ),
    "random quanta": Variant(
        quantal,
        "what an NMJ does by itself: random quanta with latencies, depression, spontaneous quanta",
        step=1e6 * GRID_S,
        accuracy="mean quanta",
        longer=10.0,
    ),
    "random quanta, tabulated action potentials": Variant(
        tabulated,
        "the same with action potentials from a table, as a whole muscle is run",
        step=1e6 * GRID_S,
        accuracy="mean quanta",
        longer=10.0,
    ),
}
