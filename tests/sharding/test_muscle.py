"""A muscle cut into shards and put together again is the muscle, whatever the cut and whoever ran it."""

from __future__ import annotations

import os
import pickle
import signal
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from brian2 import (
    Hz,
    Network,
    SpikeGeneratorGroup,
    SpikeMonitor,
    StateMonitor,
    defaultclock,
    mm,
    ms,
    mV,
    nS,
    prefs,
    seed,
)

import nmj_brian as nmj
from nmj_brian.sharding import muscle as sharding
from nmj_brian.sharding.part import simulate

pytest.importorskip("xarray", reason="shards come back as xarray datasets")

OWNS = nmj.innervation(units=5, fibers=41, ratio=6)
#: Impulses of each unit, 3 to 9 ms apart and at different rates; unit 3 stays silent.
TIMES = [np.arange(1.03 + 0.7 * k, 28, 3.0 + 1.5 * k) for k in range(5)]
TIMES[3] = np.zeros(0)
TRAINS = (np.repeat(np.arange(5), [len(t) for t in TIMES]), np.concatenate(TIMES) * ms)
#: Spontaneous quanta of each junction about every third step of force, so that none sleeps through.
JUNCTION = nmj.junctions.human().replace(mini_rate=20 * Hz)
LOSS = np.linspace(0, 0.93, 41)
DELAY = np.linspace(0.2, 2.7, 41) * ms
DURATION = 30 * ms


def shard(trains=TRAINS, owns=OWNS, duration=DURATION, **kwds):
    kwds = {"seed": 11, "delay": DELAY, "receptor_loss": LOSS, "junction": JUNCTION} | kwds
    return nmj.shard(trains, owns, duration, **kwds)


@pytest.fixture(scope="module")
def whole():
    """The same muscle as a user writes it: one network."""
    target, prefs.codegen.target = prefs.codegen.target, "numpy"
    seed(11)
    nerve = SpikeGeneratorGroup(5, *TRAINS)
    muscle = nmj.MotorUnits(nerve, OWNS, JUNCTION)
    muscle.junctions.delay, muscle.junctions.receptor_loss = DELAY, LOSS
    spikes = SpikeMonitor(muscle.fibers, variables="spike_time")
    force = StateMonitor(muscle.units, "force", record=True, dt=1 * ms)
    Network(nerve, muscle, spikes, force).run(DURATION)
    prefs.codegen.target = target
    return {
        "spike_fiber": np.array(spikes.i),
        "spike_step": np.array(spikes.t_),
        "spike_time": np.array(spikes.spike_time_),
        "spike_count": np.array(muscle.fibers.spike_count[:]),
        "impulses": np.array(muscle.junctions.impulses[:]),
        "quanta": np.array(muscle.junctions.quanta_total[:]),
        "transmission": muscle.transmission,
        "force": np.array(force.force_),
        "unit_of_fiber": OWNS.unit_of_fiber,
    }


def assert_same(found, whole):
    """Bit for bit."""
    for name, values in whole.items():
        assert np.array_equal(found[name].values, values, equal_nan=True), name
    assert np.array_equal(found.unit, np.arange(5))
    assert np.array_equal(found.fiber, np.arange(41))


def test_the_muscle_is_worth_cutting(whole):
    """Impulses that are blocked, units that differ, spontaneous quanta: else the tests below see little."""
    transmission = whole["transmission"]
    assert np.isnan(transmission[3])
    assert np.any(transmission < 0.9)
    assert 0.5 < whole["spike_count"].sum() / whole["impulses"].sum() < 0.95
    silent = OWNS.unit_of_fiber == 3
    assert whole["quanta"][silent].sum() > 0


@pytest.mark.parametrize("shards", [1, 2, 3, [[3], [1, 4], [0, 2]]], ids=str)
def test_any_cut_gives_the_same_numbers(shards, whole, here):
    found = shard(shards=shards, workers=1)
    assert len(here) == (shards if isinstance(shards, int) else len(shards))
    assert found.sizes["shard"] == len(here)
    assert_same(found, whole)


