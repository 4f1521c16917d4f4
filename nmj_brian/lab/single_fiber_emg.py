"""Single-fiber electromyography: the moment of a fiber's action potential varies, and sometimes it is missing.

Voluntary: a pair of fibers of one motor unit is recorded together, and the interval between their potentials
varies as both of their end-plate potentials do. Stimulated: the latency of one fiber after the stimulus.
Jitter is the mean consecutive difference (MCD) of these, blocking the share of missing potentials. Nothing
Gaussian is put in: numbers, sizes and latencies of quanta make the end-plate potential, and the fiber fires
when it reaches threshold.

Deviations from the biology, stated: what the conduction along the fiber adds (velocity recovery), and the
threshold of the axon under stimulation (5 us), are left out.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from brian2 import Hz, Quantity, second, us

from ..fiber import Fiber
from ..junction import Junction
from ..parameters import whole_number
from .limits import jitter
from .preparation import STEP, Preparation
from .progress import Progress
from .protocol import check_size, fiber_for, site_numbers
from .result import Array, Result, check_seed, frequency, new_axes, share

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["SingleFiberEMG", "consecutive_difference", "single_fiber_emg", "sorted_difference"]

#: MCD over MSD from which slow drifts by the discharge rate are taken out (recalled).
_TREND = 1.25
#: Intervals of a motor unit are kept within these multiples of their mean.
_SHORTEST, _LONGEST = 0.5, 2.0


def consecutive_difference(values: np.ndarray) -> np.ndarray:
    """Mean consecutive difference (MCD) by column, over neighbors that are both there.

    ``mean |D(k+1) - D(k)|`` (Ekstedt, Nilsson & Stalberg 1974); 2/sqrt(pi) times the standard deviation
    of a Gaussian variable without trend.

    Parameters
    ----------
    values : ndarray, shape (discharges, ...)
        Intervals or latencies; NaN where one is missing.

    Returns
    -------
    ndarray
        In the unit of ``values``; NaN without two neighbors.
    """
    step = np.abs(np.diff(np.asarray(values, dtype=float), axis=0))
    there = ~np.isnan(step)
    with np.errstate(invalid="ignore"):
        return np.where(there, step, 0.0).sum(axis=0) / np.where(
            there.any(axis=0), there.sum(axis=0), np.nan
        )


def sorted_difference(values: np.ndarray, before: np.ndarray) -> np.ndarray:
    """Mean sorted-data difference (MSD): the MCD after sorting by the preceding discharge interval.

    Parameters
    ----------
    values : ndarray, shape (discharges, ...)
        As in `consecutive_difference`.
    before : ndarray, shape (discharges, ...)
        Interval since the discharge before.

    Returns
    -------
    ndarray
        Free of what the discharge rate does to the intervals.
    """
    order = np.argsort(before, axis=0, kind="stable")
    return consecutive_difference(np.take_along_axis(np.asarray(values), order, axis=0))


@dataclass(frozen=True, eq=False, kw_only=True)
class SingleFiberEMG(Result):
    """Jitter and blocking of pairs of fibers (voluntary) or of single ones (stimulated).

    Attributes
    ----------
    activation : str
        'voluntary' or 'stimulated'.
    muscle : str
        Whose limits of normal are drawn.
    rate : Quantity
        Mean rate of discharge.
    intervals : Quantity, shape (discharges, pairs)
        Between the two potentials, or from stimulus to potential; NaN where one is missing.
    before : Quantity, shape (discharges, pairs)
        Since the discharge before.
    missing : ndarray, shape (discharges, pairs)
        Whether a potential is missing.
    quanta : float
        Mean quanta of an impulse.
    junction, fiber, seed, versions
        How it came about, as in `nmj_brian.lab.Result`.
    """

    activation: str
    muscle: str
    rate: Quantity
    intervals: Quantity = field(repr=False)
    before: Quantity = field(repr=False)
    missing: np.ndarray = field(repr=False)
    quanta: float

    @property
    def mcd(self) -> Quantity:
        """Mean consecutive difference of every pair."""
        return consecutive_difference(np.asarray(self.intervals)) * 1e6 * us

    @property
    def msd(self) -> Quantity:
        """Mean sorted-data difference of every pair; NaN where the rate is constant."""
        before = np.asarray(self.before)
        if np.ptp(before) < 1e-9:
            return np.full(before.shape[1], np.nan) * us
        return sorted_difference(np.asarray(self.intervals), before) * 1e6 * us

    @property
    def jitter(self) -> Quantity:
        """What a laboratory reports for every pair: MCD, or MSD where MCD/MSD exceeds 1.25."""
        mcd, msd = np.asarray(self.mcd / us), np.asarray(self.msd / us)
        with np.errstate(invalid="ignore"):
            return np.where(mcd > _TREND * msd, msd, mcd) * us

    @property
    def mean_jitter(self) -> Quantity:
        """Mean jitter of the study, over pairs that have one."""
        jitters = np.asarray(self.jitter / us)
        return (np.nanmean(jitters) if np.isfinite(jitters).any() else np.nan) * us

    @property
    def blocking(self) -> np.ndarray:
        """Share of the discharges of every pair at which a potential is missing."""
        return self.missing.mean(axis=0)

    @property
    def outliers(self) -> float:
        """Share of the pairs whose jitter is above the limit for a single pair, or that have none left."""
        limit = float(jitter(self.muscle, self.activation).single / us)
        return float((~(np.asarray(self.jitter / us) <= limit)).mean())

    def _arrays(self) -> dict[str, Array]:
        pairs, both = ("pair",), ("discharge", "pair")
        return {
            "pair": Array(pairs, np.arange(1, self.missing.shape[1] + 1)),
            "mcd": Array(pairs, self.mcd / us, "us", "mean consecutive difference"),
            "msd": Array(pairs, self.msd / us, "us", "mean sorted-data difference"),
            "blocking": Array(pairs, self.blocking, "1", "share of discharges with one missing"),
            "interval": Array(both, self.intervals / us, "us", "interval or latency"),
            "before": Array(both, np.asarray(self.before), "s", "since the discharge before"),
        }

    def _summary(self) -> list[tuple[str, str, str]]:
        limits = jitter(self.muscle, self.activation)
        kind = "pairs" if self.activation == "voluntary" else "fibers"
        note = f"{self.muscle}, concentric needle [{limits.source}]"
        return [
            ("activation", self.activation, f"{self.rate / Hz:g} Hz, {len(self.missing)} discharges"),
            (f"mean MCD of {len(self.blocking)} {kind}", f"{self.mean_jitter / us:.1f} us",
             f"limit {limits.mean / us:g} us, {note}"),
            (f"{kind} above {limits.single / us:g} us", f"{self.outliers:.0%}", "abnormal from 10 %"),
            (f"{kind} with blocking", f"{(self.blocking > 0).mean():.0%}", "none in normal muscle"),
            ("missing potentials", f"{self.blocking.mean():.2%}", ""),
            ("quanta of an impulse", f"{self.quanta:.1f}", ""),
        ]  # fmt: skip

    def plot(self, ax: Axes | None = None, *, limits: bool = True) -> Axes:
        """Jitter of every pair, those with blocking filled.

        Parameters
        ----------
        ax : Axes, optional
            Where to draw; by default a new figure.
        limits : bool, optional
            Whether to draw the limits of normal.

        Returns
        -------
        Axes
            Of matplotlib; nothing is shown on the screen.
        """
        ax = new_axes(ax, figsize=(5.5, 3.6))
        jitters, blocked = np.asarray(self.jitter / us), self.blocking > 0
        pair = np.arange(1, len(jitters) + 1)
        ax.plot(pair[~blocked], jitters[~blocked], "o", mfc="none", c="C0", label="no blocking")
        ax.plot(pair[blocked], jitters[blocked], "o", c="C3", label="with blocking")
        none = ~np.isfinite(jitters)
        if none.any():
            ax.plot(pair[none], np.zeros(none.sum()), "x", c="C3", label="too few potentials")
        if limits:
            normal = jitter(self.muscle, self.activation)
            ax.axhline(
                normal.single / us, ls=":", c="gray", label=f"limit, single [{normal.source}]"
            )
            ax.axhline(normal.mean / us, ls="--", c="gray", label="limit, mean of a study")
        ax.set(xlabel="pair" if self.activation == "voluntary" else "fiber", ylabel="MCD (us)")
        ax.set(xlim=(0, len(pair) + 1), ylim=(0, 1.6 * ax.get_ylim()[1]))  # room for the legend
        ax.set_title(f"single-fiber EMG, {self.activation}, {self.rate / Hz:g} Hz")
        ax.legend(fontsize="small", frameon=False, loc="upper right")
        return ax


def single_fiber_emg(
    junction: Junction,
    rate: Quantity = 12 * Hz,
    discharges: int = 100,
    pairs: int = 20,
    *,
    activation: str = "voluntary",
    muscle: str = "extensor digitorum",
    variability: float = 0.15,
    settle: int = 10,
    fiber: Fiber | None = None,
    spread: float = 0.0,
    seed: int | None = None,
    dt: Quantity = STEP,
) -> SingleFiberEMG:
    """Single-fiber EMG: jitter and blocking of fibers under voluntary drive or stimulation.

    Parameters
    ----------
    junction : Junction
        Every junction of the muscle.
    rate : Quantity, optional
        Mean rate of discharge.
    discharges : int, optional
        Recorded of every pair, at least 3 (50 to 100 is usual).
    pairs : int, optional
        How many; of single fibers if stimulated.
    activation : {'voluntary', 'stimulated'}, optional
        Irregular discharges of a pair's own motor neuron, or regular stimuli.
    muscle : str, optional
        Whose limits of normal are drawn; changes nothing in what is simulated.
    variability : float, optional
        Coefficient of variation of voluntary discharge intervals.
    settle : int, optional
        Discharges before the record, so that the terminals work steadily.
    fiber : Fiber, optional
        Of the muscle; by default the species' at the junction's temperature.
    spread : float, optional
        Coefficient of variation of the number of release sites among the junctions; 0: all alike.
    seed : int, optional
        By default a fresh one, kept in the result.
    dt : Quantity, optional
        Step of the simulation; spikes are timed within 10 us sub-steps.

    Returns
    -------
    SingleFiberEMG
        MCD, MSD and blocking of every pair.

    Raises
    ------
    ValueError, TypeError, DimensionMismatchError
        For a protocol that makes no sense, before anything runs.
    """
    fiber = fiber_for(junction, fiber)
    rate_Hz = frequency(rate)
    discharges = whole_number("discharges", discharges, 3)
    pairs = whole_number("pairs", pairs, 1)
    settle = whole_number("settle", settle, 1)
    if activation not in ("voluntary", "stimulated"):
        raise ValueError(f"activation must be 'voluntary' or 'stimulated', got {activation!r}.")
    jitter(muscle, activation)
    variability = share("variability", variability, 0.5)
    spread = share("spread", spread, 2.0)
    seed = check_seed(seed)
    voluntary = activation == "voluntary"
    fibers = 2 * pairs if voluntary else pairs
    check_size(discharges + settle, fibers)
    interval = np.full((discharges + settle, pairs), 1 / rate_Hz)
    if voluntary:
        chance = np.random.default_rng([seed % 2**63, 0x5F])
        normal = 1 + variability * chance.standard_normal(interval.shape)
        interval *= np.clip(normal, _SHORTEST, _LONGEST)
        nerve = np.repeat(np.arange(pairs), 2)
    else:
        nerve = np.arange(pairs)
    times = np.cumsum(interval, axis=0)
    dish = Preparation(
        junction,
        fiber,
        nerve,
        seed=seed,
        sites=site_numbers(junction, fibers, spread, seed),
        dt=dt,
    )
    with Progress("single-fiber EMG") as progress:
        record = dish.stimulate(times, progress=progress)
    latency = record.first_spikes()[0][settle:]
    value = latency[:, 1::2] - latency[:, ::2] if voluntary else latency
    return SingleFiberEMG(
        junction=junction,
        fiber=fiber,
        seed=seed,
        activation=activation,
        muscle=muscle,
        rate=rate,
        intervals=value * second,
        before=interval[settle:] * second,
        missing=np.isnan(value),
        quanta=float(record.quanta[settle:].mean()),
    )
