"""One quantum: the ACh of one vesicle spreads in the cleft, opens receptors and is hydrolysed.

Equations (per ring of the cleft, see csrc/nmj/quantum.h): diffusion in the disc, binding to every
receptor by its own Markov scheme, ``ACh + E -> EA -> E`` with saturable AChE, loss over the edge
at ``cleft_radius``.

Deviations from the biology, stated: the cleft is a disc; junctional folds are averaged into the
receptor density or, with ``fold_opening`` above 0, are slits under the disc that hold receptors and
ACh (`nmj_brian.folds`), averaged around the release site; a competitive antagonist removes receptors
for the whole current; the edge absorbs, because outside the cleft ACh is diluted for good.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any

import numpy as np
from brian2 import Quantity, amp, coulomb, have_same_dimensions, metre, mV, second, volt
from brian2.units.fundamentalunits import fail_for_dimension_mismatch

from .binding import trapezoid
from .cleft import Cleft, Release, bound_ligands, followed_s, sample_times
from .parameters import require
from .units import molar

__all__ = ["Quantum"]


class Quantum:
    """A miniature end-plate current: what one vesicle of ACh does to the receptors around it.

    Parameters
    ----------
    junction : Junction
        Cleft, vesicle, AChE and receptor (``junction.receptor``), at the junction's temperature.
    v : Quantity or (Quantity, Quantity), optional
        Holding potential, or times and voltages of a moving one (rates linear between the times).
    duration : Quantity, optional
        How long to follow it; by default eight times the slowest deactivation of the receptor
        (at least 5 ms).
    density : float, optional
        Further factor on the density of free receptors.
    rings : int, optional
        Rings of the radial grid.
    tolerance : float, optional
        Relative error per time step.

    Raises
    ------
    ValueError
        For a number that is not finite or out of range (each message says which).
    DimensionMismatchError, TypeError
        For a wrong unit, or what is no junction.
    RuntimeError
        If diffusion cannot be solved to the end.

    Examples
    --------
    >>> quantum = nmj.Quantum(nmj.junctions.human(), v=-80*mV)      # doctest: +SKIP
    >>> quantum.peak, quantum.rise_time, quantum.decay_time         # doctest: +SKIP
    """

    def __init__(
        self,
        junction: Any,
        v: Any = -80 * mV,
        *,
        duration: Quantity | None = None,
        density: float = 1.0,
        rings: int = 64,
        tolerance: float = 1e-4,
    ) -> None:
        require(junction, "cleft_width", example="a Junction such as nmj.junctions.human()")
        self.junction = junction
        self.receptor = junction.receptor.at(junction.temperature)
        self.v = v
        if not 0.0 <= density <= 1e3:
            raise ValueError(
                f"density is a factor on the free receptors, 0 or more; got {density!r}."
            )
        if not 8 <= rings <= 2000:
            raise ValueError(f"rings must lie between 8 and 2000, got {rings!r}.")
        if not 1e-12 <= tolerance <= 1e-2:
            raise ValueError(f"tolerance must lie between 1e-12 and 1e-2, got {tolerance!r}.")
        self._v_volt = _voltage(v)
        if duration is None:
            duration_s = followed_s(self.receptor, self._v_volt)
        else:
            fail_for_dimension_mismatch(duration, second, "duration of a quantum is a time")
            duration_s = float(duration / second)
            if not 1e-5 <= duration_s <= 100.0:
                raise ValueError(f"duration must lie between 10 us and 100 s, got {duration}.")
        cleft = Cleft.of(junction, density)
        self._cleft = replace(cleft, rings=int(rings), rtol=float(tolerance))
        self._release = self._cleft.solve(self.receptor, self._v_volt, sample_times(duration_s))
        self._states = tuple(self.receptor.states)
        receptors = self._release.receptors
        self._open = (receptors - receptors[0]) @ np.asarray(self.receptor.open, dtype=float)

    @property
    def t(self) -> Quantity:
        """Times since release (dense during the rise, sparse during the decay)."""
        return self._release.t_s * second

    @property
    def open_channels(self) -> np.ndarray:
        """Number of channels that the quantum opens against `t`, beyond those open in the bath."""
        return self._open.copy()

    @property
    def free_ACh(self) -> np.ndarray:
        """Free ACh molecules in the cleft against `t`."""
        return self._release.free.copy()

    @property
    def occupancy(self) -> Mapping[str, np.ndarray]:
        """Number of receptors in each state against `t`, by the state's name."""
        columns = self._release.receptors.T
        return MappingProxyType({s: c.copy() for s, c in zip(self._states, columns, strict=True)})

    @property
    def conservation(self) -> dict[str, np.ndarray]:
        """Where the ACh is at each `t`, in molecules; ``error`` is the relative departure of the
        sum.
        """
        r = self._release
        bound = r.receptors @ self._bound - (r.receptors @ self._bound)[0]
        parts = {
            "free": r.free,
            "vesicle": r.vesicle,
            "receptors": bound,
            "AChE": r.enzyme,
            "hydrolysed": r.hydrolysed,
            "escaped": r.escaped,
        }
        total = sum(parts.values())
        return {**parts, "error": total / self._cleft.molecules - 1.0}

    @property
    def _bound(self) -> np.ndarray:
        q0, qb = self.receptor.matrices(float(np.ravel(_volts(self._v_volt))[0]))
        return bound_ligands(q0, qb, int(self.receptor.rest))

    @property
    def peak(self) -> float:
        """Largest number of open channels (between samples: parabola)."""
        i = int(np.argmax(self._open))
        if i == 0 or i == len(self._open) - 1:
            return float(self._open[i])
        c = np.polyfit(
            self._release.t_s[i - 1 : i + 2] - self._release.t_s[i], self._open[i - 1 : i + 2], 2
        )
        return float(c[2] - c[1] ** 2 / (4 * c[0])) if c[0] < 0 else float(self._open[i])

    def _peak_index(self) -> int:
        i = int(np.argmax(self._open))
        if not 0 < i < len(self._open) - 1:
            raise ValueError(
                "no current rises and falls here: are there receptors (receptor_fraction, "
                "antagonist_occupancy), and is 'duration' long enough?"
            )
        return i

    @property
    def rise_time(self) -> Quantity:
        """Time from 20 to 80 % of the peak."""
        i = self._peak_index() + 1
        low, high = np.interp(
            [0.2 * self.peak, 0.8 * self.peak], self._open[:i], self._release.t_s[:i]
        )
        return (high - low) * second

    @property
    def decay_time(self) -> Quantity:
        """Time constant of one exponential fitted to the open channels from 80 to 20 % of the peak.

        Least squares on the logarithm at 200 equidistant times.
        """
        t, y = self._release.t_s, self._open
        i, peak = self._peak_index(), self.peak
        if not y[-1] < 0.2 * peak:
            raise ValueError(
                f"the current has not decayed to 20 % of its peak after {t[-1] * 1e3:.3g} ms: "
                "give a longer 'duration'."
            )
        limits = np.interp([-0.8 * peak, -0.2 * peak], -y[i:], t[i:])
        grid = np.linspace(*limits, 200)
        slope = np.polyfit(grid, np.log(np.interp(grid, t, y)), 1)[0]
        return -1.0 / slope * second

    @property
    def efold_time(self) -> Quantity:
        """Time from the peak until the open channels have fallen to 1/e of it."""
        t, y = self._release.t_s, self._open
        i, peak = self._peak_index(), self.peak
        if not y[-1] < peak / np.e:
            raise ValueError(
                "the current has not decayed to 1/e of its peak: give a longer 'duration'."
            )
        return (float(np.interp(-peak / np.e, -y[i:], t[i:])) - t[i]) * second

    def current(self, v: Any = None) -> Quantity:
        """End-plate current against `t`; inward current is negative.

        Parameters
        ----------
        v : Quantity or (Quantity, Quantity), optional
            Voltage that drives the current, or times and voltages of a moving one; by default the
            one at which the quantum was solved. It changes the driving force only: the kinetics are
            those at ``Quantum(..., v=...)``.

        Returns
        -------
        Quantity, shape (times,)
            Open channels times conductance times distance from the reversal potential.

        Raises
        ------
        ValueError, DimensionMismatchError
            For a voltage that is not finite, beyond 500 mV or of a wrong unit, or a pair that is no
            course.
        """
        table = self._v_volt if v is None else _voltage(v)
        volts = np.interp(self._release.t_s, *table) if isinstance(table, tuple) else table
        drive = volts - float(self.receptor.reversal / volt)
        return self._open * drive * volt * self.receptor.conductance

    @property
    def charge(self) -> Quantity:
        """Time integral of `current`; inward charge is negative."""
        i = np.asarray(self.current() / amp)
        return float(trapezoid(i, self._release.t_s)) * coulomb

    def ACh(self, r: Quantity = 0 * metre) -> Quantity:
        """Concentration of free ACh at distance ``r`` from the release site, against `t`.

        Parameters
        ----------
        r : Quantity, optional
            One distance or an array of them, 0 to the cleft's radius; by default 0.

        Returns
        -------
        Quantity, shape (times,) or (distances, times)
            Concentration; linear between the centers of rings, constant beyond the first and last.

        Raises
        ------
        DimensionMismatchError, ValueError
            If a distance is of a wrong unit, negative or beyond the cleft's radius.
        """
        if not have_same_dimensions(r, metre):
            fail_for_dimension_mismatch(r, metre, "distance from the release site")
        radius = np.asarray(r / metre, dtype=float)
        if radius.min() < 0 or radius.max() > self._cleft.radius_m:
            raise ValueError(
                "r must lie between 0 and the cleft's radius, "
                f"{self._cleft.radius_m * 1e9:.4g} nm; got {r}."
            )
        full: Release = self._cleft.solve(
            self.receptor, self._v_volt, self._release.t_s, profile=True
        )
        center = 0.5 * (full.edges_m[1:] + full.edges_m[:-1])
        conc = np.array([np.interp(np.ravel(radius), center, row) for row in full.conc_M]).T
        return (conc[0] if radius.ndim == 0 else conc) * molar

    def __repr__(self) -> str:
        return (
            f"<Quantum: {self.peak:.0f} open channels, {len(self._states)} receptor states, "
            f"{self._release.steps} steps>"
        )


