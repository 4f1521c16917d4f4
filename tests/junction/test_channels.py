"""Receptors that move by chance: `NMJ(noise='channels')`, against closed forms of the Markov scheme."""

from __future__ import annotations

import numpy as np
import pytest
from brian2 import (
    Network,
    SpikeGeneratorGroup,
    StateMonitor,
    defaultclock,
    ms,
    mV,
    second,
    seed,
    volt,
)
from brian2.core.base import BrianObjectException
from scipy.linalg import expm

import nmj_brian as nmj
from nmj_brian.units import degC, mM, molar, nM, uM

HUMAN = nmj.junctions.human()


def held(
    junction, n, duration_ms, noise, v=-80 * mV, at_ms=(), variables=("open_channels",), **more
):
    """Junctions of ``n`` voltage-clamped fibers, all reached by impulses ``at_ms``."""
    defaultclock.dt = 0.1 * ms
    seed(5)
    nerve = SpikeGeneratorGroup(1, np.zeros(len(at_ms), int), list(at_ms) * ms)
    fibers = nmj.MuscleFibers(n)
    fibers.v, fibers.clamped = v, True
    synapse = nmj.NMJ(nerve, fibers, junction=junction, noise=noise, **more)
    synapse.connect()
    trace = StateMonitor(synapse, variables, record=True)
    Network(nerve, fibers, synapse, trace).run(duration_ms * ms)
    return synapse, trace


def bath_theory(junction, v_volt, lags):
    """Mean number of open channels and its covariance at lags of 0.1 ms, for independent receptors."""
    receptor, number = junction.receptor, junction.si("endplate_receptors")
    Q = receptor.matrices(v_volt)[0]
    p = np.asarray(receptor.equilibrium(ACh=0 * mM, v=v_volt * 1e3 * mV))
    u = receptor.open.astype(float)
    both = [p * u @ expm(Q * 1e-4 * k) @ u for k in lags]
    return number * p @ u, number * (np.array(both) - (p @ u) ** 2)


@pytest.mark.parametrize("v_mV", [-80, 20])
def test_noise_of_a_bath_is_that_of_independent_channels(v_mV):
    """Mean, variance and autocovariance at lags up to 2 ms in 100 nM ACh, at two holding voltages.

    40 junctions over 60 ms of which the first 10 are left out (the slowest relaxation takes 1.5 ms).
    Tolerance: 4.5 standard errors, from the scatter between junctions.
    """
    junction = HUMAN.replace(agonist=100 * nM)
    _, trace = held(junction, 40, 60, "channels", v=v_mV * mV)
    x, lags = np.asarray(trace.open_channels)[:, 100:], np.array([0, 2, 5, 10, 20])
    assert np.array_equal(x, np.floor(x))
    mean, covariance = bath_theory(junction, v_mV * 1e-3, lags)
    each = x.mean(1)
    assert abs(each.mean() - mean) < 4.5 * each.std() / np.sqrt(len(x))
    off = x - mean
    for lag, expected in zip(lags, covariance, strict=True):
        products = (off[:, : x.shape[1] - lag] * off[:, lag:]).mean(1)
        assert abs(products.mean() - expected) < 4.5 * products.std() / np.sqrt(len(x)), lag


@pytest.mark.parametrize("AChE_share", [1.0, 0.0])
def test_the_mean_is_the_deterministic_solution(AChE_share):
    """The same quanta open, on average, the channels of ``noise='quantal'``, at every time and in
    every state; what differs varies no more than Poisson numbers. Without AChE too, where the mean of
    receptors blocked by ACh goes below none in the end. Compared until the first junction of the
    deterministic solution sleeps, with a thousandth of its channels open.

    400 junctions, two impulses; 4.5 standard errors over 600 values.
    """
    states = ("open_channels", "AR", "A2R")
    junction = HUMAN.replace(AChE_density=AChE_share * HUMAN.AChE_density)
    counted, a = held(junction, 400, 12, "channels", at_ms=(1, 6), variables=states)
    smooth, b = held(junction, 400, 12, "quantal", at_ms=(1, 6), variables=states)
    assert np.array_equal(counted.quanta_total[:], smooth.quanta_total[:])
    assert smooth.quanta_total[:].sum() > 20_000
    for name in states:
        x, mean = np.asarray(getattr(a, name)), np.asarray(getattr(b, name))
        rows = mean.sum(0) > 400  # a mean of one receptor: enough for Gaussian errors of the sum
        rows &= (mean > 0).all(0)
        assert rows.sum() > 40
        error = (x - mean)[:, rows].sum(0) / np.sqrt(mean[:, rows].sum(0))
        assert np.abs(error).max() < 4.5, name
        scatter = ((x - mean)[:, rows] ** 2).sum(0) / mean[:, rows].sum(0)
        assert np.all(scatter < 1 + 4.5 * np.sqrt(2 / 400 + 1 / mean[:, rows].sum(0))), name
        assert scatter.max() > 0.5, name
    assert not np.any(counted.open_channels[:]) or counted.open_channels[:].max() < 1e4


