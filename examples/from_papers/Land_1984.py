"""
How fast acetylcholine leaves the cleft
=======================================

Land, Harris, Salpeter & Salpeter 1984, PNAS 81:1594-1598: diffusion of acetylcholine in the cleft of the lizard (4e-6
cm2/s, mean distance to the edge 1.6 um) from the decay of miniature currents without acetylcholinesterase.

What was done: a quantum in a disc of cleft with an absorbing edge, without enzyme. First without receptors: the ACh
left at late times falls with r^2 / (5.78 D), the slowest Bessel mode of a disc. Then with receptors: a site that
binds and unbinds quickly slows diffusion by 1 + receptors per volume / Kd. Last the frog's receptors, with the radius
varied.

What this shows: what shapes the tail of a current when the enzyme is blocked: the way to the edge, and buffering by
the receptors themselves.
"""

from brian2 import *
from comparison import Comparison
from matplotlib import pyplot as plt

import nmj_brian as nmj
from nmj_brian.units import *

table = Comparison("Land et al. 1984")
frog = nmj.junctions.frog(temperature=22 * degC).replace(AChE_density=0 / um**2)


def tail(quantum, start, stop):
    """Time constant of the free ACh between two times."""
    n = np.interp([start / second, stop / second], quantum.t / second, quantum.free_ACh)
    return (stop - start) / log(n[0] / n[1])


fig, axes = plt.subplots(1, 2, figsize=(9, 4), layout="constrained")
for radius, published in ((0.16 * um, 0.011), (1.6 * um, 1.1)):
    scale = radius**2 / (5.7832 * frog.D_ACh)
    free = nmj.Quantum(
        frog.replace(cleft_radius=radius), density=0, duration=5 * scale, rings=128, tolerance=1e-6
    )
    found = tail(free, 2 * scale, 4 * scale)
    table.add(
        "R24", f"loss from a disc of {radius / um:.3g} um", published, found / ms, 0.05,
        "two digits", "closed form with the published D; D and 1.6 um: BioNumbers 111076", "ms",
    )  # fmt: skip
    axes[0].semilogy(
        free.t / scale, free.free_ACh / free.free_ACh[0], label=f"{radius / um:.3g} um"
    )

quick = nmj.Receptor(
    "R + ACh <-> AR* : k_on, k_off",
    k_on=1e9 / molar / second, k_off=1e5 / second, conductance=60 * pS, reversal=-3 * mV,
)  # fmt: skip
few = frog.replace(ACh_per_vesicle=100, receptor=quick, receptor_density=1000 / um**2)
per_volume = few.receptor_density / few.cleft_width / (6.02214076e23 / mole)
slowing = 1 + float(per_volume / (100 * uM))
scale = few.cleft_radius**2 / (5.7832 * few.D_ACh)
held = nmj.Quantum(few, duration=6 * slowing * scale, rings=128, tolerance=1e-6)
table.add(
    "R24", "slowing of the loss by receptors that bind quickly", slowing,
    tail(held, 3 * slowing * scale, 5 * slowing * scale) / scale, 0.03,
    "100 molecules take up to 1 % of the sites; unbinding takes 10 us", "closed form: 1 + [R] / Kd",
)  # fmt: skip
axes[0].semilogy(held.t / scale, held.free_ACh / held.free_ACh[0], label="1.6 um, with receptors")
axes[0].set(
    xlim=(0, 8), ylim=(1e-3, 1), xlabel="time / (r$^2$ / 5.78 D)", ylabel="free ACh, relative"
)
axes[0].legend()

for radius in (0.4, 0.8, 1.6, 3.2):
    quantum = nmj.Quantum(frog.replace(cleft_radius=radius * um), duration=60 * ms)
    axes[1].plot(quantum.t / ms, quantum.open_channels, label=f"{radius} um")
with_enzyme = nmj.Quantum(nmj.junctions.frog(temperature=22 * degC))
axes[1].plot(with_enzyme.t / ms, with_enzyme.open_channels, "k--", label="1.6 um, with AChE")
axes[1].set(xlim=(0, 40), xlabel="time (ms)", ylabel="open channels")
axes[1].legend(title="radius, no AChE")
fig.savefig("Land_1984.png", dpi=120)

print(table)
table.save("Land_1984.csv")
