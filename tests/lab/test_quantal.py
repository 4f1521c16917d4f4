"""Quanta, safety factor, receptors: what an experimenter estimates against what is known here."""

from __future__ import annotations

import numpy as np
import pytest
from brian2 import Hz, mM, ms, mV, nA, second, uA, um, us, volt
from brian2.units.stdunits import uM

import nmj_brian as nmj
from nmj_brian.lab.twitches import force

HUMAN = nmj.junctions.human()


@pytest.mark.parametrize("Ca", [0.45, 0.55, 0.6])
def test_methods_of_quantal_analysis_agree(Ca):
    """R26: m by failures, ratio and CV at m = 0.5-3 against what was released, within 3 standard errors.

    Standard errors of 1,000 impulses under Poisson release: of failures sqrt((exp(m) - 1)/1000), of the
    ratio that of 400 miniatures and 3 % for quanta that do not come at once, of CV 2 sqrt(1/2000 + ...) of m.
    """
    found = nmj.lab.quantal_analysis(HUMAN, 1000, Ca=Ca * mM, seed=1)
    m = found.m["released"]
    assert 0.5 < m < 3
    assert found.m_failures == pytest.approx(m, abs=3 * np.sqrt((np.exp(m) - 1) / 1000))
    assert found.m_ratio == pytest.approx(m, rel=3 * 0.25 / np.sqrt(400) + 0.03)
    assert found.m_cv == pytest.approx(m, rel=3 * 2 * np.sqrt(1 / 2000 + 1 / (4000 * m)) + 0.06)
    assert found.quantal_cv == pytest.approx(0.25, abs=3 * 0.25 / np.sqrt(800))


def test_binomial_release():
    """At normal Ca release is not Poisson: CV overestimates m by 1/(1 - p), the binomial finds p.

    p = 0.16 (standard error of a variance of 2,000: 3 %); at 0.5 Hz few of the sites are empty.
    """
    found = nmj.lab.quantal_analysis(HUMAN, 2000, latency=False, rate=0.2 * Hz, seed=1)
    p = nmj.Terminal(HUMAN).p
    assert found.failures == 0
    assert found.m_failures == np.inf
    assert found.p == pytest.approx(p, abs=3 * np.sqrt(2 / 2000) + 0.02)
    assert found.m_cv > found.m["released"]


def test_currents_under_clamp():
    """The evoked current is the sum of its quanta: charge per quantum within 3 % of the miniature's.

    50 impulses of 34 quanta of CV 0.25: standard error 0.6 %. The miniature is that of `Quantum`.
    """
    found = nmj.lab.quantum(HUMAN, seed=1)
    charge = np.trapezoid(np.asarray(found.epcs), np.asarray(found.t), axis=1).sum()
    assert charge / found.quanta.sum() == pytest.approx(float(found.charge), rel=0.03)
    alone = nmj.Quantum(HUMAN)
    assert found.rise_time / us == pytest.approx(alone.rise_time / us, rel=0.02)
    assert found.decay_time / ms == pytest.approx(alone.decay_time / ms, rel=0.02)
    assert 5 < found.amplitude / nA < 6
    assert found.evoked_rise_time > found.rise_time
    up = nmj.lab.quantum(HUMAN, 40 * mV, impulses=3, seed=1)
    assert float(up.charge) > 0 > float(found.charge)


def test_safety_factor():
    """Threshold 7.6 mV, factor 3.4, about 13 quanta to fire, as the preset's notes say; R38: half
    of the release sites halve the factor, but for the driving force that a large potential uses up
    (Martin's correction ``v / (1 - v/E)``, within 5 %), with which a potential is that of one quantum times
    the quanta. 200 impulses: standard error 1 %.
    """
    healthy = nmj.lab.safety_factor(HUMAN, seed=1)
    assert healthy.threshold / mV == pytest.approx(7.6, abs=0.2)
    assert 3.2 <= healthy.safety_factor <= 3.6
    assert 12 <= healthy.quanta_to_fire <= 14
    assert healthy.fired.all()
    assert healthy.local_response > healthy.threshold
    half = nmj.lab.safety_factor(HUMAN.replace(sites=104), seed=1)
    assert half.quanta.mean() / healthy.quanta.mean() == pytest.approx(0.5, abs=0.03)
    drive = float(HUMAN.receptor.reversal / mV) + 80
    linear = [x / (1 - x / drive) for x in (half.epp / mV, healthy.epp / mV)]
    assert linear[0] / linear[1] == pytest.approx(
        half.quanta.mean() / healthy.quanta.mean(), rel=0.05
    )
    assert half.threshold == healthy.threshold
    assert linear[0] / half.quanta.mean() == pytest.approx(healthy.mepp / mV, rel=0.05)
    assert half.mepp == healthy.mepp


