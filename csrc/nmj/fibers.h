/* nmj/fibers.h - all the fibers of one MuscleFibers object, one Brian time step.
 *
 * Physiology: end-plate conductance depolarizes the fiber; if that reaches threshold the fiber fires.
 *
 * Chains are advanced sixteen neighbors at a time; those that are awake while their neighbors sleep, stragglers (stragglers.h), sixteen
 * at a time from wherever they are. What a fiber does depends on no other one. Fibers that fired are written into Brian's spike list,
 * in order, with their number at the end; the spike time itself is finer than the step.
 *
 * Units: Brian arrays in SI (volt, second, ampere); the membrane in mV. Aliasing: none. Thread-safety: one call at a
 * time per object; the drive buffers are cleared here, after use.
 * Why this is not a Brian equation: see fiber.h.
 */
#ifndef NMJ_FIBERS_H
#define NMJ_FIBERS_H

#include "chunks.h"
#include "config.h"
#include "fibers_course.h"
#include "fibers_state.h"

NMJ_PRECISE_BEGIN

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

/* Which of fibers begin ... begin + n - 1, chains of one block, have something to do: active OUT [n] as numbers; returns how many. */
NMJ_INLINE int32_t nmj_fibers_awake(const nmj_fibers *p, double t_s, int32_t begin, int32_t n, double v_rest_V, double *active)
{
    unsigned char *awake = p->awake + begin, *driven = p->driven + begin;
    int32_t count = 0, l;
    if (p->stirred != NULL && begin % NMJ_BLOCK == 0) p->stirred[begin / NMJ_BLOCK] = 0;
    if (!nmj_fibers_any_awake(p, begin, begin + n, v_rest_V)) return 0;
    if (p->stirred != NULL) p->stirred[begin / NMJ_BLOCK] = 1; /* in the next step, too: who sleeps by then is found then */
    for (l = 0; l < n; l++) {
        int is;
        if (driven[l] == 2) driven[l] = 0, awake[l] = awake[l] == 0 ? 2 : awake[l]; /* it began to follow a course, and is watched */
        is = nmj_fiber_is_awake(p, begin + l, v_rest_V);
        if (awake[l] == 2) is = nmj_fibers_leaves_course(p, t_s, begin + l);
        active[l] = (double)is;
        count += is;
    }
    return count;
}

/* Advance n chains over [t, t + n_sub h]: who [n]; c their state and drive, and which of them are active. fired OUT [n]. */
NMJ_INLINE void nmj_fibers_advance_chains(const nmj_fibers *p, double t_s, const int32_t *who, int32_t n, double v_rest_V, nmj_chains *c,
                                          unsigned char *fired)
{
    const double t_end_s = t_s + (double)p->n_sub * p->fiber.h_s;
    const int course = nmj_course_is(&p->course);
    int32_t l;
    c->driven = c->held = 0;
    for (l = 0; l < n; l++) {
        const int32_t i = who[l];
        c->v_mV[l] = 1e3 * p->v_V[i];
        c->peak_mV[l] = 1e3 * p->peak_v_V[i];
        c->I_mA[l] = 1e3 * p->I_A[i];
        c->na_available[l] = p->na_available[i];
        c->clamped[l] = (double)p->clamped[i];
        c->held |= p->clamped[i];
    }
    for (; l < NMJ_LANES; l++) { /* nobody's */
        c->active[l] = c->clamped[l] = c->I_mA[l] = 0.0;
        c->na_available[l] = 1.0;
        c->v_mV[l] = c->peak_mV[l] = p->fiber.v_rest_mV;
    }
    for (l = 0; l < n; l++) {
        const int32_t i = who[l];
        if (c->active[l] == 0.0) continue;
        if (course && nmj_course_followed(&p->course, i, t_s)) nmj_fibers_leave_course(p, t_s, i, l, c);
        if (course && p->driven[i]) p->course.until_s[i] = 0.0; /* its junction is back */
        if (course && nmj_course_holds(&p->course, i, t_s)) {
            nmj_fibers_drive_by_course(p, t_s, i, l, c);
            c->driven = 1;
        }
        c->driven |= p->driven[i];
        p->driven[i] = 0; /* who is driven is awake */
    }
    nmj_chain_block(&p->fiber, t_s, p->n_sub, c);
    for (l = 0; l < n; l++) {
        const int32_t i = who[l];
        fired[l] = c->active[l] > 0.0 && c->fired[l] > 0.0;
        if (c->active[l] == 0.0) continue;
        p->v_V[i] = c->at_rest[l] > 0.0 ? v_rest_V : 1e-3 * c->v_mV[l]; /* exactly the resting value, as above */
        p->peak_v_V[i] = 1e-3 * c->peak_mV[l];
        p->v_slope_V_per_s[i] = 1e-3 * c->slope_mV_per_s[l];
        p->awake[i] = (unsigned char)!(c->at_rest[l] > 0.0);
        if (fired[l]) nmj_fiber_fired(p, i, c->spike_s[l]);
        if (!course) continue;
        if (p->course.offered_S[i] > 0.0 && p->awake[i]) nmj_fibers_join_course(p, t_end_s, i, l, c);
        p->course.offered_S[i] = 0.0;
    }
}

