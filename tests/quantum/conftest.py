"""A human junction at 22 or 37 degC, as small as the quantum needs it."""

from __future__ import annotations

from typing import Any

import pytest
from brian2 import kelvin, mV

from nmj_brian import receptors
from nmj_brian.parameters import Parameter, ParameterSet
from nmj_brian.presets import quantum as presets
from nmj_brian.units import degC


class Junction(ParameterSet):
    """A parameter set with a receptor."""

    def __init__(self, name: str, parameters: dict, receptor: Any) -> None:
        super().__init__(name, parameters)
        self._receptor = receptor

    @property
    def receptor(self) -> Any:
        return self._receptor

    def _with(self, parameters: dict) -> Junction:
        return Junction(self.name, parameters, self._receptor)


def junction(celsius: float = 22.0, receptor: Any = None, preset: Any = presets.human) -> Junction:
    """Human cleft; by default the wild type (b) whose rates do not depend on voltage."""
    if receptor is None:
        receptor = receptors.human_adult("b", voltage_sensitivity=0 / mV)
    temperature = Parameter(
        celsius * degC, kelvin, 270 * kelvin, 320 * kelvin, "definition", "assumed", "temperature"
    )
    return Junction("human", {"temperature": temperature, **preset()}, receptor)


@pytest.fixture
def human():
    return junction