def _volts(v: Any) -> np.ndarray:
    return v[1] if isinstance(v, tuple) else np.array([v])


def _voltage(v: Any) -> float | tuple[np.ndarray, np.ndarray]:
    """Volts, or arrays of seconds and volts, from what the user gave."""
    if isinstance(v, tuple):
        if len(v) != 2:
            raise ValueError("a moving voltage is a pair (times, voltages).")
        fail_for_dimension_mismatch(v[0], second, "times of a moving voltage")
        fail_for_dimension_mismatch(v[1], volt, "a moving voltage")
        t, u = (
            np.ascontiguousarray(np.asarray(x / unit), dtype=float)
            for x, unit in zip(v, (second, volt), strict=True)
        )
        if t.ndim != 1 or t.shape != u.shape or len(t) < 2 or np.any(np.diff(t) <= 0) or t[0] > 0:
            raise ValueError(
                "a moving voltage needs as many voltages as times (two or more); times "
                "must ascend from 0."
            )
        finite = np.isfinite(t).all() and np.isfinite(u).all()
        result, largest = (t, u), np.abs(u).max()
    else:
        fail_for_dimension_mismatch(v, volt, "the voltage of a quantum")
        result = float(v / volt)
        finite, largest = np.isfinite(result), abs(result)
    if not finite or largest > 0.5:
        raise ValueError(f"a membrane voltage must be finite and within +-500 mV, got {v}.")
    return result
