/* nmj/fiber.h - the membrane of a muscle fiber: a chain of surface-plus-tubule compartments.
 *
 * Biology. Compartment 0 is the end plate. A fiber is folded there, compartment i holding the membrane of both sides at
 * one distance, or its two sides follow each other (fiber_model.h). Each compartment has a surface membrane and, behind
 * an access resistance, the lumped membrane of its transverse tubules (Cannon, Brown & Corey 1993; Shorten et al. 2007):
 *
 *   C_s dv/dt  = -sum_s g (v - E)   + g_access (u - v) + sum_axial g_ax (v' - v) + [end plate: gE - g v + I]
 *   C_t du/dt  = -sum_t g (u - E)   + g_access (v - u)
 *   sum g (v - E) = a g_na m^3 h (v - E_Na) + g_k n^4 (v - E_K) + g_leak (v - E_leak);   a: share of Na channels left
 *   dx/dt = alpha_x(v) (1 - x) - beta_x(v) x,   x = m, h, n
 *
 * One kernel is the cable (60-100 graded compartments), the population's folded chain (2 or 4), a whole fiber from
 * tendon to tendon (hundreds) and a patch (1).
 *
 * Numerics. Gates live half a step off the voltages (staggered): each is advanced exactly over h with the rates
 * of the voltage in the middle of its interval, read from a table (decay, drive) of linear pieces, no exp here.
 * Voltages take a trapezoidal step with the gates of the middle of the step; the capacity is scaled by z coth z,
 * z = g h / 2C (its Pade approximant), which makes the step of that membrane alone exact and stops the ringing of the
 * trapezoidal rule in the upstroke. Second order in h. Tubules are
 * eliminated, the surface is solved from the far ends towards the end plate and back (a tree of one or two branches, no
 * pivoting needed: strictly diagonally dominant).
 *
 * Steps come in three lengths, one of them for a whole call (nmj_fiber_level): a fiber that is near rest and hardly
 * changing, or falling back slowly where no input grows, takes all sub-steps of the call at once; one that falls faster,
 * after an action potential, takes a few at once. Where the length changes, gates are advanced by the mean of the old and
 * the new one, so that they stay half a step off.
 *
 * Fibers that take the same steps are advanced side by side, NMJ_FIBER_LANES at a time: each waits for its own table and
 * its own divisions, and these waits overlap. What a fiber does depends on no other lane, nor on the number of lanes.
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
#include "fiber_model.h"

NMJ_PRECISE_BEGIN

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

/* One step of M compartments of L fibers, of length h / share. table, gates, na_available, clamped [L]: of each fiber; the
 * table is that of the gates' own step. v, u: surface and tubule voltages [M][L] INOUT; g_S, drive_S_mV [L]: conductance and
 * driven current at the end plate, means over the step; I_mA [L]: into the electrode's compartment; thickness [L]. short_chain: see
 * nmj_fiber_lanes. */
