/* nmj/junctions.h - all the junctions of one NMJ object: from impulses to end-plate conductance.
 *
 * Physiology: an impulse reaches a nerve terminal after its conduction delay; the terminal releases a volley of
 * quanta; each quantum opens receptors from its own moment on; the open channels are a conductance of the fiber.
 *
 * nmj_junctions_receive  is called with the spikes of one step of the nerve (slot `synapses`);
 * nmj_junctions_advance  advances every junction that is awake from t to t + n_sub h (slot `after_synapses`) and adds
 *                        the mean conductance of each sub-step to the fibers' buffers, so that several junctions on
 *                        one fiber simply add. Membrane potential is read from the fiber and extrapolated over the step.
 *
 * A junction whose receptors are at rest sleeps until its next event: an impulse that arrives, a quantum that is due.
 * Sleeping junctions are skipped in blocks of NMJ_BLOCK.
 *
 * Units: SI, potentials of Brian arrays in volt, of the stages in mV. Aliasing: no array may overlap another.
 * Thread-safety: calls on distinct NMJ objects that share fibers must not run at the same time (they add to one buffer).
 * Why this is not a Brian equation: quanta arrive between time steps, in unknown number, and receptors are stiff.
 */
#ifndef NMJ_JUNCTIONS_H
#define NMJ_JUNCTIONS_H

#include "channels.h"
#include "config.h"
#include "connections.h"
#include "endplate.h"
#include "random.h"
#include "release.h"

NMJ_PRECISE_BEGIN

#define NMJ_NEVER 1e300
#define NMJ_AWAKE (-NMJ_NEVER)       /* wake time of a junction that is not asleep, */
#define NMJ_AT_ONCE (-0.5 * NMJ_NEVER) /* and of one that was never looked at */
#define NMJ_DRAW_CHANNELS 8u         /* purpose of the random numbers of single receptors */

typedef struct {
    /* models, shared by all junctions */
    nmj_release_model release;
    nmj_endplate_model endplate;
    double conductance_S;       /* of one open channel */
    double reversal_mV;
    double endplate_receptors;  /* receptors of a whole end plate */
    double free_fraction;       /* of the receptors: left by disease, not held by an antagonist */
    double h_s;                 /* sub-step */
    int32_t n_sub;              /* sub-steps per step */
    int32_t n_volley;           /* impulses that one junction can hold, on their way or releasing */
    int32_t n_channels;         /* 1: receptors are whole numbers that move by chance; 0: their mean */
    uint32_t key[2];            /* of this NMJ object in this trial */

    /* who feeds whom: junction order[start[s]] ... order[start[s + 1] - 1] have source s */
    int32_t n, n_source;
    const int32_t *source, *target; /* IN (n): indices in the whole groups */
    const int32_t *start, *order, *multiplicity;
    const int32_t *neuron_address, *fiber_address; /* IN (of each neuron, fiber): its index in the whole muscle of which
                                                    * these are a part, for random numbers; NULL: its own index */

    /* Brian variables of the junctions (n) */
    const double *delay_s, *receptor_loss;                                   /* IN */
    double *ready, *quanta, *quanta_total;                                   /* INOUT */
    int32_t *impulses;                                                       /* INOUT */
    double *release_time_s, *ACh, *open_channels, *g_S, *peak_g_S;           /* INOUT */
    double **occupancy;                                                      /* OUT: one array per tracked state */

    /* Brian variables and buffers of the fibers */
    const double *v_V, *v_slope_V_per_s;    /* IN */
    double *peak_v_V;                       /* INOUT: reset when an impulse arrives */
    double *drive_g_S, *drive_gE_S_mV;      /* INOUT (fiber * n_sub): mean conductance of each sub-step */
    unsigned char *driven;                  /* OUT: this fiber has input in this step */

    /* private state, owned by the caller */
    nmj_terminal *terminal; /* (n) */
    nmj_volley *volley;     /* (n * n_volley) */
    double *x;              /* (n * endplate size) */
    double *event_s;        /* (n): no impulse arrives and no quantum is due at this junction before */
    double *wake_s;         /* (n): nothing happens at this junction before */
    int32_t *count;         /* (n * n_state) receptors, if they are counted; else NULL */
    double *block_wake_s;   /* (number of blocks) */
} nmj_junctions;

NMJ_INLINE nmj_address nmj_junction_address(const nmj_junctions *p, int32_t j)
{
    nmj_address at;
    at.key[0] = p->key[0];
    at.key[1] = p->key[1];
    at.source = (uint32_t)(p->neuron_address ? p->neuron_address[p->source[j]] : p->source[j]);
    at.target = (uint32_t)(p->fiber_address ? p->fiber_address[p->target[j]] : p->target[j]);
    at.multiplicity = (uint32_t)p->multiplicity[j];
    at.impulse = 0;
    at.purpose = 0;
    return at;
}

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
        for (k = 0; k < size; k++) p->x[(size_t)j * size + k] = 0.0;
        p->event_s[j] = p->wake_s[j] = NMJ_AT_ONCE; /* which starts its spontaneous release */
    }
    for (b = 0; b < nmj_block_count(p->n); b++) p->block_wake_s[b] = NMJ_AT_ONCE;
}

