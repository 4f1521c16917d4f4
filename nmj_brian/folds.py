"""Junctional folds under one release site: parallel slits, seen in rings around the site.

The postsynaptic membrane is a row of crests, *spacing* apart, with slits of width *opening* between
them. Receptors are dense on the crests and fewer on the walls of a slit, down to *depth*; ACh fills
a slit as far as that. What a ring of the radial cleft lies over is exact (stripes cut out of discs);
around the ring it is averaged. Deviations from the biology, stated: a slit is well mixed to its depth
(0.2 um takes 50 us) and nothing is below; ACh does not move along it beyond what the cleft above
does; AChE is counted per area of cleft.
"""

from __future__ import annotations

import numpy as np

__all__ = ["ring_factors", "share_over_folds"]


def _disc_left_of(radius: np.ndarray, x: float) -> np.ndarray:
    """Area of discs around the origin that lies left of a vertical line at ``x``."""
    radius = np.maximum(radius, 1e-300)
    u = np.clip(x / radius, -1.0, 1.0)
    return radius**2 * (0.5 * np.pi + np.arcsin(u) + u * np.sqrt(1.0 - u**2))


def share_over_folds(
    edges_m: np.ndarray, spacing_m: float, opening_m: float, offset_m: float
) -> np.ndarray:
    """Share of each ring around a release site that lies over openings of folds.

    Parameters
    ----------
    edges_m : ndarray
        Edges of the rings, from 0.
    spacing_m, opening_m : float
        From crest to crest; width of a slit.
    offset_m : float
        Distance of the site from the middle of a crest; half a spacing is above a slit.

    Returns
    -------
    ndarray, [ring]
        0 over a crest, 1 over a slit, ``opening / spacing`` far away on average.
    """
    reach = int(np.ceil((edges_m[-1] + abs(offset_m)) / spacing_m)) + 1
    over = np.zeros_like(edges_m)
    for j in range(-reach, reach + 1):
        middle = (j + 0.5) * spacing_m - offset_m
        over += _disc_left_of(edges_m, middle + 0.5 * opening_m)
        over -= _disc_left_of(edges_m, middle - 0.5 * opening_m)
    return np.clip(np.diff(over) / (np.pi * np.diff(edges_m**2)), 0.0, 1.0)


def ring_factors(
    edges_m: np.ndarray,
    width_m: float,
    spacing_m: float,
    opening_m: float,
    depth_m: float,
    wall_density: float,
    offset_m: float,
) -> tuple[np.ndarray, np.ndarray]:
    """Receptors and volume of each ring, relative to a flat cleft with the receptors of crests.

    Parameters
    ----------
    edges_m, spacing_m, opening_m, offset_m
        As in `share_over_folds`.
    width_m : float
        Height of the primary cleft.
    depth_m : float
        Depth to which a slit is filled with ACh and lined with receptors.
    wall_density : float
        Density of receptors on the two walls, relative to that on crests.

    Returns
    -------
    receptors, volume : ndarray, [ring]
        Ones without folds.

    Raises
    ------
    ValueError
        If slits are as wide as their spacing.
    """
    if opening_m == 0.0:
        ones = np.ones(len(edges_m) - 1)
        return ones, ones
    if not opening_m < spacing_m:
        raise ValueError(
            f"fold_opening ({opening_m * 1e9:.3g} nm) must be smaller than fold_spacing "
            f"({spacing_m * 1e9:.3g} nm)."
        )
    share = share_over_folds(edges_m, spacing_m, opening_m, offset_m)
    receptors = 1.0 - share + share * wall_density * 2.0 * depth_m / opening_m
    return receptors, 1.0 + share * depth_m / width_m
