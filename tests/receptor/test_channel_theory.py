"""Dwell times, correlations and missed events: Colquhoun & Hawkes (1982) to every listed digit."""

import numpy as np
import pytest
from brian2 import molar, ms, mV, second, usecond
from hypothesis import given, settings
from hypothesis import strategies as st

from nmj_brian import receptors
from nmj_brian.receptor import Receptor
from nmj_brian.units import mM, nM, pS, uM

from .conftest import balanced_receptor, seeds

AT = {"ACh": 100 * nM}
SEEN = {**AT, "resolution": 100 * usecond}
often = settings(derandomize=True, deadline=None, max_examples=15)
schemes = (seeds, st.integers(2, 3), st.integers(1, 2), st.floats(-3, 0))


def digits(got, printed, last):
    """Equal to the printed digits, of which ``last`` is the size of the last one."""
    got, printed = np.asarray(got), np.asarray(printed)
    assert got.shape == printed.shape
    assert np.all(np.abs(got - printed) <= 0.6 * np.asarray(last)), (got, printed)


def as_printed():
    """The scheme with 2/3 written as 0.66667, as where the longest of the digits come from."""
    return receptors.CH82().replace(k_off2_open=0.333335 / second)


def test_ch82_dwell_times():
    """R2: open and shut times at 100 nM, and their variances."""
    is_open, shut = as_printed().open_times(**AT), as_printed().shut_times(**AT)
    digits(is_open.tau / ms, [0.32787, 1.99739], 1e-5)
    digits(100 * is_open.area, [7.238, 92.762], 1e-3)
    digits(shut.tau / ms, [0.052599, 0.48475, 3789.38], [1e-6, 1e-5, 1e-2])
    digits(100 * shut.area, [72.969, 0.837, 26.195], 1e-3)
    digits(float(is_open.variance), 3.8957e-6, 1e-10)
    digits(float(shut.variance), 6.5374058, 1e-7)


def test_ch82_correlations():
    """R4: lags 1 to 3."""
    c = receptors.CH82().correlations(**AT, lags=3)
    digits(c.open_open, [0.010259, 0.0021908, 0.00046783], [1e-6, 1e-7, 1e-8])
    digits(c.shut_shut, [0.087454, 0.018676, 0.0039881], [1e-6, 1e-6, 1e-7])
    digits(c.open_shut, [-0.064817, -0.013842, -0.0029558], [1e-6, 1e-6, 1e-7])
    # one way between one- and two-liganded states besides the main one: one factor
    assert len(c.decay) == 1
    np.testing.assert_allclose(c.open_open[1:] / c.open_open[:-1], c.decay[0], rtol=1e-9)
    np.testing.assert_allclose(c.shut_open, c.open_shut, rtol=1e-9)  # reversibility


def test_ch82_missed_events():
    """Asymptotic roots and areas at a resolution of 100 us (Hawkes, Jalali & Colquhoun 1992)."""
    is_open, shut = as_printed().open_times(**SEEN), as_printed().shut_times(**SEEN)
    digits(is_open.rates, [3045.28578, 162.929469], [1e-5, 1e-6])
    digits(is_open.area, [0.150747, 0.849204], 1e-6)
    digits(shut.rates, [17090.19, 2058.08129, 0.243565], [1e-2, 1e-5, 1e-6])
    digits(shut.area, [0.285815, 0.016731, 0.683542], 1e-6)


def test_ch82_critical_times():
    """Shut times that misclassify equal percentages."""
    digits(receptors.CH82().shut_times(**AT).critical_times() / ms, [0.23317, 1.59619], 1e-5)
    digits(receptors.CH82().bursts(**AT).critical_time() / ms, 1.59619, 1e-5)


def test_ch82_apparent_dose_response():
    """The curve in circulation at 100 us (0.9618479, 2.360344 uM, Hill 1.905054) comes from a
    program that, until 2026, added twice the resolution to both apparent means; with that error put
    back its maximum is ours to all digits. A missed closing cannot lower the open probability."""
    receptor, tres = receptors.CH82(), 100 * usecond
    top = receptor.max_open_probability(resolution=tres)
    assert top > receptor.max_open_probability()
    high = {"ACh": 0.1 * molar, "resolution": tres}  # where that program stopped rising
    digits(receptor.open_probability(ACh=high["ACh"]), 0.9677394, 1e-7)
    mean_open, mean_shut = receptor.open_times(**high).mean, receptor.shut_times(**high).mean
    assert top == pytest.approx(float(mean_open / (mean_open + mean_shut)), rel=1e-5)
    digits((mean_open + 2 * tres) / (mean_open + mean_shut + 4 * tres), 0.9618479, 1e-7)
    assert receptor.ec50(resolution=tres) / uM == pytest.approx(2.4113, rel=1e-4)
    curve = receptor.open_probability(ACh=[0, 1, 10] * uM, resolution=tres)
    assert curve.shape == (3,)
    assert curve[0] == 0.0
    assert np.all(np.diff(curve) > 0)


