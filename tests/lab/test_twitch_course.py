"""Trains of four through the course of a block, of a share of the receptors or of drugs."""

from __future__ import annotations

import numpy as np
import pytest
from brian2 import TimedArray, kgram, mgram, second

import nmj_brian as nmj
from nmj_brian.units import uM

HUMAN = nmj.junctions.human()


def test_course_of_a_block():
    """A train of four of a constant block is that of `train_of_four` under it, fiber by fiber; twitches go
    and come back with the occupancy, and the terminals forget the trains before within 20 s (to 5 %).
    """
    course = nmj.lab.twitch_course(
        HUMAN,
        lambda t: 0.97 * float(20 * second < t) * float(t < 100 * second),
        160 * second,
        seed=1,
    )
    assert list(course.count) == [4, 4, 0, 0, 0, 4, 4, 4]
    assert course.ratio[-1] == pytest.approx(1, abs=0.03)
    assert np.isnan(course.ratio[3])
    steady = nmj.lab.twitch_course(HUMAN, lambda t: 0.85, 40 * second, fibers=300, seed=2)
    tof = nmj.lab.train_of_four(HUMAN.replace(antagonist_occupancy=0.85), 300, seed=2)
    assert steady.twitches[0] == pytest.approx(tof.transmission, abs=2 / 300)
    assert steady.twitches[1] == pytest.approx(tof.transmission, abs=4 * np.sqrt(0.5 / 300) + 0.05)


def test_course_of_a_drug():
    """A drug whose concentration comes and goes does in every train what it does in a train of four at that
    concentration, fade included: the same fibers in the first (within one of 200), the same ratio in the second (5
    SD of a share) though it comes 20 s after another. An inhibitor beside it reverses it.
    """
    steps = TimedArray(np.array([1.3, 1.3, 0.2, 0.2]) * uM, dt=20 * second)
    course = nmj.lab.twitch_course(HUMAN, nmj.rocuronium(steps), 80 * second, fibers=200, seed=2)
    tof = nmj.lab.train_of_four(HUMAN.under(nmj.rocuronium(1.3 * uM)), 200, seed=2)
    assert tof.ratio < 0.6
    np.testing.assert_allclose(course.twitches[0], tof.transmission, atol=1.01 / 200)
    assert course.ratio[1] == pytest.approx(tof.ratio, abs=5 * np.sqrt(0.25 / 200))
    held = nmj.rocuronium(1.3 * uM).occupancy(1.3 * uM)
    np.testing.assert_allclose(course.occupancy[:2], held, rtol=1e-9)
    assert course.ratio[3] > 0.95
    inhibitor = TimedArray(np.array([0.0, 0.5]) * uM, dt=20 * second)
    both = [nmj.rocuronium(steps), nmj.neostigmine(inhibitor)]
    course = nmj.lab.twitch_course(HUMAN, both, 40 * second, fibers=200, seed=2)
    assert course.ratio[1] > course.ratio[0] + 0.2
    for block, what in (
        (nmj.rocuronium(1 * uM), "none of the drugs has a course"),
        (nmj.pk.rocuronium().bolus(0.6 * mgram / kgram), "block is a drug with a course"),
    ):
        with pytest.raises(TypeError, match=what):
            nmj.lab.twitch_course(HUMAN, block)
    with pytest.raises(TypeError, match="Junction such as"):
        nmj.lab.twitch_course("human", nmj.rocuronium(steps))
    with pytest.raises(ValueError, match="receptors held at 0 s"):
        nmj.lab.twitch_course(HUMAN, lambda t: 0.5 * uM)


def test_course_of_a_lasting_agonist():
    """Succinylcholine that comes and goes: none, 5 uM, none; the terminals of fibers grouped by size are those that
    went before."""
    steps = TimedArray(np.array([0.0, 5.0, 0.0]) * uM, dt=20 * second)
    course = nmj.lab.twitch_course(
        HUMAN, nmj.succinylcholine(steps), 60 * second, fibers=60, seed=1
    )
    tof = nmj.lab.train_of_four(HUMAN.under(nmj.succinylcholine(5 * uM)), 60, seed=1)
    assert 0.3 < course.first[1] < 0.8
    assert course.first[1] == pytest.approx(tof.transmission[0], abs=5 * np.sqrt(0.25 / 60))
    np.testing.assert_array_equal(course.first[[0, 2]], 1.0)
    assert course.ratio[1] > 0.8
