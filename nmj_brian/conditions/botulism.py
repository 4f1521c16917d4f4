"""Botulinum toxin: it enters the terminal and cuts the proteins that let a vesicle fuse.

Chain of Simpson (1980) with the entry of Lebeda et al. (2008; BioModels 178), first order each::

    outside --k_S--> free --k_B--> bound --k_T--> inside --k_L--> release lost

Deviation from nature: what is lost is regained over weeks to months, which is left out; every
vesicle loses the same share of its rate of fusion.
"""

from __future__ import annotations

import numpy as np
from brian2 import Quantity, second
from brian2.units.fundamentalunits import fail_for_dimension_mismatch

from ..condition import Condition, chosen, derived
from ..parameters import Parameter
from ..presets.diseases import BOTULISM
from ..units import hour
from .release_loss import ReleaseLoss

__all__ = ["botulism", "intoxicated"]

_STEPS = ("entry", "binding", "translocation", "lysis")


def intoxicated(time: Quantity, entry: Quantity | None = None) -> np.ndarray:
    """Share of the toxin that has done its work, a time after it reached the muscle.

    Parameters
    ----------
    time : Quantity, shape (n,) or scalar
        Since the toxin came.
    entry : Quantity, optional
        Rate of getting to its acceptors; 0.001/minute by default (mouse, into the muscle).

    Returns
    -------
    ndarray, shape of time
        0 to 1, type A.

    Raises
    ------
    ValueError, DimensionMismatchError
        For a negative time or a wrong unit.
    """
    from scipy.linalg import expm  # takes long to import

    fail_for_dimension_mismatch(time, second, "time after exposure")
    t = np.asarray(time / second, dtype=float)
    if not (np.isfinite(t).all() and (t >= 0).all()):
        raise ValueError(f"time after exposure is 0 or more, got {time!r}.")
    rates = [chosen(entry, BOTULISM["entry"]).si(), *(BOTULISM[k].si() for k in _STEPS[1:])]
    chain = np.diag([-k for k in rates] + [0.0]) + np.diag(rates, 1)
    return expm(chain * t[..., None, None])[..., 0, -1]


def botulism(
    time: Quantity = 240 * hour,
    *,
    serotype: str = "A",
    release_loss: float | None = None,
    entry: Quantity | None = None,
) -> Condition:
    """Botulism: the share of release that the toxin has abolished at a time after exposure.

    Sources: Simpson (1980), Lebeda et al. (2008); the final loss of 85-90 %: Sloop et al. (1996).

    Parameters
    ----------
    time : Quantity, optional
        Since the toxin reached the muscle; ten days by default, when it has done its work.
    serotype : {'A'}, optional
        Rate constants of other types were not found.
    release_loss : float, optional
        Share of release lost in the end, 0 to 1; default 0.9.
    entry : Quantity, optional
        Rate of getting to the acceptors; default 0.001/minute (mouse, into the muscle).

    Returns
    -------
    Condition
        Acts on ``fusion_rate`` (release falls in proportion, facilitation stays) and ``mini_rate``.

    Raises
    ------
    NotImplementedError
        For another serotype.
    ValueError, DimensionMismatchError
        For a number out of range or of a wrong unit.
    """
    if serotype != "A":
        raise NotImplementedError(
            f"type {serotype!r}: rate constants were found for botulinum toxin A only; give the loss "
            "itself, nmj.release_deficiency(release_loss=...)."
        )
    done = float(intoxicated(time, entry))
    given = {
        "time": Parameter(
            time, hour, 0 * hour, 1e5 * hour, "definition", "assumed", "time after exposure"
        ),
        "release_loss": chosen(release_loss, BOTULISM["release_loss"]),
        "entry": chosen(entry, BOTULISM["entry"]),
        **{key: BOTULISM[key] for key in _STEPS[1:]},
    }
    left = 1 - given["release_loss"].si() * done
    lost = given["release_loss"]
    scale = {"mini_rate": derived(left, "release left", lost)}
    return ReleaseLoss("botulism", left, lost, scale=scale, given=given)
