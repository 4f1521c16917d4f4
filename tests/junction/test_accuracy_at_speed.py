"""As fast as workload FDI runs, against the same model at 1 us: what a muscle's physiologist would measure.

The setting of the benchmarks: human preset, quanta by chance, chains of two compartments, tabulated action potentials,
dt = 0.1 ms. The reference computes every action potential at dt = 1 us; it is the kernel that the NumPy twin reproduces
(test_twin.py). Quanta are the same in both, since they do not depend on the time step; so differences are those of the
method, not of sampling. Bounds are a third to a half of the 1 % that the project promises, or, in time, one sub-step.
"""

from functools import cache

import numpy as np
from brian2 import (
    Network,
    SpikeGeneratorGroup,
    SpikeMonitor,
    StateMonitor,
    defaultclock,
    ms,
    prefs,
    second,
    seed,
    us,
)

import nmj_brian as nmj

FAST, REFERENCE = (100, "tabulated"), (1, "computed")
#: Shares of the ready vesicles: release probability from where no fiber fires to where all do.
LEVELS = np.linspace(0.1, 0.9, 9)
FIBERS = 200


@cache
def impulses(step_us, how):
    """Peaks of the EPP with Na channels blocked (mV), who fired at the first of two impulses, and when (us).

    [level, fiber]; as many fibers with Na channels as without, which see the same quanta.
    """
    prefs.codegen.target = "numpy"
    defaultclock.dt = step_us * us
    seed(6)
    n = len(LEVELS) * FIBERS
    human, peaks = nmj.junctions.human(), []
    for blocked in (True, False):
        nerve = SpikeGeneratorGroup(1, [0, 0], [1, 26] * ms)
        fibers = nmj.MuscleFibers(n, action_potential=how)
        synapse = nmj.NMJ(nerve, fibers, human, stream=0)
        synapse.connect()
        synapse.ready = np.repeat(np.round(human.si("sites") * LEVELS), FIBERS)
        fibers.Na_available = 0.0 if blocked else 1.0
        spikes = SpikeMonitor(fibers, variables="spike_time")
        network = Network(nerve, fibers, synapse, spikes)
        network.run(20 * ms)
        peaks.append(1e3 * (np.asarray(fibers.peak_v) - float(fibers.v_rest)))
        network.run(12 * ms)
    when = np.full((2, n), np.nan)
    i, t = np.asarray(spikes.i), np.asarray(spikes.spike_time / us)
    for k, late in enumerate((t < 26e3, t >= 26e3)):
        when[k, i[late]] = t[late]
    return peaks[0].reshape(len(LEVELS), FIBERS), when.reshape(2, len(LEVELS), FIBERS)


def test_mean_and_variance_of_the_end_plate_potential():
    """At each level of release: the mean within 0.3 %, the standard deviation within 0.5 %."""
    (fast, _), (true, _) = impulses(*FAST), impulses(*REFERENCE)
    assert np.all(np.abs(fast.mean(1) / true.mean(1) - 1) < 3e-3)
    assert np.all(np.abs(fast.std(1) / true.std(1) - 1) < 5e-3)


def test_firing_probability_against_release_probability():
    """From none to all: at no level does one fiber in a hundred decide otherwise; 0.3 % of all."""
    (_, fast), (_, true) = impulses(*FAST), impulses(*REFERENCE)
    p, p_true = np.isfinite(fast).mean(2), np.isfinite(true).mean(2)
    assert p_true[0].min() < 0.1 < 0.9 < p_true[0].max()
    assert np.abs(p - p_true).max() < 0.01
    assert (np.isfinite(fast) != np.isfinite(true)).mean() < 3e-3


def test_distribution_of_spike_times():
    """Late by the 4 to 8 us of sub-steps of 10 us (chain.h), nearly alike for all: quantiles within 10 us, and
    their spread, the jitter, of about 75 us, within 3 us, where most fibers fire."""
    (_, fast), (_, true) = impulses(*FAST), impulses(*REFERENCE)
    for level in range(5, len(LEVELS)):
        for k in (0, 1):
            a, b = (x[k, level][np.isfinite(x[k, level])] for x in (fast, true))
            shares = [0.05, 0.25, 0.5, 0.75, 0.95]
            assert np.abs(np.quantile(a, shares) - np.quantile(b, shares)).max() < 10, level
            middle, middle_true = (np.diff(np.quantile(x, [0.1, 0.9]))[0] for x in (a, b))
            assert abs(middle - middle_true) < 3, level


def muscle(step_us, how):
    """Force (N) of each of three motor units, 30 fibers in all, in 0.3 s of irregular trains, every 10 ms."""
    prefs.codegen.target = "numpy"
    defaultclock.dt = step_us * us
    seed(2)
    rng = np.random.default_rng(7)
    times = np.cumsum(5e-3 + rng.exponential(1 / 25 - 5e-3, (3, 12)), axis=1)
    i, k = np.nonzero(times < 0.29)
    nerve = SpikeGeneratorGroup(3, i, np.floor(times[i, k] * 1e4) * 1e-4 * second + 1e-8 * second)
    owns = nmj.innervation(units=3, fibers=30, ratio=3)
    units = nmj.MotorUnits(nerve, owns, action_potential=how)
    force = StateMonitor(units.units, "force", record=True, dt=10 * ms)
    Network(nerve, units, force).run(0.3 * second)
    return np.asarray(force.force)


def test_force():
    """Of each unit at every moment within 0.5 % of its largest."""
    fast, true = muscle(*FAST), muscle(*REFERENCE)
    assert np.all(true.max(1) > 0)
    assert np.all(np.abs(fast - true).max(1) < 5e-3 * true.max(1))
