"""The text of a scheme: what is read, and that every mistake is pointed at."""

import numpy as np
import pytest
from brian2 import get_dimensions, molar, mV, second
from hypothesis import given, settings
from hypothesis import strategies as st

from nmj_brian.receptor import Receptor
from nmj_brian.scheme import Scheme, SchemeError
from nmj_brian.units import mM, pS

LINEAR = """
    R   + ACh <-> AR   : 2*k_on, k_off      # two equal sites

    AR  + ACh <-> A2R  : k_on, 2*k_off
    AR        <-> AR*  : beta1, alpha1
    A2R       <-> A2R* : beta2, alpha2
"""
RATES = {
    "k_on": 1e8 / molar / second,
    "k_off": 1e4 / second,
    "beta1": 60 / second,
    "alpha1": 2000 / second,
    "beta2": 5e4 / second,
    "alpha2": 1.6e3 / second,
}
CHANNEL = {"conductance": 60 * pS, "reversal": -3 * mV}


def make(text=LINEAR, **changes):
    rates = {**RATES, **changes}
    return Receptor(text, **CHANNEL, **{k: x for k, x in rates.items() if x is not None})


def test_states_steps_and_molecules_are_read_in_order():
    scheme = Scheme(LINEAR)
    assert scheme.states == ("R", "AR", "A2R", "AR*", "A2R*")
    assert scheme.open.tolist() == [False, False, False, True, True]
    assert scheme.bound.tolist() == [0, 1, 2, 1, 2]
    assert scheme.names == ("k_on", "k_off", "beta1", "alpha1", "beta2", "alpha2")
    assert not scheme.voltage_dependent
    first = scheme.steps[0]
    assert (first.source, first.target, first.binds, first.rate.text) == (0, 1, True, "2*k_on")


def test_agonist_may_stand_first_or_on_the_right():
    one = Scheme("R + ACh <-> AR* : 1/molar/second, 2/second")
    other = Scheme("AR* <-> ACh + R : 2/second, 1/molar/second")
    assert one.bound.tolist() == [0, 1]
    assert other.bound.tolist() == [1, 0]
    a = one.matrices({"v": 0.0})
    b = other.matrices({"v": 0.0})
    for x, y in zip(a, b, strict=True):
        np.testing.assert_array_equal(x, y[::-1, ::-1])
    assert a[1][0, 1] == 1.0  # per molar, although SI counts in mol/m^3


def test_one_way_step():
    scheme = Scheme(
        """
        R + ACh <-> A* : 1/molar/second, 2/second
        A* -> B : 3/second
        B -> R + ACh : 4/second
        """
    )
    Q0, Qb = scheme.matrices({"v": 0.0})
    np.testing.assert_array_equal(Q0, [[0, 0, 0], [2, -5, 3], [4, 0, -4]])
    np.testing.assert_array_equal(Qb, [[-1, 1, 0], [0, 0, 0], [0, 0, 0]])
    assert scheme.bound.tolist() == [0, 1, 1]


@pytest.mark.parametrize(
    ("rate", "value"),
    [
        ("2*3/second", 6.0),
        ("-(-4)/second", 4.0),
        ("2**3/second", 8.0),
        ("1/(2*ms)", 500.0),
        ("exp(v/(40*mV))/second", np.exp(-2)),
        ("sqrt(16/second**2)", 4.0),
        ("log10(100)*1e-1*log(exp(1))/ms", 200.0),
        ("tanh(0)/second + expm1(0)/second + 7/second", 7.0),
        ("K/(1*mM)/second", 3.0),
    ],
)
def test_rates_are_arithmetic_with_units(rate, value):
    scheme = Scheme(f"R + ACh <-> A* : 1/molar/second, {rate}")
    scheme.check_names({"K": get_dimensions(mM)} if "K" in rate else {})
    Q0, _ = scheme.matrices({"v": -0.08, "K": 3.0})
    assert Q0[1, 0] == pytest.approx(value, rel=1e-14)


