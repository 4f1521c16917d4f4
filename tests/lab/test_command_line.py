"""Conditions on the command line: what the value after ``=`` is, and one line for whatever is wrong with it."""

from __future__ import annotations

import pytest
from brian2 import DimensionMismatchError

import nmj_brian as nmj
from nmj_brian.__main__ import main
from nmj_brian.lab.command_condition import amount, condition
from nmj_brian.units import day, degC, mM, uM, year


@pytest.mark.parametrize(
    ("text", "same"),
    [
        ("rocuronium=0.8", lambda: nmj.rocuronium(0.8 * uM)),
        ("tetrodotoxin=0.01", lambda: nmj.tetrodotoxin(0.01 * uM)),
        ("myasthenia_gravis", lambda: nmj.myasthenia_gravis()),
        ("myasthenia_gravis=0.8", lambda: nmj.myasthenia_gravis(0.8)),
        ("bungarotoxin=0.5", lambda: nmj.bungarotoxin(0.5)),
        ("organophosphate=0.9", lambda: nmj.organophosphate(0.9)),
        ("botulism=2", lambda: nmj.botulism(2 * day)),
        ("denervation=3", lambda: nmj.denervation(3 * day)),
        ("ageing=80", lambda: nmj.ageing(80 * year)),
        ("ageing=90", lambda: nmj.ageing(90 * year)),
        ("slow_channel=dS268N", lambda: nmj.slow_channel("dS268N")),
        ("fast_channel", lambda: nmj.fast_channel()),
    ],
)
def test_value_is_in_the_unit_of_the_condition(text, same):
    assert condition(text) == same()


@pytest.mark.parametrize("name", list(nmj.conditions.list()))
def test_every_condition_takes_a_value(name):
    """In range, without a complaint about its unit; and its first argument is one that the table knows."""
    value = {"concentration in uM": "0.1", "time in days": "3", "age in years": "80"}
    mutation = {"slow_channel": "dS268N", "fast_channel": "aF135L"}
    made = condition(f"{name}={mutation.get(name) or value.get(amount(name), '0.5')}")
    assert made.acts_on


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("ageing=300", "'age' must lie between 20 and 100"),
        ("ageing=old", "age in years"),
        ("botulism=-2", "must lie between 0"),
        ("denervation=nan", "finite number"),
        ("bungarotoxin", "--condition bungarotoxin=0.5"),
        ("bungarotoxin=2", "must lie between 0 and 1,"),
        ("neostigmine=", "concentration in uM"),
        ("slow_channel=aF137", "did you mean"),
        ("fast_channel=dS268N", "Unknown fast-channel mutation"),
    ],
)
def test_one_line_and_status_2(text, said, tmp_path, capsys):
    with pytest.raises(SystemExit) as stop:
        main(["rns", "--out", str(tmp_path), "--condition", text])
    assert stop.value.code == 2
    line = capsys.readouterr().err
    assert said in line
    assert line.count("\n") == 1


@pytest.mark.parametrize(
    "error",
    [
        ValueError("two\nlines"),
        TypeError("x"),
        KeyError("x"),
        NotImplementedError("x"),
        DimensionMismatchError("x"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_whatever_a_condition_raises(error, tmp_path, capsys, monkeypatch):
    """No traceback, and no request to report a bug of Brian2."""

    def refuse(receptor_loss=None):
        """Of the catalogue."""
        raise error

    monkeypatch.setattr(nmj.conditions, "myasthenia_gravis", refuse)
    with pytest.raises(SystemExit) as stop:
        main(["rns", "--out", str(tmp_path), "--condition", "myasthenia_gravis"])
    assert stop.value.code == 2
    said = capsys.readouterr().err
    assert said.startswith("nmj rns: ")
    assert said.count("\n") == 1


def test_list_says_what_the_value_is(capsys):
    assert main(["list"]) == 0
    lines = {line.split()[0]: line for line in capsys.readouterr().out.splitlines() if line}
    assert lines["rocuronium"].endswith("[concentration in uM]")
    assert lines["botulism"].endswith("[time in days]")
    assert lines["ageing"].endswith("[age in years]")
    assert lines["slow_channel"].endswith("[mutation]")
    assert lines["bungarotoxin"].endswith("[bound, a share]")


def test_temperature_is_set_in_degrees_celsius():
    """As a junction prints it."""
    from nmj_brian.lab.command_line import changed

    cool = changed(nmj.junctions.human(), ["temperature=30", "Mg=2"])
    assert cool == nmj.junctions.human(30 * degC).replace(Mg=2 * mM)
