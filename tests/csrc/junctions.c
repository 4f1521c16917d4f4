/* Junctions and their fibers without Python: who wakes when, what adds up, what overflows. */
#include "population.h"

static int32_t count[N];

/* Where the drive of a fiber in a sub-step is. */
static size_t drive(int32_t fiber, int s) { return nmj_drive_place(fiber, N_SUB) + (size_t)(s * NMJ_LANES); }

/* An impulse arrives after its own delay, not on a grid, and its conductance is the closed form. */
static void delays(void)
{
    const nmj_junctions p = population(1);
    const int32_t spike[] = {1};
    double worst = 0.0, largest = 0.0, half;
    int k, s;
    int32_t j;
    check(nmj_junctions_receive(&p, spike, 1, 2e-4) == -1, "an impulse is taken");
    for (k = 2; k < 40; k++) {
        advance(&p, k);
        for (j = 0; j < N; j++) {
            const double arrival = 2e-4 + delay[j], end = step_s * (k + 1);
            const int reached = source[j] == 1 && arrival < end;
            check(impulses[j] == reached && quanta[j] == (reached ? SITES : 0.0), "impulses arrive once, in time");
            if (reached) {
                check(fabs(when[j] - arrival) < 1e-15, "release at the moment of arrival");
                half = fabs(channels[j] - SITES * quantum_open(end - arrival));
                if (half > worst) worst = half;
                if (channels[j] > largest) largest = channels[j];
                check(g[j] == channels[j] * p.conductance_S && occupied[j] == channels[j], "what a user sees");
                check(peak_g[j] >= g[j], "the peak is a maximum");
            } else {
                check(channels[j] == 0.0, "nothing before arrival");
            }
        }
        for (j = NMJ_BLOCK / 2; j < N_FIBER; j++) { /* one junction of each of these is active */
            const double t = step_s * (k + 1) - 2e-4 - delay[2 * j];
            double sum = 0.0;
            for (s = 0; s < N_SUB; s++) {
                sum += drive_g[drive(j, s)];
                check(drive_g[drive(j, s)] >= 0.0, "no negative conductance");
                check(drive_gE[drive(j, s)] == -3.0 * drive_g[drive(j, s)], "conductance times reversal");
            }
            half = (t * mean_open(t) - (t > step_s ? (t - step_s) * mean_open(t - step_s) : 0.0)) * SITES * p.conductance_S / h;
            if (t <= 0.0) half = 0.0;
            check(fabs(sum - half) < 2e-4 * half + 1e-12, "the charge of a step is that of the closed form");
            if (t > 4.0 * step_s) /* and where channels only close, so is that of a sub-step */
                for (s = 0; s < N_SUB; s++) {
                    half = 0.5 * SITES * (quantum_open(t - step_s + h * s) + quantum_open(t - step_s + h * (s + 1))) * p.conductance_S;
                    check(fabs(drive_g[drive(j, s)] - half) < 1e-3 * half, "mean conductance of a sub-step");
                }
        }
    }
    printf("open channels: %.6g at most, closed form within %.3g\n", largest, worst);
    check(largest > 100.0 && worst < 2e-3 * largest, "open channels follow the closed form");
}

/* Blocks without anything due are not even looked at; those with an impulse wake in its step and sleep again. */
static void sleeping(void)
{
    const nmj_junctions p = population(1);
    const int32_t spike[] = {0};
    int k, awake = 0;
    advance(&p, 0); /* looked at once */
    check(block_wake[0] == NMJ_NEVER && wake[0] == NMJ_NEVER, "at rest, without minis: asleep for good");
    check(nmj_junctions_receive(&p, spike, 1, step_s) == -1, "an impulse is taken");
    check(fabs(block_wake[0] - (step_s + delay[0])) < 1e-15, "the block wakes with its first impulse");
    check(block_wake[1] == NMJ_NEVER && block_wake[3] == NMJ_NEVER, "other blocks sleep on");
    wake[100] = -NMJ_NEVER; /* due, if only someone looked: blocks without an impulse are skipped as a whole */
    channels[100] = 7.0;
    for (k = 1; k < 400; k++) {
        advance(&p, k);
        awake += driven[0];
        check(channels[100] == 7.0 && !driven[50], "a sleeping block is not touched");
        check(k > 10 || !driven[0], "nothing moves while the impulse travels");
        check(k != 11 || driven[0], "the block wakes in the step of the arrival");
    }
    check(block_wake[0] == NMJ_NEVER && channels[0] == 0.0 && x[0] == 0.0, "back at rest, exactly");
    check(awake > 20 && awake < 100, "awake for a few milliseconds");
    check(impulses[0] == 1 && impulses[NMJ_BLOCK - 1] == 1 && impulses[NMJ_BLOCK] == 0, "one neuron, one block");
}

