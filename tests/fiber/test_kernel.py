"""The compiled fiber against its NumPy twin, and its behavior as a kernel: clamp, peaks, sleep,
bad input.
"""

import numpy as np
import pytest
from brian2 import mV
from hypothesis import given, settings
from hypothesis import strategies as st

from nmj_brian import fibers
from nmj_brian.excitation import QuantalConductance
from nmj_brian.membrane import gate_rates
from nmj_brian.reference.fiber import ReferenceFiber
from nmj_brian.units import degC

H = 1e-5
HUMAN = fibers.human()
CHAIN2, CHAIN4 = HUMAN.chain(2), HUMAN.chain(4)


class Population:
    """The arrays that a Brian group would own, for fibers of one model."""

    def __init__(self, model, count=1, h=H):
        self.kernel, self.h = model.kernel(h), h
        rest, state = model.resting()
        self.rest = rest
        self.v, self.state = np.full(count, rest), np.tile(state, (count, 1))
        self.I, self.na = np.zeros(count), np.ones(count)
        self.clamped = np.zeros(count, np.int8)
        self.awake, self.fired = np.ones(count, np.int8), np.zeros(count, np.int8)
        self.spike_time, self.peak, self.slope = (
            np.zeros(count),
            np.full(count, rest),
            np.zeros(count),
        )
        self.t = 0.0

    def step(self, g):
        g = np.array(np.broadcast_to(g, (len(self.v), np.shape(g)[-1])), dtype=float, order="C")
        n = g.shape[1]
        self.awake[g.any(axis=1) | (self.I != 0) | (self.v != self.rest)] = 1
        self.kernel.step(
            self.t, n, self.v, self.state, g, -3.0 * g, self.I, self.na, self.clamped, self.awake,
            self.spike_time, self.peak, self.slope, self.fired,
        )  # fmt: skip
        self.t += n * self.h
        return self.fired.copy()


def course(quanta, steps, start=1e-3, h=H):
    g = QuantalConductance.human().course(quanta, start, h, steps)
    return np.where(g < 1e-12, 0.0, g)  # as receptors that went to sleep


@settings(derandomize=True, deadline=None, max_examples=20)
@given(
    compartments=st.sampled_from([2, 4, 78]),
    quanta=st.floats(0, 60),
    current=st.floats(-2e-8, 2e-8),
    na=st.floats(0, 1),
    clamped=st.booleans(),
    begin=st.floats(-120, 40),
)
def test_kernel_equals_twin(compartments, quanta, current, na, clamped, begin):
    """Same scheme, elimination against a dense solve: equal to rounding, from any voltage the user
    wrote.
    """
    model = {2: CHAIN2.model, 4: CHAIN4.model}.get(compartments) or HUMAN.cable().model
    steps = 60
    g = course(quanta, steps, start=2e-4)
    fiber, twin = Population(model), ReferenceFiber(model, H)
    fiber.v[0] = twin.volts[0, 0] = begin
    fiber.I[0], fiber.na[0], fiber.clamped[0] = current, na, clamped
    for k in range(steps):
        fiber.step(g[k : k + 1])
        v = twin.substep(g[k], -3.0 * g[k], current, na, clamped)
        assert fiber.v[0] == pytest.approx(v, abs=1e-8)
    if fiber.awake[0]:
        count = model.compartments
        np.testing.assert_allclose(
            fiber.state[0, : 8 * count].reshape(count, 2, 4)[..., :3], twin.gates, atol=1e-10
        )
    if clamped:
        assert fiber.v[0] == begin


def test_table_error_is_small():
    """Linear pieces of 0.125 mV against exact rates: EPP and action potential within 0.01 mV."""
    g = course(31, 300)
    twins = [ReferenceFiber(CHAIN2.model, H, table=table) for table in (True, False)]
    traces = np.array([[twin.substep(x, -3.0 * x) for x in g] for twin in twins])
    upstroke = 500.0  # mV/ms: 0.01 mV of early EPP moves the spike by less than 0.1 us
    assert np.abs(traces[0] - traces[1])[:130].max() < 0.01
    assert np.abs(traces[0].max() - traces[1].max()) < 0.05
    crossing = [
        np.interp(0, [t[k := int(np.argmax(t > 0)) - 1], t[k + 1]], [k, k + 1]) for t in traces
    ]
    assert abs(crossing[0] - crossing[1]) * H < 1e-7 * upstroke / 500.0


