/* nmj/random.h - random numbers that are addressed, not drawn.
 *
 * Physiology: whether a vesicle fuses, when, and how much transmitter it holds, is chance; but the chance of this
 * impulse at this junction must not depend on which other junctions exist, on dt, on threads or on the target.
 *
 * Every number is a pure function of its address: Philox4x32-10 (Salmon, Moraes, Dror & Shaw 2011, SC'11) with
 *   key     = 2 x uint32 (seed, trial and stream; see nmj_derive_key)
 *   counter = {source, target, impulse, purpose << 28 | multiplicity << 20 | draw}
 * source and target are indices in the whole groups (of a part of a muscle: in the whole muscle); multiplicity (< 256)
 * numbers parallel junctions; impulse (or spontaneous event) counts from 0; purpose (< 16) separates uses; draw (< 2^20)
 * numbers the blocks of one use.
 *
 * Distributions: uniform on (0, 1): (k + 1/2) 2^-52; exponential -log(u); normal by inversion (Wichura 1988, AS 241);
 * binomial and Poisson by inversion (one draw, monotone in u and in p) up to a mean of NMJ_INVERSION_MEAN and above it by
 * transformed rejection (Hormann 1993, BTRS and PTRS), which walks through draws `draw`, `draw` + 1, ...
 * Logarithm and exponential are our own (error < 2 units in the last place), so that numbers do not depend on a
 * mathematical library either; the NumPy twin (nmj_brian/reference/random.py) agrees bit for bit.
 *
 * Units: none. Aliasing: `out` must not overlap the address. Thread-safe: no state at all.
 * Cost: one block of four words about 15 ns; uniform + normal about 30 ns.
 * Why this is not a Brian equation: rand() there is a stream whose order depends on target, threads and other objects.
 */
#ifndef NMJ_RANDOM_H
#define NMJ_RANDOM_H

#include "config.h"

NMJ_PRECISE_BEGIN

/* What a number is for: the `purpose` of an address. */
enum {
    NMJ_DRAW_QUANTA = 0,      /* how many ready vesicles an impulse releases */
    NMJ_DRAW_REFILL = 1,      /* how many empty sites are filled since the last impulse */
    NMJ_DRAW_QUANTUM = 2,     /* latency and size of quantum `draw` of an impulse */
    NMJ_DRAW_SPONTANEOUS = 3, /* waiting time and size of spontaneous event `impulse` */
    NMJ_DRAW_CHANNEL = 4,     /* stochastic receptor gating */
    NMJ_DRAW_POPULATION = 5,  /* differences between the junctions or fibers of a muscle */
    NMJ_DRAW_KEY = 15         /* derivation of keys */
};

typedef struct {
    uint32_t key[2];
    uint32_t source;
    uint32_t target;
    uint32_t multiplicity; /* < 256 */
    uint32_t impulse;
    uint32_t purpose; /* < 16 */
} nmj_address;

#define NMJ_INVERSION_MEAN 100.0

/* --- the generator ------------------------------------------------------------------------------------- */

NMJ_INLINE void nmj_philox4x32(const uint32_t counter[4], const uint32_t key[2], uint32_t out[4])
{
    uint32_t c0 = counter[0], c1 = counter[1], c2 = counter[2], c3 = counter[3];
    uint32_t k0 = key[0], k1 = key[1];
    int round;
    for (round = 0; round < 10; round++) {
        const uint64_t a = (uint64_t)0xD2511F53u * c0;
        const uint64_t b = (uint64_t)0xCD9E8D57u * c2;
        const uint32_t n0 = (uint32_t)(b >> 32) ^ c1 ^ k0;
        const uint32_t n2 = (uint32_t)(a >> 32) ^ c3 ^ k1;
        c1 = (uint32_t)b;
        c3 = (uint32_t)a;
        c0 = n0;
        c2 = n2;
        k0 += 0x9E3779B9u;
        k1 += 0xBB67AE85u;
    }
    out[0] = c0;
    out[1] = c1;
    out[2] = c2;
    out[3] = c3;
}

/* Four words at draw `draw` of an address. */
NMJ_INLINE void nmj_block(const nmj_address *at, uint32_t draw, uint32_t out[4])
{
    uint32_t counter[4];
    counter[0] = at->source;
    counter[1] = at->target;
    counter[2] = at->impulse;
    counter[3] = (at->purpose << 28) | ((at->multiplicity & 0xFFu) << 20) | (draw & 0xFFFFFu);
    nmj_philox4x32(counter, at->key, out);
}

