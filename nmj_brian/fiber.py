"""A muscle fiber: diameter, passive membrane, channels and tubules, and the chains built from
them.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
from brian2 import Quantity, ohm

from .conditioned import Conditioned
from .membrane import MembraneChain, gate_rates
from .parameters import Parameter, ParameterSet
from .slow_inactivation import slowly_inactivated

__all__ = ["Fiber"]


class Fiber(Conditioned, ParameterSet):
    """One kind of muscle fiber, described by parameters (see `nmj_brian.fibers` for ready ones).

    Parameters
    ----------
    name : str
        What it describes, e.g. ``'human fiber'``.
    parameters : dict of str to Parameter
        All numbers, as in `nmj_brian.fibers`; must contain ``temperature``.

    Examples
    --------
    >>> import nmj_brian as nmj
    >>> from brian2 import um
    >>> fiber = nmj.fibers.human(diameter=60*um)
    >>> fiber.cable().safety_factor()  # doctest: +SKIP
    """

    _place = "fiber"

    def _with(self, parameters: dict[str, Parameter]) -> Fiber:
        return self._kept(type(self)(self.name, parameters))

    def membranes(
        self,
        area_m2: Any,
        g_axial_S: Any,
        na_factor: Any,
        spike_compartment: int,
        recovery_mV: float | None = None,
    ) -> MembraneChain:
        """Compartments of this fiber's membrane, each exactly at rest at the resting potential.

        Parameters
        ----------
        area_m2 : array_like, shape (M,)
            Surface area of each compartment (both sides of the end plate together).
        g_axial_S : array_like, shape (M - 1,)
            Conductance between neighbors.
        na_factor : array_like, shape (M,)
            Na density of each surface relative to ``Na_density``.
        spike_compartment : int
            Where the action potential is timed.
        recovery_mV : float, optional
            In place of the fiber's ``Na_recovery_slope`` (a fitted number of short chains).

        Returns
        -------
        MembraneChain
            Its leak reversal balances Na and K at rest, in surface and tubule separately.
        """
        area = np.asarray(area_m2, dtype=float)
        ratio = self.tubule_ratio
        both = np.stack([area, ratio * area], axis=1)
        rest = 1e3 * self.si("resting_potential")
        e_na, e_k = 1e3 * self.si("Na_reversal"), 1e3 * self.si("K_reversal")
        na = self.si("Na_density") * both * [1.0, self.si("tubule_Na")]
        na[:, 0] *= na_factor
        potassium = self.si("K_density") * both * [1.0, self.si("tubule_K")]
        in_tubule = self.si("tubule_leak")
        density = 1.0 / self.si("membrane_resistance")
        leak = density * both * [1.0, in_tubule]
        recovery = 1e3 * self.si("Na_recovery_slope") if recovery_mV is None else recovery_mV
        shift = 1e3 * self.si("Na_inactivation_shift")
        alpha, beta = gate_rates(rest, recovery, shift)
        m, h, n = alpha / (alpha + beta)
        inward = na * m**3 * h * (rest - e_na) + potassium * n**4 * (rest - e_k)
        e_leak = rest + np.divide(inward, leak, out=np.zeros_like(inward), where=leak > 0)
        return MembraneChain(
            capacitance_F=self.si("membrane_capacitance") * both,
            g_na_S=na,
            g_k_S=potassium,
            g_leak_S=leak,
            e_leak_mV=e_leak,
            g_access_S=area / self.si("access_resistance"),
            g_axial_S=np.asarray(g_axial_S, dtype=float),
            speed=(
                self.si("activation_speed"),
                self.si("repolarization_speed"),
                self.si("repolarization_speed"),
            ),
            v_guess_mV=rest,
            recovery_mV=recovery,
            shift_mV=shift,
            e_na_mV=e_na,
            e_k_mV=e_k,
            spike_compartment=spike_compartment,
        )

    def adapted(self, model: MembraneChain) -> MembraneChain:
        """Compartments of this fiber, their Na channels slowly inactivated by its lasting conductance.

        Parameters
        ----------
        model : MembraneChain
            Of this fiber, its end plate first.

        Returns
        -------
        MembraneChain
            The same where nothing lasts.
        """
        lasting = self.si("lasting_conductance")
        if lasting == 0:
            return model
        names = ("lasting_reversal", "Na_slow_half", "Na_slow_slope")
        return slowly_inactivated(model, lasting, *(1e3 * self.si(name) for name in names))

    def axial_conductance(self, distance_m: Any) -> np.ndarray:
        """Conductance of the sarcoplasm along the fiber, both sides of the end plate together.

        Parameters
        ----------
        distance_m : array_like
            Length of sarcoplasm, in meters.

        Returns
        -------
        ndarray
            Siemens, in the shape of ``distance_m``.
        """
        core = np.pi * self.si("diameter") ** 2 / 4.0
        return 2.0 * core / (self.si("axial_resistivity") * np.asarray(distance_m, dtype=float))

    @property
    def tubule_ratio(self) -> float:
        """Area of tubular membrane per area of surface (gamma): it grows with the diameter."""
        return self.si("tubule_density") * self.si("diameter") / 4.0

    @property
    def surface_resistance(self) -> float:
        """Resting resistance times area of surface, tubules included, in ohm m^2."""
        tubules = self.tubule_ratio * self.si("tubule_leak")
        return self.si("membrane_resistance") / (1.0 + tubules)

    @property
    def time_constant_s(self) -> float:
        """Slow membrane time constant at rest, in seconds: all the capacitance over all the
        leak.
        """
        per_surface = self.si("membrane_capacitance") * (1.0 + self.tubule_ratio)
        return self.surface_resistance * per_surface

    @property
    def length_constant(self) -> Quantity:
        """Distance over which a steady potential falls e-fold along an endless fiber."""
        from brian2 import meter

        square = self.surface_resistance * self.si("diameter")
        return np.sqrt(square / (4.0 * self.si("axial_resistivity"))) * meter

    @property
    def infinite_input_resistance(self) -> Quantity:
        """Resistance seen at one point of an endless passive fiber (closed form)."""
        length = float(self.length_constant)
        core = np.pi * self.si("diameter") ** 2 / 4.0
        return 0.5 * self.si("axial_resistivity") * length / core * ohm

    def cable(self, **options: Any) -> Any:
        """The reference solution of this fiber.

        Parameters
        ----------
        **options
            ``half_length``, ``refine``, ``quantum``, ``step`` as in `nmj_brian.Cable`.

        Returns
        -------
        Cable
            A long stretch in many compartments.
        """
        from .cable import Cable

        return Cable(self, **options)

    def chain(self, compartments: int | None = None, **options: Any) -> Any:
        """The population's short chain of this fiber.

        Parameters
        ----------
        compartments : int, optional
            2 to 8; by default the fiber's own ``compartments``.
        **options
            ``refit``, ``quantum``, ``step`` as in `nmj_brian.Chain`.

        Returns
        -------
        Chain
            Fitted to the cable, or taken from the fits that are shipped.
        """
        from .chain import Chain

        count = int(self["compartments"].si()) if compartments is None else compartments
        return Chain(self, compartments=count, **options)

    def whole(self, length: Quantity, endplate: float | Quantity = 0.5, **options: Any) -> Any:
        """This fiber from tendon to tendon, for a population of cables.

        Parameters
        ----------
        length : Quantity
            From tendon to tendon.
        endplate : float or Quantity, optional
            Position of the end plate: a share of the length, or a length.
        **options
            ``sites``, ``electrode``, ``compartment``, ``quantum``, ``step`` as in `nmj_brian.WholeFiber`.

        Returns
        -------
        WholeFiber
            To be given to `nmj_brian.MuscleFibers`.
        """
        from .whole_fiber import WholeFiber

        return WholeFiber(self, length, endplate, **options)

    def model(self, h_s: float, n_sub: int = 0) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
        """The population's chain for the kernel: fields of ``nmj_fiber_model`` for one sub-step.

        Parameters
        ----------
        h_s : float
            Sub-step in seconds.
        n_sub : int, optional
            Sub-steps that a fiber near rest may take at once; 0: none.

        Returns
        -------
        scalars, arrays : dict
            By field name.
        """
        membrane = _chain_of(self).model
        return membrane.scalars(h_s, coarse=n_sub), membrane.arrays(h_s, coarse=n_sub)


@lru_cache(maxsize=64)
def _chain_of(fiber: Fiber) -> Any:
    """The chain of a fiber, fitted once per set of parameters."""
    return fiber.chain()
