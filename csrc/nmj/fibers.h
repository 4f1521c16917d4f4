/* nmj/fibers.h - all the fibers of one MuscleFibers object, one Brian time step.
 *
 * Physiology: end-plate conductance depolarizes the fiber; if that reaches threshold the fiber fires.
 *
 * Fibers at rest are skipped, in blocks. A fiber wakes when a junction drives it, when current is injected, when its voltage was
 * written, when it is clamped or when its share of working Na channels is not one. Fibers that fired are written into
 * Brian's spike list, in order, with their number at the end; the spike time itself is finer than the step. Whole fibers
 * have a diameter each and tell voltage and arrival at their sites.
 *
 * Units: Brian arrays in SI (volt, second, ampere); the membrane in mV. Aliasing: none. Thread-safety: one call at a
 * time per object; the drive buffers are cleared here, after use.
 * Why this is not a Brian equation: see fiber.h.
 */
#ifndef NMJ_FIBERS_H
#define NMJ_FIBERS_H

#include "chain.h"
#include "config.h"
#include "course.h"
#include "fiber.h"

NMJ_PRECISE_BEGIN

typedef struct {
    nmj_fiber_model fiber;
    nmj_course course; /* of chains */
    int32_t n, n_sub;
    int32_t touched; /* 0: v, I, share of Na channels and clamps are as they were after the last step */

    /* Brian variables (n) */
    double *v_V, *v_slope_V_per_s, *peak_v_V;         /* INOUT */
    double *spike_time_s, *interval_s;                /* INOUT */
    int32_t *spike_count;                             /* INOUT */
    const double *I_A, *na_available;                 /* IN */
    const double *diameter_m;                         /* IN, NULL: all have the model's */
    double *site_v_V[NMJ_FIBER_MAX_SITE];             /* OUT, of each site */
    double *site_arrival_s[NMJ_FIBER_MAX_SITE];       /* INOUT */
    const char *clamped;                              /* IN */
    int32_t *spikes;                                  /* OUT (n + 1): who fired, and how many */

    /* private state, owned by the caller */
    double *state;                      /* (nmj_fibers_state_size), of fibers that are not chains */
    nmj_singles *chain;                 /* (nmj_fibers_state_size / NMJ_LANES), of chains */
    double *drive_g_S, *drive_gE_S_mV;  /* (nmj_drive_size): written by the junctions */
    unsigned char *driven, *awake;      /* (n); awake 2: it follows a course, and that is shown; driven 2: it begins to */
} nmj_fibers;

/* Numbers of state of n fibers: doubles one fiber after the other, or floats in blocks of chains. */
NMJ_INLINE size_t nmj_fibers_state_size(const nmj_fiber_model *fiber, int32_t n)
{
    const size_t blocks = (size_t)nmj_lane_groups(n);
    if (nmj_fiber_is_chain(fiber)) return blocks * NMJ_LANES * (size_t)nmj_chain_size(fiber->n_compartment);
    return (size_t)n * (size_t)nmj_fiber_size(fiber);
}

/* The state of chain i: of its block. */
NMJ_INLINE nmj_singles *nmj_fibers_block(const nmj_fibers *p, int32_t i)
{
    return p->chain + (ptrdiff_t)(i / NMJ_LANES) * nmj_chain_size(p->fiber.n_compartment);
}

/* The state of all fibers at rest: state or chain OUT. */
NMJ_INLINE void nmj_fibers_rest(const nmj_fibers *p)
{
    const size_t size = (size_t)nmj_fiber_size(&p->fiber);
    const int32_t M = p->fiber.n_compartment, blocks = nmj_lane_groups(p->n);
    int32_t b, k, l;
    size_t i;
    if (!nmj_fiber_is_chain(&p->fiber)) {
        for (i = 0; i < size * (size_t)p->n; i++) p->state[i] = p->fiber.rest[i % size];
        return;
    }
    memset(p->chain, 0, nmj_fibers_state_size(&p->fiber, p->n) * sizeof(float));
    for (b = 0; b < blocks; b++) {
        nmj_singles *const state = nmj_fibers_block(p, b * NMJ_LANES), *const past = state + nmj_chain_past(M);
        for (l = 0; l < NMJ_LANES; l++) {
            for (k = 0; k < nmj_chain_count(M); k++) *nmj_chain_at(state, M, k, l) = nmj_chain_rest(&p->fiber, k);
            past[NMJ_FIBER_ARMED][l] = 1.0f;
            nmj_chain_set_asleep(past, l, NMJ_FIBER_AWAKE);
        }
    }
}

