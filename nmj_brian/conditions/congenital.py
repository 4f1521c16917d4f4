"""Congenital myasthenic syndromes other than channel mutations: enzyme, receptors, size, transmitter."""

from __future__ import annotations

from ..condition import Condition, chosen, derived
from ..presets.diseases import (
    ACHE_DEFICIENCY,
    CHAT_DEFICIENCY,
    DOK7_DEFICIENCY,
    RAPSYN_DEFICIENCY,
    RECEPTOR_DEFICIENCY,
    RELEASE_DEFICIENCY,
    VACHT_DEFICIENCY,
)
from .myasthenia import endplate_sodium
from .release_loss import ReleaseLoss

__all__ = [
    "ache_deficiency",
    "chat_deficiency",
    "dok7_deficiency",
    "rapsyn_deficiency",
    "receptor_deficiency",
    "release_deficiency",
    "vacht_deficiency",
]


def ache_deficiency(
    AChE_loss: float | None = None,
    terminal_loss: float | None = None,
    receptor_loss: float | None = None,
) -> Condition:
    """End-plate acetylcholinesterase deficiency (ColQ): transmitter stays, terminals are small.

    Miniature currents last longer, and the end plate loses receptors in time; an inhibitor has nothing
    left to inhibit. Directions are published, the losses of release sites and receptors are assumed.

    Parameters
    ----------
    AChE_loss : float, optional
        Share of the enzyme missing, 0 to 1; default 1.
    terminal_loss : float, optional
        Share of release sites lost, 0 to 1 (not all); default 0.3.
    receptor_loss : float, optional
        Share of receptors lost, 0 to 1; default 0.2.

    Returns
    -------
    Condition
        Acts on ``AChE_density``, ``sites`` and ``receptor_fraction``.

    Raises
    ------
    ValueError
        For a share outside its range.
    """
    given = {
        "AChE_loss": chosen(AChE_loss, ACHE_DEFICIENCY["AChE_loss"]),
        "terminal_loss": chosen(terminal_loss, ACHE_DEFICIENCY["terminal_loss"]),
        "receptor_loss": chosen(receptor_loss, ACHE_DEFICIENCY["receptor_loss"]),
    }
    enzyme, sites, receptors = given.values()
    return Condition(
        "AChE deficiency",
        scale={
            "AChE_density": derived(1 - enzyme.si(), "AChE left", enzyme),
            "sites": derived(1 - sites.si(), "release sites left", sites),
            "receptor_fraction": derived(1 - receptors.si(), "receptors left", receptors),
        },
        given=given,
    )


def _fewer_receptors(name: str, lost: object) -> Condition:
    return Condition(
        name,
        scale={"receptor_fraction": derived(1 - lost.si(), "receptors left", lost)},
        given={"receptor_loss": lost},
        kind="primary loss of receptors",
    )


def receptor_deficiency(receptor_loss: float | None = None) -> Condition:
    """Receptor deficiency: low-expressor mutations leave few acetylcholine receptors.

    Parameters
    ----------
    receptor_loss : float, optional
        Share of receptors lost, 0 to 1; default 0.85 (assumed).

    Returns
    -------
    Condition
        Acts on ``receptor_fraction``.

    Raises
    ------
    ValueError
        For a share outside 0 to 1.
    """
    return _fewer_receptors(
        "receptor deficiency", chosen(receptor_loss, RECEPTOR_DEFICIENCY["receptor_loss"])
    )


def rapsyn_deficiency(receptor_loss: float | None = None) -> Condition:
    """Rapsyn deficiency: receptors do not cluster; fewer are lost than in low-expressor mutations.

    Source: Milone et al. (2009); the amount is assumed.

    Parameters
    ----------
    receptor_loss : float, optional
        Share of receptors lost, 0 to 1; default 0.75.

    Returns
    -------
    Condition
        Acts on ``receptor_fraction``.

    Raises
    ------
    ValueError
        For a share outside 0 to 1.
    """
    return _fewer_receptors(
        "rapsyn deficiency", chosen(receptor_loss, RAPSYN_DEFICIENCY["receptor_loss"])
    )


