"""
Deactivation of normal, slow and fast human receptors
=====================================================

Lee, Free & Sine 2009, J Neurosci 29:3189-3199, table 1: rate constants of the adult human acetylcholine receptor and of
mutants of one residue after another, from single-channel records at 22 degrees C.

What was done: a receptor meets 1 mM of acetylcholine for 0.2 ms, as it does when a vesicle opens above it; then
the transmitter is gone and the channels close. Open probability at steady concentrations shows block of the open
channel by acetylcholine itself.

What this shows: a scheme from the catalogue, `jump`, `open_probability`; how opening, closing and dissociation together
set the decay of the end-plate current, from fast-channel to slow-channel mutants.
"""

from brian2 import *
from comparison import Comparison
from matplotlib import pyplot as plt

import nmj_brian as nmj
from nmj_brian.units import *

table = Comparison("Lee, Free & Sine 2009")
steady = 0 / mV  # rates as measured, at the voltage of the measurement
ladder = {
    "aF135L": 0.237,
    "aY277L": 0.389,
    "WT": 2.035,
    "aF137L": 4.161,
    "aL210Q": 17.14,
    "aL273F": 20.93,
}

fig, axes = plt.subplots(1, 2, figsize=(9, 4), layout="constrained")
for name, published in ladder.items():
    make = nmj.receptors.human_adult if name == "WT" else nmj.receptors.human_mutant
    receptor = make("a" if name == "WT" else name, block=False, voltage_sensitivity=steady)
    pulse = receptor.jump(ACh=1 * mM, duration=0.2 * ms, total=100 * ms, dt=5 * us)
    table.add(
        "R11" if name != "WT" else "R10",
        f"e-fold decay of {name}",
        published,
        pulse.decay_time / ms,
        0.02,
        "rates integrated elsewhere and read off a 1 us grid, three digits given",
        "rates: table 1; decay: computed",
        "ms",
    )
    if name == "WT":
        table.add(
            "R10",
            "peak open probability of WT",
            0.960,
            pulse.open.max(),
            0.002,
            "three digits given",
            "rates: table 1; peak: computed",
        )
    axes[0].semilogx(pulse.t / ms, pulse.open, label=name)

wild = nmj.receptors.human_adult("a", voltage_sensitivity=steady)
for conc, published in ((100 * uM, 0.902), (1000 * uM, 0.786), (3000 * uM, 0.578)):
    table.add(
        "R12",
        f"open probability at {conc / uM:.0f} uM",
        published,
        wild.open_probability(ACh=conc),
        0.002,
        "three digits given",
        "rates: table 1; curve: computed",
    )
conc = logspace(-7, -2, 200) * molar
unblocked = nmj.receptors.human_adult("a", block=False, voltage_sensitivity=steady)
for receptor, label in ((wild, "with block by ACh"), (unblocked, "without")):
    axes[1].semilogx(conc / uM, receptor.open_probability(ACh=conc), label=label)
axes[0].set(xlabel="time (ms)", ylabel="open probability")
axes[1].set(xlabel="acetylcholine (uM)", ylabel="open probability")
axes[0].legend()
axes[1].legend()
fig.savefig("Lee_Free_Sine_2009.png", dpi=120)

print(table)
table.save("Lee_Free_Sine_2009.csv")
