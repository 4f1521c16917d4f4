"""Every receptor of the catalogue: facts, physics, and what a reader sees."""

import numpy as np
import pytest
from brian2 import mV

from nmj_brian import receptors
from nmj_brian.bibliography import REFERENCES
from nmj_brian.parameters import CONFIDENCES
from nmj_brian.presets.receptor import HUMAN
from nmj_brian.units import degC, mM, uM

NAMES = list(receptors.list())
MUTANTS = [key for key in HUMAN if not key.startswith("WT")]


def test_list_names_every_public_receptor():
    assert set(receptors.list()) == {n for n in receptors.__all__ if n != "list"}
    text = str(receptors.list())
    assert len(text.splitlines()) == len(NAMES)
    for line in text.splitlines():
        assert len(line.split(None, 1)[1]) > 20


@pytest.mark.parametrize("name", NAMES)
def test_entry_is_sound(name):
    receptor = getattr(receptors, name)()
    report = receptor.check()
    assert report.ok, str(report)
    assert receptor.note
    for constant, p in receptor.parameters.items():
        assert p.source in REFERENCES
        assert p.confidence in CONFIDENCES
        assert p.source != "user", constant
    assert receptor.open_probability(ACh=10 * uM) > receptor.open_probability(ACh=0 * uM)
    text = str(receptor)
    for constant in receptor.parameters:
        assert f"\n{constant} " in text
    assert receptor == getattr(receptors, name)()


@pytest.mark.parametrize("name", NAMES)
def test_entry_knows_its_temperature_or_has_none(name):
    receptor = getattr(receptors, name)()
    warm = receptor.at(37 * degC)
    if receptor.temperature is None:
        assert warm is receptor
    else:
        speed = warm.check().fastest / receptor.check().fastest
        assert 1.4**1.4 < speed < 2.5**2.7
        assert warm.at(receptor.temperature) == receptor
        assert warm.check().ok


@pytest.mark.parametrize("name", MUTANTS)
def test_every_mutant_has_its_row(name):
    receptor = receptors.human_mutant(name)
    source, _, row = HUMAN[name]
    assert receptor.sources().count(source) == 1
    assert ("AR*" in receptor.states) == (row[4] is not None)
    assert float(receptor.rate("beta2")) == row[6]
    assert "A2RB" in receptor.states
    assert not receptor.open[receptor.states.index("A2RB")]


def test_block_and_voltage_can_be_taken_away():
    plain = receptors.human_adult(block=False, voltage_sensitivity=0 / mV)
    assert plain.states == ("R", "AR", "A2R", "AR*", "A2R*")
    assert not plain.voltage_dependent
    full = receptors.human_adult()
    assert full.voltage_dependent
    closing = [
        full.Q(ACh=0 * mM, v=v * mV)[full.states.index("A2R*"), full.states.index("A2R")]
        for v in (-80, -70, 30)
    ]
    assert closing[1] == pytest.approx(1670)
    np.testing.assert_allclose(np.diff(np.log(closing)), [0.058, 0.58], rtol=1e-9)
    own = receptors.human_adult(voltage_sensitivity=0.01 / mV)
    assert own.parameters["voltage_sensitivity"].source == "user"


def test_unknown_variants_are_named():
    with pytest.raises(ValueError, match="'a' and 'b'"):
        receptors.human_adult("c")
    with pytest.raises(ValueError, match="did you mean aF135L"):
        receptors.human_mutant("F135L")
    with pytest.raises(ValueError, match="voltage_sensitivity"):
        receptors.human_adult(voltage_sensitivity=np.nan / mV)
    for wrong in (0.0058, 5 * mV):
        with pytest.raises(Exception, match="per voltage"):
            receptors.human_adult(voltage_sensitivity=wrong)
