"""Randomness is addressed: the same impulses give the same quanta whatever else happens."""

from __future__ import annotations

import numpy as np
import pytest
from brian2 import (
    Network,
    NeuronGroup,
    PoissonGroup,
    SpikeGeneratorGroup,
    StateMonitor,
    defaultclock,
    ms,
    seed,
)

import nmj_brian as nmj

TIMES = np.arange(1, 40, 9)


def build(n=5, dt=0.1, key=11, draws=0, order=None, **kwds):
    """n neurons, each with one junction, all firing five times."""
    defaultclock.dt = dt * ms
    seed(key)
    np.random.rand(draws)  # noqa: NPY002
    i = np.repeat(np.arange(n), len(TIMES))
    nerve = SpikeGeneratorGroup(n, i, np.tile(TIMES, n) * ms)
    fibers = nmj.MuscleFibers(n)
    synapse = nmj.NMJ(nerve, fibers, **kwds)
    pairs = np.arange(n) if order is None else np.asarray(order)
    synapse.connect(i=pairs, j=pairs)
    return Network(nerve, fibers, synapse), fibers, synapse


def quanta(synapse):
    """Total quanta by target fiber."""
    result = np.zeros(len(synapse))
    result[synapse.j[:]] = synapse.quanta_total[:]
    return result


@pytest.fixture
def reference():
    net, fibers, synapse = build()
    net.run(50 * ms)
    return quanta(synapse), np.array(synapse.release_time_[:]), np.array(fibers.spike_time_[:])


def test_same_seed_same_quanta_and_other_seed_other_quanta(reference):
    net, _, synapse = build()
    net.run(50 * ms)
    assert np.array_equal(quanta(synapse), reference[0])
    net, _, synapse = build(key=12)
    net.run(50 * ms)
    assert not np.array_equal(quanta(synapse), reference[0])


@pytest.mark.parametrize("dt", [0.025, 0.05])
def test_identical_quanta_at_any_time_step(dt, reference):
    net, _, synapse = build(dt=dt)
    net.run(50 * ms)
    assert np.array_equal(quanta(synapse), reference[0])
    assert np.allclose(synapse.release_time_[:], reference[1], rtol=0, atol=1e-12)


def test_other_random_numbers_of_the_script_do_not_matter(reference):
    net, _, synapse = build(draws=12345)
    noise = NeuronGroup(7, "dx/dt = -x/ms + xi/sqrt(ms) : 1", method="euler")
    noise.x = "rand()"
    net.add(noise, PoissonGroup(3, rates="100*Hz"))
    net.run(50 * ms)
    assert np.array_equal(quanta(synapse), reference[0])


def test_we_draw_nothing_from_the_users_generator():
    seed(5)
    before = np.random.get_state()  # noqa: NPY002
    net, _, _ = build(key=5)
    net.run(50 * ms)
    after = np.random.get_state()  # noqa: NPY002
    assert before[2] == after[2]
    assert np.array_equal(before[1], after[1])


def test_order_of_creation_of_synapses_and_monitors_do_not_matter(reference):
    net, _, synapse = build(order=[3, 0, 4, 2, 1])
    net.add(StateMonitor(synapse, "g", record=True))
    net.run(50 * ms)
    assert np.array_equal(quanta(synapse), reference[0])


def test_two_runs_equal_one(reference):
    net, fibers, synapse = build()
    net.run(3.3 * ms)
    net.run(46.7 * ms)
    assert np.array_equal(quanta(synapse), reference[0])
    assert np.array_equal(fibers.spike_time_[:], reference[2])


@pytest.mark.parametrize("on_disk", [False, True])
def test_restore_continues_exactly_when_asked_to(reference, on_disk, tmp_path):
    where = {"filename": str(tmp_path / "state")} if on_disk else {}
    net, fibers, synapse = build()
    net.run(11.3 * ms)  # in the middle of a volley
    net.store(**where)
    net.run(38.7 * ms)
    net.restore(restore_random_state=True, **where)
    net.run(38.7 * ms)
    assert np.array_equal(quanta(synapse), reference[0])
    assert np.array_equal(fibers.spike_time_[:], reference[2])


