"""Shared by all tests: a clean Brian2 for each, and where the shared measurements are."""

from __future__ import annotations

import logging
import os
import shutil
import tempfile
from pathlib import Path

# Before NumPy is imported: one test process runs on each core, and threads of linear algebra that
# wait for each other would halve their speed.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import matplotlib
import pytest
from brian2 import defaultclock, device, ms, prefs, start_scope
from brian2.devices.device import set_device

matplotlib.use("agg")

# Brian2 reports every object and all generated code to its log; made into text twice for each test, that took
# a tenth of the time. Warnings are as ever.
logging.getLogger("brian2").setLevel(logging.INFO)

SHARED = Path(__file__).resolve().parents[2] / "shared" / "data"

# Chains that tests fit are shared by all processes of one run, and by no other run.
_OWN_CACHE = "" if "PYTEST_XDIST_WORKER" in os.environ else tempfile.mkdtemp(prefix="nmj_brian_")
if _OWN_CACHE:
    os.environ["NMJ_CACHE"] = _OWN_CACHE


def pytest_unconfigure(config):
    """Remove the chains of this run."""
    if _OWN_CACHE:
        shutil.rmtree(_OWN_CACHE, ignore_errors=True)


_PREFERENCES = (
    "codegen.target",
    "codegen.cpp.extra_compile_args_gcc",
    "devices.cpp_standalone.extra_make_args_unix",
)


@pytest.fixture(autouse=True)
def _clean_brian():
    """Runtime device, default step, NumPy code generation (no compiler in most tests)."""
    before = {name: prefs[name] for name in _PREFERENCES}
    prefs.codegen.target = "numpy"
    prefs.devices.cpp_standalone.extra_make_args_unix = ["-j2"]  # Brian2's own is all files at once
    start_scope()
    defaultclock.dt = 0.1 * ms
    yield
    if device.__class__.__name__ != "RuntimeDevice":
        device.reinit()
    set_device("runtime")
    for name, value in before.items():
        prefs[name] = value
    defaultclock.dt = 0.1 * ms


@pytest.fixture
def unoptimized():
    """Programs that only have to refuse something are compiled in a third of the time."""
    prefs.codegen.cpp.extra_compile_args_gcc = ["-w", "-O0", "-std=c++11"]


@pytest.fixture
def shared_data():
    """Folder of measured data beside the project; the test is skipped without it."""
    if not SHARED.is_dir():
        pytest.skip(f"measured data are not here: {SHARED}")
    return SHARED


@pytest.fixture
def no_display(monkeypatch):
    """Examples draw into files."""
    monkeypatch.setitem(os.environ, "MPLBACKEND", "agg")
