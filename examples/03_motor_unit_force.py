"""
From fiber spikes to force
==========================

Three motor units of a small muscle are stimulated at rates from 1 to 60 Hz.

What this shows: `MotorUnits` puts junctions, fibers and force behind one name; twitches add up to a fused tetanus,
small units are slow and weak, large ones fast and strong.

Source of the expected numbers: human thenar motor units, Thomas, Bigland-Ritchie & Johansson 1991 (J Neurophysiol
65:1509): half of the maximal force at 12 +- 4 Hz, maximum between 30 and 100 Hz; twitch over tetanus 0.1 to 0.2.
"""

from brian2 import *
from matplotlib import pyplot as plt

import nmj_brian as nmj
from nmj_brian.units import *

seed(3)
prefs.codegen.target = "numpy"  # a small network: not worth a compiler
rates = array([1, 5, 8, 12, 20, 30, 60]) * Hz
units = 3
duration = 0.7 * second

# The three units stand there once for each rate, side by side: units of one muscle do not feel each other.
sizes = nmj.innervation(units=units, fibers=30, ratio=10).sizes
trains = [
    arange(5 * ms / second, duration / second, 1 / (rate / Hz))
    for rate in rates
    for _ in range(units)
]
nerve = SpikeGeneratorGroup(
    len(trains), repeat(arange(len(trains)), [len(x) for x in trains]), concatenate(trains) * second
)
muscle = nmj.MotorUnits(nerve, nmj.Innervation(tile(sizes, len(rates))))
force = StateMonitor(muscle.units, "force", record=True, dt=1 * ms)
run(duration)
trace = (force.force / mN).reshape(len(rates), units, -1)

figure, axis = plt.subplots(figsize=(6, 4), layout="constrained")
for rate, middle in zip(rates, trace[:, 1], strict=True):
    axis.plot(force.t / ms, middle, label=f"{rate / Hz:g} Hz")
axis.set_xlabel("time (ms)")
axis.set_ylabel("force of the middle unit (mN)")
axis.legend()
figure.savefig("03_motor_unit_force.png", dpi=120)

final = trace[:, :, trace.shape[2] // 2 :].mean(axis=2)
half = [interp(0.5 * final[-1, i], final[:, i], rates / Hz) for i in range(units)]
print(f"{'':40}{'obtained':>22}{'published':>12}")
print(
    f"{'rate of half-maximal force (Hz), by unit':40}{', '.join(f'{h:.1f}' for h in half):>22}{'12 +- 4':>12}"
)
ratio = trace[0].max(axis=1) / final[-1]
print(
    f"{'twitch over tetanus, by unit':40}{', '.join(f'{r:.2f}' for r in ratio):>22}{'0.1 to 0.2':>12}"
)
