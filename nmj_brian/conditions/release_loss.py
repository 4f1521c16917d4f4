"""Loss of the release machinery: each ready vesicle fuses less readily.

Release by an impulse saturates with the rate of fusion, so that a loss of release is a larger loss
of fusion. The rate that releases the wanted share is found for the terminal as it comes; among
conditions given in one call this acts before all others on release.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from ..condition import Condition
from ..parameters import Parameter, ParameterSet
from ..terminal import Terminal

__all__ = ["ReleaseLoss"]


class ReleaseLoss(Condition):
    """A loss of release by slower fusion; made by `botulism` and `release_deficiency`.

    Parameters
    ----------
    name : str
        Of the condition.
    left : float
        Release relative to that without it, 0 to 1.
    facts : Parameter
        Whose source and confidence the change has.
    **options
        Of `Condition`.
    """

    _rank = -1

    def __init__(self, name: str, left: float, facts: Parameter, **options: Any) -> None:
        self._left, self._of = float(left), facts
        super().__init__(name, **options)

    def _extra_names(self) -> Mapping[str, str]:
        return {"fusion_rate": f"release x {self._left:.4g}"}

    def _extra(self, owner: ParameterSet, parameters: dict[str, Parameter]) -> None:
        old = parameters["fusion_rate"]
        factor = _fusion_left(owner, self._left)
        note = f"x {factor:.4g} by {self.name}: release x {self._left:.4g} [before: {old.source}]"
        parameters["fusion_rate"] = replace(
            old, value=old.value * factor, source=self._of.source, confidence="assumed", note=note
        )


def _fusion_left(junction: ParameterSet, left: float) -> float:
    """Factor on the rate of fusion at which a rested vesicle is released in a share of the cases."""
    from scipy.optimize import brentq  # takes long to import

    if left in (0.0, 1.0):
        return left
    wanted = left * Terminal(junction).p
    rate = junction.fusion_rate

    def excess(factor: float) -> float:
        return Terminal(junction, fusion_rate=factor * rate).p - wanted

    return float(brentq(excess, left * 1e-8, 1.0, xtol=1e-9, rtol=1e-9))
