"""Bursts: Colquhoun & Hawkes (1982) to every listed digit, and what must hold for any scheme."""

import numpy as np
import pytest
from brian2 import molar, ms, mV, second
from hypothesis import given, settings
from hypothesis import strategies as st

from nmj_brian import ChannelBlocker, receptors
from nmj_brian.units import nM, uM

from .conftest import balanced_receptor, seeds
from .test_channel_theory import as_printed, digits

AT = {"ACh": 100 * nM}
RECORDED_AT = -130 * mV


def test_ch82_bursts():
    """R3 and table: bursts at 100 nM, parted by visits to R."""
    b = as_printed().bursts(**AT)
    assert b.open_states == ("AR*", "A2R*")
    assert set(b.within_states) == {"AR", "A2R"}
    assert b.between_states == ("R",)
    digits(b.start, [0.275362, 0.724638], 1e-6)
    digits(b.openings, 3.81864, 1e-5)
    digits(b.mean_length / ms, 7.3281, 1e-4)
    digits(b.mean_open_time / ms, 7.16585, 1e-5)
    digits(b.mean_shut_time / ms, 0.162258, 1e-6)
    digits(b.shut_time().mean / ms, 0.276814, 1e-6)
    digits(b.gap_between().mean / ms, 3790.43, 1e-2)
    digits(b.open_probability, 0.97786, 1e-5)
    rates, amplitudes = b.length().rates, b.length().amplitude
    digits(rates[::-1], [101.600835, 2012.597763, 3093.266488, 19408.201584], 1e-6)
    digits(amplitudes[::-1], [74.738405, 28.668297, 773.533787, 1.498222], 1e-6)
    rho, w = b.openings_components
    digits(rho, [0.007144, 0.792567], 1e-6)
    digits(w, [0.260915, 0.152921], 1e-6)


@settings(derandomize=True, deadline=None, max_examples=20)
@given(seeds, st.integers(2, 3), st.integers(1, 2), st.floats(-3, 0))
def test_bookkeeping(seed, conformations, sites, log_c):
    """Bursts and gaps between them fill the record: their open time, their openings, all shut times
    come out as without bursts (1e-8: rounding over five decades of rates)."""
    receptor = balanced_receptor(np.random.default_rng(seed), conformations, sites, decades=1.0)
    at = {"ACh": 10**log_c * molar}
    b = receptor.bursts(**at)
    near = lambda x: pytest.approx(float(x), rel=1e-8)  # noqa: E731
    period = b.mean_length + b.gap_between().mean
    assert float(b.mean_open_time / period) == near(receptor.open_probability(**at))
    assert float(period * b.rate) == near(1)
    assert float(b.mean_open_time / b.openings) == near(receptor.open_times(**at).mean)
    shut = (b.mean_shut_time + b.gap_between().mean) / b.openings
    assert float(shut) == near(receptor.shut_times(**at).mean)
    assert float(b.length().mean) == near(b.mean_length)
    assert float(b.open_time().mean) == near(b.mean_open_time)
    several = 1 - b.openings_probability(1)
    assert float(several * b.shut_time().mean) == near(b.mean_shut_time)
    assert float(b.gaps * b.gap_within().mean) == near(b.mean_shut_time)
    assert b.gaps == near(b.openings - 1) or b.gaps < 1e-8
    mixed = several * b.length(2).mean + (1 - several) * lone(receptor, b)
    assert float(mixed) == pytest.approx(float(b.mean_length), rel=1e-6)
    n = np.arange(1, 400)
    p = b.openings_probability(n)
    rest = b.start @ np.linalg.matrix_power(b._return, 399)
    assert p.sum() + rest.sum() == near(1)
    by_start = [b.openings_from(s) for s in b.open_states]
    assert float(b.start @ by_start) == near(b.openings)


def lone(receptor, b):
    """Mean length of bursts of one opening, from their own distribution."""
    from nmj_brian.time_distribution import TimeDistribution

    QAA = b._Q["AA"]
    return TimeDistribution(b.start, QAA, -QAA @ b._last).mean


def test_classes_can_be_chosen():
    """Block by the agonist as a gap between bursts, or within (the default)."""
    human = receptors.human_adult()
    default = human.bursts(ACh=10 * uM)
    assert default.between_states == ("R",)
    assert "A2RB" in default.within_states
    chosen = human.bursts(ACh=10 * uM, between=["R", "A2RB"])
    assert set(chosen.between_states) == {"R", "A2RB"}
    assert chosen.mean_length < default.mean_length
    with pytest.raises(ValueError, match="did you mean|there are"):
        human.bursts(ACh=10 * uM, between=["A2RX"])
    with pytest.raises(ValueError, match="no shut state"):
        human.bursts(ACh=10 * uM, between=["A2R*"])
    with pytest.raises(ValueError, match="never end"):
        human.bursts(ACh=10 * uM, between=[])


def test_desensitized_states_lie_between_bursts():
    b = receptors.human_desensitizing().bursts(ACh=100 * uM)
    assert set(b.between_states) == {"R", "A2D", "AD", "D"}


def test_clear_errors():
    b = receptors.CH82().bursts(**AT)
    with pytest.raises(ValueError, match="at least 1"):
        b.openings_probability(0)
    with pytest.raises(ValueError, match="at_least"):
        b.length(3)
    with pytest.raises(ValueError, match="open states"):
        b.openings_from("R")
    with pytest.raises(ValueError, match="criterion"):
        b.critical_time("good")
    assert "openings" in repr(b)


def test_frog_bursts():
    """R9: Colquhoun & Sakmann (1985), 11 degC, -130 mV: gaps 20 us, 1.9 of them (10 %). At 100 nM
    nearly all longer bursts are of doubly occupied receptors."""
    b = receptors.frog_endplate().bursts(**AT, v=RECORDED_AT)
    state = b.open_states.index("A2R*")
    assert float(b.gap_within().tau[0] / second) * 1e6 == pytest.approx(20, rel=0.1)
    assert b.openings_from(b.open_states[state]) - 1 == pytest.approx(1.9, rel=0.1)


def test_critical_time_with_a_blocker():
    """Both open states have a blocked one behind them that lasts 1/k_off: one component. By the equation
    of Colquhoun & Sakmann (1985): as large a share of gaps within is longer as of gaps between is shorter.
    """
    drug = ChannelBlocker("QX222", 5 * uM, 1e7 / molar / second, 1000 / second)
    receptor = receptors.CH82().with_channel_blocker(drug)
    bursts = receptor.bursts(ACh=100 * nM)
    assert len(bursts.within_states) == 4
    shut = receptor.shut_times(ACh=100 * nM)
    assert len(shut.tau) == 4
    t = bursts.critical_time()
    late = shut.area * np.exp(-np.asarray(shut.rates * t))
    within = late[:3].sum() / shut.area[:3].sum()
    between = 1 - late[3] / shut.area[3]
    assert within == pytest.approx(between, rel=1e-6)
    assert 1 < float(t / ms) < 50
