"""Mechanism in, clinic out: what the published records of health and disease show.

Targets T.. are those of the project's collection of published numbers.
"""

from __future__ import annotations

import numpy as np
import pytest
from brian2 import Hz, metre, mM, mV, second, us

import nmj_brian as nmj
from nmj_brian.lab.preparation import Preparation
from nmj_brian.units import uM

HUMAN = nmj.junctions.human()


@pytest.fixture(scope="module")
def normal():
    """3 Hz on a normal muscle."""
    return nmj.lab.repetitive_stimulation(HUMAN, seed=1)


def test_normal_muscle_has_no_decrement(normal):
    """Below 10 % (limit of normal) at 3 Hz, and no fiber that fires again."""
    assert abs(normal.decrement) < 0.02
    assert normal.repetitive.max() == 0


def test_lowest_response_is_said_where_it_is_no_noise(normal):
    """Not of a normal muscle, nor of one that does not answer; of a myasthenic one it is."""
    sick = HUMAN.under(nmj.myasthenia_gravis(receptor_loss=0.75))
    dead = HUMAN.under(nmj.bungarotoxin(1.0))
    found = [
        normal,
        nmj.lab.repetitive_stimulation(dead, fibers=5, impulses=4, seed=1),
        nmj.lab.repetitive_stimulation(sick, seed=1),
    ]
    said = [{name: value for name, value, _ in rns._summary()}["lowest response"] for rns in found]
    assert said == ["-", "-", str(found[2].lowest)]


def test_decrement_of_default_myasthenia_is_steady():
    """With the fibers of the default a run differs from the next by 2 % of the response; with 200 by 4 %."""
    sick = HUMAN.under(nmj.myasthenia_gravis())
    found = [nmj.lab.repetitive_stimulation(sick, impulses=4, seed=s).decrement for s in range(8)]
    assert np.std(found) < 0.03
    assert np.mean(found) > 0.10


@pytest.mark.parametrize("loss", [0.667, 0.75])
def test_myasthenia(loss):
    """T33: two thirds of the receptors lost (deltoid, Pestronk 1985) and more: decrement of 10 % or more at 3 Hz,
    lowest at the 4th or 5th response, partial recovery.

    Three muscles of 4,000 fibers, averaged: the standard error of a share is below 0.5 %, that of the difference of
    two responses below 0.6 %. In one muscle of 2,000 the 3rd or 6th response is the lowest now and then by chance.
    """
    sick = HUMAN.under(nmj.myasthenia_gravis(receptor_loss=loss))
    found = [nmj.lab.repetitive_stimulation(sick, fibers=4000, seed=seed) for seed in (1, 2, 3)]
    blocked = np.mean([rns.blocking[0] for rns in found], axis=0)
    amplitude = np.mean([rns.cmap / mV for rns in found], axis=0)
    assert min(rns.decrement for rns in found) >= 0.10
    assert int(np.argmax(blocked)) + 1 in (4, 5)
    assert int(np.argmin(amplitude)) + 1 in (4, 5)
    assert blocked[-2:].mean() < blocked[3:5].mean() - 0.01


def test_decrement_against_receptors():
    """T34: none with half of the receptors, steep below 0.35; the first response stays until deeper.

    Half of the end plate's Na channels are lost, as in the catalogue's myasthenia. 400 fibers.
    """
    found = {
        left: nmj.lab.repetitive_stimulation(
            HUMAN.under(nmj.myasthenia_gravis(receptor_loss=1 - left)), fibers=400, seed=1
        )
        for left in (0.5, 0.35, 0.2)
    }
    assert found[0.5].decrement < 0.05
    assert 0.08 < found[0.35].decrement < 0.25
    assert found[0.2].decrement > 0.3
    first = {left: rns.cmap[0] / mV for left, rns in found.items()}
    assert first[0.35] > 0.95 * first[0.5]
    assert first[0.2] < 0.7 * first[0.5]


def test_low_release_as_in_lambert_eaton(normal):
    """T35: low compound potential, an increment of 60 % or more at 50 Hz and after 10 s of contraction.

    Terminals of varying size (spread 0.5), in 0.9 mM Ca: a fifth of the normal quanta. A decrement at 3 Hz comes
    with the loss of active zones (`nmj.lambert_eaton`), not with little calcium.
    """
    weak = HUMAN.replace(Ca=0.9 * mM)
    common = {"fibers": 200, "spread": 0.5, "seed": 1}
    fast = nmj.lab.repetitive_stimulation(weak, 50 * Hz, 30, **common)
    slow = nmj.lab.repetitive_stimulation(weak, exercise=10 * second, after=[2] * second, **common)
    assert slow.quanta[0, 0] / normal.quanta[0, 0] == pytest.approx(0.19, abs=0.05)
    assert slow.cmap[0] < 0.4 * normal.cmap[0]
    assert fast.increment > 0.6
    assert slow.facilitation > 0.6
    assert slow.facilitation == pytest.approx(float(slow.cmaps[1, 0] / slow.cmaps[0, 0]) - 1)


