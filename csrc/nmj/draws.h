/* nmj/draws.h - random numbers of successive draws side by side, for the compiler's vectors.
 *
 * Physiology: the quanta of an impulse are drawn one after the other, each at an address of its own; eight at a time cost little more
 * than one. Bit for bit the numbers of random.h, whose arithmetic this is: whole numbers become floating-point numbers by their bits,
 * which vectors can do, and both sides of a branch are computed.
 *
 * Units: none. Aliasing: arguments must not overlap. Thread-safe: no state.
 * Cost: eight uniform pairs, logarithms and normal quantiles about 100 ns with AVX-512.
 * Why this is not a Brian equation: see random.h.
 */
#ifndef NMJ_DRAWS_H
#define NMJ_DRAWS_H

#include "config.h"
#include "random.h"

NMJ_PRECISE_BEGIN

#define NMJ_DRAWS 8

/* The pairs of NMJ_DRAWS draws from `draw` on, side by side for the compiler's vectors: bit for bit those of nmj_uniform_pair. */
NMJ_FORCE_INLINE void nmj_uniform_pairs(const nmj_address *at, uint32_t draw, double *NMJ_RESTRICT first, double *NMJ_RESTRICT second)
{
    const uint64_t low = 0xFFFFFFFFu;
    const double two_52 = 4503599627370496.0; /* whose last bit counts ones: a whole number below it is read off its bits */
    uint64_t c0[NMJ_DRAWS], c1[NMJ_DRAWS], c2[NMJ_DRAWS], c3[NMJ_DRAWS], k0 = at->key[0], k1 = at->key[1];
    int l, round;
    for (l = 0; l < NMJ_DRAWS; l++) {
        c0[l] = at->source;
        c1[l] = at->target;
        c2[l] = at->impulse;
        c3[l] = (at->purpose << 28) | ((at->multiplicity & 0xFFu) << 20) | ((draw + (uint32_t)l) & 0xFFFFFu);
    }
    for (round = 0; round < 10; round++) {
        for (l = 0; l < NMJ_DRAWS; l++) {
            const uint64_t a = 0xD2511F53u * c0[l], b = 0xCD9E8D57u * c2[l];
            c0[l] = (b >> 32) ^ c1[l] ^ k0;
            c2[l] = (a >> 32) ^ c3[l] ^ k1;
            c1[l] = b & low;
            c3[l] = a & low;
        }
        k0 = (k0 + 0x9E3779B9u) & low;
        k1 = (k1 + 0xBB67AE85u) & low;
    }
    for (l = 0; l < NMJ_DRAWS; l++) {
        const uint64_t a = ((c0[l] << 20) | (c1[l] >> 12)) | 0x4330000000000000ull, b = ((c2[l] << 20) | (c3[l] >> 12)) | 0x4330000000000000ull;
        double x, y;
        memcpy(&x, &a, sizeof x);
        memcpy(&y, &b, sizeof y);
        first[l] = ((x - two_52) + 0.5) * (1.0 / two_52);
        second[l] = ((y - two_52) + 0.5) * (1.0 / two_52);
    }
}

/* Logarithms of NMJ_DRAWS numbers, in place: bit for bit those of nmj_log. */
NMJ_FORCE_INLINE void nmj_logs(double *NMJ_RESTRICT x)
{
    const double two_52 = 4503599627370496.0;
    int l;
    for (l = 0; l < NMJ_DRAWS; l++) {
        uint64_t bits, exponent;
        double e, f, s, z, r;
        memcpy(&bits, &x[l], sizeof bits);
        exponent = (bits >> 52) | 0x4330000000000000ull;
        bits = (bits & 0x000FFFFFFFFFFFFFull) | 0x3FF0000000000000ull;
        memcpy(&e, &exponent, sizeof e);
        memcpy(&f, &bits, sizeof f);
        e = (e - two_52) - (f > 1.4142135623730951 ? 1022.0 : 1023.0);
        f = (f > 1.4142135623730951 ? f * 0.5 : f) - 1.0;
        s = f / (2.0 + f);
        z = s * s;
        r = NMJ_LOG_SERIES(z);
        r = s * (r * z);
        x[l] = e * 6.93147180369123816490e-01 + (2.0 * s + (r + e * 1.90821492927058770002e-10));
    }
}

/* Quantiles at NMJ_DRAWS places, in place: bit for bit those of nmj_normal_quantile. */
NMJ_FORCE_INLINE void nmj_normal_quantiles(double *NMJ_RESTRICT p)
{
    double within[NMJ_DRAWS];
    int l;
    for (l = 0; l < NMJ_DRAWS; l++) within[l] = nmj_normal_quantile_within(p[l] - 0.5);
    for (l = 0; l < NMJ_DRAWS; l++) p[l] = fabs(p[l] - 0.5) <= 0.425 ? within[l] : nmj_normal_quantile(p[l]);
}

NMJ_PRECISE_END

#endif