NMJ_INLINE void nmj_fiber_substep(const nmj_fiber_model *p, const double *const *table, double share, const int32_t M,
                                  const int32_t L, const int short_chain, double *NMJ_RESTRICT v, double *NMJ_RESTRICT u, double *const *gates,
                                  const double *NMJ_RESTRICT g_S, const double *NMJ_RESTRICT drive_S_mV,
                                  const double *NMJ_RESTRICT I_mA, const double *NMJ_RESTRICT na_available,
                                  const double *NMJ_RESTRICT thickness, const int *clamped)
{
    double d[NMJ_FIBER_SLOTS], r[NMJ_FIBER_SLOTS], dt[NMJ_FIBER_SLOTS], rt[NMJ_FIBER_SLOTS];
    double mid[NMJ_FIBER_LANES], endplate[NMJ_FIBER_LANES];
    int32_t i, l, side;
    for (i = 0; i < M; i++) {
        double dd[2][NMJ_FIBER_LANES], rr[2][NMJ_FIBER_LANES];
        for (side = 0; side < 2; side++) {
            const int32_t k = 2 * i + side;
            const double *NMJ_RESTRICT voltage = (side == 0 ? v : u) + i * L;
            const double charge = share * p->charge_S[k], square = 15.0 * charge * charge + 1e-300; /* no membrane: 1, not 0/0 */
            const double g_na = p->g_na_S[k], g_k = p->g_k_S[k], g_leak = p->g_leak_S[k], leak = p->gE_leak_S_mV[k];
            for (l = 0; l < L; l++) {
                double *y = gates[l] + 4 * k, na, kd, g, q, scaled;
                nmj_fiber_gates(p, table[l], voltage[l], y);
                na = na_available[l] * g_na * (y[0] * y[0] * y[0] * y[1]);
                kd = y[2] * y[2];
                kd = g_k * (kd * kd);
                g = g_leak + na + kd;
                q = g * g;
                scaled = charge * ((square + 6.0 * q) / (square + q)); /* z coth z, z = g / charge */
                dd[side][l] = scaled + g;
                rr[side][l] = scaled * voltage[l] + leak + na * p->e_na_mV + kd * p->e_k_mV;
            }
        }
        for (l = 0; l < L; l++) { /* tubule eliminated: u_mid = (rr[1] + g v_mid) / (dd[1] + g) */
            const double wide = short_chain ? 1.0 : thickness[l];
            const double own = wide * dd[1][l], in = wide * rr[1][l]; /* per area of surface */
            const double inverse = 1.0 / (own + p->g_access_S[i]);
            dt[i * L + l] = inverse;
            rt[i * L + l] = in;
            d[i * L + l] = dd[0][l] + p->g_access_S[i] * (own * inverse);
            r[i * L + l] = rr[0][l] + p->g_access_S[i] * inverse * in;
        }
    }
    for (l = 0; l < L; l++) {
        d[l] += g_S[l];
        r[l] += drive_S_mV[l];
        r[(short_chain ? 0 : p->electrode) * L + l] += I_mA[l];
    }
    for (i = 1; i < M; i++) {
        const int32_t j = short_chain ? i - 1 : nmj_fiber_neighbor(p, i);
        for (l = 0; l < L; l++) {
            const double a = p->g_axial_S[i - 1] * (short_chain ? 1.0 : thickness[l]);
            d[j * L + l] += a;
            d[i * L + l] += a;
        }
    }
    for (i = M - 1; i > 0; i--) { /* from the far ends to the end plate */
        const int32_t j = short_chain ? i - 1 : nmj_fiber_neighbor(p, i);
        for (l = 0; l < L; l++) {
            const double a = p->g_axial_S[i - 1] * (short_chain ? 1.0 : thickness[l]);
            const double inverse = 1.0 / d[i * L + l], f = a * inverse;
            d[i * L + l] = inverse;
            d[j * L + l] -= a * f;
            r[j * L + l] += f * r[i * L + l];
        }
    }
    for (l = 0; l < L; l++) endplate[l] = mid[l] = clamped[l] ? v[l] : r[l] / d[l]; /* in the middle of the step */
    for (i = 0; i < M; i++) {
        for (l = 0; l < L; l++) {
            if (!short_chain && i == p->other_side) mid[l] = endplate[l];
            if (i > 0) {
                const double a = p->g_axial_S[i - 1] * (short_chain ? 1.0 : thickness[l]);
                mid[l] = (r[i * L + l] + a * mid[l]) * d[i * L + l];
            }
            u[i * L + l] = 2.0 * ((rt[i * L + l] + p->g_access_S[i] * mid[l]) * dt[i * L + l]) - u[i * L + l];
            v[i * L + l] = 2.0 * mid[l] - v[i * L + l]; /* clamped: v itself */
        }
    }
}

/* Top of the parabola through three successive voltages whose middle one is the largest. */
NMJ_INLINE double nmj_fiber_summit(double a, double b, double c)
{
    const double bend = 2.0 * b - a - c;
    return bend > 0.0 ? b + (a - c) * (a - c) / (8.0 * bend) : b;
}

NMJ_INLINE int nmj_fiber_is_at_rest(const nmj_fiber_model *p, const int32_t M, double v_mV, const double *state)
{
    int32_t i;
    if (!(fabs(v_mV - p->v_rest_mV) <= p->rest_tolerance_mV)) return 0;
    for (i = 8 * M; i < 10 * M - 1; i++)
        if (!(fabs(state[i] - p->rest[i]) <= p->rest_tolerance_mV)) return 0;
    for (i = 0; i < 8 * M; i++)
        if (!(fabs(state[i] - p->rest[i]) <= p->rest_tolerance_gate)) return 0;
    return 1;
}

