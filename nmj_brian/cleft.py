"""The cleft around one release site: geometry, rates and the numerical solution, in SI floats.

Everything that carries units is in `nmj_brian.quantum`; everything that is computed is in
csrc/nmj/quantum.h.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from ._core import quantum as _core
from .folds import ring_factors
from .markov import stationary

__all__ = [
    "Cleft",
    "Release",
    "bound_ligands",
    "followed_s",
    "ring_edges",
    "sample_times",
    "zero_ACh",
]

#: ACh molecules per mole.
AVOGADRO = 6.02214076e23
_CACHE_SIZE = 256
_FAILURES = {
    -1: "more steps than allowed",
    -2: "the step size broke down (are all rates finite?)",
    -3: "the problem is malformed (at least 3 rings and at most 32 receptor states are needed)",
}


def bound_ligands(Q0: np.ndarray, Qb: np.ndarray, rest: int) -> np.ndarray:
    """Number of ACh molecules that each receptor state holds, from the scheme itself.

    A transition driven by ACh adds one molecule, its reverse without ACh removes it, any other
    transition keeps the number.

    Raises
    ------
    ValueError
        If two routes to a state disagree, or a state cannot be reached from rest.
    """
    n = len(Q0)
    off = ~np.eye(n, dtype=bool)
    binds = (Qb > 0) & off
    links = [[] for _ in range(n)]
    for i, j in np.argwhere(off & (binds | binds.T | (Q0 > 0) | (Q0.T > 0))):
        links[i].append((j, int(binds[i, j]) - int(binds[j, i])))
    bound = np.full(n, np.nan)
    bound[rest] = 0.0
    queue = [rest]
    while queue:
        i = queue.pop()
        for j, step in links[i]:
            if np.isnan(bound[j]):
                bound[j] = bound[i] + step
                queue.append(j)
            elif bound[j] != bound[i] + step:
                raise ValueError(
                    f"receptor states {i} and {j} cannot hold a fixed number of ACh molecules: "
                    "two routes between them bind different numbers. Check the binding "
                    "steps of the scheme."
                )
    if np.isnan(bound).any():
        raise ValueError(
            f"receptor states {np.flatnonzero(np.isnan(bound)).tolist()} cannot be reached "
            f"from rest."
        )
    return bound


def zero_ACh(Q0: np.ndarray, rest: int) -> np.ndarray:
    """Occupancies at equilibrium without ACh; exactly 0 where no receptor comes from rest."""
    reached = np.arange(len(Q0)) == rest
    for _ in Q0:
        reached = reached | (Q0[reached] > 0).any(0)
    p = np.zeros(len(Q0))
    p[reached] = stationary(Q0[np.ix_(reached, reached)])
    return p


def ring_edges(radius_m: float, release_radius_m: float, rings: int) -> np.ndarray:
    """Edges of the rings: equal inside the release disc, then growing geometrically to the edge.

    ``rings`` refines all rings in proportion, so that doubling it halves every width.
    """
    inner = max(1, round(rings / 24))
    outer = rings - inner
    first = np.linspace(0.0, release_radius_m, inner + 1)
    # widths grow by the factor q: first width is the inner one
    target, width = radius_m - release_radius_m, first[1]
    if target <= width * outer:  # a small disc: equal rings do
        rest = np.linspace(release_radius_m, radius_m, outer + 1)[1:]
    else:
        low, high = 1.0 + 1e-9, 10.0
        for _ in range(200):
            q = 0.5 * (low + high)
            low, high = (q, high) if width * q * (q**outer - 1) / (q - 1) < target else (low, q)
        rest = release_radius_m + np.cumsum(width * q ** np.arange(1, outer + 1))
        rest[-1] = radius_m
    return np.ascontiguousarray(np.concatenate([first, rest]))


def sample_times(duration_s: float, n: int = 500) -> np.ndarray:
    """Zero, then times that lie densely where the current rises and sparsely where it decays."""
    return np.concatenate([[0.0], np.geomspace(2e-7, duration_s, n)])


def followed_s(receptor: Any, v: Any) -> float:
    """Seconds to follow a current: eight slowest relaxations of the receptor without ACh."""
    q0, _ = receptor.matrices(float(np.ravel(v[1] if isinstance(v, tuple) else v)[0]))
    keep = ~np.asarray(receptor.desensitized, dtype=bool)
    keep[int(receptor.rest)] = False
    if not keep.any():
        return 5e-3
    slowest = -np.linalg.eigvals(q0[np.ix_(keep, keep)]).real.max()
    return float(np.clip(8.0 / max(slowest, 1e-3), 5e-3, 1.0))


@dataclass(frozen=True)
class Release:
    """What one solution holds; numbers of molecules and receptors against time."""

    t_s: np.ndarray
    edges_m: np.ndarray
    receptors: np.ndarray  # [time, state]
    free: np.ndarray
    vesicle: np.ndarray
    enzyme: np.ndarray
    hydrolysed: np.ndarray
    escaped: np.ndarray
    conc_M: np.ndarray | None  # [time, ring]
    steps: int
    rejected: int


@dataclass(frozen=True)
class Cleft:
    """One release site with its surroundings. All fields in SI units, ``_M`` in mol/l."""

    width_m: float
    radius_m: float
    diffusion_m2_per_s: float
    receptors_per_m2: float
    ache_per_m2: float
    ache_kon_per_M_s: float
    ache_kcat_per_s: float
    molecules: float
    pore_expansion_m_per_s: float = 0.0
    pore_length_m: float = 9e-9
    vesicle_radius_m: float = 20e-9
    fold_spacing_m: float = 1e-6
    fold_opening_m: float = 0.0
    fold_depth_m: float = 0.0
    fold_receptors: float = 0.0
    release_offset_m: float = 0.0
    absorbing: bool = True
    rings: int = 64
    rtol: float = 1e-4

    @classmethod
    def of(cls, junction: Any, density: float = 1.0) -> Cleft:
        """Read the parameters of a junction at its own temperature; ``density`` scales its free
        receptors.
        """
        si = junction.si
        free = si("receptor_fraction") * (1.0 - si("antagonist_occupancy")) * density
        per_M = 1e3  # 1 / (mol/m^3) -> 1 / (mol/l)
        return cls(
            width_m=si("cleft_width"),
            radius_m=si("cleft_radius"),
            diffusion_m2_per_s=si("D_ACh"),
            receptors_per_m2=si("receptor_density") * free,
            ache_per_m2=si("AChE_density"),
            ache_kon_per_M_s=si("AChE_kon") * per_M,
            ache_kcat_per_s=si("AChE_kcat"),
            molecules=si("ACh_per_vesicle"),
            pore_expansion_m_per_s=si("pore_expansion"),
            pore_length_m=si("pore_length"),
            vesicle_radius_m=si("vesicle_radius"),
            fold_spacing_m=si("fold_spacing"),
            fold_opening_m=si("fold_opening"),
            fold_depth_m=si("fold_depth"),
            fold_receptors=si("fold_receptors"),
            release_offset_m=si("release_offset"),
        )

    def rings_of_folds(self, edges_m: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Receptors and volume of each ring relative to a flat cleft, see `nmj_brian.folds`."""
        folds = (self.fold_spacing_m, self.fold_opening_m, self.fold_depth_m, self.fold_receptors)
        return ring_factors(edges_m, self.width_m, *folds, self.release_offset_m)

    def at_density(self, density: float) -> Cleft:
        """The same cleft with ``density`` times the free receptors."""
        return replace(self, receptors_per_m2=self.receptors_per_m2 * density)

    def solve(
        self,
        receptor: Any,
        v_volt: float | tuple[np.ndarray, np.ndarray],
        t_s: np.ndarray,
        profile: bool = False,
    ) -> Release:
        """Solve at a voltage, or along a table ``(times, voltages)`` of a moving one.

        Results are kept by value: the same question is not computed twice.
        """
        moving = isinstance(v_volt, tuple)
        table = tuple(np.ascontiguousarray(x, dtype=float) for x in v_volt) if moving else v_volt
        identity = tuple(x.tobytes() for x in table) if moving else float(table)
        key = (self, receptor.key(), identity, t_s.tobytes(), profile)
        if key in _cache:
            _cache.move_to_end(key)
            return _cache[key]
        result = _cache[key] = self._solve(
            receptor, table, np.ascontiguousarray(t_s, float), profile
        )
        if len(_cache) > _CACHE_SIZE:
            _cache.popitem(last=False)
        return result

    def _solve(self, receptor: Any, v: Any, t_s: np.ndarray, profile: bool) -> Release:
        knots, volts = v if isinstance(v, tuple) else (np.zeros(1), np.array([v]))
        rates = [receptor.matrices(float(u)) for u in volts]
        q0, qb = (np.ascontiguousarray([r[i] for r in rates], dtype=float) for i in (0, 1))
        rest = int(receptor.rest)
        bound = bound_ligands(np.abs(q0).max(0), np.abs(qb).max(0), rest)
        release_radius = 0.5 * self.width_m
        if not self.radius_m > 2.0 * release_radius:
            raise ValueError(
                f"the cleft's radius ({self.radius_m * 1e9:.3g} nm) must exceed its width "
                f"({self.width_m * 1e9:.3g} nm): increase cleft_radius."
            )
        edges = ring_edges(self.radius_m, release_radius, self.rings)
        scalars = {
            "width_m": self.width_m,
            "release_radius_m": release_radius,
            "diffusion_m2_per_s": self.diffusion_m2_per_s,
            "receptors_per_m2": self.receptors_per_m2,
            "ache_per_m2": self.ache_per_m2,
            "ache_kon_per_M_s": self.ache_kon_per_M_s,
            "ache_kcat_per_s": self.ache_kcat_per_s,
            "molecules": self.molecules,
            "pore_expansion_m_per_s": self.pore_expansion_m_per_s,
            "pore_length_m": self.pore_length_m,
            "vesicle_radius_m": self.vesicle_radius_m,
            "absorbing": self.absorbing,
            "rtol": self.rtol,
            "atol_molecules": self.rtol,
            "min_step_s": 1e-12,
            "max_step_s": max(t_s[-1] / 40.0, 1e-9),
            "max_steps": 100_000,
        }
        rows, conc, (status, steps, rejected, reached) = _core.solve(
            edges, knots, q0, qb, bound, zero_ACh(q0[0], rest), scalars,
            *self.rings_of_folds(edges), t_s, profile,
        )  # fmt: skip
        if status:
            raise RuntimeError(
                f"the quantum could not be solved beyond {reached * 1e3:.4g} ms: "
                f"{_FAILURES[status]}."
            )
        n = len(bound)
        return Release(
            t_s, edges, rows[:, :n], *rows[:, n:].T, conc_M=conc, steps=steps, rejected=rejected
        )


_cache: OrderedDict[tuple, Release] = OrderedDict()
