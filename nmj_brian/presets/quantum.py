"""Cleft, vesicle, AChE and receptor density of one quantum, by species.

Only the human set is fitted to published consequences (see the notes). Mouse, rat and frog carry
the few measured numbers there are; everything else in them is marked `assumed` and has not been
validated.
"""

from __future__ import annotations

from brian2 import metre, ms, nmetre, second, umetre

from ..parameters import Parameter
from ..units import molar

__all__ = ["frog", "human", "mouse", "rat"]

_SITES = 1 / umetre**2
_BINDING = 1 / molar / second


def _quantum(**changes: dict) -> dict[str, Parameter]:
    """The human set with other facts for some of its parameters."""
    facts = {
        "ACh_per_vesicle": dict(
            value=3730,
            unit=1,
            low=100,
            high=30000,
            source="computed",
            confidence="fitted",
            meaning="effective number of ACh molecules released by one vesicle",
            note="fitted to a human miniature current of 3.95 nA at -80 mV, 22 degC [recalled,"
            " Mayo controls] (60 pS per channel);"
            " chemical estimates of 6,000-10,000 include ACh that misses the cleft",
        ),
        "cleft_width": dict(
            value=50 * nmetre,
            unit=nmetre,
            low=10 * nmetre,
            high=200 * nmetre,
            source="assumed",
            confidence="assumed",
            meaning="height of the primary cleft",
            note="textbook value [recalled]; folds are not represented",
        ),
        "cleft_radius": dict(
            value=0.75 * umetre,
            unit=umetre,
            low=0.1 * umetre,
            high=20 * umetre,
            source="computed",
            confidence="fitted",
            meaning="radius of the disc of cleft around the release site; its edge absorbs ACh",
            note="fitted to the 2-4 times longer, 10-50 % larger current without AChE [recalled"
            " bands]; 1.6 um (lizard, Land 1984) gives 5 times. A release site anywhere in a bouton"
            " of radius a loses ACh as fast as a central one in a disc of a/sqrt(2), so this is a"
            " bouton of 2.1 um, small as human ones are [recalled]. No effect while AChE works",
        ),
        "D_ACh": dict(
            value=400 * umetre**2 / second,
            unit=umetre**2 / second,
            low=50 * umetre**2 / second,
            high=1500 * umetre**2 / second,
            source="Land1984",
            confidence="measured",
            meaning="diffusion coefficient of ACh in the cleft",
            q10=1.3,
            measured_at=22.0,
            note="lizard; Q10 assumed (viscosity of water)",
        ),
        "AChE_density": dict(
            value=2500 * _SITES,
            unit=_SITES,
            low=0 * _SITES,
            high=20000 * _SITES,
            source="assumed",
            confidence="assumed",
            meaning="acetylcholinesterase catalytic sites per area of cleft",
            note="1,800-3,000 [recalled, Anglister, Salpeter]; 2,600 in a secondary source",
        ),
        "AChE_kon": dict(
            value=2.0e8 * _BINDING,
            unit=_BINDING,
            low=0 * _BINDING,
            high=1e10 * _BINDING,
            source="Rosenberry1975",
            confidence="assumed",
            meaning="binding of ACh to a free AChE site",
            q10=1.4,
            measured_at=22.0,
            note="top of 1.6-2e8, eel, 25 degC [recalled], taken as of 22 degC for the amplitude,"
            " rise and decay of the human miniature current there (corrected to 22 degC it would"
            " raise the amplitude by 2 %); Q10 assumed as for binding to the receptor",
        ),
        "AChE_kcat": dict(
            value=1.5e4 / second,
            unit=1 / second,
            low=1 / second,
            high=1e6 / second,
            source="Rosenberry1975",
            confidence="assumed",
            meaning="turnover of an occupied AChE site",
            q10=2.0,
            measured_at=22.0,
            note="1.4-1.6e4, eel, 25 degC [recalled], taken as of 22 degC as the binding is; Q10"
            " assumed (gives the preset's amplitude at 37 degC)",
        ),
        "receptor_density": dict(
            value=7500 * _SITES,
            unit=_SITES,
            low=1 * _SITES,
            high=30000 * _SITES,
            source="Salpeter1988",
            confidence="fitted",
            meaning="receptors (two binding sites each) per area of end-plate membrane",
            note="mouse crests carry 9,000-10,400 receptors/um2 (18,000-20,800 sites);"
            " lowered towards the"
            " folded membrane's mean with ACh_per_vesicle, jointly fitted to amplitude and decay",
        ),
        "receptor_fraction": dict(
            value=1.0,
            unit=1,
            low=0,
            high=1,
            source="definition",
            confidence="assumed",
            meaning="share of the receptors that is left",
        ),
        "antagonist_occupancy": dict(
            value=0.0,
            unit=1,
            low=0,
            high=1,
            source="definition",
            confidence="assumed",
            meaning="share of the remaining receptors held by a competitive antagonist",
            note="they are out of reach for the whole current: right if the drug stays"
            " much longer than it lasts",
        ),
        "pore_expansion": dict(
            value=0 * metre / second,
            unit=nmetre / ms,
            low=0 * nmetre / ms,
            high=1000 * nmetre / ms,
            source="Stiles1996",
            confidence="assumed",
            meaning="growth of the fusion pore's radius (0: instantaneous release)",
            note="20-80 % rise at 22 degC is 64 us if instantaneous, 82 us at 50 nm/ms, 99 us at"
            " 25, 0.9 ms at 0.275; measured 80 +- 25-30 us, for which 25 nm/ms and instantaneous"
            " release were found equally good",
        ),
        "pore_length": dict(
            value=9 * nmetre,
            unit=nmetre,
            low=1 * nmetre,
            high=50 * nmetre,
            source="assumed",
            confidence="assumed",
            meaning="length of the fusion pore",
            note="two lipid bilayers",
        ),
        "vesicle_radius": dict(
            value=20 * nmetre,
            unit=nmetre,
            low=5 * nmetre,
            high=100 * nmetre,
            source="assumed",
            confidence="assumed",
            meaning="inner radius of a synaptic vesicle",
            note="only used when release goes through a pore",
        ),
        "fold_opening": dict(
            value=0 * nmetre,
            unit=nmetre,
            low=0 * nmetre,
            high=1000 * nmetre,
            source="definition",
            confidence="assumed",
            meaning="width of the openings of junctional folds (0: a flat membrane)",
            note="textbook 50-100 nm [recalled]. The presets are fitted with the folds averaged into"
            " receptor_density; where folds are given it is the density of the crests",
        ),
        "fold_spacing": dict(
            value=500 * nmetre,
            unit=nmetre,
            low=10 * nmetre,
            high=10000 * nmetre,
            source="assumed",
            confidence="assumed",
            meaning="distance from crest to crest of the folds",
            note="only used where fold_opening is not 0",
        ),
        "fold_depth": dict(
            value=200 * nmetre,
            unit=nmetre,
            low=0 * nmetre,
            high=2000 * nmetre,
            source="assumed",
            confidence="assumed",
            meaning="depth to which folds carry receptors and are filled with ACh",
            note="about the upper third of folds of 0.5-1 um [recalled]",
        ),
        "fold_receptors": dict(
            value=0.5,
            unit=1,
            low=0,
            high=2,
            source="assumed",
            confidence="assumed",
            meaning="receptor density on the walls of folds, relative to the crests",
            note="mean to fold_depth of a density that falls from that of the crest to none",
        ),
        "release_offset": dict(
            value=0 * nmetre,
            unit=nmetre,
            low=-10000 * nmetre,
            high=10000 * nmetre,
            source="definition",
            confidence="assumed",
            meaning="distance of the release site from the middle of a crest",
            note="half of fold_spacing: over the opening of a fold",
        ),
        "area_per_site": dict(
            value=1 * umetre**2,
            unit=umetre**2,
            low=0.01 * umetre**2,
            high=1000 * umetre**2,
            source="assumed",
            confidence="assumed",
            meaning="area of cleft of one release site",
            note="0.16 quanta/um2 of an impulse, 207 um2 of a junction; with endplate_receptors at"
            " receptor_density 7 um2 of folded membrane per um2 of cleft. Only used where quanta"
            " overlap (AChE inhibited)",
        ),
        "endplate_receptors": dict(
            value=1.05e7,
            unit=1,
            low=1e3,
            high=1e9,
            source="Pestronk1985",
            confidence="measured",
            meaning="number of receptors of the whole end plate",
            note="deltoid motor point, 2.1e7 toxin sites, two per receptor; only dilutes"
            " desensitized receptors (mean field)",
        ),
    }
    for name, change in changes.items():
        facts[name] = {**facts[name], **change}
    return {name: Parameter(**fact) for name, fact in facts.items()}


