/* nmj/fibers_state.h - what the fibers of one MuscleFibers object are, and which of them are awake.
 *
 * Fibers at rest are skipped, in blocks. A fiber wakes when a junction drives it, when current is injected, when its voltage was
 * written, when it is clamped or when its share of working Na channels is not one. Whole fibers have a diameter each and tell voltage
 * and arrival at their sites.
 *
 * Units, aliasing, threads: as in fibers.h.
 * Why this is not a Brian equation: see fiber.h.
 */
#ifndef NMJ_FIBERS_STATE_H
#define NMJ_FIBERS_STATE_H

#include "chain.h"
#include "config.h"
#include "connections.h"
#include "course.h"
#include "fiber.h"

NMJ_PRECISE_BEGIN

typedef struct {
    nmj_fiber_model fiber;
    nmj_course course; /* of chains */
    int32_t n, n_sub;
    int32_t touched; /* 0: v, I, share of Na channels and clamps are as they were after the last step */

    /* Brian variables (n) */
    double *v_V, *v_slope_V_per_s, *peak_v_V;         /* INOUT */
    double *spike_time_s, *interval_s;                /* INOUT */
    int32_t *spike_count;                             /* INOUT */
    const double *I_A, *na_available;                 /* IN */
    const double *diameter_m;                         /* IN, NULL: all have the model's */
    double *site_v_V[NMJ_FIBER_MAX_SITE];             /* OUT, of each site */
    double *site_arrival_s[NMJ_FIBER_MAX_SITE];       /* INOUT */
    const char *clamped;                              /* IN */
    int32_t *spikes;                                  /* OUT (n + 1): who fired, and how many */

    /* private state, owned by the caller */
    double *state;                      /* (nmj_fibers_state_size), of fibers that are not chains */
    nmj_singles *chain;                 /* (nmj_fibers_state_size / NMJ_LANES), of chains */
    double *drive_g_S, *drive_gE_S_mV;  /* (nmj_drive_size): written by the junctions */
    unsigned char *driven, *awake;      /* (n); awake 2: it follows a course, and that is shown; driven 2: it begins to */
    unsigned char *stirred;             /* (blocks of NMJ_BLOCK), for chains: whether any may be awake or driven; NULL: not kept */
    int32_t *straggler;                 /* (n): room for those of a step, chains that are awake while their neighbors sleep; NULL: none */
} nmj_fibers;

/* Numbers of state of n fibers: doubles one fiber after the other, or floats in blocks of chains. */
NMJ_INLINE size_t nmj_fibers_state_size(const nmj_fiber_model *fiber, int32_t n)
{
    const size_t blocks = (size_t)nmj_lane_groups(n);
    if (nmj_fiber_is_chain(fiber)) return blocks * NMJ_LANES * (size_t)nmj_chain_size(fiber->n_compartment);
    return (size_t)n * (size_t)nmj_fiber_size(fiber);
}

/* The state of chain i: of its block. */
NMJ_INLINE nmj_singles *nmj_fibers_block(const nmj_fibers *p, int32_t i)
{
    return p->chain + (ptrdiff_t)(i / NMJ_LANES) * nmj_chain_size(p->fiber.n_compartment);
}

/* The state of all fibers at rest: state or chain OUT. */
NMJ_INLINE void nmj_fibers_rest(const nmj_fibers *p)
{
    const size_t size = (size_t)nmj_fiber_size(&p->fiber);
    const int32_t M = p->fiber.n_compartment, blocks = nmj_lane_groups(p->n);
    int32_t b, k, l;
    size_t i;
    if (!nmj_fiber_is_chain(&p->fiber)) {
        for (i = 0; i < size * (size_t)p->n; i++) p->state[i] = p->fiber.rest[i % size];
        return;
    }
    memset(p->chain, 0, nmj_fibers_state_size(&p->fiber, p->n) * sizeof(float));
    for (b = 0; b < blocks; b++) {
        nmj_singles *const state = nmj_fibers_block(p, b * NMJ_LANES), *const past = state + nmj_chain_past(M);
        for (l = 0; l < NMJ_LANES; l++) {
            for (k = 0; k < nmj_chain_count(M); k++) *nmj_chain_at(state, M, k, l) = nmj_chain_rest(&p->fiber, k);
            past[NMJ_FIBER_ARMED][l] = 1.0f;
            nmj_chain_set_asleep(past, l, NMJ_FIBER_AWAKE);
        }
    }
}

NMJ_INLINE uint64_t nmj_bits(double x)
{
    uint64_t bits;
    memcpy(&bits, &x, sizeof bits);
    return bits;
}

/* Whether any of fibers begin ... end-1 has something to do; as bits, for the compiler's vectors. */
NMJ_INLINE int nmj_fibers_any_awake(const nmj_fibers *p, int32_t begin, int32_t end, double v_rest_V)
{
    const uint64_t rest = nmj_bits(v_rest_V), one = nmj_bits(1.0);
    uint64_t any = 0;
    unsigned char flags = 0;
    int32_t i;
    for (i = begin; i + 8 <= end; i += 8) {
        uint64_t awake, driven;
        memcpy(&awake, p->awake + i, sizeof awake);
        memcpy(&driven, p->driven + i, sizeof driven);
        any |= awake | driven;
    }
    for (; i < end; i++) flags = (unsigned char)(flags | p->awake[i] | p->driven[i]);
    for (i = begin; p->touched && i < end; i++) flags = (unsigned char)(flags | (unsigned char)p->clamped[i]);
    if (any || flags || !p->touched) return any || flags;
    for (i = begin; i < end; i++) /* shifted: a current of -0 is none */
        any |= (nmj_bits(p->v_V[i]) ^ rest) | (nmj_bits(p->I_A[i]) << 1) | (nmj_bits(p->na_available[i]) ^ one);
    return any != 0;
}

/* Whether a block of fibers of a chunk begin ... end-1 must be looked through, which reads 64 bytes and more for each; begin: where a block
 * begins. If others may write, all must. */
NMJ_INLINE int nmj_fibers_any_stirred(const nmj_fibers *p, int32_t begin, int32_t end, double v_rest_V)
{
    int32_t b;
    if (p->touched) return 1;
    if (p->stirred == NULL || !nmj_fiber_is_chain(&p->fiber)) return nmj_fibers_any_awake(p, begin, end, v_rest_V);
    for (b = begin / NMJ_BLOCK; b < nmj_block_count(end); b++)
        if (p->stirred[b]) return 1;
    return 0;
}

/* Whether fiber i has something to do. */
NMJ_INLINE int nmj_fiber_is_awake(const nmj_fibers *p, int32_t i, double v_rest_V)
{
    if (p->awake[i] || p->driven[i] || !p->touched) return p->awake[i] || p->driven[i];
    return p->v_V[i] != v_rest_V || p->I_A[i] != 0.0 || p->clamped[i] || p->na_available[i] != 1.0;
}

/* Fiber i fired. */
NMJ_INLINE void nmj_fiber_fired(const nmj_fibers *p, int32_t i, double spike_s)
{
    p->interval_s[i] = spike_s - p->spike_time_s[i];
    p->spike_time_s[i] = spike_s;
    p->spike_count[i]++;
}

NMJ_PRECISE_END

#endif
