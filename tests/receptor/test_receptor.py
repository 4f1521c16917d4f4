"""The `Receptor` object: script C, closed forms, invariants, temperature, bad input."""

import copy
import pickle

import numpy as np
import pytest
from brian2 import DimensionMismatchError, logspace, molar, ms, mV, pamp, second, usecond
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.linalg import expm

from nmj_brian import receptors
from nmj_brian.parameters import Parameter
from nmj_brian.receptor import Receptor
from nmj_brian.scheme import SchemeError
from nmj_brian.units import degC, mM, nM, pS, uM

from .conftest import balanced_receptor, seeds
from .test_scheme import CHANNEL, LINEAR, RATES


@pytest.fixture
def linear():
    return Receptor(LINEAR, **CHANNEL, **RATES)


def test_script_c_runs_as_it_stands(linear):
    Q = linear.Q(ACh=1 * uM, v=-80 * mV)
    assert Q.shape == (5, 5)
    np.testing.assert_allclose(Q.sum(axis=1), 0, atol=1e-10)
    assert Q[0, 1] == pytest.approx(200)  # 2 * 1e8 / (M s) * 1 uM
    assert Q[2, 1] == 2e4
    assert linear.check().ok
    assert linear.equilibrium(ACh=1 * uM).sum() == pytest.approx(1, rel=1e-14)
    curve = linear.open_probability(ACh=logspace(-7, -3) * molar)
    assert curve.shape == (50,)
    assert np.all(np.diff(curve) > 0)
    assert linear.open_probability(ACh=linear.ec50()) == pytest.approx(
        linear.open_probability(ACh=1e6 * molar) / 2, rel=1e-6
    )
    jump = linear.jump(ACh=1 * mM, duration=0.2 * ms, total=20 * ms)
    assert jump.occupancy["A2R*"].shape == jump.open.shape == jump.t.shape
    assert set(jump.occupancy) == set(linear.states)


def test_two_state_receptor_in_closed_form(two_state):
    """Occupancy c/(c+K), EC50 = K, Hill slope 1, relaxation at k_on c + k_off."""
    K = 10 * uM
    assert two_state.ec50() / uM == pytest.approx(10, rel=1e-9)
    assert two_state.hill() == pytest.approx(1, abs=1e-6)
    c = np.array([0.1, 1, 10, 100]) * uM
    np.testing.assert_allclose(two_state.open_probability(ACh=c), c / (c + K), rtol=1e-14)
    jump = two_state.jump(ACh=1 * mM, duration=5 * usecond, total=3 * ms, dt=1 * usecond)
    t = np.asarray(jump.t / second)
    end = 100 / 101 * (1 - np.exp(-101e3 * 5e-6))
    expected = np.where(
        t <= 5e-6, 100 / 101 * (1 - np.exp(-101e3 * t)), end * np.exp(-1e3 * (t - 5e-6))
    )
    np.testing.assert_allclose(jump.open, expected, atol=1e-12)
    assert jump.decay_time / ms == pytest.approx(1.0, rel=1e-9)
    assert jump.peak == pytest.approx(end, rel=1e-12)


def test_contract_with_the_kernels(linear):
    """Names that the quantum and end-plate stages rely on."""
    Q0, Qb = linear.matrices(-0.08)
    np.testing.assert_allclose(Q0 + 1e-6 * Qb, linear.Q(ACh=1 * uM), rtol=1e-15)
    assert linear.states[linear.rest] == "R"
    assert linear.open.tolist() == [False, False, False, True, True]
    assert not linear.desensitized.any()
    assert linear.bound.tolist() == [0, 1, 2, 1, 2]
    assert linear.conductance == 60 * pS
    assert linear.reversal == -3 * mV
    assert hash(linear.key()) == hash(Receptor(LINEAR, **CHANNEL, **RATES).key())
    assert linear.key() != linear.replace(beta2=4e4 / second).key()


@settings(derandomize=True, deadline=None, max_examples=30)
@given(seeds, st.integers(2, 3), st.integers(1, 3))
def test_schemes_made_from_energies_are_reversible(seed, conformations, sites):
    """Microscopic reversibility to 1e-9, and every pairwise flux balanced at equilibrium."""
    receptor = balanced_receptor(np.random.default_rng(seed), conformations, sites)
    report = receptor.check(tolerance=1e-9)
    assert report.ok
    assert len(report.cycles) == (conformations - 1) * sites
    Q = receptor.Q(ACh=10 * uM)
    p = receptor.equilibrium(ACh=10 * uM)
    flux = p[:, None] * Q
    np.testing.assert_allclose(flux, flux.T, rtol=1e-9)
    broken = receptor.replace(f0=receptor.rate("f0") * 1.02)
    if any({"S0x0", "S0x1"} <= {s.rstrip("*") for s in c.states} for c in report.cycles):
        assert not broken.check(tolerance=0.01).reversible
        assert broken.check(tolerance=0.03).reversible


