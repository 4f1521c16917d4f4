"""
All published experiments in one table
======================================

Runs every script of this folder and writes docs/published_numbers.md: what was published, what was obtained, and how
the published number is known. A number that is not met stands there with the reason.

Usage: python published_numbers.py [FILE.md]
"""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from comparison import load

HERE = Path(__file__).resolve().parent
DEFAULT = HERE.parents[1] / "docs" / "published_numbers.md"
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


def table(found):
    """Text of the document from (script name, [(paper, row)]) pairs."""
    lines = []
    met = sum(row.met for _, pairs in found for _, row in pairs)
    total = sum(len(pairs) for _, pairs in found)
    for name, pairs in found:
        lines.append(f"## {pairs[0][0]}\n\n`examples/from_papers/{name}.py`\n")
        lines.append("| id | quantity | published | obtained | difference | known from | remark |")
        lines.append("| --- | --- | --- | --- | --- | --- | --- |")
        lines += [f"| {' | '.join(x.replace('|', '/') for x in cells(row))} |" for _, row in pairs]
        lines.append("")
    return f"{HEAD}{met} of {total} numbers are met.\n\n" + "\n".join(lines)


if __name__ == "__main__":
    found = []
    for script in scripts():
        print(script.stem, file=sys.stderr)
        with tempfile.TemporaryDirectory() as folder:
            found.append((script.stem, rows_of(script, folder)))
    Path(sys.argv[1] if len(sys.argv) > 1 else DEFAULT).write_text(table(found), encoding="utf-8")
