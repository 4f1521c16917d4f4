"""Overlap areas of quanta against remaining AChE, computed by `nmj_brian.reference.overlap`.

Human preset, -80 mV, sites at random in a square bouton of 4 um^2. Standard error from the choice
of sites, taken as independent: 12 % of the areas of one impulse (16 sets of four); of those after an
earlier one 14 % at 37 degC (32 pairs) and 30 % at 22 degC (12 pairs). The sites are spread evenly
(Halton), so that the error is less: from 12 to 32 pairs areas changed by 6 %. Cells and time steps
add 0.5 %.
"""

from __future__ import annotations

import numpy as np

__all__ = [
    "AFTER_PER_UM2",
    "AFTER_UM2",
    "FADING",
    "FRACTIONS",
    "LAGS_MS",
    "SATURATION",
    "SHARES",
    "TEMPERATURES_C",
    "TOGETHER_PER_UM2",
    "TOGETHER_UM2",
    "WITH_FEWER_RECEPTORS",
]

#: Remaining AChE.
SHARES = (0.0, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0)
TEMPERATURES_C = (22.0, 37.0)

#: Time after the earlier impulse. The last was not computed: what is left falls to about a third
#: per 10 ms, and is taken as none.
LAGS_MS = (2.0, 5.0, 10.0, 20.0, 40.0)

_PEAK, _CHARGE = (
    [  # one row per temperature, one column per share
        [0.069, 0.069, 0.069, 0.069, 0.069, 0.070, 0.072],
        [0.062, 0.061, 0.060, 0.059, 0.057, 0.055, 0.053],
    ],
    [
        [0.417, 0.385, 0.344, 0.292, 0.225, 0.141, 0.102],
        [0.444, 0.408, 0.363, 0.305, 0.230, 0.136, 0.091],
    ],
)

#: [temperature, share, peak or charge], um^2: relative gain per density of the other quanta, at
#: 0.75 of them per um^2.
TOGETHER_UM2 = np.stack([_PEAK, _CHARGE], axis=-1)

_AFTER = (
    [  # peak: one block per temperature, one row per lag, one column per share
        [
            [0.176, 0.165, 0.148, 0.124, 0.084, 0.006, -0.057],
            [0.191, 0.177, 0.158, 0.131, 0.090, 0.028, -0.007],
            [0.152, 0.134, 0.110, 0.081, 0.045, 0.011, 0.000],
            [0.057, 0.041, 0.025, 0.011, 0.003, 0.000, 0.000],
            [0.000, 0.000, 0.000, 0.000, 0.000, 0.000, 0.000],
        ],
        [
            [0.181, 0.163, 0.138, 0.106, 0.064, 0.018, 0.003],
            [0.078, 0.057, 0.035, 0.016, 0.004, 0.000, 0.000],
            [0.007, 0.003, 0.001, 0.000, 0.000, 0.000, 0.000],
            [0.000, 0.000, 0.000, 0.000, 0.000, 0.000, 0.000],
            [0.000, 0.000, 0.000, 0.000, 0.000, 0.000, 0.000],
        ],
    ],
    [  # charge
        [
            [0.896, 0.819, 0.720, 0.590, 0.412, 0.159, 0.013],
            [0.799, 0.715, 0.610, 0.478, 0.311, 0.114, 0.028],
            [0.553, 0.463, 0.359, 0.243, 0.123, 0.030, 0.007],
            [0.178, 0.119, 0.066, 0.026, 0.006, 0.001, 0.000],
            [0.000, 0.000, 0.000, 0.000, 0.000, 0.000, 0.000],
        ],
        [
            [0.783, 0.666, 0.527, 0.368, 0.197, 0.051, 0.013],
            [0.279, 0.188, 0.105, 0.042, 0.009, 0.001, 0.000],
            [0.021, 0.008, 0.002, 0.000, 0.000, 0.000, 0.000],
            [0.000, 0.000, 0.000, 0.000, 0.000, 0.000, 0.000],
            [0.000, 0.000, 0.000, 0.000, 0.000, 0.000, 0.000],
        ],
    ],
)

#: [temperature, lag, share, peak or charge], um^2: of a quantum, from those of an earlier impulse,
#: at 0.25 per um^2.
AFTER_UM2 = np.moveaxis(np.array(_AFTER), 0, -1)

#: Densities at which the areas above were computed, and how they fall with density: as
#: 1 / (1 + SATURATION gain), with the gain in charge that areas at low density give. Without AChE, 37
#: degC: 0.54, 0.45, 0.33, 0.23 um^2 at 0.25, 0.75, 1.75, 2.75 per um^2 (here 0.54, 0.44, 0.33, 0.26).
TOGETHER_PER_UM2, AFTER_PER_UM2 = 0.75, 0.25
SATURATION = 0.8

#: Receptors left -> factor on the areas of peak and charge (37 degC; 0 and 10 % AChE agree within
#: 0.15). At a tenth and less quanta share no more than 0.08 um^2 of peak, of either sign, taken as none.
FRACTIONS = (0.05, 0.1, 0.3, 1.0)
WITH_FEWER_RECEPTORS = np.array([[0.0, 0.17], [0.0, 0.22], [0.62, 0.67], [1.0, 1.0]])

#: ACh that receptors do not hold leaves sooner: what an earlier impulse leaves fades 1 - FADING log(f)
#: times as fast with a share f of the receptors (2 to 10 ms, 10 and 30 %, at 22 and 37 degC: 0.55-0.7).
FADING = 0.6
