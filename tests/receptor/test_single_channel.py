"""Records of one channel: against theory (R6), the reader of DCPROGS files, and closed forms."""

import struct

import numpy as np
import pytest
from brian2 import Hz, kHz, molar, ms, mV, second, usecond
from brian2.units import pamp as pA

from nmj_brian import receptors
from nmj_brian.channel_trace import step_response
from nmj_brian.receptor import Receptor
from nmj_brian.units import nM, pS, uM

AT = {"ACh": 100 * nM}


@pytest.fixture(scope="module")
def ch82():
    return receptors.CH82()


@pytest.fixture(scope="module")
def record(ch82):
    """About 10,000 bursts."""
    return ch82.single_channel(**AT, duration=38_000 * second, seed=1)


def within(values, theory, sigmas=4.0):
    """Mean within so many standard errors of theory, which give the tolerance."""
    values = np.asarray(values)
    error = float(theory.std) / np.sqrt(len(values))
    assert len(values) > 1000
    assert abs(values.mean() - float(theory.mean)) < sigmas * error


def test_ch82_by_simulation(ch82, record):
    """R6: 10,000 bursts; mean length 7.33 +- 0.15 ms and 0.978 open within, by the critical time of
    1.596 ms, which misclassifies; and dwell times within four standard errors (shut times of a
    record are correlated by 0.09 per lag, well within that)."""
    within(record.open_times, ch82.open_times(**AT))
    within(record.shut_times, ch82.shut_times(**AT))
    bursts = record.bursts(ch82.bursts(**AT).critical_time())
    assert 9_000 < len(bursts) < 11_000
    assert np.mean(bursts.length) / ms == pytest.approx(7.33, abs=0.35)
    assert bursts.open_probability == pytest.approx(0.978, abs=0.001)
    # exactly, by visits to R: no gap is misclassified
    R = ch82.states.index("R")
    number = np.cumsum(record.state == R)
    dwell = np.asarray(record.dwell_times)
    opened = np.flatnonzero(record.open)
    begin = np.asarray(record.t)
    first = opened[np.r_[True, np.diff(number[opened]) > 0]]
    last = opened[np.r_[np.diff(number[opened]) > 0, True]]
    lengths = (begin[last] + dwell[last] - begin[first])[1:-1]
    within(lengths, ch82.bursts(**AT).length())
    assert lengths.mean() * 1e3 == pytest.approx(7.33, abs=0.15)


def test_distributions_by_simulation(ch82, record):
    """Kolmogorov's distance to theory, ideal and apparent at 100 us: below 1.95/sqrt(n) (p = 0.001)
    plus 1e-4, which the asymptotic form leaves."""
    seen = record.resolved(100 * usecond)
    cases = [
        (record.open_times, ch82.open_times(**AT)),
        (record.shut_times, ch82.shut_times(**AT)),
        (seen.open_times, ch82.open_times(**AT, resolution=100 * usecond)),
        (seen.shut_times, ch82.shut_times(**AT, resolution=100 * usecond)),
    ]
    for values, theory in cases:
        t = np.sort(np.asarray(values))
        below = theory.cdf(t * second)
        n = len(t)
        distance = max(np.max(np.arange(1, n + 1) / n - below), np.max(below - np.arange(n) / n))
        assert distance < 1.95 / np.sqrt(n) + 1e-4
    theory = ch82.open_probability(**AT, resolution=100 * usecond)
    assert seen.open_probability == pytest.approx(theory, rel=4 / np.sqrt(10_000))
    assert seen.open_probability > record.open_probability


def test_correlations_by_simulation(ch82, record):
    """Lag 1 of open times: standard error 1/sqrt(n)."""
    t = np.asarray(record.open_times)
    got = np.corrcoef(t[:-1], t[1:])[0, 1]
    assert got == pytest.approx(ch82.correlations(**AT).open_open[0], abs=4 / np.sqrt(len(t)))


