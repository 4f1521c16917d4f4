"""Bad input: one clear exception that says what, where and what to do; the objects stay usable."""

from __future__ import annotations

import numpy as np
import pytest
from brian2 import (
    DimensionMismatchError,
    Network,
    NeuronGroup,
    SpikeGeneratorGroup,
    amp,
    defaultclock,
    ms,
    mV,
    network_operation,
    second,
    siemens,
    volt,
)
from brian2.core.base import BrianObjectException

import nmj_brian as nmj
from nmj_brian.__main__ import main
from nmj_brian.units import degC, mM, uM


def cause(error):
    """Our exception inside Brian's."""
    return error.value.__cause__


def parts():
    nerve = SpikeGeneratorGroup(1, [0], [1] * ms)
    fibers = nmj.MuscleFibers(1)
    return nerve, fibers, nmj.NMJ(nerve, fibers)


def works(nerve, fibers, synapse):
    """The objects still run."""
    Network(nerve, fibers, synapse).run(10 * ms)
    assert synapse.impulses[0] == 1


def test_empty_connection():
    nerve, fibers, synapse = parts()
    synapse.connect(condition="i > 5")
    with pytest.raises(BrianObjectException) as error:
        Network(nerve, fibers, synapse).run(1 * ms)
    assert isinstance(cause(error), ValueError)
    assert "no junctions" in str(cause(error))


@pytest.mark.parametrize(
    ("name", "value", "match"),
    [
        ("delay", -1 * ms, "at least 0"),
        ("delay", np.nan * ms, "finite"),
        ("receptor_loss", 1.5, "between 0 and 1"),
        ("receptor_loss", np.nan, "finite"),
    ],
)
def test_impossible_values_of_a_junction(name, value, match):
    nerve, fibers, synapse = parts()
    synapse.connect()
    good = getattr(synapse, name)[:].copy()
    setattr(synapse, name, value)
    net = Network(nerve, fibers, synapse)
    with pytest.raises(BrianObjectException) as error:
        net.run(1 * ms)
    assert match in str(cause(error))
    setattr(synapse, name, good)
    net.run(10 * ms)
    assert synapse.impulses[0] == 1


@pytest.mark.parametrize("name", ["v", "I", "Na_available"])
def test_nan_in_a_fiber(name):
    nerve, fibers, synapse = parts()
    synapse.connect()
    good = fibers.variables[name].get_value().copy()
    fibers.variables[name].get_value()[:] = np.nan
    net = Network(nerve, fibers, synapse)
    with pytest.raises(BrianObjectException) as error:
        net.run(1 * ms)
    assert f"{name}[0]" in str(cause(error))
    fibers.variables[name].get_value()[:] = good
    net.run(10 * ms)
    assert synapse.impulses[0] == 1


def test_time_step_too_long():
    defaultclock.dt = 1 * ms
    nerve, fibers, synapse = parts()
    synapse.connect()
    net = Network(nerve, fibers, synapse)
    with pytest.raises(BrianObjectException) as error:
        net.run(10 * ms)
    assert "dt" in str(cause(error))
    defaultclock.dt = 0.1 * ms
    net.run(10 * ms)
    assert synapse.impulses[0] == 1


def test_wrong_kinds():
    nerve, fibers, _ = parts()
    silent = NeuronGroup(1, "x : 1")
    with pytest.raises(TypeError, match="spikes"):
        nmj.NMJ(silent, fibers)
    with pytest.raises(TypeError, match="MuscleFibers"):
        nmj.NMJ(nerve, silent)
    with pytest.raises(TypeError, match="Junction"):
        nmj.NMJ(nerve, fibers, junction="human")
    with pytest.raises(TypeError, match="Fiber"):
        nmj.MuscleFibers(3, fiber="human")
    with pytest.raises(ValueError, match="noise"):
        nmj.NMJ(nerve, fibers, noise="loud")
    with pytest.raises(ValueError, match="agonist"):
        nmj.junctions.human().replace(receptor=nmj.receptors.human_adult().in_bath(ACh=1 * uM))
    with pytest.raises(DimensionMismatchError):
        nmj.NMJ(nerve, fibers, delay=3 * mV)
    with pytest.raises(ValueError, match="in_flight"):
        nmj.NMJ(nerve, fibers, in_flight=0)


def test_temperatures_must_agree():
    nerve, fibers, _ = parts()
    with pytest.raises(ValueError, match="degC"):
        nmj.NMJ(nerve, fibers, junction=nmj.junctions.human(temperature=22 * degC))


def test_units_are_checked_and_the_object_is_unchanged():
    nerve, fibers, synapse = parts()
    synapse.connect()
    with pytest.raises(DimensionMismatchError):
        synapse.delay = 3 * mV
    with pytest.raises(DimensionMismatchError):
        fibers.v = 3 * siemens
    works(nerve, fibers, synapse)


def test_unknown_parameter_names_suggest_the_right_one():
    with pytest.raises(KeyError, match="cleft_width"):
        nmj.junctions.human().replace(cleft_with=50e-9)
    with pytest.raises(AttributeError, match="human"):
        nmj.junctions.humen()


