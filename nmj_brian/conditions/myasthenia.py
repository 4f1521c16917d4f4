"""Acquired loss of receptors: myasthenia gravis with antibodies to the receptor or to MuSK."""

from __future__ import annotations

from ..condition import Condition, chosen, derived
from ..presets.diseases import MUSK_MYASTHENIA, MYASTHENIA

__all__ = ["musk_myasthenia", "myasthenia_gravis"]


def myasthenia_gravis(
    receptor_loss: float | None = None,
    *,
    fold_loss: float | None = None,
    release_gain: float | None = None,
) -> Condition:
    """Myasthenia gravis: antibodies take acetylcholine receptors away, and folds with them.

    Source: Pestronk, Drachman & Self (1985): a third of the receptors is left in deltoid.

    Parameters
    ----------
    receptor_loss : float, optional
        Share of receptors lost, 0 to 1; default two thirds.
    fold_loss : float, optional
        Share of the fiber's Na channels at the end plate that is lost with the folds, 0 to 1;
        default 0.5. With 0 it does not act on a fiber.
    release_gain : float, optional
        Release sites relative to normal (0.1 to 3, default 1): quantal content is normal or raised.

    Returns
    -------
    Condition
        Acts on ``receptor_fraction`` (and ``sites``), and on a fiber's ``Na_endplate_factor``.

    Raises
    ------
    ValueError
        For a share outside its range.
    """
    given = {
        "receptor_loss": chosen(receptor_loss, MYASTHENIA["receptor_loss"]),
        "fold_loss": chosen(fold_loss, MYASTHENIA["fold_loss"]),
        "release_gain": chosen(release_gain, MYASTHENIA["release_gain"]),
    }
    lost, folds, gain = given.values()
    scale = {"receptor_fraction": derived(1 - lost.si(), "receptors left", lost)}
    if gain.si() != 1:
        scale["sites"] = derived(gain.si(), "release sites", gain)
    return Condition(
        "myasthenia gravis", scale=scale, fiber=endplate_sodium(folds), given=given, kind="myasthenia"
    )  # fmt: skip


def musk_myasthenia(
    receptor_loss: float | None = None, release_loss: float | None = None
) -> Condition:
    """Myasthenia with antibodies to MuSK: receptors disperse, and the terminal releases less.

    Directions are published (mouse: large miniature currents are missing, fewer quanta in a
    tetanus); the amounts are assumed.

    Parameters
    ----------
    receptor_loss : float, optional
        Share of receptors lost, 0 to 1; default 0.5.
    release_loss : float, optional
        Share of release sites lost, 0 to 1 (not all); default 0.3.

    Returns
    -------
    Condition
        Acts on ``receptor_fraction`` and ``sites``.

    Raises
    ------
    ValueError
        For a share outside its range.
    """
    given = {
        "receptor_loss": chosen(receptor_loss, MUSK_MYASTHENIA["receptor_loss"]),
        "release_loss": chosen(release_loss, MUSK_MYASTHENIA["release_loss"]),
    }
    lost, sites = given.values()
    return Condition(
        "MuSK myasthenia",
        scale={
            "receptor_fraction": derived(1 - lost.si(), "receptors left", lost),
            "sites": derived(1 - sites.si(), "release sites left", sites),
        },
        given=given,
        kind="myasthenia",
    )


def endplate_sodium(folds: object) -> dict:
    """Factor on a fiber's Na channels at the end plate where folds are lost; nothing if none are."""
    if folds.si() == 0:
        return {}
    return {"Na_endplate_factor": derived(1 - folds.si(), "Na channels of the end plate", folds)}
