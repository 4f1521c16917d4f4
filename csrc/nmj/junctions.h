/* nmj/junctions.h - all the junctions of one NMJ object: from impulses to end-plate conductance.
 *
 * nmj_junctions_receive  is called with the spikes of one step of the nerve (slot `synapses`);
 * nmj_junctions_advance  advances every junction that is awake from t to t + n_sub h (slot `after_synapses`) and adds
 *                        the mean conductance of each sub-step to the fibers' buffers, so that several junctions on
 *                        one fiber simply add. Membrane potential is read from the fiber and extrapolated over the step.
 *
 * A junction whose receptors are at rest, or that follows the course of an action potential (course.h), sleeps until its next event:
 * an impulse that arrives, a quantum that is due.
 * Sleeping junctions are skipped in blocks of NMJ_BLOCK; those that are awake are advanced in groups of NMJ_LANES neighbors, and
 * stragglers of several groups together (stragglers.h).
 *
 * Units: SI, potentials of Brian arrays in volt, of the stages in mV. Aliasing: no array may overlap another.
 * Thread-safety: calls on distinct NMJ objects that share fibers must not run at the same time (they add to one buffer).
 * Why this is not a Brian equation: quanta arrive between time steps, in unknown number, and receptors are stiff.
 */
#ifndef NMJ_JUNCTIONS_H
#define NMJ_JUNCTIONS_H

#include "chunks.h"
#include "config.h"
#include "junction.h"
#include "neighbors_step.h"
#include "stragglers.h"

NMJ_PRECISE_BEGIN

/* Junctions `first` ... n-1 rested and asleep until their first spontaneous quantum; wakes of the others are kept. */
NMJ_INLINE void nmj_junctions_initialize(const nmj_junctions *p, int32_t first)
{
    const size_t size = (size_t)nmj_endplate_size(&p->endplate);
    int32_t j, b;
    size_t k;
    for (j = first; j < p->n; j++) {
        nmj_volley *volley = p->volley + (size_t)j * (size_t)p->n_volley;
        nmj_terminal_rest(p->ready[j], p->terminal + j);
        for (k = 0; k < (size_t)p->n_volley; k++) {
            memset(volley + k, 0, sizeof *volley);
            volley[k].state = NMJ_VOLLEY_FREE;
            p->volley_s[(size_t)j * (size_t)p->n_volley + k] = NMJ_NEVER;
        }
        for (k = 0; k < size; k++) nmj_junction_state(p, j)[k * NMJ_LANES] = 0.0;
        p->event_s[j] = p->wake_s[j] = NMJ_AT_ONCE; /* which starts its spontaneous release */
        p->follow_s[j] = -1.0;
    }
    for (b = 0; b < nmj_block_count(p->n); b++) p->block_wake_s[b] = NMJ_AT_ONCE;
}

/* Each junction gets room for so many impulses, more than it has: volley, volley_s OUT (n * room). */
NMJ_INLINE void nmj_junctions_spread(const nmj_junctions *p, int32_t room, nmj_volley *volley, double *volley_s)
{
    int32_t j, v;
    memset(volley, 0, (size_t)p->n * (size_t)room * sizeof *volley); /* NMJ_VOLLEY_FREE */
    for (j = 0; j < p->n; j++) {
        const ptrdiff_t from = (ptrdiff_t)j * p->n_volley, to = (ptrdiff_t)j * room;
        memcpy(volley + to, p->volley + from, (size_t)p->n_volley * sizeof *volley);
        for (v = 0; v < room; v++) volley_s[to + v] = v < p->n_volley ? p->volley_s[from + v] : NMJ_NEVER;
    }
}

/* An impulse enters the nerve branch of every junction of the spiking neurons.
 * spikes: indices in the whole source group. Returns -1, or a junction that cannot hold another impulse (then none
 * of the impulses was taken). */
