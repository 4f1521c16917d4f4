/* nmj/fibers.h - all the fibers of one MuscleFibers object, one Brian time step.
 *
 * Physiology: end-plate conductance depolarizes the fiber; if that reaches threshold the fiber fires.
 *
 * Fibers at rest are skipped. A fiber wakes when a junction drives it, when current is injected, when its voltage was
 * written, when it is clamped or when its share of working Na channels is not one. Fibers that fired are written into
 * Brian's spike list, in order, with their number at the end; the spike time itself is finer than the step.
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

/* Advance all fibers over [t, t + n_sub h]; returns how many fired. */
NMJ_INLINE int32_t nmj_fibers_advance(const nmj_fibers *p, double t_s)
{
    const size_t size = (size_t)nmj_fiber_size(&p->fiber), n_sub = (size_t)p->n_sub;
    const double v_rest_V = 1e-3 * p->fiber.v_rest_mV;
    int32_t fired = 0, i;
    for (i = 0; i < p->n; i++) {
        double v_mV, peak_mV, slope_mV, spike_s = 0.0;
        double *g, *gE;
        int rest = 0;
        size_t k;
        if (!p->awake[i] && !p->driven[i] && p->v_V[i] == v_rest_V && p->I_A[i] == 0.0 && !p->clamped[i] &&
            p->na_available[i] == 1.0)
            continue;
        g = p->drive_g_S + (size_t)i * n_sub;
        gE = p->drive_gE_S_mV + (size_t)i * n_sub;
        v_mV = 1e3 * p->v_V[i];
        peak_mV = 1e3 * p->peak_v_V[i];
        if (nmj_fiber_step(&p->fiber, t_s, p->n_sub, &v_mV, p->state + (size_t)i * size, p->driven[i] ? g : NULL,
                           p->driven[i] ? gE : NULL, p->I_A[i], p->na_available[i], p->clamped[i], &spike_s, &peak_mV,
                           &slope_mV, &rest)) {
            p->interval_s[i] = spike_s - p->spike_time_s[i];
            p->spike_time_s[i] = spike_s;
            p->spike_count[i]++;
            p->spikes[fired++] = i;
        }
        /* exactly the resting value, so that the comparison above holds in the next step */
        p->v_V[i] = rest ? v_rest_V : 1e-3 * v_mV;
        p->peak_v_V[i] = 1e-3 * peak_mV;
        p->v_slope_V_per_s[i] = 1e-3 * slope_mV;
        p->awake[i] = (unsigned char)!rest;
        if (p->driven[i]) {
            for (k = 0; k < n_sub; k++) g[k] = gE[k] = 0.0;
            p->driven[i] = 0;
        }
    }
    p->spikes[p->n] = fired;
    return fired;
}

NMJ_PRECISE_END

#endif