#define NMJ_FIBER_BLOCK 128

NMJ_INLINE uint64_t nmj_bits(double x)
{
    uint64_t bits;
    memcpy(&bits, &x, sizeof bits);
    return bits;
}

/* Whether any of fibers begin ... end-1 has something to do; as bits, for the compiler's vectors. */
NMJ_INLINE int nmj_fibers_any_awake(const nmj_fibers *p, int32_t begin, int32_t end, double v_rest_V)
{
    const uint64_t rest = nmj_bits(v_rest_V), one = nmj_bits(1.0);
    uint64_t any = 0;
    unsigned char flags = 0;
    int32_t i;
    for (i = begin; i < end; i++) flags = (unsigned char)(flags | p->awake[i] | p->driven[i]);
    for (i = begin; p->touched && i < end; i++) flags = (unsigned char)(flags | (unsigned char)p->clamped[i]);
    if (flags || !p->touched) return flags != 0;
    for (i = begin; i < end; i++) /* shifted: a current of -0 is none */
        any |= (nmj_bits(p->v_V[i]) ^ rest) | (nmj_bits(p->I_A[i]) << 1) | (nmj_bits(p->na_available[i]) ^ one);
    return any != 0;
}

/* Whether fiber i has something to do. */
NMJ_INLINE int nmj_fiber_is_awake(const nmj_fibers *p, int32_t i, double v_rest_V)
{
    if (p->awake[i] || p->driven[i] || !p->touched) return p->awake[i] || p->driven[i];
    return p->v_V[i] != v_rest_V || p->I_A[i] != 0.0 || p->clamped[i] || p->na_available[i] != 1.0;
}

/* Fiber i fired. */
NMJ_INLINE void nmj_fiber_fired(const nmj_fibers *p, int32_t i, double spike_s)
{
    p->interval_s[i] = spike_s - p->spike_time_s[i];
    p->spike_time_s[i] = spike_s;
    p->spike_count[i]++;
}

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

/* Value of the course of fiber i at a row of a chain's state; the row of the end plate's voltage. */
NMJ_INLINE double nmj_fibers_course(const nmj_fibers *p, int32_t i, double t_s, int32_t row)
{
    const nmj_course_place at = nmj_course_of(&p->course, i, t_s);
    return nmj_course_value(&at, row);
}
NMJ_INLINE int32_t nmj_fibers_course_v(const nmj_fibers *p) { return p->course.n_row - 2; }

/* Fiber i, which sleeps at rest or on the course, shows where it is at t. Whoever is on the course and shown has voltages that are not
 * at rest, by which it is found in the next step. */
NMJ_INLINE void nmj_fibers_show(const nmj_fibers *p, double t_s, int32_t i, int shown)
{
    const int32_t v = nmj_fibers_course_v(p);
    float *const left = nmj_fibers_block(p, i)[nmj_chain_past(p->fiber.n_compartment) + NMJ_FIBER_LEFT] + i % NMJ_LANES;
    double now_mV = p->fiber.v_rest_mV, slope = 0.0;
    p->awake[i] = shown && nmj_course_followed(&p->course, i, t_s) ? 2 : 0;
    if (p->awake[i]) {
        now_mV = nmj_fibers_course(p, i, t_s, v);
        slope = (now_mV - nmj_fibers_course(p, i, t_s - p->fiber.h_s, v)) / p->fiber.h_s;
    }
    *left = (float)(now_mV - p->fiber.v_rest_mV);
    p->v_V[i] = 1e-3 * (p->fiber.v_rest_mV + (double)*left);
    p->v_slope_V_per_s[i] = 1e-3 * slope;
}

/* The voltage of the end plate of chain i as it was left. */
NMJ_INLINE double nmj_fibers_left_mV(const nmj_fibers *p, int32_t i)
{
    nmj_singles *const past = nmj_fibers_block(p, i) + nmj_chain_past(p->fiber.n_compartment);
    return p->fiber.v_rest_mV + (double)past[NMJ_FIBER_LEFT][i % NMJ_LANES];
}

/* Whether fiber i, which followed the course and was shown, has something to do; if not, it shows where it is at the end of the step. */
NMJ_INLINE int nmj_fibers_leaves_course(const nmj_fibers *p, double t_s, int32_t i)
{
    const double left_mV = nmj_fibers_left_mV(p, i);
    if (p->driven[i] || fabs(1e3 * p->v_V[i] - left_mV) >= 1e-9 || p->I_A[i] != 0.0 || p->clamped[i] || p->na_available[i] != 1.0) return 1;
    if (p->v_V[i] > p->peak_v_V[i] + 1e-8) p->peak_v_V[i] = p->v_V[i]; /* which was set back; 1e-8: beyond what is rounded in the table */
    nmj_fibers_show(p, t_s + (double)p->n_sub * p->fiber.h_s, i, p->course.watched);
    return 0;
}