def test_safety_factor_without_sodium_channels():
    """A fiber that cannot fire says so."""
    dead = nmj.fibers.human().replace(Na_density=0 * nmj.fibers.human()["Na_density"].unit)
    with pytest.raises(ValueError, match="Na channels"):
        nmj.lab.safety_factor(HUMAN, 2, fiber=dead, seed=1)


def test_hill_fit_finds_a_hill_curve():
    """Of responses that are one: EC50 and slope to 1e-6; the receptor's own EC50 within 15 %.

    The receptor's curve is no exact Hill curve.
    """
    from nmj_brian.lab.dose_response import _fit

    c = np.geomspace(0.1, 100, 13)
    ec50, hill, end = _fit(c, 3 - 2 / (1 + (4 / c) ** 1.7), 3.0)
    assert (ec50, hill, end) == pytest.approx((4, 1.7, 1), rel=1e-5)
    assert np.isnan(_fit(c, np.full(13, 3.0), 3.0)[0])
    receptor = nmj.receptors.human_adult()
    curve = nmj.lab.dose_response(receptor)
    assert curve.ec50 / uM == pytest.approx(receptor.ec50() / uM, rel=0.15)


def test_dose_response_of_a_condition():
    """A function that makes a condition, or a junction, of a dose; end-plate potential falls with block."""

    def block(x):
        return lambda junction: junction.replace(antagonist_occupancy=x)

    doses = np.array([0.3, 0.6, 0.8, 0.95])
    by_condition = nmj.lab.dose_response(block, doses, response="epp", fibers=50, seed=1)
    by_junction = nmj.lab.dose_response(
        lambda x: HUMAN.replace(antagonist_occupancy=x), doses, response="epp", fibers=50, seed=1
    )
    assert np.array_equal(by_condition.responses, by_junction.responses)
    assert (np.diff(by_condition.responses) < 0).all()
    assert by_condition.control > by_condition.responses[0]
    mini = nmj.lab.dose_response(block, doses, response="mepc")
    assert mini.control == pytest.approx(5.56, rel=0.02)


def test_concentration_jump():
    """Peak, and deactivation as the receptor's own jump has it; desensitization of the fetal receptor."""
    jump = nmj.lab.concentration_jump(HUMAN)
    own = HUMAN.receptor.jump(ACh=1 * mM)
    assert jump.peak_open == own.peak
    assert jump.decay_time / ms == pytest.approx(own.decay_time / ms, rel=1e-3)
    drive = float(-80 * mV - HUMAN.receptor.reversal)
    assert np.asarray(jump.current).min() == pytest.approx(
        1000 * own.peak * float(HUMAN.receptor.conductance) * drive
    )
    fetal = nmj.lab.concentration_jump(
        nmj.receptors.mouse_fetal(), duration=100 * ms, total=200 * ms
    )
    assert fetal.desensitization_time / ms == pytest.approx(50, rel=0.1)  # Dilger & Liu 1992


@pytest.mark.parametrize("duration", [0.01, 0.2, 1, 15])
def test_peak_does_not_depend_on_the_length_of_the_record(duration):
    """From 20 ms to 20 s the samples follow the pulse, its very end among them."""
    short = nmj.lab.concentration_jump(HUMAN, duration=duration * ms)
    for total in (20.5, 50, 1000, 20_000):
        long = nmj.lab.concentration_jump(HUMAN, duration=duration * ms, total=total * ms)
        assert long.peak_open == pytest.approx(short.peak_open, rel=0.005)
        assert long.rise_time / us == pytest.approx(short.rise_time / us, rel=0.03)
        assert long.decay_time / ms == pytest.approx(short.decay_time / ms, rel=0.005)
        t = np.asarray(long.t / ms)
        assert (np.diff(t) > 0).all()
        assert t[-1] == pytest.approx(total)
        assert np.isclose(t, duration, rtol=1e-9).any()
        assert len(t) < 5000


def test_force_of_a_twitch_and_a_tetanus():
    """One spike of all fibers: height 1 at the contraction time. A tetanus reaches the force of
    `nmj_brian.contraction`: the mean force at that rate over that of the twitch.
    """
    t, twitch = force(np.full(5, 0.1), np.arange(5), 5, 0.06, 1.0)
    assert twitch.max() == pytest.approx(1, rel=1e-3)
    assert t[twitch.argmax()] == pytest.approx(0.16, abs=1.5e-3)
    spikes = np.arange(0, 2, 1 / 50)
    t, total = force(spikes, np.zeros(len(spikes), int), 1, 0.06, 2.0)
    x = 0.06 * 50
    area = np.e**2 * 0.06 / 4  # of a twitch of height 1: integral of (t/T)^2 exp(2 - 2t/T)
    gain = float(nmj.contraction.twitch_gain(x))
    assert total[(t > 1) & (t < 1.9)].mean() == pytest.approx(gain * 50 * area, rel=1e-2)


