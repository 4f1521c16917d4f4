"""The same junction and fiber in several simulators, side by side: a table, a CSV file and a plot.

    pip install -e '.[peers]'
    python tests/benchmarks/peers.py [--tools brian2 neuron arbor] [--n 1 10 100 1000] [--threads 1]
                                     [--seconds 0.1] [--repeats 3] [--patience 20] [--out output/peers]

What all are given stands in `peer_tools.workload`. First each variant of each tool solves one impulse at
many steps: the largest step is taken whose end-plate potential (Na blocked) and time of the action
potential (from the impulse at the terminal) are within 1 % of its own finest solution. All finest
solutions must agree. Then all are run in turns, each in a process of its own, building and compiling
apart; medians. Ratios are only meaningful between numbers of one run of this command. Nothing here is
asserted but that the tools agree.
"""

from __future__ import annotations

import argparse
import gc
import importlib
import multiprocessing
import os
import statistics
import sys
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import asdict, dataclass, field
from pathlib import Path

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
os.environ.setdefault("NEURON_MODULE_OPTIONS", "-nogui")
sys.path.insert(0, str(Path(__file__).resolve().parent))

#: Module of each tool; ours is always run.
TOOLS = {"ours": "ours", "brian2": "brian2_tool", "neuron": "neuron_tool", "arbor": "arbor_tool"}
#: Largest error of the end-plate potential and of the action potential's time.
ERROR = 0.01
#: How far finest solutions of other tools may be from each other, and from ours, whose cleft they do not have.
AGREE_PEERS, AGREE_OURS = 5e-3, 0.03


@dataclass
class Row:
    """One variant of one tool with one number of junctions."""

    tool: str
    variant: str
    note: str
    step: float
    fixed: bool
    epp_mV: float
    ap_ms: float
    epp_error: float
    ap_error: float
    epp_step: float  # largest step if only the end-plate potential counted
    n: int = 0
    threads: int = 1
    walls: list[float] = field(default_factory=list)  # per second of biology
    spikes: int = 0  # in the seconds that all were run

    @property
    def wall(self) -> float:
        """Median wall seconds per second of biology."""
        return statistics.median(self.walls)

    @property
    def ns(self) -> float:
        """Nanoseconds per junction and step; NaN where steps vary."""
        return 1e3 * self.wall * self.step / self.n if self.fixed else float("nan")


def quiet() -> None:
    """What compilers and simulators print goes to standard error."""
    os.dup2(2, 1)


def worker() -> ProcessPoolExecutor:
    """A process of its own, started afresh: simulators have global state."""
    spawn = multiprocessing.get_context("spawn")
    return ProcessPoolExecutor(1, mp_context=spawn, initializer=quiet)


def variants(tool: str) -> dict:
    """Variants of a tool by name."""
    return importlib.import_module(f"peer_tools.{TOOLS[tool]}").VARIANTS


def described(tool: str) -> dict[str, dict]:
    """What is told of each variant; raises ImportError if the tool is not installed."""
    facts = ("note", "fixed", "step", "accuracy")
    return {k: {f: getattr(v, f) for f in facts} for k, v in variants(tool).items()}


def probe(tool: str, name: str) -> dict[float, tuple[float, float]]:
    """End-plate potential (mV) and time of the action potential (ms), by step."""
    from peer_tools import workload

    variant = variants(tool)[name]
    found: dict[float, tuple[float, float]] = {}
    for step in reversed(variant.steps):
        outcomes = []
        for na in (0.0, 1.0):
            gc.collect()  # so that names are free again, and what Brian2 compiled is found
            outcomes.append(
                variant.build(workload.human(na), 1, step, 1, True)(workload.PROBE_END_S)
            )
        blocked, intact = outcomes
        ap_ms = 1e3 * (intact.spike_s + workload.human().latency_s)
        found[step] = (blocked.peak_mV, ap_ms)
        progress(f"  {tool}: {name}, {step:g}: {blocked.peak_mV:.3f} mV, {ap_ms:.4f} ms")
        if not within(found, step, 5 * ERROR, 1):
            break
    return found


def errors(found: dict[float, tuple[float, float]], step: float) -> tuple[float, float]:
    """Relative errors of end-plate potential and action potential's time, by the finest step."""
    reference = found[min(found)]
    return tuple(x / y - 1.0 for x, y in zip(found[step], reference, strict=True))


def within(found: dict[float, tuple[float, float]], step: float, bound: float, parts=2) -> bool:
    """Whether the first ``parts`` errors are within a bound; not if any is NaN."""
    return all(abs(x) <= bound for x in errors(found, step)[:parts])


def largest(found: dict[float, tuple[float, float]], parts: int = 2) -> float:
    """Largest step whose errors are within the bound."""
    return max(step for step in found if within(found, step, ERROR, parts))


_run = None


