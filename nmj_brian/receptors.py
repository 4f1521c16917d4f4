"""The catalogue of acetylcholine receptors: published schemes with the facts of every constant.

``print(receptors.list())`` names them; ``print(receptors.human_adult())`` shows scheme, constants,
sources and confidence; `ChannelTheory` describes what else each can be asked (dwell times, bursts,
records of one channel). A Q10 of the catalogue is assumed wherever its constant does not say more:
2.5 for gating and dissociation, 1.4 for association.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from brian2 import Quantity, mV

from . import agonists
from .presets.receptor import (
    EDELSTEIN,
    ELENES_LINEAR,
    FROG_VOLTAGE_SENSITIVITY,
    HUMAN,
    HUMAN_COLUMNS,
    PER_SITE,
    TRUE_RATES_1,
    channel,
    closing,
    constants,
    two_sites,
)
from .rate_expression import nearest
from .receptor import Receptor
from .receptor_constants import constant
from .units import degC, pS

__all__ = [
    "CH82",
    "Edelstein1996",
    "frog_endplate",
    "human_adult",
    "human_carbachol",
    "human_choline",
    "human_desensitizing",
    "human_mutant",
    "human_two_sites",
    "list",
    "mouse_adult",
    "mouse_desensitizing",
]

_CATALOGUE: dict[str, Callable[..., Receptor]] = {}
_A = FROG_VOLTAGE_SENSITIVITY
_KD_OFF = 7.583  # 1/s, the last agonist leaving a desensitized receptor; its fit is in the tests


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


# -- worked examples ----------------------------------------------------------------------------


@_listed
def CH82() -> Receptor:
    """Colquhoun & Hawkes 1982, the worked example of single-channel theory (five states).

    Frog-like numbers chosen for teaching, without a temperature; one constant follows from
    microscopic reversibility. States in the order of the paper. The conductance is assumed.
    """
    rates = constants(
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
        **{**channel(None), "conductance": constant("conductance", 60 * pS, source="assumed")},
        **rates,
    )


@_listed
def Edelstein1996() -> Receptor:
    """Edelstein et al. 1996: four conformations with 0-2 agonists (12 states).

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
        **{**channel(None), "conductance": constant("conductance", 60 * pS, source="assumed")},
        **constants(table, source="Edelstein1996", confidence="fitted"),
    )


# -- human --------------------------------------------------------------------------------------


