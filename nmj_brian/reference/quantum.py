"""The quantum as a textbook would write it: rings, states, one right-hand side, SciPy's BDF.

The slow and obvious twin of csrc/nmj/quantum.h, its oracle in tests/quantum.
"""

from __future__ import annotations

import numpy as np
from scipy.integrate import solve_ivp

from ..cleft import AVOGADRO, Cleft, bound_ligands, ring_edges, zero_ACh

__all__ = ["solve"]


def solve(
    cleft: Cleft, Q0: np.ndarray, Qb: np.ndarray, rest: int, t_s: np.ndarray, rtol: float = 1e-8
) -> dict[str, np.ndarray]:
    """Molecules and receptors after instantaneous release, summed over the rings.

    Parameters
    ----------
    cleft : Cleft
        Geometry and rates; ``pore_expansion_m_per_s`` must be zero.
    Q0, Qb : ndarray
        Generator without ACh (1/s) and its part per mol/l, row = from.
    rest : int
        Index of the resting state.
    t_s : ndarray
        Times.
    rtol : float, optional
        Relative tolerance.

    Returns
    -------
    dict
        ``receptors`` [time, state], ``free``, ``enzyme``, ``hydrolysed``, ``escaped`` [time].
    """
    edge = ring_edges(cleft.radius_m, 0.5 * cleft.width_m, cleft.rings)
    rings, states = len(edge) - 1, len(Q0)
    area = np.pi * np.diff(edge**2)
    dense, roomy = cleft.rings_of_folds(edge)
    litres = area * cleft.width_m * 1e3 * roomy
    center = 0.5 * (edge[1:] + edge[:-1])
    # m^3/s through each inner edge, and out of the disc
    wall = 2.0 * np.pi * edge[1:] * cleft.width_m * cleft.diffusion_m2_per_s
    inner = wall[:-1] / np.diff(center) * 1e3
    outer = cleft.absorbing * wall[-1] / (edge[-1] - center[-1]) * 1e3
    bound = bound_ligands(Q0, Qb, rest)
    taken = bound[None, :] - bound[:, None]  # ACh taken up by each transition
    enzymes = cleft.ache_per_m2 * area

    def slope(_: float, y: np.ndarray) -> np.ndarray:
        free, enzyme = y[:rings], y[rings : 2 * rings]
        receptors = y[2 * rings : -2].reshape(rings, states)
        conc_M = free / (AVOGADRO * litres)
        flow = receptors[:, :, None] * (Q0 + conc_M[:, None, None] * Qb)  # [ring, from, to]
        binding = cleft.ache_kon_per_M_s * conc_M * (enzymes - enzyme)
        cut = cleft.ache_kcat_per_s * enzyme
        outward = inner * (conc_M[:-1] - conc_M[1:]) * AVOGADRO
        lost = outer * conc_M[-1] * AVOGADRO
        d_free = -(flow * taken).sum((1, 2)) - binding
        d_free[:-1] -= outward
        d_free[1:] += outward
        d_free[-1] -= lost
        return np.concatenate([d_free, binding - cut, flow.sum(1).ravel(), [cut.sum(), lost]])

    inside = edge[1:] <= 0.5 * cleft.width_m * (1 + 1e-9)
    free = cleft.molecules * np.where(inside, area, 0.0) / area[inside].sum()
    receptors = cleft.receptors_per_m2 * (dense * area)[:, None] * zero_ACh(Q0, rest)
    start = np.concatenate([free, np.zeros(rings), receptors.ravel(), [0.0, 0.0]])
    done = solve_ivp(
        slope,
        (0.0, t_s[-1]),
        start,
        method="BDF",
        t_eval=t_s,
        rtol=rtol,
        atol=rtol,
        first_step=1e-10,
    )
    if not done.success:
        raise RuntimeError(f"the reference quantum failed: {done.message}")
    y = done.y
    return {
        "receptors": y[2 * rings : -2].reshape(rings, states, -1).sum(0).T,
        "free": y[:rings].sum(0),
        "enzyme": y[rings : 2 * rings].sum(0),
        "hydrolysed": y[-2],
        "escaped": y[-1],
    }
