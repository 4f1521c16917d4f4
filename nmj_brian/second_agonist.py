"""A second agonist beside the receptor's own: drug and transmitter share the binding sites.

Each of the sites holds nothing, the receptor's own agonist, or the drug. The drug binds as fast as the
own agonist and leaves sooner by its `affinity`; each of its molecules changes the equilibrium of opening
by the factor `gating`, all of it in the opening rate. States that hold a drug molecule do whatever those
with the own agonist do: they open, are blocked, desensitize and recover. Microscopic reversibility is
kept: from an open or desensitized state the drug leaves by ``affinity / gating`` sooner, so that the rate
of desensitization from the open state is the same for every agonist (Auerbach & Akk 1998).

Deviations from the biology, stated: sites are equal and independent; the free drug keeps its
concentration.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from brian2 import molar
from scipy.linalg import expm

from .parameters import Parameter
from .receptor_constants import constant, one_si
from .scheme import Scheme

if TYPE_CHECKING:
    from .receptor import Receptor

__all__ = [
    "SecondAgonist",
    "TakesSecondAgonist",
    "desensitized_after",
    "with_second_agonist",
    "without_desensitized",
]


@dataclass(frozen=True)
class SecondAgonist:
    """An agonist that stays at a steady concentration beside the receptor's own.

    Parameters
    ----------
    name : str
        One word; the states that hold it are named by it: ``A2R_2carbachol*`` is ``A2R*`` in which both
        agonist molecules are carbachol.
    concentration : Quantity or Parameter
        Of the free drug in the cleft.
    affinity : float or Parameter
        Dissociation constant from a site of the resting receptor, relative to that of the own agonist.
    gating : float or Parameter
        Opening over closing with one of its molecules, relative to that with one of the own agonist.

    Raises
    ------
    ValueError, DimensionMismatchError
        For a name of several words, a negative concentration, or a factor that is not above 0.
    """

    name: str
    concentration: Any
    affinity: Any
    gating: Any

    def __post_init__(self) -> None:
        if not isinstance(self.name, str) or not self.name.isidentifier():
            raise ValueError(f"an agonist's name is one word, got {self.name!r}.")
        one_si(_value(self.concentration), molar, f"concentration of {self.name}", low=0.0)
        for what in ("affinity", "gating"):
            if not one_si(_value(getattr(self, what)), 1, f"{what} of {self.name} is a factor") > 0:
                raise ValueError(f"{what} of {self.name} is a factor above 0.")

    @property
    def _constants(self) -> dict[str, Any]:
        facts = {"conc": self.concentration, "affinity": self.affinity, "gating": self.gating}
        return {f"{self.name}_{key}": constant(f"{self.name}_{key}", x) for key, x in facts.items()}


def _value(x: Any) -> Any:
    return x.value if isinstance(x, Parameter) else x


def with_second_agonist(receptor: Receptor, drug: SecondAgonist) -> Receptor:
    """The receptor in a bath of another agonist, as a scheme with the states that hold it.

    Parameters
    ----------
    receptor : Receptor
        With equal sites that fill one after the other, and no other drug on it.
    drug : SecondAgonist
        The other agonist.

    Returns
    -------
    Receptor
        Still asked with the concentration of its own agonist.

    Raises
    ------
    TypeError, ValueError
        If ``drug`` is none, another drug is on the receptor, or its sites are not equal.
    """
    if not isinstance(drug, SecondAgonist):
        raise TypeError(f"give a SecondAgonist, got {drug!r}.")
    if held := [name for name in receptor.parameters if name.endswith("_conc")]:
        raise ValueError(
            f"{receptor.name} holds {held[0].removesuffix('_conc')} already: give the second agonist first, "
            "since a drug binds to the states that it makes."
        )
    sites, active = _sites(receptor)
    lines = [
        line for pair in _pairs(receptor) for line in _lines(receptor, drug, sites, active, *pair)
    ]
    shut = [_name(receptor.states[i], n, drug.name)
            for i in np.flatnonzero(receptor.desensitized) for n in range(sites[i] + 1)]  # fmt: skip
    text = "\n".join([receptor.scheme.text.rstrip(), *lines])
    extra = drug._constants
    return _rebuilt(receptor, text, shut, f"{receptor.name}, {drug.name}", extra)


def without_desensitized(receptor: Receptor) -> Receptor:
    """The receptor without its desensitized states.

    Parameters
    ----------
    receptor : Receptor
        Any.

    Returns
    -------
    Receptor
        Itself if it has none.
    """
    if not receptor.desensitized.any():
        return receptor
    keep = ~receptor.desensitized
    lines = []
    for i, j, binds, there, back in _pairs(receptor):
        if keep[i] and keep[j]:
            ligand = f" + {receptor.agonist}" if binds else ""
            arrow, rates = ("<->", f"{there}, {back}") if back else ("->", there)
            lines.append(f"{receptor.states[i]}{ligand} {arrow} {receptor.states[j]} : {rates}")
    return _rebuilt(receptor, "\n".join(lines), [], f"{receptor.name}, none desensitized", {})


def desensitized_after(receptor: Receptor, time_s: float, rested: Receptor) -> float:
    """Share of the receptors that desensitize in a bath, of those that were not before.

    Parameters
    ----------
    receptor : Receptor
        In its bath of agonist and drugs, at -80 mV.
    time_s : float
        Since it got there, in seconds.
    rested : Receptor
        The same without bath and drugs: where it comes from. Its states come first in ``receptor``.

    Returns
    -------
    float
        0 to 1.
    """
    Q, _ = receptor.matrices(-0.08)
    before = rested.equilibrium(**{rested.agonist: 0 * molar})
    p = np.zeros(len(Q))
    p[: len(before)] = before
    p = p @ expm(Q * time_s)
    sensitive = 1.0 - float(before[rested.desensitized].sum())
    return 1.0 - (1.0 - float(p[receptor.desensitized].sum())) / sensitive


def _rebuilt(
    receptor: Receptor, text: str, desensitized: list[str], name: str, extra: dict[str, Any]
) -> Receptor:
    """A receptor with another scheme; constants that it no longer needs are dropped."""
    wanted = (*Scheme(text, receptor.agonist).names, "conductance", "reversal")
    known = {**receptor.parameters, **extra}
    moves = receptor._moves and receptor.temperature is not None
    return type(receptor)(
        text,
        temperature=receptor.temperature,
        q10=1.0 if moves else None,
        desensitized=desensitized,
        note=receptor.note,
        name=name,
        agonist=receptor.agonist,
        **{key: known[key] for key in known if key in wanted},
    )._with(_bath_M=receptor._bath_M)


def _pairs(receptor: Receptor) -> list[tuple[int, int, bool, str, str]]:
    """Each step once, from the state that binds: (from, to, binds, rate, rate back or '')."""
    texts = {(s.source, s.target): (s.rate.text, s.binds) for s in receptor.scheme.steps}
    found = []
    for (i, j), (there, binds) in texts.items():
        back, releases = texts.get((j, i), ("", False))
        if not releases and (binds or (j, i) not in texts or i < j):
            found.append((i, j, binds, there, back))
    return found


def _sites(receptor: Receptor) -> tuple[np.ndarray, np.ndarray]:
    """Agonist molecules on the binding sites of each state (not in its pore), and which states are active:
    open, blocked while open, or desensitized.
    """
    is_open, shut = receptor.open, receptor.desensitized
    pore = np.zeros(len(is_open), dtype=bool)
    for i, j, binds, *_ in _pairs(receptor):
        pore[j] |= binds and is_open[i] and not is_open[j] and not shut[j]
    sites = receptor.bound - pore
    onward: dict[int, int] = {}
    for i, j, binds, *_ in _pairs(receptor):
        if binds and not pore[j]:
            if onward.setdefault(i, j) != j or sites[j] != sites[i] + 1:
                raise ValueError(
                    f"the binding sites of {receptor.name} differ: a second agonist is taken by equal sites "
                    "only, which fill one after the other."
                )
        elif sites[i] != sites[j]:
            raise ValueError(
                f"{receptor.states[i]} and {receptor.states[j]} hold different agonists."
            )
    return sites, is_open | shut | pore


def _name(state: str, drugs: int, drug: str) -> str:
    """Name of a state in which so many agonist molecules are of the drug."""
    if not drugs:
        return state
    star = "*" if state.endswith("*") else ""
    return f"{state.removesuffix('*')}_{drugs if drugs > 1 else ''}{drug}{star}"


def _lines(
    receptor: Receptor, drug: SecondAgonist, sites: np.ndarray, active: np.ndarray,
    i: int, j: int, binds: bool, there: str, back: str,
) -> list[str]:  # fmt: skip
    """What a step becomes where drug molecules are among the agonists."""

    def line(source: str, target: str, rate: str, reverse: str, own: bool = False) -> str:
        ligand = f" + {receptor.agonist}" if own else ""
        if not reverse:
            return f"{source}{ligand} -> {target} : {rate}"
        return f"{source}{ligand} <-> {target} : {rate}, {reverse}"

    def scaled(rate: str, factor: str) -> str:
        return f"({rate}){factor}" if rate and factor else rate

    def part(of_all: int) -> str:
        return f"*{of_all}/{all_held}" if of_all < all_held else ""

    def name(state: int, n: int) -> str:
        return _name(receptor.states[state], n, drug.name)

    held = sites[i]
    if sites[j] == held:  # gating, block of the pore
        to, fro = (
            f"*{drug.name}_gating" * int(active[b] and not active[a]) for a, b in ((i, j), (j, i))
        )
        return [
            line(name(i, n), name(j, n), scaled(there, to * n), scaled(back, fro * n), binds)
            for n in range(1, held + 1)
        ]
    all_held = held + 1
    leaves = f"*{drug.name}_affinity" + f"/{drug.name}_gating" * int(active[i])
    lines = []
    for n in range(all_held):
        if n:
            own_leaves = scaled(back, part(all_held - n))
            lines.append(line(name(i, n), name(j, n), there, own_leaves, own=True))
        taken, left = scaled(there, f"*{drug.name}_conc"), scaled(back, part(n + 1) + leaves)
        lines.append(line(name(i, n), name(j, n + 1), taken, left))
    return lines


class TakesSecondAgonist:
    """What a receptor becomes beside another agonist."""

    def with_second_agonist(self, drug: SecondAgonist) -> Receptor:
        """The receptor in a bath of another agonist, which opens it alone and together with its own.

        Parameters
        ----------
        drug : SecondAgonist
            The other agonist.

        Returns
        -------
        Receptor
            With states for every number of its molecules on the sites.

        Raises
        ------
        TypeError, ValueError
            If ``drug`` is none, another drug is on the receptor, or its sites are not equal.
        """
        return with_second_agonist(self, drug)