/* Key of one stream (e.g. one NMJ object) in one trial under one seed. */
NMJ_INLINE void nmj_derive_key(uint64_t seed, uint32_t trial, uint32_t stream, uint32_t key[2])
{
    uint32_t counter[4], seed_key[2], out[4];
    counter[0] = trial;
    counter[1] = stream;
    counter[2] = 0x6E6D6A31u; /* 'nmj1' */
    counter[3] = (uint32_t)NMJ_DRAW_KEY << 28;
    seed_key[0] = (uint32_t)seed;
    seed_key[1] = (uint32_t)(seed >> 32);
    nmj_philox4x32(counter, seed_key, out);
    key[0] = out[0];
    key[1] = out[1];
}

/* --- logarithm and exponential that are the same on every machine ------------------------------------------ */

/* 2/3 + 2/5 z + ... + 2/23 z^10: of artanh, whose argument is the root of z. */
#define NMJ_LOG_SERIES(z)                                                                                                      \
    ((((((((((2.0 / 23.0 * (z) + 2.0 / 21.0) * (z) + 2.0 / 19.0) * (z) + 2.0 / 17.0) * (z) + 2.0 / 15.0) * (z) + 2.0 / 13.0) * \
              (z) + 2.0 / 11.0) * (z) + 2.0 / 9.0) * (z) + 2.0 / 7.0) * (z) + 2.0 / 5.0) * (z) + 2.0 / 3.0)

/* log(x) for normal x > 0: x = m 2^e, log m = 2 artanh((m - 1)/(m + 1)). */
NMJ_INLINE double nmj_log(double x)
{
    uint64_t bits;
    int e;
    double f, s, z, r;
    memcpy(&bits, &x, sizeof bits);
    e = (int)(bits >> 52) - 1023;
    bits = (bits & 0x000FFFFFFFFFFFFFull) | 0x3FF0000000000000ull;
    memcpy(&f, &bits, sizeof f);
    if (f > 1.4142135623730951) {
        f *= 0.5;
        e += 1;
    }
    f -= 1.0;
    s = f / (2.0 + f);
    z = s * s;
    r = NMJ_LOG_SERIES(z);
    r = s * (r * z);
    /* ln 2 in two parts; the high part times |e| < 2048 is exact. */
    return (double)e * 6.93147180369123816490e-01 + (2.0 * s + (r + (double)e * 1.90821492927058770002e-10));
}

/* exp(x); 0 below -708 (no subnormal numbers, so that flush-to-zero modes do not matter), exp(709) above 709. */
NMJ_INLINE double nmj_exp(double x)
{
    double k, r, p, scale;
    uint64_t bits;
    if (x < -708.0) return 0.0;
    if (x > 709.0) x = 709.0;
    k = floor(x * 1.4426950408889634 + 0.5);
    r = (x - k * 6.93147180369123816490e-01) - k * 1.90821492927058770002e-10;
    p = 1.0 / 87178291200.0;
    p = p * r + 1.0 / 6227020800.0;
    p = p * r + 1.0 / 479001600.0;
    p = p * r + 1.0 / 39916800.0;
    p = p * r + 1.0 / 3628800.0;
    p = p * r + 1.0 / 362880.0;
    p = p * r + 1.0 / 40320.0;
    p = p * r + 1.0 / 5040.0;
    p = p * r + 1.0 / 720.0;
    p = p * r + 1.0 / 120.0;
    p = p * r + 1.0 / 24.0;
    p = p * r + 1.0 / 6.0;
    p = p * r + 0.5;
    p = p * r + 1.0;
    p = p * r + 1.0;
    bits = (uint64_t)((int64_t)k + 1023) << 52;
    memcpy(&scale, &bits, sizeof scale);
    return p * scale;
}

/* --- distributions --------------------------------------------------------------------------------------- */

/* Two words to a number in (0, 1): odd multiples of 2^-53, symmetric about 1/2, exactly representable. */
NMJ_INLINE double nmj_unit(uint32_t high, uint32_t low)
{
    const uint64_t bits = ((uint64_t)high << 20) | (uint64_t)(low >> 12);
    return ((double)bits + 0.5) * (1.0 / 4503599627370496.0);
}

NMJ_INLINE double nmj_uniform(const nmj_address *at, uint32_t draw)
{
    uint32_t w[4];
    nmj_block(at, draw, w);
    return nmj_unit(w[0], w[1]);
}

/* Both numbers of one block. */
NMJ_INLINE void nmj_uniform_pair(const nmj_address *at, uint32_t draw, double out[2])
{
    uint32_t w[4];
    nmj_block(at, draw, w);
    out[0] = nmj_unit(w[0], w[1]);
    out[1] = nmj_unit(w[2], w[3]);
}

