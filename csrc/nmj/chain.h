/* nmj/chain.h - sixteen short folded chains side by side: the membranes of the fibers of a population.
 *
 * The equations and steps of fiber.h for a chain of few compartments without a second side, sites or a diameter of its own, in single
 * precision, with voltages counted from rest: spikes of both are within 0.02 us, where sub-steps of 10 us are 4 to 8 us off shorter
 * ones. The same variable of NMJ_LANES neighboring fibers lies together, so that the compiler's vectors advance them
 * at once; fibers of one motor unit are neighbors and fire together. Each takes steps of its own length: those of one length are
 * advanced in one pass, the others of the block wait for theirs. What a fiber does depends on no other one.
 *
 * State of a block: [nmj_chain_size][NMJ_LANES] in single precision; rows: gates m, h, n, 0 of each fiber, membrane by membrane [M][2],
 * four rows each; voltages above rest: of tubules [M], of surfaces of compartments 1 .. M-1; then those of NMJ_FIBER_BEFORE ..
 * NMJ_FIBER_ASLEEP (voltages above rest, too) and NMJ_CHAIN_ASLEEP_LATE, since a float does not hold a time.
 *
 * Units, aliasing, threads: as in fiber.h. Cost: about 35 vector operations and the reads of 16 pairs of rows of a table per membrane
 * and step.
 * Why not a Brian equation: see fiber.h.
 */
#ifndef NMJ_CHAIN_H
#define NMJ_CHAIN_H

#include "chain_step.h"
#include "config.h"
#include "fiber.h"
#include "lanes.h"

NMJ_PRECISE_BEGIN

#define NMJ_CHAIN_MAX_SUBSTEP 64 /* per call */

#define NMJ_CHAIN_ASLEEP_LATE (NMJ_FIBER_ASLEEP + 1) /* what is to be added to the time of NMJ_FIBER_ASLEEP */

#define NMJ_CHAIN_MAX_SIZE (10 * NMJ_CHAIN_MAX_COMPARTMENT + NMJ_CHAIN_ASLEEP_LATE)

/* Rows of the state of a block; of these, the first one of NMJ_FIBER_BEFORE and so on. */
NMJ_INLINE int32_t nmj_chain_past(int32_t M) { return 10 * M - 1; }
NMJ_INLINE int32_t nmj_chain_size(int32_t M) { return nmj_chain_past(M) + NMJ_CHAIN_ASLEEP_LATE + 1; }

/* Gates and voltages of a chain of M compartments: how many, gates first; number k of fiber l of a block, and its value at rest. */
NMJ_INLINE int32_t nmj_chain_count(int32_t M) { return 8 * M - 1; }
NMJ_INLINE float *nmj_chain_at(nmj_singles *state, int32_t M, int32_t k, int32_t l)
{
    return k < 6 * M ? state[k / 3 * 4] + 4 * l + k % 3 : state[2 * M + k] + l;
}
NMJ_INLINE float nmj_chain_rest(const nmj_fiber_model *p, int32_t k)
{
    const int32_t M = p->n_compartment;
    return (float)(k < 6 * M ? p->rest[k / 3 * 4 + k % 3] : p->rest[2 * M + k] - p->v_rest_mV);
}

/* The state of fiber l of one block to fiber k of another one. */
NMJ_INLINE void nmj_chain_copy(int32_t M, nmj_singles *from, int32_t l, nmj_singles *to, int32_t k)
{
    int32_t i;
    for (i = 0; i < 8 * M; i += 4) memcpy(to[i] + 4 * k, from[i] + 4 * l, 4 * sizeof(float));
    for (; i < nmj_chain_size(M); i++) to[i][k] = from[i][l];
}

