"""The catalogue of acetylcholine receptors: published schemes with the facts of every constant.

``print(receptors.list())`` names them; ``print(receptors.human_adult())`` shows scheme, constants,
sources and confidence. A Q10 of the catalogue is assumed wherever its constant does not say more:
2.5 for gating and dissociation, 1.4 for association.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from brian2 import Quantity, molar, mV, second

from .parameters import Parameter
from .presets.receptor import (
    EDELSTEIN,
    ELENES_LINEAR,
    HUMAN,
    HUMAN_COLUMNS,
    PER_SITE,
    TRUE_RATES_1,
)
from .rate_expression import nearest
from .receptor import Receptor
from .receptor_constants import constant, one_si
from .units import degC, pS

__all__ = [
    "CH82",
    "Edelstein1996",
    "frog_endplate",
    "human_adult",
    "human_desensitizing",
    "human_mutant",
    "human_two_sites",
    "list",
    "mouse_adult",
    "mouse_desensitizing",
]

_CATALOGUE: dict[str, Callable[..., Receptor]] = {}
_Q10 = {"binding": 1.4, "gating": 2.5}
_A = 0.0058 / mV  # Anderson & Stevens (1973): e-fold slower closing per 172 mV


class Catalogue(dict):
    """Names of the receptors, each with one line on what it is; prints as a table."""

    def __str__(self) -> str:
        width = max(map(len, self))
        return "\n".join(f"{name.ljust(width)}  {what}" for name, what in self.items())

    __repr__ = __str__


def _listed(function: Callable[..., Receptor]) -> Callable[..., Receptor]:
    """Enter a receptor into the catalogue."""
    _CATALOGUE[function.__name__] = function
    return function


def list() -> Catalogue:
    """Receptors of the catalogue, name -> what it is."""
    return Catalogue((n, (f.__doc__ or "").splitlines()[0]) for n, f in _CATALOGUE.items())


# -- pieces that several receptors share --------------------------------------------------------


def _constants(table: dict[str, float | None], **facts: Any) -> dict[str, Parameter]:
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


def _channel(measured_at: float | None = 22.0) -> dict[str, Parameter]:
    """Conductance and reversal potential of the adult mammalian channel."""
    moves = {} if measured_at is None else {"q10": 1.3, "measured_at": measured_at}
    return {
        "conductance": constant(
            "conductance",
            60 * pS,
            source="Mishina1986",
            confidence="measured",
            note="adult 59-64 pS; Q10 assumed (89 pS at 37 degC)",
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


def _closing(
    sensitivity: Quantity, measured_at: Quantity, measured: bool, where: str
) -> tuple[str, dict[str, Parameter]]:
    """Factor of a closing rate with the potential, and its two constants.

    Depolarization closes channels sooner: ``alpha(v) = alpha exp(A (v - v_measured))``. A factor of
    one, if the sensitivity is zero, keeps the receptor free of ``v``.
    """
    what = "voltage_sensitivity is per voltage, such as 0.0058/mV"
    if one_si(sensitivity, 1 / mV, what) == 0:
        return "", {}
    own = float(sensitivity * mV) == float(_A * mV)
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


# -- worked examples ----------------------------------------------------------------------------


@_listed
def CH82() -> Receptor:
    """Colquhoun & Hawkes 1982, the worked example of single-channel theory (five states).

    Frog-like numbers chosen for teaching, without a temperature; one constant follows from
    microscopic reversibility. States in the order of the paper. The conductance is assumed.
    """
    rates = _constants(
        {
            "beta1": 15, "alpha1": 3000, "beta2": 15000, "alpha2": 500, "k_off1": 2000,
            "k_off2": 2000, "k_on1": 50, "k_on2": 500, "k_on2_open": 500, "k_off2_open": 1 / 3,
        },
        source="ColquhounHawkes1982",
        confidence="assumed",
        note="teaching example",
    )  # fmt: skip
    return Receptor(
        """
        AR*        <-> AR        : alpha1, beta1
        AR* + ACh  <-> A2R*      : k_on2_open, 2*k_off2_open
        A2R*       <-> A2R       : alpha2, beta2
        A2R        <-> AR + ACh  : 2*k_off2, k_on2
        AR         <-> R + ACh   : k_off1, 2*k_on1
        """,
        name="CH82",
        note="Colquhoun & Hawkes 1982; worked example, no temperature, conductance assumed",
        **{**_channel(None), "conductance": constant("conductance", 60 * pS, source="assumed")},
        **rates,
    )


@_listed
def Edelstein1996() -> Receptor:
    """Edelstein et al. 1996, allosteric receptor: four conformations with 0-2 agonists (12 states).

    Basal B, active A (open), fast desensitized I and slow desensitized D; BioModels 1 and 2. The
    published rounding breaks microscopic reversibility by up to 2.5 %. No temperature is given.
    """
    lines, table = [], {}
    for left, right, forward, backward in EDELSTEIN:
        a, b = (side.split(" ")[0].rstrip("*") for side in (left, right))
        names = (
            f"{a}_on" if "+" in left else f"{a}_{b}",
            f"{b}_off" if "+" in left else f"{b}_{a}",
        )
        lines.append(f"{left} <-> {right} : {names[0]}, {names[1]}")
        table.update(dict(zip(names, (forward, backward), strict=True)))
    return Receptor(
        "\n".join(lines),
        name="Edelstein1996",
        desensitized=("I", "IL", "ILL", "D", "DL", "DLL"),
        note="Edelstein et al. 1996 (BioModels 1, 2); no temperature, conductance assumed",
        **{**_channel(None), "conductance": constant("conductance", 60 * pS, source="assumed")},
        **_constants(table, source="Edelstein1996", confidence="fitted"),
    )


# -- human --------------------------------------------------------------------------------------


def _human(
    key: str, block: bool, voltage_sensitivity: Quantity, extra: str, **more: Any
) -> Receptor:
    source, label, row = HUMAN[key]
    table = dict(zip(HUMAN_COLUMNS, row, strict=True))
    if not block:
        table["k_block"] = table["k_unblock"] = None
    factor, constants = _closing(
        voltage_sensitivity, -70 * mV, False, "holding potential of the recordings, recalled"
    )
    lines = [
        "R   + ACh  <-> AR   : k_on1, k_off1",
        "AR  + ACh  <-> A2R  : k_on2, k_off2",
        f"A2R        <-> A2R* : beta2, alpha2{factor}",
    ]
    if table["beta1"] is not None:
        lines.insert(2, f"AR         <-> AR*  : beta1, alpha1{factor}")
    if block:
        lines.append("A2R* + ACh <-> A2RB : k_block, k_unblock")
    rates = _constants(table, source=source, confidence="fitted", measured_at=22.0)
    more = {"name": f"human adult {key}", **more}
    note = (
        f"{label}, {'Table 1' if source == 'LeeFreeSine2009' else 'Table II'} of {source}, "
        "22 degC; Q10s assumed"
    )
    return Receptor(
        "\n".join([*lines, extra.format(closing=factor)]),
        temperature=22 * degC,
        note=note + more.pop("beside", ""),
        **_channel(),
        **constants,
        **rates,
        **more,
    )


@_listed
def human_adult(
    variant: str = "b", *, block: bool = True, voltage_sensitivity: Quantity = _A
) -> Receptor:
    """Human adult receptor, wild type, with block of the open channel by ACh (22 degC).

    Parameters
    ----------
    variant : {'a', 'b'}
        Lee, Free & Sine (2009) Table 1, or Lee & Sine (2004) Table II (the preset of the junction).
    block : bool
        Whether ACh blocks the open channel (state ``A2RB``).
    voltage_sensitivity : Quantity
        By how much closing quickens per voltage. No human number was found; closing of every muscle
        receptor depends on voltage, so the frog's is assumed rather than none. It counts from the
        -70 mV of the recordings: at -80 mV channels stay open 6 % longer than the table's.
        ``0/mV`` takes it away.
    """
    if variant not in ("a", "b"):
        raise ValueError(f"There are the wild types 'a' and 'b' of human_adult, got {variant!r}.")
    return _human(f"WT({variant})", block, voltage_sensitivity, "")


@_listed
def human_mutant(
    name: str = "aL273F", *, block: bool = True, voltage_sensitivity: Quantity = _A
) -> Receptor:
    """Human adult receptor with an engineered mutation: slow, fast or of the binding site (22 degC).

    Parameters
    ----------
    name : str
        ``'aF135L'``, ``'aY277L'``, ``'aI274A'`` (fast), ``'aF137L'``, ``'aL210Q'``, ``'aL273F'``
        (slow), ``'aD89N'``, ``'aT150A'``, ``'aT150D'``. Not mutations of patients.
    block, voltage_sensitivity
        See `human_adult`.
    """
    mutants = [key for key in HUMAN if not key.startswith("WT")]
    if name not in mutants:
        hint = nearest(str(name), mutants)
        raise ValueError(f"Unknown mutant {name!r}{hint}; there are {', '.join(mutants)}.")
    return _human(name, block, voltage_sensitivity, "")
