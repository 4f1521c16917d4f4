"""Slow inactivation of Na channels, where an end plate stays depolarized: why a lasting agonist blocks.

Beside their fast inactivation (the h gate of `nmj_brian.membrane`), which recovers between action potentials,
Na channels inactivate within seconds to minutes. Within a stimulus that stands still; it is taken at its
steady state for what lasts. Without it a fiber would fire on and on beside a lasting agonist; with it the
fiber fires at first (fasciculation) and is then blocked.
"""

from __future__ import annotations

import warnings

import numpy as np

from .membrane import MembraneChain

__all__ = ["slowly_inactivated"]

#: A membrane that settles so much further off, for a few more Na channels, has left its resting state.
_JUMP_MV = 5.0
#: Rounds of voltage and inactivation at most; share of the way that each goes; where they end.
_ROUNDS, _STEP, _ENOUGH = 200, 0.5, 1e-5


def slowly_inactivated(
    chain: MembraneChain, g_S: float, reversal_mV: float, half_mV: float, slope_mV: float
) -> MembraneChain:
    """Chain whose Na channels have inactivated slowly, as a lasting conductance at the end plate makes them.

    Of each membrane ``1 / (1 + exp((v - half) / slope))`` are left, relative to rest; voltage and inactivation
    are solved together. Where more channels would take the fiber off to where they inactivate, as many are
    left as just do not.

    Parameters
    ----------
    chain : MembraneChain
        At rest; its end plate is compartment 0.
    g_S : float
        Conductance that lasts, in siemens; the result is to be driven by it like any other.
    reversal_mV, half_mV, slope_mV : float
        Its reversal; voltage at which half of the channels are inactivated, and the slope.

    Returns
    -------
    MembraneChain
        With as many Na channels as are left; nothing else is changed.
    """
    leak, e_leak = chain.g_leak_S.copy(), chain.e_leak_mV.copy()
    leak[0, 0] += g_S
    e_leak[0, 0] += g_S * (reversal_mV - e_leak[0, 0]) / leak[0, 0]

    def available(volts: np.ndarray) -> np.ndarray:
        return 1.0 / (1.0 + np.exp((volts - half_mV) / slope_mV))

    rest = volts = _settled(chain)
    # from a fiber that cannot fire, not from one that fires on
    stable = share = np.zeros_like(rest)
    change, step = share, _STEP
    for _ in range(_ROUNDS):
        held = chain.replace(g_leak_S=leak, e_leak_mV=e_leak, g_na_S=share * chain.g_na_S)
        try:
            with np.errstate(all="ignore"), warnings.catch_warnings():
                warnings.simplefilter("ignore")  # of a search that leaves the range of voltages
                new = _settled(held)
        except ValueError:  # no resting state
            new = np.full_like(rest, np.inf)
        if share.any() and not new[0, 0] < volts[0, 0] + _JUMP_MV:
            step *= 0.5
        else:
            stable, volts = share, new
            change = available(volts) / available(rest) - share
        if np.abs(step * change).max() < _ENOUGH:
            break
        share = stable + step * change
    return chain.replace(g_na_S=stable * chain.g_na_S)


def _settled(chain: MembraneChain) -> np.ndarray:
    """Voltages of surface and tubule of each compartment at rest, shape (M, 2)."""
    v, state = chain.resting()
    count = chain.compartments
    tubules, along = state[8 * count : 9 * count], state[9 * count : 10 * count - 1]
    return np.stack([np.append(v, along), tubules], axis=1)