@pytest.mark.parametrize("leaves_per_s", [None, 100, 1e3, 1e4])
def test_the_mean_where_receptors_leave_rest_by_themselves(leaves_per_s):
    """Receptors that desensitize at rest, or leave it for an antagonist within 0.1 to 10 ms: open
    channels and receptors in every state of the scheme, of which ACh empties some, have the mean of
    the deterministic solution at all times (4.5 standard errors of the scatter between junctions).
    """
    receptor = nmj.receptors.human_desensitizing()
    if leaves_per_s:
        rate = leaves_per_s / second
        drug = nmj.Antagonist("curare", 0.1 * uM, rate / (100 * nM), rate)
        receptor = nmj.receptors.human_adult().with_antagonist(drug)
    junction = nmj.junctions.human(37 * degC).replace(receptor=receptor)
    states = ["open_channels", "R" if leaves_per_s else "D"]
    given = {"at_ms": (1, 3, 5), "variables": states}
    counted, a = held(junction, 60, 12, "channels", **given)
    smooth, b = held(junction, 60, 12, "quantal", **given)
    assert np.array_equal(counted.quanta_total[:], smooth.quanta_total[:])
    for name in states:
        off = (np.asarray(getattr(a, name)) - np.asarray(getattr(b, name)))[:, 1:]
        error = off.std(0) / np.sqrt(len(off)) + 0.3
        assert np.abs(off.mean(0) / error).max() < 4.8, name


def test_without_quanta_nothing_moves():
    """A rested junction without spontaneous quanta has no open channel."""
    _, trace = held(HUMAN.replace(mini_rate=0 / second), 5, 20, "channels")
    assert not np.any(trace.open_channels)


def test_fewer_receptors_than_an_impulse_takes_are_not_counted():
    """An impulse takes 48,000, as its own density says; at most half of those that are counted."""
    junction = HUMAN.replace(endplate_receptors=7e4)
    with pytest.raises(BrianObjectException) as error:
        held(junction, 1, 1, "channels")
    assert "raise 'endplate_receptors'" in str(error.value.__cause__)
    held(junction, 1, 1, "quantal")  # where they only dilute those that are desensitized


@pytest.mark.parametrize("noise", ["quantal", "none", "channels"])
def test_a_bath_of_agonist_opens_channels_at_equilibrium(noise):
    """From the first step on, in every mode; closed form: receptors times open probability."""
    junction = HUMAN.replace(agonist=300 * nM)
    synapse, trace = held(junction, 8, 5, noise)
    mean, covariance = bath_theory(junction, -0.08, [0])
    after = np.asarray(trace.open_channels)[:, 1:]
    if noise == "channels":  # 8 junctions, of which a value is one sample of each
        assert np.abs(after.mean(0) - mean).max() < 4.5 * np.sqrt(covariance[0] / 8)
    else:
        np.testing.assert_allclose(after, mean, rtol=1e-6)
    shown = np.sum([synapse.get_states()[s] for s in ("AR", "A2R", "AR_open", "A2R_open")], 0)
    p = np.asarray(junction.receptor.equilibrium(ACh=0 * mM))
    assert shown.mean() == pytest.approx((1 - p[0]) * junction.si("endplate_receptors"), rel=0.01)


@pytest.mark.parametrize("noise", ["quantal", "channels"])
def test_receptors_lost_and_regained_in_a_bath(noise):
    """``receptor_loss`` written between runs holds for what the bath has opened too: receptors times
    open probability, from the first step on (two steps, each exact to 5e-5).
    """
    junction = HUMAN.replace(agonist=300 * nM, mini_rate=0 / second)
    nerve, fibers = SpikeGeneratorGroup(1, [], [] * ms), nmj.MuscleFibers(8)
    fibers.v, fibers.clamped = -80 * mV, True
    synapse = nmj.NMJ(nerve, fibers, junction=junction, noise=noise)
    synapse.connect()
    net, expected = Network(nerve, fibers, synapse), bath_theory(junction, -0.08, [0])
    for loss in (0.0, 0.9, 0.3):
        synapse.receptor_loss = loss
        net.run(0.2 * ms)
        mean, covariance = (1 - loss) * expected[0], (1 - loss) * expected[1][0]
        error = 4.5 * np.sqrt(covariance / 8) if noise == "channels" else 1e-4 * mean
        assert abs(np.mean(synapse.open_channels_[:]) - mean) < error, loss


