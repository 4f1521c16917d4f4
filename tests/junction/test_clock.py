"""How a time step is divided, and which steps are refused."""

import numpy as np
import pytest

from nmj_brian.clock import LONGEST_STEP_S, RECEPTOR_STEP_S, divide, receptor_steps


@pytest.mark.parametrize(
    ("dt", "count"), [(25e-6, 3), (50e-6, 5), (100e-6, 10), (10e-6, 1), (LONGEST_STEP_S, 50)]
)
def test_substeps(dt, count):
    """n = ceil(dt / 10 us), not disturbed by rounding of dt."""
    assert divide(dt, "fibers") == (count, pytest.approx(dt / count))


@pytest.mark.parametrize("dt", [11e-6, 110e-6, 130e-6, 250e-6, 470e-6])
def test_awkward_steps_cost_no_more(dt):
    """Receptors take as few steps as their length allows, each of whole sub-steps."""
    n, h = divide(dt, "fibers")
    steps = receptor_steps(n, h)
    assert n % steps == 0
    assert n * h == pytest.approx(dt)
    assert h <= 10e-6 * (1 + 1e-9)
    assert steps == int(np.ceil(dt / RECEPTOR_STEP_S - 1e-9))


@pytest.mark.parametrize("dt", [0.0, -1e-4, 2e-3, np.nan])
def test_a_step_that_cannot_be_served_is_refused(dt):
    with pytest.raises(ValueError, match="'fibers' cannot run at dt"):
        divide(dt, "fibers")
