/* nmj/fiber.h - the membrane of a muscle fiber: a chain of surface-plus-tubule compartments.
 *
 * Biology. A fiber is folded at its end plate: compartment 0 is the end plate, compartment i holds the membrane of
 * both sides at one distance. Each compartment has a surface membrane and, behind an access resistance, the lumped
 * membrane of its transverse tubules (Cannon, Brown & Corey 1993; Shorten et al. 2007):
 *
 *   C_s dv/dt  = -sum_s g (v - E)   + g_access (u - v) + sum_axial g_ax (v' - v) + [end plate: gE - g v + I]
 *   C_t du/dt  = -sum_t g (u - E)   + g_access (v - u)
 *   sum g (v - E) = a g_na m^3 h (v - E_Na) + g_k n^4 (v - E_K) + g_leak (v - E_leak);   a: share of Na channels left
 *   dx/dt = alpha_x(v) (1 - x) - beta_x(v) x,   x = m, h, n
 *
 * One kernel is the cable (60-100 graded compartments), the population's folded chain (2 or 4) and a patch (1).
 *
 * Numerics. Gates live half a sub-step off the voltages (staggered): each is advanced exactly over h with the rates
 * of the voltage in the middle of its interval, read from a table (decay, drive) of linear pieces, no exp here.
 * Voltages take a trapezoidal step with the gates of the middle of the step; where channels
 * are fast against h (g h / 2C > 0.1, the upstroke) the capacity is scaled by z coth z, z = g h / 2C, which makes the
 * step of that membrane alone exact and stops the ringing of the trapezoidal rule. Second order in h. Tubules are
 * eliminated, the surface is solved from the far end towards the end plate and back (tridiagonal, no pivoting
 * needed: strictly diagonally dominant).
 *
 * Spike. The upward crossing of spike_mV by spike_compartment, linear inside the sub-step, once per action potential
 * (it must fall below rearm_mV before the next). In a chain that is the last compartment: where few Na channels work
 * the end plate, dense in them, can fire alone, and what counts for the muscle is what leaves it. In the cable it is
 * 0.5 mm away.
 *
 * Units: mV, S, F, s, A as the names say (S*mV is mA: I_A enters as 1e3*I_A). Cost: about 60 flops and 3 divisions
 * per compartment and sub-step. Aliasing: none of the pointers of one call may overlap. Threads: re-entrant; the
 * model is read only; fibers are independent. NaN in v stays NaN and never indexes outside the table.
 *
 * Why not a Brian equation: Na at 10 us resolution inside a 100 us step, an implicit solve over compartments, and a
 * spike time finer than the step are three things that Brian's integrators do not offer.
 */
#ifndef NMJ_FIBER_H
#define NMJ_FIBER_H

#include "config.h"

NMJ_PRECISE_BEGIN

#define NMJ_FIBER_MAX_COMPARTMENT 128

typedef struct {
    int32_t n_compartment;     /* M, 1 .. NMJ_FIBER_MAX_COMPARTMENT */
    int32_t spike_compartment; /* where the action potential is timed */
    int32_t n_table;           /* rows of `gates` */
    double h_s;                /* sub-step */
    double v0_mV;              /* voltage of row 0 of the table */
    double inverse_dv_per_mV;  /* rows per mV */
    double e_na_mV, e_k_mV;
    double spike_mV, rearm_mV; /* upward crossing that is a spike; level to fall below before the next one */
    double v_rest_mV;
    double rest_tolerance_mV;   /* a fiber whose every voltage is this near rest ... */
    double rest_tolerance_gate; /* ... and every gate this near its resting value, may sleep */
    int32_t n_coarse; /* a quiet fiber takes a call of this many sub-steps as one step; 0: never */
    double quiet_mV;  /* quiet: every voltage this near rest, and changing (membrane and input) by no more */
    double quiet_change_mV; /* than this in the whole call */
    const double *gates_coarse; /* as `gates`, for n_coarse * h; not read if n_coarse is 0 */
    const double *gates;        /* [n_table][8]: decay of m, h, n over h, 0; then target * (1 - decay), 0 */
    const double *charge_S;     /* [M][2] 2 C / h; [..][0] surface, [..][1] tubule */
    const double *g_na_S;       /* [M][2] */
    const double *g_k_S;        /* [M][2] */
    const double *g_leak_S;     /* [M][2] */
    const double *gE_leak_S_mV; /* [M][2] g_leak * E_leak */
    const double *g_access_S;   /* [M] surface to tubule, > 0 also when there is no tubule */
    const double *g_axial_S;    /* [M] between i and i+1; the last one is not read */
    const double *rest;         /* [nmj_fiber_size] private state at rest */
} nmj_fiber_model;

