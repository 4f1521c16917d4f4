"""What the benchmarks of cost are given and tell; never how fast anything is."""

from __future__ import annotations

import json
import shutil

import cost
import fdi
import fdi_standalone
import instructions
import least
import numpy as np
import pytest
import scaling
import schemes
from brian2 import mV

import nmj_brian as nmj
from nmj_brian.units import degC

EVERY = [("brief", n) for n in range(schemes.FEWEST, schemes.MOST + 1)]
EVERY += [("desensitized", n) for n in range(schemes.HUMAN + 1, schemes.MOST + 1)]


def open_time(receptor):
    """How long a channel that is open with two ACh is open in all, once ACh is gone, in seconds."""
    Q = receptor.Q(**{receptor.agonist: 0 * nmj.units.mM}, v=-70 * mV)
    states = list(receptor.states)
    gone = {"R", "AR", "AR*"}
    kept = [i for i, name in enumerate(states) if name not in gone]
    stay = -np.linalg.inv(Q[np.ix_(kept, kept)])
    at = [states[i] for i in kept].index("A2R*")
    return stay[at, at]


@pytest.mark.parametrize(("kind", "states"), EVERY)
def test_schemes_of_any_number_of_states(kind, states):
    """They are physically right, and open for as long as the human receptor does."""
    receptor, human = schemes.receptor(states, kind), nmj.receptors.human_adult("b")
    assert len(receptor.states) == states
    assert receptor.check().ok
    assert open_time(receptor) == pytest.approx(open_time(human), rel=1e-9)
    assert receptor.desensitized.sum() == (states - schemes.HUMAN if kind == "desensitized" else 0)
    warm = receptor.at(37 * degC)
    assert warm.rate("alpha2") == human.at(37 * degC).rate("alpha2")


def test_six_states_are_the_preset():
    receptor, human = schemes.receptor(schemes.HUMAN), nmj.receptors.human_adult("b")
    order = [receptor.states.index(name) for name in human.states]
    ACh = 10 * nmj.units.uM
    np.testing.assert_allclose(receptor.Q(ACh=ACh)[np.ix_(order, order)], human.Q(ACh=ACh))


@pytest.mark.parametrize("rate", ["1", "20", "50", "ramp"])
def test_trains(rate):
    """Mean rates are as asked, within three standard errors; no interval is shorter than the dead time.

    On a ramp 2 % less: an interval has the rate at which it began.
    """
    units, seconds = 400, 5.0
    neuron, t = fdi.trains(rate, seconds, units)
    wanted = np.mean(fdi.RAMP_HZ) if rate == "ramp" else float(rate)
    expected = wanted * seconds * units
    lag = 0.02 * expected if rate == "ramp" else 0.0
    error = 3 * np.sqrt(expected)
    assert expected - lag - error < len(t) < expected + error
    assert min(np.diff(t[neuron == i]).min(initial=1.0) for i in range(units)) >= fdi.DEAD_TIME_S
    assert t.min() >= fdi.START_S
    if rate == "ramp":
        second_half = (t - fdi.START_S > seconds / 2).mean()
        assert second_half == pytest.approx(39.5 / 58, abs=0.02)


@pytest.mark.skipif(shutil.which("cc") is None, reason="no C compiler here")
def test_program_of_instructions(tmp_path):
    """It follows the kernels: builds, every fiber fires once and comes to rest, and there is something to count."""
    program = instructions.build(tmp_path)
    for case in instructions.CASES:
        work, seconds = map(float, instructions.run([program, case]).stdout.split())
        assert work > 0
        assert seconds >= 0
    baseline = json.loads((instructions.HERE / "instructions.json").read_text())
    assert set(baseline["counts"]) == set(instructions.CASES)


def test_verdict_on_instructions():
    """Growth counts under the same compiler only."""
    made_with = {
        "machine": "m",
        "compiler": "cc 1",
        "flags": "-O2",
        "library": "l",
        "valgrind": "v",
    }
    counts = dict.fromkeys(instructions.CASES, 100.0)
    before = {"made_with": made_with, "counts": counts}
    case = next(iter(counts))

    def status(factor, **other):
        now = {"made_with": made_with | other, "counts": counts | {case: 100.0 * factor}}
        lines, found = instructions.compare(now, before)
        return found, lines[-1]

    assert status(1.04) == (0, "None has grown by more than 5 %.")
    assert status(0.5)[0] == 0
    assert status(1.06) == (1, f"Grown by more than 5 %: {case}.")
    assert status(1.06, compiler="cc 2") == (0, "No verdict: another compiler counts otherwise.")
    assert status(1.06, valgrind="w")[0] == 1
    assert instructions.compare(before, None)[1] == 0