def test_missed_events_by_simulation(ch82, record):
    """At 100 us: correlations of apparent times (standard error 1/sqrt(n)), and mean open times
    beside short and beside long apparent shut times (four standard errors)."""
    seen, at = record.resolved(100 * usecond), {**AT, "resolution": 100 * usecond}
    lengths, is_open = np.asarray(seen.intervals)[1:-1], seen.open[1:-1]
    o, s = (lengths[is_open == kind] for kind in (True, False))
    theory = ch82.correlations(**at, lags=2)
    n = 4 / np.sqrt(len(o))
    assert np.corrcoef(o[:-1], o[1:])[0, 1] == pytest.approx(theory.open_open[0], abs=n)
    assert np.corrcoef(s[:-1], s[1:])[0, 1] == pytest.approx(theory.shut_shut[0], abs=n)
    pairs = min(len(o), len(s)) - 1
    after = s[: pairs + 1] if is_open[0] else s[1 : pairs + 1]
    before = o[: len(after)]  # each open time and the shut time after it
    got = np.corrcoef(before, after[: len(before)])[0, 1]
    assert got == pytest.approx(theory.open_shut[0], abs=n)
    assert abs(theory.open_shut[0]) > n  # so that the sign is seen
    for low, high in ((1e-4, 2.5e-4), (2.5e-4, 1e-2), (1e-2, np.inf)):
        chosen = before[(after >= low) & (after < high)]
        beside = ch82.open_times(**at, before=(low * second, high * second))
        error = float(beside.std) / np.sqrt(len(chosen))
        assert len(chosen) > 100
        assert abs(chosen.mean() - float(beside.mean)) < 4 * error


def test_occupancy(ch82, record):
    """Shares of time, against equilibrium; 12 % is four standard errors for the rarest state, which
    was visited 2,900 times for an exponential time each."""
    share = record.occupancy
    for state, p in zip(ch82.states, ch82.equilibrium(**AT), strict=True):
        assert share[state] == pytest.approx(p, rel=0.12)
    assert sum(share.values()) == pytest.approx(1)


def test_seed_and_the_users_own_numbers(ch82):
    """Same seed, same record; NumPy's global generator is neither used nor disturbed."""
    np.random.seed(3)  # noqa: NPY002
    before = np.random.get_state()[1].copy()  # noqa: NPY002
    ch82.single_channel(**AT, duration=1 * second, seed=7).trace(1 * ms, noise=1 * pA)
    assert np.array_equal(np.random.get_state()[1], before)  # noqa: NPY002
    one, two = (ch82.single_channel(**AT, duration=20 * second, seed=7) for _ in range(2))
    np.random.seed(4)  # noqa: NPY002
    other = ch82.single_channel(**AT, duration=20 * second, seed=8)
    fresh = [ch82.single_channel(**AT, duration=20 * second) for _ in range(2)]
    np.testing.assert_array_equal(np.asarray(one.t), np.asarray(two.t))
    np.testing.assert_array_equal(one.state, two.state)
    assert len(other) != len(one) or np.any(other.state != one.state)
    assert fresh[0].seed != fresh[1].seed
    again = ch82.single_channel(**AT, duration=20 * second, seed=fresh[0].seed)
    np.testing.assert_array_equal(np.asarray(again.t), np.asarray(fresh[0].t))
    noise = [r.trace(1 * ms, noise=1 * pA).current for r in (one, two, other)]
    np.testing.assert_array_equal(np.asarray(noise[0]), np.asarray(noise[1]))


def test_shape_of_a_record(ch82):
    r = ch82.single_channel(ACh=10 * uM, duration=0.2 * second, seed=2, start="R")
    assert r.states[r.state[0]] == "R"
    assert float(r.t[0]) == 0.0
    assert np.all(np.diff(np.asarray(r.t)) > 0)
    assert float(np.sum(r.dwell_times)) == pytest.approx(0.2)
    Q = ch82.Q(ACh=10 * uM)
    assert np.all(Q[r.state[:-1], r.state[1:]] > 0)  # only steps of the scheme
    ideal = r.idealized
    assert np.all(ideal.open[1:] != ideal.open[:-1])
    assert float(np.sum(ideal.intervals)) == pytest.approx(0.2)
    assert r.current / pA == pytest.approx(60e-12 * -77e-3 / 1e-12)
    assert len(r.open_times) + len(r.shut_times) == len(ideal) - 2


