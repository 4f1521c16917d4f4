"""The release kernel against its twin, and its independence of the time step."""

import numpy as np
import pytest
from brian2 import second
from brian2.units.stdunits import ms
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from nmj_brian._core import release as core
from nmj_brian.reference import release as twin
from nmj_brian.reference.random import Address
from nmj_brian.release import ReleaseModel, size_coefficients
from nmj_brian.terminal import latency_hazards

KEY = (0xFEED, 0xBEEF)
POSITIVE = st.floats(0.0, 20.0)
SHARE = st.floats(0.0, 1.0)
MODEL = st.fixed_dictionaries(
    {
        "hazard": st.floats(0.0, 3.0),
        **{f"{c}_step": SHARE for c in ("f1", "f2", "f3", "augmentation", "potentiation")},
        **{f"{c}_rate_per_s": POSITIVE for c in ("f1", "f2", "f3", "augmentation", "potentiation")},
        "residual_power": st.sampled_from([0.0, 1.0, 4.0]),
        "refill_rate_per_s": POSITIVE,
        "refill_boost_per_s": POSITIVE,
        "mobilization_step": SHARE,
        "mobilization_rate_per_s": st.floats(0.01, 20),
        "recruit_boost_per_s": POSITIVE,
        "recruitment_step": SHARE,
        "recruitment_rate_per_s": st.floats(0.01, 20),
        "store_inverse": st.floats(0, 1e-3),
        "filling_rate_per_s": POSITIVE,
        "mini_rate_per_s": POSITIVE,
        "size_a": st.floats(0.8, 1.0),
        "size_b": st.floats(0.0, 0.2),
    }
)
#: Quanta of two terminals, from the kernel as it was before residual calcium was added.
PINNED = [
    [50, 46, 28, 24, 32, 24, 19, 16, 18, 15, 10, 31],
    [58, 52, 37, 26, 21, 14, 18, 26, 12, 18, 18, 16],
]
TABLE = 1e-4 + 5e-5 * np.sqrt(latency_hazards())


def collect(run, arrivals, edges):
    """Send each impulse in the step in which it arrives; collect quanta step by step."""
    quanta, left = [], list(arrivals)
    for edge in edges:
        while left and left[0] < edge:
            run.send(left.pop(0))
        quanta += run.step(edge)
    return sorted(quanta)


@settings(derandomize=True, max_examples=40, deadline=None)
@given(
    MODEL,
    st.integers(0, 500),
    st.lists(st.floats(1e-3, 3.0), min_size=1, max_size=6),
    st.booleans(),
)
def test_kernel_equals_twin(model, sites, gaps, mean):
    """Numbers of quanta exactly; times and sizes to the rounding of an interpolation, 1e-12."""
    arrivals = np.cumsum(gaps)
    kernel = core.ReleaseKernel({**model, "flags": int(mean)}, TABLE)
    run = core.TerminalRun(kernel, float(sites), KEY, 3, 5, 1)
    slow = twin.Terminal(model, float(sites), Address(KEY, 3, 5, 1), TABLE, mean)
    for arrival in arrivals:
        run.send(arrival)
        fast = run.step(np.inf)
        expected = slow.impulse(arrival)
        assert len(fast) == len(expected)
        np.testing.assert_allclose(
            np.reshape(fast, (-1, 3)), np.reshape(expected, (-1, 3)), rtol=1e-12, atol=1e-15
        )
        state = run.state
        assert state["ready"] == pytest.approx(slow.ready, abs=1e-9 if mean else 0)
        assert state["filling"] == slow.filling
        assert state["f1"] == slow.components["f1"]
        assert state["recruitment"] == slow.recruitment


def test_residual_calcium_acts_with_its_power(junction):
    """Second of a pair at once: hazard times (1 + F)^4, or 1 + F if off. 1e-5 for the microsecond."""
    human = junction("human").replace(working_channels=0.05, f2_step=0, augmentation_step=0)
    for power, expected in ((0, 1.0 + 0.2), (4, 1.2**4)):
        changed = human.replace(f1_step=0.2, residual_power=power, f1_time=1000 * second)
        model = ReleaseModel(changed, mean=True)
        quanta, ready = np.empty((1, 2)), np.empty((1, 2))
        core.train(model.kernel(), 207.0, KEY, np.array([0.0, 1e-6]), quanta, ready)
        hazard = -np.log1p(-model.terminal.p)
        share = quanta[0, 1] / ready[0, 0]
        assert share == pytest.approx(-np.expm1(-expected * hazard), rel=1e-5)


