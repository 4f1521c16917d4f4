"""Large tables of matrices that vary smoothly, written as mixtures of a few of them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

__all__ = ["mixture"]


def mixture(
    rows: np.ndarray, error: float, first: Sequence[np.ndarray] = ()
) -> tuple[np.ndarray, np.ndarray]:
    """The fewest parts of which every row is a mixture (principal directions of the rows).

    Parameters
    ----------
    rows : ndarray, [row, entry]
        What is to be written so.
    error : float
        Largest error of an entry.
    first : sequence of ndarray
        Directions that come first, whatever they contribute: where only they matter, weights of
        all other parts are small.

    Returns
    -------
    weight, part : ndarray, [row, part] and [part, entry]
        ``weight @ part`` are the rows; the largest entry of a part is 1.
    """
    parts: list[np.ndarray] = []
    for direction in first:
        direction = direction - sum(p * (p @ direction) for p in parts)
        size = np.linalg.norm(direction)
        if size > error:
            parts.append(direction / size)
    basis = np.array(parts).reshape(-1, rows.shape[1])
    left = rows - rows @ basis.T @ basis
    # Principal directions from the squared matrix: inexact where they contribute less than 1e-8 of the
    # largest, which no error that is asked for comes near; what is left is measured below.
    more = np.linalg.eigh(left.T @ left)[1].T[::-1]
    for direction in more:
        if not rows.size or np.abs(left).max() <= error:
            break
        parts.append(direction)
        left -= np.outer(left @ direction, direction)
    part = np.array(parts).reshape(-1, rows.shape[1])
    largest = np.abs(part).max(1)
    return rows @ part.T * largest, part / largest[:, None]
