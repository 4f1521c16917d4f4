"""Exact propagators of the receptors of one end plate, and what a quantum did within a step.

The linear equations of csrc/nmj/endplate.h at constant voltage and free receptors, exponentiated at
the places of that header's tables, and written as mixtures of few parts.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from .binding import driven_exponentials
from .mixture import mixture
from .quantal_source import QuantalSource, relaxation, set_free

__all__ = ["PAGES", "V_RANGE_MV", "Places", "generator", "padded"]

#: Voltages that are tabulated, and distances of nodes that are tried.
V_RANGE_MV = (-160.0, 100.0)
_SPACINGS_MV = (4.0, 2.0, 1.0, 0.5)
#: Pages with recapture, from a junction's own free receptors down; the page _LOWEST is at the fewest that
#: were fitted. Below, amplitudes are in proportion to receptors and recapture stays: without AChE it falls
#: little. One page without recapture follows.
PAGES, _LOWEST = 19, 14
#: Error of a propagator of 0.1 ms relative to the receptors: by interpolation, by too few parts.
_ERROR, _PART_ERROR = 5e-5, 2e-5
#: Weights of a part below it are none; nodes over the residual of a step: at least so many, and at
#: most so far apart (the fastest ACh binds in about 10 us); error of entries, relative to the largest.
_LEAST_WEIGHT = 2e-5
_RESIDUAL_NODES, _RESIDUAL_S = 17, 3.2e-6
_ENTRY_ERROR = 5e-5


def generator(source: QuantalSource, q0: np.ndarray, gain: np.ndarray) -> np.ndarray:
    """``d/dt`` of [S, all receptors, w, sources]; columns = from.

    All receptors are a constant that feeds S and w where receptors leave rest without a quantum.
    """
    ns, nj = len(source.tracked), len(source.source_rate)
    w, m = ns + 1, ns + 2 + np.arange(nj)
    A = np.zeros((ns + 2 + nj, ns + 2 + nj))
    A[:ns, :ns] = relaxation(q0, source.rest)
    A[:ns, ns] = q0[source.rest, source.tracked]
    A[source.source_target, m] = 1.0
    A[m, m] = -source.source_rate
    if len(source.recapture_target):
        A[source.recapture_target, w] = gain / source.tau_s
        A[w, :ns] = set_free(q0, source.bound, source.rest)
        A[w, ns] = q0[source.rest] @ (source.bound[source.rest] - source.bound)
        A[w, w] = -1.0 / source.tau_s
    return A


def padded(table: np.ndarray) -> np.ndarray:
    """The last axis filled up with zeros to a multiple of four, for the kernel's vectors."""
    missing = -table.shape[-1] % 4
    return np.concatenate([table, np.zeros((*table.shape[:-1], missing))], axis=-1)