/* The same for neighbors begin ... begin + n - 1, in place. */
NMJ_INLINE void nmj_fibers_advance_block(const nmj_fibers *p, double t_s, int32_t begin, int32_t n, double v_rest_V, nmj_chains *c,
                                         unsigned char *fired)
{
    const size_t place = nmj_drive_place(begin, p->n_sub);
    double *const g_S = p->drive_g_S + place, *const gE_S_mV = p->drive_gE_S_mV + place;
    int32_t who[NMJ_LANES], l;
    for (l = 0; l < n; l++) who[l] = begin + l;
    c->state = nmj_fibers_block(p, begin);
    c->g_S = (nmj_lanes *)g_S;
    c->gE_S_mV = (nmj_lanes *)gE_S_mV;
    nmj_fibers_advance_chains(p, t_s, who, n, v_rest_V, c, fired);
    if (!c->driven) return;
    memset(g_S, 0, nmj_drive_size(1, p->n_sub) * sizeof *g_S);
    memset(gE_S_mV, 0, nmj_drive_size(1, p->n_sub) * sizeof *gE_S_mV);
}

/* Advance `count` stragglers over [t, t + n_sub h]; those that fired are written over the list, in order. Returns how many. Several calls
 * may run at the same time. */
NMJ_INLINE int32_t nmj_fibers_advance_stragglers(const nmj_fibers *p, double t_s, int32_t *straggler, int32_t count)
{
    const double v_rest_V = 1e-3 * p->fiber.v_rest_mV;
    const int32_t M = p->fiber.n_compartment;
    int32_t n_fired = 0, first, k, l;
    for (first = 0; first < count; first += NMJ_LANES) {
        const int32_t n = first + NMJ_LANES < count ? NMJ_LANES : count - first;
        nmj_singles state[NMJ_CHAIN_MAX_SIZE];
        nmj_lanes g_S[NMJ_CHAIN_MAX_SUBSTEP], gE_S_mV[NMJ_CHAIN_MAX_SUBSTEP];
        unsigned char fired[NMJ_LANES];
        int32_t who[NMJ_LANES];
        nmj_chains c;
        memset(state, 0, (size_t)nmj_chain_size(M) * sizeof *state);
        memset(g_S, 0, (size_t)p->n_sub * sizeof *g_S);
        memset(gE_S_mV, 0, (size_t)p->n_sub * sizeof *gE_S_mV);
        c.state = state;
        c.g_S = g_S;
        c.gE_S_mV = gE_S_mV;
        for (l = 0; l < n; l++) {
            const int32_t i = straggler[first + l];
            double *const drive_g = p->drive_g_S + nmj_drive_place(i, p->n_sub);
            double *const drive_gE = p->drive_gE_S_mV + nmj_drive_place(i, p->n_sub);
            who[l] = i;
            c.active[l] = 1.0;
            nmj_chain_copy(M, nmj_fibers_block(p, i), i % NMJ_LANES, state, l);
            for (k = 0; p->driven[i] && k < p->n_sub; k++) { /* read, and cleared for the next time step */
                g_S[k][l] = drive_g[k * NMJ_LANES];
                gE_S_mV[k][l] = drive_gE[k * NMJ_LANES];
                drive_g[k * NMJ_LANES] = drive_gE[k * NMJ_LANES] = 0.0;
            }
        }
        nmj_fibers_advance_chains(p, t_s, who, n, v_rest_V, &c, fired);
        for (l = 0; l < n; l++) {
            nmj_chain_copy(M, state, l, nmj_fibers_block(p, who[l]), who[l] % NMJ_LANES);
            if (fired[l]) straggler[n_fired++] = who[l];
        }
    }
    return n_fired;
}

