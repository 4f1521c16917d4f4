"""What every result can do: table, figure, file, labeled arrays, its own history; and the command line."""

from __future__ import annotations

import builtins
import csv
import re
import warnings
from pathlib import Path

import numpy as np
import pytest
from brian2 import mM, ms, mV, nA, second
from matplotlib import pyplot as plt

import nmj_brian as nmj
from nmj_brian.__main__ import main
from nmj_brian.lab.progress import Progress

HUMAN = nmj.junctions.human()
EXPERIMENTS = {
    "rns": lambda: nmj.lab.repetitive_stimulation(HUMAN, fibers=5, impulses=4, seed=7),
    "trains": lambda: nmj.lab.repetitive_stimulation(
        HUMAN, fibers=3, impulses=4, exercise=0.2 * second, after=[2] * second, seed=7
    ),
    "sfemg": lambda: nmj.lab.single_fiber_emg(HUMAN, pairs=2, discharges=4, seed=7),
    "quantal": lambda: nmj.lab.quantal_analysis(HUMAN, 10, minis=10, seed=7),
    "quantum": lambda: nmj.lab.quantum(HUMAN, impulses=2, seed=7),
    "safety": lambda: nmj.lab.safety_factor(HUMAN, 3, seed=7),
    "tetanus": lambda: nmj.lab.tetanus(HUMAN, duration=0.2 * second, fibers=3, seed=7),
    "tof": lambda: nmj.lab.train_of_four(HUMAN, 5, seed=7),
    "ptc": lambda: nmj.lab.post_tetanic_count(HUMAN, 2, duration=0.1 * second, twitches=2, seed=7),
    "course": lambda: nmj.lab.twitch_course(HUMAN, lambda t: 0.5, 50 * second, fibers=2, seed=7),
    "dose": lambda: nmj.lab.dose_response(nmj.receptors.human_adult()),
    "jump": lambda: nmj.lab.concentration_jump(HUMAN, total=5 * ms),
    "cmap": lambda: nmj.lab.cmap(HUMAN, 5, seed=7),
}


@pytest.fixture(scope="module", params=EXPERIMENTS)
def result(request):
    """One small result of every experiment."""
    return EXPERIMENTS[request.param]()


def test_table_names_junction_and_seed(result):
    """Every number on a line of its own; the seed that repeats it."""
    text = result.table()
    assert str(result) == text
    assert len(text.splitlines()) >= 3
    if result.seed is not None:
        assert "human junction (seed 7)" in text
    assert result.versions["nmj_brian"] == nmj.__version__


def test_plot_returns_axes_and_shows_nothing(result, monkeypatch):
    """Its own figure or the axes that were given."""
    monkeypatch.setattr(plt, "show", lambda: pytest.fail("a window was opened"))
    axes = result.plot()
    assert axes.get_xlabel()
    assert axes.get_ylabel()
    assert result.plot(axes) is axes
    plt.close(axes.figure)


@pytest.mark.parametrize("name", ["rns", "sfemg"])
def test_limits_can_be_switched_off(name):
    """Reference limits are lines of their own, with source."""
    result = EXPERIMENTS[name]()
    with_limits, without = result.plot(), result.plot(limits=False)
    assert len(with_limits.lines) > len(without.lines)
    assert any("[" in text.get_text() for text in with_limits.get_legend().get_texts())
    assert not any("[" in text.get_text() for text in without.get_legend().get_texts())
    plt.close("all")


def test_labeled_arrays(result):
    """Every array with unit and, as attributes, how it came about."""
    xarray = pytest.importorskip("xarray")
    data = result.to_xarray()
    assert isinstance(data, xarray.Dataset)
    assert all("units" in data[name].attrs for name in data.variables)
    assert data.attrs["version of nmj_brian"] == nmj.__version__
    assert data.attrs["seed"] == ("none" if result.seed is None else "7")
    if result.junction is not None:
        assert "human junction" in data.attrs["junction"]


def test_without_xarray(result, monkeypatch):
    """A clear error that says what to install."""
    original = builtins.__import__

    def without(name, *args, **kwargs):
        if name == "xarray":
            raise ImportError(name)
        return original(name, *args, **kwargs)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(ImportError, match=r"nmj_brian\[lab\]"):
        result.to_xarray()


def test_csv_has_a_header_with_units_and_numbers(result, tmp_path):
    """As many cells in every row as in the header, all of them numbers."""
    result.to_csv(tmp_path / "x.csv")
    with (tmp_path / "x.csv").open() as file:
        header, *rows = list(csv.reader(file))
    assert len(rows) >= 2
    assert all(len(row) == len(header) for row in rows)
    assert np.isfinite([float(row[0]) for row in rows]).all()


