"""SCALCS (DCPROGS, GPL; test-time only) as an independent judge of single-channel theory.

Random schemes at detailed balance, rates within about five decades. Both sides invert the same
matrices in double precision; 1e-6 leaves room for theirs, which subtracts where ours does not.
"""

import numpy as np
import pytest
from brian2 import molar, second
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from nmj_brian import receptors
from nmj_brian.units import nM, uM

from ..receptor.conftest import balanced_receptor, seeds

pytest.importorskip("scalcs", reason="SCALCS is not installed (pip install scalcs)")

from scalcs import pdfs, popen, qmatlib, scalcslib, scburst
from scalcs.samples import samples

from .test_scalcs import as_mechanism

schemes = (seeds, st.integers(2, 3), st.integers(1, 2), st.floats(-3, 0))
often = settings(derandomize=True, deadline=None, max_examples=20)


def pair(seed, conformations, sites, log_c, between=()):
    """Our receptor and their mechanism of the same random scheme, and the concentration."""
    ours = balanced_receptor(np.random.default_rng(seed), conformations, sites, decades=1.0)
    theirs, _ = as_mechanism(ours, between)
    theirs.set_eff("c", 10**log_c)
    return ours, theirs, {"ACh": 10**log_c * molar}


def density(distribution, t):
    """Density in 1/s at times in seconds."""
    return np.asarray(distribution.pdf(t * second))


def same_exponentials(ours, rates, amplitudes, rtol=1e-6):
    """Rates one by one, and amplitudes of components that weigh something."""
    order = np.argsort(-np.asarray(rates))
    rates, amplitudes = np.asarray(rates)[order], np.asarray(amplitudes)[order]
    np.testing.assert_allclose(np.asarray(ours.rates), rates, rtol=rtol)
    np.testing.assert_allclose(ours.area, amplitudes / rates, rtol=rtol, atol=1e-7)


@often
@given(*schemes)
def test_ideal_dwell_times(seed, conformations, sites, log_c):
    ours, theirs, at = pair(seed, conformations, sites, log_c)
    phi_a, phi_f = qmatlib.phiA(theirs), qmatlib.phiF(theirs)
    components = scalcslib.ideal_dwell_time_pdf_components
    same_exponentials(ours.open_times(**at), *components(theirs.QAA, phi_a))
    same_exponentials(ours.shut_times(**at), *components(theirs.QFF, phi_f))
    t = np.array([1e-5, 1e-4, 1e-3])
    theirs_pdf = [scalcslib.ideal_dwell_time_pdf(x, theirs.QAA, phi_a) for x in t]
    np.testing.assert_allclose(density(ours.open_times(**at), t), np.ravel(theirs_pdf), 1e-6)


@often
@given(*schemes)
def test_correlations(seed, conformations, sites, log_c):
    ours, theirs, at = pair(seed, conformations, sites, log_c)
    here = ours.correlations(**at, lags=3)
    m, lib = theirs, scalcslib
    GAF, GFA = qmatlib.iGs(m.Q, m.kA, m.kF)
    phi_a, phi_f = (np.atleast_2d(phi(m)) for phi in (qmatlib.phiA, qmatlib.phiF))
    var_a = lib.corr_variance_A(phi_a, m.QAA, m.kA)
    var_f = lib.corr_variance_A(phi_f, m.QFF, m.kF)
    assert float(ours.open_times(**at).variance) == pytest.approx(var_a, rel=1e-6)
    assert float(ours.shut_times(**at).variance) == pytest.approx(var_f, rel=1e-6)
    for lag in (1, 2, 3):
        expected = (
            lib.corr_covariance_A(lag, phi_a, m.QAA, GAF @ GFA, m.kA) / var_a,
            lib.corr_covariance_A(lag, phi_f, m.QFF, GFA @ GAF, m.kF) / var_f,
            lib.corr_covariance_AF(lag, phi_a, m.QAA, m.QFF, GAF @ GFA, GAF, m.kA, m.kF)
            / np.sqrt(var_a * var_f),
        )
        got = [c[lag - 1] for c in (here.open_open, here.shut_shut, here.open_shut)]
        np.testing.assert_allclose(got, expected, rtol=1e-5, atol=1e-9)


