/* Proves csrc/nmj/course.h, and what fibers.h does with it, without Python: a table that is linear in phase and size is read back
 * exactly; a fiber joins where it lies on it, leaves where it is by then, and is driven where only its junction follows. */
#include <stdio.h>

#include "nmj/fibers.h"

enum { N_PHASE = 5, N_SIZE = 3, N_ROW = 9, N_SUB = 4 }; /* one compartment */
static const double STEP = 1e-4, H = 2.5e-5, REST = -80.0;

static int failures = 0;

static void check(int ok, const char *what)
{
    if (!ok) {
        failures++;
        fprintf(stderr, "FAILED: %s\n", what);
    }
}

static float spike[N_PHASE][N_SIZE][N_ROW], mini[N_PHASE][2][N_ROW];
static double start[16], size[16], until[16], offered[16];
static unsigned char follows[16], alone[16], kind[16];

/* Row r of phase u (in steps) and size w: gates stay, voltages fall with phase and rise with size, so does the conductance. */
static double value(double u, double w, int r)
{
    if (r < 6) return 0.25;
    if (r == 6) return -60.0 - REST - 4.0 * u + w; /* above rest */
    return r < 8 ? -60.0 - 4.0 * u + w : 1e-9 * (1.0 + w) * (10.0 - u);
}

static nmj_course make(void)
{
    nmj_course c;
    int i, j, r;
    memset(&c, 0, sizeof c);
    for (i = 0; i < N_PHASE; i++)
        for (r = 0; r < N_ROW; r++) {
            for (j = 0; j < N_SIZE; j++) spike[i][j][r] = (float)value(i, j, r);
            mini[i][0][r] = (float)(r < 6 ? 0.25 : r == 7 ? REST : 0.0);
            mini[i][1][r] = mini[i][0][r] + (r < 6 ? 0.0f : r < 8 ? 0.5f : 1e-9f);
        }
    c.table[NMJ_COURSE_SPIKE].n_phase = c.table[NMJ_COURSE_MINI].n_phase = N_PHASE;
    c.table[NMJ_COURSE_SPIKE].n_size = N_SIZE;
    c.table[NMJ_COURSE_MINI].n_size = 2;
    c.table[NMJ_COURSE_SPIKE].row = &spike[0][0][0];
    c.table[NMJ_COURSE_MINI].row = &mini[0][0][0];
    c.table[NMJ_COURSE_SPIKE].end_s = c.table[NMJ_COURSE_MINI].end_s = 4.0 * STEP;
    c.n_row = N_ROW;
    c.step_s = STEP;
    c.last_s = 3.0 * STEP;
    c.tolerance_mV = 0.1;
    c.tolerance = 0.01;
    c.reversal_mV = -5.0;
    c.rest_mV = REST;
    c.start_s = start, c.size = size, c.until_s = until, c.offered_S = offered;
    c.follows = follows, c.alone = alone, c.kind = kind;
    return c;
}

static void tables(const nmj_course *c)
{
    nmj_course_place at;
    int r;
    for (r = 0; r < N_ROW; r++) {
        at = nmj_course_at(c, NMJ_COURSE_SPIKE, 2.25 * STEP, 1.5);
        check(fabs(nmj_course_value(&at, r) - value(2.25, 1.5, r)) < 1e-5 * fabs(value(2.25, 1.5, r)) + 1e-15, "between rows");
    }
    at = nmj_course_at(c, NMJ_COURSE_SPIKE, 99.0 * STEP, 2.0);
    check(fabs(nmj_course_mV(c, &at) - value(4.0, 2.0, 7)) < 1e-4, "beyond the last phase: as there");
    at = nmj_course_at(c, NMJ_COURSE_SPIKE, -STEP, 0.0);
    check(fabs(nmj_course_mV(c, &at) - value(0.0, 0.0, 7)) < 1e-4, "before the first one: as there");
    at = nmj_course_at(c, NMJ_COURSE_MINI, STEP, 3.0);
    check(fabs(nmj_course_mV(c, &at) - (REST + 1.5)) < 1e-4, "a larger quantum, in proportion");
    check(fabs(nmj_course_size(c, STEP, value(1.0, 1.25, 8)) - 1.25) < 1e-5, "a conductance tells its size");
    check(fabs(nmj_course_size(c, STEP, 0.5 * value(1.0, 0.0, 8)) + 0.5) < 1e-5, "a little less than the smallest");
    check(nmj_course_size(c, STEP, 0.0) == NMJ_COURSE_NONE && nmj_course_size(c, STEP, 1.0) == NMJ_COURSE_NONE, "none is outside");
}

static double v_V[16], slope[16], peak[16], spiked[16], interval[16], current[16], na[16];
static nmj_singles chain[16];
static double drive_g[16 * N_SUB], drive_gE[16 * N_SUB], charge[2] = {1e-9, 1e-9}, none[2], leak[2] = {1e-9, 1e-9}, leakE[2] = {-80e-9, -80e-9};
static double access_S[1] = {1e-9}, gates[16], rest[15];
static float single[16];
static int32_t count[16], spikes[17];
static char clamped[16];
static unsigned char driven[16], awake[16];

