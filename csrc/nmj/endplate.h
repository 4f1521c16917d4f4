/* nmj/endplate.h - the receptors of one junction: every quantum is a short source of bound receptors, the rest is exact.
 *
 * State of a junction, x[nmj_endplate_size]:
 *   S[n_state]            deviations of the numbers of receptors from rest, every state but the resting one
 *   m[n_target][n_mode]   rate at which free ACh of the released quanta is now binding into each target state (1/s): exponentials
 *   w                     ACh molecules set free by dissociation and still near receptors
 *   a[n_mode]             free ACh of the quanta, in molecules (for looking at)
 * Equations, with Q0(v) the scheme's generator without ACh and target k:
 *   dS/dt = S Q0(v) + sum_j m[k][j] + g_k(density) w / tau,   dm[k][j]/dt = -m[k][j] / tau_j,
 *   dw/dt = (ACh set free by S) - w / tau
 * A quantum adds amplitudes A[density] to m and a. Everything is linear in quanta. S and m are advanced exactly over a sub-step at
 * constant v (a matrix exponential, tabulated against v, cubic between the nodes). Only ACh set free and recaptured within the same
 * sub-step is added at its end (second order in step/tau, 0.1 % of a correction).
 * What receptors lose to desensitisation lowers the free density, the caller's argument; receptors held by earlier quanta of the same
 * impulse do not: release sites lie about 1 um apart at random.
 *
 * Units: SI, v in mV (_mV), log_density = natural logarithm of free receptors / receptors of the table (<= 0; clamped above).
 * Aliasing: x must not overlap the model. Thread-safe: the model is read only, one junction per call.
 * Cost: (n_state + 2) (n_state + n_target (n_mode + 1)) multiply-adds per sub-step, four times that if rates depend on v; about a
 * fifth of it once the sources have died away.
 * Why not Brian equations: rates up to 4e5/s are 40 times too fast for dt = 0.1 ms, and quanta enter between time steps.
 */
#ifndef NMJ_ENDPLATE_H
#define NMJ_ENDPLATE_H

#include "config.h"

NMJ_PRECISE_BEGIN

#define NMJ_ENDPLATE_MAX_STATE 32

typedef struct {
  int32_t n_state, n_target, n_mode;
  int32_t n_voltage;                      /* 1: rates do not depend on voltage */
  int32_t n_density, n_residual;          /* nodes in log density; nodes over one sub-step, at least 4 */
  int32_t recaptures;                     /* 0: no rebinding variable (rates do not depend on voltage) */
  double v0_mV, dv_mV;                    /* voltage nodes v0 + i dv */
  double log_density0, dlog_density;      /* density nodes */
  double step_s, recapture_tau_s;
  const double *propagator;               /* [n_voltage][n_state + n_target (n_mode + 1)][n_state + 2] */
  const double *decay;                    /* [n_mode + 1] factors over one sub-step: modes, then w */
  const double *pole_per_s;               /* [n_mode] 1 / tau_j */
  const double *amplitude;                /* [n_density][n_target n_mode] of one quantum at its release */
  const double *entry;                    /* [n_density][n_residual][n_state + 2] what a quantum has done after each residual */
  const double *gain;                     /* [n_density][n_target] recapture */
  const double *ACh;                      /* [n_density][n_mode] molecules */
  const double *open, *desensitized;      /* [n_state] 1 or 0 */
  const int32_t *target;                  /* [n_target] tracked state */
} nmj_endplate_model;

