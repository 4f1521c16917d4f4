/* nmj/fibers.h - all the fibers of one MuscleFibers object, one Brian time step.
 *
 * Physiology: end-plate conductance depolarizes the fiber; if that reaches threshold the fiber fires.
 *
 * Fibers at rest are skipped, in blocks. A fiber wakes when a junction drives it, when current is injected, when its voltage was
 * written, when it is clamped or when its share of working Na channels is not one. Fibers that fired are written into
 * Brian's spike list, in order, with their number at the end; the spike time itself is finer than the step. Whole fibers
 * have a diameter each and tell voltage and arrival at their sites.
 *
 * Units: Brian arrays in SI (volt, second, ampere); the membrane in mV. Aliasing: none. Thread-safety: one call at a
 * time per object; the drive buffers are cleared here, after use.
 * Why this is not a Brian equation: see fiber.h.
 */
#ifndef NMJ_FIBERS_H
#define NMJ_FIBERS_H

#include "chain.h"
#include "config.h"
#include "fiber.h"

NMJ_PRECISE_BEGIN

typedef struct {
    nmj_fiber_model fiber;
    int32_t n, n_sub;

    /* Brian variables (n) */
    double *v_V, *v_slope_V_per_s, *peak_v_V;         /* INOUT */
    double *spike_time_s, *interval_s;                /* INOUT */
    int32_t *spike_count;                             /* INOUT */
    const double *I_A, *na_available;                 /* IN */
    const double *diameter_m;                         /* IN, NULL: all have the model's */
    double *site_v_V[NMJ_FIBER_MAX_SITE];             /* OUT, of each site */
    double *site_arrival_s[NMJ_FIBER_MAX_SITE];       /* INOUT */
    const char *clamped;                              /* IN */
    int32_t *spikes;                                  /* OUT (n + 1): who fired, and how many */

    /* private state, owned by the caller */
    double *state;                      /* (nmj_fibers_state_size) */
    double *drive_g_S, *drive_gE_S_mV;  /* (nmj_drive_size): written by the junctions */
    unsigned char *driven, *awake;      /* (n) */
} nmj_fibers;

/* Doubles of state of n fibers: one after the other, or in blocks of chains. */
NMJ_INLINE size_t nmj_fibers_state_size(const nmj_fiber_model *fiber, int32_t n)
{
    const size_t blocks = (size_t)nmj_lane_groups(n);
    if (nmj_fiber_is_chain(fiber)) return blocks * NMJ_LANES * (size_t)nmj_chain_size(fiber->n_compartment);
    return (size_t)n * (size_t)nmj_fiber_size(fiber);
}

/* The state of n fibers at rest: state OUT [nmj_fibers_state_size]. */
NMJ_INLINE void nmj_fibers_rest(const nmj_fiber_model *fiber, int32_t n, double *state)
{
    const int32_t M = fiber->n_compartment, rows = nmj_chain_size(M);
    const size_t all = nmj_fibers_state_size(fiber, n), size = (size_t)nmj_fiber_size(fiber);
    size_t k;
    for (k = 0; k < all; k++) {
        const int32_t row = (int32_t)(k / NMJ_LANES) % rows;
        state[k] = fiber->rest[nmj_fiber_is_chain(fiber) ? (size_t)(row < 6 * M ? row / 3 * 4 + row % 3 : row + 2 * M) : k % size];
    }
}

#define NMJ_FIBER_BLOCK 128

NMJ_INLINE uint64_t nmj_bits(double x)
{
    uint64_t bits;
    memcpy(&bits, &x, sizeof bits);
    return bits;
}

/* Whether any of fibers begin ... end-1 has something to do; as bits, for the compiler's vectors. */
NMJ_INLINE int nmj_fibers_any_awake(const nmj_fibers *p, int32_t begin, int32_t end, double v_rest_V)
{
    const uint64_t rest = nmj_bits(v_rest_V), one = nmj_bits(1.0);
    uint64_t any = 0;
    unsigned char flags = 0;
    int32_t i;
    for (i = begin; i < end; i++) flags = (unsigned char)(flags | p->awake[i] | p->driven[i] | (unsigned char)p->clamped[i]);
    if (flags) return 1;
    for (i = begin; i < end; i++) /* shifted: a current of -0 is none */
        any |= (nmj_bits(p->v_V[i]) ^ rest) | (nmj_bits(p->I_A[i]) << 1) | (nmj_bits(p->na_available[i]) ^ one);
    return any != 0;
}

