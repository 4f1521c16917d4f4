"""What quanta gain from each other when AChE is inhibited: a tabulated correction to adding them.

The population form adds quanta, each as if alone in its cleft. With AChE at work that is right
within 1-2 %. Without it, ACh of one quantum reaches receptors and enzyme of the next: currents
last longer, and an impulse that follows soon finds ACh of the last one (postsynaptic
potentiation). `Overlap` states how much. It is computed by `nmj_brian.reference.overlap`: random
release sites in a square bouton of the human preset, in two dimensions; the gain is the density of
other quanta times an *overlap area* (`nmj_brian.presets.overlap`), which falls where they are many.

An `NMJ` applies it (`NMJ.overlap`): each quantum gains from those released before it, at its own
junction, by their number per area of cleft (``sites`` times ``area_per_site``) and the time since.
Two that are released together share what both gain, so that one rule serves the quanta of an
impulse, late and spontaneous ones, and those of earlier impulses. Gains are counted from those with
whole AChE, in proportion to the AChE that is left: with whole AChE quanta simply add, and what is
then left out stays the share of AChE times 1-2 %.

Range of validity, stated: the human preset's cleft and receptor at 22 to 37 degC, -80 mV; AChE share
0 to 1; 5-100 % of the receptors; at most two other quanta, and two release sites, per um^2; up to 40
ms after an earlier impulse. Outside it an `NMJ` adds quanta, and says so if AChE is inhibited. With a
tenth of the receptors gains are known to 0.08 um^2 only (1 % of the charge of an impulse).
"""

from __future__ import annotations

import warnings
from typing import Any, NamedTuple

import numpy as np
from brian2 import Quantity, metre, second

from .human_receptors import human_adult
from .presets import quantum
from .presets.overlap import (
    AFTER_PER_UM2,
    AFTER_UM2,
    FADING,
    FRACTIONS,
    LAGS_MS,
    SATURATION,
    SHARES,
    TEMPERATURES_C,
    TOGETHER_PER_UM2,
    TOGETHER_UM2,
    WITH_FEWER_RECEPTORS,
)
from .receptor_constants import celsius, one_si

__all__ = ["Gain", "Overlap", "applied_overlap"]

_MOST_PER_UM2 = 2.0
#: A quantum that follows others gains what is added to the gain of all: its own falls faster.
_MARGINAL = 0.75 * SATURATION
#: Exponentials of the time between quanta; their rates are multiples of the slowest.
_EXPONENTIALS = 3
#: Relative difference of rates from those of the table. Those of human_adult("a"), up to 4 times
#: others, gain 15-20 % more; slow and fast mutants up to twice as much.
_RATES = 0.25
#: Below this share of AChE, quanta that simply add are worth a warning.
_INHIBITED = 0.2


def _at_low_density(area_um2: np.ndarray, saturation: float, per_um2: float) -> np.ndarray:
    """Areas as they are where quanta are few, from those computed at a density."""
    return area_um2 / (1.0 - saturation * per_um2 * area_um2[..., 1:])


_TOGETHER = _at_low_density(TOGETHER_UM2, SATURATION, TOGETHER_PER_UM2)
_AFTER = _at_low_density(AFTER_UM2, _MARGINAL, AFTER_PER_UM2)


class Gain(NamedTuple):
    """Factors on the peak and on the charge of each quantum."""

    peak: float
    charge: float


