"""Drugs that sit on the receptor while transmitter comes and goes: antagonists and channel blockers.

A competitive antagonist takes the binding sites of a resting receptor, one molecule each; a channel
blocker plugs the open pore. Both get states of their own in any scheme, so that one quantum is
solved from the equilibrium with the drug, and a drug that lets go within a millisecond is displaced
by ACh as the current flows. A drug that stays much longer than the current only removes receptors:
``antagonist_occupancy`` of a junction does that without further states.

Deviations from the biology, stated: the free drug keeps its concentration in the cleft (what ACh
displaces is diluted at once); sites are equal and independent for the antagonist; it binds to
shut, sensitive receptors only.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import product
from typing import TYPE_CHECKING, Any

import numpy as np
from brian2 import Quantity, molar, mV, second, volt
from numpy.typing import NDArray

from .parameters import Parameter
from .receptor_constants import celsius, constant, one_si
from .second_agonist import TakesSecondAgonist

if TYPE_CHECKING:
    from .receptor import Receptor

_NO_SITES = (
    "the binding sites of {} cannot be told from its scheme (from {}): write the antagonist's states "
    "into the text by hand."
)

#: From here on a blocker keeps a channel from the next impulse, in seconds.
_LONG_S = 0.01

__all__ = ["Antagonist", "ChannelBlocker", "InDrugs", "with_antagonists", "with_channel_blockers"]


@dataclass(frozen=True)
class Drug:
    """What an antagonist and a blocker have in common: a concentration and two rate constants."""

    name: str
    concentration: Any
    k_on: Any
    k_off: Any

    def __post_init__(self) -> None:
        if not isinstance(self.name, str) or not self.name.isidentifier():
            raise ValueError(
                f"a drug's name is one word, such as 'tubocurarine'; got {self.name!r}."
            )
        rates = "k_on of {0} is an association such as 1e8/molar/second", "k_off of {0} is a rate"
        one_si(_value(self.concentration), molar, f"concentration of {self.name}", low=0.0)
        one_si(_value(self.k_on), 1 / molar / second, rates[0].format(self.name), low=0.0)
        one_si(_value(self.k_off), 1 / second, rates[1].format(self.name), low=0.0)

    @property
    def Kd(self) -> Quantity:
        """Dissociation constant ``k_off / k_on``."""
        return _value(self.k_off) / _value(self.k_on)

    @property
    def taken_up(self) -> str:
        """Its binding to one site, as a rate of a scheme."""
        return f"{self.name}_on*{self.name}_conc"

    @property
    def left(self) -> str:
        """Its dissociation, as a rate of a scheme."""
        return f"{self.name}_off"

    def _facts(self) -> dict[str, Any]:
        return {"conc": self.concentration, "on": self.k_on, "off": self.k_off}

    def _constants(self, receptor: Receptor) -> dict[str, Parameter]:
        t = receptor.temperature
        at = {} if t is None else {"measured_at": celsius(t)}
        named = {f"{self.name}_{key}": x for key, x in self._facts().items()}
        return {name: constant(name, x, **at) for name, x in named.items()}


@dataclass(frozen=True)
class Antagonist(Drug):
    """A competitive antagonist: it holds a binding site and opens nothing.

    Parameters
    ----------
    name : str
        One word; its bound states are named by it (``R_tubocurarine``).
    concentration : Quantity or Parameter
        Of the free drug in the cleft.
    k_on : Quantity or Parameter
        Association to one free site, per concentration and time.
    k_off : Quantity or Parameter
        Dissociation from one site. A `Parameter` keeps its source and Q10; a plain quantity is
        taken as it is at every temperature.
    """

    def __post_init__(self) -> None:
        super().__post_init__()
        if not float(_value(self.k_off)) > 0:
            raise ValueError(
                f"{self.name} never leaves (k_off is 0), so that it has no equilibrium: let "
                "antagonist_occupancy of the junction say what share of the receptors it holds."
            )

    @property
    def site_occupancy(self) -> float:
        """Share of the sites that it holds at equilibrium, alone and without agonist."""
        c = _value(self.concentration)
        return float(c / (c + self.Kd))


@dataclass(frozen=True)
class ChannelBlocker(Drug):
    """A drug that enters the open channel, which cannot close while it is inside.

    Parameters
    ----------
    name : str
        One word; its blocked states are named by it (``QX222_A2R``).
    concentration : Quantity or Parameter
        Of the free drug.
    k_on : Quantity or Parameter
        Block of an open channel, per concentration and time.
    k_off : Quantity or Parameter
        Unblock, at ``v_measured``.
    voltage_sensitivity : Quantity or Parameter, optional
        e-fold change of unblocking per voltage; positive for a cation, which hyperpolarization
        holds in the pore. Zero by default.
    v_measured : Quantity, optional
        Potential at which ``k_off`` holds; -80 mV by default.
    """

    voltage_sensitivity: Any = field(default_factory=lambda: 0 / mV)
    v_measured: Any = field(default_factory=lambda: -80 * mV)

    def __post_init__(self) -> None:
        super().__post_init__()
        what = f"voltage_sensitivity of {self.name} is per voltage, such as 0.02/mV"
        one_si(_value(self.voltage_sensitivity), 1 / volt, what)
        one_si(_value(self.v_measured), volt, f"v_measured of {self.name} is a potential")

    @property
    def left(self) -> str:
        moves = float(_value(self.voltage_sensitivity)) != 0.0
        return super().left + f"*exp({self.name}_sensitivity*(v - {self.name}_v))" * moves

    def _facts(self) -> dict[str, Any]:
        moved = {"sensitivity": self.voltage_sensitivity, "v": self.v_measured}
        return {**super()._facts(), **(moved if "exp" in self.left else {})}


def _value(x: Any) -> Any:
    return x.value if isinstance(x, Parameter) else x


def with_antagonists(receptor: Receptor, drugs: Sequence[Antagonist]) -> Receptor:
    """The receptor in a bath of competitive antagonists, as a scheme with their bound states.

    A free site takes up an antagonist or ACh, each at its own rate, whatever the other site holds;
    either leaves as it does alone; a receptor with an antagonist on it never opens. With ``n``
    equal sites of which ``b`` hold ACh and ``d`` an antagonist, ACh binds with
    ``(n - b - d)/(n - b)`` of the scheme's own rate.

    Raises
    ------
    ValueError
        If the sites cannot be told from the scheme or are taken already.
    """
    _check(receptor, drugs, Antagonist)
    here = [name.removesuffix("_conc") for name in receptor.parameters if name.endswith("_conc")]
    held = [s for s in receptor.states for n in here if re.search(rf"_\d?{n}\d?(_|$)", s)]
    if held:
        raise ValueError(
            f"the sites of {receptor.name} are shared with an antagonist already "
            f"({', '.join(held)}): give all antagonists in one call, since they compete."
        )
    two = len(_bound_next(receptor, receptor.rest)) == 2
    make = _on_different_sites if two else _on_equal_sites
    return _extended(receptor, make(receptor, drugs), drugs)


def with_channel_blockers(receptor: Receptor, drugs: Sequence[ChannelBlocker]) -> Receptor:
    """The receptor in a bath of channel blockers: every open state gets a blocked one beside it."""
    _check(receptor, drugs, ChannelBlocker)
    conducting = [s for s, o in zip(receptor.states, receptor.open, strict=True) if o]
    lines = [
        f"{state} <-> {drug.name}_{state.removesuffix('*')} : {drug.taken_up}, {drug.left}"
        for drug in drugs
        for state in conducting
    ]
    return _extended(receptor, lines, drugs)


def _check(receptor: Receptor, drugs: Sequence[Drug], kind: type[Drug]) -> None:
    for drug in drugs:
        if not isinstance(drug, kind):
            raise TypeError(f"give {kind.__name__} objects, got {drug!r}.")
    names = [drug.name for drug in drugs]
    if not names or len(set(names)) < len(names):
        raise ValueError(f"give one {kind.__name__} or more with different names, got {names}.")
    taken = [name for name in names if f"{name}_conc" in receptor.parameters]
    if taken:
        raise ValueError(f"{receptor.name} holds {', '.join(taken)} already.")


def _bound_next(receptor: Receptor, state: int) -> list[int]:
    """Shut, sensitive states that ``state`` becomes when it binds one more agonist molecule."""
    return [
        s.target
        for s in receptor.scheme.steps
        if s.source == state
        and s.binds
        and not receptor.open[s.target]
        and not receptor.desensitized[s.target]
    ]


def _rates(receptor: Receptor, empty: int, filled: int) -> tuple[str, str]:
    """Binding and leaving of one agonist molecule, as written."""
    texts = {(s.source, s.target): s.rate.text for s in receptor.scheme.steps}
    if (filled, empty) not in texts:
        raise ValueError(f"{receptor.agonist} never leaves {receptor.states[filled]}.")
    return texts[empty, filled], texts[filled, empty]


def _times(number: int, rate: str) -> str:
    return rate if number == 1 else f"{number}*{rate}"


def _on_equal_sites(receptor: Receptor, drugs: Sequence[Antagonist]) -> list[str]:
    """Lines for a receptor whose sites are equal: how many are taken by what is all that counts."""
    chain = [receptor.rest]
    while onward := _bound_next(receptor, chain[-1]):
        if len(onward) > 1 or onward[0] in chain:
            raise ValueError(_NO_SITES.format(receptor.name, receptor.states[chain[-1]]))
        chain += onward
    sites, lines = len(chain) - 1, []
    if not sites:
        raise ValueError(_NO_SITES.format(receptor.name, receptor.states[receptor.rest]))

    def name(b: int, held: tuple[int, ...]) -> str:
        tags = (f"_{n if n > 1 else ''}{d.name}" for n, d in zip(held, drugs, strict=True) if n)
        return receptor.states[chain[b]] + "".join(tags)

    for held in product(range(sites + 1), repeat=len(drugs)):
        for b in range(sites - sum(held)):
            vacant = sites - b - sum(held)
            for i, drug in enumerate(drugs):
                more = tuple(n + (j == i) for j, n in enumerate(held))
                rates = f"{_times(vacant, drug.taken_up)}, {_times(more[i], drug.left)}"
                lines.append(f"{name(b, held)} <-> {name(b, more)} : {rates}")
            if any(held):
                bind, leave = _rates(receptor, chain[b], chain[b + 1])
                lines.append(
                    f"{name(b, held)} + {receptor.agonist} <-> {name(b + 1, held)} : "
                    f"{_times(vacant, f'({bind})')}/{sites - b}, {leave}"
                )
    return lines


def _on_different_sites(receptor: Receptor, drugs: Sequence[Antagonist]) -> list[str]:
    """Lines for a receptor with two different sites, each empty, with ACh, or with one drug."""
    rest, states = receptor.rest, receptor.states
    one, other = _bound_next(receptor, rest)
    both = set(_bound_next(receptor, one)) & set(_bound_next(receptor, other))
    if len(both) != 1 or _bound_next(receptor, both.copy().pop()):
        raise ValueError(_NO_SITES.format(receptor.name, states[rest]))
    base = {(0, 0): rest, (1, 0): one, (0, 1): other, (1, 1): both.pop()}
    contents = range(len(drugs) + 2)  # of a site: empty, ACh, the drugs

    def name(site: tuple[int, int]) -> str:
        held = (f"_{drugs[x - 2].name}{i + 1}" for i, x in enumerate(site) if x > 1)
        return states[base[tuple(x if x < 2 else 0 for x in site)]] + "".join(held)

    lines = []
    for site, i in product(product(contents, contents), (0, 1)):
        if site[i]:
            continue  # only what binds to an empty site; each step is written once
        neighbor = site[1 - i]
        for x, drug in enumerate(drugs, 2):
            filled = (x, neighbor) if i == 0 else (neighbor, x)
            lines.append(f"{name(site)} <-> {name(filled)} : {drug.taken_up}, {drug.left}")
        if neighbor > 1:
            filled = (1, neighbor) if i == 0 else (neighbor, 1)
            bind, leave = _rates(receptor, rest, base[(1, 0) if i == 0 else (0, 1)])
            lines.append(f"{name(site)} + {receptor.agonist} <-> {name(filled)} : {bind}, {leave}")
    return lines


def _extended(receptor: Receptor, lines: list[str], drugs: Sequence[Drug]) -> Receptor:
    """The receptor with further lines in its scheme and the constants of the drugs."""
    constants = {k: p for drug in drugs for k, p in drug._constants(receptor).items()}
    clash = constants.keys() & receptor.parameters.keys()
    if clash:
        raise ValueError(f"{receptor.name} has constants named {', '.join(sorted(clash))} already.")
    states = receptor.states
    return type(receptor)(
        "\n".join([receptor.scheme.text.rstrip(), *lines]),
        temperature=receptor.temperature,
        q10=1.0 if receptor._moves and receptor.temperature is not None else None,
        desensitized=[s for s, d in zip(states, receptor.desensitized, strict=True) if d],
        note=receptor.note,
        name=f"{receptor.name}, {', '.join(drug.name for drug in drugs)}",
        agonist=receptor.agonist,
        **{**receptor.parameters, **constants},
    )._with(_bath_M=receptor._bath_M)


class InDrugs(TakesSecondAgonist):
    """What a receptor becomes in a bath of drugs that bind to it, its own agonist among them."""

    def in_bath(self, ACh: Any = None, **agonist: Any) -> Receptor:
        """The receptor in a bath that holds its agonist all the time.

        Parameters
        ----------
        ACh, **agonist : Quantity
            Steady concentration, by the agonist's name; replaces that of another bath. What comes
            on top of it (a quantum, a concentration given to a method) adds.

        Returns
        -------
        Receptor
            One whose equilibrium is that of the bath; this one is not changed.

        Raises
        ------
        TypeError, DimensionMismatchError, ValueError
            If there is not exactly one concentration, or it cannot be.
        """
        return self._with(_bath_M=self._molar(ACh, agonist, single=True))

    @property
    def lasting(self) -> NDArray[np.bool_]:
        """Which states keep a receptor from the next quantum: desensitized, or plugged for long.

        A channel is plugged in a shut state whose every way out leads to an open one (not where it
        rests), and for long if it stays there 10 ms or more at -80 mV, the shortest interval of a motor
        neuron's impulses. A junction takes these receptors from the free ones.
        """
        Q0, Qb = self.matrices(-0.08)
        ways = ((Q0 > 0) | (Qb > 0)) & ~np.eye(len(Q0), dtype=bool)
        plugged = ~self.open & ~(ways & ~self.open).any(axis=1)
        plugged[self.rest] = False
        return self.desensitized | (plugged & (-np.diag(Q0) <= 1 / _LONG_S))

    def with_antagonist(self, *antagonists: Antagonist) -> Receptor:
        """The receptor in a bath of competitive antagonists, which take its sites while no ACh does.

        Parameters
        ----------
        *antagonists : Antagonist
            One or several, competing with each other too.

        Returns
        -------
        Receptor
            With states of its own for every antagonist on every site.

        Raises
        ------
        ValueError
            If the binding sites cannot be told from the scheme, or a name is taken.
        """
        return with_antagonists(self, antagonists)

    def with_channel_blocker(self, *blockers: ChannelBlocker) -> Receptor:
        """The receptor in a bath of drugs that plug the open channel.

        Parameters
        ----------
        *blockers : ChannelBlocker
            One or several; one molecule fits into a channel.

        Returns
        -------
        Receptor
            With a blocked state behind every open one.

        Raises
        ------
        ValueError
            If a name is taken.
        """
        return with_channel_blockers(self, blockers)