/* Whether fiber i has something to do. */
NMJ_INLINE int nmj_fiber_is_awake(const nmj_fibers *p, int32_t i, double v_rest_V)
{
    return p->awake[i] || p->driven[i] || p->v_V[i] != v_rest_V || p->I_A[i] != 0.0 || p->clamped[i] ||
           p->na_available[i] != 1.0;
}

/* Fiber i fired. */
NMJ_INLINE void nmj_fiber_fired(const nmj_fibers *p, int32_t i, double spike_s)
{
    p->interval_s[i] = spike_s - p->spike_time_s[i];
    p->spike_time_s[i] = spike_s;
    p->spike_count[i]++;
}

/* Advance fiber i over [t, t + n_sub h]; returns whether it fired. */
NMJ_INLINE int nmj_fibers_advance_one(const nmj_fibers *p, double t_s, int32_t i, double v_rest_V)
{
    double *const drive_g = p->drive_g_S + nmj_drive_place(i, p->n_sub), *const drive_gE = p->drive_gE_S_mV + nmj_drive_place(i, p->n_sub);
    double site[2 * NMJ_FIBER_MAX_SITE], g_S[NMJ_CHAIN_MAX_SUBSTEP], gE_S_mV[NMJ_CHAIN_MAX_SUBSTEP];
    nmj_fiber f;
    int32_t k;
    f.v_mV = 1e3 * p->v_V[i];
    f.peak_mV = 1e3 * p->peak_v_V[i];
    f.slope_mV_per_s = f.spike_s = 0.0;
    f.state = p->state + (size_t)i * (size_t)nmj_fiber_size(&p->fiber);
    f.g_S = p->driven[i] ? g_S : NULL;
    f.gE_S_mV = p->driven[i] ? gE_S_mV : NULL;
    for (k = 0; p->driven[i] && k < p->n_sub; k++) { /* read, and cleared for the next time step */
        g_S[k] = drive_g[k * NMJ_LANES];
        gE_S_mV[k] = drive_gE[k * NMJ_LANES];
        drive_g[k * NMJ_LANES] = drive_gE[k * NMJ_LANES] = 0.0;
    }
    p->driven[i] = 0;
    f.I_A = p->I_A[i];
    f.na_available = p->na_available[i];
    f.thickness = p->diameter_m == NULL ? 1.0 : p->diameter_m[i] / p->fiber.diameter_m;
    f.site = site;
    f.clamped = p->clamped[i];
    f.fired = f.at_rest = 0;
    for (k = 0; k < p->fiber.n_site; k++) site[2 * k + 1] = p->site_arrival_s[k][i];
    nmj_fiber_advance(&p->fiber, nmj_fiber_level(&p->fiber, &f, p->n_sub), t_s, p->n_sub, &f);
    for (k = 0; k < p->fiber.n_site; k++) {
        p->site_v_V[k][i] = f.at_rest ? v_rest_V : 1e-3 * site[2 * k];
        p->site_arrival_s[k][i] = site[2 * k + 1];
    }
    if (f.fired) nmj_fiber_fired(p, i, f.spike_s);
    p->v_V[i] = f.at_rest ? v_rest_V : 1e-3 * f.v_mV; /* exactly the resting value, by which a sleeping fiber is known */
    p->peak_v_V[i] = 1e-3 * f.peak_mV;
    p->v_slope_V_per_s[i] = 1e-3 * f.slope_mV_per_s;
    p->awake[i] = (unsigned char)!f.at_rest;
    return f.fired;
}

