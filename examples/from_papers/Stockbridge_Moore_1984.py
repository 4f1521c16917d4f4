"""
Calcium diffuses away from the membrane, and what is left facilitates
=====================================================================

Stockbridge & Moore 1984, J Neurosci 4:803-811, a model of calcium in a nerve terminal: a cylinder of 99 annuli,
with buffer and pump; release goes with the fourth power of calcium at the membrane.

What was done: influx for 1 ms, calcium at the rim and below it for several buffers and pumps, then pairs of
impulses. Published numbers: ModelDB entry 9888 run in NEURON at its own fixed steps.

What this shows: `CalciumShells` solves the same problem exactly (a sum of decaying modes, no time step), and
turns residual calcium into parameters of release, with which a junction facilitates in the same way.
"""

from brian2 import *
from comparison import Comparison
from matplotlib import pyplot as plt

import nmj_brian as nmj
from nmj_brian.units import *

table = Comparison("Stockbridge & Moore 1984")
why = "2 % for the grid and the time step of the original"
how = "original run in NEURON"
uM = 1e-3 * mM

fig, axes = plt.subplots(1, 3, figsize=(12, 3.8), layout="constrained")
t = linspace(0, 10, 400) * ms
for beta, at_1, at_5 in (
    (25, 3.065, 0.9426),
    (60, 1.950, 0.5405),
    (200, 1.050, 0.2703),
    (600, 0.5985, 0.1493),
):
    shells = nmj.CalciumShells(buffer_ratio=beta)
    rim = shells.rim([1, 5] * ms) / uM
    table.add("R32", f"rim at 1 ms, buffer ratio {beta}", at_1, rim[0], 0.02, why, how, "uM")
    table.add("R32", f"rim at 5 ms, buffer ratio {beta}", at_5, rim[1], 0.02, why, how, "uM")
    axes[0].plot(t / ms, shells.rim(t) / uM, label=f"bound / free {beta}")
    axes[1].plot(shells.depth / nmeter, shells.calcium(1 * ms)[0] / uM)
for pump, at_1, at_2 in ((0, 2.142, 0.9561), (1e-3, 1.973, 0.7843), (1e-2, 1.111, 0.1971)):
    rim = nmj.CalciumShells(pump=51 * pump * cm / second).rim([1, 2] * ms) / uM
    table.add("R32", f"rim at 1 ms, pump {pump:g} cm/s", at_1, rim[0], 0.02, why, how, "uM")
    table.add("R32", f"rim at 2 ms, pump {pump:g} cm/s", at_2, rim[1], 0.02, why, how, "uM")

shells = nmj.CalciumShells(pump=0.051 * cm / second)
intervals = array([5, 10, 20, 50, 100])
for interval, published in zip(intervals, (1.0285, 0.6646, 0.4497, 0.2500, 0.1054), strict=True):
    found = shells.facilitation(interval * ms)[0]
    table.add("R32", f"facilitation after {interval} ms", published, found, 0.02, why, how)

# the same residual calcium in a junction: quantal release with few channels, nothing depleted
grid = linspace(4, 120, 60) * ms
frog = nmj.junctions.frog().replace(working_channels=0.02, **shells.components(grid))
model = nmj.ReleaseModel(frog, mean=True)
pairs = array([model.train(array([0, x]) * ms)[0] for x in intervals])
axes[2].plot(grid / ms, shells.facilitation(grid), label="(C2 / C1)$^4$ - 1 at the rim")
axes[2].plot(intervals, pairs[:, 1] / pairs[:, 0] - 1, "o", label="release of a junction")

axes[0].set(xlabel="time (ms)", ylabel="calcium at the rim (uM)")
axes[1].set(xlabel="depth (nm)", ylabel="calcium at 1 ms (uM)", xlim=(0, 400))
axes[2].set(xlabel="interval (ms)", ylabel="facilitation")
axes[0].legend()
axes[2].legend()
fig.savefig("Stockbridge_Moore_1984.png", dpi=120)

print(table)
table.save("Stockbridge_Moore_1984.csv")
