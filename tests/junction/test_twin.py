"""The compiled junctions and fibers, run by Brian2, against their slow twin: the whole path of a spike."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
from brian2 import (
    Network,
    SpikeGeneratorGroup,
    SpikeMonitor,
    StateMonitor,
    defaultclock,
    ms,
    second,
    seed,
)
from nmj_brian._core.release import TerminalRun

import nmj_brian as nmj
from nmj_brian.clock import divide, receptor_steps
from nmj_brian.endplate import EndplateModel
from nmj_brian.reference import junction as twin
from nmj_brian.reference.fiber import ReferenceFiber
from nmj_brian.reference.random import Address, derive_key
from nmj_brian.release import ReleaseModel

SEED = 20
DURATION_MS = 24.0
#: Spike times of two motor neurons; the third impulse meets a partly refractory, partly bound end plate.
TRAINS_MS = ((1.0, 9.0, 12.0), (2.0, 14.5))
#: Neuron, fiber, delay, receptor loss: one healthy, one without most receptors, two on one fiber.
JUNCTIONS = (
    (0, 0, 0.437, 0.0),
    (0, 1, 0.911, 0.93),
    (1, 2, 0.0, 0.3),
    (0, 2, 1.203, 0.6),
)


@cache
def human(share):
    """The human junction with a share of its AChE: quanta overlap if that is not all."""
    whole = nmj.junctions.human()
    return whole.replace(AChE_density=share * whole.AChE_density)


def simulate(dt_ms, noise, share):
    """The run in Brian2."""
    defaultclock.dt = dt_ms * ms
    seed(SEED)
    pairs = [(i, t) for i, train in enumerate(TRAINS_MS) for t in train]
    nerve = SpikeGeneratorGroup(2, [i for i, _ in pairs], [t for _, t in pairs] * ms)
    fibers = nmj.MuscleFibers(3)
    synapse = nmj.NMJ(nerve, fibers, human(share), noise=noise)
    neuron, fiber, delay, loss = (np.array(x) for x in zip(*JUNCTIONS, strict=True))
    synapse.connect(i=neuron, j=fiber)
    synapse.delay = delay * ms
    synapse.receptor_loss = loss
    v = StateMonitor(fibers, "v", record=True)
    quanta = StateMonitor(synapse, ["quanta", "impulses"], record=True)
    spikes = SpikeMonitor(fibers, variables="spike_time")
    Network(nerve, fibers, synapse, v, quanta, spikes).run(DURATION_MS * ms)
    end_v = np.concatenate([np.asarray(v.v_)[:, 1:], fibers.v_[:][:, None]], axis=1)
    return (
        synapse,
        end_v,
        quanta,
        {k: np.asarray(t) for k, t in spikes.all_values()["spike_time"].items()},
    )


@cache
def models(h_s, n_sub, noise, share):
    """End plate and release of the human junction for one time step."""
    junction = human(share)
    overlap = nmj.Overlap(junction) if share < 1 else None
    steps = n_sub if noise == "channels" else receptor_steps(n_sub, h_s)
    return (
        junction,
        EndplateModel(junction, n_sub * h_s / steps * second, overlap=overlap),
        ReleaseModel(junction, mean=noise == "none"),
    )


def follow(fiber, dt_ms, noise, share):
    """The twin of one fiber: its junctions (with their numbers) and its course."""
    n_sub, h_s = divide(dt_ms * 1e-3, "the twin")
    parameters, endplate, release = models(h_s, n_sub, noise, share)
    key, junctions, arrivals = derive_key(SEED, 0, 0), {}, []
    for number, (neuron, target, delay_ms, loss) in enumerate(JUNCTIONS):
        if target == fiber:
            at = Address(key, source=neuron, target=target)
            junctions[number] = twin.Junction(
                parameters, endplate, release, at, loss, noise == "channels"
            )
            arrivals.append([1e-3 * t + 1e-3 * delay_ms for t in TRAINS_MS[neuron]])
    membrane = ReferenceFiber(nmj.fibers.human().chain().model, h_s)
    steps = round(DURATION_MS / dt_ms)
    return junctions, twin.run(list(junctions.values()), arrivals, membrane, n_sub * h_s, steps)


@pytest.mark.parametrize(
    ("dt_ms", "noise", "share"),
    [
        (0.1, "quantal", 1.0),
        (0.025, "quantal", 1.0),
        (0.1, "none", 1.0),
        (0.1, "quantal", 0.05),
        (0.1, "channels", 0.05),
    ],
)
def test_brian_run_equals_the_twin(dt_ms, noise, share):
    """Quanta exactly; voltage within 20 uV and spike times within 60 ns: rounding, no approximation (the
    population's fibers compute in single precision, which an upstroke of 500 V/s magnifies).

    Impulses that fail (93 % of the receptors lost), that fire the fiber, that meet it refractory, two
    junctions on one fiber, and spontaneous quanta if any fall into the time. With a twentieth of its
    AChE quanta overlap, and the fiber that fails to fire may do so.
    """
    synapse, v, monitor, spikes = simulate(dt_ms, noise, share)
    fired = []
    for fiber in range(3):
        junctions, course = follow(fiber, dt_ms, noise, share)
        for number, junction in junctions.items():
            count = np.asarray(monitor.impulses[number])
            last = [
                np.asarray(monitor.quanta[number])[count == k][0] for k in range(1, count[-1] + 1)
            ]
            tolerance = 1e-12 * max(last) if noise == "none" else 0
            np.testing.assert_allclose(last, junction.quanta, rtol=0, atol=tolerance)
            assert synapse.impulses[number] == len(junction.quanta)
        assert np.ptp(course.v_mV) > 5  # something happened
        np.testing.assert_allclose(v[fiber], 1e-3 * np.array(course.v_mV), rtol=0, atol=2e-5)
        np.testing.assert_allclose(spikes[fiber], course.spikes_s, rtol=0, atol=6e-8)
        fired.append(len(course.spikes_s))
    assert fired[0] >= 2
    assert fired[1] == 0 or share < 1


def test_twin_of_spontaneous_quanta_is_the_kernel():
    """Times and sizes of the spontaneous quanta of ten minutes, asked for second by second."""
    human = nmj.junctions.human()
    release = ReleaseModel(human)
    key = derive_key(3, 0, 0)
    at = Address(key, source=4, target=5)
    terminal = twin.Terminal(release.scalars(), release.sites, at)
    kernel = TerminalRun(release.kernel(), release.sites, key, source=4, target=5)
    rate = human.si("mini_rate")
    slow = [q for k in range(600) for q in terminal.spontaneous(k, k + 1.0)]
    fast = [q for k in range(600) for q in kernel.minis(k, k + 1.0, rate)]
    assert len(slow) > 10
    np.testing.assert_allclose(np.array(fast)[:, :2], slow, rtol=1e-12)
