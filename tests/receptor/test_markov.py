"""Numerics of Markov generators against independent answers: expm, mpmath, null space, energies."""

import mpmath
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.linalg import expm, null_space

from nmj_brian.markov import (
    absorbed,
    cycles,
    exponential,
    march,
    propagator,
    recurrent_states,
    stationary,
)

from .conftest import random_generator, seeds


@settings(derandomize=True, deadline=None, max_examples=150)
@given(seeds, st.integers(2, 10), st.floats(-7, -1))
def test_propagator_is_expm_within_1e_9(seed, states, log_t):
    """|Q|t up to about 1e5, where scipy's own error stays well below 1e-9."""
    Q = random_generator(np.random.default_rng(seed), states)
    P = propagator(Q, 10**log_t)
    assert np.abs(P - expm(Q * 10**log_t)).max() < 1e-9
    assert np.all(P >= 0)
    assert np.abs(P.sum(axis=1) - 1).max() < 1e-14


def exact(Q, t):
    """exp(Q t) with 80 digits, row sums repaired in those digits."""
    with mpmath.workdps(80):
        M = mpmath.matrix(Q.tolist())
        for i in range(len(Q)):
            M[i, i] = -mpmath.fsum(M[i, j] for j in range(len(Q)) if j != i)
        values, vectors = mpmath.eig(M)
        decay = mpmath.diag([mpmath.exp(value * t) for value in values])
        E = vectors * decay * mpmath.inverse(vectors)
        return np.array([[float(mpmath.re(x)) for x in row] for row in E.tolist()])


@pytest.mark.parametrize("t", [1e-8, 1e-3, 1.0, 1e3])
def test_propagator_keeps_relative_digits_of_a_stiff_chain(t):
    """Rates over 8 decades, |Q|t to 1e11: every entry within 1e-12 of itself (80-digit answer)."""
    Q = np.array([[0, 1e6, 0], [1.0, 0, 1e8], [3.0, 1e-3, 0]])
    np.fill_diagonal(Q, -Q.sum(axis=1))
    assert np.abs(propagator(Q, t) / exact(Q, t) - 1).max() < 1e-12


@settings(derandomize=True, deadline=None, max_examples=50)
@given(seeds, st.integers(2, 8))
def test_propagator_composes_and_ends_in_equilibrium(seed, states):
    Q = random_generator(np.random.default_rng(seed), states)
    half = propagator(Q, 1e-3)
    np.testing.assert_allclose(half @ half, propagator(Q, 2e-3), rtol=1e-10, atol=1e-300)
    np.testing.assert_allclose(propagator(Q, 1e6)[0], stationary(Q), rtol=1e-9)
    np.testing.assert_array_equal(propagator(Q, 0.0), np.eye(states))


@settings(derandomize=True, deadline=None, max_examples=50)
@given(seeds, st.integers(2, 8))
def test_stationary_is_the_null_space(seed, states):
    Q = random_generator(np.random.default_rng(seed), states, decades=3)
    p = null_space(Q.T, rcond=1e-13)[:, 0]
    np.testing.assert_allclose(stationary(Q), p / p.sum(), rtol=1e-7, atol=1e-12)


@settings(derandomize=True, deadline=None, max_examples=50)
@given(seeds, st.integers(2, 12))
def test_stationary_keeps_relative_digits_of_rare_states(seed, states):
    """Occupancies over 60 decades, known from their energies: GTH keeps 12 digits of each."""
    rng = np.random.default_rng(seed)
    weight = 10 ** rng.uniform(-60, 0, states)
    Q = 10 ** rng.uniform(0, 5, (states, states))
    Q = (Q + Q.T) * np.sqrt(weight / weight[:, None])
    np.testing.assert_allclose(stationary(Q), weight / weight.sum(), rtol=1e-12)


def test_stationary_of_a_stack_and_of_a_chain_with_transient_states():
    Q = np.array([[0.0, 0, 0], [2, 0, 1], [0, 3, 0]])  # everything ends in state 0
    np.testing.assert_array_equal(stationary(Q), [1, 0, 0])
    stack = np.stack([Q, random_generator(np.random.default_rng(1), 3)])
    np.testing.assert_allclose(stationary(stack)[1], stationary(stack[1]), rtol=1e-14)
    assert recurrent_states(Q).tolist() == [True, False, False]


