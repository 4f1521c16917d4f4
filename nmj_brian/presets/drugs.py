"""Affinities and rates of drugs and toxins that act at the junction."""

from __future__ import annotations

from typing import Any

import numpy as np
from brian2 import Quantity, second, us

from ..parameters import Parameter
from ..units import hour, minute, molar, nM, uM

__all__ = [
    "CHANNEL_BLOCKERS",
    "CHOLINESTERASE_INHIBITORS",
    "DIAMINOPYRIDINE",
    "MU_CONOTOXIN",
    "NEOMYCIN",
    "ORGANOPHOSPHATES",
    "SELECTIVITY",
    "SUCCINYLCHOLINE",
    "SUGAMMADEX",
    "TETRODOTOXIN",
    "competitive",
    "held_ratio",
]


def _affinity(value: Quantity, *facts: Any, **more: Any) -> Parameter:
    return Parameter(value, uM, 1e-6 * uM, 1e5 * uM, *facts, **more)


def _rate(value: Quantity, *facts: Any, **more: Any) -> Parameter:
    unit = 1 / second
    return Parameter(value, unit, 0 * unit, 1e7 * unit, *facts, **more)


# -- competitive block ------------------------------------------------------------------------------

#: Occupancy at which half of the twitch is gone: midway between where it begins to fail and where it
#: is nearly gone (0.76 and 0.917, Paton & Waud 1967).
HALF_BLOCK = 0.8385
_MUSCLE = (
    "from the concentration of half block in patients, {:.3g} uM{}, where 84 % of the receptors are"
    " held (Paton & Waud 1967), either site being enough{}"
)
_PATCH = "concentration of half block, {:.3g} nM, of mouse receptors in patches{}, either site being enough{}"
_FETAL = " (fetal, recalled)"

#: Drug -> (half block in patients, half block of receptors in a patch, both uM, how the first is known).
_HALF_BLOCK = {
    "rocuronium": (823 / 609.7, 0.017, "fitted", ""),
    "vecuronium": (165 / 637.7, 0.015, "fitted", ""),
    "cisatracurium": (153 / 1243.5, 0.010, "fitted", ""),
    "pancuronium": (0.095, 0.0055, "assumed", " (assumed: as much above that in patches as vecuronium)"),
}  # fmt: skip


def _selectivity(value: float, low: float, high: float) -> Parameter:
    return Parameter(
        value, 1, 1e-3, 1e3, "LiuDilger2009", "measured", "dissociation constant from the alpha-epsilon site"
        " over that from the alpha-delta site", note=f"adult mouse, {low:g} to {high:g}",
    )  # fmt: skip


#: Drug -> how much more it takes to hold the alpha-epsilon site than the alpha-delta one. That of tubocurarine,
#: which prefers alpha-epsilon (Liu & Dilger 2008), was not found: its dose ratios follow one affinity.
SELECTIVITY: dict[str, Parameter] = {
    "cisatracurium": _selectivity(0.22, 0.14, 0.34),
    "pancuronium": _selectivity(20, 9, 29),
    "vecuronium": _selectivity(21, 4, 36),
    "rocuronium": _selectivity(1.5, 0.3, 2.9),
}


def competitive(drug: str, where: str, equal: bool = False) -> dict[str, Parameter]:
    """Dissociation constants of a competitive antagonist from the two sites, in muscle or in a patch.

    Parameters
    ----------
    drug : str
        Its name.
    where : {'muscle', 'patch'}
        Whose concentrations they fit.
    equal : bool, optional
        Whether one affinity for both sites is wanted that holds as many receptors at half block.

    Returns
    -------
    dict of str to Parameter
        ``Kd_epsilon``, ``Kd_delta`` and, where the sites differ, their ratio ``selectivity``.
    """
    selective = None if equal else SELECTIVITY.get(drug)
    times = 1.0 if selective is None else selective.si()
    apart = "" if times == 1 else f"; {times:g} times as much for alpha-epsilon as for alpha-delta"
    if drug == "tubocurarine" and where == "muscle":
        delta, facts = 0.34, ("Colquhoun1979", "measured")
        note = "frog end plate, voltage independent; no difference of its sites was found"
    elif where == "patch":
        half, fetal = (
            (0.041, True)
            if drug == "tubocurarine"
            else (_HALF_BLOCK[drug][1], drug == "pancuronium")
        )
        delta = half / held_ratio(0.5, times)
        facts = ("WenningmannDilger2001", "assumed") if fetal else ("HoshinoFurutani2024", "fitted")
        note = _PATCH.format(1e3 * half, _FETAL if fetal else "", apart)
    else:
        half, _, confidence, beside = _HALF_BLOCK[drug]
        delta, facts = half / held_ratio(HALF_BLOCK, times), ("HoshinoFurutani2024", confidence)
        note = _MUSCLE.format(half, beside, apart)
    pair = {
        f"Kd_{site}": _affinity(
            value * uM,
            *facts,
            f"dissociation constant of {drug} from the alpha-{site} site",
            note=note,
        )
        for site, value in (("epsilon", times * delta), ("delta", delta))
    }
    return pair if selective is None else {"selectivity": selective, **pair}


