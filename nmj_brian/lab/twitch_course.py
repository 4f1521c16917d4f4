"""An anesthetist's trend: trains of four through an hour in which a blocker comes and goes.

The junctions are simulated around the stimuli only; between them the terminals' slow states jump exactly. The
block is the share of receptors that a competitive antagonist holds, at every stimulus what the course says.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from brian2 import Quantity, second

from ..fiber import Fiber
from ..junction import Junction
from ..parameters import whole_number
from ..units import hour, minute
from .preparation import STEP, Preparation
from .progress import Progress
from .protocol import SPREAD, check_size, fiber_for, site_numbers
from .result import Array, Result, check_seed, new_axes, positive, share

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["TwitchCourse", "twitch_course"]

#: Stimuli of a train of four, in seconds.
_TRAIN_S = np.arange(4) * 0.5


@dataclass(frozen=True, eq=False, kw_only=True)
class TwitchCourse(Result):
    """Trains of four in the course of a block.

    Attributes
    ----------
    t : Quantity, shape (trains,)
        When each train began.
    occupancy : ndarray, shape (trains,)
        Share of the receptors held by the antagonist.
    twitches : ndarray, shape (trains, 4)
        Responses, in twitches of the unblocked muscle: the share of the fibers that fire (twitches at
        2 Hz do not fuse).
    visible : float
        Smallest response that counts.
    junction, fiber, seed, versions
        How it came about, as in `nmj_brian.lab.Result`.
    """

    t: Quantity = field(repr=False)
    occupancy: np.ndarray = field(repr=False)
    twitches: np.ndarray = field(repr=False)
    visible: float

    @property
    def first(self) -> np.ndarray:
        """First response of every train."""
        return self.twitches[:, 0]

    @property
    def ratio(self) -> np.ndarray:
        """Fourth over first response of every train; NaN where the first does not count."""
        first = np.where(self.first >= self.visible, self.first, np.nan)
        return self.twitches[:, 3] / first

    @property
    def count(self) -> np.ndarray:
        """How many responses of every train count, from the first on."""
        return np.cumprod(self.twitches >= self.visible, axis=1).sum(axis=1)

    def _arrays(self) -> dict[str, Array]:
        return {
            "train": Array(("train",), np.arange(1, len(self.occupancy) + 1)),
            "time": Array(("train",), np.asarray(self.t), "s", "beginning of the train"),
            "occupancy": Array(("train",), self.occupancy, "1", "receptors held by antagonist"),
            "first": Array(("train",), self.first, "1", "first response"),
            "ratio": Array(("train",), self.ratio, "1", "fourth over first response"),
            "count": Array(("train",), self.count, "1", "responses that count"),
            "twitches": Array(("train", "response"), self.twitches, "1", "all responses"),
        }

    def _summary(self) -> list[tuple[str, str, str]]:
        lowest = int(self.first.argmin())
        return [
            ("trains of four", f"{len(self.first)}", f"in {self.t[-1] / minute:.0f} min"),
            ("largest occupancy", f"{self.occupancy.max():.2f}", ""),
            ("smallest first response", f"{self.first[lowest]:.2f}", f"at {self.t[lowest] / minute:.1f} min"),
            ("smallest count", f"{self.count.min()}", ""),
            ("ratio of the last train", f"{self.ratio[-1]:.2f}", ""),
        ]  # fmt: skip

    def plot(self, ax: Axes | None = None) -> Axes:
        """First response and ratio against time, with the occupancy.

        Parameters
        ----------
        ax : Axes, optional
            Where to draw; by default a new figure.

        Returns
        -------
        Axes
            Of matplotlib; nothing is shown on the screen.
        """
        ax = new_axes(ax, figsize=(6.5, 3.6))
        t = self.t / minute
        ax.vlines(t, 0, self.first, color="C0", lw=1, label="first response")
        ax.plot(t, self.ratio, "o", ms=3, c="C3", label="ratio")
        ax.plot(t, self.occupancy, c="gray", label="receptors occupied")
        ax.set(xlabel="time (min)", ylabel="share")
        ax.set_ylim(0, 1.1)
        ax.set_title("trains of four")
        ax.legend(fontsize="small", frameon=False)
        return ax


def twitch_course(
    junction: Junction,
    occupancy: Callable[[Quantity], Any],
    duration: Quantity = 1 * hour,
    every: Quantity = 20 * second,
    fibers: int = 100,
    *,
    visible: float = 0.03,
    fiber: Fiber | None = None,
    spread: float = SPREAD,
    seed: int | None = None,
    dt: Quantity = STEP,
) -> TwitchCourse:
    """Trains of four through the course of a block: an hour of biology in seconds.

    Parameters
    ----------
    junction : Junction
        Every junction of the muscle, without the blocker.
    occupancy : callable
        Share of the receptors that the antagonist holds, by time since the start: a function of a
        Quantity, or a `brian2.TimedArray`.
    duration : Quantity, optional
        Of the course.
    every : Quantity, optional
        Time from one train to the next, at least 2.5 s.
    fibers : int, optional
        How many stand for the muscle's fibers.
    visible : float, optional
        Smallest response that counts, in twitches of the unblocked muscle.
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
    TwitchCourse
        Responses, ratio and count of every train.

    Raises
    ------
    ValueError, TypeError, DimensionMismatchError
        For a protocol that makes no sense, before anything runs.

    Examples
    --------
    >>> wears_off = lambda t: 0.9 * exp(-t / (30*minute))             # doctest: +SKIP
    >>> nmj.lab.twitch_course(nmj.junctions.human(), wears_off).plot()  # doctest: +SKIP
    """
    fiber = fiber_for(junction, fiber)
    if not callable(occupancy):
        raise TypeError(
            f"occupancy must be a function of time, such as lambda t: 0.8; got {occupancy!r}."
        )
    lasts_s = positive("duration", duration, second, 0, 1e6)
    every_s = positive("every", every, second, 2.499)
    fibers = whole_number("fibers", fibers, 1)
    visible = share("visible", visible)
    spread = share("spread", spread, 2.0)
    seed = check_seed(seed)
    starts = np.arange(0, lasts_s, every_s)
    held = np.array([share(f"occupancy at {t:g} s", occupancy(t * second)) for t in starts])
    check_size(4 * len(starts), fibers)
    sites = site_numbers(junction, fibers, spread, seed)
    dish = Preparation(junction, fiber, np.zeros(fibers, int), seed=seed, sites=sites, dt=dt)
    twitches = []
    with Progress("trains of four", len(starts)) as progress:
        for start, blocked in zip(starts, held, strict=True):
            dish.junctions["receptor_loss"][:] = blocked  # out of reach, as lost ones are
            record = dish.stimulate(start + _TRAIN_S + dish.dt_s)
            twitches.append((record.first_spikes()[1] > 0).mean(axis=1))
            progress.next()
    return TwitchCourse(
        junction=junction,
        fiber=fiber,
        seed=seed,
        t=starts * second,
        occupancy=held,
        twitches=np.array(twitches),
        visible=visible,
    )
