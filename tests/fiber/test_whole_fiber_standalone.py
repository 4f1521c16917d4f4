"""A C++ standalone program of fibers from tendon to tendon refuses what has no meaning.

That it gives the same result is part of tests/brian/test_standalone.py, where it shares a program.
"""

import subprocess

import pytest
from brian2 import Network, device, mm, ms, set_device, um

import nmj_brian as nmj


@pytest.mark.standalone
@pytest.mark.slow
def test_standalone_refuses_a_diameter_that_no_fiber_has(tmp_path, unoptimized):
    """Known only when the program runs: it names group, variable and index."""
    set_device("cpp_standalone", build_on_run=False)
    fibers = nmj.MuscleFibers(2, nmj.fibers.human().whole(6 * mm))
    fibers.diameter = [50, 500] * um
    Network(fibers).run(0.5 * ms)
    device.build(directory=str(tmp_path), compile=True, run=False, debug=False)
    done = subprocess.run([str(tmp_path / "main")], cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode != 0
    assert "diameter[1]' is 0.0005; it must be a diameter" in done.stderr
