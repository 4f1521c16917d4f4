"""Receptors of one end plate as whole numbers, slowly and plainly: the twin of csrc/nmj/channels.h.

Every receptor is independent of the others in the mean course of ACh. A receptor in state s is
found in state i after a step with probability P_si, so that numbers are multinomial; those that
ACh moves are drawn with the mean by which the deterministic receptors rose or fell.
"""

from __future__ import annotations

import numpy as np

from ..endplate import EndplateModel
from .endplate import Receptors
from .random import Address, binomial

__all__ = ["Channels"]

#: As in csrc/nmj/channels.h: draws kept for one number, first draw for receptors at rest, purpose.
DRAWS, AT_REST, PURPOSE = 32, 1 << 19, 8


class Channels(Receptors):
    """The receptors of one end plate, counted; what `Receptors` holds is their mean.

    Parameters
    ----------
    model : EndplateModel
        Tables and their axes.
    at : Address
        Where its random numbers live.
    receptors : float
        How many the junction has.

    Attributes
    ----------
    count : list of int
        Receptors in every state but the resting one.
    """

    def __init__(self, model: EndplateModel, at: Address, receptors: float) -> None:
        self.at = at.at(purpose=PURPOSE)
        self.number = int(receptors + 0.5)
        super().__init__(model, receptors)

    def wake(self, t_s: float) -> None:
        """At rest; states drawn where receptors leave rest by themselves."""
        super().wake(t_s)
        at = self._at(t_s)
        self.count = self._distributed(at, AT_REST, self.number, self.table["rest"])

    def prepare(self, v_mV: float, share: float) -> None:
        """Fix voltage and free receptors for the steps to come."""
        super().prepare(v_mV, share)
        self.page, self.beyond = self.p["n_page"] - 2, 1.0  # nothing is recaptured
        weight = self._here("propagator_mix")
        self.alone = (self.parts[0] + np.tensordot(weight, self.parts[1:], 1)).T
        super().prepare(v_mV, share)

    def advance(self, t_s: float) -> None:
        """One step from ``t_s`` of all but those at rest; the mean advances too."""
        size, at = self.p["n_state"], self._at(t_s)
        self.stayed = (self.alone[:, : len(self.held)] @ np.maximum(self.held, 0.0))[:size]
        super().advance(t_s)
        leave = self.alone[:size, size] if self.p["n_restless"] else np.zeros(size)
        moved = [0] * size
        for state, here in enumerate(self.count):
            chances = self.alone[:size, state] + leave
            came = self._distributed(at, state * size * DRAWS, here, chances, stay=state)
            moved = [a + b for a, b in zip(moved, came, strict=True)]
        self.resting = max(self.number - sum(self.count), 0)
        self.count, self._leave, self._now = moved, leave, at

    def bind(self) -> None:
        """ACh, quanta of the step included, moves receptors as the mean rose or fell by it:
        those in states that fell go where it rose, and so do receptors at rest.
        """
        at, size = self._now, self.p["n_state"]
        to, draws = np.maximum(self.S, 0.0) - self.stayed, size * DRAWS
        rise, fall = to[to > 0].sum(), -to[to < 0].sum()
        most, moved = max(rise, fall), [0] * size
        to = to / most if most > 0.0 else to * 0.0
        gain = np.maximum(to, 0.0)
        share = gain * ((rise - fall) / self.resting if rise > fall and self.resting else 0.0)
        came = self._distributed(at, draws * size, self.resting, share + self._leave)
        self.count = [a + b for a, b in zip(self.count, came, strict=True)]
        for i in range(size):
            chance = min(-to[i] * most / self.stayed[i], 1.0) if to[i] < 0.0 else 0.0
            leave = binomial(at, self.count[i], chance, draws * (size + 1) + i * DRAWS)
            self.count[i] -= leave
            came = self._distributed(at, draws * (size + 2 + i), leave, gain)
            moved = [a + b for a, b in zip(moved, came, strict=True)]
        self.count = [a + b for a, b in zip(self.count, moved, strict=True)]

    @property
    def open(self) -> float:
        """Open channels."""
        return float(self.table["open"] @ self.count)

    def at_rest(self, most: float) -> bool:
        """Whether the mean is at rest and, unless they leave it by themselves, every receptor."""
        return super().at_rest(most) and (bool(self.p["n_restless"]) or not any(self.count))

    def _at(self, t_s: float) -> Address:
        return self.at.at(impulse=int(np.floor(t_s / self.p["step_s"] + 0.5)) % 2**32)

    @staticmethod
    def _distributed(
        at: Address, draw: int, number: int, chances: np.ndarray, stay: int | None = None
    ) -> list[int]:
        """Multinomial numbers, first of ``stay``; what is left comes to rest."""
        count, mass = [0] * len(chances), 1.0
        states = [i for i in range(len(chances)) if i != stay]
        for i in states if stay is None else [stay, *states]:
            p = float(chances[i])
            if number > 0 and p > 0.0:
                count[i] = binomial(at, number, p / mass if p < mass else 1.0, draw + i * DRAWS)
                number, mass = number - count[i], mass - p
        return count
