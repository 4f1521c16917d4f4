/* The population of fibers without Python: who sleeps, who wakes, who is listed as having fired. The membrane is one
 * passive compartment driven through 0 mV by a large conductance. Returns 0 on success. */
#include "nmj/fibers.h"

#include <stdio.h>

#define N 5
#define SUB 4
#define H 1e-5
#define REST (-85.0)

static float single[2 * 8];
static double table[2 * 8], charge[2] = {2e-3, 2e-3}, none[2], leak[2] = {1e-6, 1e-6};
static double leakE[2] = {REST * 1e-6, REST * 1e-6}, access_S[1] = {1e-9}, axial[1];
static double rest[15];

static double diameter[N], site_v[N], arrival[N], site[3] = {0.0, 0.0, 0.0};
static double v[N], slope[N], peak[N], spike_time[N], interval[N], current[N], na[N];
static nmj_singles chain[16]; /* N are one group */
static double state[15 * N], drive_g[NMJ_LANES * SUB], drive_gE[NMJ_LANES * SUB];
static int32_t count[N], spikes[N + 1], straggler[N];
static char clamped[N];
static unsigned char driven[N], awake[N];

static int failures = 0;

#define CHECK(what)                                        \
    do {                                                   \
        if (!(what)) {                                     \
            printf("line %d: %s\n", __LINE__, #what);      \
            failures++;                                    \
        }                                                  \
    } while (0)

/* chains: without sites and diameters of their own, advanced side by side; set_aside: a few of them as stragglers. */
static nmj_fibers make(int chains, int set_aside)
{
    nmj_fibers p;
    int i;
    memset(&p, 0, sizeof p);
    p.touched = 1;
    for (i = 0; i < 16; i++) {
        table[i] = i % 8 < 4 ? 1.0 : 0.0; /* gates stay */
        single[i] = (float)table[i];
    }
    rest[8] = REST;                                            /* tubule */
    rest[9] = rest[10] = rest[11] = REST;
    rest[12] = 1.0; /* armed */
    rest[14] = NMJ_FIBER_AWAKE;
    p.fiber.n_compartment = 1;
    p.fiber.n_table = 2;
    p.fiber.h_s = H;
    p.fiber.v0_mV = -200.0;
    p.fiber.inverse_dv_per_mV = 1.0 / 400.0;
    p.fiber.e_na_mV = 50.0;
    p.fiber.e_k_mV = -90.0;
    p.fiber.spike_mV = 0.0;
    p.fiber.rearm_mV = -30.0;
    p.fiber.v_rest_mV = REST;
    p.fiber.rest_tolerance_mV = 1e-3;
    p.fiber.gates = table;
    p.fiber.gates_single = single;
    p.fiber.charge_S = charge;
    p.fiber.g_na_S = none;
    p.fiber.g_k_S = none;
    p.fiber.g_leak_S = leak;
    p.fiber.gE_leak_S_mV = leakE;
    p.fiber.g_access_S = access_S;
    p.fiber.g_axial_S = axial;
    p.fiber.rest = rest;
    p.fiber.other_side = 1;
    if (!chains) {
        p.fiber.n_site = 1; /* at the end plate itself */
        p.fiber.site = site;
        p.fiber.diameter_m = 5e-5;
        p.diameter_m = diameter;
    }
    p.site_v_V[0] = site_v;
    p.site_arrival_s[0] = arrival;
    p.n = N;
    p.n_sub = SUB;
    p.v_V = v;
    p.v_slope_V_per_s = slope;
    p.peak_v_V = peak;
    p.spike_time_s = spike_time;
    p.interval_s = interval;
    p.spike_count = count;
    p.I_A = current;
    p.na_available = na;
    p.clamped = clamped;
    p.spikes = spikes;
    p.state = state;
    p.chain = chain;
    p.drive_g_S = drive_g;
    p.drive_gE_S_mV = drive_gE;
    p.driven = driven;
    p.awake = awake;
    p.straggler = set_aside ? straggler : NULL;
    for (i = 0; i < N; i++) {
        v[i] = peak[i] = 1e-3 * REST;
        na[i] = 1.0;
        diameter[i] = 5e-5;
        arrival[i] = -1e9;
        spike_time[i] = -1e9;
        slope[i] = interval[i] = current[i] = 0.0;
        count[i] = 0;
        clamped[i] = 0;
        driven[i] = awake[i] = 0;
    }
    memset(drive_g, 0, sizeof drive_g);
    memset(drive_gE, 0, sizeof drive_gE);
    CHECK(nmj_fibers_state_size(&p.fiber, N) == (chains ? sizeof chain / sizeof(float) : sizeof state / sizeof(double)));
    nmj_fibers_rest(&p);
    return p;
}

static void population(int chains, int set_aside)
{
    const nmj_fibers p = make(chains, set_aside);
    int i, s;
    CHECK(nmj_fiber_size(&p.fiber) == 15 && nmj_fiber_is_chain(&p.fiber) == chains);

    /* nothing happens to fibers at rest */
    CHECK(nmj_fibers_advance(&p, 0.0) == 0);
    for (i = 0; i < N; i++) CHECK(v[i] == 1e-3 * REST && !awake[i]);
    CHECK(spikes[N] == 0);

    /* a conductance towards +50 mV drives fibers 1 and 3 through 0 mV: listed in order, buffers cleared */
    for (s = 0; s < SUB; s++)
        for (i = 1; i <= 3; i += 2) {
            drive_g[s * NMJ_LANES + i] = 1e-3;
            drive_gE[s * NMJ_LANES + i] = 1e-3 * 50.0;
        }
    driven[1] = driven[3] = 1;
    CHECK(nmj_fibers_advance(&p, 1e-3) == 2);
    CHECK(spikes[N] == 2 && spikes[0] == 1 && spikes[1] == 3);
    CHECK(count[1] == 1 && count[3] == 1 && count[0] == 0);
    CHECK(spike_time[1] > 1e-3 && spike_time[1] < 1e-3 + SUB * H && spike_time[1] == spike_time[3]);
    CHECK(peak[1] > 0.0 && slope[1] > 0.0 && awake[1] && !awake[0]);
    /* a site has the voltage of its place, and what arrives there is timed as the spike is */
    CHECK(chains || (arrival[1] == spike_time[1] && arrival[3] == spike_time[3] && arrival[0] == -1e9));
    CHECK(chains || (site_v[1] == v[1] && site_v[3] == v[3]));
    for (i = 0; i < NMJ_LANES * SUB; i++) CHECK(drive_g[i] == 0.0 && drive_gE[i] == 0.0);
    CHECK(!driven[1] && !driven[3]);
    CHECK(v[0] == 1e-3 * REST);

    /* the list is emptied in the next step; the same depolarization does not count twice */
    CHECK(nmj_fibers_advance(&p, 2e-3) == 0 && spikes[N] == 0);
    CHECK(count[1] == 1);

    /* a voltage that was written, a current, a clamp and lost Na channels wake a fiber */
    v[0] = -0.07;
    current[2] = 1e-9;
    clamped[4] = 1;
    v[4] = -0.04;
    nmj_fibers_advance(&p, 3e-3);
    CHECK(v[0] < -0.07 && v[0] > 1e-3 * REST);
    CHECK(v[2] > 1e-3 * REST);
    CHECK(v[4] == -0.04);

    /* left alone, it goes back to exactly the resting voltage and sleeps */
    current[2] = 0.0;
    for (i = 0; i < 20000; i++) nmj_fibers_advance(&p, 4e-3 + i * SUB * H);
    CHECK(v[0] == 1e-3 * REST && v[2] == 1e-3 * REST && !awake[0] && !awake[2]);
    CHECK(v[4] == -0.04);

    /* the interval is the time between the last two spikes */
    for (s = 0; s < SUB; s++) {
        drive_g[s * NMJ_LANES + 1] = 1e-3;
        drive_gE[s * NMJ_LANES + 1] = 1e-3 * 50.0;
    }
    driven[1] = 1;
    CHECK(nmj_fibers_advance(&p, 1.0) == 1 && count[1] == 2);
    CHECK(fabs(interval[1] - (1.0 - 1e-3)) < 1e-9);

    if (chains) return;
    /* a fiber twice as wide needs twice the current (here nearly no tubule loads it) */
    v[0] = v[2] = 1e-3 * REST;
    diameter[2] = 1e-4;
    current[0] = 1e-9;
    current[2] = 2e-9;
    for (i = 0; i < 20; i++) nmj_fibers_advance(&p, 2.0 + i * SUB * H);
    CHECK(v[0] > 1e-3 * REST + 1e-6 && fabs(v[2] - v[0]) < 1e-3 * (v[0] - 1e-3 * REST));
}

/* Fibers that fired in two lists, each in order, are one. */
static void merged(void)
{
    int32_t all[6] = {1, 4, 9, 0, 0, 0}, none[1] = {0}, i;
    const int32_t late[3] = {0, 5, 7}, expected[6] = {0, 1, 4, 5, 7, 9};
    nmj_fibers_merge(all, 3, late, 3);
    for (i = 0; i < 6; i++) CHECK(all[i] == expected[i]);
    nmj_fibers_merge(all, 6, none, 0);
    for (i = 0; i < 6; i++) CHECK(all[i] == expected[i]);
    nmj_fibers_merge(all, 0, late, 3);
    for (i = 0; i < 3; i++) CHECK(all[i] == late[i]);
}

int main(void)
{
    population(0, 0);
    population(1, 0);
    population(1, 1);
    merged();
    return failures != 0;
}
