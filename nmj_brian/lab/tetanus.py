"""Tetanic stimulation: does transmission, and with it force, hold at a high rate?"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from brian2 import Hz, Quantity, second

from ..fiber import Fiber
from ..junction import Junction
from ..parameters import whole_number
from .muscle import Muscle
from .preparation import STEP
from .progress import Progress
from .protocol import SPREAD, check_size, fiber_for, site_numbers
from .result import Array, Result, check_seed, frequency, positive, share
from .twitches import CONTRACTION_TIME, draw_force, force

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["Tetanus", "tetanus"]


@dataclass(frozen=True, eq=False, kw_only=True)
class Tetanus(Result):
    """Transmission and force during tetanic stimulation.

    Attributes
    ----------
    rate : Quantity
        Of stimulation.
    times : Quantity, shape (impulses,)
        When the impulses were sent.
    transmission : ndarray, shape (impulses,)
        Share of the fibers that fired.
    quanta : ndarray, shape (impulses,)
        Mean quanta of a junction.
    t, force : Quantity and ndarray, shape (times,)
        Force, in twitches of the unblocked muscle.
    junction, fiber, seed, versions
        How it came about, as in `nmj_brian.lab.Result`.
    """

    rate: Quantity
    times: Quantity = field(repr=False)
    transmission: np.ndarray = field(repr=False)
    quanta: np.ndarray = field(repr=False)
    t: Quantity = field(repr=False)
    force: np.ndarray = field(repr=False)

    @property
    def peak(self) -> float:
        """Largest force, in twitches of the unblocked muscle."""
        return float(self.force.max())

    @property
    def fade(self) -> float:
        """Share by which force at the last stimulus has fallen from its largest; NaN without force."""
        last = float(np.interp(float(self.times[-1]), np.asarray(self.t), self.force))
        return 1 - last / self.peak if self.peak > 0 else np.nan

    def _arrays(self) -> dict[str, Array]:
        return {
            "impulse": Array(("impulse",), np.arange(1, len(self.quanta) + 1)),
            "time": Array(("impulse",), np.asarray(self.times), "s", "time of the impulse"),
            "transmission": Array(
                ("impulse",), self.transmission, "1", "share of fibers that fired"
            ),
            "quanta": Array(("impulse",), self.quanta, "1", "mean quanta of a junction"),
            "t": Array(("t",), np.asarray(self.t), "s", "time"),
            "force": Array(("t",), self.force, "1", "force, in twitches of the unblocked muscle"),
        }

    def _summary(self) -> list[tuple[str, str, str]]:
        return [
            ("rate", f"{self.rate / Hz:g} Hz", f"{len(self.quanta)} impulses"),
            ("largest force", f"{self.peak:.2f}", "in twitches of the unblocked muscle"),
            ("fade", f"{self.fade:.1%}", "of force, at the last impulse"),
            (
                "fibers that fire, 1st and last",
                f"{self.transmission[0]:.1%}, {self.transmission[-1]:.1%}",
                "",
            ),
            ("quanta, 1st and last", f"{self.quanta[0]:.1f}, {self.quanta[-1]:.1f}", ""),
        ]

    def plot(self, ax: Axes | None = None) -> Axes:
        """Force during the tetanus.

        Parameters
        ----------
        ax : Axes, optional
            Where to draw; by default a new figure.

        Returns
        -------
        Axes
            Of matplotlib; nothing is shown on the screen.
        """
        title = f"tetanus, {self.rate / Hz:g} Hz: fade {self.fade:.0%}"
        return draw_force(ax, self.t, self.force, title)


def tetanus(
    junction: Junction,
    rate: Quantity = 50 * Hz,
    duration: Quantity = 5 * second,
    fibers: int = 100,
    *,
    contraction_time: Quantity = CONTRACTION_TIME,
    fiber: Fiber | None = None,
    spread: float = SPREAD,
    seed: int | None = None,
    dt: Quantity = STEP,
) -> Tetanus:
    """Tetanic stimulation of a muscle.

    Parameters
    ----------
    junction : Junction
        Every junction of the muscle.
    rate, duration : Quantity, optional
        Of stimulation.
    fibers : int, optional
        How many stand for the muscle's fibers.
    contraction_time : Quantity, optional
        From onset to peak of a twitch.
    fiber : Fiber, optional
        Of the muscle; by default the species' at the junction's temperature.
    spread : float, optional
        Coefficient of variation of the size of junctions (sites, receptors), 0.3 by default; 0: all alike.
    seed : int, optional
        By default a fresh one, kept in the result.
    dt : Quantity, optional
        Step of the simulation.

    Returns
    -------
    Tetanus
        Transmission, force and fade.

    Raises
    ------
    ValueError, TypeError, DimensionMismatchError
        For a protocol that makes no sense or does not fit into memory, before anything runs.
    """
    fiber = fiber_for(junction, fiber)
    rate_Hz = frequency(rate)
    lasts_s = positive("duration", duration, second, 0, 3600)
    contraction_s = positive("contraction_time", contraction_time, second, 1e-3, 1)
    fibers = whole_number("fibers", fibers, 1)
    spread = share("spread", spread, 2.0)
    seed = check_seed(seed)
    impulses = int(lasts_s * rate_Hz * (1 + 1e-12))
    if impulses < 2:
        raise ValueError(f"{duration} at {rate} are fewer than two impulses.")
    check_size(impulses, fibers)
    sites = site_numbers(junction, fibers, spread, seed)
    dish = Muscle(junction, fiber, fibers, seed=seed, sites=sites, dt=dt)
    times = np.arange(impulses) / rate_Hz + dish.dt_s
    with Progress("tetanus") as progress:
        record = dish.stimulate(times, progress=progress)
    t_s, total = force(
        record.spike_times_s,
        record.spike_fibers,
        fibers,
        contraction_s,
        lasts_s + 8 * contraction_s,
    )
    return Tetanus(
        junction=junction,
        fiber=fiber,
        seed=seed,
        rate=rate,
        times=times * second,
        transmission=(record.first_spikes()[1] > 0).mean(axis=1),
        quanta=record.quanta.mean(axis=1),
        t=t_s * second,
        force=total,
    )
