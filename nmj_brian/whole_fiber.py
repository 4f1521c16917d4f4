"""A muscle fiber from tendon to tendon: the cable that a population can be made of.

Where the end plate lies in the middle the fiber is folded there, half as many compartments; else its
two sides follow each other. Compartments are those of the reference solution (`nmj_brian.Cable`): the
end plate with its own Na density, then longer and longer ones up to ``compartment``. Both ends are
sealed.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

import numpy as np
from brian2 import Quantity, meter, um
from brian2.units.fundamentalunits import fail_for_dimension_mismatch, is_dimensionless

from .cable import SPIKE_DISTANCE_M, compartment_lengths, velocity
from .excitation import Excitable
from .fiber import Fiber
from .membrane import MAX_COMPARTMENTS, MAX_SITES

__all__ = ["WholeFiber"]

#: Shortest distance of an end plate from a tendon, in reaches of the end plate (as in `Cable`).
CLEAR_REACHES = 20.0
#: No muscle fiber is longer: more is a slip of units.
LONGEST_M = 0.6
#: Names that a site cannot have: there are tendons, `v_slope` and `v_rest`.
TAKEN = ("proximal", "distal", "slope", "rest")
#: How long to wait for an action potential: none is slower.
SLOWEST_M_PER_S = 0.5


class WholeFiber(Excitable):
    """A muscle fiber from its proximal to its distal tendon.

    Give it to `nmj_brian.MuscleFibers` or `nmj_brian.MotorUnits` in place of a `Fiber`. Positions count
    from the proximal tendon. The spike of a population's fiber is timed 0.5 mm from the end plate, on the
    longer side.

    Parameters
    ----------
    fiber : Fiber
        Its membrane, diameter and end plate.
    length : Quantity
        From tendon to tendon.
    endplate : float or Quantity, optional
        Position of the end plate: a share of the length, or a length. In the middle the fiber is
        folded, which halves its cost.
    sites : mapping of str to Quantity, optional
        Positions whose voltage and arrival times are wanted, by name. Both tendons, ``'proximal'`` and
        ``'distal'``, are always among them.
    electrode : Quantity, optional
        Position where injected current enters; by default the end plate.
    compartment : Quantity, optional
        Longest compartment. In man at 37 degC an action potential is 1 % slow at 60 um, 3 % at 100 um
        and 10 % at 200 um; sub-steps of 10 us (those of a ``dt`` of 0.1 ms) take another 2 %.
    **options
        ``quantum``, ``step`` as in `Excitable`.

    Raises
    ------
    TypeError
        If ``fiber`` is not a `Fiber`, or a name of a site is not a string.
    DimensionMismatchError
        If a position is not a length.
    ValueError
        For a position outside the fiber, an end plate too near a tendon, more than 30 sites, a name that
        is not an identifier or is taken, or if it needs too many compartments.

    Examples
    --------
    >>> import nmj_brian as nmj
    >>> from brian2 import mm
    >>> fiber = nmj.WholeFiber(nmj.fibers.human(), length=60*mm, endplate=20*mm)
    >>> fiber
    <WholeFiber of the human fiber, 60 mm, end plate at 20 mm, 1009 compartments>
    """

    def __init__(
        self,
        fiber: Fiber,
        length: Quantity,
        endplate: float | Quantity = 0.5,
        *,
        sites: Mapping[str, Quantity] | None = None,
        electrode: Quantity | None = None,
        compartment: Quantity = 60 * um,
        **options: Any,
    ) -> None:
        if not isinstance(fiber, Fiber):
            raise TypeError(f"fiber must be a Fiber such as nmj.fibers.human(), got {fiber!r}.")
        total = _meters("length", length)
        if total > LONGEST_M:
            raise ValueError(f"A fiber is at most {LONGEST_M:g} m long, got {total:g} m.")
        at = (
            float(endplate) * total if is_dimensionless(endplate) else _meters("endplate", endplate)
        )
        clear = CLEAR_REACHES * fiber.si("endplate_reach")
        if not clear < min(at, total - at):
            raise ValueError(
                f"The end plate must lie more than {1e3 * clear:g} mm (20 times endplate_reach) from both "
                f"tendons: got {1e3 * at:g} of {1e3 * total:g} mm."
            )
        longest = _meters("compartment", compartment)
        if not 1e-6 <= longest <= 1e-3:
            raise ValueError(f"compartment must be 1 um to 1 mm long, got {1e6 * longest:g} um.")
        self._total, self._at = total, at
        self._electrode = at if electrode is None else _inside("electrode", electrode, total)
        self._sites = _all_sites(sites, total)
        self._folded = abs(2.0 * at - total) < 1e-9 and abs(self._electrode - at) < 1e-9
        self._given = {
            "sites": sites,
            "electrode": electrode,
            "compartment": compartment,
            **options,
        }
        super().__init__(fiber, self._cut(fiber, longest), **options)

    def __reduce__(self) -> tuple:
        """Another process makes it anew: its kernel cannot be sent."""
        return partial(type(self), **self._given), (self.fiber, self.length, self.endplate)

    def _cut(self, fiber: Fiber, longest: float) -> Any:
        """Compartments: the end plate, the longer side outwards, then (unless folded) the other."""
        diameter, reach = fiber.si("diameter"), fiber.si("endplate_reach")
        spans = sorted((self._at, self._total - self._at), reverse=True)
        self._outwards = 1.0 if self._at <= self._total / 2.0 else -1.0
        sides = []
        for span in spans[: 1 if self._folded else 2]:
            lengths = compartment_lengths(span, reach, diameter, longest)[1:]
            sides.append(lengths * ((span - reach) / lengths.sum()))
        count = 1 + sum(len(x) for x in sides)
        if count > MAX_COMPARTMENTS:
            raise ValueError(
                f"A fiber of {1e3 * self._total:g} mm cut into pieces of {1e6 * longest:g} um needs {count} "
                f"compartments, at most {MAX_COMPARTMENTS} are served: make `compartment` longer."
            )
        distances = [reach + np.cumsum(x) - x / 2.0 for x in sides]
        #: Of each compartment's center from the end plate, positive on the longer side.
        self._along = np.concatenate(
            [[0.0], *(s * d for s, d in zip((1, -1), distances, strict=False))]
        )
        share = 1.0 if self._folded else 0.5  # a fiber's own functions count both sides together
        steps = [np.diff(d, prepend=0.0) for d in distances]
        membranes = fiber.membranes(
            area_m2=2.0 * np.pi * diameter * np.concatenate([[reach], *(share * x for x in sides)]),
            g_axial_S=share * fiber.axial_conductance(np.concatenate(steps)),
            na_factor=np.concatenate(
                [[fiber.si("Na_endplate_factor")], *(np.ones(len(x)) for x in sides)]
            ),
            spike_compartment=1 + int(np.abs(distances[0] - SPIKE_DISTANCE_M).argmin()),
        )
        cut = membranes.replace(
            other_side=None if self._folded else 1 + len(sides[0]),
            electrode=int(np.abs(self._along - self._place(self._electrode)).argmin()),
            site=np.array([self._between(self._place(x)) for x in self._sites.values()]),
            diameter_m=diameter,
            falls_together=False,
        )
        return fiber.adapted(cut)

    def _place(self, position: float) -> float:
        """Signed distance from the end plate, as in ``_along``."""
        place = self._outwards * (position - self._at)
        return abs(place) if self._folded else place

    def _between(self, place: float) -> tuple[float, float, float]:
        """The compartments around a place and the share of the second; the last one beyond its center."""
        order = np.argsort(self._along)
        sorted_along = self._along[order]
        k = int(np.clip(np.searchsorted(sorted_along, place), 1, len(order) - 1))
        share = (place - sorted_along[k - 1]) / (sorted_along[k] - sorted_along[k - 1])
        return float(order[k - 1]), float(order[k]), float(np.clip(share, 0.0, 1.0))

    def __repr__(self) -> str:
        count = self.model.compartments
        return (
            f"<WholeFiber of the {self.fiber.name}, {1e3 * self._total:g} mm, end plate at "
            f"{1e3 * self._at:g} mm, {count} compartments{', folded' * self._folded}>"
        )

    @property
    def length(self) -> Quantity:
        """From tendon to tendon."""
        return self._total * meter

    @property
    def endplate(self) -> Quantity:
        """Position of the end plate."""
        return self._at * meter

    @property
    def electrode(self) -> Quantity:
        """Position where injected current enters."""
        return self._electrode * meter

    @property
    def sites(self) -> dict[str, Quantity]:
        """Positions whose voltage and arrival times are told, by name; both tendons among them."""
        return {name: position * meter for name, position in self._sites.items()}

    @property
    def position(self) -> Quantity:
        """Position of each compartment's center; of a folded fiber, on its distal side."""
        return (self._at + self._outwards * self._along) * meter

    @property
    def folded(self) -> bool:
        """Whether both sides are equal and computed as one."""
        return self._folded

    @property
    def memory(self) -> int:
        """Bytes of private state of one fiber of a population."""
        return 8 * self.model.size

    def kernel_model(self, h_s: float, n_sub: int = 0) -> tuple[dict, dict]:
        """The fiber for the kernel: fields of ``nmj_fiber_model`` for one sub-step.

        Parameters
        ----------
        h_s : float
            Sub-step in seconds.
        n_sub : int, optional
            Sub-steps that a fiber near rest may take at once; 0: none.

        Returns
        -------
        scalars, arrays : dict
            By field name.
        """
        return self.model.scalars(h_s, coarse=n_sub), self.model.arrays(h_s, coarse=n_sub)

    def conduction_velocity(self, quanta: float | None = None) -> Quantity:
        """Speed of the action potential between a quarter and six tenths of the longer side.

        Parameters
        ----------
        quanta : float, optional
            Number of quanta that start it; by default twice the quanta to fire.

        Returns
        -------
        Quantity
            A speed.

        Raises
        ------
        ValueError
            If no action potential reaches both places, or the number of quanta is negative.
        """
        quanta = 2.0 * self.quanta_to_fire() if quanta is None else quanta
        side = self._along[: self.model.other_side]
        crossings = None
        if np.isfinite(quanta):
            steps = round((self._duration + side[-1] / SLOWEST_M_PER_S) / self._h)
            course = self.quantum.course(quanta, self._start, self._h, steps)
            crossings = self.run(course).crossings[: len(side)]
        return velocity(self.fiber.name, side, crossings)


