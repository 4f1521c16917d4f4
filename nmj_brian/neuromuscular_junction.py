"""The neuromuscular junction as Brian2 `Synapses`: a spike in, an end-plate conductance out.

The compiled part (csrc/nmj/junctions.h) is called twice per time step: in slot ``synapses`` it takes
the spikes of the nerve, in slot ``after_synapses`` it advances the junctions that are awake over
``[t, t + dt]`` in steps of at most 0.1 ms, in front of the fibers.
"""

from __future__ import annotations

import functools
import itertools
from collections.abc import Iterable
from typing import Any

import numpy as np
from brian2 import Equations, Quantity, Synapses, second
from brian2.units.fundamentalunits import fail_for_dimension_mismatch

from . import junctions as junction_presets
from .brian.network import running
from .brian.runner import stage_runner
from .brian.target import RUNTIME
from .brian.target import target as target_device
from .clock import RECEPTOR_STEP_S
from .endplate import EndplateModel
from .junction import Junction
from .junction_stage import JunctionStage
from .match import check_match
from .muscle_fibers import MuscleFibers
from .overlap import Overlap, applied_overlap
from .parameters import whole_number

__all__ = ["NMJ"]

#: What a user sees of a junction, besides the states of its receptor.
EQUATIONS = """
receptor_loss : 1
ready : 1
quanta : 1
quanta_total : 1
impulses : integer
release_time : second
ACh : 1
open_channels : 1
g : siemens
peak_g : siemens
"""

DOUBLES = (
    "receptor_loss",
    "ready",
    "quanta",
    "quanta_total",
    "release_time",
    "ACh",
    "open_channels",
    "g",
    "peak_g",
)

#: Names that every `Synapses` has for itself.
RESERVED = ("i", "j", "t", "dt", "N", "lastupdate", "delay", "N_pre", "N_post")


_serial = itertools.count()


