"""
Numbers that are assumed
========================

Writes docs/assumed.md: every number of every ready parameter set whose confidence is "assumed", with its range and the
reason. Takes a second.

Usage: python docs/assumed.py
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from inspect import signature
from pathlib import Path
from typing import Any

import numpy as np

import nmj_brian as nmj
from nmj_brian.bibliography import REFERENCES
from nmj_brian.parameters import Parameter, _unit_name
from nmj_brian.presets.receptor import HUMAN
from nmj_brian.units import mM, uM

DOCUMENT = Path(__file__).with_name("assumed.md")
HEAD = """# Numbers that are assumed

Made by `python docs/assumed.py`. One line a number of a ready parameter set whose confidence is `assumed`: no
measurement of it was found, or it was remembered and not read. Numbers that are true by definition or by choice of the
condition (a temperature, a share of channels that work) are left out. Everything else is `measured` or `fitted`; print
a set, or `nmj.cite(it)`, for the sources.

"""


def sets() -> dict[str, dict[str, Callable[[], Any]]]:
    """Kind -> name -> what makes the set: everything that comes with numbers."""
    species = {
        kind: {name: getattr(getattr(nmj, kind), name) for name in getattr(nmj, kind).__all__}
        for kind in ("junctions", "fibers", "nerves")
    }
    scheme = {name: getattr(nmj.receptors, name) for name in nmj.receptors.list()}
    mutants = [key for key in HUMAN if not key.startswith("WT")]
    scheme |= {f"human_mutant {m}": partial(nmj.receptors.human_mutant, m) for m in mutants}
    del scheme["human_mutant"]
    return species | {
        "receptors": {**scheme, "human_adult a": partial(nmj.receptors.human_adult, "a")},
        "muscle": {
            "Contraction": nmj.Contraction,
            "ExcitationContraction.slow": nmj.ExcitationContraction.slow,
            "ExcitationContraction.fast": nmj.ExcitationContraction.fast,
            "HillMuscle": nmj.HillMuscle,
            "HillMuscle.opensim_3": nmj.HillMuscle.opensim_3,
        },
        "electromyography": {"hand_muscle": nmj.lab.hand_muscle},
        "motor neurons": {
            "MotorPool": nmj.MotorPool,
            "MotorPool.potvin_fuglevand": nmj.MotorPool.potvin_fuglevand,
        },
        "conditions": conditions(),
        "pharmacokinetics": {
            f"{drug}, {name}": partial(
                getattr(nmj.pk, drug), *(() if drug == "sugammadex" else (name,))
            )
            for drug, names in nmj.pk.sets().items()
            for name in names
        },
    }


def conditions() -> dict[str, Callable[[], Any]]:
    """Every condition of the catalogue, with its default numbers, drugs at 1 uM."""
    special = {
        "bungarotoxin": partial(nmj.bungarotoxin, 0.5),
        **{f"botulism {t}": partial(nmj.botulism, serotype=t) for t in "BCDEF"},
        "magnesium": partial(nmj.magnesium, 3 * mM),
        "organophosphate diethyl": partial(nmj.organophosphate, kind="diethyl"),
        "tubocurarine that leaves": partial(nmj.tubocurarine, 1 * uM, dissociates=True),
        "pancuronium that leaves": partial(nmj.pancuronium, 1 * uM, dissociates=True),
        "mu_conotoxin rat": partial(nmj.mu_conotoxin, 1 * uM, species="rat"),
        "rocuronium in a patch": partial(nmj.rocuronium, 1 * uM, where="patch"),
        "pancuronium in a patch": partial(nmj.pancuronium, 1 * uM, where="patch"),
        "tubocurarine in a patch": partial(nmj.tubocurarine, 1 * uM, where="patch"),
    }
    for kind in ("slow", "fast"):
        make = getattr(nmj, f"{kind}_channel")
        special |= {f"{kind}_channel {m}": partial(make, m) for m in nmj.conditions.mutations(kind)}
    made = {}
    left_out = ("slow_channel", "fast_channel", *special)
    for name in nmj.conditions.list():
        if name in left_out:
            continue
        make = getattr(nmj.conditions, name)
        first = next(iter(signature(make).parameters))
        made[name] = partial(make, 1 * uM) if first == "concentration" else make
    return made | special


def parameters(thing: Any) -> Mapping[str, Parameter]:
    """The numbers of a set or receptor by name."""
    return getattr(thing, "parameters", thing)


def why(p: Parameter) -> str:
    """Reason in words: the note, and whose number it is."""
    whose = "" if REFERENCES[p.source][0].islower() else REFERENCES[p.source]
    return "; ".join(part for part in (p.note, whose) if part) or "no measurement was found"


def cells(name: str, p: Parameter) -> tuple[str, ...]:
    """Name, meaning, value with unit, range, reason."""
    unit = _unit_name(p.unit)
    value, low, high = (f"{float(np.asarray(x / p.unit)):.4g}" for x in (p.value, p.low, p.high))
    return (
        name,
        p.meaning,
        f"{value} {unit}" if unit != "1" else value,
        f"{low} to {high}",
        why(p),
    )


def table() -> str:
    """Text of the document."""
    text = []
    for kind, makers in sets().items():
        rows: dict[tuple[str, ...], list[str]] = {}
        for label, make in makers.items():
            for name, p in parameters(make()).items():
                if p.confidence == "assumed" and p.source != "definition":
                    rows.setdefault(cells(name, p), []).append(label)
        text.append(f"## {kind.capitalize()}\n")
        text.append("| parameter | meaning | value | plausible range | of | why |")
        text.append("| --- | --- | --- | --- | --- | --- |")
        for (name, meaning, value, span, reason), labels in rows.items():
            text.append(
                f"| {name} | {meaning} | {value} | {span} | {', '.join(labels)} | {reason} |"
            )
        text.append("")
    return HEAD + "\n".join(text)


if __name__ == "__main__":
    DOCUMENT.write_text(table(), encoding="utf-8")
