"""What the fit of a quantum's source is made of, against closed forms."""

import numpy as np
import pytest
from scipy.linalg import expm

from nmj_brian.binding import driven_exponentials


@pytest.mark.parametrize("duration", [1e-3, 1.0, 300.0])
def test_driven_exponentials_are_those_of_the_whole(duration):
    """Sources that decay, some slower and some faster than the states relax, against SciPy's exponential."""
    rng, n, m = np.random.default_rng(1), 5, 7
    A = rng.random((3, n, n))
    A -= 1.5 * A.sum(1)[:, None] * np.eye(n)
    C, rate = rng.random((n, m)), np.geomspace(0.01, 100, m)
    whole = np.zeros((3, n + m, n + m))
    whole[:, :n, :n], whole[:, :n, n:], whole[:, n:, n:] = A, C, -np.diag(rate)
    exact = np.array([expm(duration * x) for x in whole])
    E, F = driven_exponentials(A * duration, C * duration, rate * duration)
    np.testing.assert_allclose(E, exact[:, :n, :n], rtol=1e-10, atol=1e-13)
    np.testing.assert_allclose(F, exact[:, :n, n:], rtol=1e-10, atol=1e-13)
