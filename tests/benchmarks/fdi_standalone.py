"""Workload FDI in C++ standalone, with 0, 1 and 2 threads of OpenMP, beside runtime mode.

    python tests/benchmarks/fdi_standalone.py [--rate 20] [--fibers N] [--seconds S] [--openmp 0 1 2]
                                              [--repeats R] [--out FILE.json] [--how computed tabulated]

Each program is built first, in a process of its own; then programs and runtime mode are run in turns. Wall seconds
per second of biology: of the loop of steps, which the program itself takes (without compiling, reading and writing
arrays), and of the whole program; of runtime mode as in `fdi.py`. Action potentials are computed, or read from a
table. Ratios are only meaningful between numbers of one run of this command. Prints the table of docs/cost.md.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import fdi
import numpy as np
from brian2 import defaultclock, device, ms, prefs, second, seed, set_device


def build(
    folder: str, rate: str, fibers: int, duration_s: float, openmp: int, how: str
) -> dict[str, str]:
    """Write and compile the program; where its counts will be."""
    set_device("cpp_standalone", build_on_run=False)
    prefs.devices.cpp_standalone.openmp_threads = openmp
    defaultclock.dt = 0.1 * ms
    seed(fdi.SEED)
    net, (muscle, spikes, _) = fdi.network(rate, fibers, duration_s, False, how)
    net.run(fdi.START_S * second)
    net.run(duration_s * second)
    device.build(directory=folder, compile=True, run=False)
    counts = {"fiber_spikes": spikes.variables["N"]}
    counts["impulses"] = muscle.junctions.variables["impulses"]
    return {name: Path(device.get_array_filename(v)).name for name, v in counts.items()}


def built(folder: Path, *asked: object) -> dict[str, str]:
    """The same in a process of its own."""
    print(f"building {folder.name} ...", file=sys.stderr, flush=True)
    command = [
        sys.executable,
        "-W",
        "ignore",
        __file__,
        "--build",
        json.dumps([str(folder), *asked]),
    ]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    return json.loads(done.stdout.splitlines()[-1])


def run(folder: Path) -> tuple[float, float]:
    """Wall seconds of the last loop of steps, and of the whole program."""
    results = folder / "results"
    results.mkdir(exist_ok=True)
    begin = time.perf_counter()
    command = ["./main", "--results_dir", f"{results}/"]
    subprocess.run(command, cwd=folder, check=True, stdout=subprocess.DEVNULL)
    whole = time.perf_counter() - begin
    return float((results / "last_run_info.txt").read_text().split()[0]), whole


def measure(
    rate: str,
    fibers: int,
    duration_s: float,
    openmp: list[int],
    repeats: int,
    hows: list[str],
    base: Path,
) -> dict:
    """Wall seconds per second of biology, by target, and what the muscle did there."""
    folders = {(n, how): base / f"openmp {n}, {how}" for how in hows for n in openmp}
    arrays = {of: built(at, rate, fibers, duration_s, *of) for of, at in folders.items()}
    walls: dict[str, list[float]] = {}
    did: dict[str, dict[str, int]] = {}
    for k in range(repeats):
        print(f"turn {k + 1} of {repeats} ...", file=sys.stderr, flush=True)
        for how in hows:
            row = fdi.measure(rate, fibers, duration_s, 1, [1, 2], how)
            for label, told in row["wall_s_per_s"].items():
                name = f"runtime, {label}" + ("" if label == "skeleton" else f", {how}")
                walls.setdefault(name, []).append(told["median"])
                did[name] = {x: row[x] for x in ("impulses", "fiber_spikes")}
        for (n, how), at in folders.items():
            loop, whole = run(at)
            name = f"C++ standalone, OpenMP {n}, {how}"
            walls.setdefault(name, []).append(loop / duration_s)
            walls.setdefault(f"{name}, whole program", []).append(whole / duration_s)
            did[name] = did[f"{name}, whole program"] = {
                what: int(np.fromfile(at / "results" / file, np.int32).sum())
                for what, file in arrays[n, how].items()
            }
    return {
        "rate": rate,
        "fibers": fibers,
        "seconds": duration_s,
        "load": os.getloadavg()[0],
        "wall_s_per_s": {
            name: {"median": statistics.median(v), "min": min(v), "max": max(v), "runs": len(v)}
            for name, v in walls.items()
        },
        "did": did,
    }


def table(found: dict) -> str:
    """In Markdown."""
    lines = ["| target | wall s per s | whole program | fiber spikes |", "| --- " * 4 + "|"]
    walls = found["wall_s_per_s"]
    for name, wall in walls.items():
        if name.endswith("whole program"):
            continue
        whole = walls.get(f"{name}, whole program")
        cells = [name, f"{wall['median']:.3g} ({wall['min']:.3g} to {wall['max']:.3g})"]
        cells += ["" if whole is None else f"{whole['median']:.3g}"]
        cells += ["" if name.endswith("skeleton") else f"{found['did'][name]['fiber_spikes']:,}"]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--rate", default="20", help="Hz, or ramp")
    parser.add_argument("--fibers", type=int, default=fdi.FIBERS)
    parser.add_argument("--seconds", type=float, default=1.0, help="of biology")
    parser.add_argument("--openmp", type=int, nargs="*", default=[0, 1, 2])
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--how", nargs="*", default=["computed", "tabulated"])
    parser.add_argument("--out", type=Path, default=Path("output/fdi_standalone.json"))
    parser.add_argument("--build", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.build:
        print(json.dumps(build(*json.loads(options.build))))
        return
    asked = (options.rate, options.fibers, options.seconds, options.openmp, options.repeats)
    asked += (options.how,)
    with tempfile.TemporaryDirectory() as base:
        found = measure(*asked, Path(base))
    print(table(found))
    options.out.parent.mkdir(parents=True, exist_ok=True)
    options.out.write_text(json.dumps(found, indent=1) + "\n")
    print(f"written: {options.out}", file=sys.stderr)


if __name__ == "__main__":
    main()
