"""Block by depolarization: an agonist that stays opens channels, then receptors desensitize."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from brian2 import Quantity

from ..condition import Condition, dose
from ..conditioned import dosed
from ..parameters import Parameter
from ..receptor import Receptor
from ..receptors import human_adult, human_desensitizing
from ..units import mM, uM

__all__ = ["lasting_acetylcholine", "succinylcholine"]


@dataclass(frozen=True)
class _Desensitizing:
    """The human receptor with its desensitized states."""

    what: str = "human_desensitizing"

    def __call__(self, receptor: Receptor) -> Receptor:
        if receptor.desensitized.any():
            return receptor
        if receptor.key() != human_adult().at(receptor.temperature).key():
            raise ValueError(
                f"'{receptor.name}' has no desensitized states: take a receptor that has, such as "
                "receptors.human_desensitizing(), or pass desensitizing=False."
            )
        return human_desensitizing()


@dosed
def lasting_acetylcholine(concentration: Any, *, desensitizing: bool = True) -> Condition:
    """Acetylcholine that stays in the cleft, as when its enzyme is blocked: depolarizing block.

    The steady concentration opens channels (phase I); receptors with desensitized states pass into
    them (phase II) with the rates of the receptor.

    Parameters
    ----------
    concentration : Quantity, TimedArray or course of nmj_brian.pk
        Steady, in the cleft.
    desensitizing : bool, optional
        Whether a human receptor without desensitized states gets them (Auerbach & Akk 1998;
        Dilger & Liu 1992).

    Returns
    -------
    Condition
        Sets ``agonist``, and the receptor.

    Raises
    ------
    ValueError, DimensionMismatchError
        For a negative concentration or a wrong unit; when applied, for a receptor without
        desensitized states that is not the human one.
    """
    given = {"concentration": dose("acetylcholine", concentration, uM)}
    c = given["concentration"].value
    note = "steady concentration beside that of the quanta"
    steady = Parameter(c, mM, 0 * mM, 20 * mM, "definition", "assumed", "agonist", note=note)
    return Condition(
        "lasting acetylcholine",
        replace={"agonist": steady},
        receptor=_Desensitizing() if desensitizing else None,
        given=given,
        kind="mutation of the receptor" if desensitizing else "",
        source="AuerbachAkk1998",
        confidence="assumed",
    )


def succinylcholine(concentration: Quantity) -> Condition:
    """Succinylcholine: not available, since how it desensitizes human receptors was not found.

    It opens receptors as two acetylcholines in one molecule and is hydrolyzed in plasma; its
    binding, opening and desensitization at human receptors would be needed.

    Parameters
    ----------
    concentration : Quantity
        Of the drug.

    Returns
    -------
    Condition
        Never.

    Raises
    ------
    NotImplementedError
        Always, with what to do instead.
    """
    raise NotImplementedError(
        "how succinylcholine desensitizes human receptors beside ACh was not found, and guessed rates "
        "would decide the result. Its binding, opening and block alone: receptors.frog_succinylcholine(). "
        "For a depolarizing block by a known agonist: nmj.lasting_acetylcholine(1*uM); for an agonist "
        "of your own: junction.replace(receptor=nmj.Receptor(...), agonist=...)."
    )
