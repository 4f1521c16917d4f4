"""The calcium sensor of Lou et al. 2005."""

import numpy as np
import pytest
from scipy.integrate import solve_ivp
from scipy.linalg import expm

from nmj_brian.sensor import SITES, Sensor, propagators

LOU = Sensor(1e8, 4000.0, 0.5, 2e-4, 31.3)


@pytest.mark.parametrize(
    ("calcium_uM", "rate"),
    [(1, 0.0359), (2, 0.504), (5, 15.2), (10, 110.6), (20, 412.0), (50, 1246.0)],
)
def test_release_rate_at_constant_calcium(calcium_uM, rate):
    """Peak release rate per vesicle after a calcium step from rest (rates of Lou et al. 2005).

    Tolerance 1 % (R31): the values were computed from the rates and printed with three digits.
    """
    _, release = LOU.step_release(calcium_uM * 1e-6, 5e-8, 0.04)
    assert release.max() == pytest.approx(rate, rel=0.01)


def test_ceiling_and_rest():
    """l f^5 = 6008 /s and about 2.4e-4 /s at 50 nM (Lou et al. 2005, computed from the rates)."""
    assert LOU.fusion[-1] == pytest.approx(6008, rel=1e-3)
    assert LOU.release_rate(1.0) == pytest.approx(6008, rel=1e-2)
    assert LOU.release_rate(5e-8) == pytest.approx(2.4e-4, rel=0.03)


@pytest.mark.parametrize(("calcium_uM", "ms"), [(5, 1.06), (10, 0.493), (20, 0.258), (50, 0.118)])
def test_time_to_fuse_five_of_two_thousand(calcium_uM, ms):
    """Time to fuse 5 of 2000 vesicles after a step from 50 nM (computed from the rates): 1 %."""
    t, release = LOU.step_release(calcium_uM * 1e-6, 5e-8, 2e-3, step=0.2e-6)
    fused = np.cumsum(release) * 0.2e-6
    assert t[np.searchsorted(fused, 5 / 2000)] == pytest.approx(ms * 1e-3, rel=0.01)


def test_equilibrium_is_stationary():
    binding, calcium = LOU.matrices()
    for c in (0.0, 5e-8, 1e-6, 1e-4):
        x = LOU.equilibrium(c)
        generator = binding + c * calcium
        np.testing.assert_allclose(x @ generator, 0, atol=1e-9 * np.abs(generator).max())
        np.testing.assert_allclose(generator.sum(1), 0, atol=1e-9)


@pytest.mark.parametrize("scale", [0.0, 1e-8, 0.1, 1.0, 30.0])
def test_propagators_are_matrix_exponentials(scale):
    """Against scipy.linalg.expm: 1e-12."""
    rng = np.random.default_rng(3)
    generators = rng.uniform(0, scale, (7, SITES + 1, SITES + 1))
    generators -= generators.sum(-1)[..., None] * np.eye(SITES + 1)
    np.testing.assert_allclose(propagators(generators), expm(generators), atol=1e-12)


def test_depleting_vesicle_against_an_ode_solver():
    """Survival under a brief calcium pulse, matrix exponentials against LSODA: 1e-6."""
    binding, calcium = LOU.matrices()
    edges = np.arange(0, 1.0001e-3, 1e-6)

    def pulse(t):
        return 5e-8 + 20e-6 * np.exp(-(((t - 3e-4) / 1e-4) ** 2))

    def slope(t, x):
        return x @ (binding - np.diag(LOU.fusion) + pulse(t) * calcium)

    x = LOU.equilibrium(5e-8)
    exact = solve_ivp(slope, (0, edges[-1]), x, method="LSODA", rtol=1e-10, atol=1e-14).y[:, -1]
    middle = pulse((edges[1:] + edges[:-1]) / 2)
    generators = binding - np.diag(LOU.fusion) + middle[:, None, None] * calcium
    for step in propagators(generators * np.diff(edges)[:, None, None]):
        x = x @ step
    assert 1 - x.sum() == pytest.approx(1 - exact.sum(), rel=1e-4)