def test_two_steps_or_one_call():
    """10 sub-steps in one call equal 10 calls of one sub-step exactly: nothing hidden between
    calls.

    (A conductance from the first sub-step on, so that neither falls asleep before.)
    """
    g = course(31, 500, start=0.0) + 1e-9
    one, many = Population(CHAIN2.model), Population(CHAIN2.model)
    spikes = [[], []]
    for k in range(0, 500, 10):
        if one.step(g[k : k + 10])[0]:
            spikes[0].append(one.spike_time[0])
        for s in range(k, k + 10):
            if many.step(g[s : s + 1])[0]:
                spikes[1].append(many.spike_time[0])
    assert spikes[0] == pytest.approx(spikes[1], abs=1e-15)
    assert len(spikes[0]) == 1
    assert one.v[0] == many.v[0]
    assert one.peak[0] == many.peak[0]


def test_peak_v_is_finer_than_the_trace():
    """peak_v of an EPP (Na blocked) at h = 10 us agrees with h = 1 us to 0.01 mV."""
    peaks = []
    for h in (1e-5, 1e-6):
        rest, state = CHAIN2.model.resting(0.0)
        fiber = Population(CHAIN2.model, h=h)
        fiber.v[0], fiber.state[0], fiber.peak[0], fiber.na[0] = rest, state, rest, 0.0
        g = course(31, round(4e-3 / h), h=h)
        for k in range(0, len(g), 100):
            fiber.step(g[k : k + 100])
        peaks.append(fiber.peak[0])
    assert peaks[0] == pytest.approx(peaks[1], abs=0.01)


def test_user_write_is_honored_and_not_mistaken_for_a_peak():
    """A voltage written between steps is the start of the next one, with no memory of the old."""
    fiber = Population(CHAIN2.model)
    fiber.step(np.zeros(10))
    fiber.v[0], fiber.awake[0] = -70.0, 1
    fiber.step(np.zeros(10))
    assert fiber.peak[0] == -70.0
    assert -85.0 < fiber.v[0] < -70.0


def impulse(quanta, steps):
    """A course that ends where a junction goes to sleep, at a thousandth of its peak."""
    g = course(quanta, steps)
    return np.where(g < 1e-3 * g.max(), 0.0, g)


def never_sleeping(model):
    return model.replace(rest_tolerance_mV=-1.0, afterpotential_mV=0.0)


@pytest.mark.parametrize("pause_ms", [15, 20, 30, 40])
def test_sleep_gives_the_same_as_never_sleeping(pause_ms):
    """A fiber that sleeps once its voltages are back, its gates on their way, answers as one that
    never sleeps: an action potential after a pause is timed to 0.5 us (a hundredth of the jitter of
    a normal junction) and what is lacking of the afterpotential is below 0.06 mV (these quanta, these pauses;
    the most: next test).
    """
    models = CHAIN2.model, never_sleeping(CHAIN2.model)
    lazy, keen = (Population(model) for model in models)
    for fiber, model in zip((lazy, keen), models, strict=True):
        fiber.kernel = model.kernel(H, 10)
    pause = 100 * pause_ms
    g = np.concatenate([impulse(60, pause), impulse(30, 400)])
    times, worst, slept = [[], []], 0.0, 0
    for k in range(0, len(g), 10):
        slept += k >= 200 and not lazy.awake[0]
        for fiber, list_ in zip((lazy, keen), times, strict=True):
            if fiber.step(g[k : k + 10])[0]:
                list_.append(fiber.spike_time[0])
        if k < pause:  # before the second upstroke magnifies any difference
            worst = max(worst, abs(lazy.v[0] - keen.v[0]))
    assert slept > 0
    assert worst < 0.06
    assert times[0] == pytest.approx(times[1], abs=5e-7)
    assert len(times[0]) == 2


@pytest.mark.parametrize(
    ("make", "celsius", "lacks_mV"),
    [(fibers.human, 37, 0.015), (fibers.rat, 22, 0.29), (fibers.mouse, 22, 0.39)],
)
def test_what_a_sleeping_fiber_lacks_is_as_documented(make, celsius, lacks_mV):
    """After an action potential by current, to the two digits of the README."""
    model = make(temperature=celsius * degC).chain(2).model
    both = [Population(model), Population(model)]
    for fiber, which in zip(both, (model, never_sleeping(model)), strict=True):
        fiber.kernel = which.kernel(H, 10)
    worst, slept = 0.0, False
    for k in range(300):
        for fiber in both:
            fiber.I[0] = 800e-9 if k < 4 else 0.0
            fiber.step(np.zeros(10))
        slept |= k > 20 and not both[0].awake[0]
        worst = max(worst, abs(both[0].v[0] - both[1].v[0]))
    assert slept
    assert worst == pytest.approx(lacks_mV, abs=0.006)


