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
            const int32_t j = g->first + l, fiber = p->target[j];
            const double end_s = t_s < p->course.until_s[fiber] ? t_s : p->course.until_s[fiber];
            const int behind = who[l] && p->follow_s[j] + 0.5 * step_s < end_s;
            g->lanes.mine[l] = behind ? 1.0 : 0.0;
            any |= behind;
        }
        if (!any) return;
        nmj_neighbors_look(&p->endplate, g->x, g->open, g->lost);
        for (l = 0; l < g->count; l++) {
            const int32_t j = g->first + l, fiber = p->target[j];
            nmj_course_place at;
            if (!(g->lanes.mine[l] > 0.0)) continue;
            at = nmj_course_at(&p->course, p->follow_s[j] + 0.5 * step_s - p->course.spike_s[fiber], p->course.size[fiber]);
            nmj_neighbors_place(p, g, l, nmj_course_mV(&p->course, &at), NULL);
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

/* The junction of lane l, whose state is that of the beginning of the step, leaves the course: to what is due, or to sleep if it is over. */
NMJ_INLINE void nmj_neighbors_leave(const nmj_junctions *p, nmj_neighbors *g, int32_t l)
{
    const int32_t j = g->first + l;
    const int holds = nmj_course_holds(&p->course, p->target[j], g->t_s);
    p->wake_s[j] = holds ? NMJ_AWAKE : p->event_s[j];
    p->g_S[j] = holds && g->open[l] > 0.0 ? p->conductance_S * g->open[l] : 0.0;
    p->follow_s[j] = -1.0;
    g->follows[l] = 0;
}

/* Whether the junction of lane l, which is awake and has no event in this step, follows its fiber, which has joined the course. */
NMJ_INLINE int nmj_neighbors_joins(const nmj_junctions *p, const nmj_neighbors *g, int32_t l)
{
    const int32_t j = g->first + l;
    return p->wake_s[j] == NMJ_AWAKE && !(p->event_s[j] < g->t_end_s) && nmj_course_followed(&p->course, p->target[j], g->t_s);
}

/* Those who follow a course stay on it, join it, or leave it since an event is due; the others are as they were. */
NMJ_INLINE void nmj_neighbors_follow(const nmj_junctions *p, nmj_neighbors *g)
{
    unsigned char leaves[NMJ_LANES], behind[NMJ_LANES];
    int32_t l, any = 0;
    for (l = 0; l < g->count; l++) {
        const int32_t j = g->first + l;
        leaves[l] = behind[l] = 0;
        if (!g->follows[l] && nmj_neighbors_joins(p, g, l)) {
            p->follow_s[j] = g->t_s;
            g->follows[l] = 1;
            if (!p->course.watched) nmj_neighbors_hide(p, j);
        }
        if (!g->follows[l]) continue;
        leaves[l] = p->event_s[j] < g->t_end_s;
        behind[l] = leaves[l] && nmj_course_holds(&p->course, p->target[j], g->t_s); /* else it is over, at rest */
        any |= leaves[l];
        p->wake_s[j] = p->course.watched ? NMJ_AWAKE : p->event_s[j];
    }
    if (!any) return;
    nmj_neighbors_catch_up(p, g, behind, g->t_s);
    nmj_neighbors_look(&p->endplate, g->x, g->open, g->lost);
    for (l = 0; l < g->count; l++)
        if (leaves[l]) nmj_neighbors_leave(p, g, l);
}

/* Whether the junction of lane l could follow a course from now on: it is alone on its fiber, nothing is on its way to receptors but
 * what was released, and nothing will last longer than the course. */
NMJ_INLINE int nmj_neighbors_may_follow(const nmj_junctions *p, const nmj_neighbors *g, int32_t l)
{
    const int32_t j = g->first + l;
    const nmj_volley *volley = p->volley + (size_t)j * (size_t)p->n_volley;
    int32_t v;
    if (p->n_channels || p->endplate.n_overlap > 0 || p->endplate.rest_open > 0.0) return 0;
    if (p->wake_s[j] != NMJ_AWAKE || !p->course.alone[p->target[j]] || fabs(g->lost[l]) >= 0.5 * NMJ_ENDPLATE_REST) return 0;
    for (v = 0; v < p->n_volley; v++)
        if (volley[v].state == NMJ_VOLLEY_RELEASING) return 0;
    return 1;
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
        if (!g->follows[l] || nmj_course_holds(&p->course, p->target[g->first + l], t_s)) continue;
        nmj_endplate_rest(&p->endplate, nmj_junction_receptors(p, g->first + l), g->x[0] + l, NMJ_LANES);
        p->follow_s[g->first + l] = -1.0;
        p->wake_s[g->first + l] = p->event_s[g->first + l];
    }
    nmj_neighbors_look(&p->endplate, g->x, g->open, g->lost);
    for (k = first; k <= last; k++)
        for (l = 0; l < NMJ_LANES; l++) ACh[l] += g->x[k][l];
    nmj_neighbors_show(p, g, ACh);
}

NMJ_PRECISE_END

#endif
