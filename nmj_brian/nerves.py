"""Ready nerve membranes, to drive a terminal with an action potential instead of a waveform."""

from __future__ import annotations

from brian2 import Quantity

from .nerve import Nerve
from .presets import conditions, nerve
from .units import degC

__all__ = ["frog", "squid"]


def frog(temperature: Quantity = 20 * degC) -> Nerve:
    """Node of a myelinated frog fiber (Frankenhaeuser & Huxley 1964).

    Parameters
    ----------
    temperature : Quantity, optional
        Gates move with their Q10; at 37 degrees C it is the best there is for mammals, and assumed.

    Returns
    -------
    Nerve
        Print it for all values and sources.
    """
    return Nerve("frog node", nerve.frog() | conditions.temperature(temperature), "node")


def squid(temperature: Quantity = 6.3 * degC) -> Nerve:
    """Giant axon of the squid (Hodgkin & Huxley 1952); far above 20 degrees C its response is graded.

    Parameters
    ----------
    temperature : Quantity, optional
        Gates move with their Q10 of 3.

    Returns
    -------
    Nerve
        Print it for all values and sources.
    """
    return Nerve("squid axon", nerve.squid() | conditions.temperature(temperature), "axon")


def __getattr__(name: str) -> None:
    raise AttributeError(f"There is no nerve '{name}'; there are: {', '.join(sorted(__all__))}.")
