"""Published rate constants of acetylcholine receptors; `nmj_brian.receptors` builds on them.

Association constants of the tables are in 1/(uM s), all others in 1/s, as printed in the papers.
"""

from __future__ import annotations

from typing import Any

from brian2 import Quantity, molar, mV, second

from ..parameters import Parameter
from ..receptor_constants import constant, one_si
from ..units import pS

__all__ = [
    "EDELSTEIN",
    "ELENES_LINEAR",
    "EPSILON_SITE",
    "FETAL_CYCLE",
    "FETAL_SITES",
    "FETAL_THETA",
    "FROG_VOLTAGE_SENSITIVITY",
    "HUMAN",
    "HUMAN_COLUMNS",
    "PER_SITE",
    "TRUE_RATES_1",
    "UNLIGANDED_GATING",
    "channel",
    "closing",
    "constants",
    "fetal_conductance",
    "two_sites",
]

#: Anderson & Stevens (1973), frog, 8 degC: closing is e-fold faster per 172 mV of depolarization.
FROG_VOLTAGE_SENSITIVITY = 0.0058 / mV
_Q10 = {"binding": 1.4, "gating": 2.5}  # assumed

#: Columns of the human table: scheme R - AR - A2R, no statistical factor to add.
HUMAN_COLUMNS = (
    "k_on1", "k_off1", "k_on2", "k_off2", "beta1", "alpha1", "beta2", "alpha2", "k_block",
    "k_unblock",
)  # fmt: skip

#: Human adult receptor, wild types and engineered mutants: name -> (source, label, constants).
#: Lee, Free & Sine (2009) Table 1 and Lee & Sine (2004) Table II, about 22 degC.
#: None where no opening with one agonist molecule was resolved.
HUMAN: dict[str, tuple[str, str, tuple[float | None, ...]]] = {
    "WT(a)": (
        "LeeFreeSine2009", "wild type",
        (271, 7190, 192, 19300, 67, 2190, 43700, 1650, 26, 113000),
    ),
    "WT(b)": (
        "LeeSine2004", "wild type",
        (126, 4500, 182, 14000, 262, 2310, 44600, 1670, 24, 110000),
    ),
    "aF135L": (
        "LeeFreeSine2009", "fast",
        (146, 3760, 254, 26600, None, None, 5980, 6230, 20, 97700),
    ),
    "aY277L": (
        "LeeFreeSine2009", "fast",
        (230, 13300, 440, 26600, None, None, 18100, 4800, 22, 82000),
    ),
    "aI274A": (
        "LeeFreeSine2009", "fast",
        (50, 331, 44, 15800, None, None, 852, 2150, 24, 124000),
    ),
    "aF137L": (
        "LeeFreeSine2009", "slow",
        (185, 1780, 225, 11100, None, None, 85600, 2140, 23, 102000),
    ),
    "aL210Q": (
        "LeeFreeSine2009", "slow",
        (19, 31, 93, 5180, None, None, 75600, 920, 25, 119000),
    ),
    "aL273F": (
        "LeeFreeSine2009", "slow",
        (63, 1080, 160, 5680, 399, 38300, 81400, 739, 22, 134000),
    ),
    "aD89N": (
        "LeeSine2004", "binding mutant",
        (3, 1380, 37, 51800, 2070, 3200, 40000, 2500, 20, 97400),
    ),
    "aT150A": (
        "LeeSine2004", "binding mutant",
        (334, 8480, 118, 26100, 287, 2220, 58000, 2010, 20, 103000),
    ),
    "aT150D": (
        "LeeSine2004", "binding mutant",
        (50, 19500, 89, 31500, 232, 6870, 13900, 1730, 21, 122000),
    ),
}  # fmt: skip

#: Colquhoun, Hatton & Hawkes (2003), two different sites, "true rates 1".
TRUE_RATES_1 = {
    "k_on_a": 200, "k_off_a": 1500, "k_on_b": 400, "k_off_b": 10000,
    "beta1a": 50, "alpha1a": 6000, "beta1b": 150, "alpha1b": 50000,
    "beta2": 52000, "alpha2": 2000,
}  # fmt: skip

#: Binding and monoliganded gating of the alpha-epsilon (e) and alpha-delta (d) site, for ACh:
#: J Gen Physiol (2019), PMC6445574, Table 1.
PER_SITE = {
    "k_on_e": 52, "k_off_e": 3662, "k_on_d": 36, "k_off_d": 4631,
    "beta1e": 55.8, "alpha1e": 6771, "beta1d": 24.3, "alpha1d": 5292,
}  # fmt: skip

#: The alpha-epsilon site with other agonists: same table. Opening and closing with one agonist.
EPSILON_SITE = {
    "carbachol": {"k_on": 17, "k_off": 2236, "beta1": 32.0, "alpha1": 7884},
    "choline": {"k_on": 2.04, "k_off": 5884, "beta1": 2.12, "alpha1": 12325},
}

#: The sites of the fetal receptor, alpha-gamma (g) and alpha-delta (d), for ACh: same table.
#: Opening and closing with one ACh, on alpha-gamma.
FETAL_SITES = {
    "k_on_g": 290, "k_off_g": 4020, "k_on_d": 36, "k_off_d": 4631, "beta1": 377, "alpha1": 6658,
}  # fmt: skip

#: Opening over closing rate of the fetal receptor with two agonists: Auerbach & Akk (1998).
FETAL_THETA = 240.0

#: Desensitization of fetal receptors in patches; its fit is in the tests. Entry from the open state,
#: loss of one ACh, entry without ACh (1/s).
FETAL_CYCLE = {"d_in": 20.0, "kd_off": 9.7, "r_in": 0.9}