/* Doubles of private state per fiber. The voltage of compartment 0 is not among them: it is the user's variable.
 * Layout: gates m, h, n, 0 [M][2][4]; tubule voltages [M]; surface voltages of compartments 1 .. M-1; then
 * voltage of compartment 0 one sub-step ago, as last left by the kernel, and whether a spike may be counted. */
NMJ_INLINE int nmj_fiber_size(const nmj_fiber_model *model)
{
    return 10 * (int)model->n_compartment + 2;
}

/* Advance the gates of one membrane over the step of `table` at voltage v; x[4] INOUT. */
NMJ_INLINE void nmj_fiber_gates(const nmj_fiber_model *p, const double *table, double v_mV, double *NMJ_RESTRICT x)
{
    const double last = (double)(p->n_table - 2);
    double at = (v_mV - p->v0_mV) * p->inverse_dv_per_mV, f;
    const double *NMJ_RESTRICT t;
    int32_t row, k;
    if (!(at > 0.0)) at = 0.0; /* also NaN */
    row = at < last ? (int32_t)at : p->n_table - 2;
    f = at - (double)row;
    if (f > 1.0) f = 1.0;
    t = table + 8 * row;
    for (k = 0; k < 4; k++) /* four lanes for the compiler's vectors; the last is empty */
        x[k] = (t[k] + f * (t[k + 8] - t[k])) * x[k] + (t[k + 4] + f * (t[k + 12] - t[k + 4]));
}

/* One step of M compartments, of length h (table = gates, share = 1) or n_coarse h (gates_coarse, 1 / n_coarse). v, u: surface and tubule voltages [M] INOUT; x: gates [M][2][4] INOUT;
 * g_S, drive_S_mV: conductance and driven current at the end plate, means over the sub-step. */
NMJ_INLINE void nmj_fiber_substep(const nmj_fiber_model *p, const double *table, double share, const int32_t M,
                                  double *v, double *u, double *x, double g_S, double drive_S_mV,
                                  double na_available, int clamped)
{
    double d[NMJ_FIBER_MAX_COMPARTMENT], r[NMJ_FIBER_MAX_COMPARTMENT];
    double dt[NMJ_FIBER_MAX_COMPARTMENT], rt[NMJ_FIBER_MAX_COMPARTMENT];
    double mid;
    int32_t i, side;
    d[0] = r[0] = 0.0; /* for compilers that cannot see M > 0 */
    for (i = 0; i < M; i++) {
        double dd[2], rr[2], w;
        for (side = 0; side < 2; side++) {
            const int32_t k = 2 * i + side;
            const double vk = side == 0 ? v[i] : u[i];
            double *y = x + 4 * k;
            double charge = share * p->charge_S[k], na, kd, g, q;
            nmj_fiber_gates(p, table, vk, y);
            na = na_available * p->g_na_S[k] * (y[0] * y[0] * y[0] * y[1]);
            kd = y[2] * y[2];
            kd = p->g_k_S[k] * (kd * kd);
            g = p->g_leak_S[k] + na + kd;
            q = g * g;
            if (q > 0.01 * charge * charge) { /* z coth z, z = g / charge, by its Pade approximant */
                const double qc = charge * charge;
                charge *= (15.0 * qc + 6.0 * q) / (15.0 * qc + q);
            }
            dd[side] = charge + g;
            rr[side] = charge * vk + p->gE_leak_S_mV[k] + na * p->e_na_mV + kd * p->e_k_mV;
        }
        /* tubule eliminated: u_mid = (rr[1] + g v_mid) / (dd[1] + g) */
        dt[i] = 1.0 / (dd[1] + p->g_access_S[i]);
        rt[i] = rr[1];
        w = p->g_access_S[i] * dt[i];
        d[i] = dd[0] + p->g_access_S[i] * (dd[1] * dt[i]);
        r[i] = rr[0] + w * rr[1];
    }
    d[0] += g_S;
    r[0] += drive_S_mV;
    for (i = 0; i + 1 < M; i++) {
        d[i] += p->g_axial_S[i];
        d[i + 1] += p->g_axial_S[i];
    }
    for (i = M - 1; i > 0; i--) { /* from the far end to the end plate */
        const double a = p->g_axial_S[i - 1];
        double f;
        d[i] = 1.0 / d[i];
        f = a * d[i];
        d[i - 1] -= a * f;
        r[i - 1] += f * r[i];
    }
    mid = clamped ? v[0] : r[0] / d[0]; /* voltages in the middle of the step */
    for (i = 0; i < M; i++) {
        if (i > 0) mid = (r[i] + p->g_axial_S[i - 1] * mid) * d[i];
        u[i] = 2.0 * ((rt[i] + p->g_access_S[i] * mid) * dt[i]) - u[i];
        if (i > 0 || !clamped) v[i] = 2.0 * mid - v[i];
    }
}

