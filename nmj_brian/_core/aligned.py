"""Memory of the kernels: arrays that begin with a line of the cache."""

from __future__ import annotations

from typing import Any

import numpy as np

__all__ = ["aligned"]

#: Bytes of a line of the cache, and of the widest vectors.
_LINE = 64


def aligned(size: int, kind: Any = np.float64) -> np.ndarray:
    """Zeros that begin with a line of the cache.

    Vectors then lie in one line each, and two threads that advance neighboring chunks do not write to one.

    Parameters
    ----------
    size : int
        Number of entries.
    kind : dtype
        Of an entry.

    Returns
    -------
    ndarray
    """
    nbytes = int(size) * np.dtype(kind).itemsize
    memory = np.zeros(nbytes + _LINE, np.uint8)
    first = -memory.ctypes.data % _LINE
    return memory[first : first + nbytes].view(kind)
