"""C++ standalone compiles the same C: the same quanta exactly, the same voltages within rounding."""

from __future__ import annotations

import subprocess
import sys
from functools import cache
from tempfile import TemporaryDirectory

import numpy as np
import pytest
from brian2 import (
    Network,
    NeuronGroup,
    SpikeGeneratorGroup,
    SpikeMonitor,
    StateMonitor,
    defaultclock,
    device,
    mm,
    ms,
    mV,
    nA,
    prefs,
    seed,
    set_device,
    um,
    us,
)
from brian2.devices.device import all_devices

import nmj_brian as nmj
from nmj_brian.units import newton, nM

TIMES = np.array([1.0, 7.3, 13.1, 19.9])
COUNTS = ("quanta_total", "ready", "impulses")
ENDS = ["v", "v_proximal", "v_b"]
#: Of fibers from tendon to tendon: relative to their size, too.
WHOLE = ("arrival_proximal", "arrival_a", "arrival_b", "arrival_distal", "velocity", *ENDS[1:])


def simulate(directory=None):
    """All kinds of junctions and fibers, in two runs, in standalone mode if a directory is given; plain arrays.

    One program serves all, since compiling is what takes time.
    """
    if directory is not None:
        set_device("cpp_standalone", build_on_run=False, directory=None)
    seed(21)
    i, when = np.tile(np.arange(2), len(TIMES)), np.repeat(TIMES, 2) * ms
    human = nmj.junctions.human()

    # a muscle; on two of its fibers also junctions whose receptors are counted, in a bath
    nerve = SpikeGeneratorGroup(2, i, when)
    units = nmj.innervation(units=2, fibers=6, ratio=2)
    muscle = nmj.MotorUnits(nerve, units, human, delay=333 * us)
    # half of the receptors are gone in some fibers, so that some impulses are blocked
    muscle.junctions.receptor_loss = "0.12*j"
    counted = nmj.NMJ(
        nerve, muscle.fibers, human.replace(agonist=100 * nM), noise="channels",
        addresses=([3, 8], np.arange(40, 46)),
    )  # fmt: skip
    counted.connect(i=[0, 1], j=[0, 1])
    spikes = SpikeMonitor(muscle.fibers, variables="spike_time")

    # another muscle, whose action potentials are read from a table; between the runs one fiber is moved and one held
    late = SpikeGeneratorGroup(2, i, when + 6 * ms)
    table = nmj.MotorUnits(late, units, human, action_potential="tabulated", stream=7)
    table.junctions.receptor_loss = "0.12*j"
    followed = SpikeMonitor(table.fibers, variables="spike_time")

    # fibers from tendon to tendon, where quanta overlap
    tendons = nmj.fibers.human().whole(14 * mm, 5 * mm, sites={"a": 8 * mm, "b": 11 * mm})
    whole = nmj.MuscleFibers(3, tendons)
    whole.diameter = [40, 50, 70] * um
    # and more impulses are on their way than there is room for at first
    slow = human.replace(AChE_density=0.05 * human.AChE_density)
    overlap = nmj.NMJ(nerve, whole, slow, delay=7 * ms, in_flight=1)
    overlap.connect(i=0, j=[0, 1, 2])
    overlap.receptor_loss = "0.12*j"

    traces = StateMonitor(muscle.fibers, "v", record=True), StateMonitor(whole, ENDS, record=True)
    net = Network(nerve, muscle, counted, spikes, whole, overlap, traces, late, table, followed)
    net.run(12 * ms)
    follow = [] if directory is not None else [table.fibers._stage._on_course().sum()]
    table.fibers.v[2] = -70 * mV
    table.fibers.I[3] = 2 * nA
    net.run(18 * ms)
    if directory is None:  # where a run ends, and where all do
        assert min(*follow, table.fibers._stage._on_course().sum()) > 1
    if directory is not None:
        device.build(directory=str(directory), compile=True, run=True, debug=False)

    result = {
        "muscle.spike_i": np.array(spikes.i),
        "muscle.spike_time": np.array(spikes.spike_time),
        "muscle.v": np.array(traces[0].v / 1),
        "muscle.transmission": muscle.transmission,
        "muscle.force": np.array(muscle.force / newton),
        "table.spike_i": np.array(followed.i),
        "table.spike_time": np.array(followed.spike_time),
        "table.v_end": np.array(table.fibers.v[:] / 1),
        "whole.velocity": np.asarray(whole.conduction_velocity("a", "b")),
    }
    for name, junctions in (
        ("muscle", muscle.junctions),
        ("counted", counted),
        ("overlap", overlap),
        ("table", table.junctions),
    ):
        result |= {f"{name}.{x}": np.array(getattr(junctions, x)[:]) for x in COUNTS}
        result[f"{name}.release_time"] = np.array(junctions.release_time_[:])
        result[f"{name}.AR"] = np.array(junctions.AR[:])
    result["counted.A2R_open"] = np.array(counted.A2R_open[:])
    for name in ("proximal", "a", "b", "distal"):
        result[f"whole.arrival_{name}"] = np.array(getattr(whole, f"arrival_{name}_")[:])
    result["whole.spike_time"] = np.array(whole.spike_time_[:])
    result |= {f"whole.{name}": np.array(getattr(traces[1], f"{name}_")) for name in ENDS}
    if directory is not None:
        device.reinit()
        set_device("runtime")
    return result