def test_restore_makes_independent_trials():
    """`store(); for ...: restore(); run()` must not repeat one trial in silence."""
    net, _, synapse = build()
    net.store()
    trials = []
    for _ in range(4):
        net.restore()
        net.run(50 * ms)
        trials.append(tuple(quanta(synapse)))
    assert len(set(trials)) == 4
    # and a trial can be repeated by its number
    net.restore()
    synapse.trial = 2
    net.run(50 * ms)
    assert tuple(quanta(synapse)) == trials[1]


def test_objects_of_one_network_are_independent():
    nerve = SpikeGeneratorGroup(20, np.arange(20), np.full(20, 1) * ms)
    seed(2)
    muscles = [nmj.MuscleFibers(20) for _ in range(2)]
    synapses = [nmj.NMJ(nerve, m) for m in muscles]
    for s in synapses:
        s.connect(j="i")
    Network(nerve, muscles, synapses).run(5 * ms)
    assert not np.array_equal(synapses[0].quanta[:], synapses[1].quanta[:])


def twins():
    """Five neurons, each with a junction on two groups of fibers."""
    defaultclock.dt = 0.1 * ms
    seed(1)
    nerve = SpikeGeneratorGroup(5, np.arange(5), [11] * 5 * ms)
    fibers = [nmj.MuscleFibers(5), nmj.MuscleFibers(5)]
    synapses = [nmj.NMJ(nerve, f) for f in fibers]
    for synapse in synapses:
        synapse.connect(j="i")
    return nerve, fibers, synapses


def test_junctions_added_to_a_running_network_have_quanta_of_their_own():
    """The second to run was made first: it may not take the rank that the other one holds."""
    nerve, (first, second), (a, b) = twins()
    net = Network(nerve, second, b)
    net.run(5 * ms)
    net.add(first, a)
    net.run(10 * ms)
    assert not np.array_equal(a.quanta[:], b.quanta[:])


def test_other_networks_do_not_decide_on_the_stream():
    """The rank counts in the network that runs, whatever other networks hold the object."""
    nerve, (first, second), (a, b) = twins()
    others = [Network(nerve, second, b) for _ in range(5)]
    Network(nerve, first, second, a, b).run(15 * ms)
    assert not np.array_equal(a.quanta[:], b.quanta[:])
    assert len(others) == 5


def test_one_stream_asked_for_twice_gives_the_same_quanta():
    """For a comparison of two conditions; a third object keeps clear of it by itself."""
    nerve, (first, second), (other, _) = twins()
    a, b = nmj.NMJ(nerve, first, stream=0), nmj.NMJ(nerve, second, stream=0)
    a.connect(j="i")
    b.connect(j="i")
    Network(nerve, first, second, a, b, other).run(15 * ms)
    assert np.array_equal(a.quanta[:], b.quanta[:])
    assert not np.array_equal(a.quanta[:], other.quanta[:])


def test_numbers_drawn_by_the_million_do_not_lose_the_seed():
    """Quanta follow seed(k) however many numbers were drawn before the first run."""
    results = []
    for _ in range(2):
        nerve, (first, _), (a, _) = twins()
        for _ in range(5):  # 160,000 twists in all: 50 million numbers of two words each
            np.random.rand(10_000_000)  # noqa: NPY002
            nmj.NMJ(nerve, first)
        Network(nerve, first, a).run(15 * ms)
        results.append(np.array(a.quanta[:]))
    assert np.array_equal(*results)


def test_a_seed_after_the_first_run_is_said_to_change_nothing():
    """The seed of the first run is kept; whoever gives another one is told."""
    nerve, (first, _), (a, _) = twins()
    net = Network(nerve, first, a)
    net.run(1 * ms)
    seed(99)
    with pytest.warns(UserWarning, match="keeps the seed 1"):
        net.run(1 * ms)
