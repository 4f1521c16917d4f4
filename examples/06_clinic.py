"""
In the clinic
=============

A normal hand muscle, one that lost two thirds of its receptors (myasthenia gravis), and one whose terminals release
a seventh of the quanta (Lambert-Eaton) go through repetitive stimulation and single-fiber EMG.

What this shows: `nmj.lab` does an experiment in one line; decrement, increment, jitter and blocking come out of quanta,
receptors and threshold, none of them is put in.

Source of the expected numbers: limits of normal as drawn by clinical laboratories (decrement 10 %, Abraham et al. 2017;
mean jitter of the extensor digitorum 30 us, Stalberg et al. 2016; increment 60 %, Oh et al. 2005).
"""

from brian2 import *
from matplotlib import pyplot as plt

import nmj_brian as nmj

healthy = nmj.junctions.human()
subjects = {
    "normal": healthy,
    "myasthenia": healthy.under(nmj.myasthenia_gravis()),
    "Lambert-Eaton": healthy.under(nmj.lambert_eaton()),
}
common = {"fibers": 2000, "seed": 6}

fig, axes = plt.subplots(2, 3, figsize=(12, 6.5), layout="constrained")
print(f"{'':18}{'CMAP':>9}{'3 Hz':>9}{'50 Hz':>9}{'jitter':>9}{'missing':>9}")
for (name, junction), ax in zip(subjects.items(), axes.T, strict=True):
    slow = nmj.lab.repetitive_stimulation(junction, rate=3 * Hz, **common)
    fast = nmj.lab.repetitive_stimulation(junction, rate=50 * Hz, impulses=25, **common)
    sfemg = nmj.lab.single_fiber_emg(junction, discharges=50, seed=6)
    print(
        f"{name:18}{slow.cmap[0] / mV:6.1f} mV{-slow.decrement:+9.0%}{fast.increment:+9.0%}"
        f"{sfemg.mean_jitter / us:6.0f} us{sfemg.blocking.mean():9.1%}"
    )
    slow.plot(ax[0])
    ax[0].set_title(f"{name}: 3 Hz")
    sfemg.plot(ax[1])
fig.savefig("06_clinic.png", dpi=110)

margin = nmj.lab.safety_factor(healthy, impulses=2000, spread=0.3, seed=6).safety_factors
low, early, median, late, high = percentile(margin, [0, 5, 50, 95, 100])
print(
    f"\nmargin of safety of {len(margin)} normal fibers, end-plate potential over threshold:\n"
    f"smallest {low:.1f}, 5 % {early:.1f}, median {median:.1f}, 95 % {late:.1f}, largest {high:.1f}\n"
    "inferred from block of the cat's twitch: 4.1 where it begins to fail, 12 where it is nearly gone"
)
