"""Chance follows the experimenter's seed, and nothing else that the script draws.

Every random number of a junction is a function of an address (see ``csrc/nmj/random.h``). This
module makes the key of that address from Brian's ``seed(k)``, a trial counter and a stream number.
"""

from __future__ import annotations

import secrets

import numpy as np

from ._core import random as _core

__all__ = ["derive_key", "fresh_seed", "seed_from_numpy"]

#: Twists of the Mersenne Twister (624 words each) that are undone in search of the seed: a tenth of a
#: second and 60 million numbers.
TWISTS = 100_000

#: Fresh seeds carry this bit, which no seed of NumPy's legacy generator has.
_FRESH = 1 << 63


def _state() -> np.ndarray | None:
    """Words of NumPy's legacy generator; None if it is no Mersenne Twister."""
    name, words, *_ = np.random.get_state()  # noqa: NPY002
    return np.array(words, dtype=np.uint32) if name == "MT19937" else None


class _Anchor:
    """A state that the generator had, and its seed: where a later search may stop."""

    def __init__(self) -> None:
        self.words = _state()
        self.known = False
        self.seed: int | None = None

    def move(self, words: np.ndarray, seed: int | None) -> None:
        """To a state whose seed is known (None: known not to come from a whole number)."""
        self.words, self.seed, self.known = words, seed, True


_anchor = _Anchor()


def seed_from_numpy() -> int | None:
    """Seed last given to NumPy's legacy generator, which Brian's ``seed(k)`` sets.

    Returns
    -------
    int or None
        The seed, without drawing from the generator; None if it was not seeded with a whole number.

    Notes
    -----
    Goes back through all numbers drawn since the seed was last asked for (when an NMJ was made or first
    ran), however many a script has drawn before; at most 60 million in one go.
    """
    words = _state()
    if words is None:
        return None
    found = _core.seed_of_state(words, TWISTS, _anchor.words)
    if found is not None and found[0] is None and not _anchor.known:
        # no seed since the state that the generator had at import: was that one seeded?
        earlier = _core.seed_of_state(_anchor.words, TWISTS)
        _anchor.move(_anchor.words, None if earlier is None else int(earlier[0]))
    seed = None if found is None else _anchor.seed if found[0] is None else int(found[0])
    _anchor.move(words, seed)
    return seed


def fresh_seed() -> int:
    """A seed from the operating system, for a simulation that nobody seeded.

    Returns
    -------
    int
        64 bits, the highest set, so that it never equals a seed that a user can give.
    """
    return secrets.randbits(63) | _FRESH


def derive_key(seed: int, trial: int = 0, stream: int = 0) -> tuple[int, int]:
    """Key (two 32-bit words) of one stream of random numbers in one trial.

    Parameters
    ----------
    seed : int
        From `seed_from_numpy` or `fresh_seed`, at most 64 bits.
    trial : int
        Advances at each ``restore()``, so that repeated trials differ.
    stream : int
        Number of the object that draws, e.g. in order of creation.

    Returns
    -------
    tuple of int
        The key of an address.
    """
    for name, value, bits in (("seed", seed, 64), ("trial", trial, 32), ("stream", stream, 32)):
        if not 0 <= int(value) < 1 << bits:
            raise ValueError(
                f"{name} must be a whole number of at most {bits} bits, got {value!r}."
            )
    return _core.derive_key(int(seed), int(trial), int(stream))
