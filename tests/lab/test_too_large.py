"""A protocol longer than memory allows is refused before anything runs, whatever of it is large."""

from __future__ import annotations

import numpy as np
import pytest
from brian2 import Hz, second

import nmj_brian as nmj
from nmj_brian.lab.preparation import Preparation
from nmj_brian.units import uM

HUMAN = nmj.junctions.human()
lab = nmj.lab
MILLION = np.linspace(1e-3, 1, 1_000_000)


@pytest.fixture(autouse=True)
def nothing_runs(monkeypatch):
    """No junction is made, none stimulated."""

    def refuse(*args, **options):
        raise AssertionError("it ran")

    monkeypatch.setattr(Preparation, "__init__", refuse)
    monkeypatch.setattr(Preparation, "stimulate", refuse)


@pytest.mark.parametrize(
    "make",
    [
        lambda: lab.repetitive_stimulation(HUMAN, impulses=10**9, fibers=1),
        lambda: lab.repetitive_stimulation(HUMAN, impulses=200_000, fibers=1),  # waveforms
        lambda: lab.repetitive_stimulation(HUMAN, impulses=4, fibers=10**7),  # fibers at the skin
        lambda: lab.repetitive_stimulation(HUMAN, fibers=10_000, exercise=600 * second),
        lambda: lab.cmap(HUMAN, fibers=1_000_000),
        lambda: lab.quantum(HUMAN, impulses=10_000, duration=2 * second),
        lambda: lab.single_fiber_emg(HUMAN, discharges=10**7, pairs=10),
        lambda: lab.train_of_four(HUMAN, fibers=10**9),
        lambda: lab.train_of_four(
            HUMAN, fibers=12_000_000
        ),  # 50 million responses, but 1 kB of state
        lambda: lab.double_burst(HUMAN, fibers=10**9),
        lambda: lab.post_tetanic_count(HUMAN, fibers=10**5, duration=600 * second),
        lambda: lab.tetanus(HUMAN, rate=100 * Hz, duration=3600 * second, fibers=1000),
        lambda: lab.tetanus(HUMAN, rate=2 * Hz, fibers=4_000_000),
        lambda: lab.twitch_course(HUMAN, lambda t: 0 * t, duration=5 * second, fibers=4_000_000),
        lambda: lab.SurfaceEMG(nmj.fibers.human(), 10**6),
        lambda: lab.dose_response(nmj.rocuronium, MILLION * uM),
        lambda: lab.dose_response(nmj.rocuronium, MILLION * uM, fibers=1),
        lambda: lab.dose_response(nmj.rocuronium, MILLION[:5000] * uM, fibers=20_000),
        lambda: lab.dose_response(nmj.receptors.human_adult(), MILLION * uM),
    ],
)
def test_too_large(make):
    with pytest.raises(ValueError, match="more than this machine should hold"):
        make()


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: lab.cmap(HUMAN, fibers=10**9), "fibers|impulses"),
        (lambda: lab.quantal_analysis(HUMAN, impulses=10**9), "impulses"),
        (lambda: lab.safety_factor(HUMAN, impulses=10**9), "fibers|impulses"),
        (lambda: lab.dose_response(nmj.rocuronium, fibers=10**9), "fibers|impulses"),
        (lambda: lab.twitch_course(HUMAN, lambda t: 0 * t, duration=1e9 * second), "at most"),
        (lambda: lab.tetanus(HUMAN, duration=1e5 * second), "at most"),
        (lambda: lab.double_burst(HUMAN, impulses=(3,)), r"such as \(3, 3\), got \(3,\)"),
        (lambda: lab.double_burst(HUMAN, impulses=(3, 3, 3)), "two numbers"),
        (lambda: lab.double_burst(HUMAN, impulses=(3, 2.5)), "impulses must be a whole number"),
        (lambda: lab.train_of_four(HUMAN, fibers=0), "at least 1"),
        (lambda: lab.train_of_four(HUMAN, fibers=-3), "at least 1"),
        (lambda: lab.repetitive_stimulation(HUMAN, rate=-3 * Hz), "rate must be above"),
        (lambda: lab.tetanus(HUMAN, duration=-1 * second), "duration must be above"),
        (lambda: lab.train_of_four(HUMAN, spread=-0.1), "from 0 to 2"),
    ],
)
def test_out_of_range(make, message):
    with pytest.raises(ValueError, match=message):
        make()


def test_record_at_the_skin():
    """Hours at 50 us a sample."""
    emg = lab.SurfaceEMG(nmj.fibers.human(), 2)
    with pytest.raises(ValueError, match="more than this machine should hold"):
        emg.record(np.zeros(1) * second, [0], duration=9000 * second)


@pytest.mark.parametrize("impulses", [3, None, 2.5])
def test_bursts_are_two(impulses):
    with pytest.raises(TypeError, match="impulses must be two numbers"):
        lab.double_burst(HUMAN, impulses=impulses)
