"""An action potential of the nerve's membrane: the voltage that opens the terminal's Ca channels.

A patch of membrane fires after a brief current (Hodgkin & Huxley 1952; Frankenhaeuser & Huxley
1964). Potentials ``V`` relative to rest in mV, rates in 1/ms at the temperature of the source::

    axon   C dV/dt = I - g_Na m^3 h (V - V_Na) - g_K n^4 (V - V_K) - g_L (V - V_L)
    node   C dV/dt = I - (P_Na m^2 h + P_p p^2) GHK_Na(V) - P_K n^2 GHK_K(V) - g_L (V - V_L)
           GHK(V) = (F E / kT) (c_out - c_in e^(E/kT)) / (1 - e^(E/kT)) F,  E = V + V_rest

Blocking K channels (3,4-diaminopyridine, tetraethylammonium) makes the action potential wider and a
little higher, which lets in more calcium.

Deviations from nature: the terminal is taken to fire like a patch of the axon or node (its own
channels were not measured in the same way), space-clamped, from rest.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from math import exp, expm1
from typing import Any

import numpy as np
from brian2 import Quantity, second, volt

from .conditioned import Conditioned
from .parameters import Parameter, ParameterSet
from .units import ZERO_CELSIUS_K

__all__ = ["Nerve", "NerveImpulse"]

_GAS, _FARADAY = 8.314462618, 96485.33212
#: An action potential (mV above rest) is higher than this, and starts from a displacement below.
_LOWEST_PEAK_MV, _HIGHEST_JUMP_MV = 60.0, 80.0


def _linoid(x: float, width: float) -> float:
    """``x / (1 - exp(-x / width))``, finite at 0."""
    y = x / width
    if abs(y) < 1e-6:
        return width * (1.0 + y / 2)
    return -x / expm1(-y) if y > -700.0 else 0.0


def axon_rates(v: float) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Opening and closing rates (1/ms) of m, h, n at ``v`` mV above rest (Hodgkin & Huxley)."""
    opening = (0.1 * _linoid(v - 25, 10), 0.07 * exp(-v / 20), 0.01 * _linoid(v - 10, 10))
    closing = (4 * exp(-v / 18), 1 / (exp((30 - v) / 10) + 1), 0.125 * exp(-v / 80))
    return opening, closing


