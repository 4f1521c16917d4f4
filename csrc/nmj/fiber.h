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
 * changing, or falling back slowly where no input grows and no current is injected, takes all sub-steps of the call at
 * once; one that falls faster, after an action potential, takes a few at once. Where the length changes, gates are advanced
 * by the mean of the old and the new one, so that they stay half a step off.
 *
 * Sleep. A fiber without input whose voltages are at rest need not be advanced: its voltages stay there, and its gates approach
 * rest exponentially, which is made good when it wakes. After an action potential slow gates hold the voltage off rest, by
 * some hundredths of a mV for 10 ms (mouse at 22 degC: 0.4 mV), which a sleeping fiber lacks.
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

/* One step of all compartments, of length h / share; the table is that of the gates' own step. v, u [M] INOUT: surface and tubule
 * voltages; g_S, drive_S_mV: conductance and driven current at the end plate, means over the step; I_mA: into the electrode's
 * compartment. */
NMJ_INLINE void nmj_fiber_substep(const nmj_fiber_model *p, const double *table, double share, double *NMJ_RESTRICT v,
                                  double *NMJ_RESTRICT u, double *NMJ_RESTRICT gates, double g_S, double drive_S_mV, double I_mA,
                                  double na_available, double thickness, int clamped)
{
    double d[NMJ_FIBER_MAX_COMPARTMENT], r[NMJ_FIBER_MAX_COMPARTMENT];
    double dt[NMJ_FIBER_MAX_COMPARTMENT], rt[NMJ_FIBER_MAX_COMPARTMENT], mid, endplate;
    const int32_t M = p->n_compartment;
    int32_t i, side;
    for (i = 0; i < M; i++) {
        double dd[2], rr[2], own, in, inverse;
        for (side = 0; side < 2; side++) {
            const int32_t k = 2 * i + side;
            const double voltage = side == 0 ? v[i] : u[i];
            const double charge = share * p->charge_S[k], square = 15.0 * charge * charge + 1e-300; /* no membrane: 1, not 0/0 */
            double *y = gates + 4 * k, na, kd, g, q, scaled;
            nmj_fiber_gates(p, table, voltage, y);
            na = na_available * p->g_na_S[k] * (y[0] * y[0] * y[0] * y[1]);
            kd = y[2] * y[2];
            kd = p->g_k_S[k] * (kd * kd);
            g = p->g_leak_S[k] + na + kd;
            q = g * g;
            scaled = charge * ((square + 6.0 * q) / (square + q)); /* z coth z, z = g / charge */
            dd[side] = scaled + g;
            rr[side] = scaled * voltage + p->gE_leak_S_mV[k] + na * p->e_na_mV + kd * p->e_k_mV;
        }
        own = thickness * dd[1]; /* per area of surface */
        in = thickness * rr[1];
        inverse = 1.0 / (own + p->g_access_S[i]); /* tubule eliminated: u_mid = (in + g v_mid) / (own + g) */
        dt[i] = inverse;
        rt[i] = in;
        d[i] = dd[0] + p->g_access_S[i] * (own * inverse);
        r[i] = rr[0] + p->g_access_S[i] * inverse * in;
    }
    d[0] += g_S;
    r[0] += drive_S_mV;
    r[p->electrode] += I_mA;
    for (i = 1; i < M; i++) {
        const double a = p->g_axial_S[i - 1] * thickness;
        d[nmj_fiber_neighbor(p, i)] += a;
        d[i] += a;
    }
    for (i = M - 1; i > 0; i--) { /* from the far ends to the end plate */
        const int32_t j = nmj_fiber_neighbor(p, i);
        const double a = p->g_axial_S[i - 1] * thickness, inverse = 1.0 / d[i], f = a * inverse;
        d[i] = inverse;
        d[j] -= a * f;
        r[j] += f * r[i];
    }
    mid = endplate = clamped ? v[0] : r[0] / d[0]; /* in the middle of the step */
    for (i = 0; i < M; i++) {
        if (i == p->other_side) mid = endplate;
        if (i > 0) mid = (r[i] + p->g_axial_S[i - 1] * thickness * mid) * d[i];
        u[i] = 2.0 * ((rt[i] + p->g_access_S[i] * mid) * dt[i]) - u[i];
        v[i] = 2.0 * mid - v[i]; /* clamped: v itself */
    }
}

