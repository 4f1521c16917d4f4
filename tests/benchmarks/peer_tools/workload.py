"""What every simulator is given: one end plate and one muscle fiber, in numbers of our presets.

* Nerve: `fdi.trains` at 20 Hz, moved to multiples of 0.1 ms, the same step in every tool; neighboring
  fibers share a motor neuron.
* Release: each impulse releases the mean number of quanta of a rested human terminal, at once.
* Receptor: the human scheme with all of its states at 37 degC, closing depends on the fiber's voltage.
  `n` quanta meet `n` patches of receptors; free ACh over a patch is one pulse that decays exponentially.
  Height, time constant and patch are fitted to the quantum of our cleft, whose reaction and diffusion
  the others do not have.
* Fiber: the chain of two compartments, each with surface and T-tubule, Na, K and leak in all four
  membranes: the same capacitances, conductances and gates.

The others have no quanta that vary in number, size and moment, no depression, facilitation or
spontaneous release, and no ACh that binds again, unless one writes them; ours has all of that as "random
quanta", and all but what varies as "mean quanta", the common workload. Action potentials are timed from the
impulse at the terminal; the mean latency of a quantum, the same for all, is part of that.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass

import fdi
import numpy as np

import nmj_brian as nmj
from nmj_brian.membrane import GATES, RECOVERY_PIVOT_MV, MembraneChain, gate_rates

#: Steps to which impulses are moved, and where the impulse of a probe is.
GRID_S, PROBE_S = 1e-4, 1e-3
#: How long a probe lasts: until well after the action potential.
PROBE_END_S = 6e-3
#: Fibers that neighbor each other and share a motor neuron (337 in a whole first dorsal interosseous).
SHARE = 100
RATE_HZ = 20.0
#: Fractions of the grid (us), all in every list of an integer number of steps.
STEPS = tuple(1e6 * GRID_S / k for k in (1, 2, 4, 5, 10, 20, 25, 40, 50, 64, 100, 200, 400, 1000))


@dataclass(frozen=True)
class Step:
    """One way of a receptor's scheme: rate ``per_s * exp(v_mV / e_fold_mV)``, times ACh if it binds.

    ``per_s``: 1/s, or 1/(M s) if it binds; ``e_fold_mV``: 0 for a rate that no voltage moves.
    """

    source: str
    target: str
    per_s: float
    e_fold_mV: float
    binds: bool


@dataclass(frozen=True)
class Workload:
    """An end plate and its fiber; states are named so that every language takes them."""

    states: tuple[str, ...]
    rest: str
    open: tuple[str, ...]
    steps: tuple[Step, ...]
    conductance_S: float  # if all channels under the quanta of an impulse are open
    reversal_mV: float
    pulse_M: float
    pulse_s: float
    quanta: float
    patch: float  # receptors under one quantum
    latency_s: float  # mean of a quantum, from the impulse at the terminal; the same in all tools
    chain: MembraneChain
    na: float = 1.0  # share of Na channels left

    @property
    def rest_mV(self) -> float:
        """Resting potential of all membranes with their Na channels; where Na is blocked, a probe too
        starts there.
        """
        return self.chain.resting()[0]

    def resting_gates(self) -> dict[str, float]:
        """Share of open m, h and n gates at rest."""
        alpha, beta = gate_rates(self.rest_mV, self.chain.recovery_mV, self.chain.shift_mV)
        return dict(zip("mhn", (float(x) for x in alpha / (alpha + beta)), strict=True))

    def gates(self) -> dict[str, tuple[float, float, float]]:
        """`nmj_brian.membrane.GATES` at the fiber's temperature, with its recovery, 1/ms and mV."""
        speed = dict(zip("mhn", self.chain.speed, strict=True))
        rates = dict(GATES)
        factor, voltage, slope = rates["alpha_h"]
        factor *= float(np.exp((voltage - RECOVERY_PIVOT_MV) / slope))
        shift = self.chain.shift_mV
        rates["alpha_h"] = (factor, RECOVERY_PIVOT_MV + shift, self.chain.recovery_mV)
        factor, voltage, slope = rates["beta_h"]
        rates["beta_h"] = (factor, voltage + shift, slope)
        return {name: (speed[name[-1]] * k, v, s) for name, (k, v, s) in rates.items()}


@dataclass(frozen=True)
class Outcome:
    """What a run gave: seconds of the loop of steps alone, spikes, and in a probe the first fiber's
    voltages.

    ``peak_mV``: highest end-plate potential above rest; ``spike_s``: from the impulse until the
    compartment where our action potential is timed passes 0 mV (NaN: never).
    """

    wall_s: float
    spikes: int = 0
    peak_mV: float = np.nan
    spike_s: float = np.nan

    @classmethod
    def probe(
        cls, wall_s: float, t_s: np.ndarray, v_mV: np.ndarray, far_mV: np.ndarray, level_mV: float
    ) -> Outcome:
        """From voltages at the end plate and where the action potential is timed."""
        above = np.flatnonzero((far_mV[:-1] < level_mV) & (far_mV[1:] >= level_mV))
        spike = np.nan
        if len(above):
            k = above[0]
            share = (level_mV - far_mV[k]) / (far_mV[k + 1] - far_mV[k])
            spike = t_s[k] + share * (t_s[k + 1] - t_s[k]) - PROBE_S
        return cls(wall_s, len(above), float(v_mV.max() - v_mV[0]), float(spike))


