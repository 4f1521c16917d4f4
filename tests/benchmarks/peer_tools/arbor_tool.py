"""Arbor: receptors as KINETIC scheme and the membrane in a catalogue compiled for the processor at hand.

A fiber is an unbranched cable of one segment per membrane, each a control volume of its own: tubule -
surface - surface - tubule. Their areas are what the capacitances need at 1 uF/cm2, their resistivities
what the couplings need.
"""

from __future__ import annotations

import functools
import hashlib
import subprocess
import sys
import time
from pathlib import Path

import arbor
import numpy as np
from arbor import units as U

from . import nmodl
from .workload import Outcome, Run, Variant, Workload, impulses


def compiled(load: Workload) -> str:
    """The catalogue's file."""
    texts = {
        "sarcolemma.mod": nmodl.membrane(load, "arbor"),
        "endplate.mod": nmodl.endplate(load, "arbor"),
    }
    key = hashlib.sha256(repr((texts, arbor.__version__)).encode()).hexdigest()[:12]
    folder = Path("output/peers").resolve() / f"arbor_{key}"
    library = folder / "junction-catalogue.so"
    if not library.exists():
        mechanisms = folder / "mechanisms"
        mechanisms.mkdir(parents=True, exist_ok=True)
        for name, text in texts.items():
            (mechanisms / name).write_text(text)
        root = Path(arbor.__file__).parent
        command = [sys.executable, str(root / "bin/arbor-build-catalogue")]
        command += ["--prefix", str(root), "--cxx", "g++", "junction", str(mechanisms)]
        print(f"compiling {folder} ...", file=sys.stderr, flush=True)
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
        if done.returncode:
            raise RuntimeError(f"{command[1]} failed:\n{done.stdout}\n{done.stderr}")
    return str(library)


def _cable(load: Workload) -> tuple[arbor.segment_tree, arbor.decor, list[str]]:
    """Segments, what is painted on them, and where the middles of the two surfaces are."""
    p = load.chain
    if p.compartments != 2:
        raise NotImplementedError(
            f"The cable of an Arbor cell is laid out for 2 compartments, got {p.compartments}."
        )
    order = [(0, 1), (0, 0), (1, 0), (1, 1)]  # compartment, side
    along, first, last = 1 / p.g_axial_S[0], *(1 / p.g_access_S)
    # half of each segment's resistance: neighbors' halves add up to a coupling
    inner = 0.5 * min(last, along)
    halves = [first - (along - inner), along - inner, inner, last - inner]
    if min(halves) <= 0:
        raise ValueError(f"The couplings of the chain cannot be those of a cable: {halves} ohm.")
    tree, decor = arbor.segment_tree(), arbor.decor()
    decor.set_property(Vm=load.rest_mV * U.mV, cm=0.01 * U.F / U.m2)
    at, parent, middles, begin = {}, arbor.mnpos, [], 0.0
    for tag, ((i, side), half_ohm) in enumerate(zip(order, halves, strict=True), start=1):
        area_cm2 = p.capacitance_F[i, side] / 1e-6
        length = 1e4 * np.sqrt(area_cm2 / np.pi)
        radius = 0.5 * length
        ends = [(float(x), 0.0, 0.0, float(radius)) for x in (begin, begin + length)]
        parent = tree.append(parent, *ends, tag=tag)
        middles.append(begin + 0.5 * length)
        begin += length
        ohm_cm = half_ohm * np.pi * (1e-4 * radius) ** 2 / (0.5e-4 * length)
        decor.paint(f"(tag {tag})", rL=float(ohm_cm) * U.Ohm * U.cm)
        at = {"gna": load.na * p.g_na_S[i, side], "gk": p.g_k_S[i, side], "gl": p.g_leak_S[i, side]}
        at = {name: float(g / area_cm2) for name, g in at.items()}
        at["el"] = float(p.e_leak_mV[i, side])
        decor.paint(f"(tag {tag})", arbor.density("sarcolemma", at))
    places = [f"(location 0 {middles[k] / begin:.15g})" for k in (1, 2)]
    return tree, decor, places


class _Muscle(arbor.recipe):
    """All fibers; an impulse is an event at its junction."""

    def __init__(self, load: Workload, n: int, probe: bool) -> None:
        arbor.recipe.__init__(self)
        self.n, self.probe = n, probe
        self.properties = arbor.neuron_cable_properties()
        self.properties.catalogue = arbor.load_catalogue(compiled(load))
        tree, decor, self.places = _cable(load)
        far = self.places[1 if load.chain.spike_compartment else 0]
        decor.place(self.places[0], arbor.synapse("endplate"), "endplate")
        decor.place(far, arbor.threshold_detector(load.chain.spike_mV * U.mV), "spike")
        self.far = far
        self.cell = arbor.cable_cell(tree, decor, discretization=arbor.cv_policy_every_segment())
        nerve, t, self.owner = impulses(n, 1.0, probe)
        self.times = [[float(x) for x in 1e3 * t[nerve == k]] for k in range(self.owner[-1] + 1)]

    def num_cells(self) -> int:
        return self.n

    def cell_kind(self, gid: int) -> arbor.cell_kind:
        return arbor.cell_kind.cable

    def cell_description(self, gid: int) -> arbor.cable_cell:
        return self.cell

    def global_properties(self, kind: arbor.cell_kind) -> arbor.neuron_cable_properties:
        return self.properties

    def event_generators(self, gid: int) -> list:
        times = [x * U.ms for x in self.times[self.owner[gid]]]
        return [arbor.event_generator("endplate", 1.0, arbor.explicit_schedule(times))]

    def probes(self, gid: int) -> list:
        if not self.probe or gid:
            return []
        near, far = self.places[0], self.far
        return [
            arbor.cable_probe_membrane_voltage(near, tag="near"),
            arbor.cable_probe_membrane_voltage(far, tag="far"),
        ]


def _build(together: bool, load: Workload, n: int, step: float, threads: int, probe: bool) -> Run:
    """``together``: cells in one group per thread, so that vectors are full; else one group for each."""
    muscle, context = _Muscle(load, n, probe), arbor.context(threads=threads)
    hint = arbor.partition_hint()
    hint.cpu_group_size = -(-n // threads) if together else 1
    groups = arbor.partition_load_balance(muscle, context, {arbor.cell_kind.cable: hint})
    simulation = arbor.simulation(muscle, context, groups)
    simulation.record(arbor.spike_recording.local)
    dt = 1e-3 * step * U.ms
    every = arbor.regular_schedule(dt)
    handles = [simulation.sample((0, tag), every) for tag in ("near", "far")] if probe else []

    def run(seconds: float) -> Outcome:
        simulation.reset()
        begin = time.perf_counter()
        simulation.run(1e3 * seconds * U.ms, dt)
        wall = time.perf_counter() - begin
        if not probe:
            return Outcome(wall, len(simulation.spikes()))
        near, far = (simulation.samples(handle)[0][0] for handle in handles)
        return Outcome.probe(wall, 1e-3 * near[:, 0], near[:, 1], far[:, 1], load.chain.spike_mV)

    return run


VARIANTS = {
    "naive": Variant(functools.partial(_build, False), "each cell a group of its own"),
    "expert": Variant(functools.partial(_build, True), "one group of cells per thread"),
}
