"""
Phenotypes
==========

Writes docs/phenotypes.md: what the laboratory finds in a muscle under each condition of the catalogue, with the
direction that is published for a number, met or not. Conditions and directions are data in published_directions.py.
Takes about eight minutes; with names of conditions only those rows are measured, and those whose parameters changed.

Usage: python docs/phenotypes.py ["CONDITION" ...]
"""

from __future__ import annotations

import hashlib
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from brian2 import Hz, ms, mV, second, us
from published_directions import BLOCKERS, CONDITIONS, LEFT_OUT, RULES, Rule, Subject

import nmj_brian as nmj
from nmj_brian.presets.drugs import HALF_BLOCK, held_ratio
from nmj_brian.units import uM

DOCUMENT = Path(__file__).with_name("phenotypes.md")

#: Junctions of a muscle differ in size by this coefficient of variation (assumed), as in examples/06_clinic.py.
SPREAD = 0.3
#: Fibers in a train of 3 Hz, of which a decrement is told if a tenth of them answers at first, and in one of 30 Hz.
SLOW_FIBERS, FEWEST, FAST_FIBERS = 2000, 0.1, 600
PAIRS, DISCHARGES, SEED = 40, 100, 1
#: Contraction after which some rows are measured.
EXERCISE = {"exercise": 300 * second, "exercise_rate": 10 * Hz, "after": [2] * second}
EXERCISED_FIBERS = 50


@dataclass(frozen=True)
class Column:
    """One number of a phenotype, and how large a change of it counts.

    Attributes
    ----------
    title, unit, digits : str, str, int
        How it is shown.
    change : float
        Smallest change that counts: a share of the value it is compared with where ``relative``, else absolute.
    limit : float
        Of normal; NaN where there is none.
    """

    title: str
    unit: str
    digits: int
    change: float
    relative: bool = True
    limit: float = np.nan


#: Ten percent of a mean is about what separates groups of patients; shares of 2000 fibers have a standard error of
#: 1.1 % at most (a decrement of the tenth of them that must answer 10 %), the mean jitter of 40 pairs one of 2 %.
#: Limits: decrement Abraham 2017, increment Oh 2005, jitter Stalberg 2016 (mean of a study); that 2 % of potentials
#: are missing, and 5 % of fibers fire again, is this project's choice.
COLUMNS = {
    "mEPP": Column("mEPP", "mV", 2, 0.10),
    "decay": Column("mEPC decay", "ms", 2, 0.10),
    "quanta": Column("quantal content", "", 1, 0.10),
    "EPP": Column("EPP", "mV", 1, 0.10),
    "safety": Column("safety factor", "", 2, 0.10),
    "CMAP": Column("CMAP", "mV", 1, 0.10),
    "decrement": Column("decrement at 3 Hz", "%", 0, 5, False, 10),
    "increment": Column("increment at 30 Hz", "%", 0, 10, False, 60),
    "run down": Column("decrement at 30 Hz", "%", 0, 5, False),
    "jitter": Column("jitter", "us", 0, 0.15, limit=30),
    "blocking": Column("blocking", "%", 0, 2, False, 2),
    "repetitive": Column("repetitive CMAP", "%", 0, 5, False, 5),
}


def prepared(subject: Subject) -> tuple[Any, Any]:
    """Junction and fiber of a row."""
    given = subject.conditions()
    on = {
        place: [c for c in given if not hasattr(c, "acts_on") or place in c.acts_on]
        for place in ("junction", "fiber")
    }
    return nmj.junctions.human().under(*on["junction"]), nmj.fibers.human().under(*on["fiber"])


