"""Agonists other than acetylcholine, at human and frog receptors; `nmj_brian.receptors` lists them."""

from __future__ import annotations

from brian2 import Quantity, mV

from .presets.drugs import SUCCINYLCHOLINE
from .presets.receptor import (
    EPSILON_SITE,
    FROG_VOLTAGE_SENSITIVITY,
    UNLIGANDED_GATING,
    channel,
    closing,
    constants,
    frog_conductance,
)
from .receptor import Receptor
from .units import degC, uM

__all__ = ["frog_succinylcholine", "human_carbachol", "human_choline"]

_ALPHA2 = 1700.0  # 1/s


def _human(agonist: str, voltage_sensitivity: Quantity) -> Receptor:
    """Two equal sites with the constants of the alpha-epsilon one, and what follows from them."""
    factor, voltage = closing(voltage_sensitivity, -100 * mV, False, "assumed for the recordings")
    site = EPSILON_SITE[agonist]
    rates = constants(
        site,
        source="NayakAuerbach2019",
        confidence="measured",
        measured_at=23.0,
        note="alpha-epsilon site; the alpha-delta site is assumed to be equal",
    )
    both = (site["beta1"] / site["alpha1"]) ** 2 / UNLIGANDED_GATING
    gating = constants(
        {"beta2": both * _ALPHA2, "alpha2": _ALPHA2},
        source="computed",
        confidence="assumed",
        measured_at=23.0,
        note=f"gating with two agonists {both:.3g} = E1^2/E0 (allosteric), E0 = 6.6e-7;"
        " closing as of mouse channels opened by ACh",
    )
    return Receptor(
        f"""
        R   + {agonist} <-> AR   : 2*k_on, k_off
        AR  + {agonist} <-> A2R  : k_on, 2*k_off
        AR        <-> AR*  : beta1, alpha1{factor}
        A2R       <-> A2R* : beta2, alpha2{factor}
        """,
        agonist=agonist,
        temperature=23 * degC,
        name=f"human adult, {agonist}",
        note="one site measured, the rest follows from allostery; no block; Q10s assumed",
        **channel(23.0),
        **voltage,
        **rates,
        **gating,
    )


def human_carbachol(*, voltage_sensitivity: Quantity = FROG_VOLTAGE_SENSITIVITY) -> Receptor:
    """Human adult receptor with carbachol instead of ACh (23 degC): a full agonist.

    AChE does not split carbachol: in a `Quantum` set ``AChE_density=0/um**2``. Only the
    alpha-epsilon site was measured; the other is assumed to be equal, and gating with two agonists
    follows from gating with one and with none. Its rates give a Kd of 132 uM, the same table says
    182 uM. Source: Nayak et al. (2019), J Gen Physiol 151:465-477, Table 1.

    Parameters
    ----------
    voltage_sensitivity : Quantity, optional
        By how much closing quickens per voltage, from -100 mV on, see `receptors.human_adult`.

    Returns
    -------
    Receptor
        Asked with ``carbachol=...``; states ``R``, ``AR``, ``A2R``, ``AR*``, ``A2R*``; no block.

    Raises
    ------
    DimensionMismatchError, TypeError, ValueError
        If ``voltage_sensitivity`` is not one finite quantity per voltage, at most 1/mV either way.
    """
    return _human("carbachol", voltage_sensitivity)


def human_choline(*, voltage_sensitivity: Quantity = FROG_VOLTAGE_SENSITIVITY) -> Receptor:
    """Human adult receptor with choline instead of ACh (23 degC): a weak partial agonist.

    Assumptions as in `human_carbachol`; block of the open channel by choline, strong at the
    millimolar concentrations that it needs, is left out: no constants were found. Source: Nayak et
    al. (2019), J Gen Physiol 151:465-477, Table 1.

    Parameters
    ----------
    voltage_sensitivity : Quantity, optional
        By how much closing quickens per voltage, from -100 mV on, see `receptors.human_adult`.

    Returns
    -------
    Receptor
        Asked with ``choline=...``; states ``R``, ``AR``, ``A2R``, ``AR*``, ``A2R*``.

    Raises
    ------
    DimensionMismatchError, TypeError, ValueError
        If ``voltage_sensitivity`` is not one finite quantity per voltage, at most 1/mV either way.
    """
    return _human("choline", voltage_sensitivity)


#: Frog receptor with ACh, 12 degC, -120 mV: dissociation constant of a site, opening over closing rate
#: (Colquhoun & Ogden 1988); what succinylcholine has relative to it stands in `presets.drugs`.
_ACH_K, _ACH_EFFICACY = 77 * uM, 32.0


def frog_succinylcholine(*, voltage_sensitivity: Quantity = FROG_VOLTAGE_SENSITIVITY) -> Receptor:
    """Frog receptor with succinylcholine instead of ACh (12 degC): a weaker agonist that blocks.

    Affinity and efficacy follow from those of ACh and from how much less succinylcholine binds and
    does at low concentrations, where opening goes with efficacy over the square of the dissociation
    constant. Speeds of binding and closing were not read and are those assumed for ACh. Without
    desensitization, by which it blocks transmission in the end. In a junction its quanta are
    succinylcholine too, which AChE splits as ACh; beside ACh it is `nmj_brian.succinylcholine`. Source:
    Marshall, Ogden & Colquhoun (1990), J Physiol 428:155-174, abstract.

    Parameters
    ----------
    voltage_sensitivity : Quantity, optional
        By how much closing quickens per voltage, from -120 mV on; measured with ACh at 8 degC.

    Returns
    -------
    Receptor
        Asked with ``succinylcholine=...``; states ``R``, ``AR``, ``A2R``, ``A2R*``, ``A2RB``.

    Raises
    ------
    DimensionMismatchError, TypeError, ValueError
        If ``voltage_sensitivity`` is not one finite quantity per voltage, at most 1/mV either way.
    """
    factor, voltage = closing(voltage_sensitivity, -120 * mV, False, "of the recordings (abstract)")
    known = {name: p.si() for name, p in SUCCINYLCHOLINE.items()}
    K_uM = float(known["affinity"] * _ACH_K / uM)
    efficacy = _ACH_EFFICACY * known["affinity"] ** 2 / known["potency"] ** 2
    k_on, alpha2, unblock = 100.0, 714.0, known["block_rate"]
    assumed = constants(
        {"k_on": k_on, "alpha2": alpha2},
        source="ColquhounSakmann1985",
        confidence="assumed",
        measured_at=12.0,
        note="as assumed for ACh",
    )
    measured = constants(
        {
            "k_off": k_on * K_uM,
            "beta2": alpha2 * efficacy,
            "k_block": unblock / float(SUCCINYLCHOLINE["block_K"].value / uM),
            "k_unblock": unblock,
        },
        source="MarshallOgdenColquhoun1990",
        confidence="fitted",
        measured_at=12.0,
        note="from affinity and potency relative to ACh (ColquhounOgden1988); block as measured",
    )
    return Receptor(
        f"""
        R    + succinylcholine <-> AR   : 2*k_on, k_off
        AR   + succinylcholine <-> A2R  : k_on, 2*k_off
        A2R                    <-> A2R* : beta2, alpha2{factor}
        A2R* + succinylcholine <-> A2RB : k_block, k_unblock
        """,
        agonist="succinylcholine",
        temperature=12 * degC,
        name="frog end plate, succinylcholine",
        note="-120 mV, 12 degC; Q10s assumed",
        **{**channel(), "conductance": frog_conductance()},
        **voltage,
        **assumed,
        **measured,
    )
