"""What the junctions cost: one command prints a table and writes the numbers as JSON.

    python tests/benchmarks/run.py [--repeats 5] [--full] [--only WORD ...] [--out FILE.json]

Every number is the median of repeated runs in one process (import time and memory: of fresh
processes), with the smallest and the largest beside it; CPU time, except for whole muscles, which
are wall time. Ratios are only meaningful between numbers
of one run of this command. `--full` adds the whole muscle of 40,500 junctions at 20 Hz. `--only`
keeps the benchmarks whose name contains one of the words. Nothing here is asserted: speed is
measured, not tested.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import time
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
warnings.filterwarnings("ignore", category=DeprecationWarning)

import numpy as np  # noqa: E402
from brian2 import (  # noqa: E402
    BrianLogger,
    Hz,
    Network,
    NeuronGroup,
    SpikeGeneratorGroup,
    Synapses,
    defaultclock,
    ms,
    second,
    um,
)

import nmj_brian as nmj  # noqa: E402

DT = 0.1 * ms
Samples = dict[str, tuple[list[float], str]]
#: CPU time of this process: what other programs on the machine do disturbs it least.
clock = time.process_time


def kernels(repeats: int) -> Samples:
    """Kernels alone, without Brian2's loop: 2,000 fibers, one junction each, all hit at once."""
    n, steps = 2000, 300
    defaultclock.dt = DT
    nerve = SpikeGeneratorGroup(1, [], [] * ms)
    fibers = nmj.MuscleFibers(n)
    synapse = nmj.NMJ(nerve, fibers, nmj.junctions.human().replace(mini_rate=0 * Hz))
    synapse.connect()
    Network(nerve, fibers, synapse).run(DT)  # the first look at each junction
    receive, advance = synapse._stage.bind_receive(), synapse._stage.bind()
    membrane = fibers._stage.bind()
    private, awake = synapse._stage._private, fibers._stage._private["awake"]
    spikes = nerve.variables["_spikespace"].get_value()
    at = {
        name: ([], "ns")
        for name in (
            "end plate, active, per junction-step",
            "end plate, volley (first 1 ms), per junction-step",
            "fiber, active, per fiber-step",
            "fiber, spiking (first 3 ms), per compartment and sub-step",
            "junction and fiber, active, per junction-step",
            "end plate, idle, per junction-step",
            "fiber, idle, per fiber-step",
        )
    }
    chain = nmj.fibers.human().chain().model.compartments
    first = 1
    for _ in range(repeats):
        spent, count, fine = np.zeros((2, steps)), np.zeros((2, steps)), fibers._stage.n_sub * chain
        spikes[:2] = 0, 1
        receive(first * 1e-4)
        spikes[-1] = 0
        for k in range(steps):
            t_s = (first + k) * 1e-4
            count[0, k] = np.count_nonzero(private["wake_s"] < t_s + 1e-4)
            begin = clock()
            advance(t_s)
            middle = clock()
            driven = fibers._stage._private["driven"].copy()
            again = clock()
            membrane(t_s)
            spent[:, k] = middle - begin, clock() - again
            count[1, k] = np.count_nonzero(driven | awake)
        spent *= 1e9
        active = count.sum(1)
        values = [
            spent[0].sum() / active[0],
            spent[0, :10].sum() / count[0, :10].sum(),
            spent[1].sum() / active[1],
            spent[1, 5:30].sum() / count[1, 5:30].sum() / fine,
            spent.sum() / active[0],
        ]
        first += steps
        while np.any(private["wake_s"] < first * 1e-4) or awake.any():
            advance(first * 1e-4)
            membrane(first * 1e-4)
            first += 1
        values += [_each(lambda t=first: advance(t * 1e-4), 2000) / n * 1e9]
        values += [_each(lambda t=first: membrane(t * 1e-4), 2000) / n * 1e9]
        for name, value in zip(at, values, strict=True):
            at[name][0].append(value)
    return at


def _each(call: Callable[[], object], times: int) -> float:
    begin = clock()
    for _ in range(times):
        call()
    return (clock() - begin) / times


def loop_seconds(net: Network, duration: float, clock: Callable[[], float] = clock) -> float:
    """Seconds of the loop of steps alone, without what Brian2 does before a run."""
    marks = []
    net.run(0 * ms)
    for part in (0.0, duration, 0.0):  # that varies, too: once before, once after
        begin = clock()
        net.run(part * second)
        marks.append(clock() - begin)
    return marks[1] - 0.5 * (marks[0] + marks[2])


