"""Ageing: of the human junction little changes but the folds, and jitter grows a little."""

from __future__ import annotations

from brian2 import Quantity

from ..condition import Condition, chosen, derived
from ..presets.diseases import AGEING

__all__ = ["ageing"]


def ageing(
    age: Quantity | None = None, *, fold_loss: float | None = None, atrophy: float | None = None
) -> Condition:
    """Old age: folds of the end plate are lost, and Na channels with them; a fiber may be thinner.

    Jitter of the old is known (Gilchrist et al. 1992): its limit rises with the cube of age, in the extensor
    digitorum by 12 % to 80 years. The loss of folds is fitted to it (at 90 it gives 23 %, published 17). The area of
    end plates is the same in old men (Jones et al. 2017), release no less in old mice (Banker et al. 1983), and so
    here. Most of what weakens an old muscle is a loss of motor neurons: give fewer of them.

    It acts on fibers alone; the laboratory makes them for a junction under it.

    Parameters
    ----------
    age : Quantity, optional
        20 to 100 years; default 80.
    fold_loss : float, optional
        Share of the end plate's Na channels lost at 80 years, 0 to 1; default 0.3. It grows with the cube of age.
    atrophy : float, optional
        Share of the fiber's diameter lost, 0 to 0.8; default 0. Fibers of type 2 have lost 0.16 by 71 years
        (Nilwik et al. 2013).

    Returns
    -------
    Condition
        Acts on a fiber's ``Na_endplate_factor`` and ``diameter``; a junction remembers it.

    Raises
    ------
    ValueError, DimensionMismatchError
        For a number outside its range, or a wrong unit.
    """
    given = {
        "age": chosen(age, AGEING["age"]),
        "fold_loss": chosen(fold_loss, AGEING["fold_loss"]),
        "fold_loss_power": AGEING["fold_loss_power"],
        "atrophy": chosen(atrophy, AGEING["atrophy"]),
    }
    years, folds, power, thinner = given.values()
    lost = folds.si() * (years.si() / AGEING["age"].si()) ** power.si()
    fiber = {
        "Na_endplate_factor": derived(max(0.0, 1 - lost), "Na channels of the end plate", folds)
    }
    if thinner.si() > 0:
        fiber["diameter"] = derived(1 - thinner.si(), "diameter left", thinner)
    return Condition("ageing", fiber=fiber, given=given)
