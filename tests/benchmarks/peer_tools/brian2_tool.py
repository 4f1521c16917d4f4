"""Brian2 alone: end plate and fiber as equations, in runtime mode (Cython) and as C++ standalone.

Naive: one group, exponential Euler for all, gates guarded by `exprel`. Expert: a method of second order
at a step short enough to be stable, and the removable singularity of the gates left unguarded, so that
the compiler can use vectors. Split clocks: receptors are a group of their own, as fine as they are stiff;
the membrane's clock is coarser.
"""

from __future__ import annotations

import functools
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from brian2 import (
    BrianLogger,
    Network,
    NeuronGroup,
    SpikeGeneratorGroup,
    SpikeMonitor,
    StateMonitor,
    Synapses,
    defaultclock,
    device,
    linked_var,
    molar,
    ms,
    mV,
    prefs,
    second,
    set_device,
    siemens,
    us,
)
from brian2.units.stdunits import nF
from run import loop_seconds

from .workload import Outcome, Run, Variant, Workload, impulses

#: With split clocks: steps of the fibers, in steps of the receptors.
COARSER = 4


@dataclass(frozen=True)
class Style:
    """How the equations are written and solved."""

    receptors: str
    fibers: str
    guarded: bool
    split: bool


NAIVE = Style("exponential_euler", "exponential_euler", guarded=True, split=False)
EXPERT = Style("rk2", "rk2", guarded=False, split=False)
SPLIT = Style("rk2", "exponential_euler", guarded=False, split=True)


def _rate(factor: float, x: str, kind: str, guarded: bool) -> str:
    """One rate of a gate; ``x``: voltage from its middle over its slope."""
    if kind in ("alpha_m", "alpha_n"):
        linoid = f"1/exprel(-{x})" if guarded else f"{x}/(1 - exp(-{x}))"
        return f"{factor!r}*{linoid}/ms"
    if kind == "beta_h":
        return f"{factor!r}/(1 + exp(-{x}))/ms"
    return f"{factor!r}*exp(-{x})/ms"


def membrane(load: Workload, guarded: bool) -> tuple[str, dict]:
    """Equations of the chain and their constants; compartment and side are in the names: v_0s, v_0t."""
    p, lines, values = load.chain, [], {}
    for i in range(p.compartments):
        for k, side in enumerate("st"):
            at = f"{i}{side}"
            constants = {
                f"C_{at}": p.capacitance_F[i, k] * 1e9 * nF,
                f"gNa_{at}": load.na * p.g_na_S[i, k] * siemens,
                f"gK_{at}": p.g_k_S[i, k] * siemens,
                f"gL_{at}": p.g_leak_S[i, k] * siemens,
                f"EL_{at}": p.e_leak_mV[i, k] * mV,
            }
            values |= constants
            flows = [
                f"gNa_{at}*m_{at}**3*h_{at}*(ENa - v_{at})",
                f"gK_{at}*n_{at}**4*(EK - v_{at})",
                f"gL_{at}*(EL_{at} - v_{at})",
                f"access_{i}*(v_{i}{'ts'[k]} - v_{at})",
            ]
            if side == "s":
                near = [(j, max(i, j)) for j in (i - 1, i + 1) if 0 <= j < p.compartments]
                flows += [f"axial_{a}*(v_{j}s - v_{at})" for j, a in near]
                flows += ["g_endplate*(reversal - v_0s)"] if i == 0 else []
            lines.append(f"dv_{at}/dt = ({' + '.join(flows)})/C_{at} : volt")
            for gate in "mhn":
                alpha, beta = (
                    _rate(k_, f"((v_{at} - ({mid!r})*mV)/({slope!r}*mV))", name, guarded)
                    for name in (f"alpha_{gate}", f"beta_{gate}")
                    for k_, mid, slope in [load.gates()[name]]
                )
                lines.append(
                    f"d{gate}_{at}/dt = {alpha}*(1 - {gate}_{at}) - {beta}*{gate}_{at} : 1"
                )
        values[f"access_{i}"] = p.g_access_S[i] * siemens
    values |= {f"axial_{i + 1}": g * siemens for i, g in enumerate(p.g_axial_S)}
    values |= {"ENa": p.e_na_mV * mV, "EK": p.e_k_mV * mV, "reversal": load.reversal_mV * mV}
    values["conductance"] = load.conductance_S * siemens
    return "\n".join(lines), values


def receptor(load: Workload, voltage: str) -> str:
    """Equations of the scheme; the resting state is what is left of 1."""

    def flow(step, of: str) -> str:
        rate = f"({step.per_s!r}/second)"
        if step.binds:
            rate = f"({step.per_s!r}/molar/second)*ACh"
        if step.e_fold_mV:
            rate += f"*exp({voltage}/({step.e_fold_mV!r}*mV))"
        return f"{'-' if step.source == of else '+'} {rate}*{step.source}"

    bound = [state for state in load.states if state != load.rest]
    lines = [f"{load.rest} = 1 - {' - '.join(bound)} : 1"]
    for state in bound:
        flows = " ".join(flow(s, state) for s in load.steps if state in (s.source, s.target))
        lines.append(f"d{state}/dt = {flows} : 1")
    lines.append(f"dACh/dt = -ACh/({load.pulse_s!r}*second) : mmolar")
    return "\n".join(lines)


