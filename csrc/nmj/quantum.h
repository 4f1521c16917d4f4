/* nmj/quantum.h - one vesicle of acetylcholine (ACh) in the cleft: diffusion, hydrolysis and binding to receptors.
 *
 * The cleft is a disc, well mixed across its height (50 nm are crossed in about a microsecond). Per ring i of a graded radial grid:
 *   dn/dt  = diffusion + vesicle + release by receptors - binding to receptors - k_on c (E - C)
 *   dS/dt  = S (Q0 + c Qb)                   any receptor scheme, row = from
 *   dC/dt  = k_on c (E - C) - k_cat C        saturable AChE; k_cat C is hydrolysed for good
 * Junctional folds: each ring may have its own share of receptors, and a volume enlarged by the folds that open into it (well mixed);
 * diffusion between rings goes through the primary cleft alone.
 * n, S, C, E are numbers of molecules in the ring, c = n / (N_A volume). What crosses the outer edge (absorbing) is counted as escaped.
 * Time stepping is RODAS3 (Sandu et al. 1997, Atmos. Environ. 31:3459): L-stable Rosenbrock, order 3 with an embedded second order.
 * The Jacobian is exact, so every linear invariant (all ACh; receptors of each ring) is kept to rounding. In each ring the receptor
 * states and the enzyme are eliminated by a small LU (an M-matrix: no pivoting), which leaves one tridiagonal system in n.
 *
 * Units: SI, concentrations mol/l (_M). Aliasing: outputs and workspace must not overlap anything else. Thread-safe: no state.
 * Cost: about 60 us per step for 64 rings and 6 states; a quantum takes 150-400 steps.
 * Why not a Brian equation: several hundred stiff, coupled unknowns with time scales from 0.1 us to 10 ms, solved once per parameter
 * set and not once per synapse and time step.
 */
#ifndef NMJ_QUANTUM_H
#define NMJ_QUANTUM_H

#include "config.h"

#define NMJ_QUANTUM_MAX_STATE 32
#define NMJ_QUANTUM_TOTALS 5 /* after the states: free, in the vesicle, on AChE, hydrolysed, escaped */

typedef struct {
  int32_t n_cell, n_state, n_knot;  /* rings; receptor states; knots of the rate table (1 = constant rates) */
  const double *edge_m;             /* IN [n_cell + 1] radii of the ring edges, edge_m[0] = 0 */
  const double *knot_s;             /* IN [n_knot] times; rates are linear between knots, constant outside */
  const double *q0_per_s;           /* IN [n_knot][n_state][n_state] generator without ACh */
  const double *qb_per_M_s;         /* IN [n_knot][n_state][n_state] part proportional to ACh */
  const double *bound;              /* IN [n_state] ACh molecules bound in each state */
  const double *start;              /* IN [n_state] occupancies before release */
  double width_m, release_radius_m; /* height of the cleft; instantaneous release fills this disc (an edge of the grid) */
  double diffusion_m2_per_s, receptors_per_m2, ache_per_m2, ache_kon_per_M_s, ache_kcat_per_s;
  double molecules;
  double pore_expansion_m_per_s;    /* growth of the pore's radius; 0 = instantaneous release */
  double pore_length_m, vesicle_radius_m;
  int32_t absorbing;                /* outer edge: 1 absorbs, 0 is sealed */
  double rtol, atol_molecules;      /* error per step and unknown: atol + rtol |y| */
  double min_step_s, max_step_s;
  int32_t max_steps;
  const double *receptors;          /* IN [n_cell] receptors per area of each ring relative to receptors_per_m2; NULL: all 1 */
  const double *volume;             /* IN [n_cell] volume of each ring relative to its area times width_m; NULL: all 1 */
} nmj_quantum_problem;

typedef struct {
  int32_t n_step, n_reject;
  double t_s;
} nmj_quantum_record;

/* Unknowns of a ring lie together: n, the states, C; three totals at the end: vesicle, hydrolysed, escaped. */
NMJ_INLINE int nmj_quantum_stride(const nmj_quantum_problem *p) { return p->n_state + 2; }
NMJ_INLINE int nmj_quantum_unknowns(const nmj_quantum_problem *p) { return p->n_cell * nmj_quantum_stride(p) + 3; }
NMJ_INLINE int nmj_quantum_row(const nmj_quantum_problem *p) { return p->n_state + NMJ_QUANTUM_TOTALS; }

/* Doubles of workspace that nmj_quantum_solve needs. */
NMJ_INLINE int nmj_quantum_workspace(const nmj_quantum_problem *p) {
  const int k = p->n_state;
  return 8 * nmj_quantum_unknowns(p) + p->n_cell * (k * k + k + 8) + 4 * k * k + 4 * k + 2 * nmj_quantum_row(p) + 2;
}

