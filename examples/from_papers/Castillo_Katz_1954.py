"""
Release comes in quanta
=======================

del Castillo & Katz 1954, J Physiol 124:560-573, frog, little calcium and much magnesium: end-plate potentials
fail, or are one, two, three times the size of a spontaneous one, as often as Poisson's law says. The mean
number of quanta m is then the logarithm of impulses over failures, the mean response over the mean miniature,
and the inverse square of the coefficient of variation.

What was done: one impulse to 1,000 junctions each at three calcium concentrations, whole chain from nerve to
fiber; miniatures of 200 more junctions for one second.

What this shows: `NMJ` and `MuscleFibers` as plain Brian2 objects: 3,000 end plates at once, `peak_v` of each
fiber.
"""

from brian2 import *
from comparison import Comparison
from matplotlib import pyplot as plt
from scipy.optimize import brentq
from scipy.stats import norm, poisson

import nmj_brian as nmj
from nmj_brian.units import *

table = Comparison("del Castillo & Katz 1954")
seed(1954)
trials, contents = 1000, (0.5, 1.0, 3.0)
bath = nmj.junctions.frog().replace(Mg=1 * mM, mini_rate=0 * Hz)


def at_content(m):
    """Frog junction in the calcium that gives m quanta."""
    calcium = brentq(lambda c: nmj.ReleaseModel(bath.replace(Ca=c * mM)).m - m, 0.1, 1.8, xtol=1e-6)
    return bath.replace(Ca=calcium * mM)


fiber = nmj.fibers.frog()
nerve = SpikeGeneratorGroup(1, [0], [1] * ms)
fibers, synapses = [], []
for m in contents:
    fibers.append(nmj.MuscleFibers(trials, fiber=fiber))
    synapses.append(nmj.NMJ(nerve, fibers[-1], junction=at_content(m)))
    synapses[-1].connect()
resting = nmj.MuscleFibers(200, fiber=fiber)
quiet = bath.replace(mini_rate=1 * Hz, working_channels=0)
spontaneous = nmj.NMJ(nerve, resting, junction=quiet)
spontaneous.connect()
record = StateMonitor(resting, "v", record=True, dt=0.2 * ms)
net = Network(nerve, fibers, synapses, resting, spontaneous, record)
net.run(40 * ms)
responses = [(f.peak_v[:] - f.v_rest) / mV for f in fibers]
net.remove(*fibers, *synapses)
net.run(1 * second)

# miniatures: each stretch above a tenth of a millivolt, unless it holds two peaks
above = (record.v - resting.v_rest) / mV
minis = []
for trace in above:
    edges = flatnonzero(diff(concatenate([[0], trace > 0.05, [0]]).astype(int)))
    for start, end in edges.reshape(-1, 2):
        piece = trace[start:end]
        rises = (piece[1:-1] > piece[:-2]) & (piece[1:-1] >= piece[2:])
        if sum(rises) == 1:
            minis.append(piece.max())
mini, cv = mean(minis), std(minis) / mean(minis)
print(f"{len(minis)} miniatures: {mini:.2f} mV, CV {cv:.2f}\n")

fig, axes = plt.subplots(1, 3, figsize=(12, 3.8), layout="constrained")
for axis, m, response in zip(axes, contents, responses, strict=True):
    failed = response < 0.1 * mini
    estimates = {
        "failures": (log(trials / sum(failed)), sqrt((exp(m) - 1) / trials) / m),
        "mean over miniature": (
            mean(response) / mini,
            sqrt((1 + cv**2) / m / trials + cv**2 / len(minis)),
        ),
        "variation": (
            (1 + cv**2) * mean(response) ** 2 / var(response),
            sqrt((2 + (1 + 3 * cv**2) / m) / trials + 4 / (m * trials)),
        ),
    }
    for method, (found, error) in estimates.items():
        table.add(
            "R26", f"m from {method}, {m:g} expected", m, found, 3.5 * error,
            f"3.5 standard errors of {trials} impulses", "theory: n p of the terminal",
        )  # fmt: skip
    x = linspace(0.01, response.max(), 300)
    bins = linspace(0, response.max(), 40)
    law = sum(
        [poisson.pmf(k, m) * norm.pdf(x, k * mini, sqrt(k) * cv * mini) for k in range(1, 15)],
        axis=0,
    )
    axis.hist(response, bins, color="0.8")
    axis.plot(x, trials * law * bins[1], "k", label="Poisson, sizes of miniatures")
    axis.plot(0, trials * exp(-m), "kv", label="Poisson, failures")
    axis.set(xlabel="end-plate potential (mV)", title=f"m = {m:g}")
axes[0].set_ylabel("impulses")
axes[0].legend()
fig.savefig("Castillo_Katz_1954.png", dpi=120)

print(table)
table.save("Castillo_Katz_1954.csv")
