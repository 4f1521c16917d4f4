"""An impulse lets calcium into the nerve terminal, and calcium lets vesicles fuse.

Chain, solved once per parameter set::

    action potential V(t)      rises and falls as two half-Gaussians, or solved from the membrane
                               (`nmj_brian.nerve`); t = 0 at its steepest rise
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
calcium left over after the impulse does not release (facilitation and late release are parts of
`nmj_brian.release`; what is left is solved in `nmj_brian.calcium_shells`). Latency is counted from
the steepest rise of the action potential, the peak of the presynaptic current; diffusion of
transmitter and opening of receptors come later, in the quantum.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

import numpy as np
from brian2 import Quantity, second, volt
from brian2.units.allunits import molar

from .latency import Latency, latency_hazards
from .nerve import NerveImpulse
from .parameters import ParameterSet, require
from .sensor import Sensor, propagators
from .units import ZERO_CELSIUS_K

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


def _drive(
    p: dict[str, float], impulse: NerveImpulse | None, tail: float, per_width: int
) -> tuple[np.ndarray, np.ndarray]:
    """Time and voltage: fine steps through the action potential, then growing ones for ``tail``."""
    if impulse is None:
        # Half-Gaussians; the fall is twice as slow as the rise, together they make the width.
        rise = p["ap_width"] / np.sqrt(2 * np.log(2)) / 3
        fall = 2 * rise
        step = p["ap_width"] / per_width
        fine = np.arange(-2.5 * rise, rise + 4.5 * fall, step)
    else:
        fine, v = impulse.grid(per_width)
        step = fine[-1] - fine[-2]
    late = fine[-1] + np.cumsum(step * 1.04 ** np.arange(1, 2000))
    t = np.concatenate([fine, late[: np.searchsorted(late, fine[-1] + tail) + 1]])
    if impulse is None:
        return t, _waveform(t, rise, fall, p["ap_rest"], p["ap_peak"])
    late = np.interp(t[len(fine) :], impulse.t / second, impulse.v / volt)
    return t, np.concatenate([v, late])


def _gates(
    rest: float, v: np.ndarray, h: np.ndarray, p: dict[str, float]
) -> tuple[np.ndarray, float]:
    """Open probability of a channel at the edges, and the probability that it ever opens."""

    def rates(v: Any) -> tuple[Any, Any]:
        return (
            p["channel_opening"] * np.exp(v / p["channel_opening_voltage"]),
            p["channel_closing"] * np.exp(-v / p["channel_closing_voltage"]),
        )

    opening, closing = rates(rest)
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


def _solve(
    values: tuple[float, ...], impulse: NerveImpulse | None = None, per_width: int = 50
) -> _Course:
    p = dict(zip(_PARAMETERS, values, strict=True))
    sensor = Sensor(
        p["sensor_kon"],
        p["sensor_koff"],
        p["sensor_cooperativity"],
        p["fusion_rate"],
        p["fusion_factor"],
    )
    slowest = 5 * sensor.k_off * sensor.cooperativity**4
    t, v = _drive(p, impulse, 10 / slowest + 10 * p["domain_time"], per_width)
    h = np.diff(t)
    is_open, opens = _gates(p["ap_rest"] if impulse is None else v[0], v, h, p)
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


class Terminal:
    """A nerve terminal during one impulse: voltage, calcium, and the chance and time of release.

    Parameters
    ----------
    junction : ParameterSet
        A junction, or any set with the terminal's parameters, ``temperature``, ``Ca`` and ``Mg``.
    impulse : NerveImpulse, optional
        Action potential solved from a membrane, instead of the waveform that the junction's
        ``ap_width``, ``ap_peak`` and ``ap_rest`` describe. The preset's ``domain_Ca`` was fitted to that
        waveform and is refused: take the junction from `fit_domain_Ca` first.
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

    Raises
    ------
    TypeError
        If junction is no junction, or impulse no `NerveImpulse`.
    KeyError, DimensionMismatchError, ValueError
        For conditions that the junction refuses, or an impulse at another temperature or without a
        ``domain_Ca`` of its own.
    """

    def __init__(
        self, junction: ParameterSet, impulse: NerveImpulse | None = None, **conditions: Any
    ) -> None:
        require(junction, "Ca", "sensor_kon", example="a Junction such as nmj.junctions.human()")
        if impulse is not None and not isinstance(impulse, NerveImpulse):
            raise TypeError(f"impulse must be a NerveImpulse, got {impulse!r}.")
        self.junction = junction.replace(**conditions) if conditions else junction
        self.impulse = impulse
        here = self.junction.si("temperature")
        if impulse is not None and abs(impulse.nerve.si("temperature") - here) > 0.01:
            raise ValueError(
                f"{self.junction.name} at {here - ZERO_CELSIUS_K:.3g} degC cannot take an impulse of "
                f"{impulse.nerve.name} at {impulse.nerve.si('temperature') - ZERO_CELSIUS_K:.3g} "
                "degC: give both one temperature."
            )
        if impulse is not None and self.junction["domain_Ca"].source != "user":
            raise ValueError(
                f"domain_Ca of {self.junction.name} was fitted to its waveform; with an impulse solved "
                "from a membrane release would be many times too large. Take the junction from "
                "nmj.fit_domain_Ca(junction, p, impulse), with the release probability p that the "
                "unblocked nerve has (nmj.Terminal(junction).p is the waveform's), or give domain_Ca."
            )
        values = {name: self.junction.si(name) for name in _PARAMETERS}
        for name in ("Ca", "Mg", "domain_Ca", "resting_Ca", "entry_Ca", "entry_Mg"):
            values[name] /= 1000.0  # mol/m^3 to mol/l
        values["sensor_kon"] *= 1000.0
        self._course = _cached(tuple(values[name] for name in _PARAMETERS), impulse)

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
        """Calcium at the sensor of a vesicle near which a given number of channels opens.

        Parameters
        ----------
        channels : float
            How many open, 0 or more.

        Returns
        -------
        Quantity, shape of ``t``
            Concentration at times ``t``.
        """
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
    def open_per_zone(self) -> float:
        """Calcium channels of one active zone that open during an impulse, on average."""
        si = self.junction.si
        return si("zone_channels") * si("working_channels") * self._course.opening_probability

    @property
    def quanta_per_zone(self) -> float:
        """Quanta that one rested active zone releases per impulse, on average."""
        return self.junction.si("zone_vesicles") * self.p

    @property
    def release_by_channels(self) -> np.ndarray:
        """Release probability of a vesicle near which 0, 1, 2, ... channels open."""
        return self._course.fused[:, -1].copy()

    def power_on_calcium(self, ratio: float = 1.05) -> float:
        """Local slope of log release probability on log bath calcium (about 4 at low calcium).

        Parameters
        ----------
        ratio : float, optional
            Calcium is divided and multiplied by it.

        Returns
        -------
        float
            Power of release on calcium.
        """
        return self._power("Ca", ratio)

    def power_on_channels(self, ratio: float = 1.05) -> float:
        """Local slope of log release probability on log share of working channels.

        Parameters
        ----------
        ratio : float, optional
            The share is divided by it.

        Returns
        -------
        float
            Power of release on the number of channels.
        """
        return self._power("working_channels", ratio)

    def _power(self, name: str, ratio: float) -> float:
        value = getattr(self.junction, name)
        low = Terminal(self.junction, self.impulse, **{name: value / ratio})
        high = self
        if name != "working_channels":
            high = Terminal(self.junction, self.impulse, **{name: value * ratio})
            ratio = ratio**2
        return float(np.log(high.p / low.p) / np.log(ratio))