def held_ratio(held: float, selectivity: float = 1.0) -> float:
    """Concentration over the dissociation constant from the alpha-delta site that holds a share of receptors.

    ``(1 + x) (1 + x / selectivity) = 1 / (1 - held)``: free are those with both sites free.
    """
    half = 0.5 * (1.0 + selectivity)
    more = selectivity * held / (1.0 - held)
    return float(more / (half + np.sqrt(half**2 + more)))


#: How fast an antagonist leaves one site.
LEAVING: dict[str, Parameter] = {
    "tubocurarine": _rate(
        np.log(2) / 1e-3 / second, "Blackman1975", "fitted", "dissociation of tubocurarine",
        note="half-time about 1 ms (rat diaphragm), needed for the effect of hexamethonium",
    ),
    "pancuronium": _rate(
        2.1 / second, "WenningmannDilger2001", "assumed", "dissociation of pancuronium",
        note="recalled; patches of fetal mouse receptors",
    ),
}  # fmt: skip
#: In vivo, as fitted by the source; in vitro the same.
SUGAMMADEX = _affinity(
    0.0559 * uM, "Kleijn2011", "measured", "dissociation constant of sugammadex and rocuronium",
    note="held fixed by the source at its value in vitro",
)  # fmt: skip

# -- depolarizing block -----------------------------------------------------------------------------

_MARSHALL = "MarshallOgdenColquhoun1990"
_FROG = "measured in the frog, 12 degC, -120 mV; that the human receptor has it is assumed"
#: Succinylcholine relative to ACh: how much more of it binds a resting receptor half, how much more does as
#: much at low concentrations; its block of the open channel.
SUCCINYLCHOLINE: dict[str, Parameter] = {
    "affinity": Parameter(
        2.9, 1, 0.1, 100, _MARSHALL, "assumed", "dissociation constant of succinylcholine from a site of the"
        " resting receptor, relative to ACh", note=_FROG,
    ),
    "potency": Parameter(
        7.6, 1, 0.1, 1000, _MARSHALL, "assumed", "concentration of succinylcholine that opens as many"
        " channels as ACh does, both low, relative to ACh", note=_FROG,
    ),
    "block_K": _affinity(
        200 * uM, _MARSHALL, "assumed", "dissociation constant of succinylcholine in the open channel",
        note=f"{_FROG}; taken at every voltage",
    ),
    "block_rate": Parameter(
        1 / (65 * us), 1 / second, 0 / second, 1e7 / second, _MARSHALL, "assumed",
        "unblock of a channel by succinylcholine", q10=2.5, measured_at=12.0, note=f"{_FROG}; Q10 assumed",
    ),
    "deep_entry": Parameter(
        0.1 / minute, 1 / minute, 0 / minute, 100 / minute, "DonatiBevan1982", "assumed",
        "passage of desensitized receptors into a deep state",
        note="so that nine tenths of the receptors are in it after an hour or so of 10 uM, with which a train fades"
        " to half (patients: after 31-52 min of infusion); frogs enter a state that lasts minutes within 13 s of"
        " much carbachol",
    ),
    "deep_recovery": Parameter(
        6 * hour, hour, 0.01 * hour, 100 * hour, "DeCookGoudsouzian1980", "fitted", "time constant of recovery from it",
        note="fitted to 25 min from a ratio of 0.5 to 0.75 after an infusion (children); 7 min in the frog, with"
        " which there would be no lasting fade",
    ),
}  # fmt: skip

# -- the enzyme -------------------------------------------------------------------------------------

