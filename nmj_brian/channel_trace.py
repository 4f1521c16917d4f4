"""Current of one channel as a patch clamp records it: filtered, with noise, sampled.

Each opening and shutting is a step, and the filter's answer to a step is known in closed form: the
trace is their sum, exact at every sample whatever the interval between samples.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from brian2 import Quantity, amp, hertz, second
from numpy.typing import NDArray

from .receptor_constants import one_si

if TYPE_CHECKING:
    from .single_channel import SingleChannel

__all__ = ["Trace", "step_response", "trace"]

Array = NDArray[np.float64]
_MOST_SAMPLES = 50_000_000
_FILTERS = ("gaussian", "bessel4", "bessel8")
_CHUNK = 4_000_000  # sample-event pairs handled at a time


@dataclass(frozen=True, eq=False)
class Trace:
    """Sampled current of one channel.

    Attributes
    ----------
    t : Quantity
        Times of the samples on the record.
    current : Quantity
        Current; negative is inward.
    """

    t: Quantity = field(repr=False)
    current: Quantity = field(repr=False)

    def __len__(self) -> int:
        return len(self.t)


def step_response(kind: str, cutoff_Hz: float) -> tuple[Callable[[Array], Array], float, float]:
    """Answer of a filter to a unit step at time 0, and from when to when it is neither 0 nor 1.

    Parameters
    ----------
    kind : {'gaussian', 'bessel4', 'bessel8'}
        Kind of filter.
    cutoff_Hz : float
        Its -3 dB frequency.
    """
    if kind not in _FILTERS:
        raise ValueError(f"filter is one of {', '.join(_FILTERS)}, got {kind!r}.")
    if kind == "gaussian":
        from scipy.special import erf

        sigma = np.sqrt(np.log(2)) / (2 * np.pi * cutoff_Hz)
        return (lambda t: 0.5 * (1 + erf(t / (np.sqrt(2) * sigma)))), -8.5 * sigma, 8.5 * sigma
    from scipy.signal import bessel

    _, poles, gain = bessel(
        int(kind[-1]), 2 * np.pi * cutoff_Hz, analog=True, output="zpk", norm="mag"
    )
    others = poles[:, None] - poles[None, :] + np.eye(len(poles))
    weight = gain / np.prod(others, axis=1) / poles  # partial fractions of the step's transform

    def answer(t: Array) -> Array:
        late = np.maximum(t, 0.0)
        return np.where(t > 0, 1 + (np.exp(np.multiply.outer(late, poles)) @ weight).real, 0.0)

    return answer, 0.0, float(40 / -poles.real.max())


def trace(
    record: SingleChannel,
    dt: Any,
    noise: Any,
    cutoff: Any,
    kind: str,
    start: Any,
    stop: Any,
    seed: int | None,
) -> Trace:
    """Sample a record; see `SingleChannel.trace`."""
    step = one_si(dt, second, "dt is a time such as 20*us", low=0.0)
    rms = one_si(noise, amp, "noise is a current such as 0.2*pA", low=0.0)
    begin = one_si(start, second, "start is a time", low=0.0)
    whole = float(record.duration)
    end = whole if stop is None else min(whole, one_si(stop, second, "stop is a time", low=0.0))
    if step == 0 or not begin < end:
        raise ValueError("dt must be longer than nothing, and start before stop and the end.")
    count = int(np.floor((end - begin) / step * (1 + 1e-12))) + 1
    if count > _MOST_SAMPLES:
        raise ValueError(f"{count} samples are more than {_MOST_SAMPLES}: take a longer dt.")
    t = begin + step * np.arange(count)
    ideal = record.idealized
    is_open, changes = ideal.open, np.asarray(ideal.t)[1:]
    share = is_open[np.searchsorted(changes, t, side="right")].astype(float)
    weights = None
    if cutoff is not None:
        cut = one_si(cutoff, hertz, "cutoff is a frequency such as 5*kHz", low=0.0)
        if cut == 0:
            raise ValueError("cutoff must be higher than nothing.")
        answer, first, last = step_response(kind, cut)
        steps = np.where(is_open[1:], 1.0, -1.0)
        _smooth(share, begin, step, changes, steps, answer, first, last)
        reach = np.arange(np.floor(first / step), np.ceil(last / step) + 1)
        weights = np.diff(answer(np.append(reach, reach[-1] + 1) * step))
    elif kind not in _FILTERS:
        raise ValueError(f"filter is one of {', '.join(_FILTERS)}, got {kind!r}.")
    current = share * float(record.current)
    if rms > 0:
        current += rms * _noise(count, weights, record.seed if seed is None else seed)
    return Trace(t * second, current * amp)


def _smooth(
    share: Array,
    begin: float,
    step: float,
    changes: Array,
    steps: Array,
    answer: Callable[[Array], Array],
    first: float,
    last: float,
) -> None:
    """Turn sharp steps into filtered ones, each where the two differ."""
    window = np.arange(int(np.ceil((last - first) / step)) + 1)
    near = (changes > begin - last) & (changes < begin + step * len(share) - first)
    changes, steps = changes[near], steps[near]
    for chunk in np.array_split(np.arange(len(changes)), len(changes) * len(window) // _CHUNK + 1):
        at = np.ceil((changes[chunk, None] + first - begin) / step).astype(int) + window
        since = begin + step * at - changes[chunk, None]
        difference = (answer(since) - (since >= 0)) * steps[chunk, None]
        inside = (at >= 0) & (at < len(share))
        share += np.bincount(at[inside], difference[inside], len(share))


def _noise(count: int, weights: Array | None, seed: int) -> Array:
    """White noise through the filter, of standard deviation one."""
    rng = np.random.Generator(np.random.PCG64([int(seed), 1]))
    if weights is None:
        return rng.standard_normal(count)
    from scipy.signal import oaconvolve

    white = rng.standard_normal(count + len(weights) - 1)
    return oaconvolve(white, weights / np.sqrt(np.sum(weights**2)), mode="valid")
