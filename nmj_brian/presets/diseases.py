"""How severe diseases of the junction are: the published share, or an assumed one, of each change."""

from __future__ import annotations

from brian2 import Quantity, mV

from ..parameters import Parameter
from ..units import day, minute, year

__all__ = [
    "ACHE_DEFICIENCY",
    "AGEING",
    "BOTULINUM_PERSISTENCE",
    "BOTULISM",
    "CHAT_DEFICIENCY",
    "DENERVATION",
    "DOK7_DEFICIENCY",
    "LAMBERT_EATON",
    "MEASURED_MUTANTS",
    "MUSK_MYASTHENIA",
    "MUTATIONS",
    "MYASTHENIA",
    "RAPSYN_DEFICIENCY",
    "RECEPTOR_DEFICIENCY",
    "RELEASE_DEFICIENCY",
    "SLOW_CHANNEL",
    "VACHT_DEFICIENCY",
]


def _share(value: float, source: str, confidence: str, meaning: str, note: str = "") -> Parameter:
    return Parameter(value, 1, 0, 1, source, confidence, meaning, note=note)


def _rate(value: Quantity, source: str, confidence: str, meaning: str, note: str) -> Parameter:
    unit = 1 / minute
    return Parameter(value, unit, 0 * unit, 100 * unit, source, confidence, meaning, note=note)


MYASTHENIA: dict[str, Parameter] = {
    "receptor_loss": _share(
        1 - 0.7 / 2.1, "Pestronk1985", "measured", "share of receptors lost",
        "deltoid, 76 patients: 0.7e7 of 2.1e7 toxin sites are left; 11-30 % in another series",
    ),
    "fold_loss": _share(
        0.5, "assumed", "assumed", "share of the end plate's Na channels lost with the folds",
        "folds are lost and Na channels with them, by how much was not read; with 0 the same receptors"
        " are lost without a decrement",
    ),
    "release_gain": Parameter(
        1.0, 1, 0.1, 3, "assumed", "assumed", "quanta relative to normal",
        note="normal, or raised by 30-100 % [recalled]",
    ),
}  # fmt: skip

MUSK_MYASTHENIA: dict[str, Parameter] = {
    "receptor_loss": _share(
        0.5, "assumed", "assumed", "share of receptors lost",
        "large miniature currents are missing (mouse); by how much was not read",
    ),
    "release_loss": _share(
        0.3, "assumed", "assumed", "share of release sites lost",
        "fewer quanta in 2 min at 50 Hz (mouse); by how much was not read",
    ),
}  # fmt: skip

LAMBERT_EATON: dict[str, Parameter] = {
    "channel_loss": _share(
        0.55, "LambertElmqvist1971", "assumed", "share of the terminal's calcium channels lost",
        "fitted, with zone_loss, to 5-20 % of normal quantal content at 1 Hz [recalled] (0.15); with the"
        " same from channels alone the response to 3 Hz does not fall",
    ),
    "zone_loss": _share(
        0.4, "assumed", "assumed", "share of active zones lost with their vesicles",
        "active zones are fewer, by how much was not read; fitted with channel_loss",
    ),
}  # fmt: skip

ACHE_DEFICIENCY: dict[str, Parameter] = {
    "AChE_loss": _share(
        1.0, "definition", "assumed", "share of acetylcholinesterase missing",
        "end-plate AChE deficiency (ColQ)",
    ),
    "terminal_loss": _share(
        0.3, "assumed", "assumed", "share of release sites lost",
        "terminals are small and release fewer quanta; by how much was not read",
    ),
    "receptor_loss": _share(
        0.2, "assumed", "assumed", "share of receptors lost",
        "lost in time, with the folds; by how much was not read. With half of them lost the second action"
        " potential is, too",
    ),
}  # fmt: skip

RECEPTOR_DEFICIENCY: dict[str, Parameter] = {
    "receptor_loss": _share(
        0.85, "assumed", "assumed", "share of receptors lost",
        "low-expressor mutations; more than in rapsyn deficiency",
    ),
}  # fmt: skip

