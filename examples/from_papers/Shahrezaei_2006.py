"""
Two powers: of calcium, and of the number of channels
=====================================================

Shahrezaei, Cao & Delaney 2006, J Neurosci 26:13240-13249, frog: release goes with the power 4.16 +- 0.62 of
bath calcium, but only 1.7 +- 0.44 (1.8 mM Ca) and 2.12 +- 0.44 (0.45 mM) of the number of channels left by
omega-conotoxin GVIA, so that a vesicle is released by calcium of one or two channels; 2-6 channels open in an
active zone.

What was done: release against bath calcium, and against the share of channels that work.

What this shows: a vesicle sees its own few channels. The terminal averages release over how many of them open;
averaging their calcium instead would give the same power for both.
"""

from brian2 import *
from comparison import Comparison
from matplotlib import pyplot as plt
from scipy.stats import binom

import nmj_brian as nmj
from nmj_brian.units import *

table = Comparison("Shahrezaei, Cao & Delaney 2006")
frog = nmj.junctions.frog()
spread = "their standard deviation"
share = linspace(0.3, 1, 8)

fig, axes = plt.subplots(1, 3, figsize=(12, 3.8), layout="constrained")
for Ca, published in ((1.8, 1.7), (0.45, 2.12)):
    p = array([nmj.Terminal(frog, Ca=Ca * mM, working_channels=s).p for s in share])
    power = polyfit(log(share), log(p), 1)[0]
    table.add(
        "R30",
        f"power on channels, {Ca} mM Ca",
        published,
        power,
        0.44 / published,
        spread,
        "abstract",
    )
    axes[1].loglog(share, p / p[-1], "o-", label=f"{Ca} mM Ca: {power:.2f}")
calcium = geomspace(0.15, 0.6, 8)
p = array([nmj.Terminal(frog, Ca=c * mM).p for c in calcium])
power = polyfit(log(calcium[:5]), log(p[:5]), 1)[0]
table.add(
    "R30", "power on bath calcium, 0.15-0.33 mM", 4.16, power, 0.62 / 4.16, spread, "abstract",
    not_met="the sensor was measured at the calyx, where it reaches 3.4 in a brief domain",
)  # fmt: skip

terminal = nmj.Terminal(frog)
by_channels = terminal.release_by_channels
k = arange(len(by_channels))
q = terminal.opening_probability
part = binom.pmf(k, len(k) - 1, q) * by_channels / terminal.p
table.add(
    "R30", "channels open per active zone", 4, terminal.open_per_zone, 0.5, "published as 2-6", "abstract",
    not_met="7.9, for the 36 channels of Luo et al. 2011, who disagree slightly",
)  # fmt: skip
axes[0].loglog(calcium, p, "o-", label=f"power {power:.2f}")
axes[0].set(xlabel="bath calcium (mM)", ylabel="release probability")
axes[1].set(xlabel="share of channels that work", ylabel="release, relative")
axes[2].bar(k, part)
axes[2].set(xlabel="open channels in reach of a vesicle", ylabel="share of the released vesicles")
axes[0].legend()
axes[1].legend()
fig.savefig("Shahrezaei_2006.png", dpi=120)

print(table)
table.save("Shahrezaei_2006.csv")
