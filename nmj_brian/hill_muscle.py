"""A whole muscle that shortens and lengthens: Hill's muscle in the form of Thelen 2003.

Everything is relative: fiber length l to the optimal one, velocity v to ``fastest`` optimal lengths per
time, force to the isometric one::

    active force-length   f(l) = exp(-(l - 1)^2 / active_width)
    passive force-length  p(l) = (exp(k (l - 1)/e) - 1)/(exp k - 1)                above 1, else 0
    force-velocity        v = (1/4 + 3/4 a) (F - a f)/b,  F: active force, a: activation
                          b = a f + F/A                                            shortening
                          b = (2 + 2/A)(a f L - F)/(L - 1)                         lengthening
                          and straight on above ``lengthening_limit`` L a f, and below 0
    tendon                exponential up to a third of the force, then straight; strain e0 at force 1
    pennation             fibers keep their height: l sin(angle) is constant
    activation            da/dt = (u - a)/tau, tau = activation_time (1/2 + 3/2 a) for u > a,
                          deactivation_time/(1/2 + 3/2 a) else

Deviation: activation is that of the motor units behind it (`nmj_brian.MuscleTendon`), where there are any,
and the first-order one only where there are none.

`HillMuscle` is the description and the curves; `nmj_brian.MuscleTendon` puts it behind motor units.
"""

from __future__ import annotations

import numpy as np
from brian2 import Quantity, metre
from brian2.units.fundamentalunits import fail_for_dimension_mismatch

from .parameters import Parameter, ParameterSet
from .presets import hill_muscle as presets

__all__ = ["TOE_FORCE", "TOE_SHAPE", "TOE_STRAIN", "HillMuscle"]

#: Force and shape of the tendon's toe (Thelen 2003); the strain where it ends follows from a smooth slope.
TOE_FORCE, TOE_SHAPE = 0.33, 3.0
_E3 = float(np.exp(TOE_SHAPE))
#: Toe strain over the strain at full force: exact value of the paper's rounded 0.609.
TOE_STRAIN = 99 * _E3 / (166 * _E3 - 67)


