"""The intracellular action potential along a fiber, in closed form (Rosenfalck 1969)."""

from __future__ import annotations

import numpy as np
from brian2 import Quantity, mm, mV

__all__ = ["rosenfalck"]


def rosenfalck(distance: Quantity) -> Quantity:
    """Voltage inside a fiber at a distance behind the front of its action potential.

    ``V(z) = A z^3 exp(-z/lambda) - 90 mV`` with A = 96 mV/mm^3 and lambda = 1 mm, and rest ahead of the
    front: the amplitude is ``27 A exp(-3) = 129 mV``, at z = 3 mm. Its second derivative in z is the
    source that electromyography sums.

    Parameters
    ----------
    distance : Quantity
        Along the fiber, positive behind the front.

    Returns
    -------
    Quantity

    Notes
    -----
    Source: Rosenfalck 1969, in the form that simulators of electromyography use.
    """
    z = np.maximum(np.asarray(distance / mm, dtype=float), 0)
    return (96 * z**3 * np.exp(-z) - 90) * mV