/* The same for fibers begin ... end-1 of one block of chains, those that are awake. fired OUT; returns how many were awake. */
NMJ_INLINE int32_t nmj_fibers_advance_chains(const nmj_fibers *p, double t_s, int32_t begin, int32_t end, double v_rest_V,
                                             unsigned char *fired)
{
    const int32_t rows = nmj_chain_size(p->fiber.n_compartment), n = end - begin;
    const double *NMJ_RESTRICT v_V = p->v_V + begin, *NMJ_RESTRICT peak_V = p->peak_v_V + begin, *NMJ_RESTRICT I_A = p->I_A + begin;
    const double *NMJ_RESTRICT na = p->na_available + begin;
    const char *clamped = p->clamped + begin;
    double *out_v = p->v_V + begin, *out_peak = p->peak_v_V + begin, *out_slope = p->v_slope_V_per_s + begin;
    unsigned char *awake = p->awake + begin, *driven = p->driven + begin;
    nmj_chains c;
    int32_t count = 0, l;
    for (l = 0; l < n; l++) {
        const int is = nmj_fiber_is_awake(p, begin + l, v_rest_V);
        c.active[l] = (double)is;
        count += is;
    }
    if (count == 0) return 0;
    c.driven = c.held = 0;
    for (l = 0; l < n; l++) {
        c.v_mV[l] = 1e3 * v_V[l];
        c.peak_mV[l] = 1e3 * peak_V[l];
        c.I_mA[l] = 1e3 * I_A[l];
        c.na_available[l] = na[l];
    }
    for (l = 0; l < n; l++) {
        c.clamped[l] = (double)clamped[l];
        c.driven |= driven[l];
        c.held |= clamped[l];
    }
    for (; l < NMJ_LANES; l++) { /* nobody's */
        c.active[l] = c.clamped[l] = c.I_mA[l] = 0.0;
        c.na_available[l] = 1.0;
        c.v_mV[l] = c.peak_mV[l] = p->fiber.v_rest_mV;
    }
    c.state = (nmj_lanes *)(p->state + (size_t)begin * (size_t)rows);
    c.g_S = (const nmj_lanes *)(p->drive_g_S + nmj_drive_place(begin, p->n_sub));
    c.gE_S_mV = (const nmj_lanes *)(p->drive_gE_S_mV + nmj_drive_place(begin, p->n_sub));
    nmj_chain_block(&p->fiber, t_s, p->n_sub, &c);
    for (l = 0; l < n; l++) {
        const double now = c.at_rest[l] > 0.0 ? v_rest_V : 1e-3 * c.v_mV[l]; /* exactly the resting value, as above */
        out_v[l] = c.active[l] > 0.0 ? now : out_v[l];
    }
    for (l = 0; l < n; l++) out_peak[l] = c.active[l] > 0.0 ? 1e-3 * c.peak_mV[l] : out_peak[l];
    for (l = 0; l < n; l++) out_slope[l] = c.active[l] > 0.0 ? 1e-3 * c.slope_mV_per_s[l] : out_slope[l];
    for (l = 0; l < n; l++) {
        awake[l] = c.active[l] > 0.0 ? (unsigned char)!(c.at_rest[l] > 0.0) : awake[l];
        driven[l] = 0; /* who is driven is awake */
        fired[l] = c.active[l] > 0.0 && c.fired[l] > 0.0;
        if (fired[l]) nmj_fiber_fired(p, begin + l, c.spike_s[l]);
    }
    if (c.driven) {
        memset(p->drive_g_S + nmj_drive_place(begin, p->n_sub), 0, nmj_drive_size(1, p->n_sub) * sizeof(double));
        memset(p->drive_gE_S_mV + nmj_drive_place(begin, p->n_sub), 0, nmj_drive_size(1, p->n_sub) * sizeof(double));
    }
    return count;
}

/* Advance fibers first ... last-1 over [t, t + n_sub h]; writes those that fired to spikes, in order; returns how many. Adds to *active
 * those that were awake. Ranges may be advanced at the same time; first is a multiple of NMJ_LANES. */
NMJ_INLINE int32_t nmj_fibers_advance_range(const nmj_fibers *p, double t_s, int32_t first, int32_t last, int32_t *spikes,
                                            int32_t *active)
{
    const double v_rest_V = 1e-3 * p->fiber.v_rest_mV;
    const int chains = nmj_fiber_is_chain(&p->fiber);
    int32_t fired = 0, begin, i;
    for (begin = first; begin < last; begin += NMJ_FIBER_BLOCK) {
        const int32_t end = begin + NMJ_FIBER_BLOCK < last ? begin + NMJ_FIBER_BLOCK : last;
        unsigned char spiked[NMJ_FIBER_BLOCK];
        if (!nmj_fibers_any_awake(p, begin, end, v_rest_V)) continue;
        memset(spiked, 0, sizeof spiked);
        if (chains)
            for (i = begin; i < end; i += NMJ_LANES)
                *active += nmj_fibers_advance_chains(p, t_s, i, i + NMJ_LANES < end ? i + NMJ_LANES : end, v_rest_V,
                                                     spiked + (i - begin));
        else
            for (i = begin; i < end; i++) {
                if (!nmj_fiber_is_awake(p, i, v_rest_V)) continue;
                ++*active;
                spiked[i - begin] = (unsigned char)nmj_fibers_advance_one(p, t_s, i, v_rest_V);
            }
        for (i = begin; i < end; i++)
            if (spiked[i - begin]) spikes[fired++] = i;
    }
    return fired;
}

/* Advance all fibers over [t, t + n_sub h]; returns how many fired. */
NMJ_INLINE int32_t nmj_fibers_advance(const nmj_fibers *p, double t_s)
{
    int32_t active = 0;
    return p->spikes[p->n] = nmj_fibers_advance_range(p, t_s, 0, p->n, p->spikes, &active);
}

NMJ_PRECISE_END

#endif