@often
@given(*schemes)
def test_conservation(seed, conformations, sites, log_c):
    """Areas sum to one, means follow from occupancies and traffic, and the two together give the
    open probability: 1e-9, rounding of five decades of rates."""
    receptor = balanced_receptor(np.random.default_rng(seed), conformations, sites, decades=1.0)
    at = {"ACh": 10**log_c * molar}
    is_open, shut = receptor.open_times(**at), receptor.shut_times(**at)
    p, Q = receptor.equilibrium(**at), receptor.Q(**at)
    traffic = p[receptor.open] @ Q[np.ix_(receptor.open, ~receptor.open)].sum(axis=1)
    assert float(is_open.mean) == pytest.approx(p[receptor.open].sum() / traffic, rel=1e-9)
    assert float(shut.mean) == pytest.approx(p[~receptor.open].sum() / traffic, rel=1e-9)
    for times in (is_open, shut):
        assert times.area.sum() == pytest.approx(1, abs=1e-9)
        assert float((times.area * times.tau).sum()) == pytest.approx(float(times.mean), rel=1e-8)
        second_moment = float(2 * (times.area * times.tau**2).sum())
        assert second_moment - float(times.mean) ** 2 == pytest.approx(
            float(times.variance), rel=1e-7
        )
    share = is_open.mean / (is_open.mean + shut.mean)
    assert float(share) == pytest.approx(receptor.open_probability(**at), rel=1e-9)


@often
@given(*schemes, st.floats(0.03, 1))
def test_apparent_times_join_up(seed, conformations, sites, log_c, missed):
    """Exact and asymptotic course meet at three resolutions; the density is minus the survivor's
    slope; the mean is the survivor's area; without missed events theory is ideal theory."""
    receptor = balanced_receptor(np.random.default_rng(seed), conformations, sites, decades=1.0)
    at = {"ACh": 10**log_c * molar}
    tres = missed / -np.diag(receptor.Q(**at)).min()
    for which in (receptor.open_times, receptor.shut_times):
        seen = which(**at, resolution=tres * second)
        edge = 3 * tres * np.array([1 - 1e-9, 1 + 1e-9]) * second
        # what is left out: paths with three visible breaks, a part in 1e3 at worst here
        below, above = seen.survivor(edge)
        assert below == pytest.approx(above, abs=2e-3)
        assert seen.survivor(tres * second) == 1.0
        assert seen.pdf(0.99 * tres * second) == 0.0
        t = tres * np.linspace(1.0, 3.0, 41)
        density = np.asarray(seen.pdf(t * second))
        area = np.sum(density[::2][:-1] + 4 * density[1::2] + density[::2][1:]) * (t[1] - t[0]) / 3
        assert 1 - area == pytest.approx(below, abs=1e-6)
        ideal, nearly = which(**at), which(**at, resolution=1e-6 * tres * second)
        np.testing.assert_allclose(np.asarray(nearly.rates), np.asarray(ideal.rates), rtol=1e-4)
        np.testing.assert_allclose(nearly.area, ideal.area, atol=1e-4)


def test_apparent_mean_is_the_area_of_the_survivor():
    """CH82 at 100 us: integral of the survivor, numerically over the exact part and in closed form
    over the rest; 1e-5 for the asymptotic form just above three resolutions."""
    for which in (receptors.CH82().open_times, receptors.CH82().shut_times):
        seen = which(**SEEN)
        t = np.linspace(1e-4, 3e-4, 201)
        s = seen.survivor(t * second)
        early = 1e-4 + np.sum(s[:-2:2] + 4 * s[1:-1:2] + s[2::2]) * 1e-6 / 3
        rates = np.asarray(seen.rates)
        late = np.sum(seen.area / rates * np.exp(-rates * 2e-4))
        assert early + late == pytest.approx(float(seen.mean), rel=1e-5)


