"""Chance at the junction, slowly and plainly: the NumPy twin of ``csrc/nmj/random.h``.

The same numbers bit for bit, written for reading: Philox4x32-10 as a function of an address, a
logarithm and an exponential that use only additions, multiplications and divisions, and the
distributions on top. Scalars are Python numbers; `philox` and the elementary functions take arrays.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np

__all__ = [
    "Address",
    "binomial",
    "exp",
    "exponential",
    "log",
    "normal_quantile",
    "philox",
    "poisson",
]

_STIRLING = (
    0.08106146679532726,
    0.04134069595540929,
    0.02767792568499834,
    0.02079067210376509,
    0.01664469118982119,
    0.01387612882307075,
    0.01189670994589177,
    0.01041126526197209,
    0.009255462182712733,
    0.008330563433362871,
)
_LN2_HIGH, _LN2_LOW = 6.93147180369123816490e-01, 1.90821492927058770002e-10
#: Of the exponential, from the highest power down.
_TAYLOR = [1.0 / math.factorial(n) for n in range(14, -1, -1)]
_INVERSION_MEAN = 100.0


def _rounds(words: list, keys: tuple, number: type) -> list:
    """Ten rounds of Philox4x32 on Python's numbers (``int``) or on arrays (``np.uint64``)."""
    word, half, one, other, first, second = (
        number(x) for x in (0xFFFFFFFF, 32, 0xD2511F53, 0xCD9E8D57, 0x9E3779B9, 0xBB67AE85)
    )
    (c0, c1, c2, c3), (k0, k1) = words, keys
    for _ in range(10):
        a, b = one * c0, other * c2
        c0, c1, c2, c3 = (b >> half) ^ c1 ^ k0, b & word, (a >> half) ^ c3 ^ k1, a & word
        k0, k1 = (k0 + first) & word, (k1 + second) & word
    return [c0, c1, c2, c3]


def philox(counter: np.ndarray, key: tuple[int, int]) -> np.ndarray:
    """Four random words for every row of four counter words (Salmon et al. 2011, ten rounds)."""
    words = [np.asarray(counter, dtype=np.uint64)[..., i] for i in range(4)]
    found = _rounds(words, tuple(np.uint64(k) for k in key), np.uint64)
    return np.stack(found, axis=-1).astype(np.uint32)


def derive_key(seed: int, trial: int, stream: int) -> tuple[int, int]:
    """Key of one stream in one trial under one 64-bit seed."""
    words = philox(np.array([trial, stream, 0x6E6D6A31, 15 << 28]), (seed & 0xFFFFFFFF, seed >> 32))
    return int(words[0]), int(words[1])


def log(x: np.ndarray | float) -> np.ndarray:
    """Natural logarithm, 2 artanh((m - 1)/(m + 1)) + e log 2, the same on every machine."""
    m, e = np.frexp(np.asarray(x, dtype=float))
    m, e = m * 2.0, e - 1
    large = m > 1.4142135623730951
    f = np.where(large, m * 0.5, m) - 1.0
    e = (e + large).astype(float)
    s = f / (2.0 + f)
    z = s * s
    r = np.full_like(z, 2.0 / 23.0)
    for odd in range(21, 1, -2):
        r = r * z + 2.0 / odd
    r = s * (r * z)
    return e * _LN2_HIGH + (2.0 * s + (r + e * _LN2_LOW))


def exp(x: np.ndarray | float) -> np.ndarray:
    """Exponential by Taylor's series on [-ln 2 / 2, ln 2 / 2]; zero below -708."""
    x = np.minimum(np.asarray(x, dtype=float), 709.0)
    k = np.floor(x * 1.4426950408889634 + 0.5)
    r = (x - k * _LN2_HIGH) - k * _LN2_LOW
    p = np.full_like(r, _TAYLOR[0])
    for coefficient in _TAYLOR[1:]:
        p = p * r + coefficient
    return np.where(x < -708.0, 0.0, np.ldexp(p, k.astype(int)))


