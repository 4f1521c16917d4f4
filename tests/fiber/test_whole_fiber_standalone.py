"""Fibers from tendon to tendon in a C++ standalone program: the same headers, the same result."""

import subprocess

import numpy as np
import pytest
from brian2 import (
    Network,
    SpikeGeneratorGroup,
    StateMonitor,
    device,
    mm,
    ms,
    seed,
    set_device,
    um,
)

import nmj_brian as nmj


def simulate(directory=None, runs=(4, 6)):
    """Three fibers of three diameters, one impulse; in standalone mode if a directory is given."""
    if directory is not None:
        set_device("cpp_standalone", build_on_run=False, directory=None)
    seed(8)
    whole = nmj.fibers.human().whole(14 * mm, 5 * mm, sites={"a": 8 * mm, "b": 11 * mm})
    nerve = SpikeGeneratorGroup(1, [0], [1] * ms)
    fibers = nmj.MuscleFibers(3, whole)
    fibers.diameter = [40, 50, 70] * um
    synapse = nmj.NMJ(nerve, fibers)
    synapse.connect()
    trace = StateMonitor(fibers, ["v", "v_proximal", "v_b"], record=True)
    net = Network(nerve, fibers, synapse, trace)
    for duration in runs:
        net.run(duration * ms)
    if directory is not None:
        device.build(directory=str(directory), compile=True, run=True, debug=False)
    names = ("spike_time", "arrival_proximal", "arrival_a", "arrival_b", "arrival_distal")
    found = {name: np.array(getattr(fibers, f"{name}_")[:]) for name in names}
    found |= {name: np.array(getattr(trace, f"{name}_")) for name in ("v", "v_proximal", "v_b")}
    return found | {"velocity": np.asarray(fibers.conduction_velocity("a", "b"))}


@pytest.mark.standalone
@pytest.mark.slow
def test_standalone_equals_runtime(tmp_path):
    """As with chains: voltages within 1e-9 V, arrivals within 1e-9 s."""
    runtime, standalone = simulate(), simulate(tmp_path)
    assert np.all(runtime["arrival_distal"] > 0)
    for name, values in runtime.items():
        assert np.allclose(values, standalone[name], rtol=1e-9, atol=1e-9), name
    assert np.all(np.diff(runtime["velocity"]) > 0.2)  # wider is faster


@pytest.mark.standalone
@pytest.mark.slow
def test_standalone_refuses_a_diameter_that_no_fiber_has(tmp_path):
    """Known only when the program runs: it names group, variable and index."""
    set_device("cpp_standalone", build_on_run=False)
    fibers = nmj.MuscleFibers(2, nmj.fibers.human().whole(6 * mm))
    fibers.diameter = [50, 500] * um
    Network(fibers).run(0.5 * ms)
    device.build(directory=str(tmp_path), compile=True, run=False, debug=False)
    done = subprocess.run([str(tmp_path / "main")], cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode != 0
    assert "diameter[1]' is 0.0005; it must be a diameter" in done.stderr
