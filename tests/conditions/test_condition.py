"""What a condition is: pure, composable, sourced, compared by value; and what it refuses."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import pytest
from brian2 import DimensionMismatchError, TimedArray, ms, mV, second

import nmj_brian as nmj
from nmj_brian.bibliography import REFERENCES
from nmj_brian.units import degC, minute, mM, nM, uM

HUMAN = nmj.junctions.human()


def changed(junction, original=HUMAN):
    """Names of the parameters whose value or source differs."""
    return {n for n in junction if junction[n] != original[n]}


#: Every condition of the catalogue with defaults -> the parameters it may change, and how: a rise
#: (+), a fall (-); the published direction.
CATALOGUE = {
    "myasthenia_gravis": (nmj.myasthenia_gravis(), {"receptor_fraction": "-"}),
    "musk_myasthenia": (nmj.musk_myasthenia(), {"receptor_fraction": "-", "sites": "-"}),
    "lambert_eaton": (nmj.lambert_eaton(), {"working_channels": "-", "sites": "-"}),
    "botulism": (nmj.botulism(), {"fusion_rate": "-", "mini_rate": "-"}),
    "ache_deficiency": (
        nmj.ache_deficiency(),
        {"AChE_density": "-", "sites": "-", "receptor_fraction": "-"},
    ),
    "receptor_deficiency": (nmj.receptor_deficiency(), {"receptor_fraction": "-"}),
    "rapsyn_deficiency": (nmj.rapsyn_deficiency(), {"receptor_fraction": "-"}),
    "dok7_deficiency": (nmj.dok7_deficiency(), {"sites": "-", "endplate_receptors": "-"}),
    "chat_deficiency": (nmj.chat_deficiency(), {"filling_time": "+", "transmitter_store": "-"}),
    "release_deficiency": (nmj.release_deficiency(), {"fusion_rate": "-"}),
    "vacht_deficiency": (
        nmj.vacht_deficiency(),
        {"filling_time": "+", "ACh_per_vesicle": "-", "sites": "-"},
    ),
    "denervation": (
        nmj.denervation(),
        {"fusion_rate": "-", "mini_rate": "-", "AChE_density": "-", "receptor_fraction": "-"},
    ),
    "slow_channel": (nmj.slow_channel(), {"receptor_fraction": "-"}),
    "fast_channel": (nmj.fast_channel(), {}),
    "rocuronium": (
        nmj.rocuronium(1 * uM),
        {"antagonist_occupancy": "+", "refill_boost": "-", "recruit_boost": "-"},
    ),
    "tubocurarine": (nmj.tubocurarine(1 * uM, fade=False), {"antagonist_occupancy": "+"}),
    "neostigmine": (nmj.neostigmine(0.5 * uM), {"AChE_density": "-"}),
    "pyridostigmine": (nmj.pyridostigmine(1 * uM), {"AChE_density": "-"}),
    "edrophonium": (nmj.edrophonium(10 * uM), {"AChE_density": "-"}),
    "organophosphate": (nmj.organophosphate(0.9), {"AChE_density": "-"}),
    "amifampridine": (nmj.amifampridine(), {"ap_width": "+"}),
    "magnesium": (nmj.magnesium(3 * mM), {"Mg": "+"}),
    "neomycin": (nmj.neomycin(500 * uM), {"working_channels": "-"}),
    "bungarotoxin": (nmj.bungarotoxin(0.5), {"receptor_fraction": "-"}),
    "quinidine": (nmj.quinidine(5 * uM), {}),
    "fluoxetine": (nmj.fluoxetine(10 * uM), {}),
    "succinylcholine": (
        nmj.succinylcholine(5 * uM, exposure=60 * second),
        {"receptor_fraction": "-"},
    ),
    "lasting_acetylcholine": (nmj.lasting_acetylcholine(1 * uM), {"agonist": "+"}),
}


@pytest.mark.parametrize("name", CATALOGUE)
def test_changes_what_it_says_and_nothing_else(name):
    """Exactly the stated parameters, in the published direction, with a source that is a paper or an
    honest assumption; the junction itself stays.
    """
    condition, expected = CATALOGUE[name]
    before = HUMAN.key()
    junction = condition(HUMAN)
    assert HUMAN.key() == before
    assert changed(junction) == set(expected)
    for parameter, sign in expected.items():
        grew = junction.si(parameter) > HUMAN.si(parameter)
        assert grew == (sign == "+"), parameter
        new = junction[parameter]
        assert new.source in REFERENCES
        assert new.source != "user"
        assert new.source in junction.diff(HUMAN)
        assert condition.name in new.note or "uM" in new.note
    assert set(expected) | ({"receptor"} & set(condition.changes)) == set(condition.changes)
    assert ("receptor" in condition.changes) == (junction.receptor.key() != HUMAN.receptor.key())
    assert set(condition.sources()) <= set(junction.sources())
    assert condition.name in junction.name
    assert condition.name in str(condition)


def test_equality_by_value():
    assert nmj.neostigmine(0.5 * uM) == nmj.neostigmine(500 * nM)
    assert nmj.neostigmine(0.5 * uM) != nmj.neostigmine(0.6 * uM)
    assert nmj.neostigmine(0.5 * uM) != nmj.edrophonium(0.5 * uM)
    assert nmj.slow_channel("eL221F") == nmj.slow_channel("eL221F")
    assert nmj.slow_channel("eL221F") != nmj.slow_channel("bL262M")
    assert nmj.rocuronium(1 * uM) != nmj.rocuronium(1 * uM, fade=False)
    assert HUMAN.under(nmj.lambert_eaton()) == nmj.lambert_eaton()(nmj.junctions.human())
    assert len({nmj.quinidine(5 * uM), nmj.quinidine(5 * uM)}) == 1


def test_factors_multiply():
    """Two losses of receptors: what the second leaves of what the first left."""
    both = HUMAN.under(nmj.myasthenia_gravis(receptor_loss=0.5), nmj.bungarotoxin(0.6))
    assert both.receptor_fraction == pytest.approx(0.2, rel=1e-12)
    assert both.conditions == (nmj.bungarotoxin(0.6), nmj.myasthenia_gravis(receptor_loss=0.5))
    assert "Pestronk1985" in both.sources()


@pytest.mark.parametrize(
    "conditions",
    [
        (nmj.myasthenia_gravis(0.7), nmj.neostigmine(0.5 * uM), nmj.ache_deficiency(0.5)),
        (nmj.slow_channel("eL221F"), nmj.quinidine(5 * uM), nmj.dok7_deficiency()),
        (nmj.rocuronium(1 * uM), nmj.vecuronium(0.2 * uM), nmj.sugammadex(0.5 * uM)),
        (nmj.release_deficiency(0.5), nmj.lambert_eaton(0.3), nmj.amifampridine(0.5)),
    ],
    ids=["factors", "receptor", "competition", "terminal"],
)
def test_order_does_not_matter(conditions):
    """All orders in one call give the same junction, to the last bit."""
    first, *others = (HUMAN.under(*order) for order in permutations(conditions))
    for other in others:
        assert other == first
        assert other.conditions == first.conditions


def test_one_call_or_several():
    """Factors and competition are the same in calls one after the other, within rounding."""
    drugs = nmj.rocuronium(1 * uM), nmj.vecuronium(0.2 * uM), nmj.myasthenia_gravis(0.3)
    at_once = HUMAN.under(*drugs)
    one_by_one = HUMAN.under(drugs[2]).under(drugs[0]).under(drugs[1])
    for name in at_once:
        assert one_by_one.si(name) == pytest.approx(at_once.si(name), rel=1e-12), name


def test_competing_blockers_add_on_the_sites():
    """Two antagonists of one site at c = Kd each: sites free 1/3, receptors free 1/9 (closed form)."""
    Kd = 0.5 * uM
    both = HUMAN.under(nmj.rocuronium(Kd, Kd=Kd), nmj.vecuronium(Kd, Kd=Kd))
    assert 1 - both.antagonist_occupancy == pytest.approx(1 / 9, rel=1e-12)


def test_diff_shows_the_source():
    """The line of a changed parameter names the paper of the condition, not the user."""
    mg = HUMAN.under(nmj.myasthenia_gravis(receptor_loss=0.6))
    line = next(x for x in mg.diff(HUMAN).splitlines() if x.startswith("receptor_fraction"))
    assert line.split()[1:] == ["1", "0.4", "Pestronk1985"]
    assert mg["receptor_fraction"].confidence == "assumed"  # chosen; two thirds is what was read
    assert "Pestronk" in nmj.cite(mg)
    assert "Pestronk" in nmj.cite(nmj.myasthenia_gravis())


def test_conditions_survive_replace_and_temperature():
    """`replace` keeps what a junction is under; a mutation holds at another temperature."""
    slow = nmj.junctions.human(22 * degC).under(nmj.slow_channel("aL273F"))
    warm = slow.replace(temperature=37 * degC)
    assert warm.conditions == slow.conditions
    direct = HUMAN.under(nmj.slow_channel("aL273F"))
    assert warm.receptor == direct.receptor
    assert float(slow.receptor.rate("alpha2") * second) == pytest.approx(739, rel=1e-9)


def test_ones_own_condition():
    """A user's condition by keywords; whole numbers stay whole; its source is printed."""
    half = nmj.Condition("half", scale={"sites": 0.5, "mini_rate": 0.5}, source="Slater2006")
    junction = HUMAN.under(half, lambda j: j.replace(Ca=1 * mM))
    assert junction.sites == 104
    assert junction["mini_rate"].source == "Slater2006"
    assert float(junction.Ca / mM) == pytest.approx(1)
    assert "Slater2006" in str(half)
    wide = nmj.Condition("cool bath", replace={"ap_width": 0.3 * ms})
    assert float(HUMAN.under(wide).ap_width / ms) == pytest.approx(0.3)


