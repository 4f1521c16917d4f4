"""Ways to move or to look at fibers and junctions on the course of an action potential that are easily missed."""

from __future__ import annotations

import numpy as np
import pytest
from brian2 import (
    Hz,
    Network,
    NeuronGroup,
    SpikeGeneratorGroup,
    StateMonitor,
    Synapses,
    check_units,
    defaultclock,
    implementation,
    linked_var,
    ms,
    mV,
    second,
    seed,
    siemens,
    start_scope,
    um,
    volt,
)

import nmj_brian as nmj

HUMAN = nmj.junctions.human()
MODES = ("computed", "tabulated")


def muscle(mode, n=4, times=(2,), junction=HUMAN, fiber=None):
    start_scope()
    defaultclock.dt = 0.1 * ms
    seed(5)
    nerve = SpikeGeneratorGroup(1, [0] * len(times), times * ms, name="nerve")
    fibers = nmj.MuscleFibers(n, fiber, action_potential=mode, name="fibers")
    junctions = nmj.NMJ(nerve, fibers, junction, name="junctions")
    junctions.connect()
    return Network(nerve, fibers, junctions), fibers, junctions


def test_a_quantum_on_the_tail_of_an_action_potential_is_not_lost():
    """Its channels are still opening when the fiber is nearly where the table is: it must not join there.

    Within the tolerance of joining (0.5 mV) and a tenth of it for what differs already.
    """
    seen = []
    for mode in MODES:
        junction = HUMAN.replace(mini_rate=100 * Hz)
        network, fibers, _ = muscle(mode, 64, (2, 20), junction)
        v = StateMonitor(fibers, "v", record=True)
        network.add(v)
        network.run(40 * ms)
        seen.append(np.array(v.v_))
    late = np.r_[50:200, 250:400]
    assert np.abs(seen[0] - seen[1])[:, late].max() < 0.55e-3


def test_quanta_that_fire_a_thin_fiber_do():
    counts = []
    for mode in MODES:
        junction, fiber = HUMAN.replace(mini_rate=100 * Hz), nmj.fibers.human(diameter=15 * um)
        network, fibers, _ = muscle(mode, 100, (1000,), junction, fiber)
        network.run(30 * ms)
        counts.append(np.array(fibers.spike_count[:]))
    assert counts[0].sum() > 20
    assert np.array_equal(*counts)


def test_a_quantum_does_not_move_a_fiber_that_is_held_at_rest():
    network, fibers, junctions = muscle("tabulated", 300, (1000,))
    fibers.clamped = True
    network.run(12 * ms)
    assert junctions.quanta_total[:].sum() > 0
    assert np.all(fibers.v[:] == fibers.v_rest)
    assert np.all(fibers.peak_v[:] == fibers.v_rest)


@pytest.mark.parametrize("v_mV", [-150, 40])
def test_the_junction_of_a_fiber_held_on_its_course_closes_at_the_voltage_held(v_mV):
    g = []
    for mode in MODES:
        network, fibers, junctions = muscle(mode)
        network.run(3.6 * ms)
        fibers.clamped = True
        fibers.v = v_mV * mV
        network.run(1 * ms)
        g.append(np.array(junctions.g_[:]))
    assert np.abs(g[0] - g[1]).max() < 6e-9  # one step at the voltage of the table


def test_peaks_that_are_set_back_on_the_course():
    seen = []
    for mode in MODES:
        network, fibers, junctions = muscle(mode)
        network.run(4 * ms)
        fibers.peak_v = -100 * mV
        junctions.peak_g = 0 * siemens
        network.run(1 * ms)
        seen.append((np.array(fibers.peak_v_[:]), np.array(junctions.peak_g_[:])))
    (v, g), (v_tabulated, g_tabulated) = seen
    assert np.allclose(v, v_tabulated, rtol=0, atol=0.25e-3)
    assert np.allclose(g, g_tabulated, rtol=0.01)


def test_receptors_lost_in_a_run_are_lost_then_whoever_looks():
    g = []
    for look in (False, True):
        network, _, junctions = muscle("tabulated")
        network.add(junctions.run_regularly("receptor_loss = 0.9*int(t > 3.6*ms)"))
        if look:
            network.add(StateMonitor(junctions, "g", record=True))
        network.run(4.5 * ms)
        g.append(np.array(junctions.g_[:]))
    assert np.array_equal(*g)


def test_what_is_stored_on_a_course_is_not_silently_restored_without(tmp_path):
    network, *_ = muscle("tabulated")
    network.run(3.6 * ms)
    network.store(filename=tmp_path / "state")
    network, *_ = muscle("computed")
    network.restore(filename=tmp_path / "state")
    with pytest.raises(Exception, match="preparing") as error:
        network.run(1 * ms)
    assert "tabulated" in str(error.value.__cause__)


def python_function(fibers, seen):
    @implementation("numpy", discard_units=True)
    @check_units(t=second, result=1)
    def look(t):
        seen.append(fibers.v_[0])
        return 0.0

    group = NeuronGroup(1, "x : 1", namespace={"look": look})
    group.run_regularly("x = look(t)")
    return (group,)


def own_class(fibers, seen):
    class Generator(SpikeGeneratorGroup):
        def run(self):
            seen.append(fibers.v_[0])

    return (Generator(1, [], [] * ms),)


def refractory(fibers, seen):
    group = NeuronGroup(
        4, "u : volt (linked)", threshold="True", refractory="u > -80*mV", method="exact"
    )
    group.u = linked_var(fibers, "v")
    return (group,)


def late_equations(fibers, seen):
    group = NeuronGroup(4, "x : 1")
    look = Synapses(fibers, group, "dy/dt = (v_pre - y)/ms : volt (clock-driven)", method="euler")
    look.connect(j="i")
    look.state_updater.when = "end"
    return group, look


@pytest.mark.parametrize("way", [python_function, own_class, refractory, late_equations])
def test_who_looks_sees_the_action_potential(way, monkeypatch):
    """Each of these is known to look; what a function or a class sees is the fiber on its course."""
    network, fibers, _ = muscle("tabulated")
    seen, watched = [], []
    before = fibers._stage.watched
    monkeypatch.setattr(fibers._stage, "watched", lambda: watched.append(before()) or watched[-1])
    network.add(*way(fibers, seen))
    network.run(3.5 * ms)
    assert watched
    assert all(watched)
    if seen:
        assert seen[-1] > -80e-3


def test_a_report_of_a_run_sees_the_action_potential():
    network, fibers, _ = muscle("tabulated")
    seen = []
    network.run(3.5 * ms, report=lambda *_: seen.append(fibers.v[0]), report_period=0 * second)
    assert seen[-1] > -0.08 * volt
