"""What a disease does to one quantum and to the release by an impulse, against published numbers.

Consequences in a muscle (decrement, jitter, ...) belong to the laboratory.
"""

from __future__ import annotations

import numpy as np
import pytest
from brian2 import Hz, ms, mV, second
from brian2 import usecond as us
from scipy.integrate import solve_ivp

import nmj_brian as nmj
from nmj_brian.units import day, degC, hour, minute, uM, year

HUMAN = nmj.junctions.human()
COOL = nmj.junctions.human(22 * degC)
NORMAL = nmj.Quantum(COOL)


def relative(*conditions, **options):
    """Peak, decay and charge of a quantum at 22 degC, relative to the normal one."""
    quantum = nmj.Quantum(COOL.under(*conditions), **options)
    return (
        quantum.peak / NORMAL.peak,
        float(quantum.decay_time / NORMAL.decay_time),
        float(quantum.charge / NORMAL.charge),
    )


def quanta(*conditions, rate=None, impulses=1):
    """Expected quanta of each impulse of a train at 37 degC."""
    model = nmj.ReleaseModel(HUMAN.under(*conditions), mean=True)
    times = np.arange(impulses) / (1 * Hz if rate is None else rate)
    return model.train(times)[0]


def test_receptor_loss_is_not_a_factor_on_the_quantum():
    """30 % of the receptors keep 49 % of the peak (design note; 37 degC there): 45-55 %; the time
    course stays within 15 % (Cull-Candy 1979, recalled: channels unchanged).
    """
    peak, decay, _ = relative(nmj.myasthenia_gravis(receptor_loss=0.7))
    assert 0.45 < peak < 0.55
    assert 0.85 < decay < 1
    warm = nmj.Quantum(HUMAN.under(nmj.myasthenia_gravis(0.7))).peak / nmj.Quantum(HUMAN).peak
    assert warm == pytest.approx(0.49, abs=0.03)


def test_ache_deficiency():
    """Decay 1.5 to 3 times longer, quanta fewer, and neostigmine has nothing to do (Mayo, recalled)."""
    _, decay, _ = relative(nmj.ache_deficiency())
    assert 1.5 < decay < 3
    with_drug = COOL.under(nmj.ache_deficiency(), nmj.neostigmine(1 * uM))
    assert (
        nmj.Quantum(with_drug).decay_time
        == nmj.Quantum(COOL.under(nmj.ache_deficiency())).decay_time
    )
    assert quanta(nmj.ache_deficiency())[0] < 0.75 * quanta()[0]


def test_small_junction():
    """DOK7 (Slater et al. 2006): quantal content half, quantum the same; 104 sites for 103.5."""
    assert relative(nmj.dok7_deficiency()) == pytest.approx((1, 1, 1), rel=1e-12)
    assert quanta(nmj.dok7_deficiency())[0] / quanta()[0] == pytest.approx(104 / 207, rel=1e-9)


def test_receptor_deficiencies_rank():
    """Rapsyn mutations lose less than low-expressor ones (Milone et al. 2009)."""
    assert 1 > relative(nmj.rapsyn_deficiency())[0] > relative(nmj.receptor_deficiency())[0]


def test_lambert_eaton():
    """Quantal content 5-20 % of normal, miniature currents normal, and rising in a fast train (Lambert &
    Elmqvist 1971, recalled); the power on channels alone is 1.7 +- 0.44 (Shahrezaei et al. 2006).
    """
    sick, channels = nmj.lambert_eaton(), nmj.lambert_eaton(channel_loss=0.7, zone_loss=0)
    assert relative(sick) == pytest.approx((1, 1, 1), rel=1e-12)
    left = quanta(sick)[0] / quanta()[0]
    assert 0.05 < left < 0.20
    power = np.log(quanta(channels)[0] / quanta()[0]) / np.log(0.3)
    assert power == pytest.approx(1.7, abs=0.44)
    train = quanta(sick, rate=30 * Hz, impulses=60)
    assert train.max() > 1.3 * train[0]
    healthy = quanta(rate=30 * Hz, impulses=60)
    assert healthy.max() == healthy[0]


def test_amifampridine_in_lambert_eaton():
    """Release grows 2-3 fold (recalled, of the muscle's response)."""
    gain = quanta(nmj.lambert_eaton(), nmj.amifampridine())[0] / quanta(nmj.lambert_eaton())[0]
    assert 2 < gain < 3


