"""Ready junctions by species; each is one set of parameters for all of its species' targets."""

from __future__ import annotations

from brian2 import Quantity

from . import receptors
from .junction import Junction
from .presets import conditions, quantum, release, terminal
from .units import degC, mM

__all__ = ["frog", "human", "mouse", "rat"]


def human(temperature: Quantity = 37 * degC) -> Junction:
    """Human limb-muscle junction: small, with few quanta and deep folds.

    Parameters
    ----------
    temperature : Quantity, optional
        Temperature of the tissue; rates move with their Q10.

    Returns
    -------
    Junction
        Adult wild-type receptor of Lee & Sine's table; print it for all sources.
    """
    return Junction(
        "human junction",
        conditions.temperature(temperature)
        | conditions.bath(Ca=2 * mM, Mg=1 * mM)
        | terminal.human()
        | release.human()
        | quantum.human(),
        receptors.human_adult(),
    )


def mouse(temperature: Quantity = 37 * degC) -> Junction:
    """Mouse junction; few of its numbers were read in papers, the rest are marked assumed.

    Parameters
    ----------
    temperature : Quantity, optional
        Temperature of the tissue; rates move with their Q10.

    Returns
    -------
    Junction
        With the receptor `nmj_brian.receptors.mouse_adult`; print it for all sources.
    """
    return Junction(
        "mouse junction",
        conditions.temperature(temperature)
        | conditions.bath(Ca=2 * mM, Mg=1 * mM)
        | terminal.mouse()
        | release.mouse()
        | quantum.mouse(),
        receptors.mouse_adult(),
    )


def rat(temperature: Quantity = 37 * degC) -> Junction:
    """Rat junction with the mouse's receptor; most numbers are marked assumed.

    Parameters
    ----------
    temperature : Quantity, optional
        Temperature of the tissue; rates move with their Q10.

    Returns
    -------
    Junction
        With the receptor `nmj_brian.receptors.mouse_adult`; print it for all sources.
    """
    return Junction(
        "rat junction",
        conditions.temperature(temperature)
        | conditions.bath(Ca=2 * mM, Mg=1 * mM)
        | terminal.rat()
        | release.rat()
        | quantum.rat(),
        receptors.mouse_adult(),
    )


def frog(temperature: Quantity = 20 * degC) -> Junction:
    """Frog junction: large, many quanta, the preparation of the classic papers.

    Parameters
    ----------
    temperature : Quantity, optional
        Temperature of the bath; rates move with their Q10.

    Returns
    -------
    Junction
        With the receptor `nmj_brian.receptors.frog_endplate`, in 1.8 mM Ca without Mg; print it
        for all sources.
    """
    return Junction(
        "frog junction",
        conditions.temperature(temperature)
        | conditions.bath(Ca=1.8 * mM, Mg=0 * mM)
        | terminal.frog()
        | release.frog()
        | quantum.frog(),
        receptors.frog_endplate(),
    )


def __getattr__(name: str) -> None:
    raise AttributeError(f"There is no junction '{name}'; there are: {', '.join(sorted(__all__))}.")
