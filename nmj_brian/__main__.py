"""Command line: ``nmj demo`` draws the seven steps from nerve impulse to twitch, ``nmj rns`` stimulates
repetitively, ``nmj list``; ...
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from brian2 import DimensionMismatchError

from .about import __version__
from .lab import command_condition, command_line

__all__ = ["main"]

#: What a user can put right: one line, no traceback, and no request to report a bug of Brian2.
_USERS_ERRORS = (
    DimensionMismatchError,
    ImportError,
    KeyError,
    NotImplementedError,
    OSError,
    RuntimeError,
    TypeError,
    ValueError,
)


def main(arguments: list[str] | None = None) -> int:
    """Run the command line.

    Parameters
    ----------
    arguments : list of str, optional
        Default: those of the process.

    Returns
    -------
    int
        Exit status.
    """
    parser = argparse.ArgumentParser(
        prog="nmj", description="The neuromuscular junction for Brian2. Not a medical device."
    )
    parser.add_argument("--version", action="version", version=f"nmj_brian {__version__}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    demo = commands.add_parser("demo", help="the seven steps from nerve impulse to twitch")
    demo.add_argument("--out", type=Path, default=Path(), help="folder for nmj_demo.png and .csv")
    demo.add_argument("--seed", type=int, default=1, help="seed of the random quanta (default 1)")
    demo.add_argument(
        "--receptor-loss", type=float, default=0.7, help="share lost in the second junction (0.7)"
    )
    command_line.add_experiments(commands)
    commands.add_parser("list", help="receptors, conditions, junctions and fibers, ready to use")
    commands.add_parser("versions", help="versions, for a report of a problem")
    commands.add_parser("self-test", help="check in a few seconds that the installation works")
    chosen = parser.parse_args(arguments)

    if chosen.command == "demo":
        from .demo import demo as run_demo

        try:
            return run_demo(chosen.out, seed=chosen.seed, receptor_loss=chosen.receptor_loss)
        except (ImportError, OSError, ValueError) as error:  # what a user can put right
            parser.exit(2, f"nmj demo: {error}\n")
    if chosen.command in command_line.EXPERIMENTS:
        try:
            return command_line.run(chosen)
        except _USERS_ERRORS as error:
            text = error.args[0] if isinstance(error, KeyError) else error  # without its quotes
            parser.exit(2, f"nmj {chosen.command}: {' '.join(str(text).split())}\n")
    if chosen.command == "list":
        from . import conditions, fibers, junctions, receptors

        print("receptors (nmj.receptors):")
        for name, text in receptors.list().items():
            print(f"  {name:24} {text}")
        print("conditions (nmj; in brackets what --condition NAME=VALUE takes):")
        for name, text in conditions.list().items():
            print(f"  {name:24} {text} [{command_condition.amount(name)}]")
        for title, module in (("junctions", junctions), ("fibers", fibers)):
            print(f"{title} (nmj.{title}): {', '.join(sorted(module.__all__))}")
        return 0
    if chosen.command == "versions":
        from .about import show_versions

        show_versions()
        return 0
    from .about import self_test

    return 0 if self_test() else 1


if __name__ == "__main__":
    sys.exit(main())
