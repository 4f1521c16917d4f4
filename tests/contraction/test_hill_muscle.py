"""A muscle that shortens and lengthens: curves in closed form, dynamics against scipy."""

from __future__ import annotations

import numpy as np
import pytest
from brian2 import (
    DimensionMismatchError,
    Hz,
    Network,
    SpikeGeneratorGroup,
    StateMonitor,
    cm,
    meter,
    mm,
    ms,
    mV,
    second,
    seed,
)
from hypothesis import given, settings
from hypothesis import strategies as st

import nmj_brian as nmj
from nmj_brian.intracellular_potential import rosenfalck

MUSCLES = {"opensim 4": nmj.HillMuscle(), "early opensim 3": nmj.HillMuscle.opensim_3()}


@pytest.mark.parametrize("muscle", MUSCLES.values(), ids=MUSCLES)
def test_published_points(muscle):
    """Thelen 2003: what the parameters are defined by."""
    assert muscle.active_force(1 + np.sqrt(0.45)) == pytest.approx(np.exp(-1))
    assert muscle.passive_force([0.5, 1, 1.6]) == pytest.approx([0, 0, 1])
    assert muscle.tendon_force([-0.1, 0, muscle.tendon_strain]) == pytest.approx([0, 0, 1])
    assert muscle.force_velocity([-1, 0]) == pytest.approx([0, 1], abs=1e-12)
    # Hill's hyperbola at full activation: (1 + v)/(1 - v/0.25)
    assert muscle.force_velocity(-0.3) == pytest.approx(0.7 / 2.2)


def test_versions_of_opensim_differ_in_two_numbers():
    new, old = MUSCLES.values()
    assert (new.tendon_strain, new.lengthening_force) == (0.04, 1.4)
    assert (old.tendon_strain, old.lengthening_force) == (0.033, 1.8)
    assert {k for k in new if new.si(k) != old.si(k)} == {"tendon_strain", "lengthening_force"}


@settings(derandomize=True, deadline=None)
@given(st.floats(-1.5, 1.5), st.floats(0.01, 1), st.floats(0.5, 1.5))
def test_velocity_and_force_are_inverse(v, activation, length):
    muscle = MUSCLES["opensim 4"]
    force = muscle.force_velocity(v, activation) * activation * muscle.active_force(length)
    assert muscle.velocity(force, activation, length) == pytest.approx(v, abs=1e-9)


@settings(derandomize=True, deadline=None)
@given(st.floats(0, 0.1))
def test_tendon_and_its_inverse(strain):
    muscle = MUSCLES["opensim 4"]
    assert muscle.tendon_elongation(muscle.tendon_force(strain)) == pytest.approx(strain, abs=1e-12)


def test_tendon_is_smooth_where_its_toe_ends():
    """The toe ends at 0.609 of the strain (Thelen 2003, rounded): force and slope meet there."""
    muscle = MUSCLES["opensim 4"]
    toe, h = float(muscle.tendon_elongation(0.33)), 1e-7
    assert toe / muscle.tendon_strain == pytest.approx(0.609, abs=5e-4)
    slopes = np.diff(muscle.tendon_force([toe - h, toe, toe + h])) / h
    assert slopes[0] == pytest.approx(slopes[1], rel=1e-4)


def test_deactivation_in_closed_form():
    """Reference T26. With u = 0: a/(1 + 3a) falls as exp(-t/(2 x 50 ms)); the ODE has that rate."""
    muscle = nmj.HillMuscle()
    for a in (0.02, 1 / 3, 1.0):
        slope_of_log = 1 / a - 3 / (1 + 3 * a)
        rate = float(muscle.activation_rate(0.0, a) / Hz)
        assert slope_of_log * rate == pytest.approx(-1 / (2 * 0.05))
    assert float(muscle.activation_rate(1.0, 1 / 3) / Hz) == pytest.approx(2 / 3 / 0.015)


def test_isometric_equilibrium():
    """Fiber and tendon carry one force, also with pennation; a slack muscle is refused."""
    for muscle in (nmj.HillMuscle(), nmj.HillMuscle().replace(pennation=0.4)):
        fiber, force = muscle.isometric(30.5 * cm, 0.5)
        cosine = np.sqrt(1 - (np.sin(muscle.pennation) / fiber) ** 2)
        assert force == pytest.approx(
            cosine * (0.5 * muscle.active_force(fiber) + muscle.passive_force(fiber))
        )
        assert 20 * (1 + muscle.tendon_elongation(force)) + 10 * fiber * cosine == pytest.approx(
            30.5
        )
    with pytest.raises(ValueError, match="slack"):
        nmj.HillMuscle().isometric(15 * cm, 0.5)
    with pytest.raises(DimensionMismatchError):
        nmj.HillMuscle().isometric(0.3 * second, 0.5)


