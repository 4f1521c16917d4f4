"""The table of phenotypes: true to its rules, complete, and as the documentation shows it."""

from __future__ import annotations

import sys
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

import nmj_brian as nmj

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "docs"))
import phenotypes  # noqa: E402
from published_directions import BLOCKERS, CONDITIONS, LEFT_OUT, RULES, Rule  # noqa: E402

TEXT = phenotypes.DOCUMENT.read_text(encoding="utf-8")
ROWS, FINGERPRINTS = phenotypes.read(TEXT)
STEEP, BLOCKER_PRINTS = phenotypes.read_steepness(TEXT)


def test_directions():
    """Below, above and within ten percent (EPP); five points and a limit of ten percent (decrement); a number that
    is not there shows nothing.
    """
    for value, shown in (
        (8.9, {"lower", "not higher"}),
        (9.1, {"same", "not lower", "not higher"}),
        (11.1, {"higher", "not lower"}),
        (np.nan, set()),
    ):
        for direction in ("lower", "higher", "same", "not lower", "not higher"):
            rule = Rule("normal", "EPP", direction, "", "")
            assert phenotypes.met(rule, value, 10.0) == (direction in shown), (value, direction)
    for value, there in ((10, True), (9, False), (np.nan, None)):
        for direction in ("beyond limit", "within limit"):
            rule = Rule("normal", "decrement", direction, "", "")
            assert phenotypes.met(rule, value, np.nan) == (there is (direction == "beyond limit"))
    assert phenotypes.met(Rule("normal", "decrement", "lower", "", ""), 24.0, 30.0)
    assert phenotypes.met(
        Rule("normal", "increment", "beyond limit", "", "", limit=20), 30.0, np.nan
    )


@pytest.mark.parametrize("rule", RULES, ids=lambda r: f"{r.condition}: {r.column} {r.direction}")
def test_published_direction_is_met_or_says_why_not(rule):
    """One that says why it is not met must not be met: else it is better than it says."""
    assert rule.known in ("read", "textbook", "recalled")
    assert rule.source
    assert phenotypes.judge(rule, ROWS) == (not rule.not_met)


def test_rules_do_not_repeat_or_contradict_each_other():
    keys = [(r.condition, r.column, phenotypes.compared(r)) for r in RULES]
    assert len(set(keys)) == len(keys)
    assert {r.condition for r in RULES} <= set(CONDITIONS)


def test_every_condition_of_the_catalogue_has_a_row_or_a_reason():
    """Told by the conditions that the rows' junctions and fibers are under."""
    used = set()
    for subject in CONDITIONS.values():
        used |= {condition.name for condition in subject.conditions()}
    special = {"slow_channel": "slow-channel", "fast_channel": "fast-channel"}
    for name in nmj.conditions.list():
        words = special.get(name, name.replace("_", " ")).lower()
        plain = {known.lower().replace("-", " ") for known in used}
        there = any(known.startswith(words.replace("-", " ")) for known in plain)
        assert there != (name in LEFT_OUT), name


def test_document_is_current():
    """If this fails: python docs/phenotypes.py. Its words follow from its numbers and the rules, and its numbers
    were computed from today's parameters.
    """
    assert list(ROWS) == list(CONDITIONS)
    assert {name: phenotypes.fingerprint(x) for name, x in CONDITIONS.items()} == FINGERPRINTS
    assert {name: phenotypes.blocker_print(name) for name in BLOCKERS} == BLOCKER_PRINTS
    assert phenotypes.document(ROWS, STEEP) == TEXT


def test_two_sites_make_block_less_steep():
    """The more a drug prefers one site, the less steep; equal sites give every blocker one steepness."""
    assert len({row["Hill equal"] for row in STEEP.values()}) == 1
    by_preference = sorted(STEEP.values(), key=lambda row: abs(np.log(row["selectivity"])))
    slopes = [row["Hill"] for row in by_preference]
    assert slopes[0] == by_preference[0]["Hill equal"]
    assert slopes[-1] < slopes[0] - 0.5
    assert all(late <= early + 0.1 for early, late in pairwise(slopes))
    for name in ("vecuronium",):
        for key, value in phenotypes.steepness(name).items():
            assert (
                abs(value - STEEP[name][key]) <= 0.51 * 10 ** -phenotypes.STEEP[key] + 0.01 * value
            )


def test_a_row_measured_anew():
    """Myasthenia, in which every number but two differs from normal: to half of the last digit, or 1 % and one point
    of a share where another compiler rounds one fiber of 200 across its threshold.
    """
    name = "myasthenia gravis"
    for column, value in phenotypes.measure(CONDITIONS[name]).items():
        facts = phenotypes.COLUMNS[column]
        rounding = 0.51 * 10**-facts.digits
        spare = 0.01 * abs(value) if facts.relative else 1.0
        assert abs(value - ROWS[name][column]) <= rounding + spare, column
