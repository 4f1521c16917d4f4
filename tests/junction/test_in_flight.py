"""Impulses on their way to a terminal, or whose quanta are being released: how many, is not for the user to know."""

import numpy as np
from brian2 import Network, SpikeGeneratorGroup, defaultclock, ms, seed

import nmj_brian as nmj


def preparation(room):
    """A fiber whose nerve fires at 1 kHz and is long: ten impulses are on their way."""
    defaultclock.dt = 0.1 * ms
    nerve = SpikeGeneratorGroup(1, np.zeros(30, int), np.arange(1, 31) * ms)
    fibers = nmj.MuscleFibers(1)
    synapse = nmj.NMJ(nerve, fibers, delay=10.5 * ms, in_flight=room)
    synapse.connect()
    return nerve, fibers, synapse


def test_room_for_impulses_grows_where_it_is_needed():
    """The numbers do not depend on how much there was at first; a state from before or after comes back."""
    found = []
    for room in (1, 64):
        seed(3)
        nerve, fibers, synapse = preparation(room)
        net = Network(nerve, fibers, synapse)
        net.run(1.5 * ms)
        net.store("early")
        net.run(15 * ms)
        net.store("late")
        net.run(30 * ms)
        first = synapse.quanta_total[0]
        for name, duration in (("late", 30 * ms), ("early", 45 * ms)):
            net.restore(name, restore_random_state=True)
            net.run(duration)
            assert synapse.quanta_total[0] == first > 100
        assert synapse.impulses[0] == 30
        found.append((first, synapse.ready[0], fibers.v[0]))
    assert found[0] == found[1]