def tetanus(tendon, velocity=None, namespace=None, **kwds):
    times = np.arange(0.005, 0.4, 0.012)
    nerve = SpikeGeneratorGroup(2, np.repeat([0, 1], len(times)), np.tile(times, 2) * second)
    seed(1)
    units = nmj.MotorUnits(nerve, nmj.innervation(units=2, fibers=8, ratio=3))
    pull = nmj.MuscleTendon(units, tendon=tendon, velocity=velocity, **kwds)
    names = ["force", "fiber", "activation", "length", "fiber_velocity"]
    record = StateMonitor(pull.group, names, record=True, dt=1 * ms)
    Network(nerve, units, pull, record).run(400 * ms, namespace=namespace or {})
    return pull, record


@pytest.mark.parametrize("pennation", [0.0, 0.3])
def test_elastic_tendon_against_scipy(pennation):
    """The same muscle, driven by the recorded activation, solved by scipy from the curves of `HillMuscle`.

    Euler's step of 0.1 ms beside a slowest time of 25 ms: 0.2 % of what the fibers move.
    """
    from scipy.integrate import solve_ivp

    muscle = nmj.HillMuscle().replace(pennation=pennation)
    _, record = tetanus("elastic", "-0.15*meter/second", {"meter": meter}, muscle=muscle)
    t = np.asarray(record.t / second)
    activation, length = np.asarray(record.activation[0]), np.asarray(record.length[0] / cm)
    height = np.sin(pennation)

    def rate(when, y):
        cosine = np.sqrt(1 - (height / y[0]) ** 2)
        total = np.interp(when, t, length)
        tendon = muscle.tendon_force((total - 10 * y[0] * cosine) / 20 - 1)
        active = tendon / cosine - muscle.passive_force(y[0])
        a = np.interp(when, t, activation)
        return 10 * np.atleast_1d(muscle.velocity(active, a, y[0]))

    done = solve_ivp(rate, (0, t[-1]), [record.fiber[0][0]], "LSODA", t, rtol=1e-8, max_step=1e-3)
    moved = np.ptp(done.y[0])
    assert moved > 0.1
    assert np.abs(record.fiber[0] - done.y[0]).max() < 0.005 * moved


def test_rigid_tendon_is_the_curves():
    """Force is f(l) a F(v) + p(l) at the length and velocity of the whole muscle."""
    pull, record = tetanus("rigid", "-0.2*meter/second", {"meter": meter})
    muscle, fiber, a = pull.muscle, np.asarray(record.fiber[0]), np.asarray(record.activation[0])
    assert fiber[-1] == pytest.approx(1 - 0.2 * 0.399 / 0.1)
    force = a * muscle.active_force(fiber) * muscle.force_velocity(-0.2, a)
    expected = force + muscle.passive_force(fiber)
    assert record.force[0] / pull.strength == pytest.approx(expected, rel=1e-9)


def test_rest_is_equilibrium():
    """Without impulses nothing moves: the fibers begin where their least activation holds them."""
    nerve = SpikeGeneratorGroup(1, [], [] * ms)
    units = nmj.MotorUnits(nerve, nmj.innervation(units=1, fibers=2, ratio=1))
    pull = nmj.MuscleTendon(units, length=31 * cm)
    assert "Thelen" in nmj.cite(pull)
    assert "Fuglevand" in nmj.cite(pull)
    before = float(pull.group.fiber[0])
    Network(nerve, units, pull).run(20 * ms)
    assert float(pull.group.fiber[0]) == pytest.approx(before, abs=1e-9)


def test_wrong_parts_are_refused():
    nerve = SpikeGeneratorGroup(1, [], [] * ms)
    units = nmj.MotorUnits(nerve, nmj.innervation(units=1, fibers=2, ratio=1))
    with pytest.raises(TypeError, match="MotorUnits"):
        nmj.MuscleTendon(nerve)
    with pytest.raises(TypeError, match="HillMuscle"):
        nmj.MuscleTendon(units, nmj.fibers.human())
    with pytest.raises(ValueError, match="elastic, rigid"):
        nmj.MuscleTendon(units, tendon="stiff")
    with pytest.raises(ValueError, match="longer than the tendon"):
        nmj.MuscleTendon(units, length=10 * cm)
    for wrong in (0.3, 3 * second):
        with pytest.raises(DimensionMismatchError, match="such as 30"):
            nmj.MuscleTendon(units, length=wrong)
    for wrong in (np.nan * meter, np.inf * meter, [30, 31] * cm):
        with pytest.raises(ValueError, match="longer than the tendon"):
            nmj.MuscleTendon(units, length=wrong)
    with pytest.raises(TypeError, match="in quotes.*group.velocity"):
        nmj.MuscleTendon(units, velocity=-2 * cm / second)


def test_rosenfalck():
    """Reference T20: amplitude 27 x 96 exp(-3) = 129.05 mV at 3 mm; rest ahead of the front."""
    z = np.linspace(-2, 12, 14001) * mm
    v = np.asarray(rosenfalck(z) / mV)
    assert v.max() + 90 == pytest.approx(129.05, abs=0.005)
    assert float(z[v.argmax()] / mm) == pytest.approx(3, abs=2e-3)
    assert np.all(v[np.asarray(z / mm) <= 0] == -90)