/* Since when fiber l sleeps, below 0: it does not; past: the rows of NMJ_FIBER_BEFORE and so on. */
NMJ_INLINE double nmj_chain_asleep_s(nmj_singles *past, int32_t l)
{
    return (double)past[NMJ_FIBER_ASLEEP][l] + (double)past[NMJ_CHAIN_ASLEEP_LATE][l];
}
NMJ_INLINE void nmj_chain_set_asleep(nmj_singles *past, int32_t l, double t_s)
{
    past[NMJ_FIBER_ASLEEP][l] = (float)t_s;
    past[NMJ_CHAIN_ASLEEP_LATE][l] = (float)(t_s - (double)past[NMJ_FIBER_ASLEEP][l]);
}

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
    int driven, held; /* IN whether g_S is anywhere not 0; whether any fiber is clamped */
    nmj_lanes *g_S, *gE_S_mV;       /* IN [n_sub] mean conductance, times reversal; read if driven */
    nmj_singles *state;             /* INOUT [nmj_chain_size] */
} nmj_chains;

/* Levels of the steps that the fibers of a block take in a call of n_sub sub-steps: as nmj_fiber_level. */
NMJ_FORCE_INLINE void nmj_chain_levels(const nmj_fiber_model *p, const int32_t M, int32_t n_sub, nmj_chains *c)
{
    nmj_singles *const state = c->state, *const past = state + nmj_chain_past(M);
    const int32_t at = p->spike_compartment;
    const double calls = (double)n_sub, share = 1.0 / calls, rest = p->v_rest_mV;
    const double may_some = p->count[1] > 0 ? 1.0 : 0.0, may_all = p->count[2] > 0 ? 2.0 : 0.0;
    nmj_lanes g, gE, grows;
    nmj_singles highest, lowest;
    int32_t i, l, s;
    if (n_sub < 2 || n_sub != p->count[2]) {
        NMJ_EACH_LANE { c->level[l] = 0.0; }
        return;
    }
    NMJ_EACH_LANE {
        g[l] = gE[l] = grows[l] = 0.0;
        highest[l] = lowest[l] = (float)(c->v_mV[l] - rest);
    }
    for (s = 0; c->driven && s < n_sub; s++)
        NMJ_EACH_LANE {
            g[l] += c->g_S[s][l];
            gE[l] += c->gE_S_mV[s][l];
        }
    if (c->driven) NMJ_EACH_LANE { grows[l] = c->g_S[n_sub - 1][l] - c->g_S[0][l]; }
    for (i = 8 * M; i < nmj_chain_past(M); i++)
        NMJ_EACH_LANE {
            const float x = state[i][l];
            highest[l] = x > highest[l] ? x : highest[l];
            lowest[l] = x < lowest[l] ? x : lowest[l];
        }
    NMJ_EACH_LANE {
        const double v = c->v_mV[l], above = v - rest, kept = (double)past[NMJ_FIBER_BEFORE][l];
        const double before = fabs(v - (rest + (double)past[NMJ_FIBER_LEFT][l])) < 1e-9 ? kept : above, fall = (before - above) * calls;
        const double spike = at > 0 ? (double)state[9 * M + at - 1][l] : above;
        const double far = at > 0 ? ((double)past[NMJ_FIBER_SPIKE_BEFORE][l] - spike) * calls : fall;
        const double high = (double)highest[l];
        const double faster = far > fall ? far : fall, mean_g = g[l] * share, mean_gE = gE[l] * share;
        const double change = fabs(mean_gE + c->I_mA[l] - mean_g * v) * 2.0 * calls;
        double some = high <= p->fall_mV[1] ? may_some : 0.0;
        double all = high <= p->fall_mV[2] ? may_all : 0.0;
        double quiet = high <= p->quiet_mV ? 2.0 : 0.0;
        some = faster <= p->fall_change_mV[1] ? some : 0.0;
        all = faster <= p->fall_change_mV[2] ? all : 0.0;
        all = all > some ? all : some;
        all = fall > 0.0 ? all : 0.0;
        all = far > 0.0 ? all : 0.0;
        all = grows[l] > 0.0 ? 0.0 : all;
        all = c->I_mA[l] != 0.0 ? 0.0 : all; /* which may just have begun */
        quiet = fabs(fall) <= p->quiet_change_mV ? quiet : 0.0;
        quiet = change <= p->quiet_change_mV * p->charge_S[0] ? quiet : 0.0;
        all = all > quiet ? all : quiet;
        all = (double)lowest[l] >= -p->quiet_mV ? all : 0.0;
        c->level[l] = c->clamped[l] > 0.0 ? 0.0 : all;
    }
}

