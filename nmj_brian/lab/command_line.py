"""Experiments from the command line: ``nmj rns --set receptor_fraction=0.3`` writes a figure and a CSV file."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import Any

from brian2 import Hz, second

from .. import junctions
from ..junction import Junction
from ..units import degC
from . import (
    cmap,
    quantal_analysis,
    quantum,
    repetitive_stimulation,
    safety_factor,
    single_fiber_emg,
    tetanus,
    train_of_four,
)
from .command_condition import under
from .result import Result

__all__ = ["EXPERIMENTS", "add_experiments", "run"]

#: Command -> function, options of its own (name, type, default, unit, help), and what it is.
EXPERIMENTS: dict[str, tuple[Callable[..., Result], list[tuple], str]] = {
    "rns": (
        repetitive_stimulation,
        [
            ("rate", float, 3.0, Hz, "of stimulation, in Hz"),
            ("impulses", int, 10, 1, "of a train"),
            ("fibers", int, 1000, 1, "simulated"),
            ("exercise", float, None, second, "strong contraction after the train, in seconds"),
        ],
        "repetitive nerve stimulation",
    ),
    "sfemg": (
        single_fiber_emg,
        [
            ("rate", float, 12.0, Hz, "mean rate of discharge, in Hz"),
            ("discharges", int, 100, 1, "of every pair"),
            ("pairs", int, 20, 1, "of fibers"),
            ("activation", str, "voluntary", 1, "voluntary or stimulated"),
        ],
        "single-fiber EMG: jitter and blocking",
    ),
    "quantal": (
        quantal_analysis,
        [
            ("impulses", int, 400, 1, "evoked currents"),
            ("rate", float, 0.5, Hz, "of stimulation, in Hz"),
        ],
        "quantal analysis under voltage clamp",
    ),
    "tof": (train_of_four, [("fibers", int, 500, 1, "simulated")], "train of four"),
    "tetanus": (
        tetanus,
        [
            ("rate", float, 50.0, Hz, "of stimulation, in Hz"),
            ("duration", float, 5.0, second, "of stimulation, in seconds"),
        ],
        "tetanic stimulation: force and fade",
    ),
    "quantum": (quantum, [], "miniature and evoked currents under voltage clamp"),
    "safety": (safety_factor, [], "safety factor by current injection"),
    "cmap": (cmap, [("fibers", int, 500, 1, "simulated")], "compound muscle action potential"),
}


def add_experiments(commands: Any) -> None:
    """Add a command for every experiment.

    Parameters
    ----------
    commands : argparse subparsers
        Of the command ``nmj``.
    """
    for name, (_, options, text) in EXPERIMENTS.items():
        parser = commands.add_parser(name, help=text, description=text)
        parser.add_argument(
            "--junction", default="human", help="human, mouse, rat or frog (default human)"
        )
        parser.add_argument(
            "--condition",
            action="append",
            default=[],
            metavar="NAME[=VALUE]",
            help="disease, toxin or drug, with a number in the unit that nmj list says (a concentration in uM, a "
            "share, days, years) or a mutation; e.g. myasthenia_gravis, neostigmine=0.5, botulism=20, "
            "slow_channel=dS268N; may be repeated",
        )
        parser.add_argument(
            "--set",
            action="append",
            default=[],
            metavar="NAME=VALUE",
            help="change a parameter of the junction, in its own unit (see print(junction)); "
            "e.g. receptor_fraction=0.3; may be repeated",
        )
        parser.add_argument("--seed", type=int, default=1, help="of the random quanta (default 1)")
        parser.add_argument(
            "--out", type=Path, default=Path(), help=f"folder for nmj_{name}.png and .csv"
        )
        for option, kind, default, _, what in options:
            shown = "" if default is None else f" (default {default:g})" if kind is not str else ""
            parser.add_argument(f"--{option}", type=kind, default=default, help=what + shown)


def changed(junction: Junction, settings: list[str]) -> Junction:
    """The junction with parameters changed by texts such as ``receptor_fraction=0.3``."""
    values = {}
    for setting in settings:
        name, equals, text = setting.partition("=")
        try:
            number = float(text)
        except ValueError:
            number = None
        if not equals or number is None:
            raise ValueError(f"--set takes NAME=VALUE with a number, got {setting!r}.")
        name = name.strip()
        unit = degC if name == "temperature" else junction[name].unit  # as print(junction) shows it
        values[name] = number * unit
    return junction.replace(**values) if values else junction


def run(chosen: argparse.Namespace) -> int:
    """Do the experiment that was chosen; save ``nmj_NAME.png`` and ``.csv``, print the table.

    Parameters
    ----------
    chosen : argparse.Namespace
        Of the command ``nmj``.

    Returns
    -------
    int
        Exit status, 0.
    """
    experiment, options, _ = EXPERIMENTS[chosen.command]
    if chosen.junction not in junctions.__all__:
        raise ValueError(
            f"there is no junction {chosen.junction!r}; there are: {', '.join(junctions.__all__)}."
        )
    junction = changed(getattr(junctions, chosen.junction)(), chosen.set)
    junction = under(junction, chosen.condition)
    values = {}
    for name, kind, _, unit, _ in options:
        value = getattr(chosen, name)
        if value is not None:
            values[name] = value * unit if kind is float else value
    result = experiment(junction, seed=chosen.seed, **values)
    chosen.out.mkdir(parents=True, exist_ok=True)
    csv = chosen.out / f"nmj_{chosen.command}.csv"
    png = chosen.out / f"nmj_{chosen.command}.png"
    result.to_csv(csv)
    print(result.table())
    print(f"numbers: {csv}")
    try:
        from matplotlib.figure import Figure
    except ImportError as error:
        raise ImportError(
            "the figure needs matplotlib: pip install 'nmj_brian[plot]' (the numbers are saved)"
        ) from error
    figure = Figure(figsize=(6, 4), layout="constrained")
    result.plot(figure.subplots())
    figure.savefig(png, dpi=120)
    print(f"figure: {png}")
    return 0
