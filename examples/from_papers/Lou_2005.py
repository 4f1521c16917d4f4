"""
The calcium sensor of release: rate against calcium
===================================================

Lou, Scheuss & Schneggenburger 2005, Nature 435:497-501: calcium in the calyx of Held was stepped by flash
photolysis while release was measured; an allosteric sensor with five calcium sites describes it from rest to 50
uM.

What was done: the sensor, in equilibrium at 50 nM, meets a step of calcium; release per second and vesicle from
a full pool, its largest value, and the time to the first few vesicles.

What this shows: `nmj_brian.sensor`, the last link of the terminal, by itself. The slope falls from five to
none: the fourth power of release on calcium is not a constant of the sensor.
"""

from brian2 import *
from comparison import Comparison
from matplotlib import pyplot as plt

from nmj_brian.sensor import Sensor

table = Comparison("Lou, Scheuss & Schneggenburger 2005")
sensor = Sensor(k_on=1e8, k_off=4000.0, cooperativity=0.5, fusion_rate=2e-4, fusion_factor=31.3)
rest_M = 50e-9
why = "rates read from two codes that agree; computed values have three or four digits"
rates = {1: 0.0359, 2: 0.504, 5: 15.2, 10: 110.6, 20: 412.0, 50: 1246.0}
first = {1: 70.9, 2: 6.28, 5: 1.06, 10: 0.493, 20: 0.258, 50: 0.118}

fig, axes = plt.subplots(1, 2, figsize=(9, 4), layout="constrained")
for calcium_uM, published in rates.items():
    longest = 2 * first[calcium_uM] * 1e-3
    t, release = sensor.step_release(
        calcium_uM * 1e-6, rest_M, max(longest, 0.01), 0.2e-6 if calcium_uM > 2 else 2e-6
    )
    fused = cumsum(release) * (t[1] - t[0])
    quantity = f"peak release rate at {calcium_uM} uM"
    table.add(
        "R31", quantity, published, release.max(), 0.01, why, "computed from the rates", "1/s"
    )
    time_ms = 1e3 * t[searchsorted(fused, 5 / 2000)]
    table.add(
        "R31", f"5 of 2000 vesicles at {calcium_uM} uM", first[calcium_uM], time_ms, 0.015, why,
        "computed from the rates", "ms",
    )  # fmt: skip
    axes[0].semilogx(1e3 * t[1:], release[1:] / release.max(), label=f"{calcium_uM} uM")
table.add("R31", "ceiling", 6008, sensor.fusion[-1], 0.001, why, "computed from the rates", "1/s")

calcium = logspace(-7.5, -3.5, 200)
steady = array([sensor.release_rate(c) for c in calcium])
axes[1].loglog(calcium * 1e6, steady, label="binding in equilibrium")
axes[1].loglog(list(rates), list(rates.values()), "o", label="peak after a step")
axes[1].loglog(calcium * 1e6, 15.2 * (calcium / 5e-6) ** 4, "k:", label="fourth power")
axes[1].set(xlabel="calcium (uM)", ylabel="release per vesicle (1/s)", ylim=(1e-4, 1e4))
axes[0].set(xlabel="time after the step (ms)", ylabel="release rate / peak")
axes[0].legend()
axes[1].legend()
fig.savefig("Lou_2005.png", dpi=120)

print(table)
table.save("Lou_2005.csv")
