"""Excitable membrane of a muscle fiber: channel gates, and a chain of surface-plus-tubule compartments.

Equations (Cannon, Brown & Corey 1993; constants of the Shorten 2007 family, 20 degrees C)::

    C dv/dt = -g_Na m^3 h (v - E_Na) - g_K n^4 (v - E_K) - g_leak (v - E_leak) + g_access (u - v)
              + axial + input
    dx/dt = alpha_x(v) (1 - x) - beta_x(v) x,     x = m, h, n

for the surface voltage ``v`` and alike for the tubule voltage ``u`` of each compartment.

Deviations: currents are ohmic; slow inactivation of Na (`slow_inactivation`) and inactivation of K are no
gates of the chain (a Brian equation may drive ``na_available``); Kir and ClC-1 are one leak; ions stay.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

__all__ = ["MembraneChain", "gate_rates", "gate_table"]

#: Rows of the gate tables: -140 to 100 mV every 0.125 mV. The error of linear pieces is tested.
TABLE_V0_MV, TABLE_DV_MV, TABLE_ROWS = -140.0, 0.125, 1921
#: As in csrc/nmj/fiber_model.h.
MAX_COMPARTMENTS, MAX_SITES = 4096, 32
#: Voltage dependence of the recovery of inactivated Na channels in the source.
RECOVERY_MV = 14.7
#: Rates of the gates at 20 degrees C: factor in 1/ms, voltage and slope in mV. With x = (v - voltage) /
#: slope: alpha_m and alpha_n are x / (1 - exp(-x)), beta_h is 1 / (1 + exp(-x)), the others exp(-x).
GATES = {
    "alpha_m": (2.88, -46.0, 10.0),
    "alpha_h": (0.0081, -45.0, RECOVERY_MV),
    "alpha_n": (0.0917, -40.0, 7.0),
    "beta_m": (1.38, -46.0, 18.0),
    "beta_h": (4.38, -45.0, 9.0),
    "beta_n": (0.067, -40.0, 40.0),
}
#: Where another slope of recovery than the source's leaves the rate as it is.
RECOVERY_PIVOT_MV = -85.0
#: Compartments up to which full matrices are sooner solved than sparse ones.
_FEW = 16
#: Longest sub-step served: the error of the action potential's time then is about 20 us.
MAX_SUBSTEP_S = 25e-6


#: When a fiber may take a whole step at once: how near rest, and how slow (see csrc/nmj/fiber.h).
QUIET_MV, QUIET_CHANGE_MV = 5.0, 0.25
#: Longest step while a fiber falls fast, after an action potential (50 us would lose some that come soon).
MEDIUM_STEP_S = 20e-6
#: Or how far above rest and how fast it may fall back, in steps of each length.
FALL_MV, FALL_CHANGE_MV = (0.0, 65.0, 10.0), (0.0, 5.0, 0.5)


def _linoid(x: np.ndarray) -> np.ndarray:
    """x / (1 - exp(-x)), finite at 0."""
    small = np.abs(x) < 1e-6
    safe = np.where(small, 1.0, x)
    return np.where(small, 1.0 + x / 2.0, safe / -np.expm1(-safe))


def gate_rates(
    v_mV: Any, recovery_mV: float = RECOVERY_MV, shift_mV: float = 0.0
) -> tuple[np.ndarray, np.ndarray]:
    """Opening and closing rates of the m, h and n gates at 20 degrees C.

    Parameters
    ----------
    v_mV : float or ndarray
        Membrane voltage in mV.
    recovery_mV, shift_mV : float, optional
        Change of voltage that slows the recovery of inactivated Na channels e-fold (another than the
        source's 14.7 leaves the rate at -85 mV plus the shift as it is); by which the h gate is shifted.

    Returns
    -------
    alpha, beta : ndarray, shape (..., 3)
        Rates in 1/s for m, h, n.
    """
    v = np.asarray(v_mV, dtype=float)
    k = {name: factor for name, (factor, _, _) in GATES.items()}
    x = {name: (v - voltage) / slope for name, (_, voltage, slope) in GATES.items()}
    _, voltage, slope = GATES["alpha_h"]
    pivot = RECOVERY_PIVOT_MV
    recovery = (voltage - pivot) / slope - (v - shift_mV - pivot) / recovery_mV
    x["beta_h"] = x["beta_h"] - shift_mV / GATES["beta_h"][2]
    alpha = [
        k["alpha_m"] * _linoid(x["alpha_m"]),
        k["alpha_h"] * np.exp(recovery),
        k["alpha_n"] * _linoid(x["alpha_n"]),
    ]
    beta = [
        k["beta_m"] * np.exp(-x["beta_m"]),
        k["beta_h"] / (1.0 + np.exp(-x["beta_h"])),
        k["beta_n"] * np.exp(-x["beta_n"]),
    ]
    return 1e3 * np.stack(alpha, axis=-1), 1e3 * np.stack(beta, axis=-1)


def gate_table(v_mV: Any, h_s: float, speed: Any, *h_gate: float) -> np.ndarray:
    """Exact advance of the gates over ``h_s`` at each voltage: x -> decay x + drive.

    ``speed``: of m, h, n relative to 20 degrees C; ``h_gate``: recovery and shift of `gate_rates`.

    Returns
    -------
    ndarray, shape (..., 8)
        Decay of m, h, n and a zero, then their drive, target * (1 - decay), and a zero.
    """
    alpha, beta = gate_rates(v_mV, *h_gate)
    total = alpha + beta
    loss = -np.expm1(-h_s * np.asarray(speed) * total)
    none = np.zeros_like(loss[..., :1])
    return np.concatenate([1.0 - loss, none, alpha / total * loss, none], axis=-1)


@dataclass(frozen=True, eq=False)
class MembraneChain:
    """A fiber cut into compartments, each with a surface and a tubular membrane; SI numbers,
    voltages in mV.

    Parameters
    ----------
    capacitance_F, g_na_S, g_k_S, g_leak_S, e_leak_mV : ndarray, shape (M, 2)
        Per compartment, surface then tubule.
    g_access_S : ndarray, shape (M,)
        Between surface and tubule.
    g_axial_S : ndarray, shape (M - 1,)
        Between compartment i = 1 .. M - 1 and its neighbor nearer to the end plate.
    speed : tuple of float
        Factors on the rates of the m, h and n gates at 20 degrees C.
    v_guess_mV : float
        Near the resting voltage.
    recovery_mV, shift_mV : float
        See `gate_rates`.
    spike_compartment : int
        Where the action potential is timed.
    other_side : int, optional
        First compartment of the second side, a neighbor of the end plate; by default there is one side,
        with both folded together.
    electrode : int, optional
        Where injected current enters.
    site : ndarray, shape (K, 3), optional
        Points where voltage and arrival are told: a compartment, another, share of the other.
    diameter_m : float, optional
        That fibers with a diameter of their own are measured by.
    falls_together : bool, optional
        Whether all compartments fall when the end plate and the spike's compartment do; then steps are
        longer after an action potential.
    spike_mV, rearm_mV : float, optional
        Upward crossing that is a spike; level to fall below before the next one.
    rest_tolerance_mV, afterpotential_mV : float, optional
        A fiber may sleep whose voltages are so near rest, and so much more for each share that n of the
        same membrane is away from rest; its gates go on.
    """

    capacitance_F: np.ndarray
    g_na_S: np.ndarray
    g_k_S: np.ndarray
    g_leak_S: np.ndarray
    e_leak_mV: np.ndarray
    g_access_S: np.ndarray
    g_axial_S: np.ndarray
    speed: tuple[float, float, float]
    v_guess_mV: float
    recovery_mV: float = RECOVERY_MV
    shift_mV: float = 0.0
    e_na_mV: float = 50.0
    e_k_mV: float = -85.0
    spike_compartment: int = 0
    other_side: int | None = None
    electrode: int = 0
    site: np.ndarray = field(default_factory=lambda: np.empty((0, 3)))
    diameter_m: float = 0.0
    falls_together: bool = True
    spike_mV: float = 0.0
    rearm_mV: float = -30.0
    rest_tolerance_mV: float = 1e-2
    afterpotential_mV: float = 0.5
    _rest: dict = field(default_factory=dict, repr=False)

    def __post_init__(self) -> None:
        count = len(self.g_access_S)
        if not 1 <= count <= MAX_COMPARTMENTS:
            raise ValueError(f"A chain has 1 to {MAX_COMPARTMENTS} compartments, got {count}.")
        names = ("capacitance_F", "g_na_S", "g_k_S", "g_leak_S", "e_leak_mV")
        shapes = {
            **dict.fromkeys(names, (count, 2)),
            "g_access_S": (count,),
            "g_axial_S": (count - 1,),
        }
        for name, shape in shapes.items():
            array = np.ascontiguousarray(getattr(self, name), dtype=float)
            if array.shape != shape:
                raise ValueError(f"{name} of the chain must have shape {shape}, got {array.shape}.")
            if not np.isfinite(array).all() or (name != "e_leak_mV" and (array < 0).any()):
                raise ValueError(f"{name} of the chain must be finite and not negative: {array}.")
            object.__setattr__(self, name, array)
        if (self.capacitance_F[:, 0] <= 0).any() or (self.g_access_S <= 0).any():
            raise ValueError(
                "Each compartment needs surface capacitance and access conductance > 0."
            )
        if not 0 <= self.spike_compartment < count:
            raise ValueError(f"spike_compartment must be 0 to {count - 1}.")

    @property
    def compartments(self) -> int:
        """Number of compartments."""
        return len(self.g_access_S)

    @property
    def fall_mV(self) -> tuple[float, ...]:
        """How far above rest a falling fiber may be, in steps of each length."""
        return FALL_MV if self.falls_together else (0.0, 0.0, 0.0)

    @property
    def neighbor(self) -> np.ndarray:
        """Of compartments 1 to M - 1: the one beside it that is nearer to the end plate."""
        nearer = np.arange(self.compartments - 1)
        if self.other_side is not None:
            nearer[self.other_side - 1] = 0
        return nearer

    @property
    def size(self) -> int:
        """Doubles of private state per fiber."""
        return 10 * self.compartments + 5

    def replace(self, **fields: Any) -> MembraneChain:
        """Copy with other fields."""
        return replace(self, _rest={}, **fields)

    def resting(self, na_available: float = 1.0) -> tuple[float, np.ndarray]:
        """Voltage of the end plate and private state at rest.

        Parameters
        ----------
        na_available : float, optional
            Share of Na channels left.
        """
        if na_available not in self._rest:
            self._rest[na_available] = self._solve_rest(na_available)
        v, state = self._rest[na_available]
        return v, state.copy()

    def _solve_rest(self, na_available: float) -> tuple[float, np.ndarray]:
        """Newton's method from near rest; currents are per capacitance of surface, in mV/s."""
        count, nearer = self.compartments, self.neighbor

        def through_membrane(volts: np.ndarray) -> np.ndarray:
            alpha, beta = gate_rates(volts, self.recovery_mV, self.shift_mV)
            m, h, n = np.moveaxis(alpha / (alpha + beta), -1, 0)
            out = na_available * self.g_na_S * m**3 * h * (volts - self.e_na_mV)
            return out + (
                self.g_k_S * n**4 * (volts - self.e_k_mV) + self.g_leak_S * (volts - self.e_leak_mV)
            )

        def current(volts: np.ndarray) -> np.ndarray:
            out = through_membrane(volts)
            into = self.g_access_S * (volts[:, 0] - volts[:, 1])
            along = self.g_axial_S * (volts[1:, 0] - volts[nearer, 0])
            out[:, 0] += into
            out[:, 1] -= into
            out[1:, 0] += along
            np.subtract.at(out[:, 0], nearer, along)
            return out / self.capacitance_F[:, :1]

        volts = np.full((count, 2), self.v_guess_mV)
        residual = current(volts)
        if np.abs(residual).max() > 1e-6:
            from scipy.sparse import coo_array, diags_array  # take long to import
            from scipy.sparse.linalg import spsolve

            surface, tubule = 2 * np.arange(count), 2 * np.arange(count) + 1
            one = np.concatenate([surface, surface[1:]])
            other = np.concatenate([tubule, surface[nearer]])
            g = np.concatenate([self.g_access_S, self.g_axial_S])
            rows = np.concatenate([one, other, one, other])
            columns = np.concatenate([one, other, other, one])
            both_ways = (np.concatenate([g, g, -g, -g]), (rows, columns))
            coupling = coo_array(both_ways, shape=(2 * count, 2 * count))
            scale, few = np.repeat(self.capacitance_F[:, 0], 2), count <= _FEW
            coupling = coupling.toarray() if few else coupling
            for _ in range(50):
                slope = (through_membrane(volts + 1e-4) - through_membrane(volts - 1e-4)) / 2e-4
                right = scale * residual.ravel()
                if few:
                    step = np.linalg.solve(coupling + np.diag(slope.ravel()), right)
                else:
                    step = spsolve((coupling + diags_array(slope.ravel())).tocsc(), right)
                volts = volts - step.reshape(count, 2)
                residual = current(volts)
                if not np.abs(step).max() > 1e-9:
                    break
            if not np.abs(residual).max() < 1e-3:
                raise ValueError(f"The chain has no resting state near {self.v_guess_mV:g} mV.")
        return self.held(volts)

    def held(self, volts_mV: np.ndarray) -> tuple[float, np.ndarray]:
        """Voltage of the end plate and private state after a long time at given voltages.

        Parameters
        ----------
        volts_mV : ndarray, shape (M, 2)
            Of surface and tubule of each compartment.
        """
        count = self.compartments
        volts = np.broadcast_to(np.asarray(volts_mV, dtype=float), (count, 2))
        alpha, beta = gate_rates(volts, self.recovery_mV, self.shift_mV)
        gates = np.zeros((count, 2, 4))
        gates[..., :3] = alpha / (alpha + beta)
        v = float(volts[0, 0])
        spike_v = volts[self.spike_compartment, 0]
        past = [v, spike_v, v, 1.0, 0.0, -1.0]  # awake
        return v, np.concatenate([gates.ravel(), volts[:, 1], volts[1:, 0], past])

    @property
    def rest_rate_per_s(self) -> tuple[float, ...]:
        """Rates at which m, h and n approach rest while the voltage is there."""
        alpha, beta = gate_rates(self.resting()[0], self.recovery_mV, self.shift_mV)
        return tuple((np.asarray(self.speed) * (alpha + beta)).tolist())

    @staticmethod
    def counts(h_s: float, coarse: int) -> tuple[int, int, int]:
        """Sub-steps that a fiber takes at once: one; a few where it falls fast; all ``coarse``.

        0: never. The few are the largest part of ``coarse`` that is at most 20 us.
        """
        few = [n for n in range(2, coarse) if coarse % n == 0 and n * h_s <= MEDIUM_STEP_S * 1.001]
        return 1, max(few, default=0), coarse if coarse > 1 else 0

    def scalars(self, h_s: float, coarse: int = 0) -> dict[str, Any]:
        """Scalar fields of ``nmj_fiber_model`` (csrc/nmj/fiber.h) for sub-steps of ``h_s``.

        ``coarse``: a fiber near rest takes calls of so many sub-steps as one step (0: never).
        """
        if not 0.0 < h_s <= MAX_SUBSTEP_S * (1 + 1e-9):
            raise ValueError(
                f"The fiber's sub-step must be above 0 and at most {MAX_SUBSTEP_S * 1e6:g} us, got "
                f"{h_s * 1e6:g} us: an action potential is not resolved. Use more sub-steps per "
                "step."
            )
        return {
            "n_compartment": self.compartments,
            "other_side": self.compartments if self.other_side is None else self.other_side,
            "electrode": self.electrode,
            "spike_compartment": self.spike_compartment,
            "n_site": len(self.site),
            "n_table": TABLE_ROWS,
            "h_s": h_s,
            "v0_mV": TABLE_V0_MV,
            "inverse_dv_per_mV": 1.0 / TABLE_DV_MV,
            "e_na_mV": self.e_na_mV,
            "e_k_mV": self.e_k_mV,
            "spike_mV": self.spike_mV,
            "rearm_mV": self.rearm_mV,
            "v_rest_mV": self.resting()[0],
            "diameter_m": self.diameter_m,
            "rest_tolerance_mV": self.rest_tolerance_mV,
            "afterpotential_mV": self.afterpotential_mV,
            "rest_rate_per_s": self.rest_rate_per_s,
            "quiet_mV": QUIET_MV,
            "quiet_change_mV": QUIET_CHANGE_MV,
            "count": self.counts(h_s, coarse),
            "fall_mV": self.fall_mV,
            "fall_change_mV": FALL_CHANGE_MV,
        }

    def arrays(self, h_s: float, coarse: int = 0) -> dict[str, np.ndarray]:
        """Array fields of ``nmj_fiber_model``, flat and C-ordered, for sub-steps of ``h_s``."""
        volts = TABLE_V0_MV + TABLE_DV_MV * np.arange(TABLE_ROWS)
        counts = [max(n, 1) for n in self.counts(h_s, coarse)]
        pairs = [(counts[high], counts[low]) for high in range(3) for low in range(high + 1)]

        def table(steps: float) -> np.ndarray:
            gates = gate_table(volts, steps * h_s, self.speed, self.recovery_mV, self.shift_mV)
            return gates.ravel()

        gates = np.concatenate([table(0.5 * (a + b)) for a, b in pairs])
        return {
            "gates": gates,
            "gates_single": gates.astype(np.float32),
            "charge_S": (2.0 / h_s * self.capacitance_F).ravel(),
            "g_na_S": self.g_na_S.ravel(),
            "g_k_S": self.g_k_S.ravel(),
            "g_leak_S": self.g_leak_S.ravel(),
            "gE_leak_S_mV": (self.g_leak_S * self.e_leak_mV).ravel(),
            "g_access_S": self.g_access_S,
            "g_axial_S": np.append(self.g_axial_S, 0.0),
            "site": np.append(self.site.ravel(), [] if len(self.site) else [0.0]),
            "rest": self.resting()[1],
        }

    def kernel(self, h_s: float, coarse: int = 0) -> Any:
        """Compiled stepper for sub-steps of ``h_s`` (see `nmj_brian._core.fiber.FiberKernel`)."""
        from ._core.fiber import FiberKernel

        return FiberKernel(self.scalars(h_s, coarse), self.arrays(h_s, coarse))
