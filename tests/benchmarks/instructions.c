/* What instructions.py counts and least.py times: one impulse through junctions and fibers side by side, without Python.
 *
 *     instructions CASE
 *
 * The model is human; instructions.py writes it into model.h, as statements that fill the structs. Everything is set up
 * here and runs as in a network; only what the case is about runs inside measured(), which callgrind watches. Prints what
 * to divide by (junction-steps, compartment-sub-steps, impulses or quanta that were measured), and the seconds it took.
 * Only entry points of the kernels are called, and states are read only where a caller owns them. */
#define _POSIX_C_SOURCE 199309L
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "nmj/fibers.h"
#include "nmj/junctions.h"

#define N 128 /* junctions and fibers: two blocks of neighbors */

static nmj_junctions p;
static nmj_fibers f;
static nmj_chunks of_junctions, of_fibers;
static double dt_s, sites; /* time step; vesicles that are ready at rest */

static void fill(void)
{
#include "model.h"
}

static void *zeros(size_t count, size_t size)
{
    void *memory = calloc(count > 0 ? count : 1, size);
    if (memory == NULL) exit(3);
    return memory;
}

static double *doubles(size_t count, double value)
{
    double *memory = zeros(count, sizeof *memory);
    size_t k;
    for (k = 0; k < count; k++) memory[k] = value;
    return memory;
}

/* Chunks of a population of n_chunk, which one thread takes in turn. */
static void divide(nmj_chunks *chunks, int32_t n_chunk)
{
    int32_t *room = zeros((size_t)(5 * n_chunk) + N, sizeof *room);
    chunks->n = n_chunk;
    chunks->now = room;
    chunks->active = room + n_chunk;
    chunks->straggler = room + 2 * n_chunk;
    chunks->fired = room + 3 * n_chunk;
    chunks->late = room + 4 * n_chunk;
}

static void in_turn(void *threads, nmj_task task, void *work, int32_t n_chunk)
{
    int32_t c;
    (void)threads;
    for (c = 0; c < n_chunk; c++) task(work, c);
}

/* N junctions of one neuron, each on its fiber, at rest. */
static void build(void)
{
    const double rest_V = 1e-3 * f.fiber.v_rest_mV;
    int32_t *source = zeros(N, sizeof *source), *target = zeros(N, sizeof *target), *start = zeros(2, sizeof *start);
    int32_t *order = zeros(N, sizeof *order), *multiplicity = zeros(N, sizeof *multiplicity), *scratch = zeros(2 * N, sizeof *scratch);
    double *v = doubles(N, rest_V), *slope = doubles(N, 0.0), *peak = doubles(N, rest_V);
    double *drive_g = doubles(nmj_drive_size(N, p.n_sub), 0.0), *drive_gE = doubles(nmj_drive_size(N, p.n_sub), 0.0);
    unsigned char *driven = zeros(N, 1), *stirred = zeros(nmj_block_count(N), 1);
    int32_t *cut = zeros((size_t)nmj_block_count(N) + 2, sizeof *cut), j, k;
    for (j = 0; j < N; j++) target[j] = j;
    nmj_index_by_source(N, 1, N, source, target, start, order, multiplicity, scratch);
    p.n = N;
    p.n_source = 1;
    p.n_volley = 4;
    p.key[0] = 4u;
    p.source = source, p.target = target, p.start = start, p.order = order, p.multiplicity = multiplicity;
    p.delay_s = doubles(N, 0.0), p.receptor_loss = doubles(N, 0.0), p.ready = doubles(N, sites);
    p.quanta = doubles(N, 0.0), p.quanta_total = doubles(N, 0.0), p.impulses = zeros(N, sizeof *p.impulses);
    p.release_time_s = doubles(N, -1.0), p.ACh = doubles(N, 0.0), p.open_channels = doubles(N, 0.0);
    p.g_S = doubles(N, 0.0), p.peak_g_S = doubles(N, 0.0);
    p.occupancy = zeros((size_t)p.endplate.n_state, sizeof *p.occupancy);
    for (k = 0; k < p.endplate.n_state; k++) p.occupancy[k] = doubles(N, 0.0);
    p.v_V = f.v_V = v, p.v_slope_V_per_s = f.v_slope_V_per_s = slope, p.peak_v_V = f.peak_v_V = peak;
    p.drive_g_S = f.drive_g_S = drive_g, p.drive_gE_S_mV = f.drive_gE_S_mV = drive_gE, p.driven = f.driven = driven;
    p.stirred = f.stirred = stirred;
    p.straggler = zeros(N, sizeof *p.straggler), f.straggler = zeros(N, sizeof *f.straggler);
    divide(&of_junctions, nmj_junctions_cut(N, N, target, 1, cut, scratch));
    of_junctions.cut = cut;
    of_fibers.size = nmj_fibers_chunk(&f.fiber);
    divide(&of_fibers, (N + of_fibers.size - 1) / of_fibers.size);
    p.terminal = zeros(N, sizeof *p.terminal), p.volley = zeros(N * 4, sizeof *p.volley);
    p.volley_s = doubles(N * 4, 0.0);
    p.x = doubles(nmj_junctions_state_size(&p.endplate, N), 0.0), p.most = doubles(N, 0.0);
    p.event_s = doubles(N, 0.0), p.wake_s = doubles(N, 0.0), p.follow_s = doubles(N, 0.0);
    p.block_wake_s = doubles((size_t)nmj_block_count(N), 0.0);
    nmj_junctions_initialize(&p, 0);
    f.n = N;
    f.n_sub = p.n_sub;
    f.touched = 0; /* as if nobody wrote to them */
    f.spike_time_s = doubles(N, -1e9), f.interval_s = doubles(N, 0.0), f.spike_count = zeros(N, sizeof *f.spike_count);
    f.I_A = doubles(N, 0.0), f.na_available = doubles(N, 1.0), f.clamped = zeros(N, 1);
    f.spikes = zeros(N + 1, sizeof *f.spikes), f.awake = zeros(N, 1);
    f.chain = zeros(nmj_fibers_state_size(&f.fiber, N), sizeof(float));
    nmj_fibers_rest(&f);
    dt_s = p.h_s * p.n_sub;
}