class NMJ(Synapses):
    """Neuromuscular junctions: each nerve impulse releases quanta that open channels of the fiber.

    A `Synapses` object: connect it, index it, record it as usual. One synapse is one end plate. An
    impulse arrives at its spike's time plus `delay`, at a resolution finer than dt.

    Parameters
    ----------
    source : SpikeSource
        Motor neurons: any group that spikes, or a subgroup of one.
    target : MuscleFibers
        Muscle fibers, or a subgroup of them.
    junction : Junction, optional
        What every junction of this object is; default `nmj_brian.junctions.human()`.
    noise : {'quantal', 'none', 'channels'}, optional
        'quantal': numbers, moments and sizes of quanta are random. 'none': their mean. 'channels':
        as 'quantal', and receptors are whole numbers that bind, open and close by chance (about ten
        times slower; their path depends on the time step, not on the target or on other objects).
    delay : Quantity, optional
        Conduction and synaptic delay given to new junctions; set `delay` for individual ones.
    latency : bool, optional
        Whether quanta are released over the latency density of the terminal (default), or all at
        the moment when the impulse arrives.
    in_flight : int, optional
        For how many impulses, on their way or releasing, junctions have room at first. Where they need it they
        get more, up to 64.
    stream : int, optional
        Number that, with seed and trial, selects the random numbers; two NMJ objects given the same
        one release the same quanta at the same neurons and fibers. Default: the rank of this object
        among those of the network in which it first runs, in order of creation, or the next that is
        free. Give it where such objects come and go.
    addresses : pair of array_like of int, optional
        Where these neurons and fibers are a part of a muscle: the index in the whole muscle of each neuron
        of the whole group `source` and of each fiber of the whole group `target`. The part then
        releases the quanta that it releases in the whole; see `Innervation.part`. Default: their
        indices here.
    overlap : bool, optional
        Whether quanta gain from each other where AChE is inhibited (`nmj_brian.Overlap`). By default
        they do wherever that is tabulated; elsewhere, and with whole AChE, they add, with a warning
        if less than a fifth of AChE is left. True: raise there. False: quanta add.
    order, name
        As in `Synapses`.

    Attributes
    ----------
    receptor_loss : 1
        Share of the receptors that this junction lacks, beside what ``junction`` says (default 0).
    ready : 1
        Vesicles ready for release just after the last impulse; may be written. A whole number,
        like the next two, unless ``noise='none'``.
    quanta, quanta_total : 1
        Quanta released by the last impulse (held), and by all impulses and spontaneously.
    impulses : integer
        Impulses that have reached the terminal.
    release_time : second
        Moment of the first quantum of the last impulse; NaN if it released none.
    ACh : 1
        Free molecules of acetylcholine in the cleft.
    open_channels, g, peak_g : 1, siemens, siemens
        Open channels; their conductance; its maximum since the last impulse. These, ACh and the
        states of the receptor are shown, not set: writing them raises an error.
    AR, A2R, ... : 1
        Number of receptors in each state of the scheme but the resting one; ``A2R*`` is named
        ``A2R_open``. Zeros before the first run.

    Raises
    ------
    TypeError
        If source has no spikes, target is not `MuscleFibers`, or junction is not a `Junction`.
    ValueError
        For an unknown ``noise``, junction and fibers at different temperatures, or an ``overlap`` that
        is asked for and not tabulated; at run time if
        nothing is connected, or a delay or receptor loss is impossible.
    NotImplementedError
        On a device other than Brian2's runtime and C++ standalone.
    """

    add_to_magic_network = True

    def __init__(
        self,
        source: Any,
        target: Any,
        junction: Junction | None = None,
        *,
        noise: str = "quantal",
        delay: Quantity | None = None,
        latency: bool = True,
        in_flight: int = 2,
        stream: int | None = None,
        addresses: tuple[Any, Any] | None = None,
        overlap: bool | None = None,
        order: int = 0,
        name: str = "nmj*",
    ) -> None:
        junction = junction_presets.human() if junction is None else junction
        fibers = getattr(target, "source", target)
        _check(source, fibers, junction, noise)
        if not isinstance(latency, bool):
            raise TypeError(f"latency is True or False, got {latency!r}.")
        if delay is not None:
            _check_delay(delay)
        if overlap is not None and not isinstance(overlap, bool):
            raise TypeError(f"overlap is True, False or None, got {overlap!r}.")
        self._overlap = applied_overlap(junction, overlap, name.rstrip("*"))
        # Solved with the longest step, which is that of most time steps: what no end plate can be raises
        # here, and the run finds it solved.
        model = EndplateModel(junction, RECEPTOR_STEP_S * second, overlap=self._overlap)
        taken = {*RESERVED, *Equations(EQUATIONS).names, *fibers.variables, *source.variables}
        self._state_names = [variable_name(state, taken) for state in model.states]
        super().__init__(
            source,
            target,
            EQUATIONS + "".join(f"{state} : 1\n" for state in self._state_names),
            clock=fibers.clock,
            # The kernel reads and writes double precision, whatever the user's preference.
            dtype=dict.fromkeys((*DOUBLES, *self._state_names), np.float64),
            order=order,
            name=name,
        )
        if target_device() == RUNTIME:  # what a user wrote there would be lost without a word
            for shown in ("ACh", "open_channels", "g", *self._state_names):
                self.variables[shown].read_only = True
        # Brian2 rounds the delays of its own pathways to dt; ours are kept as they are.
        self.variables.add_dynamic_array(
            "delay",
            size=0,
            dimensions=second.dim,
            dtype=np.float64,
            index="_idx",
        )
        self.register_variable(self.variables["delay"])
        self._serial = next(_serial)
        self._junction = junction
        self._noise = noise
        self._default_delay = delay
        self._stage = JunctionStage(
            self,
            fibers,
            latency=latency,
            in_flight=in_flight,
            stream=stream,
            addresses=addresses,
        )
        self.contained_objects.append(
            stage_runner(
                self,
                self._stage.receive,
                clock=source.clock,
                when="synapses",
                order=order,
                name=f"{self.name}_nerve",
            )
        )
        self.contained_objects.append(
            stage_runner(
                self,
                self._stage,
                clock=self.clock,
                when="after_synapses",
                order=self._serial,
                name=f"{self.name}_endplate",
            )
        )

    @property
    def junction(self) -> Junction:
        """Description of the junctions; fixed for the life of the object."""
        return self._junction

    @property
    def overlap(self) -> Overlap | None:
        """What quanta gain from each other when AChE is inhibited; None if they add."""
        return self._overlap

    @property
    def serial(self) -> int:
        """Rank of creation among all NMJ objects; junctions of a step run in this order."""
        return self._serial

    @property
    def noise(self) -> str:
        """Which randomness is simulated."""
        return self._noise

    @property
    def trial(self) -> int:
        """Trial number of the random quanta; `Network.restore` goes on to the next.

        Set it to repeat a trial or to take another one without storing. A ``seed(k)`` after the first
        run of this object changes none of its quanta: the seed of that run is kept.
        """
        return self._stage.trial

    @trial.setter
    def trial(self, number: int) -> None:
        self._stage.trial = whole_number("trial", number, 0, 2**32 - 1)

    # Brian2's property reads the delay of a pathway, and we have none.
    def _set_delay(self, delay: Any, with_unit: bool) -> None:
        variable = self.variables["delay"]
        if with_unit:
            reference = variable.get_addressable_value_with_unit("delay", self)
        else:
            reference = variable.get_addressable_value("delay", self)
        reference.set_item("True" if isinstance(delay, str) else slice(None), delay, level=2)

    def _get_delay(self, with_unit: bool) -> Any:
        variable = self.variables["delay"]
        if with_unit:
            return variable.get_addressable_value_with_unit("delay", self)
        return variable.get_addressable_value("delay", self)

    delay = property(
        functools.partial(_get_delay, with_unit=True),
        functools.partial(_set_delay, with_unit=True),
        doc="Time from the motor neuron's spike to the nerve terminal, per junction.",
    )
    delay_ = property(
        functools.partial(_get_delay, with_unit=False),
        functools.partial(_set_delay, with_unit=False),
        doc="The delay in seconds, without unit.",
    )

    def connect(self, *args: Any, level: int = 0, **kwds: Any) -> None:
        """Make junctions: choose which motor neuron reaches which fiber.

        A new junction has all its release sites ready, and the ``delay`` given to the object.

        Parameters
        ----------
        *args, **kwds
            As in `brian2.Synapses.connect`, e.g. ``i=..., j=...``.
        level : int, optional
            How much deeper to look for names of a condition, as in `brian2.Synapses.connect`.

        Raises
        ------
        RuntimeError
            During a run.
        """
        if running() is not None:
            raise RuntimeError(
                f"'{self.name}' cannot be given junctions during a run: its kernel holds the arrays. "
                "Connect between two runs."
            )
        before = len(self) if target_device() == RUNTIME else 0
        super().connect(*args, level=level + 1, **kwds)
        sites = round(self._junction.si("sites"))
        if target_device() == RUNTIME:
            self.variables["ready"].get_value()[before:] = sites
            if self._default_delay is not None:
                self.variables["delay"].get_value()[before:] = float(self._default_delay)
            return
        # How many there are is known only when the standalone program runs.
        new = "ready == 0 and impulses == 0"
        if self._default_delay is not None:
            self.variables["delay"].get_addressable_value_with_unit("delay", self).set_item(
                new, self._default_delay, level=1
            )
        self.variables["ready"].get_addressable_value_with_unit("ready", self).set_item(
            new, sites, level=1
        )