@pytest.mark.parametrize("Ca", [-1 * mM, np.nan * mM, 3 * second])
def test_impossible_parameters(Ca):
    junction = nmj.junctions.human()
    with pytest.raises((ValueError, DimensionMismatchError)):
        junction.replace(Ca=Ca)


def test_the_junction_of_an_object_is_fixed():
    _, _, synapse = parts()
    with pytest.raises(AttributeError):
        synapse.junction = nmj.junctions.human()


def test_too_many_impulses_on_their_way():
    nerve = SpikeGeneratorGroup(1, np.zeros(70, int), np.arange(1, 71) * ms)
    fibers = nmj.MuscleFibers(1)
    synapse = nmj.NMJ(nerve, fibers, delay=80 * ms)
    synapse.connect()
    with pytest.raises(RuntimeError, match="holds 64 impulses already"):
        Network(nerve, fibers, synapse).run(80 * ms)


@pytest.mark.parametrize(
    "thing",
    [
        nmj.junctions.human(),
        nmj.fibers.human(),
        nmj.Contraction(),
    ],
    ids=["junction", "fiber", "contraction"],
)
def test_a_description_is_not_changed_by_assignment(thing):
    """It would read back as if it had worked; the error names the way that works."""
    known = next(name for name in thing if name != "temperature")
    before = thing.key()
    with pytest.raises(AttributeError, match=rf"\.replace\({known}=\.\.\.\)"):
        setattr(thing, known, 1.0)
    with pytest.raises(AttributeError, match="not changed by assignment"):
        thing.no_such_parameter = 3
    assert thing.key() == before


def test_a_junction_changed_between_runs():
    """The NMJ keeps what it was made with; changing that raises, and the objects still run."""
    nerve, fibers, synapse = parts()
    synapse.connect()
    net = Network(nerve, fibers, synapse)
    net.run(1 * ms)
    with pytest.raises(AttributeError, match="replace"):
        synapse.junction.Ca = 0.3 * mM
    with pytest.raises(AttributeError):
        synapse.junction = nmj.junctions.mouse()
    net.run(10 * ms)
    assert synapse.impulses[0] == 1


@pytest.mark.parametrize(
    ("name", "value"), [("I", 1 * amp), ("v", 1e6 * volt), ("v", np.nan * volt)]
)
def test_impossible_values_of_a_fiber(name, value):
    """Beyond any membrane: a slip of units, refused before the run."""
    nerve, fibers, synapse = parts()
    synapse.connect()
    before = getattr(fibers, name)[0]
    setattr(fibers, name, value)
    with pytest.raises(BrianObjectException) as error:
        Network(nerve, fibers, synapse).run(1 * ms)
    assert f"{fibers.name}.{name}[0]" in str(cause(error))
    setattr(fibers, name, before)
    works(nerve, fibers, synapse)


def test_connect_during_a_run():
    """The kernel holds the arrays: refused, with what to do; the network stays usable."""
    nerve, fibers, synapse = parts()
    synapse.connect()

    @network_operation(dt=1 * ms)
    def grow(t):
        if t > 1.5 * ms:
            synapse.connect()

    net = Network(nerve, fibers, synapse, grow)
    with pytest.raises(Exception, match="") as error:
        net.run(5 * ms)
    messages = [str(error.value), str(error.value.__cause__)]
    assert any("Connect between two runs" in text for text in messages)
    net.remove(grow)
    synapse.connect()
    net.run(5 * ms)
    assert len(synapse) == 2


@pytest.mark.parametrize("kind", [nmj.Quantum, nmj.Terminal, nmj.EndplateModel, nmj.ReleaseModel])
@pytest.mark.parametrize(
    "wrong", [nmj.junctions.human, "human", nmj.fibers.human()], ids=["function", "name", "fiber"]
)
def test_what_is_no_junction(kind, wrong):
    """A forgotten pair of brackets, a name, a fiber."""
    with pytest.raises(TypeError, match=r"needs a Junction such as nmj\.junctions\.human\(\)"):
        kind(wrong)


def test_other_words_that_are_refused():
    nerve, fibers, _ = parts()
    with pytest.raises(TypeError, match="latency is True or False"):
        nmj.NMJ(nerve, fibers, latency="x")
    with pytest.raises(ValueError, match="ratio must be a finite number"):
        nmj.innervation(5, 10, ratio="a")
    with pytest.raises(KeyError, match="did you mean Ca"):
        nmj.junctions.human().replace(ca=1 * mM)


def test_command_line_says_what_is_wrong_without_a_traceback(tmp_path, capsys):
    for words in (["--receptor-loss", "2"], ["--receptor-loss", "nan"], ["--seed", "-1"]):
        with pytest.raises(SystemExit) as stop:
            main(["demo", "--out", str(tmp_path), *words])
        assert stop.value.code == 2
        assert capsys.readouterr().err.splitlines()[-1].startswith("nmj demo: ")


def test_antagonist_that_never_leaves():
    with pytest.raises(ValueError, match="antagonist_occupancy"):
        nmj.Antagonist("btx", 1e-3 * mM, 1e8 / mM / second, 0 / second)


def test_difference_of_receptors_is_named():
    human = nmj.junctions.human()
    other = human.replace(receptor=nmj.receptors.human_mutant("aL273F"))
    assert "receptor: " in other.diff(human)
    assert "receptor" not in human.diff(nmj.junctions.human())
