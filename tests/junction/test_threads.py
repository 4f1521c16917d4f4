"""Threads share the work; what comes out does not depend on how many there are."""

from __future__ import annotations

import os
import subprocess
import sys

import numpy as np
import pytest
from brian2 import Network, SpikeGeneratorGroup, SpikeMonitor, defaultclock, ms, seed

import nmj_brian as nmj


@pytest.fixture(autouse=True)
def same_threads_after():
    before = nmj.get_threads()
    yield
    nmj.set_threads(before)


def muscle(threads, shared=False):
    """3,000 fibers of 3 neurons over 12 ms; ``shared``: 2,100 (still in three chunks) over 4 ms, two
    junctions on each, far apart, and receptors are counted (the second impulse finds them bound).
    """
    nmj.set_threads(threads)
    defaultclock.dt = 0.1 * ms
    seed(7)
    n, per = (2100, 2) if shared else (3000, 1)
    nerve = SpikeGeneratorGroup(3, [0, 1, 2, 0], [1, 1.2, 1.3, 2.8 if shared else 7] * ms)
    fibers = nmj.MuscleFibers(n)
    synapse = nmj.NMJ(nerve, fibers, noise="channels" if shared else "quantal")
    synapse.connect(i=np.tile(np.arange(n) % 3, per), j=np.tile(np.arange(n), per))
    synapse.receptor_loss = np.linspace(0, 0.8, n * per)
    spikes = SpikeMonitor(fibers, variables="spike_time")
    Network(nerve, fibers, synapse, spikes).run((4 if shared else 12) * ms)
    return {
        "v": fibers.v_[:].copy(),
        "open": synapse.open_channels[:].copy(),
        "quanta": synapse.quanta_total[:].copy(),
        "i": np.asarray(spikes.i).copy(),
        "spike_time": np.asarray(spikes.spike_time_).copy(),
    }


@pytest.mark.parametrize("shared", [False, True], ids=["one junction each", "two on each fiber"])
def test_results_are_identical_for_any_number_of_threads(shared):
    """Bit for bit with 1, 2 and 5 threads; also where junctions of one fiber are far apart."""
    one = muscle(1, shared)
    assert len(one["i"]) > len(one["v"]) / 3
    for threads in (2, 5):
        other = muscle(threads, shared)
        for name, values in one.items():
            assert np.array_equal(values, other[name]), (threads, name)


@pytest.mark.parametrize("threads", [1, 2])
def test_every_fiber_is_advanced(threads):
    """Whatever the number of fibers: one impulse, all fire once, and as one fiber alone would.

    Sizes around those of lanes, blocks and chunks; all quanta are addressed, so that fiber j of any
    population is the same.
    """
    nmj.set_threads(threads)
    defaultclock.dt = 0.1 * ms
    times = {}
    for n in (1, 5, 129, 1023, 1024, 1025, 2500):
        seed(7)
        nerve = SpikeGeneratorGroup(1, [0], [1] * ms)
        fibers = nmj.MuscleFibers(n)
        synapse = nmj.NMJ(nerve, fibers)
        synapse.connect()
        spikes = SpikeMonitor(fibers)
        Network(nerve, fibers, synapse, spikes).run(4 * ms)
        assert np.all(fibers.spike_count[:] == 1)
        assert sorted(spikes.i) == list(range(n))
        times[n] = fibers.spike_time_[:].copy()
    for n, each in times.items():
        assert np.array_equal(each, times[2500][:n]), n


def test_spikes_are_listed_in_order():
    """Brian2 takes the list of fibers that fired as sorted, whatever thread found them."""
    found = muscle(3)
    steps = np.floor(found["spike_time"] / 1e-4 + 1e-6)
    assert np.all(np.diff(steps) >= 0)
    same = np.diff(steps) == 0
    assert np.all(np.diff(found["i"])[same] > 0)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
def test_a_forked_child_has_threads_of_its_own():
    """After a run with threads, a child process runs on and ends, and so does its parent; in a fresh process,
    with a limit, one after the other (threads that wait for each other take long on busy cores).
    """
    code = (
        "import os, sys; sys.path.insert(0, 'tests/junction'); import numpy as np\n"
        "from test_threads import muscle\n"
        "a = muscle(2); child = os.fork()\n"
        "ended = os.waitpid(child, 0)[1] if child else 0\n"
        "b = muscle(2); same = all(np.array_equal(a[k], b[k]) for k in a)\n"
        "os._exit(0 if same else 3) if child == 0 else None\n"
        "assert same and ended == 0\n"
    )
    done = subprocess.run([sys.executable, "-W", "ignore", "-c", code], timeout=120, check=False)
    assert done.returncode == 0


def test_number_of_threads(monkeypatch):
    """The environment variable is read when no number is given; nonsense is refused."""
    monkeypatch.setenv("NMJ_THREADS", "3")
    nmj.set_threads()
    assert nmj.get_threads() == 3
    monkeypatch.setenv("NMJ_THREADS", "many")
    with pytest.raises(ValueError, match="NMJ_THREADS must be a whole number"):
        nmj.set_threads()
    monkeypatch.delenv("NMJ_THREADS")
    nmj.set_threads()
    assert 1 <= nmj.get_threads() <= 8
    for wrong in (0, 65):
        with pytest.raises(ValueError, match="threads"):
            nmj.set_threads(wrong)
