"""Propagation against Brian2's own cable: SpatialNeuron with the same membrane, written as equations."""

import numpy as np
import pytest
from brian2 import (
    Cylinder,
    Network,
    SpatialNeuron,
    StateMonitor,
    amp,
    defaultclock,
    farad,
    meter,
    mm,
    ms,
    mV,
    nA,
    ohm,
    siemens,
    um,
    us,
    volt,
)

import nmj_brian as nmj

LENGTH, COMPARTMENTS = 8e-3, 80
PULSE_NA = 150.0

GATES = """
V_{side} = {voltage}/mV : 1
dm_{side}/dt = fast*(2880/exprel(-(V_{side}+46)/10)*(1-m_{side}) - 1380*exp(-(V_{side}+46)/18)*m_{side})*Hz : 1
dh_{side}/dt = slow*(8.1*exp(40/14.7-(V_{side}+85-shift)/recovery)*(1-h_{side})
               - 4380/(1+exp(-(V_{side}+45-shift)/9))*h_{side})*Hz : 1
dn_{side}/dt = slow*(91.7/exprel(-(V_{side}+40)/7)*(1-n_{side}) - 67*exp(-(V_{side}+40)/40)*n_{side})*Hz : 1
"""
MEMBRANE = """
Im = gNa*m_s**3*h_s*(ENa-v) + gK*n_s**4*(EK-v) + gL*(EL_s-v) + (u-v)/access : amp/meter**2
du/dt = (gamma*(tNa*m_t**3*h_t*(ENa-u) + tK*n_t**4*(EK-u) + tL*(EL_t-u)) + (v-u)/access)/(gamma*Cm) : volt
I : amp (point current)
"""


def constants(fiber):
    """Densities per area of membrane and potentials, with leaks that balance at rest; gates at rest."""
    si, rest = fiber.si, fiber.si("resting_potential")
    density = siemens / meter**2
    g = {"Na": si("Na_density"), "K": si("K_density"), "L": 1 / si("membrane_resistance")}
    tubule = {name: si(f"tubule_{full}") for name, full in zip(g, ("Na", "K", "leak"), strict=True)}
    V, recovery, shift = (
        1e3 * x for x in (rest, si("Na_recovery_slope"), si("Na_inactivation_shift"))
    )
    linoid = lambda x: x / (1 - np.exp(-x))  # noqa: E731
    alpha = [
        2880 * linoid((V + 46) / 10),
        8.1 * np.exp(40 / 14.7 - (V + 85 - shift) / recovery),
        91.7 * linoid((V + 40) / 7),
    ]
    beta = [
        1380 * np.exp(-(V + 46) / 18),
        4380 / (1 + np.exp(-(V + 45 - shift) / 9)),
        67 * np.exp(-(V + 40) / 40),
    ]
    m, h, n = (a / (a + b) for a, b in zip(alpha, beta, strict=True))
    out = {
        "access": si("access_resistance") * ohm * meter**2,
        "gamma": fiber.tubule_ratio,
        "ENa": si("Na_reversal") * volt,
        "EK": si("K_reversal") * volt,
        "recovery": recovery,
        "shift": shift,
        "fast": si("activation_speed"),
        "slow": si("repolarization_speed"),
    }
    for side, share in (("s", dict.fromkeys(g, 1.0)), ("t", tubule)):
        own = {name: g[name] * share[name] for name in g}
        inward = own["Na"] * m**3 * h * (rest - si("Na_reversal"))
        inward += own["K"] * n**4 * (rest - si("K_reversal"))
        out[f"EL_{side}"] = (rest + inward / own["L"]) * volt
        out |= {f"{'g' if side == 's' else 't'}{name}": own[name] * density for name in g}
    return out, (m, h, n)


def spatial_neuron_velocity(fiber, dt):
    """Speed between 1.6 and 2.8 mm from the middle, where a current starts an action potential."""
    defaultclock.dt = dt
    values, gates = constants(fiber)
    tube = Cylinder(length=LENGTH * meter, diameter=fiber.diameter, n=COMPARTMENTS)
    neuron = SpatialNeuron(
        tube,
        GATES.format(side="s", voltage="v") + GATES.format(side="t", voltage="u") + MEMBRANE,
        Cm=fiber.si("membrane_capacitance") * farad / meter**2,
        Ri=fiber.axial_resistivity,
        method="exponential_euler",
        namespace=values,
    )
    neuron.v = neuron.u = fiber.resting_potential
    for name, value in zip("mhn", gates, strict=True):
        setattr(neuron, f"{name}_s", value)
        setattr(neuron, f"{name}_t", value)
    middle = COMPARTMENTS // 2
    neuron.I[middle] = PULSE_NA * nA
    near, far = middle + 16, middle + 28
    trace = StateMonitor(neuron, "v", record=[near, far])
    network = Network(neuron, trace)
    network.run(0.5 * ms)
    neuron.I = 0 * amp
    network.run(1.2 * ms)
    t, times = np.asarray(trace.t), []
    for v in np.asarray(trace.v / mV):
        k = int(np.argmax(v > 0))
        times.append(t[k] - v[k] / (v[k] - v[k - 1]) * (t[k] - t[k - 1]))
    return (far - near) * LENGTH / COMPARTMENTS / (times[1] - times[0])


@pytest.mark.slow
def test_velocity_is_that_of_brians_cable():
    """Human fiber without an end plate's Na, compartments of 100 um in both: 0.3 %.

    `SpatialNeuron` is of first order in dt (2.3 % slow at 4 us): two of its steps are extrapolated to
    none, which leaves some 0.1 %; ours at 2.5 us, 0.1 % slow.
    """
    fiber = nmj.fibers.human().replace(Na_endplate_factor=1)
    coarse, fine = (spatial_neuron_velocity(fiber, dt * us) for dt in (4, 2))
    theirs = 2 * fine - coarse
    whole = fiber.whole(LENGTH * meter, compartment=100 * um, step=2.5 * us)
    amps = np.zeros(800)
    amps[:200] = 1e-9 * PULSE_NA
    crossings = whole.run(current_A=amps).crossings
    away = np.asarray((whole.position - whole.endplate) / mm)
    near, far = (int(np.abs(away - x).argmin()) for x in (1.6, 2.8))
    ours = 1e-3 * (away[far] - away[near]) / (crossings[far] - crossings[near])
    assert ours == pytest.approx(theirs, rel=0.003)
    assert 3.5 < ours < 3.9