/* Fiber i, lane l of its block, leaves the course at t; what a user wrote stays written. The course of a quantum is added to where the
 * fiber would be without. */
NMJ_INLINE void nmj_fibers_leave_course(const nmj_fibers *p, double t_s, int32_t i, int32_t l, nmj_chains *c)
{
    const int32_t M = p->fiber.n_compartment, at = p->fiber.spike_compartment, v = nmj_fibers_course_v(p);
    nmj_singles *const past = c->state + nmj_chain_past(M);
    const double rest_mV = p->fiber.v_rest_mV, left_mV = p->awake[i] == 2 ? nmj_fibers_left_mV(p, i) : rest_mV;
    const nmj_course_place place = nmj_course_of(&p->course, i, t_s), early = nmj_course_of(&p->course, i, t_s - p->fiber.h_s);
    const nmj_course_place rest = nmj_course_at(&p->course, p->course.kind[i], t_s - p->course.start_s[i], 0.0);
    const float now = (float)(nmj_course_value(&place, v) - rest_mV), before = (float)(nmj_course_value(&early, v) - rest_mV);
    const float far = at > 0 ? (float)nmj_course_value(&place, 7 * M + at - 1) : now;
    const int mini = p->course.kind[i] == NMJ_COURSE_MINI;
    int32_t k;
    if (mini) nmj_chain_wake(&p->fiber, M, t_s, l, c->state);
    for (k = 0; k < nmj_chain_count(M); k++) {
        float *const x = nmj_chain_at(c->state, M, k, l);
        const double now_k = nmj_course_value(&place, k);
        *x = (float)(mini ? (double)*x + now_k - nmj_course_value(&rest, k) : now_k);
    }
    past[NMJ_FIBER_BEFORE][l] = before;
    past[NMJ_FIBER_SPIKE_BEFORE][l] = at > 0 ? (float)nmj_course_value(&early, 7 * M + at - 1) : before;
    past[NMJ_FIBER_ARMED][l] = rest_mV + (double)far < p->fiber.rearm_mV ? 1.0f : 0.0f;
    past[NMJ_FIBER_LEVEL][l] = 0.0f;
    past[NMJ_FIBER_LEFT][l] = now;
    nmj_chain_set_asleep(past, l, NMJ_FIBER_AWAKE);
    p->course.follows[i] = 0;
    if (fabs(c->v_mV[l] - left_mV) < 1e-9) c->v_mV[l] = rest_mV + (double)now;
}

/* Fiber i computes, its junction follows the course: the end-plate current of the course drives it. */
NMJ_INLINE void nmj_fibers_drive_by_course(const nmj_fibers *p, double t_s, int32_t i)
{
    double *const g_S = p->drive_g_S + nmj_drive_place(i, p->n_sub), *const gE_S_mV = p->drive_gE_S_mV + nmj_drive_place(i, p->n_sub);
    int32_t k;
    for (k = 0; k < p->n_sub; k++) {
        const double now = nmj_fibers_course(p, i, t_s + ((double)k + 0.5) * p->fiber.h_s, p->course.n_row - 1);
        g_S[k * NMJ_LANES] = now;
        gE_S_mV[k * NMJ_LANES] = now * p->course.reversal_mV;
    }
}

/* Fiber i, lane l of its block, was computed up to t. If its only junction could follow the course and it lies on it, it joins it: until
 * the end of the course it sleeps, as at rest. */
