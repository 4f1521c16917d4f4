"""Block by depolarization: what succinylcholine does to a fiber and a muscle, and with what it composes."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
from brian2 import (
    DimensionMismatchError,
    Network,
    SpikeGeneratorGroup,
    TimedArray,
    ms,
    mV,
    second,
    seed,
)

import nmj_brian as nmj
from nmj_brian.lab.muscle import Muscle
from nmj_brian.lab.preparation import Preparation
from nmj_brian.lab.protocol import site_numbers
from nmj_brian.units import minute, uM

HUMAN, FIBER = nmj.junctions.human(), nmj.fibers.human()
SUX = nmj.succinylcholine
FIBERS = 200
SITES = site_numbers(HUMAN, 50, 0.3, 1)


def dish(*conditions, fibers=10, **options):
    return Preparation(HUMAN.under(*conditions), FIBER, np.zeros(fibers, int), seed=1, **options)


@cache
def train_of_four(*conditions, fibers=FIBERS):
    """Share of a muscle's fibers that fire at each of four stimuli at 2 Hz; its junctions differ in size by 30 %."""
    return nmj.lab.train_of_four(HUMAN.under(*conditions), fibers, seed=1).transmission


@pytest.mark.slow
def test_depolarizes():
    """After minutes of the drug a fiber rests depolarized, the further the more of it, and fires at most once.

    At the potential where it rests the drug's channels, the channels of 0.66 uM ACh (a 7.6th: Marshall,
    Ogden & Colquhoun 1990), hold it within 2.5 mV; channel block, a 40th of them, and slow inactivation are
    the difference.
    """
    rest = dish().fibers["v_V"][0]
    v = []
    for c in (2, 5, 10):
        fibers = dish(SUX(c * uM)).fibers
        assert np.all(fibers["spike_count"] <= 1)
        v.append(fibers["v_V"].mean())
    assert np.all(np.diff([rest, *v]) > 0.005)
    by_ACh = dish(nmj.lasting_acetylcholine(5 / 7.6 * uM, desensitizing=False)).fibers["v_V"].mean()
    assert v[1] == pytest.approx(by_ACh, abs=2.5e-3)


@pytest.mark.slow
def test_phase_one():
    """A twitch of about half whose fourth is 0.7 or more of the first, as phase I is told from phase II; as deep
    a competitive block fades. An inhibitor of AChE that reverses that one leaves this one (Bowman 2006).
    """
    depolarized = train_of_four(SUX(5.1 * uM))
    blocked = train_of_four(nmj.rocuronium(1.75 * uM))
    for twitch in (depolarized, blocked):
        assert twitch[0] == pytest.approx(0.5, abs=0.15)
    assert depolarized[3] / depolarized[0] > 0.7 > 0.6 > blocked[3] / blocked[0]
    inhibitor = nmj.neostigmine(0.5 * uM)
    assert train_of_four(SUX(5.1 * uM), inhibitor)[0] < depolarized[0] + 0.2
    assert train_of_four(nmj.rocuronium(1.75 * uM), inhibitor)[0] > 0.9


@pytest.mark.slow
def test_blocks_over_a_range_of_concentrations():
    """Hill coefficient of 6.4 in patients (mean; 4.6 to 8.2: Torda 1997), here 5 to 10 (200 fibers: 1). Half is
    blocked by 5 uM (2.5 in patients: frog's affinity)."""
    c = np.array([4, 5, 6])
    answer = np.array([train_of_four(SUX(x * uM))[0] for x in c])
    hill, at_one = np.polyfit(np.log(c), np.log(1 / answer - 1), 1)
    assert 5 < hill < 10
    assert np.exp(-at_one / hill) == pytest.approx(5, abs=0.4)