@often
@given(*schemes, st.floats(-5, -3), st.floats(0.5, 2))
def test_open_times_beside_a_range_of_shut_times(seed, conformations, sites, log_c, low, width):
    ours, theirs, at = pair(seed, conformations, sites, log_c)
    m, limits = theirs, (10**low, 10 ** (low + width))
    phi = np.atleast_2d(qmatlib.phiA(m))
    blocks = (m.QAA, m.QAF, m.QFF, m.QFA, phi)
    rates, amplitudes = scalcslib.adjacent_open_to_shut_range_pdf_components(*limits, *blocks)
    span = tuple(x * second for x in limits)
    share = ours.shut_times(**at).survivor(np.array(limits) * second)
    assume(share[0] - share[1] > 1e-4)  # they subtract the two
    same_exponentials(ours.open_times(**at, before=span), rates, amplitudes, 1e-5)
    same_exponentials(ours.open_times(**at, after=span), rates, amplitudes, 1e-5)
    mean = scalcslib.adjacent_open_to_shut_range_mean(*limits, *blocks)
    assert float(ours.open_times(**at, before=span).mean) == pytest.approx(mean, rel=1e-5)


@often
@given(seeds, st.integers(2, 3), st.integers(1, 2), st.floats(-3, 0))
def test_bursts(seed, conformations, sites, log_c):
    """Class C is the unliganded shut states."""
    between = [f"S{i}x0" for i in range(conformations - 1)]
    ours, theirs, at = pair(seed, conformations, sites, log_c, between)
    here = ours.bursts(**at)
    assert set(here.between_states) == set(between)
    m = theirs
    order = [here.open_states.index(s.name) for s in m.States[: m.kA]]
    np.testing.assert_allclose(here.start[order], np.ravel(scburst.phiBurst(m)), rtol=1e-6)
    means = {
        "openings": (here.openings, scburst.openings_mean(m)),
        "length": (here.mean_length, scburst.length_mean(m)),
        "length by its distribution": (here.length().mean, scburst.length_mean(m)),
        "open": (here.mean_open_time, scburst.open_time_mean(m)),
        "shut": (here.mean_shut_time, scburst.shut_time_total_mean(m)),
        "between": (here.gap_between().mean, scburst.shut_times_between_burst_mean(m)),
    }
    for name, (got, wanted) in means.items():
        assert float(got) == pytest.approx(float(np.squeeze(wanted)), rel=1e-6), name
    same_exponentials(here.length(), *scburst.length_pdf_components(m))
    same_exponentials(here.open_time(), *scburst.open_time_total_pdf_components(m))
    same_exponentials(here.gap_within(), *scburst.shut_times_inside_burst_pdf_components(m))
    same_exponentials(
        here.shut_time(), *scburst.shut_time_total_pdf_components_2more_openings(m), 1e-5
    )
    same_exponentials(here.first_opening(2), *scburst.first_opening_length_pdf_components(m), 1e-5)
    rho, w = scburst.openings_distr_components(m)
    order = np.argsort(rho)
    np.testing.assert_allclose(here.openings_components[0], np.asarray(rho)[order], atol=1e-9)
    np.testing.assert_allclose(here.openings_components[1], np.asarray(w)[order], atol=1e-7)
    for n in (1, 2, 5):
        expected = float(np.squeeze(scburst.openings_distr(m, n)))
        assert here.openings_probability(n) == pytest.approx(expected, rel=1e-6, abs=1e-12)
    t = np.array([1e-4, 1e-3])
    sums = [
        scburst.length_no_single_openings_pdf_components(m),
        scburst.shut_times_between_burst_pdf_components(m),
    ]
    for distribution, (rates, amplitudes) in zip(
        (here.length(2), here.gap_between()), sums, strict=True
    ):
        wanted = np.exp(-np.outer(t, rates)) @ amplitudes
        got = density(distribution, t)
        np.testing.assert_allclose(got, wanted, rtol=1e-5, atol=1e-6 * max(wanted))


def blocks(m):
    return (
        (m.QAA, m.QFF, m.QAF, m.QFA, m.kA, m.kF),
        (m.QFF, m.QAA, m.QFA, m.QAF, m.kF, m.kA),
    )


