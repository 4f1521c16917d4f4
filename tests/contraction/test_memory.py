"""What a motor unit remembers: potentiation and fatigue; and the shape of its twitch."""

from __future__ import annotations

import numpy as np
import pytest
from brian2 import Hz, Network, SpikeGeneratorGroup, StateMonitor, ms, second, seed

import nmj_brian as nmj
from nmj_brian.contraction import mean_force


def stimulate(times_s, duration_s, contraction=None, units=1, fibers=2):
    """Units of one muscle under the same impulses."""
    nerve = SpikeGeneratorGroup(
        units, np.tile(np.arange(units), len(times_s)), np.repeat(times_s, units) * second
    )
    seed(3)
    muscle = nmj.MotorUnits(
        nerve, nmj.innervation(units=units, fibers=fibers, ratio=4), contraction=contraction
    )
    names = ["force", "potentiation", "capacity"]
    record = StateMonitor(muscle.units, names, record=True, dt=1 * ms)
    Network(nerve, muscle, record).run(duration_s * second)
    return muscle, record


def test_twitch_relaxes_as_human_units_do():
    """Three stages: peak at T, half of it 1.0776 T later (t^2 exp(-2t) in closed form)."""
    muscle, record = stimulate([0.01], 0.4)
    force, t = np.asarray(record.force[0]), np.asarray(record.t / second)
    T = float(muscle.units.contraction_time[0] / second)
    top = force.argmax()
    half = t[top + np.argmax(force[top:] <= force.max() / 2)] - t[top]
    assert half / T == pytest.approx(1.0776, abs=0.02)  # 1 ms of 90


def test_potentiation_grows_by_impulses_and_decays():
    """p(100) = 0.72 (1 - 0.99^100), less the decay meanwhile; then exp(-t/40.4 s)."""
    _, record = stimulate(np.arange(100) / 50, 6)
    p, t = np.asarray(record.potentiation[0]), np.asarray(record.t / second)
    peak = p.max()
    assert 0.72 * (1 - np.exp(-1)) * np.exp(-2 / 40.4) < peak < 0.72 * (1 - np.exp(-1))
    late = p[t > 5.9][-1] / p[np.argmin(abs(t - 3))]
    assert late == pytest.approx(np.exp(-3 * np.log(2) / 28), rel=2e-3)


def test_tetanus_is_not_potentiated():
    """F (1 + p)/(1 + p F) is 1 where F is 1: fused force at 50 Hz is the same with and without."""
    times = np.arange(50) / 50
    plain = nmj.Contraction().replace(potentiation=0, fatigability=0 * Hz)
    strong = plain.replace(potentiation=1.0, potentiation_step=0.2)
    tetani = [stimulate(times, 1, c)[1].force[0][-100:].mean() for c in (plain, strong)]
    assert tetani[1] / tetani[0] == pytest.approx(1, abs=0.005)


def test_fatigue_follows_the_force():
    """Capacity falls as Potvin & Fuglevand say: rate x mean force, integrated with scipy.

    The spike train of 20 Hz has the mean force F(T 20 Hz), from its onset on (a twitch of delay).
    """
    from scipy.integrate import solve_ivp

    fast = nmj.Contraction().replace(fatigability=0.2 * Hz, fatigability_range=4, potentiation=0)
    muscle, record = stimulate(np.arange(120) / 20, 6, fast, units=2, fibers=10)
    times = np.asarray(fast.contraction_times(muscle.innervation.sizes) / second)
    for unit, rate in enumerate((0.05, 0.2)):
        course = solve_ivp(
            lambda _, c, T=times[unit], r=rate: -r * mean_force(20 * T * (1 + 0.379 * (1 - c))),
            (0, 6),
            [1.0],
            rtol=1e-8,
        )
        lost = 1 - course.y[0, -1]
        assert 1 - record.capacity[unit][-1] == pytest.approx(lost, rel=0.03)


def test_capacity_ends_at_nothing_and_slows_the_twitch():
    weak = nmj.Contraction().replace(fatigability=1 * Hz, fatigability_range=1)
    muscle, record = stimulate(np.arange(60) / 30, 2.2, weak)
    assert record.capacity[0][-1] == 0
    assert record.force[0][-1] == 0
    T = muscle.units.contraction_time[0] / muscle.units.rested_contraction_time[0]
    assert pytest.approx(1.379) == T
    assert float(muscle.force) == 0