def fixed_cost(repeats: int) -> Samples:
    """One silent junction for five seconds: what our objects add to each step of Brian2's own loop."""
    defaultclock.dt = DT
    nerve, bare_nerve = (SpikeGeneratorGroup(1, [], [] * ms) for _ in range(2))
    fibers = nmj.MuscleFibers(1)
    synapse = nmj.NMJ(nerve, fibers)
    synapse.connect()
    ours, bare = Network(nerve, fibers, synapse), Network(bare_nerve)
    steps = 50_000
    result: Samples = {
        "Brian2's loop with a silent nerve, per step": ([], "us"),
        "fixed cost of one NMJ and MuscleFibers, per step": ([], "us"),
    }
    for _ in range(repeats + 1):
        empty, full = loop_seconds(bare, steps * 1e-4), loop_seconds(ours, steps * 1e-4)
        for (values, _), value in zip(result.values(), (empty, full - empty), strict=True):
            values.append(1e6 * value / steps)
    for values, _ in result.values():
        del values[0]  # Brian2 compiles its own code in the first
    return result


def building(repeats: int) -> Samples:
    """Solving one parameter set anew (a slightly different AChE density or diameter each time)."""
    human = nmj.junctions.human()
    BrianLogger.suppress_name("unused_brian_object")  # NMJ objects are built here, and never run
    result: Samples = {
        f"build {name}": ([], "ms")
        for name in (
            "Terminal",
            "Quantum",
            "EndplateModel",
            "Chain (shipped)",
            "NMJ, same junction",
        )
    }
    nerve, fibers = SpikeGeneratorGroup(1, [], [] * ms), nmj.MuscleFibers(1)
    nmj.NMJ(nerve, fibers, human)
    for k in range(repeats):
        change = 1 - 1e-3 * (k + 1 + np.random.default_rng().uniform())
        other = human.replace(
            AChE_density=human.AChE_density * change, ap_width=human.ap_width * change
        )
        calls = (
            lambda other=other: nmj.Terminal(other),
            lambda other=other: nmj.Quantum(other).peak,
            lambda other=other: nmj.EndplateModel(other),
            lambda: nmj.fibers.human().chain(),
            lambda: nmj.NMJ(nerve, fibers, human),
        )
        for (values, _), call in zip(result.values(), calls, strict=True):
            values.append(1e3 * _each(call, 1))
    return result


def fitting(repeats: int) -> Samples:
    """Cable and fit of a chain for a diameter that is not shipped (once per session and fiber)."""
    name, values = "build Chain (fitted for a new diameter)", []
    for k in range(min(repeats, 2)):
        fiber = nmj.fibers.human(diameter=(51.5 + k) * um)
        values.append(1e3 * _each(fiber.chain, 1))
    return {name: (values, "ms")}


def _child(code: str) -> float:
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", code], capture_output=True, text=True, check=True
    )
    return float(done.stdout.split()[-1])


def importing(repeats: int) -> Samples:
    """In a fresh process each, brian2 being imported already."""
    code = (
        "import time, brian2\nbegin = time.process_time()\nimport nmj_brian\n"
        "print(time.process_time() - begin)"
    )
    _child(code)
    values = [1e3 * _child(code) for _ in range(repeats)]
    return {"import nmj_brian beyond brian2": (values, "ms")}


MEMORY = """
import brian2, numpy as np, nmj_brian as nmj
from brian2 import ms
def resident():
    with open("/proc/self/status") as status:
        return next(int(x.split()[1]) for x in status if x.startswith("VmRSS")) * 1024
def build(n):
    nerve = brian2.SpikeGeneratorGroup(120, np.arange(120), [1] * 120 * ms)
    fibers = nmj.MuscleFibers(n)
    synapse = nmj.NMJ(nerve, fibers)
    synapse.connect(i=np.arange(n) * 120 // n, j=np.arange(n))
    net = brian2.Network(nerve, fibers, synapse)
    net.run(3 * ms)
    return net
small = build(1)
before = resident()
large = build(40500)
print((resident() - before) / 40500)
"""


