"""One junction's receptors, slowly and plainly: the twins of csrc/nmj/endplate.h.

`run` takes a fresh matrix exponential at every sub-step: no tables, no interpolation, the equations
as they stand in that header. `Receptors` reads the same tables as the kernel and does the same with
them, in matrix notation: equal to it to rounding, sub-step by sub-step.
"""

from __future__ import annotations

import numpy as np
from scipy.linalg import expm

from ..endplate import EndplateModel
from ..propagators import at_density

__all__ = ["Receptors", "run"]

#: As in csrc/nmj/endplate.h: when a junction may leap, and when it may sleep.
SMOOTH, REST = 0.02, 1.0


def run(
    model: EndplateModel,
    v_mV: np.ndarray,
    release_s: np.ndarray,
    size: np.ndarray,
) -> np.ndarray:
    """Deviations of all tracked states after each sub-step at full density, [step, state].

    Parameters
    ----------
    model : EndplateModel
        Source, recapture and receptor.
    v_mV : ndarray
        Voltage during each sub-step.
    release_s, size : ndarray
        Times and relative sizes of quanta.
    """
    source, h = model.source, model.step_s
    n, sources = len(source.tracked), len(source.source_rate)
    x = np.zeros(n + sources + 1)  # S, sources, w
    out = np.zeros((len(v_mV), n))

    def generator(v_volt: float) -> np.ndarray:
        """d/dt of [S, sources, w]; columns = from."""
        q0, rest = model.receptor.matrices(v_volt)[0], source.rest
        freed = (q0 * (source.bound[:, None] - source.bound)).sum(1)
        freed = freed[source.tracked] - freed[rest]
        A = np.zeros((len(x), len(x)))
        A[:n, :n] = (q0[np.ix_(source.tracked, source.tracked)] - q0[rest, source.tracked]).T
        for j, (k, rate) in enumerate(zip(source.source_target, source.source_rate, strict=True)):
            A[k, n + j], A[n + j, n + j] = 1.0, -rate
        if len(source.recapture_target):
            A[-1, :n], A[-1, -1] = freed, -1.0 / source.tau_s
            A[source.recapture_target, -1] = source.gain[-1] / source.tau_s
        return A

    quantum = np.concatenate([np.zeros(n), source.amplitude[-1], [0.0]])
    propagators: dict[float, np.ndarray] = {}
    for i, v in enumerate(v_mV):
        if v not in propagators:
            propagators[v] = expm(generator(v * 1e-3) * h)
        x = propagators[v] @ x
        for t, q in zip(release_s, size, strict=True):
            if i * h < t <= (i + 1) * h:
                x = x + q * expm(generator(v * 1e-3) * ((i + 1) * h - t)) @ quantum
        out[i] = x[:n]
    return out


