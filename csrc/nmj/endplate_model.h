/* nmj/endplate_model.h - the tables of an end plate, the state of one junction's receptors, and how one looks at it.
 *
 * What the state means and how it moves is told in endplate.h.
 *
 * Units: SI, v in mV (_mV), log_density = natural logarithm of free receptors / receptors of the table.
 * Aliasing: x must not overlap the model. Thread-safe: the model is read only.
 * Why not Brian equations: see endplate.h.
 */
#ifndef NMJ_ENDPLATE_MODEL_H
#define NMJ_ENDPLATE_MODEL_H

#include "config.h"

NMJ_PRECISE_BEGIN

#define NMJ_ENDPLATE_MAX_STATE 32
#define NMJ_ENDPLATE_MAX_SOURCE 32
#define NMJ_ENDPLATE_MAX_OVERLAP 4

/* Entries of a column of a propagator, for S, w and one sum; a multiple of four for the compiler's vectors, the last ones 0. */
#define NMJ_ENDPLATE_ROW(n_state) (((n_state) + 5) / 4 * 4)
#define NMJ_ENDPLATE_MAX_ROW NMJ_ENDPLATE_ROW(NMJ_ENDPLATE_MAX_STATE)

typedef struct {
  int32_t n_state, n_source, n_ACh;
  int32_t n_overlap;                      /* exponentials of the overlap of quanta; 0: quanta add */
  int32_t n_restless;                     /* 1: receptors leave the resting state by themselves; 0: none does */
  int32_t n_recapture;                    /* states into which w is recaptured; 0: no w (rates do not depend on voltage) */
  int32_t n_voltage;                      /* 1: rates do not depend on voltage; else at least 4 */
  int32_t n_density, n_residual;          /* nodes in log density (at least 2); nodes over one sub-step (at least 4) */
  int32_t n_leap, n_leap_voltage, n_leap_gain; /* sub-steps of a leap (0: none); its nodes: 1 or more; 1 or more */
  double v0_mV, dv_mV;                    /* voltage nodes v0 + i dv; v is clamped to them */
  double dv_leap_mV;                      /* voltage nodes of a leap, from v0 on */
  double leap_log_density, dleap_log_density; /* density of the first page of a leap; each further one so much below, the last: none */
  double log_density0, dlog_density;      /* density nodes; below the first, amplitudes are proportional to density */
  double step_s, recapture_tau_s, recapture_decay; /* sub-step; tau; exp(-step / tau) */
  double overlap_saturation;              /* gains fall as 1 / (1 + saturation * gain in charge) */
  double rest_open;                       /* share of the receptors open at rest */
  const double *rest;                     /* [n_state] share of the receptors in each state at rest; zeros if n_restless is 0 */
  const double *propagator;               /* [n_voltage][n_state + n_restless + 2 n_recapture][row]: columns of S, N, recapture of old
                                             w, recapture of what is set free now; rows S, w, ACh set free now that left w */
  const double *source_propagator;        /* [n_voltage][n_source][row]: columns of m, same rows */
  const double *leap;                     /* [n_leap_gain][n_leap_voltage][n_state + n_restless + 1 + n_source][row]: columns of S, N, w,
                                             m; rows S, w, mean open channels */
  const double *leap_source_decay, *leap_ACh_decay; /* factors over a leap */
  const double *fast_s;                   /* [n_source] 1 / rate, 0 for sources that last longer than a leap */
  const double *source_decay;             /* [n_source] factors over one sub-step */
  const double *source_residual;          /* [n_residual][n_source] factors over a residual */
  const double *amplitude_per_s;          /* [n_density][n_source] of one quantum at its release */
  const double *entry;                    /* [n_density][n_residual][n_state + 1] S and w, a residual after release */
  const double *gain;                     /* [n_density][n_recapture] recaptured share of what leaves w */
  const double *ACh_decay;                /* [n_ACh] factors over one sub-step */
  const double *ACh_residual;             /* [n_residual][n_ACh] factors over a residual */
  const double *ACh_amplitude;            /* [n_density][n_ACh] molecules of one quantum at its release */
  const double *open, *desensitized;      /* [n_state] 1 or 0 */
  const double *overlap_decay;            /* [n_density][n_overlap] factors over one sub-step */
  const double *overlap_gain;             /* [n_overlap][2] relative gain in peak and in charge per quantum of mean size */
  const double *overlap_mix;              /* [n_density][4] factor of the quantum and of the late part, per gain in peak; in charge */
  const double *overlap_amplitude_per_s;  /* [n_density][n_source] late part of one quantum at its release */
  const double *overlap_entry;            /* [n_density][n_residual][n_state + 1] the same as `entry` */
} nmj_endplate_model;

/* Where the sources begin in the state of a junction; and all its doubles. */
NMJ_INLINE int nmj_endplate_sources(const nmj_endplate_model *p) { return p->n_state + p->n_restless; }
NMJ_INLINE int nmj_endplate_size(const nmj_endplate_model *p) {
  return nmj_endplate_sources(p) + p->n_source + 1 + p->n_ACh + p->n_overlap;
}

