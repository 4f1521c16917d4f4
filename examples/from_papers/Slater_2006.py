"""
Small junctions with normal quanta
==================================

Slater et al. 2006, Brain 129:2061-2076: in patients with a limb-girdle myasthenia the neuromuscular junctions
are about half as large as in controls. Quantal content, contact area, folds and receptors are about half;
quantal size, its time course and quanta per area are normal.

What was done: half the release sites in the human preset, on the same fiber with its sodium channels blocked,
beside the control; 400 junctions each, first impulse.

What this shows: size of a junction as one parameter. Receptors per area stay, so a quantum stays what it was;
end-plate potential and safety factor fall with the quanta. (Constant driving force: v / (1 - 0.8 v / E),
McLachlan & Martin 1981.)
"""

from brian2 import *
from comparison import Comparison
from matplotlib import pyplot as plt

import nmj_brian as nmj
from nmj_brian.units import *

table = Comparison("Slater et al. 2006")
seed(2006)
control = nmj.junctions.human()
small = control.replace(sites=round(control.sites / 2))
nerve = SpikeGeneratorGroup(1, [0], [1] * ms)
n = 400
objects, results = [nerve], {}
for name, junction in (("control", control), ("patients", small)):
    fibers = nmj.MuscleFibers(n)
    fibers.Na_available = 0
    synapse = nmj.NMJ(nerve, fibers, junction=junction.replace(mini_rate=0 * Hz))
    synapse.connect()
    trace = StateMonitor(fibers, "v", record=range(20))
    objects += [fibers, synapse, trace]
    results[name] = fibers, synapse, trace
Network(objects).run(12 * ms)

quanta, epp, quantum = {}, {}, {}
for name, (fibers, synapse, _) in results.items():
    quanta[name] = mean(synapse.quanta[:])
    epp[name] = mean((fibers.peak_v[:] - fibers.v_rest) / mV)
    quantum[name] = mean(synapse.peak_g[:] / nS) / quanta[name]
error = "4 standard errors of 400 junctions"


def relative(values):
    return values["patients"] / values["control"]


table.add(
    "R38", "quantal content, relative", 0.5, relative(quanta), 0.06, error, "abstract: about 50 %"
)
table.add(
    "R38", "end-plate potential, relative", 0.5, relative(epp), 0.06, error, "follows from the quanta",
    not_met="0.56: potentials do not add, as the driving force falls; corrected for it, see the next row",
)  # fmt: skip
driving = -fibers.v_rest / mV - 3
corrected = {name: v / (1 - 0.8 * v / driving) for name, v in epp.items()}
table.add(
    "R38", "end-plate potential for a constant driving force, relative", 0.5, relative(corrected), 0.06,
    error, "follows from the quanta",
)  # fmt: skip
fiber = nmj.fibers.human().chain()
safety = {name: fiber.summary(m) for name, m in quanta.items()}
spare = {name: quanta[name] / found["quanta_to_fire"] for name, found in safety.items()}
table.add(
    "R38", "safety factor in quanta (released over needed), relative", 0.5, relative(spare), 0.06, error,
    "follows from the quanta",
)  # fmt: skip
potentials = {name: found["safety_factor"] for name, found in safety.items()}
table.add(
    "R38", "safety factor in potentials (EPP over depolarization needed), relative", 0.5, relative(potentials),
    0.06, error, "follows from the quanta",
    not_met="0.57: as the end-plate potential; the depolarization needed is the same",
)  # fmt: skip
table.add(
    "R38",
    "peak conductance of a quantum, relative",
    1,
    relative(quantum),
    0.04,
    error,
    "abstract: normal",
)
one = nmj.Quantum(control), nmj.Quantum(small)
table.add(
    "R38",
    "decay of a quantum, relative",
    1,
    one[1].decay_time / one[0].decay_time,
    1e-9,
    "same quantum",
    "abstract: normal",
)
table.add(
    "R38",
    "quanta per site, relative",
    1,
    relative(quanta) / (small.sites / control.sites),
    0.05,
    error,
    "abstract: normal",
)

fig, axes = plt.subplots(1, 2, figsize=(9, 4), layout="constrained")
for name, color in (("control", "C0"), ("patients", "C3")):
    _, synapse, trace = results[name]
    axes[0].plot(trace.t / ms - 1, trace.v.T / mV, color, lw=0.5)
    axes[0].plot([], [], color, label=name)
    axes[1].hist(synapse.quanta[:], arange(0, 70, 2), color=color, alpha=0.6)
axes[0].set(xlabel="time (ms)", ylabel="fiber potential, Na channels blocked (mV)")
axes[1].set(xlabel="quanta released", ylabel="junctions")
axes[0].legend()
fig.savefig("Slater_2006.png", dpi=120)

print(table)
table.save("Slater_2006.csv")
