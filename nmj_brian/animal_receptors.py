"""Acetylcholine receptors of the mouse and the frog; `nmj_brian.receptors` lists them."""

from __future__ import annotations

from typing import Any

from brian2 import Quantity, mV

from .presets.receptor import (
    ELENES_LINEAR,
    FETAL_CYCLE,
    FETAL_SITES,
    FETAL_THETA,
    FROG_VOLTAGE_SENSITIVITY,
    PER_SITE,
    channel,
    closing,
    constants,
    fetal_conductance,
    frog_conductance,
    two_sites,
)
from .receptor import Receptor
from .receptor_constants import constant
from .units import degC

__all__ = ["frog_endplate", "mouse_adult", "mouse_desensitizing", "mouse_fetal"]

_A = FROG_VOLTAGE_SENSITIVITY


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


def mouse_adult(*, voltage_sensitivity: Quantity = _A) -> Receptor:
    """Mouse adult receptor: two sites (alpha-epsilon e, alpha-delta d), 23 degC.

    Opening and closing with two ACh are measured in the mouse (Chakrapani & Auerbach 2005); binding
    and gating with one ACh are the per-site constants of the human receptor (Nayak et al. 2019,
    Table 1), hence assumed here. ACh does not block these channels: no constants were found.

    Parameters
    ----------
    voltage_sensitivity : Quantity, optional
        By how much closing quickens per voltage, from -100 mV on; the frog's is assumed.

    Returns
    -------
    Receptor
        States ``R``, ``AeR``, ``AdR``, ``A2R`` (ACh on site e, d, both), all but ``R`` also open.

    Raises
    ------
    DimensionMismatchError, TypeError, ValueError
        If ``voltage_sensitivity`` is not one finite quantity per voltage, at most 1/mV either way.
    """
    return _mouse(voltage_sensitivity, "", name="mouse adult")


def mouse_desensitizing(*, voltage_sensitivity: Quantity = _A) -> Receptor:
    """Mouse adult receptor with the five desensitized states of Elenes & Auerbach (2002), 23 degC.

    Their linear model (Table 4), beyond the open state, of outside-out patches in 1 mM ACh; these
    desensitize faster than channels of intact cells (3.5/s, see `human_desensitizing`). Return
    without ACh was not measured; in this scheme it is through the open state. All else as in
    `mouse_adult`.

    Parameters
    ----------
    voltage_sensitivity : Quantity, optional
        By how much closing quickens per voltage, from -100 mV on; the frog's is assumed.

    Returns
    -------
    Receptor
        States of `mouse_adult`, and ``A2D1`` to ``A2D5``, ever slower to leave.

    Raises
    ------
    DimensionMismatchError, TypeError, ValueError
        If ``voltage_sensitivity`` is not one finite quantity per voltage, at most 1/mV either way.
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


def mouse_fetal(*, voltage_sensitivity: Quantity = _A) -> Receptor:
    """Mouse fetal receptor of pulled-off patches, which desensitizes within 50 ms (22 degC).

    Desensitized states lie in a cycle with the resting ones. Entry, loss of ACh from them and their
    share at rest are fitted to the abstract of Dilger & Liu (1992): decay in 50 ms at 5 mM, at most
    0.02 of the peak left, recovery in 320 ms. Slow decay and large steady currents at low
    concentrations follow. Opening: Dilger & Brett (1990), 11 degC; opening over closing rate:
    Auerbach & Akk (1998); sites: human (Nayak et al. 2019, Table 1), hence assumed here; ACh binds to
    the alpha-gamma site first, which it does eight times faster. Receptors of intact cells
    desensitize a few times slower (4.6/s, Auerbach & Akk 1998).

    Parameters
    ----------
    voltage_sensitivity : Quantity, optional
        By how much closing quickens per voltage, from -100 mV on; the frog's is assumed.

    Returns
    -------
    Receptor
        States ``R``, ``AR``, ``A2R``, ``AR*``, ``A2R*`` and, desensitized, ``D``, ``AD``, ``A2D``.

    Raises
    ------
    DimensionMismatchError, TypeError, ValueError
        If ``voltage_sensitivity`` is not one finite quantity per voltage, at most 1/mV either way.
    """
    factor, voltage = closing(voltage_sensitivity, -100 * mV, False, "assumed for the recordings")
    sites = constants(
        FETAL_SITES,
        source="NayakAuerbach2019",
        confidence="assumed",
        measured_at=23.0,
        note="measured on human receptors",
    )
    opening = constants(
        {"beta2": 15000},
        source="DilgerBrett1990",
        confidence="measured",
        measured_at=11.0,
        note="BC3H-1 cells, -50 mV",
    )
    theta = constant(
        "theta",
        FETAL_THETA,
        meaning="opening over closing rate with two ACh",
        source="AuerbachAkk1998",
        confidence="measured",
        note="mouse fetal, -100 mV; taken as equal at every temperature",
    )
    cycle = constants(
        FETAL_CYCLE,
        source="DilgerLiu1992",
        confidence="fitted",
        measured_at=22.0,
        note="fitted to onset and recovery in patches; temperature not read, taken as 22 degC",
    )
    r_out = constants(
        {"r_out": 10.0},
        source="assumed",
        confidence="assumed",
        measured_at=22.0,
        note="faster than the loss of agonist, which limits recovery",
    )
    # the way back to the open state follows from microscopic reversibility
    back = f"d_in*theta*kd_off*kd_off*r_out/(k_off_g*k_off_d*r_in{factor})"
    return Receptor(
        f"""
        R   + ACh  <-> AR   : k_on_g, k_off_g
        AR  + ACh  <-> A2R  : k_on_d, k_off_d
        AR         <-> AR*  : beta1, alpha1{factor}
        A2R        <-> A2R* : beta2, beta2/theta{factor}
        A2R*       <-> A2D  : d_in, {back}
        D   + ACh  <-> AD   : k_on_g, kd_off
        AD  + ACh  <-> A2D  : k_on_d, kd_off
        R          <-> D    : r_in, r_out
        """,
        temperature=22 * degC,
        name="mouse fetal",
        note="desensitization fitted to outside-out patches (Dilger & Liu 1992); Q10s assumed",
        **{**channel(), "conductance": fetal_conductance()},
        **voltage,
        **sites,
        **opening,
        theta=theta,
        **cycle,
        **r_out,
    )


def frog_endplate(*, voltage_sensitivity: Quantity = _A) -> Receptor:
    """Frog end-plate receptor, Colquhoun & Sakmann 1985, at 11 degC (constants recalled).

    Two equal sites. The constants were recalled, not read, and are therefore marked assumed; their
    consequences agree with the abstract (short gap 20 us, 1.9 gaps per burst, opening 1.4 ms). They
    hold at -130 mV; closing depends on voltage as in Anderson & Stevens (1973), frog. Block of
    the open channel by ACh is left out.

    Parameters
    ----------
    voltage_sensitivity : Quantity, optional
        By how much closing quickens per voltage, from -130 mV on; measured at 8 degC.

    Returns
    -------
    Receptor
        States ``R``, ``AR``, ``A2R``, ``AR*``, ``A2R*``; 11 degC.

    Raises
    ------
    DimensionMismatchError, TypeError, ValueError
        If ``voltage_sensitivity`` is not one finite quantity per voltage, at most 1/mV either way.
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
        **{**channel(), "conductance": frog_conductance()},
        **voltage,
        **rates,
    )
