"""Workload FDI: a whole first dorsal interosseous, every junction with its quanta, every fiber spiking.

    python tests/benchmarks/fdi.py [--rates 20 8 50 ramp] [--fibers N] [--seconds S] [--threads N ...]
                                   [--repeats R] [--computed] [--out FILE.json]

120 motor neurons that fire as independent Poisson trains with a dead time of 5 ms, 40,500 fibers
(innervation ratio 100) with one junction each, human preset, quantal noise, fibers of two compartments,
dt = 0.1 ms, action potentials from a table (or ``--computed``); spikes of all fibers and the force of
all units are recorded. The trains are fixed by SEED.

Beside it the *skeleton*: the same network, objects and monitors, whose compiled kernels do nothing.
Both are run in turns in one process: median, smallest and largest wall time, since a user waits for
it, and CPU time of all threads, since other programs on the machine disturb it less. Ratios are only
meaningful between numbers of one run of this command.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import statistics
import sys
import time
import warnings
from pathlib import Path

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
warnings.filterwarnings("ignore", category=DeprecationWarning)

import numpy as np  # noqa: E402
from brian2 import (  # noqa: E402
    Network,
    SpikeGeneratorGroup,
    SpikeMonitor,
    StateMonitor,
    defaultclock,
    ms,
    second,
    seed,
)

import nmj_brian as nmj  # noqa: E402

SEED = 4
UNITS, FIBERS, RATIO = 120, 40_500, 100.0
DEAD_TIME_S = 5e-3
RAMP_HZ = (8.0, 50.0)
#: Nothing happens before, so that the first look at each junction is not part of what is measured.
START_S = 0.1


def trains(rate: str, duration_s: float, units: int = UNITS) -> tuple[np.ndarray, np.ndarray]:
    """Neurons and times (s) of all impulses in START_S ... START_S + duration_s.

    ``rate``: mean rate in Hz, or 'ramp': from 8 to 50 Hz. A train is a Poisson process whose intensity
    is set to zero for the dead time after each impulse, and raised so that the mean is as asked.
    """
    rng = np.random.default_rng([SEED, 0 if rate == "ramp" else round(1000 * float(rate))])
    neurons, times = [], []
    for i in range(units):
        t = 0.0
        while True:
            low, high = RAMP_HZ if rate == "ramp" else (float(rate),) * 2
            # the mean interval at time t, of which the dead time is a part
            mean_s = 1.0 / (low + (high - low) * min(t / duration_s, 1.0))
            dead_s = DEAD_TIME_S
            if t == 0.0:  # in the course of an interval: what is left of the dead time, if any
                dead_s *= rng.uniform() * (rng.uniform() < DEAD_TIME_S / mean_s)
            t += dead_s + rng.exponential(mean_s - DEAD_TIME_S)
            if t >= duration_s:
                break
            neurons.append(i)
            times.append(START_S + t)
    return np.array(neurons), np.array(times)


def network(
    rate: str,
    fibers: int,
    duration_s: float,
    noop: bool,
    action_potential: str = "tabulated",
    units: int = UNITS,
    junction: nmj.Junction | None = None,
) -> tuple[Network, tuple]:
    """The muscle, or (``noop``) its skeleton; human by default."""
    i, t = trains(rate, duration_s, units)
    pool = SpikeGeneratorGroup(units, i, t * second)
    owns = nmj.innervation(units=units, fibers=fibers, ratio=RATIO)
    muscle = nmj.MotorUnits(pool, owns, junction, action_potential=action_potential)
    if noop:
        for stage in (
            muscle.fibers._stage,
            muscle.junctions._stage,
            muscle.junctions._stage.receive,
        ):
            stage.bind = lambda: nothing
            stage.after_run = nothing
    spikes = SpikeMonitor(muscle.fibers, variables="spike_time")
    force = StateMonitor(muscle.units, "force", record=True)
    return Network(pool, muscle, spikes, force), (muscle, spikes, force)


def nothing(t_s: float) -> None:
    """A kernel that does nothing."""


def measure(
    rate: str,
    fibers: int,
    duration_s: float,
    repeats: int,
    threads: list[int],
    action_potential: str = "tabulated",
) -> dict:
    """Wall seconds per second of biology, by name, and what the muscle did."""
    defaultclock.dt = 0.1 * ms
    seed(SEED)
    made = {"skeleton": network(rate, fibers, duration_s, True, action_potential)}
    made["muscle"] = network(rate, fibers, duration_s, False, action_potential)
    for net, _ in made.values():
        net.run(START_S * second)
        net.store()
    walls: dict[str, list[float]] = {}
    cpus: dict[str, list[float]] = {}
    labels = [("skeleton", 1)] + [("muscle", n) for n in threads]
    for _ in range(repeats):
        for name, n in labels:
            net, _ = made[name]
            net.restore(restore_random_state=True)
            nmj.set_threads(n)
            net.run(0 * ms)  # what Brian does before a run, less what it does once
            begin, spent = time.perf_counter(), time.process_time()
            net.run(duration_s * second)
            wall = (time.perf_counter() - begin) / duration_s
            label = name if name == "skeleton" else f"{n} thread(s)"
            walls.setdefault(label, []).append(wall)
            cpus.setdefault(label, []).append((time.process_time() - spent) / duration_s)
    muscle, spikes, force = made["muscle"][1]
    impulses = int(np.sum(muscle.junctions.impulses[:]))
    return {
        "rate": rate,
        "fibers": fibers,
        "wall_s_per_s": {
            k: {
                "median": statistics.median(v),
                "min": min(v),
                "max": max(v),
                "runs": len(v),
                "cpu_median": statistics.median(cpus[k]),
            }
            for k, v in walls.items()
        },
        "impulses": impulses,
        "fiber_spikes": int(spikes.num_spikes),
        "quanta": float(np.sum(muscle.junctions.quanta_total[:])),
        "mean_force_N": float(np.asarray(force.force).sum(0).mean()),
        "peak_memory_MB": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--rates", nargs="*", default=["20"], help="Hz, or ramp")
    parser.add_argument("--fibers", type=int, default=FIBERS)
    parser.add_argument("--seconds", type=float, default=1.0, help="of biology")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--threads", type=int, nargs="*", default=[1, 2])
    parser.add_argument("--computed", action="store_true", help="no tabulated action potentials")
    parser.add_argument("--out", default="output/fdi.json")
    options = parser.parse_args()
    print(f"load {os.getloadavg()[0]:.2f}, {os.cpu_count()} cores, {options.fibers} fibers")
    rows = []
    for rate in options.rates:
        how = "computed" if options.computed else "tabulated"
        row = measure(rate, options.fibers, options.seconds, options.repeats, options.threads, how)
        rows.append(row)
        for name, w in row["wall_s_per_s"].items():
            each = ""
            if name != "skeleton":
                bare = row["wall_s_per_s"]["skeleton"]["cpu_median"]
                ns = 1e9 * options.seconds * (w["cpu_median"] - bare) / max(row["impulses"], 1)
                each = f", {1e-3 * ns:.2f} us of it per impulse above the skeleton"
            print(
                f"{rate:>5} Hz  {name:12} {w['median']:8.3f} s per s "
                f"({w['min']:.3f} ... {w['max']:.3f}, {w['runs']} runs), CPU {w['cpu_median']:.3f}{each}"
            )
        print(
            f"          {row['impulses']} impulses, {row['fiber_spikes']} fiber spikes, "
            f"{row['quanta']:.0f} quanta, {row['mean_force_N']:.3f} N, {row['peak_memory_MB']:.0f} MB",
            flush=True,
        )
    out = Path(options.out)
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(json.dumps(rows, indent=1) + "\n")
    print(f"written: {out}", file=sys.stderr)


if __name__ == "__main__":
    main()