/* Fibers that fired, `late` [n_late], among `spikes` [n], both in order. */
NMJ_INLINE void nmj_fibers_merge(int32_t *spikes, int32_t n, const int32_t *late, int32_t n_late)
{
    while (n_late > 0) { /* from the end, where there is room */
        const int from_late = n == 0 || late[n_late - 1] > spikes[n - 1];
        spikes[n + n_late - 1] = from_late ? late[n_late - 1] : spikes[n - 1];
        if (from_late) n_late--;
        else n--;
    }
}

/* Advance fibers first ... last-1 over [t, t + n_sub h], but for stragglers: their indices are written from straggler[first] on, and
 * *n_straggler OUT is their number. Writes those that fired to spikes, in order; returns how many. Adds to *active those that were
 * awake. Ranges may be advanced at the same time; first is a multiple of NMJ_LANES. */
NMJ_INLINE int32_t nmj_fibers_advance_range(const nmj_fibers *p, double t_s, int32_t first, int32_t last, int32_t *spikes,
                                            int32_t *active, int32_t *n_straggler)
{
    const double v_rest_V = 1e-3 * p->fiber.v_rest_mV;
    const int chains = nmj_fiber_is_chain(&p->fiber);
    int32_t n_fired = 0, n_active = 0, n_aside = 0, begin, i, l; /* written once: those of other threads lie beside */
    for (begin = first; begin < last; begin += NMJ_LANES) {
        const int32_t n = begin + NMJ_LANES < last ? NMJ_LANES : last - begin;
        unsigned char fired[NMJ_LANES];
        nmj_chains c;
        int32_t awake;
        if (!chains) {
            if (!nmj_fibers_any_awake(p, begin, begin + n, v_rest_V)) continue;
            for (i = begin; i < begin + n; i++) {
                if (!nmj_fiber_is_awake(p, i, v_rest_V)) continue;
                n_active++;
                if (nmj_fibers_advance_one(p, t_s, i, v_rest_V)) spikes[n_fired++] = i;
            }
            continue;
        }
        awake = nmj_fibers_awake(p, t_s, begin, n, v_rest_V, c.active);
        n_active += awake;
        if (awake == 0) continue;
        if (p->straggler != NULL && awake <= NMJ_STRAGGLERS) {
            for (l = 0; l < n; l++)
                if (c.active[l] > 0.0) p->straggler[first + n_aside++] = begin + l;
            continue;
        }
        nmj_fibers_advance_block(p, t_s, begin, n, v_rest_V, &c, fired);
        for (l = 0; l < n; l++)
            if (fired[l]) spikes[n_fired++] = begin + l;
    }
    *active += n_active;
    *n_straggler = n_aside;
    return n_fired;
}

#define NMJ_CHUNK_COMPARTMENTS 8192 /* of the fibers of a chunk, at most */

