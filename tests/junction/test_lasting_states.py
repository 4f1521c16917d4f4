"""Trains of impulses leave receptors desensitized or plugged; the next quanta find fewer free ones."""

from __future__ import annotations

import numpy as np
import pytest
from brian2 import Network, SpikeGeneratorGroup, StateMonitor, molar, ms, mV, second

import nmj_brian as nmj
from nmj_brian.units import degC, uM

#: Rates that do not move with voltage: conductance per quantum then depends on the free receptors only.
STEADY = {"voltage_sensitivity": 0 / mV}
LAST_MS = 205.0


def train(receptor, **changes):
    """Ten impulses at 100 Hz and a late one, as means: junction, times (ms), course of the states, and
    conductance per quantum of the first and the last."""
    junction = nmj.junctions.human(22 * degC).replace(receptor=receptor, **changes)
    times = np.append(5.0 + 10.0 * np.arange(10), LAST_MS)
    nerve = SpikeGeneratorGroup(1, np.zeros(len(times), int), times * ms)
    fibers = nmj.MuscleFibers(1, fiber=nmj.fibers.human(temperature=22 * degC))
    synapse = nmj.NMJ(nerve, fibers, junction=junction, noise="none")
    synapse.connect(i=0, j=0)
    names = [s.replace("*", "_open") for s in receptor.states]
    names = [n for n in names if n in synapse.variables]
    seen = StateMonitor(synapse, ["g", "quanta", *names], record=True)
    Network(nerve, fibers, synapse, seen).run((LAST_MS + 20) * ms)
    t, g = np.asarray(seen.t / ms), np.asarray(seen.g_[0])
    per_quantum = []
    for at in (times[0], times[-1]):
        during = (t > at) & (t < at + 9.5)
        before = g[np.searchsorted(t, at - 0.5)]
        per_quantum.append((g[during].max() - before) / seen.quanta[0][during].max())
    states = {n: getattr(seen, n)[0] - getattr(seen, n)[0][1] for n in names}  # beyond rest
    return junction, t, states, np.array(per_quantum)


def lost(junction, states, t):
    """Share of the end plate's receptors in lasting states before the last impulse."""
    k = np.searchsorted(t, LAST_MS - 0.5)
    names = [
        s
        for s, long in zip(junction.receptor.states, junction.receptor.lasting, strict=True)
        if long
    ]
    return sum(states[n][k] for n in names) / junction.si("endplate_receptors")


def expected(junction, share):
    """Peak of one quantum with a share of the receptors lost, over that with all: reaction-diffusion."""
    left = nmj.Quantum(junction.replace(receptor_fraction=1 - share))
    return left.peak / nmj.Quantum(junction).peak


def test_plugged_channels_are_missing():
    """The last impulse's conductance per quantum falls as that of a full solution of one quantum with
    so many receptors fewer. An end plate of few receptors, so that a fifth are lost.

    3 %: latencies smooth the peak, brief quanta more than long ones; what is plugged reopens meanwhile.
    """
    drug = nmj.ChannelBlocker("quinidine", 10 * uM, 1e7 / molar / second, 0.5 / second)
    receptor = nmj.receptors.human_adult(**STEADY).with_channel_blocker(drug)
    junction, t, states, per_quantum = train(receptor, endplate_receptors=1.5e5)
    share = lost(junction, states, t)
    assert share > 0.15
    assert per_quantum[1] / per_quantum[0] == pytest.approx(expected(junction, share), rel=0.03)
    brief = nmj.ChannelBlocker("QX222", 10 * uM, 1e7 / molar / second, 1000 / second)
    assert not nmj.receptors.human_adult().with_channel_blocker(brief).lasting.any()


def test_desensitized_receptors_are_missing():
    """R14 through a whole junction: the first impulse leaves 3.5/s (at 23 degC) times the time with two
    ACh open in desensitized states, beyond their exchange with resting ones (5 %: a small difference of
    what binding moves among them). After the train conductance per quantum has fallen as in the test
    above.
    """
    receptor = nmj.receptors.human_desensitizing(**STEADY)
    junction, t, states, per_quantum = train(receptor, endplate_receptors=6e3)
    first = t < 14.5
    spent = {n: x[first].sum() * 1e-4 for n, x in states.items()}  # receptor seconds beyond rest
    here = junction.receptor
    exchange = (
        -float(here.rate("r_in")) * sum(spent.values()) - float(here.rate("r_out")) * spent["D"]
    )
    gone = sum(states[n][first][-1] for n in ("A2D", "AD", "D"))
    entry = (gone - exchange) / spent["A2R_open"]
    assert entry == pytest.approx(3.5 * 2.5**-0.1, rel=0.05)
    share = lost(junction, states, t)
    assert share > 0.3
    assert per_quantum[1] / per_quantum[0] == pytest.approx(expected(junction, share), rel=0.04)


def test_which_states_last():
    """Desensitized ones and slowly plugged ones; not ACh's own block, nor a site that ACh or curare holds."""
    for name, lasting in (
        ("human_adult", set()),
        ("human_desensitizing", {"D", "AD", "A2D"}),
        ("CH82", set()),
    ):
        receptor = getattr(nmj.receptors, name)()
        assert {s for s, x in zip(receptor.states, receptor.lasting, strict=True) if x} == lasting
    curare = nmj.Antagonist("curare", 1 * uM, 1e8 / molar / second, 1 / second)
    assert not nmj.receptors.human_mutant("aL210Q").with_antagonist(curare).lasting.any()
    forever = nmj.ChannelBlocker("toxin", 1 * uM, 1e8 / molar / second, 0 / second)
    assert nmj.receptors.CH82().with_channel_blocker(forever).lasting.sum() == 2