/* Top of the parabola through three successive voltages whose middle one is the largest. */
NMJ_INLINE double nmj_fiber_summit(double a, double b, double c)
{
    const double bend = 2.0 * b - a - c;
    return bend > 0.0 ? b + (a - c) * (a - c) / (8.0 * bend) : b;
}

/* Whether the voltage of membrane k (surface and tubule of compartment 0, of 1 ...) is so near rest that the fiber may sleep. */
NMJ_INLINE int nmj_fiber_is_at_rest(const nmj_fiber_model *p, const double *gates, int32_t k, double v_mV, double rest_mV)
{
    const double off_n = fabs(gates[4 * k + 2] - p->rest[4 * k + 2]);
    return fabs(v_mV - rest_mV) <= p->rest_tolerance_mV + p->afterpotential_mV * off_n;
}

/* Private state after the gates and voltages. */
enum { NMJ_FIBER_BEFORE, NMJ_FIBER_SPIKE_BEFORE, NMJ_FIBER_LEFT, NMJ_FIBER_ARMED, NMJ_FIBER_LEVEL, NMJ_FIBER_ASLEEP };

#define NMJ_FIBER_AWAKE (-1.0)

/* What is left of the distance of a gate (0, 1, 2: m, h, n) from rest after a sleep. */
NMJ_INLINE double nmj_fiber_recovered(const nmj_fiber_model *p, double slept_s, int gate)
{
    return slept_s > 0.0 ? exp(-slept_s * p->rest_rate_per_s[gate]) : 1.0;
}

/* Gates of a fiber that slept catch up. */
NMJ_INLINE void nmj_fiber_wake(const nmj_fiber_model *p, double t_s, double *state)
{
    double *asleep = state + 10 * p->n_compartment - 1 + NMJ_FIBER_ASLEEP;
    double left[4];
    int32_t i;
    if (*asleep < 0.0) return;
    for (i = 0; i < 3; i++) left[i] = nmj_fiber_recovered(p, t_s - *asleep, i);
    left[3] = 1.0;
    for (i = 0; i < 8 * p->n_compartment; i++) state[i] = p->rest[i] + (state[i] - p->rest[i]) * left[i % 4];
    *asleep = NMJ_FIBER_AWAKE;
}

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
    /* a current may just have begun */
    if (!(fall > 0.0 && far > 0.0) || (f->g_S != NULL && f->g_S[n_sub - 1] > f->g_S[0]) || f->I_A != 0.0) return 0;
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

