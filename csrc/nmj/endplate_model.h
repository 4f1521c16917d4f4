/* nmj/endplate_model.h - the tables of an end plate, the state of one junction's receptors, and how one looks at it.
 *
 * What the state means and how it moves is told in endplate.h.
 *
 * Places. Tables over free receptors and voltage have pages and nodes: page i at the free receptors of page 0 times exp(-i
 * dlog_density), the last one at so few that nothing is recaptured; node i at v0 + i dv. Between them one goes linearly, in the
 * logarithm of the receptors, in the last gap in the receptors themselves. Such a table is not kept as it is: matrices of any place
 * are mixtures of a few parts, and only their weights are tabulated.
 *
 * Units: SI, v in mV (_mV). Aliasing: x must not overlap the model. Thread-safe: the model is read only.
 * Why not Brian equations: see endplate.h.
 */
#ifndef NMJ_ENDPLATE_MODEL_H
#define NMJ_ENDPLATE_MODEL_H

#include "config.h"

NMJ_PRECISE_BEGIN

#define NMJ_ENDPLATE_MAX_STATE 32
#define NMJ_ENDPLATE_MAX_SOURCE 32
#define NMJ_ENDPLATE_MAX_ACH 16
#define NMJ_ENDPLATE_MAX_OVERLAP 4
#define NMJ_ENDPLATE_MAX_PART 48
#define NMJ_ENDPLATE_MAX_RESIDUAL 128

#define NMJ_ENDPLATE_MAX_SIZE \
  (NMJ_ENDPLATE_MAX_STATE + NMJ_ENDPLATE_MAX_SOURCE + NMJ_ENDPLATE_MAX_ACH + NMJ_ENDPLATE_MAX_OVERLAP + 2) /* of a junction's state */

/* Rows of a propagator and of an entry: S, w, open channels: their mean, and those in the middle of the step; a multiple of four for the
 * compiler's vectors, the last ones 0. */
#define NMJ_ENDPLATE_FOURS(n) (((n) + 3) / 4 * 4)
#define NMJ_ENDPLATE_ROW(n_state) NMJ_ENDPLATE_FOURS((n_state) + 3)
#define NMJ_ENDPLATE_MAX_ROW NMJ_ENDPLATE_ROW(NMJ_ENDPLATE_MAX_STATE)

typedef struct {
  int32_t n_state, n_source, n_ACh;
  int32_t n_overlap;                 /* exponentials of the overlap of quanta; 0: quanta add */
  int32_t n_restless;                /* 1: receptors leave the resting state by themselves; 0: none does */
  int32_t n_page, n_voltage;         /* at least 2; 1: rates do not depend on voltage */
  int32_t n_residual;                /* nodes over one step (at least 4, at most NMJ_ENDPLATE_MAX_RESIDUAL) */
  int32_t n_part, n_entry_part, n_late_part; /* of the propagator, of a quantum, of its late part */
  double v0_mV, dv_mV;               /* voltage nodes v0 + i dv; v is clamped to them */
  double page0_share, dlog_density;  /* free receptors of page 0, as a share of all; distance of the pages */
  double step_s;
  double least_weight, least_entry;  /* weights of parts of the propagator, and of the entries, below it are none */
  double overlap_saturation;         /* gains fall as 1 / (1 + saturation * gain in charge) */
  double rest_open;                  /* share of the receptors open at rest */
  const double *rest;                /* [n_state] share of the receptors in each state at rest; zeros if n_restless is 0 */
  const double *propagator_mix;      /* [n_page][n_voltage][n_part - 1] weights of all parts but the first, whose weight is 1 */
  const double *propagator;          /* [n_part][n_state + n_restless + 1 + n_source][row]: columns of S, N, w, m */
  const double *source_decay;        /* [n_source] factors over one step */
  const double *source_residual;     /* [n_residual][NMJ_ENDPLATE_FOURS(n_source)] factors over a residual */
  const double *ACh_decay;           /* [n_ACh] factors over one step */
  const double *ACh_residual;        /* [n_residual][NMJ_ENDPLATE_FOURS(n_ACh)] factors over a residual */
  const double *ACh_amplitude;       /* [n_page][n_ACh] molecules of one quantum at its release */
  const double *amplitude_per_s;     /* [n_page][n_source] of one quantum at its release, per share of free receptors */
  const double *entry_mix;           /* [n_page][n_voltage][n_entry_part], per share of free receptors */
  const double *entry;               /* [n_entry_part][n_residual][row] what a quantum did a residual after its release */
  const double *open, *desensitized; /* [n_state] 1 or 0 */
  const double *overlap_decay;       /* [n_page][n_overlap] factors over one step */
  const double *overlap_gain;        /* [n_overlap][2] relative gain in peak and in charge per quantum of mean size */
  const double *overlap_mix;         /* [n_page][4] factor of the quantum and of the late part, per gain in peak; in charge */
  const double *late_amplitude_per_s, *late_mix, *late; /* the same of the late part of a quantum, if quanta overlap */
} nmj_endplate_model;

