"""SCALCS (DCPROGS, GPL; test-time only) as an independent judge of equilibrium and relaxation.

Install with ``pip install nmj_brian[test]``; without it these tests are skipped.
"""

import numpy as np
import pytest
from brian2 import molar, mV, second
from hypothesis import given, settings
from hypothesis import strategies as st

from nmj_brian import receptors
from nmj_brian.units import nM, uM

from ..receptor.conftest import balanced_receptor, seeds

scalcs = pytest.importorskip("scalcs", reason="SCALCS is not installed (pip install scalcs)")

from scalcs import cjumps, mechanism, popen, qmatlib  # noqa: E402
from scalcs.samples import samples  # noqa: E402


def as_mechanism(receptor, between=()):
    """The same scheme as a SCALCS mechanism, and our index of each of its states.

    The shut states named in ``between`` are its class C, all others B.
    """
    names = receptor.states
    states = [
        mechanism.State(
            "A" if is_open else "C" if name in between else "B", name, 60e-12 if is_open else 0.0
        )
        for name, is_open in zip(names, receptor.open, strict=True)
    ]
    Q0, Qb = receptor.matrices(-0.08)
    rates = []
    for step in receptor.scheme.steps:
        value = (Qb if step.binds else Q0)[step.source, step.target]
        rates.append(
            mechanism.Rate(
                value,
                states[step.source],
                states[step.target],
                name=f"{names[step.source]}>{names[step.target]}",
                eff="c" if step.binds else None,
                limits=[1e-30, 1e30],
            )
        )
    other = mechanism.Mechanism(rates)
    return other, [names.index(state.name) for state in other.States]


def test_ch82_is_the_ch82_of_scalcs():
    """Their sample rounds 2/3 to 0.66667, hence 1e-5."""
    ours, theirs = receptors.CH82(), samples.CH82()
    order = [ours.states.index(state.name) for state in theirs.States]
    theirs.set_eff("c", 100e-9)
    Q = ours.Q(ACh=100 * nM)[np.ix_(order, order)]
    np.testing.assert_allclose(Q, theirs.Q, rtol=1e-5, atol=1e-10)
    np.testing.assert_allclose(
        ours.equilibrium(ACh=100 * nM)[order], qmatlib.pinf(theirs.Q), rtol=1e-5
    )
    assert ours.open_probability(ACh=100 * nM) == pytest.approx(
        popen.Popen(theirs, 0, 100e-9), rel=1e-5
    )
    assert ours.ec50() / uM == pytest.approx(popen.EC50(theirs, 0) * 1e6, rel=1e-5)
    assert ours.hill() == pytest.approx(popen.nH(theirs, 0), rel=2e-4)  # they interpolate a slope


def test_two_sites_is_the_diamond_of_scalcs():
    ours, theirs = receptors.human_two_sites(), samples.AChR_diamond()
    for c in (1e-7, 1e-6, 1e-5, 1e-4, 1e-3):
        here = ours.open_probability(ACh=c * molar, v=-100 * mV)
        assert here == pytest.approx(popen.Popen(theirs, 0, c), rel=1e-9)


@settings(derandomize=True, deadline=None, max_examples=25)
@given(seeds, st.integers(2, 3), st.integers(1, 2), st.floats(-8, -3))
def test_equilibrium_of_random_schemes(seed, conformations, sites, log_c):
    """Their null vector against our elimination: absolute 1e-9, for theirs subtracts."""
    ours = balanced_receptor(np.random.default_rng(seed), conformations, sites)
    theirs, order = as_mechanism(ours)
    theirs.set_eff("c", 10**log_c)
    c = 10**log_c * molar
    np.testing.assert_allclose(ours.Q(ACh=c)[np.ix_(order, order)], theirs.Q, rtol=1e-12)
    np.testing.assert_allclose(
        ours.equilibrium(ACh=c)[order], qmatlib.pinf(theirs.Q), rtol=1e-6, atol=1e-9
    )


@settings(derandomize=True, deadline=None, max_examples=15)
@given(seeds, st.integers(2, 3), st.integers(1, 2), st.floats(-7, -3))
def test_jumps_of_random_schemes(seed, conformations, sites, log_c):
    """Their spectral expansion, step by step, against our propagator, 1e-8 absolute: they lose
    digits where eigenvalues nearly meet."""
    ours = balanced_receptor(np.random.default_rng(seed), conformations, sites)
    theirs, order = as_mechanism(ours)
    step, on = 20e-6, 10
    pulse = cjumps.SquarePulse(cmax=10**log_c, width=(on + 0.5) * step, prepulse=0.0)
    record = cjumps.solve(theirs, pulse, reclen=59.5 * step, step=step, method="matrix")
    jump = ours.jump(
        ACh=10**log_c * molar,
        duration=on * step * second,
        total=59 * step * second,
        dt=step * second,
    )
    np.testing.assert_allclose(jump.occupancies[:, order], record.P.T, atol=1e-8)
    np.testing.assert_allclose(jump.open, record.Popen, atol=1e-8)
