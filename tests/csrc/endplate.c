/* The end plate without Python: one open state that closes with rate a(v), one exponential source, recapture; closed forms. */
#include <stdio.h>
#include <string.h>

#include "nmj/endplate.h"

#define NR 33
#define COLUMNS 3 /* S, w, m */
#define ROWS 4    /* S, w, open channels: mean and middle */
#define PAGES 3   /* free receptors 1, 1/e, and so few that nothing is recaptured */
#define SIZE 4    /* S, m, w, ACh */

static const double h = 1e-4, rate = 2e4, tau = 1e-4, low_mV = -160.0, high_mV = 100.0, slow_per_s = 500.0;

static double closing(double v_mV) { return 2000.0 * exp(0.0058 * (v_mV + 80.0)); }

/* integral over s of exp(-a (t - s)) exp(-b s), and its mean over t */
static double both(double a, double b, double t) { return (exp(-b * t) - exp(-a * t)) / (a - b); }
static double mean_both(double a, double b, double t) { return ((1.0 - exp(-b * t)) / b - (1.0 - exp(-a * t)) / a) / ((a - b) * t); }

static double mix[PAGES * 2 * 2], parts[3 * COLUMNS * ROWS], entry_mix[PAGES * 2], entry[NR * ROWS], amplitude[PAGES], ach[PAGES];

/* S and w after t, from one receptor open at first, of which a share g is recaptured. */
static void recaptured(double a, double g, double t, double *S, double *w) {
  const double b = 1.0 / tau, root = sqrt((a - b) * (a - b) + 4.0 * a * b * g);
  const double l1 = 0.5 * (-a - b + root), l2 = 0.5 * (-a - b - root);
  *S = ((l1 + b) * exp(l1 * t) - (l2 + b) * exp(l2 * t)) / (l1 - l2);
  *w = a * (exp(l1 * t) - exp(l2 * t)) / (l1 - l2);
}

/* The propagator at the lowest voltage, and what one at the highest has more; then what recapture g does at the lowest. */
static void fill(nmj_endplate_model *p, double g) {
  static double decay[1], residual[NR * 4];
  static const double one[1] = {1.0}, none[1] = {0.0};
  const double slow = closing(low_mV), fast = closing(high_mV);
  double S, w;
  int i, r;
  memset(p, 0, sizeof *p);
  memset(parts, 0, sizeof parts);
  memset(mix, 0, sizeof mix);
  for (i = 0; i < 2; ++i) {
    const double a = i ? fast : slow;
    double *t = parts + i * COLUMNS * ROWS;
    t[0] = exp(-a * h);
    t[1] = a * both(1.0 / tau, a, h);
    t[2] = (1.0 - t[0]) / (a * h);
    t[5] = exp(-h / tau);
    t[8] = both(a, rate, h); /* its w: not looked at here */
    t[10] = mean_both(a, rate, h);
    t[3] = exp(-0.5 * a * h);
    t[11] = both(a, rate, 0.5 * h);
  }
  for (i = 0; i < COLUMNS * ROWS; ++i) parts[COLUMNS * ROWS + i] -= parts[i];
  recaptured(slow, g, h, &S, &w);
  parts[2 * COLUMNS * ROWS] = S - parts[0];
  parts[2 * COLUMNS * ROWS + 1] = w - parts[1];
  /* w to S: of what is set free, a share g comes back: the same integral as S to w, times g / (tau a) */
  parts[2 * COLUMNS * ROWS + 4] = g / tau / slow * w;
  parts[2 * COLUMNS * ROWS + 5] = S + (slow - 1.0 / tau) / slow * w - parts[5];
  for (i = 0; i < PAGES; ++i) {
    const double share = exp(-(double)i);
    mix[i * 4 + 2] = 1.0;                               /* node 1: the second part */
    mix[i * 4 + 1] = i < PAGES - 1 && g > 0.0 ? 1.0 : 0.0; /* node 0: recapture */
    entry_mix[2 * i] = entry_mix[2 * i + 1] = 1.0 + 0.1 * share;
    amplitude[i] = 1e7 * (1.0 + 0.1 * share);
    ach[i] = 4000.0;
  }
  for (r = 0; r < NR; ++r) {
    const double t = h * r / (NR - 1.0);
    residual[4 * r] = exp(-rate * t);
    entry[r * ROWS] = 1e7 * both(slow, rate, t);
    entry[r * ROWS + 1] = 0.0;
    entry[r * ROWS + 3] = r > NR / 2 ? 1e7 * both(slow, rate, t - 0.5 * h) : 0.0;
    entry[r * ROWS + 2] = r > 0 ? 1e7 * mean_both(slow, rate, t) * t / h : 0.0;
  }
  decay[0] = exp(-rate * h);
  p->n_state = p->n_source = p->n_ACh = 1;
  p->n_page = PAGES;
  p->n_voltage = 2;
  p->n_residual = NR;
  p->n_part = 3;
  p->n_entry_part = 1;
  p->v0_mV = low_mV;
  p->dv_mV = high_mV - low_mV;
  p->page0_share = p->dlog_density = 1.0;
  p->step_s = h;
  p->least_weight = 1e-9;
  p->propagator_mix = mix;
  p->propagator = parts;
  p->source_decay = p->ACh_decay = decay;
  p->source_residual = p->ACh_residual = residual;
  p->ACh_amplitude = ach;
  p->amplitude_per_s = amplitude;
  p->entry_mix = entry_mix;
  p->entry = entry;
  p->open = one;
  p->rest = p->desensitized = none;
}

