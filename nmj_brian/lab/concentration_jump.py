"""A patch of receptors under fast perfusion: a pulse of agonist, and the current that it opens."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from brian2 import Quantity, amp, ms, mV, pA, second, us, volt

from ..junction import Junction
from ..parameters import whole_number
from ..receptor import Receptor
from ..units import mM
from .result import Array, Result, new_axes, positive

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["PatchCurrent", "concentration_jump"]

#: Up to this length a record has so many intervals, all alike.
_EVEN_S, _EVEN = 20e-3, 2000


@dataclass(frozen=True, eq=False, kw_only=True)
class PatchCurrent(Result):
    """Mean current of a patch during and after a pulse of agonist; inward is negative.

    Attributes
    ----------
    receptor : Receptor
        In the patch.
    concentration, duration, holding : Quantity
        Of the pulse, and the potential of the patch.
    channels : int
        In the patch.
    t : Quantity, shape (times,)
        Since the beginning of the pulse.
    open : ndarray, shape (times,)
        Share of open channels.
    junction, fiber, seed, versions
        How it came about, as in `nmj_brian.lab.Result`.
    """

    receptor: Receptor = field(repr=False)
    concentration: Quantity
    duration: Quantity
    holding: Quantity
    channels: int
    t: Quantity = field(repr=False)
    open: np.ndarray = field(repr=False)

    @property
    def current(self) -> Quantity:
        """Of the whole patch."""
        drive = float(self.holding / volt) - float(self.receptor.reversal / volt)
        return self.channels * self.open * float(self.receptor.conductance) * drive * amp

    @property
    def peak_open(self) -> float:
        """Largest share of open channels."""
        return float(self.open.max())

    @property
    def rise_time(self) -> Quantity:
        """20 to 80 % of the peak."""
        i = int(self.open.argmax()) + 1
        low, high = np.interp([0.2, 0.8], self.open[:i] / self.open[i - 1], np.asarray(self.t)[:i])
        return (high - low) * second

    @property
    def decay_time(self) -> Quantity:
        """From the largest opening after the pulse to 1/e of it (deactivation); NaN if it is not reached."""
        return self._fall(float(self.duration), float(self.t[-1]))

    @property
    def desensitization_time(self) -> Quantity:
        """From the peak to 1/e of it while the pulse lasts; NaN if it is not reached."""
        return self._fall(0.0, float(self.duration))

    def _fall(self, start_s: float, end_s: float) -> Quantity:
        t = np.asarray(self.t)
        part = np.flatnonzero((t >= start_s) & (t <= end_s * (1 + 1e-12)))
        if not part.size or not self.open[part].max() > 0:
            return np.nan * second
        top = part[self.open[part].argmax()]
        below = part[(part > top) & (self.open[part] <= self.open[top] / np.e)]
        if not below.size:
            return np.nan * second
        k = below[0]
        a, b = np.log(self.open[[k - 1, k]] / self.open[top])
        return (t[k - 1] + (t[k] - t[k - 1]) * (a + 1) / (a - b) - t[top]) * second

    def _arrays(self) -> dict[str, Array]:
        return {
            "t": Array(("t",), np.asarray(self.t) * 1e3, "ms", "since the beginning of the pulse"),
            "open": Array(("t",), self.open, "1", "share of open channels"),
            "current": Array(("t",), np.asarray(self.current / pA), "pA", "current of the patch"),
        }

    def _summary(self) -> list[tuple[str, str, str]]:
        peak = self.current[np.abs(np.asarray(self.current)).argmax()]
        return [
            (
                "receptor",
                self.receptor.name,
                f"{self.channels} channels at {self.holding / mV:.0f} mV",
            ),
            ("pulse", f"{self.concentration / mM:g} mM", f"for {self.duration / ms:g} ms"),
            ("peak", f"{peak / pA:.0f} pA", f"{self.peak_open:.1%} open"),
            ("rise, 20-80 %", f"{self.rise_time / us:.0f} us", ""),
            ("deactivation", f"{self.decay_time / ms:.2f} ms", "to 1/e after the pulse"),
            (
                "desensitization",
                f"{self.desensitization_time / ms:.3g} ms",
                "to 1/e during the pulse",
            ),
        ]

    def plot(self, ax: Axes | None = None) -> Axes:
        """Current of the patch, with the pulse as a bar.

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
        current = np.asarray(self.current / pA)
        ax.plot(self.t / ms, current)
        level = 0.05 * np.abs(current).max() * -np.sign(current[np.abs(current).argmax()])
        ax.plot([0, self.duration / ms], [level, level], "k", lw=3)
        ax.set(xlabel="time (ms)", ylabel="current (pA)")
        ax.set_title(f"{self.receptor.name}: {self.concentration / mM:g} mM for {self.duration / ms:g} ms",
                     fontsize="medium")  # fmt: skip
        return ax


