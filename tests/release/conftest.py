"""A junction as far as release needs it, in its published bath."""

import pytest
from brian2 import kelvin
from brian2.units.stdunits import mM

from nmj_brian.parameters import Parameter, ParameterSet
from nmj_brian.presets import release, terminal
from nmj_brian.units import degC

BATHS = {
    "human": (37, 2.0, 1.0),
    "mouse": (37, 2.0, 1.0),
    "rat": (37, 2.0, 1.0),
    "frog": (20, 1.8, 0),
}


def build(species, stages=(terminal, release)):
    degrees, calcium, magnesium = BATHS[species]

    def bath(value, name):
        return Parameter(value * mM, mM, 0 * mM, 100 * mM, "definition", "measured", name)

    general = {
        "temperature": Parameter(
            degrees * degC, kelvin, 273 * kelvin, 318 * kelvin, "definition", "measured", "bath"
        ),
        "Ca": bath(calcium, "calcium"),
        "Mg": bath(magnesium, "magnesium"),
    }
    for stage in stages:
        general |= getattr(stage, species)()
    return ParameterSet(f"{species} junction", general)


@pytest.fixture(scope="session")
def junction():
    return build
