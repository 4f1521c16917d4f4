/* nmj/junction.h - one junction: from an impulse in its nerve branch to the quanta that come out of its terminal.
 *
 * Physiology: an impulse reaches the terminal after its conduction delay; the terminal releases a volley of quanta. Spontaneous quanta
 * come in between. How their ACh opens receptors is told in endplate.h, how junctions work side by side in junctions.h.
 *
 * Units: SI, potentials of Brian arrays in volt, of the stages in mV. Aliasing: no array may overlap another.
 * Thread-safety: a call writes only what belongs to its junction and its fiber.
 * Why this is not a Brian equation: quanta arrive between time steps, in unknown number.
 */
#ifndef NMJ_JUNCTION_H
#define NMJ_JUNCTION_H

#include "channels.h"
#include "config.h"
#include "connections.h"
#include "course.h"
#include "endplate.h"
#include "random.h"
#include "release.h"

NMJ_PRECISE_BEGIN

#define NMJ_NEVER 1e300
#define NMJ_AWAKE (-NMJ_NEVER)       /* wake time of a junction that is not asleep, */
#define NMJ_AT_ONCE (-0.5 * NMJ_NEVER) /* and of one that was never looked at */
#define NMJ_JUNCTION_MAX_SUBSTEP 64   /* of one time step */
#define NMJ_MOST_IN_FLIGHT 64         /* impulses that a junction can hold, if it is given room */
#define NMJ_DRAW_CHANNELS 8u         /* purpose of the random numbers of single receptors */

