"""Numbers of Shorten et al. 2007: a slow (soleus-like) and a fast (EDL-like) fiber of the mouse at 20 degC.

Values are those of the public CellML and C versions of the model, one column a fiber type; the paper
fitted most of them. A range spans both fiber types, threefold to either side (30 mV for voltages).
"""

from __future__ import annotations

from dataclasses import replace

from brian2 import cm, ms, mV, ohm, second, uA, uF
from brian2.units.allunits import umole
from brian2.units.stdunits import mM, mS

from ..parameters import Parameter
from ..units import degC, uM, um
from .conditions import temperature

__all__ = ["FARADAY", "GAS", "fast", "slow"]

_per_ms = 1 / ms
_per_uM_ms = 1 / (uM * ms)
_um3_per_ms = um**3 / ms

_MEMBRANE = (
    # name, unit, slow, fast, meaning
    ("C_m", uF / cm**2, 0.58, 1.0, "capacitance of the membranes"),
    ("gamma", 1, 2.79, 4.8, "area of tubular over surface membrane"),
    ("R_a", ohm * cm**2, 150, 150, "access resistance of the tubules, per surface"),
    ("g_Cl", mS / cm**2, 3.275, 19.65, "conductance of Cl channels"),
    ("g_K", mS / cm**2, 10.8, 64.8, "conductance of delayed-rectifier K channels"),
    ("g_Na", mS / cm**2, 134, 804, "conductance of Na channels"),
    ("g_IR", mS / cm**2, 1.85, 11.1, "conductance of inward-rectifier K channels"),
    ("pump", umole / cm**2 / second, 0.0001656, 0.000621, "greatest flux of the Na-K pump"),
    ("eta_Cl", 1, 0.1, 0.1, "tubular over surface density of Cl channels"),
    ("eta_IR", 1, 1.0, 1.0, "tubular over surface density of inward-rectifier channels"),
    ("eta_DR", 1, 0.45, 0.45, "tubular over surface density of delayed-rectifier channels"),
    ("eta_Na", 1, 0.1, 0.1, "tubular over surface density of Na channels"),
    ("eta_NaK", 1, 0.1, 0.1, "tubular over surface density of pumps"),
    ("alpha_m", 1 / (ms * mV), 0.288, 0.288, "opening rate of m"),
    ("V_m", mV, -46, -46, "midpoint of m"),
    ("K_alpha_m", mV, 10, 10, "slope of the opening rate of m"),
    ("beta_m", _per_ms, 1.38, 1.38, "closing rate of m"),
    ("K_beta_m", mV, 18, 18, "slope of the closing rate of m"),
    ("alpha_h", _per_ms, 0.0081, 0.0081, "recovery rate of h"),
    ("V_h", mV, -45, -45, "midpoint of h"),
    ("K_alpha_h", mV, 14.7, 14.7, "slope of the recovery rate of h"),
    ("beta_h", _per_ms, 4.38, 4.38, "inactivation rate of h"),
    ("K_beta_h", mV, 9, 9, "slope of the inactivation rate of h"),
    ("V_S", mV, -68, -78, "midpoint of slow Na inactivation"),
    ("K_S_inf", mV, 7.1, 5.8, "slope of slow Na inactivation"),
    ("V_tau_S", mV, 70, 90, "voltage (negative) of the slowest slow inactivation"),
    ("alpha_n", 1 / (ms * mV), 0.0131, 0.0131, "opening rate of n"),
    ("V_n", mV, -40, -40, "midpoint of n"),
    ("K_alpha_n", mV, 7, 7, "slope of the opening rate of n"),
    ("beta_n", _per_ms, 0.067, 0.067, "closing rate of n"),
    ("K_beta_n", mV, 40, 40, "slope of the closing rate of n"),
    ("V_hK", mV, -40, -40, "midpoint of K inactivation"),
    ("K_hK", mV, 7.5, 7.5, "slope of K inactivation"),
    ("tau_hK", ms, 1000, 1000, "time of K inactivation at -40 mV, surface"),
    ("tau_hK_t", ms, 1, 1, "time of K inactivation at -40 mV, tubules (as in the public code)"),
    ("V_a", mV, 70, 70, "midpoint of Cl gating"),
    ("K_a", mV, 150, 150, "slope of Cl gating"),
    ("delta", 1, 0.4, 0.4, "electrical distance of the K site of the inward rectifier"),
    ("K_K", mM**2, 950, 950, "K affinity (squared) of the inward rectifier"),
    ("K_S", mM**2, 1, 1, "affinity (squared) of the blocking ion of the inward rectifier"),
    ("S_i", mM, 10, 10, "blocking ion of the inward rectifier"),
    ("K_m_K", mM, 1, 1, "K affinity of the pump"),
    ("K_m_Na", mM, 13, 13, "Na affinity of the pump"),
)
_IONS = (
    ("tubule_depth", cm, 1e-6, 1e-6, "volume over area of the tubules"),
    ("fiber_depth", cm, 0.0025, 0.0025, "volume over area of the fiber's inside"),
    ("outside_depth", cm, 0.0005, 0.0005, "volume over area of the space around the fiber"),
    ("f_T", 1, 0.00174, 0.0032, "tubular volume over fiber volume"),
    ("tau_ions", ms, 559, 350, "time of diffusion of K and Na out of the tubules"),
    ("tau_outside", ms, 40229.885, 21875, "the same, seen from outside"),
    ("I_K_rest", uA / cm**2, 0.34, 1.02, "resting K current that balances the pump"),
    ("I_Na_rest", uA / cm**2, -0.43, -1.29, "resting Na current that balances the pump"),
)
_CALCIUM = (
    ("k_L", _per_ms, 0.002, 0.002, "opening rate of the release channel, no sensor moved"),
    ("k_Lm", _per_ms, 1000, 1000, "closing rate of the release channel, no sensor moved"),
    ("f_RyR", 1, 0.2, 0.2, "allosteric factor of one moved voltage sensor"),
    ("alpha_RyR", _per_ms, 0.2, 0.2, "rate of the voltage sensors at their midpoint"),
    ("K_RyR", mV, 4.5, 4.5, "slope of the voltage sensors"),
    ("V_RyR", mV, -20, -20, "midpoint of the voltage sensors"),
    ("release", _um3_per_ms, 60, 300, "calcium permeability of all release channels"),
    ("nu_SR", uM * _um3_per_ms, 2.4375, 4.875, "greatest uptake by the SR pump"),
    ("K_SR", uM, 1, 1, "calcium affinity of the SR pump"),
    ("L_e", _um3_per_ms, 0.00004, 0.00002, "calcium leak of the SR"),
    ("tau_R", _um3_per_ms, 0.75, 0.75, "calcium exchange from the terminal space to the sarcomere"),
    ("tau_SR_R", _um3_per_ms, 0.75, 0.75, "calcium exchange along the SR"),
    ("half_sarcomere", um, 1.0, 1.1, "length of the half sarcomere"),
    ("radius", um, 0.5, 0.5, "radius of the half sarcomere"),
    ("k_P_on", _per_uM_ms, 0, 0.0417, "calcium binding to parvalbumin"),
    ("k_P_off", _per_ms, 0, 0.0005, "calcium release from parvalbumin"),
    ("P_tot", uM, 1500, 1500, "parvalbumin sites"),
    ("k_Mg_on", _per_uM_ms, 0, 0.000033, "magnesium binding to parvalbumin"),
    ("k_Mg_off", _per_ms, 0, 0.003, "magnesium release from parvalbumin"),
    ("k_Cs_on", _per_uM_ms, 0.000004, 0.000004, "calcium binding to calsequestrin"),
    ("k_Cs_off", _per_ms, 0.005, 0.005, "calcium release from calsequestrin"),
    ("Cs_tot", uM, 31000, 31000, "calsequestrin sites"),
    ("k_CATP_on", _per_uM_ms, 0.15, 0.15, "calcium binding to ATP"),
    ("k_CATP_off", _per_ms, 30, 30, "calcium release from ATP"),
    ("k_MATP_on", _per_uM_ms, 0.0015, 0.0015, "magnesium binding to ATP"),
    ("k_MATP_off", _per_ms, 0.15, 0.15, "magnesium release from ATP"),
    ("tau_ATP", _um3_per_ms, 0.375, 0.375, "exchange of ATP between the two spaces"),
    ("tau_Mg", _um3_per_ms, 1.5, 1.5, "exchange of magnesium between the two spaces"),
)
_FILAMENTS = (
    ("T_tot", uM, 140, 140, "troponin"),
    ("k_T_on", _per_uM_ms, 0.0885, 0.04425, "calcium binding to a troponin site"),
    ("k_T_off", _per_ms, 0.115, 0.115, "calcium release from a troponin site"),
    ("k_0_on", _per_ms, 0, 0, "opening of the thin filament without two calcium ions"),
    ("k_0_off", _per_ms, 0.15, 0.15, "closing of the thin filament without two calcium ions"),
    ("k_Ca_on", _per_ms, 0.15, 0.15, "opening of the thin filament with two calcium ions"),
    ("k_Ca_off", _per_ms, 0.05, 0.05, "closing of the thin filament with two calcium ions"),
    ("f_o", _per_ms, 0.5, 1.5, "attachment of cross-bridges"),
    ("f_p", _per_ms, 5, 15, "detachment before the power stroke"),
    ("h_o", _per_ms, 0.08, 0.24, "power stroke"),
    ("h_p", _per_ms, 0.06, 0.18, "reversed power stroke"),
    ("g_o", _per_ms, 0.04, 0.12, "detachment after the power stroke"),
    ("b_P", _per_ms, 0.00000394, 0.00002867, "removal of phosphate"),
    ("k_P", _um3_per_ms, 0.00000362, 0.00000362, "entry of phosphate into the SR"),
    ("A_P", 1 / (mM**2 * ms), 1, 1, "precipitation of calcium phosphate in the SR"),
    ("B_P", 1 / (mM**2 * ms), 0.0001, 0.0001, "solution of calcium phosphate in the SR"),
    ("PP", mM**2, 6, 6, "solubility product of calcium phosphate"),
)
_TABLE = (*_MEMBRANE, *_IONS, *_CALCIUM, *_FILAMENTS)

