"""
How long a force can be held
============================

Potvin & Fuglevand 2017, PLoS Comput Biol 13:e1005581: motor units lose force as they work, large ones 180 times faster
than small ones, and their motor neurons adapt; the excitation that holds a force rises until no reserve is left.

What was done: the force of 120 units of given rates is their mean force (`mean_force`) times what fatigue left of it;
each 0.1 s the excitation is found that gives the target (it never moves by 0.5 in a step).

What this shows: `MotorPool.potvin_fuglevand`, and the fatigue that each unit of `MotorUnits` has, here at the level of
rates.
"""

from brian2 import *
from comparison import Comparison
from matplotlib import pyplot as plt

import nmj_brian as nmj
from nmj_brian.contraction import mean_force
from nmj_brian.units import *

table = Comparison("Potvin & Fuglevand 2017")
pool, contraction = nmj.MotorPool.potvin_fuglevand(), nmj.Contraction()
tetanus = 100 ** (arange(120) / 119)  # of each unit, that of the first is 1
rested_time = contraction.contraction_times(tetanus) / second
fatigability = contraction.fatigabilities(tetanus) / Hz
slowing = contraction.fatigue_slowing


def forces(excitation, active_for, capacity):
    """Force of each unit, over its rested tetanic force, before what fatigue takes."""
    rates = pool.rates(excitation, active_for * second) / Hz
    return mean_force(rested_time * (1 + slowing * (1 - capacity)) * rates)


rest = zeros(120), ones(120)


def rested_force(excitation):
    return (tetanus * forces(excitation, *rest)).sum()


strongest = rested_force(pool.greatest_excitation)


def hold(targets, step=0.1):
    """Seconds until each target (share of the rested maximum) cannot be held, the excitation meanwhile, and
    the capacity of the units then. All targets at once, a row each.
    """
    goal, top = array(targets)[:, newaxis] * strongest, pool.greatest_excitation
    active_for, capacity = zeros((len(targets), 120)), ones((len(targets), 120))
    going, last, courses = arange(len(targets)), None, [[] for _ in targets]

    def reached(excitation):
        """Whether the targets still held are reached at that excitation."""
        force = tetanus * capacity[going] * forces(excitation, active_for[going], capacity[going])
        return force.sum(axis=1, keepdims=True) >= goal[going]

    while True:
        able = reached(top)[:, 0]
        going, last = going[able], None if last is None else last[able]
        if not len(going):
            break
        low = full((len(going), 1), 0.0) if last is None else maximum(last - 0.5, 0)
        high = full((len(going), 1), float(top)) if last is None else minimum(last + 0.5, top)
        for _ in range(25 if last is None else 10):  # to 0.001
            middle = (low + high) / 2
            enough = reached(middle)
            low, high = where(enough, low, middle), where(enough, middle, high)
        work = forces(high, active_for[going], capacity[going])
        capacity[going] = clip(capacity[going] - step * fatigability * work, 0, 1)
        active_for[going] += step * (high >= pool.thresholds)
        for k, excitation in zip(going, high[:, 0], strict=True):
            courses[k].append(excitation)
        last = high
    return {
        t: (len(c) * step, array(c), left)
        for t, c, left in zip(targets, courses, capacity, strict=True)
    }


four = "the public code's, to the digits given"
for unit, published in ((60, 6.9558), (120, 50)):
    table.add(
        "T01",
        f"threshold of unit {unit}",
        published,
        pool.thresholds[unit - 1],
        1e-5,
        four,
        "public code",
    )
table.add(
    "T02", "rested maximal force", 2215.98114, strongest, 1e-6, four, "asserted by a public code"
)
table.add(
    "",
    "force at excitation 40",
    1311.86896,
    rested_force(40.0),
    1e-6,
    four,
    "asserted by a public code",
)
drives = (5, 10, 20, 30, 40, 50, 60)
for drive, published in zip(drives, (3.04, 8.25, 22.18, 39.45, 59.20, 79.95, 95.63), strict=True):
    table.add(
        "T03",
        f"force at excitation {drive}",
        published,
        100 * rested_force(float(drive)) / strongest,
        0.005 / published,
        "rounded to 0.01 %",
        "public code",
        "% of maximum",
    )
targets = (20, 30, 40, 50, 60, 70, 80, 90)
held = hold([target / 100 for target in targets])
for target, published in zip(
    targets, (511.5, 266.9, 159.6, 95.4, 53.0, 28.3, 14.7, 6.4), strict=True
):
    seconds, course, capacity = held[target / 100]
    table.add(
        "T04",
        f"endurance at {target} %",
        published,
        seconds,
        0.02,
        "the reference's tolerance: step of 0.1 s, bisection",
        "public code; 511, 95 and 15 s at 20, 50, 80 % recalled from the paper",
        "s",
    )

fig, axes = plt.subplots(1, 3, figsize=(12, 4), layout="constrained")
excitations = linspace(0, 67, 135)
axes[0].plot(excitations, [100 * rested_force(e) / strongest for e in excitations])
axes[0].set(xlabel="excitation", ylabel="force (% of maximum)")
for target in (20, 50, 80):
    seconds, course, capacity = held[target / 100]
    axes[1].semilogx(0.1 * (1 + arange(len(course))), course, label=f"{target} %")
    axes[2].plot(arange(1, 121), capacity, label=f"{target} %")
axes[1].set(xlabel="time (s)", ylabel="excitation that holds the force")
axes[2].set(xlabel="motor unit", ylabel="force left at the limit")
axes[1].legend()
axes[2].legend()
fig.savefig("Potvin_Fuglevand_2017.png", dpi=120)

print(table)
table.save("Potvin_Fuglevand_2017.csv")
