"""One quantum against published numbers, closed forms, conservation and its own convergence."""

from itertools import pairwise

import numpy as np
import pytest
from brian2 import DimensionMismatchError, metre, ms, mV, nA, nmetre, second, umetre, us
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import j1, jn_zeros

from nmj_brian import junctions, receptors
from nmj_brian.cleft import Cleft, bound_ligands, ring_edges, zero_ACh
from nmj_brian.presets import quantum as presets
from nmj_brian.quantum import Quantum
from nmj_brian.reference import quantum as reference
from nmj_brian.units import degC, mM

NO_ACHE = {"AChE_density": 0 / umetre**2}


@pytest.mark.parametrize(
    ("celsius", "peak", "rise_us", "efold_ms", "current_nA"),
    [(22, 855, 63, 3.22, 3.95), (37, 808, 29, 0.83, 5.5)],
)
def test_human_miniature_current(human, celsius, peak, rise_us, efold_ms, current_nA):
    """Design, table of the human preset (receptor WT (b), -80 mV): the set was fitted to it.

    2 % for what was fitted, 4 % for rise (63 us is itself rounded and sampled); decay there is the
    e-fold time after the peak.
    """
    q = Quantum(human(celsius))
    assert q.peak == pytest.approx(peak, rel=0.01)
    assert q.rise_time / us == pytest.approx(rise_us, rel=0.04)
    assert q.efold_time / ms == pytest.approx(efold_ms, rel=0.02)
    assert -q.current().min() / nA == pytest.approx(current_nA, rel=0.01)


def test_shipped_human_miniature_current():
    """Mayo controls [recalled]: 3.95 +- 0.10 nA, decay 3.23 +- 0.06 ms at 22 degC and -80 mV.

    The junction as shipped, whose channels close as at -70 mV where they were recorded, so 6 %
    slower at -80 mV: 5 % for the decay by either measure, e-fold or exponential fit.
    """
    q = Quantum(junctions.human(temperature=22 * degC), v=-80 * mV)
    assert -q.current().min() / nA == pytest.approx(3.95, rel=0.025)
    assert q.efold_time / ms == pytest.approx(3.23, rel=0.05)
    assert q.decay_time / ms == pytest.approx(3.23, rel=0.055)


def test_receptor_loss_is_not_a_factor(human):
    """Design section 1: with 30 % of the receptors the miniature keeps 49 % (37 degC; +-1 %)."""
    whole, left = (Quantum(human(37).replace(receptor_fraction=f)) for f in (1.0, 0.3))
    assert left.peak / whole.peak == pytest.approx(0.49, abs=0.01)


def test_antagonist_removes_receptors(human):
    """Pre-bound receptors are out of reach: the same current as with fewer receptors."""
    held = Quantum(human().replace(antagonist_occupancy=0.4))
    lost = Quantum(human().replace(receptor_fraction=0.6))
    np.testing.assert_allclose(held.open_channels, lost.open_channels, rtol=1e-12)


@pytest.mark.parametrize("celsius", [22, 37])
def test_without_esterase_longer_and_larger(human, celsius):
    """Katz & Miledi 1973, Magleby & Terrar 1975, Hartzell 1975 [recalled band]: decay 2-4 times
    longer, amplitude 10-50 % larger. The disc's radius was fitted to be inside.
    """
    with_it = Quantum(human(celsius))
    without = Quantum(human(celsius).replace(**NO_ACHE), duration=60 * ms)
    assert 2.0 < without.decay_time / with_it.decay_time < 4.0
    assert 1.1 < without.peak / with_it.peak < 1.50


def test_rise_and_pore(human):
    """R23, Stiles et al. 1996: 20-80 % rise 80 us at 22 degC, SD 25-30; a pore growing at 0.275 nm/ms
    is clearly too slow.

    Tolerance +-20 us (the reference's). They found 25 nm/ms as good as instantaneous release; here
    it rises 1.5 times as long, so the two lie on either side of the measured 80 us.
    """
    rise = {}
    for speed in (0, 25, 0.275):
        rise[speed] = Quantum(human().replace(pore_expansion=speed * nmetre / ms)).rise_time / us
    assert rise[0] == pytest.approx(80, abs=20)
    assert rise[25] == pytest.approx(80, abs=20)
    assert 1.4 < rise[25] / rise[0] < 1.7
    assert rise[0.275] > 400