RAPSYN_DEFICIENCY: dict[str, Parameter] = {
    "receptor_loss": _share(
        0.75, "Milone2009", "assumed", "share of receptors lost",
        "read: reduced, less than in low-expressor mutations; by how much is assumed",
    ),
}  # fmt: skip

DOK7_DEFICIENCY: dict[str, Parameter] = {
    "size": Parameter(
        0.5, 1, 0.02, 1, "Slater2006", "measured", "size of the junction relative to normal",
        note="quantal content, contact area and receptors about 50 %; a quantum is normal",
    ),
    "fold_loss": _share(
        0.5, "Slater2006", "assumed", "share of the end plate's Na channels lost with the folds",
        "read: folds about 50 %; that Na channels go with them is assumed",
    ),
}  # fmt: skip

CHAT_DEFICIENCY: dict[str, Parameter] = {
    "synthesis": _share(
        0.065, "Ohno2001", "assumed", "rate of making transmitter relative to normal",
        "recovery takes more than 5-10 min [recalled]: normally 1 min here",
    ),
    "store": _share(
        0.3, "Ohno2001", "assumed", "store of transmitter relative to normal",
        "fitted with the synthesis to a fall by more than half in 5 min at 10 Hz [recalled]",
    ),
}  # fmt: skip

#: Chosen so that the response falls in a train after a contraction and hardly at rest, as in a patient.
VACHT_DEFICIENCY: dict[str, Parameter] = {
    "transport": Parameter(
        0.1, 1, 0.001, 1, "OGrady2016", "assumed", "rate of filling vesicles relative to normal",
        note="mice with 0.3 of the transporter keep the size of their quanta in fast trains (Lima et al. 2010)",
    ),
    "quantal_size": Parameter(
        0.6, 1, 0.05, 1, "Lima2010", "assumed", "ACh of a rested vesicle relative to normal",
        note="mouse: quanta are small, by how much was not read",
    ),
    "release_loss": _share(
        0.2, "Lima2010", "assumed", "share of release sites lost",
        "mouse: quantal content is lower, by how much was not read",
    ),
}  # fmt: skip

RELEASE_DEFICIENCY: dict[str, Parameter] = {
    "release_loss": _share(
        0.8, "assumed", "assumed", "share of release lost",
        "genes with facilitation: VAMP1, UNC13A, SYT2, AGRN, LAMA5; no amount was read",
    ),
}  # fmt: skip

#: Simpson's three steps (rat, without stimulation) behind the entry of Lebeda et al.: a chain.
BOTULISM: dict[str, Parameter] = {
    "release_loss": _share(
        0.9, "Sloop1996", "assumed", "share of release lost in the end",
        "the muscle's response saturates at a loss of 85-90 % (measured, dose-response in man)",
    ),
    "entry": _rate(
        0.001 / minute, "Lebeda2008", "fitted", "toxin getting to its acceptors (k_S)",
        "fitted by the source to mice injected into the muscle; 0.01/min or more in a bath",
    ),
    "binding": _rate(
        0.058 / minute, "Simpson1980", "measured", "binding to the terminal (k_B)", "rat, type A",
    ),
    "translocation": _rate(
        0.141 / minute, "Simpson1980", "measured", "passage into the terminal (k_T)", "rat, type A",
    ),
    "lysis": _rate(
        0.013 / minute, "Simpson1980", "measured", "loss of release (k_L)",
        "rat, type A, 0.01 Hz; faster with nerve impulses",
    ),
}  # fmt: skip