def sample_times_s(duration_s: float, total_s: float) -> np.ndarray:
    """When a record is sampled: densely after both edges of the pulse, however long the record is.

    Parameters
    ----------
    duration_s, total_s : float
        Of the pulse and of the record, in seconds.

    Returns
    -------
    ndarray, shape (times,)
        A 2,000th of a short record apart. In a longer one 10 us apart for a millisecond after each edge, and then
        by a hundredth of the time since it, as all that follows an edge slows down.
    """
    if total_s <= _EVEN_S * (1 + 1e-9):
        return np.arange(_EVEN + 1) * (total_s / _EVEN)
    step = _EVEN_S / _EVEN
    even = np.arange(100) * step
    growing = np.geomspace(100 * step, total_s, 1 + int(np.log(total_s / (100 * step)) / 0.01))
    since = np.concatenate([even, growing])
    times = np.union1d(since, duration_s + since)
    times = times[times <= total_s]
    return times[
        np.diff(times, prepend=-step) > 1e-6 * step
    ]  # edges that coincide but for rounding


def concentration_jump(
    receptor: Receptor | Junction,
    concentration: Quantity = 1 * mM,
    duration: Quantity = 0.2 * ms,
    *,
    total: Quantity = 20 * ms,
    holding: Quantity = -80 * mV,
    channels: int = 1000,
) -> PatchCurrent:
    """Current of a patch of receptors under a square pulse of agonist.

    Parameters
    ----------
    receptor : Receptor or Junction
        A junction gives its receptor, at its temperature.
    concentration : Quantity, optional
        Of the receptor's agonist.
    duration, total : Quantity, optional
        Of the pulse, and of the record. A record of up to 20 ms has 2001 even samples; those of a longer one follow
        the edges of the pulse, from 10 us apart, so that its peak does not depend on ``total``.
    holding : Quantity, optional
        Potential of the patch.
    channels : int, optional
        How many the patch holds.

    Returns
    -------
    PatchCurrent
        Peak, rise, desensitization and deactivation.

    Raises
    ------
    ValueError, TypeError, DimensionMismatchError
        For a protocol that makes no sense.
    """
    junction = receptor if isinstance(receptor, Junction) else None
    if junction is not None:
        receptor = junction.receptor
    if not isinstance(receptor, Receptor):
        raise TypeError(f"this needs a Receptor or a Junction, got {receptor!r}.")
    channels = whole_number("channels", channels, 1)
    positive("concentration", concentration, mM, 0)
    duration_s = positive("duration", duration, second, 0, 1e3)
    times = sample_times_s(duration_s, positive("total", total, second, 0, 1e4)) * second
    agonist: dict[str, Any] = {receptor.agonist: concentration}
    jump = receptor.jump(duration=duration, times=times, v=holding, **agonist)
    return PatchCurrent(
        junction=junction,
        receptor=receptor,
        concentration=concentration,
        duration=duration,
        holding=holding,
        channels=channels,
        t=jump.t,
        open=jump.open,
    )