static int32_t awake; /* of the last call */

static void junctions(double t_s)
{
    awake = nmj_junctions_step(&p, &of_junctions, t_s, in_turn, NULL);
}

static void fibers(double t_s)
{
    int32_t active;
    nmj_fibers_step(&f, &of_fibers, t_s, in_turn, NULL, &active);
}

/* All quanta of an impulse of junction number `impulse`, as a junction takes them that is looked at rarely. */
static double released;

static void one_release(double impulse)
{
    const int32_t j = (int32_t)impulse;
    const nmj_address at = nmj_junction_address(&p, j);
    double times_s[NMJ_DRAWS], sizes[NMJ_DRAWS];
    nmj_volley volley;
    int n;
    nmj_volley_send(&volley, 1.0);
    nmj_release_impulse(&p.release, &at, p.terminal + j, &volley);
    while ((n = nmj_volley_next(&p.release, &at, &volley, 2.0, times_s, sizes)) > 0) released += n;
}

/* What callgrind watches: its name is told on its command line. */
void measured(void (*call)(double), double argument);
#if defined(__GNUC__)
__attribute__((noinline))
#endif
void measured(void (*call)(double), double argument)
{
    call(argument);
}

static double spent_s;

static void timed(void (*call)(double), double argument)
{
    struct timespec begin, end;
    clock_gettime(CLOCK_MONOTONIC, &begin);
    measured(call, argument);
    clock_gettime(CLOCK_MONOTONIC, &end);
    spent_s += (double)(end.tv_sec - begin.tv_sec) + 1e-9 * (double)(end.tv_nsec - begin.tv_nsec);
}

static int32_t fibers_to_do(void)
{
    int32_t i, count = 0;
    for (i = 0; i < N; i++) count += f.awake[i] || f.driven[i];
    return count;
}

/* Some seconds in which nothing happens, in one call: to read a clock takes longer than a step. */
enum { STEPS_ASLEEP = 60000 };

static void junctions_asleep(double t_s)
{
    int k;
    for (k = 0; k < STEPS_ASLEEP; k++) junctions(t_s + dt_s * k);
}

static void fibers_asleep(double t_s)
{
    int k;
    for (k = 0; k < STEPS_ASLEEP; k++) fibers(t_s + dt_s * k);
}

static double asleep(int of_fibers)
{
    junctions(-dt_s); /* the first look at each */
    fibers(-dt_s);
    fibers(-dt_s);
    timed(of_fibers ? fibers_asleep : junctions_asleep, 0.0);
    return (double)N * STEPS_ASLEEP * (of_fibers ? (double)f.fiber.n_compartment * f.n_sub : 1.0);
}

/* One impulse to all at 0; junctions, or fibers, are measured in steps that begin at `from` or later and before `to`. */
static double course(int of_fibers, double from_s, double to_s)
{
    const int32_t spike[] = {0};
    const double per_fiber = (double)f.fiber.n_compartment * f.n_sub;
    double work = 0.0;
    int k, steps = 600;
    junctions(-dt_s); /* the first look at each */
    fibers(-dt_s);
    nmj_junctions_receive(&p, spike, 1, 0.0);
    for (k = 0; k < steps; k++) {
        const double t_s = dt_s * k;
        const int mine = t_s > from_s - 0.5 * dt_s && t_s < to_s - 0.5 * dt_s;
        int32_t busy;
        if (mine && !of_fibers) timed(junctions, t_s);
        else junctions(t_s);
        busy = fibers_to_do();
        if (mine && !of_fibers) work += awake;
        if (mine && of_fibers) work += busy * per_fiber;
        if (mine && of_fibers) timed(fibers, t_s);
        else fibers(t_s);
    }
    for (k = 0; k < N; k++)
        if (f.spike_count[k] != 1 || f.awake[k] || p.wake_s[k] < dt_s * steps) exit(4); /* each fired once and is at rest */
    return work;
}

int main(int argc, char **argv)
{
    const char *name = argc > 1 ? argv[1] : "";
    double work = 0.0, late_s = 1e9;
    int k;
    fill();
    build();
    if (!strcmp(name, "junction, asleep")) work = asleep(0);
    else if (!strcmp(name, "junction, volley")) work = course(0, 0.0, 1e-3);
    else if (!strcmp(name, "junction, tail")) work = course(0, 1e-3, 5e-3);
    else if (!strcmp(name, "junction, all of an impulse")) work = course(0, 0.0, late_s) > 0.0 ? N : 0.0;
    else if (!strcmp(name, "fiber, asleep")) work = asleep(1);
    else if (!strcmp(name, "fiber, action potential")) work = course(1, 0.0, 3e-3);
    else if (!strcmp(name, "fiber, recovery")) work = course(1, 3e-3, late_s);
    else if (!strcmp(name, "fiber, all of an impulse")) work = course(1, 0.0, late_s) > 0.0 ? N : 0.0;
    else if (!strncmp(name, "release", 7)) {
        for (k = 0; k < N; k++) timed(one_release, k);
        work = strstr(name, "quantum") ? released : N;
    } else {
        fprintf(stderr, "unknown case: %s\n", name);
        return 2;
    }
    printf("%.17g %.9g\n", work, spent_s);
    return 0;
}
