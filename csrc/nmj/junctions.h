/* nmj/junctions.h - all the junctions of one NMJ object: from impulses to end-plate conductance.
 *
 * nmj_junctions_receive  is called with the spikes of one step of the nerve (slot `synapses`);
 * nmj_junctions_advance  advances every junction that is awake from t to t + n_sub h (slot `after_synapses`) and adds
 *                        the mean conductance of each sub-step to the fibers' buffers, so that several junctions on
 *                        one fiber simply add. Membrane potential is read from the fiber and extrapolated over the step.
 *
 * A junction whose receptors are at rest sleeps until its next event: an impulse that arrives, a quantum that is due.
 * Sleeping junctions are skipped in blocks of NMJ_BLOCK; those that are awake are advanced in groups of NMJ_LANES neighbors.
 *
 * Units: SI, potentials of Brian arrays in volt, of the stages in mV. Aliasing: no array may overlap another.
 * Thread-safety: calls on distinct NMJ objects that share fibers must not run at the same time (they add to one buffer).
 * Why this is not a Brian equation: quanta arrive between time steps, in unknown number, and receptors are stiff.
 */
#ifndef NMJ_JUNCTIONS_H
#define NMJ_JUNCTIONS_H

#include "config.h"
#include "junction.h"

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
        }
        for (k = 0; k < size; k++) nmj_junction_state(p, j)[k * NMJ_LANES] = 0.0;
        p->event_s[j] = p->wake_s[j] = NMJ_AT_ONCE; /* which starts its spontaneous release */
    }
    for (b = 0; b < nmj_block_count(p->n); b++) p->block_wake_s[b] = NMJ_AT_ONCE;
}

/* An impulse enters the nerve branch of every junction of the spiking neurons.
 * spikes: indices in the whole source group. Returns -1, or a junction that cannot hold another impulse (then none
 * of the impulses was taken). */
NMJ_INLINE int32_t nmj_junctions_receive(const nmj_junctions *p, const int32_t *spikes, int32_t n_spikes, double t_s)
{
    int32_t s, k;
    for (s = 0; s < n_spikes; s++)
        for (k = p->start[spikes[s]]; k < p->start[spikes[s] + 1]; k++)
            if (nmj_free_volley(p, p->order[k]) == NULL) return p->order[k];
    for (s = 0; s < n_spikes; s++)
        for (k = p->start[spikes[s]]; k < p->start[spikes[s] + 1]; k++) {
            const int32_t j = p->order[k], block = j / NMJ_BLOCK;
            const double arrival_s = t_s + p->delay_s[j];
            nmj_volley *volley = nmj_free_volley(p, j);
            if (volley != NULL) nmj_volley_send(volley, arrival_s);
            if (arrival_s < p->event_s[j]) p->event_s[j] = arrival_s;
            if (arrival_s < p->wake_s[j]) p->wake_s[j] = arrival_s;
            if (arrival_s < p->block_wake_s[block]) p->block_wake_s[block] = arrival_s;
        }
    return -1;
}

/* Sixteen neighbors in one time step. */
typedef struct {
    double t_s, t_end_s;
    int32_t first, count;                      /* junctions first ... first + count - 1 */
    nmj_lanes *x;                              /* their state */
    nmj_address at[NMJ_LANES];
    nmj_endplate_place place[NMJ_LANES];
    nmj_lanes open, lost, peak;                /* open channels; receptors lost to desensitization; largest number open */
    unsigned char active[NMJ_LANES], event[NMJ_LANES], due[NMJ_LANES];
    const double *line, *bow;                  /* from nmj_junction_parts */
    nmj_endplate_lanes lanes;
} nmj_neighbors;

/* Where junction j is in the tables: what it takes from its free receptors and the voltage foretold; neighbors mostly have the same
 * receptors, for which nothing is computed again. */
NMJ_INLINE void nmj_neighbors_place(const nmj_junctions *p, nmj_neighbors *g, int32_t l, const nmj_endplate_place *neighbor)
{
    const int32_t j = g->first + l;
    const double share = p->free_fraction * (1.0 - p->receptor_loss[j]) - g->lost[l] / p->endplate_receptors;
    if (neighbor != NULL && neighbor->share == share) g->place[l] = *neighbor;
    else nmj_endplate_set_share(&p->endplate, share, &g->place[l]);
    nmj_endplate_set_voltage(&p->endplate, nmj_foretold_mV(p, p->target[j]), &g->place[l]);
    nmj_endplate_weigh(&p->endplate, &g->place[l], l, &g->lanes);
}

