"""NumPy twin of csrc/nmj/fiber.h: the same scheme, written to be read rather than to be fast.

One fiber, one sub-step at a time. Surface and tubule voltages of all compartments are one vector; the
trapezoidal step is one dense linear system, solved by `numpy.linalg.solve`, where the kernel
eliminates. `ReferenceFiber.step` is a whole time step: long steps near rest, the spike, sleep.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..membrane import (
    FALL_CHANGE_MV,
    QUIET_CHANGE_MV,
    QUIET_MV,
    TABLE_DV_MV,
    TABLE_ROWS,
    TABLE_V0_MV,
    MembraneChain,
    gate_table,
)

__all__ = ["ReferenceFiber"]


@dataclass
class ReferenceFiber:
    """One fiber as a membrane chain, stepped in plain NumPy.

    Parameters
    ----------
    model : MembraneChain
        Its compartments.
    h_s : float
        Sub-step.
    table : bool
        Read gate rates from the kernel's table (True) or compute them exactly (False).
    """

    model: MembraneChain
    h_s: float
    table: bool = True

    def __post_init__(self) -> None:
        self._grid = TABLE_V0_MV + TABLE_DV_MV * np.arange(TABLE_ROWS)
        self._rows: dict[float, np.ndarray] = {}
        self.spike_s: float | None = None
        self.rest()

    def rest(self) -> None:
        """All voltages and gates as they are at rest."""
        v, state = self.model.resting()
        count = self.model.compartments
        self.gates = state[: 8 * count].reshape(count, 2, 4)[..., :3].copy()
        self.volts = np.empty((count, 2))  # surface, tubule
        self.volts[:, 1] = state[8 * count : 9 * count]
        self.volts[:, 0] = np.concatenate([[v], state[9 * count : 10 * count - 1]])
        self._resting = self.gates.copy(), self.volts.copy()
        self.last_count = 1
        self._sleep()

    def _sleep(self) -> None:
        """Voltages are at rest, and stay there; gates may still be on their way."""
        self.volts = self._resting[1].copy()
        self.before_mV, self.slope_mV_per_s, self.armed = self.volts[:, 0].copy(), 0.0, True
        self.asleep = True

    @property
    def v_mV(self) -> float:
        """Voltage of the end plate."""
        return float(self.volts[0, 0])

    @property
    def at_rest(self) -> bool:
        """Whether every voltage is so near rest that the fiber may sleep."""
        gates, volts = self._resting
        off_n = np.abs(self.gates - gates)[..., 2]
        may = self.model.rest_tolerance_mV + self.model.afterpotential_mV * off_n
        return bool(np.all(np.abs(self.volts - volts) <= may))

    def step(self, t_s: float, g_S: np.ndarray, gE_S_mV: np.ndarray) -> bool:
        """One time step from ``t_s``, driven by the mean conductance of each sub-step.

        Returns
        -------
        bool
            Whether the fiber fired; ``spike_s`` then says when.
        """
        p, n_sub, fired = self.model, len(g_S), False
        if self.asleep and not np.any(g_S):
            left = np.exp(-n_sub * self.h_s * np.array(p.rest_rate_per_s))
            self.gates = self._resting[0] + (self.gates - self._resting[0]) * left
            return False
        self.asleep = False
        v_rest, _ = p.resting()
        # what moves the end plate by less than the tolerance is no input
        nothing = p.rest_tolerance_mV * p.g_leak_S[0].sum()
        count = p.counts(self.h_s, n_sub)[self._level(g_S, gE_S_mV)]
        g_S, gE_S_mV = (np.reshape(x, (-1, count)).mean(axis=1) for x in (g_S, gE_S_mV))
        driven = False
        for s, (g, gE) in enumerate(zip(g_S, gE_S_mV, strict=True)):
            driven |= abs(gE - g * v_rest) > nothing
            start, old = self.volts[:, 0].copy(), self.volts[p.spike_compartment, 0]
            self.substep(g, gE, count=count)
            new = self.volts[p.spike_compartment, 0]
            change = (self.volts[:, 0] - start) / count
            self.slope_mV_per_s = change[0] / self.h_s
            self.before_mV = self.volts[:, 0] - change
            if self.armed and old < p.spike_mV <= new:
                self.armed, fired = False, True
                self.spike_s = t_s + self.h_s * count * (s + (p.spike_mV - old) / (new - old))
            elif new < p.rearm_mV:
                self.armed = True
        if not driven and self.at_rest:
            self._sleep()
        return fired

    def _level(self, g_S: np.ndarray, gE_S_mV: np.ndarray) -> int:
        """Which of the model's three lengths of steps to take: the longest near rest where hardly
        anything changes, or one of the longer two falling back towards it while no input grows.
        """
        p, n_sub, above = self.model, len(g_S), self.volts - self.model.resting()[0]
        if n_sub < 2 or above.min() < -QUIET_MV:
            return 0
        changes = (self.volts[:, 0] - self.before_mV) * n_sub
        input_mA = gE_S_mV.mean() - g_S.mean() * self.v_mV
        driven = abs(input_mA) * n_sub * self.h_s / self.model.capacitance_F[0, 0]
        if above.max() <= QUIET_MV and max(abs(changes[0]), driven) <= QUIET_CHANGE_MV:
            return 2
        falls = -changes[[0, self.model.spike_compartment]]
        if falls.min() > 0 and g_S[-1] <= g_S[0]:
            counts = self.model.counts(self.h_s, n_sub)
            for level in (2, 1):
                slow = falls.max() <= FALL_CHANGE_MV[level]
                if counts[level] and slow and above.max() <= p.fall_mV[level]:
                    return level
        return 0

    def _advance_gates(self, h_s: float, count: float) -> None:
        model = self.model
        h = model.speed, model.recovery_mV, model.shift_mV
        if self.table:
            if count not in self._rows:
                self._rows[count] = gate_table(self._grid, h_s, *h)
            columns = [np.interp(self.volts, self._grid, x) for x in self._rows[count].T]
            row = np.stack(columns, axis=-1)
        else:
            row = gate_table(self.volts, h_s, *h)
        self.gates = row[..., :3] * self.gates + row[..., 4:7]

    def substep(
        self,
        g_S: float = 0.0,
        gE_S_mV: float = 0.0,
        I_A: float = 0.0,
        na_available: float = 1.0,
        clamped: bool = False,
        count: int = 1,
    ) -> float:
        """Advance by one step of ``count`` sub-steps; the voltage of the end plate in mV."""
        p = self.model
        h_s = count * self.h_s
        # gates stay half a step off the voltages, also where the step changes
        span, self.last_count = 0.5 * (self.last_count + count), count
        self._advance_gates(span * self.h_s, span)
        m, h, n = np.moveaxis(self.gates, -1, 0)
        na = na_available * p.g_na_S * m**3 * h
        k = p.g_k_S * n**4
        g = na + k + p.g_leak_S
        drive = na * p.e_na_mV + k * p.e_k_mV + p.g_leak_S * p.e_leak_mV
        charge = 2.0 * p.capacitance_F / h_s
        square = 15.0 * charge**2 + 1e-300  # no tubules: 0, not 0/0
        charge = charge * ((square + 6.0 * g**2) / (square + g**2))

        # A x = b for the voltages x in the middle of the step; index 2 i + side.
        a = np.diag((charge + g).ravel())
        b = (charge * self.volts + drive).ravel()
        for i in range(p.compartments):
            _couple(a, 2 * i, 2 * i + 1, p.g_access_S[i])
        for i, nearer in enumerate(p.neighbor, start=1):
            _couple(a, 2 * nearer, 2 * i, p.g_axial_S[i - 1])
        a[0, 0] += g_S
        b[0] += gE_S_mV
        b[2 * p.electrode] += 1e3 * I_A
        if clamped:
            a[0] = 0.0
            a[0, 0] = 1.0
            b[0] = self.volts[0, 0]
        middle = np.linalg.solve(a, b).reshape(-1, 2)
        self.volts = 2.0 * middle - self.volts
        return float(self.volts[0, 0])


def _couple(a: np.ndarray, i: int, j: int, g: float) -> None:
    a[i, i] += g
    a[j, j] += g
    a[i, j] -= g
    a[j, i] -= g
