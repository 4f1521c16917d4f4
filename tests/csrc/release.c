/* Proves csrc/nmj/release.h without Python.
 *
 * Without arguments: checks and returns 0. With a number n: prints a hash of the bits of the quanta of n impulses to
 * each of four terminals, so that two builds with different flags can be compared. */
#include <stdio.h>
#include <stdlib.h>

#include "nmj/release.h"

NMJ_PRECISE_BEGIN /* the inputs, too, must be the same whatever the flags */

static int failures = 0;

static void check(int ok, const char *what)
{
    if (!ok) {
        failures++;
        fprintf(stderr, "FAILED: %s\n", what);
    }
}

static double table[NMJ_LATENCY_POINTS];

/* Latency 0.1 ms + 0.1 ms H: an exponential distribution behind a dead time. */
static nmj_release_model example(void)
{
    nmj_release_model model;
    int i;
    for (i = 0; i < NMJ_LATENCY_POINTS; i++) {
        const int octave = i / NMJ_LATENCY_PER_OCTAVE, cell = i % NMJ_LATENCY_PER_OCTAVE;
        double hazard = 1.0 + (double)cell / (double)NMJ_LATENCY_PER_OCTAVE;
        int k;
        for (k = 0; k < octave; k++) hazard *= 2.0;
        table[i] = 1e-4 + 1e-4 * hazard / 16384.0;
    }
    memset(&model, 0, sizeof model);
    model.latency_s = table;
    model.hazard = 0.1625;
    model.f1_step = 0.15;
    model.f1_rate_per_s = 20.0;
    model.f2_step = 0.04;
    model.f2_rate_per_s = 10.0 / 3.0;
    model.f3_rate_per_s = 1.0 / 3.0;
    model.augmentation_step = 0.003;
    model.augmentation_rate_per_s = 1.0 / 7.0;
    model.potentiation_rate_per_s = 1.0 / 60.0;
    model.refill_rate_per_s = 0.1;
    model.refill_boost_per_s = 7.8;
    model.mobilization_step = 0.074;
    model.mobilization_rate_per_s = 4.35;
    model.recruit_boost_per_s = 1.2;
    model.recruitment_step = 0.3;
    model.recruitment_rate_per_s = 0.25;
    model.store_inverse = 5e-6;
    model.filling_rate_per_s = 1.0 / 60.0;
    model.mini_rate_per_s = 0.3;
    model.size_a = 0.993;
    model.size_b = 0.0838;
    return model;
}

static void latencies(void)
{
    const nmj_release_model model = example();
    double hazard;
    check(model.latency_s[0] == nmj_latency(table, 0.0), "latency at hazard 0");
    check(model.latency_s[0] == nmj_latency(table, 1.0 / 16384.0), "latency at the first point");
    check(table[NMJ_LATENCY_POINTS - 1] == nmj_latency(table, 1e9), "latency beyond the table");
    for (hazard = 7e-5; hazard < 63.9; hazard *= 1.01)
        check(fabs(nmj_latency(table, hazard) - (1e-4 + 1e-4 * hazard)) < 1e-15, "a linear table is interpolated exactly");
}

/* The same train in one jump per impulse and in steps of step_s: the same quanta, bit for bit. */
static uint64_t run(uint32_t target, int impulses, double step_s, double *total)
{
    const nmj_release_model model = example();
    nmj_address at;
    nmj_terminal terminal;
    nmj_volley volley;
    uint64_t hash = 14695981039346656037ull;
    int i;
    memset(&at, 0, sizeof at);
    at.key[0] = 7u;
    at.target = target;
    nmj_terminal_rest(207.0, &terminal);
    *total = 0.0;
    for (i = 0; i < impulses; i++) {
        const double start_s = 0.02 * (double)i;
        double times_s[NMJ_DRAWS], sizes[NMJ_DRAWS], last_s = 0.0;
        int count = 0, n, q, step, steps = (int)(0.02 / step_s + 0.5), sent;
        nmj_volley_send(&volley, start_s + 1.2345e-3);
        for (step = 1; step <= steps; step++) {
            const double end_s = step == steps ? start_s + 0.02 : start_s + step_s * (double)step;
            if (volley.state == NMJ_VOLLEY_IN_FLIGHT && volley.arrival_s < end_s) {
                sent = nmj_release_impulse(&model, &at, &terminal, &volley);
                check(sent == (int)terminal.quanta, "quanta of the last impulse");
            }
            while ((n = nmj_volley_next(&model, &at, &volley, end_s, times_s, sizes)) > 0)
                for (q = 0; q < n; q++) {
                    const double time_s = times_s[q], size = sizes[q];
                    const unsigned char *bytes = (const unsigned char *)&time_s;
                    size_t k;
                    check(time_s >= volley.arrival_s && time_s >= last_s && time_s < end_s, "quanta come in order of time");
                    check(size >= 0.0, "sizes are not negative");
                    last_s = time_s;
                    for (k = 0; k < sizeof time_s; k++) hash = (hash ^ bytes[k]) * 1099511628211ull;
                    bytes = (const unsigned char *)&size;
                    for (k = 0; k < sizeof size; k++) hash = (hash ^ bytes[k]) * 1099511628211ull;
                    *total += size;
                    count++;
                }
        }
        check(volley.state == NMJ_VOLLEY_FREE, "the volley is over before the next impulse");
        check(count == (int)terminal.quanta, "every quantum was delivered");
        check(terminal.ready >= 0.0 && terminal.ready <= terminal.sites, "ready vesicles fit the sites");
    }
    check(terminal.impulses == (uint32_t)impulses, "impulses are counted");
    return hash;
}

