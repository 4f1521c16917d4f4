"""Fibers and junctions that follow a table after an action potential, or of one quantum at rest (csrc/nmj/course.h).

What others look at, and when, changes nothing: equal bits. Against fibers that are computed all the way: bounds that
the table's tolerance (0.5 mV) sets.
"""

from __future__ import annotations

import numpy as np
import pytest
from brian2 import (
    Hz,
    Network,
    SpikeGeneratorGroup,
    SpikeMonitor,
    StateMonitor,
    Synapses,
    defaultclock,
    mm,
    ms,
    mV,
    nA,
    network_operation,
    seed,
    start_scope,
    us,
)

import nmj_brian as nmj

#: Impulses at rest, at three intervals within the course of the one before, and after it (ms).
TIMES = (1, 51, 57, 63, 66, 90)
SEEN = (
    "v",
    "peak_v",
    "spike_time",
    "spike_count",
    "g",
    "peak_g",
    "open_channels",
    "ACh",
    "quanta_total",
    "A2R_open",
)


class Preparation:
    """Fibers with a junction each, all on one neuron; the human ones, with many spontaneous quanta."""

    def __init__(self, action_potential="tabulated", n=333, times=TIMES, junction=None, **kwds):
        start_scope()
        defaultclock.dt = 0.1 * ms
        seed(4)
        self.nerve = SpikeGeneratorGroup(1, [0] * len(times), times * ms)
        self.fibers = nmj.MuscleFibers(n, action_potential=action_potential)
        junction = nmj.junctions.human() if junction is None else junction
        self.junctions = nmj.NMJ(self.nerve, self.fibers, junction, **kwds)
        self.junctions.connect()
        self.network = Network(self.nerve, self.fibers, self.junctions)

    def add(self, *objects):
        self.network.add(*objects)
        return objects[0]

    def run(self, *durations_ms):
        for duration in durations_ms:
            self.network.run(duration * ms)
        return self

    @property
    def followers(self):
        """Whether each fiber follows a course now."""
        private, now_s = self.fibers._stage._private, float(self.network.t)
        return (private["course_follows"] > 0) & (private["course_until_s"] > now_s)

    def seen(self):
        values = {}
        for name in SEEN:
            owner = self.fibers if name in self.fibers.variables else self.junctions
            values[name] = np.array(owner.variables[name].get_value())
        return values


def same(a, b):
    for name, value in a.seen().items():
        assert np.array_equal(value, b.seen()[name]), name


def many_minis():
    return nmj.junctions.human().replace(mini_rate=20 * Hz)


@pytest.mark.parametrize("end_ms", [2.7, 60.2, 68.3, 100.0])
def test_who_looks_and_when_changes_nothing(end_ms):
    """Watched in each step, at none, or between runs that end anywhere."""
    alone = Preparation().run(end_ms)
    watched = Preparation()
    v = watched.add(StateMonitor(watched.fibers, "v", record=[0]))
    watched.add(StateMonitor(watched.junctions, "A2R_open", record=[0]))
    watched.run(end_ms)
    same(alone, watched)
    assert v.v.shape[1] > 20
    same(alone, Preparation().run(1.9, 0.4, end_ms - 2.3))


def test_single_quanta_are_followed_and_nobody_who_looks_changes_them():
    alone = Preparation(times=(31,), junction=many_minis()).run(30.0, 20.0)
    watched = Preparation(times=(31,), junction=many_minis())
    watched.add(StateMonitor(watched.fibers, "v", record=[0]))
    same(alone, watched.run(50.0))


def test_threads_and_restore_on_the_course():
    nmj.set_threads(1)
    one = Preparation(n=2100).run(2.2)
    assert one.followers.mean() > 0.9
    one.network.store()
    one.run(65.0)
    wanted = one.seen()
    one.network.restore(restore_random_state=True)
    nmj.set_threads(2)
    try:
        one.run(65.0)
    finally:
        nmj.set_threads(1)
    for name, value in one.seen().items():
        assert np.array_equal(value, wanted[name]), name


def test_a_repeat_is_not_watched():
    """A state that is restored is not something that a user moved: nobody has to look at each step."""
    made = Preparation().run(2.2)
    assert made.followers.any()
    made.network.store()
    made.run(20.0)
    made.network.restore()
    said = []
    ask = made.fibers._stage.watched
    made.fibers._stage.watched = lambda: said.append(ask()) or said[-1]
    made.run(0.1)
    assert not any(said)
    made.fibers.v[2] = -70 * mV
    made.run(0.1)
    assert said[-1]


