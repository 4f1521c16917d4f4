"""
A condition of one's own
========================

A syndrome that is not in the catalogue, in a few lines: a junction with two thirds of its release sites, three
quarters of its calcium channels and half of its receptors, and a drug against it.

What this shows: `nmj.Condition` names physical parameters and factors, with a source; it composes with the catalogue
(`nmj.myasthenia_gravis`, `nmj.neostigmine`, ...); `diff` says what changed and who says so. Fibers at rest get one
impulse each, with Na channels blocked, so that end-plate potentials are seen whole.

The factors are invented, so that there is nothing published to compare with; the directions are: an inhibitor of
acetylcholinesterase enlarges and prolongs the end-plate potential, amifampridine releases more quanta.
"""

from brian2 import *
from matplotlib import pyplot as plt

import nmj_brian as nmj
from nmj_brian.units import *

syndrome = nmj.Condition(
    "syndrome X",
    scale={"sites": 2 / 3, "working_channels": 3 / 4, "receptor_fraction": 1 / 2},
    note="invented for this example",
)

seed(5)
prefs.codegen.target = "numpy"  # a small network: not worth a compiler
human = nmj.junctions.human()
junctions = {
    "healthy": human,
    "syndrome X": human.under(syndrome),
    "with neostigmine": human.under(syndrome, nmj.neostigmine(0.5 * uM)),
    "with amifampridine": human.under(syndrome, nmj.amifampridine()),
}
print(junctions["with neostigmine"].diff(human), "\n")

nerve = SpikeGeneratorGroup(1, [0], [1] * ms)
objects, results = [nerve], {}
for name, junction in junctions.items():
    fibers = nmj.MuscleFibers(100)
    fibers.Na_available = 0
    synapse = nmj.NMJ(nerve, fibers, junction=junction)
    synapse.connect()
    trace = StateMonitor(fibers, "v", record=range(10))
    objects += [fibers, synapse, trace]
    results[name] = fibers, synapse, trace
Network(objects).run(12 * ms)

figure, axis = plt.subplots(figsize=(6, 4), layout="constrained")
print(f"{'':20}{'quanta':>8}{'end-plate potential (mV)':>26}")
for i, (name, (fibers, synapse, trace)) in enumerate(results.items()):
    potential = mean((fibers.peak_v[:] - fibers.v_rest) / mV)
    print(f"{name:20}{mean(synapse.quanta[:]):8.1f}{potential:26.1f}")
    axis.plot(trace.t / ms - 1, mean(trace.v, axis=0) / mV, f"C{i}", label=name)
axis.set(xlabel="time (ms)", ylabel="fiber potential, Na channels blocked (mV)")
axis.legend()
figure.savefig("05_a_new_condition.png", dpi=120)
