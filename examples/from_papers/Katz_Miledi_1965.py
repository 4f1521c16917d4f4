"""
The synaptic delay
==================

Katz & Miledi 1965, Proc R Soc B 161:483-495 (frog, 20 degrees C, little calcium): from the presynaptic current
to the start of the end-plate current pass at least 0.4-0.5 ms, most often 0.75 ms; J Physiol 181:656-670: the
modal delay has a Q10 of 2.42 +- 0.14. Lagerspetz 1994, J Exp Biol 187:131: Q10 2.60 of the average delay, 2.64
of the minimum, 4-24 degrees C.

What was done: one impulse to 20,000 junctions that release 0.3 quanta; the moment of the first quantum
(`release_time`).

What this shows: most of the synaptic delay is the time that channels, calcium and its sensor take: nothing was
put in by hand. Ours ends at fusion; theirs at the start of the current, up to 0.1 ms later.
"""

from brian2 import *
from comparison import Comparison
from matplotlib import pyplot as plt

import nmj_brian as nmj
from nmj_brian.units import *

table = Comparison("Katz & Miledi 1965")
seed(1965)
frog = nmj.junctions.frog().replace(Ca=0.175 * mM, Mg=0 * mM, mini_rate=0 * Hz)
nerve = SpikeGeneratorGroup(1, [0], [1] * ms)
fibers = nmj.MuscleFibers(20_000, fiber=nmj.fibers.frog())
synapse = nmj.NMJ(nerve, fibers, junction=frog)
synapse.connect()
run(8 * ms)
delay = (synapse.release_time[:] / ms - 1)[synapse.quanta[:] > 0]
latency = nmj.Terminal(frog).latency
table.add(
    "R34", "shortest delay, 1 % of quanta", 0.45, quantile(delay, 0.01), 0.12,
    "published as 0.4-0.5", "three independent notes", "ms",
)  # fmt: skip
counts, edges = histogram(delay, arange(0.2, 4, 0.05))
top = argmax(counts)
table.add(
    "R34", "most frequent delay", 0.75, (edges[top] + edges[top + 1]) / 2, 0.15,
    "theirs includes the rise of the current, up to 0.1 ms; bins of 0.05 ms", "three independent notes", "ms",
)  # fmt: skip

celsius = array([4, 9, 14, 19, 24])
courses = [nmj.Terminal(frog.replace(temperature=x * degC)).latency for x in celsius]
for name, source, published, tolerance, why in (
    ("mode", "abstract, quoted", 2.42, 0.14 / 2.42, "their standard error"),
    (
        "mean",
        "abstract of Lagerspetz 1994, quoted",
        2.60,
        0.1,
        "spread between preparations, assumed",
    ),
    (
        "minimum",
        "abstract of Lagerspetz 1994, quoted",
        2.64,
        0.1,
        "spread between preparations, assumed",
    ),
):
    found = array([getattr(x, name) / ms for x in courses])
    q10 = exp(-10 * polyfit(celsius, log(found), 1)[0])
    table.add("R34", f"Q10 of the delay, {name}", published, q10, tolerance, why, source)

fig, axes = plt.subplots(1, 2, figsize=(9, 4), layout="constrained")
axes[0].hist(delay, edges, color="0.8", label=f"{len(delay)} first quanta")
t = linspace(0.2, 4, 400)
axes[0].plot(
    t, len(delay) * 0.05 * asarray(latency.density(t * ms) * ms), "k", label="density of latency"
)
axes[0].axvspan(0.4, 0.5, color="C0", alpha=0.3, label="published minimum")
axes[0].axvline(0.75, c="C1", label="published mode")
axes[0].set(xlabel="delay (ms)", ylabel="quanta", xlim=(0, 3))
for name in ("mode", "mean", "minimum"):
    axes[1].semilogy(celsius, [getattr(x, name) / ms for x in courses], "o-", label=name)
axes[1].set(xlabel="temperature (degrees C)", ylabel="delay (ms)")
axes[0].legend()
axes[1].legend()
fig.savefig("Katz_Miledi_1965.png", dpi=120)

print(table)
table.save("Katz_Miledi_1965.csv")