/* Fibers of a chunk: a block of chains, since flags are of blocks; fewer of long fibers. */
NMJ_INLINE int32_t nmj_fibers_chunk(const nmj_fiber_model *fiber)
{
    const int32_t size = NMJ_CHUNK_COMPARTMENTS / fiber->n_compartment;
    return size > NMJ_BLOCK ? NMJ_BLOCK : size < 1 ? 1 : size;
}

typedef struct {
    const nmj_fibers *p;
    const nmj_chunks *chunks;
    double t_s;
    int32_t n_straggler;
} nmj_fibers_work;

NMJ_INLINE void nmj_fibers_advance_chunk(void *all, int32_t k)
{
    const nmj_fibers_work *w = (const nmj_fibers_work *)all;
    const nmj_chunks *chunks = w->chunks;
    const int32_t first = chunks->now[k] * chunks->size, last = first + chunks->size < w->p->n ? first + chunks->size : w->p->n;
    chunks->active[k] = 0;
    /* the list of a chunk cannot be longer than the chunk: it has its own place in the list of all */
    chunks->fired[k] = nmj_fibers_advance_range(w->p, w->t_s, first, last, w->p->spikes + first, chunks->active + k, chunks->straggler + k);
}

NMJ_INLINE void nmj_fibers_straggling(void *all, int32_t group)
{
    const nmj_fibers_work *w = (const nmj_fibers_work *)all;
    const int32_t first = group * NMJ_LANES, left = w->n_straggler - first;
    w->chunks->late[group] =
        nmj_fibers_advance_stragglers(w->p, w->t_s, w->p->straggler + first, left < NMJ_LANES ? left : NMJ_LANES);
}

/* Advance all fibers over [t, t + n_sub h]; active OUT: how many were awake. Returns how many fired. */
NMJ_INLINE int32_t nmj_fibers_step(const nmj_fibers *p, const nmj_chunks *chunks, double t_s, nmj_share share, void *threads, int32_t *active)
{
    const double v_rest_V = 1e-3 * p->fiber.v_rest_mV;
    nmj_fibers_work work;
    int32_t n = 0, fired = 0, late = 0, groups, c, k;
    work.p = p;
    work.chunks = chunks;
    work.t_s = t_s;
    work.n_straggler = 0;
    *active = 0;
    for (c = 0; c < chunks->n; c++) { /* if others write, each thread looks for itself, since there is more to look at */
        const int32_t first = c * chunks->size, last = first + chunks->size < p->n ? first + chunks->size : p->n;
        if (nmj_fibers_any_stirred(p, first, last, v_rest_V)) chunks->now[n++] = c;
    }
    nmj_chunks_do(share, threads, nmj_fibers_advance_chunk, &work, n);
    for (c = 0; c < n; c++) {
        const int32_t first = chunks->now[c] * chunks->size;
        *active += chunks->active[c];
        for (k = 0; k < chunks->fired[c]; k++) p->spikes[fired++] = p->spikes[first + k];
        for (k = 0; k < chunks->straggler[c]; k++) p->straggler[work.n_straggler++] = p->straggler[first + k];
    }
    groups = nmj_lane_groups(work.n_straggler);
    nmj_chunks_do(share, threads, nmj_fibers_straggling, &work, groups);
    for (c = 0; c < groups; c++)
        for (k = 0; k < chunks->late[c]; k++) p->straggler[late++] = p->straggler[c * NMJ_LANES + k];
    nmj_fibers_merge(p->spikes, fired, p->straggler, late);
    return p->spikes[p->n] = fired + late;
}

/* The same without chunks. */
NMJ_INLINE int32_t nmj_fibers_advance(const nmj_fibers *p, double t_s)
{
    int32_t active = 0, n_straggler, n_fired, n_late;
    n_fired = nmj_fibers_advance_range(p, t_s, 0, p->n, p->spikes, &active, &n_straggler);
    n_late = nmj_fibers_advance_stragglers(p, t_s, p->straggler, n_straggler);
    nmj_fibers_merge(p->spikes, n_fired, p->straggler, n_late);
    return p->spikes[p->n] = n_fired + n_late;
}

NMJ_PRECISE_END

#endif