Run = Callable[[float], Outcome]


@dataclass(frozen=True)
class Variant:
    """A way to write the workload in one simulator.

    Parameters
    ----------
    build : callable
        ``build(load, n, step, threads, probe) -> run``; ``run(seconds)`` starts from rest each time. In a
        probe every fiber has one impulse and voltages are kept.
    note : str
        What is done, in a line.
    steps : tuple of float
        Steps to choose from, coarse to fine; the last one is the reference. Microseconds, or tolerances.
    fixed : bool
        Whether ``steps`` are time steps.
    step : float, optional
        Taken whatever its error, which is told.
    accuracy : str, optional
        Variant of the same tool that computes the same, and takes less time to be built: probed instead.
    longer : float
        How much longer than the others it is run, where that takes too short to be measured.
    """

    build: Callable[..., Run]
    note: str
    steps: tuple[float, ...] = STEPS
    fixed: bool = True
    step: float | None = None
    accuracy: str | None = None
    longer: float = 1.0


@functools.cache
def junction() -> nmj.Junction:
    """The human junction whose terminal is full again before each impulse, without spontaneous quanta.

    Refilled within 5 ms to 99 %: every impulse releases the quanta of a rested terminal.
    """
    human = nmj.junctions.human()
    steps = ("f1_step", "f2_step", "f3_step", "augmentation_step", "potentiation_step")
    none = {name: 0.0 for name in (*steps, "mobilization_step", "recruitment_step")}
    highest = {name: human[name].high for name in ("refill_rate", "transmitter_store")}
    return human.replace(**none, **highest, mini_rate=0.0 * human.mini_rate)


@functools.cache
def human(na: float = 1.0) -> Workload:
    """The workload of the human presets; ``na``: share of Na channels left (0: end-plate potential)."""
    j = junction()
    receptor = j.receptor.at(j.temperature)
    names = tuple(state.replace("*", "_open") for state in receptor.states)
    (low, binding), (high, _) = (receptor.matrices(v) for v in (-0.1, 0.0))
    steps = []
    for i, k in np.ndindex(low.shape):
        if i != k and high[i, k] > 0:
            growth = np.log(high[i, k] / low[i, k])
            fold = 100.0 / growth if abs(growth) > 1e-9 else 0.0
            steps.append(Step(names[i], names[k], float(high[i, k]), float(fold), False))
        if i != k and binding[i, k] > 0:
            steps.append(Step(names[i], names[k], float(binding[i, k]), 0.0, True))
    pulse_M, pulse_s, patch = fitted_pulse(j, receptor)
    terminal = nmj.Terminal(j)
    quanta = j.si("sites") * terminal.p
    return Workload(
        names,
        names[receptor.rest],
        tuple(name for name, is_open in zip(names, receptor.open, strict=True) if is_open),
        tuple(steps),
        quanta * patch * float(receptor.conductance),
        1e3 * float(receptor.reversal),
        pulse_M,
        pulse_s,
        quanta,
        patch,
        float(terminal.latency.mean),
        nmj.fibers.human().chain().model,
        na,
    )


def fitted_pulse(j: nmj.Junction, receptor: nmj.Receptor) -> tuple[float, float, float]:
    """Height (M) and time constant (s) of ACh over the patch of receptors, and the patch, of a quantum.

    Least squares to the open channels of `nmj_brian.Quantum` at -80 mV over 4 ms.
    """
    from scipy.integrate import solve_ivp
    from scipy.optimize import least_squares

    quantum = nmj.Quantum(j)
    t = np.concatenate([np.linspace(0.0, 2e-4, 81), np.linspace(2.1e-4, 4e-3, 120)])
    target = np.interp(t, np.asarray(quantum.t), quantum.open_channels)
    still, binding = receptor.matrices(-0.08)
    start = np.eye(len(still))[receptor.rest]

    def course(logs: np.ndarray) -> tuple[np.ndarray, float]:
        height, decay = np.exp(logs)
        slope = lambda s, p: p @ (still + height * np.exp(-s / decay) * binding)  # noqa: E731
        solved = solve_ivp(
            slope, (0.0, t[-1]), start, "LSODA", t, rtol=1e-8, atol=1e-11, max_step=5e-5
        )
        share = np.asarray(receptor.open, dtype=float) @ solved.y
        return share, float(share @ target / (share @ share))

    def miss(logs: np.ndarray) -> np.ndarray:
        share, patch = course(logs)
        return (patch * share - target) / target.max()

    best = least_squares(miss, np.log([5e-4, 1e-4]), x_scale="jac")
    height, decay = (float(x) for x in np.exp(best.x))
    return height, decay, course(best.x)[1]


def impulses(
    n: int, seconds: float, probe: bool, share: int = SHARE
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Motor neuron and time (s) of every impulse, by time, and the motor neuron of each fiber."""
    owner = np.arange(n) // share
    units = int(owner[-1]) + 1
    if probe:
        return np.arange(units), np.full(units, PROBE_S), owner
    neuron, t = fdi.trains(f"{RATE_HZ:g}", 1.0, units)
    t = GRID_S * np.round((t - fdi.START_S) / GRID_S)
    kept = (t > 0) & (t < seconds - 0.5 * GRID_S)
    order = np.lexsort((neuron[kept], t[kept]))
    return neuron[kept][order], t[kept][order], owner
