"""
The margin of safety of transmission
====================================

Paton & Waud 1967, J Physiol 191:59-90, cat limb muscles under tubocurarine and other antagonists, a stimulus every 10
s: the twitch begins to fall at a receptor occupancy of 0.76 +- 0.05 and is nearly gone at 0.917 (safety factors, as 1
/ (1 - occupancy), of 4.1 for the most sensitive fibers and 12 for the most resistant).

What was done: rested human junctions on human fibers, one impulse, with a share of the receptors out of reach (the
paper's occupancy, one site for each receptor): fibers whose terminals are all alike, and a muscle whose terminals
differ in their release sites by 30 % (log-normal; assumed, as in `nmj.lab`).

What this shows: `receptor_loss` and `ready` of single junctions. A quantum loses less than its receptors: with a
quarter of them it keeps 40 % of its peak. So 1 / (1 - occupancy) overstates how many times larger than needed the
end-plate potential is: the preset's, 3.4 times, begins to fail at 0.84, where it would read 6.
"""

from brian2 import *
from comparison import Comparison
from matplotlib import pyplot as plt

import nmj_brian as nmj
from nmj_brian.units import *

table = Comparison("Paton & Waud 1967")
seed(1967)
human = nmj.junctions.human().replace(mini_rate=0 * Hz)
occupancy = concatenate([[0], linspace(0.55, 0.97, 22)])
each = 300
nerve = SpikeGeneratorGroup(1, [0], [1] * ms)
fired, objects = {}, [nerve]
for spread in (0.0, 0.3):
    fibers = nmj.MuscleFibers(each * len(occupancy))
    synapse = nmj.NMJ(nerve, fibers, junction=human)
    synapse.connect()
    synapse.receptor_loss = repeat(occupancy, each)
    sigma = sqrt(log1p(spread**2))
    factor = exp(sigma * np.random.default_rng(1).standard_normal(len(fibers)) - sigma**2 / 2)
    synapse.ready = np.round(float(human.sites) * factor)
    spikes = SpikeMonitor(fibers)
    objects += [fibers, synapse, spikes]
    fired[spread] = spikes
Network(objects).run(15 * ms)
share = {k: (s.count[:] > 0).reshape(-1, each).mean(1) for k, s in fired.items()}


def occupied_when(level, spread):
    """Occupancy at which so many fibers still fire."""
    failed = np.maximum.accumulate(1 - share[spread])  # sampling makes it wiggle
    return float(np.interp(1 - level, failed, occupancy))


why = "the paper's standard deviation, 0.05"
table.add(
    "R19", "occupancy where transmission begins to fail (5 %)", 0.76, occupied_when(0.95, 0.3), 0.05 / 0.76,
    why, "abstract",
)  # fmt: skip
table.add(
    "R19", "occupancy where it has failed (95 %)", 0.917, occupied_when(0.05, 0.3), 0.05 / 0.917, why, "abstract",
)  # fmt: skip
table.add(
    "R19", "where it begins to fail, terminals alike", 0.76, occupied_when(0.95, 0.0), 0.05 / 0.76, why, "abstract",
    not_met="0.84: the most sensitive fibers of a muscle are those with small terminals",
)  # fmt: skip

human_quantum = nmj.Quantum(human)
left = linspace(0.04, 1, 20)
peak = array([nmj.Quantum(human, density=x).peak for x in left]) / human_quantum.peak
fig, axes = plt.subplots(1, 2, figsize=(9, 4), layout="constrained")
for spread, part in share.items():
    axes[0].plot(occupancy, 100 * part, label=f"terminals differ by {spread:.0%}")
for x in (0.76, 0.917):
    axes[0].axvline(x, color="gray", ls=":")
axes[0].set(xlabel="receptors out of reach", ylabel="fibers that fire (%)")
axes[0].legend()
axes[1].plot(1 - left, peak)
axes[1].plot([0, 1], [1, 0], color="gray", lw=0.5)
axes[1].set(xlabel="receptors out of reach", ylabel="peak of a quantum, relative")
fig.savefig("Paton_Waud_1967.png", dpi=120)

print(table)
table.save("Paton_Waud_1967.csv")
