"""Antagonists and channel blockers on any receptor: closed forms at equilibrium, limits in a quantum."""

import numpy as np
import pytest
from brian2 import DimensionMismatchError, molar, ms, mV, nM, second

import nmj_brian as nmj
from nmj_brian import Antagonist, ChannelBlocker, Quantum, receptors
from nmj_brian.parameters import Parameter
from nmj_brian.units import degC, uM

STILL = {"voltage_sensitivity": 0 / mV}


def tubocurarine(k_off, conc=1 * uM):
    """Kd 0.34 uM (Colquhoun, Dreyer & Sheridan 1979), however fast."""
    return Antagonist("dTC", conc, k_on=k_off / (0.34 * uM), k_off=k_off)


def rapid(conc):
    """A weak antagonist that is always at equilibrium: Kd 200 uM."""
    return Antagonist("weak", conc, k_on=1e9 / molar / second, k_off=2e5 / second)


@pytest.mark.parametrize(
    "make",
    [
        lambda: receptors.human_adult(),
        lambda: receptors.human_mutant(),
        lambda: receptors.human_two_sites(),
        lambda: receptors.mouse_adult(),
        lambda: receptors.frog_endplate(),
        lambda: receptors.human_desensitizing(),
        lambda: receptors.Edelstein1996(),
        lambda: receptors.CH82(),
    ],
)
@pytest.mark.parametrize("drugs", [1, 2])
def test_competition_at_equilibrium(make, drugs):
    """Each free site multiplies the weight of a shut, sensitive state by 1 + sum(c / Kd).

    The Gaddum equation for two sites, from the equilibrium without drug alone; 1e-8 for the linear
    solver. Entries that break detailed balance by their published rounding: 3 %.
    """
    receptor = make()
    given = [tubocurarine(700 / second), rapid(300 * uM)][:drugs]
    held = receptor.with_antagonist(*given)
    assert held.check().ok
    assert held.bound.max() == receptor.bound.max()
    d = sum(float(drug.concentration / drug.Kd) for drug in given)
    sensitive = ~receptor.open & ~receptor.desensitized & (receptor.bound <= 2)
    if receptor.name == "Edelstein1996":
        sensitive = np.array([s.startswith("B") for s in receptor.states])
    vacant = np.where(sensitive, 2 - receptor.bound, 0)
    for ACh in (0 * uM, 3 * uM, 200 * uM):
        alone = receptor.equilibrium(ACh=ACh)
        weight = alone * (1.0 + d) ** vacant  # with and without antagonist
        found = held.equilibrium(ACh=ACh)[: len(weight)]
        exact = receptor.name != "Edelstein1996"
        np.testing.assert_allclose(
            found, alone / weight.sum(), rtol=1e-7 if exact else 0.03, atol=1e-12
        )


def test_half_of_the_sites_at_Kd():
    """R18: half the sites at 0.34 uM, 76 % at 1.08 uM, 91.7 % at 3.76 uM (three digits)."""
    for conc, share in ((0.34, 0.5), (1.08, 0.76), (3.76, 0.917)):
        drug = tubocurarine(1 / second, conc * uM)
        assert drug.site_occupancy == pytest.approx(share, abs=1e-3)
        free = receptors.human_adult().with_antagonist(drug).equilibrium(ACh=0 * uM)[0]
        assert free == pytest.approx((1 - share) ** 2, rel=0.02)


@pytest.mark.parametrize("make", [nmj.junctions.human, nmj.junctions.rat])
def test_slow_antagonist_only_removes_receptors(make):
    """One that stays: ``antagonist_occupancy`` takes out 1 - (1 - occupancy)^2 of the receptors.

    Receptors with one antagonist still bind ACh on their other site, which makes the current up to
    15 % smaller; the fewer there are, the less (2.5 % at a site occupancy of 5 %).
    """
    junction, ratio = make(), []
    for conc in (0.02 * uM, 0.2 * uM):
        slow = tubocurarine(1e-2 / second, conc)
        held = junction.replace(receptor=junction.receptor.with_antagonist(slow))
        lost = junction.replace(antagonist_occupancy=1 - (1 - slow.site_occupancy) ** 2)
        a, b = (Quantum(j, duration=10 * ms) for j in (held, lost))
        ratio.append(a.peak / b.peak)
        assert np.abs(a.conservation["error"]).max() < 1e-9
    assert 0.975 < ratio[0] < 1.0
    assert 0.85 < ratio[1] < ratio[0]
    assert a.peak < 0.6 * Quantum(junction).peak


