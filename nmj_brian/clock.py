"""The clock contract: how one Brian2 time step is divided, and which steps a stage can serve."""

from __future__ import annotations

import math

__all__ = ["LONGEST_STEP_S", "RECEPTOR_STEP_S", "SUBSTEP_S", "divide", "receptor_steps"]

#: Longest sub-step. Around threshold a fiber changes by 5 mV in 10 us; jitter of 20 us must be seen.
SUBSTEP_S = 10e-6
#: Longest step of the receptors. Within it open channels are a parabola through both ends that has the
#: exact mean, and the voltage is that of the middle of the time step.
RECEPTOR_STEP_S = 0.1e-3
#: Longest time step: a fiber must not fire twice in one, and the end plate reads the membrane once.
LONGEST_STEP_S = 0.5e-3


def divide(dt_s: float, owner: str) -> tuple[int, float]:
    """Number and length of the sub-steps of a time step.

    Parameters
    ----------
    dt_s : float
        Time step of the simulation, in seconds.
    owner : str
        Name of the object, for the error message.

    Returns
    -------
    n_sub, h_s : int, float
        ``n_sub * h_s == dt_s`` and ``h_s <= SUBSTEP_S``; the steps of the receptors are whole sub-steps.

    Raises
    ------
    ValueError
        If the step is longer than the stages can serve.
    """
    if not 0 < dt_s <= LONGEST_STEP_S * (1 + 1e-9):
        raise ValueError(
            f"'{owner}' cannot run at dt = {dt_s * 1e3:g} ms: the end plate and the fiber need a step "
            f"of at most {LONGEST_STEP_S * 1e3:g} ms. Set defaultclock.dt, or give these objects a "
            "clock of their own (dt=0.1*ms)."
        )
    steps = receptor_steps(1, dt_s)
    n_sub = steps * max(1, math.ceil(dt_s / SUBSTEP_S / steps * (1 - 1e-9)))
    return n_sub, dt_s / n_sub


def receptor_steps(n_sub: int, h_s: float) -> int:
    """Steps of the receptors per time step: as few as may be, each of whole sub-steps.

    Parameters
    ----------
    n_sub, h_s : int, float
        Number and length of the sub-steps, from `divide`.

    Returns
    -------
    int
        A divisor of ``n_sub``; the steps are at most ``RECEPTOR_STEP_S`` long.
    """
    return max(1, math.ceil(n_sub * h_s / RECEPTOR_STEP_S * (1 - 1e-9)))
