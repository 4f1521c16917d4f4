"""Who does the work: processes of this machine, or the workers of a cluster; what is lost is done again."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, Executor, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from functools import partial
from typing import Any

from ..lab.progress import Progress
from ..lab.result import versions
from ..parameters import whole_number
from .process import Answer, in_fresh_process

__all__ = ["ShardError", "Workers"]


class ShardError(RuntimeError):
    """One piece of a simulation failed; says which, and what happened in its process.

    Parameters
    ----------
    message : str
        All of that.
    number : int
        Of the shard or point, from 0; kept as an attribute.
    """

    def __init__(self, message: str, number: int) -> None:
        super().__init__(message)
        self.number = number


class Workers:
    """Runs tasks side by side, each in a fresh process.

    Parameters
    ----------
    given : int, dask.distributed.Client, concurrent.futures.Executor or None
        Number of processes of this machine (None: one per core), or where to send tasks.
    retries : int
        How often a task is done again whose process or worker was lost.

    Raises
    ------
    TypeError, ValueError
        If one of them makes no sense.
    """

    def __init__(self, given: Any, retries: int) -> None:
        self.retries = whole_number("retries", retries, 0, 100)
        self._given = given
        cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
        if given is None or isinstance(given, (int, float)):
            self.count = (cores or 1) if given is None else whole_number("workers", given, 1, 1000)
            self._threads = max(1, (cores or 1) // self.count)
        elif hasattr(given, "get_executor"):  # dask.distributed.Client
            self.count, self._threads = max(1, sum(given.nthreads().values())), 1
        elif isinstance(given, Executor):
            self.count, self._threads = getattr(given, "_max_workers", cores) or 1, 1
        else:
            raise TypeError(
                "workers must be a number of processes, a dask.distributed.Client or an Executor of "
                f"concurrent.futures, got {given!r}."
            )

    @contextmanager
    def _executor(self) -> Iterator[tuple[Executor, Callable[..., Answer]]]:
        """Where to submit, and what; afterwards nothing of ours is left running here."""
        given = self._given
        if isinstance(given, Executor):
            yield given, partial(in_fresh_process, threads=self._threads)
        elif hasattr(given, "get_executor"):
            # Tasks differ, but a seed or a file may not: none must be taken from an earlier call.
            yield given.get_executor(pure=False), partial(in_fresh_process, threads=self._threads)
        else:
            stop = threading.Event()
            pool = ThreadPoolExecutor(self.count, thread_name_prefix="nmj_brian_shard")
            try:
                yield pool, partial(in_fresh_process, threads=self._threads, stop=stop)
            finally:
                stop.set()
                pool.shutdown(cancel_futures=True)

    def run(
        self, tasks: dict[int, bytes], name: Callable[[int], str], title: str, parts: int
    ) -> Iterator[tuple[int, Answer]]:
        """Do all tasks; give each answer as it comes.

        Parameters
        ----------
        tasks : dict of int to bytes
            Packed by `pack`.
        name : callable
            Number of a task -> what to call it in an error.
        title, parts : str, int
            Of the progress bar: ``parts`` tasks in all, of which some may be done already.

        Yields
        ------
        int, Answer
            Number of a task and what came of it.

        Raises
        ------
        ShardError
            At the first task that raises, or that is lost too often. Those under way are stopped.
        """
        with Progress(title, parts) as progress, self._executor() as (executor, call):
            for _ in range(parts - len(tasks)):
                progress.next()
            lost, told = dict.fromkeys(tasks, 0), {""}
            waiting: dict[Future, int] = {executor.submit(call, t): k for k, t in tasks.items()}
            try:
                while waiting:
                    done = wait(waiting, return_when=FIRST_COMPLETED).done
                    # What went well first: it is kept, even if another one ends all of this.
                    for future in sorted(done, key=_failed):
                        k = waiting.pop(future)
                        if (error := future.exception()) is not None:
                            lost[k] += 1
                            if lost[k] > self.retries:
                                raise ShardError(
                                    f"{name(k)} was lost {_times(lost[k])}: {error}", k
                                ) from error
                            waiting[executor.submit(call, tasks[k])] = k
                            continue
                        answer = _checked(future.result(), name(k), k)
                        if answer.told not in told:  # warnings: each text once
                            told.add(answer.told)
                            sys.stderr.write(f"{name(k)}:\n{answer.told}\n")
                        yield k, answer
                        progress.next()
            finally:
                for future in waiting:
                    future.cancel()


def _failed(future: Future) -> bool:
    return future.exception() is not None or bool(future.result().error)


def _checked(answer: Answer, name: str, number: int) -> Answer:
    if answer.error:
        raise ShardError(
            f"{name} failed: {answer.error}\n\nIn its process:\n{answer.trace}", number
        )
    here, there = versions(), answer.versions
    if here != there:
        other = [f"{p} {there[p]} (here {v})" for p, v in here.items() if there[p] != v]
        raise ShardError(
            f"{name} ran with {', '.join(other)}: install the same versions wherever shards run.",
            number,
        )
    return answer


def _times(count: int) -> str:
    return "once" if count == 1 else f"{count} times"
