"""Toxins of the laboratory: tetrodotoxin, mu-conotoxin, alpha-bungarotoxin."""

from __future__ import annotations

from typing import Any

from ..condition import Condition, derived, dose
from ..conditioned import dosed
from ..parameters import Parameter
from ..presets.drugs import MU_CONOTOXIN, TETRODOTOXIN
from ..units import nM, uM

__all__ = ["bungarotoxin", "mu_conotoxin", "tetrodotoxin"]


def _left(c: Parameter, half: Parameter, whose: str) -> Parameter:
    return derived(1 / (1 + c.si() / half.si()), f"Na channels of the {whose} left", half)


@dosed
def tetrodotoxin(concentration: Any) -> Condition:
    """Tetrodotoxin: it blocks Na channels of nerve and muscle.

    Source for muscle: Catterall, Goldin & Waxman (2005), human Nav1.4; for nerve recalled.

    Parameters
    ----------
    concentration : Quantity, TimedArray or course of nmj_brian.pk
        Around nerve and muscle.

    Returns
    -------
    Condition
        Acts on a fiber's ``Na_density`` and on a nerve's ``Na_available``, not on a junction.

    Raises
    ------
    ValueError, DimensionMismatchError
        For a negative concentration or a wrong unit.
    """
    given = {"concentration": dose("tetrodotoxin", concentration, nM)}
    given |= {f"{place} IC50": half for place, half in TETRODOTOXIN.items()}
    c = given["concentration"]
    return Condition(
        "tetrodotoxin",
        fiber={"Na_density": _left(c, TETRODOTOXIN["muscle"], "muscle")},
        nerve={"Na_available": _left(c, TETRODOTOXIN["nerve"], "nerve")},
        given=given,
    )


@dosed
def mu_conotoxin(concentration: Any, *, species: str = "human") -> Condition:
    """mu-Conotoxin GIIIA: it blocks Na channels of muscle and spares those of nerve.

    Source: Catterall, Goldin & Waxman (2005).

    Parameters
    ----------
    concentration : Quantity, TimedArray or course of nmj_brian.pk
        Around the muscle.
    species : {'human', 'rat'}, optional
        Human channels need 1.2 uM for half block, those of rat 40 times less.

    Returns
    -------
    Condition
        Acts on a fiber's ``Na_density``, not on a junction.

    Raises
    ------
    ValueError, DimensionMismatchError
        For a negative concentration, an unknown species, or a wrong unit.
    """
    if species not in MU_CONOTOXIN:
        raise ValueError(f"species is one of {', '.join(MU_CONOTOXIN)}, got {species!r}.")
    half = MU_CONOTOXIN[species]
    given = {"concentration": dose("mu-conotoxin", concentration, uM), "IC50": half}
    left = _left(given["concentration"], half, "muscle")
    return Condition("mu-conotoxin", fiber={"Na_density": left}, given=given)


def bungarotoxin(bound: float) -> Condition:
    """alpha-Bungarotoxin: it takes receptors away for good.

    Parameters
    ----------
    bound : float
        Share of the receptors with the toxin on one site or both, 0 to 1; none of them opens again.

    Returns
    -------
    Condition
        Acts on ``receptor_fraction``.

    Raises
    ------
    ValueError
        For a share outside 0 to 1.
    """
    note = "practically irreversible"
    held = Parameter(
        bound, 1, 0, 1, "definition", "assumed", "share of receptors with the toxin", note=note
    )
    left = derived(1 - held.si(), "receptors left", held)
    return Condition("bungarotoxin", scale={"receptor_fraction": left}, given={"bound": held})