@settings(derandomize=True, deadline=None, max_examples=30)
@given(seeds, st.integers(2, 3), st.integers(1, 3), st.floats(-9, -3))
def test_jump_is_expm_and_keeps_the_receptors(seed, conformations, sites, log_c):
    """Occupancies along a pulse against scipy's expm (1e-9), and their sum (1e-12)."""
    receptor = balanced_receptor(np.random.default_rng(seed), conformations, sites)
    c = 10**log_c * molar
    jump = receptor.jump(ACh=c, duration=0.33 * ms, total=2 * ms, dt=0.1 * ms)
    on, off = receptor.Q(ACh=c), receptor.Q(ACh=0 * molar)
    p0 = receptor.equilibrium(ACh=0 * molar)
    for t, p in zip(np.asarray(jump.t / second), jump.occupancies, strict=True):
        exact = p0 @ expm(on * min(t, 0.33e-3)) @ expm(off * max(0.0, t - 0.33e-3))
        assert np.abs(p - exact).max() < 1e-9
    assert np.abs(jump.occupancies.sum(axis=1) - 1).max() < 1e-12
    assert jump.occupancies.min() >= 0


def test_jump_does_not_depend_on_its_grid(linear):
    pulse = {"ACh": 1 * mM, "duration": 0.21 * ms}
    fine = linear.jump(**pulse, total=5 * ms, dt=1 * usecond)
    coarse = linear.jump(**pulse, total=5 * ms, dt=0.5 * ms)
    uneven = linear.jump(**pulse, times=np.array([0.1, 0.2, 0.25, 1.0, 5.0]) * ms)
    np.testing.assert_allclose(coarse.occupancies, fine.occupancies[::500], rtol=1e-10, atol=1e-15)
    np.testing.assert_allclose(
        uneven.occupancies, fine.occupancies[[100, 200, 250, 1000, 5000]], rtol=1e-10, atol=1e-15
    )


def test_jumps_follow_one_another(linear):
    whole = linear.jump(ACh=1 * mM, duration=0.2 * ms, total=3 * ms, dt=0.5 * ms)
    half = linear.jump(ACh=1 * mM, duration=0.2 * ms, total=1 * ms, dt=0.5 * ms)
    rest = linear.jump(
        ACh=0 * mM, duration=0 * ms, total=2 * ms, dt=0.5 * ms, start=half.occupancies[-1]
    )
    np.testing.assert_allclose(rest.occupancies, whole.occupancies[2:], rtol=1e-12, atol=1e-15)


def test_a_record_that_is_too_short_has_no_decay_time(linear):
    with pytest.raises(ValueError, match="longer total"):
        _ = linear.jump(ACh=1 * mM, total=0.5 * ms).decay_time


def test_report_shows_a_broken_loop_dead_ends_and_one_way_steps():
    receptor = Receptor(
        """
        R  + ACh <-> AR  : k, l
        AR       <-> AR* : l, l
        R        <-> R*  : l, l
        R* + ACh <-> AR* : 2*k, l
        AR*       -> D   : l
        """,
        **CHANNEL,
        k=1e8 / molar / second,
        l=100 / second,
    )
    report = receptor.check()
    (cycle,) = report.cycles
    assert cycle.states == ("R", "AR", "AR*", "R*")
    assert cycle.forward / cycle.backward == cycle.ratio == pytest.approx(0.5)
    assert not report.reversible
    assert not report.ok
    assert report.one_way == ("AR* -> D",)
    assert report.trapping == ("D",)
    text = str(report)
    for word in ("NOT REVERSIBLE", "0.5000", "BROKEN", "AR* -> D", "stiffness", "1/(M s)"):
        assert word in text
    unreachable = receptor.replace(l=0 / second).check()
    assert set(unreachable.unreachable) == {"R*", "AR*", "D"}
    assert np.isinf(unreachable.stiffness)


def test_a_loop_balanced_at_one_potential_only_is_caught():
    receptor = Receptor(
        """
        R  + ACh <-> AR  : k, l
        AR       <-> AR* : l, l*exp((v + 80*mV)/(20*mV))
        R        <-> R*  : l, l
        R* + ACh <-> AR* : k, l
        """,
        **CHANNEL,
        k=1e8 / molar / second,
        l=100 / second,
    )
    report = receptor.check(v=-80 * mV)
    assert report.cycles[0].ratio == pytest.approx(1)
    assert not report.reversible


