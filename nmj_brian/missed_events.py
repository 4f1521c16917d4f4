"""What a record shows when events shorter than its resolution are missed (Hawkes, Jalali, Colquhoun).

An apparent opening begins with an open time of at least the resolution and goes on, over all
closings too short to be seen, until a shut time of at least the resolution begins; and likewise an
apparent shut time. ``R(u)`` is the chance to be in each open state, without a visible closing so
far, a time ``u + resolution`` after the apparent opening began; its Laplace transform is

    R*(s) = [s - H(s)]^-1,   H(s) = QAA + QAF F(s) QFA,   F(s) = int_0^res exp((QFF - s) t) dt.

Exact for durations up to three times the resolution, and there on a sum of as many exponentials as
there are open states, their rates the roots of ``det(s - H(s)) = 0`` (Jalali & Hawkes 1992). With a
resolution of zero all is as in the ideal theory.
"""

from __future__ import annotations

import math
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from .markov import absorbed, exponential, stationary
from .time_distribution import Exponentials

__all__ = ["ApparentTimes", "Sojourn"]

Array = NDArray[np.float64]
_EXACT = 3  # resolutions up to which durations are exact
_AT_A_TIME = 1000  # durations, to bound the memory of a long list


def hidden_integrals(X: Array, time_s: float) -> tuple[Array, Array, Array, Array]:
    """``exp(X t)`` and the integrals of ``exp(X u)``, ``u exp(X u)``, ``u^2 exp(X u)`` from 0 to t.

    By their series over a time short against all rates, doubled again and again. (Solving with X
    would lose the higher ones for slow states, which cancel.)
    """
    n = len(X)
    if time_s == 0:
        return (np.eye(n), *np.zeros((3, n, n)))
    doublings = max(0, math.ceil(math.log2(2 * np.abs(X).sum(axis=1).max() * time_s + 1e-300)))
    h = math.ldexp(time_s, -doublings)
    term, E = np.eye(n), np.eye(n)
    zero, one, two = np.eye(n), np.eye(n) / 2, np.eye(n) / 3
    for k in range(1, 18):  # 2**-18/18! is 1e-21
        term = term @ X * (h / k)
        E = E + term
        zero, one, two = zero + term / (k + 1), one + term / (k + 2), two + term / (k + 3)
    zero, one, two = h * zero, h**2 * one, h**3 * two
    for _ in range(doublings):
        two = two + E @ (h**2 * zero + 2 * h * one + two)
        one = one + E @ (h * zero + one)
        zero = zero + E @ zero
        E, h = E @ E, 2 * h
    return E, zero, one, two


