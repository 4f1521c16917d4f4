"""The junction as a whole: quanta add, healthy junctions do not fail, sick ones do."""

from __future__ import annotations

import numpy as np
import pytest
from brian2 import (
    Network,
    NeuronGroup,
    SpikeGeneratorGroup,
    SpikeMonitor,
    StateMonitor,
    defaultclock,
    ms,
    mV,
    second,
    seed,
    us,
)

import nmj_brian as nmj


def impulse(n=1):
    """Neurons that fire once, at 1 ms."""
    return NeuronGroup(n, "x : 1", threshold="abs(t - 1*ms) < 0.5*us", reset="x += 1")


def clamped(n, fiber=None, v=-80 * mV):
    """Fibers held at v."""
    fibers = nmj.MuscleFibers(n, fiber)
    fibers.clamped = True
    fibers.v = v
    return fibers


def test_quanta_add_under_voltage_clamp():
    """Latencies off, rested receptors: conductance proportional to quanta, 1 to 60, within 1e-12.

    Proportional by construction (the state equations are linear in quanta): only rounding is left.
    """
    defaultclock.dt = 25 * us
    nerve, fibers = impulse(), clamped(60)
    synapse = nmj.NMJ(nerve, fibers, noise="none", latency=False)
    synapse.connect()
    synapse.ready = np.arange(1, 61) / nmj.Terminal(synapse.junction).p
    trace = StateMonitor(synapse, "open_channels", record=True)
    Network(nerve, fibers, synapse, trace).run(6 * ms)
    quanta = np.asarray(synapse.quanta[:])
    assert quanta == pytest.approx(np.arange(1, 61), rel=1e-12)
    open_channels = np.asarray(trace.open_channels)
    rows = np.abs(open_channels[0]) > 1  # of about 800; the end of the course sleeps at 0.01
    per_quantum = open_channels[:, rows] / quanta[:, None]
    assert np.abs(per_quantum / per_quantum[0] - 1).max() < 1e-12


@pytest.mark.parametrize("preset", ["human", "mouse", "rat", "frog"])
def test_open_time_per_quantum_with_latencies_and_sizes(preset):
    """With latencies and random sizes, still clamped: mean open-channel time per quantum within 3 %.

    Against the reaction-diffusion solution of one quantum. 64 junctions x m quanta of CV < 0.5: standard
    error below 0.5/sqrt(64 x 30) = 1.1 %.
    """
    defaultclock.dt = 25 * us
    seed(8)
    junction = getattr(nmj.junctions, preset)().replace(mini_rate=0 / second)
    nerve = impulse(64)
    fibers = clamped(64, getattr(nmj.fibers, preset)())
    synapse = nmj.NMJ(nerve, fibers, junction)
    synapse.connect(j="i")
    trace = StateMonitor(synapse, "open_channels", record=True)
    Network(nerve, fibers, synapse, trace).run(30 * ms)
    total = np.trapezoid(np.asarray(trace.open_channels), np.asarray(trace.t / second)).sum()
    quantum = nmj.Quantum(junction, v=-80 * mV)
    alone = np.trapezoid(quantum.open_channels, np.asarray(quantum.t / second))
    assert total / np.sum(synapse.quanta[:]) == pytest.approx(alone, rel=0.03)


@pytest.mark.slow
def test_healthy_human_junctions_do_not_fail():
    """100 impulses at 10 Hz on 200 fibers: at most 0.1 % blocked (no block in normal muscle)."""
    seed(1)
    nerve = SpikeGeneratorGroup(1, np.zeros(100, int), np.arange(100) * 100 * ms + 1 * ms)
    fibers = nmj.MuscleFibers(200)
    synapse = nmj.NMJ(nerve, fibers)
    synapse.connect()
    Network(nerve, fibers, synapse).run(10 * second)
    assert synapse.impulses[:].sum() == 20_000
    assert fibers.spike_count[:].sum() >= 0.999 * 20_000


@pytest.mark.slow
def test_jitter_of_human_fibers_at_10_hz():
    """Mean consecutive difference of pairs of fibers: 28 us; normal muscle has 20-30 us (Stalberg et al. 2016).

    40 pairs of 60 differences have a standard error of 0.75 / sqrt(2400) = 1.5 %, and the state of the
    terminals adds to it.
    """
    seed(1)
    impulses = 70
    times = np.arange(impulses) * 100 * ms + 1 * ms
    nerve = SpikeGeneratorGroup(1, np.zeros(impulses, int), times)
    fibers = nmj.MuscleFibers(80)
    synapse = nmj.NMJ(nerve, fibers)
    synapse.connect()
    spikes = SpikeMonitor(fibers, variables="spike_time")
    Network(nerve, fibers, synapse, spikes).run(impulses * 100 * ms)
    latency = np.full((impulses, 80), np.nan)
    t = np.asarray(spikes.spike_time / second)
    which = np.round((t - 1.5e-3) / 0.1).astype(int)
    latency[which, np.asarray(spikes.i)] = t - 0.1 * which
    settled = latency[9:]
    pairs = settled[:, ::2] - settled[:, 1::2]
    jitter_us = 1e6 * np.nanmean(np.abs(np.diff(pairs, axis=0)))
    assert 20 < jitter_us < 30
    assert jitter_us == pytest.approx(28, rel=0.1)