@pytest.mark.parametrize(
    "change",
    [{}, NO_ACHE, {"pore_expansion": 25 * nmetre / ms}, {"receptor_fraction": 0.05}],
)
def test_conserves_ACh_and_receptors(human, change):
    """Rosenbrock methods keep linear invariants: 1e-6 is required, rounding is reached."""
    q = Quantum(human().replace(**change))
    assert np.abs(q.conservation["error"]).max() < 1e-9
    total = sum(q.occupancy.values())
    np.testing.assert_allclose(total, total[0], rtol=1e-9)


def test_converges_in_space_and_time(human):
    """Error against 256 rings and tolerance 1e-7 falls with both; the default is within 0.1 %."""
    exact = Quantum(human(37), rings=256, tolerance=1e-7)

    def error(**numerics):
        q = Quantum(human(37), **numerics)
        return np.abs(q.open_channels - exact.open_channels).max() / exact.peak

    space = [error(rings=n, tolerance=1e-7) for n in (32, 64, 128)]
    assert all(b < 0.5 * a for a, b in pairwise(space))  # order over 1
    steps = [error(rings=256, tolerance=tolerance) for tolerance in (1e-2, 1e-4, 1e-6)]
    assert steps[0] > 3 * steps[1] > 9 * steps[2]
    assert error() < 1e-3


@pytest.mark.parametrize("radius_um", [0.16, 1.6])
def test_diffusion_out_of_a_disc(radius_um):
    """R24, Land et al. 1984: ACh released at the center leaves with r^2/(5.78 D): 11 us from
    0.16 um, 1.1 ms from 1.6 um. The whole course is a Bessel series (release fills a disc of
    25 nm); 0.3 % of what was released, for the finite rings.
    """
    radius, D = radius_um * 1e-6, 4e-10
    cleft = Cleft(50e-9, radius, D, 1.0, 0.0, 0.0, 1.0, 1000.0, rings=128, rtol=1e-6)
    tau = radius**2 / (5.783186 * D)
    assert tau == pytest.approx({0.16: 11e-6, 1.6: 1.1e-3}[radius_um], rel=0.02)
    t = np.linspace(0.0, 4.0 * tau, 60)
    left = cleft.solve(receptors.human_adult(), -0.08, t).free / 1000.0
    zeros = jn_zeros(0, 60)
    disc = zeros * 25e-9 / radius
    weight = 2 / (zeros * j1(zeros)) * 2 * j1(disc) / disc
    series = (weight * np.exp(-np.outer(t[5:], zeros**2) * D / radius**2)).sum(1)
    np.testing.assert_allclose(left[5:], series, atol=3e-3)
    assert -np.log(left[-1] / left[30]) / (t[-1] - t[30]) == pytest.approx(1.0 / tau, rel=2e-3)


def test_sealed_edge_keeps_everything(human):
    """With a sealed edge nothing escapes; the absorbing one hardly matters while AChE works."""
    open_edge = Cleft.of(human())
    t = np.geomspace(1e-6, 20e-3, 50)
    rates = human().receptor
    sealed = Cleft(**{**open_edge.__dict__, "absorbing": False}).solve(rates, -0.08, t)
    assert np.all(sealed.escaped == 0.0)
    absorbed = open_edge.solve(rates, -0.08, t)
    assert 0.0 < absorbed.escaped[-1] < 0.1 * 3730
    peaks = [(r.receptors @ rates.open).max() for r in (sealed, absorbed)]
    assert peaks[1] == pytest.approx(peaks[0], rel=3e-3)


def test_voltage_that_moves(human):
    """A table of one voltage is that voltage; hyperpolarization halfway prolongs the rest."""
    rec = receptors.human_adult("b", voltage_sensitivity=0.0058 / mV)
    steady = Quantum(human(37, rec), v=-80 * mV)
    table = Quantum(human(37, rec), v=([0, 1, 2] * ms, [-80, -80, -80] * mV))
    np.testing.assert_allclose(table.open_channels, steady.open_channels, atol=1e-3 * steady.peak)
    moved = Quantum(human(37, rec), v=([0, 0.2, 0.3] * ms, [-80, -80, -160] * mV))
    early = steady.t < 0.2 * ms
    np.testing.assert_allclose(
        moved.open_channels[early], steady.open_channels[early], atol=1e-3 * steady.peak
    )
    assert moved.efold_time > 1.3 * steady.efold_time


