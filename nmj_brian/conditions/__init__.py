"""Diseases, toxins and drugs: each a pure function of a junction, a muscle fiber or a nerve.

``nmj.junctions.human().under(nmj.myasthenia_gravis(receptor_loss=0.7), nmj.neostigmine(0.5*uM))``.
Print a condition for its numbers with their sources; `nmj_brian.condition` says how conditions
combine. Left out, since no mechanism with numbers was found: salbutamol and ephedrine, botulinum toxin G.
"""

from ..receptors import Catalogue
from .ageing import ageing
from .anticholinesterases import edrophonium, neostigmine, organophosphate, pyridostigmine
from .botulism import botulism, intoxicated
from .channel_blockers import fluoxetine, quinidine
from .channel_mutations import fast_channel, mutations, slow_channel
from .competitive import (
    CompetitiveBlock,
    cisatracurium,
    pancuronium,
    rocuronium,
    tubocurarine,
    vecuronium,
)
from .congenital import (
    ache_deficiency,
    chat_deficiency,
    dok7_deficiency,
    rapsyn_deficiency,
    receptor_deficiency,
    release_deficiency,
    vacht_deficiency,
)
from .denervation import denervation
from .depolarizing import lasting_acetylcholine, succinylcholine
from .lambert_eaton import lambert_eaton
from .myasthenia import musk_myasthenia, myasthenia_gravis
from .presynaptic_drugs import amifampridine, magnesium, neomycin
from .sugammadex import sugammadex
from .toxins import bungarotoxin, mu_conotoxin, tetrodotoxin

__all__ = [
    "CompetitiveBlock",
    "ache_deficiency",
    "ageing",
    "amifampridine",
    "botulism",
    "bungarotoxin",
    "chat_deficiency",
    "cisatracurium",
    "denervation",
    "dok7_deficiency",
    "edrophonium",
    "fast_channel",
    "fluoxetine",
    "intoxicated",
    "lambert_eaton",
    "lasting_acetylcholine",
    "list",
    "magnesium",
    "mu_conotoxin",
    "musk_myasthenia",
    "mutations",
    "myasthenia_gravis",
    "neomycin",
    "neostigmine",
    "organophosphate",
    "pancuronium",
    "pyridostigmine",
    "quinidine",
    "rapsyn_deficiency",
    "receptor_deficiency",
    "release_deficiency",
    "rocuronium",
    "slow_channel",
    "succinylcholine",
    "sugammadex",
    "tetrodotoxin",
    "tubocurarine",
    "vacht_deficiency",
    "vecuronium",
]

_NOT_CONDITIONS = ("CompetitiveBlock", "intoxicated", "list", "mutations")


def list() -> Catalogue:
    """Conditions of the catalogue, name -> what it is.

    Returns
    -------
    Catalogue
        A dict of str to str, printed as a table; each name is a function of `nmj_brian`.
    """
    names = [name for name in __all__ if name not in _NOT_CONDITIONS]
    return Catalogue((n, (globals()[n].__doc__ or "").splitlines()[0]) for n in names)
