"""The safety factor of transmission, by current injection.

A current into the end plate tells how far the fiber must be depolarized to fire; with Na channels blocked
(mu-conotoxin), an impulse tells how far the end-plate potential goes. Their quotient is the safety factor.

Both are depolarizations with Na channels blocked: the current that just fails to make the fiber fire is
injected again without them. With them the end plate goes further before it fails (`local_response`), since
Na channels open below threshold; the quotient with that is smaller.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from brian2 import Quantity, amp, ms, mV, nA, second

from ..fiber import Fiber
from ..junction import Junction
from ..parameters import whole_number
from ..terminal import Terminal
from .preparation import STEP, Preparation
from .protocol import fiber_for, site_numbers
from .result import Array, Result, check_seed, new_axes, positive, share

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["SafetyFactor", "safety_factor"]

#: Current that no healthy fiber needs for a millisecond, in ampere; steps of a ladder; rungs.
_LARGEST_A, _RUNGS = 2e-6, 64
#: Time in which a fiber settles before it is measured, in seconds.
_SETTLE_S = 20e-3


@dataclass(frozen=True, eq=False, kw_only=True)
class SafetyFactor(Result):
    """End-plate potentials beside what the fiber needs.

    Attributes
    ----------
    epps : Quantity, shape (impulses,)
        End-plate potentials of rested junctions, Na channels blocked.
    quanta : ndarray, shape (impulses,)
        Released by each.
    fired : ndarray, shape (impulses,)
        Whether the same impulse makes a fiber with working Na channels fire.
    mepp : Quantity
        Miniature end-plate potential: of one quantum of mean size, Na channels blocked. NaN where the
        terminal releases nothing.
    threshold : Quantity
        Depolarization of the end plate, Na channels blocked, by the largest current that does not make
        it fire.
    local_response : Quantity
        The same with Na channels at work.
    threshold_current : Quantity
        That current.
    pulse : Quantity
        Its duration.
    junction, fiber, seed, versions
        How it came about, as in `nmj_brian.lab.Result`.
    """

    epps: Quantity = field(repr=False)
    quanta: np.ndarray = field(repr=False)
    fired: np.ndarray = field(repr=False)
    mepp: Quantity
    threshold: Quantity
    local_response: Quantity
    threshold_current: Quantity
    pulse: Quantity

    @property
    def epp(self) -> Quantity:
        """Mean end-plate potential."""
        return np.asarray(self.epps).mean() * 1e3 * mV

    @property
    def safety_factor(self) -> float:
        """Mean end-plate potential over the depolarization at threshold."""
        return float(self.epp / self.threshold)

    @property
    def safety_factors(self) -> np.ndarray:
        """Of every impulse."""
        return np.asarray(self.epps / self.threshold)

    @property
    def quanta_to_fire(self) -> float:
        """Quanta whose mean end-plate potential reaches threshold, in proportion."""
        epps = np.asarray(self.epps)
        if not (epps.mean() > 1e-9 and self.quanta.sum() > 0):  # below a nanovolt rounding is left
            return np.nan
        return float(np.asarray(self.threshold) / (epps.sum() / self.quanta.sum()))

    def _arrays(self) -> dict[str, Array]:
        impulse = ("impulse",)
        return {
            "impulse": Array(impulse, np.arange(1, len(self.quanta) + 1)),
            "epp": Array(impulse, np.asarray(self.epps / mV), "mV", "end-plate potential"),
            "quanta": Array(impulse, self.quanta, "1", "quanta"),
            "safety_factor": Array(impulse, self.safety_factors, "1", "safety factor"),
            "fired": Array(impulse, self.fired.astype(int), "1", "whether the fiber fires"),
        }

    def _summary(self) -> list[tuple[str, str, str]]:
        spread = np.asarray(self.epps / mV).std()
        return [
            ("end-plate potential", f"{self.epp / mV:.1f} mV", f"SD {spread:.1f} mV, Na channels blocked"),
            ("  miniature", f"{self.mepp / mV:.2f} mV", "one quantum of mean size"),
            ("threshold", f"{self.threshold / mV:.1f} mV",
             f"current of {self.threshold_current / nA:.0f} nA for {self.pulse / ms:g} ms"),
            ("  with Na channels", f"{self.local_response / mV:.1f} mV", "largest local response"),
            ("safety factor", f"{self.safety_factor:.2f}",
             f"smallest of {len(self.epps)}: {self.safety_factors.min():.2f}"),
            ("quanta of an impulse", f"{self.quanta.mean():.1f}", ""),
            ("quanta to fire", f"{self.quanta_to_fire:.1f}", "in proportion"),
            ("impulses that fire", f"{self.fired.mean():.1%}", ""),
        ]  # fmt: skip

    def plot(self, ax: Axes | None = None) -> Axes:
        """End-plate potentials by quanta, with the threshold.

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
        epps = np.asarray(self.epps / mV)
        for which, mark, name in ((self.fired, "C0", "fires"), (~self.fired, "C3", "fails")):
            ax.plot(self.quanta[which], epps[which], "o", c=mark, ms=3, label=name)
        ax.axhline(self.threshold / mV, ls="--", c="gray", label="threshold by current")
        ax.set(xlabel="quanta", ylabel="end-plate potential (mV)")
        ax.set_xlim(left=0)
        ax.set_ylim(bottom=0)
        ax.set_title(f"safety factor {self.safety_factor:.2f}")
        ax.legend(fontsize="small", frameon=False)
        return ax


