"""Published numbers of acetylcholine receptors; each test names its paper and tolerance."""

import numpy as np
import pytest
from brian2 import molar, ms, mV, second, usecond

from nmj_brian import receptors
from nmj_brian.dose_response import DoseResponse
from nmj_brian.receptor import Receptor
from nmj_brian.units import degC, mM, nM, pS, uM

RECORDED_AT = -70 * mV  # potential from which the human receptors' voltage dependence counts
PULSE = {"ACh": 1 * mM, "duration": 0.2 * ms, "dt": 1 * usecond}


def test_ch82_generator():
    """Colquhoun & Hawkes (1982), the Q matrix at 100 nM, as printed (5 digits)."""
    printed = [
        [-3050, 50, 0, 3000, 0],
        [0.66667, -500.66667, 500, 0, 0],
        [0, 15000, -19000, 4000, 0],
        [15, 0, 50, -2065, 2000],
        [0, 0, 0, 10, -10],
    ]
    receptor = receptors.CH82()
    order = [receptor.states.index(s) for s in ("AR*", "A2R*", "A2R", "AR", "R")]
    Q = receptor.Q(ACh=100 * nM)[np.ix_(order, order)]
    np.testing.assert_allclose(Q, printed, rtol=1e-5, atol=1e-12)


def test_ch82_equilibrium():
    """R1: Colquhoun & Hawkes (1982), 100 nM; values of SCALCS with its 2/3 rounded to 0.66667,
    hence 2e-6 relative and one unit of the last printed digit of the total."""
    receptor = receptors.CH82()
    p = dict(zip(receptor.states, receptor.equilibrium(ACh=100 * nM), strict=True))
    printed = {
        "AR*": 2.48271e-5,
        "A2R*": 1.862036e-3,
        "A2R": 6.20679e-5,
        "AR": 4.965428e-3,
        "R": 0.9930856,
    }
    for state, value in printed.items():
        assert p[state] == pytest.approx(value, rel=2e-6), state
    assert receptor.open_probability(ACh=100 * nM) == pytest.approx(0.0018869, abs=1e-7)


def test_ch82_dose_response():
    """R5: EC50 2.408 uM, Hill 1.892, maximum 0.9677, Colquhoun & Hawkes (1982) scheme.

    The EC50 in circulation (2.408028 uM, Hill slope there 1.891853) is where DCPROGS/SCALCS up to
    2026 stopped bisecting, within 0.001 of the half maximum; SCALCS 1.2 says so and gives 2.4038,
    as we do. So: the published point lies within 0.001 of half on our curve, its Hill slope agrees
    to 5 digits when taken there, and our own EC50 is 2.4038 (0.2 % away).
    """
    receptor = receptors.CH82()
    top = receptor.open_probability(ACh=1 * molar)
    assert top == pytest.approx(0.9677394, abs=5e-6)
    at_published = receptor.open_probability(ACh=2.408028 * uM)
    assert at_published / 0.9677394 == pytest.approx(0.5, abs=1e-3)
    slope = np.diff(
        [
            np.log10(p / (0.9677394 - p))
            for p in (receptor.open_probability(ACh=2.408028 * 10**h * uM) for h in (-1e-4, 1e-4))
        ]
    )
    assert slope[0] / 2e-4 == pytest.approx(1.891853, rel=1e-4)
    assert receptor.ec50() / uM == pytest.approx(2.4038, rel=2e-5)
    assert receptor.ec50() / uM == pytest.approx(2.408, rel=2e-3)
    assert receptor.hill() == pytest.approx(1.892, abs=1e-3)


def equivalent_sites(block=""):
    """Two equal sites of K = 77 uM, E = 32 (Colquhoun & Ogden 1988); speeds do not matter here."""
    return Receptor(
        f"""
        R   + ACh <-> AR   : 2*k_on, k_on*K
        AR  + ACh <-> A2R  : k_on, 2*k_on*K
        A2R       <-> A2R* : E*alpha, alpha
        {block}
        """,
        k_on=1e8 / molar / second,
        K=77 * uM,
        E=32.0,
        alpha=1e3 / second,
        conductance=32 * pS,
        reversal=-3 * mV,
        **({"K_block": 1.3 * mM} if block else {}),
    )


