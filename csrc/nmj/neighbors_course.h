/* nmj/neighbors_course.h - junctions that follow the course of an action potential (course.h) with their fibers.
 *
 * Units, aliasing: as in junctions.h. Thread-safety: a call writes only what belongs to these junctions and their fibers.
 * Why this is not a Brian equation: quanta arrive between time steps, in unknown number, and receptors are stiff.
 */
#ifndef NMJ_NEIGHBORS_COURSE_H
#define NMJ_NEIGHBORS_COURSE_H

#include "config.h"
#include "neighbors.h"

NMJ_PRECISE_BEGIN

/* Receptors of those `who` follow a course are advanced up to t, or to its end: at the voltages of the course. */
NMJ_INLINE void nmj_neighbors_catch_up(const nmj_junctions *p, nmj_neighbors *g, const unsigned char *who, double t_s)
{
    const double step_s = p->endplate.step_s;
    int32_t l, any = 1;
    while (any) {
        any = 0;
        for (l = 0; l < g->count; l++) {
            const int32_t j = g->j[l], fiber = p->target[j];
            const double end_s = t_s < p->course.until_s[fiber] ? t_s : p->course.until_s[fiber];
            const int behind = who[l] && p->follow_s[j] + 0.5 * step_s < end_s;
            g->lanes.mine[l] = behind ? 1.0 : 0.0;
            any |= behind;
        }
        if (!any) return;
        nmj_neighbors_look(&p->endplate, g->x, g->open, g->lost);
        for (l = 0; l < g->count; l++) {
            const int32_t j = g->j[l], fiber = p->target[j];
            if (!(g->lanes.mine[l] > 0.0)) continue;
            nmj_neighbors_place(p, g, l, nmj_course_of_mV(&p->course, fiber, p->follow_s[j] + 0.5 * step_s), NULL);
            p->follow_s[j] += step_s;
        }
        nmj_neighbors_weigh(&p->endplate, g);
        nmj_endplate_advance(&p->endplate, &g->lanes, g->x);
    }
}

/* What users see of junction j, as if at rest: nobody looks. */
NMJ_INLINE void nmj_neighbors_hide(const nmj_junctions *p, int32_t j)
{
    const double receptors = nmj_junction_receptors(p, j);
    int32_t v;
    p->open_channels[j] = p->g_S[j] = p->ACh[j] = 0.0;
    for (v = 0; v < p->endplate.n_state; v++) p->occupancy[v][j] = receptors * p->endplate.rest[v];
}

/* The course of the junction of lane l is over: its receptors are at rest. */
NMJ_INLINE void nmj_neighbors_end_course(const nmj_junctions *p, nmj_neighbors *g, int32_t l)
{
    const int32_t j = g->j[l];
    nmj_endplate_rest(&p->endplate, nmj_junction_receptors(p, j), g->x[0] + l, NMJ_LANES);
    p->wake_s[j] = p->event_s[j];
    p->follow_s[j] = -1.0;
    g->follows[l] = 0;
}

/* The junction of lane l, whose state is that of the beginning of the step, leaves its course. */
NMJ_INLINE void nmj_neighbors_leave_course(const nmj_junctions *p, nmj_neighbors *g, int32_t l)
{
    const int32_t j = g->j[l];
    p->wake_s[j] = NMJ_AWAKE;
    nmj_junction_drives(p, p->target[j], 1); /* the fiber leaves with it, even if no channel is open yet: else it would join it again */
    p->g_S[j] = g->open[l] > 0.0 ? p->conductance_S * g->open[l] : 0.0;
    p->follow_s[j] = -1.0;
    g->follows[l] = 0;
}

/* Whether junction j is of a kind that follows courses: it is alone on its fiber, its receptors are no whole numbers, none is open at
 * rest, and quanta add. */
NMJ_INLINE int nmj_neighbors_can_follow(const nmj_junctions *p, int32_t j)
{
    return p->course.alone[p->target[j]] && !p->n_channels && p->endplate.n_overlap == 0 && p->endplate.rest_open == 0.0;
}

/* Whether it could do so from now on: nothing is on its way to receptors but what was released, and nothing will last longer. The table
 * is read at the open channels, which tell nothing of a quantum whose channels are still opening: none came in this step, and fewer are
 * open than at its beginning. */
NMJ_INLINE int nmj_neighbors_may_follow(const nmj_junctions *p, const nmj_neighbors *g, int32_t l)
{
    const int32_t j = g->j[l];
    const nmj_volley *volley = p->volley + (size_t)j * (size_t)p->n_volley;
    int32_t v;
    if (g->event[l] || !(p->conductance_S * g->open[l] < p->g_S[j])) return 0;
    if (!nmj_neighbors_can_follow(p, j) || p->wake_s[j] != NMJ_AWAKE || fabs(g->lost[l]) >= 0.5 * NMJ_ENDPLATE_REST) return 0;
    for (v = 0; v < p->n_volley; v++)
        if (p->volley_s[(ptrdiff_t)j * p->n_volley + v] < NMJ_NEVER && volley[v].state == NMJ_VOLLEY_RELEASING) return 0;
    return 1;
}

/* Whether the junction of lane l, which sleeps and has an event in this step, and its fiber are at rest, and what comes is a quantum by
 * itself; then both follow its course. */