typedef struct {
  const nmj_quantum_problem *p;
  double *q0, *qb, *dq0, *dqb;          /* rates at one time and their slopes */
  double *free0, *freeb, *dfree0, *dfreeb; /* ACh set free per receptor and second, by state of origin */
  double *volume_l;                     /* N_A times volume: molecules per mol/l */
  double *conduct, *lu, *z;             /* edge conductances in m^3/s (1/s after division by volume); factors; A^-1 b */
  double *zc, *diag, *lower, *upper, *vesicle; /* tridiagonal */
  double *escape;                       /* [1] rate constant of escape from the last ring */
} nmj_quantum_work;

/* Rates at time t: linear between knots. */
NMJ_INLINE void nmj_quantum_rates(const nmj_quantum_work *w, double t_s) {
  const nmj_quantum_problem *p = w->p;
  const int k = p->n_state, kk = k * k;
  int i = 0, a, b;
  double x = 0.0, per_dt = 0.0;
  while (i < p->n_knot - 2 && t_s >= p->knot_s[i + 1]) ++i;
  if (p->n_knot > 1 && t_s >= p->knot_s[0] && t_s < p->knot_s[p->n_knot - 1]) {
    per_dt = 1.0 / (p->knot_s[i + 1] - p->knot_s[i]);
    x = (t_s - p->knot_s[i]) * per_dt;
  } else if (p->n_knot > 1 && t_s >= p->knot_s[p->n_knot - 1]) {
    i = p->n_knot - 1;
  }
  for (a = 0; a < kk; ++a) {
    const double *u = p->q0_per_s + (ptrdiff_t)i * kk, *v = p->qb_per_M_s + (ptrdiff_t)i * kk;
    const double du = per_dt > 0.0 ? u[a + kk] - u[a] : 0.0, dv = per_dt > 0.0 ? v[a + kk] - v[a] : 0.0;
    w->q0[a] = u[a] + x * du;
    w->qb[a] = v[a] + x * dv;
    w->dq0[a] = du * per_dt;
    w->dqb[a] = dv * per_dt;
  }
  for (a = 0; a < k; ++a) {
    double f0 = 0.0, fb = 0.0, d0 = 0.0, db = 0.0;
    for (b = 0; b < k; ++b) {
      const double ligands = p->bound[a] - p->bound[b];
      f0 += w->q0[a * k + b] * ligands;
      fb += w->qb[a * k + b] * ligands;
      d0 += w->dq0[a * k + b] * ligands;
      db += w->dqb[a * k + b] * ligands;
    }
    w->free0[a] = f0;
    w->freeb[a] = fb;
    w->dfree0[a] = d0;
    w->dfreeb[a] = db;
  }
}

/* Pore conductance in m^3/s: cylinder of the pore's radius plus the access resistance of its two mouths; slope in *per_s. */
NMJ_INLINE double nmj_quantum_pore(const nmj_quantum_problem *p, double t_s, double *per_s) {
  const double pi = 3.14159265358979323846;
  double a = p->pore_expansion_m_per_s * t_s, da = p->pore_expansion_m_per_s, l, g;
  if (a >= p->vesicle_radius_m) {
    a = p->vesicle_radius_m;
    da = 0.0;
  }
  l = p->pore_length_m + 0.5 * pi * a;
  g = p->diffusion_m2_per_s * pi * a / l;
  *per_s = g * da * (2.0 - 0.5 * pi * a / l);
  return g * a;
}

NMJ_INLINE double nmj_quantum_vesicle_volume(const nmj_quantum_problem *p) {
  return 4.0 / 3.0 * 3.14159265358979323846 * p->vesicle_radius_m * p->vesicle_radius_m * p->vesicle_radius_m;
}

NMJ_INLINE double nmj_quantum_area(const nmj_quantum_problem *p, int i) {
  return 3.14159265358979323846 * (p->edge_m[i + 1] - p->edge_m[i]) * (p->edge_m[i + 1] + p->edge_m[i]);
}

/* Volume (m^3) of a ring, with the folds under it. */
NMJ_INLINE double nmj_quantum_volume(const nmj_quantum_problem *p, int i) {
  return nmj_quantum_area(p, i) * p->width_m * (p->volume ? p->volume[i] : 1.0);
}