@pytest.mark.slow
def test_a_muscle_beside_a_lasting_agonist_is_at_rest():
    """Fibers whose junctions differ in size are each adapted to their own depolarization: none fires by itself, and
    those that answer an impulse do it once. Where nothing lasts they are the fibers of one preparation, to the bit.
    """
    for concentration in (3 * uM, 5 * uM):
        muscle = Muscle(HUMAN.under(SUX(concentration)), FIBER, 50, seed=1, sites=SITES)
        v, before = muscle.v_V, muscle.t_s
        count = muscle.stimulate(np.array([before + 1e-3, before + 0.5])).first_spikes()[1]
        assert count.max() == 1
        assert count.sum() > 20
        muscle.wait(muscle.t_s + 0.1)
        assert np.abs(muscle.v_V - v).max() < 5e-6
    healthy = Muscle(HUMAN, FIBER, 50, seed=1, sites=SITES).stimulate(np.array([1e-3]))
    alone = Preparation(HUMAN, FIBER, np.zeros(50, int), seed=1, sites=SITES)
    np.testing.assert_array_equal(healthy.quanta, alone.stimulate(np.array([1e-3])).quanta)


@pytest.mark.slow
def test_time_in_which_nothing_changes_is_jumped():
    """Beside a lasting agonist, too: the same quanta, spikes and (within 10 us) times as step by step."""
    times = np.array([0.001, 0.5, 1.0])
    records = []
    for until in (None, 1.3):
        muscle = dish(SUX(4 * uM), sites=SITES[:10])
        records.append(muscle.stimulate(times, until_s=until))
    jumped, whole = records
    np.testing.assert_array_equal(jumped.quanta, whole.quanta)
    np.testing.assert_array_equal(np.sort(jumped.spike_fibers), np.sort(whole.spike_fibers))
    assert len(jumped.spike_fibers) >= 3
    np.testing.assert_allclose(jumped.spike_times_s, whole.spike_times_s, atol=1e-5)


@pytest.mark.slow
def test_acetylcholine_that_piles_up_deepens_the_block():
    """Depolarizations add: where AChE is inhibited and ACh stays, fewer fibers answer."""
    together = SUX(5.1 * uM), nmj.neostigmine(0.5 * uM)
    staying = nmj.lasting_acetylcholine(0.2 * uM, desensitizing=False)
    assert train_of_four(*together, staying)[0] < 0.5 * train_of_four(SUX(5.1 * uM))[0]


@pytest.mark.slow
def test_desensitization_lessens_the_depolarization():
    """Tachyphylaxis: after ten minutes fewer receptors are left, the fiber is less depolarized and more fibers
    answer, still without fade."""
    first, later = SUX(5.1 * uM), SUX(5.1 * uM, exposure=10 * minute)
    left = HUMAN.under(later).receptor_fraction
    assert 0.6 < left < 0.8
    assert dish(later).fibers["v_V"].mean() < dish(first).fibers["v_V"].mean() - 1e-3
    then = train_of_four(later)
    assert then[0] > train_of_four(first)[0] + 0.1
    assert then[3] / then[0] > 0.7


def test_deep_state():
    """Two rates (closed form): from the receptor's own desensitized states, whose share is asked of the receptor
    itself, into the deep one and back. Seconds fill the former alone."""
    from nmj_brian.presets.drugs import SUCCINYLCHOLINE

    c, minutes = 8 * uM, 60
    own = HUMAN.under(SUX(c, exposure=10 * second)).receptor_fraction
    own = 1 - (1 - own) / (1 + SUCCINYLCHOLINE["deep_entry"].si() * 10)  # not what is deep already
    entry = (1 - own) * SUCCINYLCHOLINE["deep_entry"].si() * 60
    leave = 60 / SUCCINYLCHOLINE["deep_recovery"].si()
    deep = entry / (entry + leave) * (1 - np.exp(-(entry + leave) * minutes))
    found = HUMAN.under(SUX(c, exposure=minutes * minute)).receptor_fraction
    assert found == pytest.approx(own * (1 - deep), rel=0.03)
    past = {"exposure": minutes * minute, "exposed_to": c}
    little = HUMAN.under(SUX(0 * uM, **past)).receptor_fraction
    assert little == pytest.approx(1 - deep, rel=0.03)
    hours = SUCCINYLCHOLINE["deep_recovery"].value
    later = HUMAN.under(SUX(0 * uM, **past, since=hours)).receptor_fraction
    assert 1 - later == pytest.approx((1 - little) / np.e, rel=1e-6)


