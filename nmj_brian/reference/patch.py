"""Several quanta in one square patch of cleft: what adding single quanta leaves out.

Two-dimensional reaction-diffusion, as a textbook would write it: square cells, every receptor state
and AChE in each of them, one right-hand side with its Jacobian, SciPy's BDF. Quanta may be released
anywhere and at any time; they share the free ACh, AChE and receptors, so that their overlap is what
it is. The sites lie at random, one per um^2 in the presets' picture of an end plate.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import sparse
from scipy.integrate import solve_ivp

from ..cleft import AVOGADRO, Cleft, bound_ligands, zero_ACh

__all__ = ["Patch", "Vesicle", "square_like"]

#: Side of the square whose mean time of escape from anywhere equals that of a disc's center,
#: per radius of the disc: r^2 / (4 D) against 0.035144 side^2 / D.
_SIDE_PER_RADIUS = np.sqrt(0.25 / 0.0351443)


def square_like(cleft: Cleft) -> float:
    """Side (m) of a square bouton that loses ACh as fast as the disc of ``cleft``.

    A quantum released anywhere in the square escapes, on average, after the same time as one
    released at the center of the disc.
    """
    return float(_SIDE_PER_RADIUS * cleft.radius_m)


@dataclass(frozen=True)
class Vesicle:
    """One release: where (m, from the lower left corner), when (s)."""

    x_m: float
    y_m: float
    t_s: float = 0.0


class Patch:
    """A square of cleft in square cells.

    Parameters
    ----------
    cleft : Cleft
        Rates and densities; its radius is not used, its ``absorbing`` is the border's.
    Q0, Qb : ndarray
        Generator of the receptor without ACh (1/s) and its part per mol/l, row = from.
    rest : int
        Index of the resting state.
    side_m : float
        Side of the square.
    cells : int
        Cells along a side.
    """

    def __init__(
        self, cleft: Cleft, Q0: np.ndarray, Qb: np.ndarray, rest: int, side_m: float, cells: int
    ) -> None:
        if cleft.fold_opening_m > 0:
            raise ValueError("a patch of cleft has no folds: set fold_opening to 0.")
        self.cleft, self.Q0, self.Qb = cleft, Q0, Qb
        self.side_m, self.cells = side_m, cells
        self.start = zero_ACh(Q0, rest)
        bound = bound_ligands(Q0, Qb, rest)
        taken = bound[None, :] - bound[:, None]  # ACh taken up by each transition
        self.freed, self.freed_per_M = -(Q0 * taken).sum(1), -(Qb * taken).sum(1)
        h = side_m / cells
        self.molar = AVOGADRO * h * h * cleft.width_m * 1e3  # molecules in a cell at 1 mol/l
        self.receptors = cleft.receptors_per_m2 * h * h
        self.enzymes = cleft.ache_per_m2 * h * h
        # between neighbors D/h^2; the border lies half a cell away
        rate = cleft.diffusion_m2_per_s / h**2
        line = sparse.diags([1.0, -2.0, 1.0], [-1, 0, 1], shape=(cells, cells)).tolil()
        line[0, 0] = line[-1, -1] = -3.0 if cleft.absorbing else -1.0
        one = sparse.identity(cells)
        self.spread = (rate * (sparse.kron(line, one) + sparse.kron(one, line))).tocsr()
        self.leave = -np.asarray(self.spread.sum(0)).ravel()  # 1/s, over the border

    def _slope(self, _: float, y: np.ndarray) -> np.ndarray:
        n = self.cells**2
        free, enzyme, states = y[:n], y[n : 2 * n], y[2 * n :].reshape(len(self.Q0), n)
        conc_M = free / self.molar
        binding = self.cleft.ache_kon_per_M_s * conc_M * (self.enzymes - enzyme)
        d_enzyme = binding - self.cleft.ache_kcat_per_s * enzyme
        d_states = self.Q0.T @ states + conc_M * (self.Qb.T @ states)
        gain = self.freed @ states + conc_M * (self.freed_per_M @ states)
        return np.concatenate([self.spread @ free + gain - binding, d_enzyme, d_states.ravel()])

    def _jacobian(self, _: float, y: np.ndarray) -> sparse.csc_matrix:
        n, k = self.cells**2, len(self.Q0)
        free, enzyme, states = y[:n], y[n : 2 * n], y[2 * n :].reshape(k, n)
        conc_M = free / self.molar
        kon = self.cleft.ache_kon_per_M_s
        catch = kon * (self.enzymes - enzyme) / self.molar
        more = (self.freed_per_M @ states) / self.molar
        blocks: list[list] = [[None] * (k + 2) for _ in range(k + 2)]
        blocks[0][0] = self.spread + sparse.diags(more - catch)
        blocks[0][1] = sparse.diags(kon * conc_M)
        blocks[1][0] = sparse.diags(catch)
        blocks[1][1] = sparse.diags(-kon * conc_M - self.cleft.ache_kcat_per_s)
        driven = (self.Qb.T @ states) / self.molar
        for b in range(k):
            blocks[0][2 + b] = sparse.diags(self.freed[b] + conc_M * self.freed_per_M[b])
            blocks[2 + b][0] = sparse.diags(driven[b])
            for a in range(k):
                if a == b or self.Q0[a, b] or self.Qb[a, b]:
                    blocks[2 + b][2 + a] = sparse.diags(self.Q0[a, b] + conc_M * self.Qb[a, b])
        return sparse.bmat(blocks, format="csc")

    def _released(self, vesicle: Vesicle) -> np.ndarray:
        """Molecules of one vesicle by cell: a disc of the cleft's width, shared out by its area."""
        h, radius = self.side_m / self.cells, 0.5 * self.cleft.width_m
        fine = 20
        sub = (np.arange(self.cells * fine) + 0.5) * h / fine
        inside = (sub[:, None] - vesicle.x_m) ** 2 + (sub - vesicle.y_m) ** 2 <= radius**2
        share = inside.reshape(self.cells, fine, self.cells, fine).sum((1, 3)).ravel()
        if not share.any():
            raise ValueError(f"the vesicle at {vesicle} does not open into the patch.")
        return self.cleft.molecules * share / share.sum()

    def solve(
        self, vesicles: Sequence[Vesicle], t_s: np.ndarray, rtol: float = 1e-5
    ) -> dict[str, np.ndarray]:
        """Follow all vesicles together.

        Parameters
        ----------
        vesicles : sequence of Vesicle
            Where and when ACh is released, at once into a disc of the cleft's width.
        t_s : ndarray
            Ascending sample times from 0.
        rtol : float, optional
            Relative tolerance of the integration.

        Returns
        -------
        dict
            ``receptors`` [time, state], ``free``, ``enzyme`` [time]: numbers in the whole patch.
        """
        n, k = self.cells**2, len(self.Q0)
        y = np.concatenate([np.zeros(2 * n), np.repeat(self.receptors * self.start, n)])
        rows = np.zeros((len(t_s), k + 2))
        times = sorted({v.t_s for v in vesicles} | {0.0})
        for begin, end in zip(times, [*times[1:], np.inf], strict=True):
            for vesicle in vesicles:
                if vesicle.t_s == begin:
                    y[:n] += self._released(vesicle)
            wanted = (t_s >= begin) & (t_s < end)
            stop = min(end, t_s[-1])
            if stop <= begin:
                rows[wanted] = y.reshape(k + 2, n).sum(1)
                continue
            done = solve_ivp(
                self._slope, (begin, stop), y, "BDF", t_eval=np.append(t_s[wanted], stop)
                if not wanted.any() or t_s[wanted][-1] < stop else t_s[wanted],
                rtol=rtol, atol=rtol * 1e-2, jac=self._jacobian, first_step=1e-9,
            )  # fmt: skip
            if not done.success:
                raise RuntimeError(f"the patch failed: {done.message}")
            y = done.y[:, -1].copy()
            rows[wanted] = done.y[:, : wanted.sum()].T.reshape(-1, k + 2, n).sum(2)
        return {"receptors": rows[:, 2:], "free": rows[:, 0], "enzyme": rows[:, 1]}
