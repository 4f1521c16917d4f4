"""What every experiment of the laboratory hands back: numbers, a table, a figure, and how they came about."""

from __future__ import annotations

import csv
from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from brian2 import DimensionMismatchError, Quantity

from ..about import __version__
from ..fiber import Fiber
from ..junction import Junction
from ..parameters import whole_number
from ..randomness import fresh_seed

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from xarray import Dataset

__all__ = [
    "Array",
    "Result",
    "check_seed",
    "frequency",
    "new_axes",
    "positive",
    "share",
    "versions",
]


class Array(NamedTuple):
    """One array of a result, for `Result.to_xarray` and `Result.to_csv`."""

    dims: tuple[str, ...]
    values: Any
    unit: str = "1"
    meaning: str = ""


def versions() -> dict[str, str]:
    """Versions that decide what an experiment gives."""
    found = {"nmj_brian": __version__}
    for name in ("brian2", "numpy", "scipy"):
        try:
            found[name] = version(name)
        except PackageNotFoundError:  # vendored without its metadata
            found[name] = "unknown"
    return found


@dataclass(frozen=True, eq=False, kw_only=True)
class Result(ABC):
    """What an experiment found, and how it was made.

    Attributes
    ----------
    junction : Junction
        On what it was done.
    fiber : Fiber or None
        The muscle fibers, None if the experiment has none.
    seed : int or None
        Repeats it exactly; None if nothing was random.
    versions : dict of str to str
        Of nmj_brian and what it stands on.
    """

    junction: Junction | None = field(repr=False)
    fiber: Fiber | None = field(repr=False, default=None)
    seed: int | None = None
    versions: dict[str, str] = field(repr=False, default_factory=versions)

    @abstractmethod
    def _arrays(self) -> dict[str, Array]:
        """Arrays by name; one that is named as its only dimension is a coordinate."""

    @abstractmethod
    def _summary(self) -> list[tuple[str, str, str]]:
        """Name, value and remark (normal limit, source) of each number to read."""

    @abstractmethod
    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw the figure that the laboratory shows.

        Parameters
        ----------
        ax : Axes, optional
            Where to draw; by default a new figure.

        Returns
        -------
        Axes
            Of matplotlib; nothing is shown on the screen.
        """

    @property
    def title(self) -> str:
        """Name of the experiment."""
        return " ".join(_words(type(self).__name__))

    def table(self) -> str:
        """The numbers to read, with limits and their sources.

        Returns
        -------
        str
            One line a number.
        """
        rows = self._summary()
        widths = [max(len(row[i]) for row in rows) for i in (0, 1)]
        name = "" if self.junction is None else f": {self.junction.name}"
        lines = [f"{self.title}{name}" + ("" if self.seed is None else f" (seed {self.seed})")]
        for text, value, remark in rows:
            lines.append(f"  {text:{widths[0]}}  {value:>{widths[1]}}  {remark}".rstrip())
        return "\n".join(lines)

    def __str__(self) -> str:
        return self.table()

    def to_xarray(self) -> Dataset:
        """All arrays with units, and how they came about.

        Returns
        -------
        xarray.Dataset
            Attributes: junction, fiber, seed, versions.

        Raises
        ------
        ImportError
            If xarray is not installed.
        """
        try:
            import xarray
        except ImportError as error:
            raise ImportError("to_xarray() needs xarray: pip install 'nmj_brian[lab]'.") from error
        variables, coordinates = {}, {}
        for name, array in self._arrays().items():
            attributes = {"units": array.unit} | (
                {"long_name": array.meaning} if array.meaning else {}
            )
            one = (array.dims, np.asarray(array.values), attributes)
            (coordinates if array.dims == (name,) else variables)[name] = one
        facts = {"experiment": self.title, "seed": "none" if self.seed is None else str(self.seed)}
        for name, thing in (("junction", self.junction), ("fiber", self.fiber)):
            if thing is not None:
                facts[name] = str(thing)
        facts |= {f"version of {name}": text for name, text in self.versions.items()}
        return xarray.Dataset(variables, coordinates, facts)

    def to_csv(self, path: str | Path) -> None:
        """Save the arrays of the longest table that the result has: one row an impulse, pair or dose.

        Parameters
        ----------
        path : str or Path
            File to write.
        """
        arrays = {n: a for n, a in self._arrays().items() if len(a.dims) == 1 and a.dims != ("t",)}
        if not arrays:
            arrays = {n: a for n, a in self._arrays().items() if len(a.dims) == 1}
        rows = next(iter(arrays.values())).dims
        arrays = {n: a for n, a in arrays.items() if a.dims == rows}
        with Path(path).open("w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file)
            writer.writerow(n if a.unit == "1" else f"{n} ({a.unit})" for n, a in arrays.items())
            columns = [np.asarray(a.values).tolist() for a in arrays.values()]
            writer.writerows(
                [f"{x:.7g}" if isinstance(x, float) else x for x in row]
                for row in zip(*columns, strict=True)
            )


def _words(name: str) -> list[str]:
    """The words of a class's name; capitals that stay together are one word."""
    words = [""]
    for i, letter in enumerate(name):
        after = name[i + 1 : i + 2]
        if letter.isupper() and words[-1] and (words[-1][-1].islower() or after.islower()):
            words.append("")
        words[-1] += letter
    return [w if w.isupper() else w.lower() for w in words]


def new_axes(ax: Axes | None, **size: Any) -> Axes:
    """The given axes, or those of a new figure."""
    if ax is not None:
        return ax
    try:
        from matplotlib import pyplot
    except ImportError as error:
        raise ImportError("plot() needs matplotlib: pip install 'nmj_brian[plot]'.") from error
    return pyplot.subplots(layout="constrained", **size)[1]


def check_seed(seed: Any) -> int:
    """A seed that a user gave, or a fresh one."""
    return fresh_seed() if seed is None else whole_number("seed", seed, 0, 2**64 - 1)


def positive(
    name: str, value: Any, unit: Quantity, low: float = 0.0, high: float = np.inf
) -> float:
    """A quantity in SI: finite, above ``low`` and at most ``high`` times its unit."""
    from brian2.units.fundamentalunits import fail_for_dimension_mismatch

    fail_for_dimension_mismatch(value, unit, f"{name} must have the unit {unit}")
    number = np.asarray(value / unit, dtype=float)
    if number.ndim or not (np.isfinite(number) and low < number <= high):
        bounds = f"above {low:g}" + ("" if high == np.inf else f" and at most {high:g}")
        raise ValueError(f"{name} must be {bounds} ({unit}), got {value!r}.")
    return float(number) * float(unit)


def frequency(rate: Any, name: str = "rate", high: float = 200.0) -> float:
    """A rate of stimulation in hertz, from 0.01 to ``high``."""
    from brian2 import hertz

    return positive(name, rate, hertz, 0.00999, high)


def share(name: str, value: Any, high: float = 1.0) -> float:
    """A pure number from 0 to ``high``."""
    from brian2.units.fundamentalunits import fail_for_dimension_mismatch

    try:
        fail_for_dimension_mismatch(
            value, 1
        )  # a concentration is no share, though it may be below 1
        number = float(value)
    except (TypeError, DimensionMismatchError) as error:
        raise ValueError(f"{name} must be a number from 0 to {high:g}, got {value!r}.") from error
    if not 0 <= number <= high:
        raise ValueError(f"{name} must be a number from 0 to {high:g}, got {value!r}.")
    return number
