"""What a disease does to one quantum and to the release by an impulse, against published numbers.

Consequences in a muscle (decrement, jitter, ...) belong to the laboratory.
"""

from __future__ import annotations

import numpy as np
import pytest
from brian2 import Hz, ms, second
from scipy.integrate import solve_ivp

import nmj_brian as nmj
from nmj_brian.units import degC, hour, minute, uM

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
    """Release falls by the share that has acted; nothing at first, 90 % in the end (Sloop et al. 1996:
    85-90 % in man); it rises in a fast train, as release is lost by fusion and not by vesicles.
    """
    day = nmj.conditions.intoxicated(24 * hour)
    assert quanta(nmj.botulism(0 * hour))[0] == pytest.approx(quanta()[0], rel=1e-12)
    assert quanta(nmj.botulism(24 * hour))[0] / quanta()[0] == pytest.approx(
        1 - 0.9 * day, rel=1e-6
    )
    assert quanta(nmj.botulism())[0] / quanta()[0] == pytest.approx(0.1, rel=1e-3)
    train = quanta(nmj.botulism(), rate=30 * Hz, impulses=60)
    assert train.max() > 1.2 * train[0]


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
