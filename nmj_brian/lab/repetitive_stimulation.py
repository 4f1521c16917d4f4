"""Repetitive nerve stimulation: the compound muscle action potential, again and again.

A muscle is stimulated by a train; fibers whose end-plate potential no longer reaches threshold drop out,
and the compound action potential falls (decrement) or, where release was low, grows (increment). A strong
contraction before the train facilitates release at first and exhausts it later.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from brian2 import Hz, Quantity, mV, second
from brian2.units.fundamentalunits import fail_for_dimension_mismatch

from ..fiber import Fiber
from ..junction import Junction
from ..parameters import ParameterSet, whole_number
from .limits import DECREMENT, INCREMENTS
from .muscle import Muscle
from .preparation import STEP
from .progress import Progress
from .protocol import SPREAD, check_size, fiber_for, site_numbers
from .result import Array, Result, check_seed, frequency, new_axes, positive, share
from .surface_emg import STEP_S, SurfaceEMG, negative_phase

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["RepetitiveStimulation", "repetitive_stimulation"]

#: Rest between the train before a contraction and the contraction, in seconds.
_PAUSE_S = 30.0
#: Window after each impulse in which its potential is measured, in seconds.
_WINDOW_S = 25e-3
#: Beyond this rate compound action potentials run into each other.
_FASTEST_HZ = 100.0
#: A response that is lower than the first by less is so by chance (in a normal muscle of 1000 fibers up to 0.7 %).
_NOISE = 0.03


@dataclass(frozen=True, eq=False, kw_only=True)
class RepetitiveStimulation(Result):
    """What trains of nerve stimuli did to a muscle; rows are trains, columns impulses.

    Attributes
    ----------
    rate : Quantity
        Of stimulation.
    after : Quantity, shape (trains,)
        How long after the contraction each train began; NaN for the train before it.
    times : Quantity, shape (trains, impulses)
        When the impulses were sent.
    cmaps, areas : Quantity, shape (trains, impulses)
        Amplitude and area of the negative phase of the compound muscle action potential.
    blocking : ndarray, shape (trains, impulses)
        Share of the fibers that did not fire.
    quanta : ndarray, shape (trains, impulses)
        Mean quanta of a junction.
    repetitive : ndarray, shape (trains, impulses)
        Share of the fibers that fired more than once.
    t, waveforms : Quantity, shapes (times,) and (trains, impulses, times)
        Potential at the skin after each impulse.
    junction, fiber, seed, versions
        How it came about, as in `nmj_brian.lab.Result`.
    """

    rate: Quantity
    after: Quantity
    times: Quantity = field(repr=False)
    cmaps: Quantity = field(repr=False)
    areas: Quantity = field(repr=False)
    blocking: np.ndarray = field(repr=False)
    quanta: np.ndarray = field(repr=False)
    repetitive: np.ndarray = field(repr=False)
    t: Quantity = field(repr=False)
    waveforms: Quantity = field(repr=False)

    @property
    def cmap(self) -> Quantity:
        """Amplitude of each response of the first train."""
        return self.cmaps[0]

    @property
    def area(self) -> Quantity:
        """Area of each response of the first train."""
        return self.areas[0]

    @property
    def decrements(self) -> np.ndarray:
        """Share by which the 4th response of each train is smaller than its 1st (NaN: there is none)."""
        amplitude = np.asarray(self.cmaps / mV)
        with np.errstate(invalid="ignore", divide="ignore"):
            return 1.0 - amplitude[:, 3] / amplitude[:, 0]

    @property
    def decrement(self) -> float:
        """Share by which the 4th response of the first train is smaller than the 1st."""
        return float(self.decrements[0])

    @property
    def lowest(self) -> int:
        """Number of the smallest response of the first train, counted from 1."""
        return int(np.argmin(np.asarray(self.cmaps[0]))) + 1

    @property
    def increment(self) -> float:
        """Share by which the largest response of the first train exceeds its 1st."""
        amplitude = np.asarray(self.cmaps[0] / mV)
        return float(amplitude.max() / amplitude[0] - 1.0) if amplitude[0] > 0 else np.nan

    @property
    def facilitation(self) -> float:
        """Share by which the first response after the contraction exceeds the one before.

        NaN if there was no contraction.
        """
        amplitude = np.asarray(self.cmaps[:, 0] / mV)
        if len(amplitude) < 2 or not amplitude[0] > 0:
            return np.nan
        return float(amplitude[1] / amplitude[0] - 1.0)

    def _arrays(self) -> dict[str, Array]:
        flat = ("response",)
        trains, impulses = self.cmaps.shape
        number = np.tile(np.arange(1, impulses + 1), trains)
        return {
            "train": Array(flat, np.repeat(np.arange(trains), impulses), "1", "train"),
            "impulse": Array(flat, number, "1", "number of the impulse"),
            "time": Array(flat, np.ravel(np.asarray(self.times)), "s", "time of the impulse"),
            "cmap": Array(flat, np.ravel(np.asarray(self.cmaps / mV)), "mV", "CMAP amplitude"),
            "area": Array(flat, np.ravel(np.asarray(self.areas) * 1e6), "mV ms", "CMAP area"),
            "blocking": Array(flat, np.ravel(self.blocking), "1", "share of fibers blocked"),
            "quanta": Array(flat, np.ravel(self.quanta), "1", "mean quanta of a junction"),
            "repetitive": Array(flat, np.ravel(self.repetitive), "1", "share that fired again"),
            "t": Array(("t",), np.asarray(self.t) * 1e3, "ms", "time after the impulse"),
            "waveform": Array(
                ("response", "t"),
                np.asarray(self.waveforms / mV).reshape(trains * impulses, -1),
                "mV",
                "potential at the skin",
            ),
        }

    def _summary(self) -> list[tuple[str, str, str]]:
        low, high = INCREMENTS
        falls = self.cmap.min() < (1 - _NOISE) * self.cmap[0]
        rows = [
            ("rate", f"{self.rate / Hz:g} Hz", ""),
            ("first CMAP", f"{self.cmap[0] / mV:.2f} mV", ""),
            ("decrement at the 4th", f"{self.decrement:.1%}",
             f"abnormal from {DECREMENT.value:.0%} at 2-5 Hz [{DECREMENT.source}]"),
            ("lowest response", f"{self.lowest}" if falls else "-", ""),
            ("increment", f"{self.increment:.1%}",
             f"Lambert-Eaton from {low.value:.0%} or {high.value:.0%} at 20-50 Hz [{low.source}]"),
            ("fibers blocked at the 1st, 4th", f"{self.blocking[0, 0]:.1%}, {self.blocking[0, 3]:.1%}", ""),
        ]  # fmt: skip
        if self.repetitive.max() > 0:
            rows.append(("fibers that fire again", f"{self.repetitive[0, 0]:.1%}", "1st response"))
        for k in range(1, len(self.after)):
            change = self.cmaps[k, 0] / self.cmap[0] - 1 if self.cmap[0] > 0 * mV else np.nan
            rows.append(
                (f"{self.after[k] / second:g} s after contraction", f"{change:+.1%}",
                 f"first CMAP; decrement {self.decrements[k]:.1%}")
            )  # fmt: skip
        return rows

    def plot(self, ax: Axes | None = None, *, limits: bool = True) -> Axes:
        """Amplitude of every response, relative to the first of all.

        Parameters
        ----------
        ax : Axes, optional
            Where to draw; by default a new figure.
        limits : bool, optional
            Whether to draw the limit of a normal decrement.

        Returns
        -------
        Axes
            Of matplotlib; nothing is shown on the screen.
        """
        ax = new_axes(ax, figsize=(5.5, 3.6))
        number = np.arange(1, self.cmaps.shape[1] + 1)
        first = max(float(self.cmap[0] / mV), 1e-12)
        for k, row in enumerate(np.asarray(self.cmaps / mV)):
            label = "rested" if k == 0 else f"{self.after[k] / second:g} s after contraction"
            ax.plot(number, row / first, "o-", label=label)
        if limits and self.rate <= 5.001 * Hz:
            ax.axhline(1 - DECREMENT.value, ls=":", c="gray", label=f"limit [{DECREMENT.source}]")
        elif limits:
            for limit in INCREMENTS:
                ax.axhline(
                    1 + limit.value, ls=":", c="gray", label=f"+{limit.value:.0%} [{limit.source}]"
                )
        ax.set(xlabel="response", ylabel=f"CMAP / first ({first:.1f} mV)")
        ax.set_ylim(0, 1.05 * ax.get_ylim()[1])
        ax.set_title(f"repetitive stimulation, {self.rate / Hz:g} Hz")
        ax.legend(fontsize="small", frameon=False)
        return ax


def repetitive_stimulation(
    junction: Junction,
    rate: Quantity = 3 * Hz,
    impulses: int = 10,
    fibers: int = 1000,
    *,
    exercise: Quantity | None = None,
    exercise_rate: Quantity = 30 * Hz,
    after: Quantity | None = None,
    fiber: Fiber | None = None,
    muscle: ParameterSet | None = None,
    spread: float = SPREAD,
    seed: int | None = None,
    dt: Quantity = STEP,
) -> RepetitiveStimulation:
    """Repetitive nerve stimulation of a muscle, with its compound action potential at the skin.

    Parameters
    ----------
    junction : Junction
        Every junction of the muscle; healthy, diseased or under drugs.
    rate : Quantity, optional
        Of stimulation, at most 100 Hz: 3 Hz for a decrement, 20-50 Hz for an increment.
    impulses : int, optional
        Of a train, at least 4.
    fibers : int, optional
        How many stand for the muscle's fibers. A decrement has a standard error of 2 % in myasthenia with 1000, of
        4 % with 200.
    exercise : Quantity, optional
        Duration of a strong contraction that follows the first train after 30 s of rest; trains then
        follow it.
    exercise_rate : Quantity, optional
        At which the motor units fire in it.
    after : Quantity, optional
        When trains begin after the contraction; by default 2, 60, 120 and 180 s.
    fiber : Fiber, optional
        Of the muscle; by default the species' at the junction's temperature.
    muscle : ParameterSet, optional
        Volume conductor and electrodes, from `nmj_brian.lab.hand_muscle`.
    spread : float, optional
        Coefficient of variation of the size of junctions (sites, receptors), 0.3 by default; 0: all alike.
    seed : int, optional
        Selects quanta, places and delays; by default a fresh one, kept in the result.
    dt : Quantity, optional
        Step of the simulation.

    Returns
    -------
    RepetitiveStimulation
        Amplitudes, areas, decrement, increment; its `plot` draws them.

    Raises
    ------
    ValueError, TypeError, DimensionMismatchError
        For a protocol that makes no sense or does not fit into memory, before anything runs.

    Examples
    --------
    >>> weak = nmj.junctions.human().replace(receptor_fraction=0.3)      # doctest: +SKIP
    >>> nmj.lab.repetitive_stimulation(weak, rate=3*Hz, seed=1).plot()   # doctest: +SKIP
    """
    fiber = fiber_for(junction, fiber)
    rate_Hz = frequency(rate, high=_FASTEST_HZ)
    impulses = whole_number("impulses", impulses, 4)
    fibers = whole_number("fibers", fibers, 1)
    spread = share("spread", spread, 2.0)
    seed = check_seed(seed)
    check_size(impulses, fibers)
    train_s = np.arange(impulses) / rate_Hz
    starts, delays, contraction = [0.0], [np.nan], np.zeros(0)
    if exercise is not None:
        lasts = positive("exercise", exercise, second, 0, 600)
        begins = train_s[-1] + _PAUSE_S
        contraction = begins + np.arange(0, lasts, 1 / frequency(exercise_rate, "exercise_rate"))
        if after is None:
            after = np.array([2, 60, 120, 180]) * second
        fail_for_dimension_mismatch(after, second, "after must be times since the contraction")
        delays += _delays(np.atleast_1d(np.asarray(after / second, dtype=float)), train_s[-1])
        starts += [begins + lasts + d for d in delays[1:]]
    elif after is not None:
        raise ValueError("after= is the time since a contraction: give its duration as exercise=.")
    window_s = min(_WINDOW_S, 1 / rate_Hz)
    trains = impulses * len(starts)
    check_size(trains + len(contraction), fibers)
    check_size(trains, 1, samples=int(window_s / STEP_S))
    recording = SurfaceEMG(fiber, fibers, muscle, seed=seed)
    sites = site_numbers(junction, fibers, spread, seed)
    dish = Muscle(junction, fiber, fibers, seed=seed, sites=sites, dt=dt)
    times = np.concatenate([train_s, contraction, *(s + train_s for s in starts[1:])]) + dish.dt_s
    with Progress("repetitive stimulation") as progress:
        record = dish.stimulate(times, progress=progress)
    latency, count = record.first_spikes()
    kept = np.r_[:impulses, impulses + len(contraction) : len(times)]
    shape = (len(starts), impulses)
    potential = recording.volleys_V(latency[kept], record.later(kept, window_s), window_s)
    amplitude, area = negative_phase(potential)
    return RepetitiveStimulation(
        junction=junction,
        fiber=fiber,
        seed=seed,
        rate=rate,
        after=np.array(delays) * second,
        times=times[kept].reshape(shape) * second,
        cmaps=amplitude.reshape(shape) * 1e3 * mV,
        areas=area.reshape(shape) * 1e3 * mV * second,
        blocking=np.isnan(latency[kept]).mean(axis=1).reshape(shape),
        quanta=record.quanta[kept].mean(axis=1).reshape(shape),
        repetitive=(count[kept] > 1).mean(axis=1).reshape(shape),
        t=np.arange(potential.shape[1]) * STEP_S * second,
        waveforms=potential.reshape(*shape, -1) * 1e3 * mV,
    )


def _delays(after_s: Any, train_s: float) -> list[float]:
    """Times of trains after a contraction: each begins when the one before is over."""
    if after_s.size == 0 or not np.isfinite(after_s).all() or after_s.min() <= 0:
        raise ValueError(f"after must be times above 0 s, got {after_s}.")
    if np.any(np.diff(after_s) <= train_s):
        raise ValueError(
            f"trains after the contraction last {train_s:.3g} s and must not overlap: after = {after_s} s."
        )
    return [float(x) for x in after_s]
