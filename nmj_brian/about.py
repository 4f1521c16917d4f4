"""What am I running? Versions, references in use, and a quick check that the installation works."""

from __future__ import annotations

import platform
import sys
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from .bibliography import REFERENCES

__all__ = ["__version__", "cite", "self_test", "show_versions"]

try:
    __version__ = version("nmj_brian")
except PackageNotFoundError:  # a checkout that was built in place
    __version__ = "0+checkout"


def show_versions() -> None:
    """Print the versions that a report of a problem needs."""
    lines = [("nmj_brian", __version__), ("Python", sys.version.split()[0])]
    for name in ("brian2", "numpy", "scipy", "Cython", "matplotlib"):
        try:
            lines.append((name, version(name)))
        except PackageNotFoundError:
            lines.append((name, "not installed"))
    lines.append(("platform", platform.platform()))
    print("\n".join(f"{name:12} {text}" for name, text in lines))


def cite(thing: Any) -> str:
    """References of everything in use in a junction, fiber, receptor, motor pool, group or muscle.

    Parameters
    ----------
    thing : Junction, Fiber, Receptor, NMJ, MuscleFibers, MotorUnits, MuscleTendon or a parameter set
        What to cite.

    Returns
    -------
    str
        One reference per line; choices without a paper ('assumed', ...) are named at the end.

    Raises
    ------
    TypeError
        If ``thing`` has no sources.
    """
    owners = [thing, *([thing.motor_units] if hasattr(thing, "motor_units") else [])]
    stages = ("junctions", "fibers", "contraction")
    parts = [getattr(owner, n) for owner in owners for n in stages if hasattr(owner, n)]
    for name in ("junction", "fiber"):
        parts += [getattr(part, name) for part in [thing, *parts] if hasattr(part, name)]
    described = [p for p in [thing, *parts] if callable(getattr(p, "sources", None))]
    if not described:
        raise TypeError(f"{thing!r} has no sources; give a junction, fiber, NMJ or MotorUnits.")
    keys = sorted({key for part in described for key in part.sources()})
    papers = [REFERENCES[key] for key in keys if not REFERENCES[key][0].islower()]
    others = [f"[{key}] {REFERENCES[key]}" for key in keys if REFERENCES[key][0].islower()]
    return "\n".join([*papers, *others])


def self_test() -> bool:
    """Check in a few seconds that the installed package computes what it should.

    A receptor is compared with its published equilibrium, and one impulse is run through a junction
    to the fiber's spike. Prints one line per check.

    Returns
    -------
    bool
        True if every check passed.
    """
    import numpy as np
    from brian2 import Network, SpikeGeneratorGroup, ms

    from . import receptors
    from .muscle_fibers import MuscleFibers
    from .neuromuscular_junction import NMJ
    from .units import nM

    results = []

    def check(what: str, passed: bool, detail: str) -> None:
        results.append(bool(passed))
        print(f"{'ok    ' if passed else 'FAILED'}  {what}: {detail}")

    popen = float(receptors.CH82().open_probability(ACh=100 * nM))
    check("receptor CH82, open at 100 nM ACh", abs(popen - 0.0018869) < 1e-6, f"{popen:.7f}")

    nerve = SpikeGeneratorGroup(1, [0], [1] * ms)
    fibers = MuscleFibers(1)
    synapse = NMJ(nerve, fibers)
    synapse.connect(i=0, j=0)
    Network(nerve, fibers, synapse).run(15 * ms)
    quanta, spikes = float(synapse.quanta[0]), int(fibers.spike_count[0])
    when = float(fibers.spike_time_[0]) * 1e3
    check("one impulse releases quanta", 5 <= quanta <= 80, f"{quanta:.0f}")
    check("and the fiber fires once", spikes == 1 and 1 < when < 5, f"{spikes}, at {when:.3f} ms")
    check("and returns to rest", np.isclose(fibers.v_[0], float(fibers.v_rest), atol=5e-3),
          f"{fibers.v_[0] * 1e3:.1f} mV")  # fmt: skip
    return all(results)
