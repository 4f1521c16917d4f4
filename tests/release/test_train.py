"""Trains without a network, and late quanta in one."""

import numpy as np
import pytest
from brian2 import (
    DimensionMismatchError,
    Hz,
    Network,
    SpikeGeneratorGroup,
    StateMonitor,
    ms,
    mV,
    second,
)

import nmj_brian as nmj


def test_train_is_what_the_network_releases():
    """Expected quanta of noise='none' in an NMJ, 5 impulses at 50 Hz: 1e-12."""
    junction = nmj.junctions.human()
    times = (1 + 20 * np.arange(5)) * ms
    nerve = SpikeGeneratorGroup(1, np.zeros(5, int), times)
    fibers = nmj.MuscleFibers(1)
    synapse = nmj.NMJ(nerve, fibers, junction=junction, noise="none")
    synapse.connect()
    trace = StateMonitor(synapse, "quanta", record=True)
    Network(nerve, fibers, synapse, trace).run(100 * ms)
    at = np.searchsorted(np.asarray(trace.t / ms), 11 + 20 * np.arange(5))
    expected = nmj.ReleaseModel(junction, mean=True).train(times)[0]
    np.testing.assert_allclose(trace.quanta[0][at], expected, rtol=1e-12)


def test_train_depends_on_the_seed_only():
    model = nmj.ReleaseModel(nmj.junctions.mouse())
    times = np.arange(4) / 50 * second
    first, again, other = (model.train(times, 3, seed) for seed in (1, 1, 2))
    assert (first == again).all()
    assert (first != other).any()
    assert (first[0] != first[1]).any()
    assert (model.train(times, 5, 1)[:3] == first).all()


def test_wrong_trains_are_refused():
    model = nmj.ReleaseModel(nmj.junctions.human())
    with pytest.raises(ValueError, match="in order"):
        model.train([2, 1] * ms)
    with pytest.raises(ValueError, match="in order"):
        model.train([-1, 1] * ms)
    with pytest.raises(DimensionMismatchError):
        model.train([1, 2] * mV)
    with pytest.raises(ValueError, match="terminals"):
        model.train([1] * ms, terminals=0)


def test_late_quanta_arrive_in_a_network():
    """Conductance 30-60 ms after the impulse, when the burst is long over, is that of late quanta.

    Share of the charge e^-(30/80) - e^-(60/80) of half the burst's (200 junctions: 3300 late
    quanta, of which 700 fall into the window: 4 standard errors are 16 %); none without the option.
    """
    nerve = SpikeGeneratorGroup(1, [0], [1] * ms)
    objects, traces = [nerve], []
    for late in (0.0, 0.5):
        junction = nmj.junctions.human().replace(
            asynchronous_release=late, asynchronous_time=80 * ms, mini_rate=0 * Hz
        )
        fibers = nmj.MuscleFibers(200)
        fibers.Na_available = 0
        synapse = nmj.NMJ(nerve, fibers, junction=junction)
        synapse.connect()
        traces.append(StateMonitor(synapse, "g", record=True))
        objects += [fibers, synapse, traces[-1]]
    Network(objects).run(61 * ms)
    sums = [np.asarray(trace.g).sum(0) for trace in traces]
    t = np.asarray(traces[0].t / ms)
    burst = sums[0][t < 25].sum()
    assert sums[0][t >= 31].sum() < 1e-3 * burst
    expected = 0.5 * (np.exp(-30 / 80) - np.exp(-60 / 80))
    assert sums[1][t >= 31].sum() / burst == pytest.approx(expected, rel=0.16)
