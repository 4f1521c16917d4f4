"""One piece of work in one fresh process: nothing of the caller's Brian2 is seen or changed.

The process is a plain child that imports the package, takes a pickled task from its standard input,
writes its answer to a file and ends. It reads no script of the user's (no ``if __name__ == '__main__'``
is needed), it works within a thread of a cluster's worker as well, its memory is given back when it
ends, and it ends at once if its parent does.
"""

from __future__ import annotations

import contextlib
import functools
import os
import pickle
import subprocess
import sys
import tempfile
import threading
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

__all__ = ["Answer", "ProcessLost", "in_fresh_process", "pack"]

#: How often a waiting parent looks whether it is to stop, in seconds.
_LOOK_S = 0.1

#: Seeded before the import, or the seed of a state that has none would be looked for (half a second).
_START = (
    "import pickle, sys; sys.path[:] = pickle.load(sys.stdin.buffer); "
    "import numpy; numpy.random.seed(0); "
    "from nmj_brian.sharding.process import serve; serve(sys.argv[1])"
)


class ProcessLost(RuntimeError):
    """A process ended without an answer: it was killed, or ran out of memory."""


@dataclass(frozen=True)
class Answer:
    """What a process made of its task.

    Attributes
    ----------
    value : bytes or None
        What the task returned; None if it raised.
    error : str
        Kind and message of what it raised; empty if all went well.
    trace : str
        Where it was raised.
    told : str
        What was written to the standard error stream.
    versions : dict of str to str
        Of the packages that decide the numbers, in that process.
    wall_s, cpu_s : float
        Time that the task took, without starting the process.
    peak_memory_MB : float
        Most memory that the process held; NaN where the system does not tell.
    """

    value: bytes | None
    error: str
    trace: str
    told: str
    versions: dict[str, str]
    wall_s: float
    cpu_s: float
    peak_memory_MB: float


def pack(function: Callable[..., bytes], *arguments: Any) -> bytes:
    """A task for `in_fresh_process`.

    Raises
    ------
    TypeError
        If it cannot be sent to another process.
    """
    try:
        if _is_from_script(arguments):
            return _cloudpickle().dumps((function, arguments))
        return pickle.dumps((function, arguments), protocol=5)
    except (pickle.PicklingError, AttributeError, TypeError) as error:
        raise TypeError(f"This cannot be sent to another process: {error}") from error


def _is_from_script(arguments: tuple) -> bool:
    """Whether a function among the arguments is not to be found in any module."""
    functions = [a for a in arguments if callable(a)]
    while any(isinstance(f, functools.partial) for f in functions):
        functions = [f.func if isinstance(f, functools.partial) else f for f in functions]
    return any(
        getattr(f, "__module__", "__main__") == "__main__" or "<" in getattr(f, "__qualname__", "<")
        for f in functions
    )


def _cloudpickle() -> Any:
    try:
        import cloudpickle
    except ImportError as error:
        raise TypeError(
            "a function of a script or notebook needs cloudpickle: pip install "
            "'nmj_brian[distributed]', or put the function into a module of its own"
        ) from error
    return cloudpickle


def in_fresh_process(task: bytes, threads: int = 1, stop: threading.Event | None = None) -> Answer:
    """Run a packed task in a process of its own and wait for it.

    Parameters
    ----------
    task : bytes
        From `pack`.
    threads : int, optional
        How many threads its junctions and fibers are shared by.
    stop : Event, optional
        Set by another thread, it ends the process.

    Returns
    -------
    Answer
        Also if the task raised an error.

    Raises
    ------
    ProcessLost
        If the process ended without an answer.
    """
    environment = os.environ | {"NMJ_THREADS": str(threads)}
    for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
        environment.setdefault(name, "1")
    with tempfile.TemporaryDirectory(prefix="nmj_brian_") as folder:
        answer, told = Path(folder, "answer"), Path(folder, "told")
        with told.open("wb") as errors:
            process = subprocess.Popen(
                [sys.executable, "-c", _START, str(answer)],
                stdin=subprocess.PIPE,
                stderr=errors,
                env=environment,
            )
        with process:
            with contextlib.suppress(BrokenPipeError):  # it ended already: its status tells
                process.stdin.write(pickle.dumps(sys.path) + task)
                process.stdin.flush()  # and stays open: the child ends with its parent
            while process.poll() is None:
                if stop is not None and stop.is_set():
                    process.kill()
                with contextlib.suppress(subprocess.TimeoutExpired):
                    process.wait(_LOOK_S)
            with contextlib.suppress(BrokenPipeError):
                process.stdin.close()
        text = told.read_text(encoding="utf-8", errors="replace").strip()
        if not answer.exists():
            raise ProcessLost(_how_it_ended(process.returncode, text))
        return Answer(told=text, **pickle.loads(answer.read_bytes()))


def _how_it_ended(code: int, told: str) -> str:
    how = f"with exit status {code}" if code >= 0 else f"by signal {-code}"
    if code == -9:
        how += " (killed; by the system if memory ran out)"
    return f"its process ended {how}" + (f":\n{told[-2000:]}" if told else ".")


def serve(answer: str) -> None:
    """The child's side: take a task, do it, write the answer, end."""
    function, arguments = pickle.load(sys.stdin.buffer)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    from ..lab.result import versions

    wall, cpu = time.perf_counter(), time.process_time()
    found: dict[str, Any] = {"value": None, "error": "", "trace": ""}
    try:
        found["value"] = function(*arguments)
    except Exception as error:
        root = error
        while root.__cause__ is not None:  # Brian2 wraps what goes wrong in a run
            root = root.__cause__
        found |= {"error": f"{type(root).__name__}: {root}", "trace": traceback.format_exc()}
    found |= {
        "versions": versions(),
        "wall_s": time.perf_counter() - wall,
        "cpu_s": time.process_time() - cpu,
        "peak_memory_MB": _peak_memory_MB(),
    }
    part = Path(answer + ".part")
    part.write_bytes(pickle.dumps(found, protocol=5))
    part.replace(answer)


def _end_with_parent() -> None:
    """The standard input ends when the parent does; then nobody waits for the answer."""
    os.read(0, 1)
    os._exit(1)


def _peak_memory_MB() -> float:
    status = Path("/proc/self/status")
    if status.exists():  # Linux, whose getrusage counts the parent's memory as well
        lines = dict(line.split(":", 1) for line in status.read_text().splitlines())
        return float(lines["VmHWM"].split()[0]) / 2**10
    try:
        import resource
    except ImportError:  # Windows
        return float("nan")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (2**20 if sys.platform == "darwin" else 2**10)
