"""Rocuronium taken up by sugammadex: the complex forms in plasma and empties the effect site.

Model of Kleijn et al. (2011): free rocuronium and free sugammadex each have two compartments; in
plasma they form a complex one to one, which is distributed and cleared as sugammadex is; free
sugammadex in plasma also takes rocuronium from the effect site. The product of two concentrations
makes it nonlinear, so that it is integrated (relative error 1e-9), while everything before the
first sugammadex is exact.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from brian2 import Quantity, second
from brian2.units.fundamentalunits import fail_for_dimension_mismatch

from ..units import hour, molar
from .kinetics import Course, hill

__all__ = ["Reversal", "reversal"]


class Reversal:
    """Rocuronium with sugammadex against time; call it for the effect site.

    Parameters
    ----------
    blocker, binder : Course
        Rocuronium and sugammadex.
    until : Quantity
        Last time that can be asked.
    """

    def __init__(self, blocker: Course, binder: Course, until: Quantity) -> None:
        self.blocker, self.binder, self.until = blocker, binder, until
        self._end_s = float(until / second)
        self._start_s = binder.doses[0].time_s if binder.doses else self._end_s
        self._parts = self._solve()

    def _solve(self) -> list[tuple[float, Any]]:
        """Dense solutions from one change of dosing to the next."""
        from scipy.integrate import solve_ivp  # takes long to import

        roc, sug = self.blocker.kinetics, self.binder.kinetics
        A, S = roc.matrix(), sug.matrix()
        V1, W1 = roc.si("V1"), sug.si("V1")
        on, off, take = (sug.si(k) for k in ("k_on", "k_off", "k_effect"))
        rate = [0.0, 0.0]  # infusions, mol/s

        def slope(t: float, y: np.ndarray) -> np.ndarray:
            free, binder, both = y[:3], y[3:5], y[5:]
            flux = on * free[0] * binder[0] - off * both[0]  # mol/(m^3 s), of the binder's volume
            d = np.concatenate([A @ free, S @ binder, S @ both])
            d[0] += rate[0] / V1 - flux * W1 / V1
            d[2] -= take * binder[0] * free[2]
            d[3] += rate[1] / W1 - flux
            d[5] += flux
            return d

        changes = [(d.time_s, 0, d) for d in self.blocker.doses if d.time_s > self._start_s]
        changes += [(d.time_s, 1, d) for d in self.binder.doses]
        changes.sort(key=lambda c: c[0])
        y = np.zeros(7)
        y[:3] = self.blocker.states(self._start_s * second)
        rate[0] = sum(d.rate_mol for d in self.blocker.doses if d.time_s <= self._start_s)
        parts = []
        for i, (time, which, dose) in enumerate(changes):
            y = y.copy()
            y[3 * which] += dose.bolus_mol / (W1 if which else V1)
            rate[which] += dose.rate_mol
            end = changes[i + 1][0] if i + 1 < len(changes) else self._end_s
            if time >= self._end_s or end <= time:
                continue
            solution = solve_ivp(
                slope, (time, end), y, "LSODA", rtol=1e-9, atol=1e-12, dense_output=True
            )
            if not solution.success:
                raise RuntimeError(f"sugammadex could not be followed: {solution.message}")
            parts.append((time, solution.sol))
            y = solution.y[:, -1]
        return parts

    def states(self, t: Quantity) -> np.ndarray:
        """All concentrations in mol/m^3: rocuronium (2 and effect site), sugammadex (2), complex (2).

        Parameters
        ----------
        t : Quantity, any shape
            Times, up to ``until``.

        Returns
        -------
        ndarray, shape (*t.shape, 7)
            Free, free, and bound.

        Raises
        ------
        ValueError
            Beyond ``until``.
        """
        fail_for_dimension_mismatch(t, second, "a course of concentration is asked at times")
        seconds = np.asarray(t, dtype=float)
        flat = np.atleast_1d(seconds).ravel()
        if (flat > self._end_s * (1 + 1e-12)).any():
            raise ValueError(
                f"solved until {self.until}; give reversal(..., until=...) a later time."
            )
        out = np.zeros((len(flat), 7))
        before = flat < self._start_s
        if before.any():
            out[before, :3] = self.blocker.states(flat[before] * second)
        starts = [start for start, _ in self._parts]
        which = np.searchsorted(starts, flat, side="right") - 1
        for i, (_, sol) in enumerate(self._parts):
            here = ~before & (which == i)
            if here.any():
                out[here] = sol(flat[here]).T
        return np.maximum(out, 0.0).reshape(*seconds.shape, 7)

    def plasma(self, t: Quantity) -> Quantity:
        """Free rocuronium in plasma.

        Parameters
        ----------
        t : Quantity, any shape
            Times, up to ``until``.

        Returns
        -------
        Quantity, shape of t
            Concentration.
        """
        return self.states(t)[..., 0] * 1e-3 * molar

    def effect_site(self, t: Quantity) -> Quantity:
        """Free rocuronium at the effect site.

        Parameters
        ----------
        t : Quantity, any shape
            Times, up to ``until``.

        Returns
        -------
        Quantity, shape of t
            Concentration.
        """
        return self.states(t)[..., 2] * 1e-3 * molar

    def __call__(self, t: Quantity) -> Quantity:
        """Free rocuronium at the effect site, see `effect_site`.

        Parameters
        ----------
        t : Quantity, any shape
            Times, up to ``until``.

        Returns
        -------
        Quantity, shape of t
            Concentration.
        """
        return self.effect_site(t)

    def effect(self, t: Quantity) -> np.ndarray:
        """Effect by the source's own Hill curve, see `Course.effect`.

        Parameters
        ----------
        t : Quantity, any shape
            Times, up to ``until``.

        Returns
        -------
        ndarray, shape of t
            0 (none) to 1 (complete).
        """
        return hill(self.blocker.kinetics, self.effect_site(t))

    def timed_array(self, dt: Quantity, duration: Quantity) -> Any:
        """The course at the effect site as a `TimedArray`, see `Course.timed_array`.

        Parameters
        ----------
        dt, duration : Quantity
            Step, and how long from 0.

        Returns
        -------
        TimedArray
            Of concentrations.
        """
        return Course.timed_array(self, dt, duration)

    def __repr__(self) -> str:
        return f"<Reversal of {self.blocker!r} by {self.binder!r}>"


def reversal(blocker: Course, binder: Course, until: Quantity = 6 * hour) -> Reversal:
    """Course of rocuronium when sugammadex is given.

    Source: Kleijn et al. (2011).

    Parameters
    ----------
    blocker : Course
        Rocuronium, of a set with two compartments and an effect site (``pk.rocuronium()``).
    binder : Course
        Sugammadex (``pk.sugammadex().bolus(2*mgram/kgram, at=31*minute)``).
    until : Quantity, optional
        Last time that can be asked.

    Returns
    -------
    Reversal
        Free rocuronium; it serves wherever a course does.

    Raises
    ------
    ValueError, TypeError
        For courses of other drugs.
    """
    if not isinstance(blocker, Course) or not isinstance(binder, Course):
        raise TypeError("reversal takes two courses, of rocuronium and of sugammadex.")
    if "k_effect" not in binder.kinetics:
        raise ValueError(f"{binder.kinetics.name} binds nothing: give a course of pk.sugammadex().")
    if blocker.kinetics.compartments != 2 or "ke0" not in blocker.kinetics:
        raise ValueError(
            f"{blocker.kinetics.name} has not the two compartments and effect site of the model of "
            "Kleijn et al.: give a course of pk.rocuronium('Kleijn2011')."
        )
    if not blocker.kinetics.name.startswith("rocuronium"):
        raise ValueError(f"only rocuronium is bound, not {blocker.kinetics.name}.")
    fail_for_dimension_mismatch(until, second, "'until' is a time")
    return Reversal(blocker, binder, until)