/* Where the sources begin in the state of a junction; and all its doubles. */
NMJ_INLINE int nmj_endplate_sources(const nmj_endplate_model *p) { return p->n_state + p->n_restless; }
NMJ_INLINE int nmj_endplate_size(const nmj_endplate_model *p) {
  return nmj_endplate_sources(p) + p->n_source + 1 + p->n_ACh + p->n_overlap;
}

/* A junction of so many receptors (left by disease and drugs that stay) at rest: x OUT, its entries `stride` apart. */
NMJ_INLINE void nmj_endplate_rest(const nmj_endplate_model *p, double receptors, double *x, int stride) {
  int i;
  for (i = 0; i < p->n_state; ++i) x[i * stride] = receptors * p->rest[i];
  for (; i < nmj_endplate_size(p); ++i) x[i * stride] = 0.0;
  if (p->n_restless) x[p->n_state * stride] = receptors;
}

/* The junction has other receptors than before: of those lost, all states lose their share; those that come are at rest. */
NMJ_INLINE void nmj_endplate_recount(const nmj_endplate_model *p, double receptors, double *x, int stride) {
  const double before = x[p->n_state * stride], kept = receptors < before ? receptors / before : 1.0;
  const double more = receptors > before ? receptors - before : 0.0;
  int i;
  for (i = 0; i < p->n_state; ++i) x[i * stride] = kept * x[i * stride] + more * p->rest[i];
  x[p->n_state * stride] = receptors;
}

/* A place in the tables. */
typedef struct {
  double share;         /* free receptors, as a share of all */
  double page_weight[2], weight[4]; /* of the pages; of the nodes of both pages: (page, node), (page, node + 1), (page + 1, node) ... */
  ptrdiff_t page, node, next; /* next: 1, or 0 where there is one voltage */
} nmj_endplate_place;

/* Set the free receptors of a place. */
NMJ_INLINE void nmj_endplate_set_share(const nmj_endplate_model *p, double share, nmj_endplate_place *at) {
  const int last = p->n_page - 2;
  double u, across;
  at->share = share > 1e-9 ? share : 1e-9;
  u = log(p->page0_share / at->share) / p->dlog_density;
  if (!(u > 1e-9)) u = 0.0; /* at page 0 or above */
  at->page = u < (double)last ? (ptrdiff_t)u : last;
  across = at->page < last ? u - (double)at->page : 1.0 - exp(((double)last - u) * p->dlog_density);
  at->page_weight[0] = 1.0 - across;
  at->page_weight[1] = across;
}

/* Set its voltage; the free receptors must have been set. */
NMJ_INLINE void nmj_endplate_set_voltage(const nmj_endplate_model *p, double v_mV, nmj_endplate_place *at) {
  double u = (v_mV - p->v0_mV) / p->dv_mV, across;
  int i;
  if (!(u > 0.0)) u = 0.0;
  if (u > (double)(p->n_voltage - 1)) u = (double)(p->n_voltage - 1);
  at->next = p->n_voltage > 1;
  at->node = u < (double)(p->n_voltage - 2) ? (ptrdiff_t)u : p->n_voltage > 1 ? p->n_voltage - 2 : 0;
  across = u - (double)at->node;
  for (i = 0; i < 2; ++i) {
    at->weight[2 * i] = at->page_weight[i] * (1.0 - across);
    at->weight[2 * i + 1] = at->page_weight[i] * across;
  }
}

/* A row of a table [n_page][n] at a place. */
NMJ_INLINE void nmj_endplate_on_page(const nmj_endplate_place *at, const double *table, int n, double *out) {
  const double *a = table + at->page * n, *b = a + n;
  int i;
  for (i = 0; i < n; ++i) out[i] = at->page_weight[0] * a[i] + at->page_weight[1] * b[i];
}

/* A row of a table [n_page][n_voltage][n] at a place. */
NMJ_INLINE void nmj_endplate_at(const nmj_endplate_model *p, const nmj_endplate_place *at, const double *table, int n, double *out) {
  const double *a = table + (at->page * p->n_voltage + at->node) * n, *b = a + (ptrdiff_t)p->n_voltage * n;
  const ptrdiff_t next = at->next * n;
  int i;
  for (i = 0; i < n; ++i) out[i] = at->weight[0] * a[i] + at->weight[1] * a[i + next];
  if (at->page_weight[1] == 0.0) return;
  for (i = 0; i < n; ++i) out[i] += at->weight[2] * b[i] + at->weight[3] * b[i + next];
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
  weight[0] = (s - 1.0) * (s - 2.0) * (3.0 - s) * (1.0 / 6.0);
  weight[1] = s * (s - 2.0) * (s - 3.0) / 2.0;
  weight[2] = s * (s - 1.0) * (3.0 - s) / 2.0;
  weight[3] = s * (s - 1.0) * (s - 2.0) * (1.0 / 6.0);
  return i;
}

/* Free ACh in the cleft (molecules). x: entries `stride` apart. */
NMJ_INLINE double nmj_endplate_ACh(const nmj_endplate_model *p, const double *x, int stride) {
  const double *w = x + (nmj_endplate_sources(p) + p->n_source) * stride;
  double sum = 0.0;
  int j;
  for (j = 0; j <= p->n_ACh; ++j) sum += w[j * stride];
  return sum;
}

NMJ_PRECISE_END

#endif
