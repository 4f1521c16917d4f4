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
    int side_by_side;                          /* whether their fibers are sixteen neighbors as well */
    const double *line, *bow;                  /* from nmj_junction_parts */
    nmj_endplate_lanes lanes;
} nmj_neighbors;

NMJ_VECTOR_CLONES static void nmj_neighbors_look(const nmj_endplate_model *p, nmj_lanes *x, double *open, double *lost)
{
    nmj_endplate_look(p, x, open, lost);
}

/* Where junction j is in the tables: what it takes from its free receptors and the voltage foretold; neighbors mostly have the same
 * receptors, for which nothing is computed again. */
NMJ_INLINE void nmj_neighbors_place(const nmj_junctions *p, nmj_neighbors *g, int32_t l, const nmj_endplate_place *neighbor)
{
    const int32_t j = g->first + l;
    const double share = p->free_fraction * (1.0 - p->receptor_loss[j]) - g->lost[l] / p->endplate_receptors;
    if (neighbor != NULL && neighbor->share == share) g->place[l] = *neighbor;
    else nmj_endplate_set_share(&p->endplate, share, &g->place[l]);
    nmj_endplate_set_voltage(&p->endplate, nmj_foretold_mV(p, p->target[j]), &g->place[l]);
}

NMJ_VECTOR_CLONES static int nmj_neighbors_weigh(const nmj_endplate_model *p, nmj_neighbors *g)
{
    return nmj_endplate_weigh_together(p, g->place, &g->lanes);
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
    g->side_by_side = g->count == NMJ_LANES && p->target[g->first] % NMJ_LANES == 0;
    for (l = 1; l < g->count; l++) g->side_by_side &= p->target[g->first + l] == p->target[g->first] + l;
    nmj_neighbors_look(&p->endplate, g->x, g->open, g->lost);
    for (l = 0; l < g->count; l++) {
        if (!g->active[l]) continue;
        nmj_neighbors_place(p, g, l, neighbor);
        neighbor = &g->place[l];
        if (p->n_channels) g->open[l] = nmj_channels_open(&p->endplate, p->count + (size_t)(g->first + l) * (size_t)p->endplate.n_state);
    }
    if (nmj_neighbors_weigh(&p->endplate, g)) return count;
    memset(g->lanes.weight, 0, (size_t)(p->endplate.n_part - 1) * sizeof(nmj_lanes));
    for (l = 0; l < g->count; l++)
        if (g->active[l]) nmj_endplate_weigh(&p->endplate, &g->place[l], l, &g->lanes);
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
        const size_t place = nmj_drive_place(p->target[g->first], p->n_sub) + (size_t)(s * count) * NMJ_LANES;
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
        const size_t place = nmj_drive_place(p->target[g->first + l], p->n_sub) + (size_t)(s * count) * NMJ_LANES;
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
    for (l = 0; l < g->count; l++)
        if (g->due[l] && nmj_next_event(p, g->first + l) < end_s)
            nmj_junction_quanta(p, g->first + l, &g->at[l], &g->place[l], end_s, g->x[0] + l, &g->lanes.mean[l], &g->lanes.middle[l]);
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

/* A Brian variable of these neighbors, where they are awake; what is below none is none. */
NMJ_FORCE_INLINE void nmj_neighbors_tell(const nmj_neighbors *g, const double *NMJ_RESTRICT value, double factor, double *NMJ_RESTRICT shown)
{
    int32_t l;
    for (l = 0; l < g->count; l++) {
        const double now = value[l] > 0.0 ? factor * value[l] : 0.0;
        shown[l] = g->lanes.mine[l] > 0.0 ? now : shown[l];
    }
}

/* What users see of them. */
NMJ_VECTOR_CLONES static void nmj_neighbors_show(const nmj_junctions *p, const nmj_neighbors *g, const double *NMJ_RESTRICT ACh)
{
    const int32_t first = g->first;
    double *NMJ_RESTRICT peak_S = p->peak_g_S + first;
    int32_t l, v;
    nmj_neighbors_tell(g, g->open, 1.0, p->open_channels + first);
    nmj_neighbors_tell(g, g->open, p->conductance_S, p->g_S + first);
    nmj_neighbors_tell(g, ACh, 1.0, p->ACh + first);
    for (l = 0; l < g->count; l++) {
        const double top = g->peak[l] * p->conductance_S, high = top > peak_S[l] ? top : peak_S[l];
        peak_S[l] = g->lanes.mine[l] > 0.0 ? high : peak_S[l];
    }
    for (v = 0; !p->n_channels && v < p->endplate.n_state; v++) {
        double *NMJ_RESTRICT occupancy = p->occupancy[v] + first;
        for (l = 0; l < g->count; l++) occupancy[l] = g->lanes.mine[l] > 0.0 ? g->x[v][l] : occupancy[l];
    }
}

/* Who may sleep, and what users see. */
NMJ_INLINE void nmj_neighbors_end(const nmj_junctions *p, nmj_neighbors *g)
{
    nmj_lanes most, sleeps, ACh;
    int32_t l, v;
    for (l = 0; l < NMJ_LANES; l++) {
        most[l] = l < g->count && p->most[g->first + l] > g->peak[l] ? p->most[g->first + l] : g->peak[l];
        if (l < g->count && g->active[l]) p->most[g->first + l] = most[l];
    }
    nmj_neighbors_rest(&p->endplate, g, most, sleeps, ACh);
    for (l = 0; l < g->count; l++) {
        const int32_t j = g->first + l;
        const int32_t *count = p->n_channels ? p->count + (size_t)j * (size_t)p->endplate.n_state : NULL;
        if (!g->active[l]) continue;
        if (g->event[l]) p->event_s[j] = nmj_next_event(p, j);
        p->wake_s[j] = NMJ_AWAKE;
        p->driven[p->target[j]] = 1;
        for (v = 0; count != NULL && v < p->endplate.n_state; v++) p->occupancy[v][j] = (double)count[v];
        if (sleeps[l] == 0.0 || (count != NULL && !nmj_channels_at_rest(&p->endplate, count))) continue;
        nmj_endplate_rest(&p->endplate, nmj_junction_receptors(p, j), g->x[0] + l, NMJ_LANES);
        ACh[l] = g->open[l] = 0.0;
        p->wake_s[j] = p->event_s[j];
    }
    nmj_neighbors_show(p, g, ACh);
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