def test_a_bath_depolarizes_the_fiber_as_its_conductance_says():
    """Steady EPP of a bath against the two-conductance divider, fiber without Na channels.

    Input conductance from a small injected current; 5 % for the fiber's own rectification.
    """
    defaultclock.dt = 0.1 * ms
    nerve = SpikeGeneratorGroup(1, [], [] * ms)
    fibers = nmj.MuscleFibers(3)
    fibers.Na_available = 0
    synapse = nmj.NMJ(nerve, fibers, junction=HUMAN.replace(agonist=100 * nM), noise="none")
    synapse.connect(i=0, j=0)
    net = Network(nerve, fibers, synapse)
    fibers.I_[1] = 1e-9
    net.run(100 * ms)
    v_bath, v_current, rest = np.asarray(fibers.v_[:])
    pull = (v_current - rest) / 1e-9 * float(synapse.g_[0])
    expected = pull / (1 + pull) * (float(HUMAN.receptor.reversal / volt) - rest)
    assert 1e-3 < v_bath - rest < 5e-3
    assert v_bath - rest == pytest.approx(expected, rel=0.05)


@pytest.mark.parametrize("leaves_per_s", [700, 3.4])
def test_an_antagonist_with_states_of_its_own(leaves_per_s):
    """In the population as in the full solution of the quantum (0.3 % of its peak), and at rest its
    states hold their equilibrium, of which the junction may sleep.
    """
    drug = nmj.Antagonist("curare", 0.5 * uM, 1e7 / molar / second, leaves_per_s / second)
    if leaves_per_s > 100:
        drug = nmj.Antagonist("curare", 0.5 * uM, 1.4e9 / molar / second, leaves_per_s / second)
    junction = HUMAN.replace(receptor=HUMAN.receptor.with_antagonist(drug), quantal_cv=0)
    synapse, trace = held(junction, 1, 8, "none", at_ms=(1,), latency=False)
    course = np.asarray(trace.open_channels)[0, 11:] / float(synapse.quanta[0])
    quantum = nmj.Quantum(junction)
    full = np.interp(np.arange(0.1, 6.85, 0.1), np.asarray(quantum.t / ms), quantum.open_channels)
    assert np.abs(course[: len(full)] - full).max() < 3e-3 * quantum.peak
    names = [f"R{x}" for x in ("", "_curare", "_2curare") if f"R{x}" in synapse._state_names]
    assert len(names) == 2  # the third, most occupied one is at rest
    _, trace = held(junction, 3, 30, "channels", at_ms=(1,), variables=names)
    y, number = drug.site_occupancy, junction.si("endplate_receptors")
    shares = {"R": (1 - y) ** 2, "R_curare": 2 * y * (1 - y), "R_2curare": y * y}
    for name, share in ((name, shares[name]) for name in names):
        drugged = np.asarray(getattr(trace, name))[:, 1:10]
        error = 4.5 * np.sqrt(number * share * (1 - share))
        assert np.abs(drugged - number * share).max() < error


def test_a_run_in_two_parts_and_from_the_store_is_one_run():
    """Receptors are state: kept over runs, by `store`, and drawn alike."""

    def course(parts):
        defaultclock.dt = 0.1 * ms
        seed(11)
        nerve = SpikeGeneratorGroup(1, [0, 0], [1, 6] * ms)
        fibers = nmj.MuscleFibers(1)
        junction = HUMAN.replace(agonist=30 * nM)
        synapse = nmj.NMJ(nerve, fibers, junction=junction, noise="channels")
        synapse.connect()
        net = Network(nerve, fibers, synapse)
        for duration in parts:
            net.run(duration * ms)
            net.store()
            net.restore(restore_random_state=True)
        return [*np.asarray(synapse.A2R_open[:]), *np.asarray(fibers.v_[:])]

    assert course([12]) == course([5, 1.3, 5.7])
