"""Calcium in the domain of an open channel, fitted to the release that it causes."""

from __future__ import annotations

import numpy as np

from .nerve import NerveImpulse
from .parameters import ParameterSet
from .terminal import Terminal

__all__ = ["fit_domain_Ca"]


def fit_domain_Ca(
    junction: ParameterSet, p: float, impulse: NerveImpulse | None = None
) -> ParameterSet:
    """A junction whose rested vesicles are released with probability ``p``: domain calcium fitted.

    Calcium at the sensor is the one number of a terminal that nobody can measure; it is fitted to
    release, again after a change of what is known better (the action potential, the channels).

    Parameters
    ----------
    junction : ParameterSet
        With the bath in which ``p`` holds.
    p : float
        Release probability, between 0 and 1.
    impulse : NerveImpulse, optional
        As in `Terminal`.

    Returns
    -------
    ParameterSet
        With another ``domain_Ca``, of source "user".

    Raises
    ------
    ValueError
        If no amplitude within the range of ``domain_Ca`` gives ``p``.
    """
    from scipy.optimize import brentq  # takes long to import

    if not 0 < p < 1:
        raise ValueError(f"a release probability lies between 0 and 1, got {p!r}.")
    facts = junction["domain_Ca"]
    unit = facts.unit

    def excess(log_amplitude: float) -> float:
        domain_Ca = float(np.exp(log_amplitude)) * unit
        return np.log(Terminal(junction, impulse, domain_Ca=domain_Ca).p / p)

    low, high = (float(np.log(float(x / unit))) for x in (facts.low, facts.high))
    try:
        found = brentq(excess, low + 1e-9, high - 1e-9, xtol=1e-7)
    except ValueError as error:
        raise ValueError(
            f"{junction.name}: no domain_Ca from {facts.low} to {facts.high} gives p = {p:.4g}."
        ) from error
    return junction.replace(domain_Ca=float(np.exp(found)) * unit)
