"""Several quanta in one patch: the two-dimensional reference against closed forms and the radial kernel."""

from dataclasses import replace

import numpy as np
import pytest
from brian2 import DimensionMismatchError, metre, ms, um

import nmj_brian as nmj
from nmj_brian.cleft import Cleft
from nmj_brian.overlap import Overlap
from nmj_brian.presets.overlap import (
    AFTER_PER_UM2,
    AFTER_UM2,
    LAGS_MS,
    SHARES,
    TOGETHER_PER_UM2,
    TOGETHER_UM2,
)
from nmj_brian.reference.overlap import Bouton, areas
from nmj_brian.reference.patch import Patch, Vesicle, square_like
from nmj_brian.units import degC


def poisoned():
    """The human junction without AChE."""
    return nmj.junctions.human().replace(AChE_density=0 / um**2)


def no_receptors(cleft):
    """A patch of 2 um with nothing in it to bind."""
    bare = replace(cleft, ache_per_m2=0.0, receptors_per_m2=0.0)
    Q0 = np.array([[0.0, 0.0], [1e3, -1e3]])
    Qb = np.array([[-1e8, 1e8], [0.0, 0.0]])
    return Patch(bare, Q0, Qb, 0, 2e-6, 40)


def test_escape_from_a_square():
    """Free diffusion to four absorbing sides is the product of two series; 0.5 % for the cells.

    The mean time to escape from anywhere is that from the center of the disc (`square_like`).
    """
    cleft = Cleft.of(nmj.junctions.human(temperature=22 * degC))
    patch, D, side = no_receptors(cleft), cleft.diffusion_m2_per_s, 2e-6
    t = np.linspace(0.0, 2e-3, 41)
    free = patch.solve([Vesicle(0.6e-6, 1e-6)], t, 1e-6)["free"] / cleft.molecules
    n = np.arange(1, 200, 2)[:, None]
    decay = np.exp(-((n * np.pi / side) ** 2) * D * t)
    one, other = (
        (4 / (n * np.pi) * np.sin(n * np.pi * x / side) * decay).sum(0) for x in (0.6e-6, 1e-6)
    )
    np.testing.assert_allclose(free[2:], (one * other)[2:], atol=5e-3)
    # mean of the same series over the square, against r^2 / 4 D
    m = n.T
    mean = (64 / np.pi**6 / (n**2 * m**2 * (n**2 + m**2))).sum() * square_like(cleft) ** 2 / D
    assert mean == pytest.approx(cleft.radius_m**2 / (4 * D), rel=1e-3)


def test_one_quantum_is_the_radial_one():
    """In the middle of a wide square with AChE: the radial kernel within 1 % of the peak."""
    bouton = Bouton(22, 1.0)
    middle = 0.5 * bouton.side_m
    square = bouton.current([Vesicle(middle, middle)])
    radial = bouton.cleft.solve(bouton.receptor, -0.08, bouton.t_s).receptors @ bouton.receptor.open
    np.testing.assert_allclose(square, radial, atol=0.01 * radial.max())


def test_nothing_is_lost_in_a_sealed_patch():
    """Sealed and without AChE: free and bound ACh stay what was released, to the tolerance."""
    bouton = Bouton(37, 0.0, cells=16)
    sealed = replace(bouton.cleft, absorbing=False)
    Q0, Qb = bouton.receptor.matrices(-0.08)
    patch = Patch(sealed, Q0, Qb, bouton.receptor.rest, 1e-6, 16)
    vesicles = [Vesicle(0.3e-6, 0.4e-6), Vesicle(0.8e-6, 0.2e-6, 1e-3)]
    t = np.linspace(0, 2e-3, 21)
    rows = patch.solve(vesicles, t, 1e-6)
    total = rows["free"] + rows["receptors"] @ bouton.receptor.bound
    released = sealed.molecules * (1 + (t >= 1e-3))
    np.testing.assert_allclose(total, released, rtol=1e-4)


def test_far_quanta_add():
    """1.3 um apart with AChE at work: the sum of each alone, within 0.5 %."""
    bouton = Bouton(37, 1.0)
    a, b = 0.17 * bouton.side_m, 0.83 * bouton.side_m
    together, added = bouton.together([Vesicle(a, b), Vesicle(b, a)])
    np.testing.assert_allclose(together, added, rtol=5e-3)


def test_second_quantum_at_one_site():
    """Design section 1, 22 degC: without AChE 10 ms later +9 % peak and +26 % charge, with it none.

    The gain depends on the site: from the middle to half-way to the corner it spans those numbers.
    """
    gain = {}
    for share in (1.0, 0.0):
        bouton = Bouton(22, share, cells=24)
        for place in (0.5, 0.3):
            v = Vesicle(place * bouton.side_m, place * bouton.side_m)
            after, alone = bouton.later(v, v, 10e-3)
            gain[share, place] = after / alone - 1.0
    assert np.abs(gain[1.0, 0.5]).max() < 0.01
    low, high = sorted([gain[0.0, 0.3].tolist(), gain[0.0, 0.5].tolist()])
    assert low[0] < 0.09 < high[0]
    assert low[1] < 0.26 < high[1]