def test_two_states(two_state):
    """Closed forms: one exponential each way, no correlations, and the apparent open time of a
    two-state channel, ``(e^(b tres) - 1)/b + e^(b tres)/a`` (Colquhoun & Hawkes 1995)."""
    at = {"ACh": 10 * uM}
    a, b, tres = 1e3, 1e3, 200e-6  # closing and opening
    assert float(two_state.open_times(**at).tau[0]) == pytest.approx(1 / a)
    assert two_state.open_times(**at).area[0] == pytest.approx(1)
    seen = two_state.open_times(**at, resolution=tres * second)
    expected = (np.exp(b * tres) - 1) / b + np.exp(b * tres) / a
    assert float(seen.mean) == pytest.approx(expected, rel=1e-12)
    c = two_state.correlations(**at, lags=2)
    np.testing.assert_allclose(c.open_open, 0, atol=1e-12)
    assert len(c.decay) == 0
    bursts = two_state.bursts(**at)
    assert bursts.openings == 1
    assert bursts.open_probability == 1
    with pytest.raises(ValueError, match="one opening"):
        bursts.gap_within()


def test_openings_beside_short_gaps_are_long():
    """CH82: openings next to short shut times are the long, two-liganded ones (Colquhoun & Hawkes
    1987); ranges that cover all shut times give back all openings."""
    receptor, lim = receptors.CH82(), 100 * usecond
    near = receptor.open_times(**AT, after=(0 * usecond, lim))
    far = receptor.open_times(**AT, after=(lim, np.inf * second))
    everything = receptor.open_times(**AT)
    share = 1 - receptor.shut_times(**AT).survivor(lim)
    assert near.mean > everything.mean > far.mean
    assert float(share * near.mean + (1 - share) * far.mean) == pytest.approx(
        float(everything.mean), rel=1e-12
    )
    for limit in (250 * usecond, 1 * ms):
        seen = [
            receptor.open_times(**SEEN, before=span)
            for span in ((100 * usecond, limit), (limit, np.inf * second))
        ]
        share = 1 - receptor.shut_times(**SEEN).survivor(limit)
        mixed = share * seen[0].mean + (1 - share) * seen[1].mean
        # asymptotic at 1 ms: a part in 1e6
    assert float(mixed) == pytest.approx(float(receptor.open_times(**SEEN).mean), rel=1e-6)


def one_way():
    """Desensitization that returns by another road: time constants need not be real."""
    return Receptor(
        """
        R + ACh -> AR  : k_on
        AR      -> AR* : k
        AR* -> D + ACh : k
        D       -> R   : k
        """,
        k_on=1e8 / molar / second,
        k=1e3 / second,
        conductance=60 * pS,
        reversal=-3 * mV,
    )


def test_schemes_that_turn_in_circles():
    """Three equal steps in a row: shut times are gamma distributed, no sum of exponentials."""
    shut = one_way().shut_times(ACh=10 * uM)
    assert float(shut.mean) == pytest.approx(3e-3)
    assert float(shut.variance) == pytest.approx(3e-6)
    t = np.array([0.5, 1, 3, 10]) * 1e-3
    np.testing.assert_allclose(
        np.asarray(shut.pdf(t * second)), 1e9 * t**2 / 2 * np.exp(-1e3 * t), rtol=1e-9
    )
    with pytest.raises(ValueError, match="coincide"):
        _ = shut.tau
    assert "coincide" in repr(shut)
    rolling = one_way().open_times(ACh=1 * uM)
    assert float(rolling.tau[0]) == pytest.approx(1e-3)


def test_dwell_times_at_nanomolar_keep_their_digits():
    """Means a hundred million times the fastest step, to 1e-9, from the traffic."""
    receptor = receptors.human_adult()
    at = {"ACh": 0.01 * nM}
    p, Q = receptor.equilibrium(**at), receptor.Q(**at)
    traffic = p[receptor.open] @ Q[np.ix_(receptor.open, ~receptor.open)].sum(axis=1)
    mean = 1e-30 + p[~receptor.open].sum() / traffic
    seen = receptor.shut_times(**at, resolution=1e-12 * second)
    assert float(seen.mean) == pytest.approx(mean, rel=1e-6)  # a part in 1e7 is missed
    assert float(receptor.shut_times(**at).mean) == pytest.approx(mean, rel=1e-6)


