"""Calcium that entered during an impulse spreads into the terminal, is buffered and pumped out.

A cylinder of annuli (Stockbridge & Moore 1984)::

    (1 + beta) dC/dt = D (1/r) d/dr (r dC/dr)        beta = bound over free calcium, at all times
    at the membrane     D dC/dr = J(t) - k C          influx J during an impulse, pump k

The buffer is fast and far from saturation and the pump proportional to calcium, so the problem is
linear: it is solved exactly, as a sum of decaying modes, for any number of impulses at once. What
one impulse leaves at the membrane by the time of the next is *residual calcium*; with release going
with its fourth power it is facilitation.

Deviations from nature: influx is even over the membrane (no channels, no domains), so that the
calcium of an impulse at the rim is far lower, and what is left of it relatively more, than at a
vesicle next to an open channel.
"""

from __future__ import annotations

from functools import cached_property
from typing import Any

import numpy as np
from brian2 import Quantity, cm, meter, ms, second, um
from brian2.units.allunits import mol
from brian2.units.fundamentalunits import fail_for_dimension_mismatch

from .parameters import whole_number

__all__ = ["CalciumShells"]

_COMPONENTS = ("f1", "f2", "f3")


class CalciumShells:
    """Calcium in a cylindrical nerve terminal, shell by shell, after one or many impulses.

    Parameters
    ----------
    diameter : Quantity, optional
        Of the terminal.
    shells : int, optional
        Annuli between membrane and axis.
    diffusion : Quantity, optional
        Coefficient of free calcium.
    buffer_ratio : float, optional
        Bound over free calcium, beta.
    pump : Quantity, optional
        Rate of extrusion per area and free calcium, k (a velocity).
    influx : Quantity, optional
        Calcium that enters per area and time during an impulse (mol/m**2/s).
    duration : Quantity, optional
        Of the influx of one impulse.

    Raises
    ------
    DimensionMismatchError, ValueError
        For a wrong unit, or a number that is out of range or not whole.

    Notes
    -----
    Defaults are those of Stockbridge & Moore 1984 (J Neurosci 4:803-811) as they stand in ModelDB
    entry 9888.
    """

    def __init__(
        self,
        diameter: Quantity = 2 * um,
        shells: int = 99,
        diffusion: Quantity = 0.6 * um**2 / ms,
        buffer_ratio: float = 50.0,
        pump: Quantity = 0 * cm / second,
        influx: Quantity = 1e-9 * mol / cm**2 / second,
        duration: Quantity = 1 * ms,
    ) -> None:
        facts = {
            "diameter": (diameter, um),
            "diffusion": (diffusion, um**2 / ms),
            "pump": (pump, cm / second),
            "influx": (influx, mol / cm**2 / second),
            "duration": (duration, ms),
        }
        for name, (value, unit) in facts.items():
            fail_for_dimension_mismatch(value, unit, f"{name} of the terminal")
            least = 0.0 if name == "pump" else np.finfo(float).tiny
            if not least <= float(value) < np.inf:
                raise ValueError(f"{name} must be positive and finite, got {value!r}.")
        if not 0 <= buffer_ratio < np.inf:
            raise ValueError(f"buffer_ratio must be at least 0, got {buffer_ratio!r}.")
        self.shells = whole_number("shells", shells, 2, 2000)
        self.diameter, self.diffusion, self.pump = diameter, diffusion, pump
        self.influx, self.duration = influx, duration
        self.buffer_ratio = float(buffer_ratio)

    def sources(self) -> list[str]:
        """Where the default numbers come from.

        Returns
        -------
        list of str
            Keys of `nmj_brian.bibliography.REFERENCES`.
        """
        return ["StockbridgeMoore1984"]

    def __repr__(self) -> str:
        return (
            f"<CalciumShells: {self.diameter} across, {self.shells} annuli, "
            f"beta {self.buffer_ratio:g}>"
        )

    @property
    def depth(self) -> Quantity:
        """Distance of each shell from the membrane; the first is the rim itself."""
        return np.linspace(0.0, 0.5, self.shells + 1) * self.diameter

    @cached_property
    def _modes(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Decay rates (1/s), shape of each mode [shell, mode], its drive by the influx (mol/m^3/s).

        Points lie on the borders of the annuli, the first on the membrane and the last on the axis,
        and stand for the volume half-way to their neighbors: second order in the spacing.
        """
        from scipy.linalg import eigh_tridiagonal  # takes long to import

        radius = float(self.diameter) / 2
        r = radius * np.linspace(1.0, 0.0, self.shells + 1)
        between = (r[1:] + r[:-1]) / 2
        edges = np.concatenate([[radius], between, [0.0]])
        volume = np.pi * (edges[:-1] ** 2 - edges[1:] ** 2) * (1 + self.buffer_ratio)
        exchange = 2 * np.pi * between * float(self.diffusion) / (r[:-1] - r[1:])
        loss = np.zeros(self.shells + 1)
        loss[:-1] += exchange
        loss[1:] += exchange
        loss[0] += 2 * np.pi * radius * float(self.pump)
        root = np.sqrt(volume)
        rate, vector = eigh_tridiagonal(loss / volume, -exchange / (root[1:] * root[:-1]))
        drive = vector[0] / root[0] * 2 * np.pi * radius * float(self.influx)
        return np.maximum(rate, 0.0), vector / root[:, None], drive

    def _amounts(self, since_s: np.ndarray) -> np.ndarray:
        """Each mode at times since the start of one impulse, [mode, time]."""
        rate, _, drive = self._modes
        on = np.clip(since_s, 0.0, float(self.duration))
        after = np.maximum(since_s - float(self.duration), 0.0)
        x = np.multiply.outer(rate, on)
        entered = on * np.where(x < 1e-9, 1.0, -np.expm1(-x) / np.where(x < 1e-9, 1.0, x))
        return drive[:, None] * entered * np.exp(-np.multiply.outer(rate, after))

    def _total(self, t: Quantity, impulses: Quantity) -> np.ndarray:
        """Each mode after all impulses, [mode, time]; none without impulses."""
        at, starts = (self._seconds(name, x) for name, x in (("t", t), ("impulses", impulses)))
        return sum(
            (self._amounts(at - start) for start in starts), np.zeros((self.shells + 1, len(at)))
        )

    def calcium(self, t: Quantity, impulses: Quantity = 0 * ms) -> Quantity:
        """Free calcium above rest in every shell.

        Parameters
        ----------
        t : Quantity, shape (n,)
            Times.
        impulses : Quantity, optional
            Times at which influx starts (one or many).

        Returns
        -------
        Quantity, shape (n, shells + 1)
            Concentration; column 0 is the rim.

        Raises
        ------
        DimensionMismatchError, ValueError
            If ``t`` or ``impulses`` are not times, not finite or not in one row.
        """
        return (self._modes[1] @ self._total(t, impulses)).T * mol / meter**3

    def rim(self, t: Quantity, impulses: Quantity = 0 * ms) -> Quantity:
        """Free calcium above rest at the membrane.

        Parameters
        ----------
        t : Quantity, shape (n,)
            Times.
        impulses : Quantity, shape (m,), optional
            Times at which influx starts.

        Returns
        -------
        Quantity, shape (n,)
            Concentration; column 0 of `calcium`, without the other shells.

        Raises
        ------
        DimensionMismatchError, ValueError
            If ``t`` or ``impulses`` are not times, not finite or not in one row.
        """
        return (self._modes[1][0] @ self._total(t, impulses)) * mol / meter**3

    def residual(self, interval: Quantity) -> np.ndarray:
        """Calcium of one impulse left at the peak of a second one, relative to the first peak.

        Parameters
        ----------
        interval : Quantity, shape (n,)
            Times between the starts of the two.

        Returns
        -------
        ndarray, shape (n,)
            Pure numbers.

        Raises
        ------
        DimensionMismatchError
            If the intervals are not times.
        """
        after = self._seconds("interval", interval) + float(self.duration)
        return np.asarray(self.rim(after * second) / self.rim(self.duration)[0])

    def facilitation(self, interval: Quantity, power: float = 4.0) -> np.ndarray:
        """Growth of release from the first to the second of a pair, ``(C2 / C1)**power - 1``.

        Parameters
        ----------
        interval : Quantity, shape (n,)
            Times between the starts of the two.
        power : float, optional
            Of release on calcium; 4 as in Stockbridge & Moore 1984.

        Returns
        -------
        ndarray, shape (n,)
            Pure numbers, 0 without facilitation.
        """
        return (1.0 + self.residual(interval)) ** power - 1.0

    def components(self, interval: Quantity, power: float = 4.0) -> dict[str, Any]:
        """Residual calcium as three exponentials: parameters of a junction's release.

        With them, ``junction.replace(**shells.components(...))`` facilitates by residual calcium:
        ``(1 + f1 + f2 + f3)**residual_power``, calcium adding up over a train.

        Parameters
        ----------
        interval : Quantity, shape (n,)
            Intervals, at least eight, over which the exponentials must describe the decay.
        power : float, optional
            Of release on calcium.

        Returns
        -------
        dict
            ``f1_step``, ``f1_time``, ... and ``residual_power``.

        Raises
        ------
        ValueError
            If three exponentials miss the decay by more than 2 % of its largest value.
        """
        from scipy.optimize import least_squares, nnls

        t = self._seconds("interval", interval)
        if len(t) < 8 or np.ptp(t) <= 0:
            raise ValueError("give at least eight different intervals.")
        residual = self.residual(t * second)

        def waves(log_time: np.ndarray) -> np.ndarray:
            return np.exp(-t[:, None] / np.exp(log_time))

        def misfit(log_time: np.ndarray) -> np.ndarray:
            columns = waves(log_time)
            return columns @ nnls(columns, residual)[0] - residual

        start = np.log(np.geomspace(t.min() + np.ptp(t) / 50, 2 * np.ptp(t), 3))
        bounds = (np.log(1e-3), np.log(999.0))
        fit = least_squares(misfit, np.clip(start, *bounds), bounds=bounds)
        if np.abs(fit.fun).max() > 0.02 * residual.max():
            raise ValueError(
                f"three exponentials miss the residual calcium by {np.abs(fit.fun).max():.2g}: "
                "give a narrower range of intervals."
            )
        found = {"residual_power": power}
        slower = np.sort(fit.x)
        steps = nnls(waves(slower), residual)[0]
        for name, step, log_time in zip(_COMPONENTS, steps, slower, strict=True):
            found |= {f"{name}_step": float(step), f"{name}_time": float(np.exp(log_time)) * second}
        return found

    @staticmethod
    def _seconds(name: str, value: Any) -> np.ndarray:
        fail_for_dimension_mismatch(value, second, f"{name} must be times")
        times = np.atleast_1d(np.asarray(value, dtype=float))
        if times.ndim != 1 or not np.isfinite(times).all():
            raise ValueError(f"{name} must be finite times in one row, got {value!r}.")
        return times
