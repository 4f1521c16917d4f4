/* nmj/neighbors_step.h - sixteen junctions, mostly neighbors, in one time step: quanta that are due, receptors, what drives their
 * fibers. Membrane potential is read from the fiber and extrapolated over the step.
 *
 * Units, aliasing: as in junctions.h. Thread-safety: a call writes only what belongs to these junctions and their fibers.
 * Why this is not a Brian equation: quanta arrive between time steps, in unknown number, and receptors are stiff.
 */
#ifndef NMJ_NEIGHBORS_STEP_H
#define NMJ_NEIGHBORS_STEP_H

#include "config.h"
#include "neighbors_course.h"

NMJ_PRECISE_BEGIN

/* Impulses that arrive, receptors that wake, and where everyone is; returns how many are awake. */
NMJ_INLINE int32_t nmj_neighbors_begin(const nmj_junctions *p, nmj_neighbors *g)
{
    const nmj_endplate_place *neighbor = NULL;
    int32_t l, count = 0;
    if (nmj_course_is(&p->course)) nmj_neighbors_follow(p, g);
    for (l = 0; l < g->count; l++) {
        const int32_t j = g->j[l];
        g->lanes.mine[l] = 0.0;
        if (g->follows[l] || !(p->wake_s[j] < g->t_end_s)) continue;
        g->active[l] = 1;
        g->lanes.mine[l] = 1.0;
        count++;
        g->event[l] = p->event_s[j] < g->t_end_s;
        if (g->event[l] || p->n_channels) g->at[l] = nmj_junction_address(p, j);
        if (g->event[l]) {
            if (!(p->release.flags & NMJ_RELEASE_MEAN))
                nmj_spontaneous_rate(&g->at[l], p->terminal + j, g->t_s, p->release.mini_rate_per_s);
            nmj_junction_impulses(p, j, &g->at[l], g->t_s, g->t_end_s);
            g->next_s[l] = nmj_next_event(p, j);
        }
        nmj_junction_wake(p, j, g->t_s, g->x[0] + l);
    }
    if (count == 0) return 0;
    g->side_by_side = g->count == NMJ_LANES && p->target[g->j[0]] % NMJ_LANES == 0;
    for (l = 1; l < g->count; l++) g->side_by_side &= p->target[g->j[l]] == p->target[g->j[0]] + l;
    nmj_neighbors_look(&p->endplate, g->x, g->open, g->lost);
    for (l = 0; l < g->count; l++) {
        if (!g->active[l]) continue;
        nmj_neighbors_place(p, g, l, nmj_foretold_mV(p, p->target[g->j[l]], g->t_s), neighbor);
        neighbor = &g->place[l];
        if (p->n_channels) g->open[l] = nmj_channels_open(&p->endplate, p->count + (size_t)g->j[l] * (size_t)p->endplate.n_state);
    }
    nmj_neighbors_weigh(&p->endplate, g);
    return count;
}

/* Receptors that are counted: probabilities at one voltage; what nmj_channels_move leaves for nmj_channels_bind. */
typedef struct {
    double v_mV, column[(NMJ_ENDPLATE_MAX_STATE + 1) * NMJ_ENDPLATE_MAX_ROW];
    double from_rest[NMJ_LANES][NMJ_ENDPLATE_MAX_STATE], stayed[NMJ_LANES][NMJ_ENDPLATE_MAX_STATE];
    int32_t resting[NMJ_LANES];
} nmj_counted;

/* Counted receptors of those neighbors move; step s of the time step. */
NMJ_INLINE void nmj_neighbors_move(const nmj_junctions *p, nmj_neighbors *g, int32_t s, nmj_counted *counted)
{
    const size_t ns = (size_t)p->endplate.n_state, row = (size_t)NMJ_ENDPLATE_ROW(p->endplate.n_state);
    int32_t l;
    for (l = 0; l < g->count; l++) {
        const int32_t j = g->j[l];
        const double v_mV = nmj_foretold_mV(p, p->target[j], g->t_s);
        nmj_address at;
        if (!g->active[l]) continue;
        at = nmj_channels_address(p, &g->at[l], g->t_s);
        at.impulse += (uint32_t)s;
        if (v_mV != counted->v_mV) nmj_channels_prepare(&p->endplate, v_mV, counted->column);
        counted->v_mV = v_mV;
        counted->resting[l] =
            nmj_channels_move(&p->endplate, counted->column, &at, (int32_t)(nmj_junction_receptors(p, j) + 0.5), g->x[0] + l, NMJ_LANES,
                              p->count + (size_t)j * ns, counted->stayed[l]);
        if (p->endplate.n_restless) memcpy(counted->from_rest[l], counted->column + ns * row, ns * sizeof(double));
    }
}