@pytest.mark.parametrize("option", ["residual_power", "asynchronous_release"])
def test_options_that_are_off_change_nothing(junction, option):
    """The quanta of a train, bit for bit, whatever the option's other number is."""
    human = junction("human")
    other = human.replace(**{option: 0.0}, asynchronous_time=0.3 * second)
    found = []
    for described in (human, other):
        run = core.TerminalRun(ReleaseModel(described).kernel(), 207.0, KEY, 1, 2)
        found.append(collect(run, np.arange(20) / 50, [1.0]))
    assert found[0] == found[1]
    assert len(found[0]) > 200


def test_pinned_quanta():
    """The quanta that this model always released at these addresses: no tolerance."""
    model = {
        "hazard": 0.3, "f1_step": 0.2, "f1_rate_per_s": 20.0, "f2_step": 0.05,
        "f2_rate_per_s": 3.0, "f3_step": 0.01, "f3_rate_per_s": 0.3, "augmentation_step": 0.01,
        "augmentation_rate_per_s": 0.15, "potentiation_step": 0.01,
        "potentiation_rate_per_s": 0.02, "refill_rate_per_s": 0.2, "refill_boost_per_s": 5.0,
        "mobilization_step": 0.1, "mobilization_rate_per_s": 4.0, "recruit_boost_per_s": 1.0,
        "recruitment_step": 0.3, "recruitment_rate_per_s": 0.25, "store_inverse": 1e-5,
        "filling_rate_per_s": 0.02, "mini_rate_per_s": 1.0, "size_a": 1.0, "size_b": 0.0,
        "residual_power": 0.0, "flags": 0,
    }  # fmt: skip
    quanta, ready = np.empty((2, 12)), np.empty((2, 12))
    core.train(core.ReleaseKernel(model, TABLE), 207.0, KEY, np.arange(12) / 40, quanta, ready)
    assert quanta.tolist() == PINNED


def test_late_quanta(junction):
    """Asynchronous release: the burst is as large as before, the late quanta are as many more, and
    their times are exponential. Counts within 4 standard errors, Kolmogorov-Smirnov p > 0.001."""
    few = junction("human").replace(working_channels=0.1)
    late = few.replace(asynchronous_release=0.5, asynchronous_time=80 * ms)
    models = [ReleaseModel(j) for j in (few, late)]
    after = float(models[0].terminal.latency.quantile(0.999999))
    counts, times = [], []
    for model in models:
        kernel, burst, tail = model.kernel(), 0, []
        for target in range(4000):
            run = core.TerminalRun(kernel, 207.0, KEY, 0, target)
            run.send(0.0)
            t = np.array([q[1] for q in run.step(10.0)])
            burst += (t <= after).sum()
            tail.extend(t[t > after])
        counts.append((burst, len(tail)))
        times.append(np.array(tail))
    expected = 4000 * 207 * -np.expm1(1.5 * np.log1p(-models[0].terminal.p))
    assert abs(sum(counts[1]) - expected) < 4 * np.sqrt(expected)
    # late quanta that happen to leave during the burst count as burst
    share = np.exp(-after / 0.08) / 3
    assert abs(counts[1][1] - share * expected) < 4 * np.sqrt(share * expected)
    assert counts[0][1] <= 5
    assert stats.kstest((times[1] - after) / 0.08, "expon").pvalue > 1e-3


def test_late_quanta_need_latency(junction):
    with pytest.raises(ValueError, match="needs latency"):
        ReleaseModel(junction("human").replace(asynchronous_release=0.1), latency=False)


def test_quanta_do_not_depend_on_dt(junction):
    """One jump, 0.1 ms, 25 us and irregular steps: the same quanta, bit for bit."""
    model = ReleaseModel(junction("human"))
    rng = np.random.default_rng(5)
    arrivals = np.sort(rng.uniform(0, 0.4, 30))
    ends = {
        "jump": [1.0],
        "0.1 ms": np.arange(1, 10_001) * 1e-4,
        "25 us": np.arange(1, 40_001) * 25e-6,
        "irregular": np.append(np.sort(rng.uniform(0, 1, 700)), 1.0),
    }
    results = {}
    for name, edges in ends.items():
        run = core.TerminalRun(model.kernel(), 207.0, KEY, 1, 2)
        results[name] = (collect(run, arrivals, edges), run.state)
    assert len(results["jump"][0]) > 300
    for name in ends:
        assert results[name] == results["jump"], name


