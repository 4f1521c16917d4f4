"""Each impulse releases some of the ready vesicles; refilling, facilitation and chance do the rest.

The physiology and its equations stand in ``csrc/nmj/release.h``. This module turns a junction's
parameters into the constants of that kernel: the hazard of fusion and the latency table from the
`Terminal`, rates from time constants, and the two coefficients of the quantal size.

Asynchronous release is a second, slow part of the latency distribution: an impulse that releases m
quanta in its burst releases ``asynchronous_release * m`` more, at a rate that decays with
``asynchronous_time``. They come from the same ready vesicles, and facilitate and deplete with the
burst. Deviation from nature: their share does not grow during a train, as it does when calcium
accumulates.
"""

from __future__ import annotations

from functools import cached_property
from typing import Any

import numpy as np
from brian2 import Quantity, second
from brian2.units.fundamentalunits import fail_for_dimension_mismatch

from ._core import release as _core
from .latency import Latency
from .nerve import NerveImpulse
from .parameters import ParameterSet, require, whole_number
from .terminal import Terminal

__all__ = ["ReleaseModel", "size_coefficients"]

_COMPONENTS = ("f1", "f2", "f3", "augmentation", "potentiation")


def size_coefficients(cv: float) -> tuple[float, float]:
    """Coefficients ``a, b`` of the quantal size ``(a + b z)**3``, z normal: mean 1 and this CV.

    Wilson and Hilferty's form of a gamma variate: skewed, never negative, one normal number each.

    Parameters
    ----------
    cv : float
        Coefficient of variation of the size of quanta, at most 1.

    Returns
    -------
    tuple of float
        For ``cv = 0``: 1 and 0, all quanta alike.
    """
    if not 0 <= cv <= 1:
        raise ValueError(f"the CV of quantal size must lie between 0 and 1, got {cv!r}.")
    if cv == 0:
        return 1.0, 0.0

    from scipy.optimize import least_squares  # takes long to import

    def misfit(x: np.ndarray) -> list[float]:
        a, b = x
        variance = 9 * a**4 * b**2 + 36 * a**2 * b**4 + 15 * b**6
        return [a**3 + 3 * a * b**2 - 1, variance / cv**2 - 1]

    a, b = least_squares(misfit, [1 - cv**2 / 9, cv / 3], xtol=1e-15, ftol=1e-15, gtol=1e-15).x
    return float(a), float(b)


