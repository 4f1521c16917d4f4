"""Muscle fibers as a Brian2 `NeuronGroup`: an end-plate current becomes an action potential.

The membrane (surface, T-tubules, cable) is the compiled kernel of csrc/nmj/fiber.h, called once
per time step in slot ``after_synapses``, after all junctions; everything a user looks at or changes is
an ordinary Brian2 variable.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from brian2 import Equations, NeuronGroup, Quantity, meter, second, volt

from . import fibers as fiber_presets
from .brian.runner import stage_runner
from .fiber import Fiber
from .fiber_stage import FiberStage
from .whole_fiber import WholeFiber

__all__ = ["MuscleFibers"]

#: What a user sees of a fiber.
EQUATIONS = """
v : volt
v_slope : volt/second
peak_v : volt
I : amp
Na_available : 1
clamped : boolean
spike_time : second
interval : second
spike_count : integer
"""

#: What a user sees besides of fibers from tendon to tendon, and of each of their sites.
WHOLE_EQUATIONS = "diameter : meter"
SITE_EQUATIONS = """
v_{site} : volt
arrival_{site} : second
"""

DOUBLES = ("v", "v_slope", "peak_v", "I", "Na_available", "spike_time", "interval")

#: "Never": the spike time of a fiber that has not fired, and the interval before its first spike.
NEVER_S = 1e9

#: After every junction of the network (their order is their serial number).
ORDER = 1_000_000


class MuscleFibers(NeuronGroup):
    """Muscle fibers: excitable cells that fire when their end plate is depolarized enough.

    A `NeuronGroup` whose membrane is a compiled compartment chain. Index it, record it, connect other
    `Synapses` to it as to any group. From a `Fiber` it is a short chain that answers at its end plate as
    the fiber's cable does; from a `WholeFiber` it is the cable, and action potentials travel to both
    tendons.

    Parameters
    ----------
    N : int
        Number of fibers.
    fiber : Fiber or WholeFiber, optional
        The membrane; default `nmj_brian.fibers.human()`.
    model : str or Equations, optional
        More equations, added to the group's own.
    action_potential : {'computed', 'tabulated'}, optional
        Whether action potentials are computed all the way, or read from a table once they are under way and
        their quanta are released (csrc/nmj/course.h), which takes less than half the time of a whole muscle. A
        fiber joins the table only where its voltages lie within 0.5 mV of it; a spike 10 ms later moves by
        0.2 us (rms), sooner or near the threshold by more. Behind one kind of junction.
    dt, clock, order, namespace, name, method
        As in `NeuronGroup`.

    Attributes
    ----------
    v : volt
        Membrane potential at the end plate; may be written at any time.
    peak_v : volt
        Largest potential since the last impulse reached one of the fiber's junctions (finer than dt).
    v_slope : volt/second
        Rate of change at the end of the step.
    I : amp
        Current injected at the end plate, or the electrode of a `WholeFiber` (positive depolarizes).
    Na_available : 1
        Share of Na channels that work (0: tetrodotoxin).
    clamped : boolean
        Voltage clamp: ``v`` stays at what the user wrote.
    spike_time : second
        Time of the last action potential, interpolated within the step.
    interval : second
        Time between the last two action potentials.
    spike_count : integer
        Action potentials so far.
    diameter : meter
        `WholeFiber` only: of each fiber, 8 to 200 um, to be set before it is used; surface, tubules and
        core follow. The compartments stay those of the fiber given.
    v_proximal, v_distal, v_NAME : volt
        `WholeFiber` only: membrane potential at the tendons and at each named site.
    arrival_proximal, arrival_distal, arrival_NAME : second
        `WholeFiber` only: when the last action potential arrived there, interpolated within the step; -1e9
        before the first.

    Raises
    ------
    TypeError
        If ``fiber`` is neither a `Fiber` nor a `WholeFiber`.
    ValueError
        If ``action_potential`` is unknown, or tabulated for fibers from tendon to tendon.
        At run time, for a time step that the membrane cannot serve or a state that is not finite.
    NotImplementedError
        On a device other than Brian2's runtime and C++ standalone.
    """

    add_to_magic_network = True

    def __init__(
        self,
        N: int,
        fiber: Fiber | WholeFiber | None = None,
        *,
        model: str | Equations = "",
        action_potential: str = "computed",
        dt: Quantity | None = None,
        clock: Any = None,
        order: int = 0,
        namespace: dict | None = None,
        method: Any = ("exact", "euler", "heun"),
        name: str = "musclefibers*",
    ) -> None:
        fiber = fiber_presets.human() if fiber is None else fiber
        if not isinstance(fiber, (Fiber, WholeFiber)):
            raise TypeError(
                "fiber must be a Fiber such as nmj.fibers.human(), or a WholeFiber such as "
                f"nmj.fibers.human().whole(length=60*mm), got {fiber!r}."
            )
        if action_potential not in ("computed", "tabulated"):
            raise ValueError(
                f"action_potential must be 'computed' or 'tabulated', got {action_potential!r}."
            )
        if action_potential == "tabulated" and isinstance(fiber, WholeFiber):
            raise ValueError("action potentials of a WholeFiber travel: they cannot be tabulated.")
        self._whole = fiber if isinstance(fiber, WholeFiber) else None
        fiber = fiber.fiber if isinstance(fiber, WholeFiber) else fiber
        equations, doubles = EQUATIONS, [*DOUBLES]
        if self._whole is not None:
            along = "".join(SITE_EQUATIONS.format(site=name) for name in self._whole.sites)
            equations += WHOLE_EQUATIONS + along
            doubles += Equations(WHOLE_EQUATIONS + along).names
        super().__init__(
            N,
            Equations(equations) + Equations(str(model)),
            # The kernel reads and writes double precision, whatever the user's preference.
            dtype=dict.fromkeys(doubles, np.float64),
            events={"spike": "v > 0*volt"},
            dt=dt,
            clock=clock,
            order=order,
            namespace=namespace,
            method=method,
            name=name,
        )
        self._fiber = fiber
        self._tabulated = action_potential == "tabulated"
        self._stage = FiberStage(self)
        runner = stage_runner(
            self,
            self._stage,
            clock=self.clock,
            when="after_synapses",
            order=ORDER,
            name=f"{self.name}_membrane",
        )
        # The kernel itself writes the list of fibers that fired, in place of Brian's thresholder.
        self.contained_objects.remove(self.thresholder["spike"])
        self.thresholder["spike"] = runner
        self.contained_objects.append(runner)
        rest = self._stage.rest_V * volt
        self.v = rest
        self.peak_v = rest
        self.Na_available = 1
        self.spike_time = -NEVER_S * second
        self.interval = NEVER_S * second
        if self._whole is not None:
            self.diameter = fiber.si("diameter") * meter
            for name in self._whole.sites:
                setattr(self, f"v_{name}", rest)
                setattr(self, f"arrival_{name}", -NEVER_S * second)

    @property
    def fiber(self) -> Fiber:
        """The membrane's description; print it for its parameters and sources."""
        return self._fiber

    @property
    def whole_fiber(self) -> WholeFiber | None:
        """The fiber from tendon to tendon, if the group is made of such."""
        return self._whole

    def conduction_velocity(self, first: str, last: str) -> Quantity:
        """Speed of each fiber's last action potential from one site to another.

        It must have passed both: between two action potentials, not while one is between the sites.

        Parameters
        ----------
        first, last : str
            Names of two sites of the `WholeFiber`, ``'proximal'`` and ``'distal'`` among them; both on one
            side of the end plate, since what began between them did not travel from one to the other.

        Returns
        -------
        Quantity
            One per fiber, positive if it arrived at ``last`` later; NaN where none has arrived.

        Raises
        ------
        ValueError
            If the fibers are not `WholeFiber`, there is no such site, or an end plate or an electrode is
            between the two.
        """
        if self._whole is None:
            raise ValueError(
                f"The fibers of '{self.name}' have no length: make them of nmj.fibers.human().whole(...)."
            )
        sites = {name: float(x / meter) for name, x in self._whole.sites.items()}
        for name in (first, last):
            if name not in sites:
                raise ValueError(f"There is no site '{name}'; there are: {', '.join(sites)}.")
        low, high = sorted((sites[first], sites[last]))
        if low == high:
            raise ValueError(f"'{first}' and '{last}' are the same place.")
        for what in ("endplate", "electrode"):
            if low < float(getattr(self._whole, what) / meter) < high:
                raise ValueError(
                    f"The {what} lies between '{first}' and '{last}': choose two sites on one side of it."
                )
        then, later = (self.variables[f"arrival_{name}"].get_value() for name in (first, last))
        took = np.where((then < 0) | (later < 0) | (then == later), np.nan, later - then)
        return abs(sites[last] - sites[first]) / took * meter / second

    @property
    def v_rest(self) -> Quantity:
        """Resting potential of the end plate."""
        return self._stage.rest_V * volt
