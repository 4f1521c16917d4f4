"""Competitive neuromuscular blockers: a drug on either of the two sites keeps a receptor shut.

At equilibrium a site is held with ``c / (c + Kd)``; a receptor is free if both its sites are, so that
``1 - 1 / ((1 + c / Kd_epsilon) (1 + c / Kd_delta))`` are held: the ``antagonist_occupancy`` of a junction.
Several blockers compete for each site: their ``c / Kd`` add there. The sites differ (Liu & Dilger 2009,
adult mouse): cisatracurium prefers alpha-epsilon, vecuronium and pancuronium alpha-delta, rocuronium hardly
any. A drug that holds one site first blocks less steeply; two that prefer different sites help each other.

By default the drug stays for the whole current (``antagonist_occupancy``); with ``dissociates`` it gets
states of its own in the receptor's scheme and may leave, or be displaced, within the current; both sites
then have the one affinity that holds as many receptors at half block.

Fade: blockers also hold receptors of the nerve terminal by which released transmitter speeds up
the refilling of vesicles (Bowman 1980; Vizi et al. 1987: at 50 Hz they lower release). Here the
activity-driven part of refilling falls to ``1 / (1 + c / Kd)``, with the one affinity of both sites that
holds as many receptors of the muscle at half block (assumed).

Deviations from the biology: a drug that stays leaves no receptor half held, which would still take
up ACh (with states of its own such receptors do: the peak of a quantum is then up to 15 % lower);
the concentration is that of the free
drug where it acts, which is unknown in man. In muscle the affinity is therefore taken from
concentrations in patients, which are 12 to 80 times those that block receptors in a patch.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from brian2 import Quantity, molar, second
from brian2.units.fundamentalunits import fail_for_dimension_mismatch

from ..condition import Condition, chosen, derived, dose
from ..conditioned import dosed
from ..parameters import Parameter
from ..presets.drugs import HALF_BLOCK, LEAVING, competitive, held_ratio
from ..receptor import Receptor
from ..receptor_drugs import Antagonist
from ..units import uM

__all__ = [
    "CompetitiveBlock",
    "cisatracurium",
    "pancuronium",
    "rocuronium",
    "tubocurarine",
    "vecuronium",
]

#: The binding sites of an adult receptor.
_SITES = ("epsilon", "delta")

#: Parts of refilling that released transmitter drives.
_DRIVEN = ("refill_boost", "recruit_boost")


@dataclass(frozen=True)
class _Bound:
    """A receptor in a bath of an antagonist with states of its own."""

    drug: str
    concentration: Parameter
    k_on: Parameter
    k_off: Parameter

    def __hash__(self) -> int:
        numbers = self.concentration, self.k_on, self.k_off
        return hash((self.drug, *(p.si() for p in numbers)))

    @property
    def what(self) -> str:
        return f"states with {self.drug}"

    def __call__(self, receptor: Receptor) -> Receptor:
        antagonist = Antagonist(self.drug, self.concentration, self.k_on, self.k_off)
        return receptor.with_antagonist(antagonist)


def _held(epsilon: Any, delta: Any) -> Any:
    """Share of receptors with a drug on one site or both, from concentrations over affinities."""
    return 1 - 1 / ((1 + epsilon) * (1 + delta))


def _beside(held: float, epsilon: float, delta: float) -> float:
    """What else, on both sites alike, holds a share of the receptors in competition with drugs known by site."""
    mean, apart = 0.5 * (epsilon + delta), 0.5 * (epsilon - delta)
    return float(np.sqrt(1 / (1 - held) + apart**2) - 1 - mean)


def _as_one_site(epsilon: Parameter, delta: Parameter) -> float:
    """Dissociation constant, alike from both sites, that holds as many receptors at half block."""
    half = held_ratio(HALF_BLOCK, epsilon.si() / delta.si()) * delta.si()
    return half / held_ratio(HALF_BLOCK)


class CompetitiveBlock(Condition):
    """A competitive blocker at a concentration; made by `rocuronium` and its like.

    Parameters
    ----------
    name : str
        Of the drug, one word.
    concentration : Quantity
        Of the free drug in the cleft.
    Kd : dict of str to Parameter
        ``Kd_epsilon`` and ``Kd_delta``, dissociation constants from the two sites; further numbers are shown.
    fade : bool
        Whether it also holds the terminal's receptors.
    dissociates : Parameter, optional
        Rate of leaving a site; without it the drug stays for the whole current. Then the sites are equal.
    """

    def __init__(
        self,
        name: str,
        concentration: Quantity,
        Kd: Mapping[str, Parameter],
        fade: bool = True,
        dissociates: Parameter | None = None,
    ) -> None:
        given = {"concentration": dose(name, concentration, uM), **Kd}
        self._Kd, c = dict(Kd), given["concentration"].si()
        epsilon, delta = (Kd[f"Kd_{site}"] for site in _SITES)
        self.ratios = c / epsilon.si(), c / delta.si()
        self.fade, self.dissociates = bool(fade), dissociates
        scale, receptor = {}, None
        if fade:
            terminal = _as_one_site(epsilon, delta)
            given["Kd_terminal"] = replace(
                delta,
                value=terminal * delta.unit / float(delta.unit),
                source="Vizi1987",
                confidence="assumed",
                meaning=f"dissociation constant of {name} from receptors of the nerve terminal",
                note="read: it lowers release at 50 Hz; affinity assumed as for the muscle's at half block",
            )
            left = derived(1 / (1 + c / terminal), "refilling that is driven", given["Kd_terminal"])
            scale = dict.fromkeys(_DRIVEN, left)
        if dissociates is not None:
            if epsilon.si() != delta.si():
                raise NotImplementedError(
                    f"{name} that leaves has states of its own, which are written for equal sites: give one Kd."
                )
            given["k_off"] = dissociates
            unit = 1 / molar / second
            on = Parameter(
                dissociates.value / delta.value, unit, 0 * unit, 1e13 * unit, dissociates.source,
                "assumed" if "assumed" in (delta.confidence, dissociates.confidence) else "fitted",
                f"binding of {name}", note="from its dissociation and its affinity",
            )  # fmt: skip
            receptor = _Bound(name, given["concentration"], on, dissociates)
        super().__init__(
            name,
            scale=scale,
            receptor=receptor,
            given=given,
            kind="" if receptor is None else "drug with states of its own at the binding sites",
            binds=True,
            source=delta.source,
            confidence=delta.confidence,
        )

    @property
    def site_occupancy(self) -> tuple[float, float]:
        """Share of the alpha-epsilon and of the alpha-delta sites that it holds, alone."""
        epsilon, delta = self.ratios
        return epsilon / (1 + epsilon), delta / (1 + delta)

    @property
    def receptor_occupancy(self) -> float:
        """Share of the receptors with the drug on one site or both, alone."""
        return float(_held(*self.ratios))

    def at_concentration(self, concentration: Quantity) -> CompetitiveBlock:
        """The same drug at another concentration.

        Parameters
        ----------
        concentration : Quantity
            Of the free drug in the cleft.

        Returns
        -------
        CompetitiveBlock
            With the same affinities and options.
        """
        return type(self)(self.name, concentration, self._Kd, self.fade, self.dissociates)

    def occupancy(self, concentration: Quantity) -> np.ndarray:
        """Receptor occupancy at concentrations, e.g. along a course: for ``receptor_loss`` of an NMJ.

        Parameters
        ----------
        concentration : Quantity, any shape
            Of the free drug in the cleft.

        Returns
        -------
        ndarray
            Share of receptors with the drug on one site or both.
        """
        fail_for_dimension_mismatch(concentration, molar, "concentration of a drug")
        c = np.asarray(concentration, dtype=float)
        return _held(*(c / self._Kd[f"Kd_{site}"].si() for site in _SITES))

    def _extra_names(self) -> Mapping[str, str]:
        return {} if self.dissociates is not None else {"antagonist_occupancy": "competes"}

    def _extra(self, owner: Any, parameters: dict[str, Parameter]) -> None:
        if self.dissociates is not None:
            return
        old = parameters["antagonist_occupancy"]
        if old.si() >= 1:
            raise ValueError("all receptors are held already: antagonist_occupancy is 1.")
        before = [
            c.ratios
            for c in owner.conditions
            if isinstance(c, CompetitiveBlock) and not c.dissociates
        ]
        known = np.sum(before, axis=0) if before else np.zeros(2)
        ratios = known + _beside(old.si(), *known) + self.ratios
        held = self.parameters["concentration"]
        shown = " and ".join(f"{float(self._Kd[f'Kd_{x}'].value / uM):.3g}" for x in _SITES)
        parameters["antagonist_occupancy"] = replace(
            old,
            value=float(_held(*ratios)),
            source=self._Kd["Kd_delta"].source,
            confidence=self._Kd["Kd_delta"].confidence,
            note=f"{float(held.value / uM):.4g} uM {self.name}, Kd {shown} uM"
            + (f", with {old.si():.3g} held before" if old.si() > 0 else ""),
        )

    def key(self) -> tuple:
        """Hashable identity of all that it does, for comparison.

        Returns
        -------
        tuple
            Equal for blockers that act alike.
        """
        return (*super().key(), self.fade)


def _blocker(
    name: str,
    concentration: Quantity,
    where: str,
    Kd: Quantity | tuple[Quantity, Quantity] | None,
    fade: bool,
    dissociates: bool | Quantity,
) -> CompetitiveBlock:
    if where not in ("muscle", "patch"):
        raise ValueError(f"where is 'muscle' or 'patch', got {where!r}.")
    leaving = None
    if not isinstance(dissociates, bool):
        unit = 1 / second
        leaving = Parameter(
            dissociates, unit, 0 * unit, 1e7 * unit, "user", "assumed", f"dissociation of {name}"
        )
    elif dissociates:
        leaving = LEAVING.get(name)
        if leaving is None:
            raise NotImplementedError(
                f"no rate at which {name} leaves its site was found: give it, as in "
                "dissociates=100/second, or leave it out (the drug then stays for the whole current)."
            )
    known = competitive(name, where, equal=Kd is None and leaving is not None)
    if Kd is not None:
        pair = Kd if isinstance(Kd, tuple) else (Kd, Kd)
        if len(pair) != 2:
            raise ValueError(
                f"Kd is one affinity for both sites or a pair (epsilon, delta), got {Kd!r}."
            )
        names = (f"Kd_{site}" for site in _SITES)
        known = {key: chosen(x, known[key]) for key, x in zip(names, pair, strict=True)}
    return CompetitiveBlock(name, concentration, known, fade, leaving)


_DOC = """{what}

    {source}

    Parameters
    ----------
    concentration : Quantity, TimedArray or course of nmj_brian.pk
        Of the free drug where it acts (the effect site).
    where : {{'muscle', 'patch'}}, optional
        Affinity that fits concentrations in {muscle}, or that of receptors in a patch.
    Kd : Quantity or (Quantity, Quantity), optional
        Another dissociation constant from a site, or from the alpha-epsilon and the alpha-delta one.
    fade : bool, optional
        Whether it also slows the terminal's refilling (see the module).
    dissociates : bool or Quantity, optional
        Whether it may leave a site within the current, at the published rate or at one given.

    Returns
    -------
    CompetitiveBlock
        Or a `TimedCondition` for a course.

    Raises
    ------
    ValueError, DimensionMismatchError
        For a negative concentration or a wrong unit.
    NotImplementedError
        For ``dissociates=True`` where no rate is known, and for a drug that leaves two different sites.
    """


def _drug(name: str, what: str, source: str, muscle: str = "patients") -> Callable[..., Any]:
    def drug(
        concentration: Any,
        *,
        where: str = "muscle",
        Kd: Quantity | tuple[Quantity, Quantity] | None = None,
        fade: bool = True,
        dissociates: bool | Quantity = False,
    ) -> CompetitiveBlock:
        return _blocker(name, concentration, where, Kd, fade, dissociates)

    drug.__name__ = drug.__qualname__ = name
    drug.__doc__ = _DOC.format(what=what, source=source, muscle=muscle)
    return dosed(drug)


_PATIENTS = (
    "Sources: concentrations of half block in patients, read in the data of Hoshino & Furutani (2024);\n"
    "    how the sites differ, Liu & Dilger (2009)."
)
tubocurarine = _drug(
    "tubocurarine",
    "d-Tubocurarine, the classic competitive blocker.",
    "Sources: Kd 0.34 uM at the frog end plate (Colquhoun, Dreyer & Sheridan 1979); half-time on a site\n"
    "    1 ms (Blackman, Gauldie & Milne 1975). Its block of the open channel is left out.",
    "frog muscle",
)
rocuronium = _drug("rocuronium", "Rocuronium, a competitive blocker that sets in fast.", _PATIENTS)
vecuronium = _drug("vecuronium", "Vecuronium, a competitive blocker.", _PATIENTS)
cisatracurium = _drug(
    "cisatracurium", "Cisatracurium, a competitive blocker of high affinity.", _PATIENTS
)
pancuronium = _drug(
    "pancuronium",
    "Pancuronium, a competitive blocker that lasts long.",
    "Affinity in muscle assumed from that in a patch (Wenningmann & Dilger 2001, recalled); how the sites\n"
    "    differ, Liu & Dilger (2009).",
)