@cache
def both():
    """The same in runtime and in standalone mode."""
    with TemporaryDirectory() as folder:
        return simulate(), simulate(folder)


def compared(part):
    """Both results of one part, after comparison.

    The same C compiled by two compilers' settings; the only freedom is the C library's exp in the
    entry of a quantum (1e-15), which an action potential amplifies by its steepest slope.
    """
    runtime, standalone = (
        {k.removeprefix(f"{part}."): x for k, x in one.items() if k.startswith(f"{part}.")}
        for one in both()
    )
    exact = {*COUNTS, "spike_i", "transmission"}
    if part == "counted":
        exact |= {"AR", "A2R_open"}
    for name, values in runtime.items():
        if name in exact:
            assert np.array_equal(values, standalone[name]), name
        elif name == "force":
            assert values == pytest.approx(standalone[name], rel=1e-9)
        elif name in ("AR", *WHOLE):
            assert np.allclose(values, standalone[name], rtol=1e-9, atol=1e-9), name
        else:
            assert np.allclose(values, standalone[name], rtol=0, atol=1e-9), name
    return runtime


@pytest.mark.standalone
@pytest.mark.slow
def test_standalone_equals_runtime():
    """Quanta, counts and spikes are equal; voltages within 1e-9 V."""
    found = compared("muscle")
    assert found["quanta_total"].min() > 0
    assert len(found["spike_i"]) > 0


@pytest.mark.standalone
@pytest.mark.slow
def test_standalone_equals_runtime_where_quanta_overlap():
    """With a twentieth of the AChE: counts are equal, receptors within 1e-9."""
    assert compared("overlap")["quanta_total"].min() > 0


@pytest.mark.standalone
@pytest.mark.slow
def test_standalone_follows_the_same_course():
    """As computed ones; fibers follow the table when a run ends, and are moved and held."""
    found = compared("table")
    assert len(found["spike_i"]) > 6
    assert found["v_end"].min() > -0.0849  # nobody is at rest yet


def threaded(threads=0, directory=None):
    """500 fibers that fire twice, some of them blocked; in standalone mode if a directory is given."""
    if directory is not None:
        set_device("cpp_standalone", build_on_run=False, directory=None)
        prefs.devices.cpp_standalone.openmp_threads = threads
    seed(22)
    nerve = SpikeGeneratorGroup(1, [0, 0], [1, 9] * ms)
    fibers = nmj.MuscleFibers(500, action_potential="tabulated")
    synapse = nmj.NMJ(nerve, fibers, stream=3)
    synapse.connect()
    synapse.receptor_loss = "0.8*int(j%5 == 0)"
    spikes = SpikeMonitor(fibers, variables="spike_time")
    Network(nerve, fibers, synapse, spikes).run(14 * ms)
    if directory is not None:
        device.build(directory=str(directory), compile=True, run=True, debug=False)
    found = {name: np.array(getattr(synapse, name)[:]) for name in (*COUNTS, "g_", "AR")}
    found |= {
        "i": np.array(spikes.i),
        "spike_time": np.array(spikes.spike_time_),
        "v": np.array(fibers.v_[:]),
    }
    if directory is not None:
        prefs.devices.cpp_standalone.openmp_threads = 0
        device.reinit()
        set_device("runtime")
    return found