NMJ_INLINE int32_t nmj_junctions_receive(const nmj_junctions *p, const int32_t *spikes, int32_t n_spikes, double t_s)
{
    int32_t s, k;
    for (s = 0; s < n_spikes; s++)
        for (k = p->start[spikes[s]]; k < p->start[spikes[s] + 1]; k++)
            if (nmj_free_volley(p, p->order[k]) < 0) return p->order[k];
    for (s = 0; s < n_spikes; s++)
        for (k = p->start[spikes[s]]; k < p->start[spikes[s] + 1]; k++) {
            const int32_t j = p->order[k], block = j / NMJ_BLOCK, v = nmj_free_volley(p, j);
            const double arrival_s = t_s + p->delay_s[j];
            if (v >= 0) {
                nmj_volley_send(p->volley + (ptrdiff_t)j * p->n_volley + v, arrival_s);
                nmj_volley_changed(p, j, v);
            }
            if (arrival_s < p->event_s[j]) p->event_s[j] = arrival_s;
            if (arrival_s < p->wake_s[j]) p->wake_s[j] = arrival_s;
            if (arrival_s < p->block_wake_s[block]) p->block_wake_s[block] = arrival_s;
        }
    return -1;
}

/* Advance every junction of blocks first ... last-1 that is awake over [t, t + n_sub h], but for stragglers: their indices are written from
 * straggler[first_block * NMJ_BLOCK] on, and n_straggler OUT is their number. Returns how many were advanced. Ranges whose junctions share
 * no fiber may be advanced at the same time. */
NMJ_INLINE int32_t nmj_junctions_advance_range(const nmj_junctions *p, double t_s, int32_t first_block, int32_t last_block,
                                               int32_t *n_straggler)
{
    const double t_end_s = t_s + (double)p->n_sub * p->h_s;
    const int set_aside = p->straggler != NULL && !p->course.watched;
    double line[NMJ_JUNCTION_MAX_SUBSTEP], bow[NMJ_JUNCTION_MAX_SUBSTEP];
    int32_t *straggler = set_aside ? p->straggler + (ptrdiff_t)first_block * NMJ_BLOCK : NULL;
    int32_t b, j, l, count = 0, n_aside = 0;
    nmj_junction_parts(p->n_sub / p->n_step, line, bow);
    for (b = first_block; b < last_block; b++) {
        const int32_t last = (b + 1) * NMJ_BLOCK < p->n ? (b + 1) * NMJ_BLOCK : p->n;
        double soonest = NMJ_NEVER;
        if (!(p->block_wake_s[b] < t_end_s)) continue;
        for (j = b * NMJ_BLOCK; j < last; j += NMJ_LANES) {
            const int32_t n = j + NMJ_LANES < last ? NMJ_LANES : last - j;
            int32_t who[NMJ_LANES];
            const int32_t awake = nmj_junctions_awake(p, j, n, t_end_s, who);
            nmj_neighbors g;
            if (awake == 0 && !p->course.watched) continue;
            if (set_aside && awake <= NMJ_STRAGGLERS) {
                for (l = 0; l < awake; l++) straggler[n_aside++] = who[l];
                continue;
            }
            nmj_neighbors_meet(p, &g, j, NULL, n, t_s, t_end_s);
            count += nmj_neighbors_advance(p, &g, line, bow);
            if (p->course.watched) nmj_neighbors_show_course(p, &g, t_end_s);
        }
        for (j = b * NMJ_BLOCK; j < last && soonest > NMJ_AWAKE; j++)
            if (p->wake_s[j] < soonest) soonest = p->wake_s[j];
        p->block_wake_s[b] = soonest;
    }
    *n_straggler = n_aside;
    return count;
}

/* Advance `count` stragglers over [t, t + n_sub h]; returns how many were awake. Several calls may run at the same time. */
NMJ_INLINE int32_t nmj_junctions_advance_stragglers(const nmj_junctions *p, double t_s, const int32_t *who, int32_t count)
{
    double line[NMJ_JUNCTION_MAX_SUBSTEP], bow[NMJ_JUNCTION_MAX_SUBSTEP];
    int32_t k, active = 0;
    nmj_junction_parts(p->n_sub / p->n_step, line, bow);
    for (k = 0; k < count; k += NMJ_LANES)
        active += nmj_stragglers_advance(p, t_s, who + k, k + NMJ_LANES < count ? NMJ_LANES : count - k, line, bow);
    return active;
}