/* Two junctions on one fiber drive it with the sum of what each does alone. */
static void sums(void)
{
    const int32_t spikes[3][2] = {{1, 1}, {2, 2}, {1, 2}};
    const int counts[3] = {1, 1, 2};
    static double course[3][40 * N_SUB];
    double largest = 0.0;
    int run, k, s;
    for (run = 0; run < 3; run++) {
        const nmj_junctions p = population(1);
        nmj_junctions_receive(&p, spikes[run], counts[run], 0.0);
        for (k = 0; k < 40; k++) {
            advance(&p, k);
            for (s = 0; s < N_SUB; s++) course[run][k * N_SUB + s] = drive_g[drive(60, s)];
        }
    }
    for (k = 0; k < 40 * N_SUB; k++) {
        check(fabs(course[2][k] - course[0][k] - course[1][k]) <= 1e-15 * course[2][k], "junctions of one fiber add");
        if (course[2][k] > largest) largest = course[2][k];
    }
    check(largest > 1e-9, "both conduct");
}

/* Receptors as whole numbers: with one open state, channels at any time are Poisson about the closed form. */
static void chance(void)
{
    nmj_junctions p = population(N_SUB);
    const int32_t spike[] = {0};
    int k;
    int32_t j;
    p.n_channels = 1;
    p.count = count;
    nmj_junctions_receive(&p, spike, 1, 2e-4);
    for (k = 2; k < 400; k++) {
        double difference = 0.0, square = 0.0, all = 0.0;
        advance(&p, k);
        for (j = 0; j < NMJ_BLOCK; j++) {
            const double mean = SITES * quantum_open(step_s * (k + 1) - 2e-4 - delay[j]), off = channels[j] - mean;
            check(channels[j] == floor(channels[j]) && channels[j] >= 0.0, "channels are counted");
            difference += off;
            square += off * off;
            all += mean;
        }
        if (all < 64.0) continue;
        check(fabs(difference) < 4.5 * sqrt(all), "the mean of channels is that of the equations");
        check(fabs(square - all) < 4.5 * sqrt((2.0 + 1.0 / (all / 64.0)) * all * all / 64.0), "and so is their variance");
    }
    check(block_wake[0] == NMJ_NEVER && channels[0] == 0.0, "the last channel closes");
    p = population(N_SUB); /* no more bind than there are */
    p.n_channels = 1;
    p.count = count;
    p.endplate_receptors = 100.0;
    nmj_junctions_receive(&p, spike, 1, 2e-4);
    for (k = 2; k < 60; k++) {
        advance(&p, k);
        for (j = 0; j < NMJ_BLOCK; j++) check(channels[j] <= 100.0, "no more channels than receptors");
    }
}

/* A lost receptor is lost: at log density -1 exactly a share 1/e of the open channels. */
static void losses(void)
{
    const nmj_junctions p = population(1);
    const int32_t spike[] = {0};
    int k;
    loss[1] = 1.0 - exp(-1.0);
    delay[1] = delay[0];
    nmj_junctions_receive(&p, spike, 1, 0.0);
    for (k = 0; k < 15; k++) advance(&p, k);
    check(channels[0] > 10.0 && fabs(channels[1] / channels[0] - exp(-1.0)) < 1e-9, "receptor loss");
}

/* More impulses on their way than a junction can hold: reported with the junction's number; the rest goes on. */
static void overflow(void)
{
    const nmj_junctions p = population(1);
    const int32_t spike[] = {2};
    int k;
    check(nmj_junctions_receive(&p, spike, 1, 0.0) == -1, "first");
    check(nmj_junctions_receive(&p, spike, 1, 1e-4) == -1, "second");
    check(nmj_junctions_receive(&p, spike, 1, 2e-4) == 65, "third: the first junction of the neuron is full");
    for (k = 2; k < 30; k++) advance(&p, k);
    check(impulses[65] == 2 && total[65] == 2.0 * SITES, "the two that were taken arrive");
    check(nmj_junctions_receive(&p, spike, 1, 3e-3) == -1, "then there is room again");
}