/* Doubles of state per junction. */
NMJ_INLINE int nmj_endplate_size(const nmj_endplate_model *p) {
  return p->n_state + p->n_target * p->n_mode + 1 + p->n_mode;
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

/* Add a quantum of relative size `size`, released residual_s before the end of the sub-step just advanced. Call after
 * nmj_endplate_substep of that sub-step. The entry of its receptors within the residual is tabulated at the holding voltage. */
NMJ_INLINE void nmj_endplate_inject(const nmj_endplate_model *p, double *x, double size, double residual_s, double log_density) {
  const int ns = p->n_state, nt = p->n_target, nm = p->n_mode, row = ns + 2;
  double weight[4], across, scale, *m = x + ns, *w = m + nt * nm, *a = w + 1;
  const int d = nmj_endplate_node(p, log_density, &across, &scale);
  const int r = nmj_endplate_cubic(residual_s / p->step_s * (double)(p->n_residual - 1), p->n_residual, weight);
  const double *entry = p->entry + ((ptrdiff_t)d * p->n_residual + r) * row;
  const double *amplitude = p->amplitude + (ptrdiff_t)d * nt * nm, *ach = p->ACh + (ptrdiff_t)d * nm;
  const double q = size * scale;
  int i, j, k;
  for (k = 0; k < 4; ++k) {
    const double *e0 = entry + k * row, *e1 = e0 + (ptrdiff_t)p->n_residual * row;
    const double f = q * weight[k];
    for (i = 0; i < ns; ++i) x[i] += f * (e0[i] + across * (e1[i] - e0[i]));
    if (p->recaptures) *w += f * (e0[ns] + across * (e1[ns] - e0[ns]));
  }
  for (j = 0; j < nm; ++j) {
    const double decay = exp(-p->pole_per_s[j] * residual_s);
    for (k = 0; k < nt; ++k) {
      const double *b = amplitude + k * nm + j;
      m[k * nm + j] += q * decay * (b[0] + across * (b[nt * nm] - b[0]));
    }
    /* free ACh does not vanish with the receptors: no `scale` */
    a[j] += size * decay * (ach[j] + across * (ach[nm + j] - ach[j]));
  }
}

/* out += sum over columns of column * value, four voltage nodes at once or one. */
NMJ_INLINE void nmj_endplate_columns(const nmj_endplate_model *p, const double *table, const double *weight, int first, int count,
                                     const double *value, double *out) {
  const int row = p->n_state + 2;
  const ptrdiff_t page = (ptrdiff_t)(p->n_state + p->n_target * (p->n_mode + 1)) * row;
  int c, i;
  for (c = 0; c < count; ++c) {
    const double *t = table + (ptrdiff_t)(first + c) * row, x = value[c];
    if (p->n_voltage == 1) {
      for (i = 0; i < row; ++i) out[i] += t[i] * x;
    } else {
      const double x0 = weight[0] * x, x1 = weight[1] * x, x2 = weight[2] * x, x3 = weight[3] * x;
      for (i = 0; i < row; ++i) out[i] += t[i] * x0 + t[i + page] * x1 + t[i + 2 * page] * x2 + t[i + 3 * page] * x3;
    }
  }
}

/* Advance one sub-step at constant voltage. */
NMJ_INLINE void nmj_endplate_substep(const nmj_endplate_model *p, double *x, double v_mV, double log_density) {
  const int ns = p->n_state, nt = p->n_target, nm = p->n_mode, row = ns + 2;
  const double tiny = 1e-15 / p->step_s;
  double out[NMJ_ENDPLATE_MAX_STATE + 2], weight[4] = {1.0, 0.0, 0.0, 0.0};
  double *m = x + ns, *w = m + nt * nm, *a = w + 1, source = 0.0;
  const double *table = p->propagator;
  int i, j, k;
  for (i = 0; i < row; ++i) out[i] = 0.0;
  if (p->n_voltage > 1)
    table += (ptrdiff_t)nmj_endplate_cubic((v_mV - p->v0_mV) / p->dv_mV, p->n_voltage, weight) * (ns + nt * (nm + 1)) * row;
  nmj_endplate_columns(p, table, weight, 0, ns, x, out);
  for (i = 0; i < nt * nm; ++i) source += fabs(m[i]);
  if (source > 0.0) {
    nmj_endplate_columns(p, table, weight, ns, nt * nm, m, out);
    for (k = 0; k < nt; ++k)
      for (j = 0; j < nm; ++j) {
        m[k * nm + j] *= p->decay[j];
        if (fabs(m[k * nm + j]) < tiny) m[k * nm + j] = 0.0; /* dead: no denormals, and the block is skipped */
      }
  }
  for (j = 0; j < nm; ++j) {
    a[j] *= p->decay[j];
    if (fabs(a[j]) < 1e-15) a[j] = 0.0;
  }
  if (p->recaptures) {
    double across, scale, gain[NMJ_ENDPLATE_MAX_STATE], back[NMJ_ENDPLATE_MAX_STATE];
    const double *g = p->gain + (ptrdiff_t)nmj_endplate_node(p, log_density, &across, &scale) * nt;
    for (k = 0; k < nt; ++k) {
      gain[k] = scale * (g[k] + across * (g[nt + k] - g[k]));
      back[k] = gain[k] * *w / p->recapture_tau_s;
    }
    nmj_endplate_columns(p, table, weight, ns + nt * nm, nt, back, out);
    *w = *w * p->decay[nm] + out[ns];
    for (k = 0; k < nt; ++k) out[p->target[k]] += gain[k] * out[ns + 1];
  }
  for (i = 0; i < ns; ++i) x[i] = out[i];
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
  const double *w = x + p->n_state + p->n_target * p->n_mode;
  double sum = p->recaptures ? w[0] : 0.0;
  int j;
  for (j = 0; j < p->n_mode; ++j) sum += w[1 + j];
  return sum;
}

/* Whether less than a hundredth of a receptor or molecule is anywhere: the junction may sleep, with x = 0. */
NMJ_INLINE int nmj_endplate_at_rest(const nmj_endplate_model *p, const double *x) {
  const int sources = p->n_target * p->n_mode;
  double sum = 0.0;
  int i;
  for (i = 0; i < p->n_state; ++i) sum += fabs(x[i]);
  for (i = 0; i < sources; ++i) sum += fabs(x[p->n_state + i]) * p->step_s;
  for (i = 0; i <= p->n_mode; ++i) sum += fabs(x[p->n_state + sources + i]);
  return sum < 0.01;
}

NMJ_PRECISE_END

#endif
