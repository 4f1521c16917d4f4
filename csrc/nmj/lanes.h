/* nmj/lanes.h - sixteen neighbors side by side: one variable of each in a row, for the compiler's vectors.
 *
 * Junctions of one motor unit are neighbors and their fibers too; they are active at the same time and do the same operations. What
 * one does depends on no other one. An operation on all of them is written NMJ_EACH_LANE { ... }, with l the neighbor.
 */
#ifndef NMJ_LANES_H
#define NMJ_LANES_H

#include "config.h"

#define NMJ_LANES 16

typedef double nmj_lanes[NMJ_LANES];
typedef float nmj_singles[NMJ_LANES];

/* So many awake of sixteen neighbors, or fewer, are stragglers (stragglers.h); a whole muscle takes the same time with 2 to 8. */
#define NMJ_STRAGGLERS 4

/* Not unrolled, which would hide the loop from the compiler's vectors. */
#if defined(__GNUC__) && !defined(__clang__)
#define NMJ_EACH_LANE _Pragma("GCC unroll 1") for (l = 0; l < NMJ_LANES; l++)
#else
#define NMJ_EACH_LANE for (l = 0; l < NMJ_LANES; l++)
#endif

/* Whether any of them is not 0; NaN is not. As bits, for the compiler's vectors, shifted: -0 is 0. */
NMJ_FORCE_INLINE int nmj_lanes_any(const double *x)
{
    uint64_t any = 0;
    int l;
    NMJ_EACH_LANE {
        uint64_t bits;
        memcpy(&bits, x + l, sizeof bits);
        any |= bits << 1;
    }
    return any != 0;
}

/* Vectors of the compiler's, which it cuts into those that the machine has. */
#if defined(__GNUC__)
typedef double nmj_eight_doubles __attribute__((vector_size(64)));
typedef double nmj_four_doubles __attribute__((vector_size(32)));
#endif

/* Groups of sixteen that n of them need. */
NMJ_INLINE int32_t nmj_lane_groups(int32_t n) { return (n + NMJ_LANES - 1) / NMJ_LANES; }

/* What drives fibers in each of n_sub sub-steps of a time step: [group][n_sub][NMJ_LANES]. Size for n fibers; place of a fiber's. */
NMJ_INLINE size_t nmj_drive_size(int32_t n, int32_t n_sub) { return (size_t)nmj_lane_groups(n) * NMJ_LANES * (size_t)n_sub; }
NMJ_INLINE size_t nmj_drive_place(int32_t fiber, int32_t n_sub)
{
    return (size_t)(fiber / NMJ_LANES) * NMJ_LANES * (size_t)n_sub + (size_t)(fiber % NMJ_LANES);
}

#endif
