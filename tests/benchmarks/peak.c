/* What this processor can do at most, as the kernels may use it: multiplications and additions on vectors, not fused.
 * Prints 1e9 operations per second of one core in double and in single precision, and 1e9 bytes per second that it
 * copies from and to memory (read and written). */
#define _POSIX_C_SOURCE 199309L
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "nmj/config.h"

#define CHAINS 12 /* that do not wait for each other */
#define TIMES 1000000
#define TURNS 8
#define BYTES ((size_t)256 << 20)

/* As wide as registers are, or half: what is wider than they are is slow. */
typedef double wide_doubles __attribute__((vector_size(64)));
typedef float wide_floats __attribute__((vector_size(64)));
typedef double doubles __attribute__((vector_size(32)));
typedef float floats __attribute__((vector_size(32)));

static double now_s(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

#define WORK(vector, real, name)                                       \
    NMJ_VECTOR_CLONES static double name(real start)                   \
    {                                                                  \
        vector x[CHAINS], factor, more, sum;                           \
        int i, k;                                                      \
        for (k = 0; k < (int)(sizeof(vector) / sizeof(real)); k++) {   \
            factor[k] = (real)0.999;                                   \
            more[k] = (real)0.001 * start;                             \
            for (i = 0; i < CHAINS; i++) x[i][k] = start + (real)i;    \
        }                                                              \
        for (k = 0; k < TIMES; k++)                                    \
            for (i = 0; i < CHAINS; i++) x[i] = x[i] * factor + more;  \
        sum = x[0];                                                    \
        for (i = 1; i < CHAINS; i++) sum += x[i];                      \
        return (double)sum[0];                                         \
    }

WORK(wide_doubles, double, in_wide_doubles)
WORK(wide_floats, float, in_wide_singles)
WORK(doubles, double, in_doubles)
WORK(floats, float, in_singles)

static double kept;

/* Since begin_s, so many operations or bytes. */
static void better(double *best, double begin_s, double done)
{
    const double rate = 1e-9 * done / (now_s() - begin_s);
    *best = rate > *best ? rate : *best;
}

int main(void)
{
    const double done = 2.0 * CHAINS * TIMES;
    double best[3] = {0.0, 0.0, 0.0}, begin_s;
    char *from = malloc(BYTES), *to = malloc(BYTES);
    int k;
    if (from == NULL || to == NULL) return 1;
    memset(from, 1, BYTES);
    memset(to, 2, BYTES);
    for (k = 0; k < TURNS; k++) {
        begin_s = now_s();
        kept += in_wide_doubles(1.0 + k);
        better(best, begin_s, 8.0 * done);
        begin_s = now_s();
        kept += in_doubles(1.0 + k);
        better(best, begin_s, 4.0 * done);
        begin_s = now_s();
        kept += in_wide_singles(1.0f + (float)k);
        better(best + 1, begin_s, 16.0 * done);
        begin_s = now_s();
        kept += in_singles(1.0f + (float)k);
        better(best + 1, begin_s, 8.0 * done);
        begin_s = now_s();
        from[k] = (char)k;
        memcpy(to, from, BYTES);
        kept += to[k];
        better(best + 2, begin_s, 2.0 * (double)BYTES);
    }
    fprintf(stderr, "%g\n", kept); /* so that all of it is done */
    printf("%.4g %.4g %.4g\n", best[0], best[1], best[2]);
    return 0;
}