def test_botulism_follows_simpsons_chain():
    """Share of toxin that has acted, against the chain integrated otherwise; half-times of the steps as in
    the abstract of Simpson (1980): 12, 4.9 and 55 min, within their rounding (5 %).
    """
    from nmj_brian.presets.diseases import BOTULISM

    for step, half_minutes in (("binding", 12), ("translocation", 4.9), ("lysis", 55)):
        assert np.log(2) / BOTULISM[step].si() / 60 == pytest.approx(half_minutes, rel=0.05)
    k = [0.01 / 60, 0.058 / 60, 0.141 / 60, 0.013 / 60]

    def slope(t, y):
        flow = np.array(k) * y[:4]
        return [-flow[0], *(flow[:3] - flow[1:]), flow[3]]

    times = np.array([10, 60, 200, 600]) * 60.0
    exact = solve_ivp(slope, (0, times[-1]), [1, 0, 0, 0, 0], rtol=1e-10, atol=1e-12, t_eval=times)
    found = nmj.conditions.intoxicated(times * second, entry=0.01 / minute)
    np.testing.assert_allclose(found, exact.y[-1], rtol=1e-7)


def test_botulism_takes_release_away():
    """Release falls by the share that has acted, nothing at first (Sloop et al. 1996: 85-90 % in man in the end);
    toxin that no longer acts counts for 0.3 % of it in ten days. It rises in a fast train, as release is lost by
    fusion and not by vesicles.
    """
    share = nmj.conditions.intoxicated(24 * hour)
    assert quanta(nmj.botulism(0 * hour))[0] == pytest.approx(quanta()[0], rel=1e-12)
    lasting = nmj.botulism(24 * hour, persistence=1e4 * day)
    assert quanta(lasting)[0] / quanta()[0] == pytest.approx(1 - 0.9 * share, rel=1e-4)
    assert quanta(nmj.botulism())[0] / quanta()[0] == pytest.approx(0.1, abs=0.003)
    train = quanta(nmj.botulism(), rate=30 * Hz, impulses=60)
    assert train.max() > 1.2 * train[0]


def test_botulinum_toxin_wears_off():
    """Release left is 1 / (1 + toxin): of nine times what halves it, half acts after the persistence (closed
    form), so that more lasts longer; where all release is lost it stays so. Types rank as published (A, C, B, F, and E
    and D: Foran et al. 2003, recalled)."""
    left = quanta(nmj.botulism(37 * day, serotype="B"))[0] / quanta()[0]
    assert left == pytest.approx(1 / (1 + 9 / 2), rel=1e-6)
    more = quanta(nmj.botulism(37 * day, serotype="B", release_loss=0.95))[0] / quanta()[0]
    assert more == pytest.approx(1 / (1 + 19 / 2), rel=1e-6)
    assert quanta(nmj.botulism(1000 * day, release_loss=1.0))[0] == pytest.approx(0, abs=1e-9)
    after = {t: quanta(nmj.botulism(28 * day, serotype=t))[0] for t in "ABCDEF"}
    assert after["A"] < after["C"] < after["B"] < after["F"] < after["E"] == after["D"]


def test_minis():
    """Type B in man: miniature potentials not fewer (biopsy of an infant, 1992); after type A more than 90 % are
    lost in the rat (Kim, Lomo, Lupa & Thesleff 1984), here as much as release; C, D and E in the frog alike."""
    assert HUMAN.under(nmj.botulism(serotype="B")).mini_rate == HUMAN.mini_rate
    for serotype in "ACDEF":
        minis = HUMAN.under(nmj.botulism(4 * day, serotype=serotype)).mini_rate
        assert minis < 0.3 * HUMAN.mini_rate


