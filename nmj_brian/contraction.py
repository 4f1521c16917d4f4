"""Contraction: action potentials of the fibers of a motor unit become its force.

Each fiber spike adds a twitch ``P (t/T) exp(1 - t/T)`` to the force of its unit (a critically damped
second-order system), scaled by the gain that Fuglevand, Winter & Patla (1993) read from the
sigmoid force-frequency relation of motor units: with ``x = T / interval``,

    gain = 1                                     for x <= 0.4
    gain = (S(x)/x) / (S(0.4)/0.4),  S(x) = 1 - exp(-2 x**3)     above.

The gain belongs to the fiber, whose own last interval sets it, and what follows is linear; so the force
of a unit is exactly the sum over the fibers that fired, and a blocked junction gives none. All of it is
Brian2 equations that a user can read and extend.

Deviation from the source: there the twitch is one per motor unit; here it is shared equally by its
fibers, and an impulse counts for as many fibers as transmitted it.
"""

from __future__ import annotations

import numpy as np
from brian2 import Quantity, second

from .parameters import Parameter, ParameterSet
from .presets import contraction as presets
from .presets.conditions import temperature as temperature_parameter
from .units import degC

__all__ = ["EXCITATION", "FUSED", "UNIT_EQUATIONS", "Contraction", "twitch_gain"]

#: S(0.4)/0.4: mean force of a unit at T/interval = 0.4, over its greatest.
FUSED = float((1 - np.exp(-2 * 0.4**3)) / 0.4)

#: A motor unit: two linear stages of equal time constant.
UNIT_EQUATIONS = """
dforce/dt = (activation - force)/contraction_time : newton
dactivation/dt = -activation/contraction_time : newton
contraction_time : second
fiber_twitch : newton
"""

#: What the action potential of one fiber adds (e = exp(1) makes the peak of the twitch P).
EXCITATION = f"""
x = contraction_time_post/interval_pre
activation_post += exp(1)*fiber_twitch_post*(int(x <= 0.4) + int(x > 0.4)*(1 - exp(-2*x**3))/(x*{FUSED!r}))
"""


def twitch_gain(x: np.ndarray | float) -> np.ndarray:
    """How much larger the twitch of a fiber is that fired shortly before.

    Parameters
    ----------
    x : array_like
        Contraction time over the interval between the last two spikes.

    Returns
    -------
    ndarray
        Gain, 1 for x <= 0.4.
    """
    x = np.asarray(x, dtype=float)
    above = np.maximum(x, 0.4)
    return np.where(x <= 0.4, 1.0, -np.expm1(-2 * above**3) / (above * FUSED))


class Contraction(ParameterSet):
    """How strong and how fast motor units are.

    Parameters
    ----------
    name : str, optional
        What the set describes.
    parameters : dict of str to Parameter, optional
        Default: human motor units.
    """

    def __init__(
        self,
        name: str = "human contraction",
        parameters: dict[str, Parameter] | None = None,
    ) -> None:
        if parameters is None:
            parameters = temperature_parameter(37 * degC) | presets.human()
        super().__init__(name, parameters)

    def fiber_tetanus(self, diameter: Quantity) -> Quantity:
        """Greatest force of one fiber of the given diameter."""
        return self.specific_tension * np.pi * diameter**2 / 4

    def fiber_twitch(self, diameter: Quantity) -> Quantity:
        """Peak force of one fiber's twitch: with full fusion, gain times twitches add to the tetanus."""
        return self.fiber_tetanus(diameter) * FUSED / np.e

    def contraction_times(self, sizes: np.ndarray) -> Quantity:
        """Contraction time of units by their size: large units are fast (Fuglevand's power law).

        Parameters
        ----------
        sizes : array_like
            Fibers per unit.

        Returns
        -------
        Quantity
            Longest for the smallest unit, shorter by ``contraction_range`` for the largest.
        """
        sizes = np.asarray(sizes, dtype=float)
        relative = np.log(sizes / sizes.min())
        if relative.max() > 0:
            relative /= relative.max()
        times = self.si("contraction_time") * self.si("contraction_range") ** -relative
        return times * second
