"""Dose and response: of a drug at a whole junction, or of agonist at its receptor, with a Hill fit."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from brian2 import Quantity, molar, mV, nA

from .. import junctions
from ..fiber import Fiber
from ..junction import Junction
from ..parameters import whole_number
from ..quantum import Quantum
from ..receptor import Receptor
from .muscle import Muscle
from .progress import Progress
from .protocol import SPREAD, check_size, fiber_for, site_numbers
from .result import Array, Result, check_seed, new_axes, share

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["DoseResponseCurve", "dose_response"]

#: What can be measured at every dose: unit and meaning.
_RESPONSES = {
    "twitch": ("1", "share of the fibers that fire"),
    "epp": ("mV", "end-plate potential, Na channels blocked"),
    "mepc": ("nA", "miniature current"),
    "open": ("1", "share of open channels"),
}


@dataclass(frozen=True, eq=False, kw_only=True)
class DoseResponseCurve(Result):
    """Responses to doses, and the Hill curve through them.

    Attributes
    ----------
    response : str
        What was measured: 'twitch', 'epp', 'mepc' or 'open'.
    unit : str
        Of the responses.
    doses : Quantity or ndarray, shape (doses,)
        Concentrations, or numbers.
    responses : ndarray, shape (doses,)
        At each dose.
    control : float
        Without drug.
    ec50 : Quantity or float
        Dose of the half effect; NaN if no Hill curve describes the responses.
    hill : float
        Hill coefficient, positive.
    end : float
        Response at the largest doses, by the fit.
    junction, fiber, seed, versions
        How it came about, as in `nmj_brian.lab.Result`.
    """

    response: str
    unit: str
    doses: Any = field(repr=False)
    responses: np.ndarray = field(repr=False)
    control: float
    ec50: Any
    hill: float
    end: float

    def fitted(self, doses: Any) -> np.ndarray:
        """The Hill curve ``control + (end - control) / (1 + (ec50/dose)^hill)``.

        Parameters
        ----------
        doses : Quantity or ndarray
            In the unit of the doses.

        Returns
        -------
        ndarray
            Responses.
        """
        ratio = np.asarray(self.ec50 / doses, dtype=float)
        return self.control + (self.end - self.control) / (1 + ratio**self.hill)

    def at(self, level: float) -> Any:
        """Dose at which the response first reaches a level, between doses in proportion to log dose.

        Parameters
        ----------
        level : float
            In the unit of the responses.

        Returns
        -------
        Quantity or float
            NaN if it is not reached.
        """
        x, y = np.log(np.asarray(self.doses)), self.responses - level
        crossed = np.flatnonzero((y[:-1] > 0) != (y[1:] > 0))
        one = self.doses[0] / float(np.asarray(self.doses)[0])
        if not crossed.size:
            return np.nan * one
        i = int(crossed[0])
        return float(np.exp(x[i] - y[i] * (x[i + 1] - x[i]) / (y[i + 1] - y[i]))) * one

    def _scaled(self) -> tuple[np.ndarray, float, str]:
        """Doses and EC50 in a unit that reads well."""
        if isinstance(self.doses, Quantity) and self.doses.dim == molar.dim:
            return np.asarray(self.doses / molar) * 1e6, float(self.ec50 / molar) * 1e6, "uM"
        unit = str(self.doses.dim) if isinstance(self.doses, Quantity) else "1"
        return np.asarray(self.doses, dtype=float), float(self.ec50), unit

    def _arrays(self) -> dict[str, Array]:
        doses, _, unit = self._scaled()
        return {
            "dose": Array(("dose",), doses, unit, "dose"),
            "response": Array(("dose",), self.responses, self.unit, _RESPONSES[self.response][1]),
            "fit": Array(("dose",), self.fitted(self.doses), self.unit, "Hill curve"),
        }

    def _summary(self) -> list[tuple[str, str, str]]:
        doses, ec50, unit = self._scaled()
        dose_unit = "" if unit == "1" else f" {unit}"
        unit_text = "" if self.unit == "1" else f" {self.unit}"
        inside = not (ec50 < doses[0] or ec50 > doses[-1])  # without an effect there is none
        where = f"{len(doses)} doses, {doses[0]:.3g} to {doses[-1]:.3g}" + (
            "" if inside else ": extrapolated"
        )
        return [
            ("response", self.response, _RESPONSES[self.response][1]),
            ("without drug", f"{self.control:.3g}{unit_text}", ""),
            ("half effect at", f"{ec50:.3g}{dose_unit}", where),
            ("Hill coefficient", f"{self.hill:.2f}", ""),
            ("at large doses", f"{self.end:.3g}{unit_text}", "by the fit"),
        ]  # fmt: skip

    def plot(self, ax: Axes | None = None) -> Axes:
        """Responses against dose, with the Hill curve.

        Parameters
        ----------
        ax : Axes, optional
            Where to draw; by default a new figure.

        Returns
        -------
        Axes
            Of matplotlib; nothing is shown on the screen.
        """
        ax = new_axes(ax, figsize=(5.5, 3.6))
        doses, ec50, unit = self._scaled()
        ax.semilogx(doses, self.responses, "o", label="simulated")
        if np.isfinite(ec50):
            fine = np.geomspace(doses[0], doses[-1], 200)
            ratio = ec50 / fine
            curve = self.control + (self.end - self.control) / (1 + ratio**self.hill)
            ax.plot(fine, curve, c="C0", label=f"Hill: {ec50:.3g} {unit}, n = {self.hill:.1f}")
        ax.axhline(self.control, ls=":", c="gray", label="without drug")
        name, text = self.response, _RESPONSES[self.response][1]
        ax.set(
            xlabel=f"dose ({unit})", ylabel=text if self.unit == "1" else f"{text} ({self.unit})"
        )
        ax.set_ylim(bottom=0)
        ax.set_title(f"dose and response: {name}")
        ax.legend(fontsize="small", frameon=False)
        return ax


def dose_response(
    drug: Callable[[Any], Any] | Receptor,
    doses: Any = None,
    *,
    response: str | None = None,
    junction: Junction | None = None,
    fibers: int = 200,
    fiber: Fiber | None = None,
    spread: float = SPREAD,
    seed: int | None = None,
) -> DoseResponseCurve:
    """Dose-response curve of a drug at the junction, or of agonist at a receptor, with a Hill fit.

    Parameters
    ----------
    drug : callable or Receptor
        Makes of a dose a condition (a function of a junction) or a junction:
        ``lambda x: healthy.replace(antagonist_occupancy=x)``. A receptor is exposed to its agonist.
    doses : Quantity or array_like, shape (doses,), optional
        Rising, above zero, at least 4; by default 13 concentrations from 10 nM to 100 uM (1 nM to
        10 mM at a receptor).
    response : {'twitch', 'epp', 'mepc', 'open'}, optional
        Share of rested fibers that fire (default), mean end-plate potential, miniature current; open
        channels of a receptor.
    junction : Junction, optional
        What the drug acts on; default `nmj_brian.junctions.human()`.
    fibers : int, optional
        How many at every dose.
    fiber : Fiber, optional
        By default the species' at the junction's temperature.
    spread : float, optional
        Coefficient of variation of the size of junctions (sites, receptors), 0.3 by default; 0: all alike.
    seed : int, optional
        By default a fresh one, kept in the result; every dose has the same quanta.

    Returns
    -------
    DoseResponseCurve
        Responses, EC50 and Hill coefficient.

    Raises
    ------
    ValueError, TypeError, DimensionMismatchError
        For a protocol that makes no sense, before anything runs.
    """
    receptor = drug if isinstance(drug, Receptor) else None
    if receptor is None and not callable(drug):
        raise TypeError(
            "drug must make a condition or a junction of a dose, such as lambda x: "
            f"healthy.replace(antagonist_occupancy=x), or be a Receptor; got {drug!r}."
        )
    if doses is None:
        doses = np.geomspace(*((1e-9, 1e-2) if receptor else (1e-8, 1e-4)), 13) * molar
    values = np.atleast_1d(np.asarray(doses, dtype=float))
    if values.ndim != 1 or len(values) < 4 or not (np.diff(values) > 0).all() or not values[0] > 0:
        raise ValueError("doses must be at least 4 rising numbers above zero.")
    known = ("open",) if receptor else ("twitch", "epp", "mepc")
    response = known[0] if response is None else response
    if response not in known:
        raise ValueError(f"response must be one of {known}, got {response!r}.")
    spread = share("spread", spread, 2.0)
    fibers = whole_number("fibers", fibers, 1)
    check_size(1, fibers, doses=len(values))
    unit = _RESPONSES[response][0]
    if receptor is not None:
        agonist = {receptor.agonist: doses}
        measured = np.asarray(receptor.open_probability(**agonist), dtype=float)
        control, junction, seed = (
            float(receptor.open_probability(**{receptor.agonist: 0 * molar})),
            None,
            None,
        )
    else:
        junction = junctions.human() if junction is None else junction
        treated = [_under(drug, dose, junction) for dose in doses]
        own = [fiber_for(one, fiber) for one in (junction, *treated)]
        fiber = own[0]
        seed = check_seed(seed)
        sites = site_numbers(junction, fibers, spread, seed)
        with Progress("dose and response", len(treated) + 1) as progress:
            found = []
            for one, its in zip((junction, *treated), own, strict=True):
                found.append(_measure(one, response, its, fibers, sites, seed))
                progress.next()
        control, measured = found[0], np.array(found[1:])
    ec50, hill, end = _fit(values, measured, control)
    return DoseResponseCurve(
        junction=junction,
        fiber=fiber if receptor is None else None,
        seed=seed,
        response=response,
        unit=unit,
        doses=doses,
        responses=measured,
        control=control,
        ec50=ec50 * (doses[0] / values[0]),
        hill=hill,
        end=end,
    )


def _under(drug: Callable[[Any], Any], dose: Any, junction: Junction) -> Junction:
    """The junction under a dose, from a function that makes a condition or a junction of it."""
    made = drug(dose)
    treated = made if isinstance(made, Junction) else made(junction) if callable(made) else made
    if not isinstance(treated, Junction):
        raise TypeError(f"the drug made {treated!r} of the dose {dose}: a Junction is needed.")
    return treated


def _measure(
    junction: Junction, response: str, fiber: Fiber, fibers: int, sites: Any, seed: int
) -> float:
    """One response of a rested junction."""
    if response == "mepc":
        return float(np.abs(np.asarray(Quantum(junction).current() / nA)).max())
    silent = 0.0 if response == "epp" else 1.0
    dish = Muscle(junction, fiber, fibers, seed=seed, sites=sites, Na_available=silent)
    dish.wait(20e-3)
    before = dish.v_V
    record = dish.stimulate(np.array([dish.t_s]))
    if response == "epp":
        return float((record.peak_v_V[0] - before).mean() * 1e3 * mV / mV)
    return float((record.first_spikes()[1][0] > 0).mean())


def _fit(doses: np.ndarray, responses: np.ndarray, control: float) -> tuple[float, float, float]:
    """EC50, Hill coefficient and final response; NaN where there is no effect to describe."""
    from scipy.optimize import least_squares  # takes long to import

    effect = responses - control
    best = int(np.abs(effect).argmax())
    largest = effect[best]
    if abs(largest) < 1e-9 * max(abs(control), 1e-9):
        return np.nan, np.nan, control
    # Large doses may act against themselves (agonist blocks its channel): up to the largest effect.
    x, effect = np.log(doses[: best + 1]), effect[: best + 1]
    half = x[np.abs(effect) >= 0.5 * abs(largest)][0]
    # A response that is abolished cannot fall further.
    most = min(5.0, control / -largest) if largest < 0 else 5.0

    def misfit(guess: np.ndarray) -> np.ndarray:
        return (guess[2] / (1 + np.exp(-guess[1] * (x - guess[0]))) * largest - effect) / largest

    wide = np.log(doses[-1] / doses[0])
    low, high = [x[0] - wide, 0.05, 0.2], [x[-1] + wide, 200.0, max(most, 1.0) + 1e-6]
    found = least_squares(misfit, [half, 2.0, 1.0], bounds=(low, high)).x
    return float(np.exp(found[0])), float(found[1]), float(control + found[2] * largest)
