"""Side by side with other simulators: what is chosen, told and drawn; and that Brian2's equations are ours."""

from __future__ import annotations

import csv

import numpy as np
import peers
import pytest
from peer_report import ratios, write
from peer_tools import brian2_tool, ours, workload


def row(tool, variant, n, walls, **more):
    facts = {"note": "as it is", "step": 2.0, "fixed": True, "epp_mV": 20.0, "ap_ms": 0.5}
    facts |= {"epp_error": 0.001, "ap_error": -0.002, "epp_step": 4.0} | more
    return peers.Row(tool, variant, n=n, walls=walls, spikes=3, **facts)


ROWS = [
    row("ours", "mean quanta", 10, [0.1, 0.3, 0.2]),
    row("arbor", "expert", 10, [2.0, 1.0, 9.0], epp_mV=20.4),
    row("ours", "mean quanta", 1000, [4.0]),
    row("arbor", "expert", 1000, [2.0], epp_mV=20.4),
    row("neuron", "expert", 1000, [8.0], fixed=False, step=0.1, epp_mV=20.4),
]


def test_largest_step_within_the_bound():
    """1 % of the finest solution, in both numbers; a step that gives no number never counts."""
    found = {0.1: (20.0, 0.5), 1.0: (20.1, 0.502), 2.0: (20.19, 0.51), 4.0: (20.0, np.nan)}
    assert peers.largest(found) == 1.0
    assert peers.largest(found, parts=1) == 4.0
    assert peers.errors(found, 2.0) == pytest.approx((0.0095, 0.02))


def test_tools_that_do_not_agree_are_told():
    assert not peers.disagreements(ROWS)
    late = row(
        "neuron", "naive", 1, [1.0], epp_mV=20.4, ap_ms=0.51
    )  # 2 % of the others and of ours
    silent = row("x", "y", 1, [], epp_mV=np.nan)
    assert [text.split(":")[0] for text in peers.disagreements([*ROWS, late, silent])] == [
        "neuron",  # the others agree to 0.5 %, ours to 3 %
        "x",
        "x",
    ]


def test_table_file_and_figure(tmp_path):
    """Medians, ratios to ours with as many junctions, time per step, and what was not run and why."""
    assert [ratios(ROWS)[id(r)] for r in ROWS] == pytest.approx([1, 10, 1, 0.5, 2])
    text = write(ROWS, {"nest": "not installed (No module named 'nest')"}, tmp_path, 0.1)
    [line] = [x for x in text.splitlines() if x.startswith("| arbor: expert |")]
    cells = [cell.strip() for cell in line.strip("|").split("|")]
    assert cells[1:4] == ["2 us", "+0.10 %", "-0.20 %"]
    assert cells[5:] == ["10", "0.5", "4"]  # 2 s of 5e5 steps of 1000 junctions: 4 ns each
    assert "N = 1,000: 3 in each" in text
    assert "Not run: nest: not installed" in text
    with open(tmp_path / "peers.csv", newline="") as file:
        told = list(csv.DictReader(file))
    assert [float(x["wall"]) for x in told] == [0.2, 2.0, 4.0, 2.0, 8.0]
    assert [x["runs"] for x in told] == ["3", "3", "1", "1", "1"]
    assert (tmp_path / "peers.png").stat().st_size > 10_000


def test_impulses_are_the_same_for_every_tool():
    """On the grid; those of a shorter run and of fewer fibers are the first ones of a longer run."""
    nerve, t, owner = workload.impulses(250, 1.0, probe=False)
    np.testing.assert_allclose(t / workload.GRID_S, np.round(t / workload.GRID_S), atol=1e-9)
    assert owner[-1] == 2
    assert nerve.max() == 2
    few, times, _ = workload.impulses(100, 0.5, probe=False)
    np.testing.assert_array_equal(times, t[(nerve == 0) & (t < 0.5)])
    assert not few.any()


def test_brian2_alone_gives_our_action_potential():
    """At 1 us the end plate and chain written as equations fire within 0.5 % of the time of ours (at 2.5 us they are
    unstable).

    The pulse of ACh that stands for our cleft is fitted to a quantum within 4 % of its peak.
    """
    load, end_s = workload.human(), 1.5e-3
    theirs = brian2_tool.VARIANTS["runtime, expert"].build(load, 1, 1.0, 1, True)(end_s)
    mine = ours.VARIANTS["mean quanta"].build(load, 1, 5.0, 1, True)(end_s)
    assert theirs.spikes == mine.spikes == 1
    latency = load.latency_s
    assert theirs.spike_s + latency == pytest.approx(mine.spike_s + latency, rel=5e-3)
