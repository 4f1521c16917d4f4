"""What a unit remembers is brought up to date at times of its own, without a clock of its own."""

from __future__ import annotations

import numpy as np
import pytest
from brian2 import Network, NeuronGroup, ms, second

from nmj_brian.brian.runner import SeldomRunner, run_seldom

WHEN = """
count += 1
last = t
"""


def counting(dt, every_s):
    """A group whose code counts how often it ran, and keeps when it did so last."""
    group = NeuronGroup(1, "count : 1\nlast : second", dt=dt)
    run_seldom(group, WHEN, every_s, "seldom*")
    assert isinstance(group.contained_objects[-1], SeldomRunner)
    return group, Network(group)


@pytest.mark.parametrize("dt", [0.1, 0.025, 0.3, 0.7])
def test_runs_at_the_first_step_at_or_after_each_multiple(dt):
    """Eleven times in 105 ms, 0 included; if the step does not divide 10 ms, less than a step late."""
    group, net = counting(dt * ms, 10e-3)
    net.run(105 * ms)
    assert group.count[0] == 11
    late = float(group.last[0] / ms) - 100.0
    assert -1e-6 < late < dt


def test_no_second_clock():
    """As with run_regularly, the step at 0 counts and the end of a run does not."""
    group, net = counting(0.1 * ms, 10e-3)
    other = NeuronGroup(1, "count : 1\nlast : second", dt=0.1 * ms)
    other.run_regularly(WHEN, dt=10 * ms)
    alone = Network(other)
    for duration in (10, 0.1, 9.9, 35):
        net.run(duration * ms)
        alone.run(duration * ms)
        assert group.count[0] == other.count[0]
        assert group.last[0] == other.last[0]
    assert len(net._clocks) == 1
    assert len(alone._clocks) == 2


@pytest.mark.parametrize(
    ("before", "first", "after"),
    [
        (0.1, 9.9, 0.3),
        (0.1, 10.2, 0.3),
        (0.3, 9.9, 0.1),
        (0.3, 10.2, 0.1),
        (0.3, 10.5, 0.7),
        (0.1, 10.0, 0.05),
        (0.05, 10.0, 0.1),
    ],
)
def test_new_time_step_at_any_time(before, first, after):
    """None is lost and none comes twice: at 0, 10 and 20 ms, or less than a step later."""
    group, net = counting(before * ms, 10e-3)
    net.run(first * ms)
    group.clock.dt = after * ms
    net.run((24 - first) * ms)
    assert group.count[0] == 3
    assert -1e-6 < float(group.last[0] / ms) - 20.0 < after


def test_follows_store_restore_and_a_new_time_step():
    """Time may go back, and steps may change: it runs when it would have run."""
    group, net = counting(0.1 * ms, 10e-3)
    net.run(15 * ms)
    net.store()
    net.run(25 * ms)
    assert group.count[0] == 4
    net.restore()
    assert group.count[0] == 2
    group.clock.dt = 0.05 * ms
    net.run(25 * ms)
    assert group.count[0] == 4
    np.testing.assert_allclose(float(group.last[0] / second), 30e-3, rtol=0, atol=1e-9)


def test_what_it_did_belongs_to_the_stored_state():
    """Back to a later state: what came before that is not made up for."""
    group, net = counting(0.1 * ms, 10e-3)
    net.run(15 * ms)
    net.store("early")
    net.run(20 * ms)
    net.store("late")
    net.restore("early")
    net.run(6 * ms)
    net.restore("late")
    net.run(10 * ms)
    assert group.count[0] == 5
