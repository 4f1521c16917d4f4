"""One molecule wandering between its states: equilibrium, motion and loops of a Markov generator.

A generator ``Q`` holds the rates in 1/s, row = from, rows summing to zero, so that occupancies (a
row vector) obey ``dp/dt = p Q``. The methods here add, multiply and divide positive numbers only:
no subtraction can cancel, which keeps every occupancy, however small, accurate to rounding.
"""

from __future__ import annotations

import math
from collections import deque

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

__all__ = [
    "absorbed",
    "cycles",
    "exponential",
    "march",
    "propagator",
    "recurrent_states",
    "stationary",
]

Array = NDArray[np.float64]


def _rates(Q: ArrayLike) -> Array:
    """Off-diagonal rates of a generator; the diagonal carries no information of its own."""
    rates = np.array(Q, dtype=float)
    if rates.ndim < 2 or rates.shape[-1] != rates.shape[-2]:
        raise ValueError(f"A generator must be a square matrix, got shape {rates.shape}.")
    diagonal = np.arange(rates.shape[-1])
    rates[..., diagonal, diagonal] = 0.0
    if not np.all(np.isfinite(rates)) or np.any(rates < 0):
        raise ValueError("A generator's rates must be finite and not negative.")
    return rates


def propagator(Q: ArrayLike, t: float) -> Array:
    """Probabilities ``exp(Q t)`` of going from each state to each other within a time.

    The time is halved ``s`` times until less than one transition is expected, the short step summed
    as a Poisson mixture of jumps (uniformization), and the result squared ``s`` times with its rows
    brought back to one. All terms are positive, so no digits cancel: each squaring costs one
    rounding of the *rates* and the error is of order ``s`` times 1e-16 even when ``|Q| t`` is 1e9,
    where a Pade approximant, which subtracts, loses the ``|Q| t`` times 1e-16 by which its rows
    drift. Against `scipy.linalg.expm` it agrees within 1e-9 wherever that one is accurate.

    Parameters
    ----------
    Q : array_like
        Generator, in 1/s.
    t : float
        Time in seconds, not negative.

    Returns
    -------
    ndarray
        Row-stochastic matrix: every entry non-negative, rows sum to one.
    """
    rates = _rates(Q)
    if not (math.isfinite(t) and t >= 0):
        raise ValueError(f"A time must be finite and not negative, got {t!r}.")
    n = len(rates)
    leaving = rates.sum(axis=1)
    fastest = leaving.max()
    if fastest * t == 0:
        return np.eye(n)
    squarings = max(0, math.ceil(math.log2(fastest * t)))
    expected = math.ldexp(fastest * t, -squarings)  # transitions per short step, at most 1
    jump = rates / fastest
    np.fill_diagonal(jump, 1.0 - leaving / fastest)
    term = np.eye(n) * math.exp(-expected)
    result = term.copy()
    for k in range(1, 30):  # 1/30! is 1e-33
        term = term @ jump * (expected / k)
        result += term
    result /= result.sum(axis=1, keepdims=True)
    for _ in range(squarings):
        result = result @ result
        result /= result.sum(axis=1, keepdims=True)
    return result


def exponential(M: ArrayLike) -> Array:
    """``exp(M)`` of a small matrix or a stack of them, by its series over a part, squared.

    Beside `scipy.linalg.expm` it is several times faster on stacks of small matrices.

    Parameters
    ----------
    M : array_like
        ``(..., n, n)``.
    """
    M = np.asarray(M, dtype=float)
    largest = np.abs(M).sum(axis=-1).max(initial=0.0)
    squarings = max(0, math.ceil(math.log2(2 * largest))) if largest > 0 else 0
    part = np.ldexp(M, -squarings)
    term = np.broadcast_to(np.eye(M.shape[-1]), M.shape)
    result = term
    for k in range(1, 16):  # 2**-16/16! is 1e-18
        term = term @ part / k
        result = result + term
    for _ in range(squarings):
        result = result @ result
    return result


def march(start: ArrayLike, P: Array, steps: int) -> Array:
    """Occupancies at 0, 1, ... ``steps`` applications of a propagator.

    Blocks are doubled (``[p, pP]``, then both times ``P^2``, ...), so that a long record costs a
    few matrix products.

    Returns
    -------
    ndarray
        Shape ``(steps + 1, states)``.
    """
    record = np.asarray(start, dtype=float)[None, :]
    while len(record) <= steps:
        record = np.concatenate([record, record @ P])
        P = P @ P
        P = P / P.sum(axis=1, keepdims=True)
    return record[: steps + 1]


def recurrent_states(Q: ArrayLike) -> NDArray[np.bool_]:
    """States that the molecule ends in: the closed class of its graph.

    Raises
    ------
    ValueError
        If there are several, so that the end depends on the beginning.
    """
    reach = (_rates(Q) > 0) | np.eye(len(np.asarray(Q)), dtype=bool)
    for _ in range(len(reach).bit_length()):
        reach = reach.astype(float) @ reach > 0
    closed = ~(reach & ~reach.T).any(axis=1)  # all that is reached reaches back
    classes = np.unique((reach & reach.T).argmax(axis=1)[closed])
    if len(classes) > 1:
        groups = " and ".join(str(np.flatnonzero(reach[k]).tolist()) for k in classes)
        raise ValueError(f"No single equilibrium: states {groups} do not exchange.")
    return closed


