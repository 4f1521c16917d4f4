"""A study: every point is called once, by name, with chance of its own, and what is finished is kept."""

from __future__ import annotations

import functools
import os
import sys
from concurrent.futures import Executor, Future
from pathlib import Path

import numpy as np
import pytest
from brian2 import Hz, ms, mV

import nmj_brian as nmj
from nmj_brian.sharding import process, workers
from nmj_brian.sharding.identity import fingerprint

xarray = pytest.importorskip("xarray", reason="studies come back as xarray datasets")


def product(rate, times):
    """Something with a unit, an array, and chance."""
    chance = np.random.rand()  # noqa: NPY002
    return {"period": times / rate, "both": np.array([times, 2 * times]), "chance": chance}


GRID = {"rate": [1, 4] * Hz, "times": [1, 2, 3]}


def test_a_grid_comes_back_as_a_grid(here):
    found = nmj.study(product, GRID, seed=3)
    assert found.period.dims == ("rate", "times")
    assert np.array_equal(found.period, [[1, 2, 3], [0.25, 0.5, 0.75]])
    assert found.period.attrs["units"] == "s"
    assert np.array_equal(found.rate, [1, 4])
    assert found.rate.attrs["units"] == "Hz"
    assert found.both.dims == ("rate", "times", "both_0")
    assert np.array_equal(found.both[1, 2], [3, 6])
    assert len(here) == 6


def test_each_point_has_its_own_chance_and_the_same_again(here):
    first, again, other = (nmj.study(product, GRID, seed=k).chance.values for k in (3, 3, 4))
    assert np.array_equal(first, again)
    assert len(np.unique([first, other])) == 12


def weight(junction, extra=1):
    return junction.si("sites") * extra


def test_points_that_are_listed(here):
    """Anything that can be sent is a value; what is no number is named."""
    human, frog = nmj.junctions.human(), nmj.junctions.frog()
    found = nmj.study(weight, [{"junction": human}, {"junction": frog}])
    assert found.result.dims == ("point",)
    assert list(found.result.values) == [human.si("sites"), frog.si("sites")]
    assert list(found.junction.values) == [human.name, frog.name]
    doubled = nmj.study(functools.partial(weight, extra=2), {"junction": [human]})
    assert float(doubled.result[0]) == 2 * human.si("sites")


def fragile(x):
    if x == 3 and "NMJ_TEST_BROKEN" in os.environ:
        raise ValueError("out of luck")
    return xarray.Dataset({"square": ("time", [x**2, 0.5])}, {"time": [0.0, 1.0]})


def test_a_point_that_fails_is_named_and_the_others_are_kept(here, monkeypatch, tmp_path):
    monkeypatch.setenv("NMJ_TEST_BROKEN", "yes")
    with pytest.raises(nmj.ShardError, match=r"Point 3 of 4 \(x=3\) failed: ValueError: out of"):
        nmj.study(fragile, {"x": [1, 2, 3, 4]}, folder=tmp_path / "s", workers=1)
    before = len(here)
    monkeypatch.delenv("NMJ_TEST_BROKEN")
    found = nmj.study(fragile, {"x": [1, 2, 3, 4]}, folder=tmp_path / "s")
    assert 1 <= len(here) - before <= 2
    assert np.array_equal(found.square[:, 0], [1, 4, 9, 16])
    assert list(found.time.values) == [0.0, 1.0]
    for function, points, differs in (
        (product, {"x": [1, 2, 3, 4]}, "function"),
        (fragile, {"x": [1, 2, 3, 5]}, "points"),
    ):
        with pytest.raises(ValueError, match=f"what differs: {differs}. Choose"):
            nmj.study(function, points, folder=tmp_path / "s")


class AtOnce(Executor):
    """Every task is done before the first answer is looked at."""

    def submit(self, call, *arguments):
        future = Future()
        future.set_result(call(*arguments))
        return future