#: Faraday (C/mol) and gas constant (mJ/(K mol)) as the public code has them.
FARADAY, GAS = 96485.0, 8314.41


def _parameter(unit: object, value: float, other: float, meaning: str) -> Parameter:
    ends = sorted((value, other))
    if "midpoint" in meaning:
        low, high = ends[0] - 30, ends[1] + 30
    elif value < 0:
        low, high = 3 * ends[0], ends[1] / 3
    else:
        low, high = ends[0] / 3, 3 * ends[1] or 1.0
    return Parameter(
        value * unit, unit, low * unit, high * unit, "Shorten2007", "fitted", meaning,
        note="from the public code of the model",
    )  # fmt: skip


def _column(which: int) -> dict[str, Parameter]:
    numbers = {
        name: _parameter(unit, values[which], values[1 - which], meaning)
        for name, unit, *values, meaning in _TABLE
    }
    fixed = replace(
        temperature(20 * degC)["temperature"],
        low=15 * degC,
        high=25 * degC,
        note="rates are those at 20 degC; only electrochemical terms follow the temperature",
    )
    return {"temperature": fixed} | numbers


def slow() -> dict[str, Parameter]:
    """Parameters of a slow-twitch fiber."""
    return _column(0)


def fast() -> dict[str, Parameter]:
    """Parameters of a fast-twitch fiber."""
    return _column(1)