/* Private state after the gates and voltages. */
enum { NMJ_FIBER_BEFORE, NMJ_FIBER_SPIKE_BEFORE, NMJ_FIBER_LEFT, NMJ_FIBER_ARMED, NMJ_FIBER_LEVEL };

/* Where v was written since the last call, the old slope says nothing; a caller that keeps volts rounds v a little. */
NMJ_INLINE double nmj_fiber_before_mV(const nmj_fiber *f, const double *past)
{
    return fabs(f->v_mV - past[NMJ_FIBER_LEFT]) < 1e-9 ? past[NMJ_FIBER_BEFORE] : f->v_mV;
}

/* Mean conductance over a call, and times reversal; both zero without input. */
NMJ_INLINE void nmj_fiber_input(const nmj_fiber *f, int32_t n_sub, double *g_S, double *gE_S_mV)
{
    double g = 0.0, gE = 0.0;
    int32_t i;
    for (i = 0; f->g_S != NULL && i < n_sub; i++) {
        g += f->g_S[i];
        gE += f->gE_S_mV[i];
    }
    *g_S = g / (double)n_sub;
    *gE_S_mV = gE / (double)n_sub;
}

/* Level of the steps that a fiber takes in a call of n_sub sub-steps. */
NMJ_INLINE int nmj_fiber_level(const nmj_fiber_model *p, const nmj_fiber *f, int32_t n_sub)
{
    const int32_t M = p->n_compartment, at = p->spike_compartment;
    const double *state = f->state, *past = state + 10 * M - 1;
    const double v_mV = f->v_mV, calls = (double)n_sub;
    double g, gE, highest = v_mV, lowest = v_mV, fall, far;
    int32_t i;
    int level;
    if (f->clamped || n_sub < 2 || n_sub != p->count[2] || (p->electrode > 0 && f->I_A != 0.0)) return 0;
    for (i = 8 * M; i < 10 * M - 1; i++) {
        highest = state[i] > highest ? state[i] : highest;
        lowest = state[i] < lowest ? state[i] : lowest;
    }
    if (!(lowest >= p->v_rest_mV - p->quiet_mV)) return 0;
    fall = (nmj_fiber_before_mV(f, past) - v_mV) * calls;
    if (highest <= p->v_rest_mV + p->quiet_mV && fabs(fall) <= p->quiet_change_mV) {
        nmj_fiber_input(f, n_sub, &g, &gE);
        if (fabs(gE + 1e3 * f->I_A - g * v_mV) * 2.0 * calls <= p->quiet_change_mV * f->thickness * p->charge_S[0]) return 2;
    }
    far = at > 0 ? (past[NMJ_FIBER_SPIKE_BEFORE] - state[9 * M + at - 1]) * calls : fall;
    if (!(fall > 0.0 && far > 0.0) || (f->g_S != NULL && f->g_S[n_sub - 1] > f->g_S[0])) return 0;
    far = far > fall ? far : fall;
    for (level = 2; level > 0; level--)
        if (p->count[level] > 0 && highest <= p->v_rest_mV + p->fall_mV[level] && far <= p->fall_change_mV[level]) return level;
    return 0;
}

/* The table of gates that were last advanced at level a and now are at level b. */
NMJ_INLINE const double *nmj_fiber_table(const nmj_fiber_model *p, int a, int b)
{
    const int high = a > b ? a : b, low = a > b ? b : a;
    return p->gates + (ptrdiff_t)(high * (high + 1) / 2 + low) * p->n_table * 8;
}

/* Advance L fibers over [t, t + n_sub h], all in steps of the same level. short_chain (literal, as M and L are, to
 * unroll loops): folded, current enters at the end plate, all have the model's diameter, no sites. */
