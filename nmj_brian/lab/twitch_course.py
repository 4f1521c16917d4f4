"""An anesthetist's trend: trains of four through an hour in which a blocker comes and goes.

The junctions are simulated around the stimuli only; between them the terminals' slow states jump exactly. During
a train drugs keep the concentration that the course has at its beginning.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from brian2 import Quantity, second

from ..condition import Condition
from ..conditioned import TimedCondition
from ..endplate import EndplateModel
from ..fiber import Fiber
from ..junction import Junction
from ..parameters import require, whole_number
from ..units import hour, minute
from .muscle import Muscle
from .preparation import STEP
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
        Share of the receptors that antagonists hold or that are lost; an agonist holds none by this count.
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
            "occupancy": Array(("train",), self.occupancy, "1", "receptors held"),
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
    block: Any,
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
        Every junction of the muscle, without the drugs that come and go.
    block : TimedCondition, sequence of conditions, or callable
        The drugs, one at least with a course of its concentration: ``nmj.rocuronium(course)``, or ``[nmj.rocuronium(
        course), nmj.neostigmine(another)]``, with all that they do, fade included. Or only the share of the
        receptors that is out of reach, by time since the start: a function of a Quantity, or a `brian2.TimedArray`.
        Other arguments of a drug, such as an exposure, stay as they are. Where it changes the receptor or the fiber
        (an agonist that lasts, a blocker of channels) every train takes seconds, for a model of its own.
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
    >>> drug = nmj.rocuronium(nmj.pk.rocuronium().bolus(0.6 * mgram / kgram))  # doctest: +SKIP
    >>> nmj.lab.twitch_course(nmj.junctions.human(), drug).plot()              # doctest: +SKIP
    """
    require(junction, "sites", example="a Junction such as nmj.junctions.human()")
    lasts_s = positive("duration", duration, second, 0, 1e6)
    every_s = positive("every", every, second, 2.499)
    fibers = whole_number("fibers", fibers, 1)
    visible = share("visible", visible)
    spread = share("spread", spread, 2.0)
    seed = check_seed(seed)
    starts = np.arange(0, lasts_s, every_s)
    check_size(4 * len(starts), fibers)
    treated, lost = _course(junction, block, starts)
    own = fiber is None  # else it stays what it is
    fiber = fiber_for(treated[0], fiber)
    sites = site_numbers(junction, fibers, spread, seed)
    common = {"seed": seed, "sites": sites, "dt": dt}

    def muscle(k: int) -> Muscle:
        now = treated[k]
        mine = fiber_for(now, None) if own else fiber
        return Muscle(now, mine, fibers, receptor_loss=lost[k], **common)

    dish, twitches = muscle(0), []
    with Progress("trains of four", len(starts)) as progress:
        for k, start in enumerate(starts):
            lasting = treated[k].lasting_conductance > 0  # then fibers depend on the receptors left
            if k and (treated[k] is not treated[k - 1] or (lasting and lost[k] != lost[k - 1])):
                earlier, dish = dish, muscle(k)
                dish.go_on_from(earlier, start)
            dish.lose_receptors(lost[k])
            record = dish.stimulate(start + _TRAIN_S + dish.dt_s)
            twitches.append((record.first_spikes()[1] > 0).mean(axis=1))
            progress.next()
    return TwitchCourse(
        junction=junction,
        fiber=fiber,
        seed=seed,
        t=starts * second,
        occupancy=lost,
        twitches=np.array(twitches),
        visible=visible,
    )


def _course(
    junction: Junction, block: Any, starts_s: np.ndarray
) -> tuple[list[Junction], np.ndarray]:
    """The junction at every train, and what share of its receptors is out of reach besides."""
    drugs = list(block) if isinstance(block, (list, tuple)) else [block]
    if drugs and all(isinstance(drug, (TimedCondition, Condition)) for drug in drugs):
        if not any(isinstance(drug, TimedCondition) for drug in drugs):
            raise TypeError(
                "none of the drugs has a course: put the junction under them, junction.under(...)."
            )
        treated = [junction.under(*drugs, time=t * second) for t in starts_s]
        free = np.array([EndplateModel.density(now) for now in treated])
        # receptors that are held are out of reach as lost ones are: one model of the end plate serves all trains
        shared = {n: getattr(junction, n) for n in ("receptor_fraction", "antagonist_occupancy")}
        whole = EndplateModel.density(junction)
        lost = 1 - free / whole if whole > 0 else np.zeros(len(free))
        return [now.replace(**shared) for now in treated], lost
    if not callable(block) or hasattr(block, "kinetics"):
        raise TypeError(
            "block is a drug with a course, such as nmj.rocuronium(course), or the share of receptors held as a "
            f"function of time, such as lambda t: 0.8; got {block!r}."
        )
    held = [share(f"share of receptors held at {t:g} s", block(t * second)) for t in starts_s]
    return [junction] * len(starts_s), np.array(held)
