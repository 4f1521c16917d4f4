"""Right at Brian2's default time step: against a reference of the same model at 2 us.

The bound of 1 % is the promise of the project; the end plate is exact at constant voltage and the fiber
second order in its sub-step of at most 10 us, so that the difference comes from the membrane alone.
"""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
from brian2 import (
    Network,
    NeuronGroup,
    SpikeGeneratorGroup,
    StateMonitor,
    defaultclock,
    ms,
    prefs,
    second,
    seed,
    us,
)

import nmj_brian as nmj

PRESETS = ("human", "mouse", "rat", "frog")
STEPS_US = (25, 50, 100)
REFERENCE_US = 2
ARRIVAL_MS = 1.0


def impulse(n=1):
    """Neurons that fire once, at ARRIVAL_MS."""
    return NeuronGroup(n, "x : 1", threshold=f"abs(t - {ARRIVAL_MS}*ms) < 0.5*us", reset="x += 1")


@cache
def responses(preset, step_us):
    """EPP peak (Na blocked), EPC decay and quanta to fire, without noise, at one time step."""
    junction, fiber = getattr(nmj.junctions, preset)(), getattr(nmj.fibers, preset)()
    center = threshold_of(preset) / (junction.si("sites") * nmj.Terminal(junction).p)
    prefs.codegen.target = "numpy"
    defaultclock.dt = step_us * us
    duration = 6 * ms if preset != "frog" else 14 * ms
    nerve = impulse()
    levels = 120
    fibers = nmj.MuscleFibers(levels + 1, fiber)
    synapse = nmj.NMJ(nerve, fibers, junction, noise="none")
    synapse.connect()
    fibers.Na_available[levels] = 0
    # quanta proportional to the ready vesicles: a ladder of small steps around threshold
    synapse.ready[:levels] = junction.si("sites") * center * np.linspace(0.97, 1.03, levels)
    trace = StateMonitor(synapse, "g", record=[levels])
    Network(nerve, fibers, synapse, trace).run(duration)
    assert fibers.clock.dt == step_us * us
    fired = np.asarray(fibers.spike_count[:levels]) > 0
    assert not fired[0]
    assert fired[-1]
    assert np.all(np.diff(fired.astype(int)) >= 0)
    quanta = np.asarray(synapse.quanta[:levels])
    first = int(fired.argmax())
    g, t = np.asarray(trace.g[0]), np.asarray(trace.t / second)
    tail = (np.arange(len(g)) > g.argmax()) & (g < 0.8 * g.max()) & (g > 0.2 * g.max())
    decay = -1 / np.polyfit(t[tail], np.log(g[tail]), 1)[0]
    peak = float(fibers.peak_v_[levels]) - float(fibers.v_rest)
    return peak, decay, 0.5 * (quanta[first - 1] + quanta[first])


@cache
def threshold_of(preset):
    """Quanta to fire, roughly, by doubling and bisection at the default step."""
    junction, fiber = getattr(nmj.junctions, preset)(), getattr(nmj.fibers, preset)()
    prefs.codegen.target = "numpy"
    defaultclock.dt = 100 * us
    nerve = impulse()
    share = np.geomspace(0.02, 1, 200)
    fibers = nmj.MuscleFibers(len(share), fiber)
    synapse = nmj.NMJ(nerve, fibers, junction, noise="none")
    synapse.connect()
    synapse.ready = junction.si("sites") * share
    Network(nerve, fibers, synapse).run(14 * ms)
    return float(np.asarray(synapse.quanta)[np.asarray(fibers.spike_count) > 0].min())


@pytest.mark.slow
@pytest.mark.parametrize("preset", PRESETS)
def test_within_one_percent_of_a_converged_reference(preset):
    """EPP peak by peak_v, EPC decay (fit 80-20 %), quanta to fire at 25, 50 and 100 us."""
    reference = responses(preset, REFERENCE_US)
    assert responses(preset, 100) != reference  # another time step, another rounding
    for step_us in STEPS_US:
        for name, value, true in zip(
            ("EPP peak", "EPC decay", "quanta to fire"),
            responses(preset, step_us),
            reference,
            strict=True,
        ):
            assert value == pytest.approx(true, rel=0.01), (name, step_us)


def doublets(step_us):
    """How often 400 fibers fire at two impulses 4 to 8 ms apart, some with few receptors; and when."""
    prefs.codegen.target = "numpy"
    defaultclock.dt = step_us * us
    seed(11)
    n, pauses = 400, 5
    second_ms = 1 + np.arange(4, 4 + pauses)
    i, t = np.tile(np.arange(pauses), 2), np.concatenate([np.ones(pauses), second_ms])
    nerve = SpikeGeneratorGroup(pauses, i, t * ms)
    fibers = nmj.MuscleFibers(n)
    synapse = nmj.NMJ(nerve, fibers)
    synapse.connect(i=np.arange(n) % pauses, j=np.arange(n))
    synapse.receptor_loss = np.linspace(0, 0.95, n)
    Network(nerve, fibers, synapse).run(14 * ms)
    return np.asarray(fibers.spike_count[:]), np.asarray(fibers.spike_time_[:])


def test_a_population_fires_as_with_short_steps():
    """Two impulses in a row, the hardest case: who fires at dt = 0.1 ms against dt = 10 us.

    The same quanta; whole-step relaxation, longer steps on the way back and lanes against none of
    them (a step of 10 us is one sub-step). At most 1 % of the fibers, all close to threshold, may
    differ; the others' last spikes agree within 1 us (median) and 20 us (99 %).
    """
    (count, when), (fine_count, fine_when) = doublets(100), doublets(10)
    assert 450 < fine_count.sum() < 800
    assert np.abs(count - fine_count).sum() <= 4
    late = np.abs(when - fine_when)[(count == fine_count) & (count > 0)]
    assert np.median(late) < 1e-6
    assert np.percentile(late, 99) < 20e-6


def trains(step_us):
    """Spikes of 240 fibers, 75 % of the receptors lost, in 0.6 s of irregular impulses, mean 30 Hz."""
    prefs.codegen.target = "numpy"
    defaultclock.dt = step_us * us
    rng, neurons = np.random.default_rng(5), 12
    times = np.cumsum(5e-3 + rng.exponential(1 / 30 - 5e-3, (neurons, 30)), axis=1)
    i, k = np.nonzero(times < 0.6)
    t = np.floor(times[i, k] * 1e4) * 1e-4 + 1e-8  # on the grid of both steps
    nerve = SpikeGeneratorGroup(neurons, i, t * second)
    fibers = nmj.MuscleFibers(20 * neurons)
    synapse = nmj.NMJ(nerve, fibers)
    synapse.connect(i=np.arange(len(fibers)) % neurons, j=np.arange(len(fibers)))
    synapse.receptor_loss = 0.75
    seed(3)
    Network(nerve, fibers, synapse).run(0.6 * second)
    return int(synapse.impulses[:].sum()), np.asarray(fibers.spike_count[:])


@pytest.mark.slow
def test_transmission_of_trains_does_not_depend_on_the_step():
    """Impulses that cross, dt = 0.1 ms against 10 us: 0.5 % in all, 1 % of single ones, where 10 % fail.

    Such trains magnify any error on the way back from an action potential: each spike that is lost
    or won changes the next ones. Measured: 0.05 %.
    """
    (impulses, count), (same, fine) = trains(100), trains(10)
    assert impulses == same
    assert 0.05 < 1 - fine.sum() / impulses < 0.3
    assert abs(count.sum() - fine.sum()) < 0.005 * fine.sum()
    assert np.abs(count - fine).sum() < 0.01 * fine.sum()
