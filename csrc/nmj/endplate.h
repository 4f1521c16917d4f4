/* nmj/endplate.h - the receptors of one junction: every quantum is a short source of bound receptors, the rest is exact.
 *
 * State of a junction, x[nmj_endplate_size]:
 *   S[n_state]   numbers of receptors in every state but the resting one
 *   N            all receptors; only if receptors leave rest without a quantum (n_restless = 1: in drugs or a bath of agonist)
 *   m[n_source]  rates (1/s) at which free ACh of the released quanta is now binding: one exponential each, into one state each
 *   w            ACh molecules set free by dissociation and still near receptors
 *   a[n_ACh]     free ACh of the quanta, in molecules (for looking at)
 *   o[n_overlap] quanta released before, each decaying at its own rate: what the next ones overlap with
 * Equations, with Q0(v) the scheme's generator without ACh; source j leads into state source_target[j]:
 *   dS/dt = S Q0(v) + sources + g(density) w / tau (and out of rest, N - sum of S of them),
 *   dm_j/dt = -m_j / tau_j,   dw/dt = (ACh set free by S) - w / tau
 * A quantum adds amplitudes A[density] to m and a. Everything is linear in quanta. S and m are advanced exactly over a sub-step at
 * constant v (a matrix exponential, tabulated against v: cubic between the nodes for S, the nearest node for what binds within the
 * sub-step). Only for what is set free and recaptured within one sub-step is it assumed that it was set free at a constant rate.
 * Once no quantum is due and what fast sources still bring is small (nmj_endplate_is_smooth), a junction *leaps*: one propagator of the
 * whole step of n_leap sub-steps, exact at constant v with recapture included, linear between nodes of voltage and of log density
 * (which recapture follows); it gives the mean of open channels over the step too, so that no charge is lost.
 * Overlap (n_overlap > 0, AChE inhibited): a quantum gains in peak and charge from those released before it, sum over k of
 * overlap_gain[k] o[k], which saturates where they are many. Quanta released together so share what both gain. The gain is a factor on
 * the quantum and a part of what it binds later (overlap_amplitude_per_s), in the proportion (overlap_mix) that gives both peak and
 * charge; others stay as they were.
 * What receptors lose to desensitisation lowers the free density, the caller's argument; receptors held by earlier quanta of the same
 * impulse do not: release sites lie about 1 um apart at random.
 *
 * Units: SI, v in mV (_mV), log_density = natural logarithm of free receptors / receptors of the table (<= 0; clamped above).
 * Aliasing: x must not overlap the model. Thread-safe: the model is read only, one junction per call.
 * Cost: a sub-step or a leap is about (n_state + n_source) rows of multiply-adds, without n_source once the sources have died away.
 * Why not Brian equations: rates up to 4e5/s are 40 times too fast for dt = 0.1 ms, and quanta enter between time steps.
 */
#ifndef NMJ_ENDPLATE_H
#define NMJ_ENDPLATE_H

#include "config.h"
#include "endplate_model.h"

NMJ_PRECISE_BEGIN

/* Add `q` times tabulated amplitudes to S, w and the sources, a residual after release: at node r with four weights. */
NMJ_INLINE void nmj_endplate_enter(const nmj_endplate_model *p, double *x, const double *entry, const double *amplitude, double q, int d,
                                   double across, int r, const double *weight) {
  const int ns = p->n_state, nj = p->n_source, row = ns + 1;
  double *m = x + nmj_endplate_sources(p), *w = m + nj;
  int i, j, k;
  entry += ((ptrdiff_t)d * p->n_residual + r) * row;
  amplitude += (ptrdiff_t)d * nj;
  for (k = 0; k < 4; ++k) {
    const double *e0 = entry + k * row, *e1 = e0 + (ptrdiff_t)p->n_residual * row, f = q * weight[k];
    for (i = 0; i < ns; ++i) x[i] += f * (e0[i] + across * (e1[i] - e0[i]));
    if (p->n_recapture > 0) *w += f * (e0[ns] + across * (e1[ns] - e0[ns]));
  }
  for (j = 0; j < nj; ++j) {
    const double *t = p->source_residual + (ptrdiff_t)r * nj + j;
    const double left = weight[0] * t[0] + weight[1] * t[nj] + weight[2] * t[2 * nj] + weight[3] * t[3 * nj];
    m[j] += q * left * (amplitude[j] + across * (amplitude[nj + j] - amplitude[j]));
  }
}

