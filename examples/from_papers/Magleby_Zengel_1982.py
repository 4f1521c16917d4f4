"""
Four processes that increase release multiply
=============================================

Magleby & Zengel 1982, J Gen Physiol 80:613-638, frog, low quantal content: two components of facilitation,
augmentation and potentiation, with time constants of 60 ms, 400 ms, 7 s and about 60 s, act on release as ``(F1
+ F2 + 1)(A + 1)(P + 1)``.

What was done: a conditioning train of 300 impulses at 20/s, test impulses at ever later times, each after a
train of its own. The slowest component is read off late, divided out, and so on: what remains gives the next.
Subtracting instead of dividing gives components that are too large.

What this shows: all components of the release stage together. Steps per impulse are of the size usual for the
frog, chosen for this example; time constants and the form are the paper's.
"""

from brian2 import *
from comparison import Comparison
from matplotlib import pyplot as plt

import nmj_brian as nmj
from nmj_brian.units import *

table = Comparison("Magleby & Zengel 1982")
components = {"f1": 0.06, "f2": 0.4, "augmentation": 7.0, "potentiation": 60.0}
frog = nmj.junctions.frog().replace(
    Ca=0.15 * mM, Mg=1 * mM, f3_step=0, f1_step=0.8, f2_step=0.12, augmentation_step=0.005,
    potentiation_step=0.006, **{f"{name}_time": time * second for name, time in components.items()},
)  # fmt: skip
model = nmj.ReleaseModel(frog, mean=True)
train = arange(300) * 0.05
after = {
    "potentiation": geomspace(45, 150, 12),
    "augmentation": geomspace(3, 15, 12),
    "f2": geomspace(0.45, 1.2, 12),
    "f1": geomspace(0.02, 0.15, 12),
}


def tested(delay):
    """Release by a test impulse after the train, relative to the first impulse of the train."""
    quanta = model.train(concatenate([train, [train[-1] + delay]]) * second)[0]
    return quanta[-1] / quanta[0]


release = {name: array([tested(d) for d in delays]) for name, delays in after.items()}


def peel(divide):
    """Time constants and amplitudes, slowest first; the others divided out, or subtracted."""
    found = {}

    def slower(t, names):
        return [
            amplitude * exp(-t / tau) for tau, amplitude in (found[n] for n in names if n in found)
        ]

    for name, delays in after.items():
        rest = release[name]
        if divide:
            for part in slower(delays, ("potentiation", "augmentation")):
                rest = rest / (1 + part)
            rest = rest - 1 - sum(slower(delays, ("f2",)), axis=0)
        else:
            rest = rest - 1 - sum(slower(delays, after), axis=0)
        slope, level = polyfit(delays, log(maximum(rest, 1e-9)), 1)
        found[name] = -1 / slope, exp(level)
    return found


divided, subtracted = peel(True), peel(False)
for name, time in components.items():
    table.add(
        "", f"time constant of {name}", time, divided[name][0], 0.06,
        "the faster components that are left where a slower one is read off", "recalled", "s",
    )  # fmt: skip
for name, step, time in (("augmentation", 0.005, 7.0), ("potentiation", 0.006, 60.0)):
    expected = step * sum(exp(-arange(300) * 0.05 / time))
    table.add(
        "", f"{name} at the end of the train", expected, divided[name][1], 0.1,
        "as the time constants", "sum of the steps",
    )  # fmt: skip
sizes = [found["augmentation"][1] for found in (divided, subtracted)]
print(f"augmentation after the train: {sizes[0]:.2f}; by subtracting: {sizes[1]:.2f}\n")

fig, axes = plt.subplots(1, 2, figsize=(9, 4), layout="constrained")
for name, delays in after.items():
    axes[0].semilogx(delays, release[name], "o")
t = geomspace(0.02, 150, 200)
fitted = {name: amplitude * exp(-t / tau) for name, (tau, amplitude) in divided.items()}
whole = (
    (1 + fitted["f1"] + fitted["f2"]) * (1 + fitted["augmentation"]) * (1 + fitted["potentiation"])
)
axes[0].semilogx(t, whole, "k:", label="(F1 + F2 + 1)(A + 1)(P + 1), as read off")
for name, course in fitted.items():
    axes[1].loglog(t, course, label=name)
axes[0].set(xlabel="time after the train (s)", ylabel="release / that of a rested terminal")
axes[1].set(xlabel="time after the train (s)", ylabel="component", ylim=(1e-2, 10))
axes[0].legend()
axes[1].legend()
fig.savefig("Magleby_Zengel_1982.png", dpi=120)

print(table)
table.save("Magleby_Zengel_1982.csv")
