"""
Twitches and conduction velocities of motor units of tibialis anterior
======================================================================

Andreassen & Arendt-Nielsen 1987, J Physiol 391:561-571: single motor units of the human tibialis anterior, stimulated
inside the muscle; torque, rise time and half relaxation time of their twitches, and conduction velocity.

What was done: each unit of a pool of the human preset gets one impulse. So do 26 fibers from tendon to tendon, of 35 to
85 um, whose action potentials are timed at two sites.

What this shows: contraction times of the preset against a muscle that it was not made for, and why its twitch has
three stages: with two (Fuglevand 1993) half relaxation takes 95 ms. Conduction velocity grows with half a power of the
diameter, so that the published range asks for fibers of 25 to 100 um, or for other differences between units. That it
goes with torque (r = 0.87) is left out: all fibers of one `MotorUnits` have one diameter.
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

whole = nmj.fibers.human().whole(30 * mm, 12 * mm, sites={"first": 16 * mm, "last": 26 * mm})
fibers = nmj.MuscleFibers(26, whole)
fibers.diameter = linspace(35, 85, 26) * um
axon = SpikeGeneratorGroup(1, [0], [1] * ms)
junctions = nmj.NMJ(axon, fibers, noise="none")
junctions.connect()
Network(fibers, axon, junctions).run(12 * ms)
velocity = fibers.conduction_velocity("first", "last") / (metre / second)

table.add(
    "T18",
    "conduction velocity, mean",
    3.7,
    velocity.mean(),
    0.15,
    "the diameters of these fibers are not known; they are 60 um here, and the square root counts",
    known,
    "m/s",
)
table.add(
    "T18",
    "fastest",
    5.3,
    velocity.max(),
    0.1,
    "sub-steps and compartments make it 3 % slow; temperature of the muscle",
    known,
    "m/s",
)
table.add(
    "T18",
    "slowest",
    2.6,
    velocity.min(),
    0.1,
    "as the fastest",
    known,
    "m/s",
    not_met="velocity is 3.1 m/s at 35 um and grows with the root of the diameter: 2.6 m/s need 25 um",
)

fig, axes = plt.subplots(1, 3, figsize=(13, 4), layout="constrained")
for f in force[:: units // 5]:
    axes[0].plot(t, f / f.max())
axes[0].set(xlabel="time (ms)", ylabel="twitch over its peak")
axes[1].semilogx(peak, rise, "o", label="rise")
axes[1].semilogx(peak, half, "o", label="half relaxation")
axes[1].axhspan(47, 80, color="0.9")
axes[1].set(xlabel="twitch force (mN)", ylabel="time (ms)")
axes[1].legend()
axes[2].plot(fibers.diameter / um, velocity, "o")
axes[2].axhspan(2.6, 5.3, color="0.9")
axes[2].set(xlabel="diameter (um)", ylabel="conduction velocity (m/s)")
fig.savefig("Andreassen_ArendtNielsen_1987.png", dpi=120)

print(table)
table.save("Andreassen_ArendtNielsen_1987.csv")