/* ACh moves them; open channels at the end of the step. */
NMJ_INLINE void nmj_neighbors_bind(const nmj_junctions *p, nmj_neighbors *g, int32_t s, nmj_counted *counted, double *open)
{
    int32_t l;
    for (l = 0; l < g->count; l++) {
        int32_t *count = p->count + (size_t)g->j[l] * (size_t)p->endplate.n_state;
        nmj_address at;
        if (!g->active[l]) continue;
        at = nmj_channels_address(p, &g->at[l], g->t_s);
        at.impulse += (uint32_t)s;
        nmj_channels_bind(&p->endplate, p->endplate.n_restless ? counted->from_rest[l] : NULL, &at, counted->resting[l], g->x[0] + l,
                          NMJ_LANES, counted->stayed[l], count);
        open[l] = nmj_channels_open(&p->endplate, count);
        g->lanes.mean[l] = g->lanes.middle[l] = 0.5 * (g->open[l] + open[l]);
    }
}

/* Drive the fibers with the mean conductance of each sub-step of step s of the receptors: the parabola through open channels at both
 * ends that has their mean. It falls a little below none where a quantum comes late in the step, or sums of exponentials after an action
 * potential do; what is cut there is taken from the rest, so that the charge is right. A negative conductance would drive the voltage
 * away. after: open channels at the end of the step. */
NMJ_VECTOR_CLONES static void nmj_neighbors_drive(const nmj_junctions *p, nmj_neighbors *g, int32_t s, const double *NMJ_RESTRICT after)
{
    const int32_t count = p->n_sub / p->n_step; /* sub-steps of it */
    const double conductance_S = p->conductance_S, reversal_mV = p->reversal_mV, parts = (double)count;
    const double *NMJ_RESTRICT before = g->open, *NMJ_RESTRICT mean = g->lanes.mean, *NMJ_RESTRICT middle = g->lanes.middle;
    nmj_lanes open[NMJ_JUNCTION_MAX_SUBSTEP], bend, least, sum, factor;
    double any = 0.0;
    int32_t q, l;
    NMJ_EACH_LANE {
        const double top = middle[l] > after[l] ? middle[l] : after[l], high = before[l] > top ? before[l] : top;
        const double most = s > 0 ? g->peak[l] : high; /* start, middle and end: a curve through them overshoots where a quantum rises */
        bend[l] = 6.0 * (mean[l] - 0.5 * (before[l] + after[l]));
        factor[l] = g->lanes.mine[l] > 0.0 ? conductance_S : 0.0;
        g->drives[l] = mean[l] > 0.0 ? 1.0 : g->drives[l];
        g->peak[l] = high > most ? high : most;
        least[l] = sum[l] = 0.0;
    }
    for (q = 0; q < count; q++) {
        const double line = g->line[q], bow = g->bow[q];
        NMJ_EACH_LANE {
            const double now = before[l] + (after[l] - before[l]) * line + bend[l] * bow;
            open[q][l] = now;
            least[l] = now < least[l] ? now : least[l];
        }
    }
    NMJ_EACH_LANE { any += factor[l] > 0.0 ? least[l] : 0.0; }
    if (any < 0.0) {
        for (q = 0; q < count; q++)
            NMJ_EACH_LANE {
                open[q][l] = open[q][l] > 0.0 ? open[q][l] : 0.0;
                sum[l] += open[q][l];
            }
        NMJ_EACH_LANE {
            double kept = factor[l] * mean[l] * parts / (sum[l] > 0.0 ? sum[l] : 1.0);
            kept = sum[l] > 0.0 ? kept : 0.0;
            kept = mean[l] > 0.0 ? kept : 0.0;
            factor[l] = least[l] < 0.0 ? kept : factor[l];
        }
    }
    if (g->side_by_side) {
        const size_t place = nmj_drive_place(p->target[g->j[0]], p->n_sub) + (size_t)(s * count) * NMJ_LANES;
        for (q = 0; q < count; q++) {
            double *NMJ_RESTRICT drive_g = p->drive_g_S + place + q * NMJ_LANES, *NMJ_RESTRICT drive_gE = p->drive_gE_S_mV + place + q * NMJ_LANES;
            NMJ_EACH_LANE {
                const double g_S = factor[l] * open[q][l];
                drive_g[l] += g_S;
                drive_gE[l] += g_S * reversal_mV;
            }
        }
        return;
    }
    for (l = 0; l < g->count; l++) {
        const size_t place = nmj_drive_place(p->target[g->j[l]], p->n_sub) + (size_t)(s * count) * NMJ_LANES;
        for (q = 0; g->active[l] && q < count; q++) {
            const double g_S = factor[l] * open[q][l];
            p->drive_g_S[place + (size_t)q * NMJ_LANES] += g_S;
            p->drive_gE_S_mV[place + (size_t)q * NMJ_LANES] += g_S * reversal_mV;
        }
    }
}