def test_results_cannot_be_changed(result):
    """Frozen, as a record of an experiment should be."""
    with pytest.raises(AttributeError):
        result.seed = 3


@pytest.mark.parametrize("change", [{"Ca": 0 * mM}, {"receptor_fraction": 0.0}])
def test_a_junction_that_does_nothing_has_a_record_too(change):
    """No release, or no receptors: tables and figures without warnings, what cannot be measured is NaN."""
    dead = HUMAN.replace(**change)
    lab = nmj.lab
    rns = lab.repetitive_stimulation(dead, fibers=3, impulses=4, seed=1)
    sfemg = lab.single_fiber_emg(dead, pairs=2, discharges=4, seed=1)
    currents = lab.quantum(dead, impulses=2, seed=1)
    safety, tof = lab.safety_factor(dead, 3, seed=1), lab.train_of_four(dead, 3, seed=1)
    quantal, cmap = lab.quantal_analysis(dead, 10, minis=10, seed=1), lab.cmap(dead, 3, seed=1)
    with warnings.catch_warnings():
        warnings.simplefilter("error", RuntimeWarning)
        for result in (rns, sfemg, currents, safety, tof, quantal, cmap):
            assert result.table()
            result.plot()
            plt.close("all")
        assert np.isnan([rns.decrement, sfemg.mean_jitter / second]).all()
    assert currents.evoked_amplitude / nA < 1e-3
    assert rns.blocking.min() == sfemg.blocking.min() == cmap.blocking == 1
    assert safety.epp < 0.1 * mV
    assert tof.count == 0


def test_laboratory_of_the_readme(capsys):
    """Word for word."""
    text = (Path(__file__).resolve().parents[2] / "README.md").read_text()
    script = next(b for b in re.findall(r"```python\n(.*?)```", text, flags=re.S) if "nmj.lab" in b)
    exec(
        "from brian2 import *\nimport nmj_brian as nmj\nfrom nmj_brian.units import *\n" + script,
        {},
    )
    assert "mean MCD of 20 pairs" in capsys.readouterr().out
    plt.close("all")


@pytest.mark.parametrize(
    "command",
    [
        ["rns", "--fibers", "5", "--impulses", "4", "--set", "receptor_fraction=0.3"],
        ["sfemg", "--pairs", "2", "--discharges", "4"],
        ["quantal", "--impulses", "20", "--junction", "frog", "--set", "Ca=0.6", "--set", "Mg=4"],
        ["tof", "--fibers", "5", "--condition", "rocuronium=0.8"],
        ["safety", "--condition", "myasthenia_gravis", "--condition", "neostigmine=0.5"],
    ],
)
def test_command_line(command, tmp_path, capsys):
    """Writes a figure and a CSV file, prints the table."""
    assert main([*command, "--out", str(tmp_path / "new")]) == 0
    out = capsys.readouterr().out
    assert "(seed 1)" in out
    assert ", rocuronium" in out or "rocuronium=0.8" not in command
    for ending in ("png", "csv"):
        assert (tmp_path / "new" / f"nmj_{command[0]}.{ending}").stat().st_size > 50


@pytest.mark.parametrize(
    ("more", "text"),
    [
        (["--set", "receptors=1"], "receptors"),
        (["--set", "Ca"], "NAME=VALUE"),
        (["--set", "receptor_fraction=3"], "between"),
        (["--junction", "cat"], "there is no junction"),
        (["--condition", "flu"], "there is no condition"),
        (["--condition", "rocuronium"], "concentration in uM"),
        (["--condition", "rocuronium=much"], "NAME=NUMBER"),
        (["--impulses", "1"], "at least 4"),
    ],
)
def test_command_line_says_what_is_wrong(more, text, tmp_path, capsys):
    """Exit status 2 and one line, no traceback."""
    with pytest.raises(SystemExit) as stop:
        main(["rns", "--out", str(tmp_path), *more])
    assert stop.value.code == 2
    assert text in capsys.readouterr().err


def test_progress_bar_waits_two_seconds(monkeypatch, capsys):
    """Nothing on standard error for two seconds, then a bar; nothing ever on standard output."""
    now = [0.0]
    monkeypatch.setattr("nmj_brian.lab.progress.time.monotonic", lambda: now[0])
    with Progress("test") as progress:
        now[0] = 1.9
        progress.at(0.4)
        assert capsys.readouterr().err == ""
        now[0] = 2.5
        progress.at(0.5)
    captured = capsys.readouterr()
    assert "50%" in captured.err
    assert captured.out == ""
