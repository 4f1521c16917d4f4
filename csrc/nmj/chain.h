/* nmj/chain.h - sixteen short folded chains side by side: the membranes of the fibers of a population.
 *
 * The equations and steps of fiber.h, to the last bit, for a chain of few compartments without a second side, sites or a diameter of
 * its own. The same variable of NMJ_LANES neighboring fibers lies together, so that the compiler's vectors advance them
 * at once; fibers of one motor unit are neighbors and fire together. Each takes steps of its own length: those of one length are
 * advanced in one pass, the others of the block wait for theirs. What a fiber does depends on no other one.
 *
 * State of a block: [nmj_chain_size][NMJ_LANES]; rows: gates m, h, n [M][2][3]; tubule voltages [M]; surface voltages of
 * compartments 1 .. M-1; then the rows of NMJ_FIBER_BEFORE .. NMJ_FIBER_ASLEEP.
 *
 * Units, aliasing, threads: as in fiber.h. Cost: about 35 vector operations and 12 reads of a table per membrane and step.
 * Why not a Brian equation: see fiber.h.
 */
#ifndef NMJ_CHAIN_H
#define NMJ_CHAIN_H

#include "config.h"
#include "fiber.h"
#include "lanes.h"

NMJ_PRECISE_BEGIN

#define NMJ_CHAIN_MAX_COMPARTMENT 8
#define NMJ_CHAIN_MAX_SUBSTEP 64 /* per call */

/* Rows of the state of a block. */
NMJ_INLINE int32_t nmj_chain_size(int32_t M) { return 8 * M - 1 + NMJ_FIBER_ASLEEP + 1; }

/* Whether fibers of this model are chains of this kind. */
NMJ_INLINE int nmj_fiber_is_chain(const nmj_fiber_model *p)
{
    return p->n_compartment <= NMJ_CHAIN_MAX_COMPARTMENT && p->other_side >= p->n_compartment && p->electrode == 0 &&
           p->n_site == 0 && p->diameter_m == 0.0;
}

/* A block in one call. */
typedef struct {
    nmj_lanes v_mV;           /* INOUT voltage of the end plate (held if clamped) */
    nmj_lanes peak_mV;        /* INOUT running maximum of it */
    nmj_lanes slope_mV_per_s; /* OUT over the last sub-step */
    nmj_lanes spike_s;        /* OUT time of the spike, where it fired */
    nmj_lanes I_mA;           /* IN 1e3 times the current into the end plate in ampere: in S mV */
    nmj_lanes na_available;   /* IN share of Na channels left */
    nmj_lanes active, clamped, fired, at_rest, level; /* IN; IN; OUT; OUT: as in nmj_fiber. Numbers, for the compiler's vectors */
    int driven, held; /* IN whether g_S and gE_S_mV are anywhere not 0; whether any fiber is clamped */
    nmj_lanes g_S[NMJ_CHAIN_MAX_SUBSTEP], gE_S_mV[NMJ_CHAIN_MAX_SUBSTEP]; /* IN [n_sub] mean conductance, times reversal */
    nmj_lanes *state;                                      /* INOUT [nmj_chain_size] */
} nmj_chains;

/* One step of length h / share of all chains of a block: voltages and gates as in nmj_fiber_substep. row_of_table [L]: where the table
 * of each begins. clamped: NULL: none is. */