/* What a quantum gains from those before it, o: a factor on itself (*more) and on its late part (*late). */
NMJ_INLINE void nmj_endplate_overlap(const nmj_endplate_model *p, const double *o, int d, double across, double *more, double *late) {
  const double *mix = p->overlap_mix + (ptrdiff_t)d * 4;
  double peak = 0.0, charge = 0.0, left;
  int k;
  for (k = 0; k < p->n_overlap; ++k) {
    peak += p->overlap_gain[2 * k] * o[k];
    charge += p->overlap_gain[2 * k + 1] * o[k];
  }
  left = 1.0 / (1.0 + p->overlap_saturation * (charge > 0.0 ? charge : 0.0));
  *more = left * (peak * (mix[0] + across * (mix[4] - mix[0])) + charge * (mix[2] + across * (mix[6] - mix[2])));
  *late = left * (peak * (mix[1] + across * (mix[5] - mix[1])) + charge * (mix[3] + across * (mix[7] - mix[3])));
}

/* Add a quantum of relative size `size`, released residual_s before the end of the sub-step just advanced: call it after
 * nmj_endplate_substep of that sub-step. What its receptors do within the residual is tabulated at the holding voltage. */
NMJ_INLINE void nmj_endplate_inject(const nmj_endplate_model *p, double *x, double size, double residual_s, double log_density) {
  const int na = p->n_ACh;
  double weight[4], across, scale, *a = x + nmj_endplate_sources(p) + p->n_source + 1, *o = a + na;
  const int d = nmj_endplate_node(p, log_density, &across, &scale);
  const int r = nmj_endplate_cubic(residual_s / p->step_s * (double)(p->n_residual - 1), p->n_residual, weight);
  const double *ach = p->ACh_amplitude + (ptrdiff_t)d * na;
  double q = size * scale;
  int j;
  if (p->n_overlap > 0) {
    double more, late;
    nmj_endplate_overlap(p, o, d, across, &more, &late);
    nmj_endplate_enter(p, x, p->overlap_entry, p->overlap_amplitude_per_s, q * late, d, across, r, weight);
    q += q * more;
    for (j = 0; j < p->n_overlap; ++j) o[j] += size;
  }
  nmj_endplate_enter(p, x, p->entry, p->amplitude_per_s, q, d, across, r, weight);
  for (j = 0; j < na; ++j) { /* free ACh does not vanish with the receptors: no `scale` */
    const double *t = p->ACh_residual + (ptrdiff_t)r * na + j;
    const double left = weight[0] * t[0] + weight[1] * t[na] + weight[2] * t[2 * na] + weight[3] * t[3 * na];
    a[j] += size * left * (ach[j] + across * (ach[na + j] - ach[j]));
  }
}

/* What recaptures, and how fast overlap fades, at one free density: junctions of equal density share it. */
typedef struct {
  double gain[NMJ_ENDPLATE_MAX_STATE]; /* [n_recapture] */
  int leap_page;                       /* where the density lies among the pages of a leap, */
  double leap_across;                  /* and its distance to the next page */
  double fade[NMJ_ENDPLATE_MAX_OVERLAP]; /* [n_overlap] factors over one sub-step */
} nmj_endplate_recapture;

NMJ_INLINE void nmj_endplate_recapture_at(const nmj_endplate_model *p, double log_density, nmj_endplate_recapture *r) {
  const int nr = p->n_recapture;
  const double u = (p->leap_log_density - log_density) / p->dleap_log_density;
  const int last = p->n_leap_gain - 2; /* the last page with recapture */
  double across, scale;
  const ptrdiff_t d = nmj_endplate_node(p, log_density, &across, &scale);
  const double *g = p->gain + d * nr, *o = p->n_overlap > 0 ? p->overlap_decay + d * p->n_overlap : NULL;
  int k;
  for (k = 0; k < p->n_overlap; ++k) r->fade[k] = o[k] + across * (o[p->n_overlap + k] - o[k]);
  for (k = 0; k < nr; ++k) {
    r->gain[k] = scale * (g[k] + across * (g[nr + k] - g[k]));
  }
  r->leap_page = 0;
  r->leap_across = 0.0;
  if (last < 0 || !(u > 1e-9)) return; /* one page, or at least the density of the first */
  r->leap_page = u < (double)last ? (int)u : last;
  if (r->leap_page < last) r->leap_across = u - (double)r->leap_page;
  else r->leap_across = 1.0 - exp(((double)last - u) * p->dleap_log_density); /* gains are proportional to density there */
}

/* The propagator at one voltage: what a stretch of sub-steps shares. */
typedef struct {
  const double *column; /* [n_state + n_restless + 2 n_recapture][row] */
  const double *source; /* [n_source][row] */
} nmj_endplate_moment;

/* Doubles of the buffer that nmj_endplate_prepare may fill. */
#define NMJ_ENDPLATE_BUFFER ((3 * NMJ_ENDPLATE_MAX_STATE + 1) * NMJ_ENDPLATE_MAX_ROW)