def test_colquhoun_ogden_dose_response():
    """R8: Colquhoun & Ogden (1988), frog, -120 mV: half-maximum at 15 uM, Hill slope 1.6, maximum
    0.9 near 100 uM with block. Tolerance 10 %: their own rounding of K and E. The consequences of
    K = 77 uM and E = 32 (15.93 uM, 1.71, 0.969; with KB 1.3 mM 0.851, 13.9 uM) are met to 0.5 %."""
    free = equivalent_sites()
    assert free.ec50() / uM == pytest.approx(15, rel=0.10)
    assert free.hill() == pytest.approx(1.6, rel=0.10)
    assert free.ec50() / uM == pytest.approx(15.93, rel=0.005)
    assert free.hill() == pytest.approx(1.71, rel=0.005)
    assert free.open_probability(ACh=1 * molar) == pytest.approx(32 / 33, rel=1e-3)
    blocked = equivalent_sites("A2R* + ACh <-> A2RB : k_on, k_on*K_block")
    _, top = DoseResponse(*blocked.matrices(-0.12), blocked.open).half_maximum()
    assert top == pytest.approx(0.9, rel=0.10)
    assert top == pytest.approx(0.851, rel=0.005)
    assert blocked.open_probability(ACh=104 * uM) == pytest.approx(top, rel=1e-3)
    assert blocked.ec50() / uM == pytest.approx(13.9, rel=0.005)


def test_frog_burst_structure():
    """R9: Colquhoun & Sakmann (1985), frog, 11 degC, -130 mV, abstract: mean short gap 20 us, 1.9
    short gaps per burst, opening 1.4 ms; 10 % is the spread between their patches."""
    frog = receptors.frog_endplate()
    Q = frog.Q(ACh=0 * uM, v=-130 * mV)
    shut, is_open, one = (frog.states.index(s) for s in ("A2R", "A2R*", "AR"))
    assert -1e6 / Q[shut, shut] == pytest.approx(20, rel=0.10)
    assert Q[shut, is_open] / Q[shut, one] == pytest.approx(1.9, rel=0.10)
    assert 1e3 / Q[is_open, shut] == pytest.approx(1.4, rel=0.10)
    decay = frog.jump(**PULSE, total=20 * ms, v=-130 * mV).decay_time
    assert decay / ms == pytest.approx(4.07, rel=0.02)  # R9's own consequence, run


def test_anderson_stevens_voltage_dependence():
    """Anderson & Stevens (1973), frog, 8 degC: closing rate exp(0.0058 v/mV), so channels close
    1.42 times faster per 60 mV of depolarization (their +- 0.0009 is 5 % over 60 mV)."""
    frog = receptors.frog_endplate()
    closing = [
        frog.Q(ACh=0 * uM, v=v * mV)[frog.states.index("A2R*"), frog.states.index("A2R")]
        for v in (-130, -70)
    ]
    assert closing[0] == pytest.approx(714)
    assert closing[1] / closing[0] == pytest.approx(np.exp(0.0058 * 60), rel=1e-12)


def test_human_wild_type_deactivation():
    """R10: Lee, Free & Sine (2009) Table 1, wild type (a), 22 degC, 1 mM for 0.2 ms: peak open
    probability 0.960 and e-fold decay 2.035 ms (1 %, four printed digits of a run)."""
    jump = receptors.human_adult("a", block=False).jump(**PULSE, total=20 * ms, v=RECORDED_AT)
    assert jump.peak == pytest.approx(0.960, rel=0.01)
    assert jump.decay_time / ms == pytest.approx(2.035, rel=0.01)


@pytest.mark.parametrize(
    ("name", "decay_ms", "peak", "ec50_uM", "hill"),
    [
        ("aF135L", 0.237, 0.415, 72.2, 1.27),
        ("aY277L", 0.389, 0.769, 34.1, 1.63),
        ("aI274A", 0.558, 0.092, 259.5, 1.03),
        ("aF137L", 4.161, 0.974, 4.06, 1.70),
        ("aL210Q", 17.14, 0.957, 1.43, 1.53),
        ("aL273F", 20.93, 0.991, 2.50, 1.87),
        ("WT(a)", 2.035, 0.960, 11.78, 1.68),
        ("WT(b)", 2.608, 0.961, 11.25, 1.73),
    ],
)
def test_human_ladder_of_slow_and_fast_channels(name, decay_ms, peak, ec50_uM, hill):
    """R11: rows of Lee, Free & Sine (2009) Table 1 and Lee & Sine (2004) Table II, same pulse:
    e-fold decay, peak, EC50, Hill slope, without block (2 %: three printed digits, and an EC50
    read against a maximum at finite concentration)."""
    if name.startswith("WT"):
        receptor = receptors.human_adult(name[3], block=False)
    else:
        receptor = receptors.human_mutant(name, block=False)
    jump = receptor.jump(**PULSE, total=60 * ms, v=RECORDED_AT)
    after = jump.open[np.asarray(jump.t / ms) >= 0.2]
    assert jump.decay_time / ms == pytest.approx(decay_ms, rel=0.02)
    assert after.max() == pytest.approx(peak, rel=0.02)
    assert receptor.ec50(v=RECORDED_AT) / uM == pytest.approx(ec50_uM, rel=0.02)
    assert receptor.hill(v=RECORDED_AT) == pytest.approx(hill, rel=0.02)