/* A junction of so many receptors (left by disease and drugs that stay) at rest. */
NMJ_INLINE void nmj_endplate_rest(const nmj_endplate_model *p, double receptors, double *x) {
  int i;
  for (i = 0; i < p->n_state; ++i) x[i] = receptors * p->rest[i];
  for (; i < nmj_endplate_size(p); ++i) x[i] = 0.0;
  if (p->n_restless) x[p->n_state] = receptors;
}

/* The junction has other receptors than before: of those lost, all states lose their share; those that come are at rest. */
NMJ_INLINE void nmj_endplate_recount(const nmj_endplate_model *p, double receptors, double *x) {
  const double before = x[p->n_state], kept = receptors < before ? receptors / before : 1.0;
  const double more = receptors > before ? receptors - before : 0.0;
  int i;
  for (i = 0; i < p->n_state; ++i) x[i] = kept * x[i] + more * p->rest[i];
  x[p->n_state] = receptors;
}

/* Node and weight of linear interpolation in log density; *scale < 1 below the table (amplitudes are proportional there). */
NMJ_INLINE int nmj_endplate_node(const nmj_endplate_model *p, double log_density, double *x, double *scale) {
  double u = (log_density - p->log_density0) / p->dlog_density;
  int i;
  *scale = 1.0;
  *x = 0.0;
  if (!(u > 0.0)) {
    *scale = exp(log_density - p->log_density0);
    return 0;
  }
  if (u >= (double)(p->n_density - 1)) {
    *x = 1.0;
    return p->n_density - 2;
  }
  i = (int)u;
  *x = u - (double)i;
  return i;
}

/* Weights of cubic interpolation at position u on a uniform grid of n >= 4 nodes; returns the first of the four. */
NMJ_INLINE int nmj_endplate_cubic(double u, int n, double *weight) {
  int i;
  double s;
  if (!(u > 0.0)) u = 0.0;
  if (u > (double)(n - 1)) u = (double)(n - 1);
  i = (int)u - 1;
  if (i < 0) i = 0;
  if (i > n - 4) i = n - 4;
  s = u - (double)i;
  weight[0] = (s - 1.0) * (s - 2.0) * (3.0 - s) / 6.0;
  weight[1] = s * (s - 2.0) * (s - 3.0) / 2.0;
  weight[2] = s * (s - 1.0) * (3.0 - s) / 2.0;
  weight[3] = s * (s - 1.0) * (s - 2.0) / 6.0;
  return i;
}

/* Open channels (number). */
NMJ_INLINE double nmj_endplate_open(const nmj_endplate_model *p, const double *x) {
  double sum = 0.0;
  int i;
  for (i = 0; i < p->n_state; ++i) sum += p->open[i] * x[i];
  return sum;
}

/* Receptors that are desensitized, or plugged for long by a drug, beyond those at rest (number): the caller lowers the
 * free density by it over endplate_receptors. */
NMJ_INLINE double nmj_endplate_desensitized(const nmj_endplate_model *p, const double *x) {
  const double receptors = p->n_restless ? x[p->n_state] : 0.0;
  double sum = 0.0;
  int i;
  for (i = 0; i < p->n_state; ++i) sum += p->desensitized[i] * (x[i] - receptors * p->rest[i]);
  return sum;
}

/* Free ACh in the cleft (molecules). */
NMJ_INLINE double nmj_endplate_ACh(const nmj_endplate_model *p, const double *x) {
  const double *w = x + nmj_endplate_sources(p) + p->n_source;
  double sum = p->n_recapture > 0 ? w[0] : 0.0;
  int j;
  for (j = 0; j < p->n_ACh; ++j) sum += w[1 + j];
  return sum;
}

#define NMJ_ENDPLATE_REST 1.0

/* Whether less than NMJ_ENDPLATE_REST receptors, molecules and quanta to overlap with are away from rest, and no channel is open
 * there: the junction may sleep. That moves a human fiber by 1 uV at most, a 20,000th of an end-plate potential; a molecule moves none
 * unless it finds a receptor. */
NMJ_INLINE int nmj_endplate_at_rest(const nmj_endplate_model *p, const double *x) {
  const double receptors = p->n_restless ? x[p->n_state] : 0.0, *m = x + nmj_endplate_sources(p);
  double sum = 0.0;
  int i;
  if (receptors * p->rest_open > 0.0) return 0;
  for (i = 0; i < p->n_state; ++i) sum += fabs(x[i] - receptors * p->rest[i]);
  for (i = 0; i < p->n_source; ++i) sum += fabs(m[i]) * p->step_s;
  for (i = 0; i <= p->n_ACh + p->n_overlap; ++i) sum += fabs(m[p->n_source + i]);
  return sum < NMJ_ENDPLATE_REST;
}

NMJ_PRECISE_END

#endif