class HillMuscle(ParameterSet):
    """Length and velocity of a muscle and its tendon set its force.

    Parameters
    ----------
    name : str, optional
        What the set describes.
    parameters : dict of str to Parameter, optional
        Default: Thelen 2003 with the defaults of OpenSim 4.
    """

    def __init__(
        self, name: str = "Thelen muscle", parameters: dict[str, Parameter] | None = None
    ) -> None:
        super().__init__(name, presets.opensim_4() if parameters is None else parameters)

    @classmethod
    def opensim_3(cls) -> HillMuscle:
        """Defaults of early versions 3 of OpenSim, which differ in tendon and lengthening force.

        Returns
        -------
        HillMuscle
            All other parameters as in the default.
        """
        return cls("Thelen muscle, early OpenSim 3", presets.opensim_3())

    def active_force(self, length: np.ndarray | float) -> np.ndarray:
        """Isometric active force of fully active fibers: a Gaussian of their length.

        Parameters
        ----------
        length : array_like
            Fiber length over the optimal one.

        Returns
        -------
        ndarray
            Over the isometric force at optimal length, in the shape of ``length`` (Thelen 2003).
        """
        return np.exp(-((np.asarray(length, dtype=float) - 1) ** 2) / self.active_width)

    def passive_force(self, length: np.ndarray | float) -> np.ndarray:
        """Force of stretched passive fibers: exponential above the optimal length, 0 below.

        Parameters
        ----------
        length : array_like
            Fiber length over the optimal one.

        Returns
        -------
        ndarray
            Over the isometric force, in the shape of ``length`` (Thelen 2003).
        """
        strain = np.maximum(np.asarray(length, dtype=float) - 1, 0)
        shape = self.passive_shape
        return np.expm1(shape * strain / self.passive_strain) / np.expm1(shape)

    def tendon_force(self, strain: np.ndarray | float) -> np.ndarray:
        """Force of the stretched tendon: an exponential toe, then a straight line; 0 when slack.

        Parameters
        ----------
        strain : array_like
            Elongation over the slack length.

        Returns
        -------
        ndarray
            Over the isometric force, in the shape of ``strain`` (Thelen 2003).
        """
        strain = np.maximum(np.asarray(strain, dtype=float), 0)
        toe = TOE_STRAIN * self.tendon_strain
        curved = TOE_FORCE * np.expm1(TOE_SHAPE * np.minimum(strain, toe) / toe) / (_E3 - 1)
        return curved + (1 - TOE_FORCE) * np.maximum(strain - toe, 0) / (self.tendon_strain - toe)

    def tendon_elongation(self, force: np.ndarray | float) -> np.ndarray:
        """Strain of the tendon under a force: the inverse of `tendon_force`.

        Parameters
        ----------
        force : array_like
            Over the isometric force; less than 0 counts as 0.

        Returns
        -------
        ndarray
            Elongation over the slack length, in the shape of ``force``.
        """
        force = np.maximum(np.asarray(force, dtype=float), 0)
        toe = TOE_STRAIN * self.tendon_strain
        curved = toe / TOE_SHAPE * np.log1p(np.minimum(force, TOE_FORCE) / TOE_FORCE * (_E3 - 1))
        straight = np.maximum(force - TOE_FORCE, 0) / (1 - TOE_FORCE)
        return curved + straight * (self.tendon_strain - toe)

    def velocity(
        self, force: np.ndarray | float, activation: np.ndarray | float, length: float = 1.0
    ) -> np.ndarray:
        """Velocity of fibers that carry an active force; lengthening is positive.

        Parameters
        ----------
        force : array_like
            Active force, over the isometric one.
        activation : array_like
            From ``least_activation`` to 1.
        length : float, optional
            Fiber length over the optimal one.

        Returns
        -------
        ndarray
            Over ``fastest``, in the common shape of force and activation (Thelen 2003).
        """
        a = np.asarray(activation, dtype=float)
        isometric = a * self.active_force(length)
        force = np.asarray(force, dtype=float)
        inner = np.clip(force, 0, self.lengthening_limit * self.lengthening_force * isometric)
        shorter = isometric + inner / self.shortening_shape
        stretch = (2 + 2 / self.shortening_shape) / (self.lengthening_force - 1)
        longer = stretch * (self.lengthening_force * isometric - inner)
        short = inner <= isometric
        b = np.where(short, shorter, longer)
        slope_of_b = np.where(short, 1 / self.shortening_shape, -stretch)
        slope = 1 / b - (inner - isometric) * slope_of_b / b**2
        return (0.25 + 0.75 * a) * ((inner - isometric) / b + slope * (force - inner))

    def force_velocity(
        self, velocity: np.ndarray | float, activation: np.ndarray | float = 1.0
    ) -> np.ndarray:
        """Active force over the isometric one, at a velocity: the inverse of `velocity`.

        Parameters
        ----------
        velocity : array_like
            Over ``fastest``; lengthening is positive.
        activation : array_like, optional
            From ``least_activation`` to 1.

        Returns
        -------
        ndarray
            Over the isometric force at the same activation and length; common shape of both.
        """
        w = np.asarray(velocity, dtype=float) / (0.25 + 0.75 * np.asarray(activation, dtype=float))
        A, L = self.shortening_shape, self.lengthening_force
        stretch = (2 + 2 / A) / (L - 1)
        limit = self.lengthening_limit * L
        w_limit = (limit - 1) / (stretch * (L - limit))
        slope = stretch * (L - 1) / (stretch * (L - limit)) ** 2
        curved = np.clip(w, -1, w_limit)
        shorter = (1 + np.minimum(curved, 0)) / (1 - np.minimum(curved, 0) / A)
        stretched = np.maximum(curved, 0) * stretch
        longer = (1 + stretched * L) / (1 + stretched)
        beyond = np.where(w > w_limit, (w - w_limit) / slope, 0.0)
        below = np.where(w < -1, (w + 1) / (1 + 1 / A), 0.0)
        return np.where(w <= 0, shorter, longer) + beyond + below

    @property
    def shortest_fiber(self) -> float:
        """Relative length below which fibers do not go: a pennation of acos(0.1), as in OpenSim, or 0.01."""
        return max(float(np.sin(self.pennation)) / float(np.sin(np.arccos(0.1))), 0.01)

    def isometric(self, length: Quantity, activation: float) -> tuple[float, float]:
        """Equilibrium of fibers and elastic tendon at a fixed length of both together.

        Parameters
        ----------
        length : Quantity
            From origin to insertion.
        activation : float
            From ``least_activation`` to 1.

        Returns
        -------
        fiber_length, force : float
            Relative.

        Raises
        ------
        ValueError
            If the muscle is so short that its fibers would be slack.
        """
        from scipy.optimize import brentq

        fail_for_dimension_mismatch(
            length, metre, "length must be a length, got {value}", value=length
        )
        total = float(length / self.fiber_length)
        slack = float(self.tendon_length / self.fiber_length)
        height = np.sin(self.pennation)
        activation = max(float(activation), self.least_activation)

        def cosine(fiber: float) -> float:
            return float(np.sqrt(1 - (height / fiber) ** 2))

        def excess(fiber: float) -> float:
            strain = (total - fiber * cosine(fiber)) / slack - 1
            force = activation * self.active_force(fiber) + self.passive_force(fiber)
            return float(force * cosine(fiber) - self.tendon_force(strain))

        shortest = self.shortest_fiber
        longest = float(np.hypot(max(total - slack, 1e-9), height))
        if longest <= shortest:
            raise ValueError(f"at {length} the fibers are slack: make the muscle longer.")
        fiber = brentq(excess, shortest, longest, xtol=1e-14)
        strain = (total - fiber * cosine(fiber)) / slack - 1
        return fiber, float(self.tendon_force(strain))

    def activation_rate(self, excitation: float, activation: float) -> Quantity:
        """Rate of change of activation under a neural excitation: fast up, slow down.

        Parameters
        ----------
        excitation, activation : float
            Both from 0 to 1.

        Returns
        -------
        Quantity
            Per time (Thelen 2003); positive where excitation is above activation.
        """
        blend = 0.5 + 1.5 * activation
        if excitation > activation:
            return (excitation - activation) / (self.activation_time * blend)
        return (excitation - activation) / (self.deactivation_time / blend)
