"""Whatever is wrong with a number of a condition is said at once: every condition, every argument."""

from __future__ import annotations

from inspect import signature

import numpy as np
import pytest
from brian2 import DimensionMismatchError, molar, mV, second

import nmj_brian as nmj
from nmj_brian.units import day, hour, uM, year

HUMAN, FIBER, NERVE = nmj.junctions.human(), nmj.fibers.human(), nmj.nerves.frog()
ARGUMENTS = {name: list(signature(getattr(nmj, name)).parameters) for name in nmj.conditions.list()}

#: Arguments that are a share of something, 0 to 1.
SHARES = [
    (name, argument)
    for name, arguments in ARGUMENTS.items()
    for argument in arguments
    if "loss" in argument
    or argument
    in ("inhibition", "bound", "blocked", "synthesis", "store", "size", "transport", "atrophy")
    or argument == "quantal_size"
]
DOSED = [name for name, arguments in ARGUMENTS.items() if arguments[0] == "concentration"]
#: Affinities of drugs, which are above zero.
AFFINITIES = [
    (name, argument)
    for name, arguments in ARGUMENTS.items()
    for argument in arguments
    if argument in ("Kd", "IC50")
]


def test_lists_are_complete():
    """Each argument of each condition is tested here, or by name in the tests of its drug or disease."""
    others = {
        "ageing": {"age"},
        "botulism": {"time", "serotype", "entry", "persistence"},
        "denervation": {"time", "failure"},
        "fast_channel": {"mutation"},
        "slow_channel": {"mutation"},
        "lasting_acetylcholine": {"desensitizing"},
        "mu_conotoxin": {"species"},
        "myasthenia_gravis": {"release_gain"},
        "organophosphate": {"time", "kind", "oxime"},
        "succinylcholine": {"exposure", "exposed_to", "since"},
    }
    blocker = {"where", "fade", "dissociates"}
    known = {(name, "concentration") for name in DOSED} | {*SHARES, *AFFINITIES}
    for name, arguments in ARGUMENTS.items():
        more = blocker if "dissociates" in arguments else others.get(name, set())
        assert {(name, a) for a in arguments} - known == {(name, a) for a in more}, name


@pytest.mark.parametrize(("name", "argument"), SHARES)
@pytest.mark.parametrize("value", [-0.01, 1.01, np.nan, np.inf])
def test_severity_outside_of_its_range(name, argument, value):
    with pytest.raises(ValueError, match=r"must lie between|finite number|no transmitter"):
        getattr(nmj, name)(**{argument: value})


@pytest.mark.parametrize(("name", "argument"), SHARES)
@pytest.mark.parametrize("value", ["much", True, 0.5 * mV, np.array([0.1, 0.2])])
def test_severity_that_is_no_number(name, argument, value):
    with pytest.raises((TypeError, ValueError, DimensionMismatchError)):
        getattr(nmj, name)(**{argument: value})


@pytest.mark.parametrize("name", DOSED)
@pytest.mark.parametrize(
    ("dose", "error"),
    [
        (-1 * uM, ValueError),
        (np.nan * uM, ValueError),
        (np.inf * uM, ValueError),
        ([1, 2] * uM, ValueError),
        (2 * molar, ValueError),
        (1 * mV, DimensionMismatchError),
        (1.0, DimensionMismatchError),
        ("much", TypeError),
        (None, TypeError),
        (True, (TypeError, DimensionMismatchError)),
    ],
)
def test_dose(name, dose, error):
    """Negative, not finite, several, more than any solution, another unit, none."""
    with pytest.raises(error):
        getattr(nmj, name)(dose)


@pytest.mark.parametrize(("name", "argument"), AFFINITIES)
def test_affinity(name, argument):
    for value, error in (
        (0 * uM, ValueError),
        (-1 * uM, ValueError),
        (1.0, DimensionMismatchError),
    ):
        with pytest.raises(error):
            getattr(nmj, name)(1 * uM, **{argument: value})


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: nmj.botulism(-1 * hour), ValueError, "0 or more|between"),
        (lambda: nmj.botulism(1.0), DimensionMismatchError, "time"),
        (lambda: nmj.botulism(entry=-1 / second), ValueError, "between|above"),
        (lambda: nmj.botulism(persistence=0 * day), ValueError, "between"),
        (lambda: nmj.ageing(10 * year), ValueError, "age"),
        (lambda: nmj.ageing(80), DimensionMismatchError, "age"),
        (lambda: nmj.denervation(-1 * day), ValueError, "nerve was cut"),
        (lambda: nmj.denervation(14), DimensionMismatchError, "nerve was cut"),
        (lambda: nmj.denervation(failure=0 * day), ValueError, "cease to release"),
        (lambda: nmj.organophosphate(0.5, -1 * hour), ValueError, "time since exposure ended"),
        (lambda: nmj.organophosphate(0.5, oxime=-1 / hour), ValueError, "reactivation by an oxime"),
        (lambda: nmj.mu_conotoxin(1 * uM, species="cat"), ValueError, "species"),
        (lambda: nmj.fast_channel("aL273F"), ValueError, "fast"),
        (lambda: nmj.myasthenia_gravis(release_gain=-1), ValueError, "between"),
        (lambda: nmj.rocuronium(1 * uM, dissociates=-1 / second), ValueError, "dissociation"),
    ],
)
def test_other_numbers(make, error, message):
    with pytest.raises(error, match=message):
        make()


@pytest.mark.parametrize("name", ARGUMENTS)
def test_does_not_apply(name):
    """On what a condition does not act it raises; to others it applies. Sugammadex needs rocuronium."""
    make = getattr(nmj, name)
    first = ARGUMENTS[name][0]
    condition = (
        make(1 * uM)
        if first == "concentration"
        else make(**({first: 0.5} if first == "bound" else {}))
    )
    for place, thing in (("junction", HUMAN), ("fiber", FIBER), ("nerve", NERVE)):
        remembered = place == "junction" and condition.acts_on == ("fiber",)
        if (place not in condition.acts_on and not remembered) or name == "sugammadex":
            with pytest.raises(ValueError, match=r"does not act on|give both in one call"):
                thing.under(condition)
        else:
            assert condition in thing.under(condition).conditions


def test_a_pure_number_has_no_unit():
    """The range is not followed by the unit '1'; that of a quantity is by its own."""
    with pytest.raises(ValueError, match=r"must lie between 0 and 1, got 1\.2\."):
        nmj.bungarotoxin(1.2)
    with pytest.raises(ValueError, match=r"must lie between 0 and 1e\+06 uM, got -1\."):
        nmj.rocuronium(-1 * uM)
    with pytest.raises(DimensionMismatchError, match="is measured in pure numbers, got"):
        nmj.bungarotoxin(1 * uM)
