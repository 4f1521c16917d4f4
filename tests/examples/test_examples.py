"""Every example runs headless, draws its figure, and obtains what it says; two on their own, as users run them."""

from __future__ import annotations

import os
import re
import runpy
import subprocess
import sys
from pathlib import Path

import pytest
from matplotlib import pyplot as plt

from nmj_brian.__main__ import main

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"


def alone(name, folder, *arguments):
    """Run an example as users do, in a folder that tells Brian2 to do without a compiler; its output."""
    (folder / "brian_preferences").write_text('codegen.target = "numpy"\n')
    done = subprocess.run(
        [sys.executable, str(EXAMPLES / f"{name}.py"), *map(str, arguments)],
        cwd=folder,
        env={**os.environ, "MPLBACKEND": "agg"},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    assert (folder / f"{name}.png").stat().st_size > 10_000
    return done.stdout


@pytest.fixture
def run(tmp_path, monkeypatch, capsys):
    """Runs an example as a program, in its own folder, in the process of the tests: what it imports and solves
    is shared. Its output.
    """

    def program(name, *arguments):
        monkeypatch.chdir(tmp_path)
        monkeypatch.setattr(sys, "argv", [f"{name}.py", *map(str, arguments)])
        capsys.readouterr()
        runpy.run_path(str(EXAMPLES / f"{name}.py"), run_name="__main__")
        assert (tmp_path / f"{name}.png").stat().st_size > 10_000
        return capsys.readouterr().out

    yield program
    plt.close("all")


def numbers(text, label):
    """Numbers of the line that starts with ``label``."""
    line = next(line for line in text.splitlines() if line.startswith(label))
    return [float(x) for x in re.findall(r"-?\d+\.?\d*", line[len(label) :])]


@pytest.mark.slow
def test_one_spike_one_twitch(run):
    """Quanta of one impulse of m = 33.7, p = 0.16: within four standard deviations (5.3)."""
    text = run("01_one_spike_one_twitch")
    assert 33.7 - 21 < numbers(text, "quanta")[0] < 33.7 + 21
    assert numbers(text, "fiber spikes")[0] == 1
    assert 0.3 < numbers(text, "spike after the nerve")[0] < 1


@pytest.mark.slow
@pytest.mark.parametrize("name", ["01_one_spike_one_twitch", "03_motor_unit_force"])
def test_an_example_alone_says_the_same(name, tmp_path, run):
    """Started by itself, as users start it."""
    folder = tmp_path / "alone"
    folder.mkdir()
    assert alone(name, folder) == run(name)


@pytest.mark.slow
def test_a_new_condition(run):
    """The syndrome releases less and depolarizes less; neostigmine raises the potential with the same quanta,
    amifampridine the quanta.
    """
    text = run("05_a_new_condition")
    rows = ("healthy", "syndrome X", "with neostigmine", "with amifampridine")
    (healthy, sick, inhibited, widened) = (numbers(text, f"{row} ") for row in rows)
    assert sick[0] < 0.6 * healthy[0]
    assert sick[1] < 0.6 * healthy[1]
    assert inhibited[0] == pytest.approx(sick[0], rel=0.1)
    assert inhibited[1] > 1.2 * sick[1]
    assert widened[0] > 1.5 * sick[0]


@pytest.mark.slow
def test_safety_factor(run):
    """Failure begins and ends in the right order; the published 0.76 and 0.917 stand beside."""
    text = run("02_safety_factor")
    begins, begins_train = numbers(text, "loss at which transmission begins to fail")[:2]
    ends, ends_train = numbers(text, "loss at which it is nearly gone")[:2]
    assert 0.5 < begins < ends < 0.95
    # vesicles are used up in a train, so it fails at a smaller loss
    assert begins_train < begins
    assert ends_train < ends


@pytest.mark.slow
def test_motor_unit_force(run):
    """Half-maximal rates bracket 12 +- 4 Hz (thenar units, Thomas 1991); twitch/tetanus 0.1 to 0.2."""
    text = run("03_motor_unit_force")
    half = numbers(text, "rate of half-maximal force (Hz), by unit")[:3]
    assert min(half) < 12 < max(half)
    ratio = numbers(text, "twitch over tetanus, by unit")[:3]
    assert ratio == pytest.approx([0.15] * 3, abs=0.05)  # human hand units


@pytest.mark.slow
def test_motor_pool_ramp(run):
    """Recruitment follows size, and a healthy muscle transmits."""
    text = run("04_motor_pool_ramp")
    assert numbers(text, "motor neurons recruited")[0] >= 30
    assert numbers(text, "rank correlation of size and recruitment")[0] > 0.95
    assert numbers(text, "share of impulses that crossed")[0] > 0.95
    assert numbers(text, "peak force (N)")[0] > 0.1


@pytest.mark.slow
def test_recorded_motor_units(run, shared_data):
    """Recorded human discharges: correlation of the smoothed curves at least 0.8."""
    text = run("recorded_motor_units", shared_data / "vastus_lateralis_motor_units.csv")
    assert numbers(text, "correlation of simulated and measured force:")[0] >= 0.8
    # share of its own plateau, simulated beside measured, while force rises, holds and falls; the
    # simulated plateau may stray by a quarter, since five units stand for hundreds
    for phase, low, high in (("rise", 0.1, 0.9), ("plateau", 0.75, 1.25), ("fall", 0.1, 0.9)):
        measured, simulated = numbers(text, f"{phase}: measured, simulated")
        assert low < measured < high
        assert low < simulated < high


@pytest.mark.slow
def test_rocuronium_patients(run, shared_data):
    """T27, T29: ten patients under rocuronium. The ratio fades, and responses to four end, at their concentrations to a
    fifth (a third of the fibers stands for the muscle here), and the ratio is about as near to patients as they are to
    each other. Not met: responses after a tetanus end at concentrations 1.6 times too low, as the README states.
    """
    patients = shared_data / "rocuronium_patients_01_10.csv"
    if not patients.is_file():
        pytest.skip(f"measured data are not here: {patients}")
    text = run("rocuronium_patients", patients, 90)
    factor, left = {}, {}
    for measure in ("TOFR", "TOFC", "PTC"):
        factor[measure], left[measure] = numbers(
            text, f"{measure} nearest with concentrations times:"
        )
    assert factor["TOFR"] == pytest.approx(1.17, rel=0.1)
    assert factor["TOFC"] == pytest.approx(1.0, rel=0.15)
    assert factor["PTC"] == pytest.approx(1.65, rel=0.1)
    scatter = numbers(text, "TOFR scatter of patients at one concentration, rms:")[0]
    mean, off = numbers(text, "TOFR error, mean and rms:")
    assert mean < 0  # too much fade
    assert left["TOFR"] < off < scatter + 0.03


def test_recorded_motor_units_explains_itself(tmp_path):
    """A wrong file is refused with what is expected."""
    wrong = tmp_path / "wrong.csv"
    wrong.write_text("a,b\n1,2\n")
    done = subprocess.run(
        [sys.executable, str(EXAMPLES / "recorded_motor_units.py"), str(wrong), str(wrong)],
        cwd=tmp_path,
        env={**os.environ, "MPLBACKEND": "agg"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode != 0
    assert "unit,time_s" in done.stderr
    assert "Traceback" not in done.stderr


def test_demo(tmp_path, capsys):
    """`nmj demo`: a figure, the numbers, healthy beside 70 % receptor loss with the same quanta."""
    assert main(["demo", "--out", str(tmp_path)]) == 0
    out = capsys.readouterr().out
    quanta = numbers(out, "quanta released")
    assert quanta[0] == quanta[1] > 5
    healthy, sick = numbers(out, "peak conductance (uS)")
    assert sick < 0.7 * healthy
    # EPP by about a half at 70 % loss, as the miniature current (49 %, design): not by 70 %
    healthy, sick = numbers(out, "EPP, Na channels off (mV)")
    assert 0.35 < sick / healthy < 0.7
    assert (tmp_path / "nmj_demo.png").stat().st_size > 50_000
    rows = (tmp_path / "nmj_demo.csv").read_text().splitlines()
    assert rows[0].startswith("time_s,ACh_molecules_healthy")
    assert len(rows) > 500


def test_command_line(capsys):
    """`nmj list`, `nmj versions`, `nmj self-test`."""
    assert main(["list"]) == 0
    listed = capsys.readouterr().out
    assert "CH82" in listed
    assert "lambert_eaton" in listed
    assert main(["versions"]) == 0
    assert "brian2" in capsys.readouterr().out
    assert main(["self-test"]) == 0


@pytest.mark.slow
def test_clinic(run):
    """Decrement with few receptors, increment with little release; neither in a normal muscle, nor too much jitter.
    T28: safety factors beside those that are inferred from block of the twitch.
    """
    text = run("06_clinic")
    cmap, decrement, increment, jitter = numbers(text, "normal")[:4]
    assert abs(decrement) < 10
    assert abs(increment) < 20
    assert 20 < jitter < 31
    assert numbers(text, "myasthenia")[1] < -10
    low, falls, high = numbers(text, "Lambert-Eaton")[:3]
    assert falls < -5
    assert low < 0.3 * cmap
    assert high > 60
    smallest, _, early, median, _, late, largest = numbers(text, "smallest")
    assert smallest < early < median < late < largest
    begins, gone = numbers(text, "inferred from block of the cat's twitch")  # T28
    assert early < begins
    assert late < gone