def node_rates(v: float) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Rates (1/ms) of m, h, n, p at ``v`` mV above rest (Frankenhaeuser & Huxley)."""
    opening = (
        0.36 * _linoid(v - 22, 3),
        0.1 * _linoid(-10 - v, 6),
        0.02 * _linoid(v - 35, 10),
        0.006 * _linoid(v - 40, 10),
    )
    closing = (
        0.4 * _linoid(13 - v, 20),
        4.5 / (1 + exp((45 - v) / 10)),
        0.05 * _linoid(10 - v, 10),
        0.09 * _linoid(-25 - v, 20),
    )
    return opening, closing


class Nerve(Conditioned, ParameterSet):
    """The membrane of a nerve: densities, solutions and the share of channels that are not blocked.

    Parameters
    ----------
    name : str
        What it describes.
    parameters : dict of str to Parameter
        As in `nmj_brian.nerves`; ``replace(K_available=0.3)`` blocks 70 % of the K channels.
    kinetics : {'axon', 'node'}
        Gates of Hodgkin & Huxley 1952, or of Frankenhaeuser & Huxley 1964.

    Raises
    ------
    ValueError
        For other kinetics.
    """

    _place = "nerve"

    def __init__(self, name: str, parameters: dict[str, Parameter], kinetics: str) -> None:
        if kinetics not in ("axon", "node"):
            raise ValueError(f"kinetics must be 'axon' or 'node', got {kinetics!r}.")
        super().__init__(name, parameters)
        self._kinetics = kinetics

    @property
    def kinetics(self) -> str:
        """Whose gates its channels have: 'axon' or 'node'."""
        return self._kinetics

    def _with(self, parameters: dict[str, Parameter]) -> Nerve:
        return self._kept(Nerve(self.name, parameters, self.kinetics))

    def key(self) -> tuple:
        """Hashable identity of all values and of the kinetics, for caches.

        Returns
        -------
        tuple
            Equal for nerves that fire alike.
        """
        return (self.kinetics, *super().key())

    def _current(self) -> Callable[[float, Sequence[float]], float]:
        """Ionic current (A/m^2, outward positive) as a function of V (mV above rest) and gates."""
        si, rest = self.si, 1e3 * self.si("resting_potential")
        na, k = si("Na_available"), si("K_available")
        leak, leak_mV = si("leak_density"), 1e3 * si("leak_reversal") - rest
        if self.kinetics == "axon":
            g_na, g_k = na * si("Na_density"), k * si("K_density")
            na_mV, k_mV = (1e3 * si(f"{ion}_reversal") - rest for ion in ("Na", "K"))

            def axon(v: float, x: Sequence[float]) -> float:
                m, h, n = x
                return 1e-3 * (
                    g_na * m**3 * h * (v - na_mV) + g_k * n**4 * (v - k_mV) + leak * (v - leak_mV)
                )

            return axon
        p_na, p_k, p_p = (si(f"{ion}_permeability") for ion in ("Na", "K", "p"))
        thermal = 1e3 * _GAS * si("temperature") / _FARADAY
        solutions = {ion: (si(f"{ion}_in"), si(f"{ion}_out")) for ion in ("Na", "K")}

        def flow(v: float, ion: str) -> float:
            inside, outside = solutions[ion]
            x = (v + rest) / thermal
            return _FARADAY * _linoid(x, 1.0) * (inside - outside * exp(-x))

        def node(v: float, x: Sequence[float]) -> float:
            m, h, n, p = x
            sodium = (na * p_na * m**2 * h + p_p * p**2) * flow(v, "Na")
            return sodium + k * p_k * n**2 * flow(v, "K") + 1e-3 * leak * (v - leak_mV)

        return node


@lru_cache(maxsize=128)
def _fire(nerve: Nerve) -> tuple[np.ndarray, np.ndarray]:
    """Time (s) from the steepest rise, and voltage (V), of an action potential.

    A charge displaces the voltage at once, by a quarter more than just suffices.
    """
    from scipy.integrate import solve_ivp  # takes long to import

    rates = axon_rates if nerve.kinetics == "axon" else node_rates
    current, speed = nerve._current(), nerve.si("gating_speed")
    capacity = nerve.si("capacitance")
    rested = [a / (a + b) for a, b in zip(*rates(0.0), strict=True)]

    def slope(t: float, y: np.ndarray) -> list[float]:
        v, *gates = y.tolist()
        moves = zip(*rates(v), gates, strict=True)
        return [-current(v, gates) / capacity, *(speed * (a - (a + b) * x) for a, b, x in moves)]

    def run(jump_mV: float, end_ms: float, rtol: float) -> Any:
        y = [jump_mV, *rested]
        return solve_ivp(slope, (0.0, end_ms), y, "LSODA", rtol=rtol, atol=rtol / 100)

    low, high = 1.0, _HIGHEST_JUMP_MV
    for _ in range(6):
        middle = (low * high) ** 0.5
        v = run(middle, 3.0 / speed, 1e-4).y[0]
        fires = v.max() > max(_LOWEST_PEAK_MV, middle + 5.0)
        low, high = (low, middle) if fires else (middle, high)
    if high == _HIGHEST_JUMP_MV:
        raise ValueError(
            f"{nerve.name}: no action potential at {nerve.si('temperature') - ZERO_CELSIUS_K:.3g} "
            f"degC with {nerve.si('Na_available'):.2g} of the Na and {nerve.si('K_available'):.2g} "
            "of the K channels; choose another temperature or block less."
        )
    end_ms = 15.0 / speed
    for _ in range(3):
        solution = run(1.25 * high, end_ms, 1e-7)
        t, v = solution.t, solution.y[0]
        if abs(v[-1]) < 0.25 * v.max():
            break
        end_ms *= 4.0
    else:
        raise ValueError(
            f"{nerve.name}: the membrane does not repolarize with {nerve.si('K_available'):.2g} of "
            "its K channels; block less of them."
        )
    rise = np.gradient(v, t)
    rise[(v < 1.25 * high + 1.0) | (t > t[v.argmax()])] = -np.inf
    before = np.array([-0.05, -1e-6]) / speed  # at rest
    t = np.concatenate([before, t]) - t[rise.argmax()]
    return 1e-3 * t, 1e-3 * np.concatenate([[0.0, 0.0], v]) + nerve.si("resting_potential")


class NerveImpulse:
    """An action potential solved from the nerve's membrane.

    Parameters
    ----------
    nerve : Nerve
        For example ``nmj.nerves.frog().replace(K_available=0.2)``.

    Attributes
    ----------
    t, v : Quantity
        Time from the steepest rise, and membrane potential.
    width : Quantity
        Duration at half height.

    Raises
    ------
    TypeError
        If nerve is no `Nerve`.
    ValueError
        If the membrane does not fire, or does not repolarize.

    Notes
    -----
    ``Terminal(junction, impulse=...)`` and ``ReleaseModel(junction, impulse=...)`` take it in place
    of the junction's waveform. For a network, keep the waveform and let it widen:
    ``junction.replace(ap_width=impulse.widening * junction.ap_width)``.
    """

    def __init__(self, nerve: Nerve) -> None:
        if not isinstance(nerve, Nerve):
            raise TypeError(f"nerve must be a Nerve such as nmj.nerves.frog(), got {nerve!r}.")
        self.nerve = nerve
        self._t_s, self._v_volt = _fire(nerve)

    def __repr__(self) -> str:
        return f"<NerveImpulse of {self.nerve.name}: {self.width} wide, peak {self.peak}>"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, NerveImpulse) and other.nerve == self.nerve

    def __hash__(self) -> int:
        return hash(self.nerve)

    @property
    def t(self) -> Quantity:
        """Time from the steepest rise."""
        return self._t_s * second

    @property
    def v(self) -> Quantity:
        """Membrane potential at ``t``."""
        return self._v_volt * volt

    @property
    def peak(self) -> Quantity:
        """Highest potential."""
        return float(self._v_volt.max()) * volt

    @property
    def width(self) -> Quantity:
        """Time above half of the height."""
        return self._width_s() * second

    def _width_s(self) -> float:
        t, v = self._t_s, self._v_volt
        half, top = (v.max() + v[0]) / 2, int(v.argmax())
        rise = np.interp(half, v[: top + 1], t[: top + 1])
        below = top + int(np.argmax(v[top:] < half))
        fall = np.interp(half, v[below - 1 : below + 1][::-1], t[below - 1 : below + 1][::-1])
        return float(fall - rise)

    @property
    def widening(self) -> float:
        """Width relative to that with all channels working, at the same temperature."""
        whole = NerveImpulse(self.nerve.replace(Na_available=1.0, K_available=1.0))
        return self._width_s() / whole._width_s()

    def grid(self, per_width: int = 50) -> tuple[np.ndarray, np.ndarray]:
        """Course of the action potential for solving the calcium channels: even steps along v(t).

        A step is at most ``width / per_width`` long, or a ``per_width``-th of the height high.

        Parameters
        ----------
        per_width : int, optional
            Steps per duration at half height.

        Returns
        -------
        t_s, v_volt : ndarray, shape (n,)
            Times in seconds from the steepest rise, and potentials in volt, until the potential has
            come back to within 2 % of the height.
        """
        t, v = self._t_s, self._v_volt
        path = np.abs(np.diff(v)) / (v.max() - v[0]) * per_width
        path = np.concatenate([[0.0], np.cumsum(path + np.diff(t) / self._width_s() * per_width)])
        last = len(v) - int(np.argmax(v[::-1] > v[0] + 0.02 * (v.max() - v[0])))
        stop = path[min(last, len(path) - 1)]
        at = np.linspace(0.0, stop, int(np.ceil(stop)) + 1)
        edges = np.interp(at, path, t)
        return edges, np.interp(edges, t, v)