/* f(t, y) with the rates last set by nmj_quantum_rates. */
NMJ_INLINE void nmj_quantum_slope(const nmj_quantum_work *w, double t_s, const double *y, double *f) {
  const nmj_quantum_problem *p = w->p;
  const int n = p->n_cell, k = p->n_state, m = k + 2;
  const double *extra = y + n * m;
  double hydrolysed = 0.0, pore_per_s, pore = nmj_quantum_pore(p, t_s, &pore_per_s), flux = 0.0;
  int i, a, b;
  for (i = 0; i < n; ++i) {
    const double *u = y + i * m, *s = u + 1;
    double *g = f + i * m, *gs = g + 1;
    const double c = u[0] / w->volume_l[i];
    const double bind = p->ache_kon_per_M_s * c * (p->ache_per_m2 * nmj_quantum_area(p, i) - u[k + 1]);
    const double cut = p->ache_kcat_per_s * u[k + 1];
    double gain = 0.0;
    for (b = 0; b < k; ++b) gs[b] = 0.0;
    for (a = 0; a < k; ++a) {
      gain += s[a] * (w->free0[a] + c * w->freeb[a]);
      for (b = 0; b < k; ++b) gs[b] += s[a] * (w->q0[a * k + b] + c * w->qb[a * k + b]);
    }
    g[k + 1] = bind - cut;
    g[0] = gain - bind + flux; /* flux: what came in over the inner edge */
    hydrolysed += cut;
    flux = i + 1 < n ? w->conduct[i] * (u[0] / w->volume_l[i] - u[m] / w->volume_l[i + 1]) : *w->escape * u[0];
    g[0] -= flux;
  }
  f[n * m] = 0.0;
  if (p->pore_expansion_m_per_s > 0.0) {
    const double out = pore * (extra[0] / nmj_quantum_vesicle_volume(p) - y[0] / nmj_quantum_volume(p, 0));
    f[n * m] = -out;
    f[0] += out;
  }
  f[n * m + 1] = hydrolysed;
  f[n * m + 2] = flux;
}

/* Explicit time derivative of f, from moving rates and the growing pore. */
NMJ_INLINE void nmj_quantum_drift(const nmj_quantum_work *w, double t_s, const double *y, double *f) {
  const nmj_quantum_problem *p = w->p;
  const int n = p->n_cell, k = p->n_state, m = k + 2;
  double pore_per_s;
  int i, a, b;
  (void)nmj_quantum_pore(p, t_s, &pore_per_s);
  for (i = 0; i < n * m + 3; ++i) f[i] = 0.0;
  if (p->n_knot > 1) {
    for (i = 0; i < n; ++i) {
      const double *s = y + i * m + 1, c = y[i * m] / w->volume_l[i];
      for (a = 0; a < k; ++a) {
        f[i * m] += s[a] * (w->dfree0[a] + c * w->dfreeb[a]);
        for (b = 0; b < k; ++b) f[i * m + 1 + b] += s[a] * (w->dq0[a * k + b] + c * w->dqb[a * k + b]);
      }
    }
  }
  if (p->pore_expansion_m_per_s > 0.0) {
    const double out =
        pore_per_s * (y[n * m] / nmj_quantum_vesicle_volume(p) - y[0] / nmj_quantum_volume(p, 0));
    f[n * m] -= out;
    f[0] += out;
  }
}

/* Factor g I - J at (t, y): ring by ring, then the tridiagonal system in n. */
NMJ_INLINE void nmj_quantum_factor(nmj_quantum_work *w, double t_s, const double *y, double g) {
  const nmj_quantum_problem *p = w->p;
  const int n = p->n_cell, k = p->n_state, m = k + 2;
  int i, a, b, j;
  for (i = 0; i < n; ++i) {
    const double *u = y + i * m, *s = u + 1;
    const double per_l = 1.0 / w->volume_l[i], c = u[0] * per_l;
    const double kon = p->ache_kon_per_M_s, bind = kon * per_l * (p->ache_per_m2 * nmj_quantum_area(p, i) - u[k + 1]);
    double *lu = w->lu + (ptrdiff_t)i * k * k, *z = w->z + i * k, gain = 0.0, back;
    for (a = 0; a < k; ++a) z[a] = 0.0;
    for (a = 0; a < k; ++a) {
      gain += s[a] * w->freeb[a] * per_l;
      for (b = 0; b < k; ++b) {
        lu[b * k + a] = (a == b ? g : 0.0) - (w->q0[a * k + b] + c * w->qb[a * k + b]);
        z[b] += s[a] * w->qb[a * k + b] * per_l;
      }
    }
    for (j = 0; j < k; ++j) { /* LU without pivoting, reciprocal pivots on the diagonal */
      lu[j * k + j] = 1.0 / lu[j * k + j];
      for (a = j + 1; a < k; ++a) {
        const double l = lu[a * k + j] *= lu[j * k + j];
        for (b = j + 1; b < k; ++b) lu[a * k + b] -= l * lu[j * k + b];
      }
    }
    for (a = 1; a < k; ++a)
      for (b = 0; b < a; ++b) z[a] -= lu[a * k + b] * z[b];
    for (a = k - 1; a >= 0; --a) {
      for (b = a + 1; b < k; ++b) z[a] -= lu[a * k + b] * z[b];
      z[a] *= lu[a * k + a];
    }
    back = 0.0;
    for (a = 0; a < k; ++a) back += (w->free0[a] + c * w->freeb[a]) * z[a];
    w->zc[i] = bind / (g + kon * c + p->ache_kcat_per_s);
    w->diag[i] = g - gain + bind - back - kon * c * w->zc[i];
  }
  for (i = 0; i + 1 < n; ++i) {
    w->upper[i] = -w->conduct[i] / w->volume_l[i + 1];
    w->lower[i + 1] = -w->conduct[i] / w->volume_l[i];
    w->diag[i] -= w->lower[i + 1];
    w->diag[i + 1] -= w->upper[i];
  }
  w->diag[n - 1] += *w->escape;
  if (p->pore_expansion_m_per_s > 0.0) {
    double per_s;
    const double pore = nmj_quantum_pore(p, t_s, &per_s), in = pore / nmj_quantum_volume(p, 0),
                 out = pore / nmj_quantum_vesicle_volume(p);
    w->vesicle[0] = out;
    w->vesicle[1] = in;
    w->vesicle[2] = 1.0 / (g + out);
    w->diag[0] += in - out * in * w->vesicle[2];
  }
  for (i = 1; i < n; ++i) {
    w->lower[i] /= w->diag[i - 1];
    w->diag[i] -= w->lower[i] * w->upper[i - 1];
  }
}

