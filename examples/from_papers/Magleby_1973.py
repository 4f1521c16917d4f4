"""
Facilitation after one impulse and during a train
=================================================

Magleby 1973, J Physiol 234:327-352, frog, low quantal content, 20 impulses per second: one impulse adds
facilitation ``f(t) = 0.8 exp(-t/50) + 0.12 exp(-t/300) + 0.025 exp(-t/3000)``, t in ms, and that of a train is
about the linear sum.

What was done: trains of 20 impulses at 20/s to frog terminals in 0.2 mM Ca and 1 mM Mg, and pairs; quanta of
many trains beside their expectation.

What this shows: the facilitation components of the release stage, in the preset of the frog.
"""

from brian2 import *
from comparison import Comparison
from matplotlib import pyplot as plt

import nmj_brian as nmj
from nmj_brian.units import *

table = Comparison("Magleby 1973")
frog = nmj.junctions.frog().replace(Ca=0.2 * mM, Mg=1 * mM)
expected = nmj.ReleaseModel(frog, mean=True)
quantal = nmj.ReleaseModel(frog)


def kernel(t_ms):
    return 0.8 * exp(-t_ms / 50) + 0.12 * exp(-t_ms / 300) + 0.025 * exp(-t_ms / 3000)


impulses = arange(21) * 50
mean = expected.train(impulses * ms)[0]
facilitation = mean / mean[0] - 1
for n, published in ((1, 0.4205), (2, 0.6389), (5, 0.9555), (10, 1.2306), (20, 1.5253)):
    table.add(
        "R27", f"facilitation after {n} impulses at 20/s", published, facilitation[n], 0.01,
        "linear sum of the published kernel; a little saturation of release", "abstract, summed",
    )  # fmt: skip
gaps = array([10, 50, 100, 300, 1000])
pairs = array([expected.train(array([0, g]) * ms)[0] for g in gaps])
for gap, pair in zip(gaps, pairs, strict=True):
    table.add(
        "R27", f"facilitation of a pair, {gap} ms", kernel(gap), pair[1] / pair[0] - 1, 0.01,
        "the kernel itself", "abstract",
    )  # fmt: skip

trains = quantal.train(impulses * ms, terminals=20_000, seed=3).mean(0)
fig, axes = plt.subplots(1, 2, figsize=(9, 4), layout="constrained")
axes[0].plot(impulses, trains / mean[0] - 1, ".", label="20,000 trains of quanta")
axes[0].plot(impulses, facilitation, label="expectation")
axes[0].plot(
    impulses, [sum(kernel(50 * arange(1, n + 1))) for n in range(21)], "k:", label="sum of f(t)"
)
axes[1].semilogx(gaps, pairs[:, 1] / pairs[:, 0] - 1, "o", label="pairs")
axes[1].semilogx(arange(5, 3000), kernel(arange(5, 3000)), "k:", label="f(t)")
axes[0].set(xlabel="time in the train (ms)", ylabel="facilitation")
axes[1].set(xlabel="interval (ms)", ylabel="facilitation")
axes[0].legend()
axes[1].legend()
fig.savefig("Magleby_1973.png", dpi=120)

print(table)
table.save("Magleby_1973.csv")