def measure(subject: Subject) -> dict[str, float]:
    """Numbers of a row by column, in the columns' units; what was not measured is NaN."""
    junction, fiber = prepared(subject)
    both = {"fiber": fiber, "seed": SEED}
    found = dict.fromkeys(COLUMNS, np.nan)
    if subject.exercised:
        rns = nmj.lab.repetitive_stimulation(
            junction, fibers=EXERCISED_FIBERS, spread=SPREAD, **both, **EXERCISE
        )
        return found | {"CMAP": rns.cmaps[1, 0] / mV, "decrement": 100 * rns.decrements[1]}
    safety = nmj.lab.safety_factor(junction, **both)
    current = nmj.lab.quantum(junction, impulses=1, **both)
    slow, fast = (
        nmj.lab.repetitive_stimulation(junction, rate, n, fibers, spread=SPREAD, **both)
        for rate, n, fibers in ((3 * Hz, 10, SLOW_FIBERS), (30 * Hz, 30, FAST_FIBERS))
    )
    enough = slow.blocking[0, 0] <= 1 - FEWEST
    sfemg = nmj.lab.single_fiber_emg(junction, discharges=DISCHARGES, pairs=PAIRS, **both)
    return found | {
        "mEPP": safety.mepp / mV,
        "decay": current.decay_time / ms,
        "quanta": safety.quanta.mean(),
        "EPP": safety.epp / mV,
        "safety": safety.safety_factor,
        "CMAP": slow.cmap[0] / mV,
        "decrement": 100 * slow.decrement if enough else np.nan,
        "increment": 100 * fast.increment,
        "run down": 100 * fast.decrement if enough else np.nan,
        "jitter": sfemg.mean_jitter / us,
        "blocking": 100 * sfemg.blocking.mean(),
        "repetitive": 100 * slow.repetitive[0, 0],
    }


#: Numbers of a competitive blocker's dose-response, and their digits.
STEEP = {
    "selectivity": 2, "EC50 equal": 3, "Hill equal": 1, "EC50": 3, "Hill": 1,
}  # fmt: skip
#: Doses relative to the one that holds 84 % of the receptors, and fibers at each.
DOSES, DOSE_FIBERS = np.geomspace(0.15, 2.5, 13), 200


def blocker(name: str) -> tuple[Any, Any, float]:
    """A blocker by concentration, the same with one affinity for both sites, and the dose in uM that holds 84 % of
    the receptors (by both alike)."""
    make = getattr(nmj, name)
    numbers = make(1 * uM).parameters
    alike = numbers["Kd_terminal"].value
    half = float(alike / uM) * held_ratio(HALF_BLOCK)
    return make, lambda c: make(c, Kd=alike), half


def steepness(name: str) -> dict[str, float]:
    """Half block of the twitch in uM and its Hill coefficient, with two equal sites and with the published ones."""
    *drugs, half = blocker(name)
    two, equal = (
        nmj.lab.dose_response(drug, DOSES * half * uM, fibers=DOSE_FIBERS, spread=SPREAD, seed=SEED)
        for drug in drugs
    )
    numbers = drugs[0](1 * uM).parameters
    return {
        "selectivity": numbers["Kd_epsilon"].si() / numbers["Kd_delta"].si(),
        "EC50 equal": equal.ec50 / uM,
        "Hill equal": equal.hill,
        "EC50": two.ec50 / uM,
        "Hill": two.hill,
    }


def blocker_print(name: str) -> str:
    """Fingerprint of a blocker and the protocol."""
    make, _, half = blocker(name)
    human = nmj.junctions.human().under(make(0.5 * half * uM))
    facts = rounded(
        (human.key(), nmj.fibers.human().key(), tuple(DOSES), DOSE_FIBERS, SPREAD, SEED)
    )
    return hashlib.sha256(repr(facts).encode()).hexdigest()[:8]


def shown(column: str, value: float) -> str:
    """A number as it stands in the document; '-' where there is none."""
    return f"{value:.{COLUMNS[column].digits}f}" if np.isfinite(value) else "-"


def met(rule: Rule, value: float, other: float) -> bool:
    """Whether a number shows a published direction, against the number that it is compared with.

    A number that could not be measured (NaN) shows none.
    """
    column = COLUMNS[rule.column]
    change = column.change * abs(other) if column.relative else column.change
    limit = column.limit if rule.limit is None else rule.limit
    shows = {
        "lower": value < other - change,
        "higher": value > other + change,
        "same": abs(value - other) <= change,
        "not lower": value >= other - change,
        "not higher": value <= other + change,
        "beyond limit": value >= limit,
        "within limit": value < limit,
    }
    return bool(shows[rule.direction])


def compared(rule: Rule) -> str:
    """The row that a number is compared with; empty for directions that have a limit."""
    if rule.direction.endswith("limit"):
        return ""
    return rule.against or CONDITIONS[rule.condition].against


def judge(rule: Rule, rows: dict[str, dict[str, float]]) -> bool:
    """Whether the numbers of the document show a published direction."""
    other = rows[compared(rule)][rule.column] if compared(rule) else np.nan
    return met(rule, rows[rule.condition][rule.column], other)


