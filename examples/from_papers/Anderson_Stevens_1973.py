"""
End-plate current noise: what one channel passes and how long it stays open
===========================================================================

Anderson & Stevens 1973, J Physiol 235:655-691, voltage-clamped frog end plate at 8 degrees C with a little ACh from a
pipette: the current fluctuates because channels open and close by chance. Its variance over its mean is the
current of one channel; its spectrum is a Lorentzian whose corner gives the closing rate
``alpha = B exp(A V)`` with B = 0.17 +- 0.04 /ms and A = 0.0058 +- 0.0009 /mV.

What was done: receptors that bind fast and close at that rate, counted one by one (``noise='channels'``), in a
steady low concentration of ACh at six holding potentials; the currents went through the paper's analysis, which
knows nothing of the scheme. The same for the frog preset's receptor, at 20 degrees C.

What this shows: stochastic receptors have the right mean, variance and spectrum, so that noise analysis recovers the
conductance and the lifetime that were put in. The end plate's own numbers (conductance, lifetime) were put in.
"""

from brian2 import *
from comparison import Comparison
from matplotlib import pyplot as plt
from scipy.optimize import curve_fit
from scipy.signal import periodogram

import nmj_brian as nmj
from nmj_brian.units import *

table = Comparison("Anderson & Stevens 1973")
defaultclock.dt = 0.1 * ms
seed(1973)
FIBERS, SETTLE, LENGTH = 50, 60 * ms, 460 * ms
end_plate = nmj.Receptor(
    """
    R  + ACh <-> AR  : k_on, k_off
    AR       <-> AR* : beta, B*exp(A*v)
    """,
    k_on=1e8 / molar / second, k_off=2e4 / second, beta=200 / second, B=0.17 / ms, A=0.0058 / mV,
    conductance=32 * pS, reversal=-3 * mV,
)  # fmt: skip


def noise(receptor, ACh, v):
    """Currents of end plates clamped at each of some potentials, a row each, without the first moments."""
    v = repeat(atleast_1d(v / mV), FIBERS) * mV
    junction = nmj.junctions.frog().replace(receptor=receptor, agonist=ACh, mini_rate=0 * Hz)
    fibers = nmj.MuscleFibers(len(v), fiber=nmj.fibers.frog())
    fibers.v, fibers.clamped = v, True
    silent = SpikeGeneratorGroup(1, [], [] * ms)
    synapse = nmj.NMJ(silent, fibers, junction=junction, noise="channels")
    synapse.connect()
    g = StateMonitor(synapse, "g", record=True)
    Network(silent, fibers, synapse, g).run(LENGTH)
    current = (
        g.g[:, round(SETTLE / defaultclock.dt) :] * (v - junction.receptor.reversal)[:, newaxis]
    )
    return (current / amp).reshape(-1, FIBERS, current.shape[1])


def lorentzian(f, log_flat, log_corner):
    return log_flat - log(1 + (f / exp(log_corner)) ** 2)


def analyze(current, v, reversal):
    """Conductance of one channel, its closing rate, spectrum: from the current alone."""
    conductance = current.var() / current.mean() / float((v - reversal) / volt)
    rate = 1 / float(defaultclock.dt)
    f, power = periodogram(current - current.mean(), rate, detrend=False, axis=1)
    f, power = f[1:120], power.mean(0)[1:120]  # to 300 Hz
    fit, _ = curve_fit(lorentzian, f, log(power), (log(power[0]), 4.0))
    return conductance, 2 * pi * exp(fit[1]), f, power, lorentzian(f, *fit)


fig, axes = plt.subplots(1, 3, figsize=(12, 3.8), layout="constrained")
potentials = array([-140, -100, -60, -30, 30, 60]) * mV
rates, conductances = [], []
for v, current in zip(potentials, noise(end_plate, 100 * nM, potentials), strict=True):
    conductance, rate, f, power, fit = analyze(current, v, -3 * mV)
    conductances.append(conductance)
    rates.append(rate)
    if v in (-140 * mV, 60 * mV):
        axes[0].plot(
            arange(1000) * 0.1, 1e9 * (current[0, :1000] - current.mean()), label=f"{v / mV:.0f} mV"
        )
        (line,) = axes[1].loglog(f, power / power[0], ".", label=f"{v / mV:.0f} mV")
        axes[1].loglog(f, exp(fit) / power[0], color=line.get_color())
A, log_B = polyfit(potentials / mV, log(rates), 1)
axes[2].semilogy(potentials / mV, array(rates) / 1000, "o", label="from noise")
axes[2].semilogy(
    potentials / mV, 0.17 * exp(0.0058 * potentials / mV), "k:", label="0.17 exp(0.0058 V)"
)
axes[0].set(xlabel="time (ms)", ylabel="current about its mean (nA)")
axes[1].set(xlabel="frequency (Hz)", ylabel="relative power")
axes[2].set(xlabel="potential (mV)", ylabel="closing rate (1/ms)")
for ax in axes:
    ax.legend()
fig.savefig("Anderson_Stevens_1973.png", dpi=120)

table.add(
    "", "closing rate at 0 mV, B", 0.17, exp(log_B) / 1000, 0.04 / 0.17, "the paper's own +- 0.04",
    "read in a secondary source", unit="1/ms",
)  # fmt: skip
table.add(
    "", "its voltage dependence, A", 0.0058, A, 0.0009 / 0.0058, "the paper's own +- 0.0009",
    "read in a secondary source", unit="1/mV",
)  # fmt: skip
table.add(
    "", "conductance of a channel", 32, 1e12 * mean(conductances), 0.06,
    "three standard errors of a variance from six times 50 records of 400 ms", "recalled", unit="pS",
)  # fmt: skip

# The frog preset: two binding steps, bursts of 1.9 reopenings.
frog = nmj.junctions.frog().receptor
(current,) = noise(frog, 2 * uM, -130 * mV)  # less, and channels with one ACh add brief openings
conductance, rate, *_ = analyze(current, -130 * mV, frog.reversal)
table.add(
    "", "frog preset, conductance", float(frog.conductance / pS), 1e12 * conductance, 0.06,
    "three standard errors of 50 records", "theory: the preset's own", unit="pS",
)  # fmt: skip
pulse = frog.jump(ACh=1 * mM, duration=0.1 * ms, total=8 * ms, v=-130 * mV)
falling = (pulse.open < 0.8 * pulse.open.max()) & (pulse.open > 0.2 * pulse.open.max())
falling &= pulse.t > 0.3 * ms
decay = -1 / polyfit(pulse.t[falling] / ms, log(pulse.open[falling]), 1)[0]
table.add(
    "", "frog preset, time constant of noise over that of decay after a pulse of ACh", 1.0,
    1e3 / rate / decay, 0.1, "one Lorentzian for bursts with short gaps; sampling error 3 %",
    "recalled: equal",
)  # fmt: skip

print(table)
table.save("Anderson_Stevens_1973.csv")
