"""
Length, velocity and activation of a whole muscle
=================================================

Thelen 2003, J Biomech Eng 125:70-77, with the defaults that OpenSim 4 gives its Thelen2003Muscle: a Hill muscle with
first-order activation.

What was done: activation is stepped from 0 to 1 and back and its time constant read where the blend of the two is 1
(activation 1/3); the curves are evaluated where they are published to be 0 or 1; then motor units behind a tendon hold
a length, and let it go.

What this shows: `HillMuscle` (curves) and `MuscleTendon` (behind `MotorUnits`).
"""

from brian2 import *
from comparison import Comparison
from matplotlib import pyplot as plt
from scipy.integrate import solve_ivp

import nmj_brian as nmj
from nmj_brian.units import *

seed(2)
prefs.codegen.target = "numpy"  # a small network: not worth a compiler
table = Comparison("Thelen 2003")
muscle = nmj.HillMuscle()
code, exact = "OpenSim's source", "closed form"


def step(excitation, start, duration):
    return solve_ivp(
        lambda _, a: [muscle.activation_rate(excitation, a[0]) / Hz],
        (0, duration),
        [start],
        rtol=1e-9,
        atol=1e-12,
        dense_output=True,
    ).sol


grid = arange(0, 0.3, 1e-4)
on, off = step(1.0, 0.0, 0.3)(grid)[0], step(0.0, 1.0, 0.3)(grid)[0]
for course, goal, published, name in ((on, 1, 15, "activation"), (off, 0, 50, "deactivation")):
    k = argmin(abs(course - 1 / 3))
    rise = (course[k + 1] - course[k - 1]) / (grid[k + 1] - grid[k - 1])
    tau = (goal - course[k]) / rise * 1000
    table.add(
        "T26", f"time of {name} at 1/3", published, tau, 0.01, "read off a 0.1 ms grid", code, "ms"
    )

table.add(
    "",
    "active force at 1 + sqrt(0.45)",
    exp(-1),
    muscle.active_force(1 + sqrt(0.45)),
    1e-9,
    exact,
    code,
)
table.add("", "passive force at length 1.6", 1, muscle.passive_force(1.6), 1e-9, exact, code)
table.add("", "tendon force at strain 0.04", 1, muscle.tendon_force(0.04), 1e-9, exact, code)
table.add("", "force at the greatest shortening", 0, muscle.force_velocity(-1.0), 1e-9, exact, code)
table.add(
    "",
    "force at the greatest lengthening before the straight part",
    0.95 * 1.4,
    muscle.force_velocity((0.95 * 1.4 - 1) / (25 * (1.4 - 0.95 * 1.4))),
    1e-9,
    exact,
    code,
)
early = nmj.HillMuscle.opensim_3()
table.add(
    "",
    "tendon force at strain 0.033, early OpenSim 3",
    1,
    early.tendon_force(0.033),
    1e-9,
    exact,
    code,
)

# Three motor units hold a tetanus; after 0.5 s the muscle is let go for 0.1 s, at three tenths of its greatest speed.
times = arange(0.005, 0.8, 0.02)
nerve = SpikeGeneratorGroup(3, repeat(arange(3), len(times)), tile(times, 3) * second)
units = nmj.MotorUnits(nerve, nmj.innervation(units=3, fibers=12, ratio=4))
speed = TimedArray([0] * 5 + [-0.3, 0, 0], 0.1 * second)
pull = nmj.MuscleTendon(units, muscle, velocity="speed(t)*meter/second")
record = StateMonitor(pull.group, ["force", "fiber", "activation"], record=True, dt=1 * ms)
run(0.8 * second)
held = muscle.isometric(30 * cm, record.activation[0][498])
table.add(
    "",
    "fiber length in a tetanus",
    held[0],
    record.fiber[0][498],
    0.01,
    "the fibers lag the last few per cent of activation by 20 ms",
    "equilibrium solved elsewhere",
)

fig, axes = plt.subplots(1, 3, figsize=(12, 4), layout="constrained")
axes[0].plot(grid * 1e3, on, grid * 1e3, off)
axes[0].set(xlabel="time (ms)", ylabel="activation")
length, v = linspace(0.4, 1.7, 200), linspace(-1, 1, 200)
axes[1].plot(length, muscle.active_force(length), label="active, over length")
axes[1].plot(length, muscle.passive_force(length), label="passive, over length")
axes[1].plot(1 + v, muscle.force_velocity(v), label="over 1 + velocity")
axes[1].set(ylabel="relative force", xlabel="relative length, or 1 + relative velocity")
axes[1].legend()
axes[2].plot(record.t / ms, record.force[0] / pull.strength, label="force")
axes[2].plot(record.t / ms, record.fiber[0], label="fiber length")
axes[2].set(xlabel="time (ms)", ylabel="relative")
axes[2].legend()
fig.savefig("Thelen_2003.png", dpi=120)

print(table)
table.save("Thelen_2003.csv")
