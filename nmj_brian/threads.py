"""How many threads the junctions and fibers of a large population are shared by."""

from __future__ import annotations

import os

from ._core.pool import POOL
from .parameters import whole_number

__all__ = ["get_threads", "set_threads"]

#: Most threads that are used unless the user asks for more: memory, not cores, limits beyond.
_SANE = 8
#: Most that the compiled pool holds (NMJ_POOL_MOST of csrc/nmj/pool.h).
_MOST = 64


def set_threads(count: int | None = None) -> None:
    """Share the junctions and fibers of each time step by several threads; results do not change.

    Threads are only woken when some hundred junctions or fibers are active. C++ standalone programs use those of
    OpenMP, as many as ``prefs.devices.cpp_standalone.openmp_threads``.

    Parameters
    ----------
    count : int, optional
        Number of threads, 1 to 64. Default: the environment variable NMJ_THREADS, else the cores that
        this process may use, at most 8.

    Raises
    ------
    TypeError, ValueError
        If it is not a whole number from 1 to 64.
    """
    if count is None:
        text = os.environ.get("NMJ_THREADS", "").strip()
        try:
            count = int(text) if text else min(_cores(), _SANE)
        except ValueError:
            raise ValueError(
                f"NMJ_THREADS must be a whole number from 1 to {_MOST}, got {text!r}."
            ) from None
    POOL.threads = whole_number("number of threads", count, 1, _MOST)


def get_threads() -> int:
    """Number of threads that share the junctions and fibers of a step.

    Returns
    -------
    int
        As set by `set_threads`, or chosen when the package was imported.
    """
    return POOL.threads


def _cores() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


set_threads()
