"""Slow-channel and fast-channel syndromes: mutations of the receptor, by name.

Two kinds of mutation, and the table says which: engineered ones with a full set of measured
constants (`receptors.human_mutant`), which replace the human receptor; and published factors on
single constants, which act on any receptor that has them, so that the rest is the wild type's.
All receptors of the junction are taken to be mutant, though patients also have normal ones.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from ..condition import Condition, chosen, derived
from ..parameters import Parameter
from ..presets.diseases import MEASURED_MUTANTS, MUTATIONS, SLOW_CHANNEL
from ..rate_expression import nearest
from ..receptor import Receptor
from ..receptors import human_adult, human_mutant

__all__ = ["fast_channel", "mutations", "slow_channel"]


@dataclass(frozen=True)
class _Replaced:
    """The human receptor's constants replaced by a mutant's."""

    mutation: str

    @property
    def what(self) -> str:
        return f"constants of {self.mutation}"

    def __call__(self, receptor: Receptor) -> Receptor:
        wild = human_adult()
        same = receptor.states == wild.states and receptor.scheme.text == wild.scheme.text
        if not same or any(p.source == "user" for p in receptor.parameters.values()):
            raise ValueError(
                f"{self.mutation} was measured in the human receptor, receptors.human_adult(), and "
                f"'{receptor.name}' is another: take a mutation given by factors, such as "
                f"{', '.join(MUTATIONS)}, or the receptor itself."
            )
        return human_mutant(self.mutation)


@dataclass(frozen=True)
class _Scaled:
    """Factors on constants of a receptor, whichever it is."""

    mutation: str
    factors: tuple[tuple[str, float], ...]
    source: str
    confidence: str
    note: str

    @property
    def what(self) -> str:
        return ", ".join(f"{name} x {factor:.4g}" for name, factor in self.factors)

    def __call__(self, receptor: Receptor) -> Receptor:
        missing = [name for name, _ in self.factors if name not in receptor.parameters]
        if missing:
            raise ValueError(
                f"{self.mutation} changes {', '.join(missing)}, which '{receptor.name}' does not have: "
                "it has " + ", ".join(receptor.parameters) + "."
            )
        constants = {}
        for name, factor in self.factors:
            old = receptor.parameters[name]
            constants[name] = replace(
                old,
                value=old.value * factor,
                source=self.source,
                confidence=self.confidence if old.confidence != "assumed" else "assumed",
                note=f"x {factor:.4g} by {self.mutation} [before: {old.source}]; {self.note}",
            )
        return receptor.replace(**constants)._with(name=f"{receptor.name}, {self.mutation}")


def mutations(kind: str | None = None) -> dict[str, str]:
    """Names of the mutations that `slow_channel` and `fast_channel` know, with what they change.

    Parameters
    ----------
    kind : {'slow', 'fast'}, optional
        One kind; by default both.

    Returns
    -------
    dict of str to str
        Name -> what is changed, and who measured it.
    """
    found = {}
    for each in ("slow", "fast") if kind is None else (kind,):
        if each not in MEASURED_MUTANTS:
            raise ValueError(f"kind is 'slow' or 'fast', got {kind!r}.")
        for name in MEASURED_MUTANTS[each]:
            found[name] = f"{each}: all constants measured, engineered [LeeFreeSine2009]"
        for name, (is_kind, factors, left, source, _, note) in MUTATIONS.items():
            if is_kind == each:
                scaled = {**factors, **({"receptors": left} if left != 1 else {})}
                text = ", ".join(f"{key} x {x:.4g}" for key, x in scaled.items())
                found[name] = f"{each}: {text} [{source}]; {note}"
    return found


def _mutation(kind: str, name: str, lost: Parameter | None = None) -> Condition:
    known = mutations(kind)
    if name not in known:
        hint = nearest(str(name), known)
        raise ValueError(
            f"Unknown {kind}-channel mutation {name!r}{hint}; there are {', '.join(known)}."
        )
    title = f"{kind}-channel syndrome {name}"
    facts: dict[str, Any] = {"kind": "mutation of the receptor"}
    given, scale = {}, {}
    if lost is not None and lost.si() > 0:
        given["receptor_loss"] = lost
        scale["receptor_fraction"] = derived(1 - lost.si(), "receptors left", lost)
    if name in MEASURED_MUTANTS[kind]:
        return Condition(
            title, scale=scale, receptor=_Replaced(name), given=given, source="LeeFreeSine2009",
            confidence="fitted", note="engineered mutation, 22 degC", **facts,
        )  # fmt: skip
    _, factors, left, source, confidence, note = MUTATIONS[name]
    given |= {
        key: Parameter(x, 1, 0, 1e3, source, confidence, f"factor on {key}", note=note)
        for key, x in factors.items()
    }
    if left != 1:
        given["receptors"] = Parameter(
            left, 1, 0, 1, source, "fitted", "receptors relative to normal"
        )
        scale["receptor_fraction"] = derived(left, "receptors left", given["receptors"])
    receptor = _Scaled(name, tuple(factors.items()), source, confidence, note)
    return Condition(
        title, scale=scale, receptor=receptor, given=given, source=source, confidence=confidence,
        note=note, **facts,
    )  # fmt: skip


def slow_channel(mutation: str = "aL273F", receptor_loss: float | None = None) -> Condition:
    """Slow-channel syndrome: a mutation keeps the channel open or the transmitter bound for longer.

    The overload destroys crests of the folds, and receptors with them; how many is assumed.

    Parameters
    ----------
    mutation : str, optional
        One of ``mutations('slow')``; by default an engineered one whose constants are all measured.
    receptor_loss : float, optional
        Share of receptors lost, 0 (the mutation alone) to 1; default 0.45.

    Returns
    -------
    Condition
        Acts on the receptor and on ``receptor_fraction``.

    Raises
    ------
    ValueError
        For an unknown name, or a share outside 0 to 1; when applied, if the receptor has no such
        constant, or is not the human one that a measured set belongs to.
    """
    lost = chosen(receptor_loss, SLOW_CHANNEL["receptor_loss"])
    return _mutation("slow", mutation, lost)


def fast_channel(mutation: str = "aF135L") -> Condition:
    """Fast-channel syndrome: a mutation makes channels open less readily or close sooner.

    Parameters
    ----------
    mutation : str, optional
        One of ``mutations('fast')``; by default an engineered one whose constants are all measured.

    Returns
    -------
    Condition
        Acts on the receptor (and ``receptor_fraction`` where fewer are expressed).

    Raises
    ------
    ValueError
        For an unknown name; when applied, if the receptor has no such constant, or is not the human
        one that a measured set belongs to.
    """
    return _mutation("fast", mutation)
