"""What `peers` writes: a table in Markdown, one in CSV, and a figure."""

from __future__ import annotations

import csv
import math
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from peers import Row

#: The variant of ours that is as exact as the others, by which ratios are taken.
BASE = ("ours", "mean quanta")
COLUMNS = (
    "tool", "variant", "note", "step", "fixed", "n", "threads", "wall", "least", "most", "runs", "ns",
    "ratio", "spikes", "epp_mV", "ap_ms", "epp_error", "ap_error", "epp_step",
)  # fmt: skip


def ratios(rows: list[Row]) -> dict[int, float]:
    """Wall time over that of ours with as many junctions, by the identity of the row."""
    base = {row.n: row.wall for row in rows if (row.tool, row.variant) == BASE}
    return {id(row): row.wall / base[row.n] for row in rows}


def table(rows: list[Row]) -> str:
    """A line per variant, a column per number of junctions: ratio to ours (ns per junction and step)."""
    counts = sorted({row.n for row in rows})
    ratio = ratios(rows)
    ours = next(row for row in rows if (row.tool, row.variant) == BASE)
    heads = ["tool", "step", "EPP error", "AP time error", "EPP, AP time against ours"]
    heads += [f"N = {n:,}" for n in counts] + ["ns per junction-step"]
    lines = ["| " + " | ".join(heads) + " |", "|" + " --- |" * len(heads)]
    groups: dict[tuple[str, str], dict[int, Row]] = {}
    for row in rows:
        groups.setdefault((row.tool, row.variant), {})[row.n] = row
    for (tool, variant), by_n in groups.items():
        row = by_n[max(by_n)]
        off = [100 * (a / b - 1) for a, b in ((row.epp_mV, ours.epp_mV), (row.ap_ms, ours.ap_ms))]
        cells = [f"{tool}: {variant}", f"{row.step:.4g} us" if row.fixed else f"atol {row.step:g}"]
        cells += [f"{100 * row.epp_error:+.2f} %", f"{100 * row.ap_error:+.2f} %"]
        cells += ["" if tool == "ours" else f"{off[0]:+.1f} %, {off[1]:+.1f} %"]
        cells += [f"{ratio[id(by_n[n])]:.3g}" if n in by_n else "" for n in counts]
        cells += ["" if math.isnan(row.ns) else f"{row.ns:.3g}"]
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


def write(rows: list[Row], missing: dict[str, str], folder: Path, seconds: float) -> str:
    """Write ``peers.md``, ``peers.csv``, ``peers.png``; the text of the first."""
    folder.mkdir(parents=True, exist_ok=True)
    ratio = ratios(rows)
    with open(folder / "peers.csv", "w", newline="", encoding="utf-8") as file:
        out = csv.writer(file)
        out.writerow(COLUMNS)
        for row in rows:
            more = {
                "least": min(row.walls),
                "most": max(row.walls),
                "runs": len(row.walls),
                "ratio": ratio[id(row)],
            }
            out.writerow(more[c] if c in more else getattr(row, c) for c in COLUMNS)
    text = "Wall time in units of ours (mean quanta), by number of junctions:\n\n" + table(rows)
    text += "\n\n" + "\n".join(f"- {row.tool}: {row.variant}: {row.note}" for row in _first(rows))
    text += f"\n\nSpikes in the first {seconds:g} s: " + "; ".join(spikes(rows))
    text += "".join(f"\n\nNot run: {name}: {why}" for name, why in missing.items()) + "\n"
    (folder / "peers.md").write_text(text, encoding="utf-8")
    figure(rows, folder / "peers.png")
    return text


def spikes(rows: list[Row]) -> list[str]:
    """For each number of junctions: the spikes of all, or of each if they differ."""
    out = []
    for n in sorted({row.n for row in rows}):
        told = {f"{row.tool}: {row.variant}": row.spikes for row in rows if row.n == n}
        same = len(set(told.values())) == 1
        each = f"{next(iter(told.values()))} in each" if same else f"not the same: {told}"
        out.append(f"N = {n:,}: {each}")
    return out


def _first(rows: list[Row]) -> list[Row]:
    """One row per variant."""
    return list({(row.tool, row.variant): row for row in reversed(rows)}.values())[::-1]


def figure(rows: list[Row], path: Path) -> None:
    """Wall time against the number of junctions; time per junction and step; errors."""
    import matplotlib

    matplotlib.use("agg")
    from matplotlib import pyplot as plt

    figure, (walls, steps, wrong) = plt.subplots(1, 3, figsize=(17, 6), layout="constrained")
    colors = {"ours": "C3", "brian2": "C0", "neuron": "C2", "arbor": "C4"}
    styles = ["-", "--", ":", "-.", (0, (1, 3)), (0, (5, 4))]
    groups: dict[tuple[str, str], list[Row]] = {}
    for row in rows:
        groups.setdefault((row.tool, row.variant), []).append(row)
    labels, seen = [], {}
    for at, ((tool, variant), group) in enumerate(groups.items()):
        rank = seen[tool] = seen.get(tool, -1) + 1
        style = {"color": colors[tool], "linestyle": styles[rank % len(styles)]}
        label = f"{tool}: {variant}"
        labels.append(label)
        walls.loglog([r.n for r in group], [r.wall for r in group], ".", label=label, **style)
        last = group[-1]
        if not math.isnan(last.ns):
            steps.barh(at, last.ns, color=colors[tool])
        wrong.barh(at - 0.2, 100 * abs(last.epp_error), 0.4, color=colors[tool])
        wrong.barh(at + 0.2, 100 * abs(last.ap_error), 0.4, color=colors[tool], alpha=0.5)
    walls.axhline(1.0, color="gray", linewidth=0.5)
    walls.set(xlabel="junctions", ylabel="wall seconds per second of biology")
    figure.legend(
        *walls.get_legend_handles_labels(), loc="outside lower center", ncols=6, fontsize=8
    )
    steps.set(
        xscale="log", xlabel=f"ns per junction and step, N = {rows[-1].n:,} (none: variable steps)"
    )
    wrong.set(xlabel="error at this step, %: EPP (dark), time of action potential (light)")
    steps.set_xlim(
        left=10 ** math.floor(math.log10(min((r.ns for r in rows if r.fixed), default=1)))
    )
    for axes in (steps, wrong):
        axes.set_yticks(range(len(labels)), labels, fontsize=7)
        axes.invert_yaxis()
    figure.savefig(path, dpi=110)
    plt.close(figure)
