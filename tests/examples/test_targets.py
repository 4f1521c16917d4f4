"""The table of targets: complete, true and as the documentation shows it."""

from __future__ import annotations

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "examples" / "from_papers"))
import targets  # noqa: E402


def test_every_target_is_held_or_says_why_not():
    """By a script whose numbers stand in docs/published_numbers.md or by a test that names it."""
    scripts, nodes = targets.published(), targets.tests()
    for id in targets.TARGETS:
        assert scripts[id] or nodes[id] or id in targets.REMARKS, id
    for named in {name for found in scripts.values() for name in found}:
        assert (ROOT / "examples" / "from_papers" / named).is_file()
    # the reader of documents and docstrings finds what is known to be there
    assert scripts["R1"] == {"Colquhoun_Hawkes_1982.py": (6, 6)}
    assert scripts["R5"]["Colquhoun_Hawkes_1982.py"] == (4, 7)
    assert nodes["R1"] == ["tests/receptor/test_published.py::test_ch82_equilibrium"]
    assert set(targets.REMARKS) <= set(targets.TARGETS)


def test_ids_are_in_the_list():
    """A junction's id that a script compares is a target (muscle and clinic go on beyond the list)."""
    for line in targets.NUMBERS.read_text(encoding="utf-8").splitlines():
        id = line.removeprefix("| ").partition(" | ")[0]
        if line.startswith("| R") and id[1:].isdigit():
            assert id in targets.TARGETS, line


def test_document_is_current():
    """If this fails: python examples/from_papers/targets.py"""
    assert targets.DOCUMENT.read_text(encoding="utf-8") == targets.table()