def test_human_block_by_agonist():
    """R12: wild type (a) with open-channel block: the falling limb (1 %, four printed digits)."""
    receptor = receptors.human_adult("a")
    c = np.array([1, 3, 10, 30, 100, 300, 1000, 3000]) * uM
    printed = [0.0106, 0.0768, 0.4149, 0.7801, 0.9020, 0.8925, 0.7863, 0.5783]
    np.testing.assert_allclose(receptor.open_probability(ACh=c, v=RECORDED_AT), printed, rtol=0.01)
    assert receptor.ec50(v=RECORDED_AT) / uM == pytest.approx(11.00, rel=0.01)
    assert receptor.open_probability(ACh=149 * uM, v=RECORDED_AT) == pytest.approx(0.9075, rel=1e-3)


def test_slow_channel_dissociation_cut():
    """R13: "true rates 1" (Colquhoun, Hatton & Hawkes 2003) with total dissociation cut 4-fold, as
    Hatton et al. (2003) found in epsilon-L221F: deactivation 2.855 -> 9.90 ms, 3.47 times (2 %)."""
    normal = receptors.human_two_sites()
    slow = normal.replace(k_off_a=375 / second, k_off_b=2500 / second)
    decay = [r.jump(**PULSE, total=60 * ms, v=-100 * mV).decay_time / ms for r in (normal, slow)]
    assert decay[0] == pytest.approx(2.855, rel=0.02)
    assert decay[1] == pytest.approx(9.90, rel=0.02)
    assert decay[1] / decay[0] == pytest.approx(3.47, rel=0.02)


def test_two_sites_ec50():
    """Colquhoun, Hatton & Hawkes (2003) Table 1: EC50 3.3 uM of "true rates 1" (printed digits)."""
    assert receptors.human_two_sites().ec50(v=-100 * mV) / uM == pytest.approx(3.3, abs=0.05)


def test_edelstein_reversibility():
    """Edelstein et al. (1996): rounding breaks two loops by 1.0248 and 0.9756 (four digits)."""
    receptor = receptors.Edelstein1996()
    ratios = {c.states: c.ratio for c in receptor.check().cycles}
    assert len(ratios) == 6
    assert ratios["B", "BL", "AL*", "A*"] == pytest.approx(1.0248, abs=5e-5)
    assert ratios["BL", "BLL", "ALL*", "AL*"] == pytest.approx(0.9756, abs=5e-5)
    assert receptor.check().reversible
    assert not receptor.check(tolerance=0.02).reversible


def test_desensitization_entry_and_recovery():
    """R14 and its way back: entry 3.5/s from the open state, at any potential (Auerbach & Akk 1998,
    mouse adult, +- 0.2); recovery after ACh 63 % complete in 320 ms (Dilger & Liu 1992, fetal
    mouse; fitted, so 1 %)."""
    receptor = receptors.human_desensitizing().at(23 * degC)  # theirs
    for v in (-120 * mV, 40 * mV):
        # Popen falls at entry rate * Popen; block and gating take no part
        jump = receptor.jump(ACh=100 * uM, duration=60 * ms, total=60 * ms, dt=1 * ms, v=v)
        lost = jump.occupancy["A2D"]
        rate = (lost[40] - lost[10]) / (jump.open[10:41].mean() * 0.030)
        assert rate == pytest.approx(3.5, abs=0.2)
    receptor = receptors.human_desensitizing()
    start = receptor.equilibrium(ACh=1 * mM)
    washed = receptor.jump(ACh=0 * mM, duration=0 * ms, times=[0, 320] * ms, start=start)
    ready = washed.occupancies[:, ~receptor.desensitized].sum(axis=1)
    rest = receptor.equilibrium(ACh=0 * mM)[~receptor.desensitized].sum()
    assert (ready[1] - ready[0]) / (rest - ready[0]) == pytest.approx(1 - 1 / np.e, rel=0.01)
    assert start[receptor.open].sum() < 0.02  # Dilger & Liu: steady over peak at most 0.02


