"""The laboratory's dish is a network in all but name, and touches none."""

from __future__ import annotations

import numpy as np
import pytest
from brian2 import (
    Network,
    SpikeGeneratorGroup,
    SpikeMonitor,
    defaultclock,
    magic_network,
    ms,
    prefs,
    second,
    seed,
)
from brian2.devices.device import get_device, set_device

import nmj_brian as nmj
from nmj_brian.lab.preparation import Preparation
from nmj_brian.lab.protocol import fiber_for, site_numbers
from nmj_brian.units import nM


@pytest.mark.parametrize("receptor_fraction", [1.0, 0.3])
def test_same_quanta_and_spikes_as_a_network(receptor_fraction):
    """Quanta equal, spike times within 1 us, against `NMJ` and `MuscleFibers` that run through all time.

    The dish jumps from rest to the next impulse; a fiber may then be off by the 10 uV at which fibers
    are put to sleep, so that spikes are not equal to the last bit.
    """
    junction = nmj.junctions.human().replace(
        receptor_fraction=receptor_fraction, mini_rate=0 / second
    )
    times = np.array([5.0, 25.0, 45.0, 245.0, 445.0]) * 1e-3
    seed(12)
    nerve = SpikeGeneratorGroup(1, np.zeros(5, int), times * second)
    fibers = nmj.MuscleFibers(40)
    synapse = nmj.NMJ(nerve, fibers, junction, stream=0)
    synapse.connect()
    spikes = SpikeMonitor(fibers, variables="spike_time")
    Network(nerve, fibers, synapse, spikes).run(500 * ms)

    dish = Preparation(junction, nmj.fibers.human(), np.zeros(40, int), seed=12)
    record = dish.stimulate(times)
    assert record.quanta.sum(axis=0) == pytest.approx(synapse.quanta_total[:], abs=0)
    theirs = np.lexsort((spikes.spike_time, spikes.i))
    ours = np.lexsort((record.spike_times_s, record.spike_fibers))
    assert np.array_equal(np.asarray(spikes.i)[theirs], record.spike_fibers[ours])
    late = np.asarray(spikes.spike_time / second)[theirs] - record.spike_times_s[ours]
    assert np.abs(late).max() < 1e-6
    assert record.first_spikes()[1].sum() == len(late)


def test_experiments_leave_brian_alone():
    """Seed, clock, preferences, device and magic network are as before."""
    seed(5)
    before = np.random.get_state()[1].copy(), np.random.get_state()[2]  # noqa: NPY002
    clock, device, target = defaultclock.dt / ms, get_device(), prefs.codegen.target
    objects = len(magic_network.objects)
    weak = nmj.junctions.human().replace(receptor_fraction=0.5)
    nmj.lab.repetitive_stimulation(weak, fibers=5, impulses=4, seed=1)
    nmj.lab.single_fiber_emg(weak, pairs=2, discharges=4)
    nmj.lab.quantal_analysis(weak, 10, minis=10)
    after = np.random.get_state()[1], np.random.get_state()[2]  # noqa: NPY002
    assert np.array_equal(before[0], after[0])
    assert before[1] == after[1]
    assert (defaultclock.dt / ms, get_device(), prefs.codegen.target) == (clock, device, target)
    assert len(magic_network.objects) == objects


def test_experiments_run_beside_a_standalone_script():
    """A script for C++ standalone may use the laboratory; the device stays, and nothing is queued for it."""
    expected = nmj.lab.single_fiber_emg(nmj.junctions.human(), pairs=2, discharges=4, seed=1)
    set_device("cpp_standalone", build_on_run=False)
    queued = len(get_device().main_queue)
    found = nmj.lab.single_fiber_emg(nmj.junctions.human(), pairs=2, discharges=4, seed=1)
    assert np.array_equal(found.intervals, expected.intervals)
    assert len(get_device().main_queue) == queued


def test_same_seed_same_numbers_whatever_else_exists():
    """A seed repeats an experiment, beside other networks and under another Brian seed; another differs."""
    first = nmj.lab.repetitive_stimulation(nmj.junctions.human(), fibers=10, impulses=4, seed=3)
    seed(99)
    nerve = SpikeGeneratorGroup(1, [0], [1] * ms)
    fibers = nmj.MuscleFibers(1)
    synapse = nmj.NMJ(nerve, fibers)
    synapse.connect()
    Network(nerve, fibers, synapse).run(5 * ms)
    again = nmj.lab.repetitive_stimulation(nmj.junctions.human(), fibers=10, impulses=4, seed=3)
    other = nmj.lab.repetitive_stimulation(nmj.junctions.human(), fibers=10, impulses=4, seed=4)
    assert np.array_equal(first.waveforms, again.waveforms)
    assert np.array_equal(first.quanta, again.quanta)
    assert not np.array_equal(first.quanta, other.quanta)


def test_agonist_in_the_bath_acts_before_the_first_impulse():
    """The end plate is depolarized and steady at time 0: within 0.1 mV of what it is 0.3 s later."""
    bath = nmj.junctions.human().replace(agonist=200 * nM)
    dish = Preparation(bath, nmj.fibers.human(), np.zeros(3, int), seed=1)
    start = dish.fibers["v_V"].copy()
    assert dish.t_s == 0
    assert (start > dish.rest_V + 0.5e-3).all()
    dish.wait(0.3)
    assert dish.fibers["v_V"] == pytest.approx(start, abs=1e-4)
    assert dish.stimulate(np.array([0.3])).quanta.min() > 5


def test_terminals_of_different_size():
    """Mean and coefficient of variation of the number of sites, within 4 standard errors of 4,000."""
    sites = site_numbers(nmj.junctions.human(), 4000, 0.3, 1)
    assert sites.mean() == pytest.approx(207, abs=4 * 207 * 0.3 / np.sqrt(4000))
    assert sites.std() / sites.mean() == pytest.approx(0.3, abs=4 * 0.3 / np.sqrt(2 * 4000) * 1.2)
    assert site_numbers(nmj.junctions.human(), 10, 0.0, 1) is None


def test_fiber_of_a_junction():
    """The species' fiber at the junction's temperature; clear errors otherwise."""
    frog = nmj.junctions.frog()
    assert fiber_for(frog, None).name == "frog fiber"
    with pytest.raises(ValueError, match="one temperature"):
        fiber_for(frog, nmj.fibers.human())
    with pytest.raises(TypeError, match="must be a Fiber"):
        fiber_for(frog, "human")
    with pytest.raises(TypeError, match="must be a Junction"):
        fiber_for("human", None)