def test_stiffness_is_the_ratio_of_relaxation_rates(two_state):
    report = two_state.check()
    assert report.fastest == pytest.approx(101e3)
    assert report.stiffness == pytest.approx(1)


# -- temperature, copies --------------------------------------------------------------------------


def test_rates_move_with_their_q10():
    receptor = Receptor(
        LINEAR,
        **CHANNEL,
        **RATES,
        temperature=22 * degC,
        q10={"binding": 1.4, "gating": 2.5, "alpha2": 3.0, "conductance": 1.3},
    )
    warm = receptor.at(32 * degC)
    ratio = {name: warm.rate(name) / receptor.rate(name) for name in receptor.parameters}
    expected = {"k_on": 1.4, "alpha2": 3.0, "conductance": 1.3, "reversal": 1.0}
    for name, value in ratio.items():
        assert float(value) == pytest.approx(expected.get(name, 2.5), rel=1e-12)
    assert warm.conductance / pS == pytest.approx(78)
    assert warm.at(22 * degC) == receptor
    assert warm.replace(alpha2=1 / second).rate("alpha2") == 1 / second
    assert float(warm.replace(alpha2=1 / second).at(22 * degC).rate("alpha2")) == pytest.approx(
        1 / 3
    )
    assert warm.replace(temperature=22 * degC) == receptor


def test_temperature_without_q10_is_refused_not_ignored(linear):
    assert linear.at(37 * degC) is linear  # no temperature of its own
    cold = Receptor(LINEAR, **CHANNEL, **RATES, temperature=11 * degC)
    assert cold.at(11 * degC) is cold
    with pytest.raises(ValueError, match="no Q10"):
        cold.at(37 * degC)
    same = Receptor(LINEAR, **CHANNEL, **RATES, temperature=11 * degC, q10=1)
    assert same.at(37 * degC).rate("beta2") == RATES["beta2"]
    with pytest.raises(ValueError, match="needs the temperature"):
        Receptor(LINEAR, **CHANNEL, **RATES, q10=2.5)
    numbers = Receptor(
        "R + ACh <-> R* : k, 3/second",
        **CHANNEL, k=RATES["k_on"], temperature=22 * degC, q10=2,
    )  # fmt: skip
    with pytest.raises(SchemeError, match="give it a name"):
        numbers.at(37 * degC)
    for bad in (37, 37 * second):
        with pytest.raises(DimensionMismatchError):
            cold.at(bad)
    with pytest.raises(ValueError, match="finite"):
        cold.at(-1000 * degC)


def test_a_receptor_is_never_changed(linear):
    with pytest.raises(AttributeError, match="replace"):
        linear.name = "x"
    with pytest.raises(AttributeError):
        del linear.name
    for array in (linear.open, linear.desensitized, linear.bound):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 1
    with pytest.raises(TypeError):
        linear.parameters["beta2"] = 3
    other = linear.replace(beta2=4e4 / second, conductance=40 * pS)
    assert linear.rate("beta2") == RATES["beta2"]
    assert other.conductance == 40 * pS
    assert other.parameters["beta2"].source == "user"
    for twin in (copy.deepcopy(linear), pickle.loads(pickle.dumps(linear))):
        assert twin == linear
        assert hash(twin) == hash(linear)


def test_constants_carry_their_facts():
    beta2 = Parameter(
        5e4 / second, 1 / second, 1e3 / second, 1e6 / second,
        source="ChakrapaniAuerbach2005", confidence="measured", meaning="opening",
    )  # fmt: skip
    receptor = Receptor(
        LINEAR, **CHANNEL, **{**RATES, "beta2": beta2}, source="computed", confidence="fitted"
    )
    assert receptor.parameters["beta2"] is beta2
    assert receptor.parameters["k_on"].confidence == "fitted"
    assert receptor.sources() == ["computed", "ChakrapaniAuerbach2005"]
    row = next(line for line in str(receptor).splitlines() if line.startswith("beta2"))
    assert row.split() == ["beta2", "50000", "1/second", "ChakrapaniAuerbach2005", "measured"]
    with pytest.raises(ValueError, match="between"):
        receptor.replace(beta2=10 / second)


