"""The neuromuscular junction for Brian2: from a motor neuron's spike to muscle force.

``import nmj_brian as nmj``, then `nmj.NMJ` between any Brian2 group that spikes and
`nmj.MuscleFibers`, or `nmj.MotorUnits` for a whole muscle. Importing changes no preference, device,
seed or clock.
"""

from . import fibers, junctions, receptors, units
from .about import __version__, cite, self_test, show_versions
from .cable import Cable
from .chain import Chain
from .contraction import Contraction
from .endplate import EndplateModel
from .fiber import Fiber
from .include import get_include
from .junction import Junction
from .motor_units import Innervation, MotorUnits, innervation
from .muscle_fibers import MuscleFibers
from .neuromuscular_junction import NMJ
from .parameters import Parameter, ParameterSet
from .quantum import Quantum
from .receptor import Receptor
from .release import ReleaseModel
from .scheme import SchemeError
from .terminal import Terminal
from .threads import get_threads, set_threads

__all__ = [
    "NMJ",
    "Cable",
    "Chain",
    "Contraction",
    "EndplateModel",
    "Fiber",
    "Innervation",
    "Junction",
    "MotorUnits",
    "MuscleFibers",
    "Parameter",
    "ParameterSet",
    "Quantum",
    "Receptor",
    "ReleaseModel",
    "SchemeError",
    "Terminal",
    "__version__",
    "cite",
    "fibers",
    "get_include",
    "get_threads",
    "innervation",
    "junctions",
    "receptors",
    "self_test",
    "set_threads",
    "show_versions",
    "units",
]