BROKEN = [
    ("", "empty", None),
    ("R + ACh <-> AR : k, k\nAR", "no ':'", (2, 1)),
    ("R + ACh <-> AR : k, j : l", "arithmetic", (1, 23)),
    ("R + ACh  AR : k, k", "no '<->'", (1, 1)),
    ("R + ACh <=> AR : k, k", "not an arrow", (1, 9)),
    ("R + ACh <- AR : k, k", "not an arrow", (1, 9)),
    ("R + ACh <-> AR <-> A2R : k, k", "second arrow", (1, 16)),
    ("R + ACh <-> AR : k", "two rates", (1, 18)),
    ("R + ACh -> AR : k, k", "one rate", (1, 17)),
    ("R + ACh <-> AR : k, k, k", "two rates", (1, 18)),
    ("R + ACh <-> AR : k,", "missing", (1, 20)),
    ("R + ACh <-> AR : k), (k", "closes nothing", (1, 19)),
    ("R + ACh <-> AR : (k, k", "two rates", (1, 18)),
    ("R + ACh <-> : k, k", "state is missing", (1, 13)),
    ("R + ACh <-> 2R : k, k", "not a name", (1, 13)),
    ("R + ACh <-> A*R : k, k", "end of its name", (1, 13)),
    ("R + ACh <-> AR** : k, k", "end of its name", (1, 13)),
    ("R + ACH <-> AR* : k, k", "unknown agonist 'ACH'; did you mean ACh", (1, 5)),
    ("R + ACh <-> AR* : k, k\nR + CCh <-> CR : k, k", "a scheme has one", (2, 5)),
    ("R + ACh + ACh <-> A2R* : k, k", "one molecule at a time", (1, 1)),
    ("R + ACh <-> AR* + ACh : k, k", "both sides", (1, 1)),
    ("R + ACh <-> ACh : k, k", "is the agonist", (1, 13)),
    ("R + ACh <-> R : k, k", "goes to itself", (1, 1)),
    ("R + ACh <-> AR* : k, k\nAR* <-> R : k, k", "already joined on line 1", (2, 1)),
    ("R + ACh <-> AR* : k, k\nX <-> Y : k, k", "falls apart: X, Y", (2, 1)),
    ("R + ACh <-> AR : k, k", "no conducting state", None),
    ("R <-> R* : k, k", "nothing binds ACh", None),
    ("R + ACh <-> A : k, k\nA <-> B* : k, k\nB* <-> R : k, k", "makes or loses ACh", (3, 1)),
    ("R + ACh <-> AR* : k @ k, k", "only", (1, 19)),
    ("R + ACh <-> AR* : k, k k", "arithmetic", (1, 24)),
    ("R + ACh <-> AR* : k, __import__('os')", "unknown function", (1, 22)),
    ("R + ACh <-> AR* : k, k.real", "only", (1, 22)),
    ("R + ACh <-> AR* : k, ek(3)", "unknown function 'ek'", (1, 22)),
    ("R + ACh <-> AR* : k, exp(k, k)", "only", (1, 22)),
    ("R + ACh <-> AR* : k, exp", "only", (1, 22)),
    ("R + ACh <-> AR* : k, 'a'", "only", (1, 22)),
    ("R + ACh <-> AR* : k, 1j", "only", (1, 22)),
    ("R + ACh <-> AR* : k, True", "only", (1, 22)),
    ("R + ACh <-> AR* : k, 1e999/second", "too large", (1, 22)),
    ("R + ACh <-> AR* : k, " + "9" * 401, "longer than", (1, 22)),
    ("R + ACh <-> AR* : k, " + "(" * 150 + "1" + ")" * 150 + "\0", "arithmetic", None),
]


@pytest.mark.parametrize(("text", "message", "place"), BROKEN)
def test_broken_text_is_pointed_at(text, message, place):
    with pytest.raises(SchemeError, match=message.replace("*", r"\*")) as caught:
        Scheme(text)
    if place is not None:
        assert (caught.value.line, caught.value.column) == place
        line = text.splitlines()[place[0] - 1]
        shown = str(caught.value).splitlines()
        assert shown[-2] == line
        assert shown[-1].index("^") == place[1] - 1


@pytest.mark.parametrize(
    ("changes", "message", "place"),
    [
        ({"k_off": None, "k_of": 1 / second}, "unknown name 'k_off'; did you mean k_of", (2, 34)),
        ({"alpha2": None}, "unknown name 'alpha2'", (6, 33)),
        ({"alpha3": 1 / second}, "unused rate 'alpha3'.*did you mean alpha2", None),
        (
            {"k_on": 1 / second},
            r"binding step must be in 1/\(molar second\), got 1/second",
            (2, 26),
        ),
        ({"k_off": 1 / molar / second}, r"must be in 1/second, got 1/\(molar second\)", (2, 34)),
        ({"beta1": 3}, "must be in 1/second, got 1", (5, 26)),
        ({"beta1": -3 / second}, "'beta1' must lie between 0", None),
        ({"beta1": np.nan / second}, "finite", None),
        ({"beta1": np.inf / second}, "finite", None),
        ({"beta1": 1e12 / second}, "must lie between", None),
        ({"beta1": "fast"}, "must be a quantity", None),
        ({"beta1": [1, 2] / second}, "single number", None),
        ({"ms": 1 / second}, "rename it", None),
        ({"v": 1 * mV}, "rename it", None),
    ],
)
def test_wrong_constants_are_named(changes, message, place):
    with pytest.raises(SchemeError, match=message) as caught:
        make(**changes)
    if place:
        assert (caught.value.line, caught.value.column) == place