typedef struct {
    const nmj_junctions *p;
    const nmj_chunks *chunks;
    double t_s;
    int32_t n_straggler;
} nmj_junctions_work;

NMJ_INLINE void nmj_junctions_chunk(void *all, int32_t k)
{
    const nmj_junctions_work *w = (const nmj_junctions_work *)all;
    const int32_t *cut = w->chunks->cut + w->chunks->now[k];
    w->chunks->active[k] = nmj_junctions_advance_range(w->p, w->t_s, cut[0], cut[1], w->chunks->straggler + k);
}

NMJ_INLINE void nmj_junctions_straggling(void *all, int32_t group)
{
    const nmj_junctions_work *w = (const nmj_junctions_work *)all;
    const int32_t first = group * NMJ_LANES, left = w->n_straggler - first;
    nmj_junctions_advance_stragglers(w->p, w->t_s, w->p->straggler + first, left < NMJ_LANES ? left : NMJ_LANES);
}

/* Advance every junction that is awake over [t, t + n_sub h]; returns how many were. */
NMJ_INLINE int32_t nmj_junctions_step(const nmj_junctions *p, const nmj_chunks *chunks, double t_s, nmj_share share, void *threads)
{
    const double t_end_s = t_s + (double)p->n_sub * p->h_s;
    nmj_junctions_work work;
    int32_t n = 0, active = 0, c, b, k;
    work.p = p;
    work.chunks = chunks;
    work.t_s = t_s;
    work.n_straggler = 0;
    for (c = 0; c < chunks->n; c++)
        for (b = chunks->cut[c]; b < chunks->cut[c + 1]; b++)
            if (p->block_wake_s[b] < t_end_s) {
                chunks->now[n++] = c;
                break;
            }
    nmj_chunks_do(share, threads, nmj_junctions_chunk, &work, n);
    for (c = 0; c < n; c++) {
        const ptrdiff_t found = (ptrdiff_t)chunks->cut[chunks->now[c]] * NMJ_BLOCK;
        active += chunks->active[c];
        for (k = 0; k < chunks->straggler[c]; k++) p->straggler[work.n_straggler++] = p->straggler[found + k];
    }
    nmj_chunks_do(share, threads, nmj_junctions_straggling, &work, nmj_lane_groups(work.n_straggler));
    return active + work.n_straggler;
}

/* The same without chunks. */
NMJ_INLINE void nmj_junctions_advance(const nmj_junctions *p, double t_s)
{
    int32_t n_straggler;
    nmj_junctions_advance_range(p, t_s, 0, nmj_block_count(p->n), &n_straggler);
    nmj_junctions_advance_stragglers(p, t_s, p->straggler, n_straggler);
}

/* Before a run: junctions that follow a course are shown in each step, or are not. */
NMJ_INLINE void nmj_junctions_resume(const nmj_junctions *p)
{
    int32_t j;
    for (j = 0; j < p->n; j++) {
        if (p->follow_s[j] < 0.0) continue;
        if (p->g_S[j] > p->peak_g_S[j]) p->peak_g_S[j] = p->g_S[j]; /* which the user may have set back */
        p->wake_s[j] = p->course.watched ? NMJ_AWAKE : p->event_s[j];
        if (p->wake_s[j] < p->block_wake_s[j / NMJ_BLOCK]) p->block_wake_s[j / NMJ_BLOCK] = p->wake_s[j];
        if (!p->course.watched) nmj_neighbors_hide(p, j);
    }
}

/* After a run, at t_s: they show where they are. */
NMJ_INLINE void nmj_junctions_show(const nmj_junctions *p, double t_s)
{
    int32_t j;
    for (j = 0; nmj_course_is(&p->course) && j < p->n; j += NMJ_LANES) {
        nmj_neighbors g;
        nmj_neighbors_meet(p, &g, j, NULL, j + NMJ_LANES < p->n ? NMJ_LANES : p->n - j, t_s, t_s);
        nmj_neighbors_show_course(p, &g, t_s);
    }
}

NMJ_PRECISE_END

#endif