def stationary(Q: ArrayLike) -> Array:
    """Equilibrium occupancies by the elimination of Grassmann, Taksar and Heyman.

    States are removed one by one, their traffic rerouted; the diagonal is never used, so there is
    no subtraction and each occupancy is right to rounding relative to itself.

    Parameters
    ----------
    Q : array_like
        Generator or a stack of them, ``(..., n, n)``.

    Returns
    -------
    ndarray
        Occupancies ``(..., n)``, summing to one.

    Raises
    ------
    ValueError
        If there is no single equilibrium.
    """
    rates = _rates(Q)
    stack = rates.reshape(-1, *rates.shape[-2:])
    result = np.zeros(stack.shape[:2])
    patterns, which = np.unique(stack > 0, axis=0, return_inverse=True)
    for k, pattern in enumerate(patterns):
        kept = np.flatnonzero(recurrent_states(pattern.astype(float)))
        chosen = np.flatnonzero(which.ravel() == k)
        with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
            result[np.ix_(chosen, kept)] = _gth(stack[np.ix_(chosen, kept, kept)])
    if not np.all(np.isfinite(result)):
        raise ValueError("The rates span more than a computer's numbers can hold.")
    return result.reshape(rates.shape[:-1])


def _gth(A: Array) -> Array:
    """Stationary rows of irreducible rate matrices, ``(stack, n, n)`` (overwritten)."""
    n = A.shape[-1]
    for k in range(n - 1, 0, -1):
        A[:, :k, k] /= A[:, k, :k].sum(axis=1, keepdims=True)
        A[:, :k, :k] += A[:, :k, k, None] * A[:, k, None, :k]
    p = np.zeros(A.shape[:2])
    p[:, 0] = 1.0
    for k in range(1, n):
        p[:, k] = np.einsum("si,si->s", p[:, :k], A[:, :k, k])
        p[:, : k + 1] /= p[:, : k + 1].sum(axis=1, keepdims=True)  # no overflow on long chains
    return p


def absorbed(inside: ArrayLike, exits: ArrayLike, gain: ArrayLike) -> Array:
    """What is gained, from each state on, until a set of states is left.

    Solves ``(D - R) x = gain``, ``R`` the rates within the set and ``D`` the sums of its rows plus
    ``exits``, by the same elimination as `stationary`: where escape is rare no digits cancel.

    Parameters
    ----------
    inside : array_like
        Rates (or probabilities per step) within the set, ``(n, n)``; its diagonal is not used.
    exits : array_like
        Rates of leaving the set, ``(n,)``.
    gain : array_like
        Gain per time in each state, ``(n,)`` or ``(n, m)``: ones give mean times, the exits by
        target the probabilities of where it is left to. None may be negative.
    """
    R, out = _rates(inside), np.array(exits, dtype=float)
    x = np.array(gain, dtype=float)
    n = len(R)
    leave = np.empty(n)
    for k in range(n - 1, -1, -1):  # states go one by one, their traffic rerouted
        leave[k] = R[k, :k].sum() + out[k]
        if k and leave[k] > 0:
            share = R[:k, k] / leave[k]
            R[:k, :k] += np.outer(share, R[k, :k])
            np.fill_diagonal(R[:k, :k], 0.0)
            out[:k] += share * out[k]
            x[:k] += np.multiply.outer(share, x[k])
    if np.any(leave <= 0):
        raise ValueError("The set of states is never left.")
    for k in range(n):
        x[k] = (x[k] + R[k, :k] @ x[:k]) / leave[k]
    return x


def cycles(joined: ArrayLike) -> list[tuple[int, ...]]:
    """Shortest independent loops of a scheme (Horton's choice from all breadth-first trees).

    Each loop starts at its lowest state and goes first to the lower of that state's neighbors in
    it. Detailed balance on these holds it on every loop.

    Parameters
    ----------
    joined : array_like of bool
        Which states are joined, by a step in either direction.
    """
    joined = np.asarray(joined, dtype=bool)
    joined = joined | joined.T
    n = len(joined)
    edges = [(int(a), int(b)) for a, b in np.argwhere(np.triu(joined, 1))]
    wanted = len(edges) - n + connected_components(csr_array(joined), directed=False)[0]
    number = {edge: k for k, edge in enumerate(edges)}
    found: set[tuple[int, ...]] = set()
    for root in range(n):
        path = _paths(joined, root)
        for a, b in edges:
            if a in path and b in path and set(path[a]) & set(path[b]) == {root}:
                loop = [*path[a], *reversed(path[b][1:])]
                if len(loop) > 2:
                    found.add(_canonical(loop))
    chosen: list[tuple[int, ...]] = []
    basis: dict[int, int] = {}  # leading edge -> set of edges as bits
    for loop in sorted(found, key=lambda c: (len(c), c)):
        bits = 0
        for a, b in zip(loop, (*loop[1:], loop[0]), strict=True):
            bits ^= 1 << number[min(a, b), max(a, b)]
        while bits and (lead := bits.bit_length()) in basis:
            bits ^= basis[lead]
        if bits:
            basis[bits.bit_length()] = bits
            chosen.append(loop)
        if len(chosen) == wanted:
            break
    return chosen


def _paths(joined: NDArray[np.bool_], root: int) -> dict[int, list[int]]:
    """Breadth-first path from ``root`` to each state."""
    path, queue = {root: [root]}, deque([root])
    while queue:
        here = queue.popleft()
        for there in map(int, np.flatnonzero(joined[here])):
            if there not in path:
                path[there] = [*path[here], there]
                queue.append(there)
    return path


def _canonical(loop: list[int]) -> tuple[int, ...]:
    first = loop.index(min(loop))
    turned = loop[first:] + loop[:first]
    if turned[1] > turned[-1]:
        turned = [turned[0], *reversed(turned[1:])]
    return tuple(turned)
