"""Motor units pull on a tendon: a muscle whose length changes, driven by the fibers that fired.

The force of all units over their tetanic force is the activation of a Hill muscle (`HillMuscle`). Its
length from origin to insertion follows a velocity that the script sets. The tendon is elastic
(the fibers shorten until their force is the tendon's) or rigid (they move as the whole does).
"""

from __future__ import annotations

from typing import Any

import numpy as np
from brian2 import (
    BrianObject,
    DimensionMismatchError,
    NeuronGroup,
    Quantity,
    Synapses,
    metre,
)
from brian2.units.fundamentalunits import get_dimensions, have_same_dimensions

from .brian.target import declare_synapses
from .hill_muscle import TOE_FORCE, TOE_SHAPE, TOE_STRAIN, HillMuscle
from .motor_units import MotorUnits
from .units import newton

__all__ = ["ELASTIC", "MOVE", "RIGID", "TENDONS", "MuscleTendon"]

_COMMON = """
dlength/dt = velocity : metre
activation = clip(drive, least_activation, 1) : 1
drive : 1
active_curve = exp(-(fiber - 1)**2/active_width) : 1
passive = (exp(passive_shape*clip(fiber - 1, 0, inf)/passive_strain) - 1)/(exp(passive_shape) - 1) : 1
speed_scale = 0.25 + 0.75*activation : 1
"""

#: Fibers and tendon carry one force; the fibers move as it makes them (see `HillMuscle`).
ELASTIC = (
    _COMMON
    + """
fiber : 1
cosine = sqrt(1 - (height/clip(fiber, shortest_fiber, inf))**2) : 1
strain = clip((length - fiber*cosine*fiber_length)/tendon_length - 1, 0, inf) : 1
tendon = toe_force*(exp(toe_shape*clip(strain, 0, toe)/toe) - 1)/(exp(toe_shape) - 1) + (1 - toe_force)*clip(strain - toe, 0, inf)/(tendon_strain - toe) : 1
isometric = activation*active_curve : 1
active = tendon/cosine - passive : 1
inner = clip(active, 0, lengthening_limit*lengthening_force*isometric) : 1
shortening = int(inner <= isometric) : 1
b = shortening*(isometric + inner/shortening_shape) + (1 - shortening)*stretch*(lengthening_force*isometric - inner) : 1
slope = 1/b - (inner - isometric)*(shortening/shortening_shape - (1 - shortening)*stretch)/b**2 : 1
fiber_velocity = speed_scale*((inner - isometric)/b + slope*(active - inner)) : 1
force = strength*tendon : newton
"""  # noqa: E501
)

#: Done at each time step with an elastic tendon. A statement and not a differential equation, because
#: Brian2 would write out every intermediate quantity in every place of use.
MOVE = "fiber += dt*fastest*fiber_velocity*int(fiber > shortest_fiber or fiber_velocity > 0)"

#: The tendon keeps its slack length; the fibers move as the whole muscle does.
RIGID = (
    _COMMON
    + """
along = clip(length - tendon_length, 0*metre, inf*metre)/fiber_length : 1
fiber = clip(sqrt(along**2 + height**2), shortest_fiber, inf) : 1
cosine = along/fiber : 1
fiber_velocity = velocity*cosine/fiber_length/fastest : 1
w = fiber_velocity/speed_scale : 1
shorter = (1 + clip(w, -1, 0))/(1 - clip(w, -1, 0)/shortening_shape) : 1
longer = (1 + stretch*lengthening_force*clip(w, 0, w_limit))/(1 + stretch*clip(w, 0, w_limit)) : 1
beyond = clip(w - w_limit, 0, inf)/w_slope + clip(w + 1, -inf, 0)/(1 + 1/shortening_shape) : 1
force_velocity = int(w <= 0)*shorter + int(w > 0)*longer + beyond : 1
force = clip(strength*cosine*(activation*active_curve*force_velocity + passive), 0*newton, inf*newton) : newton
"""
)

TENDONS = {"elastic": ELASTIC, "rigid": RIGID}


