/* nmj/connections.h - which neuron reaches which fiber: the order in which junctions are looked for and worked off.
 *
 * Junctions of one neuron, found by an impulse; junctions in blocks of NMJ_BLOCK, which sleep and wake together; ranges of blocks
 * that share no fiber, which threads may advance at the same time.
 *
 * Units: none. Aliasing: no array may overlap another. Thread-safe: the caller owns all arrays.
 * Why this is not a Brian equation: it is done once per run.
 */
#ifndef NMJ_CONNECTIONS_H
#define NMJ_CONNECTIONS_H

#include "config.h"

#define NMJ_BLOCK 64

NMJ_INLINE int32_t nmj_block_count(int32_t n) { return (n + NMJ_BLOCK - 1) / NMJ_BLOCK; }

/* Index junctions by source, and number the junctions that share both source and target.
 * scratch: 2 * n_target. */
NMJ_INLINE void nmj_index_by_source(int32_t n, int32_t n_source, int32_t n_target, const int32_t *source,
                                    const int32_t *target, int32_t *start, int32_t *order, int32_t *multiplicity,
                                    int32_t *scratch)
{
    int32_t j, k, s;
    for (s = 0; s <= n_source; s++) start[s] = 0;
    for (j = 0; j < n; j++) start[source[j] + 1]++;
    for (s = 0; s < n_source; s++) start[s + 1] += start[s];
    for (j = 0; j < n; j++) order[start[source[j]]++] = j;
    for (s = n_source; s > 0; s--) start[s] = start[s - 1];
    start[0] = 0;
    for (k = 0; k < n_target; k++) scratch[k] = -1;
    for (s = 0; s < n_source; s++)
        for (k = start[s]; k < start[s + 1]; k++) {
            const int32_t i = target[order[k]];
            if (scratch[i] != s) {
                scratch[i] = s;
                scratch[n_target + i] = 0;
            }
            multiplicity[order[k]] = scratch[n_target + i]++;
        }
}

/* Whether a fiber has more than one of these junctions. scratch: n_target. */
NMJ_INLINE int nmj_junctions_share(int32_t n, int32_t n_target, const int32_t *target, int32_t *scratch)
{
    int32_t i, j;
    for (i = 0; i < n_target; i++) scratch[i] = 0;
    for (j = 0; j < n; j++)
        if (scratch[target[j]]++) return 1;
    return 0;
}

/* Where the blocks may be cut into ranges that share no fiber, each of `least` blocks or more: writes the first block of
 * each range and the end of the last to cut [blocks / least + 2]; returns the number of ranges. scratch: n_target. */
NMJ_INLINE int32_t nmj_junctions_cut(int32_t n, int32_t n_target, const int32_t *target, int32_t least, int32_t *cut,
                                     int32_t *scratch)
{
    const int32_t n_block = nmj_block_count(n);
    int32_t count = 0, begin = 0, reach = -1, b, i, j;
    for (i = 0; i < n_target; i++) scratch[i] = -1;
    for (j = 0; j < n; j++) scratch[target[j]] = j; /* the last junction of each fiber */
    cut[0] = 0;
    for (b = 0; b < n_block; b++) {
        const int32_t end = (b + 1) * NMJ_BLOCK < n ? (b + 1) * NMJ_BLOCK : n;
        for (j = b * NMJ_BLOCK; j < end; j++)
            if (scratch[target[j]] > reach) reach = scratch[target[j]];
        if (b + 1 == n_block || (reach < end && b + 1 - begin >= least)) cut[++count] = begin = b + 1;
    }
    return count;
}

#endif
