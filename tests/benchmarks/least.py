"""What one impulse of one junction needs: operations and bytes, beside what the processor can do at most.

    python tests/benchmarks/least.py [--repeats R] [--out FILE.json]

Operations are counted from the code, with the sizes of the human model: multiplications, additions and divisions
of real numbers that a junction or compartment asks for. Bytes are those of its own state and arrays, read or
written; tables are shared by all and stay in the cache. Steps and times are those of one impulse in
`instructions.c`, compiled as the package is, 128 junctions and fibers side by side, smallest of R runs; action
potentials are computed. What one core can do is measured by `peak.c`. Prints the table of docs/cost.md.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import instructions
import numpy as np
from brian2 import us

import nmj_brian as nmj

#: As setup.py compiles the kernels.
FLAGS = ["-std=c99", "-O3", "-ffp-contract=off"]
SUBSTEPS = 10
#: Steps of a volley in which quanta come, of the ten of its first millisecond: latencies spread by 50 us (SD).
BUSY, OF = 4, 10
#: Range of voltages in mV: that of an action potential, and of its fall and what follows.
VOLLEY_MV, TAIL_MV = (-90.0, 30.0), (-90.0, -60.0)


@dataclass
class Stage:
    """One stage of an impulse: what it does so and so often."""

    what: str
    case: str
    unit: str
    operations: float
    bytes: float
    single: int = 0  # in single precision, with at most so many sub-steps at once; 0: in double


def live(mix: np.ndarray, least: float, scalars: dict, range_mV: tuple[float, float]) -> float:
    """Parts that count where all receptors are free, on average over the voltages."""
    volts = scalars["v0_mV"] + scalars["dv_mV"] * np.arange(scalars["n_voltage"])
    among = (volts >= range_mV[0]) & (volts <= range_mV[1])
    return float((np.abs(mix[0, among]) >= least).sum(axis=1).mean())


def endplate(scalars: dict, parts: float, sources: int) -> float:
    """Operations of one step of one end plate without quanta."""
    states, columns = scalars["n_state"], scalars["n_state"] + 1 + sources
    rows = states + 3  # S, w, mean and middle
    propagated = parts * columns * rows * 2 + parts * rows * 2
    weighed = 7 * scalars["n_part"]
    decayed = sources + scalars["n_ACh"]
    looked = 4 * scalars["n_state"] + 3 * scalars["n_ACh"]
    driven = SUBSTEPS * 10
    return propagated + weighed + decayed + looked + driven


def quanta(scalars: dict, number: float, parts: float) -> float:
    """Operations, per step, by which quanta enter the end plate: spread over four nodes, gathered once a step."""
    rows, nodes = scalars["n_state"] + 3, scalars["n_residual"]
    each = 4 * 2 + 20
    gathered = nodes * 2 * (parts * rows + scalars["n_source"] + scalars["n_ACh"])
    return (number * each + BUSY * gathered) / OF


def junction_bytes(scalars: dict, size: int) -> float:
    """Bytes of one junction-step: state, what users see, drive of the fiber; read and written."""
    seen = 4 + scalars["n_state"]  # ACh, open channels, g and its peak; occupancies
    return 2 * 8 * (size + seen + 2 * SUBSTEPS) + 8 * 6


def fiber() -> float:
    """Operations of a compartment (two membranes) in one step of it, as written in csrc/nmj/chain_step.h."""
    gates, membrane = 4 + 3 * 8 + 2, 5 + 3 + 9 + 9
    eliminated, solved = 19, 12
    return 2 * (gates + membrane) + eliminated + solved


def fiber_bytes() -> float:
    """Bytes of a compartment in a sub-step: of state and drive, which a block holds for a whole time step."""
    state = 4 * (2 * 4 + 2 + 2)  # gates, voltages, a share of what the last step left
    return 2 * state / SUBSTEPS + 2 * 8 * 2 / 2


def stages() -> list[Stage]:
    """All stages of one impulse."""
    model = nmj.EndplateModel(nmj.junctions.human(), step=100 * us)
    scalars, array = model.scalars(), model.arrays()
    mixed = array["propagator_mix"], scalars["least_weight"], scalars
    early, late = (1.0 + live(*mixed, v) for v in (VOLLEY_MV, TAIL_MV))
    entries = live(array["entry_mix"], scalars["least_entry"], scalars, VOLLEY_MV)
    moved = junction_bytes(scalars, model.size)
    first = endplate(scalars, early, scalars["n_source"])
    first += quanta(scalars, nmj.ReleaseModel(model.junction).m, entries)
    step, substep = "junction-step", "compartment-sub-step"
    return [
        Stage("end plate, first 1 ms", "junction, volley", step, first, moved),
        Stage("end plate, 1 to 5 ms", "junction, tail", step, endplate(scalars, late, 0), moved),
        Stage("fiber, first 3 ms", "fiber, action potential", substep, fiber(), fiber_bytes(), 1),
        Stage(
            "fiber, later", "fiber, recovery", substep, fiber() / SUBSTEPS, fiber_bytes(), SUBSTEPS
        ),
    ]


def times(program: Path, case: str, repeats: int) -> tuple[float, float]:
    """How often an impulse asks for it, and nanoseconds each, smallest of several runs."""
    told = [instructions.run([program, case]).stdout.split() for _ in range(repeats)]
    work = float(told[0][0])
    return work / 128, 1e9 * min(float(x[1]) for x in told) / work


def measure(repeats: int) -> dict:
    """All stages, whole impulses and the processor's peak."""
    with tempfile.TemporaryDirectory() as folder:
        program = instructions.build(Path(folder), flags=FLAGS)
        peak = instructions.build(Path(folder), "peak", FLAGS)
        rates = map(float, instructions.run([peak]).stdout.split())
        found = {
            "peak": dict(zip(("double", "single", "memory"), rates, strict=True)),
            "stages": [],
        }
        for s in stages():
            count, ns = times(program, s.case, repeats)
            found["stages"].append(asdict(s) | {"count": count, "ns": ns})
        for name in (
            "junction, all of an impulse",
            "fiber, all of an impulse",
            "release, per impulse",
        ):
            found[name] = 1e-3 * times(program, name, repeats)[1]
        for name in ("junction, asleep", "fiber, asleep"):
            found[name] = times(program, name, repeats)[1]
    return found