@pytest.mark.slow
def test_phase_two():
    """After 90 min of infusion, as the drug leaves, the twitch is small, the train fades to half or less (Donati &
    Bevan 1982: a ratio below 0.5 ten minutes after), and an inhibitor of AChE reverses it (all 15 patients;
    Crul et al. 1966), which leaves phase I as it is (`test_phase_one`). A competitive block does the same.
    """
    after = SUX(1 * uM, exposure=90 * minute, exposed_to=10 * uM)
    block = train_of_four(after, fibers=1000)
    assert 0.05 < block[0] < 0.3
    assert block[3] / block[0] < 0.5
    ratios = {}
    for minutes in (15, 40):
        past = {"exposure": 90 * minute, "exposed_to": 10 * uM, "since": minutes * minute}
        train = train_of_four(SUX(0 * uM, **past), fibers=1000)
        ratios[minutes] = train[3] / train[0]
    assert (
        ratios[40] > ratios[15] + 0.1
    )  # children: 0.5 at 16, 0.75 at 41 min (DeCook & Goudsouzian 1980)
    reversed_ = train_of_four(after, nmj.neostigmine(0.5 * uM))
    assert reversed_[0] > block[0] + 0.4
    assert reversed_[3] / reversed_[0] > 0.7


def test_few_receptors_resist():
    """Myasthenia with half of the receptors still answers where normal muscle is blocked (Abel & Eisenkraft:
    resistant to succinylcholine, sensitive to competitive blockers)."""
    sick = nmj.myasthenia_gravis(receptor_loss=0.5)
    answers = []
    for conditions in ((SUX(5.5 * uM),), (SUX(5.5 * uM), sick)):
        fibers = dish(*conditions, fibers=50)
        record = fibers.stimulate(np.array([fibers.dt_s]))
        answers.append((record.first_spikes()[1] > 0).mean())
    assert answers[0] < 0.2
    assert answers[1] > 0.6


@pytest.mark.slow
def test_transmission_becomes_slower_before_it_fails():
    """Stalberg, Thiele & Hilton-Brown 1973 (single fibers in man): the delay shortens at first, then grows, and
    block follows. Here it is 12 us shorter under a little of the drug, and grows by more than a tenth of a
    millisecond while every fiber still answers.
    """
    delays = []
    for c in (0, 1, 3):
        fibers = dish(SUX(c * uM), fibers=50)
        delay, spikes = fibers.stimulate(np.array([fibers.dt_s])).first_spikes()
        assert np.all(spikes == 1)
        delays.append(delay.mean())
    assert delays[1] < delays[0] - 5e-6
    assert delays[2] > delays[0] + 100e-6


@pytest.mark.parametrize("noise", ["quantal", "channels"])
def test_in_a_network(noise):
    """A fiber that has been under the drug for minutes rests where one of the laboratory does (0.2 mV); one that
    meets it anew fires on and on (fasciculation), and the network warns of that. Counted receptors stand at the
    drug's equilibrium (5 standard deviations of a binomial number).
    """
    junction = HUMAN.under(SUX(3 * uM))
    nerve = SpikeGeneratorGroup(1, [0], [1] * second)
    used = FIBER.replace(lasting_conductance=junction.lasting_conductance)
    fibers = nmj.MuscleFibers(5, used, dt=0.1 * ms)
    synapse = nmj.NMJ(nerve, fibers, junction, noise=noise)
    synapse.connect()
    seed(1)
    Network(nerve, fibers, synapse).run(150 * ms)
    assert np.all(fibers.spike_count <= 1)
    nerve, anew = SpikeGeneratorGroup(1, [0], [1] * second), nmj.MuscleFibers(5, FIBER, dt=0.1 * ms)
    with pytest.warns(UserWarning, match="fire on and on"):
        other = nmj.NMJ(nerve, anew, junction)
    other.connect()
    Network(nerve, anew, other).run(50 * ms)
    assert np.all(anew.spike_count > 3)
    assert np.mean(fibers.v_) == pytest.approx(dish(SUX(3 * uM)).fibers["v_V"].mean(), abs=2e-4)
    number, share = junction.si("endplate_receptors"), junction.receptor.equilibrium(ACh=0 * uM)
    bound = share[junction.receptor.states.index("AR_succinylcholine")]
    spread = 5 * np.sqrt(number * bound)
    assert np.all(np.abs(synapse.AR_succinylcholine[:] - number * bound) < spread)