def fingerprint(subject: Subject) -> str:
    """Of everything that a row is computed from: parameters of junction and fiber, and the protocol."""
    junction, fiber = prepared(subject)
    protocol = (SPREAD, SLOW_FIBERS, FEWEST, FAST_FIBERS, PAIRS, DISCHARGES, SEED)
    protocol += (EXERCISED_FIBERS, str(EXERCISE))
    facts = rounded((junction.key(), fiber.key(), subject.exercised, protocol))
    return hashlib.sha256(repr(facts).encode()).hexdigest()[:8]


def rounded(x: Any) -> Any:
    """Floats within a key to five digits, so that a compiler's last digit does not count."""
    if isinstance(x, tuple):
        return tuple(rounded(y) for y in x)
    return f"{float(x):.5g}" if isinstance(x, (float, np.floating)) else str(x)


HEAD = f"""# Phenotypes

Made by `python docs/phenotypes.py`: what the laboratory (`nmj.lab`) finds in a human muscle at 37 degC under the
conditions of the catalogue (`nmj.conditions`) at their defaults, beside the directions that are published. No
test of the model are those for which its own numbers were chosen, as their notes say: jitter of normal muscle and of
ageing, decrement in Lambert-Eaton syndrome and in deficiencies of ChAT and VAChT, miniature potentials with slow
channels, botulinum toxins after weeks, succinylcholine after 90 min. Nothing else is fitted to them.

mEPP (one quantum of mean size), quantal content, EPP and safety factor: rested junctions, Na channels blocked
(`safety_factor`, 200 impulses). mEPC decay: at -80 mV (`quantum`). CMAP, decrement of the 4th response (of 10 at 3 Hz),
increment of the largest of 30, and fibers that fire again (repetitive CMAP): `repetitive_stimulation`,
{SLOW_FIBERS} fibers at 3 Hz and {FAST_FIBERS} at 30 Hz, whose junctions differ in size by {SPREAD:.0%} (assumed).
Jitter and missing potentials (blocking): `single_fiber_emg`, {PAIRS} pairs of average junctions, {DISCHARGES}
discharges at 12 Hz. Seed {SEED}. "-": no response of which to tell it, or not measured. "Parameters": a fingerprint of
all that the row is computed from.

"""


STEEP_HEAD = f"""Twitch (share of {DOSE_FIBERS} rested fibers that fire, terminals as above) against concentration,
{len(DOSES)} doses: both sites with the one affinity that holds as many receptors at half block ({HALF_BLOCK:.0%}), and
each site with its own. The ratio of the dissociation constants was measured in the adult mouse (Liu & Dilger 2009). A
drug that prefers one site blocks less steeply; in patients vecuronium and cisatracurium are steeper than here.
"""


def changes() -> str:
    """How large a change counts, and the limits, in words."""
    parts = [
        f"{c.title} {100 * c.change:.0f} %" if c.relative else f"{c.title} {c.change:g} points"
        for c in COLUMNS.values()
    ]
    limits = [f"{c.title} {c.limit:g} {c.unit}" for c in COLUMNS.values() if np.isfinite(c.limit)]
    return (
        'Lower, higher and the same are told from the row in the column "than"; what counts as a change: '
        f"{', '.join(parts)}. Limits: {', '.join(limits)}.\n"
    )


def numbers(rows: dict[str, dict[str, float]]) -> list[str]:
    """The table of numbers, with the published directions behind them."""
    head = [f"{c.title}, {c.unit}" if c.unit else c.title for c in COLUMNS.values()]
    lines = [f"| condition | {' | '.join(head)} | parameters |", "| --- " * (len(head) + 2) + "|"]
    for name, row in rows.items():
        cells = [name]
        for column, value in row.items():
            mine = [r for r in RULES if (r.condition, r.column) == (name, column)]
            told = "; ".join(
                r.direction if judge(r, rows) else f"**not met: {r.direction}**" for r in mine
            )
            cells.append(f"{shown(column, value)} ({told})" if told else shown(column, value))
        lines.append(f"| {' | '.join([*cells, fingerprint(CONDITIONS[name])])} |")
    return lines


def directions(rows: dict[str, dict[str, float]]) -> list[str]:
    """The table of published directions: met or not, who says so, and why not."""
    lines = [
        "| condition | number | published | than | obtained | | source | known | why not |",
        "| --- " * 9 + "|",
    ]
    for rule in RULES:
        than, column = compared(rule), COLUMNS[rule.column]
        limit = "" if rule.limit is None else f" ({rule.limit:g} {column.unit})"
        obtained = shown(rule.column, rows[rule.condition][rule.column])
        if than:
            obtained += f" against {shown(rule.column, rows[than][rule.column])}"
        cells = (
            rule.condition, column.title, rule.direction + limit, than, obtained,
            "met" if judge(rule, rows) else "**not met**", rule.source, rule.known, rule.not_met,
        )  # fmt: skip
        lines.append(f"| {' | '.join(cells)} |")
    return lines