def table(found: dict) -> str:
    """In Markdown."""
    heads = ("stage", "unit", "of them in an impulse", "operations", "bytes", "ns")
    lines = [f"| {' | '.join(heads)} | 1e9 operations/s | of the peak |", "| --- " * 8 + "|"]
    peak, operations, moved, least_us = found["peak"], 0.0, 0.0, 0.0
    for s in found["stages"]:
        most = peak["single" if s["single"] else "double"]
        operations += s["count"] * s["operations"]
        moved += s["count"] * s["bytes"]
        least_us += 1e-3 * s["count"] * s["operations"] / most
        known, rate = s["single"] < 2, s["operations"] / s["ns"]  # else at least so many
        asked = f"{s['operations']:,.0f}" + ("" if known else " or more")
        cells = [s["what"], s["unit"], f"{s['count']:,.0f}", asked, f"{s['bytes']:,.0f}"]
        cells += [f"{s['ns']:.3g}"]
        cells += [f"{rate:.3g}", f"{100 * rate / most:.0f} %"] if known else ["", ""]
        lines.append(f"| {' | '.join(cells)} |")
    junction, fiber = (found[f"{x}, all of an impulse"] for x in ("junction", "fiber"))
    lines += [
        "",
        f"One core at most: {peak['double']:.3g}e9 operations/s in double and {peak['single']:.3g}e9 in single "
        f"precision (not fused), {peak['memory']:.3g}e9 bytes/s copied from and to memory.",
        f"One impulse: {operations:,.0f} operations and {moved:,.0f} bytes, which take {least_us:.2g} us at these "
        f"peaks ({1e-3 * moved / peak['memory']:.2g} us if all bytes came from memory). It takes "
        f"{junction + fiber:.3g} us in the kernels alone: junction {junction:.3g} us, of which drawing its quanta "
        f"{found['release, per impulse']:.3g} us; fiber {fiber:.3g} us.",
        f"Asleep: a junction {found['junction, asleep']:.2g} ns per step, a fiber "
        f"{found['fiber, asleep']:.2g} ns per compartment and sub-step.",
    ]
    return "\n".join(lines)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--repeats", type=int, default=25)
    parser.add_argument("--out", type=Path, default=Path("output/least.json"))
    options = parser.parse_args()
    try:
        found = measure(options.repeats)
    except instructions.NotCountedError as why:
        print(f"Nothing was measured: {why}", file=sys.stderr)
        return 2
    print(table(found))
    options.out.parent.mkdir(parents=True, exist_ok=True)
    options.out.write_text(json.dumps(found, indent=1) + "\n")
    print(f"written: {options.out}", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