def pairs(times, record, **kwds):
    """Computed and tabulated: spike times (ms), and the voltage and conductance that were recorded."""
    found = []
    for how in ("computed", "tabulated"):
        made = Preparation(how, times=times, **kwds)
        spikes = made.add(SpikeMonitor(made.fibers, variables="spike_time"))
        v = made.add(StateMonitor(made.fibers, "v", record=record))
        g = made.add(StateMonitor(made.junctions, "g", record=record))
        made.run(max(times) + 12.0)
        found.append((np.sort(spikes.spike_time / ms), v.v / mV, np.asarray(g.g), made))
    return found


def test_the_course_is_that_of_the_computed_fiber():
    """Voltages within half the tolerance of joining, 0.25 mV, since all were at rest; a spike 50 ms later within 1 us;
    the same quanta.

    Conductance: within 1 % of its peak, which is about 1 uS.
    """
    (spikes, v, g, a), (spikes2, v2, g2, b) = pairs((1, 51), range(64))
    assert len(spikes) == len(spikes2)
    assert np.abs(spikes - spikes2).max() < 1e-3
    assert np.abs(v - v2).max() < 0.25
    assert np.abs(g - g2).max() < 1e-8
    assert np.array_equal(a.junctions.quanta_total, b.junctions.quanta_total)


def test_impulses_that_come_on_the_course():
    """At intervals of 6 and 4 ms: as many fibers fire, but for those near the threshold.

    Of 333 fibers, those are few (1 %) that a voltage 0.5 mV off can decide about; spikes of the others
    move by less than 20 us, a fifth of a step, while the membrane is refractory.
    """
    (*_, a), (*_, b) = pairs((1, 7, 11), [0])
    count, count2 = np.asarray(a.fibers.spike_count), np.asarray(b.fibers.spike_count)
    assert np.mean(count != count2) < 0.01
    agree = count == count2
    last, last2 = a.fibers.spike_time / ms, b.fibers.spike_time / ms
    assert np.abs(last - last2)[agree].max() < 0.02


@pytest.mark.parametrize(
    ("gap_ms", "lost", "rms_us", "most_us"),
    [(10, 0.0, 0.2, 4), (7, 0.0, 2, 41), (5, 0.0, 2, 41), (10, 0.7, 1, 40), (5, 0.7, 10, 400)],
)
def test_a_second_spike_moves_by_what_the_readme_says(gap_ms, lost, rms_us, most_us):
    """Spikes of 2,000 fibers behind a first one, computed and tabulated; with up to so many receptors lost, since who
    comes near the threshold hesitates there, and the least difference grows."""
    times, counts = [], []
    for how in ("computed", "tabulated"):
        made = Preparation(how, n=2000, times=(1, 1 + gap_ms))
        made.junctions.receptor_loss = f"{lost} * j / 2000"
        made.run(gap_ms + 8.0)
        times.append(made.fibers.spike_time / us)
        counts.append(np.asarray(made.fibers.spike_count))
    assert np.sum(counts[0] != counts[1]) < 0.005 * 2000
    shift = (times[1] - times[0])[(counts[0] == 2) & (counts[1] == 2)]
    assert len(shift) > 0.9 * 2000
    assert np.sqrt(np.mean(shift**2)) < rms_us
    assert np.abs(shift).max() < most_us


def test_one_quantum_at_rest():
    """Miniature potentials: peaks within 1 %, since their form does not depend on size; in between within what
    a potential that rises 5 mV in 1 ms does between two phases of the table, 0.02 ms."""
    (_, v, _, a), (_, v2, _, b) = pairs((40,), range(333), junction=many_minis())
    before = slice(0, 399)
    assert np.array_equal(a.junctions.quanta_total, b.junctions.quanta_total)
    top, top2 = v[:, before].max(1) + 85.0, v2[:, before].max(1) + 85.0
    assert (top > 0.3).sum() > 100
    assert np.abs(top2 / np.maximum(top, 0.1) - 1.0)[top > 0.3].max() < 0.01
    assert np.abs(v[:, before] - v2[:, before]).max() < 0.1


