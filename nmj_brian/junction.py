"""One neuromuscular junction, written down: terminal, release, quantum, receptor."""

from __future__ import annotations

from typing import Any

from .parameters import Parameter, ParameterSet
from .receptor import Receptor

__all__ = ["Junction"]


class Junction(ParameterSet):
    """The description of a neuromuscular junction: every number with its source, and a receptor.

    A junction is data; `nmj_brian.NMJ` runs it in a network, `nmj_brian.Quantum` and
    `nmj_brian.Terminal` look at its parts. It is never changed: `replace` returns another one.

    Parameters
    ----------
    name : str
        What it describes, e.g. ``'human junction'``.
    parameters : dict of str to Parameter
        All numbers; must contain ``temperature``.
    receptor : Receptor
        Kinetic scheme of the acetylcholine receptor, at the temperature where it was measured.

    Raises
    ------
    TypeError
        If receptor is no `Receptor`.
    ValueError
        Without a temperature, or if the receptor cannot reach it (see `Receptor.at`).
    """

    def __init__(self, name: str, parameters: dict[str, Parameter], receptor: Receptor) -> None:
        if not isinstance(receptor, Receptor):
            raise TypeError(
                f"receptor must be a Receptor such as nmj.receptors.human_adult(), got {receptor!r}."
            )
        super().__init__(name, parameters)
        self._measured_receptor = receptor
        self._receptor = receptor.at(self["temperature"].value)

    @property
    def receptor(self) -> Receptor:
        """The receptor at the temperature of the junction."""
        return self._receptor

    def diff(self, other: ParameterSet) -> str:
        """Table of what differs from another junction, the receptor included.

        Parameters
        ----------
        other : Junction
            What to compare with.

        Returns
        -------
        str
            One line a parameter, and one on the receptors if they differ.
        """
        mine, theirs = self.receptor, getattr(other, "receptor", None)
        if theirs is None or mine.key() == theirs.key():
            return super().diff(other)
        receptors = f"receptor: {mine.name} in place of {theirs.name}"
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
            new = Junction(new.name, dict(new._parameters), receptor)
        return new

    def _with(self, parameters: dict[str, Parameter]) -> Junction:
        return Junction(self.name, parameters, self._measured_receptor)

    def key(self) -> tuple:
        """Hashable identity of all values and of the receptor, for caches.

        Returns
        -------
        tuple
            Equal for junctions that behave alike.
        """
        return (*super().key(), self._receptor.key())

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