def test_steps_of_a_moving_voltage_converge(human):
    """Rates linear in time between many or few knots of the same straight ramp agree."""
    rec = receptors.human_adult("b", voltage_sensitivity=0.002 / mV)
    ends = Quantum(human(37, rec), v=(np.array([0, 5]) * ms, np.array([-80, -60]) * mV))
    t = np.linspace(0, 5, 41)
    many = Quantum(human(37, rec), v=(t * ms, (-80 + 4 * t) * mV))
    # exp(0.002*20) is straight within 2e-4
    np.testing.assert_allclose(many.open_channels, ends.open_channels, atol=1e-3 * ends.peak)


def test_what_users_look_at(human):
    """Units, signs and shapes of the public properties."""
    q = Quantum(human(37))
    assert q.t[0] == 0 * second
    assert q.free_ACh[0] == pytest.approx(3730)
    assert q.charge < 0  # inward
    assert np.all(q.current(20 * mV) / nA >= 0)
    assert set(q.occupancy) == set(q.receptor.states)
    near, far = q.ACh(0 * metre), q.ACh(0.5 * umetre)
    assert near[0] > 10 * mM  # a vesicle's ACh in a disc of 25 nm
    assert far.max() < 0.1 * near.max()
    assert q.ACh([0.1, 0.2, 0.3] * umetre).shape == (3, len(q.t))
    assert "open channels" in repr(q)
    volume_l = np.pi * np.diff(q._release.edges_m**2) * 50e-9 * 1e3
    profile = q._cleft.solve(q.receptor, -0.08, q._release.t_s, profile=True)
    np.testing.assert_allclose(profile.conc_M @ volume_l * 6.02214076e23, q.free_ACh, rtol=1e-9)


def test_same_question_is_answered_once(human):
    """The cache goes by value: an equal junction, made anew, costs nothing."""
    assert Quantum(human(30))._release is Quantum(human(30))._release
    assert Quantum(human(30))._release is not Quantum(human(31))._release


@pytest.mark.parametrize(
    ("name", "amplitude", "longer"),
    [("human", 1.50, 2.25), ("mouse", 1.65, 1.40), ("rat", 1.74, 1.33), ("frog", 1.41, 4.66)],
)
def test_ready_junctions_without_esterase(name, amplitude, longer):
    """As shipped, at their own temperature: the current grows and lasts longer without AChE.

    The band (2-4 times longer, 10-50 % larger) is recalled and mostly the frog's. Only the human cleft
    was fitted to it; where the others lie is stated in the README and pinned here to 1 %.
    """
    ready = getattr(junctions, name)()
    with_it, without = Quantum(ready), Quantum(ready.replace(**NO_ACHE), duration=80 * ms)
    assert without.peak / with_it.peak == pytest.approx(amplitude, rel=0.01)
    assert without.decay_time / with_it.decay_time == pytest.approx(longer, rel=0.01)
    guesses = {k for k, p in getattr(presets, name)().items() if p.confidence == "assumed"}
    assert ("ACh_per_vesicle" in guesses) == (name != "human")


