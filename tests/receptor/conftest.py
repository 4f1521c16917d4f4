"""Random receptors that obey detailed balance, built from energies."""

import numpy as np
import pytest
from brian2 import molar, mV, second
from hypothesis import strategies as st

from nmj_brian.receptor import Receptor
from nmj_brian.units import pS


def balanced_receptor(
    rng: np.random.Generator, conformations: int, sites: int, decades: float = 4.0
) -> Receptor:
    """Grid of conformations (the last one open) by agonist molecules bound, rates from energies.

    Detailed balance holds because every pair of rates is ``k*sqrt(w_to/w_from)`` with ``w`` the
    Boltzmann weight of each state at 1 molar, up to so many ``decades`` either way.
    """
    weight = 10 ** rng.uniform(-decades, decades, (conformations, sites + 1))

    def name(i: int, j: int) -> str:
        return f"S{i}x{j}" + ("*" if i == conformations - 1 else "")

    lines, rates = [], {}

    def line(a: tuple[int, int], b: tuple[int, int], binds: bool) -> None:
        speed, k = 10 ** rng.uniform(1, 4), len(lines)
        lean = np.sqrt(weight[b] / weight[a])
        per = molar * second if binds else second
        rates[f"f{k}"], rates[f"b{k}"] = speed * lean / per, speed / lean / second
        ligand = " + ACh" if binds else ""
        lines.append(f"{name(*a)}{ligand} <-> {name(*b)} : f{k}, b{k}")

    for i in range(conformations):
        for j in range(sites):
            line((i, j), (i, j + 1), True)
    for i in range(conformations - 1):
        for j in range(sites + 1):
            line((i, j), (i + 1, j), False)
    return Receptor("\n".join(lines), conductance=60 * pS, reversal=-3 * mV, **rates)


def random_generator(rng: np.random.Generator, states: int, decades: float = 6.0) -> np.ndarray:
    """A generator with a ring (so that it is irreducible) and random further steps."""
    Q = 10 ** rng.uniform(-1, decades - 1, (states, states))
    Q *= rng.random((states, states)) < 0.4
    ring = np.arange(states)
    Q[ring, np.roll(ring, 1)] = 10 ** rng.uniform(-1, decades - 1, states)
    np.fill_diagonal(Q, 0)
    np.fill_diagonal(Q, -Q.sum(axis=1))
    return Q


seeds = st.integers(0, 2**32 - 1)


@pytest.fixture
def two_state() -> Receptor:
    """The smallest receptor whose answers are known in closed form."""
    return Receptor(
        "R + ACh <-> AR* : k_on, k_off",
        k_on=1e8 / molar / second,
        k_off=1e3 / second,
        conductance=60 * pS,
        reversal=-3 * mV,
    )
