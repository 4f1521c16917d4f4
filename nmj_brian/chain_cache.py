"""Fits of chains kept on disk: a fiber is fitted once, not once in every process.

One small file per fiber and number of compartments in the user's cache folder; the environment variable
NMJ_CACHE names another folder, or turns this off (``NMJ_CACHE=off``). A file answers for the very code that
made it: its name holds a hash of the fiber's parameters, of the modules that a fit goes through and of the
compiled kernel. What cannot be read or makes no sense is fitted anew.
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
import tempfile
import warnings
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ._core import fiber as _kernel
from .about import __version__

if TYPE_CHECKING:
    from .fiber import Fiber
    from .quantal_conductance import QuantalConductance

__all__ = ["fingerprint", "folder", "load", "save"]

#: Modules of this package that a fit goes through.
_MODULES = (
    "cable",
    "chain",
    "excitation",
    "fiber",
    "membrane",
    "quantal_conductance",
    "sarcolemma",
)
#: Parameters of a fiber that a fit does not depend on.
_NOT_FITTED = (
    "compartments",
    "lasting_conductance",
    "lasting_reversal",
    "Na_slow_half",
    "Na_slow_slope",
)
_OFF = ("off", "0", "no", "false")


def fingerprint(fiber: Fiber, quantum: QuantalConductance) -> str:
    """Short identity of everything a fit depends on; stable against rounding."""
    numbers = [f"{name}={fiber.si(name):.9g}" for name in sorted(fiber) if name not in _NOT_FITTED]
    numbers += [f"{value:.9g}" for value in quantum.key()]
    return hashlib.sha1(";".join(numbers).encode()).hexdigest()[:16]


def folder() -> Path | None:
    """Where fits are kept.

    Returns
    -------
    Path or None
        NMJ_CACHE, else ``nmj_brian`` in the cache folder of the platform; None if it is turned off.
    """
    named = os.environ.get("NMJ_CACHE", "").strip()
    if named.lower() in _OFF:
        return None
    if named:
        return Path(named).expanduser()
    if sys.platform == "win32":
        base = os.environ.get("LOCALAPPDATA") or "~/AppData/Local"
    elif sys.platform == "darwin":
        base = "~/Library/Caches"
    else:
        base = os.environ.get("XDG_CACHE_HOME") or "~/.cache"
    return Path(base).expanduser() / "nmj_brian"


@cache
def _code() -> str:
    """Hash of what makes a fit: version, modules, compiled kernel."""
    here = Path(__file__).parent
    found = hashlib.sha256(__version__.encode())
    for path in [*(here / f"{name}.py" for name in _MODULES), Path(_kernel.__file__)]:
        found.update(path.read_bytes())
    return found.hexdigest()[:16]


def _file(fingerprint: str, count: int) -> Path | None:
    where = folder()
    return None if where is None else where / f"chain-{fingerprint}-{count}-{_code()}.json"


def load(fingerprint: str, count: int) -> tuple[np.ndarray, float] | None:
    """A fit that an earlier process made.

    Parameters
    ----------
    fingerprint : str
        Of fiber and quantum.
    count : int
        Compartments.

    Returns
    -------
    (ndarray, float) or None
        The chain's numbers and its largest error until the spike; None if there is no such file, or
        none that makes sense.
    """
    path = _file(fingerprint, count)
    if path is None:
        return None
    try:
        kept = json.loads(path.read_text(encoding="utf-8"))
        numbers, worst = np.array(kept["numbers"], dtype=float), float(kept["worst"])
    except (OSError, ValueError, TypeError, KeyError):
        return None
    sound = numbers.shape == (2 * count + 2,) and np.isfinite(numbers).all() and (numbers > 0).all()
    return (numbers, worst) if sound and worst >= 0 else None


def save(fingerprint: str, count: int, label: str, numbers: np.ndarray, worst: float) -> None:
    """Keep a fit for later processes; others that read meanwhile see the whole file or none.

    Parameters
    ----------
    fingerprint, count
        As in `load`.
    label : str
        Name of the fiber, for whoever opens the file.
    numbers : ndarray
        Of the chain.
    worst : float
        Its largest error until the spike.
    """
    path = _file(fingerprint, count)
    if path is None:
        return
    kept = {"fiber": label, "numbers": [float(x) for x in numbers], "worst": float(worst)}
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=path.stem, suffix=".tmp")
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                json.dump(kept, file)
            os.replace(name, path)
        except BaseException:
            os.unlink(name)
            raise
    except OSError as error:
        warnings.warn(
            f"The chain of the {label} is not kept for other processes: {error}. Set the environment "
            "variable NMJ_CACHE to a folder that can be written, or to 'off'.",
            stacklevel=4,
        )