NMJ_INLINE void nmj_fibers_join_course(const nmj_fibers *p, double t_s, int32_t i, int32_t l, nmj_chains *c)
{
    const nmj_course *course = &p->course;
    const int32_t M = p->fiber.n_compartment, v = nmj_fibers_course_v(p);
    const double phase_s = t_s - p->spike_time_s[i], g_S = course->offered_S[i];
    nmj_singles *const past = c->state + nmj_chain_past(M);
    nmj_course_place at;
    double size;
    int32_t k;
    if (!(phase_s >= course->first_s && phase_s <= course->last_s) || p->I_A[i] != 0.0 || p->clamped[i] || p->na_available[i] != 1.0) return;
    size = nmj_course_size(course, phase_s, g_S);
    if (size == NMJ_COURSE_NONE) return;
    at = nmj_course_at(course, NMJ_COURSE_SPIKE, phase_s, size);
    if (!(fabs(c->v_mV[l] - nmj_course_value(&at, v)) <= course->tolerance_mV)) return;
    for (k = 0; k < nmj_chain_count(M); k++) {
        const double off = fabs((double)*nmj_chain_at(c->state, M, k, l) - nmj_course_value(&at, k));
        if (!(off <= (k < 6 * M ? course->tolerance : course->tolerance_mV))) return;
    }
    nmj_course_begin(course, i, NMJ_COURSE_SPIKE, p->spike_time_s[i], size);
    at = nmj_course_of(course, i, course->until_s[i]);
    for (k = 0; k < nmj_chain_count(M); k++) /* as it will be when that ends */
        *nmj_chain_at(c->state, M, k, l) = k < 6 * M ? (float)nmj_course_value(&at, k) : nmj_chain_rest(&p->fiber, k);
    for (k = NMJ_FIBER_BEFORE; k < NMJ_FIBER_LEVEL; k++) past[k][l] = k == NMJ_FIBER_ARMED ? 1.0f : 0.0f;
    nmj_chain_set_asleep(past, l, course->until_s[i]);
    nmj_fibers_show(p, t_s, i, course->watched);
}

/* The same for fibers begin ... end-1 of one block of chains, those that are awake. fired OUT; returns how many were awake. */
NMJ_INLINE int32_t nmj_fibers_advance_chains(const nmj_fibers *p, double t_s, int32_t begin, int32_t end, double v_rest_V,
                                             unsigned char *fired)
{
    const int32_t n = end - begin;
    const double *NMJ_RESTRICT v_V = p->v_V + begin, *NMJ_RESTRICT peak_V = p->peak_v_V + begin, *NMJ_RESTRICT I_A = p->I_A + begin;
    const double *NMJ_RESTRICT na = p->na_available + begin;
    const char *clamped = p->clamped + begin;
    double *out_v = p->v_V + begin, *out_peak = p->peak_v_V + begin, *out_slope = p->v_slope_V_per_s + begin;
    unsigned char *awake = p->awake + begin, *driven = p->driven + begin;
    nmj_chains c;
    int32_t count = 0, l;
    if (!nmj_fibers_any_awake(p, begin, end, v_rest_V)) return 0;
    for (l = 0; l < n; l++) {
        int is;
        if (driven[l] == 2) driven[l] = 0, awake[l] = awake[l] == 0 ? 2 : awake[l]; /* it began to follow a course, and is watched */
        is = nmj_fiber_is_awake(p, begin + l, v_rest_V);
        if (awake[l] == 2) is = nmj_fibers_leaves_course(p, t_s, begin + l);
        c.active[l] = (double)is;
        count += is;
    }
    if (count == 0) return 0;
    c.state = nmj_fibers_block(p, begin);
    c.driven = c.held = 0;
    for (l = 0; l < n; l++) {
        c.v_mV[l] = 1e3 * v_V[l];
        c.peak_mV[l] = 1e3 * peak_V[l];
        c.I_mA[l] = 1e3 * I_A[l];
        c.na_available[l] = na[l];
    }
    for (l = 0; nmj_course_is(&p->course) && l < n; l++) {
        if (c.active[l] == 0.0) continue;
        if (nmj_course_followed(&p->course, begin + l, t_s)) nmj_fibers_leave_course(p, t_s, begin + l, l, &c);
        if (driven[l]) p->course.until_s[begin + l] = 0.0; /* its junction is back */
        if (!nmj_course_holds(&p->course, begin + l, t_s)) continue;
        nmj_fibers_drive_by_course(p, t_s, begin + l);
        driven[l] = 1;
    }
    for (l = 0; l < n; l++) {
        c.clamped[l] = (double)clamped[l];
        c.driven |= driven[l];
        c.held |= clamped[l];
    }
    for (; l < NMJ_LANES; l++) { /* nobody's */
        c.active[l] = c.clamped[l] = c.I_mA[l] = 0.0;
        c.na_available[l] = 1.0;
        c.v_mV[l] = c.peak_mV[l] = p->fiber.v_rest_mV;
    }
    c.g_S = (const nmj_lanes *)(p->drive_g_S + nmj_drive_place(begin, p->n_sub));
    c.gE_S_mV = (const nmj_lanes *)(p->drive_gE_S_mV + nmj_drive_place(begin, p->n_sub));
    nmj_chain_block(&p->fiber, t_s, p->n_sub, &c);
    for (l = 0; l < n; l++) {
        const double now = c.at_rest[l] > 0.0 ? v_rest_V : 1e-3 * c.v_mV[l]; /* exactly the resting value, as above */
        out_v[l] = c.active[l] > 0.0 ? now : out_v[l];
    }
    for (l = 0; l < n; l++) out_peak[l] = c.active[l] > 0.0 ? 1e-3 * c.peak_mV[l] : out_peak[l];
    for (l = 0; l < n; l++) out_slope[l] = c.active[l] > 0.0 ? 1e-3 * c.slope_mV_per_s[l] : out_slope[l];
    for (l = 0; l < n; l++) {
        awake[l] = c.active[l] > 0.0 ? (unsigned char)!(c.at_rest[l] > 0.0) : awake[l];
        driven[l] = 0; /* who is driven is awake */
        fired[l] = c.active[l] > 0.0 && c.fired[l] > 0.0;
        if (fired[l]) nmj_fiber_fired(p, begin + l, c.spike_s[l]);
    }
    for (l = 0; nmj_course_is(&p->course) && l < n; l++) {
        if (p->course.offered_S[begin + l] > 0.0 && awake[l]) nmj_fibers_join_course(p, t_s + (double)p->n_sub * p->fiber.h_s, begin + l, l, &c);
        p->course.offered_S[begin + l] = 0.0;
    }
    if (c.driven) {
        memset(p->drive_g_S + nmj_drive_place(begin, p->n_sub), 0, nmj_drive_size(1, p->n_sub) * sizeof(double));
        memset(p->drive_gE_S_mV + nmj_drive_place(begin, p->n_sub), 0, nmj_drive_size(1, p->n_sub) * sizeof(double));
    }
    return count;
}