NMJ_FORCE_INLINE void nmj_chain_substep(const nmj_fiber_model *p, const int32_t M, const int32_t *NMJ_RESTRICT row_of_table, double share,
                                  nmj_lanes *NMJ_RESTRICT gates, nmj_lanes *NMJ_RESTRICT u, nmj_lanes *NMJ_RESTRICT v,
                                  const double *NMJ_RESTRICT g_S, const double *NMJ_RESTRICT drive_S_mV,
                                  const double *NMJ_RESTRICT I_mA, const double *NMJ_RESTRICT na_available,
                                  const double *NMJ_RESTRICT clamped)
{
    nmj_lanes d[NMJ_CHAIN_MAX_COMPARTMENT], r[NMJ_CHAIN_MAX_COMPARTMENT], dt[NMJ_CHAIN_MAX_COMPARTMENT];
    nmj_lanes rt[NMJ_CHAIN_MAX_COMPARTMENT], dd[2], rr[2], mid, f;
    int32_t at[NMJ_LANES];
    const double last = (double)(p->n_table - 2);
    int32_t i, k, l, side, together;
    for (i = 0; i < M; i++) {
        const double access = p->g_access_S[i];
        for (side = 0; side < 2; side++) {
            const double *NMJ_RESTRICT voltage = side == 0 ? v[i] : u[i];
            nmj_lanes *NMJ_RESTRICT x = gates + 3 * (2 * i + side);
            const double charge = share * p->charge_S[2 * i + side], square = 15.0 * charge * charge + 1e-300;
            const double g_na = p->g_na_S[2 * i + side], g_k = p->g_k_S[2 * i + side], g_leak = p->g_leak_S[2 * i + side];
            const double leak = p->gE_leak_S_mV[2 * i + side], e_na_mV = p->e_na_mV, e_k_mV = p->e_k_mV;
            NMJ_EACH_LANE {
                double place = (voltage[l] - p->v0_mV) * p->inverse_dv_per_mV, past;
                int32_t row;
                place = place > 0.0 ? place : 0.0; /* also NaN */
                row = (int32_t)(place < last ? place : last);
                past = place - (double)row;
                f[l] = past > 1.0 ? 1.0 : past;
                at[l] = row_of_table[l] + 8 * row;
            }
            together = 1;
            for (l = 1; l < NMJ_LANES; l++) together &= at[l] == at[0];
            for (k = 0; k < 3; k++) {
                const double *NMJ_RESTRICT decay = p->gates + k, *NMJ_RESTRICT drive = p->gates + 4 + k;
                double *NMJ_RESTRICT y = x[k];
                if (together) { /* near rest, mostly: one row of the table serves all */
                    const double a = decay[at[0]], b = decay[at[0] + 8], c = drive[at[0]], e = drive[at[0] + 8];
                    NMJ_EACH_LANE { y[l] = (a + f[l] * (b - a)) * y[l] + (c + f[l] * (e - c)); }
                } else
                    NMJ_EACH_LANE {
                        const double a = decay[at[l]], b = decay[at[l] + 8], c = drive[at[l]], e = drive[at[l] + 8];
                        y[l] = (a + f[l] * (b - a)) * y[l] + (c + f[l] * (e - c));
                    }
            }
            NMJ_EACH_LANE {
                const double m = x[0][l], h = x[1][l], n = x[2][l];
                const double na = na_available[l] * g_na * (m * m * m * h), kd = g_k * ((n * n) * (n * n));
                const double g = g_leak + na + kd, q = g * g;
                const double scaled = charge * ((square + 6.0 * q) / (square + q)); /* z coth z, z = g / charge */
                dd[side][l] = scaled + g;
                rr[side][l] = scaled * voltage[l] + leak + na * e_na_mV + kd * e_k_mV;
            }
        }
        NMJ_EACH_LANE { /* tubule eliminated */
            const double inverse = 1.0 / (dd[1][l] + access);
            dt[i][l] = inverse;
            rt[i][l] = rr[1][l];
            d[i][l] = dd[0][l] + access * (dd[1][l] * inverse);
            r[i][l] = rr[0][l] + access * inverse * rr[1][l];
        }
    }
    NMJ_EACH_LANE {
        d[0][l] += g_S[l];
        r[0][l] += drive_S_mV[l];
        r[0][l] += I_mA[l];
    }
    for (i = 1; i < M; i++) {
        const double a = p->g_axial_S[i - 1];
        NMJ_EACH_LANE {
            d[i - 1][l] += a;
            d[i][l] += a;
        }
    }
    for (i = M - 1; i > 0; i--) { /* from the far end to the end plate */
        const double a = p->g_axial_S[i - 1];
        NMJ_EACH_LANE {
            const double inverse = 1.0 / d[i][l], back = a * inverse;
            d[i][l] = inverse;
            d[i - 1][l] -= a * back;
            r[i - 1][l] += back * r[i][l];
        }
    }
    NMJ_EACH_LANE { mid[l] = r[0][l] / d[0][l]; }
    if (clamped)
        NMJ_EACH_LANE { mid[l] = clamped[l] > 0.0 ? v[0][l] : mid[l]; }
    for (i = 0; i < M; i++) {
        const double a = i > 0 ? p->g_axial_S[i - 1] : 0.0, access = p->g_access_S[i];
        if (i > 0)
            NMJ_EACH_LANE { mid[l] = (r[i][l] + a * mid[l]) * d[i][l]; }
        NMJ_EACH_LANE {
            u[i][l] = 2.0 * ((rt[i][l] + access * mid[l]) * dt[i][l]) - u[i][l];
            v[i][l] = 2.0 * mid[l] - v[i][l]; /* clamped: v itself */
        }
    }
}

