"""Who reads or writes a variable during a run: all that Brian2 has for it is seen, and nothing else."""

from __future__ import annotations

import numpy as np
import pytest
from brian2 import (
    EventMonitor,
    Network,
    NeuronGroup,
    PoissonInput,
    PopulationRateMonitor,
    SpikeGeneratorGroup,
    SpikeMonitor,
    StateMonitor,
    Synapses,
    amp,
    linked_var,
    ms,
    mV,
    nA,
    network_operation,
    second,
)

import nmj_brian as nmj
from nmj_brian.brian.network import is_used


def fibers(**kwds):
    return nmj.MuscleFibers(3, **kwds)


def nothing(_):
    return ()


def a_monitor_of_spikes(group):
    return (SpikeMonitor(group, variables="spike_time"), PopulationRateMonitor(group))


def an_unrelated_network(group):
    other = NeuronGroup(2, "dx/dt = -x/ms : 1", threshold="x > 1", reset="x = 0", method="exact")
    own = Synapses(group, other, on_pre="x_post += 1")
    own.connect()
    return (
        other,
        own,
        StateMonitor(other, "x", record=True),
        PoissonInput(other, "x", 2, 5 / second, 1),
    )


def a_monitor(group):
    return (StateMonitor(group, "v", record=[0]),)


def a_monitor_at_spikes(group):
    return (SpikeMonitor(group, variables="v"),)


def a_monitor_of_events(group):
    return (EventMonitor(group, "spike", variables=["v"]),)


def an_operation(group):
    @network_operation
    def look():
        group.v[0]

    return (look,)


def regular_code(group):
    return (group.run_regularly("I = 1*nA"),)


def synapses(group):
    source = SpikeGeneratorGroup(1, [0], [1] * ms)
    current = Synapses(source, group, on_pre="I_post += 1*nA")
    current.connect()
    return source, current


def synapses_that_look(group):
    other = NeuronGroup(1, "x : volt")
    look = Synapses(group, other, on_pre="x_post = v_pre")
    look.connect()
    return other, look


def a_sum(group):
    other = NeuronGroup(1, "x : amp")
    current = Synapses(other, group, "I_post = x_pre : amp (summed)")
    current.connect()
    return other, current


def a_linked_variable(group):
    other = NeuronGroup(3, "dx/dt = (w - x)/ms : volt\nw : volt (linked)", method="euler")
    other.w = linked_var(group, "v")
    return (other,)


def a_subexpression(group):
    other = NeuronGroup(
        3, "dx/dt = (u - x)/ms : volt\nu = 2*w : volt\nw : volt (linked)", method="euler"
    )
    other.w = linked_var(group, "v")
    return (other,)


def poisson_input(group):
    return (PoissonInput(group, "I", 5, 10 / second, 1 * nA),)


@pytest.mark.parametrize("way", [nothing, a_monitor_of_spikes, an_unrelated_network])
def test_who_does_not(way):
    assert not seen(fibers(), way)


@pytest.mark.parametrize(
    "way",
    [
        a_monitor,
        a_monitor_at_spikes,
        a_monitor_of_events,
        an_operation,
        regular_code,
        synapses,
        synapses_that_look,
        a_sum,
        a_linked_variable,
        a_subexpression,
        poisson_input,
    ],
    ids=lambda way: way.__name__,
)
def test_who_does(way):
    assert seen(fibers(), way)


def test_equations_of_the_fibers_themselves():
    assert seen(fibers(model="dx/dt = (v/mV - x)/ms : 1"), nothing)
    assert not seen(fibers(model="dx/dt = -x/ms : 1"), nothing)


def seen(group, way):
    """Asked while a network is about to run."""
    said = []
    before = group._stage.bind

    def bind():
        said.append(is_used([group.variables[name] for name in ("v", "I")]))
        return before()

    group._stage.bind = bind
    network = Network(group, *way(group))
    network.run(0 * ms)
    return said[0]


def test_a_current_that_comes_late_in_a_run():
    """Fibers at rest are looked at in each step where it might come, by whatever way."""
    for way in (regular_code, synapses, a_sum, poisson_input):
        group = fibers()
        objects = way(group)
        if way is a_sum:
            objects[0].x = 1 * nA
        if way is poisson_input:
            objects = (PoissonInput(group, "I", 500, 1000 / second, 1 * nA),)
        Network(group, *objects).run(3 * ms)
        assert np.all(group.I[:] > 0 * amp), way.__name__
        assert np.all(group.v[:] > group.v_rest + 0.01 * mV), way.__name__
