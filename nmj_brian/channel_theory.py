"""What a receptor does at a steady agonist concentration, and what a record of one channel shows."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import numpy as np
from brian2 import Quantity, molar, second
from numpy.typing import NDArray

from .bursts import Bursts
from .dose_response import DoseResponse
from .dwell_times import Correlations, Gating, apparent_open_probability
from .markov import stationary
from .rate_expression import nearest
from .receptor_constants import one_si, si
from .time_distribution import Exponentials

if TYPE_CHECKING:
    from .single_channel import SingleChannel

__all__ = ["ChannelTheory"]

Array = NDArray[np.float64]


class ChannelTheory:
    """Steady-state answers of a `Receptor`.

    Everywhere ``ACh`` is the agonist concentration (its keyword may also be the agonist's name),
    ``v`` the membrane potential (-80 mV by default) and ``resolution`` the shortest event that a
    record shows; without it every event is seen.
    """

    # -- how much it opens ----------------------------------------------------------------------

    def equilibrium(self, ACh: Any = None, v: Quantity | None = None, **agonist: Any) -> Array:
        """Occupancies after a long time at a constant concentration (or an array of them).

        Parameters
        ----------
        ACh : Quantity
            Agonist concentrations, any shape.
        v : Quantity, optional
            Membrane potential.
        **agonist : Quantity
            ``ACh`` by the agonist's own name.

        Returns
        -------
        ndarray
            Shape of ``ACh`` plus one axis for the states.
        """
        return stationary(self._generator(self._molar(ACh, agonist), self._volts(v)))

    def open_probability(
        self,
        ACh: Any = None,
        v: Quantity | None = None,
        resolution: Quantity | None = None,
        **agonist: Any,
    ) -> Any:
        """Share of open channels at equilibrium, for a concentration or an array of them.

        With a ``resolution`` it is the share of time that a record of one channel shows as open:
        short gaps are missed and count as open, short openings as shut.

        Parameters
        ----------
        ACh, v, **agonist : Quantity
            As in `equilibrium`: concentrations of any shape, membrane potential.
        resolution : Quantity, optional
            Shortest event seen, a time.

        Returns
        -------
        float or ndarray
            From 0 to 1, in the shape of ``ACh``.
        """
        tres = _resolution(resolution)
        if tres == 0:
            p = self.equilibrium(ACh, v, **agonist)[..., self.open].sum(axis=-1)
        else:
            c = np.asarray(self._molar(ACh, agonist))
            generators = self._generator(c.ravel(), self._volts(v))
            p = [apparent_open_probability(Q, self.open, tres) for Q in generators]
            p = np.reshape(p, c.shape)
        return float(p) if p.ndim == 0 else p

    def ec50(self, v: Quantity | None = None, resolution: Quantity | None = None) -> Quantity:
        """Concentration of the half-maximal response, on the rising limb of the curve.

        Parameters
        ----------
        v : Quantity, optional
            Membrane potential.
        resolution : Quantity, optional
            Shortest event seen, a time: the response is then the apparent one.

        Returns
        -------
        Quantity
            A concentration.

        Raises
        ------
        ValueError
            If the channel does not open with agonist.
        """
        log_c, _ = self._dose_response(v, resolution).half_maximum()
        return 10**log_c * molar

    def hill(self, v: Quantity | None = None, resolution: Quantity | None = None) -> float:
        """Slope of the Hill plot, ``d log(p/(pmax - p)) / d log c``, at the EC50.

        Parameters
        ----------
        v, resolution : Quantity, optional
            Potential and time, as in `ec50`.

        Returns
        -------
        float
            Hill coefficient.

        Raises
        ------
        ValueError
            If the channel does not open with agonist.
        """
        return self._dose_response(v, resolution).hill_slope()

    def max_open_probability(
        self, v: Quantity | None = None, resolution: Quantity | None = None
    ) -> float:
        """Largest open probability that agonist adds, at any concentration.

        Parameters
        ----------
        v, resolution : Quantity, optional
            Potential and time, as in `ec50`.

        Returns
        -------
        float
            From 0 to 1.

        Raises
        ------
        ValueError
            If the channel does not open with agonist.
        """
        return self._dose_response(v, resolution).half_maximum()[1]

    def _dose_response(self, v: Quantity | None, resolution: Quantity | None) -> DoseResponse:
        return DoseResponse(*self.matrices(self._volts(v)), self.open, _resolution(resolution))

    # -- how long it stays open and shut --------------------------------------------------------

    def open_times(
        self,
        ACh: Any = None,
        v: Quantity | None = None,
        resolution: Quantity | None = None,
        *,
        before: Any = None,
        after: Any = None,
        **agonist: Any,
    ) -> Exponentials:
        """Distribution of the open times of one channel.

        Parameters
        ----------
        ACh : Quantity
            Agonist concentration.
        v : Quantity, optional
            Membrane potential.
        resolution : Quantity, optional
            Shortest event seen: the result is then the distribution of apparent open times (Hawkes,
            Jalali & Colquhoun 1992).
        before, after : tuple of two Quantities, optional
            Only openings before (after) a shut time between these two limits, as in
            ``after=(0*us, 100*us)``.
        **agonist : Quantity
            ``ACh`` by the agonist's own name.

        Returns
        -------
        TimeDistribution or ApparentTimes
            With ``tau``, ``area``, ``rates``, ``mean``, ``variance``, ``pdf(t)``, ``survivor(t)``.

        Raises
        ------
        ValueError
            If the channel does not both open and shut at this concentration.
        """
        gating = self._gating(ACh, v, resolution, agonist)
        return gating.open_times(_range(before, "before"), _range(after, "after"))

    def shut_times(
        self,
        ACh: Any = None,
        v: Quantity | None = None,
        resolution: Quantity | None = None,
        *,
        before: Any = None,
        after: Any = None,
        **agonist: Any,
    ) -> Exponentials:
        """Distribution of the shut times of one channel.

        Parameters
        ----------
        ACh, v, resolution, **agonist : Quantity
            Concentration, potential and shortest event seen, as in `open_times`.
        before, after : tuple of two Quantities, optional
            Only shut times before (after) an open time between these two limits.

        Returns
        -------
        TimeDistribution or ApparentTimes
            As of `open_times`.

        Raises
        ------
        ValueError
            If the channel does not both open and shut at this concentration.
        """
        gating = self._gating(ACh, v, resolution, agonist)
        return gating.shut_times(_range(before, "before"), _range(after, "after"))

    def correlations(
        self,
        ACh: Any = None,
        lags: int = 10,
        v: Quantity | None = None,
        resolution: Quantity | None = None,
        **agonist: Any,
    ) -> Correlations:
        """Correlations between dwell times 1 to ``lags`` apart (Colquhoun & Hawkes 1987).

        They show that open and shut states are joined in more than one way, as where the channel
        opens with one and with two agonist molecules.

        Parameters
        ----------
        ACh, v, resolution, **agonist : Quantity
            Concentration, potential and shortest event seen, as in `open_times`.
        lags : int, optional
            Longest distance, at least 1.

        Returns
        -------
        Correlations
            Coefficients of open times, of shut times and of the two, by distance.

        Raises
        ------
        ValueError
            If ``lags`` is no whole number of at least 1, or the channel does not both open and shut.
        """
        if not isinstance(lags, (int, np.integer)) or lags < 1:
            raise ValueError(f"lags is a whole number, at least 1, got {lags!r}.")
        return self._gating(ACh, v, resolution, agonist).correlations(int(lags))

    def bursts(
        self,
        ACh: Any = None,
        v: Quantity | None = None,
        *,
        between: Iterable[str] | None = None,
        **agonist: Any,
    ) -> Bursts:
        """Bursts of openings: activations parted by long shut times.

        Parameters
        ----------
        ACh : Quantity
            Agonist concentration.
        v : Quantity, optional
            Membrane potential.
        between : iterable of str, optional
            Shut states that lie between bursts; by default those without agonist and the
            desensitized ones. All other shut states are gaps within bursts.
        **agonist : Quantity
            ``ACh`` by the agonist's own name.

        Returns
        -------
        Bursts
            Their openings, lengths and gaps (Colquhoun & Hawkes 1982).

        Raises
        ------
        ValueError
            If ``between`` names no shut state, or bursts never begin or end.
        """
        Q = self._generator(self._molar(ACh, agonist, single=True), self._volts(v))
        return Bursts(Q, self.states, self.open, self._between(between))

    def _between(self, names: Iterable[str] | None) -> NDArray[np.bool_]:
        if names is None:
            return ~self.open & ((self.bound == 0) | self.desensitized)
        names = [names] if isinstance(names, str) else [*names]
        shut = [s for s, is_open in zip(self.states, self.open, strict=True) if not is_open]
        for name in names:
            if name not in shut:
                raise ValueError(
                    f"between names {name!r}, no shut state of {self.name}"
                    f"{nearest(str(name), shut)}; there are {', '.join(shut)}."
                )
        return np.isin(self.states, names)

    def _gating(self, ACh: Any, v: Any, resolution: Any, agonist: dict[str, Any]) -> Gating:
        Q = self._generator(self._molar(ACh, agonist, single=True), self._volts(v))
        return Gating(Q, self.open, _resolution(resolution))

    # -- one channel ----------------------------------------------------------------------------

    def single_channel(
        self,
        ACh: Any = None,
        duration: Quantity = 1 * second,
        seed: int | None = None,
        v: Quantity | None = None,
        *,
        start: str | Array | None = None,
        **agonist: Any,
    ) -> SingleChannel:
        """Record of one channel, simulated exactly: every state that it visits, and when.

        Parameters
        ----------
        ACh : Quantity
            Agonist concentration.
        duration : Quantity, optional
            Length of the record, a time.
        seed : int, optional
            Same seed, same record; without it each record is another. Brian's and NumPy's
            generators are neither used nor disturbed.
        v : Quantity, optional
            Membrane potential, which also sets the current.
        start : str or ndarray, shape (states,), optional
            State at the beginning, or occupancies to draw it from; by default the equilibrium.
        **agonist : Quantity
            ``ACh`` by the agonist's own name.

        Returns
        -------
        SingleChannel
            States and times, and what a patch clamp would show of them (Gillespie 1977).

        Raises
        ------
        ValueError
            If the duration is 0 or too long for memory, or start is no state and no occupancies.
        """
        from .single_channel import simulate

        Q = self._generator(self._molar(ACh, agonist, single=True), self._volts(v))
        return simulate(self, Q, self._volts(v), duration, seed, start)


def _resolution(resolution: Any) -> float:
    if resolution is None:
        return 0.0
    return one_si(resolution, second, "resolution is a time such as 25*us", low=0.0)


def _range(limits: Any, name: str) -> tuple[float, float] | None:
    """Two rising times in seconds; the second may be infinite."""
    if limits is None:
        return None
    what = f"{name} is a range of times such as (0*us, 100*us)"
    try:
        low, high = (float(si(t, second, what)) for t in limits)
    except TypeError:
        raise TypeError(f"{what}, got {limits!r}.") from None
    except ValueError:
        raise ValueError(f"{what}: two times, got {limits!r}.") from None
    if not 0 <= low < high:
        raise ValueError(f"{what}; it must rise from at least 0, got {limits!r}.")
    return low, high
