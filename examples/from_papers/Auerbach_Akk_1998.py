"""
Desensitization of mouse end-plate receptors: through the open channel only
===========================================================================

Auerbach & Akk 1998, J Gen Physiol 112:181-197, table II: at saturating agonist single channels open in clusters that
end when the receptor desensitizes. It does so from the open state with two agonist molecules, 3.5 times a second in
adult and 4.6 in fetal receptors, whatever the agonist, the voltage or the permeant ion.

What was done: the mouse adult receptor with one desensitized state beyond the open one, entered at the published
rate, was recorded as one channel; clusters were found by a critical time, and the entry rate was estimated as in the
paper, by clusters ended per time open. The estimate does not know the rate that was put in; that it comes out, at
two potentials and two concentrations, is what is tested. The gating of the catalogue's receptor is from another paper.

What this shows: a scheme built from the catalogue's constants, `single_channel`, `bursts(t_crit)` as clusters.
"""

from brian2 import *
from comparison import Comparison
from matplotlib import pyplot as plt

import nmj_brian as nmj
from nmj_brian.units import *

table = Comparison("Auerbach & Akk 1998")
mouse = nmj.receptors.mouse_adult()


def desensitizing(entry):
    """The mouse receptor with a desensitized state, left after a second on average."""
    constants = dict(mouse.parameters)
    text = mouse.scheme.text + "\n        A2R* <-> A2D : d_in, d_out\n"
    return nmj.Receptor(
        text, temperature=mouse.temperature, d_in=entry / second, d_out=1 / second, **constants
    )


def estimate(receptor, seed, **at):
    """Entry rate from clusters of one channel, and its standard error."""
    record = receptor.single_channel(duration=300 * second, seed=seed, **at)
    clusters = record.bursts(10 * ms)
    rate = len(clusters) / float(np.sum(clusters.open_time))
    # silences shorter than the critical time are missed: a share of 1 % at a mean of one second
    return rate / float(exp(-10 * ms * 1 / second)), rate / np.sqrt(len(clusters)), clusters


adult, fetal = desensitizing(3.5), desensitizing(4.6)
cases = (
    ("adult, 1 mM, -100 mV", 3.5, adult, dict(ACh=1 * mM, v=-100 * mV)),
    ("adult, 1 mM, +50 mV", 3.5, adult, dict(ACh=1 * mM, v=50 * mV)),
    ("adult, 100 uM, -100 mV", 3.5, adult, dict(ACh=100 * uM, v=-100 * mV)),
    ("fetal, 1 mM, -100 mV", 4.6, fetal, dict(ACh=1 * mM, v=-100 * mV)),
)
for seed, (name, published, receptor, at) in enumerate(cases, 1):
    rate, error, clusters = estimate(receptor, seed, **at)
    table.add(
        "R14",
        f"entry into desensitization, {name}",
        published,
        rate,
        3.5 * error / published,
        f"3.5 standard errors of {len(clusters)} clusters",
        "table II",
        "1/s",
    )
theta = float(mouse.rate("beta2") / mouse.rate("alpha2"))
table.add(
    "",
    "opening over closing rate, adult",
    45,
    theta,
    0.1,
    "about 10 % between patches",
    "table II",
    not_met="the catalogue's mouse receptor has the gating of PNAS 2005, 102:87 (48000 and 1700/s)",
)

fig, axes = plt.subplots(1, 2, figsize=(11, 3.8), layout="constrained")
record = adult.single_channel(ACh=1 * mM, duration=10 * second, seed=4, v=-100 * mV)
sweep = record.trace(200 * us, noise=0.5 * pA, cutoff=2 * kHz)
axes[0].plot(sweep.t / second, sweep.current / pA, "k", lw=0.3)
axes[0].set(xlabel="time (s)", ylabel="current (pA)", title="1 mM: clusters of one channel")
lengths = np.sort(np.asarray(clusters.length))
axes[1].step(lengths, 1 - arange(len(lengths)) / len(lengths), "0.5", label="clusters, fetal")
t = linspace(0, lengths[-1], 200) * second
theory = fetal.bursts(ACh=1 * mM, v=-100 * mV, between=["A2D"]).length()
axes[1].semilogy(t / second, theory.survivor(t), "k--", label="theory")
axes[1].set(xlabel="cluster length (s)", ylabel="share that is longer")
axes[1].legend()
fig.savefig("Auerbach_Akk_1998.png", dpi=120)

print(table)
table.save("Auerbach_Akk_1998.csv")
