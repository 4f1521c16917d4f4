"""Ready muscle fibers: human, mouse, rat, frog."""

from __future__ import annotations

from dataclasses import replace

from brian2 import Quantity, kelvin, um

from .fiber import Fiber
from .parameters import Parameter
from .presets import fiber as presets
from .units import degC

__all__ = ["frog", "human", "mouse", "rat"]


def _fiber(
    name: str,
    facts: dict[str, Parameter],
    diameter: Quantity,
    temperature: Quantity,
    compartments: int,
) -> Fiber:
    facts = dict(facts)
    if float(diameter / um) != float(facts["diameter"].value / um):
        facts["diameter"] = replace(facts["diameter"], value=diameter, source="user")
    return Fiber(
        f"{name} fiber",
        {
            "temperature": Parameter(
                temperature, kelvin, 0 * degC, 45 * degC, "definition", "assumed", "temperature"
            ),
            "compartments": Parameter(
                compartments,
                1,
                2,
                8,
                "definition",
                "assumed",
                "compartments of the chain that stands for the fiber in a population",
                integer=True,
            ),
            **facts,
        },
    )


def human(
    diameter: Quantity = 50 * um, temperature: Quantity = 37 * degC, compartments: int = 2
) -> Fiber:
    """Human limb muscle fiber.

    Parameters
    ----------
    diameter : Quantity, optional
        Of the fiber, a length.
    temperature : Quantity, optional
        0 to 45 degC; the channels move with their Q10.
    compartments : int, optional
        Of the folded chain used in populations, 2 to 8; fits of 2 and 4 are shipped for the default
        diameter at 37 and 22 degC, any other is made at first use.

    Returns
    -------
    Fiber
        Print it for all values and sources.
    """
    return _fiber("human", presets.human(), diameter, temperature, compartments)


def mouse(
    diameter: Quantity = 35 * um, temperature: Quantity = 37 * degC, compartments: int = 2
) -> Fiber:
    """Mouse muscle fiber; nearly all of it assumed, after the rat.

    Parameters
    ----------
    diameter, temperature : Quantity, optional
        Length and 0 to 45 degC, as in `human`.
    compartments : int, optional
        Of the folded chain, as in `human`.

    Returns
    -------
    Fiber
        Print it for all values and sources.
    """
    return _fiber("mouse", presets.mouse(), diameter, temperature, compartments)


def rat(
    diameter: Quantity = 40 * um, temperature: Quantity = 37 * degC, compartments: int = 2
) -> Fiber:
    """Rat diaphragm fiber.

    Parameters
    ----------
    diameter, temperature : Quantity, optional
        Length and 0 to 45 degC, as in `human`.
    compartments : int, optional
        Of the folded chain, as in `human`.

    Returns
    -------
    Fiber
        Print it for all values and sources.
    """
    return _fiber("rat", presets.rat(), diameter, temperature, compartments)


def frog(
    diameter: Quantity = 80 * um, temperature: Quantity = 20 * degC, compartments: int = 4
) -> Fiber:
    """Frog sartorius fiber.

    Parameters
    ----------
    diameter, temperature : Quantity, optional
        Length and 0 to 45 degC, as in `human`.
    compartments : int, optional
        Of the folded chain. Four: two miss its cable by up to 18 % (long length constant, short
        action potential).

    Returns
    -------
    Fiber
        Print it for all values and sources.
    """
    return _fiber("frog", presets.frog(), diameter, temperature, compartments)


def __getattr__(name: str) -> None:
    raise AttributeError(f"There is no fiber '{name}'; there are: {', '.join(sorted(__all__))}.")