@dataclass(frozen=True)
class Address:
    """Where a random number lives."""

    key: tuple[int, int]
    source: int = 0
    target: int = 0
    multiplicity: int = 0
    impulse: int = 0
    purpose: int = 0

    def block(self, draw: int) -> list[int]:
        """Four words at draw ``draw``."""
        last = self.purpose << 28 | (self.multiplicity & 0xFF) << 20 | (draw & 0xFFFFF)
        counter = (self.source, self.target, self.impulse, last)
        return _rounds([int(x) & 0xFFFFFFFF for x in counter], self.key, int)

    def pair(self, draw: int) -> tuple[float, float]:
        """Two uniform numbers in (0, 1) of one block."""
        w = self.block(draw)
        one, other = (w[0] << 20 | w[1] >> 12), (w[2] << 20 | w[3] >> 12)
        return (one + 0.5) * 2.0**-52, (other + 0.5) * 2.0**-52

    def uniform(self, draw: int = 0) -> float:
        """Uniform number in (0, 1)."""
        return self.pair(draw)[0]

    def at(self, **fields: int) -> Address:
        """The same address with other fields."""
        return replace(self, **fields)


_QUANTILE = (
    (
        (2.5090809287301226727e3, 3.3430575583588128105e4, 6.7265770927008700853e4,
         4.5921953931549871457e4, 1.3731693765509461125e4, 1.9715909503065514427e3,
         1.3314166789178437745e2, 3.3871328727963666080e0),
        (5.2264952788528545610e3, 2.8729085735721942674e4, 3.9307895800092710610e4,
         2.1213794301586595867e4, 5.3941960214247511077e3, 6.8718700749205790830e2,
         4.2313330701600911252e1, 1.0),
    ),
    (
        (7.74545014278341407640e-4, 2.27238449892691845833e-2, 2.41780725177450611770e-1,
         1.27045825245236838258e0, 3.64784832476320460504e0, 5.76949722146069140550e0,
         4.63033784615654529590e0, 1.42343711074968357734e0),
        (1.05075007164441684324e-9, 5.47593808499534494600e-4, 1.51986665636164571966e-2,
         1.48103976427480074590e-1, 6.89767334985100004550e-1, 1.67638483018380384940e0,
         2.05319162663775882187e0, 1.0),
    ),
    (
        (2.01033439929228813265e-7, 2.71155556874348757815e-5, 1.24266094738807843860e-3,
         2.65321895265761230930e-2, 2.96560571828504891230e-1, 1.78482653991729133580e0,
         5.46378491116411436990e0, 6.65790464350110377720e0),
        (2.04426310338993978564e-15, 1.42151175831644588870e-7, 1.84631831751005468180e-5,
         7.86869131145613259100e-4, 1.48753612908506148525e-2, 1.36929880922735805310e-1,
         5.99832206555887937690e-1, 1.0),
    ),
)  # fmt: skip


def _ratio(region: int, r: float) -> float:
    above, below = (np.float64(c[0]) for c in _QUANTILE[region])
    for a, b in zip(*(c[1:] for c in _QUANTILE[region]), strict=True):
        above, below = above * r + a, below * r + b
    return above / below


def normal_quantile(p: float) -> float:
    """Quantile of the standard normal distribution (Wichura 1988, algorithm AS 241)."""
    q = p - 0.5
    if abs(q) <= 0.425:
        # (q * numerator) / denominator, in this order, as in C.
        r = 0.180625 - q * q
        above, below = _QUANTILE[0]
        x, y = above[0], below[0]
        for a, b in zip(above[1:], below[1:], strict=True):
            x, y = x * r + a, y * r + b
        return float(q * x / y)
    r = math.sqrt(-float(log(p if q < 0 else 1.0 - p)))
    x = _ratio(1, r - 1.6) if r <= 5.0 else _ratio(2, r - 5.0)
    return float(-x if q < 0 else x)


def normal(at: Address, draw: int = 0) -> float:
    """Standard normal number."""
    return normal_quantile(at.uniform(draw))


def exponential(at: Address, draw: int = 0) -> float:
    """Exponential number with mean 1."""
    return -float(log(at.uniform(draw)))