def safety(junction):
    """EPP with Na channels blocked over the depolarization at threshold, by injected EPPs."""
    fiber = nmj.fibers.human()
    nerve, fibers = impulse(), nmj.MuscleFibers(201, fiber)
    synapse = nmj.NMJ(nerve, fibers, junction, noise="none")
    synapse.connect()
    share = np.linspace(0.2, 1, 200)
    synapse.ready[:200] = junction.si("sites") * share
    ladder = nmj.MuscleFibers(200, fiber)
    ladder.Na_available = 0
    again = nmj.NMJ(nerve, ladder, junction, noise="none")
    again.connect()
    again.ready = junction.si("sites") * share
    Network(nerve, fibers, synapse, ladder, again).run(8 * ms)
    fired = np.asarray(fibers.spike_count[:200]) > 0
    epp = np.asarray(ladder.peak_v_[:]) - float(ladder.v_rest)
    return epp[-1] / epp[fired.argmax()]


def test_safety_factor_of_the_human_junction():
    """EPP over the EPP of the quanta that just fire, Na channels blocked in both: 3.5 (other estimates: 2 to 5).

    With Na channels open the end plate reaches a higher voltage just below threshold, since they open
    before the fiber fires: the quotient with that voltage would be smaller.
    """
    assert 3.3 <= safety(nmj.junctions.human()) <= 3.7


def test_transmission_fails_with_receptor_loss_and_epps_remain(capsys):
    """Removing receptors ends transmission; end-plate potentials remain.

    Paton & Waud 1967 (cat): twitches begin to fail at 0.76 +- 0.05 occupancy and end at 0.917. One
    kind of fiber, with equal terminals, fails over a narrower range: printed, not tuned.
    """
    seed(3)
    loss = np.repeat(np.linspace(0, 0.95, 20), 25)
    nerve, fibers = impulse(), nmj.MuscleFibers(len(loss))
    synapse = nmj.NMJ(nerve, fibers)
    synapse.connect()
    synapse.receptor_loss = loss
    Network(nerve, fibers, synapse).run(8 * ms)
    share = np.asarray(fibers.spike_count).reshape(20, 25).mean(axis=1)
    level = loss[::25]
    begins, ends = np.interp([-0.95, -0.05], -share, level)
    with capsys.disabled():
        print(f"\ntransmission begins to fail at {begins:.2f} loss, ends at {ends:.2f} "
              "(Paton & Waud 1967: 0.76 +- 0.05, 0.917)")  # fmt: skip
    assert share[0] == 1
    assert share[-1] == 0
    assert 0.76 < begins < 0.88
    assert 0.88 < ends < 0.935
    epp = np.asarray(fibers.peak_v_[:]) - float(fibers.v_rest)
    assert np.all(epp[loss > ends] > 0.5e-3)


def test_conductance_of_many_junctions_is_never_negative():
    """300 junctions on one fiber: the voltage stays between rest less 1 mV and 0 mV plus 50.

    The exponentials of each junction fall up to 0.3 % of their peak below none after an action potential.
    """
    seed(1)
    nerve, fibers = impulse(), nmj.MuscleFibers(1)
    synapse = nmj.NMJ(nerve, fibers)
    synapse.connect(n=300)
    v = StateMonitor(fibers, "v", record=True)
    g = StateMonitor(synapse, "g", record=True)
    Network(nerve, fibers, synapse, v, g).run(20 * ms)
    assert np.min(g.g / 1) >= 0
    assert np.min(v.v / mV) > float(fibers.v_rest / mV) - 1
    assert np.max(v.v / mV) < 50


@pytest.mark.parametrize("AChE_share", [1.0, 0.0])
@pytest.mark.parametrize("loss", [0.3, 0.7, 0.95])
def test_a_lost_receptor_is_lost_wherever_it_is_said(AChE_share, loss):
    """``receptor_loss`` of a junction and ``receptor_fraction`` of its description: one current, to its
    end, at the time step where receptors take whole steps (0.3 % of the peak; charge 0.5 %), also where
    most ACh that leaves a receptor finds another one (no AChE).
    """
    human = nmj.junctions.human()
    human = human.replace(AChE_density=AChE_share * human.AChE_density)
    courses = []
    for left, lost in ((1.0, loss), (1.0 - loss, 0.0)):
        defaultclock.dt = 0.1 * ms
        nerve = SpikeGeneratorGroup(1, [0], [1] * ms)
        fibers = nmj.MuscleFibers(1)
        fibers.clamped = True
        junction = human.replace(receptor_fraction=left)
        synapse = nmj.NMJ(nerve, fibers, junction=junction, noise="none", overlap=False)
        synapse.connect()
        synapse.receptor_loss = lost
        trace = StateMonitor(synapse, "open_channels", record=True)
        Network(nerve, fibers, synapse, trace).run(12 * ms)
        courses.append(np.asarray(trace.open_channels)[0])
    said, described = courses
    assert np.abs(said - described).max() < 3e-3 * described.max()
    assert said.sum() == pytest.approx(described.sum(), rel=5e-3)