class Places:
    """The places of an end plate's tables: pages of free receptors, nodes of voltage.

    Parameters
    ----------
    source : QuantalSource
        Binding flux of a quantum, and recapture.
    receptor : Receptor
        At its temperature.
    v_volt : float
        Holding voltage.
    step_s : float
        Step of the receptors.
    free : float
        Free receptors of page 0, as a share of all.

    Raises
    ------
    ValueError
        If rates depend too steeply on voltage.
    """

    def __init__(
        self, source: QuantalSource, receptor: Any, v_volt: float, step_s: float, free: float
    ) -> None:
        self.source, self.receptor, self.step_s = source, receptor, step_s
        own, lowest = np.log(max(free, 1e-9)), source.log_density[0]
        # with fewer receptors than were fitted, or hardly more, no page needs to lie there
        spacing = (own - lowest) / _LOWEST if own > lowest + 0.5 else 0.25
        #: Logarithm of the free receptors at each page; at the last, amplitudes are as at the one before.
        self.log_share = own - spacing * np.minimum(np.arange(PAGES + 1), PAGES - 1)
        self.gain = self.as_fitted(source.gain)
        self.gain[-1] = 0.0
        self.volts, self.dv_mV = np.array([v_volt]), 1.0
        self.tolerance = _ERROR * min(1.0, step_s / 1e-4)
        if len(source.recapture_target):
            self._divide()
        else:
            self._propagators = self._at(self.volts, self.gain[:1]).repeat(PAGES + 1, 0)
        self.rest = int(np.argmin(np.abs(self.volts - v_volt)))

    @property
    def restless(self) -> bool:
        """Whether receptors leave rest without a quantum: asked of the propagators themselves, since
        their parts are rounded and hardly ever exactly zero.
        """
        return bool(np.any(self._propagators[:, :, len(self.source.tracked)]))

    @property
    def inside(self) -> np.ndarray:
        """Logarithm of the free receptors at each page, of those that were fitted the nearest."""
        return np.clip(self.log_share, self.source.log_density[0], 0.0)

    def as_fitted(self, table: np.ndarray) -> np.ndarray:
        """A table of the source at the pages."""
        from scipy.interpolate import CubicSpline  # takes long to import

        if not table.shape[1]:
            return np.zeros((PAGES + 1, 0))
        return CubicSpline(self.source.log_density, table)(self.inside)

    def _at(self, volts: np.ndarray, gains: np.ndarray) -> np.ndarray:
        """Propagators, [page, voltage, column, row]; the last rows are open channels: their mean, and
        those in the middle of the step.
        """
        source, h = self.source, 0.5 * self.step_s
        ns = len(source.tracked)
        E, F = driven_exponentials(
            self._generators(volts, gains) * h, self._into * h, source.source_rate * h
        )
        row = np.r_[:ns, ns + 1, ns + 2]
        whole = E[..., row, :] @ np.concatenate([E[..., :-1], F], axis=-1)
        whole[..., ns + 2 :] += F[..., row, :] * np.exp(-source.source_rate * h)
        middle = source.open @ np.concatenate([E[..., :ns, :-1], F[..., :ns, :]], axis=-1)
        return np.concatenate([whole, middle[:, :, None]], axis=2).swapaxes(2, 3)

    @property
    def _into(self) -> np.ndarray:
        """Where each source goes, [to, source], among S, all receptors, w and the open channels."""
        into = np.zeros((len(self.source.tracked) + 3, len(self.source.source_rate)))
        into[self.source.source_target, np.arange(into.shape[1])] = 1.0
        return into

    def _generators(self, volts: np.ndarray, gains: np.ndarray) -> np.ndarray:
        """Of all but the sources, [page, voltage, to, from]; the last one integrates open channels."""
        source = self.source
        ns = len(source.tracked)
        B = np.zeros((len(gains), len(volts), ns + 3, ns + 3))
        for i, u in enumerate(volts):
            q0 = self.receptor.matrices(float(u))[0]
            B[:, i, : ns + 2, : ns + 2] = generator(source, q0, 0.0)[: ns + 2, : ns + 2]
        if gains.shape[1]:
            B[:, :, source.recapture_target, ns + 1] = gains[:, None] / source.tau_s
        B[:, :, -1, :ns] = source.open / self.step_s
        return B

    def _divide(self) -> None:
        """Nodes of voltage so near each other that one may go linearly between them."""
        low, high = V_RANGE_MV
        ns = len(self.source.tracked)
        for self.dv_mV in _SPACINGS_MV:
            volts = np.arange(low, high + 0.5 * self.dv_mV, self.dv_mV) * 1e-3
            i = np.arange(0, len(volts) - 1, 8)
            ends = [0, PAGES]
            exact = self._at(volts[i] + 0.5e-3 * self.dv_mV, self.gain[ends])
            table = self._at(volts, self.gain[ends])
            middle = 0.5 * (table[:, i] + table[:, i + 1])
            if np.abs(middle - exact)[:, :, :ns, :ns].max() < self.tolerance:
                break
        else:
            raise ValueError("the receptor's rates depend too steeply on voltage to be tabulated.")
        self.volts, self._propagators = volts, self._at(volts, self.gain)

    def propagator(self) -> tuple[np.ndarray, np.ndarray]:
        """Weights of the parts but the first, [page, voltage, part - 1], and the parts, [part, column,
        row]: the first is the propagator at rest, the next is how it changes with voltage there, then come
        those that all receptors need at other voltages: a junction near rest needs no others.
        """
        table = self._propagators.copy()
        ns, shape = len(self.source.tracked), table.shape
        # so that errors of all columns compare: sources in receptors, what leaves rest relative to itself
        scale = np.ones((shape[2], 1))
        if self.restless:
            scale[ns] = 1.0 / np.abs(table[:, :, ns]).max()
        scale[ns + 2 :, 0] = self.source.source_rate
        table *= scale
        flat = table.reshape(-1, shape[2] * shape[3])
        at, many = self.rest, len(self.volts)
        base = flat[at]
        error = _PART_ERROR * min(1.0, self.step_s / 1e-4)
        slope = flat[min(at + 1, many - 1)] - flat[max(at - 1, 0)]
        _, here = mixture(flat[:many] - base, error, [slope])
        weight, part = mixture(flat - base, error, here)
        parts = np.concatenate([base[None], part]).reshape(-1, *shape[2:])
        parts /= scale
        return weight.reshape(*shape[:2], -1), parts

    def least_weight(self) -> float:
        """Weights of parts of the propagator below it are none."""
        return _LEAST_WEIGHT * min(1.0, self.step_s / 1e-4)

    @staticmethod
    def least_entry(weight: np.ndarray) -> float:
        """The same for entries of these weights."""
        return 0.2 * _ENTRY_ERROR * float(np.abs(weight).max(initial=0.0))

    def residuals(self) -> np.ndarray:
        """Nodes over the residual of a step in seconds."""
        nodes = max(_RESIDUAL_NODES, 2 * int(np.ceil(0.5 * self.step_s / _RESIDUAL_S - 1e-9)) + 1)
        return np.linspace(0.0, self.step_s, nodes)

    def per_share(self, amplitude: np.ndarray) -> np.ndarray:
        """Amplitudes of the source at the pages, per share of free receptors."""
        return self.as_fitted(amplitude) / np.exp(self.inside)[:, None]

    def entry(self, amplitude: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """What a quantum of these amplitudes did at each residual after its release.

        Returns
        -------
        weight, part : ndarray, [page, voltage, part] and [part, residual, row]
            Per share of free receptors; first those parts that page 0 needs.
        """
        A = self.per_share(amplitude)
        ns, nodes = len(self.source.tracked), len(self.residuals())
        gains = self.gain if self.gain.shape[1] else self.gain[:1]
        h, rate = self.step_s / (nodes - 1), self.source.source_rate
        E, F = driven_exponentials(
            self._generators(self.volts, gains) * h, self._into * h, rate * h
        )
        places = (PAGES + 1) * len(self.volts)
        E = np.broadcast_to(E, (PAGES + 1, *E.shape[1:])).reshape(places, *E.shape[2:])
        F = np.broadcast_to(F, (PAGES + 1, *F.shape[1:])).reshape(places, *F.shape[2:])
        m = np.repeat(A, len(self.volts), 0)
        x = np.zeros((places, ns + 3))
        out = np.zeros((nodes, places, ns + 3))
        for i in range(1, nodes):
            came = F @ (m * np.exp(-rate * h * (i - 1)))[..., None]
            x = (E @ x[..., None] + came)[..., 0]
            out[i, :, :-1] = x[:, np.r_[:ns, ns + 1, ns + 2]]
        out[nodes // 2 :, :, -1] = out[: nodes // 2 + 1, :, :ns] @ self.source.open  # in the middle
        rows = padded(out.swapaxes(0, 1)).reshape(places, -1)
        error = _ENTRY_ERROR * np.abs(rows).max()
        _, here = mixture(rows[: len(self.volts)], error)
        weight, part = mixture(rows, error, here)
        return weight.reshape(PAGES + 1, len(self.volts), -1), part.reshape(len(part), nodes, -1)