def human() -> dict[str, Parameter]:
    """Human adult end plate: 3.95 nA miniature current at 22 degC and -80 mV."""
    return _quantum()


_GUESS = {"source": "assumed", "confidence": "assumed", "note": "taken from the human set"}


def _unmeasured(**changes: dict) -> dict[str, Parameter]:
    """Human numbers, marked as guesses where the human ones were fitted or measured elsewhere."""
    guessed = {
        name: dict(_GUESS)
        for name in (
            "ACh_per_vesicle",
            "cleft_radius",
            "AChE_kon",
            "AChE_kcat",
            "receptor_density",
            "endplate_receptors",
        )
    }
    guessed["D_ACh"] = {"confidence": "assumed", "note": "lizard; Q10 assumed"}
    return _quantum(**{**guessed, **changes})


def mouse() -> dict[str, Parameter]:
    """Mouse end plate: receptor density measured, the rest assumed; not validated."""
    return _unmeasured(
        receptor_density={
            "value": 9000 * _SITES,
            "source": "Salpeter1988",
            "confidence": "measured",
            "note": "sternomastoid crests: 18,000 toxin sites/um2, two per receptor"
            " (20,817 by another method)",
        }
    )


def rat() -> dict[str, Parameter]:
    """Rat end plate: only the number of its receptors is measured; not validated."""
    return _unmeasured(
        endplate_receptors={
            "value": 2.0e7,
            "source": "FambroughHartzell1972",
            "confidence": "measured",
            "note": "diaphragm of full-grown males, 4.0e7 toxin sites, two per receptor",
        }
    )


def frog() -> dict[str, Parameter]:
    """Frog end plate: no number of its own was found except long clefts; all assumed, not
    validated.
    """
    return _unmeasured(
        cleft_radius={
            "value": 1.6 * umetre,
            "source": "Land1984",
            "confidence": "assumed",
            "note": "mean distance from release to the edge in lizard",
        }
    )