/* Levels of the steps that the fibers of a block take in a call of n_sub sub-steps: as nmj_fiber_level. */
NMJ_FORCE_INLINE void nmj_chain_levels(const nmj_fiber_model *p, const int32_t M, int32_t n_sub, nmj_chains *c)
{
    nmj_lanes *const state = c->state, *const past = state + 8 * M - 1;
    const int32_t at = p->spike_compartment;
    const double calls = (double)n_sub, rest = p->v_rest_mV;
    const double may_some = p->count[1] > 0 ? 1.0 : 0.0, may_all = p->count[2] > 0 ? 2.0 : 0.0;
    nmj_lanes g, gE, highest, lowest;
    int32_t i, l, s;
    if (n_sub < 2 || n_sub != p->count[2]) {
        NMJ_EACH_LANE { c->level[l] = 0.0; }
        return;
    }
    NMJ_EACH_LANE {
        g[l] = gE[l] = 0.0;
        highest[l] = lowest[l] = c->v_mV[l];
    }
    for (s = 0; c->driven && s < n_sub; s++)
        NMJ_EACH_LANE {
            g[l] += c->g_S[s][l];
            gE[l] += c->gE_S_mV[s][l];
        }
    for (i = 6 * M; i < 8 * M - 1; i++)
        NMJ_EACH_LANE {
            const double x = state[i][l];
            highest[l] = x > highest[l] ? x : highest[l];
            lowest[l] = x < lowest[l] ? x : lowest[l];
        }
    NMJ_EACH_LANE {
        const double v = c->v_mV[l], kept = past[NMJ_FIBER_BEFORE][l];
        const double before = fabs(v - past[NMJ_FIBER_LEFT][l]) < 1e-9 ? kept : v, fall = (before - v) * calls;
        const double spike = at > 0 ? state[7 * M + at - 1][l] : v;
        const double far = at > 0 ? (past[NMJ_FIBER_SPIKE_BEFORE][l] - spike) * calls : fall;
        const double faster = far > fall ? far : fall, mean_g = g[l] / calls, mean_gE = gE[l] / calls;
        const double change = fabs(mean_gE + c->I_mA[l] - mean_g * v) * 2.0 * calls;
        const double grows = c->driven ? c->g_S[n_sub - 1][l] - c->g_S[0][l] : 0.0;
        double some = highest[l] <= rest + p->fall_mV[1] ? may_some : 0.0;
        double all = highest[l] <= rest + p->fall_mV[2] ? may_all : 0.0;
        double quiet = highest[l] <= rest + p->quiet_mV ? 2.0 : 0.0;
        some = faster <= p->fall_change_mV[1] ? some : 0.0;
        all = faster <= p->fall_change_mV[2] ? all : 0.0;
        all = all > some ? all : some;
        all = fall > 0.0 ? all : 0.0;
        all = far > 0.0 ? all : 0.0;
        all = grows > 0.0 ? 0.0 : all;
        quiet = fabs(fall) <= p->quiet_change_mV ? quiet : 0.0;
        quiet = change <= p->quiet_change_mV * p->charge_S[0] ? quiet : 0.0;
        all = all > quiet ? all : quiet;
        all = lowest[l] >= rest - p->quiet_mV ? all : 0.0;
        c->level[l] = c->clamped[l] > 0.0 ? 0.0 : all;
    }
}

