"""
A recorded contraction, played through the junction
===================================================

Discharge times of human motor units, decomposed from the surface EMG of a trapezoidal contraction of vastus
lateralis, drive the fibers of a simulated muscle; its force is compared with the force that was measured.

What this shows: recorded spike trains are as good a source as simulated ones. Only a handful of the muscle's hundreds
of units was decomposed, so force is compared in shape (correlation of the smoothed curves), not in newtons.

Usage: python recorded_motor_units.py DISCHARGES.csv [FORCE.csv]

DISCHARGES.csv has columns unit,time_s; FORCE.csv (by default the file beside it whose name ends in _force.csv
instead of _motor_units.csv) has time_s,force_percent_mvc; lines that begin with # are comments.
Source of the recording in the project's test: openhdemg 0.1.2.
"""

import sys
from pathlib import Path

import numpy as np
from brian2 import Hz, SpikeGeneratorGroup, StateMonitor, defaultclock, ms, prefs, run, second, seed
from matplotlib import pyplot as plt

import nmj_brian as nmj
from nmj_brian.units import newton


def read(path, columns):
    """Columns of a CSV file with comments and a header; a clear error if they are not there."""
    lines = [line for line in Path(path).read_text().splitlines() if line and line[0] != "#"]
    if not lines or lines[0].replace(" ", "") != ",".join(columns):
        raise SystemExit(f"{path}: the first line must be {','.join(columns)}")
    return np.array([[float(x) for x in line.split(",")] for line in lines[1:]]).T


def smooth(y, window):
    """Moving average."""
    return np.convolve(y, np.ones(window) / window, mode="same")


def main(discharges, measured):
    unit, time = read(discharges, ("unit", "time_s"))
    force_time, percent = read(measured, ("time_s", "force_percent_mvc"))
    names, unit = np.unique(unit, return_inverse=True)
    # Small units are recruited first: number them in the order of their first discharge.
    starts = [time[unit == k].min() for k in range(len(names))]
    unit = np.argsort(np.argsort(starts))[unit]
    duration = force_time[-1] * second

    seed(5)
    prefs.codegen.target = "numpy"
    defaultclock.dt = (
        0.5 * ms
    )  # discharges are known to one sample of 0.49 ms; fibers divide the step themselves
    nerve = SpikeGeneratorGroup(len(names), unit, time * second)
    muscle = nmj.MotorUnits(nerve, nmj.innervation(units=len(names), fibers=100, ratio=3))
    force = StateMonitor(muscle.units, "force", record=True, dt=5 * ms)
    run(duration, report="stderr", report_period=10 * second)

    simulated = np.interp(force_time, force.t / second, np.sum(force.force / newton, axis=0))
    bins = round(0.5 / float(np.median(np.diff(force_time))))  # half a second
    a, b = smooth(simulated, bins), smooth(percent, bins)
    correlation = float(np.corrcoef(a, b)[0, 1])
    rate = len(time) / len(names) / np.ptp(time) * Hz
    print(f"{len(names)} motor units, {len(time)} discharges, mean rate {rate / Hz:.1f} Hz")
    print(f"impulses transmitted: {np.nanmean(muscle.transmission):.4f}")
    print(f"correlation of simulated and measured force: {correlation:.3f}")
    # share of the plateau (median while the measured force is above 90 % of its maximum)
    hold = b > 0.9 * b.max()
    first, last = np.flatnonzero(hold)[[0, -1]]
    for phase, middle in (
        ("rise", np.flatnonzero(b[:first] > 0.5 * b.max())[0]),
        ("plateau", (first + last) // 2),
        ("fall", last + np.flatnonzero(b[last:] < 0.5 * b.max())[0]),
    ):
        shares = b[middle] / np.median(b[hold]), a[middle] / np.median(a[hold])
        print(f"{phase}: measured, simulated share of the plateau {shares[0]:.2f} {shares[1]:.2f}")

    fig, axes = plt.subplots(2, sharex=True, figsize=(8, 5), layout="constrained")
    axes[0].plot(time, unit, "|", ms=4)
    axes[0].set_ylabel("motor unit")
    axes[1].plot(force_time, percent / np.median(b[hold]), label="measured")
    axes[1].plot(force_time, simulated / np.median(a[hold]), label="simulated", alpha=0.8)
    axes[1].set_ylabel("force, share of plateau")
    axes[1].set_xlabel("time (s)")
    axes[1].legend()
    fig.savefig("recorded_motor_units.png", dpi=120)
    return correlation


if __name__ == "__main__":
    if not 2 <= len(sys.argv) <= 3:
        raise SystemExit(__doc__)
    events = sys.argv[1]
    default = events.replace("_motor_units.csv", "_force.csv")
    if len(sys.argv) == 2 and default == events:
        raise SystemExit("give the measured force as the second file")
    main(events, sys.argv[2] if len(sys.argv) == 3 else default)