def variable_name(state: str, taken: Iterable[str] = ()) -> str:
    """Name of the Brian2 variable of a receptor state: ``A2R*`` is ``A2R_open``.

    ``_state`` is appended (or ``state_`` set before it) where Brian2 would refuse the name, or it
    is ``taken``.
    """
    base = state.replace("*", "_open")
    for name in (base, f"{base}_state"):
        try:
            Equations.check_identifier(name)
        except SyntaxError:
            continue
        if name not in taken:
            return name
    return f"state_{base}"


def _check_delay(delay: Any) -> None:
    """A single time; the same number comes to all junctions that `connect` makes."""
    if not isinstance(delay, Quantity) and delay != 0:
        raise TypeError(f"delay must be a time such as 2*ms, got {delay!r}.")
    fail_for_dimension_mismatch(delay, second, "delay must be a time")
    if np.ndim(delay) != 0:
        raise TypeError(
            "delay must be one time for all junctions; give an array or a string to the attribute "
            "after connect(...), e.g. synapse.delay = '1*ms + j*us'."
        )


def _check(source: Any, fibers: Any, junction: Any, noise: str) -> None:
    if not isinstance(fibers, MuscleFibers):
        raise TypeError(f"target must be nmj.MuscleFibers or a subgroup of one, got {fibers!r}.")
    if "_spikespace" not in getattr(source, "variables", ()):
        raise TypeError(
            f"source must be a group that spikes (a threshold is needed), got {source!r}."
        )
    check_match(junction, fibers.fiber, noise)
