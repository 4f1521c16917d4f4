"""Calcium release, buffers, thin filament and cross-bridges of half a sarcomere (Shorten et al. 2007).

Units: ms, mV, umol/l, um3 (phosphate in mM). Space 1 is the terminal one beside the release channels, a
hundredth of the volume; space 2 holds the filaments.
"""

from __future__ import annotations

from math import exp, pi
from types import SimpleNamespace

__all__ = ["half_sarcomere", "volumes"]


def volumes(half_sarcomere_um: float, radius_um: float) -> tuple[float, float, float, float]:
    """Volumes (um3) of the two spaces of the sarcomere and of the SR beside each."""
    whole = half_sarcomere_um * pi * radius_um**2
    return 0.01 * 0.95 * whole, 0.99 * 0.95 * whole, 0.01 * 0.05 * whole, 0.99 * 0.05 * whole


def _release_channel(
    p: SimpleNamespace, vt: float, opened: list[float], closed: list[float]
) -> tuple[list[float], list[float]]:
    """Rates of ten states: closed or open with 0 to 4 of the tubule's voltage sensors moved."""
    move = 0.5 * p.alpha_RyR * exp((vt - p.V_RyR) / (8 * p.K_RyR))
    back = 0.5 * p.alpha_RyR * exp((p.V_RyR - vt) / (8 * p.K_RyR))
    d_opened, d_closed = [0.0] * 5, [0.0] * 5
    for k in range(5):
        factor = p.f_RyR**k
        opening = p.k_L / factor * closed[k] - p.k_Lm * factor * opened[k]
        d_opened[k] += opening
        d_closed[k] -= opening
        if k < 4:
            ahead, behind = (4 - k) * move, (k + 1) * back
            shut = ahead * closed[k] - behind * closed[k + 1]
            free = ahead / p.f_RyR * opened[k] - behind * p.f_RyR * opened[k + 1]
            d_closed[k] -= shut
            d_closed[k + 1] += shut
            d_opened[k] -= free
            d_opened[k + 1] += free
    return d_opened, d_closed