def test_safety_factor_of_a_depolarized_fiber():
    """The spike with which the drug came is none of those that a current is to make: threshold is above the
    potential where the fiber rests; a fiber that is inexcitable says so."""
    found = nmj.lab.safety_factor(HUMAN.under(SUX(2 * uM)), 20, seed=1)
    normal = nmj.lab.safety_factor(HUMAN, 20, seed=1)
    assert 0 * mV < found.threshold < normal.threshold
    assert found.fired.all()
    with pytest.raises(ValueError, match="inactivated by a lasting depolarization"):
        nmj.lab.safety_factor(HUMAN.under(SUX(20 * uM)), 5, seed=1)


def test_none_of_it_changes_nothing():
    none = HUMAN.under(SUX(0 * uM, exposure=10 * minute))
    assert none.receptor_fraction == pytest.approx(1, rel=1e-9)
    assert nmj.Quantum(none).peak == pytest.approx(nmj.Quantum(HUMAN).peak, rel=1e-3)


def test_composes():
    """In any order of one call; on a receptor that desensitizes by itself its sensitive part; as a course."""
    drugs = SUX(5 * uM), nmj.quinidine(5 * uM), nmj.rocuronium(0.3 * uM), nmj.magnesium(2e3 * uM)
    assert HUMAN.under(*drugs) == HUMAN.under(*reversed(drugs))
    lasting = nmj.lasting_acetylcholine(0.1 * uM)
    both = HUMAN.under(SUX(5 * uM, exposure=1 * minute), lasting)
    alone = HUMAN.under(SUX(5 * uM, exposure=1 * minute))
    assert both.receptor_fraction < alone.receptor_fraction
    assert not both.receptor.desensitized.any()
    mutant = HUMAN.under(nmj.slow_channel("aL273F"), SUX(1 * uM))
    assert mutant.receptor.bound.max() == 3
    course = TimedArray(np.array([0.0, 5.0]) * uM, dt=1 * minute)
    later = HUMAN.under(SUX(course, exposure=1 * minute), time=90 * second)
    assert later == alone
    assert "Marshall" in nmj.cite(alone)
    assert "Auerbach" in nmj.cite(alone)
    assert "Donati" in nmj.cite(alone)


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: SUX(-1 * uM), ValueError, "between 0 and"),
        (lambda: SUX(101 * uM), ValueError, "between 0 and 100 uM"),
        (lambda: SUX(5 * mV), DimensionMismatchError, "concentration of succinylcholine"),
        (lambda: SUX("much"), TypeError, "concentration of succinylcholine"),
        (lambda: SUX(5 * uM, exposure=-1 * second), ValueError, "time for which it has acted"),
        (lambda: SUX(5 * uM, exposed_to=9 * uM), ValueError, "say how long"),
        (lambda: SUX(5 * uM, since=9 * second), ValueError, "say how long"),
        (lambda: SUX(5 * uM, exposure=9 * second, since=-1 * second), ValueError, "exposure ended"),
        (
            lambda: SUX(5 * uM, exposure=9 * second, exposed_to=lambda t: t),
            TypeError,
            "earlier succinylcholine",
        ),
        (lambda: SUX(5 * uM, exposure=5 * second, exposed_to=1), DimensionMismatchError, "conc"),
        (lambda: SUX(5 * uM, exposure=5), DimensionMismatchError, "time for which it has acted"),
        (lambda: HUMAN.under(SUX(1 * uM), SUX(2 * uM)), ValueError, "given twice"),
        (
            lambda: HUMAN.under(SUX(1 * uM), nmj.tubocurarine(1 * uM, dissociates=True)),
            ValueError,
            "exclude each other",
        ),
        (
            lambda: HUMAN.under(nmj.quinidine(1 * uM)).under(SUX(1 * uM)),
            ValueError,
            "quinidine already",
        ),
        (
            lambda: HUMAN.under(nmj.slow_channel(), SUX(1 * uM, exposure=1 * second)),
            ValueError,
            "no desensitized states",
        ),
        (lambda: nmj.junctions.mouse().under(SUX(1 * uM)), ValueError, "equal sites"),
        (lambda: SUX(1 * uM)(FIBER), ValueError, "not act on a fiber"),
    ],
)
def test_refused(make, error, message):
    with pytest.raises(error, match=message):
        make()