typedef struct {
    /* models, shared by all junctions */
    nmj_release_model release;
    nmj_endplate_model endplate;
    nmj_course course;          /* of the fibers; private state of them all */
    double conductance_S;       /* of one open channel */
    double reversal_mV;
    double endplate_receptors;  /* receptors of a whole end plate */
    double free_fraction;       /* of the receptors: left by disease, not held by an antagonist */
    double h_s;                 /* sub-step of the fibers */
    int32_t n_sub;              /* sub-steps per time step */
    int32_t n_step;             /* steps of the receptors per time step; divides n_sub */
    int32_t n_volley;           /* impulses for which a junction has room, on their way or releasing */
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
    double *drive_g_S, *drive_gE_S_mV;      /* INOUT (nmj_drive_size): mean conductance of each sub-step, times reversal */
    unsigned char *driven;                  /* OUT: this fiber has input in this step */
    unsigned char *stirred;                 /* OUT: of its block of NMJ_BLOCK fibers, one has; NULL: not kept */

    /* private state, owned by the caller */
    nmj_terminal *terminal; /* (n) */
    nmj_volley *volley;     /* (n * n_volley) */
    double *volley_s;       /* (n * n_volley): next_s of each of them, for looking through them; NMJ_NEVER: it is free */
    double *x;              /* (groups of NMJ_LANES * endplate size * NMJ_LANES) */
    double *most;           /* (n): most channels open since it woke */
    double *event_s;        /* (n): no impulse arrives and no quantum is due at this junction before */
    double *wake_s;         /* (n): nothing happens at this junction before */
    double *follow_s;       /* (n): it follows the course of its fiber, and x is that of this time; below 0: it does not */
    int32_t *count;         /* (n * n_state) receptors, if they are counted; else NULL */
    double *block_wake_s;   /* (number of blocks) */
    int32_t *straggler;     /* (n): room for those of a step (stragglers.h); NULL: there are none, as where a fiber has two junctions */
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

/* A fiber has input in this step (1), or begins to follow a course (2). Junctions of several threads may tell so of one block. */
NMJ_INLINE void nmj_junction_drives(const nmj_junctions *p, int32_t fiber, unsigned char how)
{
    p->driven[fiber] = how;
    if (p->stirred == NULL) return;
#if defined(__GNUC__)
    __atomic_store_n(p->stirred + fiber / NMJ_BLOCK, 1, __ATOMIC_RELAXED);
#else
    p->stirred[fiber / NMJ_BLOCK] = 1;
#endif
}

/* State of junction j: [endplate size], entries NMJ_LANES apart. */
NMJ_INLINE double *nmj_junction_state(const nmj_junctions *p, int32_t j)
{
    return p->x + (size_t)(j / NMJ_LANES) * NMJ_LANES * (size_t)nmj_endplate_size(&p->endplate) + j % NMJ_LANES;
}

/* Doubles of state of n junctions. */
NMJ_INLINE size_t nmj_junctions_state_size(const nmj_endplate_model *endplate, int32_t n)
{
    return (size_t)nmj_lane_groups(n) * NMJ_LANES * (size_t)nmj_endplate_size(endplate);
}

/* The first volley of junction j that is free, below 0: none is. */
NMJ_INLINE int32_t nmj_free_volley(const nmj_junctions *p, int32_t j)
{
    const double *next_s = p->volley_s + (ptrdiff_t)j * p->n_volley;
    int32_t v;
    for (v = 0; v < p->n_volley; v++)
        if (next_s[v] == NMJ_NEVER) return v;
    return -1;
}

/* Volley v of junction j has changed. */
NMJ_INLINE void nmj_volley_changed(const nmj_junctions *p, int32_t j, int32_t v)
{
    const nmj_volley *volley = p->volley + (ptrdiff_t)j * p->n_volley + v;
    p->volley_s[(ptrdiff_t)j * p->n_volley + v] = volley->state == NMJ_VOLLEY_FREE ? NMJ_NEVER : volley->next_s;
}

/* The impulses of junction j that arrive in the step from t_s, before t_end_s, in order of arrival, release their quanta. */
NMJ_INLINE void nmj_junction_impulses(const nmj_junctions *p, int32_t j, const nmj_address *at, double t_s, double t_end_s)
{
    const int32_t fiber = p->target[j];
    const double *next_s = p->volley_s + (ptrdiff_t)j * p->n_volley;
    nmj_volley *volley = p->volley + (ptrdiff_t)j * p->n_volley;
    for (;;) {
        nmj_terminal *terminal = p->terminal + j;
        int32_t first = -1, v;
        for (v = 0; v < p->n_volley; v++)
            if (next_s[v] < t_end_s && volley[v].state == NMJ_VOLLEY_IN_FLIGHT && (first < 0 || next_s[v] < next_s[first])) first = v;
        if (first < 0) return;
        terminal->ready = p->ready[j]; /* the user may have written it */
        p->release_time_s[j] = nmj_release_impulse(&p->release, at, terminal, volley + first) > 0 ? volley[first].next_s : NAN;
        nmj_volley_changed(p, j, first);
        p->ready[j] = terminal->ready;
        p->quanta[j] = terminal->quanta;
        p->quanta_total[j] += terminal->quanta;
        p->impulses[j]++;
        p->peak_g_S[j] = p->g_S[j];
        p->peak_v_V[fiber] = p->v_V[fiber];
        if (nmj_course_followed(&p->course, fiber, t_s)) p->peak_v_V[fiber] = 1e-3 * nmj_course_of_mV(&p->course, fiber, t_s);
    }
}

/* Receptors of junction j that disease and drugs that stay have left. */
NMJ_INLINE double nmj_junction_receptors(const nmj_junctions *p, int32_t j)
{
    return p->endplate_receptors * p->free_fraction * (1.0 - p->receptor_loss[j]);
}

/* Address of the random numbers of receptors in their step that begins at t_s. */
NMJ_INLINE nmj_address nmj_channels_address(const nmj_junctions *p, const nmj_address *at, double t_s)
{
    nmj_address channels = *at;
    channels.purpose = NMJ_DRAW_CHANNELS;
    channels.impulse = (uint32_t)fmod(t_s / p->endplate.step_s + 0.5, 4294967296.0);
    return channels;
}

/* A junction that slept wakes: its receptors are at rest. One that is awake follows a receptor_loss that was written. x: its state,
 * entries NMJ_LANES apart. */
NMJ_INLINE void nmj_junction_wake(const nmj_junctions *p, int32_t j, double t_s, double *x)
{
    const double receptors = nmj_junction_receptors(p, j), before = x[p->endplate.n_state * NMJ_LANES];
    const int asleep = p->wake_s[j] != NMJ_AWAKE;
    int32_t *count = p->n_channels ? p->count + (size_t)j * (size_t)p->endplate.n_state : NULL;
    nmj_address at;
    if (!asleep && !(p->endplate.n_restless && receptors != before)) return;
    if (asleep) nmj_endplate_rest(&p->endplate, receptors, x, NMJ_LANES);
    else nmj_endplate_recount(&p->endplate, receptors, x, NMJ_LANES);
    if (asleep) p->most[j] = 0.0;
    if (count == NULL) return;
    at = nmj_junction_address(p, j);
    at = nmj_channels_address(p, &at, t_s);
    if (asleep) nmj_channels_rest(&p->endplate, &at, (int32_t)(receptors + 0.5), count);
    else nmj_channels_recount(&p->endplate, &at, before, receptors, count);
}

/* The fiber's potential in the middle of the coming step: on its course, or along its present slope. */
NMJ_INLINE double nmj_foretold_mV(const nmj_junctions *p, int32_t fiber, double t_s)
{
    const double half_s = 0.5 * (double)p->n_sub * p->h_s;
    const double v_mV = 1e3 * (p->v_V[fiber] + p->v_slope_V_per_s[fiber] * half_s);
    /* an action potential goes beyond what a straight line can foretell; who is held there, stays */
    const double now_mV = 1e3 * p->v_V[fiber], high_mV = now_mV > 60.0 ? now_mV : 60.0, low_mV = now_mV < -120.0 ? now_mV : -120.0;
    if (nmj_course_followed(&p->course, fiber, t_s)) return nmj_course_of_mV(&p->course, fiber, t_s + half_s);
    return v_mV > high_mV ? high_mV : v_mV < low_mV ? low_mV : v_mV;
}

/* When the next impulse arrives at junction j or its next quantum is due. */
NMJ_INLINE double nmj_next_event(const nmj_junctions *p, int32_t j)
{
    const double *next_s = p->volley_s + (ptrdiff_t)j * p->n_volley;
    const nmj_terminal *terminal = p->terminal + j;
    const int quantal = !(p->release.flags & NMJ_RELEASE_MEAN);
    double soonest_s = quantal && terminal->mini_rate_per_s > 0.0 ? terminal->mini_next_s : NMJ_NEVER;
    int32_t v;
    for (v = 0; v < p->n_volley; v++) /* of one in flight it is its arrival */
        if (next_s[v] < soonest_s) soonest_s = next_s[v];
    return soonest_s;
}

/* The quanta of junction j that are released before end_s enter its end plate, each at its own moment: x its state at the end of a
 * step of the receptors, entries NMJ_LANES apart; mean, middle INOUT: its open channels in the step. */
NMJ_VECTOR_CLONES static void nmj_junction_quanta(const nmj_junctions *p, int32_t j, const nmj_address *at, const nmj_endplate_place *place,
                                      double end_s, double *x, double *mean, double *middle)
{
    const nmj_endplate_model *endplate = &p->endplate;
    nmj_volley *volley = p->volley + (size_t)j * (size_t)p->n_volley;
    nmj_terminal *terminal = p->terminal + j;
    nmj_endplate_arrival quanta;
    double times_s[NMJ_DRAWS], sizes[NMJ_DRAWS], time_s, size;
    int32_t v, n, q;
    nmj_endplate_expect(endplate, place, x, NMJ_LANES, &quanta);
    for (v = 0; v < p->n_volley; v++) {
        if (!(p->volley_s[(ptrdiff_t)j * p->n_volley + v] < end_s)) continue;
        while ((n = nmj_volley_next(&p->release, at, volley + v, end_s, times_s, sizes)) > 0)
            for (q = 0; q < n; q++) {
                const double left_s = end_s - times_s[q]; /* one of an earlier moment enters at the start */
                nmj_endplate_inject(endplate, sizes[q], left_s < endplate->step_s ? left_s : endplate->step_s, &quanta);
            }
        nmj_volley_changed(p, j, v);
    }
    if (!(p->release.flags & NMJ_RELEASE_MEAN))
        while (nmj_spontaneous_next(&p->release, at, terminal, end_s, &time_s, &size)) {
            const double left_s = end_s - time_s;
            nmj_endplate_inject(endplate, size, left_s < endplate->step_s ? left_s : endplate->step_s, &quanta);
            p->quanta_total[j] += 1.0;
        }
    nmj_endplate_arrive(endplate, &quanta, x, NMJ_LANES, mean, middle);
}

/* Means over each of `count` equal parts of a step of x and of x (1 - x), x from 0 to 1 in the step: OUT [count]. */
NMJ_INLINE void nmj_junction_parts(int32_t count, double *line, double *bow)
{
    const double part = 1.0 / (double)count;
    int32_t s;
    for (s = 0; s < count; s++) {
        const double a = part * (double)s, b = part * (double)(s + 1);
        line[s] = 0.5 * (a + b);
        bow[s] = line[s] - (a * a + a * b + b * b) * (1.0 / 3.0);
    }
}

NMJ_PRECISE_END

#endif
