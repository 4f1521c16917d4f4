"""Inhibitors of acetylcholinesterase: transmitter stays longer at the receptors.

Only the enzyme is inhibited; direct effects of these drugs on receptors and terminal are left out.
What is left of the enzyme multiplies: under two inhibitors each acts on what the other leaves.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from brian2 import Quantity, second

from ..condition import Condition, chosen, derived, dose
from ..conditioned import dosed
from ..parameters import Parameter
from ..presets.drugs import CHOLINESTERASE_INHIBITORS, ORGANOPHOSPHATES
from ..units import hour, uM

__all__ = ["edrophonium", "neostigmine", "organophosphate", "pyridostigmine"]


def _inhibitor(name: str, concentration: Quantity, IC50: Quantity | None) -> Condition:
    half = chosen(IC50, CHOLINESTERASE_INHIBITORS[name])
    given = {"concentration": dose(name, concentration, uM), "IC50": half}
    left = 1 / (1 + given["concentration"].si() / half.si())
    scale = {"AChE_density": derived(left, "AChE left", half)}
    return Condition(name, scale=scale, given=given)


@dosed
def neostigmine(concentration: Any, *, IC50: Quantity | None = None) -> Condition:
    """Neostigmine: it inhibits acetylcholinesterase by carbamylating it.

    At steady state. Below 85 % inhibition Barber, Calvey & Muir (1979, rat) saw no facilitation.

    Parameters
    ----------
    concentration : Quantity, TimedArray or course of nmj_brian.pk
        Where it acts.
    IC50 : Quantity, optional
        Concentration that inhibits half; default 0.03 uM (assumed).

    Returns
    -------
    Condition
        Acts on ``AChE_density``.

    Raises
    ------
    ValueError, DimensionMismatchError
        For a negative concentration or a wrong unit.
    """
    return _inhibitor("neostigmine", concentration, IC50)


@dosed
def pyridostigmine(concentration: Any, *, IC50: Quantity | None = None) -> Condition:
    """Pyridostigmine: it inhibits acetylcholinesterase as neostigmine does, at higher concentrations.

    Parameters
    ----------
    concentration : Quantity, TimedArray or course of nmj_brian.pk
        Where it acts.
    IC50 : Quantity, optional
        Concentration that inhibits half; default 0.35 uM (assumed).

    Returns
    -------
    Condition
        Acts on ``AChE_density``.

    Raises
    ------
    ValueError, DimensionMismatchError
        For a negative concentration or a wrong unit.
    """
    return _inhibitor("pyridostigmine", concentration, IC50)


@dosed
def edrophonium(concentration: Any, *, IC50: Quantity | None = None) -> Condition:
    """Edrophonium: it occupies acetylcholinesterase for a short time without reacting.

    Parameters
    ----------
    concentration : Quantity, TimedArray or course of nmj_brian.pk
        Where it acts.
    IC50 : Quantity, optional
        Concentration that inhibits half; default 5 uM (assumed).

    Returns
    -------
    Condition
        Acts on ``AChE_density``.

    Raises
    ------
    ValueError, DimensionMismatchError
        For a negative concentration or a wrong unit.
    """
    return _inhibitor("edrophonium", concentration, IC50)


def organophosphate(
    inhibition: float = 1.0,
    time: Quantity = 0 * hour,
    *,
    kind: str = "dimethyl",
    oxime: Quantity | None = None,
) -> Condition:
    """Organophosphate poisoning: enzyme inhibited for good, unless it reactivates before it ages.

    After exposure has ended, inhibited enzyme ``I`` reactivates by itself (rate ``ks``) and by an
    oxime, and ages (``ka``): ``I = I0 exp(-(ks + k_oxime + ka) t)``, of which ``ka / (ks + k_oxime +
    ka)`` has aged. Source for dimethyl compounds: Worek, Diepold & Eyer (1999), human enzyme.

    Parameters
    ----------
    inhibition : float, optional
        Share of the enzyme inhibited when exposure ends, 0 to 1.
    time : Quantity, optional
        Since then.
    kind : {'dimethyl', 'diethyl'}, optional
        Of the organophosphate; the second's half-times are recalled.
    oxime : Quantity, optional
        Rate of reactivation by an oxime at its concentration, e.g. ``2/hour``.

    Returns
    -------
    Condition
        Acts on ``AChE_density``.

    Raises
    ------
    ValueError, DimensionMismatchError
        For a number out of range, an unknown kind, or a wrong unit.
    """
    if kind not in ORGANOPHOSPHATES:
        raise ValueError(f"kind is one of {', '.join(ORGANOPHOSPHATES)}, got {kind!r}.")
    half = ORGANOPHOSPHATES[kind]
    unit = 1 / hour
    given = {
        "inhibition": Parameter(
            inhibition, 1, 0, 1, "definition", "assumed", "share inhibited when exposure ends"
        ),
        "time": Parameter(
            time, hour, 0 * hour, 1e5 * hour, "definition", "assumed", "time since exposure ended"
        ),
        **half,
        "oxime": Parameter(
            0 / second if oxime is None else oxime, unit, 0 * unit, 1e6 * unit, "definition",
            "assumed", "rate of reactivation by an oxime",
        ),
    }  # fmt: skip
    back = np.log(2) / half["reactivation"].si() + given["oxime"].si()
    ageing = np.log(2) / half["ageing"].si()
    gone = 1 - np.exp(-(back + ageing) * given["time"].si())
    left = 1 - inhibition * (1 - gone * back / (back + ageing))
    scale = {"AChE_density": derived(max(left, 0.0), "AChE left", half["reactivation"])}
    return Condition("organophosphate", scale=scale, given=given)
