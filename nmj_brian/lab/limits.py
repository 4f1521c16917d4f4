"""Limits of normal that clinical laboratories draw, each with its source.

They are for comparison with what the mechanism gives; nothing is computed from them.
"""

from __future__ import annotations

from typing import NamedTuple

from brian2 import Quantity, us

__all__ = ["DECREMENT", "INCREMENTS", "JITTER", "Jitter", "Limit", "jitter"]


class Limit(NamedTuple):
    """A limit of normal: a share, and the key of its source in `nmj_brian.bibliography`."""

    value: float
    source: str


class Jitter(NamedTuple):
    """Limits of mean consecutive difference: for the mean of a study, and for a single pair."""

    mean: Quantity
    single: Quantity
    source: str


#: Repetitive stimulation at 2-5 Hz: a decrement of 10 % or more is abnormal.
DECREMENT = Limit(0.10, "Abraham2017")
#: Increment at a high rate or after exercise that speaks for Lambert-Eaton.
INCREMENTS = (Limit(0.60, "Oh2005"), Limit(1.00, "Oh2005"))

_SOURCE = "Stalberg2016"
#: By muscle and kind of activation; concentric needle. Voluntary: of pairs; stimulated: of one fiber.
JITTER: dict[tuple[str, str], Jitter] = {
    ("orbicularis oculi", "voluntary"): Jitter(31 * us, 45 * us, _SOURCE),
    ("frontalis", "voluntary"): Jitter(28 * us, 38 * us, _SOURCE),
    ("extensor digitorum", "voluntary"): Jitter(30 * us, 43 * us, _SOURCE),
    ("orbicularis oculi", "stimulated"): Jitter(27 * us, 36 * us, _SOURCE),
    ("frontalis", "stimulated"): Jitter(21 * us, 28 * us, _SOURCE),
    ("extensor digitorum", "stimulated"): Jitter(24 * us, 35 * us, _SOURCE),
}


def jitter(muscle: str, activation: str) -> Jitter:
    """Limits of jitter of a muscle."""
    if (muscle, activation) not in JITTER:
        known = ", ".join(sorted({name for name, _ in JITTER}))
        raise ValueError(
            f"no jitter limits are known for the muscle {muscle!r}; there are: {known}."
        )
    return JITTER[muscle, activation]
