"""The catalogue of acetylcholine receptors: published schemes with the facts of every constant.

``print(receptors.list())`` names them; ``print(receptors.human_adult())`` shows scheme, constants,
sources and confidence; `ChannelTheory` describes what else each can be asked (dwell times, bursts,
records of one channel). A Q10 of the catalogue is assumed wherever its constant does not say more:
2.5 for gating and dissociation, 1.4 for association.
"""

from __future__ import annotations

from .agonists import frog_succinylcholine, human_carbachol, human_choline
from .animal_receptors import frog_endplate, mouse_adult, mouse_desensitizing, mouse_fetal
from .human_receptors import human_adult, human_desensitizing, human_mutant, human_two_sites
from .presets.receptor import EDELSTEIN, channel, constants
from .receptor import Receptor
from .receptor_constants import constant
from .units import pS

__all__ = [
    "CH82",
    "Edelstein1996",
    "frog_endplate",
    "frog_succinylcholine",
    "human_adult",
    "human_carbachol",
    "human_choline",
    "human_desensitizing",
    "human_mutant",
    "human_two_sites",
    "list",
    "mouse_adult",
    "mouse_desensitizing",
    "mouse_fetal",
]


class Catalogue(dict):
    """Names of the receptors, each with one line on what it is; prints as a table."""

    def __str__(self) -> str:
        width = max(map(len, self))
        return "\n".join(f"{name.ljust(width)}  {what}" for name, what in self.items())

    __repr__ = __str__


def list() -> Catalogue:
    """Receptors of the catalogue, name -> what it is.

    Returns
    -------
    Catalogue
        A dict of str to str in the order of the catalogue, printed as a table; each name is a
        function of `nmj_brian.receptors`.
    """
    return Catalogue((n, (f.__doc__ or "").splitlines()[0]) for n, f in _CATALOGUE.items())


def CH82() -> Receptor:
    """Colquhoun & Hawkes 1982, the worked example of single-channel theory (five states).

    Frog-like numbers chosen for teaching, without a temperature; one constant follows from
    microscopic reversibility. The conductance is assumed. Source: Colquhoun & Hawkes
    (1982), Phil Trans R Soc B 300:1-59.

    Returns
    -------
    Receptor
        States ``AR*``, ``AR``, ``A2R*``, ``A2R``, ``R``; the same at every temperature and voltage.
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


def Edelstein1996() -> Receptor:
    """Edelstein et al. 1996: four conformations with 0-2 agonists (12 states).

    Basal B, active A (open), fast desensitized I and slow desensitized D; BioModels 1 and 2. The
    published rounding breaks microscopic reversibility by up to 2.5 %. No temperature is given.
    The conductance is assumed. Source: Edelstein et al. (1996), Biol Cybern 75:361-379.

    Returns
    -------
    Receptor
        States such as ``B``, ``AL*``, ``DLL``: the conformation, an ``L`` per agonist on it.
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


#: In the order of the list.
_CATALOGUE = {
    receptor.__name__: receptor
    for receptor in (
        CH82,
        Edelstein1996,
        human_adult,
        human_mutant,
        human_two_sites,
        human_desensitizing,
        mouse_adult,
        mouse_desensitizing,
        mouse_fetal,
        frog_endplate,
        human_carbachol,
        human_choline,
        frog_succinylcholine,
    )
}
