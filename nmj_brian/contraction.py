"""Contraction: action potentials of the fibers of a motor unit become its force.

Each fiber spike adds a twitch ``P (t/T)^2 exp(2 - 2 t/T)`` to the force of its unit (three stages of one
time constant: calcium, activation, force), scaled by the gain that Fuglevand, Winter & Patla (1993)
read from the sigmoid force-frequency relation of motor units: with ``x = T / interval``, the mean force
over the tetanic

    F(x) = S(0.4) x/0.4                          for x <= 0.4
    F(x) = S(x) = 1 - exp(-2 x**3)               above,     gain = (F(x)/x) / (F(0.4)/0.4).

The gain belongs to the fiber, whose own last interval sets it, and what follows is linear; so the force
of a unit is exactly the sum over the fibers that fired, and a blocked junction gives none. All of it is
Brian2 equations that a user can read and extend.

Two slow states a unit remember its activity:

    potentiation p   grows with every impulse and decays with a half-life of 28 s; twitches are larger
                     by 1 + p, a fused tetanus is not: F becomes F (1 + p)/(1 + p F)
    capacity c       what fatigue leaves of the force (Potvin & Fuglevand 2017): it falls in proportion
                     to the force that the rested unit would make, fast in large units and slowly in small
                     ones, and twitches slow down by ``1 + 0.379 (1 - c)``

``Contraction().replace(potentiation=0, fatigability=0*Hz)`` is the unit of 1993, without memory.

Deviations from the sources: there the twitch is one per motor unit; here it is shared equally by its
fibers, and an impulse counts for as many fibers as transmitted it. There it has two stages and relaxes
to half within 1.68 contraction times; human units take about one (Andreassen & Arendt-Nielsen 1987),
three stages 1.08. Mean forces are the same. As in the source, fatigue does not
recover: it is for contractions, not for the rest between them.
"""

from __future__ import annotations

import numpy as np
from brian2 import Hz, Quantity, second

from .parameters import Parameter, ParameterSet
from .presets import contraction as presets
from .presets.conditions import temperature as temperature_parameter
from .units import degC

__all__ = [
    "EXCITATION",
    "FUSED",
    "MEMORY",
    "MEMORY_STEP_S",
    "UNIT_EQUATIONS",
    "Contraction",
    "mean_force",
    "twitch_gain",
]

#: S(0.4)/0.4: mean force of a unit at T/interval = 0.4, over its greatest.
FUSED = float((1 - np.exp(-2 * 0.4**3)) / 0.4)

#: A motor unit: three linear stages of equal time constant, and what it remembers. A group made of it by
#: hand needs at least contraction_time, fiber_twitch, fibers, and capacity = 1 (rested).
UNIT_EQUATIONS = """
force = capacity*rested_force : newton
drested_force/dt = (activation - rested_force)*2/contraction_time : newton
dactivation/dt = (calcium - activation)*2/contraction_time : newton
dcalcium/dt = -calcium*2/contraction_time : newton
contraction_time : second
potentiation : 1
capacity : 1
impulses : 1
fibers : 1 (constant)
fiber_twitch : newton
tetanus : newton
fatigability : Hz
rested_contraction_time : second
greatest_potentiation : 1 (shared)
potentiation_step : 1 (shared)
potentiation_time : second (shared)
fatigue_slowing : 1 (shared)
"""

#: What the action potential of one fiber adds (exp(2)/2 makes the peak of the twitch P).
EXCITATION = f"""
x = contraction_time_post/interval_pre
gain = int(x <= 0.4) + int(x > 0.4)*(1 - exp(-2*x**3))/(clip(x, 0.4, inf)*{FUSED!r})
calcium_post += exp(2)/2*fiber_twitch_post*gain*(1 + potentiation_post)/(1 + potentiation_post*gain*x*{FUSED!r})
impulses_post += 1/fibers_post
"""

#: Interval of `MEMORY`, in seconds.
MEMORY_STEP_S = 0.01

#: What a unit remembers is too slow to be worth every time step: done each `MEMORY_STEP_S`.
MEMORY = f"""
potentiation *= exp(-{MEMORY_STEP_S}*second/potentiation_time)
potentiation += (greatest_potentiation - potentiation)*(1 - exp(-potentiation_step*impulses))
impulses = 0
capacity = clip(capacity - {MEMORY_STEP_S}*second*fatigability*rested_force/tetanus, 0, 1)
contraction_time = rested_contraction_time*(1 + fatigue_slowing*(1 - capacity))
"""


def mean_force(x: np.ndarray | float) -> np.ndarray:
    """Mean force of a unit that fires steadily, over its tetanic force.

    Parameters
    ----------
    x : array_like
        Contraction time over the interval between spikes.

    Returns
    -------
    ndarray
        From 0 to 1 (Fuglevand 1993; Potvin & Fuglevand 2017).
    """
    x = np.asarray(x, dtype=float)
    return np.where(x <= 0.4, FUSED * x, -np.expm1(-2 * x**3))


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
    above = np.maximum(np.asarray(x, dtype=float), 0.4)
    return mean_force(above) / (above * FUSED)


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
        """Greatest force of one fiber: specific tension times cross-section.

        Parameters
        ----------
        diameter : Quantity
            Of the fiber, a length (one or an array).

        Returns
        -------
        Quantity
            Force, in the shape of ``diameter``.
        """
        return self.specific_tension * np.pi * diameter**2 / 4

    def fiber_twitch(self, diameter: Quantity) -> Quantity:
        """Peak force of one fiber's twitch: with full fusion, gain times twitches add to the tetanus.

        Parameters
        ----------
        diameter : Quantity
            Of the fiber, a length (one or an array).

        Returns
        -------
        Quantity
            Force, in the shape of ``diameter``; a fixed share of `fiber_tetanus`.
        """
        return self.fiber_tetanus(diameter) * FUSED * 4 / np.e**2

    def contraction_times(self, sizes: np.ndarray) -> Quantity:
        """Contraction time of units by their size: large units are fast (Fuglevand's power law).

        Parameters
        ----------
        sizes : array_like, shape (units,)
            Fibers per unit.

        Returns
        -------
        Quantity, shape (units,)
            Times; longest for the smallest unit, shorter by ``contraction_range`` for the largest.
        """
        times = self.si("contraction_time") * self.si("contraction_range") ** -_position(sizes)
        return times * second

    def fatigabilities(self, sizes: np.ndarray) -> Quantity:
        """Share of force that units lose per time of tetanic force: large units most.

        Parameters
        ----------
        sizes : array_like, shape (units,)
            Fibers per unit.

        Returns
        -------
        Quantity, shape (units,)
            Rates; largest for the largest unit, smaller by ``fatigability_range`` for the smallest.
        """
        rates = self.si("fatigability") * self.si("fatigability_range") ** (_position(sizes) - 1)
        return rates * Hz


def _position(sizes: np.ndarray) -> np.ndarray:
    """Where units stand between the smallest (0) and the largest (1), on the scale of log size."""
    sizes = np.asarray(sizes, dtype=float)
    relative = np.log(sizes / sizes.min())
    return relative / relative.max() if relative.max() > 0 else relative
