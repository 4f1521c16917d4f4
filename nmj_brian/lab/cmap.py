"""The compound muscle action potential: one stimulus to the nerve, all fibers, one electrode on the skin."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from brian2 import Quantity, ms, mV, second, us

from ..fiber import Fiber
from ..junction import Junction
from ..parameters import ParameterSet, whole_number
from .muscle import Muscle
from .preparation import STEP
from .progress import Progress
from .protocol import SPREAD, fiber_for, site_numbers
from .result import Array, Result, check_seed, new_axes, positive, share
from .surface_emg import STEP_S, SurfaceEMG, negative_phase

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["CMAP", "cmap"]


@dataclass(frozen=True, eq=False, kw_only=True)
class CMAP(Result):
    """A compound muscle action potential.

    Attributes
    ----------
    t, potential : Quantity, shape (times,)
        Time since the stimulus (less conduction in the nerve) and potential of the electrode over the
        end plates against the reference; negative first.
    latencies : Quantity, shape (fibers,)
        From impulse to spike of every fiber; NaN where it does not fire.
    spikes : ndarray of int, shape (fibers,)
        How often each fired.
    quanta : ndarray, shape (fibers,)
        Released at each junction.
    junction, fiber, seed, versions
        How it came about, as in `nmj_brian.lab.Result`.
    """

    t: Quantity = field(repr=False)
    potential: Quantity = field(repr=False)
    latencies: Quantity = field(repr=False)
    spikes: np.ndarray = field(repr=False)
    quanta: np.ndarray = field(repr=False)

    @property
    def amplitude(self) -> Quantity:
        """From baseline to the negative peak."""
        return negative_phase(np.asarray(self.potential)[None])[0][0] * 1e3 * mV

    @property
    def area(self) -> Quantity:
        """Of the negative phase."""
        return negative_phase(np.asarray(self.potential)[None])[1][0] * 1e3 * mV * second

    @property
    def duration(self) -> Quantity:
        """Of the negative phase, where it is above 2 % of the amplitude."""
        v = -np.asarray(self.potential)
        top = int(v.argmax())
        if not v[top] > 0:
            return 0 * second
        low = v <= 0.02 * v[top]
        before, after = np.flatnonzero(low[:top]), np.flatnonzero(low[top:])
        first = before[-1] if before.size else 0
        last = top + after[0] if after.size else len(v) - 1
        return (last - first) * STEP_S * second

    @property
    def blocking(self) -> float:
        """Share of the fibers that did not fire."""
        return float((self.spikes == 0).mean())

    @property
    def repetitive(self) -> float:
        """Share of the fibers that fired more than once."""
        return float((self.spikes > 1).mean())

    def _arrays(self) -> dict[str, Array]:
        fibers = ("fiber",)
        return {
            "t": Array(("t",), np.asarray(self.t) * 1e3, "ms", "since the stimulus"),
            "potential": Array(("t",), np.asarray(self.potential / mV), "mV", "at the skin"),
            "latency": Array(
                fibers, np.asarray(self.latencies / us), "us", "from impulse to spike"
            ),
            "spikes": Array(fibers, self.spikes, "1", "spikes"),
            "quanta": Array(fibers, self.quanta, "1", "quanta"),
        }

    def _summary(self) -> list[tuple[str, str, str]]:
        return [
            ("amplitude", f"{self.amplitude / mV:.2f} mV", "baseline to negative peak"),
            ("area", f"{float(self.area) * 1e6:.1f} mV ms", "negative phase"),
            ("duration", f"{self.duration / ms:.1f} ms", "negative phase"),
            ("fibers blocked", f"{self.blocking:.1%}", f"of {len(self.spikes)}"),
            ("fibers that fire again", f"{self.repetitive:.1%}", ""),
        ]

    def plot(self, ax: Axes | None = None) -> Axes:
        """The potential, negative upward as clinicians draw it.

        Parameters
        ----------
        ax : Axes, optional
            Where to draw; by default a new figure.

        Returns
        -------
        Axes
            Of matplotlib; nothing is shown on the screen.
        """
        ax = new_axes(ax, figsize=(5.5, 3.6))
        ax.plot(self.t / ms, -np.asarray(self.potential / mV))
        ax.set(xlabel="time (ms)", ylabel="potential (mV, negative up)")
        ax.set_title(f"CMAP: {self.amplitude / mV:.1f} mV")
        return ax


def cmap(
    junction: Junction,
    fibers: int = 500,
    *,
    window: Quantity = 30 * ms,
    velocity: Quantity | None = None,
    muscle: ParameterSet | None = None,
    fiber: Fiber | None = None,
    spread: float = SPREAD,
    seed: int | None = None,
    dt: Quantity = STEP,
) -> CMAP:
    """Compound muscle action potential of a rested muscle to one stimulus.

    Parameters
    ----------
    junction : Junction
        Every junction of the muscle.
    fibers : int, optional
        How many stand for the muscle's fibers.
    window : Quantity, optional
        Length of the record.
    velocity : Quantity, optional
        Of conduction along the fibers; by default by their diameter.
    muscle : ParameterSet, optional
        Volume conductor and electrodes, from `nmj_brian.lab.hand_muscle`.
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
    CMAP
        Amplitude, area, duration, repetitive firing.

    Raises
    ------
    ValueError, TypeError, DimensionMismatchError
        For a protocol that makes no sense, before anything runs.
    """
    fiber = fiber_for(junction, fiber)
    fibers = whole_number("fibers", fibers, 1, 1_000_000)
    window_s = positive("window", window, second, 1e-3, 1)
    spread = share("spread", spread, 2.0)
    seed = check_seed(seed)
    recording = SurfaceEMG(fiber, fibers, muscle, seed=seed, velocity=velocity)
    sites = site_numbers(junction, fibers, spread, seed)
    dish = Muscle(junction, fiber, fibers, seed=seed, sites=sites, dt=dt)
    with Progress("compound muscle action potential") as progress:
        record = dish.stimulate(np.array([dish.dt_s]), progress=progress)
    latency, count = record.first_spikes()
    potential = recording.volleys_V(latency, record.later(np.array([0]), window_s), window_s)[0]
    return CMAP(
        junction=junction,
        fiber=fiber,
        seed=seed,
        t=np.arange(len(potential)) * STEP_S * second,
        potential=potential * 1e3 * mV,
        latencies=latency[0] * second,
        spikes=count[0],
        quanta=record.quanta[0],
    )