class Sojourn:
    """Time in one class of states, apparently without a break, before the other class is seen.

    Parameters
    ----------
    inside, out, other, back : ndarray
        Blocks of the generator: within the class, from it to the other, within the other, back.
    resolution_s : float
        Shortest sojourn of either class that is seen, in seconds.
    """

    def __init__(
        self, inside: Array, out: Array, other: Array, back: Array, resolution_s: float
    ) -> None:
        self.inside, self.out, self.other, self.back = inside, out, other, back
        self.resolution_s = resolution_s
        self.seen, *self._hidden = hidden_integrals(other, resolution_s)
        self.leaving = out @ self.seen  # rate of leaving for a sojourn long enough to be seen

    def _solve(self, gain: Array) -> Array:
        """``(-H(0))^-1 gain``, without subtraction."""
        around = self.inside + self.out @ self._hidden[0] @ self.back
        return absorbed(np.maximum(around, 0.0), self.leaving.sum(axis=1), gain)

    @cached_property
    def moments(self) -> tuple[Array, Array, Array]:
        """Integrals of ``t^k`` times the density of going from each state to each of the other class.

        The first is the transition probability, the second over the first the mean duration.
        """
        if not np.any(self.leaving > 1e-250):
            raise ValueError(
                f"With a resolution of {self.resolution_s:.4g} s practically every event of one "
                "kind would be missed: take a finer one."
            )
        _, once, twice = self._hidden
        W1 = np.eye(len(self.inside)) + self.out @ once @ self.back
        W2 = -self.out @ twice @ self.back
        zero = self._solve(self.leaving)
        one = self._solve(W1 @ zero)
        two = self._solve(2 * W1 @ one - W2 @ zero)
        r = self.resolution_s
        return zero, one + r * zero, two + 2 * r * one + r**2 * zero

    @property
    def passage(self) -> Array:
        """Probability that the next visible sojourn begins in each state, from each state."""
        return self.moments[0]

    @cached_property
    def _asymptotic(self) -> tuple[Array, Array]:
        """Roots of ``det(s - H(s)) = 0`` (1/s, fastest first) and the matrix that each carries.

        With ``F(s)`` diagonal in the eigenvectors of the other class, ``s - H(s)`` is what remains
        of the bordered matrix ``[[s - QAA, B], [C, 1/F(s)]]`` when its second part is eliminated.
        Nothing in it overflows. At detailed balance it is symmetric, ``1/F`` positive and rising
        with s, so its eigenvalues rise too, and each of the lowest, as many as the class has
        states, goes through zero once, between an eigenvalue of the class alone and zero.
        """
        from scipy.optimize import brentq  # takes long to import

        border, count = _Border(self), len(self.inside)
        found = []
        for k in range(count):  # slowest first
            slow = self._slow(k, border.norm)
            if slow is not None:
                found.append(slow)
                continue
            low = border.lowest[count - 1 - k] * (1 + 1e-6)
            if not border.eigenvalue(low, k) <= 0 < border.eigenvalue(0.0, k):
                raise ValueError(
                    "The time constants of apparent durations cannot be told: the scheme breaks "
                    "microscopic reversibility (see check())."
                )
            s = brentq(border.eigenvalue, low, 0.0, args=(k,), xtol=1e-300, rtol=1e-13)
            found.append((s, border.residue(s, k)))
        roots, residues = zip(*sorted(found, key=lambda pair: pair[0]), strict=True)
        return np.array(roots), np.array(residues)

    def _slow(self, k: int, norm: float) -> tuple[float, Array] | None:
        """The k-th slowest root and its matrix; None if the bordered matrix gives it better.

        ``s - H(s) = -H(0) + s K(s)``, so that -1/s is an eigenvalue of ``(-H(0))^-1 K(s)``, which is
        known without subtraction; to second order in s K is known while s is slow to the resolution.
        The rounding of these eigenvalues is that of the slowest, 1e-16 s/s_slowest, that of the
        bordered matrix 1e-16 norm/s.
        """
        _, once, twice = self._hidden
        s = 0.0
        for _ in range(4):
            K = np.eye(len(self.inside)) + self.out @ (once - s / 2 * twice) @ self.back
            values, right = np.linalg.eig(self._solve(K))
            order = np.argsort(-values.real)
            slowest, mine = values[order[0]].real, values[order[k]]
            if mine.imag != 0 or not mine.real > 0:
                return None
            s = -1 / mine.real
            if -s * self.resolution_s > 1e-4 or s**2 * slowest > norm:
                return None
        row = np.linalg.inv(right)[order[k]].real @ self._solve(np.eye(len(self.inside)))
        column = right[:, order[k]].real
        slope = np.eye(len(self.inside)) + self.out @ (once - s * twice) @ self.back
        return s, np.outer(column, row) / (row @ slope @ column)

    @property
    def roots(self) -> Array:
        """Rates (1/s, negative, fastest first) of the asymptotic exponentials."""
        return self._asymptotic[0]

    @property
    def residues(self) -> Array:
        """Matrix that each exponential of ``R`` carries, ``(roots, states, states)``."""
        return self._asymptotic[1]

    def exact(self, u_s: Array, final: Array) -> tuple[Array, Array]:
        """``R(u) final`` and its integral from 0 to each ``u``, exact below two resolutions."""
        a, n = len(self.inside), len(self.inside) + len(self.other)
        Q = np.block([[self.inside, self.out], [self.back, self.other]])
        value = np.zeros((len(u_s), *final.shape))
        integral = np.zeros_like(value)
        for breaks in range(_EXACT - 1):
            # paths with so many visible breaks, which the sum takes out again with its sign; a
            # chain of blocks, one for each break, and a last one that adds up (Van Loan 1978)
            late = u_s >= breaks * self.resolution_s
            size = (breaks + 1) * n
            block = np.zeros((size + final.shape[1],) * 2)
            for k in range(breaks + 1):
                block[k * n : (k + 1) * n, k * n : (k + 1) * n] = Q
                if k < breaks:
                    after = (k + 1) * n
                    block[k * n + a : after, after : after + a] = self.seen @ self.back
            block[breaks * n : breaks * n + a, size:] = final
            t_of = u_s - breaks * self.resolution_s
            sign, last = (-1) ** breaks, slice(breaks * n, breaks * n + a)
            for some in np.array_split(np.flatnonzero(late), len(u_s) // _AT_A_TIME + 1):
                P = exponential(np.multiply.outer(t_of[some], block))
                value[some] += sign * (P[:, :a, last] @ final)
                integral[some] += sign * P[:, :a, size:]
        return value, integral


class _Border:
    """The bordered matrix of `Sojourn`, in coordinates that make detailed balance symmetric."""

    def __init__(self, sojourn: Sojourn) -> None:
        a = self.a = len(sojourn.inside)
        self.resolution_s = sojourn.resolution_s
        Q = np.block([[sojourn.inside, sojourn.out], [sojourn.back, sojourn.other]])
        weight = np.sqrt(stationary(Q))
        even = Q * np.divide.outer(weight, weight)
        self.weight = weight[:a]
        self.symmetric = bool(np.abs(even - even.T).max() < 1e-9 * np.abs(even).max())
        if self.symmetric:
            even = (even + even.T) / 2
        values, right, left = self._solve(even[a:, a:])
        self.inside, self.hidden = even[:a, :a], values
        self.B, self.C = even[:a, a:] @ right, left @ even[a:, :a]
        self.norm = float(np.abs(Q).max())
        self.lowest = self._real(self._solve(self.inside)[0])

    def _solve(self, M: NDArray) -> tuple[NDArray, NDArray, NDArray]:
        """Eigenvalues in rising order, with columns and rows."""
        if self.symmetric:
            values, vectors = np.linalg.eigh(M)
            return values, vectors, vectors.T
        values, vectors = np.linalg.eig(M)
        if not np.any(values.imag):  # recent NumPy gives complex numbers whatever they are
            values, vectors = values.real, vectors.real
        order = np.argsort(values.real)
        return values[order], vectors[:, order], np.linalg.inv(vectors)[order]

    def _real(self, values: NDArray) -> Array:
        if np.any(np.abs(values.imag) > 1e-9 * np.abs(values).max()):
            raise ValueError(
                "This scheme turns in circles (it breaks microscopic reversibility, see check()), "
                "so its durations at a resolution have no time constants."
            )
        return values.real

    def _matrix(self, s: float) -> NDArray:
        y = (self.hidden - s) * self.resolution_s
        with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
            inverse = np.where(np.abs(y) < 1e-9, 1 - y / 2, y / np.expm1(y)) / self.resolution_s
        return np.block([[s * np.eye(self.a) - self.inside, self.B], [self.C, np.diag(inverse)]])

    def eigenvalue(self, s: float, k: int) -> float:
        """The k-th lowest eigenvalue."""
        M = self._matrix(s)
        values = np.linalg.eigvalsh(M) if self.symmetric else self._solve(M)[0]
        return float(self._real(values)[k])

    def residue(self, s: float, k: int) -> Array:
        """``c r / (r (s - H)' c)`` of a root, ``c`` and ``r`` its null vectors."""
        _, right, left = self._solve(self._matrix(s))
        c, r = right[:, k], left[k]
        y = (self.hidden - s) * self.resolution_s
        with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
            e = np.exp(-np.abs(y.real) - 1j * y.imag) if np.iscomplexobj(y) else np.exp(-np.abs(y))
            # slope of 1/F with s, (y exp(y) - exp(y) + 1)/(exp(y) - 1)^2, free of overflow
            rising = (y * e - e + e**2) / (1 - e) ** 2
            falling = (y * np.exp(y) - np.expm1(y)) / np.expm1(y) ** 2
        slope = np.where(y.real > 0, rising, falling)
        slope = np.where(np.abs(y) < 1e-4, 0.5 - y / 6, slope)
        scale = r[: self.a] @ c[: self.a] + (r[self.a :] * slope) @ c[self.a :]
        matrix = np.outer(c[: self.a], r[: self.a]) / scale
        return (matrix * np.divide.outer(1 / self.weight, 1 / self.weight)).real


class ApparentTimes(Exponentials):
    """Distribution of apparent durations at a resolution.

    ``tau`` and ``area`` are those of the asymptotic exponentials, which count from the resolution
    on; the areas need not sum to one, as the first durations follow another course. ``pdf`` and
    ``survivor`` are exact up to three resolutions; ``mean`` and ``variance`` are exact.

    Parameters
    ----------
    sojourn : Sojourn
        The class of states.
    start : ndarray
        Probability of beginning in each of its states.
    after : ndarray, optional
        Weight of each state in which the next sojourn begins, by default one.
    """

    def __init__(self, sojourn: Sojourn, start: Array, after: Array | None = None) -> None:
        self._sojourn = sojourn
        after = np.ones(len(sojourn.other)) if after is None else after
        self._start = start / (start @ sojourn.passage @ after)
        self._after, self._final = after, sojourn.leaving @ after
        self.resolution_s = sojourn.resolution_s

    @property
    def _mean_s(self) -> float:
        return float(self._start @ self._sojourn.moments[1] @ self._after)

    @property
    def _variance_s2(self) -> float:
        return float(self._start @ self._sojourn.moments[2] @ self._after) - self._mean_s**2

    @property
    def _rates(self) -> Array:
        return -self._sojourn.roots

    @cached_property
    def _area(self) -> Array:
        return np.einsum("i,rij,j->r", self._start, self._sojourn.residues, self._final) / (
            self._rates
        )

    def _course(self, t_s: Array, which: int) -> Array:
        u = t_s - self.resolution_s
        early = u < (_EXACT - 1) * self.resolution_s
        result = np.empty(u.shape)
        weight = self._area * self._rates if which == 0 else self._area
        result[~early] = np.exp(-np.multiply.outer(u[~early], self._rates)) @ weight
        short = self._sojourn.exact(u[early], self._final[:, None])[which][..., 0] @ self._start
        result[early] = short if which == 0 else 1 - short
        return result

    def _density(self, t_s: Array) -> Array:
        return self._course(t_s, 0)

    def _longer(self, t_s: Array) -> Array:
        return self._course(t_s, 1)
