"""Conditions of the phenotype table and what is published of them: the data of phenotypes.py.

A direction was read in a paper's abstract, table or text ("read"), is what textbooks and reviews say ("textbook"), or
is remembered ("recalled"). How far a number must differ to count is stated once, by column, in phenotypes.py.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import nmj_brian as nmj
from nmj_brian.units import day, hour, minute, mM, uM

__all__ = ["BLOCKERS", "CONDITIONS", "LEFT_OUT", "RULES", "Rule", "Subject"]

#: Competitive blocker -> Hill coefficient of the twitch in patients, mean +- standard deviation, as read in the data
#: of Hoshino & Furutani (2024); empty where none was read.
BLOCKERS: dict[str, str] = {
    "rocuronium": "4.8 +- 1.7",
    "vecuronium": "7.6 +- 3.8",
    "cisatracurium": "6.9 +- 1.3",
    "pancuronium": "",
    "tubocurarine": "",
}


@dataclass(frozen=True)
class Subject:
    """A row: a human junction and fiber under conditions.

    Attributes
    ----------
    conditions : callable
        Makes them.
    against : str
        Row that it is compared with.
    exercised : bool
        Measured right after 5 min at 10 Hz, by repetitive stimulation alone.
    """

    conditions: Callable[[], tuple[Any, ...]]
    against: str = "normal"
    exercised: bool = False


def _phase_two() -> Any:
    return nmj.succinylcholine(2 * uM, exposure=90 * minute, exposed_to=10 * uM)


MG, LEMS, SLOW, COLQ = (
    "myasthenia gravis",
    "Lambert-Eaton syndrome",
    "slow channel aL273F",
    "AChE deficiency",
)
VACHT = "VAChT deficiency"
LASTING = "lasting acetylcholine 0.5 uM"
SLOWER = "slow channel dS268N"
SUX = "succinylcholine 5.1 uM"
SUX2 = "succinylcholine 2 uM, after 90 min at 10 uM"
ROC, TIRED = "rocuronium 0.9 uM", "5 min at 10 Hz"

#: Row -> what it is. Defaults of the catalogue, and doses at which some fibers still fire.
CONDITIONS: dict[str, Subject] = {
    "normal": Subject(lambda: ()),
    MG: Subject(lambda: (nmj.myasthenia_gravis(),)),
    "MuSK myasthenia": Subject(lambda: (nmj.musk_myasthenia(),)),
    LEMS: Subject(lambda: (nmj.lambert_eaton(),)),
    "botulism": Subject(lambda: (nmj.botulism(),)),
    "botulism, after 36 hours": Subject(lambda: (nmj.botulism(36 * hour),)),
    "botulism 85 %, after 11 weeks": Subject(lambda: (nmj.botulism(77 * day, release_loss=0.85),)),
    "botulism B 85 %, after 11 weeks": Subject(
        lambda: (nmj.botulism(77 * day, serotype="B", release_loss=0.85),)
    ),
    "slow channel eL221F": Subject(lambda: (nmj.slow_channel("eL221F"),)),
    SLOW: Subject(lambda: (nmj.slow_channel("aL273F"),)),
    SLOWER: Subject(lambda: (nmj.slow_channel("dS268N"),)),
    "fast channel eR218W": Subject(lambda: (nmj.fast_channel("eR218W"),)),
    "fast channel eE184K": Subject(lambda: (nmj.fast_channel("eE184K"),)),
    "high-conductance fast channel": Subject(lambda: (nmj.fast_channel("high_conductance"),)),
    COLQ: Subject(lambda: (nmj.ache_deficiency(),)),
    "receptor deficiency": Subject(lambda: (nmj.receptor_deficiency(),)),
    "rapsyn deficiency": Subject(lambda: (nmj.rapsyn_deficiency(),)),
    "DOK7 deficiency": Subject(lambda: (nmj.dok7_deficiency(),)),
    "ChAT deficiency": Subject(lambda: (nmj.chat_deficiency(),)),
    VACHT: Subject(lambda: (nmj.vacht_deficiency(),)),
    "release deficiency": Subject(lambda: (nmj.release_deficiency(),)),
    "ageing, 80 years": Subject(lambda: (nmj.ageing(),)),
    "denervation, 3 days": Subject(lambda: (nmj.denervation(3 * day),)),
    "denervation, 14 days": Subject(lambda: (nmj.denervation(),)),
    f"normal, after {TIRED}": Subject(lambda: (), exercised=True),
    f"ChAT deficiency, after {TIRED}": Subject(
        lambda: (nmj.chat_deficiency(),), f"normal, after {TIRED}", exercised=True
    ),
    f"{VACHT}, after {TIRED}": Subject(
        lambda: (nmj.vacht_deficiency(),), f"normal, after {TIRED}", exercised=True
    ),
    "tubocurarine 0.3 uM": Subject(lambda: (nmj.tubocurarine(0.3 * uM),)),
    ROC: Subject(lambda: (nmj.rocuronium(0.9 * uM),)),
    "bungarotoxin, 75 % bound": Subject(lambda: (nmj.bungarotoxin(0.75),)),
    SUX: Subject(lambda: (nmj.succinylcholine(5.1 * uM),)),
    SUX2: Subject(lambda: (_phase_two(),)),
    LASTING: Subject(lambda: (nmj.lasting_acetylcholine(0.5 * uM),)),
    "neostigmine 0.5 uM": Subject(lambda: (nmj.neostigmine(0.5 * uM),)),
    "organophosphate": Subject(lambda: (nmj.organophosphate(),)),
    f"organophosphate + {LASTING}": Subject(
        lambda: (nmj.organophosphate(), nmj.lasting_acetylcholine(0.5 * uM))
    ),
    "amifampridine": Subject(lambda: (nmj.amifampridine(),)),
    "magnesium 3 mM": Subject(lambda: (nmj.magnesium(3 * mM),)),
    "neomycin 300 uM": Subject(lambda: (nmj.neomycin(300 * uM),)),
    "quinidine 5 uM": Subject(lambda: (nmj.quinidine(5 * uM),)),
    "mu-conotoxin 0.6 uM": Subject(lambda: (nmj.mu_conotoxin(0.6 * uM),)),
    f"{MG} + neostigmine": Subject(
        lambda: (nmj.myasthenia_gravis(), nmj.neostigmine(0.5 * uM)), MG
    ),
    f"{LEMS} + amifampridine": Subject(lambda: (nmj.lambert_eaton(), nmj.amifampridine()), LEMS),
    f"{COLQ} + neostigmine": Subject(
        lambda: (nmj.ache_deficiency(), nmj.neostigmine(0.5 * uM)), COLQ
    ),
    f"{SLOW} + neostigmine": Subject(
        lambda: (nmj.slow_channel("aL273F"), nmj.neostigmine(0.5 * uM)), SLOW
    ),
    f"{SLOWER} + neostigmine": Subject(
        lambda: (nmj.slow_channel("dS268N"), nmj.neostigmine(0.5 * uM)), SLOWER
    ),
    f"{SLOW} + quinidine": Subject(
        lambda: (nmj.slow_channel("aL273F"), nmj.quinidine(5 * uM)), SLOW
    ),
    f"{SLOW} + fluoxetine": Subject(
        lambda: (nmj.slow_channel("aL273F"), nmj.fluoxetine(10 * uM)), SLOW
    ),
    f"{ROC} + neostigmine": Subject(
        lambda: (nmj.rocuronium(0.9 * uM), nmj.neostigmine(0.5 * uM)), ROC
    ),
    f"{SUX} + neostigmine": Subject(
        lambda: (nmj.succinylcholine(5.1 * uM), nmj.neostigmine(0.5 * uM)), SUX
    ),
    f"{SUX2} + neostigmine": Subject(lambda: (_phase_two(), nmj.neostigmine(0.5 * uM)), SUX2),
    f"{ROC} + sugammadex": Subject(
        lambda: (nmj.rocuronium(0.9 * uM), nmj.sugammadex(0.9 * uM)), ROC
    ),
}


@dataclass(frozen=True)
class Rule:
    """A published direction.

    Attributes
    ----------
    condition, column : str
        Of the number.
    direction : str
        'lower', 'higher', 'same', 'not lower', 'not higher': than the row it is compared with; 'beyond limit' (at it or
        more), 'within limit' (less).
    source, known : str
        Who says so, and how that is known: 'read', 'textbook' or 'recalled'.
    not_met : str
        Why the table does not show it; then it must not.
    limit : float, optional
        In place of the column's.
    against : str, optional
        In place of the row's.
    """

    condition: str
    column: str
    direction: str
    source: str
    known: str
    not_met: str = ""
    limit: float | None = None
    against: str | None = None


_POSTSYNAPTIC = "postsynaptic loss: small mEPP, decrement only"
_PRESYNAPTIC = "presynaptic loss: low CMAP and increment"

RULES: tuple[Rule, ...] = (
    Rule("normal", "decrement", "within limit", "Abraham 2017", "read"),
    Rule("normal", "jitter", "within limit", "Stalberg 2016, limit of the mean", "read"),
    Rule("normal", "blocking", "within limit", "Stalberg 2016", "read"),
    Rule("normal", "repetitive", "within limit", "seen only with slow channels or without AChE", "textbook"),
    # -- loss of receptors
    Rule(MG, "mEPP", "lower", "Albuquerque 1976", "read"),
    Rule(MG, "quanta", "not lower", "Elmqvist 1964, Plomp 1995", "recalled"),
    Rule(MG, "EPP", "lower", "Albuquerque 1976: suprathreshold in a quarter of fibers", "read"),
    Rule(MG, "safety", "lower", "Albuquerque 1976: suprathreshold in a quarter of fibers", "read"),
    Rule(MG, "CMAP", "same", "resting CMAP falls only with deeper loss", "recalled"),
    Rule(MG, "decrement", "beyond limit", "Abraham 2017, Oh 2021", "read"),
    Rule(MG, "increment", "within limit", "Oh 2005: 4 of 538 tests above 60 %", "read"),
    Rule(MG, "jitter", "higher", "first sign of receptor loss", "textbook"),
    Rule(MG, "blocking", "beyond limit", "from a jitter of 80-100 us on", "recalled"),
    Rule(MG, "repetitive", "within limit", _POSTSYNAPTIC, "textbook"),
    Rule("MuSK myasthenia", "mEPP", "lower", "mouse: large miniature currents are missing", "read"),
    Rule("receptor deficiency", "mEPP", "lower", _POSTSYNAPTIC, "textbook"),
    Rule("receptor deficiency", "decrement", "beyond limit", _POSTSYNAPTIC, "textbook"),
    Rule("receptor deficiency", "increment", "within limit", _POSTSYNAPTIC, "textbook"),
    Rule("rapsyn deficiency", "mEPP", "lower", "Milone 2009", "read"),
    Rule("rapsyn deficiency", "mEPP", "higher", "Milone 2009: less reduced than in low expressors", "read",
         against="receptor deficiency"),
    Rule("rapsyn deficiency", "decrement", "beyond limit", _POSTSYNAPTIC, "textbook"),
    Rule("bungarotoxin, 75 % bound", "mEPP", "lower", _POSTSYNAPTIC, "textbook"),
    Rule("bungarotoxin, 75 % bound", "quanta", "same", "it binds behind the cleft only", "textbook"),
    # -- loss of release
    Rule(LEMS, "mEPP", "same", "Lambert & Elmqvist 1971", "recalled"),
    Rule(LEMS, "decay", "same", "Lambert & Elmqvist 1971", "recalled"),
    Rule(LEMS, "quanta", "lower", "Lambert & Elmqvist 1971", "recalled"),
    Rule(LEMS, "EPP", "lower", "Lambert & Elmqvist 1971", "recalled"),
    Rule(LEMS, "CMAP", "lower", _PRESYNAPTIC, "textbook"),
    Rule(LEMS, "decrement", "beyond limit", "12 patients: above 15 % in 8 of 10", "read"),
    Rule(LEMS, "increment", "beyond limit", "Oh 2021: 60 % or more in 97 %", "read"),
    Rule("botulism", "CMAP", "lower", _PRESYNAPTIC, "read"),
    Rule("botulism, after 36 hours", "CMAP", "lower", _PRESYNAPTIC, "read"),
    Rule("botulism, after 36 hours", "increment", "beyond limit", "20-100 %, less than in Lambert-Eaton", "recalled",
         limit=20),
    Rule("botulism 85 %, after 11 weeks", "CMAP", "lower", "Sloop 1997: recovery takes more than a year", "read"),
    Rule("botulism B 85 %, after 11 weeks", "CMAP", "same", "Sloop 1997: recovered by week 11", "read"),
    Rule("release deficiency", "CMAP", "lower", _PRESYNAPTIC, "textbook"),
    Rule("release deficiency", "increment", "beyond limit", "VAMP1, UNC13A, SYT2, AGRN, LAMA5", "textbook"),
    Rule("magnesium 3 mM", "quanta", "lower", "Dodge & Rahamimoff 1967", "read"),
    Rule("magnesium 3 mM", "mEPP", "same", "del Castillo & Katz 1954", "textbook"),
    Rule("neomycin 300 uM", "quanta", "lower", "Wright & Collier 1977", "read"),
    Rule("amifampridine", "quanta", "higher", "it widens the action potential", "textbook"),
    Rule(f"{LEMS} + amifampridine", "CMAP", "higher", "2-3 fold", "recalled"),
    Rule(f"{LEMS} + amifampridine", "quanta", "higher", "response and strength 2-3 fold", "recalled"),
    # -- mutations of the channel
    Rule("slow channel eL221F", "decay", "higher", "Hatton 2003: about 6-fold", "read"),
    Rule("slow channel eL221F", "mEPP", "not higher", "Mayo series: near normal or reduced", "recalled"),
    Rule("slow channel eL221F", "quanta", "not higher", "Mayo series: normal or low", "recalled"),
    Rule("slow channel eL221F", "repetitive", "beyond limit", "slow channel: repetitive CMAP", "textbook"),
    Rule(SLOW, "decay", "higher", "Lee, Free & Sine 2009: channel closes 10 times later", "read"),
    Rule(SLOW, "repetitive", "beyond limit", "slow channel: repetitive CMAP", "textbook"),
    Rule("fast channel eR218W", "mEPP", "lower", "Shen 2018: gating 1/338, receptors 1/5", "read"),
    Rule("fast channel eR218W", "safety", "lower", "Shen 2018: severe weakness", "read"),
    Rule("fast channel eE184K", "mEPP", "lower", "Shen 2018: gating 1/11", "read"),
    Rule("fast channel eE184K", "safety", "lower", "Shen 2018: severe weakness", "read"),
    Rule("high-conductance fast channel", "mEPP", "higher", "Engel 1993", "read"),
    Rule("high-conductance fast channel", "decay", "lower", "Engel 1993", "read"),
    Rule("high-conductance fast channel", "quanta", "same", "Engel 1993", "read"),
    Rule(f"{SLOW} + quinidine", "decay", "lower", "it shortens slow openings", "recalled"),
    Rule(f"{SLOW} + fluoxetine", "decay", "lower", "it shortens slow openings", "recalled"),
    Rule(f"{SLOW} + neostigmine", "decay", "higher", "inhibitors worsen slow channels", "textbook"),
    Rule(f"{SLOW} + neostigmine", "safety", "lower", "inhibitors worsen slow channels", "textbook",
         "larger potentials help a rested fiber; what overloads and destroys its end plate, the charge of a quantum, "
         "grows 2.4-fold; and where channels close as late as those of dS268N potentials run into each other from "
         "10 Hz on, and block"),
    Rule(SLOWER, "decay", "higher", "Chakrapani & Auerbach 2005: channel closes 15 times later", "read"),
    Rule(SLOWER, "repetitive", "beyond limit", "slow channel: repetitive CMAP", "textbook"),
    Rule(f"{SLOWER} + neostigmine", "run down", "higher", "inhibitors worsen slow channels", "textbook"),
    # -- the enzyme
    Rule(COLQ, "decay", "higher", "Mayo series", "read"),
    Rule(COLQ, "quanta", "lower", "Mayo series: small terminals", "read"),
    Rule(COLQ, "mEPP", "not higher", "Mayo series: low-normal", "recalled",
         "without AChE a quantum's current is half as large again; with half of the receptors lost, which a second "
         "action potential does not survive, miniature potentials are still larger than normal"),
    Rule(COLQ, "repetitive", "beyond limit", "second CMAP as the EPP outlasts refractoriness", "read"),
    *(Rule(f"{COLQ} + neostigmine", column, "same", "neostigmine has no effect", "read")
      for column in ("mEPP", "decay", "EPP", "decrement")),
    Rule("neostigmine 0.5 uM", "mEPP", "higher", "Katz & Miledi 1973: +10 to 50 %", "recalled"),
    Rule("neostigmine 0.5 uM", "decay", "higher", "Katz & Miledi 1973: 2-4 times", "recalled"),
    Rule("organophosphate", "decay", "higher", "as any loss of AChE", "textbook"),
    Rule("organophosphate", "repetitive", "beyond limit", "anticholinesterase: repetitive CMAP", "textbook"),
    Rule(f"organophosphate + {LASTING}", "jitter", "higher", "Alahakoon 2018: above 33 us in the first day", "read"),
    Rule(f"{MG} + neostigmine", "EPP", "higher", "inhibitors repair myasthenia", "textbook"),
    Rule(f"{MG} + neostigmine", "decrement", "lower", "inhibitors repair myasthenia", "textbook"),
    # -- size and filling
    Rule("DOK7 deficiency", "mEPP", "same", "Slater 2006", "read"),
    Rule("DOK7 deficiency", "decay", "same", "Slater 2006", "read"),
    Rule("DOK7 deficiency", "quanta", "lower", "Slater 2006: half", "read"),
    Rule("DOK7 deficiency", "EPP", "lower", "Slater 2006", "read"),
    Rule("DOK7 deficiency", "decrement", "beyond limit", "Slater 2006", "read"),
    Rule("DOK7 deficiency", "jitter", "higher", "Slater 2006", "read"),
    Rule("ChAT deficiency", "mEPP", "same", "Ohno 2001: normal at rest", "read"),
    Rule("ChAT deficiency", "quanta", "same", "Ohno 2001", "read"),
    Rule("ChAT deficiency", "decrement", "within limit", "Ohno 2001: only after 5 min at 10 Hz", "read"),
    Rule(f"ChAT deficiency, after {TIRED}", "CMAP", "lower", "Ohno 2001", "read"),
    Rule(f"ChAT deficiency, after {TIRED}", "decrement", "beyond limit", "Ohno 2001", "read"),
    Rule(VACHT, "mEPP", "lower", "Lima 2010, mouse", "read"),
    Rule(VACHT, "quanta", "lower", "Lima 2010, mouse", "read"),
    Rule(VACHT, "decrement", "within limit", "O'Grady 2016, one of two patients: only after contraction", "read"),
    Rule(f"{VACHT}, after {TIRED}", "decrement", "beyond limit", "O'Grady 2016", "read"),
    # -- age and the nerve
    Rule("ageing, 80 years", "quanta", "not lower", "Banker 1983, mouse", "read"),
    Rule("ageing, 80 years", "jitter", "same", "Gilchrist 1992: limit 12 % higher (less than 15 %)", "read"),
    Rule("ageing, 80 years", "blocking", "within limit", "Willadt 2016: far from what blocks", "read"),
    Rule("denervation, 3 days", "quanta", "same", "Gilliatt & Hjorth 1972, baboon: 4-5 days", "read"),
    Rule("denervation, 14 days", "CMAP", "lower", "Gilliatt & Hjorth 1972", "read"),
    Rule("denervation, 14 days", "quanta", "lower", "Albuquerque 1971: release has stopped", "read"),
    # -- block
    Rule("tubocurarine 0.3 uM", "mEPP", "lower", "competitive block", "textbook"),
    Rule("tubocurarine 0.3 uM", "jitter", "higher", "Schiller, Stalberg & Schwartz 1975", "read"),
    Rule("tubocurarine 0.3 uM", "decrement", "beyond limit", "fade", "textbook"),
    Rule(ROC, "mEPP", "lower", "competitive block", "textbook"),
    Rule(ROC, "quanta", "same", "the first response is not faded", "textbook"),
    Rule(ROC, "decrement", "beyond limit", "fade: fourth of a train 0.7-0.8 of the first", "read"),
    Rule(SUX, "CMAP", "lower", "depolarizing block, phase I", "textbook"),
    Rule(SUX, "decrement", "lower", "phase I does not fade", "textbook", against=ROC),
    Rule(f"{SUX} + neostigmine", "CMAP", "not higher", "phase I is deepened, not reversed", "textbook"),
    Rule(SUX2, "CMAP", "lower", "Donati & Bevan 1982: phase II", "read"),
    Rule(SUX2, "decrement", "beyond limit", "phase II fades", "read"),
    Rule(SUX2, "decrement", "higher", "four equal twitches at first, ratio below 0.5 after an infusion", "read",
         against=SUX),
    Rule(f"{SUX2} + neostigmine", "CMAP", "higher", "Donati & Bevan 1982: 15 of 15 reversed", "read"),
    Rule(f"{SUX2} + neostigmine", "decrement", "lower", "edrophonium reverses phase II", "read"),
    Rule(f"{ROC} + neostigmine", "decrement", "lower", "Schaller 2010", "read"),
    Rule(f"{ROC} + sugammadex", "decrement", "lower", "Schaller 2010, Jones 2008", "read"),
    Rule("mu-conotoxin 0.6 uM", "mEPP", "same", "it is how EPPs are recorded whole", "textbook"),
    Rule("mu-conotoxin 0.6 uM", "EPP", "same", "it is how EPPs are recorded whole", "textbook"),
    Rule("mu-conotoxin 0.6 uM", "safety", "lower", "it blocks the fiber's Na channels", "textbook"),
)  # fmt: skip

_NONE = "does not exist: "
#: Condition -> why it has no row.
LEFT_OUT: dict[str, str] = {
    "cisatracurium": "acts as rocuronium, at other concentrations and another steepness (above)",
    "pancuronium": "acts as rocuronium, at other concentrations and another steepness (above)",
    "vecuronium": "acts as rocuronium, at other concentrations and another steepness (above)",
    "edrophonium": "acts as neostigmine, at other concentrations",
    "pyridostigmine": "acts as neostigmine, at other concentrations",
    "tetrodotoxin": "acts on the fiber as mu-conotoxin, and on the nerve, which the laboratory stimulates without fail",
    "botulism of types C to F": "act as A (C) or as B, for other times",
    "botulism of type G": _NONE + "how long it acts is not known",
    "salbutamol, ephedrine": _NONE
    + "that they help in DOK7 deficiency is published (Schara 2009), a mechanism with "
    "numbers is not",
}
