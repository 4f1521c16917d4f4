/* nmj/quantum_solve.h - the time stepping of nmj/quantum.h (included by it; see there for units, aliasing and reasons). */
#ifndef NMJ_QUANTUM_SOLVE_H
#define NMJ_QUANTUM_SOLVE_H

#include "quantum.h"

NMJ_INLINE double *nmj_quantum_take(double **space, ptrdiff_t size) {
  double *start = *space;
  *space += size;
  return start;
}

/* Cubic Hermite interpolation: linear in its arguments, so that it keeps linear invariants. */
NMJ_INLINE double nmj_quantum_hermite(double x, double h_s, double y0, double y1, double f0, double f1) {
  const double d = y1 - y0;
  return y0 + x * (h_s * f0 + x * ((3.0 * d - h_s * (2.0 * f0 + f1)) + x * (h_s * (f0 + f1) - 2.0 * d)));
}

/* Set geometry, start values and pointers; returns 0, or -3 for a problem that cannot be solved. */
NMJ_INLINE int nmj_quantum_begin(const nmj_quantum_problem *p, nmj_quantum_work *w, double **space, double *y) {
  const int n = p->n_cell, k = p->n_state, m = k + 2;
  const double avogadro_per_m3 = 6.02214076e23 * 1e3; /* (molecules/m^3) per (mol/l) */
  double filled = 0.0;
  int i, a;
  if (n < 3 || k < 1 || k > NMJ_QUANTUM_MAX_STATE || p->n_knot < 1) return -3;
  w->p = p;
  w->q0 = nmj_quantum_take(space, k * k);
  w->qb = nmj_quantum_take(space, k * k);
  w->dq0 = nmj_quantum_take(space, k * k);
  w->dqb = nmj_quantum_take(space, k * k);
  w->free0 = nmj_quantum_take(space, k);
  w->freeb = nmj_quantum_take(space, k);
  w->dfree0 = nmj_quantum_take(space, k);
  w->dfreeb = nmj_quantum_take(space, k);
  w->lu = nmj_quantum_take(space, (ptrdiff_t)n * k * k);
  w->z = nmj_quantum_take(space, (ptrdiff_t)n * k);
  w->volume_l = nmj_quantum_take(space, n);
  w->conduct = nmj_quantum_take(space, n);
  w->zc = nmj_quantum_take(space, n);
  w->diag = nmj_quantum_take(space, n);
  w->lower = nmj_quantum_take(space, n);
  w->upper = nmj_quantum_take(space, n);
  w->vesicle = nmj_quantum_take(space, n);
  w->escape = nmj_quantum_take(space, 1);
  for (i = 0; i < n; ++i) {
    const double r = 0.5 * (p->edge_m[i] + p->edge_m[i + 1]);
    const double next = i + 1 < n ? 0.5 * (p->edge_m[i + 1] + p->edge_m[i + 2]) : p->edge_m[n];
    const double ring = 2.0 * 3.14159265358979323846 * p->edge_m[i + 1] * p->width_m;
    const double receptors = p->receptors_per_m2 * (p->receptors ? p->receptors[i] : 1.0) * nmj_quantum_area(p, i);
    w->volume_l[i] = nmj_quantum_volume(p, i) * avogadro_per_m3;
    w->conduct[i] = p->diffusion_m2_per_s * ring / (next - r) * avogadro_per_m3;
    for (a = 0; a < k; ++a) y[i * m + 1 + a] = receptors * p->start[a];
    y[i * m] = 0.0;
    y[i * m + k + 1] = 0.0;
    if (p->edge_m[i + 1] <= p->release_radius_m * (1.0 + 1e-9)) filled += nmj_quantum_area(p, i);
  }
  *w->escape = p->absorbing ? w->conduct[n - 1] / w->volume_l[n - 1] : 0.0;
  y[n * m] = y[n * m + 1] = y[n * m + 2] = 0.0;
  if (p->pore_expansion_m_per_s > 0.0) {
    y[n * m] = p->molecules;
  } else {
    if (!(filled > 0.0)) return -3;
    for (i = 0; i < n && p->edge_m[i + 1] <= p->release_radius_m * (1.0 + 1e-9); ++i)
      y[i * m] = p->molecules * nmj_quantum_area(p, i) / filled;
  }
  return 0;
}

/* Solve from t = 0 to the last sample.
 *   sample_s  IN  [n_sample] ascending times >= 0
 *   rows      OUT [n_sample][n_state + 5] numbers of receptors in each state, then ACh free in the cleft, in the vesicle, on AChE,
 *                 hydrolysed, escaped over the edge
 *   conc_M    OUT [n_sample][n_cell] free ACh, or NULL
 *   work      nmj_quantum_workspace(p) doubles
 * Returns 0; -1 too many steps; -2 the step size broke down; -3 malformed problem. */