def test_course_needs_a_moment():
    """A drug with a course is taken at a time, from a TimedArray or a course of nmj.pk."""
    course = TimedArray(np.array([0.0, 1.0, 2.0]) * uM, dt=1 * minute)
    drug = nmj.rocuronium(course)
    assert isinstance(drug, nmj.TimedCondition)
    assert HUMAN.under(drug, time=1.5 * minute) == HUMAN.under(nmj.rocuronium(1 * uM))
    assert HUMAN.under(drug, time=0 * second).antagonist_occupancy == 0
    with pytest.raises(ValueError, match="needs a moment"):
        HUMAN.under(drug)


def test_on_fiber_and_nerve():
    """Toxins and lost folds act on the fiber and the nerve; nothing is skipped silently."""
    fiber, nerve = nmj.fibers.human(), nmj.nerves.frog()
    poisoned = fiber.under(nmj.mu_conotoxin(1.2 * uM))
    assert poisoned.si("Na_density") == pytest.approx(0.5 * fiber.si("Na_density"))
    assert nerve.under(nmj.amifampridine(0.6)).K_available == pytest.approx(0.4)
    assert nerve.under(nmj.tetrodotoxin(6e-3 * uM)).Na_available == pytest.approx(0.5)
    folds = fiber.under(nmj.dok7_deficiency())
    assert folds.Na_endplate_factor == pytest.approx(0.5 * fiber.Na_endplate_factor)
    assert folds["Na_endplate_factor"].source == "Slater2006"
    with pytest.raises(ValueError, match="does not act on a junction but on a fiber and nerve"):
        HUMAN.under(nmj.tetrodotoxin(1 * uM))
    marked = HUMAN.under(nmj.mu_conotoxin(1 * uM))  # for who makes its fiber
    assert changed(marked) == set()
    assert marked.conditions == (nmj.mu_conotoxin(1 * uM),)
    assert marked != HUMAN  # its fiber is another, and so is what the laboratory finds
    assert marked != HUMAN.under(nmj.mu_conotoxin(2 * uM))
    with pytest.raises(ValueError, match="does not act on a fiber but on a junction"):
        nmj.neostigmine(1 * uM)(fiber)
    with pytest.raises(TypeError, match="acts on a junction"):
        nmj.neostigmine(1 * uM)(3)
    with pytest.raises(ValueError, match="no action potential"):
        nmj.NerveImpulse(nerve.under(nmj.tetrodotoxin(1 * uM)))


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: nmj.myasthenia_gravis(1.2), ValueError, "between 0 and 1"),
        (lambda: nmj.myasthenia_gravis(-0.1), ValueError, "between 0 and 1"),
        (lambda: nmj.myasthenia_gravis(float("nan")), ValueError, "finite"),
        (lambda: nmj.lambert_eaton(2), ValueError, "between 0 and 1"),
        (lambda: nmj.lambert_eaton("much"), TypeError, "is a number"),
        (lambda: nmj.neostigmine("much"), TypeError, "concentration of neostigmine"),
        (lambda: nmj.neostigmine(-1 * uM), ValueError, "between 0 and"),
        (lambda: nmj.rocuronium(-1 * uM), ValueError, "between 0 and"),
        (lambda: nmj.rocuronium(1 * mV), DimensionMismatchError, "concentration of rocuronium"),
        (lambda: nmj.rocuronium(1.5), DimensionMismatchError, "concentration of rocuronium"),
        (lambda: nmj.rocuronium(1 * uM, where="moon"), ValueError, "'muscle' or 'patch'"),
        (lambda: nmj.rocuronium(1 * uM, dissociates=True), NotImplementedError, "dissociates=100"),
        (lambda: nmj.botulism(serotype="G"), NotImplementedError, "release_deficiency"),
        (lambda: nmj.botulism(serotype="H"), ValueError, "A, B, C, D, E, F"),
        (lambda: nmj.botulism(serotype=["A"]), ValueError, "A, B, C, D, E, F"),
        (lambda: nmj.botulism([1, 2] * second), ValueError, "single number"),
        (lambda: nmj.botulism(-1 * second), ValueError, "time after exposure"),
        (lambda: nmj.slow_channel("aL273"), ValueError, "aL273F"),
        (lambda: nmj.chat_deficiency(0), ValueError, "no transmitter"),
        (lambda: nmj.organophosphate(0.5, kind="tri"), ValueError, "dimethyl"),
        (lambda: nmj.Condition("nothing"), ValueError, "changes nothing"),
        (lambda: nmj.Condition("x", scale={"sites": -1}), ValueError, "between 0 and"),
        (lambda: nmj.Condition("x", scale={"sites": 1}, source="Nobody"), ValueError, "source"),
        (lambda: nmj.conditions.mutations("odd"), ValueError, "'slow' or 'fast'"),
    ],
)
def test_bad_numbers(make, error, message):
    with pytest.raises(error, match=message):
        make()