def test_weak_rapid_antagonist_relieves_curare():
    """R21, Blackman et al. 1975 (rat): it raises what curare leaves, if curare stays about 1 ms.

    With AChE charge rises; without it the ACh waits for curare to leave, and nothing is won. An
    antagonist faster than ACh is not relieved at all. 1 % is ten times the error of the solution.
    """
    rat = nmj.junctions.rat()
    change = {}
    for esterase in (1.0, 0.0):
        junction = rat.replace(AChE_density=esterase * rat["AChE_density"].value)
        for k_off in (0.7 / ms, 100 / ms):
            curare, charges = tubocurarine(k_off), []
            for drugs in ([curare], [curare, rapid(100 * uM)]):
                receptor = junction.receptor.with_antagonist(*drugs)
                charges.append(
                    Quantum(junction.replace(receptor=receptor), duration=30 * ms).charge
                )
            change[esterase, float(k_off * ms)] = float(charges[1] / charges[0]) - 1.0
    assert change[1.0, 0.7] > 0.01
    assert change[0.0, 0.7] < 0.0
    assert change[1.0, 100.0] < -0.1


def test_open_channel_block_in_closed_form(two_state):
    """R - AR* - blocked: the steady state is 1 : K : K b; voltage moves b alone."""
    blocker = ChannelBlocker(
        "plug", 10 * uM, k_on=1e7 / molar / second, k_off=50 / second,
        voltage_sensitivity=0.02 / mV, v_measured=-70 * mV,
    )  # fmt: skip
    blocked = two_state.with_channel_blocker(blocker)
    assert blocked.states[-1] == "plug_AR"
    for v in (-120, -70, 0):
        b = 1e7 * 1e-5 / (50 * np.exp(0.02 * (v + 70)))
        p = blocked.equilibrium(ACh=20 * uM, v=v * mV)
        np.testing.assert_allclose(p, np.array([1, 2, 2 * b]) / (3 + 2 * b), rtol=1e-10)
    assert not blocked.open[-1]
    assert blocked.voltage_dependent


def test_blocked_channels_close_late():
    """A quantum under a blocker: lower, and longer, since a blocked channel cannot close."""
    junction = nmj.junctions.human(temperature=22 * degC)
    plug = ChannelBlocker("plug", 50 * uM, k_on=3e7 / molar / second, k_off=1000 / second)
    plain = Quantum(junction)
    blocked = Quantum(junction.replace(receptor=junction.receptor.with_channel_blocker(plug)))
    assert blocked.peak < 0.95 * plain.peak
    late = np.interp(10e-3, blocked.t / second, blocked.open_channels)
    assert late > np.interp(10e-3, plain.t / second, plain.open_channels)


def test_both_kinds_and_temperature():
    """Block after antagonist; a `Parameter` moves with its Q10, a plain quantity does not."""
    k_off = Parameter(
        700 / second, 1 / second, 1 / second, 1e6 / second, "assumed", "assumed", "k_off",
        q10=2.0, measured_at=22.0,
    )  # fmt: skip
    drug = Antagonist("dTC", 1 * uM, k_on=2e9 / molar / second, k_off=k_off)
    plug = ChannelBlocker("plug", 1 * uM, k_on=1e7 / molar / second, k_off=1 / second)
    receptor = receptors.human_adult().with_antagonist(drug).with_channel_blocker(plug)
    warm = receptor.at(32 * degC)
    assert float(warm.rate("dTC_off")) == pytest.approx(1400)
    assert float(warm.rate("plug_off")) == 1.0
    assert warm.check().ok
    assert {"R_dTC", "plug_A2R"} <= set(receptor.states)
    assert "dTC" in receptor.name
    still = receptors.human_adult(**STILL).with_antagonist(drug)
    assert not still.voltage_dependent


def test_what_cannot_be_done_is_said():
    human, drug = receptors.human_adult(), tubocurarine(1 / second)
    with pytest.raises(ValueError, match="holds dTC already"):
        human.with_antagonist(drug).with_antagonist(drug)
    with pytest.raises(ValueError, match="in one call"):
        human.with_antagonist(drug).with_antagonist(rapid(1 * uM))
    with pytest.raises(ValueError, match="one Antagonist or more"):
        human.with_antagonist()
    with pytest.raises(ValueError, match="different names"):
        human.with_antagonist(drug, drug)
    with pytest.raises(TypeError, match="Antagonist objects"):
        human.with_antagonist(1 * uM)
    with pytest.raises(TypeError, match="ChannelBlocker objects"):
        human.with_channel_blocker(drug)
    with pytest.raises(ValueError, match="one word"):
        Antagonist("d-tubocurarine", 1 * uM, 1 / molar / second, 1 / second)
    with pytest.raises(DimensionMismatchError, match="k_on of x"):
        Antagonist("x", 1 * uM, 1 / second, 1 / second)
    with pytest.raises(ValueError, match="concentration of x"):
        Antagonist("x", -1 * nM, 1 / molar / second, 1 / second)
    with pytest.raises(DimensionMismatchError, match="per voltage"):
        ChannelBlocker("x", 1 * nM, 1 / molar / second, 1 / second, 1 * mV)