def test_a_state_that_is_never_left():
    bleaching = Receptor(
        "R + ACh <-> AR* : k_on, k_off\nAR* -> D : k",
        k_on=1e8 / molar / second,
        k_off=1e3 / second,
        k=1e3 / second,
        conductance=60 * pS,
        reversal=-3 * mV,
    )
    r = bleaching.single_channel(ACh=10 * uM, duration=10 * second, seed=1, start="R")
    assert r.states[r.state[-1]] == "D"
    assert float(r.dwell_times[-1]) > 5


def test_resolution_by_hand(ch82):
    """Unseen events lengthen the interval before; equal neighbors join; the first one seen leads."""
    from nmj_brian.idealized_record import IdealizedRecord

    lengths = np.array([0.1, 5, 0.2, 3, 2, 0.3, 0.4, 4, 0.5, 6]) * 1e-3
    is_open = np.arange(10) % 2 == 1
    record = IdealizedRecord.of(lengths, is_open, -4e-12)
    seen = record.resolved(1 * ms)
    # open 5 + 0.2 + 3, shut 2 + 0.3 + 0.4, open 4 + 0.5 + 6
    np.testing.assert_allclose(np.asarray(seen.intervals) * 1e3, [8.2, 2.7, 10.5])
    assert seen.open.tolist() == [True, False, True]
    assert float(seen.start) == pytest.approx(0.1e-3)
    with pytest.raises(ValueError, match="coarser"):
        seen.resolved(0.5 * ms)
    with pytest.raises(ValueError, match="No interval"):
        record.resolved(1 * second)
    bursts = record.bursts(0.45 * ms)  # only the shut times of 2 and 0.5 ms part bursts
    assert bursts.openings.tolist() == [2]
    assert float(bursts.length[0] / ms) == pytest.approx(0.3 + 0.4 + 4)
    assert float(bursts.open_time[0] / ms) == pytest.approx(4.3)
    assert len(record.bursts(1 * second)) == 0


def test_scn_layout(ch82, tmp_path):
    """Byte by byte: header of 153 bytes, then float32 ms, int16 amplitudes, int8 properties."""
    r = ch82.single_channel(ACh=10 * uM, duration=0.1 * second, seed=5)
    r.save_scn(tmp_path / "one.scn")
    data = (tmp_path / "one.scn").read_bytes()
    version, offset, count = struct.unpack_from("<iii", data)
    assert (version, offset, count) == (-103, 154, len(r.idealized))
    assert len(data) == 153 + 7 * count
    (unit,) = struct.unpack_from("<f", data, 12 + 70 + 11 + 24 + 6 * 4)
    lengths = np.frombuffer(data, "<f4", count, 153)
    np.testing.assert_allclose(lengths, np.asarray(r.idealized.intervals) * 1e3, rtol=1e-6)
    amplitude = np.frombuffer(data, "<i2", count, 153 + 4 * count)
    np.testing.assert_allclose(
        amplitude * unit, np.where(r.idealized.open, float(r.current / pA), 0), rtol=1e-6
    )
    properties = np.frombuffer(data, "i1", count, 153 + 6 * count)
    assert properties[0] == properties[-1] == 8
    assert not np.any(properties[1:-1])


def test_scn_in_the_reader_of_dcprogs(ch82, tmp_path):
    """`dcio` opens it, and imposes a resolution as we do (its first and last interval are out)."""
    pytest.importorskip("dcio", reason="dcio is not installed (pip install dcio)")
    from dcio.analysis.record import from_scn
    from dcio.formats.scn import read

    r = ch82.single_channel(ACh=1 * uM, duration=20 * second, seed=6)
    r.save_scn(tmp_path / "one.scn")
    theirs = read(tmp_path / "one.scn")
    ideal = r.idealized
    np.testing.assert_allclose(theirs.intervals, np.asarray(ideal.intervals), rtol=1e-6)
    np.testing.assert_array_equal(theirs.open_mask, ideal.open)
    np.testing.assert_allclose(theirs.amplitudes[ideal.open], float(r.current / pA), rtol=1e-6)
    np.testing.assert_array_equal(np.flatnonzero(~theirs.usable_mask), [0, len(ideal) - 1])
    seen = from_scn(theirs, tres=100e-6)
    ours = r.resolved(100 * usecond)
    for got, wanted in (
        (seen.periods.open_intervals, ours.open_times),
        (seen.periods.shut_intervals, ours.shut_times),
    ):
        # the ends are treated differently; all between is the same list
        wanted = np.asarray(wanted)[3:-3]
        shifts = range(len(got) - len(wanted) + 1)
        assert len(shifts) < 8
        same = [k for k in shifts if np.allclose(got[k : k + len(wanted)], wanted, rtol=1e-5)]
        assert len(same) == 1
    r.save_scn(tmp_path / "resolved.scn", 100 * usecond)
    again = read(tmp_path / "resolved.scn")
    assert again.header.treso == pytest.approx(1e-4)
    assert len(again.intervals) == len(ours)


