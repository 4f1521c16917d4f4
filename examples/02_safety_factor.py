"""
The safety factor of transmission
=================================

Fibers with ever fewer acetylcholine receptors receive a first impulse, all vesicles ready, and then 2 seconds of
10 Hz.

What this shows: `receptor_loss` is an ordinary variable of each junction; end-plate potentials remain when the
fibers no longer fire; transmission fails over a range of losses because quanta are random; and repeated impulses
use up vesicles, so that a train fails at a loss that a single impulse survives.

Source of the expected numbers: Paton & Waud 1967 (J Physiol 191:59), cat tibialis, single twitches: they begin to
fail when 76 +- 5 % of the receptors are occupied by an antagonist, and are nearly gone at 91.7 %. In one kind of
fiber the range is narrower than in a muscle of many kinds.
"""

from brian2 import *
from matplotlib import pyplot as plt

import nmj_brian as nmj
from nmj_brian.units import *

seed(2)
levels, per_level = 20, 40
impulses = 20
times = (arange(impulses) * 100 + 1) * ms
nerve = SpikeGeneratorGroup(1, zeros(impulses, dtype=int), times)
fibers = nmj.MuscleFibers(levels * per_level)
synapse = nmj.NMJ(nerve, fibers)
synapse.connect()
loss = repeat(linspace(0, 0.95, levels), per_level)
synapse.receptor_loss = loss
level = loss[::per_level]


def transmitted(spikes, impulses):
    """Share of impulses that made their fiber fire, by level of loss."""
    return (spikes / impulses).reshape(levels, per_level).mean(axis=1)


def loss_at(share, value):
    """Loss at which transmission falls to a value."""
    return interp(-value, -minimum.accumulate(share), level)


run(50 * ms)
first = transmitted(fibers.spike_count[:], 1)
depolarization = (fibers.peak_v[:] - fibers.v_rest) / mV
run(impulses * 100 * ms - 50 * ms)
train = transmitted(fibers.spike_count[:], impulses)

print(f"{'':42}{'one impulse':>12}{'10 Hz':>8}{'published':>16}")
for name, value, published in (
    ("loss at which transmission begins to fail", 0.95, "0.76 +- 0.05"),
    ("loss at which it is nearly gone", 0.05, "0.917"),
):
    print(f"{name:42}{loss_at(first, value):12.2f}{loss_at(train, value):8.2f}{published:>16}")

fig, axes = plt.subplots(2, sharex=True, figsize=(6, 5), layout="constrained")
axes[0].plot(level, first, "o-", label="one impulse")
axes[0].plot(level, train, "s-", label="20 impulses at 10 Hz")
axes[0].axvline(0.76, ls=":", c="gray", label="published: begins, nearly gone")
axes[0].axvline(0.917, ls=":", c="gray")
axes[0].set_ylabel("impulses transmitted")
axes[0].legend()
axes[1].plot(loss, depolarization, ".", ms=3)
axes[1].set_ylabel("peak depolarization,\none impulse (mV)")
axes[1].set_xlabel("share of receptors lost")
fig.savefig("02_safety_factor.png", dpi=120)
