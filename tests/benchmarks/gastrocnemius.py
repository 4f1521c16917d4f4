"""A muscle of a million fibers in shards: a human medial gastrocnemius on one machine.

    python tests/benchmarks/gastrocnemius.py [--seconds S] [--rate HZ] [--fibers N] [--shards K]
                                             [--workers W] [--folder DIR] [--out FILE.json]

579 motor units, 1,042,000 fibers (Feinstein, Lindegard, Nyman & Wohlfart 1955), the largest unit 100 times the
smallest (assumed), motor neurons as in workload FDI; human preset, quantal noise, dt = 0.1 ms; spikes of
all fibers and force of all units are recorded. Says what each shard took, and what that makes of a second.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from pathlib import Path

import numpy as np
from brian2 import second
from fdi import SEED, START_S, trains

import nmj_brian as nmj

UNITS, FIBERS, RATIO = 579, 1_042_000, 100.0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument(
        "--seconds", type=float, default=0.2, help="of biology, after 0.1 s of rest"
    )
    parser.add_argument("--rate", default="10", help="Hz")
    parser.add_argument("--fibers", type=int, default=FIBERS)
    parser.add_argument("--shards", type=int)
    parser.add_argument("--workers", type=int)
    parser.add_argument("--folder")
    parser.add_argument("--out", default="output/gastrocnemius.json")
    options = parser.parse_args()
    print(f"load {os.getloadavg()[0]:.2f}, {os.cpu_count()} cores, {options.fibers} fibers")
    owns = nmj.innervation(units=UNITS, fibers=options.fibers, ratio=RATIO)
    neuron, times = trains(options.rate, options.seconds, UNITS)
    begin = time.perf_counter()
    found = nmj.shard(
        (neuron, times * second),
        owns,
        (START_S + options.seconds) * second,
        seed=SEED,
        shards=options.shards,
        workers=options.workers,
        folder=options.folder,
    )
    wall = time.perf_counter() - begin
    row = {
        "fibers": options.fibers,
        "seconds": options.seconds,
        "rate_Hz": options.rate,
        "shards": found.sizes["shard"],
        "wall_s": wall,
        "shard_cpu_s": found.cpu_time.values.tolist(),
        "shard_wall_s": found.wall_time.values.tolist(),
        "shard_peak_MB": found.peak_memory.values.tolist(),
        "impulses": int(found.impulses.sum()),
        "fiber_spikes": int(found.sizes["spike"]),
        "quanta": float(found.quanta.sum()),
        "greatest_force_N": float(found.force.sum("unit").max()),
    }
    cpu = np.array(row["shard_cpu_s"])
    print(
        f"{row['shards']} shards: {wall:.1f} s wall, {cpu.sum():.1f} s CPU ({cpu.min():.1f} to {cpu.max():.1f} "
        f"each), at most {max(row['shard_peak_MB']):.0f} MB in a shard\n"
        f"{row['impulses']} impulses, {row['fiber_spikes']} fiber spikes, {row['quanta']:.0f} quanta, "
        f"{row['greatest_force_N']:.1f} N; {1e6 * cpu.sum() / max(row['impulses'], 1):.1f} us CPU per impulse"
    )
    out = Path(options.out)
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(json.dumps(row, indent=1) + "\n")
    print(f"written: {out}", file=sys.stderr)


if __name__ == "__main__":
    main()
