"""Every number that comes with the package says what it is, from where, and how well it is known."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest
from brian2 import molar, second
from brian2.units.fundamentalunits import get_dimensions

import nmj_brian as nmj
from nmj_brian.bibliography import REFERENCES
from nmj_brian.parameters import CONFIDENCES

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "docs"))
import assumed  # noqa: E402

SETS = {
    f"{kind}: {name}": make for kind, sets in assumed.sets().items() for name, make in sets.items()
}
TIMED = (get_dimensions(1 / second), get_dimensions(1 / molar / second))


@pytest.mark.parametrize("make", SETS.values(), ids=SETS.keys())
def test_every_number_has_its_facts(make):
    """Value within its range, unit, source, confidence; what was recalled or has no paper is not measured;
    the printed table and the references name all of it.
    """
    thing = make()
    references, table = nmj.cite(thing), str(thing)
    for name, p in assumed.parameters(thing).items():
        value, low, high = (float(np.asarray(x)) for x in (p.value, p.low, p.high))
        assert low <= value <= high, name
        assert low < high, name
        assert get_dimensions(p.value) == get_dimensions(p.unit), name
        assert p.source in REFERENCES, name
        assert p.source != "user", name
        assert REFERENCES[p.source] in references, name
        assert p.confidence in CONFIDENCES, name
        assert p.meaning, name
        if REFERENCES[p.source][0].islower() or "recalled" in p.note.lower():
            assert p.confidence != "measured", name
        assert name in table
        assert p.source in table


def test_every_rate_of_a_receptor_moves_with_temperature():
    """Each constant in 1/s or 1/(M s) has a Q10 and the temperature of its value; only receptors without
    a temperature, a worked example and one fitted to none, have none and say so.
    """
    for name, make in assumed.sets()["receptors"].items():
        receptor = make()
        if receptor.temperature is None:
            assert "no temperature" in receptor.note, name
            continue
        for constant, p in receptor.parameters.items():
            if get_dimensions(p.unit) in TIMED or constant == "conductance":
                assert p.q10 > 1, (name, constant)
                assert p.measured_at is not None, (name, constant)
        assert receptor.voltage_dependent, name


def test_references_are_written_once():
    assert len(set(REFERENCES.values())) == len(REFERENCES)
    for text in REFERENCES.values():
        assert len(text) > 20


def test_whatever_comes_with_numbers_can_be_cited():
    """Objects that hold numbers in other ways than parameters."""
    assert "Stockbridge" in nmj.cite(nmj.CalciumShells())
    assert "Lou X" in nmj.cite(nmj.Terminal(nmj.junctions.frog()))
    assert "Land" in nmj.cite(nmj.Quantum(nmj.junctions.human()))


def test_list_of_assumed_numbers_is_current():
    """If this fails: python docs/assumed.py"""
    assert assumed.DOCUMENT.read_text(encoding="utf-8") == assumed.table()


def test_a_difference_says_what_differs():
    """Receptors of one name by their constants; what is no parameter set is refused."""
    human = nmj.junctions.human()
    softer = human.replace(receptor=human.receptor.replace(k_block=0 / molar / second))
    assert softer.diff(human).endswith(f"{human.receptor.name} with another k_block")
    with pytest.raises(TypeError, match="another set"):
        human.diff(human.receptor)
