"""Diffusion, buffering and extrusion of calcium in a terminal."""

import itertools

import numpy as np
import pytest
from brian2 import DimensionMismatchError, cm, ms, second, um
from brian2.units.stdunits import uM
from scipy.integrate import solve_ivp

from nmj_brian.calcium_shells import CalciumShells
from nmj_brian.presets import release, terminal
from nmj_brian.release import ReleaseModel

#: ModelDB 9888 (Stockbridge & Moore 1984) run in NEURON: buffer ratio -> rim at 1 and 5 ms, and
#: 200 nm below it at 1 ms (uM).
RIM = {
    25: (3.065, 0.9426, 0.8023),
    60: (1.950, 0.5405, 0.1870),
    200: (1.050, 0.2703, 0.00468),
    600: (0.5985, 0.1493, 0.0),
}
PUMPED = {0.0: (2.142, 0.9561), 1e-3: (1.973, 0.7843), 1e-2: (1.111, 0.1971)}
INTERVALS = np.array([5, 10, 20, 50, 100])
FACILITATION = (1.0285, 0.6646, 0.4497, 0.2500, 0.1054)


@pytest.mark.parametrize("beta", RIM)
def test_rim_without_a_pump(beta):
    """Rim at 1 and 5 ms (R32): 0.5 %, for NEURON's step of 5 us. 200 nm below the rim the curve is
    steep: 20 annuli of 1/99 of the radius lie at 202 nm, hence 0.02 uM."""
    calcium = CalciumShells(buffer_ratio=beta).calcium([1, 5] * ms) / uM
    assert calcium[0, 0] == pytest.approx(RIM[beta][0], rel=5e-3)
    assert calcium[1, 0] == pytest.approx(RIM[beta][1], rel=5e-3)
    assert calcium[0, 20] == pytest.approx(RIM[beta][2], abs=0.02)


@pytest.mark.parametrize("pump", PUMPED)
def test_rim_with_a_pump(pump):
    """Pump 0, 1e-3 and 1e-2 cm/s times 1 + beta = 51 (R32): 0.5 %."""
    shells = CalciumShells(pump=51 * pump * cm / second)
    rim = shells.rim([1, 2] * ms) / uM
    np.testing.assert_allclose(rim, PUMPED[pump], rtol=5e-3)


def test_facilitation_of_pairs():
    """(C2 / C1)^4 - 1 at 5 to 100 ms, pump 0.051 cm/s (R32): 0.5 %; first peak 1.97187 uM."""
    shells = CalciumShells(pump=0.051 * cm / second)
    assert shells.rim(1 * ms)[0] / uM == pytest.approx(1.97187, rel=5e-3)
    np.testing.assert_allclose(shells.facilitation(INTERVALS * ms), FACILITATION, rtol=5e-3)
    # the second peak itself
    for interval, expected in zip(INTERVALS, FACILITATION, strict=True):
        second_peak = shells.rim((interval + 1) * ms, impulses=[0, interval] * ms)[0]
        ratio = float(second_peak / shells.rim(1 * ms)[0])
        assert ratio**4 - 1 == pytest.approx(expected, rel=5e-3)


def test_against_an_implicit_solver():
    """The same annuli by scipy's BDF, written down anew, after two impulses: 1e-5."""
    n, beta, pump, radius, influx = 30, 50.0, 5e-4, 1e-6, 1e-5
    r = radius * (1 - np.arange(n + 1) / n)
    outer = np.minimum(r + radius / n / 2, radius)
    inner = np.maximum(r - radius / n / 2, 0.0)
    volume = np.pi * (outer**2 - inner**2) * (1 + beta)
    conduct = 2 * np.pi * inner[:-1] * 0.6e-9 / (radius / n)

    def slope(t, c):
        flow = conduct * (c[:-1] - c[1:])
        change = np.concatenate([-flow, [0]]) + np.concatenate([[0], flow])
        on = influx * (t < 1e-3 or 4e-3 <= t < 5e-3)
        change[0] += 2 * np.pi * radius * (on - pump * c[0])
        return change / volume

    state, edges = np.zeros(n + 1), [0, 1e-3, 4e-3, 5e-3, 8e-3]
    for start, end in itertools.pairwise(edges):
        # just inside the interval, so that the influx is the interval's own
        state = solve_ivp(
            lambda t, c, a=start, b=end: slope(min(max(t, a), b - 1e-9), c),
            (start, end), state, "BDF", rtol=1e-8, atol=1e-12,
        ).y[:, -1]  # fmt: skip
    shells = CalciumShells(shells=n, pump=pump * 100 * cm / second)
    found = shells.calcium(8 * ms, impulses=[0, 4] * ms)[0]
    np.testing.assert_allclose(np.asarray(found), state, rtol=1e-5)


