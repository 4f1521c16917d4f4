"""Bad input: one clear exception that says what, where and what to do; the objects stay usable."""

from __future__ import annotations

import numpy as np
import pytest
from brian2 import (
    DimensionMismatchError,
    Network,
    NeuronGroup,
    SpikeGeneratorGroup,
    defaultclock,
    ms,
    mV,
    second,
    siemens,
)
from brian2.core.base import BrianObjectException

import nmj_brian as nmj
from nmj_brian.units import degC, mM


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
    with pytest.raises(NotImplementedError, match="channels"):
        nmj.NMJ(nerve, fibers, noise="channels")
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
    nerve = SpikeGeneratorGroup(1, np.zeros(20, int), np.arange(1, 21) * ms)
    fibers = nmj.MuscleFibers(1)
    synapse = nmj.NMJ(nerve, fibers, delay=30 * ms, in_flight=4)
    synapse.connect()
    with pytest.raises(RuntimeError, match="in_flight=8"):
        Network(nerve, fibers, synapse).run(40 * ms)
