"""Whether two simulations are the same one: a fingerprint of everything that decides their numbers."""

from __future__ import annotations

import functools
import hashlib
import inspect
import pickle
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
from brian2 import Quantity
from brian2.units.fundamentalunits import get_dimensions

from ..whole_fiber import WholeFiber

__all__ = ["fingerprint"]


def fingerprint(thing: Any) -> str:
    """Digest of a number, array, quantity, parameter set, function, or of a collection of them.

    Parameters
    ----------
    thing : object
        Functions count by their source text, defaults and closure (not by what they call); objects with a
        ``key()`` by that; anything else by its pickle.

    Returns
    -------
    str
        Equal for things that behave alike; 64 hexadecimal digits.
    """
    digest = hashlib.sha256()
    for word in _words(thing):
        digest.update(len(word).to_bytes(8, "little") + word)
    return digest.hexdigest()


def _words(thing: Any) -> Iterator[bytes]:
    kind = type(thing)
    if thing is None or kind in (bool, int, float, complex, str, bytes):
        yield f"{kind.__name__} {thing!r}".encode()
    elif isinstance(thing, np.generic) and not isinstance(thing, Quantity):
        yield from _words(thing.item())
    elif isinstance(thing, np.ndarray):  # quantities among them
        yield f"array {get_dimensions(thing)!r} {thing.dtype.str} {thing.shape}".encode()
        plain = np.asarray(thing)
        if plain.dtype.hasobject:
            yield from _words(plain.tolist())
        else:
            yield np.ascontiguousarray(plain).tobytes()
    elif isinstance(thing, WholeFiber):  # what it was made of, and what became of it
        yield from _words(("WholeFiber", thing.fiber, thing.kernel_model(1e-5)))
    elif callable(getattr(kind, "key", None)):
        yield from _words((kind.__qualname__, thing.key()))
    elif isinstance(thing, Mapping):
        yield f"mapping {len(thing)}".encode()
        for key in sorted(thing, key=str):
            yield from _words(key)
            yield from _words(thing[key])
    elif isinstance(thing, list | tuple):
        yield f"sequence {len(thing)}".encode()
        for part in thing:
            yield from _words(part)
    elif isinstance(thing, functools.partial):
        yield from _words(("partial", thing.func, thing.args, thing.keywords))
    elif inspect.isfunction(thing):
        try:
            text = inspect.getsource(thing)
        except OSError:  # typed at a prompt that keeps no text
            text = repr((thing.__code__.co_code, thing.__code__.co_names))
        cells = [cell.cell_contents for cell in thing.__closure__ or ()]
        yield from _words(
            ("function", thing.__qualname__, text, thing.__defaults__, thing.__kwdefaults__, cells)
        )
    else:
        yield from _words((kind.__qualname__, pickle.dumps(thing, protocol=5)))
