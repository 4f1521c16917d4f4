/* nmj/course.h - the course that a fiber and its junction take once an action potential is under way and no quantum is left to come.
 *
 * Physiology: an action potential is all or none. Fibers of one kind that fired, and whose junction has released its quanta, differ in
 * little but how long ago that was and how many channels are still open, which the end-plate current shunts the membrane by. So their
 * state is read from a table over these two. A fiber joins the course only where its own state lies on it within a tolerance; its
 * junction, if it is the only one, does so with it. Neither costs anything then, until the course ends at rest or something comes:
 * an impulse, a quantum, a current, a voltage that is written. Who leaves the course is as if it had been advanced all the way: the
 * fiber from the table, the junction by the steps of its receptors at the voltages of the table. When others look at it changes nothing.
 *
 * A single quantum that finds fiber and junction at rest has a course of its own, in proportion to its size.
 *
 * Table. Rows at phases k step_s after the spike, of n_size sizes of the end-plate current; linear between them. A row holds the state of
 * a chain (chain.h: gates, tubule voltages, surface voltages from compartment 1, above rest), the voltage of the end plate, its conductance.
 *
 * Units: s, mV, S. Aliasing: none. Thread-safety: the table is read only; a fiber and its junction write only what is theirs.
 * Why this is not a Brian equation: see fiber.h.
 */
#ifndef NMJ_COURSE_H
#define NMJ_COURSE_H

#include "config.h"

NMJ_PRECISE_BEGIN

enum { NMJ_COURSE_SPIKE, NMJ_COURSE_MINI, NMJ_COURSES }; /* after an action potential; of one quantum at rest */

typedef struct {
    int32_t n_phase, n_size; /* n_phase 0: there is none */
    double end_s;            /* phase at which it ends, at rest */
    const float *row;        /* [n_phase][n_size][n_row] */
} nmj_course_table;

typedef struct {
    nmj_course_table table[NMJ_COURSES];
    int32_t n_row;
    int32_t watched;                /* 1: somebody looks at what fibers and junctions show in each step */
    double step_s;                  /* between phases */
    double first_s, last_s;         /* phases at which a fiber may join that of a spike, first and last */
    double tolerance_mV, tolerance; /* how near the fiber must be: voltages; gates */
    double reversal_mV;             /* of the end-plate current */
    double rest_mV;                 /* of fibers */
    double mini_mV, mini_S;         /* peaks that a quantum of size 1 makes at rest: voltage, above rest, and conductance */

    /* of each fiber */
    double *start_s, *size;         /* the spike, or quantum, whose course it follows, and its place among the sizes */
    double *until_s;                /* its junction follows until then; 0: it does not */
    double *offered_S;              /* conductance at the end of the step if its only junction could follow; 0: it could not */
    unsigned char *follows;         /* 1: the fiber itself does, until then */
    unsigned char *alone;           /* 1: one junction is on it */
    unsigned char *kind;            /* which course */
    const unsigned char *awake;     /* as in nmj_fibers */
} nmj_course;

/* A quantum that depolarizes more has no course of its own: voltage is in proportion to its size as long as that is small, within 0.1 mV
 * here, and a large one fires a thin fiber. */
#define NMJ_COURSE_MINI_MOST_MV 3.0

/* Where a phase and a size lie in the table: four rows, with their weights. */
typedef struct {
    const float *row[4];
    double weight[4];
} nmj_course_place;

