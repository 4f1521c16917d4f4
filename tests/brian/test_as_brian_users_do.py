"""What people who know Brian2 do with any group and any Synapses, done with ours."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
from brian2 import (
    Equations,
    EventMonitor,
    Network,
    NeuronGroup,
    PoissonGroup,
    PopulationRateMonitor,
    SpikeGeneratorGroup,
    SpikeMonitor,
    StateMonitor,
    Synapses,
    defaultclock,
    molar,
    ms,
    mV,
    nA,
    network_operation,
    prefs,
    second,
    seed,
)
from brian2.core.base import BrianObjectException

import nmj_brian as nmj
from nmj_brian.units import pS, uS


def parts(n=1, times=(1,), **kwds):
    """n neurons that fire at ``times`` (ms), each with a junction and a fiber; not yet connected."""
    times = np.asarray(times, dtype=float)
    i = np.repeat(np.arange(n), len(times))
    nerve = SpikeGeneratorGroup(n, i, np.tile(times, n) * ms)
    fibers = nmj.MuscleFibers(n)
    return nerve, fibers, nmj.NMJ(nerve, fibers, **kwds)


def test_the_users_preference_for_single_precision():
    """The kernels bind double precision; the preference used to end in a buffer mismatch."""
    prefs.core.default_float_dtype = np.float32
    try:
        nerve, fibers, synapse = parts()
        synapse.connect()
        Network(nerve, fibers, synapse).run(8 * ms)
        assert fibers.spike_count[0] == 1
        assert fibers.variables["v"].dtype == np.float64
    finally:
        prefs.core.default_float_dtype = np.float64


@pytest.mark.parametrize("as_equations", [False, True])
def test_more_equations_on_the_fibers(as_equations):
    """A differential equation that reads the membrane, given as text or as `Equations`."""
    text = "dx/dt = (v/mV - x)/(1*ms) : 1"
    fibers = nmj.MuscleFibers(2, model=Equations(text) if as_equations else text)
    fibers.clamped = True
    Network(fibers).run(10 * ms)
    assert fibers.x[0] == pytest.approx(float(fibers.v_rest / mV), rel=1e-3)


@pytest.mark.parametrize("name", ["ACh", "open_channels", "g", "AR", "A2R_open"])
def test_what_is_only_shown_cannot_be_written(name):
    """The kernel never reads these: a value written there would be lost without a word."""
    _, _, synapse = parts()
    synapse.connect()
    with pytest.raises(TypeError, match="read-only"):
        setattr(synapse, name, 3 * uS if name == "g" else 3)


@pytest.mark.parametrize("ready", [-3, 3.7, np.nan, 1e9])
def test_impossible_vesicles(ready):
    nerve, fibers, synapse = parts()
    synapse.connect()
    synapse.ready = ready
    net = Network(nerve, fibers, synapse)
    with pytest.raises(BrianObjectException) as error:
        net.run(1 * ms)
    assert "ready[0]" in str(error.value.__cause__)
    synapse.ready = 200
    net.run(8 * ms)
    assert synapse.quanta[0] > 5


@pytest.mark.parametrize("share", [-2, 1.5])
def test_impossible_share_of_sodium_channels(share):
    fibers = nmj.MuscleFibers(1)
    fibers.Na_available = share
    with pytest.raises(BrianObjectException) as error:
        Network(fibers).run(1 * ms)
    assert "share" in str(error.value.__cause__)


@pytest.mark.parametrize(
    ("kwds", "kind", "match"),
    [
        ({"in_flight": "x"}, ValueError, "in_flight must be a whole number"),
        ({"in_flight": np.nan}, ValueError, "in_flight must be a whole number"),
        ({"stream": -1}, ValueError, "stream must be a whole number"),
        ({"delay": "3*ms"}, TypeError, "delay must be a time"),
        ({"delay": [1, 2] * ms}, TypeError, "one time for all"),
    ],
)
def test_keywords_that_make_no_sense(kwds, kind, match):
    with pytest.raises(kind, match=match):
        parts(**kwds)


def test_trial_must_be_whole():
    _, _, synapse = parts()
    for bad in (-1, "x", 1.5, np.nan):
        with pytest.raises(ValueError, match="trial must be a whole number"):
            synapse.trial = bad


def test_a_muscle_from_the_wrong_things():
    pool = PoissonGroup(3, rates="50*Hz")
    owned = nmj.innervation(units=3, fibers=12)
    with pytest.raises(TypeError, match="pool must be a group that spikes"):
        nmj.MotorUnits(3, owned)
    with pytest.raises(TypeError, match="pool must be a group that spikes"):
        nmj.MotorUnits(NeuronGroup(3, "x : 1"), owned)
    with pytest.raises(TypeError, match="innervation must come from"):
        nmj.MotorUnits(pool, 12)
    with pytest.raises(TypeError, match="Contraction"):
        nmj.MotorUnits(pool, owned, contraction=nmj.junctions.human())
    with pytest.raises(ValueError, match="units must be a whole number"):
        nmj.innervation(np.nan, 12)


@pytest.mark.parametrize(
    ("state", "shown"), [("v", "v_state"), ("ready", "ready_state"), ("xi", "state_xi")]
)
def test_receptor_states_named_like_something_else(state, shown):
    """A scheme may call its states as it likes; what Brian would refuse gets another name."""
    receptor = nmj.Receptor(
        f"R + ACh <-> {state} : k_on, k_off\n{state} <-> O* : b, a",
        k_on=1e8 / molar / second,
        k_off=1e4 / second,
        b=3e4 / second,
        a=1e3 / second,
        conductance=60 * pS,
        reversal=-3 * mV,
    )
    nerve, fibers, _ = parts()
    synapse = nmj.NMJ(nerve, fibers, nmj.junctions.human().replace(receptor=receptor))
    synapse.connect()
    trace = StateMonitor(synapse, shown, record=True)
    Network(nerve, fibers, synapse, trace).run(4 * ms)
    assert getattr(trace, shown).max() > 0


def test_ways_to_connect_and_to_set():
    seed(3)
    nerve, fibers, synapse = parts(n=4)
    synapse.connect(j="k for k in range(i, i + 2)", skip_if_invalid=True)
    assert len(synapse) == 7
    synapse.connect(i=0, j=0, n=2)
    assert len(synapse) == 9
    synapse.delay = "i*1.5*ms"
    synapse.delay["j == 0"] = 0.2 * ms
    synapse.receptor_loss[0, :] = 0.5
    Network(nerve, fibers, synapse).run(7 * ms)
    start = 1 * ms + synapse.delay[:]
    assert np.all(synapse.impulses[:] == 1)
    after = (synapse.release_time[:] - start) / ms
    assert np.all((after > 0) & (after < 0.5))
    assert len(synapse.quanta["i == 0"]) == 4


def test_all_monitors():
    nerve, fibers, synapse = parts(n=3)
    synapse.connect(j="i")
    everything = StateMonitor(synapse, True, record=True)
    membrane = StateMonitor(fibers, True, record=[1])
    one = StateMonitor(synapse, "g", record=synapse[2, :])
    spikes, part = SpikeMonitor(fibers), SpikeMonitor(fibers[1:])
    events = EventMonitor(fibers, "spike", variables=["v", "spike_time"])
    rate = PopulationRateMonitor(fibers)
    Network(nerve, fibers, synapse, everything, membrane, one, spikes, part, events, rate).run(
        6 * ms
    )
    assert list(spikes.count) == [1, 1, 1]
    assert list(part.count) == [1, 1]
    assert np.all(events.v > 0 * mV)
    assert np.sum(rate.rate * 0.1 * ms) == pytest.approx(1)
    bound = everything.A2R + everything.A2R_open
    assert np.all(bound.max(axis=1) > 1000)
    assert np.array_equal(one.g[0], everything.g[2])
    assert membrane.clamped.shape == (1, 60)


def test_states_can_be_taken_and_put_back():
    nerve, fibers, synapse = parts(n=2)
    synapse.connect(j="i")
    net = Network(nerve, fibers, synapse)
    net.run(2 * ms)
    net.set_states(net.get_states(read_only_variables=False))
    net.run(5 * ms)
    assert list(fibers.spike_count) == [1, 1]


@pytest.mark.parametrize("step_ms", [0.01, 0.025])
def test_step_changes_between_runs_in_the_middle_of_a_volley(step_ms):
    """Before, while and after the step is another one, spikes are where they are without a change."""
    nerve, fibers, synapse = parts(n=17, times=(1, 11, 21), stream=1)
    seed(5)
    synapse.connect(j="i")
    spikes = SpikeMonitor(fibers, "spike_time")
    net = Network(nerve, fibers, synapse, spikes)
    net.store()
    net.run(27 * ms)
    wanted = np.sort(spikes.spike_time_)
    net.restore(restore_random_state=True)
    net.run(0 * ms)
    net.run(1.4 * ms)
    defaultclock.dt = step_ms * ms
    net.run(10.6 * ms)
    defaultclock.dt = 0.1 * ms
    net.run(15 * ms)
    assert np.all(synapse.impulses == 3)
    assert len(wanted) == 3 * 17
    assert np.sort(spikes.spike_time_) == pytest.approx(wanted, abs=10e-6, rel=0)


def test_junctions_made_between_runs_and_taken_back_by_restore():
    nerve, fibers, synapse = parts(n=3, times=(1, 11))
    synapse.connect(i=0, j=0)
    net = Network(nerve, fibers, synapse)
    net.run(1.5 * ms)
    net.store()
    synapse.connect(i=[1, 2], j=[1, 2])
    net.run(15 * ms)
    assert list(synapse.impulses[:]) == [2, 1, 1]
    assert list(fibers.spike_count[:]) == [2, 1, 1]
    net.restore()
    assert len(synapse) == 1
    net.run(15 * ms)
    assert list(fibers.spike_count[:]) == [2, 0, 0]


def test_an_error_of_the_user_in_the_middle_of_a_run():
    nerve, fibers, synapse = parts(times=(1, 11, 21))
    synapse.connect()
    fail = [True]

    @network_operation(dt=1 * ms)
    def operation(t):
        if fail[0] and t > 1.9 * ms:
            raise KeyError("mine")

    net = Network(nerve, fibers, synapse, operation)
    with pytest.raises(KeyError, match="mine"):
        net.run(10 * ms)
    fail[0] = False
    net.run(23 * ms)
    assert synapse.impulses[0] == fibers.spike_count[0] == 3


def test_overflow_and_on():
    """After the exception the stored state comes back and the network runs."""
    nerve, fibers, synapse = parts(times=np.arange(1, 71), delay=80 * ms)
    synapse.connect()
    net = Network(nerve, fibers, synapse)
    net.store()
    with pytest.raises((RuntimeError, BrianObjectException)):
        net.run(80 * ms)
    net.restore()
    synapse.delay = 1 * ms
    net.run(80 * ms)
    assert synapse.impulses[0] == 70


def test_a_neuron_that_fires_in_every_step_and_one_that_fires_at_zero():
    nerve = NeuronGroup(1, "x : 1", threshold="True", reset="")
    fibers = nmj.MuscleFibers(1)
    synapse = nmj.NMJ(nerve, fibers)
    synapse.connect()
    Network(nerve, fibers, synapse).run(20 * ms)
    assert synapse.impulses[0] == 200
    assert synapse.ready[0] >= 0
    nerve, fibers, synapse = parts(times=(0,))
    synapse.connect()
    Network(nerve, fibers, synapse).run(5 * ms)
    assert fibers.spike_count[0] == 1


def test_fibers_feed_back_to_their_pool():
    pool = NeuronGroup(2, "dx/dt = (1.5 - x)/(5*ms) : 1", threshold="x > 1", reset="x = 0")
    fibers = nmj.MuscleFibers(4)
    synapse = nmj.NMJ(pool, fibers)
    synapse.connect("j//2 == i")
    feedback = Synapses(fibers, pool, on_pre="x_post += 0.1")
    feedback.connect("i//2 == j")
    spikes = SpikeMonitor(pool)
    Network(pool, fibers, synapse, feedback, spikes).run(30 * ms)
    assert np.all(fibers.spike_count[:] > 1)
    assert np.array_equal(synapse.impulses["j == 0"], spikes.count[:1])


def test_several_runs_leave_nothing_behind():
    """Objects that nobody holds are collected."""
    import gc
    import weakref

    def once():
        nerve, fibers, synapse = parts()
        synapse.connect()
        fibers.I = 1 * nA
        Network(nerve, fibers, synapse).run(1 * ms)
        return [weakref.ref(x) for x in (nerve, fibers, synapse)]

    held = once()
    gc.collect()
    assert [x() for x in held] == [None, None, None]


def test_a_description_can_be_pickled_and_compared():
    import pickle

    for thing in (nmj.junctions.human(), nmj.fibers.human(), nmj.Contraction()):
        assert pickle.loads(pickle.dumps(thing)) == thing


RESTORED = """
import sys
import numpy as np
from brian2 import *
import nmj_brian as nmj
prefs.codegen.target = "numpy"
seed(8)
nerve = SpikeGeneratorGroup(2, [0, 1, 0, 1], [1, 1, 9, 9]*ms, name="nerve")
fibers = nmj.MuscleFibers(2, name="fibers")
synapse = nmj.NMJ(nerve, fibers, delay=1.234*ms, name="synapse")
synapse.connect(j="i")
net = Network(nerve, fibers, synapse)
if sys.argv[1] == "first":
    net.run(2.4*ms)
    net.store(filename=sys.argv[2])
