"""NEURON: receptors as KINETIC scheme; fixed steps, variable steps of each cell, CoreNEURON.

A fiber is a tree of sections of one segment: each has the area that its capacitance needs at 1 uF/cm2,
and hangs at the middle of its parent by the axial resistance that its coupling needs.
"""

from __future__ import annotations

import functools
import hashlib
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import neuron
import numpy as np

from . import nmodl, workload
from .workload import Outcome, Run, Variant, Workload, impulses

#: From an impulse until its event, which must be longer than a step (ms).
DELAY_MS = 0.1


def compiled(load: Workload, core: bool) -> Path:
    """Folder with the compiled mechanisms; those of CoreNEURON are compiled for the processor at hand."""
    texts = {
        "sarcolemma.mod": nmodl.membrane(load, "neuron"),
        "endplate.mod": nmodl.endplate(load, "neuron", conserve=not core),
    }
    key = hashlib.sha256(repr((texts, core, neuron.__version__)).encode()).hexdigest()[:12]
    folder = Path("output/peers").resolve() / f"neuron_{key}"
    if (folder / "built").exists():
        return folder
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for name, text in texts.items():
        (folder / name).write_text(text)
    flags = ["-O3", "-march=native", "-ffast-math", "-fno-finite-math-only"]
    command = [str(Path(sys.executable).with_name("nrnivmodl"))]
    command += ["-coreneuron", "-incflags", " ".join(flags)] if core else []
    print(f"compiling {folder} ...", file=sys.stderr, flush=True)
    done = subprocess.run([*command, "."], cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{command[0]} failed in {folder}:\n{done.stdout}\n{done.stderr}")
    (folder / "built").touch()
    return folder


@functools.cache
def _load(folder: Path, core: bool) -> None:
    if core:
        [library] = folder.glob("*/libcorenrnmech.*")
        os.environ["CORENEURONLIB"] = str(library)
    if not neuron.load_mechanisms(str(folder), warn_if_already_loaded=False):
        raise RuntimeError(f"NEURON could not load the mechanisms of {folder}.")


def _section(h, load: Workload, i: int, side: int, g_parent_S: float, parent=None):
    """A membrane; ``g_parent_S``: between its middle and that of its parent."""
    p = load.chain
    section = h.Section()
    area_cm2 = p.capacitance_F[i, side] / 1e-6
    section.nseg, section.cm = 1, 1.0
    section.L = section.diam = 1e4 * np.sqrt(area_cm2 / np.pi)
    if parent is not None:
        cross_cm2 = np.pi * (0.5e-4 * section.diam) ** 2
        section.Ra = cross_cm2 / (0.5e-4 * section.L * g_parent_S)
        section.connect(parent(0.5), 0)
    section.insert("sarcolemma")
    at = section(0.5).sarcolemma
    at.gna = load.na * p.g_na_S[i, side] / area_cm2
    at.gk, at.gl = p.g_k_S[i, side] / area_cm2, p.g_leak_S[i, side] / area_cm2
    at.el = p.e_leak_mV[i, side]
    return section


def _fiber(h, load: Workload) -> list:
    """Sections: surface and tubule of each compartment, from the end plate on."""
    p, sections, parent = load.chain, [], None
    for i in range(p.compartments):
        surface = _section(h, load, i, 0, p.g_axial_S[i - 1], parent)
        sections += [surface, _section(h, load, i, 1, p.g_access_S[i], surface)]
        parent = surface
    return sections


def _build(mode: str, load: Workload, n: int, step: float, threads: int, probe: bool) -> Run:
    """``mode``: key of VARIANTS; ``step`` is the absolute tolerance if it is 'expert'."""
    core = mode == "CoreNEURON"
    _load(compiled(load, core), core)
    h = neuron.h
    h.load_file("stdrun.hoc")
    pc, solver = h.ParallelContext(), h.CVode()
    pc.gid_clear()
    pc.nthread(threads)
    nerve, t, owner = impulses(n, 1.0, probe)
    fibers = [_fiber(h, load) for _ in range(n)]
    kept = []
    far = 2 * load.chain.spike_compartment
    for j, fiber in enumerate(fibers):
        junction = h.endplate(fiber[0](0.5))
        axon = pc.gid_connect(n + int(owner[j]), junction)
        axon.delay, axon.weight[0] = DELAY_MS, 1.0
        pc.set_gid2node(j, pc.id())
        detector = h.NetCon(fiber[far](0.5)._ref_v, None, sec=fiber[far])
        detector.threshold = load.chain.spike_mV
        pc.cell(j, detector)
        kept += [junction, axon, detector]
    times, gids = h.Vector(1e3 * t - DELAY_MS), h.Vector(n + nerve)
    player = h.PatternStim()
    player.play(times, gids)
    spike_times, spike_gids = h.Vector(), h.Vector()
    pc.spike_record(-1, spike_times, spike_gids)
    trace = []
    if probe:
        near, away = fibers[0][0](0.5)._ref_v, fibers[0][far](0.5)._ref_v
        trace = [h.Vector().record(ref) for ref in (h._ref_t, near, away)]
    solver.cache_efficient(1)
    solver.active(int(mode == "expert"))
    if mode == "expert":
        solver.use_local_dt(1)
        solver.atol(step)
    else:
        h.dt = 1e-3 * step
        h.steps_per_ms = 1.0 / h.dt
    h.secondorder = 2 if mode == "second order" else 0
    pc.set_maxstep(1)
    if core:
        from neuron import coreneuron

        coreneuron.enable, coreneuron.verbose, coreneuron.cell_permute = True, 0, 0

    def run(seconds: float) -> Outcome:
        spike_times.resize(0)
        spike_gids.resize(0)
        h.finitialize(load.rest_mV)
        begin = time.perf_counter()
        pc.psolve(1e3 * seconds)
        wall = time.perf_counter() - begin
        count = sum(gid < n for gid in spike_gids.to_python())
        if not probe:
            return Outcome(wall, count)
        t_ms, near_mV, away_mV = (np.array(x.to_python()) for x in trace)
        return Outcome.probe(wall, 1e-3 * t_ms, near_mV, away_mV, load.chain.spike_mV)

    run.keep = fibers, kept, player, times, gids
    return run


#: CVODE's absolute tolerance, in mV and shares of receptors and gates.
TOLERANCES = (1e-1, 3e-2, 1e-2, 3e-3, 1e-3, 1e-4, 1e-6)
STEPS = tuple(step for step in workload.STEPS if step < 1e3 * DELAY_MS)
VARIANTS = {
    mode: Variant(functools.partial(_build, mode), note, STEPS)
    for mode, note in {
        "naive": "fixed steps, backward Euler",
        "second order": "fixed steps, secondorder = 2",
        "CoreNEURON": "as naive, compiled with -O3 -march=native",
    }.items()
}
VARIANTS["expert"] = Variant(
    functools.partial(_build, "expert"), "CVODE, local variable steps", TOLERANCES, fixed=False
)
