"""The neuromuscular junction for Brian2: from a motor neuron's spike to muscle force.

``import nmj_brian as nmj``, then `nmj.NMJ` between any Brian2 group that spikes and
`nmj.MuscleFibers`, or `nmj.MotorUnits` for a whole muscle. Importing changes no preference, device,
seed or clock.
"""

from . import conditions, fibers, junctions, lab, nerves, pk, receptors, units
from .about import __version__, cite, self_test, show_versions
from .cable import Cable
from .calcium_shells import CalciumShells
from .chain import Chain
from .condition import Condition
from .conditioned import TimedCondition
from .conditions import (
    ache_deficiency,
    ageing,
    amifampridine,
    botulism,
    bungarotoxin,
    chat_deficiency,
    cisatracurium,
    denervation,
    dok7_deficiency,
    edrophonium,
    fast_channel,
    fluoxetine,
    lambert_eaton,
    lasting_acetylcholine,
    magnesium,
    mu_conotoxin,
    musk_myasthenia,
    myasthenia_gravis,
    neomycin,
    neostigmine,
    organophosphate,
    pancuronium,
    pyridostigmine,
    quinidine,
    rapsyn_deficiency,
    receptor_deficiency,
    release_deficiency,
    rocuronium,
    slow_channel,
    succinylcholine,
    sugammadex,
    tetrodotoxin,
    tubocurarine,
    vacht_deficiency,
    vecuronium,
)
from .contraction import Contraction
from .depletion import Depletion, fit_depletion
from .domain_calcium import fit_domain_Ca
from .endplate import EndplateModel
from .excitation_contraction import ExcitationContraction
from .extracellular_potential import LineSource
from .fiber import Fiber
from .hill_muscle import HillMuscle
from .include import get_include
from .junction import Junction
from .motor_pool import MotorPool
from .motor_units import Innervation, MotorUnits, innervation
from .muscle_fibers import MuscleFibers
from .muscle_tendon import MuscleTendon
from .nerve import Nerve, NerveImpulse
from .neuromuscular_junction import NMJ
from .overlap import Overlap
from .parameters import Parameter, ParameterSet
from .quantum import Quantum
from .receptor import Receptor
from .receptor_drugs import Antagonist, ChannelBlocker
from .release import ReleaseModel
from .reversal import permeability_ratio, reversal_potential
from .scheme import SchemeError
from .second_agonist import SecondAgonist
from .sharding import ShardError, shard, study
from .terminal import Terminal
from .threads import get_threads, set_threads
from .whole_fiber import WholeFiber

__all__ = [
    "NMJ",
    "Antagonist",
    "Cable",
    "CalciumShells",
    "Chain",
    "ChannelBlocker",
    "Condition",
    "Contraction",
    "Depletion",
    "EndplateModel",
    "ExcitationContraction",
    "Fiber",
    "HillMuscle",
    "Innervation",
    "Junction",
    "LineSource",
    "MotorPool",
    "MotorUnits",
    "MuscleFibers",
    "MuscleTendon",
    "Nerve",
    "NerveImpulse",
    "Overlap",
    "Parameter",
    "ParameterSet",
    "Quantum",
    "Receptor",
    "ReleaseModel",
    "SchemeError",
    "SecondAgonist",
    "ShardError",
    "Terminal",
    "TimedCondition",
    "WholeFiber",
    "__version__",
    "ache_deficiency",
    "ageing",
    "amifampridine",
    "botulism",
    "bungarotoxin",
    "chat_deficiency",
    "cisatracurium",
    "cite",
    "conditions",
    "denervation",
    "dok7_deficiency",
    "edrophonium",
    "fast_channel",
    "fibers",
    "fit_depletion",
    "fit_domain_Ca",
    "fluoxetine",
    "get_include",
    "get_threads",
    "innervation",
    "junctions",
    "lab",
    "lambert_eaton",
    "lasting_acetylcholine",
    "magnesium",
    "mu_conotoxin",
    "musk_myasthenia",
    "myasthenia_gravis",
    "neomycin",
    "neostigmine",
    "nerves",
    "organophosphate",
    "pancuronium",
    "permeability_ratio",
    "pk",
    "pyridostigmine",
    "quinidine",
    "rapsyn_deficiency",
    "receptor_deficiency",
    "receptors",
    "release_deficiency",
    "reversal_potential",
    "rocuronium",
    "self_test",
    "set_threads",
    "shard",
    "show_versions",
    "slow_channel",
    "study",
    "succinylcholine",
    "sugammadex",
    "tetrodotoxin",
    "tubocurarine",
    "units",
    "vacht_deficiency",
    "vecuronium",
]
