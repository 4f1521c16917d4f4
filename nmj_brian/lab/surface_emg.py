"""What a surface electrode sees of a muscle: every fiber's spike, seen through the volume conductor.

Fibers lie at random in a round section of the muscle under the skin, end plates scatter along it, and the
branches of the nerve scatter the arrival of an impulse. The fibers of an experiment stand for all of the
muscle's: their sum is scaled by the number of fibers.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from brian2 import Quantity, metre, mV, second
from brian2.units.fundamentalunits import fail_for_dimension_mismatch
from numpy.typing import NDArray

from ..extracellular_potential import LineSource
from ..fiber import Fiber
from ..parameters import ParameterSet
from ..presets import surface_emg as presets
from .protocol import check_size
from .result import positive

__all__ = ["SurfaceEMG", "hand_muscle"]

#: Time step of potentials at the skin, which have nothing faster than 0.5 ms.
STEP_S = 50e-6
#: Points of a disc electrode at which the potential is averaged.
_RINGS, _SPOKES = 4, 12


def hand_muscle(**values: Any) -> ParameterSet:
    """A human hand muscle (first dorsal interosseous) under a surface electrode.

    Parameters
    ----------
    **values
        New value by parameter name, e.g. ``skin=3*mm``.

    Returns
    -------
    ParameterSet
        Print it for all values and sources; ``replace`` changes them.
    """
    muscle = ParameterSet("hand muscle", presets.hand_muscle())
    return muscle.replace(**values) if values else muscle


class SurfaceEMG:
    """A surface electrode over a muscle whose fibers are placed at random.

    Parameters
    ----------
    fiber : Fiber
        Diameter and inner resistivity of all fibers.
    fibers : int
        How many are simulated; together they stand for all of the muscle's.
    muscle : ParameterSet, optional
        As from `hand_muscle`, the default.
    seed : int, optional
        Selects places and delays.
    velocity : Quantity, optional
        Of conduction along the fibers; by default by their diameter.

    Attributes
    ----------
    depth, endplate, delay : Quantity, shape (fibers,)
        Of each fiber: below the electrode, place of its end plate, extra delay of its nerve branch.
    """

    def __init__(
        self,
        fiber: Fiber,
        fibers: int,
        muscle: ParameterSet | None = None,
        *,
        seed: int = 0,
        velocity: Quantity | None = None,
    ) -> None:
        self.muscle = muscle = hand_muscle() if muscle is None else muscle
        if not isinstance(muscle, ParameterSet) or "arrival_spread" not in muscle:
            raise TypeError(f"muscle must be one such as nmj.lab.hand_muscle(), got {muscle!r}.")
        if velocity is not None:
            positive("velocity", velocity, metre / second, 0.1, 20)
        si = muscle.si
        chance = np.random.default_rng([seed % 2**63, 0x454D47])
        section = si("fibers") * np.pi / 4 * fiber.si("diameter") ** 2 / si("packing")
        radius = np.sqrt(section / np.pi)
        away, angle = radius * np.sqrt(chance.random(fibers)), 2 * np.pi * chance.random(fibers)
        depth = si("skin") + radius + away * np.sin(angle)
        side = away * np.cos(angle)
        longest = si("half_length")
        place = np.clip(si("endplate_spread") * chance.standard_normal(fibers), -longest, longest)
        delay = si("arrival_spread") * np.clip(chance.standard_normal(fibers), -3, 3)
        self.depth, self.endplate, self.delay = depth * metre, place * metre, delay * second
        self._scale = si("fibers") / fibers
        source = LineSource(
            fiber.diameter,
            fiber.axial_resistivity,
            muscle.conductivity_radial,
            muscle.conductivity_axial,
            muscle.half_length,
            velocity=velocity,
            surface=True,
        )
        r = si("electrode_radius") * np.sqrt((np.arange(_RINGS) + 0.5) / _RINGS)
        spoke = 2 * np.pi * np.arange(_SPOKES) / _SPOKES
        x, z = (np.outer(r, f(spoke)).ravel() for f in (np.cos, np.sin))
        # from the spike to the end of the wave, which is 20 mm long
        lasts = (source.half_length_m + 20e-3) / float(source.velocity)
        self._t_s = np.arange(0.0, lasts, STEP_S)
        check_size(1, fibers, each=max(len(source.edges_m), len(self._t_s)))
        weights = np.zeros((fibers, len(source.edges_m) - 1))
        for i in range(fibers):
            across = np.hypot(x - side[i], depth[i])
            active = source.weights(across, z - place[i]).mean(axis=0)
            reference = source.weights(across, z + si("reference_distance") - place[i]).mean(axis=0)
            weights[i] = active - reference
        self._each = self._scale * weights @ source.steps_V(self._t_s).T

    @property
    def t(self) -> Quantity:
        """Times of `single_fibers`, since each fiber's spike."""
        return self._t_s * second

    @property
    def single_fibers(self) -> Quantity:
        """Contribution of each fiber, scaled to the whole muscle: ``(fibers, times)``."""
        return self._each * 1e3 * mV

    def record_V(
        self, spikes_s: NDArray[np.float64], fibers: NDArray[np.int_], duration_s: float
    ) -> NDArray[np.float64]:
        """Sum of the fibers' potentials, each moved to its spike by exact phases.

        Parameters
        ----------
        spikes_s : ndarray, shape (spikes,)
            When fibers fired, in seconds; those outside of the record are left out.
        fibers : ndarray of int, shape (spikes,)
            Which of them.
        duration_s : float
            Length of the record.

        Returns
        -------
        ndarray, shape (times,)
            In volt, every 50 us from time 0 on.
        """
        n = int(np.ceil((duration_s + self._t_s[-1]) / STEP_S)) + 200
        size = 1 << (n - 1).bit_length()
        inside = (spikes_s >= 0) & (spikes_s < duration_s)
        spikes_s, fibers = spikes_s[inside], fibers[inside]
        if not hasattr(self, "_spectra") or self._spectra[0] != size:
            self._spectra = size, np.fft.rfft(self._each, size, axis=1)
        omega = 2 * np.pi * np.fft.rfftfreq(size, STEP_S)
        total = np.zeros(len(omega), complex)
        for first in range(0, len(fibers), 256):
            part = slice(first, first + 256)
            shift = np.exp(-1j * omega * spikes_s[part, None])
            total += (shift * self._spectra[1][fibers[part]]).sum(axis=0)
        return np.fft.irfft(total, size)[: int(np.ceil(duration_s / STEP_S))]

    def record(self, spike_times: Quantity, fibers: Any, duration: Quantity) -> tuple[Any, Any]:
        """Surface EMG of any spikes of muscle fibers, as from a `SpikeMonitor`.

        Parameters
        ----------
        spike_times : Quantity, shape (spikes,)
            When fibers fired (``spike_time`` of `MuscleFibers` is finer than the monitor's ``t``).
        fibers : array_like of int, shape (spikes,)
            Which of them.
        duration : Quantity
            Length of the record, from time 0 on.

        Returns
        -------
        t, potential : Quantity
            Every 50 us; positive means the active electrode is positive against the reference.

        Raises
        ------
        ValueError
            For a fiber that does not exist, or as many times as fibers are not given.
        """
        fail_for_dimension_mismatch(spike_times, second, "spike times are times")
        duration_s = positive("duration", duration, second, 0, 1e4)
        check_size(1, 1, samples=int(duration_s / STEP_S))
        spikes_s = np.atleast_1d(np.asarray(spike_times / second, dtype=float))
        which = np.atleast_1d(np.asarray(fibers))
        if spikes_s.shape != which.shape or spikes_s.ndim != 1:
            raise ValueError(
                f"each spike needs its fiber, got {spikes_s.shape} times and {which.shape} fibers."
            )
        if which.size and not (which.min() >= 0 and which.max() < len(self._each)):
            raise ValueError(f"there are fibers 0 to {len(self._each) - 1}, got {which.max()}.")
        total = np.zeros(int(np.ceil(duration_s / STEP_S)))
        piece_s = 0.5  # transforms of pieces are cheaper than that of a long record
        for start in np.arange(0, duration_s, piece_s):
            mine = (spikes_s >= start) & (spikes_s < start + piece_s)
            if mine.any():
                first = round(start / STEP_S)
                piece = self.record_V(spikes_s[mine] - start, which[mine], piece_s + self._t_s[-1])
                piece = piece[: len(total) - first]
                total[first : first + len(piece)] += piece
        return np.arange(len(total)) * STEP_S * second, total * 1e3 * mV

    def volleys_V(
        self, latency_s: NDArray, later_s: list[tuple[int, int, float]], window_s: float
    ) -> NDArray[np.float64]:
        """Potential at the skin after each impulse of a train.

        Parameters
        ----------
        latency_s : ndarray, shape (impulses, fibers)
            Of the first spike; NaN where there is none.
        later_s : list of (impulse, fiber, seconds)
            Further spikes.
        window_s : float
            How long after each impulse.

        Returns
        -------
        ndarray, shape (impulses, times)
            In volt, every 50 us.
        """
        lead = 3 * float(self.muscle.si("arrival_spread"))  # so that no fiber fires before time 0
        out = []
        for k, row in enumerate(latency_s):
            who = np.flatnonzero(~np.isnan(row))
            times = row[who]
            more = [(i, t) for impulse, i, t in later_s if impulse == k]
            if more:
                who = np.concatenate([who, [i for i, _ in more]])
                times = np.concatenate([times, [t for _, t in more]])
            out.append(
                self.record_V(times + lead + np.asarray(self.delay / second)[who], who, window_s)
            )
        return np.array(out)

    def __repr__(self) -> str:
        count = len(self._each)
        return f"<SurfaceEMG: {count} fibers that stand for {self._scale * count:.0f}>"


def negative_phase(potential_V: NDArray) -> tuple[NDArray, NDArray]:
    """Amplitude (volt) and area (volt second) of the first negative phase, by row; both positive."""
    amplitude = np.maximum(-potential_V.min(axis=1), 0.0)
    area = np.zeros(len(potential_V))
    for i, v in enumerate(potential_V):
        if amplitude[i] <= 0:
            continue
        low = int(np.argmin(v))
        before = np.flatnonzero(v[:low] >= 0)
        after = np.flatnonzero(v[low:] >= 0)
        start = before[-1] + 1 if before.size else 0
        stop = low + after[0] if after.size else len(v)
        area[i] = -v[start:stop].sum() * STEP_S
    return amplitude, area