def test_latency_flag(junction):
    """Without latency every quantum leaves as the impulse arrives; numbers and sizes stay."""
    human = junction("human")
    late, at_once = (
        core.TerminalRun(ReleaseModel(human, latency=flag).kernel(), 207.0, KEY)
        for flag in (True, False)
    )
    late.send(0.01)
    at_once.send(0.01)
    a, b = late.step(1.0), at_once.step(1.0)
    assert [q[2] for q in a] == [q[2] for q in b]
    assert {q[1] for q in b} == {0.01}
    assert min(q[1] for q in a) > 0.01


def test_volley_is_a_sample_of_the_latency_distribution(junction):
    """All latencies of 2000 volleys against the terminal's distribution, and the first quantum of
    each against 1 - (1 - F)^n: Kolmogorov-Smirnov p > 0.001, fixed seed."""
    model = ReleaseModel(junction("human"))
    kernel = model.kernel()
    latency = model.terminal.latency
    grid = np.linspace(0, 1, 20_001)
    times = np.asarray(latency.quantile(grid))
    pooled, first = [], []
    for target in range(2000):
        run = core.TerminalRun(kernel, 207.0, KEY, 0, target)
        run.send(0.0)
        quanta = run.step(1.0)
        u = np.interp([q[1] for q in quanta], times, grid)
        pooled.extend(u)
        first.append(1 - (1 - u[0]) ** len(u))
    assert stats.kstest(pooled, "uniform").pvalue > 1e-3
    assert stats.kstest(first, "uniform").pvalue > 1e-3


@pytest.mark.parametrize("cv", [0.0, 0.1, 0.25, 0.5, 0.8])
def test_quantal_size(junction, cv):
    """Mean 1 and the CV asked for, within 4 standard errors of 30,000 sizes."""
    a, b = size_coefficients(cv)
    assert a**3 + 3 * a * b**2 == pytest.approx(1, abs=1e-10)
    kernel = ReleaseModel(junction("mouse").replace(quantal_cv=cv)).kernel()
    sizes = []
    for target in range(500):
        run = core.TerminalRun(kernel, 1700.0, KEY, 0, target)
        run.send(0.0)
        sizes.extend(q[2] for q in run.step(1.0))
    sizes = np.array(sizes)
    assert sizes.min() >= 0
    assert abs(sizes.mean() - 1) <= 4 * cv / np.sqrt(len(sizes)) + 1e-9
    kurtosis = stats.kurtosis(sizes) if cv else 0
    assert abs(sizes.std() - cv) <= 4 * cv * np.sqrt((2 + kurtosis) / (4 * len(sizes))) + 1e-9


def test_size_refuses_impossible_spread():
    with pytest.raises(ValueError, match="between 0 and 1"):
        size_coefficients(-0.1)


def test_mean_field_is_the_expectation(junction):
    """Mean of 4000 quantal terminals against noise='none', 12 impulses at 20 Hz: 4 standard errors.

    The expected pool obeys the same linear recursion, so this is exact up to sampling.
    """
    arrivals = np.arange(12) / 20
    human = junction("human")
    drawn, ready = np.empty((4000, 12)), np.empty((4000, 12))
    core.train(ReleaseModel(human).kernel(), 207.0, KEY, arrivals, drawn, ready)
    mean, mean_ready = np.empty((1, 12)), np.empty((1, 12))
    core.train(ReleaseModel(human, mean=True).kernel(), 207.0, KEY, arrivals, mean, mean_ready)
    for sample, expected in ((drawn, mean), (ready, mean_ready)):
        error = sample.std(0) / np.sqrt(len(sample))
        assert (np.abs(sample.mean(0) - expected[0]) < 4 * error).all()


def test_mean_field_volley(junction):
    """Parts of a mean-field volley add up to n p and have the mean latency (32 quantiles: 1 %)."""
    model = ReleaseModel(junction("human"), mean=True)
    run = core.TerminalRun(model.kernel(), 207.0, KEY)
    run.send(0.0)
    parts = np.array(run.step(1.0))
    assert parts[:, 2].sum() == pytest.approx(model.m, rel=1e-12)
    late = (parts[:, 1] * parts[:, 2]).sum() / parts[:, 2].sum()
    assert late == pytest.approx(float(model.terminal.latency.mean), rel=0.01)


def test_no_release_without_channels(junction):
    model = ReleaseModel(junction("human").replace(working_channels=0.0))
    run = core.TerminalRun(model.kernel(), 207.0, KEY)
    run.send(0.0)
    assert run.step(1.0) == []
    assert run.state["ready"] == 207
    assert run.state["impulses"] == 1