/* The first volley of junction j that is free, or NULL. */
NMJ_INLINE nmj_volley *nmj_free_volley(const nmj_junctions *p, int32_t j)
{
    nmj_volley *volley = p->volley + (size_t)j * (size_t)p->n_volley;
    int32_t v;
    for (v = 0; v < p->n_volley; v++)
        if (volley[v].state == NMJ_VOLLEY_FREE) return volley + v;
    return NULL;
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

/* The impulses of junction j that arrive before t_end_s, in order of arrival, release their quanta. */
NMJ_INLINE void nmj_junction_impulses(const nmj_junctions *p, int32_t j, const nmj_address *at, double t_end_s)
{
    nmj_volley *volley = p->volley + (size_t)j * (size_t)p->n_volley;
    for (;;) {
        nmj_volley *first = NULL;
        nmj_terminal *terminal = p->terminal + j;
        int32_t v;
        for (v = 0; v < p->n_volley; v++)
            if (volley[v].state == NMJ_VOLLEY_IN_FLIGHT && volley[v].arrival_s < t_end_s &&
                (first == NULL || volley[v].arrival_s < first->arrival_s))
                first = volley + v;
        if (first == NULL) return;
        terminal->ready = p->ready[j]; /* the user may have written it */
        p->release_time_s[j] = nmj_release_impulse(&p->release, at, terminal, first) > 0 ? first->next_s : NAN;
        p->ready[j] = terminal->ready;
        p->quanta[j] = terminal->quanta;
        p->quanta_total[j] += terminal->quanta;
        p->impulses[j]++;
        p->peak_g_S[j] = p->g_S[j];
        p->peak_v_V[p->target[j]] = p->v_V[p->target[j]];
    }
}

/* Time left in the sub-step after a quantum; one of an earlier moment enters at the start. */
NMJ_INLINE double nmj_residual(const nmj_junctions *p, double left_s)
{
    return left_s > p->h_s ? p->h_s : left_s;
}

/* What a junction takes from its free receptors; neighbors mostly have the same, which is then not computed again. */
typedef struct {
    double left, log_density; /* share of the receptors of the whole healthy end plate, and its logarithm */
    nmj_endplate_recapture recapture;
} nmj_density;

NMJ_INLINE void nmj_junction_density(const nmj_junctions *p, int32_t j, const double *x, nmj_density *now)
{
    const double lost = nmj_endplate_desensitized(&p->endplate, x) / p->endplate_receptors;
    const double left = p->free_fraction * (1.0 - p->receptor_loss[j]) - lost;
    if (left == now->left) return;
    now->left = left;
    now->log_density = left > 1e-9 ? nmj_log(left) : nmj_log(1e-9);
    nmj_endplate_recapture_at(&p->endplate, now->log_density, &now->recapture);
}

/* Receptors of junction j that disease and drugs that stay have left. */
NMJ_INLINE double nmj_junction_receptors(const nmj_junctions *p, int32_t j)
{
    return p->endplate_receptors * p->free_fraction * (1.0 - p->receptor_loss[j]);
}

/* Address of the random numbers of receptors in the sub-step that begins at t_s. */
NMJ_INLINE nmj_address nmj_channels_address(const nmj_junctions *p, const nmj_address *at, double t_s)
{
    nmj_address channels = *at;
    channels.purpose = NMJ_DRAW_CHANNELS;
    channels.impulse = (uint32_t)fmod(t_s / p->h_s + 0.5, 4294967296.0);
    return channels;
}

/* A junction that slept wakes: its receptors are at rest. */
NMJ_INLINE void nmj_junction_wake(const nmj_junctions *p, int32_t j, const nmj_address *at, double t_s, double *x, int32_t *count)
{
    const double receptors = nmj_junction_receptors(p, j);
    nmj_endplate_rest(&p->endplate, receptors, x);
    if (count != NULL) {
        const nmj_address channels = nmj_channels_address(p, at, t_s);
        nmj_channels_rest(&p->endplate, &channels, (int32_t)(receptors + 0.5), count);
    }
}

/* Open channels, counted or their mean. */
NMJ_INLINE double nmj_junction_open(const nmj_junctions *p, const double *x, const int32_t *count)
{
    return count != NULL ? nmj_channels_open(&p->endplate, count) : nmj_endplate_open(&p->endplate, x);
}

/* The fiber's potential in the middle of the coming step, along its present slope. */
NMJ_INLINE double nmj_foretold_mV(const nmj_junctions *p, int32_t fiber)
{
    const double half_s = 0.5 * (double)p->n_sub * p->h_s;
    const double v_mV = 1e3 * (p->v_V[fiber] + p->v_slope_V_per_s[fiber] * half_s);
    /* an action potential goes beyond what a straight line can foretell */
    return v_mV > 60.0 ? 60.0 : v_mV < -120.0 ? -120.0 : v_mV;
}

/* When the next impulse arrives at junction j or its next quantum is due. */
NMJ_INLINE double nmj_next_event(const nmj_junctions *p, int32_t j)
{
    const nmj_volley *volley = p->volley + (size_t)j * (size_t)p->n_volley;
    const nmj_terminal *terminal = p->terminal + j;
    const int quantal = !(p->release.flags & NMJ_RELEASE_MEAN);
    double next_s = quantal && terminal->mini_rate_per_s > 0.0 ? terminal->mini_next_s : NMJ_NEVER;
    int32_t v;
    for (v = 0; v < p->n_volley; v++) /* of one in flight, next_s is its arrival */
        if (volley[v].state != NMJ_VOLLEY_FREE && volley[v].next_s < next_s) next_s = volley[v].next_s;
    return next_s;
}

/* Conductance of a number of open channels. The sum of exponentials falls a little below none after an action potential;
 * a hundred junctions on one fiber would make a negative conductance of it that drives the voltage away. */
NMJ_INLINE double nmj_conductance(const nmj_junctions *p, double open)
{
    return open > 0.0 ? open * p->conductance_S : 0.0;
}

/* Advance the receptors of one junction sub-step by sub-step, each quantum entering at its own moment. Adds the mean
 * conductance of each sub-step to the fiber's buffers; returns the largest number of open channels. */
NMJ_INLINE double nmj_junction_substeps(const nmj_junctions *p, int32_t j, const nmj_address *at, double t_s, double v_mV,
                                        const nmj_density *density, double open, double *x, int32_t *count,
                                        double *drive_g, double *drive_gE)
{
    const int quantal = !(p->release.flags & NMJ_RELEASE_MEAN);
    nmj_terminal *terminal = p->terminal + j;
    nmj_volley *volley = p->volley + (size_t)j * (size_t)p->n_volley;
    double buffer[NMJ_ENDPLATE_BUFFER];
    nmj_endplate_moment now;
    nmj_address channels = nmj_channels_address(p, at, t_s);
    const int32_t receptors = (int32_t)(nmj_junction_receptors(p, j) + 0.5);
    double peak = 0.0, stayed[NMJ_ENDPLATE_MAX_ROW], time_s, quantum;
    int32_t resting = 0, s, v;
    nmj_endplate_prepare(&p->endplate, v_mV, buffer, &now);
    for (s = 0; s < p->n_sub; s++) {
        const double end_s = t_s + (double)(s + 1) * p->h_s;
        const double before = open;
        double g;
        if (count != NULL)
            resting = nmj_channels_move(&p->endplate, &now, density->recapture.gain, &channels, receptors, x, count,
                                        stayed);
        else
            nmj_endplate_advance(&p->endplate, &now, density->recapture.gain, x);
        nmj_endplate_fade(&p->endplate, density->recapture.fade, 1, x);
        for (v = 0; v < p->n_volley; v++)
            while (nmj_volley_next(&p->release, at, volley + v, end_s, &time_s, &quantum))
                nmj_endplate_inject(&p->endplate, x, quantum, nmj_residual(p, end_s - time_s), density->log_density);
        if (quantal)
            while (nmj_spontaneous_next(&p->release, at, terminal, end_s, &time_s, &quantum)) {
                nmj_endplate_inject(&p->endplate, x, quantum, nmj_residual(p, end_s - time_s), density->log_density);
                p->quanta_total[j] += 1.0;
            }
        if (count != NULL) nmj_channels_bind(&p->endplate, &now, &channels, resting, x, stayed, count);
        channels.impulse++;
        open = nmj_junction_open(p, x, count);
        g = nmj_conductance(p, 0.5 * (before + open));
        drive_g[s] += g;
        drive_gE[s] += g * p->reversal_mV;
        if (open > peak) peak = open;
    }
    nmj_endplate_settle(&p->endplate, x);
    return peak;
}

/* Advance the receptors of one junction over the whole step: the parabola through open channels at both ends that has
 * their exact mean. */
NMJ_INLINE double nmj_junction_leap(const nmj_junctions *p, double v_mV, const nmj_endplate_recapture *back,
                                    double before, double *x, double *drive_g, double *drive_gE)
{
    const double mean = nmj_endplate_leap(&p->endplate, v_mV, back, x);
    const double after = nmj_endplate_open(&p->endplate, x);
    const double bend = 6.0 * (mean - 0.5 * (before + after)), part = 1.0 / (double)p->n_sub;
    int32_t s;
    for (s = 0; s < p->n_sub; s++) {
        const double a = part * (double)s, b = part * (double)(s + 1), middle = 0.5 * (a + b);
        const double g = nmj_conductance(p, before + (after - before) * middle +
                                                bend * (middle - (a * a + a * b + b * b) * (1.0 / 3.0)));
        drive_g[s] += g;
        drive_gE[s] += g * p->reversal_mV;
    }
    return before > after ? before : after;
}

/* Advance one junction over [t, t + n_sub h] and drive its fiber. density INOUT: of the junction before. */
NMJ_INLINE void nmj_junction_advance(const nmj_junctions *p, int32_t j, double t_s, nmj_density *density)
{
    const size_t size = (size_t)nmj_endplate_size(&p->endplate);
    const nmj_address at = nmj_junction_address(p, j);
    const int32_t fiber = p->target[j];
    const double t_end_s = t_s + (double)p->n_sub * p->h_s;
    double *x = p->x + (size_t)j * size;
    int32_t *count = p->n_channels ? p->count + (size_t)j * (size_t)p->endplate.n_state : NULL;
    double *drive_g = p->drive_g_S + (size_t)fiber * (size_t)p->n_sub;
    double *drive_gE = p->drive_gE_S_mV + (size_t)fiber * (size_t)p->n_sub;
    const int event = p->event_s[j] < t_end_s;
    double open, peak_g, v_mV;
    int32_t v;
    int due = 0;

    if (event) {
        if (!(p->release.flags & NMJ_RELEASE_MEAN))
            nmj_spontaneous_rate(&at, p->terminal + j, t_s, p->release.mini_rate_per_s);
        nmj_junction_impulses(p, j, &at, t_end_s);
        due = nmj_next_event(p, j) < t_end_s;
    }
    if (p->wake_s[j] != NMJ_AWAKE) nmj_junction_wake(p, j, &at, t_s, x, count);
    nmj_junction_density(p, j, x, density);
    open = nmj_junction_open(p, x, count);
    v_mV = nmj_foretold_mV(p, fiber);
    if (!due && p->endplate.n_leap == p->n_sub && count == NULL && nmj_endplate_is_smooth(&p->endplate, x, open)) {
        nmj_endplate_fade(&p->endplate, density->recapture.fade, p->n_sub, x);
        peak_g = nmj_junction_leap(p, v_mV, &density->recapture, open, x, drive_g, drive_gE);
    } else
        peak_g = nmj_junction_substeps(p, j, &at, t_s, v_mV, density, open, x, count, drive_g, drive_gE);
    open = nmj_junction_open(p, x, count);
    p->driven[fiber] = 1;
    peak_g *= p->conductance_S;
    if (peak_g > p->peak_g_S[j]) p->peak_g_S[j] = peak_g;

    if (event) p->event_s[j] = nmj_next_event(p, j);
    p->wake_s[j] = NMJ_AWAKE;
    if (nmj_endplate_at_rest(&p->endplate, x) && (count == NULL || nmj_channels_at_rest(&p->endplate, count))) {
        nmj_endplate_rest(&p->endplate, nmj_junction_receptors(p, j), x);
        open = 0.0;
        p->wake_s[j] = p->event_s[j];
    }
    p->g_S[j] = nmj_conductance(p, open);
    p->open_channels[j] = open > 0.0 ? open : 0.0;
    p->ACh[j] = nmj_endplate_ACh(&p->endplate, x);
    for (v = 0; v < p->endplate.n_state; v++) p->occupancy[v][j] = count != NULL ? (double)count[v] : x[v];
}

/* Advance every junction of blocks first ... last-1 that is awake over [t, t + n_sub h]; returns how many were. Ranges whose
 * junctions share no fiber may be advanced at the same time. */
NMJ_INLINE int32_t nmj_junctions_advance_range(const nmj_junctions *p, double t_s, int32_t first_block, int32_t last_block)
{
    const double t_end_s = t_s + (double)p->n_sub * p->h_s;
    int32_t b, j, count = 0;
    nmj_density density;
    density.left = -NMJ_NEVER;
    for (b = first_block; b < last_block; b++) {
        const int32_t first = b * NMJ_BLOCK, last = first + NMJ_BLOCK < p->n ? first + NMJ_BLOCK : p->n;
        double soonest = NMJ_NEVER;
        if (!(p->block_wake_s[b] < t_end_s)) continue;
        for (j = first; j < last; j++) {
            if (p->wake_s[j] < t_end_s) {
                nmj_junction_advance(p, j, t_s, &density);
                count++;
            }
            if (p->wake_s[j] < soonest) soonest = p->wake_s[j];
        }
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
