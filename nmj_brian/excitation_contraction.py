"""From the action potential of a fiber to its cross-bridges: the model of Shorten et al. 2007.

Chain of one half sarcomere, solved stiffly; 56 states::

    surface and tubules   Na, K (delayed and inward rectifier), Cl channels and Na-K pump in each;
                          K and Na accumulate in the tubules, outside and inside
    release channel       four voltage sensors of the tubule open it allosterically
    calcium               terminal space (1) and bulk (2) of the sarcomere, SR (1, 2); SR pump, ATP,
                          parvalbumin, magnesium, calsequestrin
    thin filament         troponin binds two calcium ions (T0, T1, T2) and opens (D0, D1, D2)
    cross-bridges         attached before (A1) and after the power stroke (A2); A2 carries the force
    phosphate             freed by cross-bridges, enters the SR and precipitates with its calcium: fatigue

It is the reference that the twitches of `nmj_brian.contraction` are judged by: 56 stiff states are too
many for each of thousands of fibers.

As in the public code, K inactivation of the tubules is a thousand times faster than that of the surface
(``tau_hK_t``; perhaps a slip of units: 1 s instead moves the peak of A2 by -8 %), and the inward rectifier
is shut where K flows in at the surface only.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from types import SimpleNamespace

import numpy as np
from brian2 import Quantity, ms, mV, second, uA
from brian2.units.allunits import cmetre
from brian2.units.fundamentalunits import fail_for_dimension_mismatch

from .half_sarcomere import half_sarcomere, volumes
from .parameters import Parameter, ParameterSet
from .presets import excitation_contraction as presets
from .sarcolemma import membrane
from .units import uM

__all__ = ["STATES", "ExcitationContraction", "Response"]

#: State variables in the order of the solution: voltages in mV, ions outside the SR and phosphate in mM,
#: all else of the half sarcomere in umol/l.
STATES = (
    "v", "v_t",
    "K_t", "K_i", "K_e", "Na_i", "Na_t", "Na_e",
    "n", "hK", "m", "h", "S", "n_t", "hK_t", "m_t", "h_t", "S_t",
    "O0", "O1", "O2", "O3", "O4", "C0", "C1", "C2", "C3", "C4",
    "Ca1", "Ca_SR1", "Ca2", "Ca_SR2",
    "T1", "CaP1", "CaP2", "MgP1", "MgP2", "CaCs1", "CaCs2",
    "CaATP1", "CaATP2", "MgATP1", "MgATP2", "ATP1", "ATP2", "Mg1", "Mg2",
    "T2", "D0", "D1", "D2", "A1", "A2", "P", "P_SR", "PC_SR",
)  # fmt: skip

#: How many of them belong to the membranes; the others to the half sarcomere.
_MEMBRANES = 18
#: Differences of the Jacobian: relative to a state, or to this size.
_RELATIVE_STEP, _LEAST = 1.5e-8, 1e-3

#: Published start (Shorten 2007, public code): not a state of rest, see `ExcitationContraction.rest`.
START = (
    -79.974, -80.2,
    5.9, 150.9, 5.9, 12.7, 133.0, 133.0,
    0.009466, 0.9952, 0.0358, 0.4981, 0.581, 0.009466, 0.9952, 0.0358, 0.4981, 0.581,
    0.0, 0.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0,
    0.1, 1500.0, 0.1, 1500.0,
    25.0, 615.0, 615.0, 811.0, 811.0, 16900.0, 16900.0,
    0.4, 0.4, 7200.0, 7200.0, 799.6, 799.6, 1000.0, 1000.0,
    3.0, 0.8, 1.2, 3.0, 0.3, 0.23, 0.23, 0.23, 0.23,
)  # fmt: skip

_VOLTS = ("v", "v_t")
_NUMBERS = frozenset(STATES[8:28])
_MILLIMOLAR = frozenset((*STATES[2:8], "P", "P_SR", "PC_SR"))


@dataclass(frozen=True)
class Response:
    """What one fiber did.

    Attributes
    ----------
    t : Quantity
        Times.
    states : ndarray
        One row per name of `STATES`, in the units given there; `__getitem__` gives one with its unit.
    """

    t: Quantity
    states: np.ndarray = field(repr=False)

    def __getitem__(self, name: str) -> Quantity:
        if name not in STATES:
            raise KeyError(f"no state '{name}'; there are {', '.join(STATES)}")
        values = self.states[STATES.index(name)]
        if name in _VOLTS:
            return values * mV
        if name in _NUMBERS:
            return values
        return values * (1000 * uM if name in _MILLIMOLAR else uM)


class ExcitationContraction(ParameterSet):
    """A muscle fiber from its action potential to its cross-bridges (Shorten et al. 2007).

    Parameters
    ----------
    name : str, optional
        What the set describes.
    parameters : dict of str to Parameter, optional
        Default: the slow fiber.

    Notes
    -----
    Temperature only enters the electrochemical terms: all rates are those at 20 degC.
    """

    def __init__(
        self,
        name: str = "slow fiber",
        parameters: dict[str, Parameter] | None = None,
    ) -> None:
        super().__init__(name, presets.slow() if parameters is None else parameters)

    @classmethod
    def slow(cls) -> ExcitationContraction:
        """The slow-twitch fiber of the paper.

        Returns
        -------
        ExcitationContraction
            Parameters of Shorten et al. 2007.
        """
        return cls("slow fiber", presets.slow())

    @classmethod
    def fast(cls) -> ExcitationContraction:
        """The fast-twitch fiber of the paper, with parvalbumin.

        Returns
        -------
        ExcitationContraction
            Parameters of Shorten et al. 2007.
        """
        return cls("fast fiber", presets.fast())

    def rest(self, settle: Quantity = 3 * second) -> np.ndarray:
        """State after the published start has settled.

        Parameters
        ----------
        settle : Quantity, optional
            How long; the public start is far from rest (calcium climbs eightfold within 50 ms).

        Returns
        -------
        ndarray
            One value per name of `STATES`, in the units given there.

        Raises
        ------
        DimensionMismatchError, ValueError
            If ``settle`` is not a positive time.
        """
        end_ms = _time_ms("settle", settle)
        return _solve(*self._rates(), np.array(START), 0.0, end_ms, 0.0, np.array([end_ms]))[:, -1]

    def stimulate(
        self,
        times: Sequence[float] | Quantity,
        total: Quantity,
        *,
        current: Quantity = 150 * uA / cmetre**2,
        width: Quantity = 0.5 * ms,
        dt: Quantity = 0.1 * ms,
        start: np.ndarray | None = None,
    ) -> Response:
        """Response to current pulses into the sarcolemma.

        Parameters
        ----------
        times : Quantity, shape (n,)
            Onsets of the pulses.
        total : Quantity
            Duration.
        current, width : Quantity, optional
            Density and duration of a pulse.
        dt : Quantity, optional
            Interval of the output; the solver chooses its own steps.
        start : ndarray, shape (states,), optional
            Initial state; default: `rest`.

        Returns
        -------
        Response
            Times and all states; ``response['A2']`` is one of them with its unit.

        Raises
        ------
        DimensionMismatchError
            If a time is not a time, or the current not one per area.
        ValueError
            If pulses overlap or lie outside the duration, or a time is not positive.
        """
        end, pulse, step = (
            _time_ms(n, q) for n, q in (("total", total), ("width", width), ("dt", dt))
        )
        fail_for_dimension_mismatch(times, ms, "times must be times, got {value}", value=times)
        density_unit = uA / cmetre**2
        fail_for_dimension_mismatch(
            current,
            density_unit,
            "current must be one per area, for example 150*uA/cm**2, got {value}",
            value=current,
        )
        onsets = np.sort(np.atleast_1d(np.asarray(times / ms, dtype=float)))
        if len(onsets) and (onsets[0] < 0 or onsets[-1] + pulse > end):
            raise ValueError(f"pulses must begin at 0 or later and end within {total}.")
        if np.any(np.diff(onsets) <= pulse):
            raise ValueError(f"pulses must be more than their width of {width} apart.")
        density = float(current / density_unit)
        grid = np.arange(round(end / step) + 1) * step
        edges = np.unique(np.concatenate([[0.0], onsets, onsets + pulse, [max(end, grid[-1])]]))
        state = self.rest() if start is None else np.asarray(start, dtype=float)
        equations, out = self._rates(), np.empty((len(STATES), len(grid)))
        out[:, 0] = state
        for begin, stop in pairwise(edges):
            inside = (grid > begin) & (grid <= stop)
            on = density if np.any(np.isclose(onsets, begin, rtol=0, atol=1e-12)) else 0.0
            points = np.union1d(grid[inside], [stop])
            part = _solve(*equations, state, begin, stop, on, points)
            out[:, inside], state = part[:, : inside.sum()], part[:, -1]
        return Response(grid * ms, out)

    def _rates(self) -> tuple[Callable[..., np.ndarray], Callable[..., np.ndarray]]:
        """Right-hand side in ms, mV, uA/cm2, mM and uM, for one set of numbers, and its Jacobian."""
        p = SimpleNamespace(
            **{k: float(np.asarray(v.value / v.unit)) for k, v in self.items()},
            F=presets.FARADAY,
        )
        p.RT_F = presets.GAS * p.temperature / p.F
        p.volumes = volumes(p.half_sarcomere, p.radius)
        tubule, inside, outside = (
            1 / (1e3 * p.F * depth) for depth in (p.tubule_depth, p.fiber_depth, p.outside_depth)
        )

        def membranes(y: list[float], current: float) -> list[float]:
            v, vt, K_t, K_i, K_e, Na_i, Na_t, Na_e, *both = y[:_MEMBRANES]
            gates, Is, Is_K, Is_Na = membrane(p, v, (K_i, K_e), (Na_i, Na_e), both[:5], False)
            gates_t, It, It_K, It_Na = membrane(p, vt, (K_i, K_t), (Na_i, Na_t), both[5:], True)
            access = 1e3 * (v - vt) / p.R_a
            return [
                -(Is - current + access) / p.C_m,
                -(It - access / p.gamma) / p.C_m,
                It_K * tubule - (K_t - K_e) / p.tau_ions,
                -p.f_T * It_K * tubule - Is_K * inside,
                Is_K * outside + (K_t - K_e) / p.tau_outside,
                -p.f_T * It_Na * tubule - Is_Na * inside,
                It_Na * tubule - (Na_t - Na_e) / p.tau_ions,
                Is_Na * outside + (Na_t - Na_e) / p.tau_outside,
                *gates,
                *gates_t,
            ]

        def rates(t: float, y: np.ndarray, current: float) -> np.ndarray:
            y = y.tolist()
            return np.array([*membranes(y, current), *half_sarcomere(p, y[1], y[_MEMBRANES:])])

        def slopes(t: float, y: np.ndarray, current: float) -> np.ndarray:
            """Jacobian by differences. The membranes do not feel the sarcomere, and the sarcomere feels
            no more of them than the tubules' voltage: most of what LSODA would compute by itself is 0.
            """
            step = (y + _RELATIVE_STEP * np.maximum(np.abs(y), _LEAST)) - y
            y = y.tolist()
            at_membranes, at_sarcomere = (
                np.array(x)
                for x in (membranes(y, current), half_sarcomere(p, y[1], y[_MEMBRANES:]))
            )
            J = np.zeros((len(y), len(y)))
            for j, h in enumerate(step.tolist()):
                beside = y.copy()
                beside[j] += h
                if j < _MEMBRANES:
                    J[:_MEMBRANES, j] = (np.array(membranes(beside, current)) - at_membranes) / h
                if j == 1 or j >= _MEMBRANES:
                    moved = half_sarcomere(p, beside[1], beside[_MEMBRANES:])
                    J[_MEMBRANES:, j] = (np.array(moved) - at_sarcomere) / h
            return J

        return rates, slopes


def _time_ms(name: str, value: Quantity) -> float:
    fail_for_dimension_mismatch(value, ms, name + " must be a time, got {value}", value=value)
    number = float(value / ms)
    if not (np.isfinite(number) and number > 0):
        raise ValueError(f"{name} must be a positive time, got {value!r}.")
    return number


def _solve(
    rates: Callable[..., np.ndarray],
    slopes: Callable[..., np.ndarray],
    state: np.ndarray,
    begin: float,
    end: float,
    current: float,
    grid: np.ndarray,
) -> np.ndarray:
    """States on ``grid``; calcium and release channels are stiff, so the method must be too."""
    from scipy.integrate import solve_ivp

    done = solve_ivp(
        rates, (begin, end), state, "LSODA", grid, args=(current,), jac=slopes, rtol=1e-5, atol=1e-8
    )
    if not done.success:
        raise RuntimeError(
            f"the fiber could not be solved from {begin} to {end} ms: {done.message}"
        )
    return done.y
