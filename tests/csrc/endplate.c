/* The end plate without Python: one open state that closes with rate a(v), one exponential source, recapture; closed forms. */
#include <stdio.h>
#include <string.h>

#include "nmj/endplate.h"

#define NV 131
#define ND 3
#define NR 9
#define COLUMNS 3 /* S, recapture of old w, of what is set free now */
#define ROWS 4    /* S, w, left w, nothing */
#define LEAP 10

static const double h = 1e-5, rate = 2e4, tau = 1e-4;

static double closing(double v_mV) { return 2000.0 * exp(0.0058 * (v_mV + 80.0)); }

/* integral over s of exp(-a (t - s)) exp(-b s) */
static double both(double a, double b, double t) { return (exp(-b * t) - exp(-a * t)) / (a - b); }

/* w at the end of a sub-step, from what receptors recaptured within it set free again; late: recapture of what is set free now */
static double again(double a, int late) {
  double sum = 0.0;
  int i;
  for (i = 0; i < 1000; ++i) {
    const double s = h * (i + 0.5) / 1000.0, old = both(a, 1.0 / tau, s);
    const double S = late ? ((1.0 - exp(-a * s)) / a - old) / (h - tau * (1.0 - exp(-h / tau))) : old;
    sum += a * S * exp(-(h - s) / tau) * h / 1000.0;
  }
  return sum;
}

/* mean over h of both(a, b, t) */
static double mean_both(double a, double b, double t) { return ((1.0 - exp(-b * t)) / b - (1.0 - exp(-a * t)) / a) / ((a - b) * t); }

static double propagator[NV * COLUMNS * ROWS], binding[NV * ROWS], leap[3 * NV * 3 * ROWS], entry[ND * NR * 2], amplitude[ND], gain[ND], ach[ND];

static void fill(nmj_endplate_model *p, double recapture) {
  static double source_decay[1], ACh_decay[1], residual[NR], leap_decay[1], fast[1];
  static const double one[1] = {1.0}, none[1] = {0.0};
  int i, r;
  memset(p, 0, sizeof *p);
  for (i = 0; i < NV; ++i) {
    const double a = closing(-160.0 + 2.0 * i);
    double *t = propagator + i * COLUMNS * ROWS;
    t[0] = exp(-a * h); /* S -> S, w, left: each closing sets one molecule free */
    t[1] = a * both(1.0 / tau, a, h);
    t[2] = 1.0 - t[0] - t[1];
    binding[i * ROWS] = both(a, rate, h); /* w, left: not looked at here */
    t[4] = both(a, 1.0 / tau, h);
    t[5] = again(a, 0); /* left w within this sub-step again: third order */
    /* recaptured at a rate 1 - exp(-t/tau), one in all */
    t[8] = ((1.0 - exp(-a * h)) / a - both(a, 1.0 / tau, h)) / (h - tau * (1.0 - exp(-h / tau)));
    t[9] = again(a, 1);
    for (r = 0; r < 3; ++r) { /* leaps: columns S, w, m; rows S, w, mean; w does not act back in the pages used here */
      double *l = leap + (r * NV + i) * 3 * ROWS;
      l[0] = exp(-a * LEAP * h);
      l[1] = a * both(1.0 / tau, a, LEAP * h);
      l[2] = (1.0 - l[0]) / (a * LEAP * h);
      l[5] = exp(-LEAP * h / tau);
      l[8] = both(a, rate, LEAP * h);
      l[10] = mean_both(a, rate, LEAP * h);
    }
  }
  for (i = 0; i < ND; ++i) {
    const double density = exp(-2.0 + i);
    amplitude[i] = 1e7 * density;
    gain[i] = recapture * density;
    ach[i] = 4000.0;
    for (r = 0; r < NR; ++r) {
      entry[(i * NR + r) * 2] = amplitude[i] * both(closing(-80.0), rate, h * r / (NR - 1.0));
      entry[(i * NR + r) * 2 + 1] = 0.0;
    }
  }
  for (r = 0; r < NR; ++r) residual[r] = exp(-rate * h * r / (NR - 1.0));
  leap_decay[0] = exp(-rate * LEAP * h);
  fast[0] = 1.0 / rate;
  source_decay[0] = ACh_decay[0] = exp(-rate * h);
  p->n_state = p->n_source = p->n_ACh = p->n_recapture = 1;
  p->n_voltage = NV;
  p->n_density = ND;
  p->n_residual = NR;
  p->v0_mV = -160.0;
  p->dv_mV = 2.0;
  p->log_density0 = -2.0;
  p->dlog_density = 1.0;
  p->step_s = h;
  p->recapture_tau_s = tau;
  p->recapture_decay = exp(-h / tau);
  p->propagator = propagator;
  p->source_propagator = binding;
  p->n_leap = LEAP;
  p->n_leap_voltage = NV;
  p->n_leap_gain = 3;
  p->dv_leap_mV = 2.0;
  p->leap = leap;
  p->leap_log_density = 0.0;
  p->dleap_log_density = 1.0;
  p->leap_source_decay = p->leap_ACh_decay = leap_decay;
  p->fast_s = fast;
  p->source_residual = p->ACh_residual = residual;
  p->source_decay = source_decay;
  p->amplitude_per_s = amplitude;
  p->entry = entry;
  p->gain = gain;
  p->ACh_decay = ACh_decay;
  p->ACh_amplitude = ach;
  p->open = one;
  p->rest = none;
  p->desensitized = none;
}