def test_calcium_is_conserved_without_a_pump():
    """Bound and free calcium after long: influx x duration x perimeter over the section: 1e-9."""
    shells = CalciumShells(buffer_ratio=25)
    rested = np.asarray(shells.calcium(10 * second)[0])
    expected = 1e-5 * 1e-3 * 2 * np.pi * 1e-6 / (np.pi * 1e-12) / 26
    np.testing.assert_allclose(rested, expected, rtol=1e-9)


def test_grid_is_fine_enough():
    """Four times as many annuli: the rim moves by less than 1e-3."""
    coarse, fine = (CalciumShells(shells=n).rim(1 * ms)[0] for n in (99, 396))
    assert float(coarse / fine) == pytest.approx(1, abs=1e-3)
    assert CalciumShells().depth[1] / um == pytest.approx(1 / 99)


def test_residual_calcium_drives_facilitation(junction):
    """Components of the shells in the release stage: pairs facilitate as (C2 / C1)^4.

    Three exponentials miss the decay by 2 % of its largest value at most, hence 4 x 2 % in its
    fourth power; low calcium, so that nothing is depleted.
    """
    from nmj_brian._core import release as core

    shells = CalciumShells(pump=0.051 * cm / second)
    grid = np.linspace(4, 120, 60) * ms
    frog = junction("frog", stages=(terminal, release)).replace(
        working_channels=0.02, **shells.components(grid)
    )
    kernel = ReleaseModel(frog, mean=True).kernel()
    for interval in INTERVALS:
        quanta, ready = np.empty((1, 2)), np.empty((1, 2))
        core.train(kernel, 2000.0, (1, 2), np.array([0.0, interval * 1e-3]), quanta, ready)
        expected = shells.facilitation(interval * ms)[0]
        assert quanta[0, 1] / quanta[0, 0] == pytest.approx(1 + expected, rel=0.08)


@pytest.mark.parametrize(
    ("wrong", "error"),
    [
        ({"diameter": 2 * ms}, DimensionMismatchError),
        ({"diameter": -2 * um}, ValueError),
        ({"shells": 1}, ValueError),
        ({"shells": 2.5}, ValueError),
        ({"buffer_ratio": -1}, ValueError),
        ({"pump": -1 * cm / second}, ValueError),
    ],
)
def test_wrong_input(wrong, error):
    with pytest.raises(error):
        CalciumShells(**wrong)


def test_components_need_intervals():
    with pytest.raises(ValueError, match="eight"):
        CalciumShells().components([1, 2] * ms)
    with pytest.raises(DimensionMismatchError):
        CalciumShells().rim(1 * um)


def test_no_impulse_no_calcium():
    """Zero impulses or zero times are nothing wrong; times that are none are named."""
    shells = CalciumShells(shells=9)
    assert np.array_equal(shells.rim([1, 2] * ms, impulses=[] * ms) / uM, [0, 0])
    assert shells.calcium([1, 2] * ms, impulses=[] * ms).shape == (2, 10)
    assert shells.rim([] * ms).shape == (0,)
    for wrong in (np.nan * ms, [[1, 2]] * ms):
        with pytest.raises(ValueError, match="impulses must be finite times in one row"):
            shells.rim(1 * ms, impulses=wrong)
