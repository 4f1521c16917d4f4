"""
All published experiments in one table
======================================

Runs every script of this folder and writes docs/published_numbers.md: what was published, what was obtained, and how
the published number is known. A number that is not met stands there with the reason.

Usage: python published_numbers.py [SCRIPT ...], without .py; default: all. Then run targets.py.
"""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from comparison import load

HERE = Path(__file__).resolve().parent
DOCUMENT = HERE.parents[1] / "docs" / "published_numbers.md"
HEAD = """# Published and obtained numbers

Made by `python examples/from_papers/published_numbers.py`. One line a number: its id (a running number of the project's
list of targets, if it has one), what it is, the published and the obtained value, their difference and the tolerance,
how the published value is known, and why the tolerance is what it is or why the number is not met.

"""


def scripts():
    """Scripts of this folder, one a paper: Author_Year.py."""
    return sorted(HERE.glob("[A-Z]*_[12][0-9][0-9][0-9].py"))


def rows_of(script, folder):
    """Run one script in ``folder``; its (paper, row) pairs."""
    subprocess.run(
        [sys.executable, str(script)],
        cwd=folder,
        env={**os.environ, "MPLBACKEND": "agg"},
        check=True,
        stdout=subprocess.DEVNULL,
    )
    return load(Path(folder) / f"{script.stem}.csv")


def cells(row):
    """The cells of one line."""
    relative = bool(row.published)
    difference = f"{100 * row.difference:+.2g} %" if relative else f"{row.difference:+.2g}"
    tolerance = f"{100 * row.tolerance:.2g} %" if relative else f"{row.tolerance:.2g}"
    return (
        row.id,
        f"{row.quantity}, {row.unit}" if row.unit else row.quantity,
        f"{row.published:.6g}",
        f"{row.obtained:.6g}",
        f"{difference} of {tolerance}" if row.met else f"**not met**: {difference} of {tolerance}",
        row.provenance,
        row.not_met or row.why,
    )


def section(name, pairs):
    """Text on one script from its [(paper, row)] pairs."""
    lines = [
        f"## {pairs[0][0]}\n\n`examples/from_papers/{name}.py`\n",
        "| id | quantity | published | obtained | difference | known from | remark |",
        "| --- | --- | --- | --- | --- | --- | --- |",
    ]
    lines += [f"| {' | '.join(x.replace('|', '/') for x in cells(row))} |" for _, row in pairs]
    return "\n".join(lines) + "\n"


def read(document):
    """Script name -> its section, from the text of the document."""
    parts = [f"## {part.rstrip()}\n" for part in document.split("\n## ")[1:]]
    return {part.split("`examples/from_papers/")[1].split(".py`")[0]: part for part in parts}


def table(sections):
    """Text of the document from its sections by script name."""
    text = "\n".join(sections[name] for name in sorted(sections))
    total = sum(
        line.startswith("| ") and not line.startswith(("| id ", "| ---"))
        for line in text.splitlines()
    )
    missed = text.count("| **not met**")
    return f"{HEAD}{total - missed} of {total} numbers are met.\n\n{text}"


if __name__ == "__main__":
    wanted = sys.argv[1:] or [script.stem for script in scripts()]
    here = {script.stem: script for script in scripts()}
    sections = read(DOCUMENT.read_text(encoding="utf-8")) if DOCUMENT.exists() else {}
    for name in wanted:
        print(name, file=sys.stderr)
        with tempfile.TemporaryDirectory() as folder:
            sections[name] = section(name, rows_of(here[name], folder))
    kept = {name: text for name, text in sections.items() if name in here}
    DOCUMENT.write_text(table(kept), encoding="utf-8")
