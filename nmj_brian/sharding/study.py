"""A parameter study: one function of the user's at many points, each in a fresh process."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from brian2 import Quantity
from brian2 import seed as seed_brian
from brian2.units.fundamentalunits import get_unit

from ..parameters import whole_number
from ..randomness import derive_key
from .folder import Folder, require_xarray, to_netcdf
from .muscle import default_seed
from .process import pack
from .workers import Workers

if TYPE_CHECKING:
    from xarray import Dataset

__all__ = ["study"]


def study(
    function: Callable[..., Any],
    points: Mapping[str, Iterable] | Iterable[Mapping[str, Any]],
    *,
    seed: int | None = None,
    workers: Any = None,
    folder: str | Path | None = None,
    retries: int = 2,
) -> Dataset:
    """Call a function that simulates something at every point of a study, side by side.

    Every point has a process of its own (which takes about two seconds to start), in which Brian2 is as
    after its import; ``seed`` is set before, differently for each point and equally at each repeat.

    Parameters
    ----------
    function : callable
        Called with the values of a point by name. Hands back a number, Quantity, array, a dict of these,
        or an `xarray.Dataset`; of the same shapes at all points. If it stands in a script or notebook, not
        in a module, it is sent by cloudpickle (extra ``distributed``).
    points : dict of str to sequence, or list of dict
        Values of each parameter, of which every combination is a point; or each point by itself.
    seed : int, optional
        Default: the one given to Brian2, that of the folder, or a fresh one.
    workers, folder, retries
        As in `nmj_brian.shard`.

    Returns
    -------
    xarray.Dataset
        What the function gave, with a dimension for each parameter (or ``point``) in front; SI units.

    Raises
    ------
    TypeError, ValueError
        If there are no points, or function or values cannot be sent to a process.
    ShardError
        If a point fails, with its values. What is finished stays in the folder.
    ImportError
        Without xarray.

    Examples
    --------
    >>> import nmj_brian as nmj
    >>> from brian2 import Hz
    >>> def decrement(rate, loss):
    ...     weak = nmj.junctions.human().under(nmj.myasthenia_gravis(receptor_loss=loss))
    ...     return nmj.lab.repetitive_stimulation(weak, rate=rate, fibers=100, seed=1).decrement
    >>> nmj.study(decrement, {"rate": [1, 3, 10] * Hz, "loss": [0.5, 0.7]})  # doctest: +SKIP
    """
    require_xarray("study")
    if not callable(function):
        raise TypeError(f"function must be callable, got {function!r}.")
    crew = Workers(workers, retries)
    axes, each = _points(points)
    store = Folder(folder, "point")
    seed = store.manifest.get("seed") if seed is None else seed
    seed = default_seed() if seed is None else whole_number("seed", seed, 0, 2**32 - 1)
    store.claim({"function": function, "points": each, "seed": seed}, seed=seed)

    def name(k: int) -> str:
        values = ", ".join(f"{key}={value!r}" for key, value in each[k].items())
        return f"Point {k + 1} of {len(each)} ({values})"

    tasks = {
        k: pack(_at_point, function, point, derive_key(seed, trial=k)[0])
        for k, point in enumerate(each)
        if k not in store
    }
    for k, answer in crew.run(tasks, name, "study", len(each)):
        store.keep(k, answer.value)
    return _together(axes, each, [store.load(k) for k in range(len(each))], seed)


def _points(points: Any) -> tuple[dict[str, list], list[dict[str, Any]]]:
    """Parameters of a grid with their values (none if points are listed), and all points."""
    axes: dict[str, list] = {}
    if isinstance(points, Mapping):
        for name, values in points.items():
            if isinstance(values, str) or not np.iterable(values):
                raise TypeError(f"'{name}' must have a list of values, got {values!r}.")
            axes[name] = list(values)
        each = [
            dict(zip(axes, values, strict=True)) for values in itertools.product(*axes.values())
        ]
    else:
        each = [dict(point) for point in points]
        if any(point.keys() != each[0].keys() for point in each):
            raise ValueError("All points must name the same parameters.")
    if not each or not each[0]:
        raise ValueError("A study needs at least one point with at least one parameter.")
    return axes, each


def _at_point(function: Callable[..., Any], point: dict[str, Any], seed: int) -> bytes:
    """In its own process: one point."""
    seed_brian(seed)
    return to_netcdf(_dataset(function(**point)))


def _dataset(value: Any) -> Dataset:
    """What a user's function hands back, as a dataset in SI units."""
    import xarray

    if isinstance(value, xarray.Dataset):
        return value
    found = {}
    for name, one in (value if isinstance(value, Mapping) else {"result": value}).items():
        array = np.asarray(one)
        if array.dtype.kind not in "biuf":
            raise TypeError(
                f"The function must hand back numbers, quantities, arrays of them, a dict of these or an "
                f"xarray.Dataset; '{name}' is {one!r}."
            )
        dims = [f"{name}_{k}" for k in range(array.ndim)]
        found[name] = (dims, array, _unit(one))
    return xarray.Dataset(found)


def _unit(value: Any) -> dict[str, str]:
    return {"units": str(get_unit(value.dim))} if isinstance(value, Quantity) else {}


def _together(
    axes: dict[str, list], each: list[dict[str, Any]], found: list[Dataset], seed: int
) -> Dataset:
    """One dataset, with the points in front."""
    import xarray

    try:
        listed = xarray.concat(found, "point", join="exact", data_vars="all", coords="minimal")
    except ValueError as error:
        raise ValueError(f"The points gave results of different shapes: {error}") from error
    if axes:
        shape = [len(values) for values in axes.values()]
        merged = {
            name: ((*axes, *v.dims[1:]), v.values.reshape(*shape, *v.shape[1:]), v.attrs)
            for name, v in listed.data_vars.items()
        }
        listed = xarray.Dataset(merged, listed.coords)
        labels = {name: (name, values) for name, values in axes.items()}
    else:
        labels = {name: ("point", [point[name] for point in each]) for name in each[0]}
    for name, (dim, values) in labels.items():
        listed = listed.assign_coords({name: _label(dim, values)})
    return listed.assign_attrs(seed=str(seed))


def _label(dim: str, values: list) -> tuple:
    """Values of a parameter as a coordinate: numbers in SI units, else their names."""
    plain = [np.asarray(value) for value in values]
    if all(p.ndim == 0 and p.dtype.kind in "biuf" for p in plain):
        return dim, np.array([p[()] for p in plain]), _unit(values[0])
    return dim, np.array([str(getattr(value, "name", value)) for value in values])
