"""
An antagonist against curare
============================

Blackman, Gauldie & Milne 1975 (rat diaphragm): hexamethonium, itself a weak antagonist, raises an end-plate potential
that tubocurarine has lowered. It needs that tubocurarine leaves its site within about a millisecond (half-time 1 ms),
and it vanishes when acetylcholinesterase is inhibited.

What was done: one quantum of the rat preset under tubocurarine (Kd 0.34 uM, half-time varied) with and without a weak
antagonist that is always at equilibrium (Kd 200 uM, dissociation within 5 us, both assumed), with the enzyme and
without it. The end-plate potential is the current filtered with 2.4 ms, the time constant of rat fibers.

What this shows: `with_antagonist` with two drugs that compete. The weak drug takes sites from tubocurarine and gives
them up at once when ACh comes; tubocurarine, 1 ms later, when the enzyme has removed the ACh. Where ACh waits,
nothing is won. Tubocurarine as fast as the weak drug is not opposed: the two only add.
"""

from brian2 import *
from comparison import Comparison
from matplotlib import pyplot as plt

import nmj_brian as nmj
from nmj_brian.units import *

table = Comparison("Blackman, Gauldie & Milne 1975")
rat = nmj.junctions.rat()
membrane = 2.4 * ms
doses = array([0, 10, 25, 50, 100, 200]) * uM


def epp(junction, *drugs):
    """Peak of the current after the membrane's low-pass, in channels."""
    held = junction.replace(receptor=junction.receptor.with_antagonist(*drugs))
    quantum = nmj.Quantum(held, duration=25 * ms)
    t = linspace(0, 25, 5001) * ms
    opened = np.interp(t / second, quantum.t / second, quantum.open_channels)
    kernel = exp(-t / membrane) * (t[1] / membrane)
    return np.convolve(opened, kernel)[: len(t)].max()


def relief(share, half_time):
    """End-plate potential against the weak drug, relative to curare alone."""
    junction = rat.replace(AChE_density=share * rat.AChE_density)
    k_off = log(2) / half_time
    curare = nmj.Antagonist("tubocurarine", 1 * uM, k_on=k_off / (0.34 * uM), k_off=k_off)
    rows = []
    for dose in doses:
        weak = nmj.Antagonist("hexamethonium", dose, k_on=1e9 / molar / second, k_off=2e5 / second)
        rows.append(epp(junction, curare, weak))
    return array(rows) / rows[0]


cases = {
    "1 ms": (1, 1 * ms),
    "1 ms, no AChE": (0, 1 * ms),
    "10 us": (1, 10 * us),
    "100 ms": (1, 100 * ms),
    "100 ms, no AChE": (0, 100 * ms),
}
curves = {name: relief(*case) for name, case in cases.items()}
sign = "only the sign was published"
table.add(
    "R21", "change at the best dose, half-time 1 ms: raised (1) or not (0)", 1,
    float(curves["1 ms"].max() > 1.01), 0, sign + "; 1 % is ten times the numerical error", "abstract",
)  # fmt: skip
table.add(
    "R21", "the same without AChE", 0, float(curves["1 ms, no AChE"].max() > 1.01), 0, sign, "abstract",
)  # fmt: skip
table.add(
    "R21", "the same with AChE, curare that leaves within 10 us", 0, float(curves["10 us"].max() > 1.01), 0,
    sign, "abstract: needs a half-time of about 1 ms",
)  # fmt: skip
table.add(
    "R21", "without AChE, curare that leaves within 100 ms", 1, float(curves["100 ms, no AChE"].max() > 1.01), 0,
    "not published: what the loss of the effect without AChE says of slower curare", "computed",
)  # fmt: skip

fig, axis = plt.subplots(figsize=(6, 4), layout="constrained")
for name, curve in curves.items():
    axis.plot(doses / uM, 100 * curve, "o--" if "no" in name else "o-", label=name)
axis.axhline(100, color="gray", lw=0.5)
axis.set(xlabel="weak antagonist (uM)", ylabel="end-plate potential (% of curare alone)")
axis.legend(title="half-time of curare")
fig.savefig("Blackman_1975.png", dpi=120)

print(table)
print("largest change, %: ", {n: round(100 * (c[1:].max() - 1), 1) for n, c in curves.items()})
table.save("Blackman_1975.csv")
