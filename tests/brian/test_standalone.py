"""C++ standalone compiles the same C: the same quanta exactly, the same voltages within rounding."""

from __future__ import annotations

import subprocess
import sys

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
    ms,
    seed,
    set_device,
    us,
)
from brian2.devices.device import all_devices

import nmj_brian as nmj
from nmj_brian.units import newton, nM

TIMES = np.array([1.0, 7.3, 13.1, 19.9])


def simulate(standalone, directory, AChE=1.0, runs=(12, 18), n=6):
    """A small muscle in one of the two modes; its results as plain arrays."""
    if standalone:
        set_device("cpp_standalone", build_on_run=False, directory=None)
    seed(21)
    i = np.tile(np.arange(2), len(TIMES))
    nerve = SpikeGeneratorGroup(2, i, np.repeat(TIMES, 2) * ms)
    # half of the receptors are gone in some fibers, so that some impulses are blocked
    junction = nmj.junctions.human()
    junction = junction.replace(AChE_density=AChE * junction.AChE_density)
    units = nmj.innervation(units=2, fibers=n, ratio=2)
    muscle = nmj.MotorUnits(nerve, units, junction, delay=333 * us)
    muscle.junctions.receptor_loss = "0.12*j"
    trace = StateMonitor(muscle.fibers, "v", record=True)
    spikes = SpikeMonitor(muscle.fibers, variables="spike_time")
    bathed = nmj.MuscleFibers(2)
    counted = nmj.NMJ(
        nerve, bathed, junction=nmj.junctions.human().replace(agonist=100 * nM), noise="channels",
        addresses=([3, 8], [40, 17]),
    )  # fmt: skip
    counted.connect(j="i")
    net = Network(nerve, muscle, trace, spikes, bathed, counted)
    for duration in runs:
        net.run(duration * ms)
    if standalone:
        device.build(directory=str(directory), compile=True, run=True, debug=False)
    junctions = muscle.junctions
    result = {
        "quanta": np.array(junctions.quanta_total[:]),
        "ready": np.array(junctions.ready[:]),
        "impulses": np.array(junctions.impulses[:]),
        "release_time": np.array(junctions.release_time_[:]),
        "AR": np.array(junctions.AR[:]),
        "counted": np.array([counted.AR[:], counted.A2R_open[:]]),
        "v": np.array(trace.v / 1),
        "spike_i": np.array(spikes.i),
        "spike_time": np.array(spikes.spike_time),
        "transmission": muscle.transmission,
        "force": float(muscle.force / newton),
    }
    if standalone:
        device.reinit()
        set_device("runtime")
    return result


@pytest.mark.standalone
@pytest.mark.slow
@pytest.mark.parametrize("AChE", [1.0, 0.05], ids=["whole AChE", "quanta overlap"])
def test_standalone_equals_runtime(tmp_path, AChE):
    """Quanta, counts and spikes are equal; voltages within 1e-9 V.

    The same C compiled by two compilers' settings; the only freedom is the C library's exp in the
    entry of a quantum (1e-15), which an action potential amplifies by its steepest slope.
    """
    runtime = simulate(False, None, AChE)
    standalone = simulate(True, tmp_path, AChE)
    for name in ("quanta", "ready", "impulses", "spike_i", "counted"):
        assert np.array_equal(runtime[name], standalone[name]), name
    assert runtime["quanta"].min() > 0
    assert runtime["counted"].min() > 0
    assert len(runtime["spike_i"]) > 0
    for name in ("v", "spike_time", "release_time"):
        assert np.allclose(runtime[name], standalone[name], rtol=0, atol=1e-9), name
    assert np.allclose(runtime["AR"], standalone["AR"], rtol=1e-9, atol=1e-9)
    assert np.array_equal(runtime["transmission"], standalone["transmission"])
    assert runtime["force"] == pytest.approx(standalone["force"], rel=1e-9)


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
def test_standalone_refuses_what_runtime_mode_refuses(tmp_path):
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
    done = subprocess.run([str(tmp_path / "main")], cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode != 0
    assert "ready[1]' is 2.5; vesicles are whole" in done.stderr


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
