"""How the ACh of one quantum binds, written as a few exponentials.

The population of junctions cannot afford reaction-diffusion. What it needs of a quantum is the
flux of receptors into each state that binding reaches (the *source*): everything after that,
unbinding and gating, is exact linear kinetics. The source is found so that the open channels that
follow from it are those of the full solution, by linear least squares: pairs of a target state
and a pole from a logarithmic grid are chosen, the same for all densities of free receptors, so
that only amplitudes depend on density.

*Recapture*: when the voltage moves, receptors set free other amounts of ACh than the table knows.
One variable ``w`` low-passes the ACh set free by dissociation; what leaves it is recaptured into
the target states with gains fitted to full solutions at other voltages.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

__all__ = [
    "Kinetics",
    "TimeBlocks",
    "choose_columns",
    "driven_exponentials",
    "fit_recapture",
    "least_squares",
    "matrix_exponentials",
    "trapezoid",
]


def _halvings(norm: np.ndarray) -> np.ndarray:
    """How often a matrix of this norm is halved until its Taylor series of order 16 is exact."""
    return np.maximum(0, np.ceil(np.log2(np.maximum(norm, 1e-300) / 0.5))).astype(int)


def matrix_exponentials(A: np.ndarray) -> np.ndarray:
    """``exp(A)`` of a stack of small matrices, [..., n, n].

    Scaling, a Taylor series of order 16 (remainder 1e-17 at norm 1/2), squaring. SciPy's gives the
    same digits, but factors each small matrix with threaded LAPACK, which on a busy machine takes
    up to a hundred times longer.
    """
    A = np.asarray(A, dtype=float)
    flat = A.reshape(-1, *A.shape[-2:])
    halvings = _halvings(np.abs(flat).sum(1).max(1))
    scaled = flat / (2.0**halvings)[:, None, None]
    eye = np.eye(flat.shape[-1])
    E = eye + scaled / 16.0
    for k in range(15, 0, -1):
        E = eye + scaled @ E / k
    for k in range(int(halvings.max(initial=0))):
        more = halvings > k
        E[more] = E[more] @ E[more]
    return E.reshape(A.shape)


def driven_exponentials(
    A: np.ndarray, C: np.ndarray, rate: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """``exp(A)``, and what sources that decay put into the states meanwhile.

    The exponential of ``[[A, C], [0, -diag(rate)]]`` as in `matrix_exponentials`, without the blocks that
    are known: with many sources, a small part of the work.

    Parameters
    ----------
    A : ndarray, [..., n, n]
        Generator times the duration; columns = from.
    C : ndarray, [..., n, m] or [n, m]
        Into which state each source goes, times the duration.
    rate : ndarray, [..., m] or [m]
        Rates of decay of the sources times the duration, at least 0.

    Returns
    -------
    E : ndarray, [..., n, n]
        Propagator of the states.
    F : ndarray, [..., n, m]
        States from each source that is 1 at the start.
    """
    A = np.asarray(A, dtype=float)
    n, m = C.shape[-2:]
    flat = A.reshape(-1, n, n)
    C = np.broadcast_to(C, (*A.shape[:-2], n, m)).reshape(-1, n, m)
    rate = np.broadcast_to(rate, (*A.shape[:-2], m)).reshape(-1, 1, m)
    norm = np.maximum(np.abs(flat).sum(1).max(1), rate.max((1, 2), initial=0.0))
    halvings = _halvings(norm)
    size = (0.5**halvings)[:, None, None]
    scaled, C, rate = flat * size, C * size, rate * size
    eye = np.eye(n)
    E, F, d = eye + scaled / 16.0, C / 16.0, 1.0 - rate / 16.0
    for k in range(15, 0, -1):
        E, F, d = eye + scaled @ E / k, (scaled @ F + C * d) / k, 1.0 - rate * d / k
    d = np.exp(-rate)
    for k in range(int(halvings.max(initial=0))):
        more = halvings > k
        F[more] = E[more] @ F[more] + F[more] * d[more]
        E[more] = E[more] @ E[more]
        d[more] *= d[more]
    return E.reshape(A.shape), F.reshape(*A.shape[:-2], n, m)


@dataclass(frozen=True)
class TimeBlocks:
    """Blocks of equal steps that double from block to block: dense early, few propagators."""

    step_s: np.ndarray  # [block]
    per_block: int

    @classmethod
    def until(cls, end_s: float, first_s: float = 5e-7, per_block: int = 32) -> TimeBlocks:
        """Blocks that reach at least ``end_s``."""
        blocks = int(np.ceil(np.log2(end_s / (first_s * per_block) + 1.0)))
        return cls(first_s * 2.0 ** np.arange(blocks), per_block)

    @property
    def t_s(self) -> np.ndarray:
        """Times, from 0."""
        return np.concatenate([[0.0], np.cumsum(np.repeat(self.step_s, self.per_block))])


class Kinetics:
    """Receptors without ACh at one voltage: ``dS/dt = G S``, tracked states only, columns =
    from.
    """

    def __init__(self, G: np.ndarray, blocks: TimeBlocks) -> None:
        self.G, self.blocks = G, blocks
        self._free = matrix_exponentials(G * blocks.step_s[:, None, None])

    def exponentials(self, pole_per_s: np.ndarray, target: np.ndarray) -> np.ndarray:
        """Receptors after a source ``exp(-pole t)`` into each target, [target, pole, time,
        state].
        """
        n, steps = len(self.G), self.blocks.step_s
        rate = np.repeat(pole_per_s, len(target))
        into = np.tile(np.eye(n)[:, target], len(pole_per_s))  # [state, pole * target]
        h = steps[:, None, None]
        _, entry = driven_exponentials(self.G * h, into * h, rate * h[..., 0])
        t = self.blocks.t_s
        out = np.zeros((len(t), n, len(rate)))
        decay = np.exp(-np.outer(t, rate))
        for i in range(len(t) - 1):
            b = i // self.blocks.per_block
            np.matmul(self._free[b], out[i], out=out[i + 1])
            out[i + 1] += entry[b] * decay[i]
        return out.reshape(len(t), n, len(pole_per_s), len(target)).transpose(3, 2, 0, 1)

    def followed(self, rate: np.ndarray, target: np.ndarray) -> np.ndarray:
        """Receptors after sampled sources into each target, linear between samples.

        Parameters
        ----------
        rate : ndarray, [..., time]
            Receptors per second, of any number of sources.
        target : ndarray of int
            States.

        Returns
        -------
        ndarray, [..., target, time, state]
        """
        n, steps = len(self.G), self.blocks.step_s
        big = np.zeros((len(steps), 3 * n, 3 * n))
        big[:, :n, :n] = self.G
        big[:, :n, n : 2 * n] = np.eye(n)
        big[:, n : 2 * n, 2 * n :] = np.eye(n)
        phi = matrix_exponentials(big * steps[:, None, None])
        first, second = phi[:, :n, n : 2 * n][..., target], phi[:, :n, 2 * n :][..., target]
        rates = rate.reshape(-1, rate.shape[-1]).T
        out = np.zeros((len(rates), n, rates.shape[1], len(target)))
        for i in range(len(rates) - 1):
            b = i // self.blocks.per_block
            slope = (rates[i + 1] - rates[i]) / steps[b]
            kept = self._free[b] @ out[i].reshape(n, -1)
            out[i + 1] = kept.reshape(out[i].shape)
            out[i + 1] += (
                rates[i][:, None] * first[b][:, None] + slope[:, None] * second[b][:, None]
            )
        return out.transpose(2, 3, 0, 1).reshape(*rate.shape[:-1], len(target), len(rates), n)

    def low_pass(self, rate: np.ndarray, tau_s: float) -> np.ndarray:
        """``dw/dt = rate - w / tau`` for sampled rates [..., time], linear between samples."""
        w = np.zeros_like(rate)
        for i in range(rate.shape[-1] - 1):
            h = self.blocks.step_s[i // self.blocks.per_block]
            keep = np.exp(-h / tau_s)
            now, slope = rate[..., i], (rate[..., i + 1] - rate[..., i]) / h
            came = now * tau_s * (1 - keep) + slope * tau_s * (h - tau_s * (1 - keep))
            w[..., i + 1] = keep * w[..., i] + came
        return w


def trapezoid(y: np.ndarray, t: np.ndarray) -> np.ndarray:
    """Integral of ``y`` over ``t`` along the last axis, by trapezoids."""
    return 0.5 * ((y[..., 1:] + y[..., :-1]) @ np.diff(t))


def least_squares(gram: np.ndarray, right: np.ndarray, ridge: float = 1e-11) -> np.ndarray:
    """Least squares from normal equations, scaled, with a ridge near rounding level."""
    scale = 1.0 / np.sqrt(np.diag(gram))
    scaled = gram * scale[:, None] * scale
    scaled[np.diag_indices_from(scaled)] += ridge
    return scale[:, None] * np.linalg.solve(scaled, scale[:, None] * right)


def _improvements(gram: np.ndarray, right: np.ndarray, chosen: list[int]) -> np.ndarray:
    """By how much each further column would lower the sum of squares."""
    own = np.diag(gram)
    left, rest = own.copy(), right
    if chosen:
        x = least_squares(gram[np.ix_(chosen, chosen)], np.hstack([gram[chosen], right[chosen]]))
        left = own - np.einsum("ci,ci->i", gram[chosen], x[:, : len(gram)])
        rest = right - gram[:, chosen] @ x[:, len(gram) :]
    new = left > 1e-7 * own  # else it is a combination of those that are there
    return np.where(new, (rest**2).sum(1) / np.where(new, left, 1.0), 0.0)


def choose_columns(columns: np.ndarray, aims: np.ndarray, most: int) -> Iterator[list[int]]:
    """Ever larger sets of columns that reproduce all aims together by least squares.

    Each set is the last one plus the most useful column, then improved by exchanging one column
    at a time.

    Parameters
    ----------
    columns : ndarray, [column, sample]
        What can be chosen.
    aims : ndarray, [aim, sample]
        What is to be reproduced.
    most : int
        Largest set.

    Yields
    ------
    list of int
        Indices into ``columns``.
    """
    gram, right = columns @ columns.T, columns @ aims.T
    chosen: list[int] = []
    for _ in range(most):
        gain = _improvements(gram, right, chosen)
        if gain.max() <= 0.0:
            return
        chosen.append(int(np.argmax(gain)))
        for _ in range(6):
            before = list(chosen)
            for i in range(len(chosen)):
                others = chosen[:i] + chosen[i + 1 :]
                gain = _improvements(gram, right, others)
                best = int(np.argmax(gain))
                if gain[best] > gain[chosen[i]] * (1.0 + 1e-3):
                    chosen[i] = best
            if chosen == before:
                break
        yield list(chosen)


def fit_recapture(
    rich: list[np.ndarray], follow: list[np.ndarray], data: np.ndarray, weight: np.ndarray
) -> tuple[np.ndarray, float]:
    """Recapture gains of one density from solutions at several voltages that share one source.

    Parameters
    ----------
    rich : list of ndarray, [target, pole, time, state]
        At each voltage, receptors after each exponential of a rich grid.
    follow : list of ndarray, [target, time, state]
        At each voltage, receptors after ``w / tau`` into each target.
    data : ndarray, [voltage, time, state]
        Receptors of the full solutions.
    weight : ndarray, [state]
        Weight of a receptor.

    Returns
    -------
    gain [target], residual sum of squares
    """
    n = len(follow[0])
    columns = np.concatenate(
        [
            np.concatenate(
                [
                    (r * weight).reshape(-1, r.shape[2] * r.shape[3]),
                    (f * weight).reshape(n, -1),
                ]
            )
            for r, f in zip(rich, follow, strict=True)
        ],
        axis=1,
    )
    aims = (data * weight).reshape(-1)
    x = least_squares(columns @ columns.T, (columns @ aims)[:, None], ridge=1e-9)[:, 0]
    return x[-n:], float(((aims - x @ columns) ** 2).sum())
