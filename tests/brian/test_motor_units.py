"""A muscle in one object: innervation, transmission and force."""

from __future__ import annotations

import numpy as np
import pytest
from brian2 import Network, SpikeGeneratorGroup, StateMonitor, ms, prefs, run, second, seed
from hypothesis import given, settings
from hypothesis import strategies as st

import nmj_brian as nmj
from nmj_brian.contraction import FUSED, twitch_gain
from nmj_brian.units import newton


@settings(derandomize=True, max_examples=60, deadline=None)
@given(st.integers(1, 200), st.integers(0, 5000), st.floats(1, 300))
def test_innervation_total_is_exact_and_sizes_grow(units, more, ratio):
    muscle = nmj.innervation(units=units, fibers=units + more, ratio=ratio)
    assert muscle.fibers == units + more
    assert muscle.sizes.min() >= 1
    assert np.all(np.diff(muscle.sizes) >= -1)  # rounding may exchange neighbors by one
    assert np.all(np.diff(muscle.unit_of_fiber) >= 0)


def test_innervation_ratio():
    """First dorsal interosseous: 120 units, 40,500 fibers, ratio 100 within rounding of the smallest."""
    sizes = nmj.innervation(units=120, fibers=40_500, ratio=100).sizes
    assert sizes[-1] / sizes[0] == pytest.approx(100, rel=0.5 / sizes[0] + 0.01)


@pytest.mark.parametrize(
    "bad", [{"units": 0, "fibers": 5}, {"units": 6, "fibers": 5}, {"units": 2.5, "fibers": 5}]
)
def test_impossible_innervation(bad):
    with pytest.raises(ValueError, match="units|fibers"):
        nmj.innervation(**bad)


def test_gain_of_fuglevand():
    """Fuglevand 1993 gain (reference T06): 1 at 0.4; (1 - exp(-2))/0.3004 = 2.878 at x = 1."""
    assert twitch_gain(0.4) == pytest.approx(1)
    assert twitch_gain(1.0) == pytest.approx(2.878, abs=1e-3)
    assert pytest.approx(0.3004, abs=1e-4) == FUSED


def muscle_force(rate_hz, duration_s=1.0, units=3, **kwds):
    """Force of each unit under regular stimulation of all units."""
    times = np.arange(0.005, duration_s, 1 / rate_hz)
    nerve = SpikeGeneratorGroup(
        units, np.tile(np.arange(units), len(times)), np.repeat(times, units) * second
    )
    seed(1)
    muscle = nmj.MotorUnits(nerve, nmj.innervation(units=units, fibers=12, ratio=4), **kwds)
    force = StateMonitor(muscle.units, "force", record=True, dt=1 * ms)
    Network(nerve, muscle, force).run(duration_s * second)
    return muscle, np.asarray(force.force / newton), np.asarray(force.t / second)


def test_twitch_amplitude_and_contraction_time():
    """One impulse to every fiber: peak = fibers x fiber twitch at the contraction time of the unit.

    Tolerance 2 %: impulses of fibers of one unit differ by a fraction of a millisecond.
    """
    muscle, force, t = muscle_force(rate_hz=1, duration_s=0.3)
    assert np.all(muscle.transmission == 1)
    sizes = muscle.innervation.sizes
    expected = sizes * float(muscle.contraction.fiber_twitch(muscle.fibers.fiber.diameter))
    assert force.max(axis=1) == pytest.approx(expected, rel=0.02)
    times = np.asarray(muscle.units.contraction_time / second)
    start = 0.005 + 0.0025 + 0.001
    assert t[force.argmax(axis=1)] - start == pytest.approx(times, abs=3e-3)


