"""The whole path of a nerve impulse across the neuromuscular junction, slowly and plainly.

An impulse reaches the terminal after its conduction delay. The terminal releases a *volley*: a random
number of quanta, each with its own latency and size. Every quantum sets acetylcholine free, which
binds to receptors; open receptors are a conductance that pulls the fiber's end plate towards -3 mV;
where that reaches threshold the fiber fires.

The stages stand in the other modules of this folder: `release` (terminal), `endplate` (receptors),
`fiber` (membrane). Here they are joined, in the order of csrc/nmj/junctions.h and fibers.h, of which
this is the twin. One time step [t, t + dt] of the fiber is divided into sub-steps of at most 10 us:

1. impulses that arrive before t + dt draw their quanta;
2. the propagator of the receptors is made once, at the voltage that the fiber's present slope foretells
   for the middle of the step;
3. receptors advance in steps of at most 0.1 ms (in sub-steps if they are counted); quanta that fell into
   a step enter, each at its own moment; open channels are the parabola through both ends that has their
   exact mean, and the fiber is given the mean conductance of each sub-step;
4. the fiber takes the same sub-steps, or a few longer ones where it falls back or rests, driven by these
   conductances, and times its action potential.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ..endplate import EndplateModel
from .channels import Channels
from .endplate import Receptors
from .fiber import ReferenceFiber
from .random import Address
from .release import Terminal

__all__ = ["Course", "Junction", "run"]


class Junction:
    """One nerve terminal and the end plate under it.

    Parameters
    ----------
    parameters : nmj_brian.Junction
        What the junction is.
    endplate : EndplateModel
        Tables of its receptors, for their step.
    release : ReleaseModel
        Constants of its terminal.
    at : Address
        Where its random numbers live.
    receptor_loss : float
        Share of the receptors that it lacks.
    channels : bool
        Whether receptors are counted.
    """

    def __init__(
        self,
        parameters: Any,
        endplate: EndplateModel,
        release: Any,
        at: Address,
        receptor_loss: float = 0.0,
        channels: bool = False,
    ) -> None:
        table = release.arrays().get("latency_s")
        self.terminal = Terminal(release.scalars(), release.sites, at, table, release.mean)
        self.conductance_S = float(parameters.receptor.conductance)
        self.reversal_mV = 1e3 * float(parameters.receptor.reversal)
        self.endplate_receptors = parameters.si("endplate_receptors")
        self.left = EndplateModel.density(parameters) * (1.0 - receptor_loss)
        number = self.left * self.endplate_receptors
        self.receptors = Channels(endplate, at, number) if channels else Receptors(endplate, number)
        self.counted, self.asleep = channels, True
        self.h_s = endplate.step_s
        self.due: list[tuple[float, float]] = []  # quanta released but not yet out: time, size
        self.quanta: list[float] = []  # of each impulse

    @property
    def share(self) -> float:
        """Free receptors, as a share of those of a healthy end plate."""
        return self.left - self.receptors.desensitized / self.endplate_receptors

    def step(
        self, t_s: float, dt_s: float, n_sub: int, arrivals_s: Sequence[float], v_mV: float
    ) -> np.ndarray:
        """Mean conductance of each sub-step, at the foretold voltage ``v_mV``."""
        end_s = t_s + dt_s
        for arrival_s in sorted(arrivals_s):
            volley = self.terminal.impulse(arrival_s)
            self.due += [(time_s, size) for _, time_s, size in volley]
            self.quanta.append(self.terminal.quanta)
        if not self.terminal.mean:
            self.due += self.terminal.spontaneous(t_s, end_s)
        receptors = self.receptors
        if self.asleep:
            receptors.wake(t_s)
            self.most = 0.0
        receptors.prepare(v_mV, self.share)
        steps = round(dt_s / self.h_s)
        means = [
            self._advance(t_s + s * self.h_s, t_s + (s + 1) * self.h_s, n_sub // steps)
            for s in range(steps)
        ]
        self.asleep = receptors.at_rest(self.most)
        return np.concatenate(means) * self.conductance_S

    def _advance(self, t_s: float, end_s: float, count: int) -> np.ndarray:
        """One step of the receptors: mean open channels in each of ``count`` equal parts of it."""
        receptors = self.receptors
        before = receptors.open
        receptors.advance(t_s)
        for time_s, size in [q for q in self.due if q[0] < end_s]:
            receptors.inject(size, min(end_s - time_s, self.h_s))
        self.due = [q for q in self.due if q[0] >= end_s]
        mean, middle = receptors.mean, receptors.middle
        if self.counted:
            receptors.bind()
            mean = middle = 0.5 * (before + receptors.open)
        x = np.linspace(0.0, 1.0, count + 1)  # integral of the parabola from the start to x
        bend = 6.0 * (mean - 0.5 * (before + receptors.open))
        area = before * x + (receptors.open - before) * x**2 / 2 + bend * (x**2 / 2 - x**3 / 3)
        self.most = max(self.most, before, middle, receptors.open)
        means = np.diff(area) * count
        if means.min() < 0.0:  # there are no negative conductances; the charge is kept
            means = np.maximum(means, 0.0)
            means *= max(mean, 0.0) * count / max(means.sum(), 1e-300)
        return means


@dataclass
class Course:
    """What one fiber did: voltage in mV at the end of each step, and its action potentials."""

    v_mV: list[float] = field(default_factory=list)
    spikes_s: list[float] = field(default_factory=list)


def run(
    junctions: Sequence[Junction],
    arrivals_s: Sequence[Sequence[float]],
    fiber: ReferenceFiber,
    dt_s: float,
    steps: int,
) -> Course:
    """One fiber with its junctions over ``steps`` time steps of ``dt_s``.

    Parameters
    ----------
    junctions : sequence of Junction
        All junctions of the fiber; their conductances add.
    arrivals_s : sequence of sequences of float
        Per junction, when impulses reach the terminal.
    fiber : ReferenceFiber
        The fiber, at rest.
    """
    course, n_sub = Course(), round(dt_s / fiber.h_s)
    coming = [sorted(times) for times in arrivals_s]
    for k in range(steps):
        t_s = k * dt_s
        foretold = fiber.v_mV + fiber.slope_mV_per_s * 0.5 * dt_s
        # no straight line foretells a spike; who is held beyond, stays there
        foretold = min(max(foretold, min(fiber.v_mV, -120.0)), max(fiber.v_mV, 60.0))
        g, gE = np.zeros(n_sub), np.zeros(n_sub)
        for junction, times in zip(junctions, coming, strict=True):
            now = [times.pop(0) for a in list(times) if a < t_s + n_sub * fiber.h_s]
            mean_g = junction.step(t_s, n_sub * fiber.h_s, n_sub, now, foretold)
            g += mean_g
            gE += mean_g * junction.reversal_mV
        if fiber.step(t_s, g, gE):
            course.spikes_s.append(fiber.spike_s)
        course.v_mV.append(fiber.v_mV)
    return course