/* Solve (g I - J) x = r in place. */
NMJ_INLINE void nmj_quantum_backsolve(const nmj_quantum_work *w, const double *y, double g, double *r) {
  const nmj_quantum_problem *p = w->p;
  const int n = p->n_cell, k = p->n_state, m = k + 2, pore = p->pore_expansion_m_per_s > 0.0;
  double hydrolysed = 0.0;
  int i, a, b;
  for (i = 0; i < n; ++i) {
    const double *lu = w->lu + (ptrdiff_t)i * k * k, c = y[i * m] / w->volume_l[i], kon = p->ache_kon_per_M_s;
    double *x = r + i * m, *s = x + 1;
    for (a = 1; a < k; ++a)
      for (b = 0; b < a; ++b) s[a] -= lu[a * k + b] * s[b];
    for (a = k - 1; a >= 0; --a) {
      for (b = a + 1; b < k; ++b) s[a] -= lu[a * k + b] * s[b];
      s[a] *= lu[a * k + a];
    }
    for (a = 0; a < k; ++a) x[0] += (w->free0[a] + c * w->freeb[a]) * s[a];
    x[k + 1] /= g + kon * c + p->ache_kcat_per_s;
    x[0] += kon * c * x[k + 1];
  }
  if (pore) r[0] += w->vesicle[0] * r[n * m] * w->vesicle[2];
  for (i = 1; i < n; ++i) r[i * m] -= w->lower[i] * r[(i - 1) * m];
  r[(n - 1) * m] /= w->diag[n - 1];
  for (i = n - 2; i >= 0; --i) r[i * m] = (r[i * m] - w->upper[i] * r[(i + 1) * m]) / w->diag[i];
  for (i = 0; i < n; ++i) {
    double *x = r + i * m, *s = x + 1;
    for (a = 0; a < k; ++a) s[a] += w->z[i * k + a] * x[0];
    x[k + 1] += w->zc[i] * x[0];
    hydrolysed += p->ache_kcat_per_s * x[k + 1];
  }
  r[n * m] = pore ? (r[n * m] + w->vesicle[1] * r[0]) * w->vesicle[2] : r[n * m] / g;
  r[n * m + 1] = (r[n * m + 1] + hydrolysed) / g;
  r[n * m + 2] = (r[n * m + 2] + *w->escape * r[(n - 1) * m]) / g;
}

/* Totals over the rings: states, free, vesicle, enzyme, hydrolysed, escaped. */
NMJ_INLINE void nmj_quantum_totals(const nmj_quantum_problem *p, const double *y, double *row) {
  const int n = p->n_cell, k = p->n_state, m = k + 2;
  int i, a;
  for (a = 0; a < k + NMJ_QUANTUM_TOTALS; ++a) row[a] = 0.0;
  for (i = 0; i < n; ++i) {
    for (a = 0; a < k; ++a) row[a] += y[i * m + 1 + a];
    row[k] += y[i * m];
    row[k + 2] += y[i * m + k + 1];
  }
  row[k + 1] = y[n * m];
  row[k + 3] = y[n * m + 1];
  row[k + 4] = y[n * m + 2];
}

#include "quantum_solve.h"

#endif
