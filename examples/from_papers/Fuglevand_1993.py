"""
Recruitment, rates and twitches of a motor pool
===============================================

Fuglevand, Winter & Patla 1993, J Neurophysiol 70:2470-2488: 120 motor units, recruited in order of size, whose
twitches span a hundredfold in force and threefold in time.

What was done: thresholds, twitches and the gain of a twitch by interval are computed; then the pool runs as a Brian2
group under a trapezoid of excitation, and its spikes are counted.

What this shows: `MotorPool` and its `group`, a common input to `MotorUnits`; both conventions of the recruitment
threshold's index.
"""

from brian2 import *
from comparison import Comparison
from matplotlib import pyplot as plt

import nmj_brian as nmj
from nmj_brian.contraction import FUSED, mean_force, twitch_gain
from nmj_brian.units import *

seed(1)
prefs.codegen.target = "numpy"  # a small network: not worth a compiler
table = Comparison("Fuglevand, Winter & Patla 1993")
pool = nmj.MotorPool()
exact = "closed form, digits given"

thresholds = pool.thresholds
table.add("", "threshold of unit 1", 1.029, thresholds[0], 5e-4, exact, "public code")
table.add("", "threshold of unit 120", 30, thresholds[-1], 1e-9, exact, "public code")
table.add("", "greatest excitation", 57, pool.greatest_excitation, 1e-9, "whole number", "recalled")
sizes = 100 ** (arange(120) / 119)  # twitch forces, here shared by as many fibers
times = nmj.Contraction().contraction_times(sizes) / ms
for unit, published in ((1, 90), (60, 52.20), (120, 30)):
    table.add(
        "T05",
        f"contraction time of unit {unit}",
        published,
        times[unit - 1],
        2e-4,
        exact,
        "computed from the public code, index of 2017",
        "ms",
    )
table.add("T06", "gain at T/ISI 0.4", 1, twitch_gain(0.4), 1e-9, exact, "computed")
table.add(
    "T06", "gain at T/ISI 1", (1 - exp(-2)) / 0.3004, twitch_gain(1.0), 2e-4, exact, "computed"
)
table.add("T06", "force at T/ISI 2, over tetanic", 1, mean_force(2.0), 1e-6, exact, "computed")
table.add("T06", "force at T/ISI 0.4, over 0.4", 0.3004, FUSED, 2e-4, exact, "public code")

# Excitation rises to 40 within 4 s, stays for 20 s and falls.
drive = TimedArray(
    concatenate([linspace(0, 40, 40), full(200, 40.0), linspace(40, 0, 40)]), 0.1 * second
)
neurons = pool.group("drive(t)", dt=0.5 * ms)
spikes = SpikeMonitor(neurons)
run(28 * second)

trains = spikes.spike_trains()
held = trains[20][(trains[20] > 6 * second) & (trains[20] < 23 * second)] / second
expected = pool.rates(40.0)[20] / Hz
table.add(
    "",
    "rate of unit 21 at excitation 40",
    expected,
    1 / diff(held).mean(),
    4 * 0.2 / sqrt(len(held)),
    f"four standard errors of the mean of {len(held)} intervals of cv 0.2",
    "closed form",
    "Hz",
)
rates = pool.rates(40.0) / Hz
every = concatenate(  # as many of each unit, not as many as fit into a time: that would favor short ones
    [diff(x[x > 6 * second][:121] / second) * rates[k] for k, x in trains.items() if rates[k]]
)
table.add(
    "",
    "cv of intervals",
    0.2,
    every.std(),
    4 / sqrt(2 * len(every)),
    f"four standard errors of the spread of {len(every)} intervals",
    "recalled",
)
fig, axes = plt.subplots(1, 3, figsize=(12, 4), layout="constrained")
axes[0].plot(spikes.t / second, spikes.i + 1, "k,")
axes[0].set(xlabel="time (s)", ylabel="motor unit")
for convention in ("1993", "2017"):
    axes[1].plot(
        arange(1, 121), nmj.MotorPool(index=convention).thresholds, label=f"index of {convention}"
    )
axes[1].set(xlabel="motor unit", ylabel="recruitment threshold")
axes[1].legend()
x = linspace(0.01, 2, 200)
axes[2].plot(x, mean_force(x), label="mean force over tetanic")
axes[2].plot(x, twitch_gain(x) / twitch_gain(1.0), label="gain over that at 1")
axes[2].set(xlabel="contraction time / interval")
axes[2].legend()
fig.savefig("Fuglevand_1993.png", dpi=120)

print(table)
table.save("Fuglevand_1993.csv")
