"""What whole muscles cost, against their size, rate, time step and the number of receptor states.

    python tests/benchmarks/scaling.py [--only junctions rate dt states] [--quick] [--out FILE.json] [--plot FILE.png]

Networks of workload FDI (`fdi.py`; one junction a fiber, motor units of 337 fibers on average, tabulated action
potentials) and their skeletons, the same without our kernels, run in turns with one thread. CPU time of the
loop of steps alone: of the muscle, and above its skeleton, per impulse that reached a junction. Sizes run in fresh
processes, whose largest memory before the skeleton is built gives the bytes of a junction with its fiber. Receptors:
`schemes.py`. Prints the tables of docs/cost.md. Ratios are only meaningful between numbers of one run of this command.
"""

from __future__ import annotations

import argparse
import itertools
import json
import resource
import statistics
import subprocess
import sys
import time
from pathlib import Path

import fdi
import numpy as np
import schemes
from brian2 import defaultclock, ms, second, seed
from run import loop_seconds, machine

import nmj_brian as nmj
from nmj_brian.junction_stage import solve_endplate

PER_UNIT = fdi.FIBERS / fdi.UNITS
#: What is varied -> the values; all others are those of FDI.
SIZES = (100, 1000, 10_000, 40_500, 100_000, 400_000)
RATES_HZ = (1, 2, 5, 10, 20, 50)
STEPS_MS = (0.025, 0.05, 0.1, 0.2)
STATES = [("brief", n) for n in (3, 4, 5, 6, 8, 10, 12, 14, 16)]
STATES += [("desensitized", n) for n in (7, 11, 16)]
#: Junctions of the other sweeps; seconds of biology of one part, and parts.
FEW, PART_S, PARTS = 20_250, 0.4, 3
#: Junction-seconds of one part of a muscle of another size.
WORK = 20_000.0
#: A 2 GB machine, for the largest one.
MOST_MB = 2000.0


