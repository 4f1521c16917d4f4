"""How much quanta gain from each other: the numbers of `nmj_brian.overlap`, computed.

Quanta are released at random sites of a square bouton (`Patch`) together, or one after the other,
and each alone; what the former have beyond the sum of the latter, per quantum and per density of
the others, is the overlap area. ``python -m nmj_brian.reference.overlap 37`` prints the table of
one temperature (a quarter of an hour).
"""

from __future__ import annotations

import sys
from dataclasses import replace

import numpy as np
from brian2 import mV
from scipy.stats import qmc

from .. import junctions, receptors
from ..cleft import Cleft, sample_times
from ..units import degC
from .patch import Patch, Vesicle, square_like

__all__ = ["Bouton", "areas", "areas_after"]

SHARES = (1.0, 0.5, 0.2, 0.1, 0.05, 0.02, 0.0)
LAGS_S = (2e-3, 5e-3, 10e-3, 20e-3, 40e-3)
_DURATION_S = {22.0: 60e-3, 37.0: 25e-3}


class Bouton:
    """A square bouton of the human preset with a share of its AChE.

    Parameters
    ----------
    celsius : float
        Temperature, 22 or 37.
    AChE_share : float
        AChE that is left, 0 to 1.
    cells : int, optional
        Cells along its side.
    rtol : float, optional
        Relative tolerance of the integration.
    receptor_fraction : float, optional
        Receptors that are left, 0 to 1.
    """

    def __init__(
        self,
        celsius: float,
        AChE_share: float,
        cells: int = 30,
        rtol: float = 1e-4,
        receptor_fraction: float = 1.0,
    ) -> None:
        receptor = receptors.human_adult(voltage_sensitivity=0 / mV)
        junction = junctions.human(temperature=celsius * degC).replace(receptor=receptor)
        whole = Cleft.of(junction, receptor_fraction)
        self.cleft = replace(whole, ache_per_m2=whole.ache_per_m2 * AChE_share)
        self.receptor = junction.receptor
        self.side_m, self.rtol = square_like(self.cleft), rtol
        self.area_um2 = self.side_m**2 * 1e12
        Q0, Qb = self.receptor.matrices(-0.08)
        self.patch = Patch(self.cleft, Q0, Qb, int(self.receptor.rest), self.side_m, cells)
        self.t_s = sample_times(_DURATION_S[celsius], 200)
        self._alone: dict[Vesicle, np.ndarray] = {}

    def vesicles(self, sets: int, each: int) -> list[list[Vesicle]]:
        """Sets of vesicles at sites spread evenly over all arrangements (Halton), 50 nm inside."""
        unit = qmc.Halton(2 * each, seed=1).random(sets).reshape(sets, each, 2)
        border = 50e-9
        xy = border + unit * (self.side_m - 2 * border)
        return [[Vesicle(*site) for site in arrangement] for arrangement in xy]

    def current(self, vesicles: list[Vesicle], t_s: np.ndarray | None = None) -> np.ndarray:
        """Open channels of vesicles together."""
        t_s = self.t_s if t_s is None else t_s
        receptors = self.patch.solve(vesicles, t_s, self.rtol)["receptors"]
        return receptors @ self.receptor.open.astype(float)

    def alone(self, vesicle: Vesicle) -> np.ndarray:
        """Open channels of one vesicle by itself."""
        if vesicle not in self._alone:
            self._alone[vesicle] = self.current([vesicle])
        return self._alone[vesicle]

    def together(self, vesicles: list[Vesicle]) -> tuple[np.ndarray, np.ndarray]:
        """Peak and charge (channels, channel seconds) of all at once, and of the sum of each."""
        both = [self.current(vesicles), sum(self.alone(v) for v in vesicles)]
        return tuple(np.array([y.max(), np.trapezoid(y, self.t_s)]) for y in both)

    def later(self, first: Vesicle, second: Vesicle, lag_s: float) -> tuple[np.ndarray, np.ndarray]:
        """Peak and charge of a second quantum, ``lag_s`` after a first one, and of it alone."""
        t_s = np.concatenate([self.t_s[self.t_s < lag_s], lag_s + self.t_s])
        after = Vesicle(second.x_m, second.y_m, lag_s)
        gained = self.current([first, after], t_s) - self.current([first], t_s)
        alone = self.alone(second)
        return tuple(
            np.array([y.max(), np.trapezoid(y, t)]) for y, t in ((gained, t_s), (alone, self.t_s))
        )


def areas(bouton: Bouton, sets: int = 16) -> np.ndarray:
    """Overlap areas (um^2) of peak and charge from pairs and from fours, with standard errors.

    Rows: pairs, fours; columns: peak, charge, and the standard error of each.
    """
    arrangements = bouton.vesicles(sets, 4)
    rows = []
    for each in (2, 4):
        groups = [a[i : i + each] for a in arrangements for i in range(0, 4, each)]
        both, added = np.array([bouton.together(g) for g in groups]).transpose(1, 0, 2)
        gain = (both - added) / added.mean(0)
        rows.append(np.hstack([gain.mean(0), gain.std(0, ddof=1) / np.sqrt(len(groups))]))
        rows[-1] *= bouton.area_um2 / (each - 1)
    return np.array(rows)


def areas_after(bouton: Bouton, lag_s: float, pairs: int = 12) -> np.ndarray:
    """Overlap areas (um^2) of peak and charge ``lag_s`` after another quantum, with errors."""
    both = [bouton.later(a, b, lag_s) for a, b in bouton.vesicles(pairs, 2)]
    after, alone = np.array(both).transpose(1, 0, 2)
    gain = (after - alone) / alone.mean(0) * bouton.area_um2
    return np.hstack([gain.mean(0), gain.std(0, ddof=1) / np.sqrt(pairs)])


def main(celsius: float) -> None:
    """Print the table of one temperature."""
    for share in SHARES:
        bouton = Bouton(celsius, share)
        for name, row in zip(("pairs", "fours"), areas(bouton), strict=True):
            print(celsius, share, name, *np.round(row, 4), flush=True)
        for lag_s in LAGS_S:
            print(celsius, share, lag_s, *np.round(areas_after(bouton, lag_s), 4), flush=True)


if __name__ == "__main__":
    main(float(sys.argv[1]))