class Receptors:
    """The receptors of one end plate, stepped with the kernel's tables.

    Parameters
    ----------
    model : EndplateModel
        Tables and their axes.
    receptors : float
        How many there are; needed where receptors leave rest without a quantum.

    Attributes
    ----------
    S : ndarray
        Numbers of receptors in every state but the resting one.
    binding : ndarray
        Rates at which free ACh is binding, one exponential each.
    near : float
        ACh set free by dissociation and still near receptors (``w`` of the header).
    ACh : ndarray
        Free ACh of the quanta, in parts that decay exponentially.
    """

    def __init__(self, model: EndplateModel, receptors: float) -> None:
        self.receptors = receptors
        self.p, self.table = model.scalars(), model.arrays()
        # tables are padded with zeros to a multiple of four entries
        self.rows = self.p["n_state"] + 2
        self.pages = self.table["propagator"][..., : self.rows]
        self.binding_pages = self.table["source_propagator"][..., : self.rows]
        self.leaps = self.table["leap"][..., : self.rows]
        self.wake(0.0)

    def wake(self, t_s: float) -> None:
        """All at rest, at ``t_s``."""
        p = self.p
        self.S, self.binding = self.receptors * self.table["rest"], np.zeros(p["n_source"])
        self.near, self.ACh = 0.0, np.zeros(p["n_ACh"])
        self.before = np.zeros(p["n_overlap"])  # quanta released before, fading

    def prepare(self, v_mV: float, log_density: float) -> None:
        """Fix voltage and free density for the sub-steps to come."""
        p, self.v_mV, self.log_density = self.p, v_mV, log_density
        first, weight = 0, np.ones(1)
        if p["n_voltage"] > 1:
            first, weight = _cubic((v_mV - p["v0_mV"]) / p["dv_mV"], p["n_voltage"])
        page = np.tensordot(weight, self.pages[first : first + len(weight)], 1)
        ends = np.cumsum([p["n_state"] + p["n_restless"], p["n_recapture"]])
        self.from_S, self.from_near, self.from_freed = np.split(page.T, ends, 1)
        self.from_binding = self.binding_pages[first + int(np.argmax(weight))].T
        self.gain = self._at_density(self.table["gain"], log_density)
        if p["n_overlap"]:
            inside = max(log_density, p["log_density0"])
            self.fade = self._at_density(self.table["overlap_decay"], inside)

    @property
    def held(self) -> np.ndarray:
        """S, and all receptors if some leave rest without a quantum."""
        return np.append(self.S, self.receptors) if self.p["n_restless"] else self.S

    def advance(self, t_s: float) -> None:
        """One sub-step from ``t_s``."""
        p = self.p
        out = self.from_S @ self.held + self.from_binding @ self.binding
        out += self.from_near @ (self.gain * self.near / p["recapture_tau_s"])
        freed, out[-1] = out[-1], 0.0
        out += self.from_freed @ (self.gain * freed)
        self.S, arrived = out[:-2], out[-2] + out[-1]
        self.binding = self.binding * self.table["source_decay"]
        self.ACh = self.ACh * self.table["ACh_decay"]
        if p["n_overlap"]:
            self.before = self.before * self.fade
        if p["n_recapture"]:
            self.near = self.near * p["recapture_decay"] + arrived

    @property
    def is_smooth(self) -> bool:
        """Whether so little ACh is still to bind that open channels bend little in a leap."""
        coming = np.abs(self.binding) @ self.table["fast_s"]
        return bool(coming <= SMOOTH * max(self.open, 1.0))

    def leap(self) -> float:
        """All sub-steps of a leap at once, without quanta; the mean of open channels over them."""
        p = self.p
        u = (self.v_mV - p["v0_mV"]) / p["dv_leap_mV"] if p["n_leap_voltage"] > 1 else 0.0
        u = min(max(u, 0.0), p["n_leap_voltage"] - 1.0)
        i = max(min(int(u), p["n_leap_voltage"] - 2), 0)
        pages = self.leaps[:, i] + (u - i) * (
            self.leaps[:, min(i + 1, len(self.leaps[0]) - 1)] - self.leaps[:, i]
        )
        pages = self._between_pages(pages)
        out = np.concatenate([self.held, [self.near], self.binding]) @ pages.reshape(-1, self.rows)
        self.S, self.near = out[:-2], out[-2]
        self.binding = self.binding * self.table["leap_source_decay"]
        self.ACh = self.ACh * self.table["leap_ACh_decay"]
        if p["n_overlap"]:
            self.before = self.before * self.fade ** p["n_leap"]
        return float(out[-1])

    def _between_pages(self, pages: np.ndarray) -> np.ndarray:
        """Of the leaps at the tabulated densities, that at the present one: linear in its logarithm,
        below the lowest proportional to it; the last page has no recapture.
        """
        p, last = self.p, self.p["n_leap_gain"] - 2
        u = (p["leap_log_density"] - self.log_density) / p["dleap_log_density"]
        if last < 0 or u <= 1e-9:
            return pages[0]
        i = min(int(u), last)
        across = u - i if i < last else 1.0 - np.exp((last - u) * p["dleap_log_density"])
        return pages[i] + across * (pages[i + 1] - pages[i])

    def inject(self, size: float, residual_s: float, log_density: float) -> None:
        """Add a quantum released ``residual_s`` before the end of the sub-step just advanced."""
        p, table = self.p, self.table
        node = residual_s / p["step_s"] * (p["n_residual"] - 1)
        first, weight = _cubic(node, p["n_residual"])
        own = size
        inside = max(log_density, p["log_density0"])
        if p["n_overlap"]:
            factors = self._at_density(table["overlap_mix"], inside).reshape(2, 2)
            gain = self.before @ table["overlap_gain"]
            gain = gain / (1.0 + p["overlap_saturation"] * max(gain[1], 0.0))
            more, late = gain @ factors
            self._enter(
                "overlap_entry", "overlap_amplitude_per_s", size * late, first, weight, log_density
            )
            own = size * (1.0 + more)
            self.before = self.before + size
        self._enter("entry", "amplitude_per_s", own, first, weight, log_density)
        left = (
            weight @ table["ACh_residual"][first : first + 4]
        )  # ACh does not vanish with receptors
        self.ACh = self.ACh + size * left * self._at_density(table["ACh_amplitude"], inside)

    def _enter(
        self,
        entry: str,
        rates: str,
        size: float,
        first: int,
        weight: np.ndarray,
        log_density: float,
    ) -> None:
        """Add ``size`` times what is tabulated for a quantum or its late part."""
        p, table = self.p, self.table
        rows = self._at_density(table[entry], log_density).reshape(p["n_residual"], -1)
        rows = weight @ rows[first : first + 4]
        self.S = self.S + size * rows[:-1]
        self.near += size * rows[-1] if p["n_recapture"] else 0.0
        left = weight @ table["source_residual"][first : first + 4]
        self.binding = self.binding + size * left * self._at_density(table[rates], log_density)

    def _at_density(self, table: np.ndarray, log_density: float) -> np.ndarray:
        """Row of a table, see `nmj_brian.propagators.at_density`."""
        rows = np.asarray(table).reshape(self.p["n_density"], -1)
        return at_density(rows, self.p["log_density0"], self.p["dlog_density"], log_density)

    @property
    def open(self) -> float:
        """Open channels."""
        return float(self.table["open"] @ self.S)

    @property
    def desensitized(self) -> float:
        """Receptors that are desensitized, or plugged for long by a drug, beyond those at rest."""
        return float(self.table["desensitized"] @ (self.S - self.receptors * self.table["rest"]))

    @property
    def at_rest(self) -> bool:
        """Whether fewer receptors and molecules than REST are away from rest, and none open there."""
        if self.receptors * self.p["rest_open"] > 0.0:
            return False
        moving = np.abs(self.binding).sum() * self.p["step_s"]
        moving += np.abs(self.S - self.receptors * self.table["rest"]).sum()
        near = abs(self.near) + np.abs(self.ACh).sum() + np.abs(self.before).sum()
        return moving + near < REST


def _cubic(u: float, nodes: int) -> tuple[int, np.ndarray]:
    """Lagrange's cubic at position ``u`` of a uniform grid: first of four nodes, their weights."""
    u = min(max(u, 0.0), nodes - 1.0)
    first = min(max(int(u) - 1, 0), nodes - 4)
    x, at = u - first, np.arange(4)
    return first, np.array([np.prod([(x - k) / (i - k) for k in at if k != i]) for i in at])