def peak_MB() -> float:
    """Largest memory of this process so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def units_of(fibers: int) -> int:
    """Motor units of a muscle, of as many fibers each as in FDI."""
    return max(1, round(fibers / PER_UNIT))


def point(
    fibers: int,
    rate: float = 20.0,
    dt_ms: float = 0.1,
    kind: str = "brief",
    states: int = schemes.HUMAN,
    part_s: float = PART_S,
    parts: int = PARTS,
) -> dict:
    """One muscle and its skeleton, part by part in turns."""
    begin = time.perf_counter()
    defaultclock.dt = dt_ms * ms
    nmj.set_threads(1)
    seed(fdi.SEED)
    known = states == schemes.HUMAN
    junction = nmj.junctions.human() if known else schemes.junction(states, kind)
    more = {"units": units_of(fibers), "junction": junction}
    asked = (f"{rate:g}", fibers, part_s * parts)
    net, (muscle, _, _) = fdi.network(*asked, False, **more)
    net.run(fdi.START_S * second)
    parts_of = {"muscle": [], "skeleton": []}
    impulses = []
    bare = memory_MB = None
    for _ in range(parts):
        before = muscle.junctions.impulses[:].sum()
        parts_of["muscle"].append(loop_seconds(net, part_s))
        impulses.append(int(muscle.junctions.impulses[:].sum() - before))
        if bare is None:
            memory_MB = peak_MB()
            bare, _ = fdi.network(*asked, True, **more)
            bare.run(fdi.START_S * second)
        parts_of["skeleton"].append(loop_seconds(bare, part_s))
    full, empty, came = (
        np.array(parts_of["muscle"]),
        np.array(parts_of["skeleton"]),
        np.array(impulses),
    )
    us = 1e6 / np.maximum(came, 1)
    endplate = solve_endplate(junction, "quanta", None, 10, 1e-5).scalars()
    return {
        "fibers": fibers,
        "rate_Hz": rate,
        "dt_ms": dt_ms,
        "states": states,
        "kind": kind if states > schemes.HUMAN else "",
        "exponentials": endplate["n_source"],
        "seconds": part_s * parts,
        "impulses": int(came.sum()),
        "quanta": float(muscle.junctions.quanta_total[:].sum()),
        "fiber_spikes": int(muscle.fibers.spike_count[:].sum()),
        "cpu_s_per_s": float(full.sum() / (part_s * parts)),
        "skeleton_s_per_s": float(empty.sum() / (part_s * parts)),
        "us_per_impulse": statistics.median(us * full),
        "us_above": statistics.median(us * (full - empty)),
        "us_above_range": [
            float(x) for x in (np.min(us * (full - empty)), np.max(us * (full - empty)))
        ],
        "memory_MB": memory_MB,
        "wall_s": time.perf_counter() - begin,
    }


def fresh(**asked: object) -> dict:
    """The same in a process of its own."""
    command = [sys.executable, "-W", "ignore", __file__, "--point", json.dumps(asked)]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    return json.loads(done.stdout.splitlines()[-1])


def sweeps(quick: bool) -> dict[str, list[dict]]:
    """What is asked of each point, by sweep."""
    some = {"part_s": 0.1, "parts": 2} if quick else {}
    few = 2000 if quick else FEW
    sizes = SIZES[:3] if quick else SIZES
    states = [("brief", 3), ("brief", 16), ("desensitized", 7)] if quick else STATES
    # a slow rate needs more time, until enough impulses came to tell their cost from the skeleton's
    return {
        "junctions": [
            {"fibers": n, "part_s": float(np.clip(WORK / n, 0.1, 2.0))} | some for n in sizes
        ],
        "rate": [
            {"fibers": few, "rate": r, "part_s": PART_S * min(max(1.0, 10.0 / r), 4.0)} | some
            for r in RATES_HZ
        ],
        "dt": [{"fibers": few, "dt_ms": dt} | some for dt in STEPS_MS],
        "states": [
            {"fibers": few, "kind": k, "states": n, "part_s": PART_S if k == "brief" else 0.1}
            | some
            for k, n in states
        ],
    }


def measure(only: list[str], quick: bool) -> dict[str, list[dict]]:
    """All points, telling on stderr how far it is."""
    found: dict[str, list[dict]] = {}
    asked = {name: points for name, points in sweeps(quick).items() if not only or name in only}
    total, done, begin = sum(map(len, asked.values())), 0, time.perf_counter()
    for name, points in asked.items():
        for one in points:
            done += 1
            told = ", ".join(f"{k} {v:g}" if k != "kind" else v for k, v in one.items())
            print(
                f"[{time.perf_counter() - begin:4.0f} s] {done}/{total} {name}: {told}",
                file=sys.stderr,
            )
            found.setdefault(name, []).append(fresh(**one) if name == "junctions" else point(**one))
    return found


def bytes_per_junction(rows: list[dict]) -> list[float | None]:
    """Memory beyond that of the next smaller muscle, per junction with its fiber that it has more.

    None for those too small to tell: what is solved beforehand takes more for a moment than they do.
    """
    found: list[float | None] = [None]
    for small, large in itertools.pairwise(rows):
        grown = 2**20 * (large["memory_MB"] - small["memory_MB"])
        tells = small["fibers"] >= 40_000
        found.append(grown / (large["fibers"] - small["fibers"]) if tells else None)
    return found


#: Sweep -> what stands in the first column.
VARIED = {
    "junctions": lambda r: f"{r['fibers']:,} junctions",
    "rate": lambda r: f"mean rate {r['rate_Hz']:g} Hz",
    "dt": lambda r: f"dt {r['dt_ms']:g} ms",
    "states": lambda r: (
        f"{r['states']} states{', ' + r['kind'] if r['kind'] else ''} ({r['exponentials']} exponentials)"
    ),
}


def tables(found: dict[str, list[dict]]) -> str:
    """Table and remark in Markdown."""
    heads = ("", "impulses", "CPU s per s", "of it skeleton", "us per impulse")
    lines = [f"| {' | '.join(heads)} | us above skeleton (parts) | bytes per further junction |"]
    lines += ["| --- " * 7 + "|"]
    for name, rows in found.items():
        each = bytes_per_junction(rows) if name == "junctions" else [None] * len(rows)
        for row, size in zip(rows, each, strict=True):
            low, high = row["us_above_range"]
            cells = [VARIED[name](row), f"{row['impulses']:,}", f"{row['cpu_s_per_s']:.3g}"]
            cells += [f"{row['skeleton_s_per_s']:.3g}", f"{row['us_per_impulse']:.3g}"]
            cells += [f"{row['us_above']:.3g} ({low:.3g} to {high:.3g})"]
            cells += ["" if size is None else f"{size:,.0f}"]
            lines.append(f"| {' | '.join(cells)} |")
    if "junctions" in found:
        row = found["junctions"][-1]
        fits = "fits" if row["memory_MB"] <= MOST_MB else "does not fit"
        lines += [
            "",
            f"{row['fibers']:,} junctions with their fibers ran in {row['memory_MB']:,.0f} MB, Python and "
            f"all that is recorded included: that {fits} in 2 GB.",
        ]
    return "\n".join(lines)


def figure(found: dict[str, list[dict]], path: Path) -> None:
    """A panel each: microseconds per impulse, the muscle's and above its skeleton."""
    import matplotlib

    matplotlib.use("agg")
    from matplotlib import pyplot as plt

    fig, panels = plt.subplots(1, len(found), figsize=(4 * len(found), 3.6), layout="constrained")
    x_of = {"junctions": "fibers", "rate": "rate_Hz", "dt": "dt_ms", "states": "states"}
    labels = {
        "junctions": "junctions, 20 Hz",
        "rate": "mean rate (Hz)",
        "dt": "time step (ms)",
        "states": "states of the receptor",
    }
    for axes, (name, rows) in zip(np.atleast_1d(panels), found.items(), strict=True):
        kinds = {"": [r for r in rows if r["kind"] != "desensitized"]}
        kinds[", desensitized"] = [r for r in rows if r["kind"] == "desensitized"]
        for kind, some in kinds.items():
            if not some:
                continue
            x = [r[x_of[name]] for r in some]
            mark = "o" if not kind else "s"
            low, high = np.array([r["us_above_range"] for r in some]).T
            y = np.array([r["us_above"] for r in some])
            error = np.maximum([y - low, high - y], 0.0)
            axes.errorbar(
                x, y, error, fmt=f"{mark}-", color="C3", label=f"above skeleton{kind}", ms=4
            )
            axes.plot(
                x,
                [r["us_per_impulse"] for r in some],
                f"{mark}:",
                color="0.5",
                label=f"all{kind}",
                ms=4,
            )
        axes.set(xlabel=labels[name], yscale="log")
        low, high = 1.0, axes.get_ylim()[1]
        axes.set_ylim(low, high)
        at = [d * 10**k for k in range(-1, 5) for d in (1, 2, 5) if low <= d * 10**k <= high]
        axes.set_yticks(at, [f"{y:g}" for y in at])
        if name != "states":
            x = sorted(
                {r[x_of[name]] for r in rows} - {40_500}
            )  # which stands too near to its neighbor
            axes.set_xscale("log")
            axes.set_xticks(x, [f"{v / 1000:g}k" if v >= 1000 else f"{v:g}" for v in x])
        axes.minorticks_off()
        axes.grid(alpha=0.3, linewidth=0.5)
        axes.legend(fontsize=7)
    np.atleast_1d(panels)[0].set_ylabel("CPU time per impulse (us)")
    fig.savefig(path, dpi=90)
    plt.close(fig)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--only", nargs="*", default=[], choices=list(VARIED))
    parser.add_argument("--quick", action="store_true", help="few and small: whether it works")
    parser.add_argument("--out", type=Path, default=Path("output/scaling.json"))
    parser.add_argument("--plot", type=Path, help="default: beside --out")
    parser.add_argument("--point", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.point:
        print(json.dumps(point(**json.loads(options.point))))
        return
    where, begin = machine(), time.perf_counter()
    print(json.dumps(where), file=sys.stderr)
    found = measure(options.only, options.quick)
    options.out.parent.mkdir(parents=True, exist_ok=True)
    options.out.write_text(json.dumps({"machine": where, "results": found}, indent=1) + "\n")
    plot = options.plot or options.out.with_suffix(".png")
    figure(found, plot)
    print(tables(found))
    print(f"{time.perf_counter() - begin:.0f} s; written: {options.out}, {plot}", file=sys.stderr)


if __name__ == "__main__":
    main()