else:
    seed(99)
    net.restore(filename=sys.argv[2], restore_random_state=True)
net.run(12*ms)
print(list(synapse.quanta_total_[:]), list(synapse.release_time_[:]), list(fibers.spike_time_[:]))
"""


def test_a_state_on_disk_goes_on_in_another_process(tmp_path):
    """In the middle of a volley: quanta, their moments and the spikes are the same."""
    said = []
    for which in ("first", "second"):
        done = subprocess.run(
            [sys.executable, "-c", RESTORED, which, str(tmp_path / "state")],
            capture_output=True,
            text=True,
            check=True,
        )
        said.append(done.stdout)
    assert said[0] == said[1]
    assert "[" in said[0]


def test_restore_after_an_error_in_the_middle_of_a_step():
    """What had been meant to drive the fibers in the step that failed is forgotten."""
    failing = []

    @network_operation(when="after_synapses", order=900_000)  # between junctions and fibers
    def fail(t):
        if failing and t > 3 * ms:
            raise RuntimeError("as asked")

    nerve, fibers, synapse = parts(n=17, stream=1)
    synapse.connect(j="i")
    v = StateMonitor(fibers, "v", record=True)
    net = Network(nerve, fibers, synapse, v, fail)
    net.run(0.5 * ms)
    net.store()
    net.run(15 * ms)
    wanted = v.v_.copy()
    net.restore(restore_random_state=True)
    failing.append(True)
    with pytest.raises(RuntimeError, match="as asked"):
        net.run(15 * ms)
    failing.clear()
    net.restore(restore_random_state=True)
    net.run(15 * ms)
    assert np.array_equal(v.v_, wanted)