/* Prepare to advance at v_mV. buffer OUT [NMJ_ENDPLATE_BUFFER] must live as long as *now. */
NMJ_INLINE void nmj_endplate_prepare(const nmj_endplate_model *p, double v_mV, double *buffer, nmj_endplate_moment *now) {
  now->column = p->propagator;
  now->source = p->source_propagator;
  if (p->n_voltage > 1) {
    double weight[4];
    const int row = NMJ_ENDPLATE_ROW(p->n_state);
    const ptrdiff_t page = (ptrdiff_t)(nmj_endplate_sources(p) + 2 * p->n_recapture) * row;
    const ptrdiff_t first = nmj_endplate_cubic((v_mV - p->v0_mV) / p->dv_mV, p->n_voltage, weight);
    const double *t = p->propagator + first * page;
    ptrdiff_t i;
    int nearest = 0;
    for (i = 0; i < page; ++i)
      buffer[i] = weight[0] * t[i] + weight[1] * t[i + page] + weight[2] * t[i + 2 * page] + weight[3] * t[i + 3 * page];
    now->column = buffer;
    for (i = 1; i < 4; ++i)
      if (weight[i] > weight[nearest]) nearest = (int)i;
    now->source += (first + nearest) * (ptrdiff_t)p->n_source * row;
  }
}

/* out += sum over columns of column * value; what is zero (a source that has died away) is skipped. */
NMJ_INLINE void nmj_endplate_sum(const double *NMJ_RESTRICT column, int count, const double *NMJ_RESTRICT value, double scale,
                                 const int row, double *NMJ_RESTRICT out) {
  double sum[NMJ_ENDPLATE_MAX_ROW];
  int c, i;
  for (i = 0; i < row; ++i) sum[i] = out[i];
  for (c = 0; c < count; ++c) {
    const double *t = column + (ptrdiff_t)c * row, x = scale * value[c];
    if (x == 0.0) continue;
    for (i = 0; i < row; ++i) sum[i] += t[i] * x;
  }
  for (i = 0; i < row; ++i) out[i] = sum[i];
}

NMJ_INLINE void nmj_endplate_columns(const double *column, int count, const double *value, double scale, int row, double *out) {
  switch (row) { /* literal sizes of common schemes: the sums stay in registers, with the same result */
    case 4: nmj_endplate_sum(column, count, value, scale, 4, out); return;
    case 8: nmj_endplate_sum(column, count, value, scale, 8, out); return;
    case 12: nmj_endplate_sum(column, count, value, scale, 12, out); return;
    default: nmj_endplate_sum(column, count, value, scale, row, out);
  }
}

/* Advance one sub-step. */
NMJ_INLINE void nmj_endplate_advance(const nmj_endplate_model *p, const nmj_endplate_moment *now, const double *gain, double *x) {
  const int ns = p->n_state, nc = nmj_endplate_sources(p), nj = p->n_source, na = p->n_ACh, nr = p->n_recapture;
  const int row = NMJ_ENDPLATE_ROW(ns);
  double out[NMJ_ENDPLATE_MAX_ROW];
  double *m = x + nc, *w = m + nj, *a = w + 1;
  int i, j, k;
  for (i = 0; i < row; ++i) out[i] = 0.0;
  nmj_endplate_columns(now->column, nc, x, 1.0, row, out);
  nmj_endplate_columns(now->source, nj, m, 1.0, row, out);
  for (j = 0; j < nj; ++j) m[j] *= p->source_decay[j];
  for (j = 0; j < na; ++j) a[j] *= p->ACh_decay[j];
  if (nr > 0) {
    double back[NMJ_ENDPLATE_MAX_STATE];
    for (k = 0; k < nr; ++k) back[k] = gain[k] * *w / p->recapture_tau_s;
    nmj_endplate_columns(now->column + (ptrdiff_t)nc * row, nr, back, 1.0, row, out);
    for (k = 0; k < nr; ++k) back[k] = gain[k] * out[ns + 1];
    out[ns + 1] = 0.0;
    nmj_endplate_columns(now->column + (ptrdiff_t)(nc + nr) * row, nr, back, 1.0, row, out);
    *w = *w * p->recapture_decay + out[ns] + out[ns + 1]; /* what left w twice within the sub-step waits for the next */
  }
  for (i = 0; i < ns; ++i) x[i] = out[i];
}

/* Let what quanta overlap with fade over `count` sub-steps. */
NMJ_INLINE void nmj_endplate_fade(const nmj_endplate_model *p, const double *fade, int count, double *x) {
  double *o = x + nmj_endplate_sources(p) + p->n_source + 1 + p->n_ACh;
  int k, i;
  for (k = 0; k < p->n_overlap; ++k)
    for (i = 0; i < count; ++i) o[k] *= fade[k];
}

