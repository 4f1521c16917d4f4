"""
Tubocurarine on the receptor and in its channel
===============================================

Colquhoun, Dreyer & Sheridan 1979, J Physiol 293:247-284, frog: tubocurarine competes with the agonist with a
dissociation constant of 0.34 uM at any voltage, and blocks the open channel with about 0.12 uM at -70 mV and 0.02 uM
at -120 mV.

What was done: both actions as states of the frog receptor of the catalogue. Occupancy of the binding sites at rest;
shift of the dose-response curve; open channels that are blocked in the steady state, against voltage.

What this shows: `Receptor.with_antagonist`, `with_channel_blocker`. Dissociation constants go in; what comes out is
that the states, with two sites and gating between, give the equilibrium that the constants mean. (Rates are assumed:
equilibria do not depend on them.)
"""

from brian2 import *
from comparison import Comparison
from matplotlib import pyplot as plt

import nmj_brian as nmj
from nmj_brian.units import *

table = Comparison("Colquhoun, Dreyer & Sheridan 1979")
frog = nmj.receptors.frog_endplate()
Kd = 0.34 * uM


def curare(conc):
    return nmj.Antagonist("tubocurarine", conc, k_on=100 / second / Kd, k_off=100 / second)


def sites_taken(conc):
    """Share of binding sites with tubocurarine, counted over the states."""
    receptor = frog.with_antagonist(curare(conc))
    held = array([2 * ("2tubo" in s) + ("_tubo" in s) for s in receptor.states])
    return receptor.equilibrium(ACh=0 * molar) @ held / 2


for conc, published, where in (
    (0.34, 0.5, "abstract (definition of the constant)"),
    (1.08, 0.76, "Paton & Waud 1967, occupancy where block begins, with this constant"),
    (3.76, 0.917, "Paton & Waud 1967, occupancy at complete block, with this constant"),
):
    table.add(
        "R18", f"sites with tubocurarine at {conc} uM", published, sites_taken(conc * uM), 0.002,
        "three digits given", where,
    )  # fmt: skip

low = 1e-9 * molar  # where the curve is still the square of the concentration
plain = frog.open_probability(ACh=low)
for ratio in (2, 10):
    # with curare, find the concentration that opens as many
    with_it = frog.with_antagonist(curare((ratio - 1) * Kd))
    first = with_it.equilibrium(ACh=ratio * low) @ array([s == "A2R*" for s in with_it.states])
    before = frog.equilibrium(ACh=low) @ array([s == "A2R*" for s in frog.states])
    table.add(
        "", f"channels with two ACh at {ratio} times ACh and {ratio - 1} Kd of tubocurarine, relative", 1,
        first / before, 1e-4, "low concentrations", "Gaddum & Schild: dose ratio 1 + c / Kd",
    )  # fmt: skip

sensitivity = log(0.12 / 0.02) / (50 * mV)
blocker = nmj.ChannelBlocker(
    "curare_in_pore", 0.1 * uM, k_on=1e8 / molar / second, k_off=1e8 * 0.12e-6 / second,
    voltage_sensitivity=sensitivity, v_measured=-70 * mV,
)  # fmt: skip
blocked = frog.with_channel_blocker(blocker)
volts = arange(-140, 41, 10)
share = []
for v in volts:
    p = dict(zip(blocked.states, blocked.equilibrium(ACh=10 * uM, v=v * mV), strict=True))
    share.append(p["curare_in_pore_A2R"] / (p["curare_in_pore_A2R"] + p["A2R*"]))
for v, published in ((-70, 0.12), (-120, 0.02)):
    b = share[int(np.searchsorted(volts, v))]
    table.add(
        "R18", f"dissociation constant of block at {v} mV", published, 0.1 * (1 - b) / b, 0.005,
        "two digits; both went in, as constant and voltage dependence", "abstract", "uM",
    )  # fmt: skip

fig, axes = plt.subplots(1, 2, figsize=(9, 4), layout="constrained")
conc = logspace(-7, -3, 60) * molar
for c in (0, 0.34, 1.08, 3.76):
    receptor = frog.with_antagonist(curare(c * uM))
    axes[0].semilogx(conc / uM, receptor.open_probability(ACh=conc), label=f"{c} uM")
axes[0].set(xlabel="ACh (uM)", ylabel="open probability")
axes[0].legend(title="tubocurarine")
axes[1].plot(volts, share)
axes[1].set(xlabel="membrane potential (mV)", ylabel="open channels blocked by 0.1 uM", ylim=(0, 1))
fig.savefig("Colquhoun_Dreyer_Sheridan_1979.png", dpi=120)

print(table)
table.save("Colquhoun_Dreyer_Sheridan_1979.csv")