NMJ_INLINE int nmj_neighbors_begins_mini(const nmj_junctions *p, nmj_neighbors *g, int32_t l)
{
    const int32_t j = g->j[l], fiber = p->target[j];
    nmj_terminal *terminal = p->terminal + j, before;
    nmj_endplate_arrival quantum;
    double time_s, size, mean = 0.0, middle = 0.0;
    nmj_address at;
    int32_t v;
    if (p->course.table[NMJ_COURSE_MINI].n_phase == 0) return 0;
    if (terminal->minis == 0 || terminal->mini_rate_per_s != p->release.mini_rate_per_s || !nmj_neighbors_can_follow(p, j)) return 0;
    if (p->receptor_loss[j] != 0.0 || p->v_V[fiber] != 1e-3 * p->course.rest_mV || nmj_course_holds(&p->course, fiber, g->t_s)) return 0;
    if (p->course.awake[fiber]) return 0; /* held there, or a current is injected */
    for (v = 0; v < p->n_volley; v++)
        if (p->volley_s[(ptrdiff_t)j * p->n_volley + v] < g->t_end_s) return 0;
    at = nmj_junction_address(p, j);
    before = *terminal;
    if (!nmj_spontaneous_next(&p->release, &at, terminal, g->t_end_s, &time_s, &size)) return 0;
    if (size * p->course.mini_mV > NMJ_COURSE_MINI_MOST_MV) {
        *terminal = before;
        return 0;
    }
    p->quanta_total[j] += 1.0;
    p->event_s[j] = nmj_next_event(p, j);
    nmj_course_begin(&p->course, fiber, NMJ_COURSE_MINI, time_s, size);
    nmj_endplate_rest(&p->endplate, nmj_junction_receptors(p, j), g->x[0] + l, NMJ_LANES);
    g->lost[l] = 0.0;
    nmj_neighbors_place(p, g, l, p->course.rest_mV, NULL);
    nmj_endplate_expect(&p->endplate, &g->place[l], g->x[0] + l, NMJ_LANES, &quantum);
    nmj_endplate_inject(&p->endplate, size, g->t_end_s - time_s < p->endplate.step_s ? g->t_end_s - time_s : p->endplate.step_s, &quantum);
    nmj_endplate_arrive(&p->endplate, &quantum, g->x[0] + l, NMJ_LANES, &mean, &middle);
    p->most[j] = size * p->course.mini_S / p->conductance_S;
    if (size * p->course.mini_S > p->peak_g_S[j]) p->peak_g_S[j] = size * p->course.mini_S;
    if (1e-3 * (p->course.rest_mV + size * p->course.mini_mV) > p->peak_v_V[fiber])
        p->peak_v_V[fiber] = 1e-3 * (p->course.rest_mV + size * p->course.mini_mV);
    if (p->course.watched) nmj_junction_drives(p, fiber, 2);
    return 1;
}

/* Those who follow a course stay on it, join it, or leave it since an event is due or their fiber left in the last step (somebody moved
 * it, and looks: voltages of the table are no longer its own); the others are as they were. */
NMJ_INLINE void nmj_neighbors_follow(const nmj_junctions *p, nmj_neighbors *g)
{
    unsigned char leaves[NMJ_LANES];
    int32_t l, any = 0, event;
    for (l = 0; l < g->count; l++) {
        const int32_t j = g->j[l];
        leaves[l] = 0;
        if (g->follows[l] && !nmj_course_holds(&p->course, p->target[j], g->t_s)) nmj_neighbors_end_course(p, g, l);
        if (g->follows[l]) {
            leaves[l] = p->event_s[j] < g->t_end_s || !p->course.follows[p->target[j]];
            any |= leaves[l];
            continue;
        }
        event = p->event_s[j] < g->t_end_s;
        if (event == (p->wake_s[j] == NMJ_AWAKE)) continue;
        if (!event && nmj_course_followed(&p->course, p->target[j], g->t_s)) p->follow_s[j] = g->t_s; /* as its fiber has begun to */
        else if (event && nmj_neighbors_begins_mini(p, g, l)) p->follow_s[j] = g->t_end_s; /* other events of this step: in the next one */
        else continue;
        g->follows[l] = 1;
        p->wake_s[j] = p->course.watched ? NMJ_AWAKE : p->event_s[j];
        if (!p->course.watched) nmj_neighbors_hide(p, j);
    }
    if (!any) return;
    nmj_neighbors_catch_up(p, g, leaves, g->t_s);
    nmj_neighbors_look(&p->endplate, g->x, g->open, g->lost);
    for (l = 0; l < g->count; l++)
        if (leaves[l]) nmj_neighbors_leave_course(p, g, l);
}

/* Those who follow a course are advanced up to t, and shown; if it is over, at rest. */
NMJ_INLINE void nmj_neighbors_show_course(const nmj_junctions *p, nmj_neighbors *g, double t_s)
{
    const int first = nmj_endplate_sources(&p->endplate) + p->endplate.n_source, last = first + p->endplate.n_ACh;
    nmj_lanes ACh;
    int32_t l, k, any = 0;
    for (l = 0; l < NMJ_LANES; l++) any |= g->follows[l];
    if (!any) return;
    nmj_neighbors_catch_up(p, g, g->follows, t_s);
    for (l = 0; l < NMJ_LANES; l++) {
        g->lanes.mine[l] = (double)g->follows[l];
        g->peak[l] = ACh[l] = 0.0;
        if (g->follows[l] && !nmj_course_holds(&p->course, p->target[g->j[l]], t_s)) nmj_neighbors_end_course(p, g, l);
    }
    nmj_neighbors_look(&p->endplate, g->x, g->open, g->lost);
    for (k = first; k <= last; k++)
        for (l = 0; l < NMJ_LANES; l++) ACh[l] += g->x[k][l];
    nmj_neighbors_show(p, g, ACh);
}

NMJ_PRECISE_END

#endif