@settings(derandomize=True, max_examples=6, deadline=None)
@given(seed=st.integers(0, 2**32 - 1))
def test_equals_its_slow_twin(seed):
    """Random cleft and random receptor: the kernel is SciPy's BDF on the written-out equations.

    Tolerance 2e-4 of the largest value, twenty times the kernel's error per step.
    """
    rng = np.random.default_rng(seed)
    rates = 10.0 ** rng.uniform(2, 5, (4, 4))
    Q0, Qb = np.zeros((4, 4)), np.zeros((4, 4))
    Qb[0, 1], Qb[1, 2] = 10.0 ** rng.uniform(7, 8.5, 2)
    for i, j in ((1, 0), (2, 1), (2, 3), (3, 2)):
        Q0[i, j] = rates[i, j]
    for Q in (Q0, Qb):
        Q[np.diag_indices(4)] = -Q.sum(1)

    class Scheme:
        rest = 0

        def matrices(self, v_volt):
            return Q0, Qb

        def key(self):
            return ("random", seed)

    cleft = Cleft(
        50e-9, 0.5e-6, 4e-10, rng.uniform(1e15, 1e16), rng.uniform(0, 3e15), 2e8, 1.5e4,
        rng.uniform(500, 8000), rings=12, rtol=1e-5,
    )  # fmt: skip
    t = np.array([1e-5, 1e-4, 1e-3, 5e-3])
    fast, slow = cleft.solve(Scheme(), -0.08, t), reference.solve(cleft, Q0, Qb, 0, t, 1e-7)
    for name in ("receptors", "free", "enzyme", "hydrolysed", "escaped"):
        a, b = getattr(fast, name), slow[name]
        np.testing.assert_allclose(a, b, atol=2e-4 * np.abs(b).max() + 1e-3, err_msg=name)


def test_ligands_come_from_the_scheme():
    """The number of ACh molecules of each state agrees with the parser's, for the whole catalog."""
    for name in ("CH82", "human_adult", "human_two_sites", "human_desensitizing", "Edelstein1996"):
        rec = getattr(receptors, name)()
        Q0, Qb = rec.matrices(-0.08)
        np.testing.assert_array_equal(bound_ligands(Q0, Qb, rec.rest), rec.bound)
        p = zero_ACh(Q0, rec.rest)
        assert np.abs(p @ Q0).max() < 1e-6 * np.abs(Q0).max()
    Q0 = np.array([[0, 1.0, 0], [1.0, 0, 1.0], [0, 1.0, 0]])
    Qb = np.array([[0, 1.0, 1.0], [0, 0, 1.0], [0, 0, 0]])
    with pytest.raises(ValueError, match="different numbers"):
        bound_ligands(Q0, Qb, 0)


def test_rings_fill_the_disc():
    """Edges ascend smoothly from 0 to the radius, and the release disc ends on one of them."""
    for rings in (8, 16, 64, 333):
        edge = ring_edges(1e-6, 25e-9, rings)
        width = np.diff(edge)
        assert len(edge) == rings + 1
        assert edge[0] == 0.0
        assert edge[-1] == 1e-6
        assert np.isclose(edge, 25e-9, rtol=1e-12).any()
        assert np.all(width > 0)


@pytest.mark.parametrize(
    ("keywords", "error", "match"),
    [
        ({"v": -80 * second}, DimensionMismatchError, "voltage"),
        ({"v": 3000 * mV}, ValueError, "500 mV"),
        ({"v": ([0, 0] * ms, [-80, -80] * mV)}, ValueError, "ascend"),
        ({"v": -80 * mV, "rings": 2}, ValueError, "rings"),
        ({"density": -1.0}, ValueError, "density"),
        ({"tolerance": 1.0}, ValueError, "tolerance"),
        ({"duration": 1 * mV}, DimensionMismatchError, "duration"),
        ({"duration": 1000 * second}, ValueError, "duration"),
    ],
)
def test_refuses_nonsense(human, keywords, error, match):
    """Each bad argument is named in one exception."""
    with pytest.raises(error, match=match):
        Quantum(human(), **keywords)


def test_says_when_the_current_outlasts_the_solution(human):
    """A decay that is not there is not invented."""
    short = Quantum(human(), duration=1 * ms)
    with pytest.raises(ValueError, match="duration"):
        _ = short.decay_time
    with pytest.raises(ValueError, match="radius"):
        short.ACh(5 * umetre)


def test_without_receptors_there_is_no_rise(human):
    """A junction that has lost all receptors has no current, and its rise is not a number."""
    q = Quantum(human().replace(receptor_fraction=0.0))
    assert q.peak == 0.0
    assert q.free_ACh[0] == pytest.approx(3730)
    for name in ("rise_time", "decay_time", "efold_time"):
        with pytest.raises(ValueError, match="receptors"):
            getattr(q, name)
