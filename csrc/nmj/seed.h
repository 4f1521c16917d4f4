/* nmj/seed.h - reads the seed of a Mersenne Twister from its state, however many numbers were drawn since.
 *
 * Brian2's seed(k) calls numpy.random.seed(k), which fills the MT19937 state (Matsumoto & Nishimura 1998) with
 *   key[0] = k, key[i] = 1812433253 (key[i-1] ^ key[i-1] >> 30) + i.
 * Each 624 numbers the state is twisted once; the twist can be undone. Undoing it until the recurrence holds
 * gives k without drawing a number, so quanta follow seed(k) and nothing else that a script draws.
 *
 * Units: none. `key` is INOUT (destroyed). Thread-safe. Cost: about 1 us per twist undone.
 * Why this is not a Brian equation: it looks at the generator's state, which equations must not.
 */
#ifndef NMJ_SEED_H
#define NMJ_SEED_H

#include "config.h"

#define NMJ_MT_LENGTH 624

/* Undoes one twist; the low 31 bits of key[0] are not part of the twisted state and come out right only
 * if the result is itself the result of a twist. */
NMJ_INLINE void nmj_untwist(uint32_t key[NMJ_MT_LENGTH])
{
    int i;
    for (i = NMJ_MT_LENGTH - 1; i >= 0; i--) {
        uint32_t y = key[i] ^ key[(i + 397) % NMJ_MT_LENGTH];
        uint32_t old;
        if (y & 0x80000000u) y ^= 0x9908B0DFu;
        old = (y << 1) & 0x80000000u;
        y = key[(i + NMJ_MT_LENGTH - 1) % NMJ_MT_LENGTH] ^ key[(i + 396) % NMJ_MT_LENGTH];
        if (y & 0x80000000u) {
            y ^= 0x9908B0DFu;
            old |= 1u;
        }
        key[i] = old | ((y << 1) & 0x7FFFFFFFu);
    }
}

/* Whether `key` is a freshly seeded state; then *seed is its seed. */
NMJ_INLINE int nmj_is_seeded(const uint32_t key[NMJ_MT_LENGTH], uint32_t *seed)
{
    uint32_t i, first;
    for (i = NMJ_MT_LENGTH - 1; i >= 2; i--)
        if (key[i] != 1812433253u * (key[i - 1] ^ (key[i - 1] >> 30)) + i) return 0;
    /* 2520285293 is the inverse of 1812433253 modulo 2^32; x ^ x >> 30 is undone by itself. */
    first = (key[1] - 1u) * 2520285293u;
    first ^= first >> 30;
    if ((first ^ key[0]) & 0x80000000u) return 0;
    *seed = first;
    return 1;
}

/* Goes back at most `twists` twists, to a seed or to an earlier state `anchor` [NMJ_MT_LENGTH] (NULL: none). Returns how
 * many were needed, or -1 if neither was met; *is_anchor OUT: 1 if the anchor was met, and *seed OUT is then not set. */
NMJ_INLINE int nmj_seed_of_state(uint32_t key[NMJ_MT_LENGTH], const uint32_t *anchor, int twists, uint32_t *seed,
                                 int *is_anchor)
{
    int n, i;
    *is_anchor = 0;
    for (n = 0;; n++) {
        if (nmj_is_seeded(key, seed)) return n;
        if (anchor) { /* but for the word of which an untwisted state knows one bit only */
            for (i = 1; i < NMJ_MT_LENGTH && key[i] == anchor[i]; i++) {
            }
            if (i == NMJ_MT_LENGTH) {
                *is_anchor = 1;
                return n;
            }
        }
        if (n >= twists) return -1;
        nmj_untwist(key);
    }
}

#endif
