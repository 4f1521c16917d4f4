"""Junctional folds: slits seen in rings around a release site."""

import itertools
from dataclasses import replace

import numpy as np
import pytest
from brian2 import mV, nmetre, um

import nmj_brian as nmj
from nmj_brian.cleft import Cleft, ring_edges
from nmj_brian.endplate import EndplateModel
from nmj_brian.folds import ring_factors, share_over_folds
from nmj_brian.reference import quantum as reference
from nmj_brian.reference.patch import Patch

HUMAN = nmj.junctions.human()
EDGES = ring_edges(0.75e-6, 25e-9, 64)
OVER_CREST, OVER_FOLD = 0 * nmetre, 250 * nmetre
BARE = {"fold_opening": 100 * nmetre, "fold_receptors": 0.0}
LINED = {"fold_opening": 100 * nmetre, "fold_receptors": 1.0}


@pytest.mark.parametrize("offset_m", [0.0, 90e-9, 250e-9])
def test_share_over_folds(offset_m):
    """Stripes counted on a grid of 2 nm: 1 % of a ring 50 nm wide and more; all of it 1e-4."""
    edges = np.array([0.0, 50e-9, 150e-9, 300e-9, 750e-9])
    share = share_over_folds(edges, 500e-9, 100e-9, offset_m)
    x = (np.arange(-375, 375) + 0.5) * 2e-9
    r = np.hypot(*np.meshgrid(x, x, indexing="ij"))
    slit = np.abs((x + offset_m) % 500e-9 - 250e-9) < 50e-9
    counted = [
        slit @ ((r >= a) & (r < b)).sum(1) / ((r >= a) & (r < b)).sum()
        for a, b in itertools.pairwise(edges)
    ]
    np.testing.assert_allclose(share, counted, atol=0.02)
    far = share_over_folds(np.array([0.0, 40e-6]), 500e-9, 100e-9, offset_m)
    assert far[0] == pytest.approx(0.2, abs=1e-3)


def test_total_of_receptors_and_volume():
    """Integral of the profile: crests, and both walls of every slit under the disc."""
    spacing, opening, depth, wall, offset = 400e-9, 60e-9, 150e-9, 0.7, 130e-9
    receptors, volume = ring_factors(EDGES, 50e-9, spacing, opening, depth, wall, offset)
    area = np.pi * np.diff(EDGES**2)
    # length of the chords of the disc along slits, on a fine grid across them
    x = np.linspace(-EDGES[-1], EDGES[-1], 2_000_001)
    chord = 2.0 * np.sqrt(np.maximum(EDGES[-1] ** 2 - x**2, 0.0))
    slit = np.abs((x + offset) % spacing - 0.5 * spacing) < 0.5 * opening
    over = (chord * slit).sum() * (x[1] - x[0])
    crests = np.pi * EDGES[-1] ** 2 - over
    walls = 2.0 * depth * over / opening
    assert receptors @ area == pytest.approx(crests + wall * walls, rel=1e-5)
    assert volume @ area * 50e-9 == pytest.approx(
        np.pi * EDGES[-1] ** 2 * 50e-9 + depth * over, rel=1e-5
    )
    # what is solved holds as many
    junction = HUMAN.replace(**LINED, release_offset=90 * nmetre)
    held = sum(states[0] for states in nmj.Quantum(junction).occupancy.values())
    dense, _ = Cleft.of(junction).rings_of_folds(EDGES)
    assert held == pytest.approx(HUMAN.si("receptor_density") * dense @ area, rel=1e-9)


def test_no_folds_are_the_flat_cleft():
    """Bit for bit, whatever the folds would be."""
    flat = nmj.Quantum(HUMAN).open_channels
    other = HUMAN.replace(fold_depth=700 * nmetre, fold_receptors=0.1, release_offset=OVER_FOLD)
    assert np.array_equal(flat, nmj.Quantum(other).open_channels)


@pytest.mark.parametrize("walls", [BARE, LINED], ids=["bare", "lined"])
def test_over_a_crest_and_over_a_fold(walls):
    """ACh that is released over a fold fills it: the current rises later; it is smaller if the
    walls are bare, and larger if they carry as many receptors as crests. No ACh is lost.
    """
    crest, fold = (
        nmj.Quantum(HUMAN.replace(**walls, release_offset=at)) for at in (OVER_CREST, OVER_FOLD)
    )
    assert fold.rise_time > 1.2 * crest.rise_time
    if walls is BARE:
        assert fold.peak < 0.9 * crest.peak < crest.peak < nmj.Quantum(HUMAN).peak
    else:
        assert fold.peak > 1.1 * crest.peak
    for quantum in (crest, fold):
        assert np.abs(quantum.conservation["error"]).max() < 1e-9


def test_against_the_slow_twin():
    """SciPy's BDF on the same 24 rings: 0.1 % of the peak (tolerances of both)."""
    junction = HUMAN.replace(**LINED, release_offset=OVER_FOLD)
    receptor, cleft = junction.receptor, replace(Cleft.of(junction), rings=24)
    t_s = np.array([0.0, 2e-5, 1e-4, 3e-4, 1e-3, 3e-3])
    Q0, Qb = receptor.matrices(-0.08)
    slow = reference.solve(cleft, Q0, Qb, int(receptor.rest), t_s, 1e-6)
    fast = cleft.solve(receptor, -0.08, t_s)
    is_open = np.asarray(receptor.open, dtype=float)
    np.testing.assert_allclose(
        fast.receptors @ is_open,
        slow["receptors"] @ is_open,
        atol=1e-3 * nmj.Quantum(junction).peak,
    )


def test_population_form_has_the_folds():
    """One quantum of the end plate against the full solution: 0.3 % of the peak."""
    junction = HUMAN.replace(
        **LINED, receptor=nmj.receptors.human_adult(voltage_sensitivity=0 / mV)
    )
    model = EndplateModel(junction)
    v_mV = np.full(1000, -80.0)
    x = model.table.run(np.zeros(model.size), v_mV, 1.0, np.array([1e-6]), np.ones(1))
    full = nmj.Quantum(junction)
    t = (np.arange(1000) + 1) * model.step_s - 1e-6
    exact = np.interp(t, np.asarray(full.t), full.open_channels)
    np.testing.assert_allclose(model.table.look(x)[:, 0], exact, atol=3e-3 * full.peak)


def test_refuses():
    """Slits as wide as their spacing, and what knows of no folds."""
    with pytest.raises(ValueError, match=r"fold_opening \(500 nm\) must be smaller"):
        nmj.Quantum(HUMAN.replace(fold_opening=500 * nmetre))
    bare = HUMAN.replace(**BARE)
    with pytest.raises(ValueError, match="fold_opening differ"):
        nmj.Overlap(bare.replace(AChE_density=0 / um**2))
    Q0, Qb = HUMAN.receptor.matrices(-0.08)
    with pytest.raises(ValueError, match="no folds"):
        Patch(Cleft.of(bare), Q0, Qb, 0, 2e-6, 8)
