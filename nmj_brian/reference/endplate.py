"""One junction's receptors, slowly and plainly: the twins of csrc/nmj/endplate.h.

`run` takes a fresh matrix exponential at every step: no tables, no interpolation, the equations
as they stand in that header. `Receptors` reads the same tables as the kernel and does the same with
them, in matrix notation: equal to it to rounding, sub-step by sub-step.
"""

from __future__ import annotations

import numpy as np
from scipy.linalg import expm

from ..endplate import EndplateModel

__all__ = ["Receptors", "run"]

#: As in csrc/nmj/endplate.h: what has died away, and when a junction may sleep.
DEAD, REST, PASSES = 1e-15, 1.0, 1e-3


def run(
    model: EndplateModel,
    v_mV: np.ndarray,
    release_s: np.ndarray,
    size: np.ndarray,
) -> np.ndarray:
    """Numbers in all tracked states after each step with all receptors free, [step, state].

    Parameters
    ----------
    model : EndplateModel
        Source, recapture and receptor.
    v_mV : ndarray
        Voltage during each step.
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
        self.rows = self.p["n_state"] + 3  # tables are padded with zeros to a multiple of four
        self.parts = self.table["propagator"][..., : self.rows]
        self.wake(0.0)

    def wake(self, t_s: float) -> None:
        """All at rest, at ``t_s``."""
        p = self.p
        self.S, self.binding = self.receptors * self.table["rest"], np.zeros(p["n_source"])
        self.near, self.ACh = 0.0, np.zeros(p["n_ACh"])
        self.before = np.zeros(p["n_overlap"])  # quanta released before, fading

    def prepare(self, v_mV: float, share: float) -> None:
        """Fix voltage and free receptors, as a share of all, for the steps to come."""
        p, last = self.p, self.p["n_page"] - 2
        self.share = max(share, 1e-9)
        u = max(np.log(p["page0_share"] / self.share) / p["dlog_density"], 0.0)
        self.page = min(int(u), last)
        self.beyond = u - self.page
        if self.page == last:  # in proportion to receptors from here on
            self.beyond = 1.0 - np.exp((last - u) * p["dlog_density"])
        node = min(max((v_mV - p["v0_mV"]) / p["dv_mV"], 0.0), p["n_voltage"] - 1.0)
        self.node = max(min(int(node), p["n_voltage"] - 2), 0)
        self.across = node - self.node
        weight = self._here("propagator_mix")
        weight = np.where(np.abs(weight) < p["least_weight"], 0.0, weight)
        self.columns = (self.parts[0] + np.tensordot(weight, self.parts[1:], 1)).T
        if p["n_overlap"]:
            self.fade = self._on_page("overlap_decay")

    def _on_page(self, name: str) -> np.ndarray:
        """Row of a table over free receptors."""
        table, i = self.table[name], self.page
        return table[i] + self.beyond * (table[i + 1] - table[i])

    def _here(self, name: str) -> np.ndarray:
        """Row of a table over free receptors and voltage."""
        at, i = self._on_page(name), self.node
        return at[i] + self.across * (at[min(i + 1, len(at) - 1)] - at[i])

    @property
    def held(self) -> np.ndarray:
        """S, and all receptors if some leave rest without a quantum."""
        return np.append(self.S, self.receptors) if self.p["n_restless"] else self.S

    def advance(self, t_s: float) -> None:
        """One step from ``t_s``, without quanta; open channels had then the ``mean``, and ``middle``."""
        out = self.columns @ np.concatenate([self.held, [self.near], self.binding])
        self.S, self.near, self.mean, self.middle = (
            out[:-3],
            out[-3],
            float(out[-2]),
            float(out[-1]),
        )
        dead = DEAD / self.p["step_s"]
        self.binding = self._alive(self.binding * self.table["source_decay"], dead)
        self.ACh = self._alive(self.ACh * self.table["ACh_decay"], DEAD)
        if self.p["n_overlap"]:
            self.before = self.before * self.fade

    @staticmethod
    def _alive(values: np.ndarray, dead: float) -> np.ndarray:
        return np.where(np.abs(values) < dead, 0.0, values)

    def inject(self, size: float, residual_s: float) -> None:
        """Add a quantum released ``residual_s`` before the end of the step just advanced."""
        p, table = self.p, self.table
        past = residual_s / p["step_s"]
        first, weight = _cubic(past * (p["n_residual"] - 1), p["n_residual"])
        own = size
        if p["n_overlap"]:  # what it gains from those before, as they were at its release
            factors = self._on_page("overlap_mix").reshape(2, 2)
            faded = self.fade**past
            gain = (self.before / faded) @ table["overlap_gain"]
            gain = gain / (1.0 + p["overlap_saturation"] * max(gain[1], 0.0))
            more, late = gain @ factors
            self._enter("late", size * late, first, weight)
            own = size * (1.0 + more)
            self.before = self.before + size * faded
        self._enter("entry", own, first, weight)
        left = weight @ table["ACh_residual"][first : first + 4, : self.p["n_ACh"]]
        self.ACh = self.ACh + size * left * self._on_page("ACh_amplitude")

    def _enter(self, what: str, size: float, first: int, weight: np.ndarray) -> None:
        """Add ``size`` times what is tabulated for a quantum or its late part."""
        table, size = self.table, size * self.share
        mix = self._here(f"{what}_mix")
        mix = np.where(np.abs(mix) < self.p["least_entry"], 0.0, mix)
        rows = weight @ np.tensordot(mix, table[what][:, first : first + 4, : self.rows], 1)
        self.S, self.near = self.S + size * rows[:-3], self.near + size * rows[-3]
        self.mean, self.middle = self.mean + size * rows[-2], self.middle + size * rows[-1]
        rates = "amplitude_per_s" if what == "entry" else "late_amplitude_per_s"
        left = weight @ table["source_residual"][first : first + 4, : self.p["n_source"]]
        self.binding = self.binding + size * left * self._on_page(rates)

    @property
    def open(self) -> float:
        """Open channels."""
        return float(self.table["open"] @ self.S)

    @property
    def desensitized(self) -> float:
        """Receptors that are desensitized, or plugged for long by a drug, beyond those at rest."""
        return float(self.table["desensitized"] @ (self.S - self.receptors * self.table["rest"]))

    def at_rest(self, most: float) -> bool:
        """Whether little is away from rest, of what passes relative to the most channels that were open
        since it woke, and none is open there. Less than none is none.
        """
        if self.receptors * self.p["rest_open"] > 0.0:
            return False
        rest, decay = self.table["rest"], self.table["source_decay"]
        away = self.S - self.receptors * rest
        passing = np.abs(away[(away > 0.0) | (rest > 0.0)]).sum() + np.abs(self.ACh).sum()
        passing += max(self.near, 0.0) if not rest.any() else abs(self.near)
        binding = [(self.binding * w).sum() for w in (1.0, decay**2, 1.0 / (1.0 - decay))]
        passing += max(0.0, *binding) * self.p["step_s"]
        lasting = abs(self.desensitized) + self.before.sum()
        small = REST if lasting + passing < REST else PASSES * most
        return bool(lasting < REST and passing < small)


def _cubic(u: float, nodes: int) -> tuple[int, np.ndarray]:
    """Lagrange's cubic at position ``u`` of a uniform grid: first of four nodes, their weights."""
    u = min(max(u, 0.0), nodes - 1.0)
    first = min(max(int(u) - 1, 0), nodes - 4)
    x, at = u - first, np.arange(4)
    return first, np.array([np.prod([(x - k) / (i - k) for k in at if k != i]) for i in at])
