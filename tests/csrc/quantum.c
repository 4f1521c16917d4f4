/* The quantum without Python: conservation, pure diffusion against its closed form, order of convergence in time. */
#include <stdio.h>
#include <stdlib.h>

#include "nmj/quantum.h"

#define CELLS 64
#define STATES 4

static const double q0[STATES * STATES] = {0, 0, 0, 0, 4500, -4500, 0, 0, 0, 14000, -58600, 44600, 0, 0, 1670, -1670};
static const double qb[STATES * STATES] = {-126e6, 126e6, 0, 0, 0, -182e6, 182e6, 0, 0, 0, 0, 0, 0, 0, 0, 0};
static const double bound[STATES] = {0, 1, 2, 2}, start[STATES] = {1, 0, 0, 0}, knot_s[1] = {0};

static int solve(nmj_quantum_problem *p, int32_t n, const double *t_s, double *rows, nmj_quantum_record *record) {
  double *work = (double *)malloc(sizeof(double) * (size_t)nmj_quantum_workspace(p));
  int status;
  if (!work) return -9;
  status = nmj_quantum_solve(p, n, t_s, rows, NULL, work, record);
  free(work);
  return status;
}

int main(void) {
  double edge[CELLS + 1], t[5] = {0, 2e-5, 3e-4, 3e-3, 1e-2}, rows[5 * (STATES + 5)], peak[3];
  nmj_quantum_problem p = {CELLS, STATES, 1, edge, knot_s, q0, qb, bound, start, 50e-9, 25e-9, 4e-10, 7.5e15, 2.5e15,
                           1.6e8, 1.5e4, 3730, 0, 9e-9, 20e-9, 1, 1e-4, 1e-4, 1e-12, 1e-3, 20000, NULL, NULL};
  nmj_quantum_record record;
  int i, s;
  for (i = 0; i <= CELLS; ++i) edge[i] = i < 3 ? 12.5e-9 * i : 25e-9 * pow(64.0, (i - 2.0) / (CELLS - 2.0));
  edge[CELLS] = 1.6e-6;
  if (solve(&p, 5, t, rows, &record)) return 1;
  printf("%d steps, %d rejected\n", (int)record.n_step, (int)record.n_reject);
  for (s = 0; s < 5; ++s) {
    const double *r = rows + s * (STATES + 5);
    const double total = r[1] + 2 * r[2] + 2 * r[3] + r[4] + r[5] + r[6] + r[7] + r[8];
    printf("t %g open %g free %g hydrolysed %g escaped %g total %.9g\n", t[s], r[3], r[4], r[7], r[8], total);
    if (!(fabs(total - 3730) < 1e-6 * 3730)) return 2;
  }
  /* folds: ones are the flat cleft, bit for bit; twice the volume and receptors of every ring keep all ACh */
  {
    double one[CELLS], two[CELLS], flat = rows[2 * (STATES + 5) + 3];
    for (i = 0; i < CELLS; ++i) {
      one[i] = 1.0;
      two[i] = 2.0;
    }
    p.receptors = p.volume = one;
    if (solve(&p, 5, t, rows, &record) || rows[2 * (STATES + 5) + 3] != flat) return 8;
    p.receptors = p.volume = two;
    if (solve(&p, 5, t, rows, &record)) return 9;
    for (s = 0; s < 5; ++s) {
      const double *r = rows + s * (STATES + 5);
      const double total = r[1] + 2 * r[2] + 2 * r[3] + r[4] + r[5] + r[6] + r[7] + r[8];
      if (!(fabs(total - 3730) < 1e-6 * 3730)) return 10;
    }
    if (!(fabs(rows[0] - 2.0 * 7.5e15 * 3.14159265358979 * 1.6e-6 * 1.6e-6) < 1e-6 * rows[0])) return 11;
    p.receptors = p.volume = NULL;
  }
  /* order in time: errors of open channels at 0.3 ms fall with the tolerance */
  for (i = 0; i < 3; ++i) {
    p.rtol = i == 2 ? 1e-8 : (i ? 1e-5 : 1e-3);
    p.atol_molecules = p.rtol;
    if (solve(&p, 3, t, rows, &record)) return 3;
    peak[i] = rows[2 * (STATES + 5) + 3];
    printf("rtol %g: %d steps, open %.9g\n", p.rtol, (int)record.n_step, peak[i]);
  }
  if (!(fabs(peak[1] - peak[2]) < 1e-4 * peak[2] && fabs(peak[0] - peak[2]) < 5e-3 * peak[2])) return 4;
  /* pure diffusion from the center of an absorbing disc: slowest loss rate (2.40483/R)^2 D */
  p.receptors_per_m2 = p.ache_per_m2 = 0;
  p.rtol = p.atol_molecules = 1e-5;
  t[1] = 2e-3;
  t[2] = 4e-3;
  if (solve(&p, 3, t, rows, &record)) return 5;
  {
    const double rate = log(rows[STATES + 5 + 4] / rows[2 * (STATES + 5) + 4]) / 2e-3;
    const double closed = 5.783185962946785 * 4e-10 / (1.6e-6 * 1.6e-6);
    printf("loss %.6g, closed form %.6g\n", rate, closed);
    if (!(fabs(rate / closed - 1) < 2e-3)) return 6;
  }
  p.pore_expansion_m_per_s = 25e-6;
  p.receptors_per_m2 = 7.5e15;
  t[1] = 5e-5;
  t[2] = 5e-4;
  if (solve(&p, 3, t, rows, &record)) return 7;
  printf("pore: open %g, %d steps, vesicle %g then %g\n", rows[2 * (STATES + 5) + 3], (int)record.n_step,
         rows[STATES + 5 + 5], rows[2 * (STATES + 5) + 5]);
  return 0;
}
