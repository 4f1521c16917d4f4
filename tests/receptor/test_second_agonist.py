"""Two agonists on the same sites: closed forms at equilibrium, limits, and what is refused."""

import numpy as np
import pytest
from brian2 import DimensionMismatchError, second

import nmj_brian as nmj
from nmj_brian import receptors
from nmj_brian.second_agonist import (
    SecondAgonist,
    desensitized_after,
    with_second_agonist,
    without_desensitized,
)
from nmj_brian.units import degC, uM


def drug(c=5 * uM, affinity=2.9, gating=2.9 / 7.6):
    return SecondAgonist("drug", c, affinity, gating)


@pytest.mark.parametrize(
    "receptor",
    [
        receptors.human_adult(block=False),
        receptors.human_mutant(block=False),
        receptors.CH82(),
        receptors.frog_endplate(),
        receptors.human_carbachol(),
        receptors.Edelstein1996(),
        without_desensitized(receptors.human_desensitizing()),
        receptors.human_desensitizing(),
    ],
    ids=lambda r: r.name,
)
def test_the_own_agonist_by_another_name(receptor):
    """A drug that is what the receptor's own agonist is: every state is as likely as at the sum of both
    concentrations, among those in which no ACh blocks the pore (which the drug does not share). 1e-7 for
    the linear solver; 3 % where published rates are rounded.
    """
    both = with_second_agonist(receptor, drug(4 * uM, 1.0, 1.0))
    own = receptor.agonist
    assert both.check().ok
    assert both.bound.max() == receptor.bound.max()
    together = both.equilibrium(**{own: 2 * uM})
    alone = receptor.equilibrium(**{own: 6 * uM})
    plain = [s.replace("_2drug", "").replace("_drug", "") for s in both.states]
    blocked = [s for s in receptor.states if s == "A2RB"]
    unblocked = [sum(p[[x not in blocked for x in names]]) for p, names in
                 ((together, plain), (alone, receptor.states))]  # fmt: skip
    for i, state in enumerate(receptor.states):
        if state not in blocked:
            mine = together[[x == state for x in plain]].sum() / unblocked[0]
            exact = 1e-7 if receptor.name != "Edelstein1996" else 0.03
            assert mine == pytest.approx(alone[i] / unblocked[1], rel=exact, abs=1e-12), state


@pytest.mark.parametrize(("a", "b"), [(0.0, 3.0), (0.5, 30.0), (40.0, 200.0)])
def test_mixture_in_closed_form(a, b):
    """Weights of shut receptors: powers of a + b / affinity; of open ones: of a + b gating / affinity."""
    own = receptors.human_adult(block=False)
    less, gating = 2.9, 2.9 / 7.6
    mixed = with_second_agonist(own, drug(b * uM))
    k = {n: float(own.rate(n)) for n in own.parameters}
    molar = 1e3  # mol/m^3
    K1, K2 = (k[f"k_off{i}"] / (k[f"k_on{i}"] * molar) * 1e6 for i in (1, 2))
    Q = own.Q(ACh=0 * uM)
    at = own.states.index
    E1 = Q[at("AR"), at("AR*")] / Q[at("AR*"), at("AR")]
    E2 = Q[at("A2R"), at("A2R*")] / Q[at("A2R*"), at("A2R")]
    x, y = a + b / less, a + b * gating / less
    is_open = E1 * y / K1 + E2 * y**2 / (K1 * K2)
    shut = 1 + x / K1 + x**2 / (K1 * K2)
    found = float(mixed.open_probability(ACh=a * uM))
    assert found == pytest.approx(is_open / (is_open + shut), rel=1e-8)


