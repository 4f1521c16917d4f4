"""Drugs that plug the open channel, used in slow-channel syndrome: quinidine, fluoxetine."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ..condition import Condition, dose
from ..conditioned import dosed
from ..parameters import Parameter
from ..presets.drugs import CHANNEL_BLOCKERS
from ..receptor import Receptor
from ..receptor_drugs import ChannelBlocker
from ..units import uM

__all__ = ["fluoxetine", "quinidine"]


@dataclass(frozen=True)
class _Plugged:
    """A receptor in a bath of a channel blocker."""

    drug: str
    concentration: Parameter
    k_on: Parameter
    k_off: Parameter

    def __hash__(self) -> int:
        numbers = self.concentration, self.k_on, self.k_off
        return hash((self.drug, *(p.si() for p in numbers)))

    @property
    def what(self) -> str:
        return f"states plugged by {self.drug}"

    def __call__(self, receptor: Receptor) -> Receptor:
        drug = ChannelBlocker(self.drug, self.concentration, self.k_on, self.k_off)
        return receptor.with_channel_blocker(drug)


def _blocker(name: str, concentration: Any) -> Condition:
    given = {"concentration": dose(name, concentration, uM), **CHANNEL_BLOCKERS[name]}
    return Condition(
        name, receptor=_Plugged(name, *given.values()), given=given, binds=True, source="assumed"
    )


@dosed
def quinidine(concentration: Any) -> Condition:
    """Quinidine: it plugs open channels, so that slow ones conduct for a normal time.

    Rates are assumed, fitted to the recalled effect of 5 uM on slow channels.

    Parameters
    ----------
    concentration : Quantity, TimedArray or course of nmj_brian.pk
        At the receptors.

    Returns
    -------
    Condition
        Adds blocked states to the receptor.

    Raises
    ------
    ValueError, DimensionMismatchError
        For a negative concentration or a wrong unit.
    """
    return _blocker("quinidine", concentration)


@dosed
def fluoxetine(concentration: Any) -> Condition:
    """Fluoxetine: it plugs open channels as quinidine does, at twice the concentration.

    Rates are assumed, fitted to the recalled effect of 10 uM on slow channels.

    Parameters
    ----------
    concentration : Quantity, TimedArray or course of nmj_brian.pk
        At the receptors.

    Returns
    -------
    Condition
        Adds blocked states to the receptor.

    Raises
    ------
    ValueError, DimensionMismatchError
        For a negative concentration or a wrong unit.
    """
    return _blocker("fluoxetine", concentration)
