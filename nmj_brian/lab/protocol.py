"""On what an experiment is done, and how much of it: checked and chosen before anything runs."""

from __future__ import annotations

import numpy as np

from .. import fibers as fiber_presets
from ..fiber import Fiber
from ..junction import Junction
from ..match import warn_of_untreated
from ..units import degC

__all__ = ["SPREAD", "check_size", "fiber_for", "site_numbers"]

#: Junctions of a muscle differ in size, release sites and receptors of the end plate alike, by this coefficient of
#: variation: assumed, since no measured value was found. With it the twitch fails over the range that is published
#: (Paton & Waud 1967). A single quantum meets as many receptors in a large end plate as in a small one.
SPREAD = 0.3

#: Entries of the arrays of one experiment; more would not fit into the memory of a small machine.
_MOST_ENTRIES = 50_000_000
#: Numbers of the state of one junction with its fiber (measured: 82 after the first impulse, more as impulses overlap),
#: and of the description of a junction under one dose of a drug (measured: 1,300).
_STATE, _DESCRIPTION = 120, 1500


def fiber_for(junction: Junction, fiber: Fiber | None) -> Fiber:
    """The muscle fiber that belongs to a junction: of its species, at its temperature.

    Parameters
    ----------
    junction : Junction
        Its name begins with a species.
    fiber : Fiber or None
        What the user asked for, checked.

    Returns
    -------
    Fiber
        ``fiber``, or the preset of the species under those of the junction's conditions that act on
        fibers too.

    Raises
    ------
    TypeError, ValueError
        If the junction or fiber is something else, no preset fits, or the temperatures differ.
    """
    if not isinstance(junction, Junction):
        raise TypeError(
            f"junction must be a Junction such as nmj.junctions.human(), got {junction!r}."
        )
    if fiber is None:
        species = junction.name.split()[0] if junction.name else ""
        if species not in fiber_presets.__all__:
            raise ValueError(
                f"No muscle fiber is known for '{junction.name}'; give fiber=, e.g. "
                "nmj.fibers.human()."
            )
        healthy = getattr(fiber_presets, species)(temperature=junction.temperature)
        return healthy.under(*(c for c in junction.conditions if "fiber" in c.acts_on))
    if not isinstance(fiber, Fiber):
        raise TypeError(f"fiber must be a Fiber such as nmj.fibers.human(), got {fiber!r}.")
    if abs(float(junction.temperature - fiber.temperature)) > 0.01:
        raise ValueError(
            f"The junction is at {junction.temperature / degC:g} degC and the fiber is at "
            f"{fiber.temperature / degC:g} degC; make both at one temperature."
        )
    warn_of_untreated(junction, fiber, stacklevel=4)
    return fiber


def check_size(
    impulses: int, fibers: int, *, samples: int = 0, each: int = 0, doses: int = 0
) -> None:
    """Refuse a protocol whose arrays would be too large.

    Parameters
    ----------
    impulses, fibers : int
        Every response of every fiber is kept.
    samples : int, optional
        Of a waveform after every impulse.
    each : int, optional
        Numbers that are kept of every fiber besides.
    doses : int, optional
        Of a drug, each to all fibers.

    Raises
    ------
    ValueError
        Before anything runs.
    """
    kept = (
        (impulses * fibers, f"{impulses} impulses to {fibers} fibers"),
        (impulses * samples, f"waveforms of {samples} samples after {impulses} impulses"),
        (fibers * each, f"{fibers} fibers with {each} numbers of each"),
        (fibers * _STATE, f"{fibers} fibers, whose state is {_STATE} numbers each,"),
        (doses * fibers, f"{doses} doses to {fibers} fibers"),
        (doses * _DESCRIPTION, f"{doses} doses, each with a junction of {_DESCRIPTION} numbers,"),
    )
    for entries, what in kept:
        if entries > _MOST_ENTRIES:
            raise ValueError(
                f"{what} are more than this machine should hold ({_MOST_ENTRIES:.0e} numbers): take "
                f"fewer {'doses' if 'doses' in what else 'fibers'}, or a shorter protocol."
            )


def site_numbers(junction: Junction, fibers: int, spread: float, seed: int) -> np.ndarray | None:
    """Release sites of every junction of a muscle whose terminals differ in size.

    Parameters
    ----------
    junction : Junction
        The mean.
    fibers : int
        How many.
    spread : float
        Coefficient of variation of their number (log-normal); 0: all alike.
    seed : int
        Selects them.

    Returns
    -------
    ndarray of float or None
        Whole numbers of at least 1; None if all are alike.
    """
    if spread == 0:
        return None
    chance = np.random.default_rng([seed % 2**63, 0x51735])
    sigma = np.sqrt(np.log1p(spread**2))
    factor = np.exp(sigma * chance.standard_normal(fibers) - 0.5 * sigma**2)
    return np.maximum(np.round(junction.si("sites") * factor), 1.0)
