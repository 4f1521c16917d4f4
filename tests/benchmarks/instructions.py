"""Instructions of the kernels, counted by callgrind: a regression benchmark that no other load disturbs.

    python tests/benchmarks/instructions.py [--update] [--baseline FILE.json]

`instructions.c` sends one impulse through 128 human junctions and fibers without Python. It is compiled with
fixed flags for the oldest processors of its kind, without the wider clones among which a user's machine
chooses (NMJ_NO_CLONES), and the C library is told not to choose wider ones either, so that counts depend on
source, compiler and C library only. They are compared with the committed baseline and printed as a table for
docs/cost.md. Exit status: 1 if a count grew by more than 5 % under the same compiler; 2 if nothing could be
counted. ``--update`` writes the baseline.

Fewer instructions are not always less time: wider vectors, caches and waiting for results are not seen here.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

from brian2 import Hz

import nmj_brian as nmj
from nmj_brian.brian.cpp_text import assign_model
from nmj_brian.clock import divide
from nmj_brian.junction_stage import solve_endplate
from nmj_brian.release import ReleaseModel

HERE = Path(__file__).resolve().parent
STEP_S = 1e-4
FLAGS = ["-std=c99", "-O2", "-ffp-contract=off", "-DNMJ_NO_CLONES"]
if platform.machine() in ("x86_64", "AMD64"):
    FLAGS += ["-march=x86-64", "-mtune=generic"]
#: The C library's own choice of wider code.
PLAIN_LIBRARY = "glibc.cpu.hwcaps=-AVX,-AVX2,-FMA,-FMA4,-ERMS,-FSRM,-AVX512F,-AVX512VL"
WORST = 0.05
#: Case of the program -> what one of its counts is.
CASES = {
    "junction, asleep": "per junction-step, skipped in blocks",
    "junction, volley": "per junction-step in the first 1 ms of an impulse, release included",
    "junction, tail": "per junction-step awake, 1 to 5 ms after an impulse",
    "junction, all of an impulse": "per impulse, until the junction sleeps",
    "fiber, asleep": "per compartment and sub-step, skipped in blocks",
    "fiber, action potential": "per compartment and sub-step in the first 3 ms of an impulse",
    "fiber, recovery": "per compartment and sub-step, from 3 ms on until the fiber sleeps",
    "fiber, all of an impulse": "per impulse, until the fiber sleeps",
    "release, per impulse": "per impulse released, each quantum with its moment and size",
    "release, per quantum": "the same, per quantum",
}


class NotCountedError(RuntimeError):
    """Why nothing could be counted."""


def model() -> str:
    """The human junction and fiber as statements of C that fill the structs of `instructions.c`."""
    junction, fiber = nmj.junctions.human().replace(mini_rate=0 * Hz), nmj.fibers.human()
    n_sub, h_s = divide(STEP_S, "instructions")
    endplate, release = (
        solve_endplate(junction, "quanta", None, n_sub, h_s),
        ReleaseModel(junction),
    )
    constants = {
        "h_s": h_s,
        "n_sub": n_sub,
        "n_step": round(STEP_S / endplate.step_s),
        "conductance_S": float(junction.receptor.conductance),
        "reversal_mV": 1e3 * float(junction.receptor.reversal),
        "endplate_receptors": junction.si("endplate_receptors"),
        "free_fraction": endplate.density(junction),
    }
    parts = [
        assign_model("p", constants, {}),
        assign_model("p.endplate", endplate.scalars(), endplate.arrays()),
        assign_model("p.release", release.scalars(), release.arrays()),
        assign_model("f.fiber", *fiber.model(h_s, n_sub)),
        f"sites = {release.sites};",
    ]
    return "\n".join(parts) + "\n"


def run(command: list, **more: object) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        [str(x) for x in command], capture_output=True, text=True, check=False, **more
    )
    if done.returncode:
        raise NotCountedError(
            f"{' '.join(map(str, command))}\n{done.stdout[-2000:]}{done.stderr[-2000:]}"
        )
    return done


def version(program: str) -> str:
    """First line of what a program says of itself."""
    if shutil.which(program) is None:
        raise NotCountedError(f"{program} is not installed here.")
    return run([program, "--version"]).stdout.splitlines()[0]


def build(folder: Path, name: str = "instructions", flags: list[str] = FLAGS) -> Path:
    """Compile a program, with the model of today beside it."""
    version("cc")
    (folder / "model.h").write_text(model())
    include = [f"-I{folder}", f"-I{nmj.get_include()}"]
    run(["cc", *flags, *include, HERE / f"{name}.c", "-o", folder / name, "-lm"])
    return folder / name


def count(program: Path, case: str) -> float:
    """Instructions of a case, per what it is counted in."""
    out = program.with_name("callgrind.out")
    command = ["valgrind", "--tool=callgrind", f"--callgrind-out-file={out}"]
    environment = {**os.environ, "GLIBC_TUNABLES": PLAIN_LIBRARY}
    done = run([*command, "--toggle-collect=measured", program, case], env=environment)
    found = re.search(r"Collected : (\d+)", done.stderr)
    work = float(done.stdout.split()[0])
    if found is None or work <= 0:
        raise NotCountedError(f"callgrind collected nothing in '{case}':\n{done.stderr[-2000:]}")
    return int(found[1]) / work


def measure() -> dict:
    """All counts, and with what they were taken."""
    made_with = {
        "machine": platform.machine(),
        "compiler": version("cc"),
        "flags": " ".join(FLAGS),
        "library": " ".join(platform.libc_ver()),
        "valgrind": version("valgrind"),
    }
    counts = {}
    with tempfile.TemporaryDirectory() as folder:
        program = build(Path(folder))
        for case in CASES:
            print(f"    {case} ...", file=sys.stderr, flush=True)
            counts[case] = float(f"{count(program, case):.6g}")
    return {"made_with": made_with, "counts": counts}


def compare(now: dict, before: dict | None) -> tuple[list[str], int]:
    """Lines of a table in Markdown with remarks below, and the exit status."""
    lines = ["| | instructions | change | |", "| --- | --- | --- | --- |"]
    old = {} if before is None else before["counts"]
    grown = []
    for case, value in now["counts"].items():
        change = value / old[case] - 1 if case in old else None
        if change is not None and change > WORST:
            grown.append(case)
        told = "new" if change is None else f"{100 * change:+.1f} %"
        lines.append(f"| {case} | {value:,.4g} | {told} | {CASES[case]} |")
    for case in sorted(set(old) - set(now["counts"])):
        lines.append(f"| {case} | | gone | |")
    lines += ["", "Counted with " + ", ".join(now["made_with"].values()) + "."]
    if before is None:
        return [*lines, "There is no baseline: run with --update."], 0
    differs = [
        f"{what} {before['made_with'].get(what)} -> {value}"
        for what, value in now["made_with"].items()
        if before["made_with"].get(what) != value
    ]
    if differs:
        lines.append("Not that of the baseline: " + "; ".join(differs) + ".")
    if any(
        now["made_with"][x] != before["made_with"].get(x) for x in ("machine", "compiler", "flags")
    ):
        return [*lines, "No verdict: another compiler counts otherwise."], 0
    if grown:
        return [*lines, f"Grown by more than {100 * WORST:.0f} %: {'; '.join(grown)}."], 1
    return [*lines, f"None has grown by more than {100 * WORST:.0f} %."], 0


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--update", action="store_true", help="write the baseline")
    parser.add_argument("--baseline", type=Path, default=HERE / "instructions.json")
    options = parser.parse_args()
    try:
        now = measure()
    except NotCountedError as why:
        print(f"Nothing was counted: {why}", file=sys.stderr)
        return 2
    before = json.loads(options.baseline.read_text()) if options.baseline.exists() else None
    lines, status = compare(now, before)
    print("\n".join(lines))
    if options.update:
        options.baseline.write_text(json.dumps(now, indent=1) + "\n")
        print(f"written: {options.baseline}", file=sys.stderr)
        return 0
    return status


if __name__ == "__main__":
    sys.exit(main())
