"""Overlap areas of quanta against remaining AChE, computed by `nmj_brian.reference.overlap`.

Human preset, -80 mV, sites at random in a square bouton of 4 um^2. Standard error from the choice
of sites: 12 % of the areas of one impulse, 30 % of those after an earlier one; cells and time
steps add 0.3 %.
"""

from __future__ import annotations

import numpy as np

__all__ = [
    "AFTER_UM2",
    "FADING",
    "FRACTIONS",
    "LAGS_MS",
    "SHARES",
    "TEMPERATURES_C",
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

#: [temperature, share, peak or charge], um^2: relative gain per density of the other quanta.
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
            [0.190, 0.173, 0.149, 0.118, 0.074, 0.021, 0.000],
            [0.082, 0.061, 0.039, 0.018, 0.005, 0.000, 0.000],
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
            [0.742, 0.644, 0.526, 0.384, 0.221, 0.064, 0.015],
            [0.265, 0.183, 0.105, 0.044, 0.010, 0.001, 0.000],
            [0.019, 0.007, 0.002, 0.000, 0.000, 0.000, 0.000],
            [0.000, 0.000, 0.000, 0.000, 0.000, 0.000, 0.000],
            [0.000, 0.000, 0.000, 0.000, 0.000, 0.000, 0.000],
        ],
    ],
)

#: [temperature, lag, share, peak or charge], um^2: of a quantum, from those of an earlier impulse.
AFTER_UM2 = np.moveaxis(np.array(_AFTER), 0, -1)

#: Receptors left -> factor on the areas of peak and charge (37 degC; 0 and 10 % AChE agree within
#: 0.15). At a tenth and less quanta share no more than 0.08 um^2 of peak, of either sign, taken as none.
FRACTIONS = (0.05, 0.1, 0.3, 1.0)
WITH_FEWER_RECEPTORS = np.array([[0.0, 0.17], [0.0, 0.22], [0.62, 0.67], [1.0, 1.0]])

#: ACh that receptors do not hold leaves sooner: what an earlier impulse leaves fades 1 - FADING log(f)
#: times as fast with a share f of the receptors (2 to 10 ms, 10 and 30 %, at 22 and 37 degC: 0.55-0.7).
FADING = 0.6