/* A quantum gains in peak by 0.02 per quantum before it that fades with `slow`, in charge by 0.3; the late part is here just a
 * second quantum, and the mix gives charge to it. At so few receptors as on the second page all fades twice as fast. */
static void overlapping(nmj_endplate_model *p) {
  static double overlap[2] = {0.02, 0.3}, fade[PAGES], shares[PAGES * 4];
  int i;
  for (i = 0; i < PAGES; ++i) {
    fade[i] = exp(-slow_per_s * h * (i ? 2.0 : 1.0));
    shares[4 * i] = shares[4 * i + 3] = 1.0;
  }
  p->n_overlap = 1;
  p->n_late_part = 1;
  p->overlap_saturation = 0.6;
  p->overlap_gain = overlap;
  p->overlap_decay = fade;
  p->overlap_mix = shares;
  p->late_amplitude_per_s = amplitude;
  p->late_mix = entry_mix;
  p->late = entry;
}

static nmj_lanes x[SIZE + 1];
static nmj_endplate_lanes lanes;

/* One step of lane l alone; returns its mean of open channels. */
static double step(const nmj_endplate_model *p, int l, double v_mV, double share) {
  nmj_endplate_place at;
  memset(lanes.mine, 0, sizeof lanes.mine);
  lanes.mine[l] = 1.0;
  nmj_endplate_set_share(p, share, &at);
  nmj_endplate_set_voltage(p, v_mV, &at);
  nmj_endplate_weigh(p, &at, l, &lanes);
  nmj_endplate_advance(p, &lanes, x);
  return lanes.mean[l];
}

static double middle;

/* A quantum at lane l; returns the mean of open channels of the step, and sets those in its middle. */
static double release(const nmj_endplate_model *p, int l, double size, double residual_s, double share) {
  double mean = 0.0;
  nmj_endplate_place at;
  nmj_endplate_arrival quanta;
  nmj_endplate_set_share(p, share, &at);
  nmj_endplate_set_voltage(p, low_mV, &at);
  nmj_endplate_expect(p, &at, x[0] + l, NMJ_LANES, &quanta);
  nmj_endplate_inject(p, size, residual_s, &quanta);
  middle = 0.0;
  nmj_endplate_arrive(p, &quanta, x[0] + l, NMJ_LANES, &mean, &middle);
  return mean;
}

#define CLOSE(a, b, tolerance) (fabs((a) - (b)) <= (tolerance)*fabs(b))