def half_sarcomere(p: SimpleNamespace, vt: float, y: list[float]) -> list[float]:
    """Rates of the 38 states from the release channels to phosphate.

    Parameters
    ----------
    p : SimpleNamespace
        Numbers of `ExcitationContraction`, with ``volumes``.
    vt : float
        Voltage of the tubules, mV.
    y : list of float
        `nmj_brian.excitation_contraction.STATES` from ``O0`` on.

    Returns
    -------
    list of float
        Per ms, in the same order.
    """
    opened, closed = y[:5], y[5:10]
    (
        Ca1, S1, Ca2, S2, T1, CaP1, CaP2, MgP1, MgP2, CaCs1, CaCs2,
        CaATP1, CaATP2, MgATP1, MgATP2, ATP1, ATP2, Mg1, Mg2,
        T2, D0, D1, D2, A1, A2, P, P_SR, PC_SR,
    ) = y[10:]  # fmt: skip
    V1, V2, VS1, VS2 = p.volumes
    d_opened, d_closed = _release_channel(p, vt, opened, closed)

    release = p.release * sum(opened) * (S1 - Ca1)
    pump1, pump2 = p.nu_SR * Ca1 / (Ca1 + p.K_SR), p.nu_SR * Ca2 / (Ca2 + p.K_SR)
    leak1, leak2 = p.L_e * (S1 - Ca1), p.L_e * (S2 - Ca2)
    across, along = p.tau_R * (Ca1 - Ca2), p.tau_SR_R * (S1 - S2)

    parvalbumin1 = p.k_P_on * Ca1 * (p.P_tot - CaP1 - MgP1) - p.k_P_off * CaP1
    parvalbumin2 = p.k_P_on * Ca2 * (p.P_tot - CaP2 - MgP2) - p.k_P_off * CaP2
    magnesium1 = p.k_Mg_on * Mg1 * (p.P_tot - CaP1 - MgP1) - p.k_Mg_off * MgP1
    magnesium2 = p.k_Mg_on * Mg2 * (p.P_tot - CaP2 - MgP2) - p.k_Mg_off * MgP2
    calsequestrin1 = p.k_Cs_on * S1 * (p.Cs_tot - CaCs1) - p.k_Cs_off * CaCs1
    calsequestrin2 = p.k_Cs_on * S2 * (p.Cs_tot - CaCs2) - p.k_Cs_off * CaCs2
    with_ATP1 = p.k_CATP_on * Ca1 * ATP1 - p.k_CATP_off * CaATP1
    with_ATP2 = p.k_CATP_on * Ca2 * ATP2 - p.k_CATP_off * CaATP2
    MgATP_1 = p.k_MATP_on * Mg1 * ATP1 - p.k_MATP_off * MgATP1
    MgATP_2 = p.k_MATP_on * Mg2 * ATP2 - p.k_MATP_off * MgATP2
    CaATP_across, MgATP_across = p.tau_ATP * (CaATP1 - CaATP2), p.tau_ATP * (MgATP1 - MgATP2)
    ATP_across, Mg_across = p.tau_ATP * (ATP1 - ATP2), p.tau_Mg * (Mg1 - Mg2)

    T0 = max(p.T_tot - T1 - T2 - D0 - D1 - D2 - A1 - A2, 0.0)
    on, off = p.k_T_on * Ca2, p.k_T_off
    T0_T1, T1_T2 = on * T0 - off * T1, on * T1 - off * T2
    D0_D1, D1_D2 = on * D0 - off * D1, on * D1 - off * D2
    T0_D0, T1_D1 = p.k_0_on * T0 - p.k_0_off * D0, p.k_0_on * T1 - p.k_0_off * D1
    T2_D2 = p.k_Ca_on * T2 - p.k_Ca_off * D2
    attach, stroke = p.f_o * D2 - p.f_p * A1, p.h_o * A1 - p.h_p * A2
    detach = p.g_o * A2

    product = P_SR * S2 * 1e-3  # mM2
    excess = product - p.PP
    precipitation = p.A_P * excess * product if excess > 0 else p.B_P * PC_SR * excess
    P_across = p.k_P * (P - P_SR)

    return [
        *d_opened,
        *d_closed,
        (release - pump1 + leak1 - across) / V1 - parvalbumin1 - with_ATP1,
        (-release + pump1 - leak1 - along) / VS1 - calsequestrin1,
        (-pump2 + leak2 + across) / V2
        - (T0_T1 + T1_T2 + D0_D1 + D1_D2) - parvalbumin2 - with_ATP2,
        (pump2 - leak2 + along) / VS2 - calsequestrin2 - 1e3 * precipitation,
        T0_T1 - T1_T2 - T1_D1,
        parvalbumin1,
        parvalbumin2,
        magnesium1,
        magnesium2,
        calsequestrin1,
        calsequestrin2,
        with_ATP1 - CaATP_across / V1,
        with_ATP2 + CaATP_across / V2,
        MgATP_1 - MgATP_across / V1,
        MgATP_2 + MgATP_across / V2,
        -with_ATP1 - MgATP_1 - ATP_across / V1,
        -with_ATP2 - MgATP_2 + ATP_across / V2,
        -magnesium1 - MgATP_1 - Mg_across / V1,
        -magnesium2 - MgATP_2 + Mg_across / V2,
        T1_T2 - T2_D2,
        T0_D0 - D0_D1,
        D0_D1 + T1_D1 - D1_D2,
        D1_D2 + T2_D2 - attach + detach,
        attach - stroke,
        stroke - detach,
        1e-3 * stroke - p.b_P * P - P_across / V2,
        P_across / VS2 - precipitation,
        precipitation,
    ]  # fmt: skip
