"""Currents of the surface or tubular membrane of a muscle fiber, with ions that move (Shorten et al. 2007).

Units: ms, mV, mM, uA/cm2. Ion currents are proportional to ``V (in - out e^-u)/(1 - e^-u)``, u = VF/RT
(constant field), scaled so that a conductance means what it says at a usual gradient (50, 75 and
45 mM for K, Na and Cl). Cl is at equilibrium with K, since both pass at rest.
"""

from __future__ import annotations

from math import exp, expm1
from types import SimpleNamespace

__all__ = ["membrane"]

#: Sum of the outer and five times the inner chloride, mM: what electroneutrality leaves for Cl.
CHLORIDE = 156.5


def _rise(rate: float, dv: float, slope: float) -> float:
    """``rate dv / (1 - exp(-dv/slope))``, with its limit at 0."""
    x = dv / slope
    return rate * slope * (1 + x / 2 if abs(x) < 1e-6 else x / -expm1(-x))


def _field(u: float, inside: float, outside: float) -> float:
    """Constant-field driving force in mM: ``u (in - out e^-u) / (1 - e^-u)``."""
    if abs(u) < 1e-9:
        return inside - outside
    return u * (inside - outside * exp(-u)) / -expm1(-u)


def membrane(
    p: SimpleNamespace,
    v: float,
    K: tuple[float, float],
    Na: tuple[float, float],
    gates: list[float],
    tubule: bool,
) -> tuple[list[float], float, float, float]:
    """Currents and gate rates of one membrane.

    Parameters
    ----------
    p : SimpleNamespace
        Numbers of `ExcitationContraction`, with ``RT_F`` (mV) and ``F`` (C/mol).
    v : float
        Voltage, mV.
    K, Na : tuple of float
        Concentrations inside and outside, mM.
    gates : list of float
        n, hK, m, h, S.
    tubule : bool
        Whether it is the tubular membrane, whose densities are lower.

    Returns
    -------
    gate_rates : list of float
        Per ms.
    current, K_current, Na_current : float
        Outward, uA/cm2; those of an ion include the pump's share and the resting leak.
    """
    n, hK, m, h, S = gates
    Ki, Ko = K
    u = v / p.RT_F
    dv_n, dv_m, dv_h = v - p.V_n, v - p.V_m, v - p.V_h
    alpha_h, beta_h = p.alpha_h * exp(-dv_h / p.K_alpha_h), p.beta_h / (1 + exp(-dv_h / p.K_beta_h))
    tau_hK = (p.tau_hK_t if tubule else p.tau_hK) * exp(-(v + 40) / 25.75)
    tau_S = 8571 / (0.2 + 5.65 * ((v + p.V_tau_S) / 100) ** 2)
    gate_rates = [
        _rise(p.alpha_n, dv_n, p.K_alpha_n) * (1 - n) - p.beta_n * exp(-dv_n / p.K_beta_n) * n,
        (1 / (1 + exp((v - p.V_hK) / p.K_hK)) - hK) / tau_hK,
        _rise(p.alpha_m, dv_m, p.K_alpha_m) * (1 - m) - p.beta_m * exp(-dv_m / p.K_beta_m) * m,
        alpha_h * (1 - h) - beta_h * h,
        (1 / (1 + exp((v - p.V_S) / p.K_S_inf)) - S) / tau_S,
    ]

    drive_K = p.RT_F * _field(u, Ki, Ko) / 50
    drive_Na = p.RT_F * _field(u, *Na) / 75
    Cl_in = CHLORIDE / (5 + Ki / Ko)
    drive_Cl = p.RT_F * _field(-u, Cl_in, CHLORIDE - 5 * Cl_in) / -45

    gate_Cl = 1 / (1 + exp((v - p.V_a) / p.K_a))
    bound = Ko * (Ki / Ko) ** p.delta  # K at its site in the rectifier
    open_IR = bound**2 / (p.K_K + bound**2)
    block = p.K_S * (1 + bound**2 / p.K_K) / (p.S_i**2 * exp(2 * (1 - p.delta) * u))
    sigma = (exp(Na[1] / 67.3) - 1) / 7
    pump = p.F * p.pump / ((1 + p.K_m_K / Ko) ** 2 * (1 + p.K_m_Na / Na[0]) ** 3)
    pump /= 1 + 0.12 * exp(-0.1 * u) + 0.04 * sigma * exp(-u)

    Cl = p.g_Cl * gate_Cl**4 * drive_Cl
    rectifier = p.g_IR * open_IR * (block / (1 + block)) * drive_K
    delayed = p.g_K * n**4 * hK * drive_K
    sodium = p.g_Na * m**3 * h * S * drive_Na
    if tubule:
        Cl, rectifier, delayed, sodium, pump = (
            p.eta_Cl * Cl,
            p.eta_IR * rectifier,
            p.eta_DR * delayed,
            p.eta_Na * sodium,
            p.eta_NaK * pump,
        )
    elif drive_K < 0:
        rectifier = 0.0
    return (
        gate_rates,
        Cl + rectifier + delayed + sodium + pump,
        rectifier + delayed + p.I_K_rest - 2 * pump,
        sodium + p.I_Na_rest + 3 * pump,
    )