/* One step of the receptors, s of the time step; drives the fibers. */
NMJ_INLINE void nmj_neighbors_step(const nmj_junctions *p, nmj_neighbors *g, int32_t s, nmj_counted *counted)
{
    const double end_s = g->t_s + (double)(s + 1) * p->endplate.step_s;
    nmj_lanes open;
    int32_t l;
    if (p->n_channels) nmj_neighbors_move(p, g, s, counted);
    nmj_endplate_advance(&p->endplate, &g->lanes, g->x);
    for (l = 0; l < g->count; l++) {
        if (!g->event[l] || !(g->next_s[l] < end_s)) continue;
        nmj_junction_quanta(p, g->j[l], &g->at[l], &g->place[l], end_s, g->x[0] + l, &g->lanes.mean[l], &g->lanes.middle[l]);
        g->next_s[l] = nmj_next_event(p, g->j[l]);
    }
    nmj_neighbors_look(&p->endplate, g->x, open, g->lost);
    if (p->n_channels) nmj_neighbors_bind(p, g, s, counted, open);
    nmj_neighbors_drive(p, g, s, open);
    memcpy(g->open, open, sizeof open);
}

/* Whose receptors are so near rest that they may sleep: 1, else 0, of sixteen neighbors; their free ACh. most: most channels open since
 * they woke. */
NMJ_VECTOR_CLONES static void nmj_neighbors_rest(const nmj_endplate_model *p, nmj_neighbors *g, const double *NMJ_RESTRICT most,
                                                 double *NMJ_RESTRICT sleeps, double *NMJ_RESTRICT ACh)
{
    const int first = nmj_endplate_sources(p) + p->n_source, last = first + p->n_ACh; /* w, and free ACh of the quanta */
    nmj_lanes away, lasting;
    int32_t l, k;
    nmj_endplate_unrest(p, g->x, g->lost, away, lasting);
    NMJ_EACH_LANE {
        double passes = NMJ_ENDPLATE_PASSES * most[l];
        passes = lasting[l] + away[l] < NMJ_ENDPLATE_REST ? NMJ_ENDPLATE_REST : passes;
        sleeps[l] = lasting[l] < NMJ_ENDPLATE_REST ? 1.0 : 0.0;
        sleeps[l] = away[l] < passes ? sleeps[l] : 0.0;
        ACh[l] = 0.0;
    }
    for (k = first; k <= last; k++)
        NMJ_EACH_LANE { ACh[l] += g->x[k][l]; }
}

/* Who may sleep, and what users see. */
NMJ_INLINE void nmj_neighbors_end(const nmj_junctions *p, nmj_neighbors *g)
{
    nmj_lanes most, sleeps, ACh;
    int32_t l, v;
    for (l = 0; l < NMJ_LANES; l++) {
        most[l] = l < g->count && p->most[g->j[l]] > g->peak[l] ? p->most[g->j[l]] : g->peak[l];
        if (l < g->count && g->active[l]) p->most[g->j[l]] = most[l];
    }
    nmj_neighbors_rest(&p->endplate, g, most, sleeps, ACh);
    for (l = 0; l < g->count; l++) {
        const int32_t j = g->j[l];
        const int32_t *count = p->n_channels ? p->count + (size_t)j * (size_t)p->endplate.n_state : NULL;
        if (!g->active[l]) continue;
        if (g->event[l]) p->event_s[j] = g->next_s[l];
        p->wake_s[j] = NMJ_AWAKE;
        if (g->drives[l] > 0.0) nmj_junction_drives(p, p->target[j], 1);
        for (v = 0; count != NULL && v < p->endplate.n_state; v++) p->occupancy[v][j] = (double)count[v];
        if (sleeps[l] == 0.0 || (count != NULL && !nmj_channels_at_rest(&p->endplate, count))) continue;
        nmj_endplate_rest(&p->endplate, nmj_junction_receptors(p, j), g->x[0] + l, NMJ_LANES);
        ACh[l] = g->open[l] = 0.0;
        p->wake_s[j] = p->event_s[j];
    }
    for (l = 0; nmj_course_is(&p->course) && l < g->count; l++)
        if (g->active[l] && nmj_neighbors_may_follow(p, g, l)) p->course.offered_S[p->target[g->j[l]]] = p->conductance_S * g->open[l];
    nmj_neighbors_show(p, g, ACh);
}

/* One time step of those of g that are awake; returns how many were. line, bow: from nmj_junction_parts. */
NMJ_INLINE int32_t nmj_neighbors_advance(const nmj_junctions *p, nmj_neighbors *g, const double *line, const double *bow)
{
    nmj_counted counted;
    int32_t active, s;
    counted.v_mV = NMJ_NEVER; /* none yet */
    g->line = line;
    g->bow = bow;
    active = nmj_neighbors_begin(p, g);
    for (s = 0; active > 0 && s < p->n_step; s++) nmj_neighbors_step(p, g, s, &counted);
    if (active > 0) nmj_neighbors_end(p, g);
    return active;
}

NMJ_PRECISE_END

#endif