NMJ_INLINE nmj_course_place nmj_course_at(const nmj_course *c, int kind, double phase_s, double size)
{
    const nmj_course_table *table = c->table + kind;
    const double u = phase_s > 0.0 ? phase_s / c->step_s : 0.0;
    const int32_t i = u < (double)(table->n_phase - 2) ? (int32_t)u : table->n_phase - 2;
    const int32_t j = size < (double)(table->n_size - 2) ? (int32_t)size : table->n_size - 2;
    const double late = u - (double)i < 1.0 ? u - (double)i : 1.0, large = size - (double)j;
    nmj_course_place at;
    at.row[0] = table->row + ((ptrdiff_t)i * table->n_size + j) * c->n_row;
    at.row[1] = at.row[0] + c->n_row;
    at.row[2] = at.row[0] + (ptrdiff_t)table->n_size * c->n_row;
    at.row[3] = at.row[2] + c->n_row;
    at.weight[0] = (1.0 - late) * (1.0 - large);
    at.weight[1] = (1.0 - late) * large;
    at.weight[2] = late * (1.0 - large);
    at.weight[3] = late * large;
    return at;
}

/* Value k of the row there. */
NMJ_INLINE double nmj_course_value(const nmj_course_place *at, int32_t k)
{
    return at->weight[0] * (double)at->row[0][k] + at->weight[1] * (double)at->row[1][k] + at->weight[2] * (double)at->row[2][k] +
           at->weight[3] * (double)at->row[3][k];
}

/* Voltage of the end plate. */
NMJ_INLINE double nmj_course_mV(const nmj_course *c, const nmj_course_place *at) { return nmj_course_value(at, c->n_row - 2); }

/* The size whose conductance at a phase after a spike is g_S; NMJ_COURSE_NONE: there is none. Those that fire with fewer channels than the
 * smallest impulse of the table are beyond it by less than one size. */
#define NMJ_COURSE_NONE (-1.0)
NMJ_INLINE double nmj_course_size(const nmj_course *c, double phase_s, double g_S)
{
    const nmj_course_place at = nmj_course_at(c, NMJ_COURSE_SPIKE, phase_s, 0.0);
    const float *early = at.row[0] + c->n_row - 1, *late = at.row[2] + c->n_row - 1; /* the conductance */
    double before = at.weight[0] * (double)*early + at.weight[2] * (double)*late;
    int32_t j;
    for (j = 1; j < c->table[NMJ_COURSE_SPIKE].n_size; j++) {
        const double now = at.weight[0] * (double)early[j * c->n_row] + at.weight[2] * (double)late[j * c->n_row];
        if (g_S <= now && before < now) {
            const double size = (double)(j - 1) + (g_S - before) / (now - before);
            return size > NMJ_COURSE_NONE ? size : NMJ_COURSE_NONE;
        }
        before = now;
    }
    return NMJ_COURSE_NONE;
}

/* Whether there is any; whether fiber i may be followed on one at t_s by its junction; and whether it is there itself. */
NMJ_INLINE int nmj_course_is(const nmj_course *c) { return c->table[NMJ_COURSE_SPIKE].n_phase > 0; }
NMJ_INLINE int nmj_course_holds(const nmj_course *c, int32_t i, double t_s) { return nmj_course_is(c) && t_s < c->until_s[i]; }
NMJ_INLINE int nmj_course_followed(const nmj_course *c, int32_t i, double t_s) { return nmj_course_holds(c, i, t_s) && c->follows[i]; }

/* Where fiber i is on its course; the voltage of its end plate. */
NMJ_INLINE nmj_course_place nmj_course_of(const nmj_course *c, int32_t i, double t_s)
{
    return nmj_course_at(c, c->kind[i], t_s - c->start_s[i], c->size[i]);
}
NMJ_INLINE double nmj_course_of_mV(const nmj_course *c, int32_t i, double t_s)
{
    const nmj_course_place at = nmj_course_of(c, i, t_s);
    return nmj_course_mV(c, &at);
}

/* From start_s on fiber i follows a course of this kind and size. */
NMJ_INLINE void nmj_course_begin(const nmj_course *c, int32_t i, int kind, double start_s, double size)
{
    c->kind[i] = (unsigned char)kind;
    c->start_s[i] = start_s;
    c->size[i] = size;
    c->until_s[i] = start_s + c->table[kind].end_s;
    c->follows[i] = 1;
}

NMJ_PRECISE_END

#endif