def dok7_deficiency(size: float | None = None, fold_loss: float | None = None) -> Condition:
    """DOK7 deficiency (limb-girdle myasthenia): a small junction with normal quanta.

    Source: Slater et al. (2006), vastus of 8 patients: quantal content, contact area, folds and
    receptors about half, receptors per area normal.

    Parameters
    ----------
    size : float, optional
        Of the junction relative to normal, 0.02 to 1; default 0.5.
    fold_loss : float, optional
        Share of the fiber's Na channels at the end plate that is lost with the folds, 0 to 1;
        default 0.5. It acts only where a fiber is put under the condition.

    Returns
    -------
    Condition
        Acts on ``sites`` and ``endplate_receptors``, and on a fiber's ``Na_endplate_factor``.

    Raises
    ------
    ValueError
        For a number outside its range.
    """
    given = {
        "size": chosen(size, DOK7_DEFICIENCY["size"]),
        "fold_loss": chosen(fold_loss, DOK7_DEFICIENCY["fold_loss"]),
    }
    half, folds = given.values()
    scale = {
        key: derived(half.si(), "size of the junction", half)
        for key in ("sites", "endplate_receptors")
    }
    return Condition("DOK7 deficiency", scale=scale, fiber=endplate_sodium(folds), given=given)


def chat_deficiency(synthesis: float | None = None, store: float | None = None) -> Condition:
    """Choline acetyltransferase deficiency: vesicles fill less and less during activity.

    At rest the junction is normal. Source: Ohno et al. (2001); amounts fitted to recalled ones:
    potentials fall by more than half in 5 min at 10 Hz, and recover in more than 5 to 10 min.

    Parameters
    ----------
    synthesis : float, optional
        Rate of making transmitter relative to normal, above 0 to 1; default 0.065.
    store : float, optional
        Store of transmitter relative to normal, above 0 to 1; default 0.3.

    Returns
    -------
    Condition
        Acts on ``filling_time`` and ``transmitter_store``.

    Raises
    ------
    ValueError
        For a number outside its range, or 0.
    """
    given = {
        "synthesis": chosen(synthesis, CHAT_DEFICIENCY["synthesis"]),
        "store": chosen(store, CHAT_DEFICIENCY["store"]),
    }
    rate, held = given.values()
    if rate.si() == 0 or held.si() == 0:
        raise ValueError(
            "without any synthesis or store there is no transmitter: give more than 0."
        )
    return Condition(
        "ChAT deficiency",
        scale={
            "filling_time": derived(1 / rate.si(), "time of filling", rate),
            "transmitter_store": derived(held.si(), "store", held),
        },
        given=given,
    )


def vacht_deficiency(
    transport: float | None = None,
    quantal_size: float | None = None,
    release_loss: float | None = None,
) -> Condition:
    """Deficiency of the vesicular transporter of ACh (SLC18A3): quanta are small, vesicles fill slowly.

    Sources: Lima et al. (2010), mice: quantal size and content are lower; O'Grady et al. (2016), a patient whose
    response fell in a train only after a contraction, and then for long. Amounts are chosen to give that; in the
    mice quanta did not shrink further in fast trains, as they do here.

    Parameters
    ----------
    transport : float, optional
        Rate of filling relative to normal, 0.001 to 1; default 0.1.
    quantal_size : float, optional
        ACh of a rested vesicle relative to normal, 0.05 to 1; default 0.6.
    release_loss : float, optional
        Share of release sites lost, 0 to 1 (not all); default 0.2.

    Returns
    -------
    Condition
        Acts on ``filling_time``, ``ACh_per_vesicle`` and ``sites``.

    Raises
    ------
    ValueError
        For a number outside its range.
    """
    given = {
        "transport": chosen(transport, VACHT_DEFICIENCY["transport"]),
        "quantal_size": chosen(quantal_size, VACHT_DEFICIENCY["quantal_size"]),
        "release_loss": chosen(release_loss, VACHT_DEFICIENCY["release_loss"]),
    }
    rate, size, sites = given.values()
    return Condition(
        "VAChT deficiency",
        scale={
            "filling_time": derived(1 / rate.si(), "time of filling", rate),
            "ACh_per_vesicle": derived(size.si(), "ACh of a vesicle", size),
            "sites": derived(1 - sites.si(), "release sites left", sites),
        },
        given=given,
    )


def release_deficiency(release_loss: float | None = None) -> Condition:
    """A defect of the release machinery: vesicles fuse less readily, with facilitation in trains.

    Genes with this pattern: VAMP1, UNC13A, SYT2, AGRN, LAMA5; no amount was published.

    Parameters
    ----------
    release_loss : float, optional
        Share of release lost, 0 to 1; default 0.8 (assumed).

    Returns
    -------
    Condition
        Acts on ``fusion_rate``.

    Raises
    ------
    ValueError
        For a share outside 0 to 1.
    """
    lost = chosen(release_loss, RELEASE_DEFICIENCY["release_loss"])
    return ReleaseLoss("release deficiency", 1 - lost.si(), lost, given={"release_loss": lost})
