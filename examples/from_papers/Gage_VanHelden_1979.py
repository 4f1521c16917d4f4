"""
Which ions the end-plate channel lets through
=============================================

Gage & Van Helden 1979, J Physiol 288:509-528, toad sartorius: null potential of the end-plate current -3.2 mV in
sodium, -6.1 mV in lithium and +0.1 mV in cesium Ringer at 20 degrees C; -5.3 mV in sodium Ringer at 8 degrees C.

What was done: permeability ratios from these potentials with the equation of Goldman, Hodgkin & Katz, for a toad
fiber of assumed composition (124 mM K, 10 mM Na) in 115 mM of the ion with 2.5 mM K; then the potentials with ratios
from another laboratory (Adams, Dwyer & Hille 1980, recalled: Li 0.87, Cs 1.42, K 1.11).

What this shows: `reversal_potential`, `permeability_ratio`. Three potentials fix three ratios, so the first three
rows are met by construction; the other rows are the test.
"""

from brian2 import *
from comparison import Comparison
from matplotlib import pyplot as plt

import nmj_brian as nmj
from nmj_brian.units import *

table = Comparison("Gage & Van Helden 1979")
fiber = {"K": 124 * mM, "Na": 10 * mM}
null = {"Na": -3.2 * mV, "Li": -6.1 * mV, "Cs": 0.1 * mV}
other = {"Na": 1, "K": 1.11, "Li": 0.87, "Cs": 1.42}


def ringer(ion):
    return {ion: 115 * mM, "K": 2.5 * mM}


P = {"Na": 1.0}
for ion in null:
    sought = "K" if ion == "Na" else ion
    P[sought] = nmj.permeability_ratio(sought, null[ion], ringer(ion), fiber, P, 20 * degC)
for ion, published in null.items():
    table.add(
        "R37", f"null potential in {ion} Ringer", published / mV,
        nmj.reversal_potential(ringer(ion), fiber, P, 20 * degC) / mV, 0.01,
        "by construction: one ratio each", "abstract", "mV",
    )  # fmt: skip
for ion, not_met in (
    ("K", ""),
    ("Li", ""),
    ("Cs", "null potentials of the two laboratories differ by 6 mV in cesium"),
):
    table.add(
        "", f"permeability of {ion} relative to Na", other[ion], P[ion], 0.15,
        "3 mV of 25: potentials of two preparations", "Adams, Dwyer & Hille 1980, recalled",
        not_met=not_met,
    )  # fmt: skip
table.add(
    "R37", "null potential in Na Ringer at 8 degC", -5.3,
    nmj.reversal_potential(ringer("Na"), fiber, P, 8 * degC) / mV, 0.1, "two digits", "abstract", "mV",
    not_met="constant ratios only scale with absolute temperature; K would have to gain 11 % on Na",
)  # fmt: skip

fig, axis = plt.subplots(figsize=(6, 4), layout="constrained")
volts = linspace(-30, 20, 51)
frog = nmj.receptors.frog_endplate().at(20 * degC)
for ion in null:
    reversal = nmj.reversal_potential(ringer(ion), fiber, P, 20 * degC)
    current = (volts * mV - reversal) * frog.replace(reversal=reversal).conductance
    axis.plot(volts, current / pA, label=ion)
axis.axhline(0, color="gray", lw=0.5)
axis.set(xlabel="membrane potential (mV)", ylabel="current of one channel (pA)")
axis.legend(title="Ringer")
fig.savefig("Gage_VanHelden_1979.png", dpi=120)

print(table)
table.save("Gage_VanHelden_1979.csv")
