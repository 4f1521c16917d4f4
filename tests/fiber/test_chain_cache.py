"""Fits of chains on disk: found by later processes, replaced when they make no sense."""

from __future__ import annotations

import json
import warnings

import numpy as np
import pytest
from brian2 import um

from nmj_brian import chain, chain_cache, fibers
from nmj_brian.chain import Chain

NUMBERS = np.array([0.2385481234567891, 1.68563, 0.727959, 4.29375, 4.87262, 4.36496])


@pytest.fixture
def fits(monkeypatch, tmp_path):
    """How often a chain was fitted (a minute each, so with ready numbers); the cache in an own folder."""
    made = []

    def fit(fiber, quantum, count):
        made.append((fiber.name, count))
        return NUMBERS, 0.03

    monkeypatch.setattr(chain, "fit", fit)
    monkeypatch.setenv("NMJ_CACHE", str(tmp_path / "kept" / "here"))
    monkeypatch.setattr(chain, "_fitted", {})
    return made


def another_process(monkeypatch):
    monkeypatch.setattr(chain, "_fitted", {})


def test_a_fit_is_made_once(fits, monkeypatch):
    """Equal to the last bit in a later process; of another fiber, or asked for again, it is made."""
    fiber = fibers.human(diameter=61 * um)
    first = Chain(fiber)
    another_process(monkeypatch)
    second = Chain(fiber)
    assert fits == [("human fiber", 2)]
    assert np.array_equal(first.numbers, second.numbers)
    Chain(fibers.human(diameter=62 * um))
    Chain(fiber, refit=True)
    assert len(fits) == 3
    Chain(fibers.human())  # shipped
    assert len(fits) == 3


@pytest.mark.parametrize(
    "text",
    ["", "{", "[]", "null", '{"numbers": [1, 2], "worst": 0}', '{"numbers": "x", "worst": 0}',
     '{"numbers": [1, 1, 1, 1, 1, NaN], "worst": 0}', '{"numbers": [1, 1, 1, 1, 1, -1], "worst": 0}'],
)  # fmt: skip
def test_a_damaged_file_is_fitted_anew(fits, monkeypatch, text):
    fiber = fibers.human(diameter=61 * um)
    Chain(fiber)
    (path,) = chain_cache.folder().glob("*")
    path.write_text(text)
    another_process(monkeypatch)
    assert np.array_equal(Chain(fiber).numbers, NUMBERS)
    assert len(fits) == 2
    assert json.loads(path.read_text())["numbers"] == NUMBERS.tolist()
    assert [*chain_cache.folder().glob("*")] == [path]  # nothing left over


def test_other_code_does_not_take_it(fits, monkeypatch):
    fiber = fibers.human(diameter=61 * um)
    Chain(fiber)
    another_process(monkeypatch)
    monkeypatch.setattr(chain_cache, "_code", lambda: "later")
    Chain(fiber)
    assert len(fits) == 2


def test_a_bad_fit_warns_in_later_processes_too(fits, monkeypatch):
    monkeypatch.setattr(chain, "fit", lambda *_: (NUMBERS, 0.3))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        Chain(fibers.human(diameter=61 * um))
    another_process(monkeypatch)
    with pytest.warns(UserWarning, match="misses its cable by 30 %"):
        Chain(fibers.human(diameter=61 * um))


@pytest.mark.parametrize("word", ["off", "0", "OFF"])
def test_it_can_be_turned_off(fits, monkeypatch, word, tmp_path):
    monkeypatch.setenv("NMJ_CACHE", word)
    monkeypatch.chdir(tmp_path)
    fiber = fibers.human(diameter=61 * um)
    Chain(fiber)
    another_process(monkeypatch)
    Chain(fiber)
    assert len(fits) == 2
    assert chain_cache.folder() is None
    assert not [*tmp_path.iterdir()]


def test_a_folder_that_cannot_be_written_is_named(fits, monkeypatch, tmp_path):
    (tmp_path / "file").touch()
    monkeypatch.setenv("NMJ_CACHE", str(tmp_path / "file" / "below"))
    with pytest.warns(UserWarning, match="NMJ_CACHE"):
        assert np.array_equal(Chain(fibers.human(diameter=61 * um)).numbers, NUMBERS)


def test_default_folder_is_the_users(monkeypatch, tmp_path):
    monkeypatch.delenv("NMJ_CACHE")
    monkeypatch.setattr("sys.platform", "linux")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert chain_cache.folder() == tmp_path / "nmj_brian"
