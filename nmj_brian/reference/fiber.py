"""NumPy twin of csrc/nmj/fiber.h: the same scheme, written to be read rather than to be fast.

One fiber, one sub-step at a time. Surface and tubule voltages of all compartments are one vector;
the trapezoidal
step is one dense linear system, solved by `numpy.linalg.solve`, where the kernel eliminates.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..membrane import TABLE_DV_MV, TABLE_ROWS, TABLE_V0_MV, MembraneChain, gate_table

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
        v, state = self.model.resting()
        count = self.model.compartments
        self.gates = state[: 8 * count].reshape(count, 2, 4)[..., :3].copy()
        self.volts = np.empty((count, 2))  # surface, tubule
        self.volts[:, 1] = state[8 * count : 9 * count]
        self.volts[:, 0] = np.concatenate([[v], state[9 * count : 10 * count - 1]])
        grid = TABLE_V0_MV + TABLE_DV_MV * np.arange(TABLE_ROWS)
        self._grid = grid
        self._rows = gate_table(grid, self.h_s, self.model.speed, self.model.recovery_mV)

    def _advance_gates(self) -> None:
        if self.table:
            columns = [np.interp(self.volts, self._grid, self._rows[:, k]) for k in range(8)]
            row = np.stack(columns, axis=-1)
        else:
            row = gate_table(self.volts, self.h_s, self.model.speed, self.model.recovery_mV)
        self.gates = row[..., :3] * self.gates + row[..., 4:7]

    def substep(
        self,
        g_S: float = 0.0,
        gE_S_mV: float = 0.0,
        I_A: float = 0.0,
        na_available: float = 1.0,
        clamped: bool = False,
    ) -> float:
        """Advance by one sub-step; returns the voltage of the end plate in mV."""
        p = self.model
        count = p.compartments
        self._advance_gates()
        m, h, n = np.moveaxis(self.gates, -1, 0)
        na = na_available * p.g_na_S * m**3 * h
        k = p.g_k_S * n**4
        g = na + k + p.g_leak_S
        drive = na * p.e_na_mV + k * p.e_k_mV + p.g_leak_S * p.e_leak_mV
        charge = 2.0 * p.capacitance_F / self.h_s
        fast = g > 0.1 * charge
        z2 = np.where(fast, (g / np.where(fast, charge, 1.0)) ** 2, 0.0)
        charge = charge * np.where(fast, (15.0 + 6.0 * z2) / (15.0 + z2), 1.0)

        # A x = b for the voltages x in the middle of the step; index 2 i + side.
        a = np.diag((charge + g).ravel())
        b = (charge * self.volts + drive).ravel()
        for i in range(count):
            _couple(a, 2 * i, 2 * i + 1, p.g_access_S[i])
        for i in range(count - 1):
            _couple(a, 2 * i, 2 * i + 2, p.g_axial_S[i])
        a[0, 0] += g_S
        b[0] += gE_S_mV + 1e3 * I_A
        if clamped:
            a[0] = 0.0
            a[0, 0] = 1.0
            b[0] = self.volts[0, 0]
        middle = np.linalg.solve(a, b).reshape(count, 2)
        self.volts = 2.0 * middle - self.volts
        return float(self.volts[0, 0])


def _couple(a: np.ndarray, i: int, j: int, g: float) -> None:
    a[i, i] += g
    a[j, j] += g
    a[i, j] -= g
    a[j, i] -= g