class Overlap:
    """Gain of quanta from others nearby, at the AChE of a junction.

    Parameters
    ----------
    junction : Junction
        The human junction, at 22 to 37 degC, with AChE as it is or inhibited (``AChE_density``).
        Receptors lost or held (``receptor_fraction``, ``antagonist_occupancy``): 5 % must be left.

    Raises
    ------
    ValueError
        For a cleft or a temperature that the table was not computed for.

    Examples
    --------
    >>> poisoned = human.replace(AChE_density=0/um**2)                  # doctest: +SKIP
    >>> nmj.Overlap(poisoned).together(0.15/um**2)                      # doctest: +SKIP
    >>> nmj.NMJ(nerve, fibers, poisoned).overlap                        # doctest: +SKIP
    """

    def __init__(self, junction: Any) -> None:
        preset = quantum.human()
        geometry = ("ACh_per_vesicle", "cleft_width", "cleft_radius", "D_ACh", "receptor_density",
                    "AChE_kon", "AChE_kcat", "pore_expansion", "fold_opening")  # fmt: skip
        other = [
            n
            for n in geometry
            if not np.isclose(junction[n].si(), preset[n].si(), rtol=1e-6, atol=0.0)
        ]
        if other:
            raise ValueError(
                f"the overlap of quanta was computed for the human cleft, but {', '.join(other)} "
                "differ: solve it with nmj_brian.reference.patch."
            )
        if not _like_the_preset(junction):
            raise ValueError(
                "the overlap of quanta was computed for receptors.human_adult(), not for the states or "
                f"rates of '{junction.receptor.name}': solve it with nmj_brian.reference.patch."
            )
        self.celsius = celsius(junction.temperature)
        if not TEMPERATURES_C[0] <= self.celsius <= TEMPERATURES_C[-1]:
            raise ValueError(
                f"the overlap of quanta was computed from {TEMPERATURES_C[0]:g} to "
                f"{TEMPERATURES_C[-1]:g} degC, not for {self.celsius:.3g} degC."
            )
        self.AChE_share = junction["AChE_density"].si() / preset["AChE_density"].si()
        if self.AChE_share > 1.0:
            raise ValueError(
                f"the overlap of quanta was computed for an AChE share of 0 to 1, not "
                f"{self.AChE_share:.3g}."
            )

        self._left = left = junction.si("receptor_fraction") * (
            1.0 - junction.si("antagonist_occupancy")
        )
        if not FRACTIONS[0] <= left <= FRACTIONS[-1]:
            raise ValueError(
                f"the overlap of quanta was computed for {100 * FRACTIONS[0]:g} to 100 % of the "
                f"receptors, not for {100 * left:.3g} %."
            )
        self._fewer, self._faster = self.with_receptors(left), self.fading(left)
        self._cleft_m2 = junction.si("sites") * junction.si("area_per_site")
        if junction.si("area_per_site") < 1e-12 / _MOST_PER_UM2:
            raise ValueError(
                f"the overlap of quanta was computed for up to {_MOST_PER_UM2:g} release sites per "
                f"um^2: area_per_site is {junction['area_per_site'].value}."
            )

    def key(self) -> tuple:
        """Hashable identity, for caches.

        Returns
        -------
        tuple
            Equal where all gains are.
        """
        return (self.AChE_share, self.celsius, self._left, self._cleft_m2)

    def together(self, others: Quantity) -> Gain:
        """Quanta of one impulse.

        Parameters
        ----------
        others : Quantity
            Density of the other quanta that the impulse releases, per area of cleft.

        Returns
        -------
        Gain
            Mean factors on peak and charge of each quantum.
        """
        return self._gain(self._at(_TOGETHER), SATURATION, others)

    def after(self, earlier: Quantity, lag: Quantity) -> Gain:
        """Quanta of an impulse that follows another.

        Parameters
        ----------
        earlier : Quantity
            Density of the quanta of the earlier impulse, per area of cleft.
        lag : Quantity
            Time between the two, 2 ms or more; nothing is left after 40 ms.

        Returns
        -------
        Gain
            Mean factors on peak and charge of each quantum of the later impulse, of what it adds
            to the earlier current.
        """
        ms = 1e3 * one_si(lag, second, "lag is a time such as 10*ms")
        if ms < LAGS_MS[0]:
            raise ValueError(
                f"overlap with an earlier impulse is tabulated from {LAGS_MS[0]:g} ms, got {lag}; "
                "quanta of one impulse: together()."
            )
        area = self._at(_AFTER)
        ms *= self._faster
        parts = [np.interp(ms, LAGS_MS, column, right=0.0) for column in area.T]
        return self._gain(np.array(parts), _MARGINAL, earlier)

    @property
    def cleft_area(self) -> Quantity:
        """Area of cleft of one junction: its release sites, each with the area around it."""
        return self._cleft_m2 * metre**2

    def with_receptors(self, left: Any) -> np.ndarray:
        """Factors on the gains in peak and in charge where receptors are fewer.

        Parameters
        ----------
        left : float or ndarray
            Share of the receptors that is left.

        Returns
        -------
        ndarray, [..., peak or charge]
            1 with all receptors.
        """
        columns = WITH_FEWER_RECEPTORS.T
        return np.stack([np.interp(left, FRACTIONS, column) for column in columns], axis=-1)

    def fading(self, left: Any) -> np.ndarray:
        """How many times as fast gains fade where receptors, which hold ACh, are fewer.

        Parameters
        ----------
        left : float or ndarray
            Share of the receptors that is left.

        Returns
        -------
        ndarray
            1 with all receptors.
        """
        return 1.0 - FADING * np.log(np.clip(left, FRACTIONS[0], FRACTIONS[-1]))

    def exponentials(self) -> tuple[np.ndarray, np.ndarray]:
        """What quanta gain from earlier ones, by the time between them, as exponentials.

        At no time between them it is what both gain together. Gains are counted from those with
        whole AChE, in proportion to the share that is left, so that quanta simply add there.

        Returns
        -------
        rate_per_s : ndarray, [exponential]
            Rates, with all receptors.
        gain : ndarray, [exponential, peak or charge]
            Relative gain per earlier quantum of mean size, where they are few; `saturation` says
            what is left of it where they are many.
        """
        t_ms, wanted = self._by_lag()
        fits = []
        for slowest in np.geomspace(0.05, 1.5, 100):
            rate = slowest * np.arange(1, _EXPONENTIALS + 1)
            waves = np.exp(-np.outer(t_ms, rate))
            gain, *_ = np.linalg.lstsq(waves, wanted)
            fits.append((np.square(waves @ gain - wanted).sum(), slowest, rate, gain))
        _, _, rate, gain = min(fits, key=lambda fit: fit[:2])
        return 1e3 * rate, gain * 1e-12 / self._cleft_m2

    @property
    def saturation(self) -> float:
        """What a quantum gains falls as 1 / (1 + saturation times its gain in charge)."""
        return _MARGINAL

    @property
    def lag(self) -> Quantity:
        """Mean time between quanta that gain in charge from each other."""
        t_ms, area = self._by_lag()
        weight = np.abs(area[:, 1]) + 1e-12
        return float(weight @ t_ms / weight.sum()) * 1e-3 * second

    def _by_lag(self) -> tuple[np.ndarray, np.ndarray]:
        """Areas that are applied, by the milliseconds between quanta, [time, peak or charge]."""
        t_ms = np.linspace(0.0, LAGS_MS[-1], 161)
        lags = (0.0, *LAGS_MS)

        def areas(share: float) -> np.ndarray:
            table = np.vstack([2.0 * self._at(_TOGETHER, share), self._at(_AFTER, share)])
            return np.stack([np.interp(t_ms, lags, column) for column in table.T], axis=1)

        return t_ms, areas(self.AChE_share) - self.AChE_share * areas(1.0)

    def _at(self, table: np.ndarray, share: float | None = None) -> np.ndarray:
        """Overlap areas at an AChE share and the temperature, [..., peak or charge].

        Linear in the square root of the share, along which they are nearly straight, and in
        temperature.
        """
        x = np.sqrt(self.AChE_share if share is None else share)
        low = np.clip(np.searchsorted(np.sqrt(SHARES), x) - 1, 0, len(SHARES) - 2)
        left, right = np.sqrt(SHARES[low : low + 2])
        share = (x - left) / (right - left)
        warm = (self.celsius - TEMPERATURES_C[0]) / (TEMPERATURES_C[1] - TEMPERATURES_C[0])
        two = (1 - share) * table[..., low, :] + share * table[..., low + 1, :]
        return (1 - warm) * two[0] + warm * two[1]

    def _gain(self, area_um2: np.ndarray, saturation: float, density: Quantity) -> Gain:
        what = "the density of quanta is per area, such as 0.15/um**2"
        per_um2 = 1e-12 * one_si(density, 1 / metre**2, what, low=0.0)
        if per_um2 > _MOST_PER_UM2:
            raise ValueError(
                f"overlap was computed for up to {_MOST_PER_UM2:g} quanta per um^2, got "
                f"{per_um2:.3g}."
            )
        gain = per_um2 * area_um2
        return Gain(*(float(g) for g in 1.0 + self._fewer * gain / (1.0 + saturation * gain[1])))

    def __repr__(self) -> str:
        return (
            f"<Overlap: AChE at {100 * self.AChE_share:.3g} %, {self.celsius:.3g} degC, "
            f"{self._cleft_m2 * 1e12:.3g} um^2 of cleft>"
        )


