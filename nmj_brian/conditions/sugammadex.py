"""Sugammadex: it takes rocuronium out of solution before that acts."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from brian2 import Quantity

from ..condition import Condition, chosen, derived, dose
from ..conditioned import dosed
from ..presets.drugs import SUGAMMADEX
from ..units import uM

__all__ = ["sugammadex"]


class _Sugammadex(Condition):
    """Binds rocuronium before that acts."""

    def meets(self, conditions: list[Condition]) -> list[Condition]:
        """Conditions with rocuronium at its free concentration."""
        blocks = [c for c in conditions if c.name == "rocuronium"]
        if not blocks:
            raise ValueError(
                "sugammadex binds rocuronium: give both in one call, as in "
                "under(nmj.rocuronium(2*uM), nmj.sugammadex(10*uM))."
            )
        numbers = self.parameters
        free = free_concentration(
            blocks[0].parameters["concentration"].value,
            numbers["concentration"].value,
            numbers["Kd"].value,
        )
        bound = blocks[0].at_concentration(free)
        bound._told = blocks[0]
        note = f"free of sugammadex ({float(numbers['concentration'].value / uM):.4g} uM in all)"
        bound._given["concentration"] = replace(
            bound._given["concentration"], source="Kleijn2011", note=note
        )
        return [bound if c is blocks[0] else c for c in conditions]


def free_concentration(total: Quantity, binder: Quantity, Kd: Quantity) -> Quantity:
    """What is left free of a drug that a binder takes up one to one, at equilibrium.

    Parameters
    ----------
    total, binder : Quantity
        Concentrations in all, free and bound.
    Kd : Quantity
        Dissociation constant of the complex.

    Returns
    -------
    Quantity
        Free drug.
    """
    excess = total - binder - Kd
    root = np.sqrt(excess**2 + 4 * Kd * total)
    if float(excess) >= 0:
        return 0.5 * (excess + root)
    return 2 * Kd * total / (root - excess)  # the same without cancellation


@dosed
def sugammadex(concentration: Any, *, Kd: Quantity | None = None) -> Condition:
    """Sugammadex: it encloses rocuronium one to one, and only what is left free acts.

    At equilibrium at the site of action; for the course after an injection, see
    `nmj_brian.pk.reversal`. Source of the affinity: Kleijn et al. (2011).

    Parameters
    ----------
    concentration : Quantity, TimedArray or course of nmj_brian.pk
        Sugammadex in all, free and bound; rocuronium in the same call of ``under`` is taken as
        rocuronium in all.
    Kd : Quantity, optional
        Dissociation constant of the complex, 0.0559 uM by default.

    Returns
    -------
    Condition
        Lowers the concentration of rocuronium in the same call.

    Raises
    ------
    ValueError, DimensionMismatchError
        For a negative concentration or a wrong unit; when applied, without rocuronium.
    """
    given = {"concentration": dose("sugammadex", concentration, uM), "Kd": chosen(Kd, SUGAMMADEX)}
    one = derived(1.0, "no effect of its own", given["Kd"])
    return _Sugammadex("sugammadex", scale={"antagonist_occupancy": one}, given=given)
