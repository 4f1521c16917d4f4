"""Shared by the tests of shards and studies."""

from __future__ import annotations

import pickle
import threading

import pytest

from nmj_brian.sharding import workers
from nmj_brian.sharding.process import Answer


@pytest.fixture
def here(monkeypatch):
    """Tasks are run in this process, to save the starting of others; lists what was called."""
    calls, one_at_a_time = [], threading.Lock()

    def run(task, **_):
        function, arguments = pickle.loads(task)
        with one_at_a_time:
            calls.append(function.__name__)
            try:
                value, error = function(*arguments), ""
            except Exception as raised:
                value, error = None, f"{type(raised).__name__}: {raised}"
        return Answer(value, error, "", "", workers.versions(), 0.0, 0.0, 1.0)

    monkeypatch.setattr(workers, "in_fresh_process", run)
    return calls
