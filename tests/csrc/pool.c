/* Harness of pool.h: threads that share the chunks of one task after the other. Each chunk is done exactly once, whoever takes it, with
 * any number of threads and chunks, and a task that comes within a task is done by the thread that brings it. Returns 0 on success. */
#include <stdio.h>

#include "nmj/pool.h"

#define MOST 200

static int32_t done[MOST], within[MOST];
static nmj_crew crew;

static void inner(void *work, int32_t chunk)
{
    int32_t *counts = (int32_t *)work;
    counts[chunk]++;
}

static void outer(void *work, int32_t chunk)
{
    int32_t *counts = (int32_t *)work;
    counts[chunk]++;
    if (chunk == 0) nmj_crew_share(&crew, inner, within, 5);
}

int main(void)
{
    int32_t k, c, wrong = 0;
    for (k = 0; k < 5000; k++) {
        const int32_t n = k % MOST;
        crew.n_thread = 1 + k / 1000; /* 1 to 5 threads, one after the other: the pool is opened anew */
        memset(done, 0, sizeof done);
        memset(within, 0, sizeof within);
        nmj_crew_share(&crew, outer, done, n);
        for (c = 0; c < MOST; c++) wrong += done[c] != (c < n);
        for (c = 0; c < 5; c++) wrong += within[c] != (n > 0);
    }
    nmj_pool_close(&crew.pool);
    if (wrong) fprintf(stderr, "%d chunks were not done once\n", (int)wrong);
    return wrong != 0;
}