@pytest.mark.parametrize("name", list(receptors.list()))
def test_every_receptor_of_the_catalogue(name):
    receptor = getattr(receptors, name)()
    at = {"ACh": 1 * uM}
    is_open, shut = receptor.open_times(**at), receptor.shut_times(**at)
    assert is_open.area.sum() == pytest.approx(1, abs=1e-8)
    assert shut.area.sum() == pytest.approx(1, abs=1e-8)
    bursts = receptor.bursts(**at)
    between = set(bursts.between_states)
    bound = dict(zip(receptor.states, receptor.bound, strict=True))
    assert all(bound[s] == 0 or "D" in s or "I" in s for s in between)
    assert bursts.openings >= 1
    assert 0 < bursts.open_probability <= 1
    seen = receptor.shut_times(**at, resolution=25 * usecond)
    assert len(seen.tau) == len(shut.tau)
    assert seen.mean > shut.mean


@pytest.mark.parametrize("name", list(receptors.list()))
def test_wherever_a_record_could_be_made(name):
    """From 1 pM, where it opens once in a week, to 10 mM, where states last 0.2 us, at resolutions
    of 1 us to 1 ms: survivors fall from one to zero across the join at three resolutions, and means
    give the open probability. 1e-9: rounding. Where none could be made, since openings are 745 times
    shorter than the resolution, that is said."""
    receptor = getattr(receptors, name)()
    for c in (1e-12, 1e-6, 1e-2):
        for tres in (1e-6, 1e-4, 1e-3):
            at = {"ACh": c * molar, "resolution": tres * second}
            if np.exp(-tres / float(receptor.open_times(ACh=c * molar).mean)) == 0.0:
                with pytest.raises(ValueError, match="missed"):
                    receptor.open_times(**at)
                continue
            is_open, shut = receptor.open_times(**at), receptor.shut_times(**at)
            share = float(is_open.mean / (is_open.mean + shut.mean))
            assert receptor.open_probability(**at) == pytest.approx(share, rel=1e-9)
            t = tres * np.array([1.0, 1.5, 2.9, 3.1, 10, 1e3, 1e9])
            for times in (is_open, shut):
                survivor = times.survivor(t * second)
                assert survivor[0] == 1
                assert np.all(np.diff(survivor) <= 1e-9)
                assert np.all(survivor >= -1e-9)
                assert np.all(times.rates > 0)


def test_clear_errors(two_state):
    ch82 = receptors.CH82()
    with pytest.raises(ValueError, match="never opens"):
        ch82.open_times(ACh=0 * uM)
    with pytest.raises(TypeError, match="concentration"):
        ch82.open_times()
    with pytest.raises(Exception, match="resolution is a time"):
        ch82.open_times(**AT, resolution=100)
    with pytest.raises(ValueError, match="rise"):
        ch82.open_times(**AT, before=(2 * ms, 1 * ms))
    with pytest.raises(TypeError, match="range of times"):
        ch82.open_times(**AT, before=1 * ms)
    with pytest.raises(ValueError, match="criterion"):
        ch82.shut_times(**AT).critical_times("best")
    with pytest.raises(ValueError, match="lags"):
        ch82.correlations(**AT, lags=0)
    with pytest.raises(ValueError, match="missed"):
        two_state.open_times(ACh=1 * mM, resolution=20 * ms)
    with pytest.raises(Exception, match="t is a time"):
        ch82.open_times(**AT).pdf(3)


def test_density_per_decade():
    """Its area over log10(t) is one: trapezoids over 12 decades, 1e-4."""
    for seen in (receptors.CH82().shut_times(**AT), receptors.CH82().open_times(**SEEN)):
        x = np.linspace(-8, 4, 24_001)
        y = seen.pdf_per_decade(10**x * second)
        assert np.sum((y[1:] + y[:-1]) / 2) * (x[1] - x[0]) == pytest.approx(1, abs=2e-4)
        assert seen.pdf_per_decade(np.inf * second) == 0
        assert seen.survivor(np.inf * second) == 0
        assert seen.cdf(1 * second) == pytest.approx(1 - seen.survivor(1 * second))


def test_another_agonist():
    receptor = Receptor(
        "R + CCh <-> AR : k_on, k_off\nAR <-> AR* : beta, alpha",
        agonist="CCh",
        k_on=1e8 / molar / second,
        k_off=1e3 / second,
        beta=1e4 / second,
        alpha=1e3 / second,
        conductance=60 * pS,
        reversal=-3 * mV,
    )
    assert float(receptor.open_times(CCh=1 * uM).mean) == pytest.approx(1e-3)
    assert receptor.bursts(CCh=1 * uM).openings == pytest.approx(1 + 10)
    assert len(receptor.single_channel(CCh=1 * uM, duration=1 * second, seed=1)) > 10
    with pytest.raises(TypeError, match="CCh"):
        receptor.open_times(NaCl=1 * uM)
