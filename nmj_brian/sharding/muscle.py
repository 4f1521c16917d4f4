"""A muscle in shards: its motor units are dealt out to processes, and what they did is put together again.

Downstream of their motor neurons the units of a muscle do not see each other, so that shards need not
communicate: impulses go in, spikes and forces come out. Quanta are addressed by the indices of neuron
and fiber in the whole muscle and do not depend on how it is cut. What couples units (reflexes from
muscle to pool, a tendon that they share) is outside: run the pool first, add up the force afterwards.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from brian2 import Quantity, ms, second
from brian2.units.fundamentalunits import fail_for_dimension_mismatch

from .. import fibers as fiber_presets
from .. import junctions as junction_presets
from ..clock import divide
from ..contraction import Contraction
from ..fiber import Fiber
from ..junction import Junction
from ..junction_stage import solve_endplate
from ..lab.result import versions
from ..match import check_match
from ..motor_units import Innervation
from ..overlap import applied_overlap
from ..parameters import whole_number
from ..randomness import seed_from_numpy
from ..whole_fiber import WholeFiber
from .folder import Folder, require_xarray
from .part import MusclePart, simulate
from .process import Answer, pack
from .workers import Workers

if TYPE_CHECKING:
    from xarray import Dataset

__all__ = ["balanced", "default_seed", "shard"]

#: Fibers of a shard at most, unless the user says how many shards: some 100 MB of memory.
MOST_FIBERS = 100_000


def shard(
    motor_neurons: Any,
    innervation: Innervation,
    duration: Quantity,
    junction: Junction | None = None,
    fiber: Fiber | WholeFiber | None = None,
    contraction: Contraction | None = None,
    *,
    delay: Quantity | None = None,
    receptor_loss: Any = 0.0,
    noise: str = "quantal",
    latency: bool = True,
    in_flight: int = 2,
    stream: int | None = None,
    overlap: bool | None = None,
    seed: int | None = None,
    trial: int = 0,
    dt: Quantity = 0.1 * ms,
    force_dt: Quantity = 1 * ms,
    shards: int | Sequence[Sequence[int]] | None = None,
    workers: Any = None,
    folder: str | Path | None = None,
    retries: int = 2,
) -> Dataset:
    """Simulate a muscle in parts, side by side: as `MotorUnits` would, for more fibers than one process holds.

    Each shard is some motor units, chosen so that all have about equally many impulses to transmit, in a
    fresh process. Spikes, quanta and forces are those of one process, bit for bit, for any number of shards.
    Nothing of the caller's Brian2 is changed.

    Parameters
    ----------
    motor_neurons : SpikeMonitor or pair of array_like of int, Quantity
        When which motor neuron fires: what a monitor recorded from time 0 on, or indices and times. One
        neuron per unit.
    innervation : Innervation
        From `innervation`.
    duration : Quantity
        How long to simulate.
    junction, fiber, contraction : Junction, Fiber or WholeFiber, Contraction, optional
        As in `MotorUnits`.
    delay : Quantity, optional
        From motor neuron to terminal: one for all, or one per fiber.
    receptor_loss : float or array_like, shape (fibers,), optional
        Share of the receptors that junctions lack.
    noise, latency, in_flight, stream, overlap
        As in `NMJ`.
    seed : int, optional
        Selects the random quanta, as Brian2's ``seed(k)`` does. Default: the one given to Brian2, that of
        the folder, or a fresh one.
    trial : int, optional
        As `NMJ.trial`.
    dt, force_dt : Quantity, optional
        Time step, and the interval at which force is recorded.
    shards : int or list of lists of int, optional
        How many, or the units of each. Default: one for each worker, more if one had above 100,000 fibers.
    workers : int, dask.distributed.Client or concurrent.futures.Executor, optional
        Number of processes on this machine (default: its cores), or a cluster.
    folder : str or Path, optional
        Where finished shards are kept. The same call goes on with those that are missing.
    retries : int, optional
        How often a shard is run again whose process was killed.

    Returns
    -------
    xarray.Dataset
        In the order of the whole muscle: ``force`` (unit, time), ``transmission`` (unit), ``spike_fiber``,
        ``spike_step``, ``spike_time`` (spike), ``spike_count``, ``impulses``, ``quanta``, ``unit_of_fiber`` (fiber);
        and what the shards took: ``shard_of_unit``, ``cpu_time``, ``wall_time``, ``peak_memory`` (NaN if
        taken from the folder).

    Raises
    ------
    TypeError, ValueError, DimensionMismatchError
        If an argument is not what it should be; before anything runs.
    ShardError
        If a shard fails; with its units and what happened. What is finished stays in the folder.
    ImportError
        Without xarray.
    """
    require_xarray("shard")
    crew = Workers(workers, retries)
    store = Folder(folder, "shard")
    if seed is None:
        seed = store.manifest.get("seed")
    muscle = _muscle(
        motor_neurons, innervation, duration, junction, fiber, contraction, delay, receptor_loss, dt, force_dt,
        seed=default_seed() if seed is None else whole_number("seed", seed, 0, 2**32 - 1),
        trial=whole_number("trial", trial, 0, 2**32 - 1),
        noise=noise, latency=latency, in_flight=in_flight, stream=stream, overlap=overlap,
    )  # fmt: skip
    applied = applied_overlap(muscle.junction, overlap, "shard")  # warns here, once
    if shards is None and "split" in store.manifest:
        shards = store.manifest["split"]
    split = _split(muscle, shards, crew.count)
    store.claim(_arguments(muscle, split), seed=muscle.seed, split=[u.tolist() for u in split])

    def name(k: int) -> str:
        units, fibers = innervation.unit_indices[split[k]], int(innervation.sizes[split[k]].sum())
        return f"Shard {k + 1} of {len(split)} (motor units {ranges(units)}; {fibers:,} fibers)"

    missing = {k: units for k, units in enumerate(split) if k not in store}
    tasks = {}
    if missing:  # what all shards share is solved here once, not in each process
        if isinstance(muscle.fiber, Fiber):
            muscle.fiber.chain()
        endplate = solve_endplate(muscle.junction, noise, applied, *divide(muscle.dt_s, "shard"))
        tasks = {k: pack(simulate, muscle.part(units), endplate) for k, units in missing.items()}
    took: dict[int, Answer] = {}
    for k, answer in crew.run(tasks, name, "shards", len(split)):
        store.keep(k, answer.value)
        took[k] = answer
    return _whole(muscle, split, store, took)


def default_seed() -> int:
    """The seed that a script gave to Brian2, or a fresh one of 32 bits."""
    found = seed_from_numpy()
    return secrets.randbits(32) if found is None else found


def balanced(cost: np.ndarray, count: int) -> list[np.ndarray]:
    """Deal out units so that all shards cost about the same: the dearest first, each to the cheapest shard.

    Parameters
    ----------
    cost : ndarray of float, shape (units,)
        Of each unit.
    count : int
        Number of shards, at most that of units.

    Returns
    -------
    list of ndarray of int
        Units of each shard, ascending.
    """
    shards: list[list[int]] = [[] for _ in range(count)]
    total = np.zeros(count)
    for unit in np.argsort(-cost, kind="stable"):
        least = int(total.argmin())
        shards[least].append(int(unit))
        total[least] += cost[unit]
    return [np.sort(units) for units in shards]


def ranges(units: np.ndarray) -> str:
    """Numbers for a reader: ``0-3, 7, 9-10``."""
    units = np.sort(units)
    runs = np.split(units, np.flatnonzero(np.diff(units) != 1) + 1)
    return ", ".join(f"{r[0]}-{r[-1]}" if len(r) > 1 else f"{r[0]}" for r in runs)


def _split(muscle: MusclePart, shards: Any, workers: int) -> list[np.ndarray]:
    """Units of each shard."""
    owns = muscle.innervation
    if shards is None:
        count = max(workers, -(-owns.fibers // MOST_FIBERS))
        shards = min(count, owns.units)
    if isinstance(shards, Sequence):
        split = [np.sort(np.asarray(units, dtype=int)) for units in shards]
        dealt = np.sort(np.concatenate(split)) if split else np.zeros(0)
        if not (all(map(len, split)) and np.array_equal(dealt, np.arange(owns.units))):
            raise ValueError(
                f"shards must hold each of the units 0 to {owns.units - 1} once, and none may be empty."
            )
        return split
    count = whole_number("shards", shards, 1, owns.units)
    # a junction that is never reached costs about as much memory and time as one impulse
    return balanced(owns.sizes * (muscle.impulses + 1.0), count)


def _trains(motor_neurons: Any, units: int) -> tuple[np.ndarray, np.ndarray]:
    """Neurons and times in seconds of all impulses."""
    if hasattr(motor_neurons, "source") and hasattr(motor_neurons, "it"):  # a SpikeMonitor
        if len(motor_neurons.source) != units:
            raise ValueError(
                f"The monitor has {len(motor_neurons.source)} motor neurons and the innervation {units} units: "
                "make them equal."
            )
        motor_neurons = motor_neurons.it
    try:
        neuron, times = motor_neurons
    except (TypeError, ValueError):
        raise TypeError(
            "motor_neurons must be a SpikeMonitor, or a pair of indices and times such as ([0, 1], "
            f"[5, 7]*ms), got {motor_neurons!r}."
        ) from None
    fail_for_dimension_mismatch(times, second, "the impulses of motor_neurons must be times")
    neuron, times_s = np.asarray(neuron), np.asarray(times / second, dtype=float)
    if neuron.shape != times_s.shape or neuron.ndim != 1:
        raise ValueError(
            f"motor_neurons must have as many indices as times, got {neuron.shape} and {times_s.shape}."
        )
    if not np.all((neuron >= 0) & (neuron < units) & (neuron == np.floor(neuron))):
        raise ValueError(f"indices of motor_neurons must be whole numbers from 0 to {units - 1}.")
    if not np.all(np.isfinite(times_s) & (times_s >= 0)):
        raise ValueError("times of motor_neurons must be finite and not before 0.")
    order = np.lexsort((neuron, times_s))
    return neuron[order].astype(np.int64), times_s[order]


def _time(name: str, value: Any) -> float:
    fail_for_dimension_mismatch(value, second, f"{name} must be a time")
    number = float(value / second)
    if not (np.isfinite(number) and number > 0):
        raise ValueError(f"{name} must be finite and above 0, got {value!r}.")
    return number


def _of_fibers(name: str, value: Any, fibers: int, high: float) -> np.ndarray:
    """One number for all fibers, or one for each."""
    array = np.atleast_1d(np.array(value, dtype=float))
    if array.shape not in ((1,), (fibers,)):
        raise ValueError(f"{name} must be one number, or one for each of the {fibers} fibers.")
    if not np.all((array >= 0) & (array <= high)):  # also NaN
        raise ValueError(f"{name} must be from 0 to {high:g}.")
    return array


def _muscle(
    motor_neurons: Any,
    innervation: Innervation,
    duration: Quantity,
    junction: Junction | None,
    fiber: Fiber | WholeFiber | None,
    contraction: Contraction | None,
    delay: Quantity | None,
    receptor_loss: Any,
    dt: Quantity,
    force_dt: Quantity,
    *,
    seed: int,
    trial: int,
    **options: Any,
) -> MusclePart:
    """The whole muscle; everything is checked here, so that no shard starts in vain."""
    if not isinstance(innervation, Innervation):
        raise TypeError(
            f"innervation must come from nmj.innervation(units=..., fibers=...), got {innervation!r}."
        )
    if contraction is not None and not isinstance(contraction, Contraction):
        raise TypeError(f"contraction must be a nmj.Contraction, got {contraction!r}.")
    junction = junction_presets.human() if junction is None else junction
    fiber = fiber_presets.human() if fiber is None else fiber
    if not isinstance(fiber, Fiber | WholeFiber):
        raise TypeError(f"fiber must be a Fiber or a WholeFiber, got {fiber!r}.")
    check_match(junction, getattr(fiber, "fiber", fiber), options["noise"])
    if delay is not None:
        fail_for_dimension_mismatch(delay, second, "delay must be a time")
    dt_s = _time("dt", dt)
    divide(dt_s, "shard")
    neuron, impulse_s = _trains(motor_neurons, innervation.units)
    step = np.floor(impulse_s / dt_s + 1e-3)  # as Brian2 puts them into steps
    twice = np.flatnonzero(np.diff(np.sort(neuron + innervation.units * step)) == 0)
    if twice.size:
        raise ValueError(
            f"A motor neuron fires {twice.size} time(s) twice within one time step of {1e3 * dt_s:g} ms."
        )
    return MusclePart(
        innervation=innervation,
        neuron=neuron,
        impulse_s=impulse_s,
        duration_s=_time("duration", duration),
        dt_s=dt_s,
        force_dt_s=_time("force_dt", force_dt),
        delay_s=_of_fibers(
            "delay", 0.0 if delay is None else delay / second, innervation.fibers, 1.0
        ),
        receptor_loss=_of_fibers("receptor_loss", receptor_loss, innervation.fibers, 1.0),
        junction=junction,
        fiber=fiber,
        contraction=Contraction() if contraction is None else contraction,
        options=options,
        seed=seed,
        trial=trial,
    )


def _arguments(muscle: MusclePart, split: list[np.ndarray]) -> dict[str, Any]:
    """All that decides the numbers, by the names of `shard`."""
    owns = muscle.innervation
    return {
        "motor_neurons": (muscle.neuron, muscle.impulse_s),
        "innervation": (owns.sizes, owns.unit_indices, owns.whole and owns.whole.sizes),
        "duration": muscle.duration_s,
        "junction": muscle.junction,
        "fiber": muscle.fiber,
        "contraction": muscle.contraction,
        "delay": muscle.delay_s,
        "receptor_loss": muscle.receptor_loss,
        "dt": muscle.dt_s,
        "force_dt": muscle.force_dt_s,
        "seed": muscle.seed,
        "trial": muscle.trial,
        "shards": split,
        **muscle.options,
    }


def _whole(
    muscle: MusclePart, split: list[np.ndarray], store: Folder, took: dict[int, Answer]
) -> Dataset:
    """The shards put together in the order of the whole muscle."""
    import xarray

    parts = [store.load(k) for k in range(len(split))]
    owns = muscle.innervation
    merged: dict[str, Any] = {}
    orders = {
        dim: np.argsort(np.concatenate([p[dim].values for p in parts])) for dim in ("unit", "fiber")
    }
    spikes = [np.concatenate([p[n].values for p in parts]) for n in ("spike_fiber", "spike_step")]
    orders["spike"] = np.lexsort(spikes)
    for name, array in parts[0].variables.items():
        values = array.values
        if array.dims[0] in orders:
            values = np.concatenate([p[name].values for p in parts])[orders[array.dims[0]]]
        merged[name] = (array.dims, values, array.attrs)
    which = np.zeros(owns.units, np.int32)
    for k, units in enumerate(split):
        which[units] = k
    merged["shard_of_unit"] = ("unit", which[np.argsort(owns.unit_indices)])
    for name, field, unit in (
        ("cpu_time", "cpu_s", "s"),
        ("wall_time", "wall_s", "s"),
        ("peak_memory", "peak_memory_MB", "MB"),
    ):
        values = [getattr(took[k], field) if k in took else np.nan for k in range(len(split))]
        merged[name] = ("shard", values, {"units": unit})
    coordinates = {name: merged.pop(name) for name in parts[0].coords}
    facts = {
        "seed": str(muscle.seed),
        "trial": str(muscle.trial),
        "duration": f"{muscle.duration_s:g} s",
        "dt": f"{muscle.dt_s:g} s",
        "junction": str(muscle.junction),
        "fiber": str(getattr(muscle.fiber, "fiber", muscle.fiber)),
    }
    facts |= {f"version of {name}": text for name, text in versions().items()}
    return xarray.Dataset(merged, coordinates, facts)