class MuscleTendon(BrianObject):
    """Motor units in series with a tendon: their force depends on length and velocity.

    Parameters
    ----------
    units : MotorUnits
        What activates it.
    muscle : HillMuscle, optional
        Default: Thelen 2003 with the defaults of OpenSim 4.
    length : Quantity, optional
        From origin to insertion at the start; default: fibers at their optimal length, tendon slack.
    velocity : str, optional
        Expression for the velocity of lengthening, for example ``'v(t)'`` with a TimedArray; default: a
        parameter ``velocity`` of ``tendon``, 0 (isometric) unless a script sets it.
    tendon : {'elastic', 'rigid'}, optional
        Default elastic.
    name : str, optional
        Name of the object; the groups in it are called after it.

    Attributes
    ----------
    group : NeuronGroup
        One row: ``force`` (newton), ``length``, ``fiber`` (relative fiber length), ``activation``, ...: see
        `ELASTIC` and `RIGID`.
    strength : Quantity
        Isometric force: the sum of the tetanic forces of all units, rested.

    Raises
    ------
    TypeError
        If units, muscle or velocity are not what they should be.
    DimensionMismatchError
        If ``length`` is no length.
    ValueError
        For another ``tendon``, or a length at which the fibers are slack.

    Notes
    -----
    The tendon makes the equations moderately stiff: Brian2's 0.1 ms is enough for tendons at least a
    third as long as the fibers.
    """

    add_to_magic_network = True

    def __init__(
        self,
        units: MotorUnits,
        muscle: HillMuscle | None = None,
        *,
        length: Quantity | None = None,
        velocity: str | None = None,
        tendon: str = "elastic",
        name: str = "muscletendon*",
    ) -> None:
        muscle = HillMuscle() if muscle is None else muscle
        if not isinstance(units, MotorUnits):
            raise TypeError(f"units must be a nmj.MotorUnits, got {units!r}.")
        if not isinstance(muscle, HillMuscle):
            raise TypeError(f"muscle must be a nmj.HillMuscle, got {muscle!r}.")
        if tendon not in TENDONS:
            raise ValueError(f"tendon must be one of {', '.join(TENDONS)}, got {tendon!r}.")
        slack = muscle.tendon_length
        if length is None:
            length = slack + muscle.fiber_length * np.cos(muscle.pennation)
        if not have_same_dimensions(length, metre):
            raise DimensionMismatchError(
                f"length is one of muscle and tendon, such as 30*cm; got {length!r}",
                get_dimensions(length),
            )
        if np.ndim(length) != 0 or not slack < length < np.inf * metre:
            raise ValueError(f"length must be longer than the tendon ({slack}), got {length!r}.")
        if velocity is not None and not isinstance(velocity, str):
            raise TypeError(
                "velocity is an expression in quotes, such as 'v(t)' with a TimedArray, "
                f"'-2*cm/second' or a name of the script; got {velocity!r}. A constant can also be "
                "set: tendon.group.velocity = -2*cm/second."
            )
        rest = muscle.isometric(length, muscle.least_activation)[0] if tendon == "elastic" else None
        super().__init__(clock=units.clock, name=name)
        self.muscle, self.motor_units = muscle, units
        self.strength = float(np.sum(units.units.tetanus_[:])) * newton
        line = (
            "velocity : metre/second"
            if velocity is None
            else f"velocity = {velocity} : metre/second"
        )
        self.group = NeuronGroup(
            1,
            TENDONS[tendon] + line,
            method="euler",
            clock=units.clock,
            namespace=_constants(muscle, self.strength),
            name=f"{self.name}_group",
        )
        self.group.length = length
        if rest is not None:
            self.group.fiber = rest
            self.group.run_regularly(MOVE, name=f"{self.name}_move")
        self.pull = Synapses(
            units.units,
            self.group,
            "drive_post = force_pre/strength : 1 (summed)",
            namespace={"strength": self.strength},
            clock=units.clock,
            name=f"{self.name}_pull",
        )
        self.pull.connect()
        self.contained_objects.extend([self.group, self.pull])

    def before_run(self, run_namespace: dict) -> None:
        """Make the contained synapses known to the standalone device; Brian2 calls it.

        Parameters
        ----------
        run_namespace : dict
            As in `brian2.BrianObject.before_run`.
        """
        super().before_run(run_namespace)
        declare_synapses(self.pull)

    def run(self) -> None:
        """Nothing of its own to do in a step: the contained objects do it."""

    def sources(self) -> list[str]:
        """Where the numbers of the muscle come from.

        Returns
        -------
        list of str
            Keys of `nmj_brian.bibliography.REFERENCES`, in order of first use.
        """
        return self.muscle.sources()


def _constants(muscle: HillMuscle, strength: Quantity) -> dict[str, Any]:
    """What the equations need: the muscle's parameters and what follows from them once."""
    names = (
        "fiber_length", "tendon_length", "fastest", "least_activation", "active_width", "passive_shape",
        "passive_strain", "tendon_strain", "shortening_shape", "lengthening_force", "lengthening_limit",
    )  # fmt: skip
    A, L = muscle.shortening_shape, muscle.lengthening_force
    stretch = (2 + 2 / A) / (L - 1)
    limit = muscle.lengthening_limit * L
    return {name: getattr(muscle, name) for name in names} | {
        "strength": strength,
        "height": float(np.sin(muscle.pennation)),
        "shortest_fiber": muscle.shortest_fiber,
        "toe": TOE_STRAIN * muscle.tendon_strain,
        "toe_force": TOE_FORCE,
        "toe_shape": TOE_SHAPE,
        "stretch": stretch,
        "w_limit": (limit - 1) / (stretch * (L - limit)),
        "w_slope": (L - 1) / (stretch * (L - limit) ** 2),
    }