def steep_table(steep: dict[str, dict[str, float]]) -> list[str]:
    """The table of competitive blockers, beside the Hill coefficients of patients."""
    lines = [
        "| blocker | Kd of alpha-epsilon over alpha-delta | EC50, equal sites, uM | Hill, equal sites | EC50, uM "
        "| Hill | Hill in patients | parameters |",
        "| --- " * 8 + "|",
    ]
    for name, row in steep.items():
        numbers = (f"{row[key]:.{digits}f}" for key, digits in STEEP.items())
        lines.append(
            f"| {' | '.join([name, *numbers, BLOCKERS[name] or '-', blocker_print(name)])} |"
        )
    return lines


def document(rows: dict[str, dict[str, float]], steep: dict[str, dict[str, float]]) -> str:
    """Text of the document from its numbers."""
    rows = {name: rows[name] for name in CONDITIONS}
    shows = sum(judge(rule, rows) for rule in RULES)
    return "\n".join(
        [
            HEAD + f"{shows} of {len(RULES)} published directions are met.\n",
            "## Numbers\n",
            "In brackets the published direction; one that the number does not show is set in bold.\n",
            *numbers(rows),
            "\n## Published directions\n",
            changes(),
            *directions(rows),
            "\n## Steepness of competitive block\n",
            STEEP_HEAD,
            *steep_table({name: steep[name] for name in BLOCKERS}),
            "\n## Without a row\n",
            "| condition | why |",
            "| --- | --- |",
            *(f"| {name} | {why} |" for name, why in LEFT_OUT.items()),
            "",
        ]
    )


def read(text: str) -> tuple[dict[str, dict[str, float]], dict[str, str]]:
    """Numbers of a document, rounded as they stand there, and fingerprints, by row."""
    rows, prints = {}, {}
    table = text.partition("## Numbers")[2].partition("## Published")[0]
    for line in table.splitlines():
        name, *cells = (cell.strip() for cell in line.strip("|").split("|"))
        if name in CONDITIONS:
            found = [cell.split()[0] for cell in cells[:-1]]
            rows[name] = {
                column: np.nan if cell == "-" else float(cell)
                for column, cell in zip(COLUMNS, found, strict=True)
            }
            prints[name] = cells[-1]
    return rows, prints


def read_steepness(text: str) -> tuple[dict[str, dict[str, float]], dict[str, str]]:
    """Numbers of a document's blockers, and fingerprints."""
    rows, prints = {}, {}
    table = text.partition("## Steepness")[2].partition("## Without")[0]
    for line in table.splitlines():
        name, *cells = (cell.strip() for cell in line.strip("|").split("|"))
        if name in BLOCKERS:
            rows[name] = dict(zip(STEEP, map(float, cells[: len(STEEP)]), strict=True))
            prints[name] = cells[-1]
    return rows, prints


def main(wanted: list[str]) -> None:
    """Measure rows, or those that are wanted, and write the document."""
    unknown = [name for name in wanted if name not in (*CONDITIONS, *BLOCKERS)]
    if unknown:
        there = ", ".join([*CONDITIONS, *BLOCKERS])
        raise SystemExit(f"{unknown[0]!r} is no row; there are: {there}")
    text = DOCUMENT.read_text(encoding="utf-8") if DOCUMENT.exists() else ""
    (rows, prints), (steep, blocker_prints) = read(text), read_steepness(text)
    for name in BLOCKERS:
        if not wanted or name in wanted or blocker_prints.get(name) != blocker_print(name):
            print(name, file=sys.stderr)
            found = steepness(name)
            steep[name] = {key: float(f"{found[key]:.{n}f}") for key, n in STEEP.items()}
    for name, subject in CONDITIONS.items():
        if not wanted or name in wanted or prints.get(name) != fingerprint(subject):
            print(name, file=sys.stderr)
            found = measure(subject)
            rows[name] = {c: float(f"{found[c]:.{COLUMNS[c].digits}f}") for c in COLUMNS}
    DOCUMENT.write_text(document(rows, steep), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