def _like_the_preset(junction: Any) -> bool:
    """Whether a receptor is that of the table: the same states, rates at -80 mV within a quarter."""
    receptor, preset = junction.receptor, human_adult().at(junction.temperature)
    if receptor.states != preset.states:
        return False
    rates = zip(receptor.matrices(-0.08), preset.matrices(-0.08), strict=True)
    return all(np.allclose(own, table, rtol=_RATES) for own, table in rates)


def applied_overlap(junction: Any, wanted: bool | None, name: str) -> Overlap | None:
    """The overlap that an `NMJ` applies.

    Parameters
    ----------
    junction : Junction
        What its junctions are.
    wanted : bool or None
        False: none. True: raise where it is not tabulated. None: there, quanta add, with a warning
        if AChE is below a fifth of the human preset's.
    name : str
        Of the `NMJ`, for messages.

    Returns
    -------
    Overlap or None
        None where quanta add: with whole AChE, too.

    Raises
    ------
    ValueError
        See ``wanted``.
    """
    if wanted is False:
        return None
    try:
        overlap = Overlap(junction)
    except ValueError as error:
        if wanted:
            raise
        whole = quantum.human()["AChE_density"].si()
        if junction["AChE_density"].si() < _INHIBITED * whole:
            warnings.warn(
                f"'{name}': AChE is inhibited, and {error} Its quanta simply add, which for a human "
                "junction would miss 9 % of the charge of an impulse and up to 15 % of that of the next. "
                "NMJ(..., overlap=False) accepts that.",
                stacklevel=3,
            )
        return None
    return overlap if overlap.AChE_share < 1.0 else None
