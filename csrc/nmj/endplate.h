/* nmj/endplate.h - the receptors of one junction: every quantum is a short source of bound receptors, the rest is exact.
 *
 * State of a junction, x[nmj_endplate_size]:
 *   S[n_state]   deviations of the numbers of receptors from rest, every state but the resting one
 *   m[n_source]  rates (1/s) at which free ACh of the released quanta is now binding: one exponential each, into one state each
 *   w            ACh molecules set free by dissociation and still near receptors
 *   a[n_ACh]     free ACh of the quanta, in molecules (for looking at)
 * Equations, with Q0(v) the scheme's generator without ACh; source j leads into state source_target[j]:
 *   dS/dt = S Q0(v) + sources + g(density) w / tau,   dm_j/dt = -m_j / tau_j,   dw/dt = (ACh set free by S) - w / tau
 * A quantum adds amplitudes A[density] to m and a. Everything is linear in quanta. S and m are advanced exactly over a sub-step at
 * constant v (a matrix exponential, tabulated against v, cubic between the nodes). Only for what is set free and recaptured within one
 * sub-step is it assumed that it was set free at a constant rate.
 * What receptors lose to desensitisation lowers the free density, the caller's argument; receptors held by earlier quanta of the same
 * impulse do not: release sites lie about 1 um apart at random.
 *
 * Units: SI, v in mV (_mV), log_density = natural logarithm of free receptors / receptors of the table (<= 0; clamped above).
 * Aliasing: x must not overlap the model. Thread-safe: the model is read only, one junction per call.
 * Cost: about n_state (n_state + n_source) multiply-adds per sub-step, four times that if rates depend on v; n_state^2 once the
 * sources have died away.
 * Why not Brian equations: rates up to 4e5/s are 40 times too fast for dt = 0.1 ms, and quanta enter between time steps.
 */
#ifndef NMJ_ENDPLATE_H
#define NMJ_ENDPLATE_H

#include "config.h"

NMJ_PRECISE_BEGIN

#define NMJ_ENDPLATE_MAX_STATE 32
#define NMJ_ENDPLATE_MAX_SOURCE 32

typedef struct {
  int32_t n_state, n_source, n_ACh;
  int32_t n_recapture;                    /* states into which w is recaptured; 0: no w (rates do not depend on voltage) */
  int32_t n_voltage;                      /* 1: rates do not depend on voltage; else at least 4 */
  int32_t n_density, n_residual;          /* nodes in log density (at least 2); nodes over one sub-step (at least 4) */
  double v0_mV, dv_mV;                    /* voltage nodes v0 + i dv; v is clamped to them */
  double log_density0, dlog_density;      /* density nodes; below the first, amplitudes are proportional to density */
  double step_s, recapture_tau_s, recapture_decay; /* sub-step; tau; exp(-step / tau) */
  const double *propagator;               /* [n_voltage][n_state + n_source + 2 n_recapture][n_state + 2]: columns of S, m, recapture
                                             of old w, recapture of what is set free now; rows S, w, ACh set free now that left w */
  const double *source_rate_per_s;        /* [n_source] 1 / tau_j */
  const double *source_decay;             /* [n_source] factors over one sub-step */
  const double *amplitude_per_s;          /* [n_density][n_source] of one quantum at its release */
  const double *entry;                    /* [n_density][n_residual][n_state + 1] S and w, a residual after release */
  const double *gain;                     /* [n_density][n_recapture] recaptured share of what leaves w */
  const double *ACh_rate_per_s;           /* [n_ACh] */
  const double *ACh_decay;                /* [n_ACh] factors over one sub-step */
  const double *ACh_amplitude;            /* [n_density][n_ACh] molecules of one quantum at its release */
  const double *open, *desensitized;      /* [n_state] 1 or 0 */
} nmj_endplate_model;

/* Doubles of state per junction. */
NMJ_INLINE int nmj_endplate_size(const nmj_endplate_model *p) { return p->n_state + p->n_source + 1 + p->n_ACh; }

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

/* Add a quantum of relative size `size`, released residual_s before the end of the sub-step just advanced: call it after
 * nmj_endplate_substep of that sub-step. What its receptors do within the residual is tabulated at the holding voltage. */