/* Impulses that arrive, receptors that wake, and where everyone is; returns how many are awake. */
NMJ_INLINE int32_t nmj_neighbors_begin(const nmj_junctions *p, nmj_neighbors *g)
{
    const nmj_endplate_place *neighbor = NULL;
    int32_t l, count = 0;
    for (l = 0; l < NMJ_LANES; l++) {
        const int32_t j = g->first + l;
        g->active[l] = g->event[l] = g->due[l] = 0;
        g->lanes.mine[l] = 0.0;
        if (l >= g->count || !(p->wake_s[j] < g->t_end_s)) continue;
        g->active[l] = 1;
        g->lanes.mine[l] = 1.0;
        count++;
        g->event[l] = p->event_s[j] < g->t_end_s;
        if (g->event[l] || p->n_channels) g->at[l] = nmj_junction_address(p, j);
        if (g->event[l]) {
            if (!(p->release.flags & NMJ_RELEASE_MEAN))
                nmj_spontaneous_rate(&g->at[l], p->terminal + j, g->t_s, p->release.mini_rate_per_s);
            nmj_junction_impulses(p, j, &g->at[l], g->t_end_s);
            g->due[l] = nmj_next_event(p, j) < g->t_end_s;
        }
        nmj_junction_wake(p, j, g->t_s, g->x[0] + l);
    }
    if (count == 0) return 0;
    nmj_endplate_look(&p->endplate, g->x, g->open, g->lost);
    memset(g->lanes.weight, 0, (size_t)(p->endplate.n_part - 1) * sizeof(nmj_lanes));
    for (l = 0; l < g->count; l++) {
        if (!g->active[l]) continue;
        nmj_neighbors_place(p, g, l, neighbor);
        neighbor = &g->place[l];
        if (p->n_channels) g->open[l] = nmj_channels_open(&p->endplate, p->count + (size_t)(g->first + l) * (size_t)p->endplate.n_state);
    }
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
        const int32_t j = g->first + l;
        const double v_mV = nmj_foretold_mV(p, p->target[j]);
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
        int32_t *count = p->count + (size_t)(g->first + l) * (size_t)p->endplate.n_state;
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

/* One step of the receptors, s of the time step; drives the fibers. */
NMJ_INLINE void nmj_neighbors_step(const nmj_junctions *p, nmj_neighbors *g, int32_t s, nmj_counted *counted)
{
    const int32_t count = p->n_sub / p->n_step; /* sub-steps of it */
    const double end_s = g->t_s + (double)(s + 1) * p->endplate.step_s;
    nmj_lanes open;
    int32_t l;
    if (p->n_channels) nmj_neighbors_move(p, g, s, counted);
    nmj_endplate_advance(&p->endplate, &g->lanes, g->x);
    for (l = 0; l < g->count; l++)
        if (g->due[l] && nmj_next_event(p, g->first + l) < end_s)
            nmj_junction_quanta(p, g->first + l, &g->at[l], &g->place[l], end_s, g->x[0] + l, &g->lanes.mean[l], &g->lanes.middle[l]);
    nmj_endplate_look(&p->endplate, g->x, open, g->lost);
    if (p->n_channels) nmj_neighbors_bind(p, g, s, counted, open);
    for (l = 0; l < g->count; l++) {
        const size_t at = (size_t)p->target[g->first + l] * (size_t)p->n_sub + (size_t)(s * count);
        double top;
        if (!g->active[l]) continue;
        nmj_junction_drive(p, count, g->line, g->bow, g->open[l], open[l], g->lanes.mean[l], p->drive_g_S + at, p->drive_gE_S_mV + at);
        /* start, middle and end: a curve through them overshoots where a quantum rises */
        top = g->lanes.middle[l] > open[l] ? g->lanes.middle[l] : open[l];
        top = g->open[l] > top ? g->open[l] : top;
        if (top > g->peak[l] || s == 0) g->peak[l] = top;
        g->open[l] = open[l];
    }
}

/* Who may sleep, and what users see. */
NMJ_INLINE void nmj_neighbors_end(const nmj_junctions *p, nmj_neighbors *g)
{
    nmj_lanes away, lasting;
    int32_t l, v;
    nmj_endplate_unrest(&p->endplate, g->x, g->lost, away, lasting);
    for (l = 0; l < g->count; l++) {
        const int32_t j = g->first + l;
        const int32_t *count = p->n_channels ? p->count + (size_t)j * (size_t)p->endplate.n_state : NULL;
        double *x = g->x[0] + l, passes, ACh;
        if (!g->active[l]) continue;
        if (g->event[l]) p->event_s[j] = nmj_next_event(p, j);
        p->wake_s[j] = NMJ_AWAKE;
        p->most[j] = g->peak[l] > p->most[j] ? g->peak[l] : p->most[j];
        passes = NMJ_ENDPLATE_PASSES * p->most[j];
        if (lasting[l] + away[l] < NMJ_ENDPLATE_REST) passes = NMJ_ENDPLATE_REST;
        if (lasting[l] < NMJ_ENDPLATE_REST && away[l] < passes && (count == NULL || nmj_channels_at_rest(&p->endplate, count))) {
            nmj_endplate_rest(&p->endplate, nmj_junction_receptors(p, j), x, NMJ_LANES);
            g->open[l] = 0.0;
            p->wake_s[j] = p->event_s[j];
        }
        if (!(g->open[l] > 0.0)) g->open[l] = 0.0; /* sums of exponentials fall a little below none in the end */
        g->peak[l] *= p->conductance_S;
        p->driven[p->target[j]] = 1;
        if (g->peak[l] > p->peak_g_S[j]) p->peak_g_S[j] = g->peak[l];
        p->open_channels[j] = g->open[l];
        p->g_S[j] = g->open[l] * p->conductance_S;
        ACh = nmj_endplate_ACh(&p->endplate, x, NMJ_LANES);
        p->ACh[j] = ACh > 0.0 ? ACh : 0.0;
        for (v = 0; v < p->endplate.n_state; v++)
            p->occupancy[v][j] = count != NULL ? (double)count[v] : x[v * NMJ_LANES];
    }
}

/* Advance those of sixteen neighbors, from junction `first` on, that are awake over [t, t + n_sub h]; returns how many were. */
NMJ_INLINE int32_t nmj_neighbors_advance(const nmj_junctions *p, double t_s, int32_t first, int32_t count, const double *line,
                                         const double *bow)
{
    nmj_neighbors g;
    nmj_counted counted;
    int32_t active, s;
    counted.v_mV = NMJ_NEVER; /* none yet */
    g.t_s = t_s;
    g.t_end_s = t_s + (double)p->n_sub * p->h_s;
    g.first = first;
    g.count = count;
    g.line = line;
    g.bow = bow;
    g.x = (nmj_lanes *)nmj_junction_state(p, first);
    active = nmj_neighbors_begin(p, &g);
    if (active == 0) return 0;
    for (s = 0; s < p->n_step; s++) nmj_neighbors_step(p, &g, s, &counted);
    nmj_neighbors_end(p, &g);
    return active;
}

/* Advance every junction of blocks first ... last-1 that is awake over [t, t + n_sub h]; returns how many were. Ranges whose
 * junctions share no fiber may be advanced at the same time. */
NMJ_INLINE int32_t nmj_junctions_advance_range(const nmj_junctions *p, double t_s, int32_t first_block, int32_t last_block)
{
    const double t_end_s = t_s + (double)p->n_sub * p->h_s;
    double line[NMJ_JUNCTION_MAX_SUBSTEP], bow[NMJ_JUNCTION_MAX_SUBSTEP];
    int32_t b, j, count = 0;
    nmj_junction_parts(p->n_sub / p->n_step, line, bow);
    for (b = first_block; b < last_block; b++) {
        const int32_t last = (b + 1) * NMJ_BLOCK < p->n ? (b + 1) * NMJ_BLOCK : p->n;
        double soonest = NMJ_NEVER;
        if (!(p->block_wake_s[b] < t_end_s)) continue;
        for (j = b * NMJ_BLOCK; j < last; j += NMJ_LANES)
            count += nmj_neighbors_advance(p, t_s, j, j + NMJ_LANES < last ? NMJ_LANES : last - j, line, bow);
        for (j = b * NMJ_BLOCK; j < last; j++)
            if (p->wake_s[j] < soonest) soonest = p->wake_s[j];
        p->block_wake_s[b] = soonest;
    }
    return count;
}

/* Advance every junction that is awake over [t, t + n_sub h]. */
NMJ_INLINE void nmj_junctions_advance(const nmj_junctions *p, double t_s)
{
    nmj_junctions_advance_range(p, t_s, 0, nmj_block_count(p->n));
}

NMJ_PRECISE_END

#endif
