"""Pools of motor neurons: thresholds, rates, spikes."""

from __future__ import annotations

import numpy as np
import pytest
from brian2 import (
    DimensionMismatchError,
    Hz,
    Network,
    SpikeMonitor,
    StateMonitor,
    TimedArray,
    ms,
    second,
    seed,
)

import nmj_brian as nmj
from nmj_brian.contraction import mean_force


def test_thresholds_by_either_convention():
    """Reference 1.1 and T01: index i/n starts at 1.029 (RR 30), (i-1)/(n-1) at 1; both end at RR."""
    old, new = nmj.MotorPool(), nmj.MotorPool.potvin_fuglevand()
    assert old.thresholds[[0, -1]] == pytest.approx([30 ** (1 / 120), 30])
    assert new.thresholds[[0, 59, 119]] == pytest.approx([1, 6.9558, 50], abs=1e-4)
    assert nmj.MotorPool(index="2017") != old
    assert new.replace(units=5).index == "2017"
    with pytest.raises(ValueError, match="index must be one of"):
        nmj.MotorPool(index="i/n")


def test_rates_and_force_of_the_pool():
    """Reference T02, T03: 2215.98 (arbitrary units) at the greatest excitation, 67; 59.20 % of it at 40."""
    pool, contraction = nmj.MotorPool.potvin_fuglevand(), nmj.Contraction()
    tetanus = 100 ** (np.arange(120) / 119)
    time = contraction.contraction_times(tetanus)

    def force(excitation):
        return (tetanus * mean_force(time * pool.rates(excitation))).sum()

    assert pool.greatest_excitation == pytest.approx(67)
    assert force(67.0) == pytest.approx(2215.98114, rel=1e-7)
    assert force(40.0) == pytest.approx(1311.86896, rel=1e-7)
    assert 100 * force(5.0) / force(67.0) == pytest.approx(3.04, abs=0.005)


def test_adaptation_spares_the_first_unit():
    """Potvin & Fuglevand 2017: q = 0.67 (FR - 8 + 2)(RTE - 1)/(RR - 1), reached as 1 - exp(-t/22 s)."""
    pool = nmj.MotorPool.potvin_fuglevand()
    fresh, late = (pool.rates(67.0, t * second) / Hz for t in (0, 22))
    assert late[0] == pytest.approx(fresh[0])
    with pytest.raises(DimensionMismatchError):
        pool.rates(67.0, 22 * Hz)
    assert late[-1] == pytest.approx(25 - 0.67 * (25 - 8 + 2) * (1 - np.exp(-1)))


def test_group_fires_as_the_rates_say():
    """Mean rates of a held contraction within four standard errors; silent units stay silent.

    Rates include late adaptation at the middle of the window, which changes by 1 % within it.
    """
    seed(7)
    pool = nmj.MotorPool.potvin_fuglevand().replace(units=40)
    drive = TimedArray([20, 20, 20, 20, 0], 1 * second)
    group = pool.group("drive(t)", dt=0.5 * ms)
    spikes, state = SpikeMonitor(group), StateMonitor(group, "rate", record=True, dt=100 * ms)
    Network(group, spikes, state).run(5 * second, namespace={"drive": drive})
    t = np.asarray(spikes.t / second)
    counts = np.bincount(np.asarray(spikes.i)[(t > 1) & (t <= 4)], minlength=40)
    rates = pool.rates(20.0, 2.5 * second) / Hz
    error = 4 * 0.2 * np.sqrt(np.maximum(3 * rates, 1)) + 1.5  # of a count in 3 s, and its ends
    assert np.all(np.abs(counts - 3 * rates) < error)
    assert np.all(counts[pool.thresholds > 20] == 0)
    assert not np.any(t > 4.001)
    recorded = np.asarray(state.rate[:, 25] / Hz)
    assert recorded == pytest.approx(rates, rel=1e-3)


def test_group_can_be_driven_by_hand_and_drives_a_muscle():
    seed(8)
    pool = nmj.MotorPool().replace(units=4)
    group = pool.group()
    group.excitation = [60, 60, 0, 0]
    muscle = nmj.MotorUnits(group, nmj.innervation(units=4, fibers=8, ratio=3))
    Network(group, muscle).run(100 * ms)
    fired = np.bincount(muscle.innervation.unit_of_fiber, muscle.junctions.impulses[:])
    assert np.all(fired[:2] > 0)
    assert np.all(fired[2:] == 0)