NMJ_INLINE void nmj_endplate_inject(const nmj_endplate_model *p, double *x, double size, double residual_s, double log_density) {
  const int ns = p->n_state, nj = p->n_source, na = p->n_ACh, row = ns + 1;
  double weight[4], across, scale, *m = x + ns, *w = m + nj, *a = w + 1;
  const int d = nmj_endplate_node(p, log_density, &across, &scale);
  const int r = nmj_endplate_cubic(residual_s / p->step_s * (double)(p->n_residual - 1), p->n_residual, weight);
  const double *entry = p->entry + ((ptrdiff_t)d * p->n_residual + r) * row;
  const double *amplitude = p->amplitude_per_s + (ptrdiff_t)d * nj, *ach = p->ACh_amplitude + (ptrdiff_t)d * na;
  const double q = size * scale;
  int i, j, k;
  for (k = 0; k < 4; ++k) {
    const double *e0 = entry + k * row, *e1 = e0 + (ptrdiff_t)p->n_residual * row, f = q * weight[k];
    for (i = 0; i < ns; ++i) x[i] += f * (e0[i] + across * (e1[i] - e0[i]));
    if (p->n_recapture > 0) *w += f * (e0[ns] + across * (e1[ns] - e0[ns]));
  }
  for (j = 0; j < nj; ++j)
    m[j] += q * exp(-p->source_rate_per_s[j] * residual_s) * (amplitude[j] + across * (amplitude[nj + j] - amplitude[j]));
  for (j = 0; j < na; ++j) /* free ACh does not vanish with the receptors: no `scale` */
    a[j] += size * exp(-p->ACh_rate_per_s[j] * residual_s) * (ach[j] + across * (ach[na + j] - ach[j]));
}

/* The propagator at one voltage and the recapture at one density: what a stretch of sub-steps shares. */
typedef struct {
  const double *column;                 /* [n_state + n_source + 2 n_recapture][n_state + 2] */
  double gain[NMJ_ENDPLATE_MAX_STATE];  /* [n_recapture] */
} nmj_endplate_moment;

/* Doubles of the buffer that nmj_endplate_prepare may fill. */
#define NMJ_ENDPLATE_BUFFER ((NMJ_ENDPLATE_MAX_STATE + NMJ_ENDPLATE_MAX_SOURCE + 2 * NMJ_ENDPLATE_MAX_STATE) * (NMJ_ENDPLATE_MAX_STATE + 2))

/* Prepare to advance at v_mV and log_density. buffer OUT [NMJ_ENDPLATE_BUFFER] must live as long as *now. */
NMJ_INLINE void nmj_endplate_prepare(const nmj_endplate_model *p, double v_mV, double log_density, double *buffer,
                                     nmj_endplate_moment *now) {
  const int nr = p->n_recapture;
  int k;
  now->column = p->propagator;
  if (p->n_voltage > 1) {
    double weight[4];
    const ptrdiff_t page = (ptrdiff_t)(p->n_state + p->n_source + 2 * nr) * (p->n_state + 2);
    const double *t = p->propagator + (ptrdiff_t)nmj_endplate_cubic((v_mV - p->v0_mV) / p->dv_mV, p->n_voltage, weight) * page;
    ptrdiff_t i;
    for (i = 0; i < page; ++i)
      buffer[i] = weight[0] * t[i] + weight[1] * t[i + page] + weight[2] * t[i + 2 * page] + weight[3] * t[i + 3 * page];
    now->column = buffer;
  }
  if (nr > 0) {
    double across, scale;
    const double *g = p->gain + (ptrdiff_t)nmj_endplate_node(p, log_density, &across, &scale) * nr;
    for (k = 0; k < nr; ++k) now->gain[k] = scale * (g[k] + across * (g[nr + k] - g[k]));
  }
}

/* out += sum over columns of column * value; what is zero (a source that has died away) is skipped. */
NMJ_INLINE void nmj_endplate_sum(const double *column, int row, int count, const double *value, const int rows, double *out) {
  double sum[NMJ_ENDPLATE_MAX_STATE + 2];
  int c, i;
  for (i = 0; i < rows; ++i) sum[i] = out[i];
  for (c = 0; c < count; ++c) {
    const double *t = column + (ptrdiff_t)c * row, x = value[c];
    if (x == 0.0) continue;
    for (i = 0; i < rows; ++i) sum[i] += t[i] * x;
  }
  for (i = 0; i < rows; ++i) out[i] = sum[i];
}