def test_operations_of_an_impulse():
    """All are finite and positive, and the volley asks for most."""
    first, later, *fibers = least.stages()
    assert first.operations > later.operations > 0
    assert all(s.operations > 0 and s.bytes > 0 and s.case in instructions.CASES for s in fibers)


def test_tables_and_figure(tmp_path):
    def row(**more):
        facts = {
            "fibers": 100,
            "rate_Hz": 20,
            "dt_ms": 0.1,
            "states": 6,
            "kind": "",
            "exponentials": 10,
        }
        facts |= {
            "impulses": 2000,
            "cpu_s_per_s": 1.0,
            "skeleton_s_per_s": 0.5,
            "us_per_impulse": 9.0,
        }
        return facts | {"us_above": 7.0, "us_above_range": [6.5, 7.5], "memory_MB": 200.0} | more

    sizes = [row(), row(fibers=40_500), row(fibers=100_000, memory_MB=256.0)]
    sizes += [row(fibers=400_000, memory_MB=2001.0)]
    found = {
        "junctions": sizes,
        "states": [row(states=3), row(), row(states=7, kind="desensitized")],
    }
    text = scaling.tables(found)
    assert "| 100,000 junctions | 2,000 | 1 | 0.5 | 9 | 7 (6.5 to 7.5) | 987 |" in text
    assert "does not fit in 2 GB" in text
    assert "| 7 states, desensitized (10 exponentials) |" in text
    scaling.figure(found, tmp_path / "cost.png")
    assert (tmp_path / "cost.png").stat().st_size > 5000
    walls = {
        "runtime, skeleton": {"median": 0.5, "min": 0.4, "max": 0.6, "runs": 3},
        "C++ standalone, OpenMP 1": {"median": 2.0, "min": 1.0, "max": 3.0, "runs": 3},
        "C++ standalone, OpenMP 1, whole program": {"median": 2.5, "min": 2, "max": 3, "runs": 3},
    }
    did = {name: {"impulses": 1000, "fiber_spikes": 999} for name in walls}
    told = fdi_standalone.table({"wall_s_per_s": walls, "did": did})
    assert "| C++ standalone, OpenMP 1 | 2 (1 to 3) | 2.5 | 999 |" in told


def test_page_and_targets():
    """The page has a place for each block, once; a target is reached or not by the numbers alone."""
    page = cost.PAGE.read_text()
    names = ["machine", "targets", "least", "instructions", "standalone", "scaling"]
    again = cost.filled(page, {name: f"({name})" for name in names})
    assert all(again.count(f"\n({name})\n") == 1 for name in names)
    with pytest.raises(ValueError, match="0 places for 'else'"):
        cost.filled(page, {"else": ""})

    def told(wall):
        walls = {f"runtime, {n} thread(s), tabulated": wall / n for n in (1, 2)}
        walls |= {"runtime, skeleton": 0.0, "C++ standalone, OpenMP 0": wall}
        fixed = {"Brian2's loop with a silent nerve, per step": 10.0}
        fixed["fixed cost of one NMJ and MuscleFibers, per step"] = 3.0
        stages = [
            {"what": what, "ns": ns}
            for what, ns in (("end plate, 1 to 5 ms", 21.0), ("fiber, first 3 ms", 3.9))
        ]
        found = {
            "standalone": {"wall_s_per_s": {k: {"median": v} for k, v in walls.items()}},
            "fixed": {"results": {k: {"median": v} for k, v in fixed.items()}},
            "least": {"stages": stages, "junction, asleep": 0.1},
            "scaling": {"results": {"junctions": [{"fibers": 400_000, "memory_MB": 1500.0}]}},
        }
        lines = cost.targets(found).splitlines()[2:]
        return [x.split("|")[-2].strip() == "yes" for x in lines]

    assert told(1.0) == [True, True, True, True, True, False, True, True, True, True]
    assert told(5.0) == [True, False, False, True, True, False, True, True, True, True]
