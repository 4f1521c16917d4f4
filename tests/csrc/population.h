/* A population of junctions for the harnesses: the smallest receptor there is, in closed form.
 *
 * One open state closes at a fixed rate, fed by one exponential source; its propagator, entries and sums are closed forms. Each impulse
 * releases all `SITES` vesicles at once. */
#include <stdio.h>
#include <stdlib.h>

#include "nmj/junctions.h"

#define N 200       /* junctions: four blocks */
#define N_FIBER 100
#define N_SOURCE 3
#define N_SUB 10
#define N_VOLLEY 2
#define SIZE 3      /* open, source, w */
#define SITES 5.0

static const double h = 1e-5, closing = 2000.0, binding = 2e4, amplitude_per_s = 1e7, step_s = 1e-4;

static int failures = 0;

static void check(int ok, const char *what)
{
    if (!ok) {
        failures++;
        fprintf(stderr, "FAILED: %s\n", what);
    }
}

/* Open channels at time t after one quantum of size 1. */
static double quantum_open(double t)
{
    return t < 0.0 ? 0.0 : amplitude_per_s * (exp(-binding * t) - exp(-closing * t)) / (closing - binding);
}

#define NR 33
static double propagator[3 * 4], entry_mix[2] = {1.0, 1.0}, entry[NR * 4], amplitude[2] = {1e7, 1e7}, residual[NR * 4], decay[1];
static double open_[1] = {1.0}, none[1] = {0.0};
static int32_t source[N], target[N], start[N_SOURCE + 1], order[N], multiplicity[N], impulses[N];
static double delay[N], loss[N], ready[N], quanta[N], total[N], when[N], ACh[N], channels[N], g[N], peak_g[N];
static double occupied[N], *occupancy[1] = {occupied};
static double v[N_FIBER], slope[N_FIBER], peak_v[N_FIBER], drive_g[(N_FIBER + NMJ_LANES) * N_SUB], drive_gE[(N_FIBER + NMJ_LANES) * N_SUB];
static unsigned char driven[N_FIBER];
static nmj_terminal terminal[N];
static nmj_volley volley[N * N_VOLLEY];
static double volley_s[N * N_VOLLEY];
static double x[(N + NMJ_LANES) * SIZE], most[N], event[N], wake[N], follow[N], block_wake[(N + NMJ_BLOCK - 1) / NMJ_BLOCK];

/* Mean of quantum_open from 0 to t. */
static double mean_open(double t)
{
    return t > 0.0 ? amplitude_per_s * ((1.0 - exp(-binding * t)) / binding - (1.0 - exp(-closing * t)) / closing) / ((closing - binding) * t) : 0.0;
}

/* Junction j on fiber j / 2, driven by neuron 0 (junctions 0-63, the first block), 1 or 2. */
static nmj_junctions population(int n_step)
{
    nmj_junctions p;
    int32_t scratch[2 * N_FIBER], j, i;
    int k;
    memset(&p, 0, sizeof p);
    p.n_step = n_step;
    p.endplate.step_s = step_s / n_step;
    memset(propagator, 0, sizeof propagator);
    propagator[0] = exp(-closing * p.endplate.step_s); /* columns S, w, m; rows S, w, mean */
    propagator[2] = (1.0 - propagator[0]) / (closing * p.endplate.step_s);
    propagator[8] = quantum_open(p.endplate.step_s) / amplitude_per_s;
    propagator[3] = exp(-0.5 * closing * p.endplate.step_s);
    propagator[11] = quantum_open(0.5 * p.endplate.step_s) / amplitude_per_s;
    propagator[10] = mean_open(p.endplate.step_s) / amplitude_per_s;
    for (k = 0; k < NR; k++) {
        const double t = p.endplate.step_s * k / (NR - 1.0);
        entry[4 * k] = quantum_open(t);
        entry[4 * k + 3] = quantum_open(t - 0.5 * p.endplate.step_s);
        entry[4 * k + 2] = mean_open(t) * k / (NR - 1.0);
        residual[4 * k] = exp(-binding * t);
    }
    decay[0] = exp(-binding * p.endplate.step_s);
    p.endplate.n_state = p.endplate.n_source = p.endplate.n_voltage = p.endplate.n_part = p.endplate.n_entry_part = 1;
    p.endplate.n_page = 2;
    p.endplate.n_residual = NR;
    p.endplate.page0_share = p.endplate.dlog_density = p.endplate.dv_mV = 1.0;
    p.endplate.propagator = propagator;
    p.endplate.propagator_mix = none;
    p.endplate.entry_mix = entry_mix;
    p.endplate.entry = entry;
    p.endplate.source_residual = residual;
    p.endplate.source_decay = decay;
    p.endplate.amplitude_per_s = amplitude;
    p.endplate.ACh_residual = p.endplate.ACh_decay = p.endplate.ACh_amplitude = none;
    p.endplate.open = open_;
    p.endplate.desensitized = p.endplate.rest = none;
    p.release.hazard = 50.0; /* every ready vesicle is released ... */
    p.release.refill_rate_per_s = 1e6; /* ... and at once replaced */
    p.release.mobilization_rate_per_s = p.release.recruitment_rate_per_s = 1.0;
    p.release.size_a = 1.0;
    p.conductance_S = 60e-12;
    p.reversal_mV = -3.0;
    p.endplate_receptors = 1e7;
    p.free_fraction = 1.0;
    p.h_s = h;
    p.n_sub = N_SUB;
    p.n_volley = N_VOLLEY;
    p.n = N;
    p.n_source = N_SOURCE;
    for (j = 0; j < N; j++) {
        source[j] = j < NMJ_BLOCK ? 0 : 1 + j % 2;
        target[j] = j / 2;
        delay[j] = 1.0005e-3 + 1e-6 * j; /* between steps */
        loss[j] = quanta[j] = total[j] = g[j] = peak_g[j] = channels[j] = ACh[j] = 0.0;
        ready[j] = SITES;
        impulses[j] = 0;
        when[j] = -1.0;
    }
    for (i = 0; i < N_FIBER; i++) {
        v[i] = peak_v[i] = -0.08;
        slope[i] = 0.0;
        driven[i] = 0;
    }
    memset(drive_g, 0, sizeof drive_g);
    memset(drive_gE, 0, sizeof drive_gE);
    nmj_index_by_source(N, N_SOURCE, N_FIBER, source, target, start, order, multiplicity, scratch);
    p.source = source, p.target = target, p.start = start, p.order = order, p.multiplicity = multiplicity;
    p.delay_s = delay, p.receptor_loss = loss, p.ready = ready, p.quanta = quanta, p.quanta_total = total;
    p.impulses = impulses, p.release_time_s = when, p.ACh = ACh, p.open_channels = channels, p.g_S = g;
    p.peak_g_S = peak_g, p.occupancy = occupancy, p.v_V = v, p.v_slope_V_per_s = slope, p.peak_v_V = peak_v;
    p.drive_g_S = drive_g, p.drive_gE_S_mV = drive_gE, p.driven = driven, p.terminal = terminal;
    p.volley = volley, p.volley_s = volley_s, p.x = x, p.most = most, p.event_s = event, p.wake_s = wake, p.block_wake_s = block_wake;
    p.follow_s = follow;
    nmj_junctions_initialize(&p, 0);
    return p;
}

/* One step from step number k on; the fibers' buffers are emptied first, as the fibers do. */
static void advance(const nmj_junctions *p, int k)
{
    memset(drive_g, 0, sizeof drive_g);
    memset(drive_gE, 0, sizeof drive_gE);
    memset(driven, 0, sizeof driven);
    nmj_junctions_advance(p, step_s * k);
}