/* A quantum gains in peak by 0.02 per quantum before it that fades with `slow`, in charge by 0.3; the late part is here just a
 * second quantum, and the mix gives charge to it. At the table's lowest density all fades twice as fast. */
static const double slow_per_s = 500.0;

static void overlapping(nmj_endplate_model *p) {
  static const double overlap[2] = {0.02, 0.3};
  static double fade[ND], mix[ND * 4];
  int i;
  for (i = 0; i < ND; ++i) {
    fade[i] = exp(-slow_per_s * h * (i ? 1.0 : 2.0));
    mix[4 * i] = 1.0;
    mix[4 * i + 3] = 1.0;
  }
  p->n_overlap = 1;
  p->overlap_saturation = 0.6;
  p->overlap_gain = overlap;
  p->overlap_decay = fade;
  p->overlap_mix = mix;
  p->overlap_amplitude_per_s = p->amplitude_per_s;
  p->overlap_entry = p->entry;
}

#define CLOSE(a, b, tolerance) (fabs((a) - (b)) <= (tolerance)*fabs(b))

int main(void) {
  nmj_endplate_model p;
  nmj_endplate_recapture back;
  double x[5], y[4];
  int i, k;
  fill(&p, 0.0);
  if (nmj_endplate_size(&p) != 4) return 1;
  /* closing at voltages between the nodes: exact to 1e-9 */
  for (i = 0; i < 200; ++i) {
    const double v = -140.0 + 1.07 * i;
    memset(x, 0, sizeof x);
    x[0] = 1000.0;
    nmj_endplate_substep(&p, x, v, 0.0);
    if (!(fabs(nmj_endplate_open(&p, x) - 1000.0 * exp(-closing(v) * h)) < 1e-9 * 1000.0)) return 2;
  }
  /* a quantum in the middle of a sub-step follows its closed form at every later time */
  memset(x, 0, sizeof x);
  nmj_endplate_inject(&p, x, 1.5, 0.37 * h, 0.0);
  for (k = 0; k < 200; ++k) {
    const double t = h * (0.37 + k);
    if (!CLOSE(nmj_endplate_open(&p, x), 1.5e7 * both(closing(-80.0), rate, t), 1e-5)) return 3;
    /* x[2]: w; cubic over the residual: 6000 (rate h / 8)^4 9 / 384 */
    if (!(fabs(nmj_endplate_ACh(&p, x) - x[2] - 6000.0 * exp(-rate * t)) < 6e-5)) return 4;
    nmj_endplate_substep(&p, x, -80.0, 0.0);
  }
  /* a leap is ten sub-steps, and its mean the integral; linear between the nodes of voltage: 5e-6 */
  memset(x, 0, sizeof x);
  nmj_endplate_inject(&p, x, 1.0, 0.0, 0.0);
  if (nmj_endplate_is_smooth(&p, x, 1.0)) return 11;
  nmj_endplate_recapture_at(&p, 0.0, &back);
  for (i = 0; i < 30; ++i) {
    const double t = LEAP * h * i, v = i < 10 ? -80.0 : -79.0 + i, before = x[0], m = x[1];
    const double mean = nmj_endplate_leap(&p, v, &back, x);
    const double exact = before * exp(-closing(v) * LEAP * h) + m * both(closing(v), rate, LEAP * h);
    if (i == 9 && !CLOSE(x[0], 1e7 * both(closing(-80.0), rate, t + LEAP * h), 1e-9)) return 12;
    if (!CLOSE(x[0], exact, 5e-6) || !(fabs(x[1] - m * exp(-rate * LEAP * h)) < 1e-9)) return 13;
    if (!CLOSE(mean, before * (1.0 - exp(-closing(v) * LEAP * h)) / (closing(v) * LEAP * h) + m * mean_both(closing(v), rate, LEAP * h), 5e-6))
      return 14;
    if (i > 5 && !nmj_endplate_is_smooth(&p, x, x[0])) return 15;
  }
  /* quanta add: sixty at once are sixty times one, to rounding */
  memset(x, 0, sizeof x);
  memset(y, 0, sizeof y);
  for (i = 0; i < 60; ++i) nmj_endplate_inject(&p, x, 1.0, 0.2 * h, -0.7);
  nmj_endplate_inject(&p, y, 60.0, 0.2 * h, -0.7);
  for (k = 0; k < 500; ++k) {
    nmj_endplate_substep(&p, x, -70.0, -0.7);
    nmj_endplate_substep(&p, y, -70.0, -0.7);
    if (!CLOSE(nmj_endplate_open(&p, x), nmj_endplate_open(&p, y), 1e-12)) return 5;
  }
  /* quanta that overlap: of three at once each gains from those before, a fourth 20 sub-steps later from what is left of all */
  overlapping(&p);
  if (nmj_endplate_size(&p) != 5) return 16;
  memset(x, 0, sizeof x);
  for (i = 0; i < 3; ++i) nmj_endplate_inject(&p, x, 0.5, 0.0, 0.0);
  {
    double m = 0.5 * 3.0 + 0.32 * 0.5 * (0.5 / (1.0 + 0.6 * 0.3 * 0.5) + 1.0 / (1.0 + 0.6 * 0.3)), before;
    if (!CLOSE(x[1], 1e7 * m, 1e-12) || !CLOSE(x[4], 1.5, 1e-12)) return 17;
    for (k = 0; k < 10; ++k) nmj_endplate_substep(&p, x, -80.0, 0.0);
    for (k = 0; k < 10; ++k) nmj_endplate_substep(&p, x, -80.0, -2.0);
    if (!CLOSE(x[4], 1.5 * exp(-slow_per_s * 30.0 * h), 1e-12)) return 18;
    before = x[4];
    m *= 1e7 * exp(-rate * 20.0 * h);
    nmj_endplate_inject(&p, x, 1.0, 0.0, 0.0);
    if (!CLOSE(x[1], m + 1e7 * (1.0 + 0.32 * before / (1.0 + 0.6 * 0.3 * before)), 1e-9)) return 19;
    x[0] = x[1] = x[2] = x[3] = 0.0;
    x[4] = 1.5;
    if (nmj_endplate_at_rest(&p, x)) return 20; /* the next impulse still overlaps with it */
  }
  p.n_overlap = 0;
  /* below the table, proportional to density; above it, the table's edge */
  memset(x, 0, sizeof x);
  memset(y, 0, sizeof y);
  nmj_endplate_inject(&p, x, 1.0, h, -2.0);
  nmj_endplate_inject(&p, y, 1.0, h, -5.0);
  if (!CLOSE(y[0], x[0] * exp(-3.0), 1e-12)) return 6;
  memset(x, 0, sizeof x);
  memset(y, 0, sizeof y);
  nmj_endplate_inject(&p, x, 1.0, h, 0.0);
  nmj_endplate_inject(&p, y, 1.0, h, 3.0);
  if (!CLOSE(y[0], x[0], 1e-12)) return 7;
  /* recapture of a share 1/2: for S' = -a S + g w / tau, w' = a S - w / tau, S(1) + (1 - g) (what left) + w = 1 */
  fill(&p, 0.5);
  memset(x, 0, sizeof x);
  x[0] = 1.0;
  for (k = 0; k < 100; ++k) nmj_endplate_substep(&p, x, -80.0, 0.0);
  {
    /* eigenvalues of [[-a, g/tau], [a, -1/tau]] */
    const double a = closing(-80.0), b = 1.0 / tau, g = 0.5, t = 100 * h;
    const double root = sqrt((a - b) * (a - b) + 4.0 * a * b * g), l1 = 0.5 * (-a - b + root), l2 = 0.5 * (-a - b - root);
    const double exact = ((l1 + b) * exp(l1 * t) - (l2 + b) * exp(l2 * t)) / (l1 - l2);
    printf("recapture: %.8g, exact %.8g\n", x[0], exact);
    if (!CLOSE(x[0], exact, 3e-4)) return 8;
  }
  if (nmj_endplate_desensitized(&p, x) != 0.0) return 9;
  /* what has died is exactly zero */
  for (k = 0; k < 5000; ++k) nmj_endplate_substep(&p, x, -80.0, 0.0);
  if (x[1] != 0.0 || x[3] != 0.0) return 10;
  return 0;
}
