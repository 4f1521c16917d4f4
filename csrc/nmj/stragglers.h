/* nmj/stragglers.h - junctions that are awake while their neighbors sleep, sixteen of them at a time.
 *
 * Physiology: fibers of a motor unit are neighbors and fire together, and then follow a course (course.h). One whose impulse failed, or
 * came too soon after another, is computed alone for some milliseconds: sixteen lanes would work for one. Such stragglers are set aside,
 * and their states are brought together, advanced and put back. What a junction does depends on no other one, so this changes nothing
 * but time.
 *
 * Units, aliasing, threads: as in junctions.h; no fiber may have two junctions. Cost of moving: about 50 ns per straggler.
 * Why this is not a Brian equation: see junctions.h.
 */
#ifndef NMJ_STRAGGLERS_H
#define NMJ_STRAGGLERS_H

#include "config.h"
#include "neighbors_step.h"

NMJ_PRECISE_BEGIN

/* Those of neighbors `first` ... first + count - 1 to whom something happens before t_end_s; returns how many. awake OUT: which, if they
 * are stragglers. */
NMJ_INLINE int32_t nmj_junctions_awake(const nmj_junctions *p, int32_t first, int32_t count, double t_end_s, int32_t *awake)
{
    const double *NMJ_RESTRICT wake_s = p->wake_s + first;
    int64_t n = 0; /* as wide as what is compared, for the compiler's vectors */
    int32_t l, k = 0;
    for (l = 0; l < count; l++) n += wake_s[l] < t_end_s;
    for (l = 0; n <= NMJ_STRAGGLERS && k < n; l++)
        if (wake_s[l] < t_end_s) awake[k++] = first + l;
    return (int32_t)n;
}

/* Advance `count` stragglers over [t, t + n_sub h], at most NMJ_LANES; returns how many were awake. */
NMJ_INLINE int32_t nmj_stragglers_advance(const nmj_junctions *p, double t_s, const int32_t *who, int32_t count, const double *line,
                                          const double *bow)
{
    const int32_t size = (int32_t)nmj_endplate_size(&p->endplate);
    nmj_lanes x[NMJ_ENDPLATE_MAX_SIZE];
    nmj_neighbors g;
    int32_t l, k, active;
    nmj_neighbors_meet(p, &g, 0, who, count, t_s, t_s + (double)p->n_sub * p->h_s);
    g.x = x;
    memset(x, 0, (size_t)size * sizeof *x);
    for (l = 0; l < count; l++) {
        const double *own = nmj_junction_state(p, who[l]);
        for (k = 0; k < size; k++) x[k][l] = own[k * NMJ_LANES];
    }
    active = nmj_neighbors_advance(p, &g, line, bow);
    for (l = 0; l < count; l++) {
        double *own = nmj_junction_state(p, who[l]);
        for (k = 0; k < size; k++) own[k * NMJ_LANES] = x[k][l];
    }
    return active;
}

NMJ_PRECISE_END

#endif
