"""The seven steps from nerve impulse to twitch, healthy beside a junction that lost receptors.

One impulse is run through two junctions that are alike but for their receptors, at the quanta of the
same seed; every step is drawn and its numbers are saved.
"""

from __future__ import annotations

import csv
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from brian2 import (
    Network,
    NeuronGroup,
    Quantity,
    SpikeGeneratorGroup,
    StateMonitor,
    Synapses,
    ms,
    prefs,
    second,
)
from brian2 import seed as brian_seed

from . import junctions
from .contraction import EXCITATION, UNIT_EQUATIONS, Contraction
from .muscle_fibers import MuscleFibers
from .neuromuscular_junction import NMJ
from .terminal import Terminal

__all__ = ["demo"]

IMPULSE_S = 2e-3
HEALTHY, SICK = 0, 1


@dataclass
class Course:
    """What one impulse did at both junctions (rows: healthy, sick)."""

    t_s: np.ndarray
    ACh: np.ndarray
    open_channels: np.ndarray
    v_mV: np.ndarray
    silenced_v_mV: np.ndarray
    epp_mV: np.ndarray
    force_t_s: np.ndarray
    force_uN: np.ndarray
    quanta: np.ndarray
    peak_g_uS: np.ndarray
    peak_v_mV: np.ndarray
    spikes: np.ndarray
    latency_ms: np.ndarray
    v_rest_mV: float


def simulate(seed: int, receptor_loss: float) -> Course:
    """One impulse to two junctions, recorded at 25 us, and the twitches that follow."""
    target = prefs.codegen.target
    prefs.codegen.target = "numpy"  # a handful of objects: nothing worth compiling
    try:
        return _simulate(seed, receptor_loss)
    finally:
        prefs.codegen.target = target


def _simulate(seed: int, receptor_loss: float) -> Course:
    brian_seed(seed)
    dt = 25e-6 * second
    nerve = SpikeGeneratorGroup(1, [0], [IMPULSE_S] * second, dt=dt)
    contraction = Contraction()
    # Two fibers of two groups: both junctions have the same address, hence the same quanta.
    # So have two more whose Na channels do not work: they show the end-plate potential alone.
    every = [MuscleFibers(1, dt=dt) for _ in range(4)]
    every_synapse = [NMJ(nerve, fiber, stream=0) for fiber in every]
    for k, (fiber, synapse) in enumerate(zip(every, every_synapse, strict=True)):
        synapse.connect()
        synapse.receptor_loss = receptor_loss if k % 2 == SICK else 0
        fiber.Na_available = 1 if k < 2 else 0
    fibers, silenced, synapses = every[:2], every[2:], every_synapse[:2]
    units, excitations = [], []
    for fiber in fibers:
        unit = NeuronGroup(1, UNIT_EQUATIONS, method="exact", dt=dt)
        unit.contraction_time = 60 * ms
        unit.fibers = unit.capacity = 1  # one rested fiber
        unit.fiber_twitch = contraction.fiber_twitch(fiber.fiber.diameter)
        excite = Synapses(fiber, unit, on_pre=EXCITATION, delay=contraction.activation_delay, dt=dt)
        excite.connect()
        units.append(unit)
        excitations.append(excite)
    traces = [StateMonitor(s, ["ACh", "open_channels"], record=True, dt=dt) for s in synapses]
    potentials = [StateMonitor(f, "v", record=True, dt=dt) for f in every]
    forces = [StateMonitor(u, "force", record=True, dt=0.5 * ms) for u in units]
    net = Network(nerve, every, every_synapse, units, excitations, traces, potentials, forces)
    net.run(20 * ms)
    for monitor in (*traces, *potentials):
        monitor.active = False
    net.run(230 * ms)
    return Course(
        t_s=_values(potentials[0].t),
        ACh=np.concatenate([_values(m.ACh) for m in traces]),
        open_channels=np.concatenate([_values(m.open_channels) for m in traces]),
        v_mV=1e3 * np.concatenate([_values(m.v) for m in potentials[:2]]),
        # over the potential just before: without Na channels the fiber rests a little deeper
        epp_mV=1e3
        * np.array(
            [
                f.peak_v_[0] - float(m.v[0, round(IMPULSE_S / float(dt))])
                for f, m in zip(silenced, potentials[2:], strict=True)
            ]
        ),
        silenced_v_mV=1e3 * np.concatenate([_values(m.v) for m in potentials[2:]]),
        force_t_s=_values(forces[0].t),
        force_uN=1e6 * np.concatenate([_values(m.force) for m in forces]),
        quanta=np.array([s.quanta[0] for s in synapses]),
        peak_g_uS=1e6 * np.array([s.peak_g_[0] for s in synapses]),
        peak_v_mV=1e3 * np.array([f.peak_v_[0] for f in fibers]),
        spikes=np.array([f.spike_count[0] for f in fibers]),
        latency_ms=1e3 * (np.array([f.spike_time_[0] for f in fibers]) - IMPULSE_S),
        v_rest_mV=1e3 * float(fibers[HEALTHY].v_rest),
    )


def _values(quantity: Quantity) -> np.ndarray:
    return np.array(quantity, dtype=float)