static void spontaneous(void)
{
    const nmj_release_model model = example();
    nmj_address at;
    nmj_terminal once, often;
    double time_s, size, sum_once = 0.0, sum_often = 0.0;
    int n_once = 0, n_often = 0, step;
    memset(&at, 0, sizeof at);
    nmj_terminal_rest(207.0, &once);
    nmj_terminal_rest(207.0, &often);
    nmj_spontaneous_rate(&at, &once, 0.0, 2.0);
    while (nmj_spontaneous_next(&model, &at, &once, 500.0, &time_s, &size)) {
        sum_once += time_s * size;
        n_once++;
    }
    for (step = 0; step < 50000; step++) {
        nmj_spontaneous_rate(&at, &often, 0.01 * (double)step, 2.0);
        while (nmj_spontaneous_next(&model, &at, &often, 0.01 * (double)(step + 1), &time_s, &size)) {
            sum_often += time_s * size;
            n_often++;
        }
    }
    check(n_once == n_often && sum_once == sum_often, "minis do not depend on the step");
    check(abs(n_once - 1000) < 130, "about 1000 minis");
    nmj_spontaneous_rate(&at, &once, 500.0, 0.0);
    check(!nmj_spontaneous_next(&model, &at, &once, 1e9, &time_s, &size), "no minis at rate 0");
    nmj_spontaneous_rate(&at, &once, 600.0, 4.0);
    check(nmj_spontaneous_next(&model, &at, &once, 700.0, &time_s, &size) && time_s >= 600.0, "minis resume");
}

/* Residual calcium: the n-th power of a 1 + F that is known, and nothing when it is off. */
static void residual(void)
{
    nmj_release_model model = example();
    nmj_address at;
    double released[3];
    int k;
    memset(&at, 0, sizeof at);
    model.flags = NMJ_RELEASE_MEAN;
    model.hazard = 1e-7;
    model.f1_step = 0.5;
    model.f2_step = model.augmentation_step = 0.0;
    for (k = 0; k < 3; k++) {
        nmj_terminal terminal;
        nmj_volley volley;
        model.residual_power = (double)(2 * k);
        nmj_terminal_rest(207.0, &terminal);
        nmj_volley_send(&volley, 0.0);
        nmj_release_impulse(&model, &at, &terminal, &volley);
        nmj_volley_send(&volley, 0.0);
        nmj_release_impulse(&model, &at, &terminal, &volley);
        released[k] = terminal.quanta / (207.0 * model.hazard);
    }
    check(fabs(released[0] - 1.5) < 1e-5, "facilitation adds");
    check(fabs(released[1] - 2.25) < 1e-5, "residual calcium, second power");
    check(fabs(released[2] - 5.0625) < 1e-5, "residual calcium, fourth power");
}

int main(int argc, char **argv)
{
    uint32_t target;
    const int impulses = argc > 1 ? atoi(argv[1]) : 50;
    for (target = 0; target < 4; target++) {
        double total, again;
        const uint64_t hash = run(target, impulses, 0.02, &total);
        if (argc > 1) {
            printf("%016llx\n", (unsigned long long)hash);
        } else {
            check(hash == run(target, impulses, 1e-4, &again) && total == again, "steps of 0.1 ms");
            check(hash == run(target, impulses, 2.5e-5, &again) && total == again, "steps of 0.025 ms");
        }
    }
    if (argc > 1) return 0;
    latencies();
    spontaneous();
    residual();
    if (failures == 0) printf("release: ok\n");
    return failures != 0;
}

NMJ_PRECISE_END