/* Top of the parabola through three successive voltages whose middle one is the largest. */
NMJ_INLINE double nmj_fiber_summit(double a, double b, double c)
{
    const double bend = 2.0 * b - a - c;
    return bend > 0.0 ? b + (a - c) * (a - c) / (8.0 * bend) : b;
}

NMJ_INLINE int nmj_fiber_is_at_rest(const nmj_fiber_model *p, const int32_t M, const double *v, const double *u,
                                    const double *x)
{
    int32_t i;
    if (!(fabs(v[0] - p->v_rest_mV) <= p->rest_tolerance_mV)) return 0;
    for (i = 1; i < M; i++)
        if (!(fabs(v[i] - p->rest[9 * M + i - 1]) <= p->rest_tolerance_mV)) return 0;
    for (i = 0; i < M; i++)
        if (!(fabs(u[i] - p->rest[8 * M + i]) <= p->rest_tolerance_mV)) return 0;
    for (i = 0; i < 8 * M; i++)
        if (!(fabs(x[i] - p->rest[i]) <= p->rest_tolerance_gate)) return 0;
    return 1;
}

NMJ_INLINE int nmj_fiber_is_quiet(const nmj_fiber_model *p, const int32_t M, const double *v, const double *u,
                                  double before_mV, double input_S_mV)
{
    int32_t i;
    if (!(fabs(v[0] - before_mV) * (double)p->n_coarse <= p->quiet_change_mV)) return 0;
    if (!(fabs(input_S_mV) * 2.0 * (double)p->n_coarse <= p->quiet_change_mV * p->charge_S[0])) return 0;
    for (i = 0; i < M; i++)
        if (!(fabs(v[i] - p->v_rest_mV) <= p->quiet_mV && fabs(u[i] - p->v_rest_mV) <= p->quiet_mV)) return 0;
    return 1;
}