@pytest.mark.slow
@pytest.mark.parametrize(
    ("serotype", "loss", "blocked"),
    [
        ("A", 0.835, {2: 0.75, 7: 0.705, 57: 0.165}),
        ("B", 0.85, {2: 0.625, 7: 0.21, 11: 0.0}),
        ("C", 0.85, {17: 0.0}),
        ("E", 0.9, {1: 0.47, 15 / 7: 0.06}),
        ("F", 0.9, {8: 0.0}),
    ],
)
def test_paralysis_over_a_year(serotype, loss, blocked):
    """Sloop, Cole & Escutin (1997), extensor digitorum brevis of man: of type A 70-80 % are blocked at week 2, of
    this 6 % less at week 7 and 78 % less at week 57; of type B 50-75 %, 66 % less at week 7, none at week 11. One
    time per type is fitted to it, and the dose to week 2; the other numbers follow within 0.1 (the range at week
    2; 1000 fibers: 0.016). C: recovered by 4 months (Eleopra et al. 2002). F: by week 8 (2004). E: rat, tension 53 %
    of normal on day 7, 94 % on day 15 (Adler et al. 2001).
    """
    for week, share in blocked.items():
        sick = HUMAN.under(nmj.botulism(week * 7 * day, serotype=serotype, release_loss=loss))
        answer = nmj.lab.train_of_four(sick, fibers=1000, seed=1).transmission[0]
        assert 1 - answer == pytest.approx(share, abs=0.1), week


@pytest.mark.slow
def test_ageing():
    """Gilchrist et al. (1992), extensor digitorum: limits of jitter of 34.9, 35.1, 36.6 and 39.1 us at 20, 30, 60
    and 80 years, which the loss of folds is fitted to at 80; relative to 20 years within 3 % (the same quanta in
    each: what is left is how finely the fiber tells). No potential is lost.
    """
    fiber = nmj.fibers.human()
    jitter = {}
    for age in (20, 60, 80):
        old = fiber.under(nmj.ageing(age * year))
        found = nmj.lab.single_fiber_emg(HUMAN, pairs=40, fiber=old, seed=1)
        jitter[age] = float(found.mean_jitter / us)
        assert found.blocking.max() == 0
    for age, limit in ((60, 36.6), (80, 39.1)):
        assert jitter[age] / jitter[20] == pytest.approx(limit / 34.9, rel=0.03), age


@pytest.mark.slow
def test_denervation():
    """Transmission lasts for days (baboon, 4-5: Gilliatt & Hjorth 1972) and is gone after; the fiber rests
    10 mV less negative (goat 11.6, standard error 1.5: Bryant & Camerino 1976), still conducts, more slowly, and a
    quantum is a larger potential in it, as its input resistance is (higher within days: Albuquerque, Schuh &
    Kauffman 1971).
    """
    fiber = nmj.fibers.human()
    cut = nmj.denervation(14 * day)
    assert quanta(nmj.denervation(4 * day))[0] == pytest.approx(quanta()[0], rel=1e-9)
    assert quanta(cut)[0] == 0
    assert HUMAN.under(cut).mini_rate == 0
    thin = fiber.under(cut)
    assert float((thin.resting_potential - fiber.resting_potential) / mV) == pytest.approx(
        11.6, abs=3
    )
    speed = nmj.Cable(thin).conduction_velocity() / nmj.Cable(fiber).conduction_velocity()
    assert 0.4 < speed < 0.9
    minis = [nmj.lab.safety_factor(HUMAN, impulses=2, fiber=f, seed=1).mepp for f in (fiber, thin)]
    assert minis[1] > 1.2 * minis[0]
    with pytest.raises(ValueError, match="inactivate half at -80 mV"):
        nmj.fibers.rat().under(cut)
    silent = nmj.lab.safety_factor(HUMAN.under(cut), impulses=5, fiber=thin, seed=1)
    assert not silent.fired.any()
    assert np.isnan(silent.mepp)


@pytest.mark.slow
def test_vacht_deficiency():
    """Mouse: quanta smaller and fewer (Lima et al. 2010). A patient's response falls in a train only after a
    contraction, and for minutes (O'Grady et al. 2016): below the clinic's 10 % at rest, above it 2 and 120 s after
    5 min at 10 Hz."""
    sick = nmj.vacht_deficiency()
    assert relative(sick)[0] < 0.8
    assert quanta(sick)[0] < 0.9 * quanta()[0]
    found = nmj.lab.repetitive_stimulation(
        HUMAN.under(sick),
        exercise=300 * second,
        exercise_rate=10 * Hz,
        after=[2, 120] * second,
        seed=1,
    )
    assert 0 <= found.decrement < 0.10
    assert np.all(found.decrements[1:] > 0.10)


