"""
A kinetic mechanism for the nicotinic receptor of four conformations
====================================================================

Edelstein, Schaad, Henry, Bertrand & Changeux 1996, Biol Cybern 75:361-379 (BioModels 1 and 2): the receptor goes by
itself between a basal (B), an active (A), a fast (I) and a slowly desensitized conformation (D), each with its own
affinity for the agonist; the agonist selects among them.

What was done: the twelve states with the published rates; products of rates around the loops, affinities, and what
an application of agonist does. The courses have no published numbers here to stand beside (see Dilger_Liu_1992.py).

What this shows: `check`, microscopic reversibility to the rounding of a paper, `jump` over six decades of time.
"""

from brian2 import *
from comparison import Comparison
from matplotlib import pyplot as plt

import nmj_brian as nmj
from nmj_brian.units import *

table = Comparison("Edelstein et al. 1996")
receptor = nmj.receptors.Edelstein1996()
report = receptor.check()
ratio = {loop.states: loop.ratio for loop in report.cycles}
digits, code = "rounding of the last digit given", "computed from the rates of BioModels 1"
table.add(
    "",
    "loop B-BL-AL-A, product one way over the other",
    1.0248,
    ratio["B", "BL", "AL*", "A*"],
    5e-5,
    digits,
    code,
)
table.add(
    "",
    "loop BL-BLL-ALL-AL, the same",
    0.9756,
    ratio["BL", "BLL", "ALL*", "AL*"],
    5e-5,
    digits,
    code,
)
table.add(
    "",
    "loops that turn by more than 5 %",
    0,
    len([loop for loop in report.cycles if not loop.reversible]),
    0,
    "a whole number",
    code,
)

# each conformation's affinity for the first agonist, per site, sets its weight
Q0, Qb = receptor.matrices(-0.08)
number = {state: k for k, state in enumerate(receptor.states)}
rates = "rates of BioModels 1"
for name, free, bound, published in (
    ("B", "B", "BL", 8000 / 3e8),
    ("A", "A*", "AL*", 8.64 / 3e8),
    ("I", "I", "IL", 4 / 3e8),
    ("D", "D", "DL", 4 / 3e8),
):
    K = Q0[number[bound], number[free]] / Qb[number[free], number[bound]]
    table.add(
        "",
        f"dissociation constant of {name}, first agonist",
        published * 1e6,
        K * 1e6,
        1e-9,
        "as printed",
        rates,
        "uM",
    )

fig, axes = plt.subplots(1, 2, figsize=(11, 4), layout="constrained")
times = logspace(-6, 3, 400) * second
pulse = receptor.jump(ACh=100 * uM, duration=2000 * second, times=times)
for name, states in (
    ("B", "B BL BLL"),
    ("A (open)", "A* AL* ALL*"),
    ("I", "I IL ILL"),
    ("D", "D DL DLL"),
):
    axes[0].semilogx(
        times / second, sum([pulse.occupancy[s] for s in states.split()], axis=0), label=name
    )
axes[0].set(xlabel="time in 100 uM (s)", ylabel="share of receptors")
axes[0].legend()
conc = logspace(-8, -2, 40) * molar
early = [
    receptor.jump(ACh=c, duration=1 * second, times=logspace(-6, -1, 150) * second).peak
    for c in conc
]
axes[1].loglog(conc / uM, early, label="peak")
axes[1].loglog(conc / uM, receptor.open_probability(ACh=conc), label="equilibrium")
axes[1].set(xlabel="agonist (uM)", ylabel="open probability")
axes[1].legend()
fig.savefig("Edelstein_1996.png", dpi=120)

print(table)
table.save("Edelstein_1996.csv")
