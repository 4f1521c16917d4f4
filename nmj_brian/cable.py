"""The reference solution of a fiber: a long stretch cut into many graded compartments.

The end plate is the first compartment (half-length ``endplate_reach``, its own Na density);
compartments grow from half a diameter to a hundredth of the stretch (60 um in man). The far end is
sealed and lies many length constants away.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from brian2 import Quantity, meter, ohm, second, siemens
from brian2.units.fundamentalunits import fail_for_dimension_mismatch

from .excitation import Excitable
from .fiber import Fiber
from .membrane import MAX_COMPARTMENTS

__all__ = ["Cable"]

#: Where the action potential is timed: clear of the end plate's Na and of the end-plate current.
SPIKE_DISTANCE_M = 0.5e-3


def compartment_lengths(
    total_m: float, reach_m: float, diameter_m: float, longest_m: float, refine: float = 1.0
) -> np.ndarray:
    """Lengths of the compartments from an end plate outwards, up to at least ``total_m``, in meters.

    The end plate's own half-length, then from half a diameter on each 8 % longer than the one before,
    up to ``longest_m``. ``refine`` divides the first length and the growth.
    """
    lengths, covered = [reach_m], reach_m
    step = min(diameter_m / 2.0 / refine, longest_m)
    while covered < total_m:
        lengths.append(step)
        covered += step
        step = min(step * (1.0 + 0.08 / refine), longest_m)
    return np.array(lengths)


def velocity(name: str, along_m: np.ndarray, crossings_s: np.ndarray | None) -> Quantity:
    """Speed between a quarter and six tenths of a side, from when its compartments were reached."""
    first, last = (int(np.abs(along_m - share * along_m[-1]).argmin()) for share in (0.25, 0.6))
    if crossings_s is None or not np.isfinite(crossings_s[[first, last]]).all():
        raise ValueError(f"No action potential travels along the {name}.")
    span = along_m[last] - along_m[first]
    return span / (crossings_s[last] - crossings_s[first]) * meter / second


class Cable(Excitable):
    """A muscle fiber from its end plate outwards, both sides folded together.

    Parameters
    ----------
    fiber : Fiber
        The fiber.
    half_length : Quantity, optional
        From the end plate to the sealed end; by default eight length constants, at least 6 mm.
    refine : float, optional
        Divide the length of compartments by this (for tests of convergence).
    **options
        ``quantum``, ``step`` as in `Excitable`.

    Raises
    ------
    ValueError
        If the half-length is not above 20 times ``endplate_reach``, or needs too many compartments.

    Examples
    --------
    >>> import nmj_brian as nmj
    >>> cable = nmj.fibers.human().cable()
    >>> cable.conduction_velocity()  # doctest: +SKIP
    3.75 m/s
    """

    def __init__(
        self,
        fiber: Fiber,
        half_length: Quantity | None = None,
        refine: float = 1.0,
        **options: Any,
    ) -> None:
        total = max(8.0 * float(fiber.length_constant), 6e-3)
        longest = total / 100.0 / refine
        if half_length is not None:
            fail_for_dimension_mismatch(half_length, meter, "half_length of a cable is a length")
            total = float(half_length / meter)
        reach = fiber.si("endplate_reach")
        if not total > 20 * reach:
            raise ValueError(
                f"The cable's half length must exceed 20 times endplate_reach, {20e3 * reach:g} "
                "mm, "
                f"got {1e3 * total:g} mm."
            )
        length = compartment_lengths(total, reach, fiber.si("diameter"), longest, refine)
        if len(length) > MAX_COMPARTMENTS:
            raise ValueError(f"The cable needs {len(length)} compartments; refine less.")
        self._half_length, self._refine = total, refine
        center = np.cumsum(length) - length / 2.0
        center[0] = 0.0
        factor = np.ones(len(length))
        factor[0] = fiber.si("Na_endplate_factor")
        self._center = center
        model = fiber.membranes(
            area_m2=2.0 * np.pi * fiber.si("diameter") * length,
            g_axial_S=fiber.axial_conductance(np.diff(center)),
            na_factor=factor,
            spike_compartment=int(np.abs(center - SPIKE_DISTANCE_M).argmin()),
        )
        super().__init__(fiber, fiber.adapted(model), **options)

    @property
    def distance(self) -> Quantity:
        """Distance of each compartment's center from the end plate."""
        return self._center * meter

    def conduction_velocity(self, quanta: float | None = None) -> Quantity:
        """Speed of the action potential between a quarter and six tenths of the half-length.

        Parameters
        ----------
        quanta : float, optional
            Number of quanta that start it; by default twice the quanta to fire.

        Returns
        -------
        Quantity
            Distance of the two compartments over the time between their spikes, a speed.

        Raises
        ------
        ValueError
            If no action potential reaches both, or the number of quanta is negative.
        """
        quanta = 2.0 * self.quanta_to_fire() if quanta is None else quanta
        crossings = self.epp(quanta).crossings if np.isfinite(quanta) else None
        return velocity(self.fiber.name, self._center, crossings)

    def passive(self) -> Cable:
        """The same cable without Na and K channels: only the leak and the capacitances.

        Returns
        -------
        Cable
            A new one of the same compartments, quantum and sub-step.
        """
        zero = 0 * siemens / meter**2
        bare = self.fiber.replace(Na_density=zero, K_density=zero)
        return Cable(
            bare,
            half_length=self._half_length * meter,
            refine=self._refine,
            quantum=self.quantum,
            step=self._h * second,
        )

    def input_resistance(self, current_A: float = -1e-11) -> Quantity:
        """Steady voltage per current at the end plate, from a simulated small current step.

        For a passive cable it should be `Fiber.infinite_input_resistance`, the closed form.

        Parameters
        ----------
        current_A : float, optional
            Current injected at the end plate, in ampere, not 0; negative hyperpolarizes. It flows
            for 15 membrane time constants.

        Returns
        -------
        Quantity
            A resistance, of the fiber to both sides of the end plate.
        """
        volts = self._steady(current_A)
        return volts[0] * 1e-3 / current_A * ohm

    def measured_length_constant(self, current_A: float = -1e-11) -> Quantity:
        """Decay of the steady voltage along the simulated cable within two length constants.

        A line through the logarithm of the voltage between 0.1 and 2 length constants from the end
        plate. For a passive cable it should be `Fiber.length_constant`, the closed form.

        Parameters
        ----------
        current_A : float, optional
            Current injected at the end plate, in ampere, not 0; negative hyperpolarizes. It flows
            for 15 membrane time constants.

        Returns
        -------
        Quantity
            Distance over which the voltage falls e-fold.
        """
        volts = self._steady(current_A)
        scale = float(self.fiber.length_constant)
        near = (self._center > 0.1 * scale) & (self._center < 2.0 * scale)
        slope = np.polyfit(self._center[near], np.log(volts[near] / volts[0]), 1)[0]
        return -1.0 / slope * meter

    def _steady(self, current_A: float) -> np.ndarray:
        h = 25e-6
        steps = int(np.ceil(15.0 * self.fiber.time_constant_s / h))
        kernel = self.model.kernel(h)
        rest, state = self.model.resting()
        count = self.model.compartments
        out = np.empty((steps + 1, 2 * count))
        zero = np.zeros(steps)
        kernel.trace(
            rest,
            state,
            zero,
            zero,
            np.full(steps, current_A),
            1.0,
            False,
            out,
            np.full(count, np.nan),
        )
        return np.concatenate(
            [
                out[-1, :1] - rest,
                out[-1, count + 1 :] - self.model.resting()[1][9 * count : 10 * count - 1],
            ]
        )