@pytest.mark.parametrize(
    ("rate", "message"),
    [
        ("alpha1 - 3*alpha1", "negative"),
        ("alpha1*exp(v/(1*mV)*-20)", "not a finite number at v = -80 mV"),
        ("alpha1/0", "not a finite"),
        ("alpha1*log(-1)", "not a finite"),
        ("alpha1*(-1)**0.5", "not a finite"),
        ("alpha1*1e300", "not physical"),
        ("alpha1*1e-300", "not physical"),
        ("alpha1 + v", "cannot add 1/second and volt"),
        ("alpha1*exp(v)", "exp needs a pure number, got volt"),
        ("alpha1**v", "exponent must be a pure number"),
        ("alpha1**(alpha1/alpha1)", "plain exponent"),
        ("alpha1**(1/0)", "exponent is not a number"),
    ],
)
def test_rates_that_cannot_be_are_pointed_at(rate, message):
    with pytest.raises(SchemeError, match=message) as caught:
        make(LINEAR.replace("alpha1", rate))
    assert caught.value.line == 5


def test_a_rate_that_turns_negative_with_voltage_says_where():
    receptor = make(LINEAR.replace("alpha1", "alpha1*(0 - v/(100*mV))"))
    with pytest.raises(SchemeError, match="negative at v = 50 mV"):
        receptor.Q(ACh=1 * mM, v=50 * mV)


TOKENS = """
    R AR AR* A2R* ACh CCh + <-> -> : , k_on k_off v 2*k_on 1/second 1/molar/second exp( ( ) / ** - #
    mV lambda ß é 9 \\ . ; = [ if 1e400
"""
words = st.sampled_from([*TOKENS.split(), "\n", "\t", "\x00", "\ud800"])
near_text = st.lists(words, max_size=30).map(" ".join)


@st.composite
def sound_lines(draw):
    """Lines that are right by themselves; together they may join, loop, fall apart or leak ACh."""
    names = st.sampled_from(["R", "AR", "A2R*", "D"])
    lines = []
    for _ in range(draw(st.integers(1, 5))):
        left, right, binds, both = (
            draw(names),
            draw(names),
            draw(st.booleans()),
            draw(st.booleans()),
        )
        rates = ["3e7/molar/second" if binds else "5/second", "0/second"]
        ligand = " + ACh" if binds else ""
        arrow = "<->" if both else "->"
        lines.append(f"{left}{ligand} {arrow} {right} : {', '.join(rates[: 1 + both])}")
    return "\n".join(lines)


def operations(x):
    pair = st.tuples(x, st.sampled_from("+-*/^"), x)
    call = st.tuples(st.sampled_from(["exp", "log", "sqrt", "tanh", "-"]), x)
    return pair.map("({0[0]} {0[1]} {0[2]})".format) | call.map("{0[0]}({0[1]})".format)


leaves = st.sampled_from(["2", "0", "1e3", "0.5", "k_off/k_on/molar", "v/(1*mV)", "k_off/k_off"])
numbers = st.recursive(leaves, operations, max_leaves=8).map(lambda x: x.replace("^", "**"))


@settings(derandomize=True, deadline=None, max_examples=1500)
@given(st.one_of(sound_lines(), near_text, st.text(max_size=80)))
def test_any_text_gives_a_scheme_or_the_one_exception(text):
    error = None
    try:
        scheme = Scheme(text)
    except SchemeError as caught:
        error = caught
    if error is None:
        assert scheme.steps
        assert scheme.open.any()
        return
    assert str(error)
    if error.place is not None:
        assert text.splitlines()[error.line - 1] == error.place.text
        assert 1 <= error.column <= len(error.place.text) + 1


@settings(derandomize=True, deadline=None, max_examples=800)
@given(st.one_of(numbers.map("k_off*({})".format), near_text, st.text(max_size=40)))
def test_any_rate_gives_a_receptor_or_the_one_exception(rate):
    text = f"R + ACh <-> AR : k_on, k_off\nAR <-> AR* : {rate}, k_off"
    try:
        receptor = Receptor(text, k_on=RATES["k_on"], k_off=RATES["k_off"], **CHANNEL)
    except SchemeError:
        return
    Q = receptor.Q(ACh=1 * mM)
    assert np.all(np.isfinite(Q))
    assert np.abs(Q.sum(axis=1)).max() <= 1e-12 * np.abs(Q).max()
    assert receptor.equilibrium(ACh=1 * mM).sum() == pytest.approx(1, rel=1e-12)


@settings(derandomize=True, deadline=None, max_examples=800)
@given(sound_lines())
def test_any_receptor_that_is_made_can_be_used(text):
    """Each is refused, or has an equilibrium, or says that it has none."""
    try:
        receptor = Receptor(text, **CHANNEL)
    except SchemeError:
        return
    assert str(receptor.check())
    assert receptor.bound[receptor.rest] == 0
    try:
        p = receptor.equilibrium(ACh=[0, 1] * mM)
    except ValueError as error:
        assert "No single equilibrium" in str(error)  # noqa: PT017
    else:
        np.testing.assert_allclose(p.sum(axis=-1), 1, rtol=1e-12)


@pytest.mark.parametrize("text", [None, 3, b"R", ["R"]])
def test_what_is_not_text_is_refused(text):
    with pytest.raises(SchemeError, match="written as text"):
        Scheme(text)