/* Advance those active fibers of a block whose steps are of this level over [t, t + n_sub h]. */
NMJ_FORCE_INLINE void nmj_chain_pass(const nmj_fiber_model *p, const int32_t M, const int level, double t_s, int32_t n_sub, nmj_chains *c)
{
    nmj_lanes gates[6 * NMJ_CHAIN_MAX_COMPARTMENT], u[NMJ_CHAIN_MAX_COMPARTMENT], v[NMJ_CHAIN_MAX_COMPARTMENT];
    nmj_lanes before, peak, g, gE, v0, old, armed, crossed, driven, mine, sleeps;
    nmj_lanes *const state = c->state, *const past = state + 8 * M - 1;
    const int32_t at = p->spike_compartment, length = level == 0 ? 1 : p->count[level];
    const double count = (double)length, share = 1.0 / count, rest = p->v_rest_mV, tolerance = p->rest_tolerance_mV;
    const double nothing = tolerance * (p->g_leak_S[0] + p->g_leak_S[1]); /* as in nmj_fiber_advance */
    const double after = p->afterpotential_mV, end_s = t_s + (double)n_sub * p->h_s;
    const int32_t table = (int32_t)(nmj_fiber_table(p, level, level) - p->gates);
    int32_t row_of_table[NMJ_LANES], i, l, s;
    double any;
    memcpy(gates, state, (size_t)(6 * M) * sizeof(nmj_lanes));
    memcpy(u, state + 6 * M, (size_t)M * sizeof(nmj_lanes));
    memcpy(v[0], c->v_mV, sizeof(nmj_lanes));
    memcpy(v + 1, state + 7 * M, (size_t)(M - 1) * sizeof(nmj_lanes));
    memcpy(armed, past[NMJ_FIBER_ARMED], sizeof(nmj_lanes));
    for (l = 0; l < NMJ_LANES; l++) {
        const int written = fabs(v[0][l] - past[NMJ_FIBER_LEFT][l]) >= 1e-9;
        before[l] = written ? v[0][l] : past[NMJ_FIBER_BEFORE][l];
        row_of_table[l] = written ? table : (int32_t)(nmj_fiber_table(p, (int)past[NMJ_FIBER_LEVEL][l], level) - p->gates);
    }
    NMJ_EACH_LANE {
        mine[l] = c->level[l] == (double)level ? c->active[l] : 0.0;
        peak[l] = v[0][l] > c->peak_mV[l] ? v[0][l] : c->peak_mV[l];
        driven[l] = fabs(c->I_mA[l]) + c->clamped[l] + fabs(c->na_available[l] - 1.0);
        g[l] = gE[l] = 0.0;
    }
    for (s = 0; s < n_sub; s += length) {
        if (c->driven) {
            NMJ_EACH_LANE { g[l] = gE[l] = 0.0; }
            for (i = s; i < s + length; i++)
                NMJ_EACH_LANE {
                    g[l] += c->g_S[i][l];
                    gE[l] += c->gE_S_mV[i][l];
                }
            NMJ_EACH_LANE {
                double moves;
                g[l] *= share;
                gE[l] *= share;
                moves = fabs(gE[l] - g[l] * rest);
                driven[l] = moves > nothing ? 1.0 : driven[l];
            }
        }
        memcpy(v0, v[0], sizeof(nmj_lanes));
        memcpy(old, v[at], sizeof(nmj_lanes));
        nmj_chain_substep(p, M, row_of_table, share, gates, u, v, g, gE, c->I_mA, c->na_available, c->held ? c->clamped : NULL);
        any = 0.0;
        NMJ_EACH_LANE { /* events are rare: a crossing of the spike's voltage, a top within the step */
            const double now = v[at][l], end = v[0][l];
            double cross = old[l] < p->spike_mV ? armed[l] : 0.0, top = v0[l] > before[l] ? 1.0 : 0.0;
            cross = now >= p->spike_mV ? cross : 0.0;
            top = v0[l] >= end ? top : 0.0;
            any += level == 0 ? cross + top : cross;
            peak[l] = end > peak[l] ? end : peak[l];
            armed[l] = now < p->rearm_mV ? 1.0 : armed[l] - cross;
            crossed[l] = cross * mine[l];
        }
        for (l = 0; any > 0.0 && l < NMJ_LANES; l++) {
            const double now = v[at][l];
            if (level == 0 && v0[l] > before[l] && v0[l] >= v[0][l]) {
                const double top = nmj_fiber_summit(before[l], v0[l], v[0][l]);
                peak[l] = top > peak[l] ? top : peak[l];
            }
            if (crossed[l] > 0.0 && c->fired[l] == 0.0) {
                c->fired[l] = 1.0; /* steps are shorter than the refractory period: one spike per call */
                c->spike_s[l] = t_s + p->h_s * ((double)s + count * (p->spike_mV - old[l]) / (now - old[l]));
            }
        }
        memcpy(before, v0, sizeof(nmj_lanes));
        for (l = 0; s == 0 && l < NMJ_LANES; l++) row_of_table[l] = table;
    }
    NMJ_EACH_LANE { sleeps[l] = driven[l] > 0.0 ? 0.0 : mine[l]; }
    for (i = 0; i < 2 * M; i++) { /* membranes: surface and tubule of each compartment */
        const double *NMJ_RESTRICT x = i % 2 ? u[i / 2] : v[i / 2], *NMJ_RESTRICT h = gates[3 * i + 1];
        const double x_rest = i == 0 ? rest : p->rest[i % 2 ? 8 * M + i / 2 : 9 * M + i / 2 - 1], h_rest = p->rest[4 * i + 1];
        NMJ_EACH_LANE {
            const double off = fabs(x[l] - x_rest), may = tolerance + after * fabs(h[l] - h_rest);
            sleeps[l] = off <= may ? sleeps[l] : 0.0;
        }
    }
    any = 0.0;
    NMJ_EACH_LANE { any += sleeps[l]; }
    for (i = 0; i < 8 * M - 1; i++) {
        const double *NMJ_RESTRICT x = i < 6 * M ? gates[i] : i < 7 * M ? u[i - 6 * M] : v[i - 7 * M + 1];
        double *NMJ_RESTRICT y = state[i];
        NMJ_EACH_LANE { y[l] = mine[l] > 0.0 ? x[l] : y[l]; }
    }
    NMJ_EACH_LANE {
        const double slope = (v[0][l] - v0[l]) * share, far = (v[at][l] - old[l]) * share;
        past[NMJ_FIBER_BEFORE][l] = mine[l] > 0.0 ? (length == 1 ? v0[l] : v[0][l] - slope) : past[NMJ_FIBER_BEFORE][l];
        past[NMJ_FIBER_SPIKE_BEFORE][l] = mine[l] > 0.0 ? v[at][l] - far : past[NMJ_FIBER_SPIKE_BEFORE][l];
        past[NMJ_FIBER_LEFT][l] = mine[l] > 0.0 ? v[0][l] : past[NMJ_FIBER_LEFT][l];
        past[NMJ_FIBER_ARMED][l] = mine[l] > 0.0 ? armed[l] : past[NMJ_FIBER_ARMED][l];
        past[NMJ_FIBER_LEVEL][l] = mine[l] > 0.0 ? (double)level : past[NMJ_FIBER_LEVEL][l];
        past[NMJ_FIBER_ASLEEP][l] = sleeps[l] > 0.0 ? end_s : past[NMJ_FIBER_ASLEEP][l];
        c->v_mV[l] = mine[l] > 0.0 ? v[0][l] : c->v_mV[l];
        c->peak_mV[l] = mine[l] > 0.0 ? peak[l] : c->peak_mV[l];
        c->slope_mV_per_s[l] = mine[l] > 0.0 ? slope / p->h_s : c->slope_mV_per_s[l];
        c->at_rest[l] = mine[l] > 0.0 ? sleeps[l] : c->at_rest[l];
    }
    for (l = 0; any > 0.0 && l < NMJ_LANES; l++) {
        if (sleeps[l] == 0.0) continue;
        for (i = 6 * M; i < 8 * M - 1 + NMJ_FIBER_LEVEL; i++) state[i][l] = p->rest[i + 2 * M];
        c->v_mV[l] = rest;
        c->slope_mV_per_s[l] = 0.0;
    }
}

