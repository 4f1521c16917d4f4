"""NEURON's KINETIC solver (CVODE) as an independent judge of a receptor driven in both inputs.

Install with ``pip install nmj_brian[test]``; without NEURON or a C compiler it is skipped.
"""

import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from brian2 import molar, ms, mV, second

from nmj_brian import receptors

neuron = pytest.importorskip("neuron", reason="NEURON is not installed (pip install neuron)")

#: Begin (ms), ACh (mM) and potential (mV) of each phase: a quantum's peak, a weaker tail under a
#: muscle action potential, nothing, a long weak pulse, a blocking one.
PHASES = [
    (0.0, 1.0, -80.0),
    (0.2, 0.05, 20.0),
    (0.9, 0.0, -80.0),
    (2.5, 0.01, -120.0),
    (5.0, 3.0, -60.0),
    (6.0, 0.0, -60.0),
]
END, STEP = 9.0, 0.05


@pytest.fixture(scope="module")
def mechanism(tmp_path_factory):
    """Compile the .mod file and load it."""
    nrnivmodl = Path(sys.executable).with_name("nrnivmodl")
    if not nrnivmodl.exists() or shutil.which("g++") is None:
        pytest.skip("nrnivmodl or a C++ compiler is missing")
    folder = tmp_path_factory.mktemp("neuron")
    shutil.copy(Path(__file__).with_name("driven_receptor.mod"), folder)
    built = subprocess.run([nrnivmodl], cwd=folder, capture_output=True, text=True, check=False)
    assert built.returncode == 0, built.stdout + built.stderr
    assert neuron.load_mechanisms(str(folder), warn_if_already_loaded=False)


def by_neuron():
    """Occupancies R, A1, A2, O1, O2, B on the grid."""
    h = neuron.h
    h.load_file("stdrun.hoc")
    section = h.Section(name="patch")
    receptor = h.DrivenReceptor(section(0.5))
    names = ("R", "A1", "A2", "O1", "O2", "B")
    grid = h.Vector(np.arange(0.0, END + STEP / 2, STEP))
    record = [h.Vector().record(getattr(receptor, f"_ref_{name}"), grid) for name in names]
    solver = h.CVode()
    solver.active(1)
    solver.atol(1e-12)
    solver.rtol(1e-10)

    def phase(C, v):
        receptor.C = C
        section.v = v
        solver.re_init()

    def schedule():
        for begin, C, v in PHASES[1:]:
            solver.event(begin, (phase, (C, v)))

    handler = h.FInitializeHandler(schedule)
    receptor.C = PHASES[0][1]
    h.finitialize(PHASES[0][2])
    h.continuerun(END + STEP)
    assert handler is not None
    return np.array([np.array(x) for x in record]).T


def by_us():
    """The same through a chain of jumps."""
    receptor = receptors.human_adult("b")
    order = [receptor.states.index(s) for s in ("R", "AR", "A2R", "AR*", "A2R*", "A2RB")]
    grid = np.arange(0.0, END + STEP / 2, STEP)
    result = np.empty((len(grid), len(order)))
    p = receptor.equilibrium(ACh=0 * molar)
    ends = [begin for begin, _, _ in PHASES[1:]] + [END]
    for (begin, C, v), end in zip(PHASES, ends, strict=True):
        inside = (grid >= begin - 1e-9) & (grid <= end + 1e-9)
        times = np.clip(grid[inside] - begin, 0.0, end - begin)
        times[-1] = end - begin
        jump = receptor.jump(
            ACh=C * 1e-3 * molar,
            duration=1 * second,
            times=times * ms,
            v=v * mV,
            start=p,
        )
        result[inside] = jump.occupancies[:, order]
        p = jump.occupancies[-1]
    return result


def test_driven_receptor_equals_neurons(mechanism):
    """1e-6 absolute: CVODE at a relative tolerance of 1e-10 accumulates about 1e-8."""
    ours, theirs = by_us(), by_neuron()
    assert theirs.shape == ours.shape
    assert ours[:, 4].max() > 0.7  # the channel did open, and was blocked
    assert ours[:, 5].max() > 0.3
    np.testing.assert_allclose(ours, theirs, atol=1e-6)