_HALF = "concentration that inhibits half of the acetylcholinesterase"
_RECALLED = "recalled order of magnitude, human red cells; no measurement was read"

CHOLINESTERASE_INHIBITORS: dict[str, Parameter] = {
    "neostigmine": _affinity(0.03 * uM, "assumed", "assumed", _HALF, note=_RECALLED),
    "pyridostigmine": _affinity(0.35 * uM, "assumed", "assumed", _HALF, note=_RECALLED),
    "edrophonium": _affinity(5 * uM, "assumed", "assumed", _HALF, note=_RECALLED),
}


def _half_time(value: Quantity, *facts: Any, **more: Any) -> Parameter:
    return Parameter(value, hour, 0.001 * hour, 1e5 * hour, *facts, **more)


_WOREK = "human enzyme, 37 degC"
#: Kind of organophosphate -> half-times of the inhibited enzyme.
ORGANOPHOSPHATES: dict[str, dict[str, Parameter]] = {
    "dimethyl": {
        "reactivation": _half_time(0.7 * hour, "Worek1999", "measured",
            "half-time of spontaneous reactivation", note=_WOREK),
        "ageing": _half_time(3.7 * hour, "Worek1999", "measured",
            "half-time of ageing, after which nothing reactivates", note=_WOREK),
    },
    "diethyl": {
        "reactivation": _half_time(31 * hour, "assumed", "assumed",
            "half-time of spontaneous reactivation", note="recalled; read: very slow"),
        "ageing": _half_time(33 * hour, "assumed", "assumed",
            "half-time of ageing, after which nothing reactivates", note="recalled"),
    },
}  # fmt: skip

# -- the terminal and excitation --------------------------------------------------------------------

DIAMINOPYRIDINE = Parameter(
    0.8, 1, 0, 0.95, "assumed", "assumed", "share of the terminal's K channels blocked",
    note="fitted to a response 2-3 times as large in Lambert-Eaton syndrome [recalled]; no affinity for"
    " the K channels of motor terminals was found",
)  # fmt: skip

NEOMYCIN = _affinity(
    700 * uM, "WrightCollier1977", "fitted",
    "neomycin that blocks half of the terminal's calcium channels",
    note="fitted to release of 29 % at 600 uM (rat), with a power of 2 on the channels; its effect on"
    " the receptor is left out",
)  # fmt: skip

_IUPHAR = "Catterall2005"
TETRODOTOXIN: dict[str, Parameter] = {
    "muscle": _affinity(25 * nM, _IUPHAR, "measured", "tetrodotoxin that blocks half of the"
        " muscle's Na channels", note="human Nav1.4; 5 nM in rat"),
    "nerve": _affinity(6 * nM, "assumed", "assumed", "tetrodotoxin that blocks half of the nerve's"
        " Na channels", note="Nav1.6, recalled order of magnitude"),
}  # fmt: skip
MU_CONOTOXIN: dict[str, Parameter] = {
    "human": _affinity(1.2 * uM, _IUPHAR, "measured", "mu-conotoxin GIIIA that blocks half of the"
        " muscle's Na channels", note="human Nav1.4"),
    "rat": _affinity(0.032 * uM, _IUPHAR, "fitted", "mu-conotoxin GIIIA that blocks half of the"
        " muscle's Na channels", note="rat Nav1.4: 19-54 nM, their geometric mean"),
}  # fmt: skip

# -- open-channel blockers of slow channels ---------------------------------------------------------

_ASSOCIATION = 1 / molar / second
_BLOCK = "fitted to openings of slow channels made about normal by {} [recalled]"


def _blocker(name: str, k_on: float, k_off: float, dose: str) -> dict[str, Parameter]:
    return {
        "k_on": Parameter(
            k_on * _ASSOCIATION, _ASSOCIATION, 0 * _ASSOCIATION, 1e12 * _ASSOCIATION, "assumed",
            "assumed", f"block of an open channel by {name}", note=_BLOCK.format(dose),
        ),
        "k_off": _rate(
            k_off / second, "assumed", "assumed", f"unblock of a channel by {name}",
            note="slow against the current, or a blocked channel would open again; assumed",
        ),
    }  # fmt: skip


CHANNEL_BLOCKERS = {
    "quinidine": _blocker("quinidine", 5e7, 20.0, "5 uM"),
    "fluoxetine": _blocker("fluoxetine", 2.5e7, 20.0, "10 uM"),
}
