"""The action potential solved from the nerve's membrane, and what it does to release."""

import numpy as np
import pytest
from brian2 import DimensionMismatchError, ms, mV, second, volt

from nmj_brian import nerves
from nmj_brian.bibliography import REFERENCES
from nmj_brian.domain_calcium import fit_domain_Ca
from nmj_brian.latency import latency_hazards
from nmj_brian.nerve import NerveImpulse
from nmj_brian.presets import release, terminal
from nmj_brian.release import ReleaseModel
from nmj_brian.terminal import Terminal, _solve
from nmj_brian.units import degC


def test_frog_node():
    """Frankenhaeuser & Huxley 1964: rest -70 mV, overshoot, about 1 ms in all at 20 degC."""
    impulse = NerveImpulse(nerves.frog())
    assert float(impulse.v[0] / mV) == pytest.approx(-70, abs=0.1)
    assert 40 < float(impulse.peak / mV) < 50
    assert 0.5 < float(impulse.width / ms) < 0.8
    assert abs(float(impulse.v[-1] / mV) + 70) < 2
    steepest = np.gradient(np.asarray(impulse.v), np.asarray(impulse.t))
    steepest[:4] = 0  # the displacement that provokes it
    assert abs(float(impulse.t[steepest.argmax()] / second)) < 1e-6


def test_rest_is_rest():
    """The published leaks hold the published resting potentials: current below 1 uA/cm2."""
    from nmj_brian.nerve import axon_rates, node_rates

    for nerve, rates in ((nerves.squid(), axon_rates), (nerves.frog(), node_rates)):
        gates = [a / (a + b) for a, b in zip(*rates(0.0), strict=True)]
        assert abs(nerve._current()(0.0, gates)) < 0.01  # A/m2 = 100 uA/cm2


@pytest.mark.parametrize("celsius", [6.3, 18.5])
def test_squid_axon_against_neuron(celsius):
    """NEURON's built-in `hh` on one compartment, displaced at t = 0: peak 0.3 mV, width 0.5 %."""
    pytest.importorskip("neuron")
    from neuron import h

    h.load_file("stdrun.hoc")
    h.CVode().active(False)  # another test may have left it on
    patch = h.Section(name="patch")
    patch.L = patch.diam = 10
    patch.insert("hh")
    patch.cm = 1
    patch.ena, patch.ek = 50, -77
    h.celsius, h.dt = celsius, 0.002
    h.finitialize(-65)
    impulse = NerveImpulse(nerves.squid(celsius * degC))
    patch(0.5).v = 1e3 * float(impulse._v_volt[2])
    v = [patch(0.5).v]
    for _ in range(round(8 / 3 ** ((celsius - 6.3) / 10) / h.dt)):
        h.fadvance()
        v.append(patch(0.5).v)
    v, t = np.array(v), h.dt * np.arange(len(v))
    half = (v.max() - 65) / 2
    above = t[v > half]
    assert float(impulse.peak / mV) == pytest.approx(v.max(), abs=0.3)
    assert float(impulse.width / ms) == pytest.approx(above[-1] - above[0], rel=5e-3)


def test_blocked_potassium_widens():
    """3,4-diaminopyridine, tetraethylammonium: wider and higher, monotonically."""
    impulses = [NerveImpulse(nerves.frog().replace(K_available=k)) for k in (1, 0.5, 0.2, 0.0)]
    assert (np.diff([float(i.width) for i in impulses]) > 0).all()
    assert (np.diff([float(i.peak) for i in impulses]) > 0).all()
    assert impulses[0].widening == 1.0
    assert impulses[-1].widening == pytest.approx(float(impulses[-1].width / impulses[0].width))


def test_temperature_narrows():
    """Q10 2.5 of the gates; capacity and leak do not move, hence 2.2-2.7 of the width."""
    cold, warm = (NerveImpulse(nerves.frog(t * degC)) for t in (10, 20))
    assert 2.2 < float(cold.width / warm.width) < 2.7


def test_membranes_that_do_not_fire():
    with pytest.raises(ValueError, match="no action potential"):
        NerveImpulse(nerves.frog().replace(Na_available=0.02))
    with pytest.raises(ValueError, match="does not repolarize"):
        NerveImpulse(nerves.squid().replace(K_available=0.0))
    with pytest.raises(ValueError, match="between"):
        nerves.frog().replace(K_available=1.5)
    with pytest.raises(DimensionMismatchError):
        nerves.frog().replace(capacitance=1 * mV)
    with pytest.raises(TypeError, match="Nerve"):
        NerveImpulse(3)
    with pytest.raises(AttributeError, match="squid"):
        _ = nerves.lobster


