"""Acetylcholine receptors of the adult human end plate; `nmj_brian.receptors` lists them.

Recorded at about 22 degC: wild types, engineered mutants, two different sites, desensitization.
"""

from __future__ import annotations

from typing import Any

from brian2 import Quantity, mV

from .presets.receptor import (
    FROG_VOLTAGE_SENSITIVITY,
    HUMAN,
    HUMAN_COLUMNS,
    TRUE_RATES_1,
    channel,
    closing,
    constants,
    two_sites,
)
from .rate_expression import nearest
from .receptor import Receptor
from .units import degC

__all__ = ["human_adult", "human_desensitizing", "human_mutant", "human_two_sites"]

_A = FROG_VOLTAGE_SENSITIVITY
_KD_OFF = 7.583  # 1/s, the last agonist leaving a desensitized receptor; its fit is in the tests


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


def human_adult(
    variant: str = "b", *, block: bool = True, voltage_sensitivity: Quantity = _A
) -> Receptor:
    """Human adult receptor, wild type, with block of the open channel by ACh (22 degC).

    Parameters
    ----------
    variant : {'a', 'b'}, optional
        Lee, Free & Sine (2009) Table 1, or Lee & Sine (2004) Table II (the preset of the junction).
    block : bool, optional
        Whether ACh blocks the open channel (state ``A2RB``); equally at every voltage, since no
        number for its dependence was found.
    voltage_sensitivity : Quantity, optional
        By how much closing quickens with depolarization, e-fold per voltage. No human number was
        found; closing of every muscle receptor depends on voltage, so the frog's (Anderson &
        Stevens 1973) is assumed rather than none. It counts from the -70 mV of the recordings: at
        -80 mV channels stay open 6 % longer than the table's. ``0/mV`` takes it away.

    Returns
    -------
    Receptor
        States ``R``, ``AR``, ``A2R``, ``AR*``, ``A2R*`` and, with block, ``A2RB``; 22 degC.

    Raises
    ------
    ValueError
        For another variant.
    DimensionMismatchError, TypeError, ValueError
        If ``voltage_sensitivity`` is not one finite quantity per voltage, at most 1/mV either way.
    """
    if variant not in ("a", "b"):
        raise ValueError(f"There are the wild types 'a' and 'b' of human_adult, got {variant!r}.")
    return _human(f"WT({variant})", block, voltage_sensitivity, "")


def human_mutant(
    name: str = "aL273F", *, block: bool = True, voltage_sensitivity: Quantity = _A
) -> Receptor:
    """Human adult receptor with an engineered mutation: slow, fast or of binding (22 degC).

    Source: Lee, Free & Sine (2009) Table 1 (slow and fast), Lee & Sine (2004) Table II (binding).

    Parameters
    ----------
    name : str, optional
        ``'aF135L'``, ``'aY277L'``, ``'aI274A'`` (fast), ``'aF137L'``, ``'aL210Q'``, ``'aL273F'``
        (slow), ``'aD89N'``, ``'aT150A'``, ``'aT150D'``. Not mutations of patients.
    block : bool, optional
        Whether ACh blocks the open channel (state ``A2RB``), see `human_adult`.
    voltage_sensitivity : Quantity, optional
        By how much closing quickens per voltage, from -70 mV on, see `human_adult`.

    Returns
    -------
    Receptor
        States as of `human_adult`; no ``AR*`` where no opening with one ACh was resolved.

    Raises
    ------
    ValueError
        For an unknown mutant (the nearest names are suggested).
    DimensionMismatchError, TypeError, ValueError
        If ``voltage_sensitivity`` is not one finite quantity per voltage, at most 1/mV either way.
    """
    mutants = [key for key in HUMAN if not key.startswith("WT")]
    if name not in mutants:
        hint = nearest(str(name), mutants)
        raise ValueError(f"Unknown mutant {name!r}{hint}; there are {', '.join(mutants)}.")
    return _human(name, block, voltage_sensitivity, "")


def human_two_sites(*, voltage_sensitivity: Quantity = _A) -> Receptor:
    """Human adult receptor with two different binding sites (seven-state diamond, 22 degC).

    "True rates 1" of Colquhoun, Hatton & Hawkes (2003), with which they simulated the channels they
    had fitted, recorded at 20-22 degC; the sites bind independently, and ACh does not block the
    channel.

    Parameters
    ----------
    voltage_sensitivity : Quantity, optional
        By how much closing quickens per voltage, from -100 mV on, see `human_adult`.

    Returns
    -------
    Receptor
        States ``R``, ``AaR``, ``AbR``, ``A2R`` (ACh on site a, b, both), all but ``R`` also open.

    Raises
    ------
    DimensionMismatchError, TypeError, ValueError
        If ``voltage_sensitivity`` is not one finite quantity per voltage, at most 1/mV either way.
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


def human_desensitizing(*, voltage_sensitivity: Quantity = _A) -> Receptor:
    """Human adult receptor (b) with the desensitized states D, AD, A2D in a cycle (22 degC).

    Entry is from the open state with two agonists, 3.5/s (Auerbach & Akk 1998, mouse adult), return
    by way of losing the agonist and recovering without it, 320 ms in all (Dilger & Liu 1992). The
    rate back to the open state is written out so that microscopic reversibility holds exactly at
    every temperature and potential. Return from D to R (10/s) and 1 % desensitized at rest are
    assumed.

    Parameters
    ----------
    voltage_sensitivity : Quantity, optional
        By how much closing quickens per voltage, from -70 mV on, see `human_adult`.

    Returns
    -------
    Receptor
        States of `human_adult` with block, and ``D``, ``AD``, ``A2D``.

    Raises
    ------
    DimensionMismatchError, TypeError, ValueError
        If ``voltage_sensitivity`` is not one finite quantity per voltage, at most 1/mV either way.
    """
    factor, _ = closing(voltage_sensitivity, -70 * mV, False, "")
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