def _groups(style: Style, load: Workload, n: int, step: float) -> tuple[NeuronGroup, NeuronGroup]:
    """Fibers, and the group that has their receptors (the same unless clocks are split)."""
    equations, values = membrane(load, style.guarded)
    values |= {"ms": ms, "mV": mV, "molar": molar, "second": second}
    opened = f"g_endplate = conductance*({' + '.join(load.open)}) : siemens"
    far = f"v_{load.chain.spike_compartment}s"
    spiking = {
        "threshold": f"{far} > {load.chain.spike_mV!r}*mV",
        "refractory": f"{far} > {load.chain.rearm_mV!r}*mV",
        "reset": "",
        "method": style.fibers,
        "namespace": values,
    }
    if style.split:
        linked = f"{equations}\ng_endplate : siemens (linked)"
        fibers = NeuronGroup(n, linked, dt=COARSER * step * us, **spiking)
        scheme = f"{receptor(load, 'v')}\n{opened}\nv : volt (linked)"
        receptors = NeuronGroup(n, scheme, method=style.receptors, namespace=values)
        fibers.g_endplate = linked_var(receptors, "g_endplate")
        receptors.v = linked_var(fibers, "v_0s")
    else:
        fibers = NeuronGroup(n, f"{equations}\n{receptor(load, 'v_0s')}\n{opened}", **spiking)
        receptors = fibers
    for at in (f"{i}{side}" for i in range(load.chain.compartments) for side in "st"):
        setattr(fibers, f"v_{at}", load.rest_mV * mV)
        for gate, share in load.resting_gates().items():
            setattr(fibers, f"{gate}_{at}", share)
    return fibers, receptors


def _network(
    style: Style, load: Workload, n: int, step: float, probe: bool
) -> tuple[Network, Callable[[float], Outcome]]:
    """The network, and what tells the outcome after so many seconds of wall time."""
    defaultclock.dt = step * us
    fibers, receptors = _groups(style, load, n, step)
    nerve, t, owner = impulses(n, 1.0, probe)
    pool = SpikeGeneratorGroup(int(owner[-1]) + 1, nerve, t * second)
    pulse = {"pulse": load.pulse_M * molar}
    axons = Synapses(pool, receptors, on_pre="ACh_post = pulse", namespace=pulse)
    axons.connect(i=owner, j=np.arange(n))
    spikes = SpikeMonitor(fibers, record=False)
    network = Network({pool, fibers, receptors, axons, spikes})
    far = f"v_{load.chain.spike_compartment}s"
    trace = StateMonitor(fibers, ["v_0s", far], record=[0]) if probe else None
    if probe:
        network.add(trace)

    def outcome(wall: float) -> Outcome:
        if not probe:
            return Outcome(wall, int(spikes.num_spikes))
        near, away = (np.asarray(getattr(trace, name)[0] / mV) for name in ("v_0s", far))
        # Brian2 applies an impulse after the step's integration: one step late, by its convention
        return Outcome.probe(
            wall, np.asarray(trace.t) - step * 1e-6, near, away, load.chain.spike_mV
        )

    return network, outcome


def runtime(style: Style, load: Workload, n: int, step: float, threads: int, probe: bool) -> Run:
    """In Python's loop, with the code generation that is set (Cython by default); it has one thread."""
    BrianLogger.suppress_name("base")
    network, outcome = _network(style, load, n, step, probe)
    network.run(0 * second)
    network.store()

    def run(seconds: float) -> Outcome:
        network.restore()
        return outcome(loop_seconds(network, seconds, time.perf_counter))

    return run


def standalone(style: Style, load: Workload, n: int, step: float, threads: int, probe: bool) -> Run:
    """As a C++ program, with OpenMP from two threads on; compiled at its first run."""
    folder = tempfile.mkdtemp(prefix="peer_brian2_")
    set_device("cpp_standalone", build_on_run=False)
    device.reinit()
    device.activate(build_on_run=False)
    prefs.devices.cpp_standalone.openmp_threads = threads if threads > 1 else 0
    network, outcome = _network(style, load, n, step, probe)
    built: list[float] = []

    def run(seconds: float) -> Outcome:
        if not built:
            network.run(seconds * second)
            device.build(directory=folder, compile=True, run=False)
            built.append(seconds)
        if built != [seconds]:
            raise ValueError(
                f"This program was compiled for {built[0]:g} s, not for {seconds:g} s."
            )
        device.run(directory=folder, with_output=False, run_args=[])
        return outcome(device._last_run_time)

    return run


STYLES = {
    "naive": (NAIVE, "one group, exponential Euler, exprel"),
    "expert": (EXPERT, "one group, rk2, no exprel"),
    "split clocks": (SPLIT, f"receptors by rk2, fibers {COARSER} times coarser, no exprel"),
}
VARIANTS = {
    f"{target.__name__}, {name}": Variant(
        functools.partial(target, style),
        note,
        accuracy=None if target is runtime else f"runtime, {name}",
    )
    for target in (runtime, standalone)
    for name, (style, note) in STYLES.items()
}