def _stirling_tail(k: float) -> float:
    if k <= 9:
        return _STIRLING[int(k)]
    kk = (k + 1.0) * (k + 1.0)
    return (1 / 12 - (1 / 360 - (1 / 1260 - (1 / 1680) / kk) / kk) / kk) / (k + 1.0)


def binomial(at: Address, trials: int, p: float, draw: int = 0) -> int:
    """Number of successes: inversion for small means, transformed rejection for large ones."""
    if trials <= 0 or not p > 0:
        return 0
    if p >= 1:
        return trials
    flip = p > 0.5
    small = 1.0 - p if flip else p
    if trials * small <= _INVERSION_MEAN:
        u = at.uniform(draw)
        k = _binomial_inversion(trials, small, 1.0 - u if flip else u)
    else:
        k = _binomial_rejection(at, draw, trials, small)
    return trials - k if flip else k


def _binomial_inversion(trials: int, p: float, u: float) -> int:
    odds = p / (1.0 - p)
    mass = float(exp(trials * float(log(1.0 - p))))
    k = 0
    while u > mass and k < trials:
        u -= mass
        mass *= odds * float(trials - k) / float(k + 1)
        k += 1
        if mass < 1e-18 and k > trials * p:
            break
    return k


def _binomial_rejection(at: Address, draw: int, trials: int, p: float) -> int:
    n, q = float(trials), 1.0 - p
    sd = math.sqrt(n * p * q)
    b = 1.15 + 2.53 * sd
    a = -0.0873 + 0.0248 * b + 0.01 * p
    c = n * p + 0.5
    accept = 0.92 - 4.2 / b
    alpha = (2.83 + 5.1 / b) * sd
    r = p / q
    m = math.floor((n + 1.0) * p)
    while True:
        u, v = at.pair(draw)
        draw += 1
        u -= 0.5
        us = 0.5 - abs(u)
        k = float(math.floor((2.0 * a / us + b) * u + c))
        if us >= 0.07 and v <= accept:
            return int(k)
        if k < 0 or k > n:
            continue
        v = float(log(v * alpha / (a / (us * us) + b)))
        bound = (
            (m + 0.5) * float(log((m + 1.0) / (r * (n - m + 1.0))))
            + (n + 1.0) * float(log((n - m + 1.0) / (n - k + 1.0)))
            + (k + 0.5) * float(log(r * (n - k + 1.0) / (k + 1.0)))
            + _stirling_tail(m)
            + _stirling_tail(n - m)
            - _stirling_tail(k)
            - _stirling_tail(n - k)
        )
        if v <= bound:
            return int(k)


def poisson(at: Address, mean: float, draw: int = 0) -> int:
    """Number of events: inversion for small means, transformed rejection for large ones."""
    if not mean > 0:
        return 0
    if mean <= _INVERSION_MEAN:
        u, mass, k = at.uniform(draw), float(exp(-mean)), 0
        while u > mass:
            u -= mass
            k += 1
            mass *= mean / k
            if mass < 1e-18 and k > mean:
                break
        return k
    log_mean = float(log(mean))
    b = 0.931 + 2.53 * math.sqrt(mean)
    a = -0.059 + 0.02483 * b
    inverse_alpha = 1.1239 + 1.1328 / (b - 3.4)
    accept = 0.9277 - 3.6224 / (b - 2.0)
    while True:
        u, v = at.pair(draw)
        draw += 1
        u -= 0.5
        us = 0.5 - abs(u)
        k = float(math.floor((2.0 * a / us + b) * u + mean + 0.43))
        if us >= 0.07 and v <= accept:
            return int(k)
        if k < 0 or (us < 0.013 and v > us):
            continue
        log_factorial = (
            0.9189385332046727 + (k + 0.5) * float(log(k + 1.0)) - (k + 1.0) + _stirling_tail(k)
        )
        if (
            float(log(v * inverse_alpha / (a / (us * us) + b)))
            <= k * log_mean - mean - log_factorial
        ):
            return int(k)
