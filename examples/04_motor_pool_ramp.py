"""
A motor pool moves a muscle
===========================

Forty Brian2 motor neurons of different size receive a ramp of common drive and move a muscle of 2,000 fibers.

What this shows: an existing circuit drives a whole muscle with one more object, at Brian2's default time step.
Recruitment by size (small, slow, weak units first) comes from the neurons; every fiber is reached through its own
stochastic junction.

Source of the expected numbers: Henneman's size principle; innervation ratio 100 and contraction times of Fuglevand,
Winter & Patla 1993 (J Neurophysiol 70:2470).
"""

from brian2 import *
from matplotlib import pyplot as plt

import nmj_brian as nmj
from nmj_brian.units import *

seed(4)
n = 40
duration = 1.5 * second

# Leaky motor neurons; resistance falls with size, so that the small ones reach threshold first.
drive = TimedArray(concatenate([linspace(0, 30, 120), linspace(30, 0, 30)]) * nA, dt=10 * ms)
pool = NeuronGroup(
    n,
    """
    dv/dt = (-v + R*drive(t))/(8*ms) + 0.6*mV*xi/sqrt(4*ms) - w/(8*ms) : volt
    dw/dt = -w/(60*ms) : volt
    R : ohm
    """,
    threshold="v > 12*mV",
    reset="v = 0*mV; w += 40*mV",
    refractory=3 * ms,
    method="euler",
)
pool.R = "4*Mohm * 0.25**(i/39.0)"

muscle = nmj.MotorUnits(pool, innervation=nmj.innervation(units=n, fibers=2000, ratio=100))
force = StateMonitor(muscle.units, "force", record=True, dt=2 * ms)
spikes = SpikeMonitor(pool)
run(duration)

first = array([min(spikes.t[spikes.i == k], default=inf * second) / ms for k in range(n)])
active = isfinite(first)
rank = corrcoef(arange(n)[active], argsort(argsort(first[active])))[0, 1]
total = force.force.sum(axis=0) / newton
print(f"{'':44}{'obtained':>10}{'expected':>14}")
print(f"{'motor neurons recruited':44}{active.sum():10d}{'most of 40':>14}")
print(f"{'rank correlation of size and recruitment':44}{rank:10.2f}{'near 1':>14}")
print(
    f"{'share of impulses that crossed':44}{nanmean(muscle.transmission):10.4f}{'above 0.99':>14}"
)
print(f"{'peak force (N)':44}{total.max():10.2f}{'-':>14}")

fig, axes = plt.subplots(2, sharex=True, figsize=(7, 5), layout="constrained")
axes[0].plot(spikes.t / second, spikes.i, "|", ms=3)
axes[0].set_ylabel("motor neuron")
axes[1].plot(force.t / second, total)
axes[1].set_ylabel("muscle force (N)")
axes[1].set_xlabel("time (s)")
fig.savefig("04_motor_pool_ramp.png", dpi=120)
