"""One neuromuscular junction, written down: terminal, release, quantum, receptor."""

from __future__ import annotations

from typing import Any

import numpy as np
from brian2 import Quantity

from .conditioned import Conditioned
from .parameters import Parameter, ParameterSet
from .receptor import Receptor

__all__ = ["Junction"]


class Junction(Conditioned, ParameterSet):
    """The description of a neuromuscular junction: every number with its source, and a receptor.

    A junction is data; `nmj_brian.NMJ` runs it in a network, `nmj_brian.Quantum` and
    `nmj_brian.Terminal` look at its parts. It is never changed: `replace` returns another one, and so
    does `under`, which puts it under diseases, toxins and drugs.

    Parameters
    ----------
    name : str
        What it describes, e.g. ``'human junction'``.
    parameters : dict of str to Parameter
        All numbers; must contain ``temperature`` and ``agonist``, its steady concentration.
    receptor : Receptor
        Kinetic scheme of the acetylcholine receptor, at the temperature where it was measured.

    Raises
    ------
    TypeError
        If receptor is no `Receptor`.
    ValueError
        Without a temperature, if the receptor cannot reach it (see `Receptor.at`), or if it stands
        in a bath of its own (`Receptor.in_bath`).
    """

    _place = "junction"

    def __init__(self, name: str, parameters: dict[str, Parameter], receptor: Receptor) -> None:
        if not isinstance(receptor, Receptor):
            raise TypeError(
                f"receptor must be a Receptor such as nmj.receptors.human_adult(), got {receptor!r}."
            )
        super().__init__(name, parameters)
        if receptor._bath_M:
            raise ValueError(
                f"{receptor.name} stands in a bath of its own: give the junction a receptor without "
                "one, and the concentration to the junction, e.g. replace(agonist=1*uM)."
            )
        self._measured_receptor = receptor
        bath_M = self.si("agonist") / 1e3  # from mol/m^3
        self._receptor = receptor.at(self["temperature"].value)._with(_bath_M=bath_M)

    @property
    def receptor(self) -> Receptor:
        """The receptor at the temperature of the junction, in its bath."""
        return self._receptor

    @property
    def lasting_conductance(self) -> Quantity:
        """Conductance that a steady agonist holds open at the end plate; 0 without one.

        Give it to the fiber, whose Na channels inactivate slowly where it lasts for minutes:
        ``fiber.replace(lasting_conductance=junction.lasting_conductance)``.
        """
        receptor = self._receptor
        share = receptor.equilibrium(**{receptor.agonist: self["agonist"].value})
        free = self.si("receptor_fraction") * (1.0 - self.si("antagonist_occupancy"))
        opened = float(np.asarray(share)[np.asarray(receptor.open)].sum())
        return self.si("endplate_receptors") * free * opened * receptor.conductance

    def diff(self, other: ParameterSet) -> str:
        """Table of what differs from another junction, the receptor included.

        Parameters
        ----------
        other : Junction
            What to compare with.

        Returns
        -------
        str
            One line a parameter, and one on the receptors if they differ; of receptors of one name,
            which constants do.

        Raises
        ------
        TypeError
            If ``other`` is no parameter set.
        """
        if not isinstance(other, Junction):
            return super().diff(other)
        mine, theirs = (junction.receptor._with(_bath_M=0.0) for junction in (self, other))
        if mine.key() == theirs.key():
            return super().diff(other)
        receptors = f"receptor: {mine.name} in place of {theirs.name}"
        if mine.name == theirs.name:
            receptors = f"receptor: {mine.name} with another {_other_constants(mine, theirs)}"
        if ParameterSet.key(self) == ParameterSet.key(other):
            return receptors
        return f"{super().diff(other)}\n{receptors}"

    def replace(self, receptor: Receptor | None = None, **values: Any) -> Junction:
        """Copy of the junction with other values; see `ParameterSet.replace`.

        Parameters
        ----------
        receptor : Receptor, optional
            Another receptor (brought to the junction's temperature by its own Q10s).
        **values
            New value by parameter name, with the parameter's unit.

        Returns
        -------
        Junction
            A new one; this one is not changed.

        Raises
        ------
        KeyError, DimensionMismatchError, ValueError
            As in `ParameterSet.replace`.
        TypeError
            If receptor is no `Receptor`.
        """
        new = super().replace(**values)
        if receptor is not None:
            new = self._kept(Junction(new.name, dict(new._parameters), receptor))
        return new

    def _with(self, parameters: dict[str, Parameter]) -> Junction:
        return self._kept(Junction(self.name, parameters, self._measured_receptor))

    def key(self) -> tuple:
        """Hashable identity of all values and of the receptor, for caches.

        Returns
        -------
        tuple
            Equal for junctions that behave alike, on the fibers that their conditions make.
        """
        fiber = tuple(sorted(factor for c in self._conditions for factor in c.fiber_factors))
        return (*super().key(), self._receptor.key(), fiber)

    def __str__(self) -> str:
        return f"{super().__str__()}\n\n{self._receptor}"

    def sources(self) -> list[str]:
        """Where the numbers come from, those of the receptor included.

        Returns
        -------
        list of str
            Keys of `nmj_brian.bibliography.REFERENCES`, in order of first use.
        """
        return list(dict.fromkeys([*super().sources(), *self._receptor.sources()]))


def _other_constants(mine: Receptor, theirs: Receptor) -> str:
    """Names of the constants in which receptors differ as they were measured."""
    a, b = ({n: p.value for n, p in r.parameters.items()} for r in (mine, theirs))
    names = [n for n in {**a, **b} if n not in a or n not in b or not np.all(a[n] == b[n])]
    return ", ".join(names) or "temperature or scheme"