def _meters(name: str, value: Quantity) -> float:
    fail_for_dimension_mismatch(value, meter, f"{name} of a fiber is a length")
    number = float(value / meter)
    if not (np.isfinite(number) and number > 0.0):
        raise ValueError(f"{name} of a fiber must be finite and above 0, got {number:g} m.")
    return number


def _inside(name: str, value: Quantity, total: float) -> float:
    fail_for_dimension_mismatch(value, meter, f"{name} is a position along the fiber")
    number = float(value / meter)
    if not 0.0 <= number <= total * (1 + 1e-12):
        raise ValueError(
            f"{name} must lie from 0 to {1e3 * total:g} mm along the fiber, got {1e3 * number:g} mm."
        )
    return number


def _all_sites(sites: Mapping[str, Quantity] | None, total: float) -> dict[str, float]:
    found = {"proximal": 0.0, "distal": total}
    for name, position in (sites or {}).items():
        if not isinstance(name, str):
            raise TypeError(f"Sites are named by strings, got {name!r}.")
        if not (name.isidentifier() and name.isascii()) or name in TAKEN:
            raise ValueError(
                f"'{name}' cannot name a site: it becomes v_{name} and arrival_{name}; a plain word but "
                f"{', '.join(TAKEN)} can."
            )
        found[name] = _inside(f"site '{name}'", position, total)
    if len(found) > MAX_SITES:
        raise ValueError(f"A fiber has at most {MAX_SITES - 2} sites, got {len(found) - 2}.")
    return found