def safety_factor(
    junction: Junction,
    impulses: int = 200,
    *,
    pulse: Quantity = 1 * ms,
    fiber: Fiber | None = None,
    spread: float = 0.0,
    seed: int | None = None,
    dt: Quantity = STEP,
) -> SafetyFactor:
    """Safety factor of transmission: end-plate potential over threshold by injected current.

    Parameters
    ----------
    junction : Junction
        Healthy, diseased or under drugs.
    impulses : int, optional
        How many rested junctions get one impulse each.
    pulse : Quantity, optional
        Duration of the injected current.
    fiber : Fiber, optional
        By default the species' at the junction's temperature.
    spread : float, optional
        Coefficient of variation of the number of release sites among the junctions; 0: all alike.
    seed : int, optional
        By default a fresh one, kept in the result.
    dt : Quantity, optional
        Step of the simulation.

    Returns
    -------
    SafetyFactor
        End-plate potentials, threshold and their quotient.

    Raises
    ------
    ValueError, TypeError, DimensionMismatchError
        For a protocol that makes no sense, before anything runs; ValueError for a fiber that no
        current makes fire.
    """
    fiber = fiber_for(junction, fiber)
    impulses = whole_number("impulses", impulses, 1, 1_000_000)
    pulse_s = positive("pulse", pulse, second, 0.09e-3, 0.1)
    spread = share("spread", spread, 2.0)
    seed = check_seed(seed)
    sites = site_numbers(junction, impulses, spread, seed)
    common = {"seed": seed, "sites": sites, "dt": dt}
    silent = Preparation(junction, fiber, np.zeros(impulses, int), Na_available=0.0, **common)
    epps_V, quanta = _potentials(silent)
    whole = Preparation(junction, fiber, np.zeros(impulses, int), **common)
    spikes = whole.stimulate(np.array([whole.dt_s]))
    current_A, threshold_V, local_V = _threshold(junction, fiber, pulse_s, dt)
    return SafetyFactor(
        junction=junction,
        fiber=fiber,
        seed=seed,
        epps=epps_V * 1e3 * mV,
        quanta=quanta,
        fired=spikes.first_spikes()[1][0] > 0,
        mepp=_miniature(junction, fiber, dt) * 1e3 * mV,
        threshold=threshold_V * 1e3 * mV,
        local_response=local_V * 1e3 * mV,
        threshold_current=current_A * amp,
        pulse=pulse,
    )


def _potentials(silent: Preparation) -> tuple[np.ndarray, np.ndarray]:
    """Peak of the end-plate potential of one impulse to every fiber without Na channels, and its quanta."""
    silent.wait(_SETTLE_S)  # without Na channels the fiber rests a little deeper
    rest_V = silent.fibers["v_V"].copy()
    record = silent.stimulate(np.array([silent.t_s]))
    return record.peak_v_V[0] - rest_V, record.quanta[0]


def _miniature(junction: Junction, fiber: Fiber, dt: Quantity) -> float:
    """Potential of one quantum: a terminal of as many sites as release one on average, without chance."""
    p = Terminal(junction).p
    if not p > 1e-9:  # nothing but rounding
        return np.nan
    alone = {
        "noise": "none",
        "latency": False,
        "sites": [1 / p],
        "Na_available": 0.0,
    }
    return float(_potentials(Preparation(junction, fiber, [0], seed=0, dt=dt, **alone))[0][0])


def _threshold(
    junction: Junction, fiber: Fiber, pulse_s: float, dt: Quantity
) -> tuple[float, float, float]:
    """Largest current that does not make the fiber fire, and how far it depolarizes the end plate,
    Na channels blocked and not.
    """

    def inject(ladder: np.ndarray, Na_available: float) -> tuple[np.ndarray, np.ndarray]:
        """Which currents make a fiber fire, and the depolarization by each."""
        dish = Preparation(
            junction, fiber, np.zeros(len(ladder), int), seed=0, Na_available=Na_available, dt=dt
        )
        dish.wait(_SETTLE_S)
        before, spikes = dish.fibers["v_V"].copy(), dish.fibers["spike_count"].copy()
        dish.fibers["peak_v_V"][:] = before  # not of what an agonist did when it came
        dish.fibers["I_A"][:] = ladder
        dish.wait(_SETTLE_S + pulse_s)
        dish.fibers["I_A"][:] = 0.0
        dish.wait(2 * _SETTLE_S + pulse_s)
        return dish.fibers["spike_count"] > spikes, dish.fibers["peak_v_V"] - before

    low, high, local = 0.0, _LARGEST_A * 1e-3 / pulse_s, 0.0
    for _ in range(3):
        ladder = np.linspace(low, high, _RUNGS)
        fired, depolarized = inject(ladder, 1.0)
        if fired[0] or not fired.any():
            raise ValueError(
                f"no current up to {high * 1e9:.0f} nA for {pulse_s * 1e3:g} ms makes {fiber.name} fire "
                "from rest: are its Na channels there, and not inactivated by a lasting depolarization?"
            )
        first = int(fired.argmax())
        low, high = ladder[first - 1], ladder[first]
        local = float(depolarized[first - 1])
    silent = inject(np.array([low]), 0.0)[1]
    return low, float(silent[0]), local