/* Its part for |q| <= 0.425, q = p - 1/2: Wichura's first ratio of polynomials. */
NMJ_FORCE_INLINE double nmj_normal_quantile_within(double q)
{
    const double r = 0.180625 - q * q;
    return q *
           (((((((2.5090809287301226727e+3 * r + 3.3430575583588128105e+4) * r + 6.7265770927008700853e+4) * r +
                4.5921953931549871457e+4) * r + 1.3731693765509461125e+4) * r + 1.9715909503065514427e+3) * r +
             1.3314166789178437745e+2) * r + 3.3871328727963666080e+0) /
           (((((((5.2264952788528545610e+3 * r + 2.8729085735721942674e+4) * r + 3.9307895800092710610e+4) * r +
                2.1213794301586595867e+4) * r + 5.3941960214247511077e+3) * r + 6.8718700749205790830e+2) * r +
             4.2313330701600911252e+1) * r + 1.0);
}

/* Quantile of the standard normal distribution at p in (0, 1); relative error about 1e-16. */
NMJ_INLINE double nmj_normal_quantile(double p)
{
    const double q = p - 0.5;
    double r, x;
    if (fabs(q) <= 0.425) return nmj_normal_quantile_within(q);
    r = q < 0.0 ? p : 1.0 - p;
    r = sqrt(-nmj_log(r));
    if (r <= 5.0) {
        r -= 1.6;
        x = (((((((7.74545014278341407640e-4 * r + 2.27238449892691845833e-2) * r + 2.41780725177450611770e-1) * r +
                 1.27045825245236838258e+0) * r + 3.64784832476320460504e+0) * r + 5.76949722146069140550e+0) * r +
              4.63033784615654529590e+0) * r + 1.42343711074968357734e+0) /
            (((((((1.05075007164441684324e-9 * r + 5.47593808499534494600e-4) * r + 1.51986665636164571966e-2) * r +
                 1.48103976427480074590e-1) * r + 6.89767334985100004550e-1) * r + 1.67638483018380384940e+0) * r +
              2.05319162663775882187e+0) * r + 1.0);
    } else {
        r -= 5.0;
        x = (((((((2.01033439929228813265e-7 * r + 2.71155556874348757815e-5) * r + 1.24266094738807843860e-3) * r +
                 2.65321895265761230930e-2) * r + 2.96560571828504891230e-1) * r + 1.78482653991729133580e+0) * r +
              5.46378491116411436990e+0) * r + 6.65790464350110377720e+0) /
            (((((((2.04426310338993978564e-15 * r + 1.42151175831644588870e-7) * r + 1.84631831751005468180e-5) * r +
                 7.86869131145613259100e-4) * r + 1.48753612908506148525e-2) * r + 1.36929880922735805310e-1) * r +
              5.99832206555887937690e-1) * r + 1.0);
    }
    return q < 0.0 ? -x : x;
}

NMJ_INLINE double nmj_normal(const nmj_address *at, uint32_t draw)
{
    return nmj_normal_quantile(nmj_uniform(at, draw));
}

/* Exponential with mean 1. */
NMJ_INLINE double nmj_exponential(const nmj_address *at, uint32_t draw) { return -nmj_log(nmj_uniform(at, draw)); }

/* log(k!) - [log sqrt(2 pi) + (k + 1/2) log(k + 1) - (k + 1)]: the tail of Stirling's series. */
NMJ_INLINE double nmj_stirling_tail(double k)
{
    static const double table[10] = {
        0.08106146679532726, 0.04134069595540929,  0.02767792568499834,  0.02079067210376509,  0.01664469118982119,
        0.01387612882307075, 0.01189670994589177,  0.01041126526197209,  0.009255462182712733, 0.008330563433362871};
    double kk;
    if (k <= 9.0) return table[(int)k];
    kk = (k + 1.0) * (k + 1.0);
    return (1.0 / 12.0 - (1.0 / 360.0 - (1.0 / 1260.0 - (1.0 / 1680.0) / kk) / kk) / kk) / (k + 1.0);
}

/* Number of successes in `trials`, by inversion of u; mean of trials * p at most about 700. p in (0, 1/2]. */
NMJ_INLINE int32_t nmj_binomial_inversion(int32_t trials, double p, double u)
{
    const double q = 1.0 - p;
    const double odds = p / q;
    double mass = nmj_exp((double)trials * nmj_log(q));
    int32_t k = 0;
    while (u > mass && k < trials) {
        u -= mass;
        mass *= odds * (double)(trials - k) / (double)(k + 1);
        k++;
        /* Rounding can leave u above the whole remaining mass: the quantile is then the last value of any mass. */
        if (mass < 1e-18 && (double)k > (double)trials * p) break;
    }
    return k;
}