@pytest.mark.parametrize(
    ("conditions", "error", "message"),
    [
        ((nmj.slow_channel(), nmj.fast_channel()), ValueError, "exclude each other"),
        ((nmj.botulism(), nmj.botulism(serotype="E")), ValueError, "exclude each other"),
        ((nmj.myasthenia_gravis(), nmj.musk_myasthenia()), ValueError, "exclude each other"),
        ((nmj.neostigmine(1 * uM), nmj.neostigmine(2 * uM)), ValueError, "given twice"),
        (
            [f(1 * uM, dissociates=True) for f in (nmj.tubocurarine, nmj.pancuronium)],
            ValueError,
            "exclude each other",
        ),
        ((nmj.sugammadex(1 * uM),), ValueError, "rocuronium"),
        ((nmj.neostigmine,), TypeError, "call it"),
        ((0.7,), TypeError, "a condition is"),
        ((nmj.dok7_deficiency(0.02), nmj.musk_myasthenia(0.5, 1)), ValueError, "release sites"),
        ((nmj.Condition("x", scale={"sits": 0.5}),), KeyError, "sites"),
        ((lambda j: 3,), TypeError, "made a int"),
    ],
)
def test_bad_combinations(conditions, error, message):
    """One clear exception before anything runs; the junction stays usable."""
    with pytest.raises(error, match=message):
        HUMAN.under(*conditions)
    assert HUMAN.conditions == ()


