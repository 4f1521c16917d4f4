"""A bar on the standard error stream for experiments that take longer than two seconds."""

from __future__ import annotations

import sys
import time
from types import TracebackType

__all__ = ["Progress"]

_SILENT_S, _EVERY_S, _WIDTH = 2.0, 0.5, 30


class Progress:
    """Shows nothing for two seconds, then how far an experiment has got.

    Parameters
    ----------
    title : str
        Name of the experiment.
    parts : int, optional
        How many runs it consists of.
    """

    def __init__(self, title: str, parts: int = 1) -> None:
        self._title, self._parts, self._done = title, parts, 0
        self._start = self._shown = time.monotonic()
        self._open = False

    def __enter__(self) -> Progress:
        return self

    def next(self) -> None:
        """One of the runs is over."""
        self._done += 1
        self.at(0.0)

    def at(self, share: float) -> None:
        """How far the present run is, 0 to 1."""
        now = time.monotonic()
        if now - self._start < _SILENT_S or now - self._shown < _EVERY_S:
            return
        self._shown, self._open = now, True
        done = min((self._done + share) / self._parts, 1.0)
        bar = "#" * round(done * _WIDTH)
        sys.stderr.write(f"\r{self._title} [{bar:{_WIDTH}}] {done:4.0%}")
        sys.stderr.flush()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._open:
            sys.stderr.write("\n")
            sys.stderr.flush()
