"""Whether a junction and a muscle fiber belong together, checked before anything is made of them."""

from __future__ import annotations

import warnings
from typing import Any

from brian2 import have_same_dimensions, siemens

from .fiber import Fiber
from .junction import Junction
from .units import degC

__all__ = ["NOISE", "check_match", "warn_of_untreated"]

#: What may be random in a junction.
NOISE = ("quantal", "none", "channels")
#: Lasting conductance that inactivates few Na channels (an eighth at most, in man); some receptors open by themselves.
_LITTLE = 50e-9 * siemens


def check_match(junction: Any, fiber: Fiber, noise: str) -> None:
    """Refuse what is no junction, another temperature than the fiber's, or an unknown noise; warn of a fiber
    without what the junction's conditions do to it.
    """
    if not isinstance(junction, Junction):
        raise TypeError(
            f"junction must be a Junction such as nmj.junctions.human(), got {junction!r}."
        )
    if noise not in NOISE:
        raise ValueError(f"noise must be one of {NOISE}, got {noise!r}.")
    here, there = junction.temperature, fiber.temperature
    assert have_same_dimensions(here, there)
    if abs(float(here - there)) > 0.01:
        raise ValueError(
            f"The junction is at {here / degC:g} degC and the fibers are at {there / degC:g} degC; "
            "make both at one temperature, e.g. nmj.fibers.human(temperature=22*degC)."
        )
    warn_of_untreated(junction, fiber, stacklevel=5)
    if junction.lasting_conductance > _LITTLE and fiber.si("lasting_conductance") == 0:
        warnings.warn(
            "A lasting agonist depolarizes these fibers, whose Na channels do not inactivate slowly: they may "
            "fire on and on. After minutes of it they are those of "
            "fiber.replace(lasting_conductance=junction.lasting_conductance).",
            stacklevel=4,
        )


def warn_of_untreated(junction: Junction, fiber: Fiber, stacklevel: int) -> None:
    """Warn of conditions of a junction that act on its fiber, too, which is not under them."""
    missing = [
        c.name for c in junction.conditions if "fiber" in c.acts_on and c not in fiber.conditions
    ]
    if missing:
        warnings.warn(
            f"{', '.join(missing)} acts on muscle fibers too, and these are not under it: make them of "
            "fiber.under(...) with the same conditions.",
            stacklevel=stacklevel,
        )
