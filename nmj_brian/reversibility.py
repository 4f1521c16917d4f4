"""Is a receptor scheme physically possible? Loops, detailed balance, stiffness and dead ends.

At equilibrium no loop of states may turn: the product of the rates one way round equals that the
other way (microscopic reversibility). A scheme that breaks it would need a source of energy.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from .markov import cycles

if TYPE_CHECKING:
    from .receptor import Receptor

__all__ = ["Cycle", "ReceptorReport", "examine"]

_PROBE_M = 1e-3  # stiffness is stated for the concentration that a quantum reaches in the cleft
_PROBE_V = (-0.12, -0.08, -0.04, 0.0, 0.04)


@dataclass(frozen=True)
class Cycle:
    """One loop of a scheme and the products of its rates both ways round.

    Attributes
    ----------
    states : tuple of str
        The states in order.
    forward, backward : float
        Products of the rates in the order of ``states`` and against it, in 1/s for each step and
        1/(M s) for each binding.
    ratio : float
        ``forward / backward``.
    reversible : bool
        Whether it is one within the tolerance, at every potential looked at.
    """

    states: tuple[str, ...]
    forward: float
    backward: float
    ratio: float
    reversible: bool

    def __str__(self) -> str:
        loop = " -> ".join((*self.states, self.states[0]))
        verdict = "ok" if self.reversible else "NOT REVERSIBLE"
        return (
            f"{loop}\n    products {self.forward:.5g} and {self.backward:.5g}, "
            f"ratio {self.ratio:.4f}: {verdict}"
        )


@dataclass(frozen=True)
class ReceptorReport:
    """What `Receptor.check` found; print it.

    Attributes
    ----------
    name : str
        The receptor.
    v : float
        Membrane potential, in volt.
    tolerance : float
        Allowed difference of the two products of a loop.
    cycles : tuple of Cycle
        Shortest independent loops.
    one_way : tuple of str
        Steps without a way back.
    unreachable, trapping : tuple of str
        States that are never reached from rest, and those that are never left.
    fastest, slowest : float
        Relaxation rates (1/s) at 1 mM agonist.
    units : tuple of str
        The steps with the values of their rates.
    """

    name: str
    v: float
    tolerance: float
    cycles: tuple[Cycle, ...]
    one_way: tuple[str, ...]
    unreachable: tuple[str, ...]
    trapping: tuple[str, ...]
    fastest: float
    slowest: float
    units: tuple[str, ...] = field(repr=False)

    @property
    def reversible(self) -> bool:
        """Whether microscopic reversibility holds."""
        return not self.one_way and all(cycle.reversible for cycle in self.cycles)

    @property
    def ok(self) -> bool:
        """Whether nothing is wrong: reversible, all states reached and left."""
        return self.reversible and not self.unreachable and not self.trapping

    @property
    def stiffness(self) -> float:
        """Ratio of the fastest to the slowest relaxation rate at 1 mM agonist."""
        return self.fastest / self.slowest if self.slowest > 0 else np.inf

    def __str__(self) -> str:
        lines = [f"{self.name} at {self.v * 1e3:g} mV: {'ok' if self.ok else 'NOT OK'}"]
        lines += ["rates (1/s; of binding steps 1/(M s))", *("    " + u for u in self.units)]
        if self.cycles:
            lines.append(f"independent loops: {len(self.cycles)}")
            lines += ["    " + str(cycle).replace("\n", "\n    ") for cycle in self.cycles]
        else:
            lines.append("independent loops: none, so nothing constrains the rates")
        lines.append(
            "microscopic reversibility: "
            + ("holds" if self.reversible else "BROKEN")
            + f" (tolerance {self.tolerance:.3g})"
        )
        for label, found in (
            ("steps without a way back", self.one_way),
            ("states never reached from rest", self.unreachable),
            ("states never left", self.trapping),
        ):
            lines.append(f"{label}: {', '.join(found) or 'none'}")
        lines.append(
            f"relaxation rates at 1 mM {self.fastest:.3g} to {self.slowest:.3g} 1/s, stiffness "
            f"{self.stiffness:.3g}; an explicit solver needs dt < {2e6 / self.fastest:.2g} us"
        )
        return "\n".join(lines)


def examine(receptor: Receptor, v: float, tolerance: float) -> ReceptorReport:
    """Look a receptor over at potential ``v`` (volt); see `Receptor.check`."""
    potentials = (v, *_PROBE_V) if receptor.voltage_dependent else (v,)
    rates = [_all_rates(receptor, volt) for volt in potentials]
    joined = _drawn(receptor)
    names = receptor.states
    loops = []
    for loop in cycles(joined):
        products = [_products(matrix, loop) for matrix in rates]
        ratios = [_ratio(*pair) for pair in products]
        good = all(max(r, 1 / r if r else np.inf) <= 1 + tolerance for r in ratios)
        states = tuple(names[i] for i in loop)
        loops.append(Cycle(states, *products[0], ratios[0], good))
    here = rates[0]
    reached = _reached(here, receptor.rest)
    pairs = np.argwhere((here > 0) & ~(here.T > 0))
    relaxation = _relaxation(receptor, v)
    return ReceptorReport(
        name=receptor.name,
        v=v,
        tolerance=tolerance,
        cycles=tuple(loops),
        one_way=tuple(f"{names[a]} -> {names[b]}" for a, b in pairs),
        unreachable=tuple(n for n, hit in zip(names, reached, strict=True) if not hit),
        trapping=tuple(n for n, out in zip(names, here.sum(axis=1), strict=True) if out == 0),
        fastest=float(relaxation.max()),
        slowest=float(relaxation.min()),
        units=tuple(_step_lines(receptor, here)),
    )


def _all_rates(receptor: Receptor, v: float) -> NDArray[np.float64]:
    """Rate constants of all steps, binding ones per molar, without a diagonal."""
    Q0, Qb = receptor.matrices(v)
    rates = Q0 + Qb  # no step is in both
    np.fill_diagonal(rates, 0.0)
    return rates


def _drawn(receptor: Receptor) -> NDArray[np.bool_]:
    """Which states a line of the text joins, even at rate zero."""
    joined = np.zeros((len(receptor.states),) * 2, dtype=bool)
    for step in receptor.scheme.steps:
        joined[step.source, step.target] = True
    return joined


def _products(rates: NDArray[np.float64], loop: tuple[int, ...]) -> tuple[float, float]:
    after = (*loop[1:], loop[0])
    forward = np.prod([rates[a, b] for a, b in zip(loop, after, strict=True)])
    backward = np.prod([rates[b, a] for a, b in zip(loop, after, strict=True)])
    return float(forward), float(backward)


def _ratio(forward: float, backward: float) -> float:
    if backward == 0:
        return float("inf")
    return forward / backward


def _reached(rates: NDArray[np.float64], start: int) -> NDArray[np.bool_]:
    reached = np.zeros(len(rates), dtype=bool)
    reached[start] = True
    for _ in range(len(rates)):
        reached |= (rates[reached] > 0).any(axis=0)
    return reached


def _relaxation(receptor: Receptor, v: float) -> NDArray[np.float64]:
    """Sizes of the non-zero eigenvalues at the probe concentration."""
    Q0, Qb = receptor.matrices(v)
    sizes = np.sort(np.abs(np.linalg.eigvals(Q0 + _PROBE_M * Qb)))
    return sizes[1:]


def _step_lines(receptor: Receptor, rates: NDArray[np.float64]) -> list[str]:
    lines = []
    for step in receptor.scheme.steps:
        a, b = receptor.states[step.source], receptor.states[step.target]
        ligand = f" + {receptor.agonist}" if step.binds else ""
        unit = "1/(M s)" if step.binds else "1/s"
        value = rates[step.source, step.target]
        lines.append(f"{a + ligand} -> {b}: {step.rate.text} = {value:.5g} {unit}")
    return lines
