"""A muscle's fibers, whose junctions differ in size: release sites, and with them receptors of the end plate.

A quantum meets as many receptors in a large end plate as in a small one, so that fibers share one `Preparation`.
Beside a lasting agonist size also sets how far a fiber is depolarized, and how many of its Na channels inactivate
slowly (`nmj_brian.slow_inactivation`): then fibers are grouped by size, each group in a preparation of its own.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..fiber import Fiber
from ..junction import Junction
from .preparation import Preparation
from .progress import Progress
from .record import Record

__all__ = ["Muscle"]

#: Groups of fibers by size, where they differ at rest.
_GROUPS = 9


class Muscle:
    """Fibers with one junction each, all driven by one nerve, all rested.

    Parameters
    ----------
    junction : Junction
        What every junction is, but for its size.
    fiber : Fiber
        What every fiber is.
    fibers : int
        How many.
    seed : int
        Selects the random quanta.
    sites : ndarray, shape (fibers,), optional
        Their number of release sites (`nmj_brian.lab.protocol.site_numbers`); by default the junction's.
    **options
        Of `Preparation`.
    """

    def __init__(
        self,
        junction: Junction,
        fiber: Fiber,
        fibers: int,
        *,
        seed: int,
        sites: np.ndarray | None = None,
        **options: Any,
    ) -> None:
        self.n = fibers
        self._groups = [np.arange(fibers)]
        sized = [junction]
        if sites is not None and junction.lasting_conductance > 0:
            self._groups = np.array_split(np.argsort(sites, kind="stable"), min(_GROUPS, fibers))
            receptors = junction.endplate_receptors / junction.sites
            sized = [
                junction.replace(endplate_receptors=receptors * sites[g].mean())
                for g in self._groups
            ]
        self._dishes = [
            Preparation(
                of_size,
                fiber,
                np.zeros(len(group), int),
                seed=seed,
                sites=None if sites is None else sites[group],
                address=group,
                **options,
            )
            for of_size, group in zip(sized, self._groups, strict=True)
        ]
        self.dt_s = self._dishes[0].dt_s

    @property
    def t_s(self) -> float:
        """Where the muscle has got to, in seconds."""
        return self._dishes[0].t_s

    @property
    def v_V(self) -> np.ndarray:
        """Membrane potential of every fiber at its end plate, in volts."""
        v = np.empty(self.n)
        for group, dish in zip(self._groups, self._dishes, strict=True):
            v[group] = dish.fibers["v_V"]
        return v

    def lose_receptors(self, share: float) -> None:
        """From now on so many of the receptors of every junction are out of reach."""
        for dish in self._dishes:
            dish.junctions["receptor_loss"][:] = share

    def go_on_from(self, earlier: Muscle, t_s: float) -> None:
        """Be at a later time, with the terminals of a muscle of the same fibers and seed, at rest else."""
        left = [dish.terminals() for dish in earlier._dishes]
        back = np.argsort(np.concatenate(earlier._groups))
        whole = {name: np.concatenate([part[name] for part in left])[back] for name in left[0]}
        for group, dish in zip(self._groups, self._dishes, strict=True):
            dish.go_on({name: state[group] for name, state in whole.items()}, t_s)

    def wait(self, until_s: float) -> None:
        """Simulate every step up to a time, without impulses."""
        for dish in self._dishes:
            dish.wait(until_s)

    def stimulate(self, times_s: np.ndarray, progress: Progress | None = None) -> Record:
        """Send impulses and follow what they do until all is at rest again.

        Parameters
        ----------
        times_s : ndarray, shape (impulses,)
            Rising times of the impulses, none before the present.
        progress : Progress, optional
            Told how far it has got.

        Returns
        -------
        Record
            Of these impulses.
        """
        records = []
        for k, dish in enumerate(self._dishes):
            part = None if progress is None else _Part(progress, k, len(self._dishes))
            records.append(dish.stimulate(times_s, progress=part))
        if len(records) == 1:
            return records[0]
        back = np.argsort(np.concatenate(self._groups))

        def whole(name: str) -> np.ndarray:
            return np.concatenate([getattr(record, name) for record in records], axis=1)[:, back]

        who = [g[record.spike_fibers] for g, record in zip(self._groups, records, strict=True)]
        return Record(
            times_s=whole("times_s"),
            quanta=whole("quanta"),
            peak_g_S=whole("peak_g_S"),
            peak_v_V=whole("peak_v_V"),
            spike_times_s=np.concatenate([record.spike_times_s for record in records]),
            spike_fibers=np.concatenate(who),
        )


class _Part:
    """One of several preparations, for the progress of them all."""

    def __init__(self, progress: Progress, k: int, parts: int) -> None:
        self._progress, self._k, self._parts = progress, k, parts

    def at(self, share: float) -> None:
        """How far this one is, 0 to 1."""
        self._progress.at((self._k + share) / self._parts)