NMJ_INLINE void nmj_endplate_columns(const double *column, int row, int count, const double *value, int rows, double *out) {
#define NMJ_ENDPLATE_CASE(n) case n: nmj_endplate_sum(column, row, count, value, n, out); return
  switch (rows) { /* literal sizes of common schemes: the sums stay in registers, with the same result */
    NMJ_ENDPLATE_CASE(5);
    NMJ_ENDPLATE_CASE(6);
    NMJ_ENDPLATE_CASE(7);
    NMJ_ENDPLATE_CASE(8);
    NMJ_ENDPLATE_CASE(9);
    NMJ_ENDPLATE_CASE(10);
    default: nmj_endplate_sum(column, row, count, value, rows, out);
  }
#undef NMJ_ENDPLATE_CASE
}

/* Advance one sub-step. */
NMJ_INLINE void nmj_endplate_advance(const nmj_endplate_model *p, const nmj_endplate_moment *now, double *x) {
  const int ns = p->n_state, nj = p->n_source, na = p->n_ACh, nr = p->n_recapture, row = ns + 2, rows = nr > 0 ? row : ns;
  const double dead = 1e-15 / p->step_s; /* receptors per step: no denormals */
  const double *column = now->column;
  double out[NMJ_ENDPLATE_MAX_STATE + 2];
  double *m = x + ns, *w = m + nj, *a = w + 1;
  int i, j, k;
  for (i = 0; i < rows; ++i) out[i] = 0.0;
  nmj_endplate_columns(column, row, ns, x, rows, out);
  nmj_endplate_columns(column + ns * row, row, nj, m, rows, out);
  for (j = 0; j < nj; ++j) {
    m[j] *= p->source_decay[j];
    if (fabs(m[j]) < dead) m[j] = 0.0;
  }
  for (j = 0; j < na; ++j) {
    a[j] *= p->ACh_decay[j];
    if (fabs(a[j]) < 1e-15) a[j] = 0.0;
  }
  if (nr > 0) {
    double back[NMJ_ENDPLATE_MAX_STATE];
    for (k = 0; k < nr; ++k) back[k] = now->gain[k] * *w / p->recapture_tau_s;
    nmj_endplate_columns(column + (ns + nj) * row, row, nr, back, rows, out);
    for (k = 0; k < nr; ++k) back[k] = now->gain[k] * out[ns + 1];
    out[ns + 1] = 0.0;
    nmj_endplate_columns(column + (ns + nj + nr) * row, row, nr, back, rows, out);
    *w = *w * p->recapture_decay + out[ns] + out[ns + 1]; /* what left w twice within the sub-step waits for the next */
  }
  for (i = 0; i < ns; ++i) x[i] = out[i];
}

/* Advance one sub-step at constant voltage: both of the above. */
NMJ_INLINE void nmj_endplate_substep(const nmj_endplate_model *p, double *x, double v_mV, double log_density) {
  double buffer[NMJ_ENDPLATE_BUFFER];
  nmj_endplate_moment now;
  nmj_endplate_prepare(p, v_mV, log_density, buffer, &now);
  nmj_endplate_advance(p, &now, x);
}

/* Open channels (number). */
NMJ_INLINE double nmj_endplate_open(const nmj_endplate_model *p, const double *x) {
  double sum = 0.0;
  int i;
  for (i = 0; i < p->n_state; ++i) sum += p->open[i] * x[i];
  return sum;
}

/* Receptors in desensitised states (number): the caller lowers the free density by it over endplate_receptors. */
NMJ_INLINE double nmj_endplate_desensitized(const nmj_endplate_model *p, const double *x) {
  double sum = 0.0;
  int i;
  for (i = 0; i < p->n_state; ++i) sum += p->desensitized[i] * x[i];
  return sum;
}

/* Free ACh in the cleft (molecules). */
NMJ_INLINE double nmj_endplate_ACh(const nmj_endplate_model *p, const double *x) {
  const double *w = x + p->n_state + p->n_source;
  double sum = p->n_recapture > 0 ? w[0] : 0.0;
  int j;
  for (j = 0; j < p->n_ACh; ++j) sum += w[1 + j];
  return sum;
}

/* Whether less than half a receptor or molecule is away from rest (30 pS, 0.5 uV): the junction may sleep, x = 0. */
NMJ_INLINE int nmj_endplate_at_rest(const nmj_endplate_model *p, const double *x) {
  double sum = 0.0;
  int i;
  for (i = 0; i < p->n_state; ++i) sum += fabs(x[i]);
  for (i = 0; i < p->n_source; ++i) sum += fabs(x[p->n_state + i]) * p->step_s;
  for (i = 0; i <= p->n_ACh; ++i) sum += fabs(x[p->n_state + p->n_source + i]);
  return sum < 0.5;
}

NMJ_PRECISE_END

#endif