def _human(
    key: str, block: bool, voltage_sensitivity: Quantity, extra: str, **more: Any
) -> Receptor:
    source, label, row = HUMAN[key]
    table = dict(zip(HUMAN_COLUMNS, row, strict=True))
    if not block:
        table["k_block"] = table["k_unblock"] = None
    factor, voltage = closing(
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
    rates = constants(table, source=source, confidence="fitted", measured_at=22.0)
    more = {"name": f"human adult {key}", **more}
    note = (
        f"{label}, {'Table 1' if source == 'LeeFreeSine2009' else 'Table II'} of {source}, "
        "22 degC; Q10s assumed"
    )
    return Receptor(
        "\n".join([*lines, extra.format(closing=factor)]),
        temperature=22 * degC,
        note=note + more.pop("beside", ""),
        **channel(),
        **voltage,
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
        Whether ACh blocks the open channel (state ``A2RB``); equally at every voltage, since no
        number for its dependence was found.
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
    """Human adult receptor with an engineered mutation: slow, fast or of binding (22 degC).

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


@_listed
def human_two_sites(*, voltage_sensitivity: Quantity = _A) -> Receptor:
    """Human adult receptor with two different binding sites (seven-state diamond, 22 degC).

    "True rates 1" of Colquhoun, Hatton & Hawkes (2003), with which they simulated the channels they
    had fitted; the sites bind independently, and ACh does not block the channel.
    ``voltage_sensitivity`` as in `human_adult`, counted from -100 mV.
    """
    factor, voltage = closing(voltage_sensitivity, -100 * mV, False, "assumed for the recordings")
    return Receptor(
        two_sites("a", "b", factor),
        temperature=22 * degC,
        name="human adult, two sites",
        note="Colquhoun, Hatton & Hawkes 2003, true rates 1, 20-22 degC; Q10s assumed",
        **channel(),
        **voltage,
        **constants(
            TRUE_RATES_1,
            source="ColquhounHattonHawkes2003",
            confidence="fitted",
            measured_at=22.0,
        ),
    )


@_listed
def human_desensitizing(*, voltage_sensitivity: Quantity = _A) -> Receptor:
    """Human adult receptor (b) with the desensitized states D, AD, A2D in a cycle (22 degC).

    Entry is from the open state with two agonists, 3.5/s (Auerbach & Akk 1998, mouse adult), return
    by way of losing the agonist and recovering without it, 320 ms in all (Dilger & Liu 1992). The
    rate back to the open state is written out so that microscopic reversibility holds exactly at
    every temperature and potential.
    """
    factor = "" if float(voltage_sensitivity) == 0 else "*exp(voltage_sensitivity*(v - v_measured))"
    back = f"d_in*beta2*kd_off1*kd_off2*r_out/(alpha2{factor}*k_off1*k_off2*r_in)"
    beside = {"source": "assumed", "confidence": "assumed", "measured_at": 22.0}
    read = {"source": "AuerbachAkk1998", "confidence": "measured"}
    fit = {
        "source": "DilgerLiu1992",
        "confidence": "fitted",
        "note": "fitted to recovery in 320 ms of fetal mouse receptors; temperature not read, "
        "taken as 22 degC",
    }
    facts = [
        ({"d_in": 3.5}, {**read, "measured_at": 23.0, "note": "mouse"}),
        ({"kd_off1": _KD_OFF, "kd_off2": 2 * _KD_OFF}, fit),
        ({"r_out": 10.0}, {"note": "faster than the loss of agonist, which limits recovery"}),
        ({"r_in": 0.1}, {"note": "1 % desensitized at rest, as in Edelstein et al. 1996"}),
    ]
    extra = {}
    for table, own in facts:
        extra.update(constants(table, **{**beside, **own}))
    steps = f"""
        A2R*       <-> A2D  : d_in, {back}
        D   + ACh  <-> AD   : k_on1, kd_off1
        AD  + ACh  <-> A2D  : k_on2, kd_off2
        R          <-> D    : r_in, r_out
    """
    name = "human adult WT(b), desensitizing"
    return _human("WT(b)", True, voltage_sensitivity, steps, name=name, **extra)


# -- mouse and frog -----------------------------------------------------------------------------


def _mouse(voltage_sensitivity: Quantity, steps: str, **more: Any) -> Receptor:
    factor, voltage = closing(voltage_sensitivity, -100 * mV, False, "assumed for the recordings")
    per_site = constants(
        PER_SITE,
        source="NayakAuerbach2019",
        confidence="assumed",
        measured_at=23.0,
        note="measured on the human adult receptor",
    )
    gating = constants(
        {"beta2": 48000, "alpha2": 1700},
        source="ChakrapaniAuerbach2005",
        confidence="measured",
        measured_at=23.0,
        note="mouse adult, about 48000 and 1700",
    )
    return Receptor(
        two_sites("e", "d", factor) + steps,
        temperature=23 * degC,
        note="gating with two ACh measured in the mouse, sites in the human receptor; Q10s assumed",
        **channel(23.0),
        **voltage,
        **per_site,
        **gating,
        **more,
    )


@_listed
def mouse_adult(*, voltage_sensitivity: Quantity = _A) -> Receptor:
    """Mouse adult receptor: two sites (alpha-epsilon e, alpha-delta d), 23 degC.

    Opening and closing with two ACh are measured in the mouse (PNAS 2005, 102:87); binding and
    gating with one ACh are the per-site constants of the human receptor, hence assumed here. ACh
    does not block these channels: no constants were found.
    """
    return _mouse(voltage_sensitivity, "", name="mouse adult")


@_listed
def mouse_desensitizing(*, voltage_sensitivity: Quantity = _A) -> Receptor:
    """Mouse adult receptor with the five desensitized states of Elenes & Auerbach (2002), 23 degC.

    Their linear model, beyond the open state, of outside-out patches in 1 mM ACh; these desensitize
    faster than channels of intact cells (3.5/s, see `human_desensitizing`). Return without ACh was
    not measured; in this scheme it is through the open state.
    """
    steps = """
        A2R*       <-> A2D1 : d01, d10
        A2D1       <-> A2D2 : d12, d21
        A2D2       <-> A2D3 : d23, d32
        A2D3       <-> A2D4 : d34, d43
        A2D4       <-> A2D5 : d45, d54
    """
    chain = constants(
        ELENES_LINEAR, source="ElenesAuerbach2002", confidence="fitted", measured_at=23.0
    )
    return _mouse(voltage_sensitivity, steps, name="mouse adult, desensitizing", **chain)


@_listed
def frog_endplate(*, voltage_sensitivity: Quantity = _A) -> Receptor:
    """Frog end-plate receptor, Colquhoun & Sakmann 1985, at 11 degC (constants recalled).

    Two equal sites. The constants were recalled, not read, and are therefore marked assumed; their
    consequences agree with the abstract (short gap 20 us, 1.9 gaps per burst, opening 1.4 ms). They
    hold at -130 mV; closing depends on voltage as in Anderson & Stevens (1973), frog.
    """
    factor, voltage = closing(voltage_sensitivity, -130 * mV, True, "recalled")
    rates = constants(
        {
            "k_on": 100, "k_off": 8150, "beta1": 46.6, "alpha1": 3920, "beta2": 30600,
            "alpha2": 714,
        },
        source="ColquhounSakmann1985",
        confidence="assumed",
        measured_at=11.0,
        note="recalled, -130 mV",
    )  # fmt: skip
    conductance = constant(
        "conductance",
        32 * pS,
        source="AndersonStevens1973",
        confidence="assumed",
        q10=1.3,
        measured_at=8.0,
        note="recalled; Q10 assumed",
    )
    return Receptor(
        f"""
        R   + ACh <-> AR   : 2*k_on, k_off
        AR  + ACh <-> A2R  : k_on, 2*k_off
        AR        <-> AR*  : beta1, alpha1{factor}
        A2R       <-> A2R* : beta2, alpha2{factor}
        """,
        temperature=11 * degC,
        name="frog end plate",
        note="Colquhoun & Sakmann 1985, -130 mV, 11 degC, recalled; Q10s assumed; without block",
        **{**channel(), "conductance": conductance},
        **voltage,
        **rates,
    )


# -- other agonists -----------------------------------------------------------------------------

human_carbachol = _listed(agonists.human_carbachol)
human_choline = _listed(agonists.human_choline)