#: Opening without agonist, adult: equilibrium constant, same paper.
UNLIGANDED_GATING = 6.6e-7

#: Elenes & Auerbach (2002) Table 4, linear model: entry and return along a chain of five
#: desensitized states beyond the open one (state 0), outside-out patches, 1 mM ACh, per channel.
ELENES_LINEAR = {
    "d01": 120, "d10": 448, "d12": 934, "d21": 256, "d23": 135, "d32": 51,
    "d34": 20, "d43": 6.7, "d45": 1.5, "d54": 0.0037,
}  # fmt: skip

#: Edelstein et al. (1996): each of four conformations binds two molecules; rows are one line of
#: the scheme each: left, right, forward, backward (binding in 1/(uM s)).
EDELSTEIN: tuple[tuple[str, str, float, float], ...] = (
    ("B + ACh", "BL", 300, 8000),
    ("BL + ACh", "BLL", 150, 16000),
    ("A* + ACh", "AL*", 300, 8.64),
    ("AL* + ACh", "ALL*", 150, 17.28),
    ("I + ACh", "IL", 300, 4),
    ("IL + ACh", "ILL", 150, 8),
    ("D + ACh", "DL", 300, 4),
    ("DL + ACh", "DLL", 150, 8),
    ("B", "A*", 0.54, 10800),
    ("BL", "AL*", 130, 2740),
    ("BLL", "ALL*", 30000, 700),
    ("A*", "I", 19.7, 3.74),
    ("AL*", "IL", 19.85, 1.74),
    ("ALL*", "ILL", 20, 0.81),
    ("I", "D", 0.05, 0.0012),
    ("IL", "DL", 0.05, 0.0012),
    ("ILL", "DLL", 0.05, 0.0012),
)


def constants(table: dict[str, float | None], **facts: Any) -> dict[str, Parameter]:
    """Constants of a table: names with ``_on`` or ``k_block`` are in 1/(uM s), others in 1/s."""
    result = {}
    for name, number in table.items():
        if number is None:
            continue
        binding = "_on" in name or name == "k_block"
        value = number * 1e6 / molar / second if binding else number / second
        q10 = _Q10["binding" if binding else "gating"] if "measured_at" in facts else 1.0
        result[name] = constant(name, value, q10=q10, **facts)
    return result


def channel(measured_at: float | None = 22.0) -> dict[str, Parameter]:
    """Conductance and reversal potential of the adult mammalian channel."""
    moves = {} if measured_at is None else {"q10": 1.3, "measured_at": measured_at}
    return {
        "conductance": constant(
            "conductance",
            60 * pS,
            source="Mishina1986",
            confidence="assumed",
            note="adult 59-64 pS [recalled]; Q10 assumed (89 pS at 37 degC)",
            **moves,
        ),
        "reversal": constant(
            "reversal",
            -3 * mV,
            source="GageVanHelden1979",
            confidence="measured",
            note="toad, 20 degC, -3.2 mV",
        ),
    }


def frog_conductance() -> Parameter:
    """Conductance of the frog's channel."""
    return constant(
        "conductance",
        32 * pS,
        source="AndersonStevens1973",
        confidence="assumed",
        q10=1.3,
        measured_at=8.0,
        note="recalled; Q10 assumed",
    )


def fetal_conductance() -> Parameter:
    """Conductance of the fetal mammalian channel."""
    return constant(
        "conductance",
        42 * pS,
        source="Mishina1986",
        confidence="assumed",
        q10=1.3,
        measured_at=22.0,
        note="fetal 39-44 pS [recalled]; Q10 assumed",
    )


def closing(
    sensitivity: Quantity, measured_at: Quantity, measured: bool, where: str
) -> tuple[str, dict[str, Parameter]]:
    """Factor of a closing rate with the potential, and its two constants.

    Depolarization closes channels sooner: ``alpha(v) = alpha exp(A (v - v_measured))``. A factor of
    one, if the sensitivity is zero, keeps the receptor free of ``v``.
    """
    what = "voltage_sensitivity is per voltage, such as 0.0058/mV"
    if one_si(sensitivity, 1 / mV, what) == 0:
        return "", {}
    own = float(sensitivity * mV) == float(FROG_VOLTAGE_SENSITIVITY * mV)
    constants = {
        "voltage_sensitivity": constant(
            "voltage_sensitivity",
            sensitivity,
            meaning="e-fold change of the closing rates per voltage",
            source="AndersonStevens1973" if own else "user",
            confidence="measured" if own and measured else "assumed",
            note="frog, 8 degC: 0.0058 +- 0.0009 per mV" if own else "",
        ),
        "v_measured": constant(
            "v_measured",
            measured_at,
            meaning="potential at which the closing rates were measured",
            source="assumed",
            confidence="assumed",
            note=where,
        ),
    }
    return "*exp(voltage_sensitivity*(v - v_measured))", constants


def two_sites(a: str, b: str, factor: str) -> str:
    """Scheme of two different, independent sites; either may open the channel alone."""
    return f"""
        R    + ACh <-> A{a}R  : k_on_{a}, k_off_{a}
        R    + ACh <-> A{b}R  : k_on_{b}, k_off_{b}
        A{a}R  + ACh <-> A2R  : k_on_{b}, k_off_{b}
        A{b}R  + ACh <-> A2R  : k_on_{a}, k_off_{a}
        A{a}R        <-> A{a}R* : beta1{a}, alpha1{a}{factor}
        A{b}R        <-> A{b}R* : beta1{b}, alpha1{b}{factor}
        A2R        <-> A2R* : beta2, alpha2{factor}
    """