def demo(out: Path, *, seed: int = 1, receptor_loss: float = 0.7) -> int:
    """Draw the seven steps into ``out/nmj_demo.png``, save ``out/nmj_demo.csv``, print the numbers.

    Parameters
    ----------
    out : Path
        Folder; made if it does not exist.
    seed : int, optional
        Seed of the quanta.
    receptor_loss : float, optional
        Share of the receptors that the second junction lacks.

    Returns
    -------
    int
        Exit status, 0.

    Raises
    ------
    ValueError
        If ``receptor_loss`` is not a share.
    """
    if not 0 <= receptor_loss < 1:
        raise ValueError(f"receptor loss must be at least 0 and below 1, got {receptor_loss}.")
    out.mkdir(parents=True, exist_ok=True)
    print("solving one impulse through two junctions ...", file=sys.stderr)
    terminal = Terminal(junctions.human())
    course = simulate(seed, receptor_loss)
    labels = ("healthy", f"{receptor_loss:.0%} of receptors lost")
    _save(out / "nmj_demo.csv", course)
    _draw(out / "nmj_demo.png", terminal, course, labels)
    rows: list[tuple[str, Any, Any]] = [
        ("quanta released", *(f"{x:.0f}" for x in course.quanta)),
        ("peak conductance (uS)", *(f"{x:.2f}" for x in course.peak_g_uS)),
        ("peak depolarization (mV)", *(f"{x - course.v_rest_mV:.1f}" for x in course.peak_v_mV)),
        (
            "EPP, Na channels off (mV)",
            *(f"{x:.1f}" for x in course.epp_mV),
        ),
        ("fiber action potentials", *(str(x) for x in course.spikes)),
        (
            "spike after the nerve (ms)",
            *(f"{x:.2f}" if x > 0 else "-" for x in course.latency_ms),
        ),
        ("peak twitch force (uN)", *(f"{x:.1f}" for x in course.force_uN.max(axis=1))),
    ]
    print(f"{'':26}{labels[0]:>12}{labels[1]:>28}")
    for name, healthy, sick in rows:
        print(f"{name:26}{healthy:>12}{sick:>28}")
    print(f"figure: {out / 'nmj_demo.png'}\nnumbers: {out / 'nmj_demo.csv'}")
    return 0


def _save(path: Path, course: Course) -> None:
    # Membrane and receptors for the first 20 ms, then the twitch alone (other cells are empty).
    later = course.force_t_s[course.force_t_s > course.t_s[-1]]
    t_s = np.concatenate([course.t_s, later])
    force = [np.interp(t_s, course.force_t_s, f) for f in course.force_uN]
    names, columns = ["time_s"], [t_s]
    for name, values in (
        ("ACh_molecules", course.ACh),
        ("open_channels", course.open_channels),
        ("v_mV", course.v_mV),
        ("v_mV_without_Na", course.silenced_v_mV),
        ("force_uN", force),
    ):
        for label, row in zip(("healthy", "receptor_loss"), values, strict=True):
            names.append(f"{name}_{label}")
            columns.append(np.concatenate([row, np.full(len(t_s) - len(row), np.nan)]))
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(names)
        writer.writerows(
            ["" if np.isnan(x) else f"{x:.7g}" for x in row] for row in zip(*columns, strict=True)
        )


def _draw(path: Path, terminal: Terminal, course: Course, labels: tuple[str, str]) -> None:
    try:
        from matplotlib.figure import Figure
    except ImportError as error:
        raise ImportError(
            "the figure needs matplotlib: pip install 'nmj_brian[plot]' (the numbers are saved)"
        ) from error
    figure = Figure(figsize=(12, 6.4), layout="constrained")
    axes = figure.subplots(2, 4).ravel()
    t = 1e3 * (course.t_s - IMPULSE_S)
    colors = ("C0", "C3")

    nerve_t = 1e3 * _values(terminal.t)
    axes[0].plot(nerve_t, 1e3 * _values(terminal.v), "k")
    axes[0].set(title="1  terminal voltage", ylabel="mV")
    axes[1].plot(nerve_t, 1e3 * _values(terminal.calcium), "k")
    axes[1].set(title="2  calcium at the sensor", ylabel="µM")
    late = np.linspace(0, 1.5, 400)
    density = _values(terminal.latency.density(late * ms)) * 1e-3
    axes[2].plot(late, course.quanta[HEALTHY] * density, "k")
    axes[2].set(title=f"3  release of {course.quanta[HEALTHY]:.0f} quanta", ylabel="quanta per ms")
    for row, color in enumerate(colors):
        style = {"color": color, "ls": ("-", "--")[row], "label": labels[row]}
        axes[3].plot(t, course.ACh[row] * 1e-3, **style)
        axes[4].plot(t, course.open_channels[row] * 1e-3, **style)
        axes[5].plot(t, course.silenced_v_mV[row], **style)
        axes[6].plot(t, course.v_mV[row], **style)
        axes[7].plot(1e3 * course.force_t_s - 1e3 * IMPULSE_S, course.force_uN[row], **style)
    axes[3].set(title="4  free acetylcholine", ylabel="thousand molecules")
    axes[4].set(title="5  open channels", ylabel="thousands", xlim=(-0.2, 4))
    axes[5].set(title="5  EPP (Na channels off)", ylabel="fiber potential (mV)", xlim=(-0.5, 10))
    axes[6].set(title="6  muscle action potential", ylabel="fiber potential (mV)", xlim=(-0.2, 4))
    axes[7].set(title="7  twitch of the fiber", ylabel="force (µN)", xlim=(-5, 250))
    for axis in axes[:4]:
        axis.set_xlim(-0.1, 1.2)
    for axis in axes:
        axis.spines[["top", "right"]].set_visible(False)
    axes[4].legend(frameon=False, fontsize="small")
    figure.supxlabel("time after the impulse (ms)", fontsize="medium")
    figure.savefig(path, dpi=110)
