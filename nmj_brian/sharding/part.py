"""A muscle written down with the impulses of its motor neurons, so that any part of it can be run anywhere."""

from __future__ import annotations

import warnings
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from brian2 import (
    Clock,
    Network,
    SpikeGeneratorGroup,
    SpikeMonitor,
    StateMonitor,
    prefs,
    second,
)
from brian2 import seed as seed_brian

from ..contraction import Contraction
from ..endplate import EndplateModel
from ..fiber import Fiber
from ..junction import Junction
from ..motor_units import Innervation, MotorUnits
from ..whole_fiber import WholeFiber
from .folder import to_netcdf

if TYPE_CHECKING:
    from xarray import Dataset

__all__ = ["MusclePart", "simulate"]


@dataclass(frozen=True)
class MusclePart:
    """Motor units and all that decides what they do; the whole muscle is a part as well.

    Attributes
    ----------
    innervation : Innervation
        Its units.
    neuron, impulse_s : ndarray of int, of float
        Which of its motor neurons fires, and when.
    duration_s, dt_s, force_dt_s : float
        How long, and the steps of the simulation and of the record of force.
    delay_s, receptor_loss : ndarray of float, shape (1,) or (fibers,)
        Of its junctions.
    junction, fiber, contraction : Junction, Fiber or WholeFiber, Contraction
        As in `MotorUnits`.
    options : dict
        More for `MotorUnits`.
    seed, trial : int
        Select the random quanta.
    """

    innervation: Innervation
    neuron: np.ndarray
    impulse_s: np.ndarray
    duration_s: float
    dt_s: float
    force_dt_s: float
    delay_s: np.ndarray
    receptor_loss: np.ndarray
    junction: Junction
    fiber: Fiber | WholeFiber
    contraction: Contraction
    options: dict[str, Any]
    seed: int
    trial: int

    @property
    def impulses(self) -> np.ndarray:
        """Impulses of each motor neuron."""
        return np.bincount(self.neuron, minlength=self.innervation.units)

    def part(self, units: np.ndarray) -> MusclePart:
        """Some of its units, with what is theirs.

        Parameters
        ----------
        units : ndarray of int
            Their indices.

        Returns
        -------
        MusclePart
            To be simulated by itself.
        """
        own = self.innervation.part(units)
        place = np.full(self.innervation.units, -1)
        place[units] = np.arange(len(units))
        mine = place[self.neuron] >= 0
        fibers = Innervation(self.innervation.sizes).part(units).fiber_indices  # among those here

        def of_fibers(values: np.ndarray) -> np.ndarray:
            return values if len(values) == 1 else values[fibers]

        return replace(
            self,
            innervation=own,
            neuron=place[self.neuron[mine]],
            impulse_s=self.impulse_s[mine],
            delay_s=of_fibers(self.delay_s),
            receptor_loss=of_fibers(self.receptor_loss),
        )


def simulate(part: MusclePart, endplate: EndplateModel) -> bytes:
    """Run a part as an ordinary network, and hand back what it did; in a process of its own.

    Parameters
    ----------
    part : MusclePart
        One shard.
    endplate : EndplateModel
        Of its junctions, solved once for all shards: another process might round otherwise.

    Returns
    -------
    bytes
        A NetCDF file.
    """
    prefs.codegen.target = "numpy"  # what is left to Brian2 is too little to be worth a compiler
    seed_brian(part.seed)
    owns = part.innervation
    clock = Clock(part.dt_s * second)
    nerve = SpikeGeneratorGroup(owns.units, part.neuron, part.impulse_s * second, clock=clock)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=".*AChE is inhibited")  # `shard` has said it
        muscle = MotorUnits(
            nerve, owns, part.junction, part.fiber, part.contraction, clock=clock, **part.options
        )
    muscle.junctions._stage.solved = endplate
    muscle.junctions.trial = part.trial
    muscle.junctions.delay = part.delay_s * second
    muscle.junctions.receptor_loss = part.receptor_loss
    spikes = SpikeMonitor(muscle.fibers, variables="spike_time")
    force = StateMonitor(muscle.units, "force", record=True, dt=part.force_dt_s * second)
    Network(nerve, muscle, spikes, force).run(part.duration_s * second, namespace={})
    return to_netcdf(_record(muscle, spikes, force))


def _record(muscle: MotorUnits, spikes: SpikeMonitor, force: StateMonitor) -> Dataset:
    import xarray

    owns = muscle.innervation
    fiber_indices = owns.fiber_indices.astype(np.int32)
    newton, seconds = {"units": "N"}, {"units": "s"}
    junctions, fibers = muscle.junctions, muscle.fibers
    return xarray.Dataset(
        {
            "force": (
                ("unit", "time"),
                np.asarray(force.force_),
                newton | {"long_name": "force of each motor unit"},
            ),
            "spike_fiber": (
                "spike",
                fiber_indices[np.asarray(spikes.i)],
                {"long_name": "fiber of each action potential"},
            ),
            "spike_step": (
                "spike",
                np.asarray(spikes.t_),
                seconds | {"long_name": "beginning of the time step, Brian2's label of a spike"},
            ),
            "spike_time": (
                "spike",
                np.asarray(spikes.spike_time_),
                seconds | {"long_name": "moment of the action potential within the step"},
            ),
            "spike_count": (
                "fiber",
                np.asarray(fibers.spike_count[:], dtype=np.int32),
                {"long_name": "action potentials of each fiber"},
            ),
            "impulses": (
                "fiber",
                np.asarray(junctions.impulses[:], dtype=np.int32),
                {"long_name": "impulses that reached each junction"},
            ),
            "quanta": (
                "fiber",
                np.asarray(junctions.quanta_total_[:]),
                {"long_name": "quanta that each junction released"},
            ),
            "transmission": (
                "unit",
                muscle.transmission,
                {"long_name": "share of the impulses that made their fiber fire"},
            ),
        },
        {
            "unit": ("unit", owns.unit_indices.astype(np.int32)),
            "fiber": ("fiber", fiber_indices),
            "time": ("time", np.asarray(force.t_), seconds),
            "unit_of_fiber": ("fiber", owns.unit_indices[owns.unit_of_fiber].astype(np.int32)),
        },
    )