NMJ_INLINE void nmj_fiber_lanes(const nmj_fiber_model *p, const int32_t M, const int32_t L, const int short_chain, int level,
                                double t_s, int32_t n_sub, nmj_fiber *fiber)
{
    double v[NMJ_FIBER_SLOTS], u[NMJ_FIBER_SLOTS];
    const int32_t at = p->spike_compartment, length = level == 0 ? 1 : p->count[level];
    const double count = (double)length, share = 1.0 / count;
    const double *table[NMJ_FIBER_LANES];
    double *gates[NMJ_FIBER_LANES];
    double before[NMJ_FIBER_LANES], spike_before[NMJ_FIBER_LANES], peak[NMJ_FIBER_LANES], slope[NMJ_FIBER_LANES];
    double g[NMJ_FIBER_LANES], gE[NMJ_FIBER_LANES], v0[NMJ_FIBER_LANES], old[NMJ_FIBER_LANES], na[NMJ_FIBER_LANES];
    double I[NMJ_FIBER_LANES], thickness[NMJ_FIBER_LANES], nothing[NMJ_FIBER_LANES];
    int armed[NMJ_FIBER_LANES], driven[NMJ_FIBER_LANES], clamped[NMJ_FIBER_LANES];
    int32_t i, l, s;
    for (l = 0; l < L; l++) {
        double *state = fiber[l].state, *past = state + 10 * M - 1;
        const int written = fabs(fiber[l].v_mV - past[NMJ_FIBER_LEFT]) >= 1e-9;
        gates[l] = state;
        na[l] = fiber[l].na_available;
        clamped[l] = fiber[l].clamped;
        thickness[l] = fiber[l].thickness;
        I[l] = 1e3 * fiber[l].I_A / (short_chain ? 1.0 : thickness[l]);
        /* a current that moves the end plate by less than the tolerance is none; its own leak alone bounds it */
        nothing[l] = p->rest_tolerance_mV * (p->g_leak_S[0] + thickness[l] * p->g_leak_S[1]);
        v[l] = fiber[l].v_mV;
        for (i = 0; i < M; i++) u[i * L + l] = state[8 * M + i];
        for (i = 1; i < M; i++) v[i * L + l] = state[9 * M + i - 1];
        before[l] = nmj_fiber_before_mV(fiber + l, past);
        peak[l] = v[l] > fiber[l].peak_mV ? v[l] : fiber[l].peak_mV;
        armed[l] = past[NMJ_FIBER_ARMED] > 0.5;
        driven[l] = fiber[l].I_A != 0.0 || clamped[l] || na[l] != 1.0;
        table[l] = nmj_fiber_table(p, written ? level : (int)past[NMJ_FIBER_LEVEL], level);
        slope[l] = spike_before[l] = 0.0;
        fiber[l].fired = 0;
        if (!short_chain) nmj_fiber_at_sites(p, L, l, v, fiber[l].site);
    }
    for (s = 0; s < n_sub; s += length) {
        for (l = 0; l < L; l++) {
            g[l] = gE[l] = 0.0;
            if (fiber[l].g_S != NULL) {
                for (i = s; i < s + length; i++) {
                    g[l] += fiber[l].g_S[i];
                    gE[l] += fiber[l].gE_S_mV[i];
                }
                g[l] *= share / (short_chain ? 1.0 : thickness[l]);
                gE[l] *= share / (short_chain ? 1.0 : thickness[l]);
                driven[l] |= fabs(gE[l] - g[l] * p->v_rest_mV) > nothing[l];
            }
            v0[l] = v[l];
            old[l] = v[at * L + l];
        }
        nmj_fiber_substep(p, table, share, M, L, short_chain, v, u, gates, g, gE, I, na, thickness, clamped);
        for (l = 0; l < L; l++) {
            const double now = v[at * L + l];
            table[l] = nmj_fiber_table(p, level, level);
            if (level == 0 && v0[l] > before[l] && v0[l] >= v[l]) {
                const double top = nmj_fiber_summit(before[l], v0[l], v[l]);
                if (top > peak[l]) peak[l] = top;
            }
            if (v[l] > peak[l]) peak[l] = v[l];
            slope[l] = (v[l] - v0[l]) * share;
            before[l] = v[l] - slope[l];
            spike_before[l] = now - (now - old[l]) * share;
            if (armed[l] && old[l] < p->spike_mV && now >= p->spike_mV) {
                armed[l] = 0;
                if (!fiber[l].fired) { /* steps are shorter than the refractory period: one spike per call */
                    fiber[l].fired = 1;
                    fiber[l].spike_s = t_s + p->h_s * ((double)s + count * (p->spike_mV - old[l]) / (now - old[l]));
                }
            } else if (now < p->rearm_mV) {
                armed[l] = 1;
            }
            if (!short_chain) nmj_fiber_pass_sites(p, L, l, v, t_s + p->h_s * (double)s, p->h_s * count, fiber[l].site);
        }
    }
    for (l = 0; l < L; l++) {
        double *state = fiber[l].state, *past = state + 10 * M - 1;
        for (i = 0; i < M; i++) state[8 * M + i] = u[i * L + l];
        for (i = 1; i < M; i++) state[9 * M + i - 1] = v[i * L + l];
        fiber[l].at_rest = !driven[l] && nmj_fiber_is_at_rest(p, M, v[l], state);
        if (fiber[l].at_rest) { /* exactly at rest, so that a sleeping fiber does not depend on when it fell asleep */
            for (i = 0; i < 10 * M + 4; i++) state[i] = p->rest[i];
            v[l] = p->v_rest_mV;
            slope[l] = 0.0;
        } else {
            past[NMJ_FIBER_BEFORE] = before[l];
            past[NMJ_FIBER_SPIKE_BEFORE] = spike_before[l];
            past[NMJ_FIBER_LEFT] = v[l];
            past[NMJ_FIBER_ARMED] = armed[l] ? 1.0 : 0.0;
            past[NMJ_FIBER_LEVEL] = (double)level;
        }
        fiber[l].v_mV = v[l];
        fiber[l].peak_mV = peak[l];
        fiber[l].slope_mV_per_s = slope[l] / p->h_s;
    }
}