int main(void) {
  nmj_endplate_model p;
  nmj_lanes open, lost, away, lasting;
  const double slow = closing(low_mV), fast = closing(high_mV);
  double mean;
  int i, k;
  fill(&p, 0.0);
  if (nmj_endplate_size(&p) != SIZE) return 1;
  /* closing at the nodes, beyond them, and in between; the neighbors stay as they are */
  for (i = 0; i < 14; ++i) {
    const double v = -200.0 + 25.0 * i, u = v < low_mV ? 0.0 : v > high_mV ? 1.0 : (v - low_mV) / (high_mV - low_mV);
    memset(x, 0, sizeof x);
    x[0][i] = 1000.0;
    x[0][(i + 1) % NMJ_LANES] = 7.0;
    mean = step(&p, i, v, 1.0);
    if (!CLOSE(x[0][i], 1000.0 * ((1.0 - u) * exp(-slow * h) + u * exp(-fast * h)), 1e-12)) return 2;
    if (!CLOSE(mean, 1e3 * ((1.0 - u) * (1.0 - exp(-slow * h)) / slow + u * (1.0 - exp(-fast * h)) / fast) / h, 1e-12)) return 3;
    if (x[0][(i + 1) % NMJ_LANES] != 7.0) return 4;
  }
  /* a quantum in the middle of a step follows its closed form at every later time; the mean is the integral; cubic over the residual:
   * (rate h / 32)^4 9 / 384 */
  memset(x, 0, sizeof x);
  mean = release(&p, 3, 1.5, 0.37 * h, 1.0);
  if (!CLOSE(mean, 1.5 * 1.1e7 * mean_both(slow, rate, 0.37 * h) * 0.37, 1e-4) || middle != 0.0) return 5;
  release(&p, 4, 1.5, 0.83 * h, 1.0);
  if (!CLOSE(middle, 1.5 * 1.1e7 * both(slow, rate, 0.33 * h), 1e-4)) return 23;
  for (k = 0; k < 40; ++k) {
    const double t = h * (0.37 + k), begin = t;
    nmj_endplate_look(&p, x, open, lost);
    if (!CLOSE(open[3], 1.5 * 1.1e7 * both(slow, rate, t), 1e-5) || lost[3] != 0.0) return 6;
    if (!(fabs(nmj_endplate_ACh(&p, x[0] + 3, NMJ_LANES) - x[2][3] - 6000.0 * exp(-rate * t)) < 1.0)) return 7;
    mean = step(&p, 3, low_mV, 1.0);
    if (!CLOSE(lanes.middle[3], 1.65e7 * both(slow, rate, t + 0.5 * h), 1e-5)) return 24;
    if (!CLOSE(mean, 1.65e7 * ((t + h) * mean_both(slow, rate, t + h) - begin * mean_both(slow, rate, begin)) / h, 1e-4)) return 8;
  }
  if (x[1][3] != 0.0 || x[3][3] != 0.0) return 9; /* what has died is exactly zero */
  /* quanta add: sixty at once are sixty times one, to rounding */
  memset(x, 0, sizeof x);
  for (i = 0; i < 60; ++i) release(&p, 0, 1.0, 0.2 * h, 0.5);
  release(&p, 1, 60.0, 0.2 * h, 0.5);
  for (k = 0; k < 50; ++k) {
    step(&p, 0, -70.0, 0.5);
    step(&p, 1, -70.0, 0.5);
    if (!CLOSE(x[0][0], x[0][1], 1e-12)) return 10;
  }
  nmj_endplate_look(&p, x, open, lost);
  nmj_endplate_unrest(&p, x, lost, away, lasting);
  if (!CLOSE(away[0], x[0][0] + fabs(x[2][0]), 1e-6) || away[5] != 0.0 || lasting[0] != 0.0) return 11;
  /* free receptors: between pages 0 and 1 linear in their logarithm, from page 1 on in proportion to them, above page 0 as there */
  memset(x, 0, sizeof x);
  release(&p, 0, 1.0, 0.0, exp(-0.25));
  release(&p, 1, 1.0, 0.0, exp(-3.0));
  release(&p, 2, 1.0, 0.0, 1.0);
  if (!CLOSE(x[1][0], 1e7 * exp(-0.25) * (1.0 + 0.1 * (0.75 + 0.25 * exp(-1.0))), 1e-12)) return 12;
  if (!CLOSE(x[1][1], 1e7 * exp(-3.0) * (1.0 + 0.1 * (exp(-2.0) * exp(-1.0) + (1.0 - exp(-2.0)) * exp(-2.0))), 1e-12)) return 13;
  if (!CLOSE(x[1][2], 1.1e7, 1e-12)) return 14;
  /* quanta that overlap: of three at once each gains from those before, a fourth two steps later from what is left of all */
  overlapping(&p);
  if (nmj_endplate_size(&p) != SIZE + 1) return 15;
  memset(x, 0, sizeof x);
  for (i = 0; i < 3; ++i) release(&p, 0, 0.5, 0.0, 1.0);
  {
    double m = 0.5 * 3.0 + 0.32 * 0.5 * (0.5 / (1.0 + 0.6 * 0.3 * 0.5) + 1.0 / (1.0 + 0.6 * 0.3)), before;
    if (!CLOSE(x[1][0], 1.1e7 * m, 1e-12) || !CLOSE(x[4][0], 1.5, 1e-12)) return 16;
    step(&p, 0, low_mV, 1.0);
    step(&p, 0, low_mV, exp(-1.0));
    if (!CLOSE(x[4][0], 1.5 * exp(-slow_per_s * 3.0 * h), 1e-12)) return 17;
    before = 1.5 * exp(-slow_per_s * 2.5 * h); /* half a step ago, at the speed of whole receptors */
    x[0][0] = x[1][0] = 0.0;
    release(&p, 0, 1.0, 0.5 * h, 1.0);
    m = 1.0 + 0.32 * before / (1.0 + 0.6 * 0.3 * before);
    if (!CLOSE(x[0][0], 1.1e7 * both(slow, rate, 0.5 * h) * m, 1e-6)) return 18;
    if (!CLOSE(x[4][0], (before + 1.0) * exp(-0.5 * slow_per_s * h), 1e-12)) return 19;
  }
  nmj_endplate_unrest(&p, x, lost, away, lasting);
  if (!CLOSE(lasting[0], x[4][0], 1e-12)) return 22; /* the next impulse still overlaps with it */
  p.n_overlap = 0;
  /* recapture of a share 1/2, over many steps: the closed form; at the fewest receptors: none */
  fill(&p, 0.5);
  memset(x, 0, sizeof x);
  x[0][0] = x[0][1] = 1.0;
  for (k = 0; k < 20; ++k) {
    step(&p, 0, low_mV, 1.0);
    step(&p, 1, low_mV, 1e-9);
  }
  {
    double S, w;
    recaptured(slow, 0.5, 20.0 * h, &S, &w);
    printf("recapture: %.8g, exact %.8g\n", x[0][0], S);
    if (!CLOSE(x[0][0], S, 1e-9) || !CLOSE(x[2][0], w, 1e-9)) return 20;
    if (!CLOSE(x[0][1], exp(-slow * 20.0 * h), 1e-7)) return 21;
  }
  return 0;
}
