"""Competitive neuromuscular blockers: a drug on either of the two sites keeps a receptor shut.

At equilibrium a site is held with ``x = c / (c + Kd)``; a receptor is free if both its sites are,
``(1 - x)^2``. Several blockers compete: their ``c / Kd`` add. By default the drug stays for the
whole current (``antagonist_occupancy``); with ``dissociates`` it gets states of its own in the
receptor's scheme and may leave, or be displaced, within the current.

Fade: blockers also hold receptors of the nerve terminal by which released transmitter speeds up
the refilling of vesicles (Bowman 1980; Vizi et al. 1987: at 50 Hz they lower release). Here the
activity-driven part of refilling falls to ``1 / (1 + c / Kd)``; that affinity is assumed equal.

Deviations from the biology: a drug that stays leaves no receptor half held, which would still take
up ACh (with states of its own such receptors do: the peak of a quantum is then up to 15 % lower);
both sites have one affinity; the concentration is that of the free
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
from ..parameters import Parameter, ParameterSet
from ..presets.drugs import LEAVING, SUGAMMADEX, competitive
from ..receptor import Receptor
from ..receptor_drugs import Antagonist
from ..units import uM

__all__ = [
    "CompetitiveBlock",
    "cisatracurium",
    "pancuronium",
    "rocuronium",
    "sugammadex",
    "tubocurarine",
    "vecuronium",
]

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


class CompetitiveBlock(Condition):
    """A competitive blocker at a concentration; made by `rocuronium` and its like.

    Parameters
    ----------
    name : str
        Of the drug, one word.
    concentration : Quantity
        Of the free drug in the cleft.
    Kd : Parameter
        Dissociation constant from one site.
    fade : bool
        Whether it also holds the terminal's receptors.
    dissociates : Parameter, optional
        Rate of leaving a site; without it the drug stays for the whole current.
    """

    def __init__(
        self,
        name: str,
        concentration: Quantity,
        Kd: Parameter,
        fade: bool = True,
        dissociates: Parameter | None = None,
    ) -> None:
        given = {"concentration": dose(name, concentration, uM), "Kd": Kd}
        self.ratio = given["concentration"].si() / Kd.si()
        self.fade, self.dissociates = bool(fade), dissociates
        scale, receptor = {}, None
        if fade:
            given["Kd_terminal"] = replace(
                Kd,
                source="Vizi1987",
                confidence="assumed",
                meaning=f"dissociation constant of {name} from receptors of the nerve terminal",
                note="read: it lowers release at 50 Hz; affinity assumed as for the muscle's",
            )
            left = derived(1 / (1 + self.ratio), "refilling that is driven", given["Kd_terminal"])
            scale = dict.fromkeys(_DRIVEN, left)
        if dissociates is not None:
            given["k_off"] = dissociates
            unit = 1 / molar / second
            on = Parameter(
                dissociates.value / Kd.value, unit, 0 * unit, 1e13 * unit, dissociates.source,
                "assumed" if "assumed" in (Kd.confidence, dissociates.confidence) else "fitted",
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
            source=Kd.source,
            confidence=Kd.confidence,
        )

    @property
    def site_occupancy(self) -> float:
        """Share of the binding sites that it holds, alone."""
        return self.ratio / (1 + self.ratio)

    @property
    def receptor_occupancy(self) -> float:
        """Share of the receptors with the drug on one site or both, alone."""
        return 1 - (1 + self.ratio) ** -2

    def at_concentration(self, concentration: Quantity) -> CompetitiveBlock:
        """The same drug at another concentration.

        Parameters
        ----------
        concentration : Quantity
            Of the free drug in the cleft.

        Returns
        -------
        CompetitiveBlock
            With the same affinity and options.
        """
        return type(self)(
            self.name, concentration, self.parameters["Kd"], self.fade, self.dissociates
        )

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
        ratio = np.asarray(concentration, dtype=float) / self.parameters["Kd"].si()
        return 1 - (1 + ratio) ** -2

    def _extra_names(self) -> Mapping[str, str]:
        return {} if self.dissociates is not None else {"antagonist_occupancy": "competes"}

    def _extra(self, owner: ParameterSet, parameters: dict[str, Parameter]) -> None:
        if self.dissociates is not None:
            return
        old = parameters["antagonist_occupancy"]
        if old.si() >= 1:
            raise ValueError("all receptors are held already: antagonist_occupancy is 1.")
        ratio = (1 - old.si()) ** -0.5 - 1 + self.ratio
        Kd = self.parameters["Kd"]
        held = self.parameters["concentration"]
        parameters["antagonist_occupancy"] = replace(
            old,
            value=1 - (1 + ratio) ** -2,
            source=Kd.source,
            confidence=Kd.confidence,
            note=f"{float(held.value / uM):.4g} uM {self.name}, Kd {float(Kd.value / uM):.3g} uM"
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
    Kd: Quantity | None,
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
    affinity = chosen(Kd, competitive(name, where))
    return CompetitiveBlock(name, concentration, affinity, fade, leaving)


_DOC = """{what}

    {source}

    Parameters
    ----------
    concentration : Quantity, TimedArray or course of nmj_brian.pk
        Of the free drug where it acts (the effect site).
    where : {{'muscle', 'patch'}}, optional
        Affinity that fits concentrations in {muscle}, or that of receptors in a patch.
    Kd : Quantity, optional
        Another dissociation constant from one site.
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
        For ``dissociates=True`` where no rate is known.
    """


def _drug(name: str, what: str, source: str, muscle: str = "patients") -> Callable[..., Any]:
    def drug(
        concentration: Any,
        *,
        where: str = "muscle",
        Kd: Quantity | None = None,
        fade: bool = True,
        dissociates: bool | Quantity = False,
    ) -> CompetitiveBlock:
        return _blocker(name, concentration, where, Kd, fade, dissociates)

    drug.__name__ = drug.__qualname__ = name
    drug.__doc__ = _DOC.format(what=what, source=source, muscle=muscle)
    return dosed(drug)


_PATIENTS = "Source: concentrations of half block in patients, read in the data of Hoshino & Furutani (2024)."
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
    "Affinity in muscle assumed from that in a patch (Wenningmann & Dilger 2001, recalled).",
)


class _Sugammadex(Condition):
    """Binds rocuronium before that acts."""

    def meets(self, conditions: list[Condition]) -> list[Condition]:
        """Conditions with rocuronium at its free concentration, and without sugammadex."""
        blocks = [c for c in conditions if c.name == "rocuronium"]
        if not blocks:
            raise ValueError(
                "sugammadex binds rocuronium: give both in one call, as in "
                "under(nmj.rocuronium(2*uM), nmj.sugammadex(10*uM))."
            )
        numbers = self.parameters
        free = free_concentration(
            blocks[0].parameters["concentration"].value,
            numbers["concentration"].value,
            numbers["Kd"].value,
        )
        bound = blocks[0].at_concentration(free)
        note = f"free of sugammadex ({float(numbers['concentration'].value / uM):.4g} uM in all)"
        bound._given["concentration"] = replace(
            bound._given["concentration"], source="Kleijn2011", note=note
        )
        return [bound if c is blocks[0] else c for c in conditions if c is not self]


def free_concentration(total: Quantity, binder: Quantity, Kd: Quantity) -> Quantity:
    """What is left free of a drug that a binder takes up one to one, at equilibrium.

    Parameters
    ----------
    total, binder : Quantity
        Concentrations in all, free and bound.
    Kd : Quantity
        Dissociation constant of the complex.

    Returns
    -------
    Quantity
        Free drug.
    """
    excess = total - binder - Kd
    root = np.sqrt(excess**2 + 4 * Kd * total)
    if float(excess) >= 0:
        return 0.5 * (excess + root)
    return 2 * Kd * total / (root - excess)  # the same without cancellation


@dosed
def sugammadex(concentration: Any, *, Kd: Quantity | None = None) -> Condition:
    """Sugammadex: it encloses rocuronium one to one, and only what is left free acts.

    At equilibrium at the site of action; for the course after an injection, see
    `nmj_brian.pk.reversal`. Source of the affinity: Kleijn et al. (2011).

    Parameters
    ----------
    concentration : Quantity, TimedArray or course of nmj_brian.pk
        Sugammadex in all, free and bound; rocuronium in the same call of ``under`` is taken as
        rocuronium in all.
    Kd : Quantity, optional
        Dissociation constant of the complex, 0.0559 uM by default.

    Returns
    -------
    Condition
        Lowers the concentration of rocuronium in the same call.

    Raises
    ------
    ValueError, DimensionMismatchError
        For a negative concentration or a wrong unit; when applied, without rocuronium.
    """
    given = {"concentration": dose("sugammadex", concentration, uM), "Kd": chosen(Kd, SUGAMMADEX)}
    one = derived(1.0, "no effect of its own", given["Kd"])
    return _Sugammadex("sugammadex", scale={"antagonist_occupancy": one}, given=given)