/* Advance one fiber over [t, t + n_sub h] in steps of this level. */
NMJ_INLINE void nmj_fiber_advance(const nmj_fiber_model *p, int level, double t_s, int32_t n_sub, nmj_fiber *f)
{
    double v[NMJ_FIBER_MAX_COMPARTMENT], u[NMJ_FIBER_MAX_COMPARTMENT];
    const int32_t M = p->n_compartment, at = p->spike_compartment, length = level == 0 ? 1 : p->count[level];
    const double count = (double)length, share = 1.0 / count, I_mA = 1e3 * f->I_A / f->thickness;
    /* a current that moves the end plate by less than the tolerance is none; its own leak alone bounds it */
    const double nothing = p->rest_tolerance_mV * (p->g_leak_S[0] + f->thickness * p->g_leak_S[1]);
    double *state = f->state, *past = state + 10 * M - 1;
    const int written = fabs(f->v_mV - past[NMJ_FIBER_LEFT]) >= 1e-9;
    const double *table = nmj_fiber_table(p, written ? level : (int)past[NMJ_FIBER_LEVEL], level);
    double before = nmj_fiber_before_mV(f, past), peak = f->v_mV > f->peak_mV ? f->v_mV : f->peak_mV;
    double spike_before = 0.0, slope = 0.0;
    int armed = past[NMJ_FIBER_ARMED] > 0.5, driven = f->I_A != 0.0 || f->clamped || f->na_available != 1.0;
    int32_t i, s;
    nmj_fiber_wake(p, t_s, state);
    v[0] = f->v_mV;
    for (i = 0; i < M; i++) u[i] = state[8 * M + i];
    for (i = 1; i < M; i++) v[i] = state[9 * M + i - 1];
    f->fired = 0;
    nmj_fiber_at_sites(p, v, f->site);
    for (s = 0; s < n_sub; s += length) {
        const double v0 = v[0], old = v[at];
        double g = 0.0, gE = 0.0, now;
        if (f->g_S != NULL) {
            for (i = s; i < s + length; i++) {
                g += f->g_S[i];
                gE += f->gE_S_mV[i];
            }
            g *= share / f->thickness;
            gE *= share / f->thickness;
            driven |= fabs(gE - g * p->v_rest_mV) > nothing;
        }
        nmj_fiber_substep(p, table, share, v, u, state, g, gE, I_mA, f->na_available, f->thickness, f->clamped);
        table = nmj_fiber_table(p, level, level);
        now = v[at];
        if (level == 0 && v0 > before && v0 >= v[0]) {
            const double top = nmj_fiber_summit(before, v0, v[0]);
            if (top > peak) peak = top;
        }
        if (v[0] > peak) peak = v[0];
        slope = (v[0] - v0) * share;
        before = length == 1 ? v0 : v[0] - slope;
        spike_before = now - (now - old) * share;
        if (armed && old < p->spike_mV && now >= p->spike_mV) {
            armed = 0;
            if (!f->fired) { /* steps are shorter than the refractory period: one spike per call */
                f->fired = 1;
                f->spike_s = t_s + p->h_s * ((double)s + count * (p->spike_mV - old) / (now - old));
            }
        } else if (now < p->rearm_mV) {
            armed = 1;
        }
        nmj_fiber_pass_sites(p, v, t_s + p->h_s * (double)s, p->h_s * count, f->site);
    }
    f->at_rest = !driven && nmj_fiber_is_at_rest(p, state, 0, v[0], p->v_rest_mV);
    for (i = 1; f->at_rest && i < M; i++) f->at_rest = nmj_fiber_is_at_rest(p, state, 2 * i, v[i], p->rest[9 * M + i - 1]);
    for (i = 0; f->at_rest && i < M; i++) f->at_rest = nmj_fiber_is_at_rest(p, state, 2 * i + 1, u[i], p->rest[8 * M + i]);
    past[NMJ_FIBER_LEVEL] = (double)level;
    if (f->at_rest) {
        for (i = 8 * M; i < 10 * M - 1 + NMJ_FIBER_LEVEL; i++) state[i] = p->rest[i];
        past[NMJ_FIBER_ASLEEP] = t_s + (double)n_sub * p->h_s;
        v[0] = p->v_rest_mV;
        slope = 0.0;
    } else {
        for (i = 0; i < M; i++) state[8 * M + i] = u[i];
        for (i = 1; i < M; i++) state[9 * M + i - 1] = v[i];
        past[NMJ_FIBER_BEFORE] = before;
        past[NMJ_FIBER_SPIKE_BEFORE] = spike_before;
        past[NMJ_FIBER_LEFT] = v[0];
        past[NMJ_FIBER_ARMED] = armed ? 1.0 : 0.0;
    }
    f->v_mV = v[0];
    f->peak_mV = peak;
    f->slope_mV_per_s = slope / p->h_s;
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
    nmj_fiber_advance(model, nmj_fiber_level(model, &f, n_sub), t_s, n_sub, &f);
    *v_mV = f.v_mV;
    *peak_v_mV = f.peak_mV;
    *slope_mV_per_s = f.slope_mV_per_s;
    *at_rest = f.at_rest;
    if (f.fired) *spike_time_s = f.spike_s;
    return f.fired;
}

NMJ_PRECISE_END

#endif
