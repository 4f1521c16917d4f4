"""
A hundred impulses make the next twitch stronger
================================================

Mettler & Griffin 2010, Eur J Appl Physiol 110:1235-1242: twitches of the human adductor pollicis before and after
trains of 100 impulses at 7.5 to 100 Hz. Small & Stokes 1992, Eur J Appl Physiol 65:229-233: the same muscle, 5 s at
50 Hz. Front Physiol 2019, 10:1359: potentiation after activity has a half-life of 28 s.

What was done: a motor unit gets a twitch, a train, and a twitch at one and at 29 s after the train.

What this shows: the memory of `MotorUnits`. Its one free number (1 % of the missing potentiation an impulse) was chosen
for the 100 impulses; that the rate hardly matters, the 250 impulses and the decay follow.
"""

from brian2 import *
from comparison import Comparison
from matplotlib import pyplot as plt

import nmj_brian as nmj
from nmj_brian.units import *

seed(5)
defaultclock.dt = (
    0.5 * ms
)  # twitches last for a tenth of a second; fibers divide the step themselves
table = Comparison("Mettler & Griffin 2010")
trials = [(7.5, 100), (15, 100), (25, 100), (30, 100), (50, 100), (100, 100), (50, 250), (30, 200)]
TRAIN_END, REST = 15.0, (1.0, 29.0)

# All trials at once, aligned at the end of the train: each is a motor unit of one fiber.
times = [
    concatenate([[0.1], TRAIN_END - arange(count)[::-1] / rate, TRAIN_END + array(REST)])
    for rate, count in trials
]
nerve = SpikeGeneratorGroup(
    len(trials), repeat(arange(len(trials)), [len(x) for x in times]), concatenate(times) * second
)
muscle = nmj.MotorUnits(nerve, nmj.innervation(units=len(trials), fibers=len(trials), ratio=1))
record = StateMonitor(muscle.units, ["force", "potentiation"], record=True, dt=1 * ms)
run((TRAIN_END + REST[-1] + 0.5) * second)

t, force = record.t / second, record.force / mN


def twitch(at):
    """Peak after a test impulse, above what was there."""
    during = (t > at) & (t < at + 0.4)
    return force[:, during].max(axis=1) - force[:, argmax(t > at)]


before, after, late = twitch(0.1), twitch(TRAIN_END + REST[0]), twitch(TRAIN_END + REST[1])
gain = 100 * (after / before - 1)
for k, (rate, count) in enumerate(trials[1:5], 1):
    table.add(
        "",
        f"potentiation by {count} impulses at {rate} Hz",
        41.75,
        gain[k],
        (44.6 + 5.5 - 41.75) / 41.75,
        "published 38.9 +- 5.4 to 44.6 +- 5.5 at 15 to 50 Hz",
        "abstract",
        "%",
    )
table.add(
    "",
    "potentiation by 250 impulses at 50 Hz",
    73,
    gain[6],
    16 / 73,
    "published standard deviation",
    "abstract of Small & Stokes 1992",
    "%",
)
left = (late / before - 1) / (after / before - 1)
table.add(
    "T25",
    "half-life of potentiation",
    28,
    (REST[1] - REST[0]) * log(2) / -log(left[3]),
    0.2,
    "the reference's tolerance",
    "abstract of Front Physiol 2019",
    "s",
)

fig, axes = plt.subplots(1, 2, figsize=(9, 4), layout="constrained")
for k in (1, 3, 6):
    rate, count = trials[k]
    axes[0].plot(t, record.potentiation[k], label=f"{count} impulses at {rate} Hz")
axes[0].set(xlabel="time (s)", ylabel="potentiation")
axes[0].legend()
for at, label in ((0.1, "before"), (TRAIN_END + 1, "1 s after"), (TRAIN_END + 29, "29 s after")):
    during = (t > at) & (t < at + 0.4)
    axes[1].plot(1000 * (t[during] - at), force[3, during], label=label)
axes[1].set(xlabel="time (ms)", ylabel="twitch (mN)")
axes[1].legend()
fig.savefig("Mettler_Griffin_2010.png", dpi=120)

print(table)
table.save("Mettler_Griffin_2010.csv")