NMJ_INLINE int nmj_fiber_advance(const nmj_fiber_model *p, const int32_t M, double t_s, int32_t n_sub, double *v_mV,
                                 double *state, const double *g_S, const double *gE_S_mV, double I_A,
                                 double na_available, int clamped, double *spike_time_s, double *peak_v_mV,
                                 double *slope_mV_per_s, int *at_rest)
{
    double v[NMJ_FIBER_MAX_COMPARTMENT];
    double *x = state, *u = state + 8 * M, *far = state + 9 * M, *past = state + 10 * M - 1;
    const int32_t at = p->spike_compartment;
    /* a current that moves the end plate by less than the tolerance is none; its own leak alone bounds it */
    const double nothing = p->rest_tolerance_mV * (p->g_leak_S[0] + p->g_leak_S[1]);
    double before, peak = *peak_v_mV, slope = 0.0;
    int fired = 0, armed = past[2] > 0.5, driven = (I_A != 0.0) || clamped || na_available != 1.0;
    int32_t i, s;
    v[0] = *v_mV;
    for (i = 1; i < M; i++) v[i] = far[i - 1];
    /* where v was written since, the old slope says nothing; a caller that keeps volts rounds v a little */
    before = fabs(v[0] - past[1]) < 1e-9 ? past[0] : v[0];
    if (v[0] > peak) peak = v[0];
    if (n_sub > 1 && n_sub == p->n_coarse && !clamped) {
        double g = 0.0, gE = 0.0;
        const double v0 = v[0];
        for (s = 0; s < n_sub; s++) {
            g += g_S ? g_S[s] : 0.0;
            gE += gE_S_mV ? gE_S_mV[s] : 0.0;
        }
        g /= (double)n_sub;
        gE = gE / (double)n_sub + 1e3 * I_A;
        if (nmj_fiber_is_quiet(p, M, v, u, before, gE - g * v0)) {
            driven |= fabs(gE - g * p->v_rest_mV) > nothing;
            nmj_fiber_substep(p, p->gates_coarse, 1.0 / (double)n_sub, M, v, u, x, g, gE, na_available, 0);
            if (v[0] > peak) peak = v[0];
            slope = (v[0] - v0) / (double)n_sub;
            before = v[0] - slope;
            if (v[at] < p->rearm_mV) armed = 1;
            n_sub = 0; /* done */
        }
    }
    for (s = 0; s < n_sub; s++) {
        const double g = g_S ? g_S[s] : 0.0, gE = gE_S_mV ? gE_S_mV[s] : 0.0;
        const double v0 = v[0], old = v[at];
        driven |= fabs(gE - g * p->v_rest_mV) > nothing;
        nmj_fiber_substep(p, p->gates, 1.0, M, v, u, x, g, gE + 1e3 * I_A, na_available, clamped);
        if (v0 > before && v0 >= v[0]) {
            const double top = nmj_fiber_summit(before, v0, v[0]);
            if (top > peak) peak = top;
        }
        if (v[0] > peak) peak = v[0];
        slope = v[0] - v0;
        before = v0;
        if (armed && old < p->spike_mV && v[at] >= p->spike_mV) {
            armed = 0;
            if (!fired) { /* steps are shorter than the refractory period: one spike per call */
                fired = 1;
                *spike_time_s = t_s + p->h_s * ((double)s + (p->spike_mV - old) / (v[at] - old));
            }
        } else if (v[at] < p->rearm_mV) {
            armed = 1;
        }
    }
    *at_rest = !driven && nmj_fiber_is_at_rest(p, M, v, u, x);
    if (*at_rest) { /* exactly at rest, so that a sleeping fiber does not depend on when it fell asleep */
        for (i = 0; i < 10 * M + 2; i++) state[i] = p->rest[i];
        *v_mV = p->v_rest_mV;
        slope = 0.0;
    } else {
        *v_mV = v[0];
        for (i = 1; i < M; i++) far[i - 1] = v[i];
        past[0] = before;
        past[1] = v[0];
        past[2] = armed ? 1.0 : 0.0;
    }
    *peak_v_mV = peak;
    *slope_mV_per_s = slope / p->h_s;
    return fired;
}

/* Advance one fiber over [t, t + n_sub h]. v_mV INOUT: end plate voltage, the user's variable (held if `clamped`);
 * state INOUT [nmj_fiber_size]; g_S, gE_S_mV IN [n_sub] or NULL: mean end-plate conductance and conductance times
 * reversal over each sub-step; I_A: current injected into the end plate; na_available 0 .. 1: share of Na channels
 * left (toxin, slow inactivation); spike_time_s OUT, written only if it fired; peak_v_mV INOUT running maximum;
 * slope_mV_per_s OUT over the last sub-step; at_rest OUT: no input and at rest, may be skipped until something
 * drives it or v is written. Returns 1 if it fired, 0 otherwise. */
NMJ_INLINE int nmj_fiber_step(const nmj_fiber_model *model, double t_s, int32_t n_sub, double *v_mV, double *state,
                              const double *g_S, const double *gE_S_mV, double I_A, double na_available, int clamped,
                              double *spike_time_s, double *peak_v_mV, double *slope_mV_per_s, int *at_rest)
{
#define NMJ_FIBER_CASE(M)                                                                                     \
    return nmj_fiber_advance(model, (M), t_s, n_sub, v_mV, state, g_S, gE_S_mV, I_A, na_available, clamped, \
                             spike_time_s, peak_v_mV, slope_mV_per_s, at_rest)
    switch (model->n_compartment) { /* literal sizes: loops unroll */
    case 1: NMJ_FIBER_CASE(1);
    case 2: NMJ_FIBER_CASE(2);
    case 4: NMJ_FIBER_CASE(4);
    default: NMJ_FIBER_CASE(model->n_compartment);
    }
#undef NMJ_FIBER_CASE
}

NMJ_PRECISE_END

#endif