def test_no_current_no_file(ch82, tmp_path):
    r = ch82.single_channel(ACh=1 * uM, duration=1 * second, seed=6, v=-3 * mV)
    with pytest.raises(ValueError, match="No current"):
        r.save_scn(tmp_path / "one.scn")


@pytest.mark.parametrize("kind", ["gaussian", "bessel4", "bessel8"])
def test_filters(kind):
    """A step answered from 0 to 1, and -3 dB at the cutoff: the transfer function is the Fourier
    transform of the step's slope."""
    answer, first, last = step_response(kind, 1000.0)
    t = np.linspace(first, last, 200_001)
    s = answer(t)
    assert abs(s[0]) < 1e-12
    assert s[-1] == pytest.approx(1, abs=1e-9)
    wave = np.exp(-2j * np.pi * 1000.0 * (t[1:] + t[:-1]) / 2)
    assert abs(np.sum(np.diff(s) * wave)) == pytest.approx(np.sqrt(0.5), rel=1e-5)


def test_trace(ch82):
    """Without noise the trace is between 0 and the current, keeps the charge, and does not depend
    on the sampling interval; noise has the deviation that was asked for."""
    r = ch82.single_channel(ACh=10 * uM, duration=0.5 * second, seed=9)
    sharp = r.trace(5 * usecond)
    levels = np.unique(np.asarray(sharp.current))
    assert len(levels) == 2
    for kind in ("gaussian", "bessel8"):
        fine = r.trace(5 * usecond, cutoff=5 * kHz, filter=kind)
        coarse = r.trace(50 * usecond, cutoff=5 * kHz, filter=kind)
        np.testing.assert_allclose(
            np.asarray(fine.current)[::10], np.asarray(coarse.current), atol=1e-20
        )
        share = float(np.mean(np.asarray(fine.current)) / float(r.current))
        assert share == pytest.approx(r.open_probability, abs=1e-3)
    part = r.trace(5 * usecond, cutoff=5 * kHz, start=100 * ms, stop=200 * ms)
    whole = r.trace(5 * usecond, cutoff=5 * kHz)
    np.testing.assert_allclose(
        np.asarray(part.current), np.asarray(whole.current)[20_000:40_001], atol=1e-20
    )
    noisy = r.trace(5 * usecond, noise=0.2 * pA, cutoff=5 * kHz)
    noise = np.asarray(noisy.current) - np.asarray(whole.current)
    # about 5,000 independent samples
    assert noise.std() / 0.2e-12 == pytest.approx(1, abs=4 / np.sqrt(2 * 5000))
    assert abs(np.corrcoef(noise[:-1], noise[1:])[0, 1]) > 0.9  # the filter makes it smooth
    white = np.asarray(r.trace(5 * usecond, noise=0.2 * pA).current) - np.asarray(sharp.current)
    assert abs(np.corrcoef(white[:-1], white[1:])[0, 1]) < 0.02


def test_clear_errors(ch82):
    with pytest.raises(ValueError, match="seed"):
        ch82.single_channel(**AT, seed=-1)
    with pytest.raises(ValueError, match="longer"):
        ch82.single_channel(**AT, duration=0 * second)
    with pytest.raises(ValueError, match="no state"):
        ch82.single_channel(**AT, start="AR2")
    with pytest.raises(ValueError, match="shorter duration"):
        ch82.single_channel(ACh=1e-3 * molar, duration=1e6 * second)
    r = ch82.single_channel(**AT, duration=1 * second, seed=1)
    with pytest.raises(ValueError, match="filter is one of"):
        r.trace(filter="butterworth", cutoff=1 * kHz)
    with pytest.raises(ValueError, match="higher"):
        r.trace(cutoff=0 * Hz)
    with pytest.raises(ValueError, match="start before stop"):
        r.trace(start=2 * second)