def test_mutation_does_not_fit():
    """A mutation on a scheme without that rate, or after a drug has bound, or twice in later calls."""
    mouse = nmj.junctions.mouse()
    with pytest.raises(ValueError, match="k_off1, k_off2, which 'Edelstein1996' does not have"):
        mouse.replace(receptor=nmj.receptors.Edelstein1996()).under(nmj.slow_channel("eL221F"))
    with pytest.raises(ValueError, match="was measured in the human receptor"):
        mouse.under(nmj.slow_channel("aL273F"))
    blocked = HUMAN.under(nmj.quinidine(5 * uM))
    with pytest.raises(ValueError, match="in one call"):
        blocked.under(nmj.slow_channel())
    with pytest.raises(ValueError, match="exclude each other"):
        HUMAN.under(nmj.slow_channel()).under(nmj.fast_channel())
    with pytest.raises(ValueError, match="given twice"):
        HUMAN.under(nmj.lambert_eaton()).under(nmj.lambert_eaton(0.1))


def test_the_table_of_differences_shows_only_differences():
    """Value or source; two sets of one name are told apart."""
    human = nmj.junctions.human()
    table = human.replace(receptor_fraction=0.3).diff(human).splitlines()
    assert len(table) == 3
    assert "human junction (other)" in table[0]
    assert table[2].split() == ["receptor_fraction", "1", "0.3", "user"]
    assert "no difference" in nmj.junctions.human().diff(human)
    assert "D_ACh" not in nmj.junctions.mouse().diff(human)
