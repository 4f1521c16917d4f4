"""What one impulse costs: nanoseconds per junction and per fiber, time step by time step.

    python tests/benchmarks/impulse.py [--fibers N] [--repeats R] [--steps S] [--computed]

All junctions of N fibers receive one impulse at once; the two kernels are called directly, without
Brian2 between them, as if nobody looked; action potentials from a table, or ``--computed``. Smallest of
R repeats of each step, since other programs only add to it; ratios are only meaningful between numbers
of one run.
"""

from __future__ import annotations

import argparse
import os
import time
import warnings

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
warnings.filterwarnings("ignore", category=DeprecationWarning)

import numpy as np  # noqa: E402
from brian2 import Network, SpikeGeneratorGroup, defaultclock, ms, second, seed  # noqa: E402

import nmj_brian as nmj  # noqa: E402
from nmj_brian import fiber_stage  # noqa: E402

STEP_S, SEED = 1e-4, 3
#: Where the course of an impulse is cut: release, action potential, end of the end-plate current.
CUTS_MS = (0.0, 0.5, 2.5, 8.0, 30.0)


def costs(fibers: int, repeats: int, steps: int, action_potential: str) -> np.ndarray:
    """Nanoseconds of a junction and of a fiber in each step, [step, 2]."""
    defaultclock.dt = STEP_S * second
    seed(SEED)
    nmj.set_threads(1)
    nerve = SpikeGeneratorGroup(1, [0], [1] * second)  # never, in what is run
    muscle = nmj.MuscleFibers(fibers, action_potential=action_potential)
    junctions = nmj.NMJ(nerve, muscle)
    junctions.connect()
    net = Network(nerve, muscle, junctions)
    fiber_stage.is_used = lambda _: False  # no network runs that could be asked
    net.run(1 * ms)  # everything is looked at once
    net.store()
    spikes = nerve.variables["_spikespace"].get_value()
    out = np.full((steps, 2), np.inf)
    for _ in range(repeats):
        net.restore(restore_random_state=True)
        receive, advance = junctions._stage.bind_receive(), junctions._stage.bind()
        move = muscle._stage.bind()
        spikes[0], spikes[-1] = 0, 1
        receive(1e-3)
        spikes[-1] = 0
        for k in range(steps):
            t_s = 1e-3 + k * STEP_S
            begin = time.perf_counter()
            advance(t_s)
            middle = time.perf_counter()
            move(t_s)
            end = time.perf_counter()
            out[k] = np.minimum(out[k], (middle - begin, end - middle))
    if np.mean(np.asarray(muscle.spike_count) == 1) < 0.99:
        raise RuntimeError("the impulse gives one action potential each, in nearly all fibers")
    return 1e9 * out / fibers


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--fibers", type=int, default=4000)
    parser.add_argument("--repeats", type=int, default=8)
    parser.add_argument("--steps", type=int, default=260)
    parser.add_argument("--computed", action="store_true")
    options = parser.parse_args()
    how = "computed" if options.computed else "tabulated"
    table = costs(options.fibers, options.repeats, options.steps, how)
    print(f"load {os.getloadavg()[0]:.2f}; us per impulse (ns per step)")
    print("     ms after          junction             fiber")
    ends = [min(round(1e-3 * c / STEP_S), options.steps) for c in CUTS_MS]
    for a, b, first, last in zip(CUTS_MS, CUTS_MS[1:], ends, ends[1:], strict=False):
        part = table[first:last]
        text = "".join(f"{1e-3 * x.sum():10.2f} ({x.mean():5.0f})" for x in part.T)
        print(f"{a:6.1f} ... {b:4.1f} {text}")
    print("all           " + "".join(f"{1e-3 * x:10.2f}        " for x in table.sum(0)))


if __name__ == "__main__":
    main()