def test_a_part_of_a_muscle_can_be_cut_as_well(whole, here):
    """Units 4, 1 and 2 alone, as two shards: what they do in the whole."""
    part = OWNS.part([4, 1, 2])
    mine = np.isin(TRAINS[0], [4, 1, 2])
    place = np.array([-1, 1, 2, -1, 0])[TRAINS[0][mine]]
    chosen = part.fiber_indices
    found = shard(
        (place, TRAINS[1][mine]), part, delay=DELAY[chosen], receptor_loss=LOSS[chosen], shards=2
    )
    assert np.array_equal(found.unit, [1, 2, 4])
    assert np.array_equal(found.force, whole["force"][[1, 2, 4]])
    assert np.array_equal(found.fiber, np.sort(chosen))
    assert np.array_equal(found.quanta, whole["quanta"][np.sort(chosen)])


def killed_once(part, endplate):
    """`simulate`, but the first process that gets unit 2 is killed by the system."""
    marker = Path(os.environ["NMJ_TEST_MARKER"])
    if 2 in part.innervation.unit_indices and not marker.exists():
        marker.write_text("killed")
        os.kill(os.getpid(), signal.SIGKILL)
    return simulate(part, endplate)


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="no signals here")
def test_a_killed_process_costs_a_retry_and_nothing_else(whole, monkeypatch, tmp_path, capfd):
    """True processes; the caller's Brian2 is as it was."""
    marker = tmp_path / "marker"
    monkeypatch.setenv("NMJ_TEST_MARKER", str(marker))
    monkeypatch.setattr(sharding, "simulate", killed_once)
    monkeypatch.setenv("OPENBLAS_NUM_THREADS", "2")  # and other rounding than here
    defaultclock.dt = 0.05 * ms
    state = np.random.get_state()[1].copy()  # noqa: NPY002
    found = shard(shards=2, workers=2, retries=1)
    assert marker.exists()
    assert_same(found, whole)
    assert defaultclock.dt == 0.05 * ms
    assert np.array_equal(state, np.random.get_state()[1])  # noqa: NPY002
    assert np.all(found.peak_memory > 50)
    assert capfd.readouterr().out == ""


def fails(part, endplate):
    if 4 in part.innervation.unit_indices:
        raise ValueError("no such luck")
    return simulate(part, endplate)


def test_what_is_finished_is_kept(whole, monkeypatch, tmp_path, here):
    """A shard that fails is named with its units; the same call then runs what is missing, nothing else."""
    folder, cut = tmp_path / "muscle", [[0, 1], [2], [3, 4]]
    monkeypatch.setattr(sharding, "simulate", fails)
    with pytest.raises(
        nmj.ShardError, match=r"Shard 3 of 3 \(motor units 3-4; .*no such luck"
    ) as error:
        shard(shards=cut, folder=folder, workers=1)
    assert error.value.number == 2
    monkeypatch.setattr(sharding, "simulate", simulate)
    assert_same(shard(shards=cut, folder=folder), whole)
    assert here == ["fails"] * 3 + ["simulate"]
    # what is not said again is read from the folder
    assert_same(shard(folder=folder, seed=None), whole)
    assert len(here) == 4


def test_another_simulation_is_not_mixed_in(tmp_path, here):
    folder = tmp_path / "muscle"
    shard(shards=2, folder=folder)
    for changed, names in (
        ({"seed": 12}, "seed"),
        ({"shards": 3}, "shards"),
        ({"junction": JUNCTION.replace(mini_rate=21 * Hz), "trial": 1}, "junction, trial"),
        ({"receptor_loss": LOSS[::-1]}, "receptor_loss"),
        ({"trains": (TRAINS[0], TRAINS[1] + 0.01 * ms)}, "motor_neurons"),
    ):
        with pytest.raises(ValueError, match=f"what differs: {names}. Choose"):
            shard(**{"shards": 2, "folder": folder} | changed)
    manifest = folder / "manifest.json"
    manifest.write_text(manifest.read_text().replace('"brian2": "', '"brian2": "0.'))
    with pytest.raises(ValueError, match="what differs: brian2"):
        shard(shards=2, folder=folder)
    (tmp_path / "mine.txt").write_text("precious")
    with pytest.raises(ValueError, match="something else than results"):
        shard(folder=tmp_path)