def test_two_ends_have_no_equilibrium():
    with pytest.raises(ValueError, match="No single equilibrium"):
        stationary([[0.0, 0, 0], [1, 0, 1], [0, 0, 0]])


@pytest.mark.parametrize("bad", [[[0, -1], [1, 0]], [[0, np.nan], [1, 0]], [0, 1], [[0, 1]]])
def test_what_is_no_generator_is_refused(bad):
    with pytest.raises(ValueError, match="generator"):
        propagator(bad, 1.0)


@pytest.mark.parametrize("t", [-1.0, np.nan, np.inf])
def test_what_is_no_time_is_refused(t):
    with pytest.raises(ValueError, match="time"):
        propagator([[0, 1], [1, 0]], t)


def test_march_equals_one_step_after_another():
    P = propagator(random_generator(np.random.default_rng(3), 5), 1e-4)
    p = [np.eye(5)[0]]
    for _ in range(100):
        p.append(p[-1] @ P)
    np.testing.assert_allclose(march(np.eye(5)[0], P, 100), p, rtol=1e-11)
    assert march(np.eye(5)[0], P, 0).shape == (1, 5)


@settings(derandomize=True, deadline=None, max_examples=60)
@given(seeds, st.integers(3, 9))
def test_cycles_are_a_basis(seed, states):
    """As many as edges - states + 1, simple, and independent over the field of two elements."""
    rng = np.random.default_rng(seed)
    joined = random_generator(rng, states) > 0
    joined |= joined.T
    edges = [tuple(e) for e in np.argwhere(np.triu(joined, 1))]
    found = cycles(joined)
    assert len(found) == len(edges) - states + 1
    rows = np.zeros((len(found), len(edges)), dtype=int)
    for k, loop in enumerate(found):
        assert len(set(loop)) == len(loop) >= 3
        for a, b in zip(loop, (*loop[1:], loop[0]), strict=True):
            rows[k, edges.index((min(a, b), max(a, b)))] += 1
    basis = []  # elimination over the field of two elements, highest edge first
    for row in rows:
        bits = int("".join(map(str, row)), 2)
        for other in basis:
            bits = min(bits, bits ^ other)
        assert bits, "a loop is the sum of others"
        basis = sorted([*basis, bits], reverse=True)


def test_cycles_are_the_short_ones():
    """A ladder of three rungs has two squares, not its outline."""
    joined = np.zeros((6, 6), dtype=bool)
    for a, b in [(0, 1), (1, 2), (3, 4), (4, 5), (0, 3), (1, 4), (2, 5)]:
        joined[a, b] = True
    assert cycles(joined) == [(0, 1, 4, 3), (1, 2, 5, 4)]


@settings(derandomize=True, deadline=None, max_examples=40)
@given(seeds, st.integers(1, 8))
def test_absorbed_solves_its_equation(seed, states):
    """Against `numpy.linalg.solve`, and rare escape (1e-20 of the rates) without loss of digits."""
    rng = np.random.default_rng(seed)
    R = random_generator(rng, max(states, 2))
    exits = 10 ** rng.uniform(0, 5, len(R))
    off = R - np.diag(np.diag(R))
    D = np.diag(off.sum(axis=1) + exits)
    np.testing.assert_allclose(
        absorbed(R, exits, np.eye(len(R))), np.linalg.inv(D - off), rtol=1e-8
    )
    rare = np.zeros(len(R))
    rare[0] = 1e-15
    mean = absorbed(R, rare, np.ones(len(R)))
    p = stationary(R)
    np.testing.assert_allclose(mean, 1 / (p[0] * 1e-15), rtol=1e-9)
    with pytest.raises(ValueError, match="never left"):
        absorbed(R, np.zeros(len(R)), np.ones(len(R)))


def test_exponential_of_a_stack():
    rng = np.random.default_rng(1)
    stack = np.array([random_generator(rng, 6, 4) * 10**x for x in (-9, -5, -3.0)])
    for got, M in zip(exponential(stack), stack, strict=True):
        np.testing.assert_allclose(got, expm(M), atol=1e-12)
    assert np.array_equal(exponential(np.zeros((2, 3, 3))), np.stack([np.eye(3)] * 2))
