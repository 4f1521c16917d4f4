"""The potential of a muscle fiber outside of it: a line source in a volume conductor.

An action potential runs from the end plate to both ends of the fiber. The current that leaves the membrane
per length is ``pi a^2 / Ri d2V/dz2`` (core conductor, potential outside small against that inside); muscle
conducts better along than across its fibers, so that a point current I at a distance r across and z along
gives ``I / (4 pi sigma_r sqrt(K r^2 + z^2))``, K = sigma_z / sigma_r. Both together, once integrated by
parts (no current flows out of the sealed ends):

``phi = -pi a^2 / (4 pi sigma_r Ri) * integral of dV/dz d/dz (K r^2 + (z - z_e)^2)^(-1/2) dz``

which contains the standing potential as the wave runs into the end of the fiber. At an electrode on the
skin, air does not conduct: the potential is doubled (exact for a flat surface along the fibers).

Deviations from the biology, stated: no layer of fat or skin of its own conductivity, no bone; the wave has
the shape of Rosenfalck 1969 at every velocity; velocity does not change with activity.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from brian2 import Quantity, metre, mV, second, volt
from numpy.typing import ArrayLike, NDArray

from .intracellular_potential import rosenfalck

__all__ = ["LineSource", "conduction_velocity"]

#: Cells of a fiber are at most so long: the action potential rises within 3 mm.
_CELL_M = 0.1e-3
#: Diameters for which the velocity is meant, in um.
_THINNEST_UM, _THICKEST_UM = 10.0, 200.0


def conduction_velocity(diameter: Quantity) -> Quantity:
    """Velocity of a muscle fiber's action potential by its diameter.

    ``2.2 m/s + 0.05 m/s per um * (d - 25 um)``, in the form that simulators of single-fiber EMG use
    (Nandedkar & Stalberg 1983; recalled). 3.7 m/s at 55 um.

    Parameters
    ----------
    diameter : Quantity
        Of the fiber.

    Returns
    -------
    Quantity
        Meters per second.

    Raises
    ------
    ValueError
        For a diameter that gives no velocity.
    """
    d_um = float(diameter / metre) * 1e6
    if not _THINNEST_UM <= d_um <= _THICKEST_UM:
        raise ValueError(
            f"no velocity is known for a muscle fiber of {diameter}: give velocity=, e.g. 4*meter/second."
        )
    return (2.2 + 0.05 * (d_um - 25)) * metre / second


class LineSource:
    """Electric field around an active muscle fiber.

    Parameters
    ----------
    diameter : Quantity
        Of the fiber.
    axial_resistivity : Quantity
        Of its inside.
    conductivity_radial, conductivity_axial : Quantity
        Of the muscle across and along its fibers.
    half_length : Quantity
        From the end plate to either end.
    velocity : Quantity, optional
        Of conduction; by default `conduction_velocity` of the diameter.
    surface : bool, optional
        Whether the electrode lies on the skin (potential doubled) or deep in muscle.
    action_potential : callable, optional
        Potential inside by the distance behind the front; `rosenfalck` by default.
    """

    def __init__(
        self,
        diameter: Quantity,
        axial_resistivity: Quantity,
        conductivity_radial: Quantity,
        conductivity_axial: Quantity,
        half_length: Quantity,
        *,
        velocity: Quantity | None = None,
        surface: bool = False,
        action_potential: Any = rosenfalck,
    ) -> None:
        radial = float(conductivity_radial)
        self.anisotropy = float(conductivity_axial) / radial
        core = np.pi * float(diameter) ** 2 / 4
        self.factor = (2 if surface else 1) * core / (4 * np.pi * radial * float(axial_resistivity))
        self.half_length_m = float(half_length)
        self.velocity = conduction_velocity(diameter) if velocity is None else velocity
        cells = 2 * int(np.ceil(self.half_length_m / _CELL_M))
        self.edges_m = np.linspace(-self.half_length_m, self.half_length_m, cells + 1)
        self._inside = action_potential

    def steps_V(self, t_s: ArrayLike) -> NDArray[np.float64]:
        """Difference of the inner potential along each cell of the fiber.

        Parameters
        ----------
        t_s : array_like, shape (times,)
            Seconds since the action potential left the end plate.

        Returns
        -------
        ndarray, shape (times, cells)
            In volt, from the negative end of the fiber on.
        """
        behind = float(self.velocity) * np.asarray(t_s)[:, None] - np.abs(self.edges_m)
        inside = np.asarray(self._inside(behind * metre) / volt)
        return np.diff(inside, axis=1)

    def weights(self, across_m: ArrayLike, along_m: ArrayLike) -> NDArray[np.float64]:
        """What a difference of 1 V along each cell gives at electrodes.

        Parameters
        ----------
        across_m, along_m : array_like, shape (electrodes,)
            Distance of each electrode from the fiber, and its place along it from the end plate on, in
            meters.

        Returns
        -------
        ndarray, shape (electrodes, cells)
            In volt per volt.
        """
        r2 = self.anisotropy * np.asarray(across_m, dtype=float)[..., None] ** 2
        near = (r2 + (self.edges_m - np.asarray(along_m, dtype=float)[..., None]) ** 2) ** -0.5
        # exact for a potential that is linear within each cell
        return -self.factor * np.diff(near, axis=-1) / np.diff(self.edges_m)

    def potential(self, t: Quantity, across: Quantity, along: Quantity = 0 * metre) -> Quantity:
        """Potential at a point electrode after the fiber's spike: a single-fiber action potential.

        Parameters
        ----------
        t : Quantity, shape (times,)
            Since the action potential left the end plate.
        across : Quantity
            Distance from the axis of the fiber.
        along : Quantity, optional
            Place along the fiber, from its end plate on.

        Returns
        -------
        Quantity, shape (times,)
            Against a far electrode; negative as the wave passes.

        Raises
        ------
        ValueError
            If the electrode lies inside of the fiber.
        """
        if not float(across) > 0:
            raise ValueError(f"the electrode must lie outside of the fiber, got across = {across}.")
        weights = self.weights(np.array([float(across)]), np.array([float(along)]))[0]
        return self.steps_V(np.atleast_1d(np.asarray(t / second))) @ weights * 1e3 * mV