def test_overlap_converges():
    """Excess of a close pair without AChE: 15 and 20 cells against 30, 0.5 % of the sum.

    From 30 cells (the table's) to 45, with a tenth of the error per step, areas change by 0.3 %.
    """
    excess = []
    for cells in (15, 20, 30):
        bouton = Bouton(37, 0.0, cells)
        s = bouton.side_m
        both, added = bouton.together([Vesicle(0.4 * s, 0.5 * s), Vesicle(0.65 * s, 0.55 * s)])
        excess.append(both / added - 1.0)
    error = [np.abs(e - excess[-1]).max() for e in excess]
    assert error[1] < 0.005
    assert error[1] < error[0]
    assert excess[-1][1] > 0.05


@pytest.mark.slow
def test_table_is_what_the_reference_gives():
    """Four sets of sites at 37 degC without AChE: within 3 standard errors of the tabulated area."""
    row = areas(Bouton(37, 0.0, cells=24), sets=4)[1]
    table = TOGETHER_UM2[1][SHARES.index(0.0)]
    assert np.all(np.abs(row[:2] - table) < 3 * row[2:])


def test_areas_fall_with_density():
    """Four, then eight quanta in the bouton without AChE, the same sites: areas of 0.44, then 0.33 um^2.

    Four sets of sites: their ratio is that of the table within 15 %.
    """
    bouton, table = Bouton(37, 0.0, cells=12), Overlap(poisoned())
    found, stated = [], []
    for each in (4, 8):
        groups = bouton.vesicles(4, each)
        both, added = np.array([bouton.together(g) for g in groups]).transpose(1, 0, 2)
        others = (each - 1) / bouton.area_um2
        found.append((both / added - 1).mean(0)[1] / others)
        stated.append((table.together(others / um**2).charge - 1) / others)
    assert found[1] / found[0] == pytest.approx(stated[1] / stated[0], rel=0.15)
    assert found[1] < 0.85 * found[0]


def test_table_as_users_see_it():
    """Nodes come back; less AChE, more gain; it fades with time and is none after 40 ms."""
    human = nmj.junctions.human()
    density = 0.15 / um**2
    charge = []
    for share in (1.0, 0.3, 0.1, 0.03, 0.0):
        overlap = Overlap(human.replace(AChE_density=share * human.AChE_density))
        charge.append(overlap.together(density).charge)
        assert overlap.after(density, 100 * ms) == (1.0, 1.0)
        assert overlap.together(0 / um**2) == (1.0, 1.0)
    assert np.all(np.diff(charge) > 0)
    assert 1.0 < charge[0] < 1.02
    assert 1.03 < charge[-1] < 1.10
    lags = [overlap.after(density, lag * ms).charge for lag in (2, 4, 8, 16)]
    assert np.all(np.diff(lags) < 0)
    # at the densities at which they were computed, the tabulated areas themselves
    at_2 = 1.0 + AFTER_PER_UM2 * AFTER_UM2[1, 0, 0]
    assert overlap.after(AFTER_PER_UM2 / um**2, LAGS_MS[0] * ms) == pytest.approx(tuple(at_2))
    fours = 1.0 + TOGETHER_PER_UM2 * TOGETHER_UM2[1, 0]
    assert overlap.together(TOGETHER_PER_UM2 / um**2) == pytest.approx(tuple(fours))
    half = Overlap(human.replace(AChE_density=0 / um**2, receptor_fraction=0.3))
    assert half.together(density).charge == pytest.approx(1 + 0.67 * (charge[-1] - 1))
    cold = Overlap(nmj.junctions.human(temperature=22 * degC).replace(AChE_density=0 / um**2))
    assert cold.after(density, 10 * ms).charge > overlap.after(density, 10 * ms).charge


@pytest.mark.parametrize(
    ("change", "match"),
    [
        ({"cleft_radius": 1.6 * um}, "cleft_radius"),
        ({"D_ACh": nmj.junctions.human().D_ACh / 1.01}, "D_ACh"),
        ({"cleft_width": 50.5e-3 * um}, "cleft_width"),
        ({"temperature": 10 * degC}, "10 degC"),
        ({"AChE_density": 9000 / um**2}, "share"),
        ({"receptor_fraction": 0.02}, "5 to 100 %"),
        ({"area_per_site": 0.3 * um**2}, "release sites"),
        ({"receptor": nmj.receptors.human_adult("a")}, "states or rates"),
        ({"receptor": nmj.receptors.human_mutant("aL273F")}, "states or rates"),
    ],
)
def test_what_the_table_does_not_cover(change, match):
    with pytest.raises(ValueError, match=match):
        Overlap(nmj.junctions.human().replace(**change))


def test_refuses_densities_and_lags_outside():
    overlap = Overlap(nmj.junctions.human())
    with pytest.raises(ValueError, match="up to 2 quanta"):
        overlap.together(3 / um**2)
    with pytest.raises(ValueError, match="from 2 ms"):
        overlap.after(0.1 / um**2, 1 * ms)
    with pytest.raises(DimensionMismatchError, match="per area"):
        overlap.together(1 / metre)
    patch = Bouton(37, 1.0, cells=8).patch
    with pytest.raises(ValueError, match="does not open"):
        patch.solve([Vesicle(-1e-6, 0)], np.array([0.0, 1e-3]))