#: Of the human junction jitter alone is known by age; release of old mice is not less than that of young ones.
AGEING: dict[str, Parameter] = {
    "age": Parameter(
        80 * year, year, 20 * year, 100 * year, "definition", "assumed", "age"
    ),
    "fold_loss": _share(
        0.3, "Gilchrist1992", "fitted", "share of the end plate's Na channels lost with the folds at 80 years",
        "fitted to the rise of the limit of jitter (EDC) by 12 % from youth to 80 years; folds are fewer (Wokke et"
        " al. 1990), by how much was not read, and that Na channels go with them is assumed",
    ),
    "fold_loss_power": Parameter(
        3.0, 1, 0.5, 6, "Gilchrist1992", "fitted", "power of age with which folds are lost",
        note="limits of jitter rise with the cube of age in four muscles (within 0.1 us)",
    ),
    "atrophy": Parameter(
        0.0, 1, 0, 0.8, "Nilwik2013", "assumed", "share of the fiber's diameter lost",
        note="fibers of type 2 lose 0.16 by 71 years (size 29 %, taken as area), those of type 1 little",
    ),
}  # fmt: skip

#: After the nerve is cut. From when terminals fail on, changes of the fiber approach what is given here.
DENERVATION: dict[str, Parameter] = {
    "failure": Parameter(
        4.5 * day, day, 0.1 * day, 30 * day, "GilliattHjorth1972", "measured", "when terminals cease to release",
        note="baboon's leg, 4-5 days; human face 6; rat's leg 10 hours",
    ),
    "depolarization": Parameter(
        10 * mV, mV, 0 * mV, 20 * mV, "BryantCamerino1976", "assumed", "depolarization at rest",
        note="goat, 38 degC, by 11.6 +- 1.5 mV from -62; rat eye muscle 10-15; 10 is the most with which this fiber"
        " still conducts",
    ),
    "resistance": Parameter(
        1.46, 1, 0.5, 5, "LorkovicTomanek1977", "measured", "membrane resistance relative to normal",
        note="rat gastrocnemius, day 14, from conductances; soleus 2.1, goat 2-3",
    ),
    "Na_loss": _share(
        0.7, "RuffSimonciniStuhmer1987", "assumed", "share of the fiber's Na channels lost",
        "slow inactivation (half at -86 mV, see the fiber) leaves 0.29 of those of -85 mV at -75 mV; the action"
        " potential rises half as fast [recalled, rat]",
    ),
    "endplate_Na_loss": _share(
        0.45, "Lupa1995", "measured", "share lost of the end plate's excess of Na channels",
        "rat and mouse, six weeks: 40-50 %; elsewhere they are not fewer",
    ),
    "inactivation_change": Parameter(
        4 * mV, mV, 0 * mV, 14 * mV, "assumed", "fitted", "shift of the fiber's inactivation to negative potentials",
        note="as little as lets it rest and still conduct; about 10 mV [recalled, rat]. A share of the fiber's own"
        " Na_inactivation_shift of 14 mV",
    ),
    "AChE_loss": _share(
        0.5, "assumed", "assumed", "share of acetylcholinesterase lost", "40-60 % after 1-2 weeks [recalled, rat]",
    ),
    "change_time": Parameter(
        3 * day, day, 0.1 * day, 60 * day, "assumed", "assumed", "time constant of these changes from the failure on",
        note="rat: within 3-7 days",
    ),
    "atrophy": _share(
        0.8, "assumed", "fitted", "share of the fiber's diameter lost in the end",
        "rat soleus after 6-10 months 0.83; with atrophy_time 0.24 two weeks after the failure, as fibers of type 2 of"
        " the diaphragm",
    ),
    "atrophy_time": Parameter(
        40 * day, day, 1 * day, 1000 * day, "assumed", "assumed", "time constant of atrophy from the failure on",
    ),
    "receptor_half_time": Parameter(
        140 * day, day, 1 * day, 1e5 * day, "Steinbach1981", "measured",
        "in which half of the junction's receptors are lost",
        note="cat",
    ),
}  # fmt: skip


def _persistence(value: float, source: str, confidence: str, note: str) -> Parameter:
    return Parameter(
        value * day, day, 0.1 * day, 1e5 * day, source, confidence,
        "time in which half of the toxin in the terminals ceases to act", note=note,
    )  # fmt: skip