@pytest.mark.parametrize(
    ("kwds", "kind", "match"),
    [
        ({"trains": ([0, 5], [1, 2] * ms)}, ValueError, "from 0 to 4"),
        ({"trains": ([0, 0], [1, 1.02] * ms)}, ValueError, "twice within one time step"),
        ({"trains": ([0], [1])}, Exception, "must be times"),
        ({"trains": 3}, TypeError, "SpikeMonitor, or a pair"),
        ({"owns": 41}, TypeError, "innervation must come from"),
        ({"shards": 6}, ValueError, "shards must be a whole number from 1 to 5"),
        ({"shards": [[0, 1], [1, 2, 3, 4]]}, ValueError, "each of the units 0 to 4 once"),
        ({"receptor_loss": np.zeros(40)}, ValueError, "one for each of the 41 fibers"),
        ({"delay": -1 * ms}, ValueError, "delay must be from 0"),
        ({"duration": 3 * mV}, Exception, "duration must be a time"),
        ({"noise": "loud"}, ValueError, "noise must be one of"),
        ({"dt": 1 * ms}, ValueError, "0.5 ms"),
        ({"workers": "many"}, TypeError, "dask.distributed.Client"),
        ({"fiber": 3 * nS}, TypeError, "fiber must be a Fiber"),
    ],
)
def test_bad_input_is_refused_before_anything_runs(kwds, kind, match, here):
    with pytest.raises(kind, match=match):
        shard(**kwds)
    assert not here


def test_shards_are_balanced():
    """120 units of a hand muscle that differ a hundredfold: no shard has 1 % more to do than another."""
    cost = nmj.innervation(120, 40_500, 100).sizes * np.linspace(30, 8, 120)
    for count in (2, 3, 7):
        split = sharding.balanced(cost, count)
        assert np.array_equal(np.sort(np.concatenate(split)), np.arange(120))
        sums = [cost[units].sum() for units in split]
        assert max(sums) < 1.01 * min(sums)


def test_fibers_from_tendon_to_tendon_can_be_sent():
    fiber = nmj.fibers.human().whole(length=20 * mm, endplate=8 * mm, sites={"e": 12 * mm})
    same = pickle.loads(pickle.dumps(fiber))
    assert (same.length, same.endplate, same.sites) == (fiber.length, fiber.endplate, fiber.sites)
    for mine, other in zip(fiber.kernel_model(1e-5), same.kernel_model(1e-5), strict=True):
        assert mine.keys() == other.keys()
        assert all(np.array_equal(mine[k], other[k]) for k in mine)


def test_recorded_motor_neurons(here):
    """A monitor of the pool is as good as indices and times."""
    nerve = SpikeGeneratorGroup(5, *TRAINS)
    record = SpikeMonitor(nerve)
    Network(nerve, record).run(DURATION)
    steps = (TRAINS[0], np.floor(TRAINS[1] / (0.1 * ms) + 1e-3) * 0.1 * ms)
    found = shard(record, shards=1)
    assert found.equals(shard(steps, shards=1))
    assert found.force.attrs["units"] == "N"
    assert found.spike_time.attrs["units"] == found.time.attrs["units"] == "s"
    assert found.attrs["seed"] == "11"


@pytest.mark.slow
def test_on_a_cluster(whole, tmp_path):
    """Two worker processes of dask, one of which dies with a shard."""
    distributed = pytest.importorskip(
        "distributed", reason="dask is not installed: pip install 'nmj_brian[distributed]'"
    )
    cluster = distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None
    )
    with cluster, distributed.Client(cluster) as client:
        before = set(client.run(os.getpid).values())
        killer = client.submit(kill_when_busy, pure=False, workers=list(client.nthreads())[:1])
        found = shard(shards=3, workers=client, folder=tmp_path / "muscle")
        assert_same(found, whole)
        killer.cancel()
        assert set(client.run(os.getpid).values()) != before


def kill_when_busy():
    """From a worker's own thread pool: the worker is killed two seconds later, in the middle of a shard."""
    import threading

    def kill():
        time.sleep(2)
        os.kill(os.getpid(), signal.SIGKILL)

    threading.Thread(target=kill, daemon=True).start()
