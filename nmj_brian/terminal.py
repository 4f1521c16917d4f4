"""An impulse lets calcium into the nerve terminal, and calcium lets vesicles fuse.

Chain, solved once per parameter set::

    action potential V(t)      rises and falls as two half-Gaussians; t = 0 at its steepest rise
    calcium channels           two identical gates m (Borst & Sakmann 1998), open with m^2
    calcium at the sensor      rest + sum over open channels in reach of a nanodomain C(t):
                               tau C' = A g([Ca]o, [Mg]o) u/(e^u - 1) Pr(open at t | it opens) - C,
                               u = 2FV/RT, g = Ca / (Ca + K (1 + Mg / K_Mg))
    sensor                     five allosteric sites (`nmj_brian.sensor`); a vesicle fuses once
    vesicle                    average over the number k ~ Binomial(channels in reach, opening
                               probability x share working) of channels that open near it

The average is over k, not over calcium: one vesicle sees its own few channels, and averaging their
calcium instead gives the wrong power on the number of channels.

Deviations from nature: a channel that opens contributes the *mean* course of such channels (the
spread of single open times is left out); the nanodomain follows the current within ``domain_time``;
calcium left over after the impulse does not release (facilitation is a stage of its own). Latency
is counted from the steepest rise of the action potential, the peak of the presynaptic current;
diffusion of transmitter and opening of receptors come later, in the quantum.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

import numpy as np
from brian2 import Quantity, second, volt
from brian2.units.allunits import molar

from .parameters import ParameterSet, require
from .sensor import Sensor, propagators

__all__ = ["Latency", "Terminal", "latency_hazards"]

#: Bath (mol/l) in which the parameter ``domain_Ca`` is given.
REFERENCE_BATH_M = (2e-3, 1e-3)

_PARAMETERS = (
    "temperature",
    "Ca",
    "Mg",
    "ap_width",
    "ap_peak",
    "ap_rest",
    "channels_in_reach",
    "working_channels",
    "channel_opening",
    "channel_closing",
    "channel_opening_voltage",
    "channel_closing_voltage",
    "domain_Ca",
    "domain_time",
    "resting_Ca",
    "entry_Ca",
    "entry_Mg",
    "sensor_kon",
    "sensor_koff",
    "sensor_cooperativity",
    "fusion_rate",
    "fusion_factor",
)
_GAS, _FARADAY = 8.314462618, 96485.33212


def latency_hazards() -> np.ndarray:
    """Cumulative hazards at which the release kernel tabulates latency (see csrc/nmj/release.h)."""
    octave, cell = np.divmod(np.arange(20 * 16 + 1), 16)
    return 2.0 ** (octave - 14) * (1 + cell / 16)


@dataclass(frozen=True)
class _Course:
    """Everything the chain computes, in SI units (concentrations in mol/l)."""

    t: np.ndarray  # edges of the time steps
    v: np.ndarray  # at the edges
    open_given_opening: np.ndarray
    opening_probability: float
    domain: np.ndarray  # calcium added by one channel that opens
    weights: np.ndarray  # of k = 0, 1, ... open channels
    fused: np.ndarray  # [k, edge] probability of fusion, less that at rest

    @cached_property
    def evoked(self) -> np.ndarray:
        return self.weights @ self.fused


def _waveform(t: np.ndarray, rise: float, fall: float, rest: float, peak: float) -> np.ndarray:
    x = t - rise
    return rest + (peak - rest) * np.exp(-0.5 * (x / np.where(x < 0, rise, fall)) ** 2)


def _grid(rise: float, fall: float, tail: float, per_width: int) -> np.ndarray:
    """Even steps through the action potential, then steps that grow until ``tail`` after it."""
    step = (rise + fall) * np.sqrt(2 * np.log(2)) / per_width
    even = np.arange(-2.5 * rise, rise + 4.5 * fall, step)
    growing = step * 1.04 ** np.arange(1, 2000)
    late = even[-1] + np.cumsum(growing)
    return np.concatenate([even, late[: np.searchsorted(late, even[-1] + tail) + 1]])


def _gates(v: np.ndarray, h: np.ndarray, p: dict[str, float]) -> tuple[np.ndarray, float]:
    """Open probability of a channel at the edges, and the probability that it ever opens."""

    def rates(v: Any) -> tuple[Any, Any]:
        return (
            p["channel_opening"] * np.exp(v / p["channel_opening_voltage"]),
            p["channel_closing"] * np.exp(-v / p["channel_closing_voltage"]),
        )

    opening, closing = rates(p["ap_rest"])
    gate = opening / (opening + closing)
    opening, closing = rates((v[1:] + v[:-1]) / 2)
    left = np.exp(-(opening + closing) * h)
    final = opening / (opening + closing)
    # Shut channels by gates in place (0 or 1); the second gate opens the channel for good.
    shut = np.array([(1 - gate) ** 2, 2 * gate * (1 - gate)])
    start = shut.sum()
    generator = np.zeros((len(h), 2, 2))
    generator[:, 0, 0], generator[:, 0, 1] = -2 * opening, 2 * opening
    generator[:, 1, 0], generator[:, 1, 1] = closing, -(opening + closing)
    gates = [gate]
    for step, a, b in zip(propagators(generator * h[:, None, None]), left, final, strict=True):
        shut = shut @ step
        gates.append(b + (gates[-1] - b) * a)
    return np.array(gates) ** 2, float((start - shut.sum()) / start)


def _solve(values: tuple[float, ...], per_width: int = 50) -> _Course:
    p = dict(zip(_PARAMETERS, values, strict=True))
    # Half-Gaussians; the fall is twice as slow as the rise, together they make the width.
    rise = p["ap_width"] / np.sqrt(2 * np.log(2)) / 3
    fall = 2 * rise
    sensor = Sensor(
        p["sensor_kon"],
        p["sensor_koff"],
        p["sensor_cooperativity"],
        p["fusion_rate"],
        p["fusion_factor"],
    )
    slowest = 5 * sensor.k_off * sensor.cooperativity**4
    t = _grid(rise, fall, 10 / slowest + 10 * p["domain_time"], per_width)
    h = np.diff(t)
    v = _waveform(t, rise, fall, p["ap_rest"], p["ap_peak"])
    is_open, opens = _gates(v, h, p)
    given = is_open / opens

    bath, bath_mg = p["Ca"], p["Mg"]
    u = 2 * _FARADAY * v / (_GAS * p["temperature"])
    small = np.abs(u) < 1e-6
    driving = np.where(small, 1.0, u / np.where(small, 1.0, np.expm1(u)))
    entry = _entry(bath, bath_mg, p) / _entry(*REFERENCE_BATH_M, p)
    source = p["domain_Ca"] * entry * driving * given
    decay = np.exp(-h / p["domain_time"])
    domain = [0.0]
    for target, left in zip((source[1:] + source[:-1]) / 2, decay, strict=True):
        domain.append(target + (domain[-1] - target) * left)
    domain = np.array(domain)

    n = round(p["channels_in_reach"])
    k = np.arange(n + 1)
    weights = _binomial(n, opens * p["working_channels"])
    binding, calcium_binding = sensor.matrices()
    calcium = p["resting_Ca"] + k[:, None] * ((domain[1:] + domain[:-1]) / 2)
    generators = (binding - np.diag(sensor.fusion)) + calcium[..., None, None] * calcium_binding
    steps = propagators(generators * h[:, None, None])
    occupancy = np.tile(sensor.equilibrium(p["resting_Ca"]), (n + 1, 1))
    fused = np.zeros((n + 1, len(t)))
    loss = 1.0 - steps.sum(-1)
    for j in range(len(h)):
        fused[:, j + 1] = fused[:, j] + (occupancy * loss[:, j]).sum(1)
        occupancy = (occupancy[:, None, :] @ steps[:, j])[:, 0]
    fused = np.maximum.accumulate(np.maximum(fused - fused[:1], 0.0), axis=1)
    return _Course(t, v, given, opens, domain, weights, fused)


def _entry(bath_M: float, bath_mg_M: float, p: dict[str, float]) -> float:
    """Calcium entry through an open channel: saturates with calcium, reduced by magnesium."""
    return bath_M / (bath_M + p["entry_Ca"] * (1 + bath_mg_M / p["entry_Mg"]))


def _binomial(n: int, p: float) -> np.ndarray:
    weights = np.array([1.0])
    for _ in range(n):
        weights = np.convolve(weights, [1 - p, p])
    return weights


_cached = lru_cache(maxsize=512)(_solve)


class Latency:
    """When a vesicle fuses, given that the impulse makes it fuse: a distribution of times.

    Counted from the steepest rise of the action potential at the terminal.
    """

    def __init__(self, t: np.ndarray, cumulative: np.ndarray) -> None:
        self._t = t
        self._cdf = cumulative
        self._middle = (t[1:] + t[:-1]) / 2
        self._mass = np.diff(cumulative)

    def __repr__(self) -> str:
        return f"<Latency: mean {self.mean}, sd {self.sd}, mode {self.mode}>"

    @property
    def mean(self) -> Quantity:
        """Mean latency."""
        return float(self._mass @ self._middle) * second

    @property
    def sd(self) -> Quantity:
        """Standard deviation of latency."""
        width = np.diff(self._t)
        mean = self._mass @ self._middle
        return float(np.sqrt(self._mass @ ((self._middle - mean) ** 2 + width**2 / 12))) * second

    @property
    def mode(self) -> Quantity:
        """Most probable latency."""
        rate = self._mass / np.diff(self._t)
        i = int(np.clip(rate.argmax(), 1, len(rate) - 2))
        a, b, _ = np.polyfit(self._middle[i - 1 : i + 2] - self._middle[i], rate[i - 1 : i + 2], 2)
        return float(self._middle[i] - b / (2 * a)) * second

    @property
    def minimum(self) -> Quantity:
        """Latency that 1 % of quanta do not reach: the minimum of a histogram."""
        return self.quantile(0.01)

    def quantile(self, u: Any) -> Quantity:
        """Latency below which a share ``u`` of quanta falls."""
        if np.any((np.asarray(u) < 0) | (np.asarray(u) > 1)):
            raise ValueError(f"a share of quanta lies between 0 and 1, got {u!r}.")
        rising = np.concatenate([[True], self._mass > 0])
        return np.interp(u, self._cdf[rising], self._t[rising]) * second

    def density(self, t: Quantity) -> Quantity:
        """Probability density of latency at times ``t``."""
        rate = self._mass / np.diff(self._t)
        return np.interp(np.asarray(t / second), self._middle, rate, 0.0, 0.0) / second

    def table(self) -> np.ndarray:
        """Latency (s) at the cumulative hazards `latency_hazards`, for the release kernel."""
        survival = 1.0 - self._cdf
        inside = (self._cdf > 0) & (survival > 1e-9)
        hazard = -np.log1p(-self._cdf[inside])
        late = np.interp(np.log(latency_hazards()), np.log(hazard), self._t[inside])
        # Action potentials of many ms release a little before t = 0: such quanta wait until 0.
        return np.maximum(late, 0.0)


class Terminal:
    """A nerve terminal during one impulse: voltage, calcium, and the chance and time of release.

    Parameters
    ----------
    junction : ParameterSet
        A junction, or any set with the terminal's parameters, ``temperature``, ``Ca`` and ``Mg``.
    **conditions
        Other values of the junction's parameters, e.g. ``Ca=0.5*mM``, ``working_channels=0.3``.

    Attributes
    ----------
    p : float
        Probability that a ready vesicle is released by an impulse to a rested terminal.
    latency : Latency
        When it is released.
    t, v : Quantity
        Time from the steepest rise of the action potential, and membrane potential.
    calcium : Quantity
        Mean calcium concentration at the sensor of a vesicle, at times ``t``.
    opening_probability : float
        Probability that one working channel opens during the impulse.
    """

    def __init__(self, junction: ParameterSet, **conditions: Any) -> None:
        require(junction, "Ca", "sensor_kon", example="a Junction such as nmj.junctions.human()")
        self.junction = junction.replace(**conditions) if conditions else junction
        values = {name: self.junction.si(name) for name in _PARAMETERS}
        for name in ("Ca", "Mg", "domain_Ca", "resting_Ca", "entry_Ca", "entry_Mg"):
            values[name] /= 1000.0  # mol/m^3 to mol/l
        values["sensor_kon"] *= 1000.0
        self._course = _cached(tuple(values[name] for name in _PARAMETERS))

    def __repr__(self) -> str:
        return f"<Terminal of {self.junction.name}: p = {self.p:.4g}>"

    @property
    def p(self) -> float:
        """Release probability of a ready vesicle."""
        return float(self._course.evoked[-1])

    @property
    def latency(self) -> Latency:
        """Distribution of the time of release."""
        evoked = self._course.evoked
        if not evoked[-1] > 1e-15:
            raise ValueError(
                f"{self.junction.name}: nothing is released (p = {self.p:.3g}), so there is no "
                "latency; give more Ca, less Mg or more working channels."
            )
        return Latency(self._course.t, evoked / evoked[-1])

    @property
    def t(self) -> Quantity:
        """Time from the steepest rise of the action potential."""
        return self._course.t * second

    @property
    def v(self) -> Quantity:
        """Membrane potential of the terminal at ``t``."""
        return self._course.v * volt

    @property
    def calcium(self) -> Quantity:
        """Mean calcium at the sensor of a vesicle at ``t``."""
        c = self._course
        return self.calcium_of(float(c.weights @ np.arange(len(c.weights))))

    def calcium_of(self, channels: float) -> Quantity:
        """Calcium at the sensor at ``t`` if ``channels`` channels in reach open."""
        rest = self.junction.si("resting_Ca") / 1000.0
        return (rest + channels * self._course.domain) * molar

    @property
    def opening_probability(self) -> float:
        """Probability that one working channel opens during the impulse."""
        return self._course.opening_probability

    @property
    def open_channels(self) -> np.ndarray:
        """Mean number of open channels in reach of a vesicle at ``t``."""
        mean = float(self._course.weights @ np.arange(len(self._course.weights)))
        return mean * self._course.open_given_opening

    @property
    def release_by_channels(self) -> np.ndarray:
        """Release probability of a vesicle near which 0, 1, 2, ... channels open."""
        return self._course.fused[:, -1].copy()

    def power_on_calcium(self, ratio: float = 1.05) -> float:
        """Local slope of log release probability on log bath calcium."""
        return self._power("Ca", ratio)

    def power_on_channels(self, ratio: float = 1.05) -> float:
        """Local slope of log release probability on log share of working channels."""
        return self._power("working_channels", ratio)

    def _power(self, name: str, ratio: float) -> float:
        value = getattr(self.junction, name)
        low = Terminal(self.junction, **{name: value / ratio})
        high = self
        if name != "working_channels":
            low, high = low, Terminal(self.junction, **{name: value * ratio})
            ratio = ratio**2
        return float(np.log(high.p / low.p) / np.log(ratio))
