"""
Twitches of motor units of tibialis anterior
============================================

Andreassen & Arendt-Nielsen 1987, J Physiol 391:561-571: single motor units of the human tibialis anterior, stimulated
inside the muscle; torque, rise time and half relaxation time of their twitches.

What was done: each unit of a pool of the human preset gets one impulse.

What this shows: contraction times of the preset against a muscle that it was not made for, and why its twitch has
three stages: with two (Fuglevand 1993) half relaxation takes 95 ms. Conduction velocity, which goes with torque in
man (r = 0.87), is left out: all fibers of one `MotorUnits` have one diameter.
"""

from brian2 import *
from comparison import Comparison
from matplotlib import pyplot as plt

import nmj_brian as nmj
from nmj_brian.units import *

seed(4)
prefs.codegen.target = "numpy"  # a small network: not worth a compiler
table = Comparison("Andreassen & Arendt-Nielsen 1987")
units = 40
owned = nmj.innervation(units=units, fibers=600, ratio=100)
nerve = SpikeGeneratorGroup(units, arange(units), full(units, 5) * ms)
muscle = nmj.MotorUnits(nerve, owned)
record = StateMonitor(muscle.units, "force", record=True, dt=0.5 * ms)
run(500 * ms)

t, force = record.t / ms, record.force / mN
peak, at = force.max(axis=1), force.argmax(axis=1)
begin = array([argmax(f > 0.01 * f.max()) for f in force])
rise = t[at] - t[begin]
half = array([t[k + argmax(f[k:] <= f.max() / 2)] - t[k] for f, k in zip(force, at, strict=True)])

known = "abstract"
table.add(
    "T24",
    "rise time, mean",
    61,
    rise.mean(),
    16.5 / 61,
    "half of the published range, 47 to 80 ms",
    known,
    "ms",
)
table.add(
    "T24",
    "half relaxation time, mean",
    60,
    half.mean(),
    19 / 60,
    "half of the published range, 40 to 78 ms",
    known,
    "ms",
)
table.add(
    "",
    "correlation of rise time and force",
    -0.81,
    corrcoef(rise, peak)[0, 1],
    0.15,
    "two standard errors of a correlation of some 40 units",
    known,
)

fig, axes = plt.subplots(1, 2, figsize=(9, 4), layout="constrained")
for f in force[:: units // 5]:
    axes[0].plot(t, f / f.max())
axes[0].set(xlabel="time (ms)", ylabel="twitch over its peak")
axes[1].semilogx(peak, rise, "o", label="rise")
axes[1].semilogx(peak, half, "o", label="half relaxation")
axes[1].axhspan(47, 80, color="0.9")
axes[1].set(xlabel="twitch force (mN)", ylabel="time (ms)")
axes[1].legend()
fig.savefig("Andreassen_ArendtNielsen_1987.png", dpi=120)

print(table)
table.save("Andreassen_ArendtNielsen_1987.csv")
