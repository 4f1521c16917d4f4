"""Quantal analysis: how many quanta an impulse releases, estimated as an experimenter must.

The experimenter sees amplitudes of evoked and of miniature currents, not quanta. Four estimates of the
quantal content m (del Castillo & Katz 1954 and followers), all from the same record:

failures    ``m = ln(impulses / failures)``                         Poisson release
ratio       ``m = mean evoked / mean miniature``                    direct
CV          ``m = (1 + cv^2) / CV^2``                               Poisson release
binomial    ``p = 1 + cv^2 - variance / (mean q)``, ``n = m / p``   n sites that release with p

with q and cv, mean and coefficient of variation of the miniatures. What was truly released stands beside, as
only a simulation can know it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from brian2 import Hz, Quantity, amp, mV, nA, second, us, volt

from ..fiber import Fiber
from ..junction import Junction
from ..parameters import whole_number
from .preparation import Preparation
from .progress import Progress
from .protocol import fiber_for
from .result import Array, Result, check_seed, frequency, new_axes

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["QuantalAnalysis", "quantal_analysis"]

#: Step of the record: peaks are found at its sub-steps.
_STEP = 50 * us
#: A response smaller than this share of the mean miniature is a failure.
_FAILURE = 0.2
#: Length of the record in which miniatures are awaited, and time in which any of them has its peak.
_MINI_RECORD_S, _MINI_PEAK_S = 50e-3, 2e-3


@dataclass(frozen=True, eq=False, kw_only=True)
class QuantalAnalysis(Result):
    """Amplitudes of evoked and miniature currents, and what they say about release.

    Attributes
    ----------
    rate : Quantity
        Of stimulation.
    evoked : Quantity, shape (impulses,)
        Size of the peak of every evoked current.
    miniature : Quantity, shape (minis,)
        Size of the peak of every miniature current.
    quanta : ndarray, shape (impulses,)
        What was released (an experimenter does not know it).
    junction, fiber, seed, versions
        How it came about, as in `nmj_brian.lab.Result`.
    """

    rate: Quantity
    evoked: Quantity = field(repr=False)
    miniature: Quantity = field(repr=False)
    quanta: np.ndarray = field(repr=False)

    @property
    def failures(self) -> int:
        """Impulses without a response."""
        return int((np.asarray(self.evoked) < _FAILURE * np.asarray(self.miniature).mean()).sum())

    @property
    def quantal_cv(self) -> float:
        """Coefficient of variation of the miniatures."""
        mini = np.asarray(self.miniature)
        return float(mini.std(ddof=1) / mini.mean())

    @property
    def m_failures(self) -> float:
        """Quantal content by failures; infinite if there is none."""
        return float(np.log(len(self.evoked) / self.failures)) if self.failures else np.inf

    @property
    def m_ratio(self) -> float:
        """Quantal content by the ratio of mean amplitudes."""
        return float(np.asarray(self.evoked).mean() / np.asarray(self.miniature).mean())

    @property
    def m_cv(self) -> float:
        """Quantal content by the variation of evoked amplitudes, under Poisson release."""
        evoked = np.asarray(self.evoked)
        variation = evoked.std(ddof=1) / evoked.mean() if evoked.mean() > 0 else np.nan
        return float((1 + self.quantal_cv**2) / variation**2)

    @property
    def p(self) -> float:
        """Release probability of a site, by binomial release.

        The variance of n sites with quanta of mean q and CV cv is ``n p q^2 (1 - p + cv^2)``.
        """
        evoked, q = np.asarray(self.evoked), np.asarray(self.miniature).mean()
        if not evoked.mean() > 0:
            return np.nan
        return float(1 + self.quantal_cv**2 - evoked.var(ddof=1) / (evoked.mean() * q))

    @property
    def n(self) -> float:
        """Release sites, by binomial release; NaN where p is not above its sampling error."""
        error = np.sqrt(2 / (len(self.evoked) - 1))  # of a variance, relative
        return self.m_ratio / self.p if self.p > 2 * error else np.nan

    @property
    def m(self) -> dict[str, float]:
        """Quantal content by each method, and what was released."""
        return {
            "failures": self.m_failures,
            "ratio": self.m_ratio,
            "CV": self.m_cv,
            "released": float(self.quanta.mean()),
        }

    def _arrays(self) -> dict[str, Array]:
        return {
            "impulse": Array(("impulse",), np.arange(1, len(self.quanta) + 1)),
            "evoked": Array(
                ("impulse",), np.asarray(self.evoked / nA), "nA", "peak of evoked current"
            ),
            "quanta": Array(("impulse",), self.quanta, "1", "released"),
            "miniature": Array(
                ("mini",), np.asarray(self.miniature / nA), "nA", "peak of miniature"
            ),
        }

    def _summary(self) -> list[tuple[str, str, str]]:
        minis = f"{len(self.miniature)} miniatures"
        n = len(self.evoked)
        return [
            ("impulses", f"{n}", f"at {self.rate / Hz:g} Hz"),
            ("miniature current", f"{np.asarray(self.miniature / nA).mean():.3g} nA",
             f"CV {self.quantal_cv:.2f}, {minis}"),
            ("m by failures", f"{self.m_failures:.3g}", f"{self.failures} failures [CastilloKatz1954]"),
            ("m by ratio", f"{self.m_ratio:.3g}", "[CastilloKatz1954]"),
            ("m by CV", f"{self.m_cv:.3g}", "[CastilloKatz1954]"),
            ("p, n (binomial)", f"{self.p:.2g}, {self.n:.3g}", ""),
            ("released", f"{self.quanta.mean():.3g}", "known to the simulation only"),
        ]  # fmt: skip

    def plot(self, ax: Axes | None = None) -> Axes:
        """Histogram of evoked amplitudes with that of the miniatures.

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
        unit = np.asarray(self.miniature / nA).mean()
        evoked, mini = np.asarray(self.evoked / nA), np.asarray(self.miniature / nA)
        width = max(unit / 5, evoked.max() / 100)
        bins = np.arange(0, max(evoked.max(), mini.max()) + width, width)
        ax.hist(evoked, bins, color="C0", alpha=0.7, label=f"{len(evoked)} evoked")
        ax.hist(mini, bins, weights=np.full(len(mini), len(evoked) / len(mini) / 4),
                histtype="step", color="k", label="miniatures (scaled)")  # fmt: skip
        ax.set(xlabel="peak current (nA)", ylabel="impulses")
        text = ", ".join(f"{name} {value:.2f}" for name, value in self.m.items())
        ax.set_title(f"m: {text}", fontsize="small")
        ax.legend(fontsize="small", frameon=False)
        return ax