NMJ_INLINE int nmj_quantum_solve(const nmj_quantum_problem *p, int32_t n_sample, const double *sample_s, double *rows,
                                 double *conc_M, double *work, nmj_quantum_record *record) {
  static const double M[4] = {2.0, 0.0, 1.0, 1.0};
  const int n = p->n_cell, m = nmj_quantum_stride(p), size = nmj_quantum_unknowns(p), row = nmj_quantum_row(p);
  const double end_s = n_sample > 0 ? sample_s[n_sample - 1] : 0.0;
  double t = 0.0, h = p->min_step_s * 10.0, *k[4], *y, *f, *trial, *fdot, *row0, *row1, *space = work;
  nmj_quantum_work w;
  int sample = 0, status, i, a, fresh = 1, rejected = 0;
  record->n_step = record->n_reject = 0;
  record->t_s = 0.0;
  y = nmj_quantum_take(&space, size);
  f = nmj_quantum_take(&space, size);
  trial = nmj_quantum_take(&space, size);
  fdot = nmj_quantum_take(&space, size);
  for (i = 0; i < 4; ++i) k[i] = nmj_quantum_take(&space, size);
  row0 = nmj_quantum_take(&space, row);
  row1 = nmj_quantum_take(&space, row);
  status = nmj_quantum_begin(p, &w, &space, y);
  if (status) return status;
  nmj_quantum_rates(&w, 0.0);
  nmj_quantum_slope(&w, 0.0, y, f);
  while (sample < n_sample) {
    double g, error = 0.0, step = h, next_t;
    int knot;
    if (record->n_step + record->n_reject >= p->max_steps) return -1;
    if (step > p->max_step_s) step = p->max_step_s;
    if (t + step > end_s && end_s > t) step = end_s - t > p->min_step_s ? end_s - t : p->min_step_s;
    for (knot = 0; knot < p->n_knot && p->n_knot > 1; ++knot) { /* do not step across a kink of the rates */
      const double left = p->knot_s[knot] - t;
      if (left > p->min_step_s) {
        if (step > left) step = left;
        break;
      }
    }
    next_t = t + step;
    g = 2.0 / step; /* 1 / (gamma h), gamma = 1/2 */
    nmj_quantum_rates(&w, t + 0.25 * p->min_step_s);
    if (fresh) nmj_quantum_slope(&w, t, y, f); /* the rates' slope may have changed at a knot */
    fresh = p->n_knot > 1;
    nmj_quantum_drift(&w, t, y, fdot);
    nmj_quantum_factor(&w, t, y, g);
    for (i = 0; i < size; ++i) k[0][i] = f[i] + 0.5 * step * fdot[i];
    nmj_quantum_backsolve(&w, y, g, k[0]);
    for (i = 0; i < size; ++i) k[1][i] = f[i] + 4.0 / step * k[0][i] + 1.5 * step * fdot[i];
    nmj_quantum_backsolve(&w, y, g, k[1]);
    for (i = 0; i < size; ++i) trial[i] = y[i] + 2.0 * k[0][i];
    for (a = 2; a < 4; ++a) {
      if (p->n_knot > 1) nmj_quantum_rates(&w, next_t - 0.25 * p->min_step_s);
      nmj_quantum_slope(&w, next_t, trial, k[a]);
      if (p->n_knot > 1) nmj_quantum_rates(&w, t + 0.25 * p->min_step_s); /* the factors belong to t */
      for (i = 0; i < size; ++i) k[a][i] += (k[0][i] - k[1][i]) / step - (a == 3 ? 8.0 / 3.0 / step * k[2][i] : 0.0);
      nmj_quantum_backsolve(&w, y, g, k[a]);
      if (a == 2)
        for (i = 0; i < size; ++i) trial[i] = y[i] + 2.0 * k[0][i] + k[2][i];
    }
    for (i = 0; i < size; ++i) {
      trial[i] = y[i] + M[0] * k[0][i] + M[2] * k[2][i] + M[3] * k[3][i];
      {
        const double e = k[3][i] / (p->atol_molecules + p->rtol * fabs(trial[i]));
        error += e * e;
      }
    }
    error = sqrt(error / (double)size);
    if (!(error <= 1.0)) { /* also catches NaN */
      record->n_reject++;
      rejected = 1;
      if (step <= p->min_step_s) return -2;
      h = step * (error > 1.0 && error < 1e6 ? fmax(0.2, 0.9 / cbrt(error)) : 0.1);
      continue;
    }
    nmj_quantum_totals(p, y, row0);
    nmj_quantum_totals(p, trial, row1);
    if (p->n_knot > 1) nmj_quantum_rates(&w, next_t - 0.25 * p->min_step_s);
    nmj_quantum_slope(&w, next_t, trial, k[0]);
    nmj_quantum_totals(p, f, k[1]);
    nmj_quantum_totals(p, k[0], k[2]);
    while (sample < n_sample && sample_s[sample] <= next_t + 1e-3 * p->min_step_s) {
      const double x = (sample_s[sample] - t) / step;
      double *out = rows + (ptrdiff_t)sample * row;
      for (i = 0; i < row; ++i) out[i] = nmj_quantum_hermite(x, step, row0[i], row1[i], k[1][i], k[2][i]);
      if (conc_M)
        for (i = 0; i < n; ++i)
          conc_M[(ptrdiff_t)sample * n + i] =
              nmj_quantum_hermite(x, step, y[i * m], trial[i * m], f[i * m], k[0][i * m]) / w.volume_l[i];
      ++sample;
    }
    for (i = 0; i < size; ++i) {
      y[i] = trial[i];
      f[i] = k[0][i];
    }
    t = next_t;
    record->n_step++;
    record->t_s = t;
    h = step * fmin(rejected ? 1.0 : 4.0, fmax(0.2, 0.9 / cbrt(error + 1e-12)));
    rejected = 0;
  }
  return 0;
}

#endif