def test_nothing_is_missed_that_moves_a_fiber_on_its_course():
    """A current, a written voltage, a clamp within the action potential, from all that Brian2 has for it."""

    def by_operation(made):
        @network_operation
        def inject(t):
            made.fibers.I = (300 * nA) * (2.5 * ms <= t < 3.0 * ms)

        return inject

    def by_regular_code(made):
        return made.fibers.run_regularly("I = 300*nA*int(t >= 2.5*ms)*int(t < 3*ms)")

    def by_synapses(made):
        source = SpikeGeneratorGroup(1, [0, 0], [2.4, 2.9] * ms)
        synapses = Synapses(source, made.fibers, "w : amp", on_pre="I_post += w; w = -w")
        synapses.connect()
        synapses.w = 300 * nA
        made.network.add(source)
        return synapses

    for way in (by_operation, by_regular_code, by_synapses):
        ends = []
        for how in ("computed", "tabulated"):
            made = Preparation(how, times=(1,), n=17)
            made.network.add(way(made))
            made.run(3.0)
            ends.append(made.fibers.v / mV)
        rest = Preparation("computed", times=(1,), n=17).run(3.0).fibers.v / mV
        assert np.all(ends[0] > rest + 5.0), way.__name__
        assert np.abs(ends[0] - ends[1]).max() < 0.5, way.__name__


def test_written_between_runs_on_the_course():
    """As with computed fibers, within the tolerance; the others stay on the course."""
    ends = []
    for how in ("computed", "tabulated"):
        made = Preparation(how, times=(1,), n=17).run(2.5)
        made.fibers.v[3] = -20 * mV
        made.fibers.clamped[5] = True
        held = float(made.fibers.v[5] / mV)
        made.run(0.3)
        ends.append(made.fibers.v / mV)
    assert list(np.flatnonzero(~made.followers)) == [3, 5]
    assert ends[0][3] > ends[0][4] + 0.3
    assert np.abs(ends[0] - ends[1]).max() < 0.3
    made.run(3.0)
    assert float(made.fibers.v[5] / mV) == pytest.approx(held, abs=1e-9)


def test_what_is_left_after_receptors_are_lost():
    """Between runs: the end-plate current of those that leave the course is smaller at once."""
    made = Preparation(times=(1, 3.2), n=40).run(2.0)
    assert made.followers.all()
    made.junctions.receptor_loss[:20] = 1.0
    made.run(3.0)
    assert made.junctions.peak_g[:20].max() < 0.2 * made.junctions.peak_g[20:].min()


def test_two_junctions_of_one_fiber_are_not_followed():
    made = Preparation(times=(1,), n=5)
    second = nmj.NMJ(made.nerve, made.fibers, made.junctions.junction)
    second.connect(i=0, j=2)
    made.network.add(second)
    made.run(2.3)
    assert list(np.flatnonzero(~made.followers)) == [2]


def test_bad_ways_to_ask():
    with pytest.raises(ValueError, match="'computed' or 'tabulated', got 'fast'"):
        nmj.MuscleFibers(1, action_potential="fast")
    with pytest.raises(ValueError, match="cannot be tabulated"):
        nmj.MuscleFibers(1, nmj.fibers.human().whole(length=60 * mm), action_potential="tabulated")
    made = Preparation(times=(1,), n=2)
    other = nmj.NMJ(made.nerve, made.fibers, nmj.junctions.mouse())
    other.connect(i=0, j=0)
    made.network.add(other)
    with pytest.raises(Exception) as caught:
        made.run(1.0)
    assert "two kinds of junctions" in str(caught.value.__cause__ or caught.value)


def test_junctions_that_were_removed_from_the_network_are_forgotten():
    made = Preparation(times=(1, 9), n=2).run(1.0)
    made.network.remove(made.junctions)
    other = nmj.NMJ(made.nerve, made.fibers, nmj.junctions.mouse())
    other.connect()
    made.network.add(other)
    made.run(14.0)
    assert np.all(made.fibers.spike_count[:] == 2)


def test_fibers_that_come_to_rest_too_late_are_computed_and_say_so():
    """The frog's, at 20 degC."""
    start_scope()
    nerve = SpikeGeneratorGroup(1, [0], [1] * ms)
    fibers = nmj.MuscleFibers(1, nmj.fibers.frog(), action_potential="tabulated")
    junctions = nmj.NMJ(nerve, fibers, nmj.junctions.frog())
    junctions.connect()
    with pytest.warns(
        UserWarning, match="computes its action potentials.*not back at rest after 20 ms"
    ):
        Network(nerve, fibers, junctions).run(8 * ms)
    assert fibers.spike_count[0] == 1