def quantal_analysis(
    junction: Junction,
    impulses: int = 400,
    *,
    Ca: Quantity | None = None,
    Mg: Quantity | None = None,
    rate: Quantity = 0.5 * Hz,
    minis: int = 400,
    holding: Quantity = -80 * mV,
    latency: bool = True,
    fiber: Fiber | None = None,
    seed: int | None = None,
) -> QuantalAnalysis:
    """Quantal analysis of one junction under voltage clamp.

    Parameters
    ----------
    junction : Junction
        Healthy, diseased or under drugs.
    impulses : int, optional
        Evoked currents, at least 10.
    Ca, Mg : Quantity, optional
        Of the bath, in place of the junction's: low Ca and high Mg give failures.
    rate : Quantity, optional
        Of stimulation; slow, so that impulses do not act on each other.
    minis : int, optional
        Miniature currents to compare with, at least 10.
    holding : Quantity, optional
        Potential of the clamp.
    latency : bool, optional
        Whether quanta leave over the latency density. Asynchronous quanta add up to less than the sum
        of their peaks, and the ratio falls below the quanta; False shows how far.
    fiber : Fiber, optional
        By default the species' at the junction's temperature; under clamp it decides nothing.
    seed : int, optional
        By default a fresh one, kept in the result.

    Returns
    -------
    QuantalAnalysis
        Quantal content by failures, ratio and CV; n and p.

    Raises
    ------
    ValueError, TypeError, DimensionMismatchError
        For a protocol that makes no sense, before anything runs.

    Examples
    --------
    >>> nmj.lab.quantal_analysis(nmj.junctions.frog(), Ca=0.4*mM, Mg=6*mM)   # doctest: +SKIP
    """
    fiber = fiber_for(junction, fiber)
    impulses = whole_number("impulses", impulses, 10, 1_000_000)
    minis = whole_number("minis", minis, 10, 100_000)
    rate_Hz = frequency(rate)
    seed = check_seed(seed)
    bath = {name: value for name, value in (("Ca", Ca), ("Mg", Mg)) if value is not None}
    junction = junction.replace(**bath) if bath else junction
    drive = abs(float(holding / volt) - float(junction.receptor.reversal / volt))
    if drive < 1e-3:
        raise ValueError(f"at {holding} no current flows: it is the reversal potential.")
    common = {"holding": holding, "dt": _STEP}
    dish = Preparation(junction, fiber, [0], seed=seed, latency=latency, **common)
    steady = float(dish.junctions["g_S"][0])  # of a bath of agonist: no part of a response
    with Progress("quantal analysis", 2) as progress:
        record = dish.stimulate(np.arange(impulses) / rate_Hz, progress=progress)
        progress.next()
        miniature = _miniatures(junction, fiber, minis, seed, common)
    return QuantalAnalysis(
        junction=junction,
        fiber=fiber,
        seed=seed,
        rate=rate,
        evoked=np.where(record.quanta[:, 0] > 0, record.peak_g_S[:, 0] - steady, 0.0) * drive * amp,
        miniature=(miniature - steady) * drive * amp,
        quanta=record.quanta[:, 0],
    )


def _miniatures(
    junction: Junction, fiber: Fiber, minis: int, seed: int, common: dict
) -> np.ndarray:
    """Peak conductance of spontaneous quanta, in siemens: of junctions at which one came, and no more.

    Their rate is raised, as by a hypertonic bath, so that one is likely while the record lasts; the
    size of quanta is the same.
    """
    busy = junction.replace(mini_rate=1 / (_MINI_RECORD_S * second))
    peaks = np.zeros(0)
    for turn in range(20):
        n = 3 * minis + 20
        dish = Preparation(
            busy, fiber, np.zeros(n, int), seed=(seed + 1 + turn) % 2**64, minis=True, **common
        )
        dish.wait(_MINI_RECORD_S)
        one = dish.junctions["quanta_total"] == 1
        dish.wait(_MINI_RECORD_S + _MINI_PEAK_S)
        one &= dish.junctions["quanta_total"] == 1
        peaks = np.concatenate([peaks, dish.junctions["peak_g_S"][one]])
        if len(peaks) >= minis:
            break
    return peaks[:minis]
