"""Release of quanta by a train of impulses, slowly and plainly: the NumPy twin of ``release.h``.

Same order of operations and the same addresses, so integers and times agree with the kernel.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from .random import Address, binomial, exp, exponential, log, normal_quantile

__all__ = ["Terminal", "latency"]

QUANTA, REFILL, QUANTUM, SPONTANEOUS = range(4)
FIRST, OCTAVES, PER_OCTAVE, MEAN_QUANTA = -14, 20, 16, 32


def latency_grid() -> np.ndarray:
    """Cumulative hazards at which latency is tabulated: linear inside octaves."""
    octave, cell = np.divmod(np.arange(OCTAVES * PER_OCTAVE + 1), PER_OCTAVE)
    return 2.0 ** (FIRST + octave) * (1 + cell / PER_OCTAVE)


def latency(table: np.ndarray, hazard: float) -> float:
    """Latency at a cumulative hazard."""
    return float(np.interp(hazard, latency_grid(), table))


def _e(x: float) -> float:
    return float(exp(x))


@dataclass
class Terminal:
    """A nerve terminal with its ready vesicles; ``model`` holds the constants of release."""

    model: dict[str, float]
    sites: float
    at: Address
    latency_s: np.ndarray | None = None
    mean: bool = False
    ready: float = field(init=False)
    components: dict[str, float] = field(init=False)
    mobilization: float = 0.0
    recruitment: float = 0.0
    filling: float = 1.0
    last_s: float = 0.0
    impulses: int = 0
    quanta: float = 0.0
    minis: int = 0
    mini_next_s: float = 0.0

    def __post_init__(self) -> None:
        self.ready = self.sites
        self.components = dict.fromkeys(("f1", "f2", "f3", "augmentation", "potentiation"), 0.0)

    def impulse(self, arrival_s: float) -> list[tuple[int, float, float]]:
        """Quanta of one impulse: (number of the impulse, time, size), in order of time."""
        m = self.model
        gap = max(arrival_s - self.last_s, 0.0)
        at = self.at.at(impulse=self.impulses)
        refill = self.refill_probability(gap)
        empty = self.sites - self.ready
        drawn = binomial(at.at(purpose=REFILL), int(empty), refill)
        self.ready += empty * refill if self.mean else drawn
        for name in self.components:
            self.components[name] *= _e(-gap * m[f"{name}_rate_per_s"])
        self.mobilization *= _e(-gap * m["mobilization_rate_per_s"])
        self.recruitment *= _e(-gap * m["recruitment_rate_per_s"])
        self.filling = 1.0 - (1.0 - self.filling) * _e(-gap * m["filling_rate_per_s"])

        c = self.components
        factor = 1.0 + c["f1"] + c["f2"] + c["f3"]
        if m["residual_power"] > 0.0:
            factor = _e(m["residual_power"] * float(log(factor)))
        factor = factor * (1.0 + c["augmentation"]) * (1.0 + c["potentiation"])
        p = 1.0 - _e(-m["hazard"] * factor)
        drawn = binomial(at.at(purpose=QUANTA), int(self.ready), p)
        quanta = self.ready * p if self.mean else float(drawn)
        volley = self.volley(at.at(purpose=QUANTUM), arrival_s, quanta)

        self.quanta = quanta
        self.ready -= quanta
        for name in self.components:
            self.components[name] += m[f"{name}_step"]
        self.mobilization += m["mobilization_step"] * (1.0 - self.mobilization)
        self.recruitment += m["recruitment_step"] * (1.0 - self.recruitment)
        self.filling *= _e(-quanta * m["store_inverse"])
        self.last_s = max(arrival_s, self.last_s)
        self.impulses += 1
        return volley

    def refill_probability(self, gap: float) -> float:
        """Probability that an empty site is refilled within ``gap`` seconds of the last impulse."""
        m = self.model
        rate = m["mobilization_rate_per_s"]
        boost = m["refill_boost_per_s"] * self.mobilization * (1.0 - _e(-gap * rate)) / rate
        rate = m["recruitment_rate_per_s"]
        recruited = m["recruit_boost_per_s"] * self.recruitment * (1.0 - _e(-gap * rate)) / rate
        return 1.0 - _e(-(m["refill_rate_per_s"] * gap + boost + recruited))

    def volley(
        self, at: Address, arrival_s: float, quanta: float
    ) -> list[tuple[int, float, float]]:
        """Sorted latencies (order statistics by Renyi's representation) and sizes."""
        result, hazard = [], 0.0
        count = (MEAN_QUANTA if quanta > 0 else 0) if self.mean else int(quanta)
        for i in range(count):
            if self.mean:
                hazard = -float(log(1.0 - (i + 0.5) / count))
                size = self.filling * quanta / MEAN_QUANTA
            else:
                u, w = at.pair(i)
                hazard -= float(log(u)) / (count - i)
                size = self.filling * self.size(w)
            late = 0.0 if self.latency_s is None else latency(self.latency_s, hazard)
            result.append((at.impulse, arrival_s + late, size))
        return result

    def size(self, u: float) -> float:
        """Relative size of a quantum: a gamma variate by Wilson and Hilferty's cube."""
        root = self.model["size_a"] + self.model["size_b"] * normal_quantile(u)
        return max(root, 0.0) ** 3

    def spontaneous(self, start_s: float, end_s: float) -> list[tuple[float, float]]:
        """Spontaneous quanta (time, size) before ``end_s``; the first call starts the process."""
        rate, result = self.model["mini_rate_per_s"], []
        if not rate > 0.0:
            return result
        at = self.at.at(purpose=SPONTANEOUS)
        if self.minis == 0:
            self.mini_next_s = start_s + exponential(at.at(impulse=0)) / rate
            self.minis = 1
        while self.mini_next_s < end_s:
            size = 1.0 if self.mean else self.size(at.at(impulse=self.minis - 1).pair(0)[1])
            result.append((self.mini_next_s, self.filling * size))
            self.mini_next_s += exponential(at.at(impulse=self.minis)) / rate
            self.minis += 1
        return result