static nmj_fibers fibers(nmj_course course)
{
    nmj_fibers p;
    int i;
    memset(&p, 0, sizeof p);
    for (i = 0; i < 16; i++) {
        gates[i] = i % 8 < 4 ? 1.0 : 0.0; /* they stay */
        single[i] = (float)gates[i];
        v_V[i] = peak[i] = 1e-3 * REST;
        na[i] = 1.0;
        spiked[i] = -1.0;
    }
    for (i = 0; i < 15; i++) rest[i] = i < 8 ? 0.25 : REST;
    rest[12] = 1.0, rest[13] = 0.0, rest[14] = NMJ_FIBER_AWAKE;
    p.course = course;
    p.touched = 1;
    p.n = 16;
    p.n_sub = N_SUB;
    p.fiber.n_compartment = p.fiber.other_side = 1;
    p.fiber.n_table = 2;
    p.fiber.h_s = H;
    p.fiber.v0_mV = -200.0;
    p.fiber.inverse_dv_per_mV = 1.0 / 400.0;
    p.fiber.e_na_mV = 50.0, p.fiber.e_k_mV = -90.0;
    p.fiber.spike_mV = 0.0, p.fiber.rearm_mV = -30.0, p.fiber.v_rest_mV = REST;
    p.fiber.gates = gates, p.fiber.gates_single = single;
    p.fiber.charge_S = charge, p.fiber.g_na_S = p.fiber.g_k_S = none;
    p.fiber.g_leak_S = leak, p.fiber.gE_leak_S_mV = leakE, p.fiber.g_access_S = access_S, p.fiber.g_axial_S = none;
    p.fiber.rest = rest;
    p.v_V = v_V, p.v_slope_V_per_s = slope, p.peak_v_V = peak, p.spike_time_s = spiked, p.interval_s = interval;
    p.spike_count = count, p.I_A = current, p.na_available = na, p.clamped = clamped, p.spikes = spikes;
    p.chain = chain, p.drive_g_S = drive_g, p.drive_gE_S_mV = drive_gE, p.driven = driven, p.awake = awake;
    nmj_fibers_rest(&p);
    return p;
}

/* A fiber that fired at 0 and lies on the course after its step; what it does from then on. */
static void one_fiber(const nmj_fibers *p)
{
    const double t_s = 1.5 * STEP, w = 0.5;
    nmj_chains c;
    c.state = chain;
    c.v_mV[3] = value(1.5, w, 7);
    *nmj_chain_at(chain, 1, 6, 3) = (float)(value(1.5, w, 6) + 0.2);
    spiked[3] = 0.0;
    awake[3] = 1;
    offered[3] = value(1.5, w, 8);
    nmj_fibers_join_course(p, t_s, 3, 3, &c);
    check(!follows[3], "a voltage that is 0.2 mV off: it is computed");
    *nmj_chain_at(chain, 1, 6, 3) = (float)value(1.5, w, 6);
    nmj_fibers_join_course(p, t_s, 3, 3, &c);
    check(follows[3] && awake[3] == 0 && v_V[3] == 1e-3 * REST, "on the course it sleeps, and nobody sees it");
    check(fabs(size[3] - w) < 1e-4 && fabs(until[3] - 4.0 * STEP) < 1e-15, "its size, and until when");
    nmj_fibers_show_course(p, 2.0 * STEP);
    check(awake[3] == 2 && fabs(1e3 * v_V[3] - value(2.0, w, 7)) < 1e-4, "after a run it shows where it is");
    check(nmj_fibers_leaves_course(p, 2.0 * STEP, 3) == 0 && v_V[3] == 1e-3 * REST, "in a run that nobody watches it does not");
    driven[3] = 1;
    nmj_fibers_advance(p, 2.0 * STEP);
    check(!follows[3] && awake[3] == 1 && until[3] == 0.0, "a quantum comes: it is computed again, by its junction alone");
    check(1e3 * v_V[3] < -50.0 && 1e3 * v_V[3] > -80.0, "from where it was");
    nmj_course_begin(&p->course, 5, NMJ_COURSE_SPIKE, 0.0, w);
    nmj_chain_set_asleep(chain + nmj_chain_past(1), 5, until[5]);
    current[5] = 1e-12;
    nmj_fibers_advance(p, STEP);
    check(!follows[5] && until[5] > STEP && awake[5] == 1, "a current comes: the fiber leaves, its junction does not");
    check(drive_g[5] == 0.0, "its conductance drove the fiber, and the buffer is empty again");
}

int main(void)
{
    const nmj_course course = make();
    const nmj_fibers p = fibers(course);
    tables(&course);
    one_fiber(&p);
    return failures > 0;
}