@pytest.mark.slow
def test_exercise_and_exhaustion_in_myasthenia():
    """T33: fewer fibers fail right after a contraction of a minute (facilitation), more of them a minute later
    (exhaustion). Published: exhaustion at 2-4 min; here it is over by then (README, known deviations).

    800 fibers in ten responses: the standard error of the share that fails is at most 1.3 %, of a difference in the
    same fibers less than 1.8 %; found with 3,000 fibers: 15 % at rest, 9 % at 2 s, 19 % at 60 s.
    """
    rns = nmj.lab.repetitive_stimulation(
        HUMAN.under(nmj.myasthenia_gravis()), exercise=60 * second, after=[2, 60] * second,
        fibers=800, seed=1,
    )  # fmt: skip
    assert rns.cmaps.shape == (3, 10)
    rested, soon, later = rns.blocking.mean(axis=1)
    assert soon < rested - 0.03
    assert later > rested + 0.018
    assert rns.decrements[1] < min(rns.decrements[0], rns.decrements[2])


def test_jitter_of_normal_muscle():
    """T42: mean of 20-30 us, fewer than a tenth of pairs above 43 us, no block (Stalberg et al. 2016, EDC, voluntary);
    stimulated, below 24 us.
    """
    sf = nmj.lab.single_fiber_emg(HUMAN, 12 * Hz, 60, 40, seed=1)
    assert 20 < sf.mean_jitter / us < 30
    assert sf.outliers < 0.1
    assert sf.blocking.mean() == 0
    one = nmj.lab.single_fiber_emg(HUMAN, 10 * Hz, 60, 40, activation="stimulated", seed=1)
    assert 15 < one.mean_jitter / us < 24


def test_jitter_of_rested_junctions():
    """20 us where all vesicles are ready: two rested impulses of 400 pairs, to 10 %."""
    dish = Preparation(HUMAN, nmj.fibers.human(), np.zeros(800, int), seed=1)
    latency = dish.stimulate(np.array([1e-3, 600.0]))
    first = latency.first_spikes()[0]
    pair = first[:, ::2] - first[:, 1::2]
    assert 1e6 * np.abs(np.diff(pair, axis=0)).mean() == pytest.approx(20, rel=0.1)


def test_jitter_grows_before_blocking():
    """T43: with fewer receptors jitter grows first, and blocking follows at 80-100 us and above."""
    left = (1.0, 0.5, 0.3, 0.2)
    found = [
        nmj.lab.single_fiber_emg(HUMAN.replace(receptor_fraction=x), discharges=60, seed=1)
        for x in left
    ]
    jitter = [sf.mean_jitter / us for sf in found]
    missing = [sf.blocking.mean() for sf in found]
    assert jitter[0] < jitter[1] < jitter[2] < jitter[3]
    assert missing[0] == missing[1] == 0
    assert 80 < jitter[2] < 105
    assert 0 < missing[2] < 0.02 < 0.1 < missing[3]


def test_stimulated_jitter_is_that_of_one_fiber():
    """T41: jitter of a pair is sqrt(2) times that of one fiber, within 10 % (20 fibers, 100 discharges)."""
    pair = nmj.lab.single_fiber_emg(HUMAN, 10 * Hz, variability=0, seed=1)
    single = nmj.lab.single_fiber_emg(HUMAN, 10 * Hz, activation="stimulated", seed=2)
    assert pair.mean_jitter / single.mean_jitter == pytest.approx(np.sqrt(2), rel=0.1)


def test_mean_consecutive_difference():
    """T41: 2/sqrt(pi) = 1.128 standard deviations of Gaussian latencies without trend; gaps are left out.

    50 x 4,000 differences have a relative standard error of 0.2 %.
    """
    values = np.random.default_rng(1).standard_normal((50, 4000))
    mcd = nmj.lab.consecutive_difference(values)
    assert mcd.mean() == pytest.approx(2 / np.sqrt(np.pi), rel=0.01)
    assert nmj.lab.consecutive_difference(np.array([1.0, 2.0, np.nan, 7.0, 5.0])) == pytest.approx(
        1.5
    )
    assert np.isnan(nmj.lab.consecutive_difference(np.array([1.0, np.nan, 2.0])))


