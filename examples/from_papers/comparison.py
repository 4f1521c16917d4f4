"""Published beside obtained: the table that each script of this folder prints and saves.

A row carries the reference's id, what was published, what was obtained, the tolerance with the reason for it,
and how the published number is known (its provenance). A number that is not met stays in the table, with the reason.
"""

from __future__ import annotations

import csv
from dataclasses import asdict, dataclass
from pathlib import Path

__all__ = ["Comparison", "Row"]


@dataclass(frozen=True)
class Row:
    """One published number and what the model gives."""

    id: str
    quantity: str
    unit: str
    published: float
    obtained: float
    tolerance: float
    why: str
    provenance: str
    not_met: str = ""

    @property
    def difference(self) -> float:
        """Obtained minus published, relative to published (absolute where that is 0)."""
        return (self.obtained - self.published) / (abs(self.published) or 1.0)

    @property
    def met(self) -> bool:
        """Within the tolerance."""
        return abs(self.difference) <= self.tolerance


class Comparison:
    """Table of one paper.

    Parameters
    ----------
    paper : str
        Authors and year.
    """

    def __init__(self, paper: str) -> None:
        self.paper = paper
        self.rows: list[Row] = []

    def add(
        self,
        id: str,
        quantity: str,
        published: float,
        obtained: float,
        tolerance: float,
        why: str,
        provenance: str,
        unit: str = "",
        not_met: str = "",
    ) -> None:
        """Add a row.

        Parameters
        ----------
        id : str
            Row of the reference sheet ("R5"), or "" for a number of the paper that it does not list.
        quantity : str
            What it is.
        published, obtained : float
            In ``unit``.
        tolerance : float
            Largest relative difference (absolute where ``published`` is 0) that counts as met.
        why : str
            Why this tolerance: digits published, sampling error, spread between preparations.
        provenance : str
            How the published number is known: "abstract", "table 1", "recalled", ...
        unit : str, optional
            Of both numbers.
        not_met : str, optional
            Reason why the number is known not to be met; then it must not be.
        """
        self.rows.append(
            Row(
                id,
                quantity,
                unit,
                float(published),
                float(obtained),
                tolerance,
                why,
                provenance,
                not_met,
            )
        )

    def __str__(self) -> str:
        head = ("", "quantity", "published", "obtained", "difference", "tolerance")
        body = [
            (
                row.id,
                f"{row.quantity}, {row.unit}" if row.unit else row.quantity,
                f"{row.published:.6g}",
                f"{row.obtained:.6g}",
                f"{100 * row.difference:+.3g} %" if row.published else f"{row.difference:+.3g}",
                f"{100 * row.tolerance:.3g} %" if row.published else f"{row.tolerance:.3g}",
                "" if row.met else "not met" + (f": {row.not_met}" if row.not_met else ""),
            )
            for row in self.rows
        ]
        widths = [max(len(line[k]) for line in [head, *body]) for k in range(len(head))]
        lines = [
            "  ".join(
                cell.ljust(width) for cell, width in zip(line, [*widths, 0], strict=False)
            ).rstrip()
            for line in [head, *body]
        ]
        return "\n".join([self.paper, *lines])

    def save(self, path: str | Path) -> None:
        """Write the rows as CSV."""
        with open(path, "w", newline="", encoding="utf-8") as file:
            names = [*Row.__dataclass_fields__]
            out = csv.DictWriter(file, ["paper", *names])
            out.writeheader()
            out.writerows({"paper": self.paper, **asdict(row)} for row in self.rows)


def load(path: str | Path) -> list[tuple[str, Row]]:
    """Read what `Comparison.save` wrote: (paper, row) pairs."""
    numbers = ("published", "obtained", "tolerance")
    with open(path, newline="", encoding="utf-8") as file:
        lines = list(csv.DictReader(file))
    return [
        (line.pop("paper"), Row(**{k: float(v) if k in numbers else v for k, v in line.items()}))
        for line in lines
    ]