def test_another_agonist_and_other_desensitized_states():
    text = LINEAR.replace("ACh", "CCh") + "A2R* <-> S : alpha1, alpha2"
    receptor = Receptor(text, **CHANNEL, **RATES, agonist="CCh", desensitized=["S"])
    assert receptor.Q(CCh=1 * uM)[0, 1] == pytest.approx(200)
    assert receptor.desensitized.tolist() == [False] * 5 + [True]
    with pytest.raises(TypeError, match="one concentration"):
        receptor.Q(CCh=1 * uM, ACh=1 * uM)
    for wrong, message in ((["X"], "no state"), (["A2R*"], "conducting")):
        with pytest.raises(SchemeError, match=message):
            Receptor(text, **CHANNEL, **RATES, agonist="CCh", desensitized=wrong)


# -- bad input ------------------------------------------------------------------------------------

GOOD = {"ACh": 1 * uM}
CALLS = ("Q", "equilibrium", "open_probability", "jump")


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({}, TypeError, "ACh=1"),
        ({"ach": 1 * uM}, TypeError, "one concentration"),
        ({"ACh": -1 * uM}, ValueError, "not negative"),
        ({"ACh": np.nan * uM}, ValueError, "finite"),
        ({"ACh": np.inf * uM}, ValueError, "finite"),
        ({"ACh": 1.0}, DimensionMismatchError, "is a concentration"),
        ({"ACh": 1 * mV}, DimensionMismatchError, "is a concentration"),
        ({"ACh": "1 uM"}, (TypeError, DimensionMismatchError), "concentration"),
        ({**GOOD, "v": -80}, DimensionMismatchError, "is a potential"),
        ({**GOOD, "v": 3 * pamp}, DimensionMismatchError, "is a potential"),
        ({**GOOD, "v": np.nan * mV}, ValueError, "finite"),
        ({**GOOD, "v": [1, 2] * mV}, ValueError, "one finite"),
    ],
)
def test_bad_conditions_give_one_clear_error(linear, call, arguments, error, message):
    with pytest.raises(error, match=message):
        getattr(linear, call)(**arguments)
    assert linear.open_probability(ACh=1 * uM) > 0  # still usable


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        ({"duration": -1 * ms}, ValueError),
        ({"duration": 1 * mV}, DimensionMismatchError),
        ({"total": np.nan * ms}, ValueError),
        ({"total": 0 * ms}, ValueError),
        ({"dt": 0 * ms}, ValueError),
        ({"dt": 1e-9 * usecond}, ValueError),
        ({"times": [2, 1] * ms}, ValueError),
        ({"times": [-1, 1] * ms}, ValueError),
        ({"times": [] * ms}, ValueError),
        ({"start": [1, 0]}, ValueError),
        ({"start": [0.5, 0, 0, 0, 0]}, ValueError),
        ({"start": [2, -1, 0, 0, 0]}, ValueError),
        ({"start": [np.nan, 0, 0, 0, 0]}, ValueError),
        ({"ACh": [1, 2] * uM}, ValueError),
    ],
)
def test_bad_jumps_are_refused(linear, arguments, error):
    with pytest.raises(error):
        linear.jump(**{"ACh": 1 * uM, **arguments})


def test_other_bad_input(linear):
    with pytest.raises(ValueError, match="tolerance"):
        linear.check(tolerance=-1)
    with pytest.raises(KeyError, match="no constant 'beta3'"):
        linear.replace(beta3=1 / second)
    with pytest.raises(DimensionMismatchError):
        linear.replace(beta2=1)
    with pytest.raises(ValueError, match="negative|between 0"):
        linear.replace(beta2=-1 / second)
    for channel in ({"conductance": 60}, {"reversal": -3}):
        with pytest.raises(DimensionMismatchError):
            Receptor(LINEAR, **{**CHANNEL, **channel}, **RATES)
    with pytest.raises(SchemeError, match="between"):
        Receptor(LINEAR, **{**CHANNEL, "conductance": -60 * pS}, **RATES)
    for q10 in (-1, np.nan, "2", {"binding": 0}, {"beta9": 2}):
        with pytest.raises(ValueError, match=r"[qQ]10"):
            Receptor(LINEAR, **CHANNEL, **RATES, temperature=22 * degC, q10=q10)
    silent = linear.replace(beta1=0 / second, beta2=0 / second)
    with pytest.raises(ValueError, match="no EC50"):
        silent.ec50()


def test_agonist_at_zero_needs_no_unit(linear):
    """A bare zero has any unit, as everywhere in Brian."""
    np.testing.assert_array_equal(linear.equilibrium(ACh=0), linear.equilibrium(ACh=0 * nM))


def test_catalogue_rest_state_is_where_receptors_rest():
    for name in receptors.list():
        receptor = getattr(receptors, name)()
        p = receptor.equilibrium(ACh=0 * uM)
        assert np.argmax(p) == receptor.rest
        assert receptor.bound[receptor.rest] == 0
