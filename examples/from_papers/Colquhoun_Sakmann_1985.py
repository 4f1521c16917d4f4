"""
Fast events in single-channel currents of the frog end plate
============================================================

Colquhoun & Sakmann 1985, J Physiol 369:501-557: at 11 degrees C and -130 mV openings come in bursts, interrupted by
gaps so short that earlier recordings had missed them. They are the receptor, both agonist molecules still bound,
that opens again before one leaves.

What was done: the rate constants for acetylcholine (recalled, not read) give the gaps and openings of a burst by
theory, and from a simulated record of one channel at 1 uM.

What this shows: `bursts`, openings by the state in which a burst begins, `critical_time`, `single_channel`, `trace`.
"""

from brian2 import *
from comparison import Comparison
from matplotlib import pyplot as plt
from scipy.optimize import minimize

import nmj_brian as nmj
from nmj_brian.units import *

table = Comparison("Colquhoun & Sakmann 1985")
frog = nmj.receptors.frog_endplate()
at = dict(ACh=1 * uM, v=-130 * mV)
bursts, opening = frog.bursts(**at), frog.open_times(**at)
spread = "spread between patches, about 10 %"
table.add(
    "R9",
    "short gap within a burst",
    20,
    bursts.gap_within().tau[0] / us,
    0.10,
    spread,
    "abstract (rates of the scheme: recalled)",
    "us",
)
table.add(
    "R9",
    "short gaps per burst of doubly occupied receptors",
    1.9,
    bursts.openings_from("A2R*") - 1,
    0.10,
    spread,
    "abstract (rates of the scheme: recalled)",
)
table.add(
    "R9",
    "mean duration of these openings",
    1.4,
    opening.tau[-1] / ms,
    0.10,
    spread,
    "quoted by Parzefall et al. 1998 (rates of the scheme: recalled)",
    "ms",
)

# the same from a record, as in the paper: bursts parted by a critical time, and two exponentials fitted to the gaps
record = frog.single_channel(**at, duration=500 * second, seed=1)
found = record.bursts(bursts.critical_time())
gaps = np.asarray(found.gaps_within) * 1e6


def minus_log_likelihood(x):
    tau, share = exp(x[:2]), 1 / (1 + exp(-x[2]))
    return -np.sum(
        log(share / tau[0] * exp(-gaps / tau[0]) + (1 - share) / tau[1] * exp(-gaps / tau[1]))
    )


fit = minimize(minus_log_likelihood, [log(10), log(200), 2], method="Nelder-Mead")
table.add(
    "R9",
    "short gap, fitted to a simulated record",
    20,
    exp(fit.x[0]),
    0.10,
    f"{spread}; standard error of {len(gaps)} gaps {100 / np.sqrt(len(gaps)):.1f} %",
    "abstract (rates of the scheme: recalled)",
    "us",
)

fig, axes = plt.subplots(1, 3, figsize=(13, 3.8), layout="constrained")
start = found.t[np.argmax(found.openings == 5)]
for kind, cutoff, shift in (("as it is", None, 0), ("10 kHz", 10 * kHz, 5), ("3 kHz", 3 * kHz, 10)):
    noise = 0 * pA if cutoff is None else 0.25 * pA
    sweep = record.trace(
        2 * us, noise=noise, cutoff=cutoff, start=start - 1 * ms, stop=start + 10 * ms
    )
    axes[0].plot((sweep.t - start) / ms, sweep.current / pA - shift, lw=0.6, label=kind)
axes[0].set(
    xlabel="time (ms)",
    ylabel="current (pA), shifted",
    title="a burst and what a filter leaves of it",
)
axes[0].legend(fontsize="small")
t = logspace(-6, 2, 400) * second
axes[1].semilogx(t, np.sqrt(frog.shut_times(**at).pdf_per_decade(t)), "k", label="ideal")
for resolution in (25 * us, 100 * us):
    seen = frog.shut_times(**at, resolution=resolution)
    axes[1].semilogx(
        t, np.sqrt(seen.pdf_per_decade(t)), "--", label=f"resolution {resolution / us:.0f} us"
    )
axes[1].set(xlabel="shut time (s)", ylabel="sqrt(density per decade)")
axes[1].legend(fontsize="small")
n = arange(1, 11)
axes[2].bar(n, bursts.openings_probability(n), color="0.7", label="theory")
counted = np.bincount(found.openings, minlength=11)[1:11] / len(found)
axes[2].plot(n, counted, "ko", ms=4, label="simulated")
axes[2].set(xlabel="openings per burst", ylabel="share of bursts", yscale="log")
axes[2].legend(fontsize="small")
fig.savefig("Colquhoun_Sakmann_1985.png", dpi=120)

print(table)
table.save("Colquhoun_Sakmann_1985.csv")