@pytest.mark.standalone
@pytest.mark.slow
@pytest.mark.parametrize("threads", [1, 2])
def test_threads_of_openmp_share_the_kernels(threads, tmp_path):
    """Junctions, fibers and stragglers of some chunks each: counts are equal, all else within rounding."""
    runtime, standalone = threaded(), threaded(threads, tmp_path)
    text = (tmp_path / "main.cpp").read_text()
    assert f"omp_set_num_threads({threads})" in text
    assert 500 < len(runtime["i"]) < 1000
    for name in (*COUNTS, "i"):
        assert np.array_equal(runtime[name], standalone[name]), name
    assert np.allclose(runtime["spike_time"], standalone["spike_time"], rtol=0, atol=1e-9)
    for name in ("v", "g_", "AR"):
        assert np.allclose(runtime[name], standalone[name], rtol=1e-9, atol=1e-9), name


@pytest.mark.standalone
@pytest.mark.slow
def test_standalone_counts_the_same_receptors():
    """Receptors that move by chance, in a bath of agonist: equal in every state."""
    found = compared("counted")
    assert found["quanta_total"].min() > 0
    assert min(found["AR"].min(), found["A2R_open"].min()) > 0


@pytest.mark.standalone
@pytest.mark.slow
def test_standalone_fibers_from_tendon_to_tendon():
    """As with chains: voltages within 1e-9 V, arrivals within 1e-9 s."""
    found = compared("whole")
    assert np.all(found["arrival_distal"] > 0)
    assert np.all(np.diff(found["velocity"]) > 0.2)  # wider is faster


def test_another_device_is_refused():
    """A custom object would be skipped there without a word, so we raise."""
    name = "nmj_test_device"
    kind = type("TestDevice", (type(all_devices["cpp_standalone"]),), {})
    all_devices[name] = kind()
    try:
        set_device(name, build_on_run=False)
        with pytest.raises(NotImplementedError, match=name):
            nmj.MuscleFibers(1)
    finally:
        set_device("runtime")
        del all_devices[name]


@pytest.mark.slow
@pytest.mark.standalone
def test_standalone_refuses_what_runtime_mode_refuses(tmp_path, unoptimized):
    """Values are known only when the program runs: at the first step of each run it names the wrong one."""
    set_device("cpp_standalone", build_on_run=False)
    defaultclock.dt = 0.1 * ms
    nerve = SpikeGeneratorGroup(2, [0, 1], [1, 1] * ms)
    fibers = nmj.MuscleFibers(2)
    synapse = nmj.NMJ(nerve, fibers)
    synapse.connect(j="i")
    net = Network(nerve, fibers, synapse)
    net.run(0.5 * ms)
    synapse.ready = "2.5*i"
    net.run(0.5 * ms)
    device.build(directory=str(tmp_path), compile=True, run=False, debug=False)
    # the second run; values that are given to the program replace those of the first one
    for given, wrong in (
        ([], "ready[1]' is 2.5; vesicles are whole"),
        ([f"{fibers.name}.v=5.0"], "v[0]' is 5; it must be a membrane voltage"),
    ):
        command = [str(tmp_path / "main"), *given]
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
        assert done.returncode != 0
        assert wrong in done.stderr


def test_no_code_is_generated_for_our_part():
    """In runtime mode no Brian2 code object belongs to fibers or junctions."""
    defaultclock.dt = 0.1 * ms
    nerve = SpikeGeneratorGroup(1, [0], [1] * ms)
    fibers = nmj.MuscleFibers(1)
    synapse = nmj.NMJ(nerve, fibers)
    synapse.connect()
    Network(nerve, fibers, synapse).run(2 * ms)
    for group in (fibers, synapse):
        for part in group.contained_objects:
            assert not getattr(part, "code_objects", []), part.name


def test_nothing_global_is_changed_by_the_import():
    """Device, preferences, clock and seed are as before; checked in a fresh process."""
    code = (
        "import numpy as np, brian2 as b\n"
        "b.seed(3); s = np.random.get_state(); p = b.prefs.as_file; d = b.get_device(); t = b.defaultclock.dt\n"
        "import nmj_brian\n"
        "r = np.random.get_state()\n"
        "assert (s[1] == r[1]).all() and s[2] == r[2]\n"
        "assert p == b.prefs.as_file and d is b.get_device() and t == b.defaultclock.dt\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout == ""


def test_neuron_group_as_nerve_needs_nothing_special():
    """Any group that spikes drives a junction."""
    nerve = NeuronGroup(3, "dx/dt = (2 - x)/(5*ms) : 1", threshold="x > 1", reset="x = 0")
    fibers = nmj.MuscleFibers(3)
    synapse = nmj.NMJ(nerve, fibers)
    synapse.connect(j="i")
    spikes = SpikeMonitor(nerve)
    Network(nerve, fibers, synapse, spikes).run(20 * ms)
    assert np.array_equal(synapse.impulses[:], spikes.count[:])