def test_release_deficiency_takes_what_it_says():
    for loss in (0.3, 0.8, 1.0):
        left = quanta(nmj.release_deficiency(loss))[0] / quanta()[0]
        assert left == pytest.approx(1 - loss, abs=1e-7)


def test_chat_deficiency():
    """T46: rested normal; by more than half less in 5 min at 10 Hz; not back within 5 min (recalled: 5-10 min
    and more). Filling by the equation of csrc/nmj/release.h.
    """

    def filling(*conditions):
        model = nmj.ReleaseModel(HUMAN.under(*conditions), mean=True)
        recovery = model.scalars()["filling_rate_per_s"]
        full = 1.0
        for m in model.train(np.arange(3001) * 100 * ms)[0]:
            full = 1 - (1 - full) * np.exp(-0.1 * recovery)
            full *= np.exp(-m * model.scalars()["store_inverse"])
        return full, 1 - (1 - full) * np.exp(-300 * recovery)

    tired, later = filling(nmj.chat_deficiency())
    assert tired < 0.5
    assert later < 0.8
    assert filling()[0] > 0.88
    assert quanta(nmj.chat_deficiency())[0] == pytest.approx(quanta()[0], rel=1e-12)


#: e-fold decay (ms) after a pulse of ACh at 22 degC, of the rates in Lee, Free & Sine (2009), integrated in
#: the reference.
LADDER = {"aF135L": 0.237, "aY277L": 0.389, "aF137L": 4.161, "aL210Q": 17.14, "aL273F": 20.93}


@pytest.mark.parametrize("mutation", LADDER)
def test_decay_of_measured_mutants(mutation):
    """The miniature current decays as the mutant receptor deactivates, not sooner, and not much later: up to
    0.25 ms while ACh leaves, up to 1.5 times where it binds again (the ladder spans a factor of 88).
    """
    kind = nmj.slow_channel if mutation in nmj.conditions.mutations("slow") else nmj.fast_channel
    decay = float(nmj.Quantum(COOL.under(kind(mutation))).decay_time / ms)
    assert LADDER[mutation] < decay < 1.5 * LADDER[mutation] + 0.25
    assert (decay > float(NORMAL.decay_time / ms)) == (kind is nmj.slow_channel)


def test_scaled_mutations():
    """Dissociation 4 times slower lengthens the current 3.5 times (computed in the reference for the
    two-site receptor: 3.47); channels open 8 times longer, 5-10 times (Mayo, recalled); gating 1/338
    with a fifth of the receptors leaves next to nothing, 1/11 less than half (T40, Shen 2018); the
    high-conductance receptor gives a larger, briefer current (Engel 1993: open 30 % shorter).
    """
    assert relative(nmj.slow_channel("eL221F"))[1] == pytest.approx(3.47, rel=0.1)
    assert 5 < relative(nmj.slow_channel("bL262M"))[1] < 10
    assert relative(nmj.fast_channel("eR218W"))[0] < 0.05
    assert 0.05 < relative(nmj.fast_channel("eE184K"))[0] < 0.5
    junction = COOL.under(nmj.fast_channel("high_conductance"))
    quantum = nmj.Quantum(junction)
    current = quantum.peak * float(junction.receptor.conductance / COOL.receptor.conductance)
    assert current > 1.5 * NORMAL.peak
    assert float(quantum.decay_time / NORMAL.decay_time) == pytest.approx(0.7, abs=0.06)


def test_scaled_mutation_on_another_species():
    """Factors act on any receptor with that constant, and keep its temperature dependence."""
    mouse = nmj.junctions.mouse()
    slow = mouse.under(nmj.slow_channel("dL265T"))
    assert float(slow.receptor.rate("alpha2") / mouse.receptor.rate("alpha2")) == pytest.approx(
        88 / 1583
    )


def test_channel_blockers_shorten_slow_currents():
    """Quinidine at 5 uM and fluoxetine at 10 uM bring a slow current near the normal one (recalled; the
    rates are fitted to it): within a factor of 1.5 of 3.07 ms, from 23 ms.
    """
    slow = nmj.slow_channel("aL273F")
    assert relative(slow)[1] > 5
    for drug in (nmj.quinidine(5 * uM), nmj.fluoxetine(10 * uM)):
        assert 1 / 1.5 < relative(slow, drug, duration=200 * ms)[1] < 1.5