/* Gates of those active fibers of a block that slept catch up; as nmj_fiber_wake. */
NMJ_FORCE_INLINE void nmj_chain_wake(const nmj_fiber_model *p, const int32_t M, double t_s, nmj_chains *c)
{
    double *const asleep = c->state[8 * M - 1 + NMJ_FIBER_ASLEEP];
    int32_t i, k, l;
    for (l = 0; l < NMJ_LANES; l++) {
        if (c->active[l] == 0.0 || asleep[l] < 0.0) continue;
        for (k = 0; k < 3; k++) {
            const double left = nmj_fiber_recovered(p, t_s - asleep[l], k);
            for (i = k; i < 6 * M; i += 3) {
                const double rest = p->rest[i / 3 * 4 + k];
                c->state[i][l] = rest + (c->state[i][l] - rest) * left;
            }
        }
        asleep[l] = NMJ_FIBER_AWAKE;
    }
}

/* All of the above for chains of M compartments. */
NMJ_FORCE_INLINE void nmj_chain_advance(const nmj_fiber_model *p, const int32_t M, double t_s, int32_t n_sub, nmj_chains *c)
{
    int here[3] = {0, 0, 0};
    int32_t l;
    nmj_chain_wake(p, M, t_s, c);
    nmj_chain_levels(p, M, n_sub, c);
    for (l = 0; l < NMJ_LANES; l++) {
        c->fired[l] = 0.0;
        if (c->active[l] > 0.0) here[(int)c->level[l]] = 1;
    }
    if (here[0]) nmj_chain_pass(p, M, 0, t_s, n_sub, c);
    if (here[1]) nmj_chain_pass(p, M, 1, t_s, n_sub, c);
    if (here[2]) nmj_chain_pass(p, M, 2, t_s, n_sub, c);
}

/* A literal number of compartments, so that loops over them unroll. */
NMJ_VECTOR_CLONES static void nmj_chain_of_two(const nmj_fiber_model *p, double t_s, int32_t n_sub, nmj_chains *c)
{
    nmj_chain_advance(p, 2, t_s, n_sub, c);
}

NMJ_VECTOR_CLONES static void nmj_chain_of_any(const nmj_fiber_model *p, double t_s, int32_t n_sub, nmj_chains *c)
{
    nmj_chain_advance(p, p->n_compartment, t_s, n_sub, c);
}

/* Advance the active fibers of a block over [t, t + n_sub h]. */
NMJ_INLINE void nmj_chain_block(const nmj_fiber_model *p, double t_s, int32_t n_sub, nmj_chains *c)
{
    if (p->n_compartment == 2) nmj_chain_of_two(p, t_s, n_sub, c);
    else nmj_chain_of_any(p, t_s, n_sub, c);
}

NMJ_PRECISE_END

#endif
