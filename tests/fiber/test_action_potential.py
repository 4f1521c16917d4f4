"""Action potentials: the published patch models, the human fiber, refractoriness."""

import numpy as np
import pytest
from brian2 import ms, mV, second

from nmj_brian import fibers
from nmj_brian.membrane import MembraneChain
from nmj_brian.units import degC

MS_CM2 = 1e-3


def patch(g_na, g_k, leak, e_leak, tubule_na, tubule_k):
    """One square centimeter of surface, in mS/cm2, as in the reference table."""
    area = np.array([[1.0, 4.8]])
    return MembraneChain(
        capacitance_F=1e-6 * area,
        g_na_S=g_na * MS_CM2 * area * [1.0, tubule_na],
        g_k_S=g_k * MS_CM2 * area * [1.0, tubule_k],
        g_leak_S=leak * MS_CM2 * area,
        e_leak_mV=np.full((1, 2), float(e_leak)),
        g_access_S=np.array([1.0 / 150.0]),
        g_axial_S=np.empty(0),
        speed=(1.0, 1.0, 1.0),
        v_guess_mV=e_leak + 1.0,
        e_na_mV=57.0,
        e_k_mV=-85.0,
    )


def shoot(model, h=1e-6, current=150e-6, duration=20e-3):
    steps = round(duration / h)
    amps = np.zeros(steps)
    amps[round(1e-3 / h) : round(1.5e-3 / h)] = current
    rest, state = model.resting()
    out, zero = np.empty((steps + 1, 2)), np.zeros(steps)
    model.kernel(h).trace(rest, state, zero, zero, amps, 1.0, False, out, np.full(1, np.nan))
    return rest, out[:, 0], out[:, 1]


def width(v, level, h):
    up = int(np.argmax(v > level))
    down = up + int(np.argmax(v[up:] < level))
    start = up - (v[up] - level) / (v[up] - v[up - 1])
    end = down - 1 + (v[down - 1] - level) / (v[down - 1] - v[down])
    return (end - start) * h


@pytest.mark.parametrize(
    ("numbers", "rest", "peak", "half_width", "rise", "fall", "tubule"),
    [
        ((150, 21.6, 0.2, -90, 1, 1), -89.9, 52.3, 1.11, 562, -144, 55.9),
        ((150, 21.6, 0.2, -90, 0.1, 0.45), -90.0, 34.8, 1.41, 553, -85, 19.9),
        ((804, 64.8, 0.2, -85, 0.1, 0.45), -84.0, 54.1, 0.98, 1658, -167, 52.1),
    ],
)
def test_space_clamped_action_potentials(numbers, rest, peak, half_width, rise, fall, tubule):
    """T14, T15 (Cannon 1993 / Shorten 2007 gating at 20 degC, computed independently).

    150 uA/cm2 for 0.5 ms. Voltages within 0.1 mV (the table's digits), slopes within 1 %; half-
    width
    within 2 %: the table does not say how it sampled, and is 0.6-1.6 % below ours at every set; the
    slowest fall (-84 here, -85 there) to 1.5 %.
    """
    v_rest, v, u = shoot(patch(*numbers))
    assert v_rest == pytest.approx(rest, abs=0.06)
    assert v.max() == pytest.approx(peak, abs=0.1)
    assert u.max() == pytest.approx(tubule, abs=0.1)
    slope = np.diff(v) / 1e-6 * 1e-3
    assert slope.max() == pytest.approx(rise, rel=0.01)
    assert slope.min() == pytest.approx(fall, rel=0.015)
    assert 1e3 * width(v, (v.max() + v_rest) / 2, 1e-6) == pytest.approx(half_width, rel=0.02)


@pytest.mark.parametrize(
    ("numbers", "fires"),
    [
        ((150, 21.6, 0.2, -90, 1, 1), False),
        ((150, 21.6, 0.2, -90, 0.1, 0.45), False),
        ((804, 64.8, 0.2, -85, 0.1, 0.45), True),
    ],
)
def test_weaker_current_splits_the_sets(numbers, fires):
    """Reference sheet 2.1: at 80 uA/cm2 the first two sets do not fire, the third does."""
    assert (shoot(patch(*numbers), current=80e-6, h=5e-6)[1].max() > 0) == fires


def test_patch_is_second_order():
    """Halving h quarters the error of the spike's peak time and height."""
    model = patch(150, 21.6, 0.2, -90, 1, 1)
    exact = shoot(model, 1e-6, duration=4e-3)[1]
    errors = []
    for every in (20, 10):
        v = shoot(model, every * 1e-6, duration=4e-3)[1]
        errors.append(np.abs(v - exact[::every]).max())
    assert 3.0 < errors[0] / errors[1] < 5.0


def propagated(fiber, at=3e-3):
    """Rest, action potential of the surface ``at`` meters from the end plate, and the time step."""
    subject = fiber.cable()
    h, steps, count = 5e-6, round(14e-3 / 5e-6), subject.model.compartments
    g = subject.quantum.course(31, 1e-3, h, steps)
    rest, state = subject.model.resting()
    out, nothing = np.empty((steps + 1, 2 * count)), np.zeros(steps)
    subject.model.kernel(h).trace(
        rest, state, g, -3.0 * g, nothing, 1.0, False, out, np.full(count, np.nan)
    )
    where = int(np.abs(np.asarray(subject.distance) - at).argmin())
    return rest, out[:, where + count], h


