/* The fiber kernel without Python: a hand-made chain rests, fires once, keeps its time inside the sub-step,
 * conserves charge when passive, can be held, survives NaN. Returns 0 on success. */
#include "nmj/fiber.h"

#include <stdio.h>
#include <string.h>

#define M 4
#define ROWS 961
#define H 1e-5

static double table[8 * ROWS], charge[2 * M], na[2 * M], kd[2 * M], leak[2 * M], leakE[2 * M], access_S[M], axial[M];
static double rest[10 * M + 5];

static double linoid(double x) { return fabs(x) < 1e-6 ? 1.0 + 0.5 * x : x / (1.0 - exp(-x)); }

static void rates(double v, double *a, double *b)
{
    a[0] = 2880.0 * linoid((v + 46.0) / 10.0);
    b[0] = 1380.0 * exp(-(v + 46.0) / 18.0);
    a[1] = 8.1 * exp(40.0 / 14.7 - (v + 85.0) / 10.0);
    b[1] = 4380.0 / (1.0 + exp(-(v + 45.0) / 9.0));
    a[2] = 91.7 * linoid((v + 40.0) / 7.0);
    b[2] = 67.0 * exp(-(v + 40.0) / 40.0);
}

static nmj_fiber_model make(double channels)
{
    const double v_rest = -85.0, speed = 4.75;
    nmj_fiber_model p;
    double a[3], b[3], x[3];
    int i, k, g;
    memset(&p, 0, sizeof p);
    p.n_compartment = M;
    p.spike_compartment = M - 1;
    p.n_table = ROWS;
    p.h_s = H;
    p.v0_mV = -140.0;
    p.inverse_dv_per_mV = 4.0;
    p.e_na_mV = 57.0;
    p.e_k_mV = -90.0;
    p.spike_mV = 0.0;
    p.rearm_mV = -30.0;
    p.v_rest_mV = v_rest;
    p.rest_tolerance_mV = 1e-3;
    for (i = 0; i < ROWS; i++) {
        rates(-140.0 + 0.25 * i, a, b);
        for (g = 0; g < 3; g++) {
            const double loss = 1.0 - exp(-speed * H * (a[g] + b[g]));
            table[8 * i + g] = 1.0 - loss;
            table[8 * i + 4 + g] = a[g] / (a[g] + b[g]) * loss;
        }
    }
    rates(v_rest, a, b);
    for (g = 0; g < 3; g++) {
        x[g] = a[g] / (a[g] + b[g]);
        p.rest_rate_per_s[g] = speed * (a[g] + b[g]);
    }
    for (i = 0; i < M; i++) {
        const double area = 1e-4 * (i + 1); /* cm2 */
        for (k = 0; k < 2; k++) {
            const int j = 2 * i + k;
            const double own = k ? 4.8 * area : area;
            double inward;
            charge[j] = 2.0 * 1e-6 * own / H;
            na[j] = channels * own * 0.45 * (k ? 0.1 : (i ? 2.0 : 10.0));
            kd[j] = channels * own * 0.065 * (k ? 0.45 : 1.0);
            leak[j] = own / 1500.0;
            inward = na[j] * x[0] * x[0] * x[0] * x[1] * (v_rest - 57.0) + kd[j] * pow(x[2], 4) * (v_rest + 90.0);
            leakE[j] = leak[j] * v_rest + inward;
            for (g = 0; g < 3; g++) rest[4 * j + g] = x[g];
        }
        access_S[i] = area / 150.0;
        axial[i] = 1e-5;
        rest[8 * M + i] = v_rest;
        if (i) rest[9 * M + i - 1] = v_rest;
    }
    rest[10 * M - 1] = rest[10 * M] = rest[10 * M + 1] = v_rest;
    rest[10 * M + 2] = 1.0; /* armed */
    rest[10 * M + 4] = NMJ_FIBER_AWAKE;
    p.gates = table;
    p.charge_S = charge;
    p.g_na_S = na;
    p.g_k_S = kd;
    p.g_leak_S = leak;
    p.gE_leak_S_mV = leakE;
    p.g_access_S = access_S;
    p.g_axial_S = axial;
    p.rest = rest;
    return p;
}

typedef struct {
    double v, state[10 * M + 5], spike_s, peak, slope;
    int at_rest, spikes;
} fiber;

static fiber fresh(void)
{
    fiber f;
    int i;
    memset(&f, 0, sizeof f);
    f.v = f.peak = -85.0;
    for (i = 0; i < 10 * M + 5; i++) f.state[i] = rest[i];
    return f;
}

static void step(const nmj_fiber_model *p, fiber *f, double t, int n, const double *g, const double *gE, double I, int held)
{
    f->spikes += nmj_fiber_step(p, t, n, &f->v, f->state, g, gE, I, 1.0, held, &f->spike_s, &f->peak, &f->slope,
                                &f->at_rest);
}

#define CHECK(what)                                               \
    do {                                                          \
        if (!(what)) {                                            \
            printf("fiber.c:%d: failed: %s\n", __LINE__, #what);  \
            return 1;                                             \
        }                                                         \
    } while (0)

int main(void)
{
    nmj_fiber_model p = make(1.0);
    double g[10], gE[10], total = 0.0, leaked = 0.0;
    fiber f = fresh();
    int k, i;

    CHECK(nmj_fiber_size(&p) == 10 * M + 5);
    step(&p, &f, 0.0, 10, NULL, NULL, 0.0, 0);
    CHECK(f.at_rest && f.v == -85.0 && f.spikes == 0);

    for (k = 0; k < 30; k++) { /* 3 ms of end-plate conductance, then silence */
        for (i = 0; i < 10; i++) {
            g[i] = k < 10 ? 4e-6 : 0.0;
            gE[i] = -3.0 * g[i];
        }
        step(&p, &f, 1e-4 * k, 10, g, gE, 0.0, 0);
    }
    CHECK(f.spikes == 1 && f.peak > 0.0 && f.peak < 57.0);
    CHECK(f.spike_s > 1e-4 && f.spike_s < 1.5e-3 && fmod(f.spike_s, H) > 1e-9);
    for (k = 0; k < 2000 && !f.at_rest; k++) step(&p, &f, 0.0, 10, NULL, NULL, 0.0, 0);
    CHECK(f.at_rest && f.v == -85.0);

    f = fresh(); /* held: stays where it was put, the rest of the chain follows */
    f.v = -40.0;
    for (k = 0; k < 5; k++) step(&p, &f, 0.0, 10, NULL, NULL, 0.0, 1);
    CHECK(f.v == -40.0 && f.state[9 * M] > -85.0);

    f = fresh();
    f.v = NAN;
    step(&p, &f, 0.0, 10, NULL, NULL, 0.0, 0);
    CHECK(isnan(f.v) && !f.at_rest);
    f = fresh();
    f.v = 1e9;
    step(&p, &f, 0.0, 1, NULL, NULL, 0.0, 0);

    p = make(0.0); /* passive: steady state of a current is the current times the chain's resistance */
    f = fresh();
    for (k = 0; k < 1000; k++) step(&p, &f, 0.0, 10, NULL, NULL, 1e-9, 0);
    for (i = 0; i < M; i++) {
        const double v = i ? f.state[9 * M + i - 1] : f.v;
        leaked += leak[2 * i] * (v + 85.0) + leak[2 * i + 1] * (f.state[8 * M + i] + 85.0);
        total += v;
    }
    CHECK(fabs(leaked - 1e-6) < 1e-12 && total > -85.0 * M); /* 1 nA = 1e-6 S mV */
    printf("fiber.c: ok\n");
    return 0;
}
