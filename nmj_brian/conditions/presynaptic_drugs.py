"""Drugs that act on the nerve terminal: amifampridine, magnesium, aminoglycosides."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from brian2 import Quantity

from ..condition import Condition, chosen, derived, dose
from ..conditioned import dosed
from ..nerve import NerveImpulse
from ..nerves import frog
from ..parameters import Parameter
from ..presets.drugs import DIAMINOPYRIDINE, NEOMYCIN
from ..units import mM, uM

__all__ = ["amifampridine", "magnesium", "neomycin"]


@lru_cache(maxsize=64)
def _widening(blocked: float) -> float:
    """How much wider a nerve's action potential is with a share of its K channels blocked."""
    return NerveImpulse(frog().replace(K_available=1 - blocked)).widening


def amifampridine(blocked: float | None = None) -> Condition:
    """Amifampridine (3,4-diaminopyridine): it blocks K channels, and the action potential widens.

    By how much is solved from the membrane of a frog's node (Frankenhaeuser & Huxley 1964) at 20
    degC; the same widening is assumed at every temperature and at the terminal.

    Parameters
    ----------
    blocked : float, optional
        Share of the terminal's K channels blocked, 0 to 0.95; default 0.8. No affinity for the
        channels of motor terminals was found, so that there is no dose.

    Returns
    -------
    Condition
        Acts on ``ap_width``, and on a nerve's ``K_available``.

    Raises
    ------
    ValueError
        For a share outside its range, or one with which the membrane does not repolarize.
    """
    share = chosen(blocked, DIAMINOPYRIDINE)
    wider = Parameter(
        _widening(share.si()), 1, 0, 100, "FrankenhaeuserHuxley1964", "assumed",
        "width of the action potential", note="solved from the membrane of a frog's node, 20 degC",
    )  # fmt: skip
    left = derived(1 - share.si(), "K channels left", share)
    return Condition(
        "amifampridine", scale={"ap_width": wider}, nerve={"K_available": left},
        given={"blocked": share, "widening": wider},
    )  # fmt: skip


@dosed
def magnesium(concentration: Any) -> Condition:
    """Magnesium: it competes with calcium for the entry into the terminal.

    Parameters
    ----------
    concentration : Quantity, TimedArray or course of nmj_brian.pk
        Free magnesium around the terminal, 0 to 50 mM, in place of the junction's own (1 mM).

    Returns
    -------
    Condition
        Sets ``Mg``.

    Raises
    ------
    ValueError, DimensionMismatchError
        For a concentration out of range or of a wrong unit.
    """
    note = "competition with calcium as in the junction (entry_Mg)"
    free = Parameter(
        concentration, mM, 0 * mM, 50 * mM, "definition", "assumed", "free magnesium", note=note
    )
    return Condition("magnesium", replace={"Mg": free}, given={"concentration": free})


@dosed
def neomycin(concentration: Any, *, Kd: Quantity | None = None) -> Condition:
    """Neomycin, an aminoglycoside: it blocks calcium channels of the terminal.

    Source: Wright & Collier (1977), rat diaphragm: release falls to 29 % in 600 uM. It also lowers
    the response to acetylcholine there (to 54 %), which is left out.

    Parameters
    ----------
    concentration : Quantity, TimedArray or course of nmj_brian.pk
        Around the terminal.
    Kd : Quantity, optional
        Concentration that blocks half of the channels; default 700 uM (fitted).

    Returns
    -------
    Condition
        Acts on ``working_channels``.

    Raises
    ------
    ValueError, DimensionMismatchError
        For a negative concentration or a wrong unit.
    """
    half = chosen(Kd, NEOMYCIN)
    given = {"concentration": dose("neomycin", concentration, uM), "Kd": half}
    left = 1 / (1 + given["concentration"].si() / half.si())
    scale = {"working_channels": derived(left, "calcium channels left", half)}
    return Condition("neomycin", scale=scale, given=given)
