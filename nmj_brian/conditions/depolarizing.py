"""Block by depolarization: an agonist that stays opens channels, then receptors desensitize."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from brian2 import Quantity, molar, second

from ..condition import Condition, _si, derived, dose
from ..conditioned import dosed
from ..parameters import Parameter
from ..presets.drugs import SUCCINYLCHOLINE
from ..receptor import Receptor
from ..receptor_drugs import ChannelBlocker
from ..receptors import human_adult, human_desensitizing
from ..second_agonist import (
    SecondAgonist,
    desensitized_after,
    without_desensitized,
)
from ..units import mM, uM

__all__ = ["lasting_acetylcholine", "succinylcholine"]


#: More of it in the bath, and the quantum beside it is no sum of exponentials any more.
_MOST = 100 * uM


@dataclass(frozen=True)
class _Desensitizing:
    """The human receptor with its desensitized states."""

    what: str = "human_desensitizing"

    def __call__(self, receptor: Receptor) -> Receptor:
        return _desensitizing(receptor)


def _desensitizing(receptor: Receptor) -> Receptor:
    """A receptor with desensitized states, in the same bath: itself, or the human one with them."""
    if receptor.desensitized.any():
        return receptor
    human = human_adult().at(receptor.temperature)
    if receptor._with(_bath_M=0.0).key() != human.key():
        raise ValueError(
            f"'{receptor.name}' has no desensitized states: take a receptor that has, such as "
            "receptors.human_desensitizing(), or leave desensitization out (desensitizing=False, "
            "exposure=0*second)."
        )
    return human_desensitizing().at(receptor.temperature)._with(_bath_M=receptor._bath_M)


@dosed
def lasting_acetylcholine(concentration: Any, *, desensitizing: bool = True) -> Condition:
    """Acetylcholine that stays in the cleft, as when its enzyme is blocked: depolarizing block.

    The steady concentration opens channels (phase I); receptors with desensitized states pass into
    them (phase II) with the rates of the receptor.

    Parameters
    ----------
    concentration : Quantity, TimedArray or course of nmj_brian.pk
        Steady, in the cleft. Above 50 uM no end plate of a population is made (it raises when one is built):
        a quantum is no sum of exponentials beside so much.
    desensitizing : bool, optional
        Whether a human receptor without desensitized states gets them (Auerbach & Akk 1998;
        Dilger & Liu 1992).

    Returns
    -------
    Condition
        Sets ``agonist``, and the receptor.

    Raises
    ------
    ValueError, DimensionMismatchError
        For a negative concentration or a wrong unit; when applied, for a receptor without
        desensitized states that is not the human one.
    """
    given = {"concentration": dose("acetylcholine", concentration, uM)}
    c = given["concentration"].value
    note = "steady concentration beside that of the quanta"
    steady = Parameter(c, mM, 0 * mM, 20 * mM, "definition", "assumed", "agonist", note=note)
    return Condition(
        "lasting acetylcholine",
        replace={"agonist": steady},
        receptor=_Desensitizing() if desensitizing else None,
        given=given,
        kind="mutation of the receptor" if desensitizing else "",
        source="AuerbachAkk1998",
        confidence="assumed",
    )


@dataclass(frozen=True)
class _WithSuccinylcholine:
    """A receptor in a bath of succinylcholine, which it does not desensitize further."""

    drug: SecondAgonist
    blocker: ChannelBlocker

    def __hash__(self) -> int:
        return hash((self.drug.name, _si(self.drug.concentration)))

    @property
    def what(self) -> str:
        return "states with succinylcholine, for those desensitized"

    def __call__(self, receptor: Receptor) -> Receptor:
        held = without_desensitized(receptor).with_second_agonist(self.drug)
        return held.with_channel_blocker(self.blocker)


class _Succinylcholine(Condition):
    """Opens, blocks and desensitizes receptors; the last from when it came until ``exposure``."""

    #: Before the drugs that plug the channels it opens.
    _rank = -1

    def _extra_names(self) -> Mapping[str, str]:
        return {"receptor_fraction": "x share not desensitized"}

    def _extra(self, owner: Any, parameters: dict[str, Parameter]) -> None:
        exposure = self.parameters["exposure"]
        if exposure.si() == 0:
            return
        now, since = self.parameters["concentration"], self.parameters["since"]
        before = self.parameters.get("exposed_to", now)
        rested = _desensitizing(owner.receptor)

        def desensitized(concentration: Parameter, time_s: float) -> float:
            drug = replace(self._receptor.drug, concentration=concentration)
            bathed = rested.with_second_agonist(drug)
            return desensitized_after(bathed, time_s, rested._with(_bath_M=0.0))

        deep = 0.0
        for concentration, time in ((before, exposure), (now, since)):
            entry = desensitized(concentration, _SETTLED_S) * self.parameters["deep_entry"].si()
            rate = entry + 1 / self.parameters["deep_recovery"].si()
            deep = entry / rate + (deep - entry / rate) * np.exp(-rate * time.si())
        own = desensitized(now, exposure.si() + since.si())
        for share, of, source in (
            (1 - deep, self.parameters["deep_entry"], "DonatiBevan1982"),
            (1 - own, exposure, "AuerbachAkk1998"),
        ):
            factor = replace(derived(share, "share not desensitized", of), source=source)
            left = parameters["receptor_fraction"]
            parameters["receptor_fraction"] = self._scaled(left, factor)


#: Within this the receptor's own desensitized states fill, long before the deep one.
_SETTLED_S = 100.0


@dosed
def succinylcholine(
    concentration: Any,
    *,
    exposure: Quantity = 0 * second,
    exposed_to: Quantity | None = None,
    since: Quantity = 0 * second,
) -> Condition:
    """Succinylcholine: an agonist that AChE does not split depolarizes the end plate, then desensitizes.

    It stays in the cleft and opens channels alone and together with ACh; the fiber is held depolarized,
    fires at first, and becomes inexcitable as its Na channels inactivate (phase I). Receptors desensitize from
    the open state for as long as it acts, within seconds, and from there pass into a deep state over the clinic's
    half hour. When most are in it the block is one of too few receptors: a train fades, and an inhibitor of AChE
    reverses it (phase II), best seen once the infusion is over: ``succinylcholine(2*uM, exposure=90*minute,
    exposed_to=10*uM)``.

    Sources: affinity and gating relative to ACh, and block of the open channel, Marshall, Ogden & Colquhoun
    (1990), frog, taken over to the human receptor; entry into desensitization, Auerbach & Akk (1998), who found it
    the same for every agonist. The deep state is ASSUMED, with rates chosen for the clinic (Donati & Bevan 1982;
    DeCook & Goudsouzian 1980); those known of receptors recover in minutes, not hours. Half of the twitch is blocked
    in patients by 2.5 uM at the effect site (Roy et al. 2002), here by 5 uM.

    Deviations from the biology: the depolarization wears off within ten minutes (tachyphylaxis; in patients half of
    it in half an hour or more), so that for most of the first hour as much drug hardly blocks, and three times as
    much does (patients: twice); a train then fades to 0.4 at least (patients: to 0 at the end). What has desensitized
    stays so during an experiment; the nerve terminal is not acted on (the drug does not inhibit the receptors that
    are thought to be there: Jonsson et al. 2006). An inhibitor of AChE does not deepen phase I by itself: that of
    the clinic also spares the drug (plasma cholinesterase) and lets ACh pile up (`lasting_acetylcholine`).

    Parameters
    ----------
    concentration : Quantity, TimedArray or course of a concentration
        Free drug where it acts, at most 100 uM.
    exposure : Quantity, optional
        How long it has acted; 0 by default: no receptor has desensitized yet.
    exposed_to : Quantity, optional
        Concentration during the exposure, if it was another; decides how many receptors are in the deep state.
    since : Quantity, optional
        Time since the exposure ended and the concentration is what it is now; 0 by default.

    Returns
    -------
    Condition
        Adds states to the receptor, and lowers ``receptor_fraction`` by what has desensitized.

    Raises
    ------
    ValueError, DimensionMismatchError
        For a concentration that is negative or above 100 uM, a wrong unit, or ``exposed_to`` or ``since``
        without an exposure; when applied with an exposure, for a receptor of which it is not known how it desensitizes.
    """

    def duration(value: Quantity, meaning: str) -> Parameter:
        longest = 1e6 * second
        return Parameter(value, second, 0 * second, longest, "definition", "assumed", meaning)

    given = {
        "concentration": replace(dose("succinylcholine", concentration, uM), high=_MOST),
        "exposure": duration(exposure, "time for which it has acted"),
        "since": duration(since, "time since the exposure ended"),
        **SUCCINYLCHOLINE,
    }
    if exposed_to is not None:
        given["exposed_to"] = replace(dose("earlier succinylcholine", exposed_to, uM), high=_MOST)
    if (exposed_to is not None or given["since"].si() > 0) and given["exposure"].si() == 0:
        raise ValueError(
            "exposed_to and since are of an exposure: say how long it was, exposure=..."
        )
    affinity, potency = SUCCINYLCHOLINE["affinity"], SUCCINYLCHOLINE["potency"]
    gating = derived(
        affinity.si() / potency.si(), "opening with a molecule of it, relative to ACh", potency
    )
    block = SUCCINYLCHOLINE["block_rate"]
    unit = 1 / molar / second
    enters = Parameter(
        block.value / SUCCINYLCHOLINE["block_K"].value, unit, 0 * unit, 1e12 * unit, block.source, "assumed",
        "block of an open channel by succinylcholine", q10=block.q10, measured_at=block.measured_at,
        note="from its stay and its dissociation constant",
    )  # fmt: skip
    c = given["concentration"]
    return _Succinylcholine(
        "succinylcholine",
        receptor=_WithSuccinylcholine(
            SecondAgonist("succinylcholine", c, affinity, gating),
            ChannelBlocker("succinylcholine_pore", c, enters, block),
        ),
        given=given,
        kind="drug with states of its own at the binding sites",
        binds=True,
        source=affinity.source,
        confidence="assumed",
        note="measured in the frog, relative to ACh",
    )
