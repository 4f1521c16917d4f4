"""Parameters that belong to the experiment and not to a stage: temperature and bath."""

from __future__ import annotations

from brian2 import Quantity, kelvin

from ..parameters import Parameter
from ..units import degC, mM, molar

__all__ = ["bath", "temperature"]


def temperature(value: Quantity) -> dict[str, Parameter]:
    """Temperature of the tissue.

    Parameters
    ----------
    value : Quantity
        For example ``37*degC``.
    """
    return {
        "temperature": Parameter(
            value, kelvin, 0 * degC, 45 * degC, "definition", "assumed", "temperature"
        )
    }


def bath(Ca: Quantity, Mg: Quantity) -> dict[str, Parameter]:
    """Free divalent ions around the nerve terminal; no agonist unless somebody adds it.

    Parameters
    ----------
    Ca, Mg : Quantity
        Concentrations.
    """
    return {
        "Ca": Parameter(
            Ca, mM, 0 * molar, 20 * mM, "definition", "assumed", "free calcium in the bath"
        ),
        "Mg": Parameter(
            Mg, mM, 0 * molar, 50 * mM, "definition", "assumed", "free magnesium in the bath"
        ),
        "agonist": Parameter(
            0 * molar,
            mM,
            0 * molar,
            20 * mM,
            "definition",
            "assumed",
            "steady concentration of the receptor's agonist in the cleft, beside that of quanta",
        ),
    }
