"""The scripts that the README and the design show run as they stand."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np

README = Path(__file__).resolve().parents[2] / "README.md"


def blocks():
    """Python code blocks of the README."""
    return re.findall(r"```python\n(.*?)```", README.read_text(), flags=re.S)


def test_one_impulse_of_the_readme():
    """Script A, word for word."""
    names: dict = {}
    exec(blocks()[0], names)
    assert names["spikes"].num_spikes == 1
    assert names["trace"].quanta[0, -1] > 5


def test_existing_circuit_of_the_readme():
    """Script B, word for word but for a smaller muscle; the pool is any group of 120 that spikes."""
    script = blocks()[1].replace("40_500", "360").replace("1*second", "30*ms")
    before = (
        "from brian2 import *\nimport nmj_brian as nmj\nfrom nmj_brian.units import *\n"
        "pool = NeuronGroup(120, 'dx/dt = 1.2/(10*ms) : 1', threshold='x > 1', reset='x = 0')\n"
    )
    names: dict = {}
    exec(before + script, names)
    muscle = names["muscle"]
    assert muscle.innervation.fibers == 360
    assert np.nanmin(muscle.transmission) > 0.5
    assert float(muscle.force) > 0


def test_one_channel_of_the_readme(tmp_path, monkeypatch):
    """Word for word; the file is a record."""
    monkeypatch.chdir(tmp_path)
    script = next(block for block in blocks() if "single_channel" in block)
    before = "from brian2 import *\nimport nmj_brian as nmj\nfrom nmj_brian.units import *\n"
    names: dict = {}
    exec(before + script, names)
    assert (tmp_path / "channel.scn").stat().st_size > 153
    assert len(names["trace"]) == 200_001


def test_conditions_of_the_readme(capsys):
    """Word for word, and script E of the design."""
    script = next(block for block in blocks() if "myasthenia_gravis" in block)
    before = "from brian2 import *\nimport nmj_brian as nmj\nfrom nmj_brian.units import *\n"
    names: dict = {}
    exec(before + script, names)
    assert "Pestronk1985" in capsys.readouterr().out
    assert 0.5 < names["blocked"].antagonist_occupancy < 1
    script = """
mg = nmj.junctions.human().under(nmj.myasthenia_gravis(receptor_loss=0.7), nmj.neostigmine(0.5*uM))
changed = mg.diff(nmj.junctions.human())
nmj.junctions.human().replace(Ca=0.5*mM)
"""
    exec(before + script, names)
    assert "AChE_density" in names["changed"]


def test_receptor_quantum_terminal_and_sources():
    """Scripts C, D and G of the design, word for word."""
    script = """
from brian2 import *
import nmj_brian as nmj
from nmj_brian.units import *

ach = nmj.Receptor('''
    R   + ACh <-> AR   : 2*k_on, k_off
    AR  + ACh <-> A2R  : k_on, 2*k_off
    AR        <-> AR*  : beta1, alpha1
    A2R       <-> A2R* : beta2, alpha2
''', k_on=1.2e8/molar/second, k_off=1.8e4/second, beta1=60/second, alpha1=2190/second,
     beta2=5e4/second, alpha2=1.6e3/second, conductance=60*pS, reversal=-3*mV)
states = ach.states; Q = ach.Q(ACh=1*uM, v=-80*mV)
check = ach.check()
eq = ach.equilibrium(ACh=1*uM); popen = ach.open_probability(ACh=logspace(-7, -3)*molar)
ec50 = ach.ec50(); hill = ach.hill()
jump = ach.jump(ACh=1*mM, duration=0.2*ms, total=20*ms)
open_times = ach.open_times(ACh=100*nM); shut_times = ach.shut_times(ACh=100*nM); bursts = ach.bursts(ACh=100*nM)
record = ach.single_channel(ACh=1*uM, duration=10*second, seed=0)
known = nmj.receptors.list(); nmj.receptors.CH82(); nmj.receptors.human_adult()
q = nmj.Quantum(nmj.junctions.mouse())
t = nmj.Terminal(nmj.junctions.mouse(), Ca=2*mM, Mg=1*mM)
nerve = SpikeGeneratorGroup(1, [0], [5]*ms)
fibers = nmj.MuscleFibers(1, fiber=nmj.fibers.human())
synapse = nmj.NMJ(nerve, fibers, junction=nmj.junctions.human())
table = str(synapse.junction)
cited = nmj.cite(synapse)
other = nmj.junctions.human().replace(Ca=0.5*mM)
changed = other.diff(nmj.junctions.human())
"""
    names: dict = {}
    exec(script, names)
    assert names["states"] == ("R", "AR", "A2R", "AR*", "A2R*")
    assert np.allclose(names["Q"].sum(axis=1), 0)
    assert names["jump"].open.max() > 0.5
    assert len(names["jump"].occupancy["A2R*"]) == len(names["jump"].t)
    assert np.isclose(names["open_times"].area.sum(), 1)
    assert len(names["shut_times"].tau) == 3
    assert names["bursts"].openings > 1
    assert len(names["record"]) > 1000
    assert names["q"].peak > 100
    assert 0 < names["t"].p < 1
    assert "cleft_width" in names["table"]
    assert "assumed" in names["table"]
    assert "J Physiol" in names["cited"]
    assert "Ca" in names["changed"]
