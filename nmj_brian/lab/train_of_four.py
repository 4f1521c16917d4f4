"""What the anesthetist stimulates: train of four, double burst, post-tetanic count.

All are patterns of impulses to one muscle whose twitches are measured: their ratio (fade) at light block,
their number at deep block, and after a tetanus at profound block.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from brian2 import Hz, Quantity, second

from ..fiber import Fiber
from ..junction import Junction
from ..parameters import whole_number
from .muscle import Muscle
from .preparation import STEP
from .progress import Progress
from .protocol import SPREAD, check_size, fiber_for, site_numbers
from .result import Array, Result, check_seed, positive, share
from .twitches import CONTRACTION_TIME, draw_force, force, peaks

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["Twitches", "double_burst", "post_tetanic_count", "train_of_four"]

#: Smallest response that counts, in twitches of the unblocked muscle (what a monitor still detects).
_VISIBLE = 0.03


@dataclass(frozen=True, eq=False, kw_only=True)
class Twitches(Result):
    """Responses of a muscle to a pattern of the anesthetist's monitor.

    Attributes
    ----------
    pattern : str
        'train of four', 'double burst' or 'post-tetanic count'.
    times : Quantity, shape (responses,)
        When each stimulus or burst began.
    twitches : ndarray, shape (responses,)
        Height of each response, in twitches of the unblocked muscle.
    visible : float
        Smallest response that counts.
    t, force : Quantity and ndarray, shape (times,)
        Force, in twitches of the unblocked muscle.
    transmission : ndarray, shape (impulses,)
        Share of the fibers that fired at every impulse of the pattern.
    quanta : ndarray, shape (impulses,)
        Mean quanta of a junction.
    junction, fiber, seed, versions
        How it came about, as in `nmj_brian.lab.Result`.
    """

    pattern: str
    times: Quantity = field(repr=False)
    twitches: np.ndarray
    visible: float
    t: Quantity = field(repr=False)
    force: np.ndarray = field(repr=False)
    transmission: np.ndarray = field(repr=False)
    quanta: np.ndarray = field(repr=False)

    @property
    def title(self) -> str:
        """Name of the pattern."""
        return self.pattern

    @property
    def ratio(self) -> float:
        """Last response over the first; NaN if the first does not count."""
        return float(self.twitches[-1] / self.twitches[0]) if self._seen[0] else np.nan

    @property
    def count(self) -> int:
        """How many responses in a row from the first on are large enough to count."""
        return int(np.argmin([*self._seen, False]))

    @property
    def _seen(self) -> np.ndarray:
        return self.twitches >= self.visible

    def _arrays(self) -> dict[str, Array]:
        rows = ("response",)
        return {
            "response": Array(rows, np.arange(1, len(self.twitches) + 1)),
            "time": Array(rows, np.asarray(self.times), "s", "time of the stimulus"),
            "twitch": Array(rows, self.twitches, "1", "in twitches of the unblocked muscle"),
            "transmission": Array(
                ("impulse",), self.transmission, "1", "share of fibers that fired"
            ),
            "quanta": Array(("impulse",), self.quanta, "1", "mean quanta of a junction"),
            "t": Array(("t",), np.asarray(self.t), "s", "time"),
            "force": Array(("t",), self.force, "1", "force, in twitches of the unblocked muscle"),
        }

    def _summary(self) -> list[tuple[str, str, str]]:
        rows = [
            ("count", f"{self.count}", f"responses of at least {self.visible:.0%} of a full twitch")
        ]
        if self.pattern != "post-tetanic count":
            rows.insert(0, ("ratio", f"{self.ratio:.2f}", "last over first"))
        heights = ", ".join(f"{x:.2f}" for x in self.twitches)
        return [*rows, ("responses", heights, "in twitches of the unblocked muscle")]

    def plot(self, ax: Axes | None = None) -> Axes:
        """Force against time, as a monitor draws it.

        Parameters
        ----------
        ax : Axes, optional
            Where to draw; by default a new figure.

        Returns
        -------
        Axes
            Of matplotlib; nothing is shown on the screen.
        """
        ratio = "" if self.pattern == "post-tetanic count" else f"ratio {self.ratio:.2f}, "
        return draw_force(ax, self.t, self.force, f"{self.pattern}: {ratio}count {self.count}")


def _measure(
    pattern: str,
    junction: Junction,
    times_s: np.ndarray,
    starts_s: np.ndarray,
    window_s: float,
    options: dict[str, Any],
) -> Twitches:
    """Run a pattern of impulses and read the responses that begin at ``starts_s``."""
    fiber = fiber_for(junction, options["fiber"])
    fibers = whole_number("fibers", options["fibers"], 1)
    contraction_s = positive("contraction_time", options["contraction_time"], second, 1e-3, 1)
    visible = share("visible", options["visible"])
    spread = share("spread", options["spread"], 2.0)
    seed = check_seed(options["seed"])
    check_size(len(times_s), fibers)
    sites = site_numbers(junction, fibers, spread, seed)
    dish = Muscle(junction, fiber, fibers, seed=seed, sites=sites, dt=options["dt"])
    with Progress(pattern) as progress:
        record = dish.stimulate(times_s + dish.dt_s, progress=progress)
    t_s, total = force(
        record.spike_times_s, record.spike_fibers, fibers, contraction_s, times_s[-1] + window_s
    )
    return Twitches(
        junction=junction,
        fiber=fiber,
        seed=seed,
        pattern=pattern,
        times=starts_s * second,
        twitches=peaks(t_s, total, starts_s, window_s),
        visible=visible,
        t=t_s * second,
        force=total,
        transmission=(record.first_spikes()[1] > 0).mean(axis=1),
        quanta=record.quanta.mean(axis=1),
    )


def train_of_four(
    junction: Junction,
    fibers: int = 500,
    *,
    contraction_time: Quantity = CONTRACTION_TIME,
    visible: float = _VISIBLE,
    fiber: Fiber | None = None,
    spread: float = SPREAD,
    seed: int | None = None,
    dt: Quantity = STEP,
) -> Twitches:
    """Train of four: four stimuli at 2 Hz; their ratio and number tell the depth of a block.

    Parameters
    ----------
    junction : Junction
        Every junction of the muscle; usually under a blocker.
    fibers : int, optional
        How many stand for the muscle's fibers.
    contraction_time : Quantity, optional
        From onset to peak of a twitch.
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
    Twitches
        Ratio, count and heights.

    Raises
    ------
    ValueError, TypeError, DimensionMismatchError
        For a protocol that makes no sense, before anything runs.
    """
    times = np.arange(4) * 0.5
    return _measure("train of four", junction, times, times, 0.5, _options(locals()))


def double_burst(
    junction: Junction,
    fibers: int = 500,
    *,
    impulses: tuple[int, int] = (3, 3),
    contraction_time: Quantity = CONTRACTION_TIME,
    visible: float = _VISIBLE,
    fiber: Fiber | None = None,
    spread: float = SPREAD,
    seed: int | None = None,
    dt: Quantity = STEP,
) -> Twitches:
    """Double burst: two short tetani at 50 Hz, 0.75 s apart, whose fade is easier to feel.

    Parameters
    ----------
    junction : Junction
        Every junction of the muscle; usually under a blocker.
    fibers : int, optional
        How many stand for the muscle's fibers.
    impulses : (int, int), optional
        Of the first and of the second burst: (3, 3) or (3, 2).
    contraction_time, visible, fiber, spread, seed, dt
        As in `train_of_four`.

    Returns
    -------
    Twitches
        Two responses and their ratio.

    Raises
    ------
    ValueError, TypeError, DimensionMismatchError
        For a protocol that makes no sense, before anything runs.
    """
    try:
        first, last = impulses
    except (TypeError, ValueError) as error:
        raise type(error)(
            "impulses must be two numbers, of the first and of the second burst, such as (3, 3), got "
            f"{impulses!r}."
        ) from None
    first, last = (whole_number("impulses", n, 1, 10) for n in (first, last))
    starts = np.array([0.0, 0.75])
    times = np.concatenate([np.arange(first) / 50, starts[1] + np.arange(last) / 50])
    return _measure("double burst", junction, times, starts, 0.75, _options(locals()))


def post_tetanic_count(
    junction: Junction,
    fibers: int = 200,
    *,
    twitches: int = 20,
    rate: Quantity = 50 * Hz,
    duration: Quantity = 5 * second,
    contraction_time: Quantity = CONTRACTION_TIME,
    visible: float = _VISIBLE,
    fiber: Fiber | None = None,
    spread: float = SPREAD,
    seed: int | None = None,
    dt: Quantity = STEP,
) -> Twitches:
    """Post-tetanic count: 5 s of 50 Hz, 3 s of rest, then single twitches at 1 Hz that are counted.

    Parameters
    ----------
    junction : Junction
        Every junction of the muscle; usually under a deep block.
    fibers : int, optional
        How many stand for the muscle's fibers.
    twitches : int, optional
        How many single stimuli follow.
    rate, duration : Quantity, optional
        Of the tetanus.
    contraction_time, visible, fiber, spread, seed, dt
        As in `train_of_four`.

    Returns
    -------
    Twitches
        The count, and the heights of the twitches after the tetanus.

    Raises
    ------
    ValueError, TypeError, DimensionMismatchError
        For a protocol that makes no sense, before anything runs.
    """
    twitches = whole_number("twitches", twitches, 1, 1000)
    rate_Hz = positive("rate", rate, Hz, 0, 200)
    lasts_s = positive("duration", duration, second, 0, 600)
    impulses = np.arange(int(lasts_s * rate_Hz * (1 + 1e-12))) / rate_Hz
    starts = lasts_s + 3 + np.arange(twitches)
    times = np.concatenate([impulses, starts])
    return _measure("post-tetanic count", junction, times, starts, 0.9, _options(locals()))


def _options(given: dict[str, Any]) -> dict[str, Any]:
    """The keywords that all patterns share."""
    names = ("fibers", "contraction_time", "visible", "fiber", "spread", "seed", "dt")
    return {name: given[name] for name in names}
