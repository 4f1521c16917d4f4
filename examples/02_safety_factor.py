"""
The safety factor of transmission
=================================

Two hundred fibers lose more and more of their acetylcholine receptors; each is stimulated 20 times.

What this shows: `receptor_loss` is an ordinary variable of each junction; end-plate potentials remain when the
fibers no longer fire, and transmission fails over a range of losses because quanta are random.

Source of the expected numbers: Paton & Waud 1967 (J Physiol 191:59), cat tibialis: twitches begin to fail when
76 +- 5 % of the receptors are occupied by an antagonist, and are nearly gone at 91.7 %. In one kind of fiber the
range is narrower than in a muscle of many kinds.
"""

from brian2 import *
from matplotlib import pyplot as plt

import nmj_brian as nmj
from nmj_brian.units import *

seed(2)
levels, per_level = 20, 10
impulses = 20
times = (arange(impulses) * 100 + 1) * ms
nerve = SpikeGeneratorGroup(1, zeros(impulses, dtype=int), times)
fibers = nmj.MuscleFibers(levels * per_level)
synapse = nmj.NMJ(nerve, fibers)
synapse.connect()
loss = repeat(linspace(0, 0.95, levels), per_level)
synapse.receptor_loss = loss

v = StateMonitor(fibers, "peak_v", record=True, dt=1 * ms)
run(impulses * 100 * ms)

share = (fibers.spike_count / synapse.impulses).reshape(levels, per_level).mean(axis=1)
epp = (v.peak_v[:, -50] - fibers.v_rest) / mV
level = loss[::per_level]
begins = interp(-0.95, -share, level)
ends = interp(-0.05, -share, level)
print(f"{'':36}{'obtained':>10}{'published':>18}")
print(f"{'loss at which transmission begins to fail':42}{begins:4.2f}{'0.76 +- 0.05':>18}")
print(f"{'loss at which it is nearly gone':42}{ends:4.2f}{'0.917':>18}")

fig, axes = plt.subplots(2, sharex=True, figsize=(6, 5), layout="constrained")
axes[0].plot(level, share, "o-")
axes[0].axvline(0.76, ls=":", c="gray")
axes[0].axvline(0.917, ls=":", c="gray")
axes[0].set_ylabel("impulses transmitted")
axes[1].plot(loss, epp, ".")
axes[1].set_ylabel("peak depolarization (mV)")
axes[1].set_xlabel("share of receptors lost")
fig.savefig("02_safety_factor.png", dpi=120)