/* Advance those active fibers of a block whose steps are of this level over [t, t + n_sub h]. */
NMJ_FORCE_INLINE void nmj_chain_pass(const nmj_fiber_model *p, const int32_t M, const int level, double t_s, int32_t n_sub, nmj_chains *c)
{
    nmj_chain_steps y;
    nmj_singles before, peak, v0, old, armed, crossed, event, driven, mine, sleeps;
    nmj_singles *const state = c->state, *const past = state + nmj_chain_past(M);
    nmj_lanes g, gE, is;
    const int32_t at = p->spike_compartment, length = level == 0 ? 1 : p->count[level];
    const double count = (double)length, share = 1.0 / count, rest = p->v_rest_mV, end_s = t_s + (double)n_sub * p->h_s;
    const float spike = (float)(p->spike_mV - rest), rearm = (float)(p->rearm_mV - rest);
    const float tolerance = (float)p->rest_tolerance_mV, after = (float)p->afterpotential_mV;
    const float nothing = tolerance * (float)(p->g_leak_S[0] + p->g_leak_S[1]); /* as in nmj_fiber_advance */
    const int32_t table = (int32_t)(nmj_fiber_table(p, level, level) - p->gates);
    int32_t row_of_table[NMJ_LANES], i, l, s;
    int32_t any;
    nmj_chain_constants(p, M, share, &y);
    y.held = c->held;
    memcpy(y.gates, state[0], (size_t)(8 * M) * sizeof *state);
    memcpy(y.u, state[8 * M], (size_t)M * sizeof *state);
    memcpy(y.v[1], state[9 * M], (size_t)(M - 1) * sizeof *state);
    NMJ_EACH_LANE { y.v[0][l] = (float)(c->v_mV[l] - rest); }
    for (l = 0; l < NMJ_LANES; l++) {
        const int written = fabs(c->v_mV[l] - (rest + (double)past[NMJ_FIBER_LEFT][l])) >= 1e-9;
        before[l] = written ? y.v[0][l] : past[NMJ_FIBER_BEFORE][l];
        row_of_table[l] = written ? table : (int32_t)(nmj_fiber_table(p, (int)past[NMJ_FIBER_LEVEL][l], level) - p->gates);
    }
    NMJ_EACH_LANE { is[l] = c->level[l] == (double)level ? c->active[l] : 0.0; }
    NMJ_EACH_LANE {
        mine[l] = (float)is[l];
        peak[l] = (float)(c->peak_mV[l] - rest);
        driven[l] = (float)(fabs(c->I_mA[l]) + c->clamped[l] + fabs(c->na_available[l] - 1.0));
        armed[l] = past[NMJ_FIBER_ARMED][l];
        y.I_mA[l] = (float)c->I_mA[l];
        y.na_available[l] = (float)c->na_available[l];
        y.clamped[l] = (float)c->clamped[l];
        y.g_S[l] = y.drive_S_mV[l] = 0.0f;
    }
    NMJ_EACH_LANE { peak[l] = y.v[0][l] > peak[l] ? y.v[0][l] : peak[l]; }
    for (s = 0; s < n_sub; s += length) {
        if (c->driven) {
            NMJ_EACH_LANE { g[l] = gE[l] = 0.0; }
            for (i = s; i < s + length; i++)
                NMJ_EACH_LANE {
                    g[l] += c->g_S[i][l];
                    gE[l] += c->gE_S_mV[i][l];
                }
            NMJ_EACH_LANE { y.g_S[l] = (float)(g[l] * share); }
            NMJ_EACH_LANE { y.drive_S_mV[l] = (float)((gE[l] - g[l] * rest) * share); }
            NMJ_EACH_LANE { driven[l] = fabsf(y.drive_S_mV[l]) > nothing ? 1.0f : driven[l]; }
        }
        memcpy(v0, y.v[0], sizeof v0);
        memcpy(old, y.v[at], sizeof old);
        nmj_chain_substep(p->gates_single, M, row_of_table, &y);
        any = 0;
        NMJ_EACH_LANE { /* events are rare: a crossing of the spike's voltage, a top within the step */
            const float now = y.v[at][l], end = y.v[0][l];
            float cross = old[l] < spike ? armed[l] : 0.0f, top = v0[l] > before[l] ? 1.0f : 0.0f;
            cross = now >= spike ? cross : 0.0f;
            top = v0[l] >= end ? top : 0.0f;
            event[l] = level == 0 ? cross + top : cross;
            any |= (int32_t)event[l];
            peak[l] = end > peak[l] ? end : peak[l];
            armed[l] = now < rearm ? 1.0f : armed[l] - cross;
            crossed[l] = cross * mine[l];
        }
        for (l = 0; any && l < NMJ_LANES; l++) {
            if (event[l] == 0.0f) continue;
            if (level == 0 && v0[l] > before[l] && v0[l] >= y.v[0][l]) {
                const float top = (float)nmj_fiber_summit(before[l], v0[l], y.v[0][l]);
                peak[l] = top > peak[l] ? top : peak[l];
            }
            if (crossed[l] > 0.0f && c->fired[l] == 0.0) {
                c->fired[l] = 1.0; /* steps are shorter than the refractory period: one spike per call */
                c->spike_s[l] = t_s + p->h_s * ((double)s + count * (double)((spike - old[l]) / (y.v[at][l] - old[l])));
            }
        }
        memcpy(before, v0, sizeof before);
        for (l = 0; s == 0 && l < NMJ_LANES; l++) row_of_table[l] = table;
    }
    any = 0;
    NMJ_EACH_LANE {
        sleeps[l] = driven[l] > 0.0f ? 0.0f : mine[l];
        any |= (int32_t)sleeps[l];
    }
    for (i = 0; any && i < 2 * M; i++) { /* membranes: surface and tubule of each compartment */
        const float *NMJ_RESTRICT x = i % 2 ? y.u[i / 2] : y.v[i / 2];
        const float x_rest = i == 0 ? 0.0f : (float)(p->rest[i % 2 ? 8 * M + i / 2 : 9 * M + i / 2 - 1] - rest);
        const float n_rest = (float)p->rest[4 * i + 2];
        any = 0;
        NMJ_EACH_LANE {
            const float off = fabsf(x[l] - x_rest), may = tolerance + after * fabsf(y.gates[i][l][2] - n_rest);
            sleeps[l] = off <= may ? sleeps[l] : 0.0f;
            any |= (int32_t)sleeps[l];
        }
    }
    for (i = 0; i < 2 * M; i++)
        for (l = 0; l < NMJ_LANES; l++)
            if (mine[l] > 0.0f) memcpy(state[4 * i] + 4 * l, y.gates[i][l], sizeof y.gates[i][l]);
    for (i = 0; i < M; i++) NMJ_EACH_LANE { state[8 * M + i][l] = mine[l] > 0.0f ? y.u[i][l] : state[8 * M + i][l]; }
    for (i = 1; i < M; i++) NMJ_EACH_LANE { state[9 * M + i - 1][l] = mine[l] > 0.0f ? y.v[i][l] : state[9 * M + i - 1][l]; }
    NMJ_EACH_LANE { /* as if advanced by the last sub-step alone */
        const float slope = (y.v[0][l] - v0[l]) * (float)share, far = y.v[at][l] - (y.v[at][l] - old[l]) * (float)share;
        const float before_now = length == 1 ? v0[l] : y.v[0][l] - slope;
        past[NMJ_FIBER_BEFORE][l] = mine[l] > 0.0f ? before_now : past[NMJ_FIBER_BEFORE][l];
        past[NMJ_FIBER_SPIKE_BEFORE][l] = mine[l] > 0.0f ? far : past[NMJ_FIBER_SPIKE_BEFORE][l];
        past[NMJ_FIBER_LEFT][l] = mine[l] > 0.0f ? y.v[0][l] : past[NMJ_FIBER_LEFT][l];
        past[NMJ_FIBER_ARMED][l] = mine[l] > 0.0f ? armed[l] : past[NMJ_FIBER_ARMED][l];
        past[NMJ_FIBER_LEVEL][l] = mine[l] > 0.0f ? (float)level : past[NMJ_FIBER_LEVEL][l];
    }
    NMJ_EACH_LANE {
        const double held = c->clamped[l] > 0.0 ? 0.0 : is[l], now = held > 0.0 ? rest + (double)y.v[0][l] : c->v_mV[l];
        const double top = rest + (double)peak[l], high = top > c->peak_mV[l] ? top : c->peak_mV[l], dozes = (double)sleeps[l];
        const double slope = (double)(y.v[0][l] - v0[l]) * share / p->h_s;
        c->v_mV[l] = now;
        c->peak_mV[l] = is[l] > 0.0 ? high : c->peak_mV[l];
        c->slope_mV_per_s[l] = is[l] > 0.0 ? slope : c->slope_mV_per_s[l];
        c->at_rest[l] = is[l] > 0.0 ? dozes : c->at_rest[l];
    }
    for (l = 0; any && l < NMJ_LANES; l++) {
        if (sleeps[l] == 0.0f) continue;
        for (i = 6 * M; i < nmj_chain_count(M); i++) *nmj_chain_at(state, M, i, l) = nmj_chain_rest(p, i);
        for (i = NMJ_FIBER_BEFORE; i < NMJ_FIBER_LEVEL; i++) past[i][l] = i == NMJ_FIBER_ARMED ? 1.0f : 0.0f;
        nmj_chain_set_asleep(past, l, end_s);
        c->v_mV[l] = rest;
        c->slope_mV_per_s[l] = 0.0;
    }
}