@pytest.mark.parametrize("name", nerves.__all__)
def test_every_number_has_its_five_facts(name):
    nerve = getattr(nerves, name)()
    for parameter in nerve.values():
        assert parameter.source in REFERENCES
        assert parameter.meaning
        if REFERENCES[parameter.source][0].islower():
            assert parameter.confidence != "measured"
    assert "K_available" in str(nerve)


def test_terminal_with_a_solved_impulse(junction):
    """The fit gives the p it was asked for; half the K channels raise p, as the wider waveform does.

    Fitted to 1e-4. The width alone stands for the whole change of shape within 15 %.
    """
    frog = junction("frog", stages=(terminal, release))
    impulse = NerveImpulse(nerves.frog())
    fitted = fit_domain_Ca(frog, 0.1, impulse)
    rested = Terminal(fitted, impulse)
    assert rested.p == pytest.approx(0.1, rel=1e-4)
    blocked = NerveImpulse(nerves.frog().replace(K_available=0.5))
    p = Terminal(fitted, blocked).p
    assert 1.3 < p / rested.p < 1.6
    wide = Terminal(frog, ap_width=frog.ap_width * blocked.widening).p
    assert wide / Terminal(frog).p == pytest.approx(p / rested.p, rel=0.15)
    model = ReleaseModel(fitted, impulse=impulse)
    assert model.m == pytest.approx(200, rel=1e-3)
    assert float(rested.v[0] / volt) == pytest.approx(-0.07, abs=1e-4)


@pytest.mark.parametrize("k", [1.0, 0.05])
def test_solution_with_a_solved_impulse_is_converged(junction, k):
    """Steps half as long change p and latency by 0.5 % at most."""
    nerve = nerves.frog(37 * degC).replace(K_available=k)
    human = junction("human")
    solved = Terminal(human, NerveImpulse(nerve), domain_Ca=human.domain_Ca)
    import nmj_brian.terminal as module

    found = {}

    def spy(values, impulse):
        found["values"] = values
        return _solve(values, impulse)

    original, module._cached = module._cached, spy
    try:
        Terminal(solved.junction, solved.impulse)
    finally:
        module._cached = original
    coarse, fine = (_solve(found["values"], solved.impulse, per_width=n) for n in (50, 100))
    assert coarse.evoked[-1] == pytest.approx(fine.evoked[-1], rel=5e-3)
    assert coarse.opening_probability == pytest.approx(fine.opening_probability, rel=5e-3)


def test_impulse_must_be_one(junction):
    with pytest.raises(TypeError, match="NerveImpulse"):
        Terminal(junction("human"), 3 * ms)
    with pytest.raises(ValueError, match="one temperature"):
        Terminal(junction("human"), NerveImpulse(nerves.frog(20 * degC)))
    with pytest.raises(
        ValueError, match="fit_domain_Ca"
    ):  # release would be 5 to 8 times too large
        Terminal(junction("human"), NerveImpulse(nerves.frog(37 * degC)))


def test_fit_says_what_cannot_be(junction):
    with pytest.raises(ValueError, match="no domain_Ca"):
        fit_domain_Ca(junction("human").replace(working_channels=1e-6), 0.5)
    with pytest.raises(ValueError, match="between 0 and 1"):
        fit_domain_Ca(junction("human"), 1.5)


def test_delayed_latency(junction):
    """A tenth of the quanta late, 50 ms: mean and quantiles by hand (1e-3); share 0 changes nothing."""
    latency = Terminal(junction("human")).latency
    late = latency.delayed(0.1, 50 * ms)
    assert latency.delayed(0.0, 50 * ms) is latency
    assert float(late.mean) == pytest.approx(0.9 * float(latency.mean) + 0.005, rel=1e-3)
    assert float(late.quantile(0.95)) == pytest.approx(0.05 * np.log(2), rel=1e-3)
    table = late.table()
    assert (np.diff(table) >= 0).all()
    u = np.array([0.93, 0.99, 0.999])
    found = np.interp(-np.log1p(-u), latency_hazards(), table)
    np.testing.assert_allclose(found, 0.05 * np.log(0.1 / (1 - u)), rtol=5e-3)
    with pytest.raises(ValueError, match="share"):
        latency.delayed(1.5, 50 * ms)


def test_active_zone_of_the_frog(junction):
    """Luo et al. 2011: about 36 channels, each opens in about 0.2 of impulses, 7.2 in all; one
    quantum per zone in every second impulse (R29). 10 %: "about 0.2" has one digit."""
    frog = Terminal(junction("frog"))
    assert frog.open_per_zone == pytest.approx(7.2, rel=0.11)
    assert frog.quanta_per_zone == pytest.approx(0.5, rel=0.01)