_MAN = "from the muscle's response over time, as this junction answers to a loss of release"
#: Serotype -> how long the toxin acts. Types differ in it by more than a hundred times; that of G is not known.
BOTULINUM_PERSISTENCE: dict[str, Parameter] = {
    "A": _persistence(
        270, "Sloop1997", "fitted", f"man, {_MAN}: 70-80 % are blocked at week 2, of it 6 % less at week 7 and 78 %"
        " less at week 57; by another study of that muscle A had recovered at 4 months as C had, and rats and mice"
        " recover in weeks (half of release at 6: Rogozhin 2008)",
    ),
    "B": _persistence(
        37, "Sloop1997", "fitted", f"man, {_MAN}: 50-75 % are blocked at week 2, of it 66 % less at week 7, none at"
        " week 11; in another muscle it lasted as long as type A (Eleopra 2004)",
    ),
    "C": _persistence(
        60, "Eleopra2002", "fitted", f"man, {_MAN}: recovered by 4 months",
    ),
    "D": _persistence(
        5, "Pellett2015", "assumed", "human neurons: as short as E; in man a hundred times the dose of A is needed, and"
        " sweat glands were silent as long as after A",
    ),
    "E": _persistence(
        5, "Adler2001", "fitted", "rat, as this junction answers to a loss of release: tension 53 % of normal on day 7,"
        " 94 % on day 15; in man 4 weeks [recalled]",
    ),
    "F": _persistence(
        20, "Eleopra2004", "fitted", f"man, {_MAN}: most at week 2, none at week 8",
    ),
}  # fmt: skip

SLOW_CHANNEL: dict[str, Parameter] = {
    "receptor_loss": _share(
        0.45, "assumed", "assumed", "share of receptors lost",
        "crests of folds degenerate and receptors go with them; as many as keep miniature potentials from"
        " being larger than normal (recalled: near normal or reduced)",
    ),
}  # fmt: skip

_PATIENT = "assumed to act through this constant alone"

#: Mutations as factors on constants of the wild-type receptor, and on the number of receptors:
#: name -> (slow or fast, factors on constants, factor on receptors, source, confidence, note).
MUTATIONS: dict[str, tuple[str, dict[str, float], float, str, str, str]] = {
    "eL221F": ("slow", {"k_off1": 0.25, "k_off2": 0.25}, 1.0, "Hatton2003", "fitted",
        "patients; dissociation 4 times slower; smaller changes of gating were not read"),
    "bL262M": ("slow", {"alpha2": 1 / 8}, 1.0, "Gomez1996", "fitted",
        f"patients; open 8 times longer, {_PATIENT}; name of the residue recalled"),
    "dS268T": ("slow", {"beta2": 93580 / 44349, "alpha2": 369 / 1583}, 1.0,
        "ChakrapaniAuerbach2005", "fitted", "engineered, mouse, as ratios to its wild type"),
    "dS268N": ("slow", {"beta2": 138751 / 44349, "alpha2": 107 / 1583}, 1.0,
        "ChakrapaniAuerbach2005", "fitted", "engineered, mouse, as ratios to its wild type"),
    "dL265T": ("slow", {"alpha2": 88 / 1583}, 1.0,
        "ChakrapaniAuerbach2005", "fitted", "engineered, mouse, as ratios to its wild type"),
    "eR218W": ("fast", {"beta2": 1 / 338}, 0.2, "Shen2018", "fitted",
        f"patients; gating efficiency 1/338, {_PATIENT}; a fifth of the receptors"),
    "eE184K": ("fast", {"beta2": 1 / 11}, 1.0, "Shen2018", "fitted",
        f"patients; gating efficiency 1/11, {_PATIENT}"),
    "high_conductance": ("fast", {"conductance": 1.7, "alpha2": 1 / 0.7}, 1.0, "Engel1993",
        "measured", "a patient; conductance x 1.7, channels open 30 % shorter"),
}  # fmt: skip

#: Engineered mutants of the human receptor with a full set of constants (`receptors.human_mutant`).
MEASURED_MUTANTS = {
    "slow": ("aF137L", "aL210Q", "aL273F"),
    "fast": ("aF135L", "aY277L", "aI274A"),
}
