"""The neuromuscular junction for Brian2: from a motor neuron's spike to muscle force.

``import nmj_brian as nmj``, then `nmj.NMJ` between any Brian2 group that spikes and
`nmj.MuscleFibers`, or `nmj.MotorUnits` for a whole muscle. Importing changes no preference, device,
seed or clock.
"""

from . import fibers, junctions, lab, nerves, receptors, units
from .about import __version__, cite, self_test, show_versions
from .cable import Cable
from .calcium_shells import CalciumShells
from .chain import Chain
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
    "Terminal",
    "WholeFiber",
    "__version__",
    "cite",
    "fibers",
    "fit_depletion",
    "fit_domain_Ca",
    "get_include",
    "get_threads",
    "innervation",
    "junctions",
    "lab",
    "nerves",
    "permeability_ratio",
    "receptors",
    "reversal_potential",
    "self_test",
    "set_threads",
    "show_versions",
    "units",
]