def test_gates_recover_in_sleep():
    """Asleep, voltages are exactly at rest; gates are found where they would be had they been advanced at rest."""
    rest, state = CHAIN2.model.resting()
    fiber = Population(CHAIN2.model)
    fiber.kernel = CHAIN2.model.kernel(H, 10)
    g = impulse(40, 2000)
    for k in range(0, 2000, 10):
        fiber.step(g[k : k + 10])
        if k > 300 and not fiber.awake[0]:
            break
    assert fiber.v[0] == rest
    np.testing.assert_array_equal(fiber.state[0, 16:-3], state[16:-3])
    away = fiber.state[0, :16].reshape(4, 4)[:, :3] - state[:16].reshape(4, 4)[:, :3]
    assert np.abs(away[:, 2]).min() > 1e-3  # some K channels are still open
    fiber.t += 3e-3
    fiber.awake[0] = 1
    fiber.kernel = never_sleeping(CHAIN2.model).kernel(H)
    fiber.step(np.zeros(1))
    alpha, beta = gate_rates(rest, CHAIN2.model.recovery_mV, CHAIN2.model.shift_mV)
    left = np.exp(-(3e-3 + H) * np.array(CHAIN2.model.speed) * (alpha + beta))
    found = fiber.state[0, :16].reshape(4, 4)[:, :3] - state[:16].reshape(4, 4)[:, :3]
    np.testing.assert_allclose(found, away * left, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("chain", [CHAIN2, CHAIN4])
def test_longer_steps_change_little(chain):
    """With ``coarse`` a fiber near rest takes 0.1 ms as one step, one that falls back five.

    Six impulses (31, 8, 14, 1, 31 and, 6 ms later, 40 quanta) against sub-steps of 10 us throughout:
    spikes within 0.1 us, peaks within 5 uV, voltages within 0.1 mV, or 0.2 mV on the way back from
    two action potentials in a row. (Sub-steps of 10 us themselves are 4 to 8 us and 2.6 mV off those of
    2 us.) And it is used: seven of ten steps of an active fiber are longer.
    """
    fine, coarse = Population(chain.model), Population(chain.model)
    coarse.kernel = chain.model.kernel(H, 10)
    pauses = [(31, 0), (8, 3000), (14, 6000), (1, 9000), (31, 12000), (40, 12600)]
    g = sum(np.concatenate([np.zeros(k), course(q, 15000 - k)]) for q, k in pauses)
    times, worst, levels = [[], []], np.zeros(1500), []
    for k in range(0, 15000, 10):
        for fiber, found in zip((fine, coarse), times, strict=True):
            if fiber.step(g[k : k + 10])[0]:
                found.append(fiber.spike_time[0])
        worst[k // 10] = abs(fine.v[0] - coarse.v[0])
        if coarse.awake[0]:
            levels.append(coarse.state[0, -2])
        if k % 3000 == 2990:
            assert coarse.peak[0] == pytest.approx(fine.peak[0], abs=5e-3)
            fine.peak[0] = coarse.peak[0] = -85.0
    assert len(times[0]) == 4
    assert times[1] == pytest.approx(times[0], abs=1e-7)
    assert worst[:1260].max() < 0.1
    assert 1e-5 < worst.max() < 0.2
    assert np.mean(np.array(levels) > 0) > 0.7


def test_fibers_are_independent():
    """A fiber's voltage does not depend on its neighbors or on their number."""
    g = course(31, 200)
    many, one = Population(CHAIN2.model, 5), Population(CHAIN2.model)
    for k in range(0, 200, 10):
        rows = np.zeros((5, 10))
        rows[3] = g[k : k + 10]
        many.step(rows)
        one.step(g[k : k + 10])
    assert many.v[3] == one.v[0]
    assert many.v[0] == CHAIN2.model.resting()[0]


def test_nan_stays_and_harms_no_one_else():
    fiber = Population(CHAIN2.model, 2)
    fiber.v[0] = np.nan
    fiber.step(np.zeros(10))
    assert np.isnan(fiber.v[0])
    assert fiber.v[1] == CHAIN2.model.resting()[0]


@pytest.mark.parametrize("h", [0.0, -1e-6, 1e-4, np.nan])
def test_substep_too_long_is_refused(h):
    with pytest.raises(ValueError, match="sub-step"):
        CHAIN2.model.kernel(h)


def test_wrong_array_lengths_are_refused():
    fiber = Population(CHAIN2.model, 2)
    fiber.state = fiber.state[:, :-1].copy()
    with pytest.raises(ValueError, match="state must be"):
        fiber.step(np.zeros(10))


def test_arrays_have_the_documented_lengths():
    arrays, scalars = CHAIN4.model.arrays(H), CHAIN4.model.scalars(H)
    assert len(arrays["gates"]) == 6 * 8 * scalars["n_table"]
    assert len(arrays["rest"]) == CHAIN4.model.size == CHAIN4.model.kernel(H).size
    assert float(HUMAN.resting_potential / mV) == pytest.approx(scalars["v_rest_mV"], abs=1e-9)


@pytest.mark.parametrize("compartments", [2, 4])
def test_chains_side_by_side_are_the_fiber_kernel(compartments):
    """37 chains in blocks, in single precision, against one fiber at a time in double: among them silent,
    firing, clamped and weakened ones, all with inputs of their own, through action potentials and the
    way back to rest.
    """
    from nmj_brian._core.fiber import FiberKernel
    from nmj_brian._core.fibers import FibersKernel, at_rest, drive, stirred

    from nmj_brian.fibers import human

    n, n_sub, h_s = 37, 10, 1e-5
    model = human().chain(compartments).model
    kernel = FiberKernel(model.scalars(h_s, n_sub), model.arrays(h_s, n_sub))
    rest_mV, rest = model.resting()
    rng = np.random.default_rng(8)
    a = {name: np.zeros(n) for name in ("v_slope_V_per_s", "spike_time_s", "interval_s")}
    a |= {name: np.full(n, 1e-3 * rest_mV) for name in ("v_V", "peak_v_V")}
    a["I_A"] = np.where(np.arange(n) % 3 == 0, rng.uniform(0, 2e-7, n), 0.0)
    a["na_available"] = np.where(np.arange(n) % 7 == 1, 0.5, 1.0)
    a["clamped"] = (np.arange(n) % 11 == 4).astype(np.int8)
    a["v_V"][a["clamped"] > 0] = -0.05
    a |= {"spike_count": np.zeros(n, np.int32), "spikes": np.zeros(n + 1, np.int32)}
    a |= {"driven": np.zeros(n, np.uint8), "awake": np.zeros(n, np.uint8)}
    a["stirred"] = stirred(n)
    a |= {"drive_g_S": drive(n, n_sub), "drive_gE_S_mV": drive(n, n_sub)}
    a["state"] = at_rest(kernel, n)
    v, peak = 1e3 * a["v_V"], 1e3 * a["peak_v_V"]
    state, awake = np.tile(rest, (n, 1)), np.ones(n, np.int8)
    spike_time, slope, fired = np.zeros(n), np.zeros(n), np.zeros(n, np.int8)
    population = FibersKernel(kernel, n_sub, a)
    spikes, worst = 0, np.zeros(4)
    for k in range(300):
        t_s, tail = k * 1e-4, 1.5 * np.exp(-k / 10.0)
        g = tail * 1e-6 * rng.uniform(0, 1, (n, n_sub)) * (np.arange(n) % 2)[:, None] * (k < 60)
        for i in range(n):  # sub-steps of sixteen neighbors lie together
            a["drive_g_S"].reshape(-1, n_sub, 16)[i // 16, :, i % 16] = g[i]
            a["drive_gE_S_mV"].reshape(-1, n_sub, 16)[i // 16, :, i % 16] = -3.0 * g[i]
        a["driven"][:] = g.any(1)
        if k == 20:
            a["I_A"][:] = 0.0
        awake[:] = 1
        kernel.step(
            t_s, n_sub, v, state, g, -3.0 * g, a["I_A"], a["na_available"], a["clamped"], awake,
            spike_time, peak, slope, fired,
        )  # fmt: skip
        v, peak = 1e3 * (1e-3 * v), 1e3 * (1e-3 * peak)  # a population keeps volts
        assert population.step(t_s) == fired.sum()
        spikes += fired.sum()
        worst = np.maximum(
            worst,
            [
                np.abs(1e3 * a["v_V"] - v).max(),
                np.abs(1e3 * a["peak_v_V"] - peak).max(),
                np.abs(a["v_slope_V_per_s"] - 1e-3 * slope).max(),
                np.abs(a["spike_time_s"] - spike_time).max(),
            ],
        )
    v_mV, peak_mV, slope_V_per_s, spike_s = worst
    assert spike_s < 6e-8  # two thousandths of the jitter of a normal junction
    assert (
        max(v_mV, peak_mV) < 0.05
    )  # where an upstroke magnifies what differs, or one sleeps a step earlier
    assert slope_V_per_s < 1.0  # of 500
    assert 5 < spikes < 60
    assert not a["awake"][(a["clamped"] == 0) & (a["na_available"] == 1)].any()