/* Hormann's BTRS; trials * p >= 10, p <= 1/2. */
NMJ_INLINE int32_t nmj_binomial_rejection(const nmj_address *at, uint32_t draw, int32_t trials, double p)
{
    const double n = (double)trials;
    const double q = 1.0 - p;
    const double sd = sqrt(n * p * q);
    const double b = 1.15 + 2.53 * sd;
    const double a = -0.0873 + 0.0248 * b + 0.01 * p;
    const double c = n * p + 0.5;
    const double accept = 0.92 - 4.2 / b;
    const double alpha = (2.83 + 5.1 / b) * sd;
    const double r = p / q;
    const double m = floor((n + 1.0) * p);
    for (;; draw++) {
        double w[2], u, v, us, k, bound;
        nmj_uniform_pair(at, draw, w);
        u = w[0] - 0.5;
        v = w[1];
        us = 0.5 - fabs(u);
        k = floor((2.0 * a / us + b) * u + c);
        if (us >= 0.07 && v <= accept) return (int32_t)k;
        if (k < 0.0 || k > n) continue;
        v = nmj_log(v * alpha / (a / (us * us) + b));
        bound = (m + 0.5) * nmj_log((m + 1.0) / (r * (n - m + 1.0))) + (n + 1.0) * nmj_log((n - m + 1.0) / (n - k + 1.0)) +
                (k + 0.5) * nmj_log(r * (n - k + 1.0) / (k + 1.0)) + nmj_stirling_tail(m) + nmj_stirling_tail(n - m) -
                nmj_stirling_tail(k) - nmj_stirling_tail(n - k);
        if (v <= bound) return (int32_t)k;
    }
}

/* Binomial(trials, p), starting at draw `draw`. p is clipped to [0, 1]. */
NMJ_INLINE int32_t nmj_binomial(const nmj_address *at, uint32_t draw, int32_t trials, double p)
{
    const int flip = p > 0.5;
    const double small = flip ? 1.0 - p : p;
    int32_t k;
    if (trials <= 0 || !(p > 0.0)) return 0;
    if (p >= 1.0) return trials;
    if ((double)trials * small <= NMJ_INVERSION_MEAN) {
        const double u = nmj_uniform(at, draw);
        k = nmj_binomial_inversion(trials, small, flip ? 1.0 - u : u);
    } else {
        k = nmj_binomial_rejection(at, draw, trials, small);
    }
    return flip ? trials - k : k;
}

/* Poisson(mean), starting at draw `draw`; mean up to 1e9. */
NMJ_INLINE int32_t nmj_poisson(const nmj_address *at, uint32_t draw, double mean)
{
    if (!(mean > 0.0)) return 0;
    if (mean <= NMJ_INVERSION_MEAN) {
        double u = nmj_uniform(at, draw);
        double mass = nmj_exp(-mean);
        int32_t k = 0;
        while (u > mass) {
            u -= mass;
            k++;
            mass *= mean / (double)k;
            if (mass < 1e-18 && (double)k > mean) break;
        }
        return k;
    } else {
        /* Hormann's PTRS. */
        const double root = sqrt(mean);
        const double log_mean = nmj_log(mean);
        const double b = 0.931 + 2.53 * root;
        const double a = -0.059 + 0.02483 * b;
        const double inverse_alpha = 1.1239 + 1.1328 / (b - 3.4);
        const double accept = 0.9277 - 3.6224 / (b - 2.0);
        for (;; draw++) {
            double w[2], u, v, us, k, log_factorial;
            nmj_uniform_pair(at, draw, w);
            u = w[0] - 0.5;
            v = w[1];
            us = 0.5 - fabs(u);
            k = floor((2.0 * a / us + b) * u + mean + 0.43);
            if (us >= 0.07 && v <= accept) return (int32_t)k;
            if (k < 0.0 || (us < 0.013 && v > us)) continue;
            log_factorial = 0.9189385332046727 + (k + 0.5) * nmj_log(k + 1.0) - (k + 1.0) + nmj_stirling_tail(k);
            if (nmj_log(v * inverse_alpha / (a / (us * us) + b)) <= k * log_mean - mean - log_factorial)
                return (int32_t)k;
        }
    }
}

NMJ_PRECISE_END

#endif
