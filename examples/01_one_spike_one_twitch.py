"""
One spike, one twitch
=====================

A motor neuron's spike crosses one human neuromuscular junction and makes one muscle fiber fire.

What this shows: the five lines that put a junction between a Brian2 group and a muscle fiber, and that its
state (ACh, open channels, conductance, quanta) is recorded like any other Brian2 variable.

Source of the expected number: quantal content of human end plates, by muscle and temperature 20 to 60 (recalled;
Mayo Clinic controls, intercostal muscle at 29 degC: 31 at 1 Hz).
"""

from brian2 import *
from matplotlib import pyplot as plt

import nmj_brian as nmj
from nmj_brian.units import *

seed(1)
nerve = SpikeGeneratorGroup(1, [0], [5] * ms)
fibers = nmj.MuscleFibers(1, fiber=nmj.fibers.human())  # a NeuronGroup
synapse = nmj.NMJ(nerve, fibers, junction=nmj.junctions.human())  # a Synapses
synapse.connect(j="i")

trace = StateMonitor(synapse, ["ACh", "open_channels", "g", "quanta"], record=True)
v = StateMonitor(fibers, "v", record=True)
spikes = SpikeMonitor(fibers, variables="spike_time")
run(30 * ms)

latency = (spikes.spike_time[0] - 5 * ms) / ms
print(f"{'':24}{'obtained':>12}{'published':>14}")
print(f"{'quanta':24}{synapse.quanta[0]:12.0f}{'20-60':>14}")
print(f"{'peak conductance':24}{synapse.peak_g[0] / uS:9.2f} uS{'-':>14}")
print(f"{'fiber spikes':24}{spikes.num_spikes:12d}{'1':>14}")
print(f"{'spike after the nerve':24}{latency:9.2f} ms{'-':>14}")

fig, axes = plt.subplots(3, sharex=True, figsize=(6, 6), layout="constrained")
axes[0].plot(trace.t / ms, trace.ACh[0])
axes[0].set_ylabel("free ACh (molecules)")
axes[1].plot(trace.t / ms, trace.open_channels[0])
axes[1].set_ylabel("open channels")
axes[2].plot(v.t / ms, v.v[0] / mV)
axes[2].set_ylabel("fiber v (mV)")
axes[2].set_xlabel("time (ms)")
fig.savefig("01_one_spike_one_twitch.png", dpi=120)
