/* nmj/chunks.h - a time step of all junctions, or of all fibers, in chunks that several threads may take at the same time.
 *
 * A population is cut into chunks that touch no common memory; those in which nobody is awake are left out. What a junction or a fiber
 * does depends on no other one, and what the chunks found is put together in their order, so results do not depend on who took which.
 * The host brings the threads (nmj_share): a pool of our own (pool.h), or those of OpenMP in a C++ standalone program (keep.hpp).
 *
 * Units: none. Aliasing: no array may overlap another. Thread-safety: one step at a time per population.
 * Why this is not a Brian equation: see junctions.h.
 */
#ifndef NMJ_CHUNKS_H
#define NMJ_CHUNKS_H

#include "config.h"

#define NMJ_FEW 3 /* so many chunks are done by the calling thread alone: to wake another one takes as long */

typedef void (*nmj_task)(void *work, int32_t chunk);

/* Does task(work, 0 ... n_chunk-1), in any order, maybe at the same time. */
typedef void (*nmj_share)(void *threads, nmj_task task, void *work, int32_t n_chunk);

typedef struct {
    int32_t n;          /* chunks */
    int32_t size;       /* of fibers: in each chunk (nmj_fibers_chunk) */
    const int32_t *cut; /* IN [n + 1], of junctions: blocks where chunks begin (nmj_junctions_cut) */
    int32_t *now, *active, *straggler, *fired; /* [n] room: who is awake, and what each of these finds; fired: of fibers */
    int32_t *late;      /* [lane groups of all] room, of fibers: of each group of stragglers, how many fired */
} nmj_chunks;

NMJ_INLINE void nmj_chunks_do(nmj_share share, void *threads, nmj_task task, void *work, int32_t n)
{
    int32_t c;
    if (n > NMJ_FEW) share(threads, task, work, n);
    else
        for (c = 0; c < n; c++) task(work, c);
}

#endif
