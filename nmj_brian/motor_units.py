"""Motor units: a pool of motor neurons, the fibers each of them owns, and the force of a muscle."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from brian2 import BrianObject, NeuronGroup, Quantity, Synapses

from . import fibers as fiber_presets
from . import junctions as junction_presets
from .brian.runner import run_seldom
from .brian.target import declare_synapses
from .contraction import EXCITATION, MEMORY, MEMORY_STEP_S, UNIT_EQUATIONS, Contraction
from .fiber import Fiber
from .junction import Junction
from .muscle_fibers import MuscleFibers
from .neuromuscular_junction import NMJ
from .parameters import whole_number
from .units import newton
from .whole_fiber import WholeFiber

__all__ = ["Innervation", "MotorUnits", "innervation"]


@dataclass(frozen=True)
class Innervation:
    """Which motor neuron owns which fibers.

    Attributes
    ----------
    sizes : ndarray of int
        Fibers per unit, in order of recruitment (small first).
    whole : Innervation or None
        The muscle of which this is a part, if it is one (see `part`).
    chosen : ndarray of int or None
        Which units of the whole muscle a part has.
    """

    sizes: np.ndarray
    whole: Innervation | None = None
    chosen: np.ndarray | None = None

    @property
    def units(self) -> int:
        """Number of motor units."""
        return len(self.sizes)

    @property
    def fibers(self) -> int:
        """Number of fibers."""
        return int(self.sizes.sum())

    @property
    def unit_of_fiber(self) -> np.ndarray:
        """Unit of each fiber; the fibers of one unit are neighbors."""
        return np.repeat(np.arange(self.units), self.sizes)

    @property
    def unit_indices(self) -> np.ndarray:
        """Index of each unit in the whole muscle."""
        return np.arange(self.units) if self.chosen is None else self.chosen

    @property
    def fiber_indices(self) -> np.ndarray:
        """Index of each fiber in the whole muscle."""
        if self.whole is None:
            return np.arange(self.fibers)
        first = np.cumsum(self.whole.sizes) - self.whole.sizes
        before = np.cumsum(self.sizes) - self.sizes
        return np.repeat(first[self.chosen] - before, self.sizes) + np.arange(self.fibers)

    def part(self, units: Any) -> Innervation:
        """Some units of the muscle, which stay what they are in the whole: fibers, quanta, force.

        Downstream of their motor neurons the units of a muscle are independent, so that it can be
        simulated in parts: `MotorUnits` made of a part (and of its neurons) gives the spikes and forces
        that the whole muscle gives for these units, bit for bit. `nmj_brian.shard` does it for all units.

        Parameters
        ----------
        units : array_like of int
            Indices of the units, in any order; the fibers of the part come in that order.

        Returns
        -------
        Innervation
            With ``whole``, ``unit_indices`` and ``fiber_indices``.

        Raises
        ------
        ValueError
            If there are none, one is named twice, or there is no such unit.
        """
        index = np.array(units)
        if index.ndim != 1 or index.dtype.kind not in "iu" or not index.size:
            raise ValueError(f"units must be one or more indices of units, got {units!r}.")
        if index.min() < 0 or index.max() >= self.units or len(np.unique(index)) < len(index):
            raise ValueError(
                f"units must be different numbers from 0 to {self.units - 1}, got {units!r}."
            )
        whole = self if self.whole is None else self.whole
        return Innervation(self.sizes[index], whole, self.unit_indices[index])


def innervation(units: int, fibers: int, ratio: float = 100.0) -> Innervation:
    """Sizes of motor units: many small and few large ones, by the usual exponential law.

    Unit i of n has a share of the fibers proportional to ``ratio**(i/(n-1))`` (Fuglevand 1993 for
    twitch forces, here for fiber numbers). Shares are rounded by largest remainder, so that the
    total is exact; each unit has at least one fiber.

    Parameters
    ----------
    units : int
        Number of motor neurons.
    fibers : int
        Number of muscle fibers, at least ``units``.
    ratio : float, optional
        Size of the largest unit over that of the smallest.

    Returns
    -------
    Innervation
        With ``sizes``, which sum to ``fibers``.

    Raises
    ------
    ValueError
        If a number is not whole or positive, there are fewer fibers than units, or ratio < 1.
    """
    units, fibers = whole_number("units", units, 1), whole_number("fibers", fibers, 1)
    if fibers < units:
        raise ValueError(f"{fibers} fibers cannot be shared by {units} units: each needs one.")
    if not (isinstance(ratio, (int, float, np.number)) and np.isfinite(ratio) and ratio >= 1):
        raise ValueError(f"ratio must be a finite number of at least 1, got {ratio!r}.")
    weight = float(ratio) ** (np.arange(units) / max(units - 1, 1))
    share = weight * (fibers / weight.sum())
    sizes = np.maximum(np.floor(share).astype(int), 1)
    rest = int(fibers - sizes.sum())
    if rest > 0:
        first = np.argsort(-(share - np.floor(share)), kind="stable")[:rest]
        sizes[first] += 1
    while rest < 0:  # the smallest units were raised to one fiber: the largest pay
        sizes[np.argmax(sizes)] -= 1
        rest += 1
    return Innervation(sizes)


class MotorUnits(BrianObject):
    """A muscle: motor neurons drive fibers through real junctions, and the fibers make force.

    One name in a script holds everything; magic `run()` finds it.

    Parameters
    ----------
    pool : SpikeSource
        Motor neurons, one per unit, in order of size.
    innervation : Innervation
        From `innervation`, or a part of it.
    junction : Junction, optional
        Default `nmj_brian.junctions.human()`.
    fiber : Fiber or WholeFiber, optional
        Default `nmj_brian.fibers.human()`. Force is that of its diameter, whatever single fibers are given.
    contraction : Contraction, optional
        Strength and speed of the units; default human.
    noise, delay, latency, in_flight, stream, overlap
        As in `NMJ`.
    action_potential : {'computed', 'tabulated'}, optional
        As in `MuscleFibers`.
    dt, clock : Quantity, Clock, optional
        Time step of fibers and junctions; give one of the two.
    name : str, optional
        Name of the object; the groups in it are called after it.

    Attributes
    ----------
    units : NeuronGroup
        One motor unit each: ``force`` (newton), ``contraction_time``,
        ``fiber_twitch``, ``tetanus``, ``potentiation``, ``capacity`` (share left by fatigue), ...: see
        `nmj_brian.contraction.UNIT_EQUATIONS`.
    fibers : MuscleFibers
    junctions : NMJ
    excitation : Synapses
        From fibers to their units.

    Raises
    ------
    TypeError
        If an argument is not what it should be.
    ValueError
        If the pool and the innervation differ in number, or what `NMJ` refuses.
    """

    add_to_magic_network = True

    def __init__(
        self,
        pool: Any,
        innervation: Innervation,
        junction: Junction | None = None,
        fiber: Fiber | WholeFiber | None = None,
        contraction: Contraction | None = None,
        *,
        noise: str = "quantal",
        delay: Quantity | None = None,
        latency: bool = True,
        in_flight: int = 2,
        stream: int | None = None,
        overlap: bool | None = None,
        action_potential: str = "computed",
        dt: Quantity | None = None,
        clock: Any = None,
        name: str = "motorunits*",
    ) -> None:
        _check_kinds(pool, innervation, contraction)
        if len(pool) != innervation.units:
            raise ValueError(
                f"The pool has {len(pool)} motor neurons and the innervation {innervation.units} "
                "units: make them equal."
            )
        super().__init__(dt=dt, clock=clock, name=name)
        junction = junction_presets.human() if junction is None else junction
        fiber = fiber_presets.human() if fiber is None else fiber
        self.innervation = innervation
        self.contraction = Contraction() if contraction is None else contraction
        self.fibers = MuscleFibers(
            innervation.fibers,
            fiber,
            action_potential=action_potential,
            clock=self.clock,
            name=f"{self.name}_fibers",
        )
        self.junctions = NMJ(
            pool,
            self.fibers,
            junction,
            noise=noise,
            delay=delay,
            latency=latency,
            in_flight=in_flight,
            stream=stream,
            addresses=(
                None
                if innervation.whole is None
                else (innervation.unit_indices, innervation.fiber_indices)
            ),
            overlap=overlap,
            name=f"{self.name}_junctions",
        )
        unit_of_fiber = innervation.unit_of_fiber
        self.junctions.connect(i=unit_of_fiber, j=np.arange(innervation.fibers))
        self.units = NeuronGroup(
            innervation.units,
            UNIT_EQUATIONS,
            method="exact",
            clock=self.clock,
            name=f"{self.name}_units",
        )
        self._describe_units(innervation, self.fibers.fiber.diameter)
        run_seldom(self.units, MEMORY, MEMORY_STEP_S, f"{self.name}_memory")
        self.excitation = Synapses(
            self.fibers,
            self.units,
            on_pre=EXCITATION,
            delay=self.contraction.activation_delay,
            clock=self.clock,
            name=f"{self.name}_excitation",
        )
        self.excitation.connect(i=np.arange(innervation.fibers), j=unit_of_fiber)
        self.group = self.fibers
        self.contained_objects.extend([self.fibers, self.junctions, self.units, self.excitation])

    def __len__(self) -> int:
        return self.innervation.units

    def _describe_units(self, innervation: Innervation, diameter: Quantity) -> None:
        """Strength, speed, potentiation and fatigue of each unit, rested at the start."""
        units, contraction, sizes = self.units, self.contraction, innervation.sizes
        # how fast a unit is depends on its place among all units of the muscle
        among = sizes if innervation.whole is None else innervation.whole.sizes
        chosen = innervation.unit_indices
        units.contraction_time = contraction.contraction_times(among)[chosen]
        units.rested_contraction_time = units.contraction_time
        units.fibers = sizes
        units.fiber_twitch = contraction.fiber_twitch(diameter)
        units.tetanus = sizes * contraction.fiber_tetanus(diameter)
        units.capacity = 1
        units.fatigability = contraction.fatigabilities(among)[chosen]
        units.fatigue_slowing = contraction.fatigue_slowing
        units.greatest_potentiation = contraction.potentiation
        units.potentiation_step = contraction.potentiation_step
        units.potentiation_time = contraction.potentiation_time

    def before_run(self, run_namespace: dict) -> None:
        """Make the contained synapses known to the standalone device; Brian2 calls it.

        Parameters
        ----------
        run_namespace : dict
            As in `brian2.BrianObject.before_run`.
        """
        super().before_run(run_namespace)
        declare_synapses(self.excitation)

    def run(self) -> None:
        """Nothing of its own to do in a step: the contained objects do it."""

    @property
    def force(self) -> Quantity:
        """Force of the whole muscle now."""
        rested, capacity = (
            self.units.variables[name].get_value() for name in ("rested_force", "capacity")
        )
        return float(np.sum(capacity * rested)) * newton

    @property
    def transmission(self) -> np.ndarray:
        """Share of the impulses that made their fiber fire, per unit; NaN for units without any."""
        unit = self.innervation.unit_of_fiber
        impulses = np.bincount(unit, self.junctions.impulses[:], minlength=len(self))
        spikes = np.bincount(unit, self.fibers.spike_count[:], minlength=len(self))
        with np.errstate(invalid="ignore", divide="ignore"):
            return spikes / impulses


def _check_kinds(pool: Any, innervation: Any, contraction: Any) -> None:
    """Refuse what is not a pool, an innervation, a contraction, before any object is made."""
    if "_spikespace" not in getattr(pool, "variables", ()):
        raise TypeError(f"pool must be a group that spikes (a threshold is needed), got {pool!r}.")
    if not isinstance(innervation, Innervation):
        raise TypeError(
            f"innervation must come from nmj.innervation(units=..., fibers=...), got {innervation!r}."
        )
    if contraction is not None and not isinstance(contraction, Contraction):
        raise TypeError(f"contraction must be a nmj.Contraction, got {contraction!r}.")
