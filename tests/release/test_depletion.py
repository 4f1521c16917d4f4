"""Pools read off depletion trains."""

import numpy as np
import pytest
from brian2 import Hz, ms, second
from brian2.units.fundamentalunits import DimensionMismatchError

from nmj_brian._core import release as core
from nmj_brian.depletion import fit_depletion
from nmj_brian.release import ReleaseModel

KEY = (27, 18)


def constant_terminal(n, p, r, impulses):
    """Quanta per impulse of n sites, each released with p and refilled with r per interval."""
    ready, quanta = float(n), []
    for _ in range(impulses):
        quanta.append(ready * p)
        ready -= quanta[-1]
        ready += r * (n - ready)
    return np.array(quanta)


@pytest.mark.parametrize(("p", "r"), [(0.05, 0.0), (0.05, 0.01), (0.2, 0.1)])
def test_pool_of_a_terminal_without_facilitation(p, r):
    """Closed form: decay (1 - p)(1 - r) per impulse, plateau n p r / (1 - decay); to 1e-6.

    Hence pool = n p / (1 - decay): all n without refilling, fewer the more is refilled.
    """
    n, decay = 1000, (1 - p) * (1 - r)
    fit = fit_depletion(constant_terminal(n, p, r, 200), 100 * Hz)
    assert fit.pool == pytest.approx(n * p / (1 - decay), rel=1e-6)
    assert fit.released == pytest.approx(1 - decay, rel=1e-6)
    plateau = n * p * r / (1 - decay)
    assert fit.recruitment / Hz == pytest.approx(100 * plateau, rel=1e-6, abs=1e-5)
    assert fit.plateau == pytest.approx(r / (1 - decay), rel=1e-5, abs=1e-9)


def train(junction, rate, impulses, terminals):
    model = ReleaseModel(junction)
    quanta = np.empty((terminals, impulses))
    ready = np.empty_like(quanta)
    arrivals = np.arange(impulses) / rate
    core.train(model.kernel(), float(model.sites), KEY, arrivals, quanta, ready)
    return quanta


def test_pool_of_the_mouse(junction):
    """Ruiz et al. 2011: 1730 quanta at 100 Hz from this very model (R28, +-10 %), fewer at lower
    rates. 1 s of train, mean of 20 terminals (sampling error of the fit 1 %)."""
    mouse = junction("mouse")
    pools = [fit_depletion(train(mouse, f, 100, 20), f * Hz).pool for f in (100, 50, 20, 10)]
    assert pools[0] == pytest.approx(1730, rel=0.1)
    assert (np.diff(pools) < 0).all()
    assert pools[2] < 0.7 * pools[0]


def test_wrong_input():
    with pytest.raises(ValueError, match="ten impulses"):
        fit_depletion(np.ones(5), 10 * Hz)
    with pytest.raises(ValueError, match="run down"):
        fit_depletion(np.arange(1.0, 50.0), 10 * Hz)
    with pytest.raises(ValueError, match="run down"):
        fit_depletion(np.ones(50), 10 * Hz)
    with pytest.raises(ValueError, match="finite"):
        fit_depletion(np.full(50, np.nan), 10 * Hz)
    with pytest.raises(DimensionMismatchError):
        fit_depletion(np.ones(50), 10 * ms)


def test_filling_without_the_transporter(junction):
    """Vesamicol: vesicles filled after it are empty. Filling falls as exp(-released / store).

    With no recovery (the longest filling time) the closed form holds to 1e-3 after 600 impulses.
    """
    blocked = junction("human").replace(filling_time=1e5 * second, transmitter_store=20_000.0)
    model = ReleaseModel(blocked, mean=True)
    run = core.TerminalRun(model.kernel(), float(model.sites), KEY)
    for i in range(600):
        run.send(i / 20)
        run.step(i / 20 + 0.04)
    state = run.state
    assert state["filling"] == pytest.approx(np.exp(-state["quanta_total"] / 20_000), rel=1e-3)
    assert 0.3 < state["filling"] < 0.7
