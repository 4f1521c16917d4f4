"""The key follows Brian's seed(k), whatever else the script draws."""

import brian2
import numpy as np
import pytest

from nmj_brian import randomness
from nmj_brian._core import random as core
from nmj_brian.reference import random as twin


@pytest.mark.parametrize("seed", [0, 1, 4711, 2**31, 2**32 - 1])
@pytest.mark.parametrize("drawn", [0, 1, 311, 312, 313, 100_000])
def test_seed_is_found_after_any_number_of_draws(seed, drawn):
    brian2.seed(seed)
    np.random.rand(drawn)  # noqa: NPY002
    before = np.random.get_state()  # noqa: NPY002
    assert randomness.seed_from_numpy() == seed
    after = np.random.get_state()  # noqa: NPY002
    assert (before[1] == after[1]).all()
    assert before[2:] == after[2:]


def test_seed_is_found_beyond_one_search(monkeypatch):
    """A search may stop at the state of the one before, so that a seed is not lost in a long script."""
    monkeypatch.setattr(randomness, "TWISTS", 100)
    brian2.seed(17)
    for _ in range(3):
        assert randomness.seed_from_numpy() == 17
        np.random.rand(20_000)  # noqa: NPY002  # 65 twists
    brian2.seed(18)
    np.random.rand(20_000)  # noqa: NPY002
    assert randomness.seed_from_numpy() == 18
    np.random.rand(100_000)  # noqa: NPY002  # 321 twists without a look
    assert randomness.seed_from_numpy() is None


def test_without_a_seed_there_is_none_to_find():
    """NumPy's random seeding does not obey the recurrence of seed(k); each simulation is then new."""
    brian2.seed()
    assert randomness.seed_from_numpy() is None
    fresh = [randomness.fresh_seed() for _ in range(10)]
    assert len(set(fresh)) == 10
    assert all(2**63 <= number < 2**64 for number in fresh)


def test_other_generator_has_no_seed(monkeypatch):
    state = ("PCG64", np.arange(4, dtype=np.uint64), 0, 0, 0.0)
    monkeypatch.setattr(np.random, "get_state", lambda: state)
    assert randomness.seed_from_numpy() is None


def test_keys_of_trials_and_streams_differ_and_equal_twin():
    keys = {
        (seed, trial, stream): randomness.derive_key(seed, trial, stream)
        for seed in (0, 1, 2**40 + 3, 2**64 - 1)
        for trial in range(5)
        for stream in range(5)
    }
    assert len(set(keys.values())) == len(keys)
    assert all(twin.derive_key(*arguments) == key for arguments, key in keys.items())


@pytest.mark.parametrize("arguments", [(-1,), (2**64,), (0, -1), (0, 2**32), (0, 0, 2**32)])
def test_derive_key_refuses_what_does_not_fit(arguments):
    with pytest.raises(ValueError, match="whole number of at most"):
        randomness.derive_key(*arguments)


def test_state_of_wrong_length_is_refused():
    with pytest.raises(ValueError, match="624 words"):
        core.seed_of_state(np.zeros(10, np.uint32), 5)
