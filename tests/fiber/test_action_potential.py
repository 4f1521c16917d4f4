"""Action potentials: the published patch models, the human fiber, refractoriness."""

import numpy as np
import pytest
from brian2 import ms, second

from nmj_brian import fibers
from nmj_brian.membrane import MembraneChain

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
        speed=1.0,
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
    """Reference sheet 2.1 (Cannon 1993 / Shorten 2007 gating at 20 degC, computed independently).

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


@pytest.fixture(scope="module")
def cable():
    return fibers.human().cable()


@pytest.mark.parametrize("make", [fibers.human, fibers.rat, fibers.mouse])
@pytest.mark.parametrize("kind", ["cable", 2, 4])
def test_fiber_repolarizes(make, kind):
    """Within 20 ms of an action potential the end plate is back within 0.5 mV of rest.

    Not a matter of course: with a leak of 1,500 ohm cm2 per area of *surface*, or with the
    source's window
    current, the fiber has a second resting state and stays at -45 mV.
    """
    fiber = make()
    subject = fiber.cable() if kind == "cable" else fiber.chain(kind)
    response = subject.run(subject.quantum.course(31, 1e-3, 5e-6, round(22e-3 / 5e-6)))
    assert response.fired
    assert abs(float(response.v[-1] - response.rest)) < 0.5e-3


@pytest.mark.parametrize(("kind", "refractory"), [("cable", 4.4e-3), (2, 2.2e-3), (4, 2.7e-3)])
def test_refractory_period(kind, refractory, cable):
    """A second full EPP too soon after the first starts no action potential; from 5 ms on it
    always does.

    Absolute refractory period recalled 2.5-4 ms (reference sheet 2.3, low confidence). It is no
    target of the
    chain's fit: 4.4 ms in the cable, shorter in the chains (their end plate is not shunted by a
    long fiber).
    """
    subject = cable if kind == "cable" else fibers.human().chain(kind)
    h = 5e-6
    kernel = subject.model.kernel(h)
    for interval, expected in ((1.5e-3, 1), (0.8 * refractory, 1), (5e-3, 2), (10e-3, 2)):
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
