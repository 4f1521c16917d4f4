"""
The ready pool of a mouse terminal
==================================

Ruiz, Cano, Casanas, Gaffield, Betz & Tabares 2011, J Neurosci 31:2000-2008: 850 active zones in a terminal with
two docked vesicles each, 1,700 in all; trains at 100 Hz, read with exponential depletion of the initial pool
and refilling by recruitment, give a ready pool of 1,730 quanta; at lower rates the estimate is smaller.

What was done: the same kinetic model was fitted to the quanta of 100 impulses at several rates, 20 terminals
each.

What this shows: `ReleaseModel.train` and `fit_depletion`. The smaller pool at lower rates needs no zones that
rest: sites are refilled between impulses, which the estimate mistakes for a smaller pool; at 100 Hz
facilitation makes up for it. Extrapolating the cumulative release back from the plateau, another usual way,
finds far fewer.
"""

from brian2 import *
from comparison import Comparison
from matplotlib import pyplot as plt

import nmj_brian as nmj
from nmj_brian.units import *

table = Comparison("Ruiz et al. 2011")
mouse = nmj.junctions.mouse()
model = nmj.ReleaseModel(mouse)
table.add(
    "R28",
    "active zones",
    850,
    mouse.sites / mouse.zone_vesicles,
    0.01,
    "input of the preset",
    "abstract",
)
rates, impulses = (100, 50, 20, 10), arange(100)
pools, back = {}, {}
fig, axes = plt.subplots(1, 2, figsize=(9, 4), layout="constrained")
for k, rate in enumerate(rates):
    quanta = model.train(impulses / rate * second, terminals=20, seed=rate)
    fit = nmj.fit_depletion(quanta, rate * Hz)
    pools[rate] = fit.pool
    total = cumsum(quanta.mean(0))
    back[rate] = polyfit(impulses[-30:] + 1, total[-30:], 1)[1]
    axes[0].plot(impulses + 1, quanta.mean(0), ".", ms=3, c=f"C{k}", label=f"{rate} Hz")
    axes[0].plot(impulses + 1, fit.fitted, c=f"C{k}")
table.add(
    "R28", "ready pool by depletion at 100 Hz", 1730, pools[100], 0.1,
    "sampling error 1 %; their terminals differ by more", "abstract", "quanta",
)  # fmt: skip
table.add(
    "R28", "smaller at every lower rate (1: yes)", 1, all(diff([pools[r] for r in rates]) < 0), 0.0,
    "published without a number", "abstract",
)  # fmt: skip
axes[1].semilogx(
    rates, [pools[r] for r in rates], "o-", label="exponential depletion and recruitment"
)
axes[1].semilogx(rates, [back[r] for r in rates], "s-", label="extrapolated from the plateau")
axes[1].axhline(mouse.sites, ls=":", c="k", label="sites that are there")
axes[0].set(xlabel="impulse", ylabel="quanta")
axes[1].set(xlabel="rate (Hz)", ylabel="estimate of the ready pool (quanta)", ylim=(0, None))
axes[0].legend()
axes[1].legend()
fig.savefig("Ruiz_2011.png", dpi=120)

print(table)
print(f"extrapolated from the plateau at 100 Hz: {back[100]:.0f} quanta")
table.save("Ruiz_2011.csv")