def test_filling_falls_when_transmitter_runs_short(junction):
    """ChAT deficiency: rested quanta are normal, smaller after minutes at 10 Hz."""
    slow = junction("human").replace(filling_time=1000 * junction("human").filling_time / 60)
    arrivals = np.arange(3000) / 10
    for condition, low, high in ((junction("human"), 0.88, 1.0), (slow, 0.3, 0.85)):
        run = core.TerminalRun(ReleaseModel(condition, mean=True).kernel(), 207.0, KEY)
        for arrival in arrivals:
            run.send(arrival)
            run.step(arrival + 0.05)
        assert low < run.state["filling"] < high


def test_minis_are_a_poisson_process_whatever_the_step(junction):
    """Intervals exponential (p > 0.001); steps of 0.1 s and one of 2000 s agree exactly."""
    kernel = ReleaseModel(junction("mouse")).kernel()
    once = core.TerminalRun(kernel, 1700.0, KEY).minis(0.0, 2000.0, 1.0)
    run = core.TerminalRun(kernel, 1700.0, KEY)
    often = [e for k in range(20_000) for e in run.minis(k * 0.1, (k + 1) * 0.1, 1.0)]
    assert once == often
    assert stats.kstest(np.diff([t for t, _ in once]), "expon").pvalue > 1e-3


def test_minis_follow_a_changing_rate(junction):
    """Event k comes at an integrated rate that the rate's course does not change."""
    kernel = ReleaseModel(junction("mouse")).kernel()
    steady = core.TerminalRun(kernel, 1700.0, KEY).minis(0.0, 100.0, 1.0)
    run = core.TerminalRun(kernel, 1700.0, KEY)
    events = run.minis(0.0, 10.0, 1.0) + run.minis(10.0, 20.0, 0.0) + run.minis(20.0, 50.0, 3.0)
    marks = [t if t < 10 else 10 + 3 * (t - 20) for t, _ in events]
    np.testing.assert_allclose(marks, [t for t, _ in steady], rtol=1e-12)
    assert [s for _, s in events] == [s for _, s in steady]


def test_wrong_tables_and_fields_are_refused(junction):
    scalars = ReleaseModel(junction("human")).scalars()
    with pytest.raises(KeyError):
        core.ReleaseKernel({})
    with pytest.raises(ValueError, match="points"):
        core.ReleaseKernel(scalars, np.zeros(5))
    with pytest.raises(TypeError, match="not fields"):
        core.ReleaseKernel({**scalars, "color": 1.0})


def test_expected_refilling_between_impulses(junction):
    """`ready` between impulses against what 2000 terminals hold 0.2 s after one impulse."""
    model = ReleaseModel(junction("human").replace(domain_Ca=junction("human").domain_Ca * 3))
    kernel = model.kernel()
    expected, found = [], []
    for target in range(2000):
        run = core.TerminalRun(kernel, 207.0, KEY, 0, target)
        run.send(0.0)
        run.step(0.1)
        expected.append(run.ready(0.2))
        run.send(0.2)
        run.step(1.0)
        found.append(run.state["ready"] + run.state["quanta"])
    difference = np.array(found) - np.array(expected)
    assert abs(difference.mean()) < 4 * difference.std() / np.sqrt(2000)
    assert np.mean(expected) > 20


def test_impulses_at_one_instant(junction):
    """Two impulses at once: nothing is refilled between them, both release, none is lost."""
    run = core.TerminalRun(ReleaseModel(junction("human")).kernel(), 207.0, KEY)
    run.send(0.01)
    run.send(0.01)
    quanta = run.step(1.0)
    assert {q[0] for q in quanta} == {0, 1}
    assert run.state["ready"] == 207 - len(quanta)
    assert run.state["quanta_total"] == len(quanta)
    assert run.state["impulses"] == 2


def test_neighbors_do_not_matter(junction):
    """A junction's quanta depend on its own address only; other addresses differ."""
    kernel = ReleaseModel(junction("human")).kernel()

    def quanta(*address):
        run = core.TerminalRun(kernel, 207.0, KEY, *address)
        run.send(0.0)
        return run.step(1.0)

    assert quanta(1, 2, 0) == quanta(1, 2, 0)
    assert len({str(quanta(*a)) for a in [(1, 2, 0), (2, 1, 0), (1, 2, 1), (1, 3, 0)]}) == 4