def test_sorting_removes_what_the_rate_does():
    """A latency that follows the preceding interval: MSD is far below MCD, which it equals without."""
    chance = np.random.default_rng(2)
    before = chance.random((200, 1))
    noise = 0.01 * chance.standard_normal((200, 1))
    assert nmj.lab.sorted_difference(before + noise, before) < 0.1 * nmj.lab.consecutive_difference(
        before + noise
    )
    assert nmj.lab.sorted_difference(noise, before) == pytest.approx(
        nmj.lab.consecutive_difference(noise), rel=0.3
    )


def test_train_of_four_fades_by_depletion():
    """T29: full force without block; fade at 85 % occupancy to 0.7-0.8; deep block leaves fewer responses."""
    ratio, count = [], []
    for occupancy in (0.0, 0.85, 0.93, 0.97):
        tof = nmj.lab.train_of_four(HUMAN.replace(antagonist_occupancy=occupancy), seed=1)
        ratio.append(tof.ratio)
        count.append(tof.count)
    assert ratio[0] > 0.99
    assert 0.65 < ratio[1] < 0.8
    assert count == [4, 4, 1, 0]
    assert np.isnan(ratio[3])


def test_double_burst_and_post_tetanic_count():
    """A block that leaves one response to a train of four leaves many after a tetanus, falling again."""
    deep = HUMAN.replace(antagonist_occupancy=0.93)
    assert nmj.lab.train_of_four(deep, seed=1).count == 1
    after = nmj.lab.post_tetanic_count(deep, 100, seed=1, duration=3 * second, twitches=6)
    assert after.count > 1
    assert after.twitches[0] > after.twitches[-1]
    burst = nmj.lab.double_burst(HUMAN.replace(antagonist_occupancy=0.85), 200, seed=1)
    assert 0 < burst.ratio < 0.9


@pytest.mark.parametrize(("spread", "begins", "ends"), [(0.0, 0.83, 0.91), (0.3, 0.76, 0.93)])
def test_block_of_the_twitch(spread, begins, ends):
    """T27 (Paton & Waud 1967, cat): begins at 0.76 +- 0.05 occupancy, nearly gone at 0.917.

    Met where the terminals of the muscle differ by 30 % (assumed before this was looked at); alike ones fail over a
    narrower range. Values held to 0.03; 0.05 and 0.016 are published.
    """
    curve = nmj.lab.dose_response(
        lambda x: HUMAN.replace(antagonist_occupancy=x),
        np.linspace(0.5, 0.98, 13),
        fibers=400,
        spread=spread,
        seed=1,
    )
    assert curve.at(0.95) == pytest.approx(begins, abs=0.03)
    assert curve.at(0.05) == pytest.approx(ends, abs=0.03)


def test_safety_factors_behind_the_block():
    """T28: the collection infers safety factors of 4.1 and 12 from T27, as 1 / (1 - occupancy), which assumes that
    potentials fall as receptors do. Measured as potentials over threshold they are 2.2, 3.3 and 4.6 (5th percentile,
    median, 95th), of the same fibers: those percentiles are 1 at the occupancies where the twitch begins to fail and
    is nearly gone.

    2,000 fibers: the standard error of a 5th percentile is 2 %; 10 % is allowed, since threshold is of a current of a
    millisecond, and potentials are longer.
    """

    def factors(occupancy):
        blocked = HUMAN.replace(antagonist_occupancy=occupancy)
        found = nmj.lab.safety_factor(blocked, 2000, spread=0.3, seed=1)
        return np.percentile(found.safety_factors, [5, 50, 95])

    low, median, high = factors(0.0)
    assert 1.5 * low < 1 / (1 - 0.76)
    assert 1.5 * high < 1 / (1 - 0.917)
    assert low < 3.45 < high  # of the average junction, as in docs/phenotypes.md
    assert median == pytest.approx(3.45, rel=0.1)
    assert factors(0.76)[0] == pytest.approx(1, rel=0.1)
    assert factors(0.93)[2] == pytest.approx(1, rel=0.1)


def test_anticholinesterase_prolongs_the_current():
    """Without AChE the miniature current grows 1.1-1.5 times and lasts 2-4 times as long (recalled)."""
    healthy = nmj.lab.quantum(HUMAN, seed=1)
    without = nmj.lab.quantum(HUMAN.replace(AChE_density=0 / metre**2), seed=1)
    assert 1.1 <= without.amplitude / healthy.amplitude <= 1.55
    assert 2 <= without.decay_time / healthy.decay_time <= 4