/* Ranges that share no fiber: cut between any two blocks here, nowhere if the first and the last share one. */
static void cuts(void)
{
    const nmj_junctions p = population(1);
    int32_t cut[8], scratch[N_FIBER];
    check(nmj_junctions_cut(N, N_FIBER, target, 1, cut, scratch) == 4, "four blocks, four ranges");
    check(cut[0] == 0 && cut[1] == 1 && cut[3] == 3 && cut[4] == 4, "at each block");
    check(nmj_junctions_cut(N, N_FIBER, target, 3, cut, scratch) == 2 && cut[1] == 3 && cut[2] == 4, "of at least three");
    target[N - 1] = 0;
    check(nmj_junctions_cut(N, N_FIBER, target, 1, cut, scratch) == 1 && cut[1] == 4, "all together");
    target[N - 1] = target[N_FIBER] = N_FIBER / 2;
    check(nmj_junctions_cut(N, N_FIBER, target, 1, cut, scratch) == 2 && cut[1] == 1 && cut[2] == 4, "a cut before them");
    (void)p;
}

static uint32_t draw(uint32_t *state)
{
    *state = *state * 1664525u + 1013904223u;
    return *state >> 8;
}

/* Index by source on random graphs with parallel junctions, against its definition. */
static void graphs(void)
{
    uint32_t seed = 1u;
    int trial;
    for (trial = 0; trial < 200; trial++) {
        enum { MOST = 60 };
        const int32_t n = 1 + (int32_t)(draw(&seed) % MOST), ns = 1 + (int32_t)(draw(&seed) % 7),
                      nt = 1 + (int32_t)(draw(&seed) % 5);
        /* exact sizes on the heap, so that the sanitizer sees any step outside */
        int32_t *a = malloc(sizeof *a * (size_t)n), *b = malloc(sizeof *b * (size_t)n);
        int32_t *from = malloc(sizeof *from * (size_t)(ns + 1)), *by = malloc(sizeof *by * (size_t)n);
        int32_t *rank = malloc(sizeof *rank * (size_t)n), *scratch = malloc(sizeof *scratch * 2 * (size_t)nt);
        int32_t j, k, s;
        if (!a || !b || !from || !by || !rank || !scratch) abort();
        for (j = 0; j < n; j++) {
            a[j] = (int32_t)(draw(&seed) % (uint32_t)ns);
            b[j] = (int32_t)(draw(&seed) % (uint32_t)nt);
        }
        nmj_index_by_source(n, ns, nt, a, b, from, by, rank, scratch);
        check(from[0] == 0 && from[ns] == n, "every junction is listed");
        for (s = 0; s < ns; s++)
            for (k = from[s]; k < from[s + 1]; k++) {
                check(a[by[k]] == s, "under its own source");
                check(k == from[s] || by[k] > by[k - 1], "once, in order");
            }
        for (j = 0; j < n; j++) {
            int32_t earlier = 0;
            for (k = 0; k < j; k++) earlier += a[k] == a[j] && b[k] == b[j];
            check(rank[j] == earlier, "multiplicity counts the earlier junctions of the pair");
        }
        free(a), free(b), free(from), free(by), free(rank), free(scratch);
    }
}

/* Random numbers of a part of a muscle are those of the whole: by the indices there. */
static void addresses(void)
{
    nmj_junctions p = population(1);
    int32_t neurons[] = {70, 7, 700}, fibers[N_FIBER], i, j;
    nmj_address at;
    for (i = 0; i < N_FIBER; i++) fibers[i] = 9000 - i;
    at = nmj_junction_address(&p, N - 1);
    check(at.source == (uint32_t)source[N - 1] && at.target == (uint32_t)target[N - 1], "by default, their own");
    p.neuron_address = neurons;
    p.fiber_address = fibers;
    for (j = 0; j < N; j++) {
        at = nmj_junction_address(&p, j);
        check(at.source == (uint32_t)neurons[source[j]] && at.target == 9000u - (uint32_t)target[j], "of the whole");
        check(at.multiplicity == (uint32_t)p.multiplicity[j], "parallel junctions stay apart");
    }
}

int main(void)
{
    delays();
    sleeping();
    sums();
    chance();
    losses();
    overflow();
    cuts();
    graphs();
    addresses();
    if (failures == 0) printf("junctions: ok\n");
    return failures != 0;
}
