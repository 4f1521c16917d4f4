"""
Channels, openings and quanta of an active zone
===============================================

Luo, Dittrich, Stiles & Meriney 2011, J Neurosci 31:11268-11281, frog: about 36 calcium channels in an active
zone, each opens with a probability of only about 0.2 in an impulse; a zone releases about one quantum every
second impulse, although 25-40 vesicles are docked; hundreds of zones make the synapse reliable.

What was done: channels that open, and quanta, in each of the active zones of many impulses.

What this shows: `Terminal.open_per_zone` and `quanta_per_zone`; how an unreliable zone makes a reliable
junction. Their own model of one channel near each vesicle is not ours: the power on the number of channels
(Shahrezaei et al. 2006) needs several in reach.
"""

import numpy as np
from brian2 import *
from comparison import Comparison
from matplotlib import pyplot as plt

import nmj_brian as nmj
from nmj_brian.units import *

table = Comparison("Luo, Dittrich, Stiles & Meriney 2011")
frog = nmj.junctions.frog()
terminal = nmj.Terminal(frog)
about = "'about 0.2' has one digit"
table.add(
    "R29",
    "opening probability in an impulse",
    0.2,
    terminal.opening_probability,
    0.11,
    about,
    "abstract",
)
table.add(
    "R29", "channels that open in a zone", 7.2, terminal.open_per_zone, 0.11, about, "abstract"
)
table.add(
    "R29", "quanta of a zone per impulse", 0.5, terminal.quanta_per_zone, 0.05,
    "'every other impulse'; sites of a zone were fitted to it", "abstract",
)  # fmt: skip
zones = frog.sites / frog.zone_vesicles
table.add("R29", "active zones", 400, zones, 0.5, "published as hundreds", "abstract")

rng = np.random.default_rng(1)
opened = rng.binomial(round(frog.zone_channels), terminal.opening_probability, 20_000)
released = rng.binomial(round(frog.zone_vesicles), terminal.p, 20_000)
junction = nmj.ReleaseModel(frog).train([0] * second, terminals=2000)[:, 0]

fig, axes = plt.subplots(1, 4, figsize=(13, 3.5), layout="constrained")
axes[0].plot(terminal.t / ms, terminal.v / mV, label="voltage (mV)")
axes[0].plot(
    terminal.t / ms,
    100 * terminal.open_channels / frog.channels_in_reach,
    label="open channels (%)",
)
axes[0].set(xlabel="time (ms)", xlim=(-0.5, 1.5))
axes[0].legend()
for axis, counts, label in (
    (axes[1], opened, "channels that open in a zone"),
    (axes[2], released, "quanta of a zone"),
):
    axis.bar(*unique(counts, return_counts=True))
    axis.set(xlabel=label, yticks=[])
axes[3].hist(junction, 30)
axes[3].set(xlabel="quanta of the junction", xlim=(0, None), yticks=[])
fig.savefig("Luo_2011.png", dpi=120)

print(table)
table.save("Luo_2011.csv")
