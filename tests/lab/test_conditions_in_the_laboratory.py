"""Diseases and drugs of the catalogue, seen in the laboratory: directions that are published."""

from __future__ import annotations

import numpy as np
import pytest
from brian2 import Hz, mV, pcoulomb

import nmj_brian as nmj
from nmj_brian.units import uM

HUMAN = nmj.junctions.human()


@pytest.mark.slow
def test_laboratory_script_of_the_design():
    """Script F, word for word."""
    script = """
from brian2 import *
import nmj_brian as nmj
from nmj_brian.units import *
mg = nmj.junctions.human().under(nmj.myasthenia_gravis(receptor_loss=0.7), nmj.neostigmine(0.5*uM))
rns = nmj.lab.repetitive_stimulation(mg, rate=3*Hz, impulses=10, fibers=200, seed=1)
tof = nmj.lab.train_of_four(nmj.junctions.human().under(nmj.rocuronium(1.5*uM)))
sf  = nmj.lab.single_fiber_emg(mg, rate=12*Hz, discharges=100, pairs=20)
qa  = nmj.lab.quantal_analysis(nmj.junctions.frog(), Ca=0.4*mM, Mg=6*mM, impulses=400)
nmj.lab.quantum(mg); nmj.lab.dose_response(nmj.rocuronium); nmj.lab.tetanus(mg, rate=50*Hz)
"""
    names: dict = {}
    exec(script, names)
    assert names["rns"].cmap.shape == (10,)
    assert names["rns"].junction is names["mg"]
    assert names["tof"].ratio < 0.7
    assert names["sf"].mcd.shape == names["sf"].blocking.shape == (20,)
    assert 0 < names["qa"].m["failures"] < 0.3


def test_neostigmine_repairs_the_decrement_of_myasthenia():
    """Decrement of 10 % or more without, none with it; the end-plate potential is what it acts on."""
    weak = nmj.myasthenia_gravis(receptor_loss=0.7)
    alone = nmj.lab.repetitive_stimulation(HUMAN.under(weak), seed=1)
    treated = nmj.lab.repetitive_stimulation(HUMAN.under(weak, nmj.neostigmine(0.5 * uM)), seed=1)
    assert alone.decrement > 0.10
    assert abs(treated.decrement) < 0.02


def test_lambert_eaton_under_amifampridine():
    """T35: low compound potential, decrement at 3 Hz (2,000 fibers: 4 %), increment above 60 % at 20-50 Hz; a two- to
    fourfold response under the drug (recalled: 2-3 fold).
    """
    common = {"fibers": 2000, "seed": 1}
    sick = HUMAN.under(nmj.lambert_eaton())
    treated = HUMAN.under(nmj.lambert_eaton(), nmj.amifampridine())
    normal, helped = (nmj.lab.cmap(x, **common).amplitude / mV for x in (HUMAN, treated))
    slow = nmj.lab.repetitive_stimulation(sick, 3 * Hz, **common)
    assert slow.cmap[0] / mV < 0.3 * normal
    assert slow.decrement > 0.10
    for rate in (20, 50):
        fast = nmj.lab.repetitive_stimulation(sick, rate * Hz, 30, fibers=500, seed=1)
        assert fast.increment > 0.60
    assert 2 < helped / (slow.cmap[0] / mV) < 4.5


def test_small_junction_of_dok7():
    """T39: half of the quanta and of the folds, miniatures as in controls, a decrement at 3 Hz, more jitter than
    normal. Slater et al. (2006): quantal size and course unchanged; here miniature currents are the same, miniature
    potentials too but for the membrane of the end plate (5 %). Half of the Na channels of the folds are lost, so that
    more depolarization is needed.
    """
    small = HUMAN.under(nmj.dok7_deficiency())
    currents = [nmj.lab.quantum(x, impulses=5, seed=1).mepc for x in (HUMAN, small)]
    assert np.array_equal(*(np.asarray(x) for x in currents))
    normal, patient = (nmj.lab.safety_factor(x, 100, seed=1) for x in (HUMAN, small))
    assert patient.mepp / normal.mepp == pytest.approx(1, abs=0.05)
    healthy = normal.fiber.Na_endplate_factor
    assert patient.fiber.Na_endplate_factor == pytest.approx(0.5 * healthy, rel=1e-12)
    assert patient.threshold > 1.1 * normal.threshold
    rns = nmj.lab.repetitive_stimulation(small, spread=0.3, seed=1)
    assert rns.quanta[0, 0] == pytest.approx(0.5 * 45.6, rel=0.1)
    assert rns.decrement > 0.10
    few = {"pairs": 10, "discharges": 40, "seed": 1}
    assert np.nanmean(nmj.lab.single_fiber_emg(small, **few).mcd) > 1.3 * np.nanmean(
        nmj.lab.single_fiber_emg(HUMAN, **few).mcd
    )


def test_rocuronium_by_dose():
    """A steep curve that ends transmission; fade of a train of four where half of it is left."""
    curve = nmj.lab.dose_response(nmj.rocuronium, np.geomspace(0.3, 5, 9) * uM, fibers=100, seed=1)
    assert curve.control == 1
    assert curve.responses[-1] == 0
    assert curve.hill > 3
    half = HUMAN.under(nmj.rocuronium(curve.ec50))
    tof = nmj.lab.train_of_four(half, 200, seed=1)
    assert 0.3 < tof.twitches[0] < 0.7
    assert tof.ratio < 0.7


@pytest.mark.parametrize("mutation", ["eL221F", "bL262M", "aL273F"])
def test_inhibitors_worsen_slow_channels_and_leave_those_without_enzyme(mutation):
    """What destroys the end plate in slow-channel syndromes is the cations that enter it (textbook): the charge of a
    quantum, which each of them makes twice as large or more, and neostigmine twice as large again. Without AChE (ColQ)
    it has nothing to inhibit.
    """

    def charge(*conditions):
        found = nmj.lab.quantum(HUMAN.under(*conditions), impulses=5, seed=1).charge
        return abs(float(found / pcoulomb))

    slow, inhibitor = nmj.slow_channel(mutation), nmj.neostigmine(0.5 * uM)
    assert charge(slow) > 2 * charge()
    assert charge(slow, inhibitor) > 2 * charge(slow)
    without = nmj.ache_deficiency()
    assert charge(without, inhibitor) == charge(without)