def test_bad_protocols_are_refused_before_anything_runs(monkeypatch):
    """Each with what is wrong; no preparation is made."""

    def never(*args, **kwargs):
        raise AssertionError("something ran")

    monkeypatch.setattr("nmj_brian.lab.preparation.Preparation.stimulate", never)
    lab = nmj.lab
    for call, error, text in (
        (lambda: lab.repetitive_stimulation(HUMAN, 0 * Hz), ValueError, "rate must be above"),
        (lambda: lab.repetitive_stimulation(HUMAN, 3 * ms), Exception, "rate must have the unit"),
        (lambda: lab.repetitive_stimulation(HUMAN, impulses=3), ValueError, "at least 4"),
        (lambda: lab.repetitive_stimulation(HUMAN, spread=-1), ValueError, "spread"),
        (lambda: lab.repetitive_stimulation(HUMAN, fibers=10**8), ValueError, "fewer fibers"),
        (lambda: lab.repetitive_stimulation(HUMAN, after=[2] * second), ValueError, "exercise="),
        (lambda: lab.repetitive_stimulation(HUMAN, exercise=9 * second, after=[2, 3] * second),
         ValueError, "must not overlap"),
        (lambda: lab.repetitive_stimulation("human"), TypeError, "must be a Junction"),
        (lambda: lab.repetitive_stimulation(HUMAN, seed=-1), ValueError, "seed"),
        (lambda: lab.repetitive_stimulation(HUMAN, dt=3 * ms), ValueError, "at most 0.5 ms"),
        (lambda: lab.single_fiber_emg(HUMAN, activation="both"), ValueError, "voluntary"),
        (lambda: lab.single_fiber_emg(HUMAN, muscle="soleus"), ValueError, "no jitter limits"),
        (lambda: lab.single_fiber_emg(HUMAN, discharges=2), ValueError, "at least 3"),
        (lambda: lab.quantal_analysis(HUMAN, Ca=-1 * mM), ValueError, "calcium"),
        (lambda: lab.quantal_analysis(HUMAN, holding=-3 * mV), ValueError, "reversal"),
        (lambda: lab.quantum(HUMAN, duration=1 * uA), Exception, "duration"),
        (lambda: lab.tetanus(HUMAN, 50 * Hz, 1 * ms), ValueError, "fewer than two"),
        (lambda: lab.train_of_four(HUMAN, visible=2), ValueError, "visible"),
        (lambda: lab.double_burst(HUMAN, impulses=(0, 3)), ValueError, "impulses"),
        (lambda: lab.twitch_course(HUMAN, 0.7), TypeError, "function of time"),
        (lambda: lab.twitch_course(HUMAN, lambda t: 1.7), ValueError, "receptors held at 0 s"),
        (lambda: lab.twitch_course(HUMAN, lambda t: 0.7, every=1 * second), ValueError, "every"),
        (lambda: lab.dose_response(3), TypeError, "drug must make"),
        (lambda: lab.dose_response(lambda x: 3, [1, 2, 3, 4]), TypeError, "a Junction is needed"),
        (lambda: lab.dose_response(lambda x: HUMAN, [1, 2, 2, 4]), ValueError, "rising"),
        (lambda: lab.dose_response(lambda x: HUMAN, [1, 2, 3, 4], response="x"), ValueError, "one of"),
        (lambda: lab.concentration_jump("AChR"), TypeError, "Receptor"),
        (lambda: lab.cmap(HUMAN, muscle=3), TypeError, "hand_muscle"),
        (lambda: lab.hand_muscle(skin=3 * volt), Exception, "depth"),
        (lambda: lab.safety_factor(HUMAN, pulse=3 * um), Exception, "pulse"),
    ):  # fmt: skip
        with pytest.raises(error, match=text):
            call()


def test_steady_current_is_no_response():
    """Beside a lasting agonist responses are what an impulse adds: as many quanta by the ratio of means as were
    released (10 %: what 200 impulses and 200 miniatures tell without it), though the steady current is larger.
    """
    for c in (0, 0.5, 5):
        found = nmj.lab.quantal_analysis(
            HUMAN.under(nmj.succinylcholine(c * uM)), 100, minis=200, seed=3
        )
        assert found.m["ratio"] == pytest.approx(found.m["released"], rel=0.10), c