def test_potential_without_AChE_is_slower():
    """T38: with Na channels blocked the end-plate potential without AChE is at its peak later and falls more slowly; by
    at least as much as miniature currents last longer in AChE deficiency, 1.5 to 3 times (recalled). Steps of 0.1 ms.
    """
    times = []
    for junction in (HUMAN, HUMAN.replace(AChE_density=0 / metre**2)):
        dish = Preparation(
            junction, nmj.fibers.human(), np.zeros(200, int), seed=1, Na_available=0.0
        )
        trace = []
        dish.stimulate(
            np.array([dish.dt_s]),
            until_s=30e-3,
            on_step=lambda *_, dish=dish, trace=trace: trace.append(dish.fibers["v_V"].mean()),
        )
        v = np.array(trace) - dish.rest_V
        peak = int(v.argmax())
        times.append((peak, np.argmax(v[peak:] < v[peak] / 2)))
    normal, without = np.array(times)
    assert without[0] >= normal[0] + 2
    assert without[1] > 1.5 * normal[1]


@pytest.mark.slow
def test_decrement_and_increment_with_the_rate():
    """T38: as poisoning by an organophosphate gets worse, responses first fall and rise again in fast trains (30 Hz),
    then in slower ones too (10 Hz), and more (review of 2009).

    Worse is here: more ACh that piles up. 500 fibers, the same in all responses of a train: the standard error of how
    many more fail in the mean of five is 0.7 % (of 25 fibers that change) to 1.5 %.
    """

    def failing(lasting, rate, impulses=20):
        sick = HUMAN.under(nmj.organophosphate(), nmj.lasting_acetylcholine(lasting))
        train = nmj.lab.repetitive_stimulation(sick, rate, impulses, fibers=500, seed=1)
        return train.blocking[0]

    mild, slow = failing(0.45 * uM, 30 * Hz), failing(0.45 * uM, 10 * Hz)
    worse, slower = failing(0.55 * uM, 30 * Hz), failing(0.55 * uM, 10 * Hz)
    assert slow.max() < slow[0] + 0.02
    assert mild[4:9].mean() > mild[0] + 0.015
    assert mild[-4:].mean() < mild[4:9].mean() - 0.005
    assert slower[3:8].mean() > slower[0] + 0.03
    assert slower[-4:].mean() < slower[3:8].mean() - 0.005
    assert worse[4:9].mean() > slower[3:8].mean() + 0.04
    assert worse[-4:].mean() < worse[4:9].mean() - 0.04


@pytest.mark.parametrize(
    ("condition", "least"),
    [(nmj.slow_channel, 0.9), (nmj.ache_deficiency, 0.4), (nmj.organophosphate, 0.9)],
    ids=["slow channel", "AChE deficiency", "organophosphate"],
)
def test_repetitive_compound_potential(condition, least, normal):
    """T38: without AChE and with slow channels fibers fire again, within 10 ms, and less often in the course of a
    train at 10 Hz or more; normal ones never do."""
    rns = nmj.lab.repetitive_stimulation(HUMAN.under(condition()), 10 * Hz, seed=1)
    again = rns.repetitive[0]
    assert again[0] >= least
    assert again[-1] <= again[0]
    assert normal.repetitive.max() == 0


def test_an_inhibitor_worsens_slow_channels():
    """Slow channels that close 15 times later: under neostigmine potentials run into each other, and block."""
    slow = nmj.slow_channel("dS268N")
    found = [
        nmj.lab.repetitive_stimulation(HUMAN.under(slow, *drugs), 30 * Hz, 10, seed=1).decrement
        for drugs in ((), (nmj.neostigmine(0.5 * uM),))
    ]
    assert abs(found[0]) < 0.1
    assert found[1] > 0.3


def test_fibers_are_under_the_conditions_of_their_junction():
    """Fibers that nobody gave lose Na channels with the folds; those that were given are as they are."""
    sick = HUMAN.under(nmj.myasthenia_gravis())
    own = nmj.lab.safety_factor(sick, 50, seed=1)
    assert own.fiber == nmj.fibers.human().under(nmj.myasthenia_gravis())
    given = nmj.lab.safety_factor(sick, 50, fiber=nmj.fibers.human(), seed=1)
    assert given.safety_factor > 1.15 * own.safety_factor
