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
    double *state;                      /* (n * fiber size) */
    double *drive_g_S, *drive_gE_S_mV;  /* (n * n_sub): written by the junctions */
    unsigned char *driven, *awake;      /* (n) */
} nmj_fibers;

/* Fibers `first` ... n-1 at rest and asleep. */
NMJ_INLINE void nmj_fibers_initialize(const nmj_fibers *p, int32_t first)
{
    const int size = nmj_fiber_size(&p->fiber);
    int32_t i, k;
    for (i = first; i < p->n; i++) {
        for (k = 0; k < size; k++) p->state[(size_t)i * (size_t)size + (size_t)k] = p->fiber.rest[k];
        p->awake[i] = 0;
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

/* Write back what fiber i did; returns whether it fired. */
NMJ_INLINE int nmj_fiber_done(const nmj_fibers *p, int32_t i, const nmj_fiber *f, double v_rest_V)
{
    const size_t n_sub = (size_t)p->n_sub;
    int32_t k;
    if (f->fired) {
        p->interval_s[i] = f->spike_s - p->spike_time_s[i];
        p->spike_time_s[i] = f->spike_s;
        p->spike_count[i]++;
    }
    /* exactly the resting value, so that the comparison above holds in the next step */
    p->v_V[i] = f->at_rest ? v_rest_V : 1e-3 * f->v_mV;
    p->peak_v_V[i] = 1e-3 * f->peak_mV;
    p->v_slope_V_per_s[i] = 1e-3 * f->slope_mV_per_s;
    p->awake[i] = (unsigned char)!f->at_rest;
    for (k = 0; k < p->fiber.n_site; k++) {
        p->site_v_V[k][i] = f->at_rest ? v_rest_V : 1e-3 * f->site[2 * k];
        p->site_arrival_s[k][i] = f->site[2 * k + 1];
    }
    if (p->driven[i]) {
        memset(p->drive_g_S + (size_t)i * n_sub, 0, n_sub * sizeof(double));
        memset(p->drive_gE_S_mV + (size_t)i * n_sub, 0, n_sub * sizeof(double));
        p->driven[i] = 0;
    }
    return f->fired;
}

/* Advance fibers first ... last-1 over [t, t + n_sub h]; writes those that fired to spikes, in order; returns how many. Adds to *active
 * those that were awake. Ranges may be advanced at the same time. */
NMJ_INLINE int32_t nmj_fibers_advance_range(const nmj_fibers *p, double t_s, int32_t first, int32_t last, int32_t *spikes,
                                            int32_t *active)
{
    const size_t size = (size_t)nmj_fiber_size(&p->fiber), n_sub = (size_t)p->n_sub;
    const double v_rest_V = 1e-3 * p->fiber.v_rest_mV;
    const int32_t lanes = nmj_fiber_lane_count(&p->fiber);
    double site[3][NMJ_FIBER_LANES][2 * NMJ_FIBER_MAX_SITE];
    int32_t fired = 0, begin, i, k;
    int level;
    for (begin = first; begin < last; begin += NMJ_FIBER_BLOCK) {
        const int32_t end = begin + NMJ_FIBER_BLOCK < last ? begin + NMJ_FIBER_BLOCK : last;
        nmj_fiber lane[3][NMJ_FIBER_LANES]; /* by level of their steps */
        int32_t who[3][NMJ_FIBER_LANES], count[3] = {0, 0, 0};
        unsigned char spiked[NMJ_FIBER_BLOCK];
        int any = 0;
        if (!nmj_fibers_any_awake(p, begin, end, v_rest_V)) continue;
        for (i = begin; i < end; i++) {
            nmj_fiber *f, one;
            spiked[i - begin] = 0;
            if (!nmj_fiber_is_awake(p, i, v_rest_V)) continue;
            ++*active;
            one.v_mV = 1e3 * p->v_V[i];
            one.peak_mV = 1e3 * p->peak_v_V[i];
            one.slope_mV_per_s = one.spike_s = 0.0;
            one.state = p->state + (size_t)i * size;
            one.g_S = p->driven[i] ? p->drive_g_S + (size_t)i * n_sub : NULL;
            one.gE_S_mV = p->driven[i] ? p->drive_gE_S_mV + (size_t)i * n_sub : NULL;
            one.I_A = p->I_A[i];
            one.na_available = p->na_available[i];
            one.thickness = p->diameter_m == NULL ? 1.0 : p->diameter_m[i] / p->fiber.diameter_m;
            one.site = NULL;
            one.clamped = p->clamped[i];
            one.fired = one.at_rest = 0;
            level = nmj_fiber_level(&p->fiber, &one, p->n_sub);
            f = lane[level];
            if (p->fiber.n_site > 0) {
                one.site = site[level][count[level]];
                for (k = 0; k < p->fiber.n_site; k++) one.site[2 * k + 1] = p->site_arrival_s[k][i];
            }
            f[count[level]] = one;
            who[level][count[level]++] = i;
            if (count[level] < lanes) continue;
            nmj_fiber_together(&p->fiber, lanes, level, t_s, p->n_sub, f);
            for (k = 0; k < lanes; k++)
                if (nmj_fiber_done(p, who[level][k], f + k, v_rest_V)) any = spiked[who[level][k] - begin] = 1;
            count[level] = 0;
        }
        for (level = 0; level < 3; level++)
            for (k = 0; k < count[level]; k++) {
                nmj_fiber_together(&p->fiber, 1, level, t_s, p->n_sub, lane[level] + k);
                if (nmj_fiber_done(p, who[level][k], lane[level] + k, v_rest_V)) any = spiked[who[level][k] - begin] = 1;
            }
        for (i = begin; any && i < end; i++)
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
