"""The laboratory: one line, one experiment, one result with its figure.

Each function takes a `nmj_brian.Junction`, healthy or changed by a disease or drug, does what a clinical or
physiological laboratory does, and returns a result: arrays with units, ``table()``, ``plot()``,
``to_xarray()``, ``to_csv()``, the seed, versions and junction. They run outside of Brian2's networks: seed,
clocks, preferences and devices of a script stay as they are.

``spread`` of many experiments is the variation of the size of junctions in a muscle, of release sites and with them
of the receptors of the end plate: by default 0.3 where a whole muscle answers (assumed, since no measured value was
found), and none where single junctions or fibers do.
"""

from .cmap import CMAP, cmap
from .concentration_jump import PatchCurrent, concentration_jump
from .dose_response import DoseResponseCurve, dose_response
from .quantal_analysis import QuantalAnalysis, quantal_analysis
from .quantum import EndplateCurrents, quantum
from .repetitive_stimulation import RepetitiveStimulation, repetitive_stimulation
from .result import Result
from .safety_factor import SafetyFactor, safety_factor
from .single_fiber_emg import (
    SingleFiberEMG,
    consecutive_difference,
    single_fiber_emg,
    sorted_difference,
)
from .surface_emg import SurfaceEMG, hand_muscle
from .tetanus import Tetanus, tetanus
from .train_of_four import Twitches, double_burst, post_tetanic_count, train_of_four
from .twitch_course import TwitchCourse, twitch_course

__all__ = [
    "CMAP",
    "DoseResponseCurve",
    "EndplateCurrents",
    "PatchCurrent",
    "QuantalAnalysis",
    "RepetitiveStimulation",
    "Result",
    "SafetyFactor",
    "SingleFiberEMG",
    "SurfaceEMG",
    "Tetanus",
    "TwitchCourse",
    "Twitches",
    "cmap",
    "concentration_jump",
    "consecutive_difference",
    "dose_response",
    "double_burst",
    "hand_muscle",
    "post_tetanic_count",
    "quantal_analysis",
    "quantum",
    "repetitive_stimulation",
    "safety_factor",
    "single_fiber_emg",
    "sorted_difference",
    "tetanus",
    "train_of_four",
    "twitch_course",
]
