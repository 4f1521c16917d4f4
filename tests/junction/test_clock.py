"""How a time step is divided, and which steps are refused."""

import numpy as np
import pytest

from nmj_brian.clock import LONGEST_STEP_S, divide


@pytest.mark.parametrize(
    ("dt", "count"), [(25e-6, 3), (50e-6, 5), (100e-6, 10), (10e-6, 1), (LONGEST_STEP_S, 50)]
)
def test_substeps(dt, count):
    """n = ceil(dt / 10 us), not disturbed by rounding of dt."""
    assert divide(dt, "fibers") == (count, pytest.approx(dt / count))


@pytest.mark.parametrize("dt", [0.0, -1e-4, 2e-3, np.nan])
def test_a_step_that_cannot_be_served_is_refused(dt):
    with pytest.raises(ValueError, match="'fibers' cannot run at dt"):
        divide(dt, "fibers")