def test_potency_and_affinity_of_succinylcholine():
    """At low concentrations 7.6 times as much does the same as ACh; half the sites of resting receptors
    are held at 2.9 times the concentration (Marshall, Ogden & Colquhoun 1990)."""
    own = receptors.human_adult(block=False)
    little = with_second_agonist(own, drug(0.76 * uM)).open_probability(ACh=0 * uM)
    assert float(little) == pytest.approx(float(own.open_probability(ACh=0.1 * uM)), rel=5e-3)
    shut = own.equilibrium(ACh=10 * uM)
    mixed = with_second_agonist(own, drug(29 * uM))
    held = mixed.equilibrium(ACh=0 * uM)
    ratio = shut[own.states.index("AR")] / shut[0]
    assert held[mixed.states.index("AR_drug")] / held[0] == pytest.approx(ratio, rel=1e-8)


def test_desensitization_with_time():
    """None at first, more with time, in the end the share of the equilibrium; from the open state at the rate
    of ACh (Auerbach & Akk 1998)."""
    rested = receptors.human_desensitizing()
    held = with_second_agonist(rested, drug(20 * uM))
    before = float(rested.equilibrium(ACh=0 * uM)[rested.desensitized].sum())
    assert desensitized_after(held, 0.0, rested) == pytest.approx(0.0, abs=1e-12)
    final = float(held.equilibrium(ACh=0 * uM)[held.desensitized].sum())
    late = desensitized_after(held, 1e3, rested)
    assert late == pytest.approx(1 - (1 - final) / (1 - before), rel=1e-6)
    several = [desensitized_after(held, t, rested) for t in (0.01, 0.1, 1.0, 10.0)]
    assert np.all(np.diff(several) > 0)
    other = with_second_agonist(rested, drug(20 * uM, 1.0, 1.0))
    Q = held.Q(ACh=0 * uM)
    same = other.Q(ACh=0 * uM)
    i, j = held.states.index("A2R_2drug*"), held.states.index("A2D_2drug")
    assert Q[i, j] == pytest.approx(same[i, j], rel=1e-12)
    assert Q[i, j] == pytest.approx(float(rested.rate("d_in") * second), rel=1e-12)


def test_without_desensitized_is_the_sensitive_receptor():
    rested = receptors.human_desensitizing()
    assert without_desensitized(rested).key()[2:] == receptors.human_adult().key()[2:]
    human = receptors.human_adult()
    assert without_desensitized(human) is human


def test_moves_with_temperature():
    """At another temperature first or last: the same rates."""
    warm = with_second_agonist(receptors.human_desensitizing(), drug()).at(37 * degC)
    other = with_second_agonist(receptors.human_desensitizing().at(37 * degC), drug())
    np.testing.assert_allclose(warm.Q(ACh=1 * uM), other.Q(ACh=1 * uM), rtol=1e-9)


def test_quantum_beside_the_drug_keeps_its_transmitter():
    """ACh is neither made nor lost by states that the drug shares (1e-3 of the vesicle), and opens a few more
    channels: a receptor that holds one molecule of the drug opens with one of ACh."""
    junction = nmj.junctions.human().replace(
        receptor=receptors.human_adult().with_second_agonist(drug())
    )
    quantum = nmj.Quantum(junction)
    assert np.abs(quantum.conservation["error"]).max() < 1e-3
    assert 1 < quantum.peak / nmj.Quantum(nmj.junctions.human()).peak < 1.1


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: drug(-1 * uM), ValueError, "concentration of drug"),
        (lambda: drug(1 * second), DimensionMismatchError, "concentration of drug"),
        (lambda: drug(affinity=0), ValueError, "affinity of drug is a factor above 0"),
        (lambda: drug(gating=-1), ValueError, "gating of drug is a factor above 0"),
        (lambda: SecondAgonist("two words", 1 * uM, 1, 1), ValueError, "one word"),
        (lambda: with_second_agonist(receptors.human_adult(), 3), TypeError, "SecondAgonist"),
        (
            lambda: with_second_agonist(receptors.human_two_sites(), drug()),
            ValueError,
            "taken by equal sites",
        ),
        (
            lambda: with_second_agonist(
                with_second_agonist(receptors.human_adult(), drug()),
                SecondAgonist("x", 1 * uM, 1, 1),
            ),
            ValueError,
            "holds drug already",
        ),
    ],
)
def test_refused(make, error, message):
    with pytest.raises(error, match=message):
        make()
