"""Botulinum toxin: it enters the terminal and cuts the proteins that let a vesicle fuse.

Chain of Simpson (1980) with the entry of Lebeda et al. (2008; BioModels 178), first order each::

    outside --k_S--> free --k_B--> bound --k_T--> inside --k_L--> release lost

Toxin acts until the terminal has broken it down, which takes types of toxin from days to most of a year. Of the
release that the chain has taken, ``toxin / (1 + toxin)`` stays lost, in units of the toxin that halves release: the
more there was at first, the longer the paralysis.

Deviations from nature: the onset of every type is that of A, and toxin wears off from the start, on its way in, too;
sprouts of the nerve, which feed a muscle long before (mouse: Meunier et al. 2003), are left out; every vesicle loses
the same share of its rate of fusion, and what is left keeps its timing, whereas after types that cut VAMP it is
dispersed, and hardly helped by aminopyridines.
"""

from __future__ import annotations

import numpy as np
from brian2 import Quantity, second
from brian2.units.fundamentalunits import fail_for_dimension_mismatch

from ..condition import Condition, chosen, derived
from ..parameters import Parameter
from ..presets.diseases import BOTULINUM_PERSISTENCE, BOTULISM
from ..units import hour
from .release_loss import ReleaseLoss

__all__ = ["botulism", "intoxicated"]

_STEPS = ("entry", "binding", "translocation", "lysis")
#: Types after which miniature potentials are not fewer (biopsy of an infant); they are after A (rat), C, D, E (frog).
_MINIS_STAY = ("B",)


def intoxicated(time: Quantity, entry: Quantity | None = None) -> np.ndarray:
    """Share of the toxin that has got to act, a time after it reached the muscle.

    Parameters
    ----------
    time : Quantity, shape (n,) or scalar
        Since the toxin came.
    entry : Quantity, optional
        Rate of getting to its acceptors; 0.001/minute by default (mouse, into the muscle).

    Returns
    -------
    ndarray, shape of time
        0 to 1, type A; what has ceased to act is not taken off.

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
    return np.clip(expm(chain * t[..., None, None])[..., 0, -1], 0.0, 1.0)


def botulism(
    time: Quantity = 240 * hour,
    *,
    serotype: str = "A",
    release_loss: float | None = None,
    entry: Quantity | None = None,
    persistence: Quantity | None = None,
) -> Condition:
    """Botulism: the share of release that the toxin has abolished at a time after exposure.

    Sources: onset, Simpson (1980) and Lebeda et al. (2008); largest loss of 85-90 %, Sloop et al. (1996);
    how long types act, Sloop et al. (1997), Eleopra et al. (2004), Adler et al. (2001).

    Parameters
    ----------
    time : Quantity, optional
        Since the toxin reached the muscle; ten days by default, when type A has done its work.
    serotype : {'A', 'B', 'C', 'D', 'E', 'F'}, optional
        Sets ``persistence``, and whether miniature potentials are lost (not after B). How long type G acts was not
        found.
    release_loss : float, optional
        Share of release that the dose would take if nothing of it were broken down, 0 to 1; default 0.9.
        With 1 release does not come back.
    entry : Quantity, optional
        Rate of getting to the acceptors; default 0.001/minute (mouse, into the muscle).
    persistence : Quantity, optional
        Time in which half of the toxin ceases to act; by default as known of the type: 270 days (A), 60 (C), 37 (B),
        20 (F), 5 (D, E). Studies of one type differ by as much as types do: print the condition.

    Returns
    -------
    Condition
        Acts on ``fusion_rate`` (release falls in proportion, facilitation stays) and, but for type B,
        ``mini_rate``.

    Raises
    ------
    NotImplementedError
        For type G.
    ValueError, DimensionMismatchError
        For an unknown type, a number out of range or of a wrong unit.
    """
    if serotype == "G":
        raise NotImplementedError(
            "type 'G': how long it acts was not found; give the loss itself, "
            "nmj.release_deficiency(release_loss=...)."
        )
    if not isinstance(serotype, str) or serotype not in BOTULINUM_PERSISTENCE:
        raise ValueError(
            f"types of botulinum toxin are {', '.join(BOTULINUM_PERSISTENCE)}, got {serotype!r}."
        )
    since = Parameter(
        time, hour, 0 * hour, 1e6 * hour, "definition", "assumed", "time after exposure"
    )
    done = float(intoxicated(time, entry))
    given = {
        "time": since,
        "release_loss": chosen(release_loss, BOTULISM["release_loss"]),
        "persistence": chosen(persistence, BOTULINUM_PERSISTENCE[serotype]),
        "entry": chosen(entry, BOTULISM["entry"]),
        **{key: BOTULISM[key] for key in _STEPS[1:]},
    }
    most = given["release_loss"].si()
    still = 0.5 ** (given["time"].si() / given["persistence"].si())
    lasting = 1.0 if most == 1 else most * still / (1 - most + most * still)
    left = 1 - done * lasting
    lost = given["release_loss" if serotype == "A" else "persistence"]
    minis = {} if serotype in _MINIS_STAY else {"mini_rate": derived(left, "release left", lost)}
    name = "botulism" if serotype == "A" else f"botulism, type {serotype}"
    return ReleaseLoss(name, left, lost, scale=minis, given=given, kind="botulism")
