/* nmj/fibers_course.h - fibers that follow the course of an action potential (course.h), join it and leave it.
 *
 * Units, aliasing, threads: as in fibers.h.
 * Why this is not a Brian equation: see fiber.h.
 */
#ifndef NMJ_FIBERS_COURSE_H
#define NMJ_FIBERS_COURSE_H

#include "config.h"
#include "fibers_state.h"

NMJ_PRECISE_BEGIN

/* Value of the course of fiber i at a row of a chain's state; the row of the end plate's voltage. */
NMJ_INLINE double nmj_fibers_course(const nmj_fibers *p, int32_t i, double t_s, int32_t row)
{
    const nmj_course_place at = nmj_course_of(&p->course, i, t_s);
    return nmj_course_value(&at, row);
}
NMJ_INLINE int32_t nmj_fibers_course_v(const nmj_fibers *p) { return p->course.n_row - 2; }

/* Fiber i, which sleeps at rest or on the course, shows where it is at t. Whoever is on the course and shown has voltages that are not
 * at rest, by which it is found in the next step. left OUT: of its state, the voltage of the end plate as it was left. */
NMJ_INLINE void nmj_fibers_show(const nmj_fibers *p, double t_s, int32_t i, int shown, float *left)
{
    const int32_t v = nmj_fibers_course_v(p);
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

/* The voltage of the end plate of chain i as it was left, above rest, and in mV. */
NMJ_INLINE float *nmj_fibers_left(const nmj_fibers *p, int32_t i)
{
    return nmj_fibers_block(p, i)[nmj_chain_past(p->fiber.n_compartment) + NMJ_FIBER_LEFT] + i % NMJ_LANES;
}
NMJ_INLINE double nmj_fibers_left_mV(const nmj_fibers *p, int32_t i) { return p->fiber.v_rest_mV + (double)*nmj_fibers_left(p, i); }

/* Whether fiber i, which followed the course and was shown, has something to do; if not, it shows where it is at the end of the step. */
NMJ_INLINE int nmj_fibers_leaves_course(const nmj_fibers *p, double t_s, int32_t i)
{
    const double left_mV = nmj_fibers_left_mV(p, i);
    if (p->driven[i] || fabs(1e3 * p->v_V[i] - left_mV) >= 1e-9 || p->I_A[i] != 0.0 || p->clamped[i] || p->na_available[i] != 1.0) return 1;
    if (p->v_V[i] > p->peak_v_V[i] + 1e-8) p->peak_v_V[i] = p->v_V[i]; /* which was set back; 1e-8: beyond what is rounded in the table */
    nmj_fibers_show(p, t_s + (double)p->n_sub * p->fiber.h_s, i, p->course.watched, nmj_fibers_left(p, i));
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

/* Fiber i, lane l of its block, computes, its junction follows the course: the end-plate current of the course drives it. */
NMJ_INLINE void nmj_fibers_drive_by_course(const nmj_fibers *p, double t_s, int32_t i, int32_t l, nmj_chains *c)
{
    int32_t k;
    for (k = 0; k < p->n_sub; k++) {
        const double now = nmj_fibers_course(p, i, t_s + ((double)k + 0.5) * p->fiber.h_s, p->course.n_row - 1);
        c->g_S[k][l] = now;
        c->gE_S_mV[k][l] = now * p->course.reversal_mV;
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
    nmj_fibers_show(p, t_s, i, course->watched, past[NMJ_FIBER_LEFT] + l);
}

/* Before a run, at t_s: whether fibers that follow a course are not as the last run left them, or were not shown, since it ended in an
 * error. */
NMJ_INLINE int nmj_fibers_moved(const nmj_fibers *p, double t_s)
{
    int32_t i;
    for (i = 0; i < p->n; i++) {
        if (!(t_s < p->course.until_s[i] && p->course.follows[i])) continue;
        if (p->awake[i] != 2 || fabs(1e3 * p->v_V[i] - nmj_fibers_left_mV(p, i)) >= 1e-9) return 1;
        if (p->I_A[i] != 0.0 || p->clamped[i] || p->na_available[i] != 1.0) return 1;
    }
    return 0;
}

/* Before a run, at t_s: whoever is held or has a current is awake. */
NMJ_INLINE void nmj_fibers_hold(const nmj_fibers *p, double t_s)
{
    int32_t i;
    for (i = 0; i < p->n; i++)
        if ((p->I_A[i] != 0.0 || p->clamped[i] || p->na_available[i] != 1.0) && p->awake[i] == 0 && !(t_s < p->course.until_s[i]))
            p->awake[i] = 1;
}

/* After a run, at t_s: fibers that follow a course unseen show where they are; who was written to meanwhile is left as it is. */
NMJ_INLINE void nmj_fibers_show_course(const nmj_fibers *p, double t_s)
{
    int32_t i;
    for (i = 0; nmj_course_is(&p->course) && i < p->n; i++)
        if (p->awake[i] == 0 && p->v_V[i] == 1e-3 * p->fiber.v_rest_mV && nmj_course_followed(&p->course, i, t_s))
            nmj_fibers_show(p, t_s, i, 1, nmj_fibers_left(p, i));
}

NMJ_PRECISE_END

#endif