/* Advance fibers first ... last-1 over [t, t + n_sub h]; writes those that fired to spikes, in order; returns how many. Adds to *active
 * those that were awake. Ranges may be advanced at the same time; first is a multiple of NMJ_LANES. */
NMJ_INLINE int32_t nmj_fibers_advance_range(const nmj_fibers *p, double t_s, int32_t first, int32_t last, int32_t *spikes,
                                            int32_t *active)
{
    const double v_rest_V = 1e-3 * p->fiber.v_rest_mV;
    const int chains = nmj_fiber_is_chain(&p->fiber);
    int32_t fired = 0, begin, i;
    for (begin = first; begin < last; begin += NMJ_FIBER_BLOCK) {
        const int32_t end = begin + NMJ_FIBER_BLOCK < last ? begin + NMJ_FIBER_BLOCK : last;
        unsigned char spiked[NMJ_FIBER_BLOCK];
        if (!nmj_fibers_any_awake(p, begin, end, v_rest_V)) continue;
        memset(spiked, 0, sizeof spiked);
        if (chains)
            for (i = begin; i < end; i += NMJ_LANES)
                *active += nmj_fibers_advance_chains(p, t_s, i, i + NMJ_LANES < end ? i + NMJ_LANES : end, v_rest_V,
                                                     spiked + (i - begin));
        else
            for (i = begin; i < end; i++) {
                if (!nmj_fiber_is_awake(p, i, v_rest_V)) continue;
                ++*active;
                spiked[i - begin] = (unsigned char)nmj_fibers_advance_one(p, t_s, i, v_rest_V);
            }
        for (i = begin; i < end; i++)
            if (spiked[i - begin]) spikes[fired++] = i;
    }
    return fired;
}

/* After a run, at t_s: fibers that follow a course unseen show where they are; who was written to meanwhile is left as it is. */
NMJ_INLINE void nmj_fibers_show_course(const nmj_fibers *p, double t_s)
{
    int32_t i;
    for (i = 0; nmj_course_is(&p->course) && i < p->n; i++)
        if (p->awake[i] == 0 && p->v_V[i] == 1e-3 * p->fiber.v_rest_mV && nmj_course_followed(&p->course, i, t_s)) nmj_fibers_show(p, t_s, i, 1);
}

/* Advance all fibers over [t, t + n_sub h]; returns how many fired. */
NMJ_INLINE int32_t nmj_fibers_advance(const nmj_fibers *p, double t_s)
{
    int32_t active = 0;
    return p->spikes[p->n] = nmj_fibers_advance_range(p, t_s, 0, p->n, p->spikes, &active);
}

NMJ_PRECISE_END

#endif