def build(tool: str, name: str, n: int, step: float, threads: int, seconds: float) -> int:
    """Build in this process, and run once: the number of spikes."""
    global _run
    from peer_tools import workload

    variant = variants(tool)[name]
    _run = variant.build(workload.human(), n, step, threads, False)
    if variant.longer != 1.0:
        return _run(seconds).spikes
    return -1


def run(tool: str, name: str, seconds: float) -> tuple[float, int]:
    """Wall seconds per second of biology, and spikes."""
    seconds *= variants(tool)[name].longer
    outcome = _run(seconds)
    return outcome.wall_s / seconds, outcome.spikes


def progress(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def probed(tools: list[str], only: list[str], parts: int) -> tuple[list[Row], dict[str, str]]:
    """A row for each variant of what is installed; why others are not run."""
    rows, missing = [], {}
    for tool in tools:
        try:
            with worker() as pool:
                facts = pool.submit(described, tool).result()
        except ImportError as error:
            missing[tool] = f"not installed ({error})"
            continue
        probes: dict[str, dict] = {}
        for name, fact in facts.items():
            if tool != "ours" and only and not any(word in name for word in only):
                continue
            same = fact["accuracy"] or name
            try:
                if same not in probes:
                    progress(f"probing {tool}: {same}")
                    with worker() as pool:
                        probes[same] = pool.submit(probe, tool, same).result()
            except Exception as error:  # named in the table: the others are still worth comparing
                missing[f"{tool}: {name}"] = f"does not run ({error})"
                progress(f"  {tool}: {name} {missing[f'{tool}: {name}']}")
                continue
            found = probes[same]
            step = fact["step"] or largest(found, parts)
            finest, wrong = found[min(found)], errors(found, step)
            told = name, fact["note"], step, fact["fixed"]
            rows.append(Row(tool, *told, *finest, *wrong, largest(found, 1)))
    return rows, missing


def disagreements(rows: list[Row]) -> list[str]:
    """Where finest solutions differ by more than they may."""
    ours = next(row for row in rows if row.tool == "ours")
    peers = [row for row in rows if row.tool != "ours"]
    out = []
    for row in peers:
        for name in ("epp_mV", "ap_ms"):
            value = getattr(row, name)
            for other, bound in ((peers[0], AGREE_PEERS), (ours, AGREE_OURS)):
                off = value / getattr(other, name) - 1.0
                if not abs(off) <= bound:
                    out.append(
                        f"{row.tool}: {row.variant}: {name} {100 * off:+.2f} % of {other.tool}"
                    )
    return out


def timed(rows: list[Row], n: int, options: argparse.Namespace) -> list[Row]:
    """All variants with ``n`` junctions, in turns."""
    out = [Row(**{**asdict(row), "n": n, "threads": options.threads, "walls": []}) for row in rows]
    pools = [worker() for _ in out]
    try:
        started: list[Future] = []
        for row, pool in zip(out, pools, strict=True):
            progress(f"building {row.tool}: {row.variant}, n = {n}")
            arguments = row.tool, row.variant, n, row.step, options.threads, options.seconds
            started.append(pool.submit(build, *arguments))
            row.spikes = started[-1].result()
        for _ in range(options.repeats):
            for row, pool in zip(out, pools, strict=True):
                if sum(row.walls) * options.seconds > options.patience:
                    continue
                wall, spikes = pool.submit(run, row.tool, row.variant, options.seconds).result()
                row.walls.append(wall)
                row.spikes = spikes if row.spikes < 0 else row.spikes
                progress(
                    f"  {row.tool}: {row.variant}, n = {n}: {wall:.4g} s per s, {row.spikes} spikes"
                )
    finally:
        for pool in pools:
            pool.shutdown()
    return out


def main() -> None:
    from peer_report import write

    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--tools", nargs="*", default=list(TOOLS)[1:], choices=list(TOOLS)[1:])
    parser.add_argument("--only", nargs="*", default=[], help="words in names of others' variants")
    parser.add_argument("--n", type=int, nargs="*", default=[1, 10, 100, 1000])
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument(
        "--seconds", type=float, default=0.1, help="of biology; ours ten times that"
    )
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument(
        "--patience", type=float, default=20.0, help="seconds, then no more repeats"
    )
    parser.add_argument("--out", default="output/peers")
    parser.add_argument("--epp-only", action="store_true", help="steps by the end-plate potential")
    options = parser.parse_args()
    parts = 1 if options.epp_only else 2
    rows, missing = probed(["ours", *options.tools], options.only, parts)
    for text in (wrong := disagreements(rows)):
        progress(f"NOT THE SAME: {text}")
    if wrong:
        raise SystemExit("The tools do not compute the same: nothing is timed.")
    results = [row for n in options.n for row in timed(rows, n, options)]
    print(write(results, missing, Path(options.out), options.seconds))


if __name__ == "__main__":
    main()
