"""The end plate under voltage clamp: a miniature current, and the current that an impulse evokes."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from brian2 import Quantity, amp, coulomb, ms, mV, nA, second, us, volt

from ..binding import trapezoid
from ..fiber import Fiber
from ..junction import Junction
from ..parameters import whole_number
from ..quantum import Quantum
from .preparation import Preparation
from .protocol import check_size, fiber_for
from .result import Array, Result, check_seed, new_axes, positive

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["EndplateCurrents", "quantum"]

#: Step at which currents are recorded.
_STEP = 20 * us


@dataclass(frozen=True, eq=False, kw_only=True)
class EndplateCurrents(Result):
    """Miniature and evoked end-plate currents at a holding potential; inward is negative.

    Rise and decay are NaN where no current rises and falls within the record.

    Attributes
    ----------
    holding : Quantity
        Potential at which the fibers are clamped.
    mepc_t, mepc : Quantity, shape (samples,)
        Time since release, and the current of one quantum of mean size (reaction-diffusion).
    t, epcs : Quantity, shapes (times,) and (impulses, times)
        Time since the impulse reached the terminal, and the current that it evoked, rested.
    quanta : ndarray, shape (impulses,)
        Released by each impulse.
    junction, fiber, seed, versions
        How it came about, as in `nmj_brian.lab.Result`.
    """

    holding: Quantity
    mepc_t: Quantity = field(repr=False)
    mepc: Quantity = field(repr=False)
    t: Quantity = field(repr=False)
    epcs: Quantity = field(repr=False)
    quanta: np.ndarray = field(repr=False)

    @property
    def epc(self) -> Quantity:
        """Mean evoked current."""
        return self.epcs.mean(axis=0)

    @property
    def amplitude(self) -> Quantity:
        """Size of the miniature current's peak."""
        return np.abs(np.asarray(self.mepc)).max() * amp

    @property
    def evoked_amplitude(self) -> Quantity:
        """Mean size of the evoked currents' peaks."""
        return np.abs(np.asarray(self.epcs)).max(axis=1).mean() * amp

    @property
    def rise_time(self) -> Quantity:
        """Of the miniature current, 20 to 80 % of the peak."""
        return _rise(self.mepc_t, self.mepc)

    @property
    def decay_time(self) -> Quantity:
        """Of the miniature current: one exponential fitted from 80 to 20 % of the peak."""
        return _decay(self.mepc_t, self.mepc)

    @property
    def evoked_rise_time(self) -> Quantity:
        """Of the mean evoked current, 20 to 80 % of the peak."""
        return _rise(self.t, self.epc)

    @property
    def evoked_decay_time(self) -> Quantity:
        """Of the mean evoked current: one exponential fitted from 80 to 20 % of the peak."""
        return _decay(self.t, self.epc)

    @property
    def charge(self) -> Quantity:
        """Carried by one quantum; inward is negative."""
        return float(trapezoid(np.asarray(self.mepc), np.asarray(self.mepc_t))) * coulomb

    @property
    def quantal_content(self) -> float:
        """Evoked amplitude over miniature amplitude: fewer than the quanta, which do not come at once."""
        return float(self.evoked_amplitude / self.amplitude) if self.amplitude > 0 * amp else np.nan

    def _arrays(self) -> dict[str, Array]:
        t = np.asarray(self.t)
        return {
            "t": Array(("t",), t * 1e3, "ms", "since the impulse"),
            "mepc": Array(
                ("t",), np.interp(t, np.asarray(self.mepc_t), np.asarray(self.mepc / nA)), "nA",
                "miniature current, since its release",
            ),
            "epc": Array(("t",), np.asarray(self.epc / nA), "nA", "mean evoked current"),
            "epcs": Array(("impulse", "t"), np.asarray(self.epcs / nA), "nA", "evoked currents"),
            "quanta": Array(("impulse",), self.quanta, "1", "quanta"),
        }  # fmt: skip

    def to_csv(self, path: object) -> None:
        """Save time, miniature and mean evoked current.

        Parameters
        ----------
        path : str or Path
            File to write.
        """
        arrays = self._arrays()
        header = ",".join(f"{n} ({arrays[n].unit})" for n in ("t", "mepc", "epc"))
        columns = np.column_stack([arrays[n].values for n in ("t", "mepc", "epc")])
        np.savetxt(path, columns, delimiter=",", header=header, comments="", fmt="%.7g")

    def _summary(self) -> list[tuple[str, str, str]]:
        return [
            ("holding potential", f"{self.holding / mV:.0f} mV", ""),
            ("miniature current", f"{self.amplitude / nA:.2f} nA", ""),
            ("  rise, 20-80 %", f"{self.rise_time / us:.0f} us", ""),
            ("  decay", f"{self.decay_time / ms:.2f} ms", ""),
            ("  charge", f"{self.charge / coulomb * 1e12:.2f} pC", ""),
            ("evoked current", f"{self.evoked_amplitude / nA:.0f} nA", "rested, mean of peaks"),
            ("  rise, 20-80 %", f"{self.evoked_rise_time / us:.0f} us", ""),
            ("  decay", f"{self.evoked_decay_time / ms:.2f} ms", ""),
            ("quanta of an impulse", f"{self.quanta.mean():.1f}", ""),
            ("evoked over miniature peak", f"{self.quantal_content:.1f}", ""),
        ]

    def plot(self, ax: Axes | None = None) -> Axes:
        """Miniature and mean evoked current, each relative to its peak; inward is down.

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
        for t, current, peak, name in (
            (self.mepc_t, self.mepc, self.amplitude, "miniature"),
            (self.t, self.epc, self.evoked_amplitude, "evoked"),
        ):
            size = np.asarray(current) / max(float(peak), 1e-18)
            ax.plot(t / ms, size, label=f"{name}, {peak / nA:.3g} nA")
        flows = np.abs(np.asarray(self.mepc)) >= 0.01 * float(self.amplitude)
        last = float(self.mepc_t[np.flatnonzero(flows)[-1]] / ms)
        ax.set(xlabel="time (ms)", ylabel="current / peak", xlim=(0, last + 1))
        ax.set_title(f"end-plate currents at {self.holding / mV:.0f} mV")
        ax.legend(fontsize="small", frameon=False)
        return ax


def _shape(t: Quantity, current: Quantity) -> tuple[np.ndarray, np.ndarray, int] | None:
    """Times, size relative to the peak and place of the peak; None if nothing rises and falls."""
    y = np.abs(np.asarray(current))
    i = int(y.argmax())
    if not 0 < i < len(y) - 1 or not y[-1] < 0.2 * y[i]:
        return None
    return np.asarray(t), y / y[i], i


def _rise(t: Quantity, current: Quantity) -> Quantity:
    shape = _shape(t, current)
    if shape is None:
        return np.nan * second
    time, y, i = shape
    first = np.flatnonzero(y[:i] <= 0.2)[-1]
    low, high = np.interp([0.2, 0.8], y[first : i + 1], time[first : i + 1])
    return (high - low) * second


def _decay(t: Quantity, current: Quantity) -> Quantity:
    shape = _shape(t, current)
    if shape is None:
        return np.nan * second
    time, y, i = shape
    low, high = np.interp([-0.8, -0.2], -y[i:], time[i:])
    grid = np.linspace(low, high, 200)
    return -1 / np.polyfit(grid, np.log(np.interp(grid, time, y)), 1)[0] * second


def quantum(
    junction: Junction,
    holding: Quantity = -80 * mV,
    impulses: int = 50,
    *,
    duration: Quantity | None = None,
    fiber: Fiber | None = None,
    seed: int | None = None,
) -> EndplateCurrents:
    """Miniature and evoked end-plate currents under voltage clamp.

    Parameters
    ----------
    junction : Junction
        Healthy, diseased or under drugs.
    holding : Quantity, optional
        Potential of the clamp.
    impulses : int, optional
        How many rested junctions get one impulse each.
    duration : Quantity, optional
        Of the record; by default as long as one quantum is followed.
    fiber : Fiber, optional
        By default the species' at the junction's temperature; under clamp it decides nothing.
    seed : int, optional
        By default a fresh one, kept in the result.

    Returns
    -------
    EndplateCurrents
        Amplitude, rise, decay and charge.

    Raises
    ------
    ValueError, TypeError, DimensionMismatchError
        For a protocol that makes no sense, before anything runs.
    """
    fiber = fiber_for(junction, fiber)
    impulses = whole_number("impulses", impulses, 1, 10_000)
    seed = check_seed(seed)
    if duration is not None:
        positive("duration", duration, second, 0.9e-3, 2)
    mini = Quantum(junction, v=holding, duration=duration)
    lasts_s = float(mini.t[-1]) + 2e-3 if duration is None else float(duration)
    check_size(impulses, 1, samples=int(lasts_s / float(_STEP)))
    dish = Preparation(
        junction, fiber, np.zeros(impulses, int), seed=seed, holding=holding, dt=_STEP
    )
    traces: list[np.ndarray] = []
    g = dish.junctions["g_S"]
    record = dish.stimulate(np.zeros(1), until_s=lasts_s, on_step=lambda: traces.append(g.copy()))
    conductance = np.concatenate([np.zeros((1, impulses)), traces]).T
    drive = float(holding / volt) - float(junction.receptor.reversal / volt)
    return EndplateCurrents(
        junction=junction,
        fiber=fiber,
        seed=seed,
        holding=holding,
        mepc_t=mini.t,
        mepc=mini.current(),
        t=np.arange(conductance.shape[1]) * dish.dt_s * second,
        epcs=conductance * drive * amp,
        quanta=record.quanta[0],
    )