/* Gates of fiber l of a block that slept catch up; as nmj_fiber_wake. */
NMJ_INLINE void nmj_chain_wake(const nmj_fiber_model *p, const int32_t M, double t_s, int32_t l, nmj_singles *state)
{
    nmj_singles *const past = state + nmj_chain_past(M);
    int32_t i, k;
    if (past[NMJ_FIBER_ASLEEP][l] < 0.0f) return;
    for (k = 0; k < 3; k++) {
        const double left = nmj_fiber_recovered(p, t_s - nmj_chain_asleep_s(past, l), k);
        for (i = k; i < 6 * M; i += 3) {
            float *const x = nmj_chain_at(state, M, i, l);
            const double rest = p->rest[i / 3 * 4 + k];
            *x = (float)(rest + ((double)*x - rest) * left);
        }
    }
    nmj_chain_set_asleep(past, l, NMJ_FIBER_AWAKE);
}

/* All of the above for chains of M compartments. */
NMJ_FORCE_INLINE void nmj_chain_advance(const nmj_fiber_model *p, const int32_t M, double t_s, int32_t n_sub, nmj_chains *c)
{
    int here[3] = {0, 0, 0};
    int32_t l;
    for (l = 0; l < NMJ_LANES; l++)
        if (c->active[l] > 0.0) nmj_chain_wake(p, M, t_s, l, c->state);
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
