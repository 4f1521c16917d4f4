"""All benchmarks of docs/cost.md in one run, and the page with their tables.

    python tests/benchmarks/cost.py [--only WORD ...] [--folder DIR] [--page docs/cost.md] [--quick]

Runs `scaling.py`, `least.py`, `instructions.py`, `fdi_standalone.py` and two parts of `run.py` (some 15 minutes), keeps
what they print and write in a folder, and puts it into the page, between the comments that name it; from the same
numbers, which targets are reached. With ``--only`` the others are taken from the folder; ``--only none`` runs nothing.
"""

from __future__ import annotations

import argparse
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
PAGE = HERE.parents[1] / "docs" / "cost.md"
#: What is run -> its arguments; those that make it short.
COMMANDS = {
    "least": (["least.py"], ["--repeats", "3"]),
    "instructions": (["instructions.py"], []),
    "fixed": (["run.py", "--only", "fixed_cost", "memory"], ["--repeats", "1"]),
    "standalone": (
        ["fdi_standalone.py", "--repeats", "3"],
        ["--fibers", "4050", "--seconds", "0.2", "--repeats", "1", "--openmp", "0"],
    ),
    "scaling": (["scaling.py"], ["--quick"]),
}


def run(name: str, folder: Path, quick: bool) -> None:
    """One of the commands; what it prints becomes a file beside its numbers."""
    (script, *rest), short = COMMANDS[name]
    command = [sys.executable, "-W", "ignore", HERE / script, *rest, *(short if quick else [])]
    if name != "instructions":
        command += ["--out", folder / f"{name}.json"]
    print(f"-- {name}", file=sys.stderr, flush=True)
    done = subprocess.run([str(x) for x in command], stdout=subprocess.PIPE, text=True, check=False)
    if done.returncode and not (name == "instructions" and done.stdout):
        raise SystemExit(f"{name} failed with status {done.returncode}.")
    print(done.stdout, flush=True)
    (folder / f"{name}.md").write_text(done.stdout.strip() + "\n")


def targets(found: dict) -> str:
    """Which targets are reached, in Markdown."""
    walls = {k: v["median"] for k, v in found["standalone"]["wall_s_per_s"].items()}
    fixed = {k: v["median"] for k, v in found["fixed"]["results"].items()}
    stages = {s["what"]: s["ns"] for s in found["least"]["stages"]}
    largest = found["scaling"]["results"]["junctions"][-1]
    one, two = (walls[f"runtime, {n} thread(s), tabulated"] for n in (1, 2))
    bare, best = walls["runtime, skeleton"], min(one, two)
    empty = fixed["Brian2's loop with a silent nerve, per step"]
    ours = fixed["fixed cost of one NMJ and MuscleFibers, per step"]
    resident = fixed.get("memory per junction with its fiber (40,500)")
    alone = min(v for k, v in walls.items() if k.startswith("C++") and "whole" not in k)
    tail, potential = stages["end plate, 1 to 5 ms"] / 10, stages["fiber, first 3 ms"]
    idle = found["least"]["junction, asleep"] / 10
    rows = [
        ("FDI, runtime mode, tabulated, 1 s of biology", "3 s", f"{best:.3g} s", best <= 3),
        ("the same above its skeleton", "1 s", f"{best - bare:.3g} s", best - bare <= 1),
        ("FDI, C++ standalone without compiling", "1 s", f"{alone:.3g} s", alone <= 1),
        ("fixed cost of our objects per step", "20 us", f"{ours:.3g} us", ours <= 20),
        (
            "one junction, in units of an empty network",
            "1.5",
            f"{1 + ours / empty:.3g}",
            ours / empty <= 0.5,
        ),
        ("end plate, 1 to 5 ms after an impulse, per 10 us", "2 ns", f"{tail:.3g} ns", tail <= 2),
        (
            "fiber in an action potential, per compartment and 10 us",
            "4 ns",
            f"{potential:.3g} ns",
            potential <= 4,
        ),
        ("idle junction per 10 us", "0.02 ns", f"{idle:.2g} ns", idle <= 0.02),
        (
            "two threads, above the skeleton, against one",
            "1.8 times (at least)",
            f"{(one - bare) / (two - bare):.3g} times",
            one - bare >= 1.8 * (two - bare),
        ),
        (
            f"memory of {largest['fibers']:,} junctions with fibers",
            "2,000 MB",
            f"{largest['memory_MB']:,.0f} MB",
            largest["memory_MB"] <= 2000,
        ),
    ]
    if resident is not None:
        rows.append(
            (
                "memory per junction with its fiber (40,500)",
                "1,000 bytes",
                f"{resident:,.0f} bytes",
                resident <= 1000,
            )
        )
    lines = ["| target | at most | measured | reached |", "| --- | --- | --- | --- |"]
    lines += [f"| {a} | {b} | {c} | {'yes' if d else '**no**'} |" for a, b, c, d in rows]
    return "\n".join(lines)


def filled(page: str, blocks: dict[str, str]) -> str:
    """The page with what stands between ``<!-- begin NAME -->`` and ``<!-- end NAME -->`` replaced."""
    for name, text in blocks.items():
        pattern = rf"(<!-- begin {name} -->\n).*?(<!-- end {name} -->)"
        page, times = re.subn(
            pattern,
            lambda m, text=text: f"{m[1]}{text}\n{m[2]}",
            page,
            flags=re.DOTALL,
        )
        if times != 1:
            raise ValueError(f"the page has {times} places for '{name}'")
    return page


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--only", nargs="*", choices=[*COMMANDS, "none"], default=list(COMMANDS))
    parser.add_argument("--folder", type=Path, default=Path("output/cost"))
    parser.add_argument("--page", type=Path, default=PAGE)
    parser.add_argument("--quick", action="store_true", help="short runs: whether it works")
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    for name in COMMANDS:
        if name in options.only:
            run(name, options.folder, options.quick)
    if options.quick:
        print("short runs: the page is left as it is", file=sys.stderr)
        return
    found = {
        name: json.loads((options.folder / f"{name}.json").read_text())
        for name in COMMANDS
        if name != "instructions"
    }
    blocks = {
        name: (options.folder / f"{name}.md").read_text().strip()
        for name in ("least", "instructions", "standalone", "scaling")
    }
    where = found["scaling"]["machine"]
    blocks["machine"] = (
        f"Measured on {where['processor']}, {where['cores']} cores, load at the beginning of the sweeps "
        f"{where['load']}, Python {where['python']}, Brian2 {where['brian2']}."
    )
    blocks["targets"] = targets(found)
    options.page.write_text(filled(options.page.read_text(), blocks))
    shutil.copy(options.folder / "scaling.png", options.page.with_name("cost_scaling.png"))
    print(f"written: {options.page}", file=sys.stderr)


if __name__ == "__main__":
    main()