@often
@given(*schemes, st.floats(0.03, 2))
def test_missed_events(seed, conformations, sites, log_c, missed):
    """Roots, areas and exact means, at resolutions up to twice the life of the shortest state.

    Their search for roots gives up on some schemes; so our roots are tried in their equation
    (``H(s)`` has the eigenvalue s), all different and as many as there are states, and their areas
    taken at these.
    """
    ours, theirs, at = pair(seed, conformations, sites, log_c)
    tres = missed / -np.diag(theirs.Q).min()
    apparent = {**at, "resolution": tres * second}
    GAF, GFA = qmatlib.iGs(theirs.Q, theirs.kA, theirs.kF)
    means = scalcslib.exact_mean_open_shut_time(theirs, tres)
    here = ours.open_times(**apparent), ours.shut_times(**apparent)
    for distribution, block, G, mean in zip(
        here, blocks(theirs), ((GAF, GFA), (GFA, GAF)), means, strict=True
    ):
        assert float(distribution.mean) == pytest.approx(float(mean), rel=1e-6)
        roots = -np.asarray(distribution.rates)
        assert len(roots) == block[-2]
        assert np.all(np.diff(roots) > 0)
        for s in roots:
            H = qmatlib.H(s, tres, *block[:4], block[-1])
            assert np.abs(np.linalg.eigvals(H) - s).min() < 1e-7 * np.abs(H).max()
        areas = scalcslib.asymptotic_areas(tres, roots, *block, *G)
        np.testing.assert_allclose(distribution.area, np.ravel(areas), rtol=1e-4, atol=1e-6)


def test_roots_of_ch82_where_they_search():
    ours, theirs = receptors.CH82(), samples.CH82()
    theirs.set_eff("c", 1e-7)
    for distribution, block in zip(
        (f(ACh=100 * nM, resolution=1e-4 * second) for f in (ours.open_times, ours.shut_times)),
        blocks(theirs),
        strict=True,
    ):
        roots = np.sort(scalcslib.asymptotic_roots(1e-4, *block))
        np.testing.assert_allclose(-np.asarray(distribution.rates), roots, rtol=1e-5)


@often
@given(*schemes, st.floats(0.03, 2))
def test_exact_apparent_open_times(seed, conformations, sites, log_c, missed):
    """Density below three resolutions, where it is no sum of exponentials (HJC 1990)."""
    ours, theirs, at = pair(seed, conformations, sites, log_c)
    tres = missed / -np.diag(theirs.Q).min()
    eigen, *gamma = scalcslib.exact_GAMAxx(theirs, tres, True)
    roots = areas = np.zeros(1)
    t = tres * np.array([1.1, 1.7, 2.1, 2.9])
    theirs_pdf = [
        float(np.squeeze(scalcslib.exact_pdf(x, tres, roots, areas, eigen, *gamma))) for x in t
    ]
    got = density(ours.open_times(**at, resolution=tres * second), t)
    np.testing.assert_allclose(got, theirs_pdf, rtol=1e-5, atol=1e-7 * max(theirs_pdf))


def test_apparent_dose_response():
    """SCALCS 1.2 on its own CH82 (2/3 rounded to 0.66667, slope by finite differences)."""
    ours, theirs = receptors.CH82(), samples.CH82()
    seen = {"resolution": 1e-4 * second}
    assert ours.max_open_probability(**seen) == pytest.approx(popen.maxPopen(theirs, 1e-4)[0], 2e-6)
    assert ours.ec50(**seen) / uM == pytest.approx(1e6 * popen.EC50(theirs, 1e-4), rel=1e-5)
    assert ours.hill(**seen) == pytest.approx(popen.nH(theirs, 1e-4), rel=2e-4)


@pytest.mark.parametrize(
    ("criterion", "theirs"), [("percent", "DC"), ("number", "CN"), ("total", "Jackson")]
)
def test_critical_times(criterion, theirs):
    """Their criterion vanishes at our critical times."""
    shut = receptors.CH82().shut_times(ACh=100 * nM)
    excess = getattr(pdfs, f"expPDF_tcrit_{theirs}")
    tau, area = np.asarray(shut.tau), shut.area
    for k, t in enumerate(np.asarray(shut.critical_times(criterion)), 1):
        scale = abs(excess(1.1 * t, tau, area, k))
        assert abs(excess(t, tau, area, k)) < 1e-9 * scale