def test_summation_and_tetanus():
    """Fused force at 40 Hz is specific tension x area within 3 % (x = T/interval = 3.6: S = 1).

    Twitch over tetanus is then 4 S(0.4)/(0.4 e^2) = 0.163; human hand units have 0.1 to 0.2.
    """
    muscle, force, _ = muscle_force(rate_hz=40, duration_s=0.7, units=1)
    tetanus = 12 * float(muscle.contraction.fiber_tetanus(muscle.fibers.fiber.diameter))
    assert force[0, -50:].mean() == pytest.approx(tetanus, rel=0.03)
    assert force[0, -50:].std() < 0.03 * tetanus
    twitch = 12 * float(muscle.contraction.fiber_twitch(muscle.fibers.fiber.diameter))
    assert twitch / tetanus == pytest.approx(0.163, abs=1e-3)


def test_blocked_fibers_give_no_force():
    muscle, force, _ = muscle_force(
        rate_hz=1, duration_s=0.2, junction=nmj.junctions.human().replace(receptor_fraction=0.03)
    )
    assert np.all(muscle.transmission == 0)
    assert np.all(force == 0)


def test_magic_run_finds_the_muscle():
    nerve = SpikeGeneratorGroup(2, [0, 1], [1, 2] * ms)
    muscle = nmj.MotorUnits(nerve, nmj.innervation(units=2, fibers=5, ratio=3))
    run(12 * ms)
    assert np.all(muscle.transmission == 1)
    assert muscle.force > 0 * newton


def test_pool_must_fit_the_innervation():
    nerve = SpikeGeneratorGroup(2, [0, 1], [1, 2] * ms)
    with pytest.raises(ValueError, match="2 motor neurons"):
        nmj.MotorUnits(nerve, nmj.innervation(units=3, fibers=5))


def test_parts_of_a_muscle():
    """A part knows the whole, also as a part of a part; its fibers come in the order of its units."""
    owned = nmj.innervation(units=4, fibers=20, ratio=4)
    assert list(owned.sizes) == [2, 3, 6, 9]
    assert list(owned.fiber_indices) == list(range(20))
    part = owned.part([3, 0])
    assert list(part.fiber_indices) == [*range(11, 20), 0, 1]
    assert list(part.unit_of_fiber) == [0] * 9 + [1] * 2
    again = part.part([1])
    assert again.whole is owned
    assert (list(again.unit_indices), list(again.fiber_indices)) == ([0], [0, 1])
    for bad in ([], [4], [-1], [1, 1], [0.5], 2, "all"):
        with pytest.raises(ValueError, match="units must be"):
            owned.part(bad)


@pytest.mark.parametrize(
    ("addresses", "kind", "match"),
    [
        ([0], TypeError, "addresses must be a pair"),
        (([0], [5, 6]), TypeError, "each of the 2 neurons"),
        (([0, 1], [5, 6.5]), TypeError, "each of the 2 fibers"),
        (([0, 1], [5, 5]), ValueError, "different numbers"),
        (([0, -1], [5, 6]), ValueError, "different numbers from 0"),
    ],
)
def test_addresses_that_make_no_sense(addresses, kind, match):
    nerve = SpikeGeneratorGroup(2, [0, 1], [1, 2] * ms)
    with pytest.raises(kind, match=match):
        nmj.NMJ(nerve, nmj.MuscleFibers(2), addresses=addresses)


@pytest.mark.slow
def test_compiled_code_gives_the_same_force(unoptimized):
    """Brian2 compiles equations of units by default; tests and examples do without, for speed."""
    forces = []
    for generated in ("numpy", "cython"):
        prefs.codegen.target = generated
        seed(4)
        nerve = SpikeGeneratorGroup(2, [0, 1, 1, 0, 1], [1, 1, 15, 30, 30] * ms)
        muscle = nmj.MotorUnits(nerve, nmj.innervation(units=2, fibers=6, ratio=2))
        record = StateMonitor(muscle.units, ["force", "potentiation"], record=True)
        Network(nerve, muscle, record).run(60 * ms)
        forces.append(np.array([record.force_, record.potentiation_]))
    assert np.all(forces[0].max(axis=2) > 0)
    np.testing.assert_allclose(*forces, rtol=1e-9)