class ReleaseModel:
    """The constants of release at one kind of junction, ready for the kernel.

    Parameters
    ----------
    junction : ParameterSet
        A junction (parameters of the terminal and of release).
    latency : bool, optional
        Whether quanta are released at their latencies (default) or all as the impulse arrives.
    mean : bool, optional
        Expected numbers of quanta instead of drawn ones (``noise='none'``).
    impulse : NerveImpulse, optional
        Action potential solved from a membrane, as in `Terminal`.

    Attributes
    ----------
    terminal : Terminal
        The solved terminal.
    sites : int
        Release sites of one terminal.

    Raises
    ------
    TypeError
        If junction is no junction, or impulse no `NerveImpulse`.
    ValueError
        For asynchronous release without latency, or as in `Terminal`.
    """

    def __init__(
        self,
        junction: ParameterSet,
        latency: bool = True,
        mean: bool = False,
        impulse: NerveImpulse | None = None,
    ) -> None:
        require(junction, "sites", example="a Junction such as nmj.junctions.human()")
        self.junction = junction
        self.latency = bool(latency)
        self.mean = bool(mean)
        self.terminal = Terminal(junction, impulse)
        self.sites = round(junction.si("sites"))
        self._late = junction.si("asynchronous_release")
        if self._late > 0 and not self.latency:
            raise ValueError(
                f"{junction.name}: asynchronous_release needs latency, which was switched off."
            )

    def __repr__(self) -> str:
        return (
            f"<ReleaseModel of {self.junction.name}: n = {self.sites}, p = {self.terminal.p:.4g}>"
        )

    @cached_property
    def _scalars(self) -> dict[str, Any]:
        si = self.junction.si
        hazard = float(-np.log1p(-min(self.terminal.p, 1 - 1e-12)))
        scalars: dict[str, Any] = {
            "hazard": hazard * (1.0 + self._late),
            "residual_power": si("residual_power"),
        }
        for name in _COMPONENTS:
            scalars[f"{name}_step"] = si(f"{name}_step")
            scalars[f"{name}_rate_per_s"] = 1.0 / si(f"{name}_time")
        a, b = size_coefficients(si("quantal_cv"))
        return scalars | {
            "refill_rate_per_s": si("refill_rate"),
            "refill_boost_per_s": si("refill_boost"),
            "mobilization_step": si("mobilization_step"),
            "mobilization_rate_per_s": 1.0 / si("mobilization_time"),
            "recruit_boost_per_s": si("recruit_boost"),
            "recruitment_step": si("recruitment_step"),
            "recruitment_rate_per_s": 1.0 / si("recruitment_time"),
            "store_inverse": 1.0 / si("transmitter_store"),
            "filling_rate_per_s": 1.0 / si("filling_time"),
            "mini_rate_per_s": si("mini_rate"),
            "size_a": a,
            "size_b": b,
            "flags": 1 if self.mean else 0,
        }

    def scalars(self) -> dict[str, Any]:
        """Number fields of ``nmj_release_model`` in csrc/nmj/release.h.

        Returns
        -------
        dict of str to float or int
            In SI units, by field name.
        """
        return dict(self._scalars)

    def arrays(self) -> dict[str, np.ndarray]:
        """Array fields of ``nmj_release_model``: the table of latencies.

        Returns
        -------
        dict of str to ndarray
            ``latency_s``, in seconds, at the hazards of `nmj_brian.latency.latency_hazards`; nothing if
            quanta leave as the impulse arrives.
        """
        if not self.latency:
            return {}
        if not self.terminal.p > 1e-15:
            return {"latency_s": np.zeros(_core.LATENCY_POINTS)}
        return {"latency_s": np.ascontiguousarray(self.release_times.table())}

    @property
    def release_times(self) -> Latency:
        """When quanta leave, late ones included."""
        share = self._late / (1.0 + self._late)
        return self.terminal.latency.delayed(share, self.junction.asynchronous_time)

    @property
    def m(self) -> float:
        """Quantal content, n p, of the burst of a rested terminal."""
        return self.sites * self.terminal.p

    def train(self, impulses: Quantity, terminals: int = 1, seed: int = 0) -> np.ndarray:
        """Quanta that each impulse of a train releases at rested terminals, without a network.

        Parameters
        ----------
        impulses : Quantity, shape (n,)
            Times of arrival, in order, from 0 on.
        terminals : int, optional
            How many terminals, each with its own random numbers.
        seed : int, optional
            Selects the random numbers.

        Returns
        -------
        ndarray, shape (terminals, n)
            Whole numbers, or their expectations if the model was made with ``mean=True``.

        Raises
        ------
        DimensionMismatchError
            If impulses are not times.
        ValueError
            If they are not in order, or a number is not whole or out of range.
        """
        fail_for_dimension_mismatch(impulses, second, "impulses must be times")
        arrivals = np.ascontiguousarray(np.atleast_1d(np.asarray(impulses, dtype=float)))
        if not (np.isfinite(arrivals).all() and (np.diff(arrivals, prepend=0.0) >= 0).all()):
            raise ValueError("impulses must come in order, from time 0 on.")
        terminals = whole_number("terminals", terminals, 1)
        seed = whole_number("seed", seed, 0, 2**32 - 1)
        quanta, ready = np.empty((2, terminals, len(arrivals)))
        _core.train(self.kernel(), float(self.sites), (seed, 0), arrivals, quanta, ready)
        return quanta

    def kernel(self) -> _core.ReleaseKernel:
        """The compiled kernel with these constants.

        Returns
        -------
        ReleaseKernel
            Of `nmj_brian._core.release`.
        """
        return _core.ReleaseKernel(self.scalars(), self.arrays().get("latency_s"))