def test_fast_desensitization_of_fetal_receptors():
    """R16, Dilger & Liu 1992: at 5 mM decay in about 50 ms (10 %) at any potential, at most 0.02 of
    the peak left, recovery in about 320 ms (10 %): fitted. What was not fitted: at 0.5 uM decay takes
    seconds and half of the peak or more is left ("from seconds", "0.5")."""
    receptor = receptors.mouse_fetal()
    times = np.concatenate([[0, 1e-3], np.geomspace(2e-3, 3, 400), [1e3]]) * second

    def decay(conc, v=-80 * mV):
        pulse = receptor.jump(ACh=conc, duration=1e4 * second, times=times, v=v)
        top = int(pulse.open.argmax())
        low = pulse.open[top:] < pulse.open[top] / np.e
        after = float(times[top + low.argmax()] - times[top]) if low[:-1].any() else np.inf
        return pulse, after, pulse.open[-1] / pulse.open[top]

    pulse, after, left = decay(5 * mM)
    assert after == pytest.approx(0.050, rel=0.1)
    assert left <= 0.02
    assert decay(5 * mM, 50 * mV)[1] == pytest.approx(after, rel=0.05)
    start = pulse.occupancies[np.searchsorted(np.asarray(times), 1.0)]
    washed = receptor.jump(ACh=0 * mM, duration=0 * ms, times=[0, 320] * ms, start=start)
    ready = washed.occupancies[:, ~receptor.desensitized].sum(axis=1)
    rest = receptor.equilibrium(ACh=0 * mM)[~receptor.desensitized].sum()
    assert (ready[1] - ready[0]) / (rest - ready[0]) == pytest.approx(1 - 1 / np.e, rel=0.1)
    _, after, left = decay(0.5 * uM)
    assert after > 1
    assert 0.4 < left < 0.8


@pytest.mark.parametrize("name", ["human_desensitizing", "mouse_fetal"])
def test_desensitization_cycle_is_reversible_at_every_temperature_and_potential(name):
    receptor = getattr(receptors, name)()
    for temperature in (11 * degC, 37 * degC):
        for v in (-100 * mV, 20 * mV):
            assert receptor.at(temperature).check(v=v, tolerance=1e-9).reversible


def test_human_preset_at_37():
    """Design section 2: conductance 60 pS at 22 degC and 89 pS at 37 degC; gating Q10 2.5."""
    warm = receptors.human_adult().at(37 * degC)
    assert warm.conductance / pS == pytest.approx(89, rel=0.005)
    assert float(warm.rate("alpha2")) == pytest.approx(1670 * 2.5**1.5)
    assert float(warm.rate("k_on1") / (1 / molar / second)) == pytest.approx(126e6 * 1.4**1.5)


def test_succinylcholine_at_frog_receptors():
    """Marshall, Ogden & Colquhoun 1990, J Physiol 428:155 (abstract), 12 degC, -120 mV.

    The largest open probability, about 0.36, was not used to make the scheme: 10 %, as of a number
    given with "about". That it is 7.6 times less potent than ACh, and that blocks last 65 us, was.
    Reopenings "should be rare": fewer than one in ten openings.
    """
    drug, ACh = receptors.frog_succinylcholine(), receptors.frog_endplate()
    c = np.geomspace(1e-5, 1e-2, 400) * molar
    v = -120 * mV
    assert np.max(drug.open_probability(succinylcholine=c, v=v)) == pytest.approx(0.36, rel=0.10)
    low = 1 * nM
    K, E = 77e-6, 32.0  # Colquhoun & Ogden 1988, ACh in the same cells
    equal = K * np.sqrt(
        drug.open_probability(succinylcholine=low, v=v) / E
    )  # ACh that does as much
    assert 1e-9 / equal == pytest.approx(7.6, rel=0.01)
    assert float(1 / drug.rate("k_unblock") / usecond) == pytest.approx(65, rel=1e-6)
    assert float(drug.rate("beta2") / (2 * drug.rate("k_off"))) < 0.1
    assert drug.check().ok
    assert float(ACh.ec50() / drug.ec50()) < 1