@pytest.mark.parametrize("bad", [1, 3, 8])
def test_what_is_finished_is_kept_wherever_the_failure_stands(here, monkeypatch, tmp_path, bad):
    monkeypatch.setenv("NMJ_TEST_BROKEN", "yes")
    points = {"x": [3 if k == bad else 10 * k for k in range(1, 9)]}
    with pytest.raises(nmj.ShardError, match=f"Point {bad} of 8"):
        nmj.study(fragile, points, folder=tmp_path, workers=AtOnce())
    assert len(list(tmp_path.glob("point-*.nc"))) == 7


def uneven(n):
    return np.zeros(n)


def text(n):
    return "a" * n


def test_bad_studies(here, monkeypatch):
    with pytest.raises(ValueError, match="different shapes"):
        nmj.study(uneven, {"n": [1, 2]})
    with pytest.raises(nmj.ShardError, match="must hand back numbers"):
        nmj.study(text, {"n": [1]})
    with pytest.raises(TypeError, match="'n' must have a list"):
        nmj.study(text, {"n": 1})
    with pytest.raises(ValueError, match="at least one point"):
        nmj.study(text, [])
    with pytest.raises(ValueError, match="same parameters"):
        nmj.study(text, [{"n": 1}, {"m": 2}])
    with pytest.raises(TypeError, match="callable"):
        nmj.study("text", {"n": [1]})
    monkeypatch.setitem(sys.modules, "cloudpickle", None)
    with pytest.raises(TypeError, match="needs cloudpickle.*module of its own"):
        nmj.study(lambda n: n, {"n": [1]})


def test_other_versions_elsewhere_are_not_mixed_in(monkeypatch):
    other = workers.versions() | {"numpy": "0.1"}
    answer = process.Answer(b"", "", "", "", other, 0.0, 0.0, 0.0)
    monkeypatch.setattr(workers, "in_fresh_process", lambda task, **_: answer)
    with pytest.raises(nmj.ShardError, match=r"ran with numpy 0\.1 \(here"):
        nmj.study(fragile, {"x": [1]})


@pytest.mark.skipif(sys.platform == "win32", reason="no signals here")
def test_a_point_that_is_lost_too_often(monkeypatch):
    """Every process that is started is killed: said with how often, and how it ended."""
    monkeypatch.setattr(
        process, "_START", "import os, signal; os.kill(os.getpid(), signal.SIGKILL)"
    )
    with pytest.raises(
        nmj.ShardError, match=r"Point 1 of 1 \(x=1\) was lost 3 times: .* by signal 9 \(killed"
    ):
        nmj.study(fragile, {"x": [1]}, retries=2)


def closure(x):
    return lambda: x


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (1, 1.0),
        (1, True),
        ([1, 2], [12]),
        (["ab"], ["a", "b"]),
        (np.zeros(2000), np.r_[np.zeros(1000), 1e-9, np.zeros(999)]),
        (np.zeros(4), np.zeros((2, 2))),
        (1 * ms, 1 * mV),
        (nmj.junctions.human(), nmj.junctions.human().replace(mini_rate=0.5 * Hz)),
        (nmj.MotorPool(), nmj.MotorPool(index="2017")),
        (closure(1), closure(2)),
        (functools.partial(weight, extra=1), functools.partial(weight, extra=2)),
        (Path("a"), Path("b")),
    ],
)
def test_what_differs_has_another_fingerprint(one, other):
    assert fingerprint(one) != fingerprint(other)


def test_what_is_alike_has_the_same_fingerprint():
    for make in (nmj.junctions.human, nmj.fibers.human, lambda: closure(3), lambda: {"a": 1 * ms}):
        assert fingerprint(make()) == fingerprint(make())
    assert fingerprint({"a": 1, "b": 2}) == fingerprint({"b": 2, "a": 1})
    fiber = nmj.fibers.human()
    before = fingerprint(fiber)
    fiber.chain()
    assert fingerprint(fiber) == before
