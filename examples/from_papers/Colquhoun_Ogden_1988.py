"""
Activation of the frog's end-plate channels by high concentrations of acetylcholine
==================================================================================

Colquhoun & Ogden 1988, J Physiol 395:131-159: at high concentrations single channels open in clusters, between long
desensitized silences; the share of a cluster that is open gives the dose-response curve free of desensitization. The
falling limb is acetylcholine blocking the channel that it opened.

What was done: the equilibrium that the authors fitted (two equivalent sites, K = 77 uM, E = 32 at -120 mV; K = 32 uM
at +100 mV) as a scheme, with and without block; and clusters of one such channel, desensitizing, simulated and
measured as in the paper.

What this shows: a scheme of one's own from text, `ec50`, `hill`, `max_open_probability`, clusters by `bursts(t_crit)`.
"""

from brian2 import *
from comparison import Comparison
from matplotlib import pyplot as plt

import nmj_brian as nmj
from nmj_brian.units import *


def equivalent_sites(K, E, block=None, desensitizes=False):
    """Two equal sites; the speeds do not matter for the curve."""
    lines = """
        R   + ACh <-> AR   : 2*k_on, k_on*K
        AR  + ACh <-> A2R  : k_on, 2*k_on*K
        A2R       <-> A2R* : E*alpha, alpha
    """
    constants = dict(K=K, E=float(E), k_on=1e8 / molar / second, alpha=714 / second)
    if block is not None:
        lines += "    A2R* + ACh <-> A2RB : k_on, k_on*K_block\n"
        constants["K_block"] = block
    if desensitizes:
        lines += "    A2R* <-> D : d_in, d_out\n"
        constants.update(d_in=5 / second, d_out=0.5 / second)
    return nmj.Receptor(lines, conductance=32 * pS, reversal=-3 * mV, **constants)


table = Comparison("Colquhoun & Ogden 1988")
rounding = "their rounding of K and E, and scatter of the points"
free = equivalent_sites(77 * uM, 32)
table.add(
    "R8",
    "half-maximal concentration, -120 mV, without block",
    15,
    free.ec50() / uM,
    0.10,
    rounding,
    "abstract",
    "uM",
)
table.add("R8", "Hill slope, -120 mV, without block", 1.6, free.hill(), 0.10, rounding, "abstract")
blocked = equivalent_sites(77 * uM, 32, 1.3 * mM)
block = "abstract (block 1.3 mM: recalled)"
table.add(
    "R8",
    "largest open probability, -120 mV",
    0.9,
    blocked.max_open_probability(),
    0.10,
    rounding,
    block,
)
table.add(
    "R8",
    "open probability at 100 uM, -120 mV",
    0.9,
    blocked.open_probability(ACh=100 * uM),
    0.10,
    rounding,
    block,
)
table.add(
    "R8",
    "half-maximal concentration, -120 mV, with block",
    15,
    blocked.ec50() / uM,
    0.10,
    rounding,
    block,
    "uM",
)

# at +100 mV: E from the maximum, the rest follows
outward = equivalent_sites(32 * uM, 0.41 / (1 - 0.41))
table.add(
    "",
    "half-maximal concentration, +100 mV",
    50,
    outward.ec50() / uM,
    0.10,
    rounding,
    "abstract",
    "uM",
)
table.add("", "Hill slope, +100 mV", 1.2, outward.hill(), 0.10, rounding, "abstract")

# clusters, as measured
conc = array([10, 30, 100, 300, 1000]) * uM
channel = equivalent_sites(77 * uM, 32, 1.3 * mM, desensitizes=True)
measured = []
for c in conc:
    record = channel.single_channel(ACh=c, duration=60 * second, seed=1, v=-120 * mV)
    measured.append(record.bursts(30 * ms).open_probability)
table.add(
    "R8",
    "open probability of simulated clusters at 100 uM",
    0.9,
    measured[2],
    0.10,
    rounding,
    block,
)

fig, axes = plt.subplots(1, 2, figsize=(10, 4), layout="constrained")
curve = logspace(-7, -2, 200) * molar
for receptor, label in (
    (free, "-120 mV, without block"),
    (blocked, "-120 mV, block 1.3 mM"),
    (outward, "+100 mV"),
):
    axes[0].semilogx(curve / uM, receptor.open_probability(ACh=curve), label=label)
axes[0].semilogx(conc / uM, measured, "ko", label="clusters of one channel")
axes[0].set(xlabel="acetylcholine (uM)", ylabel="open probability within clusters")
axes[0].legend(fontsize="small")
record = channel.single_channel(ACh=30 * uM, duration=10 * second, seed=2, v=-120 * mV)
sweep = record.trace(200 * us, noise=0.3 * pA, cutoff=2 * kHz)
axes[1].plot(sweep.t / second, sweep.current / pA, "k", lw=0.3)
axes[1].set(
    xlabel="time (s)", ylabel="current (pA)", title="30 uM: clusters between desensitized silences"
)
fig.savefig("Colquhoun_Ogden_1988.png", dpi=120)

print(table)
table.save("Colquhoun_Ogden_1988.csv")
