"""Na channels inactivate, fast and slowly: where half of them do, what lasts, and what a fiber does then."""

from __future__ import annotations

import numpy as np
import pytest
from brian2 import Network, SpikeGeneratorGroup, mm, ms, mV, nS, second

import nmj_brian as nmj
from nmj_brian import fibers
from nmj_brian.excitation import Excitable
from nmj_brian.membrane import gate_rates
from nmj_brian.quantal_conductance import QuantalConductance
from nmj_brian.slow_inactivation import slowly_inactivated
from nmj_brian.units import uM


def half_inactivated(fiber):
    """Voltage (mV) at which half of the Na channels are inactivated."""
    v = np.linspace(-110, -40, 7001)
    gate = (1e3 * fiber.si(name) for name in ("Na_recovery_slope", "Na_inactivation_shift"))
    alpha, beta = gate_rates(v, *gate)
    return v[np.abs(alpha[:, 1] / (alpha + beta)[:, 1] - 0.5).argmin()]


def test_half_of_the_channels_inactivate_where_measured():
    """Ruff, Simoncini & Stuhmer 1987, rat soleus: about -70 mV; human channels alike (Almers et al. 1984). 2.5 mV."""
    assert half_inactivated(fibers.human()) == pytest.approx(-70, abs=2.5)


def test_the_shift_moves_the_gate_along_voltage():
    """h at v + shift is what it was at v: 1e-12; m and n stay."""
    v = np.linspace(-100, 40, 57)
    for plain, shifted in zip(gate_rates(v, 6.0), gate_rates(v + 14, 6.0, 14.0), strict=True):
        np.testing.assert_allclose(shifted[:, 1], plain[:, 1], rtol=1e-12)
    np.testing.assert_array_equal(gate_rates(v, 6.0)[0][:, 0], gate_rates(v, 6.0, 14.0)[0][:, 0])


def upstrokes(volts_mV):
    """How often a course passes -20 mV upward, once per fall below -40 mV."""
    count, armed = 0, True
    for v in volts_mV:
        if armed and v > -20:
            count, armed = count + 1, False
        armed |= v < -40
    return count


@pytest.mark.parametrize("kind", ["cable", 2, 4])
def test_a_long_endplate_potential_fires_the_fiber_again(kind):
    """Slow channels: the end-plate potential outlasts refractoriness; a normal one of as many quanta does not."""
    fiber = fibers.human()
    subject = fiber.cable() if kind == "cable" else fiber.chain(kind)
    slow = Excitable(fiber, subject.model, QuantalConductance(decay=5.85 * ms), subject.step)
    for quanta in (20, 30, 45):
        assert upstrokes(np.asarray(slow.epp(quanta).v / mV)) >= 2
        assert upstrokes(np.asarray(subject.epp(quanta).v / mV)) == 1


def test_what_lasts_inactivates_the_more_the_larger_it_is():
    """Most at the end plate; voltage and inactivation agree with each other to 1e-3 of the channels."""
    fiber = fibers.human()
    model = fiber.chain().model
    shares = []
    for g in (5, 50, 200):
        adapted = fiber.replace(lasting_conductance=g * nS).chain().model
        share = adapted.g_na_S / model.g_na_S
        assert share[0, 0] == share.min()
        shares.append(share[0, 0])
        held = adapted.replace(
            g_leak_S=adapted.g_leak_S + g * 1e-9 * np.array([[1, 0], [0, 0]]),
            e_leak_mV=np.where(
                np.array([[1, 0], [0, 0]]),
                (adapted.g_leak_S * adapted.e_leak_mV - 3e-9 * g) / (adapted.g_leak_S + 1e-9 * g),
                adapted.e_leak_mV,
            ),
        )
        v, rest = held.resting()[0], model.resting()[0]
        left = (1 + np.exp((rest + 86) / 5.8)) / (1 + np.exp((v + 86) / 5.8))
        assert share[0, 0] == pytest.approx(left, abs=1e-3)
    assert np.all(np.diff(shares) < 0)


def test_nothing_that_lasts_changes_nothing():
    model = fibers.human().chain().model
    assert fibers.human().adapted(model) is model
    same = slowly_inactivated(model, 0.0, -3.0, -86.0, 5.8)
    np.testing.assert_allclose(same.g_na_S, model.g_na_S, rtol=1e-4)


def test_whole_fibers_adapt_as_chains_do():
    """Beside 8 uM succinylcholine a fiber that was under it for minutes is silent, cut in two or as a whole cable."""
    junction = nmj.junctions.human().under(nmj.succinylcholine(8 * uM))
    used = fibers.human().replace(lasting_conductance=junction.lasting_conductance)
    for fiber in (used, used.whole(16 * mm)):
        nerve, muscle = SpikeGeneratorGroup(1, [0], [1] * second), nmj.MuscleFibers(1, fiber)
        synapse = nmj.NMJ(nerve, muscle, junction)
        synapse.connect()
        Network(nerve, muscle, synapse).run(60 * ms)
        assert muscle.spike_count[0] <= 1


def test_both_sides_of_a_whole_fiber_adapt_alike():
    """End plate nearer to one tendon: what is left of the channels next to it is the same on both sides (1e-3)."""
    plain, used = (
        fibers.human().replace(lasting_conductance=g * nS).whole(12 * mm, 4 * mm).model
        for g in (0, 200)
    )
    left = used.g_na_S[:, 0] / plain.g_na_S[:, 0]
    other = plain.other_side
    assert left[0] == left.min() < 0.6
    np.testing.assert_allclose(left[1:6], left[other : other + 5], atol=1e-3)
    assert left[other - 1] > 0.99 > left[1]