/* Advance L fibers (1 or NMJ_FIBER_LANES) of the same level over [t, t + n_sub h]. */
NMJ_INLINE void nmj_fiber_together(const nmj_fiber_model *p, int32_t L, int level, double t_s, int32_t n_sub,
                                   nmj_fiber *fiber)
{
    const int32_t M = p->n_compartment;
    int short_chain = M == 2 && p->electrode == 0 && p->n_site == 0 && (p->other_side == 0 || p->other_side >= M);
    int32_t l;
    for (l = 0; l < L; l++) short_chain = short_chain && fiber[l].thickness == 1.0;
    if (short_chain && L == NMJ_FIBER_LANES)
        nmj_fiber_lanes(p, 2, NMJ_FIBER_LANES, 1, level, t_s, n_sub, fiber);
    else if (L == NMJ_FIBER_LANES)
        nmj_fiber_lanes(p, M, NMJ_FIBER_LANES, 0, level, t_s, n_sub, fiber);
    else if (short_chain)
        nmj_fiber_lanes(p, 2, 1, 1, level, t_s, n_sub, fiber);
    else
        nmj_fiber_lanes(p, M, 1, 0, level, t_s, n_sub, fiber);
}

/* Advance one fiber over [t, t + n_sub h]; arguments: see nmj_fiber. Returns 1 if it fired, 0 otherwise. */
NMJ_INLINE int nmj_fiber_step(const nmj_fiber_model *model, double t_s, int32_t n_sub, double *v_mV, double *state,
                              const double *g_S, const double *gE_S_mV, double I_A, double na_available, int clamped,
                              double *spike_time_s, double *peak_v_mV, double *slope_mV_per_s, int *at_rest)
{
    nmj_fiber f;
    f.v_mV = *v_mV;
    f.peak_mV = *peak_v_mV;
    f.slope_mV_per_s = f.spike_s = 0.0;
    f.state = state;
    f.g_S = g_S;
    f.gE_S_mV = gE_S_mV;
    f.I_A = I_A;
    f.na_available = na_available;
    f.thickness = 1.0;
    f.site = NULL;
    f.clamped = clamped;
    f.fired = f.at_rest = 0;
    nmj_fiber_together(model, 1, nmj_fiber_level(model, &f, n_sub), t_s, n_sub, &f);
    *v_mV = f.v_mV;
    *peak_v_mV = f.peak_mV;
    *slope_mV_per_s = f.slope_mV_per_s;
    *at_rest = f.at_rest;
    if (f.fired) *spike_time_s = f.spike_s;
    return f.fired;
}

NMJ_PRECISE_END

#endif