def memory(repeats: int) -> Samples:
    """Growth of resident memory by 40,500 junctions with a fiber each, after a run, per junction."""
    if not Path("/proc/self/status").exists():
        return {}
    values = [_child(MEMORY) for _ in range(min(repeats, 3))]
    return {"memory per junction with its fiber (40,500)": (values, "bytes")}


def _trains(units: int) -> tuple[np.ndarray, np.ndarray]:
    """Twenty impulses a second for each unit, evenly spread over the units."""
    phase = np.arange(units) / units
    times = (np.arange(400)[:, None] + phase) / 20.0
    i = np.broadcast_to(np.arange(units), times.shape)
    return i.ravel(), times.ravel()


def muscle(fibers: int) -> Callable[[int], Samples]:
    """A muscle of 120 motor units at 20 Hz; beside it the same groups of Brian2 without our kernels."""

    def measure(repeats: int) -> Samples:
        defaultclock.dt = DT
        i, times = _trains(120)
        pool, other = (SpikeGeneratorGroup(120, i, times * second) for _ in range(2))
        owns = nmj.innervation(units=120, fibers=fibers)
        units = nmj.MotorUnits(pool, innervation=owns)
        bare = NeuronGroup(fibers, "v : volt", threshold="v > 0*volt", name="skeleton_fibers*")
        lines = Synapses(other, bare, on_pre="v += 0*volt")
        lines.connect(i=owns.unit_of_fiber, j=np.arange(fibers))
        nets = Network(pool, units), Network(other, bare, lines)
        for net in nets:
            net.run(100 * ms)
        label = f"{fibers:,} junctions at 20 Hz, wall per second of biology"
        result: Samples = {
            label: ([], "s"),
            f"the same groups of Brian2 without us ({fibers:,})": ([], "s"),
        }
        for _ in range(min(repeats, 3)):
            for (values, _), net in zip(result.values(), nets, strict=True):
                values.append(loop_seconds(net, 1.0, time.perf_counter))
        crossed = float(np.nanmean(units.transmission))
        print(f"    ({fibers:,} fibers: transmission {crossed:.4f})", file=sys.stderr)
        return result

    return measure


def machine() -> dict[str, str | int | None]:
    """Where the numbers were taken."""
    model = platform.processor()
    info = Path("/proc/cpuinfo")
    if info.exists():
        names = [x for x in info.read_text().splitlines() if x.startswith("model name")]
        model = names[0].split(":")[1].strip() if names else model
    import brian2

    return {
        "machine": platform.machine(),
        "processor": model,
        "cores": os.cpu_count(),
        "load": round(os.getloadavg()[0], 2) if hasattr(os, "getloadavg") else None,
        "python": platform.python_version(),
        "brian2": brian2.__version__,
        "numpy": np.__version__,
        "nmj_brian": nmj.__version__,
    }


BENCHMARKS = {
    "kernels": kernels,
    "fixed_cost": fixed_cost,
    "building": building,
    "fitting": fitting,
    "importing": importing,
    "memory": memory,
    "muscle": muscle(4050),
    "whole_muscle": muscle(40_500),
}


def table(results: dict[str, dict]) -> Iterator[str]:
    """Lines of the printed table."""
    for name, row in results.items():
        numbers = f"{row['median']:10.4g} {row['unit']:5}"
        yield f"{name:72} {numbers} ({row['min']:.4g} ... {row['max']:.4g}, {row['runs']} runs)"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--full", action="store_true", help="also the muscle of 40,500 fibers")
    parser.add_argument("--only", nargs="*", default=[], help="words in names of benchmarks")
    parser.add_argument("--out", default="output/benchmarks.json")
    options = parser.parse_args()
    where = machine()
    print(json.dumps(where))
    results: dict[str, dict] = {}
    for name, measure in BENCHMARKS.items():
        if options.only and not any(word in name for word in options.only):
            continue
        if name == "whole_muscle" and not options.full:
            continue
        rows = {
            label: {
                "median": statistics.median(values),
                "min": min(values),
                "max": max(values),
                "runs": len(values),
                "unit": unit,
            }
            for label, (values, unit) in measure(options.repeats).items()
        }
        results |= rows
        print("\n".join(table(rows)), flush=True)
    out = Path(options.out)
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(json.dumps({"machine": where, "results": results}, indent=1) + "\n")
    print(f"written: {out}")


if __name__ == "__main__":
    main()