@pytest.mark.parametrize(
    ("celsius", "half_width", "rise"),
    [(37, (0.55, 0.9), (800, 1800)), (22, (0.9, 1.5), (400, 800))],
)
def test_propagated_action_potential(celsius, half_width, rise):
    """Human, amplitude 105-120 mV; 0.6-0.9 ms at half height when warm, 400-800 V/s when cool.

    The ranges are recalled (reference sheet 2.3), so no target of fitting but the width at 37 degC.
    There the rate of rise is what a fiber of 50 um, 213 ohm cm and 1 uF/cm2 needs for its 3.8 m/s
    (0.6 of the amplitude over the time constant of the foot, radius / (2 Ri C velocity^2) = 41 us):
    twice the recalled 400-800 V/s, which fit the velocity of a cool fiber.
    """
    rest, v, h = propagated(fibers.human(temperature=celsius * degC))
    assert 105 < v.max() - rest < 122
    assert half_width[0] < 1e3 * width(v, (v.max() + rest) / 2, h) < half_width[1]
    assert rise[0] < np.diff(v).max() / h * 1e-3 < rise[1]


@pytest.fixture(scope="module")
def cable():
    return fibers.human().cable()


@pytest.mark.parametrize("make", [fibers.human, fibers.rat, fibers.mouse])
@pytest.mark.parametrize("kind", ["cable", 2, 4])
def test_fiber_repolarizes(make, kind):
    """Within 20 ms of an action potential the end plate is back within 0.5 mV of rest, and it returns
    from wherever it is held, to 0.01 mV.

    Not a matter of course: with a leak of 1,500 ohm cm2 per area of *surface*, or with the source's
    window current, the fiber has a second resting state and stays near -48 mV, once in thousands of
    impulses.
    """
    fiber = make()
    subject = fiber.cable() if kind == "cable" else fiber.chain(kind)
    response = subject.run(subject.quantum.course(31, 1e-3, 5e-6, round(22e-3 / 5e-6)))
    assert response.fired
    assert abs(float(response.v[-1] - response.rest)) < 0.5e-3
    assert subject.left_of_depolarization() < 0.01
    cold = make(temperature=22 * degC)
    assert (cold.cable() if kind == "cable" else cold.chain(kind)).left_of_depolarization() < 0.01


def test_frog_fiber_has_one_resting_state():
    """As the mammals, at 20 degC; to 0.5 mV of the 40: its time constant is 20 ms."""
    for subject in (fibers.frog().cable(), fibers.frog().chain(4)):
        assert subject.left_of_depolarization() < 0.5


def test_a_second_resting_state_is_seen():
    """With the source's recovery of Na channels and 20 times the Na the human end plate stays depolarized."""
    fiber = fibers.human().replace(Na_recovery_slope=14.7 * mV, Na_endplate_factor=20)
    assert 30 < fiber.cable().left_of_depolarization() < 60


@pytest.mark.parametrize(("kind", "refractory"), [("cable", 1.7e-3), (2, 1.4e-3), (4, 1.4e-3)])
def test_refractory_period(kind, refractory, cable):
    """A second full EPP too soon after the first starts no action potential; from 5 ms on it
    always does.

    Absolute refractory period recalled 2.5-4 ms (reference sheet 2.3, low confidence). It is no
    target of the fits, and shorter here: 1.7 ms in the cable, 1.4 in the chains (their end plate is not
    shunted by a long fiber), with Na channels that inactivate where they were measured to (-68 mV; -70).
    """
    subject = cable if kind == "cable" else fibers.human().chain(kind)
    h = 5e-6
    kernel = subject.model.kernel(h)
    for interval, expected in ((1e-3, 1), (0.8 * refractory, 1), (5e-3, 2), (10e-3, 2)):
        steps = round((interval + 8e-3) / h)
        g = subject.quantum.course(31, 1e-3, h, steps)
        g += subject.quantum.course(31, 1e-3 + interval, h, steps)
        rest, state = subject.model.resting()
        out, nothing = np.empty((steps + 1, 1)), np.zeros(steps)
        crossing = np.full(subject.model.compartments, np.nan)
        spikes = kernel.trace(rest, state, g, -3.0 * g, nothing, 1.0, False, out, crossing)[2]
        assert spikes == expected, interval


@pytest.mark.parametrize("kind", ["cable", 2, 4])
def test_follows_100_hz(kind, cable):
    """20 full EPPs at 100 Hz make 20 action potentials: nothing accumulates, nothing locks up."""
    subject = cable if kind == "cable" else fibers.human().chain(kind)
    h = 1e-5
    steps = round(0.21 / h)
    one = subject.quantum.course(31, 1e-3, h, steps)
    g = sum(np.concatenate([np.zeros(k * 1000), one[: steps - k * 1000]]) for k in range(20))
    rest, state = subject.model.resting()
    out, nothing = np.empty((steps + 1, 1)), np.zeros(steps)
    crossing = np.full(subject.model.compartments, np.nan)
    v, _, spikes, _ = subject.model.kernel(h).trace(
        rest, state, g, -3.0 * g, nothing, 1.0, False, out, crossing
    )
    assert spikes == 20
    assert v - rest < 1.0


def test_subthreshold_end_plate_does_not_fire(cable):
    """10 quanta (13 fire) leave a potential of 8 mV, no spike; so does the chain."""
    for subject in (cable, fibers.human().chain(2)):
        response = subject.epp(10)
        assert not response.fired
        assert response.spike_time is None
        assert 6e-3 < float(response.epp) < 10e-3


def test_spike_time_lies_on_the_trace(cable):
    """The chain's spike time is the crossing of its spike compartment, inside the sub-step."""
    chain = fibers.human().chain(2)
    response = chain.epp(31)
    assert float(response.spike_time) == pytest.approx(response.crossings[-1], abs=1e-12)
    assert 0.2 * ms < response.latency < 0.4 * ms
    assert (float(response.spike_time / second) / 5e-6) % 1 > 1e-6