/* What has died away is zero; once per step, so that there are no denormal numbers. */
NMJ_INLINE void nmj_endplate_settle(const nmj_endplate_model *p, double *x) {
  const double dead = 1e-15 / p->step_s; /* receptors per sub-step */
  double *m = x + nmj_endplate_sources(p), *a = m + p->n_source + 1;
  int j;
  for (j = 0; j < p->n_source; ++j)
    if (fabs(m[j]) < dead) m[j] = 0.0;
  for (j = 0; j < p->n_ACh + p->n_overlap; ++j)
    if (fabs(a[j]) < 1e-15) a[j] = 0.0;
}

/* Advance one sub-step at constant voltage: all of the above. */
NMJ_INLINE void nmj_endplate_substep(const nmj_endplate_model *p, double *x, double v_mV, double log_density) {
  double buffer[NMJ_ENDPLATE_BUFFER];
  nmj_endplate_moment now;
  nmj_endplate_recapture back;
  nmj_endplate_recapture_at(p, log_density, &back);
  nmj_endplate_prepare(p, v_mV, buffer, &now);
  nmj_endplate_advance(p, &now, back.gain, x);
  nmj_endplate_fade(p, back.fade, 1, x);
  nmj_endplate_settle(p, x);
}

#define NMJ_ENDPLATE_SMOOTH 0.02

/* Whether open channels bend little within a leap: what fast sources still bring is at most NMJ_ENDPLATE_SMOOTH of `open` or of one
 * receptor. The conductance at any moment of the leap is then within about a fifth of that share of its value; its mean is exact. */
NMJ_INLINE int nmj_endplate_is_smooth(const nmj_endplate_model *p, const double *x, double open) {
  const double *m = x + nmj_endplate_sources(p);
  double coming = 0.0;
  int j;
  for (j = 0; j < p->n_source; ++j) coming += fabs(m[j]) * p->fast_s[j];
  return coming <= NMJ_ENDPLATE_SMOOTH * (open > 1.0 ? open : 1.0);
}

/* Advance n_leap sub-steps at once, without quanta; returns the mean of open channels over them. */
NMJ_INLINE double nmj_endplate_leap(const nmj_endplate_model *p, double v_mV, const nmj_endplate_recapture *back, double *x) {
  const int ns = p->n_state, nc = nmj_endplate_sources(p), nj = p->n_source, na = p->n_ACh;
  const int row = NMJ_ENDPLATE_ROW(ns);
  const ptrdiff_t page = (ptrdiff_t)(nc + 1 + nj) * row;
  double out[NMJ_ENDPLATE_MAX_ROW], across = 0.0;
  double *m = x + nc, *w = m + nj, *a = w + 1;
  int node = 0, i, j, k, sources = 0;
  for (i = 0; i < row; ++i) out[i] = 0.0;
  if (p->n_leap_voltage > 1) {
    double u = (v_mV - p->v0_mV) / p->dv_leap_mV;
    if (!(u > 0.0)) u = 0.0;
    if (u > (double)(p->n_leap_voltage - 1)) u = (double)(p->n_leap_voltage - 1);
    node = (int)u;
    if (node > p->n_leap_voltage - 2) node = p->n_leap_voltage - 2;
    across = u - (double)node;
  }
  for (j = 0; j < nj; ++j) sources |= m[j] != 0.0;
  for (k = 0; k < 2; ++k) {
    const double near = k ? back->leap_across : 1.0 - back->leap_across;
    const double *t = p->leap + (ptrdiff_t)((back->leap_page + (near > 0.0 ? k : 0)) * p->n_leap_voltage + node) * page;
    for (i = 0; i < 2 && near > 0.0; ++i, t += page) {
      const double f = near * (i ? across : 1.0 - across);
      if (f == 0.0) continue;
      nmj_endplate_columns(t, nc, x, f, row, out);
      nmj_endplate_columns(t + (ptrdiff_t)nc * row, 1, w, f, row, out);
      if (sources) nmj_endplate_columns(t + (ptrdiff_t)(nc + 1) * row, nj, m, f, row, out);
    }
  }
  for (i = 0; i < ns; ++i) x[i] = out[i];
  *w = out[ns];
  for (j = 0; j < nj; ++j) m[j] *= p->leap_source_decay[j];
  for (j = 0; j < na; ++j) a[j] *= p->leap_ACh_decay[j];
  nmj_endplate_settle(p, x);
  return out[ns + 1];
}

NMJ_PRECISE_END

#endif
