/* Proves csrc/nmj/random.h and seed.h without Python.
 *
 * Run without arguments: checks and returns 0. With a number n: prints a hash of the bits of n draws of every
 * distribution, so that two builds with different flags can be compared. */
#include <stdio.h>
#include <stdlib.h>

#include "nmj/random.h"
#include "nmj/seed.h"

static int failures = 0;

static void check(int ok, const char *what)
{
    if (!ok) {
        failures++;
        fprintf(stderr, "FAILED: %s\n", what);
    }
}

/* Known answers of the Random123 distribution, kat_vectors, philox4x32 10. */
static void known_answers(void)
{
    static const uint32_t counter[3][4] = {{0, 0, 0, 0},
                                           {0xffffffffu, 0xffffffffu, 0xffffffffu, 0xffffffffu},
                                           {0x243f6a88u, 0x85a308d3u, 0x13198a2eu, 0x03707344u}};
    static const uint32_t key[3][2] = {{0, 0}, {0xffffffffu, 0xffffffffu}, {0xa4093822u, 0x299f31d0u}};
    static const uint32_t expected[3][4] = {{0x6627e8d5u, 0xe169c58du, 0xbc57ac4cu, 0x9b00dbd8u},
                                            {0x408f276du, 0x41c83b0eu, 0xa20bc7c6u, 0x6d5451fdu},
                                            {0xd16cfe09u, 0x94fdccebu, 0x5001e420u, 0x24126ea1u}};
    int i;
    for (i = 0; i < 3; i++) {
        uint32_t out[4];
        nmj_philox4x32(counter[i], key[i], out);
        check(memcmp(out, expected[i], sizeof out) == 0, "Philox4x32-10 known answer");
    }
}

static void edges(void)
{
    nmj_address at = {{1, 2}, 3, 4, 5, 6, 7};
    check(nmj_arithmetic_is_exact(), "arithmetic is exact");
    check(nmj_unit(0, 0) > 0.0, "smallest uniform is above 0");
    check(nmj_unit(0xffffffffu, 0xffffffffu) < 1.0, "largest uniform is below 1");
    check(nmj_unit(0, 0) == 1.0 - nmj_unit(0xffffffffu, 0xffffffffu), "uniforms are symmetric");
    check(nmj_binomial(&at, 0, 0, 0.5) == 0 && nmj_binomial(&at, 0, -3, 0.5) == 0, "no trials, no success");
    check(nmj_binomial(&at, 0, 10, 0.0) == 0 && nmj_binomial(&at, 0, 10, 1.0) == 10, "certain outcomes");
    check(nmj_binomial(&at, 0, 10, -0.1) == 0 && nmj_binomial(&at, 0, 10, 1.1) == 10, "p is clipped");
    check(nmj_binomial_inversion(10, 0.5, 1.0) == 10, "inversion ends at the number of trials");
    check(nmj_poisson(&at, 0, 0.0) == 0 && nmj_poisson(&at, 0, -1.0) == 0, "no mean, no events");
    check(nmj_exp(-1000.0) == 0.0 && nmj_exp(0.0) == 1.0, "exponential at its ends");
    check(nmj_log(1.0) == 0.0, "log 1 = 0");
}

/* init_genrand of Matsumoto & Nishimura, then the generator's own twist. */
static void seeds(void)
{
    static uint32_t key[NMJ_MT_LENGTH];
    const uint32_t seeds_[3] = {0u, 5489u, 0xffffffffu};
    static uint32_t start[NMJ_MT_LENGTH];
    int s, twist, i, is_anchor;
    for (s = 0; s < 3; s++) {
        uint32_t found = 1;
        key[0] = seeds_[s];
        for (i = 1; i < NMJ_MT_LENGTH; i++)
            key[i] = 1812433253u * (key[i - 1] ^ (key[i - 1] >> 30)) + (uint32_t)i;
        for (twist = 0; twist < 37; twist++)
            for (i = 0; i < NMJ_MT_LENGTH; i++) {
                const uint32_t y = (key[i] & 0x80000000u) | (key[(i + 1) % NMJ_MT_LENGTH] & 0x7fffffffu);
                key[i] = key[(i + 397) % NMJ_MT_LENGTH] ^ (y >> 1) ^ ((y & 1u) ? 0x9908b0dfu : 0u);
            }
        check(nmj_seed_of_state(key, NULL, 100, &found, &is_anchor) == 37 && found == seeds_[s], "seed after 37 twists");
    }
    for (i = 0; i < NMJ_MT_LENGTH; i++) key[i] = (uint32_t)i;
    {
        uint32_t found = 0;
        check(nmj_seed_of_state(key, NULL, 10, &found, &is_anchor) == -1, "a state without a seed");
    }
    for (i = 0; i < NMJ_MT_LENGTH; i++) start[i] = key[i] = 69069u * (uint32_t)i + 1u; /* not a seed's */
    for (twist = 0; twist < 21; twist++)
        for (i = 0; i < NMJ_MT_LENGTH; i++) {
            const uint32_t y = (key[i] & 0x80000000u) | (key[(i + 1) % NMJ_MT_LENGTH] & 0x7fffffffu);
            key[i] = key[(i + 397) % NMJ_MT_LENGTH] ^ (y >> 1) ^ ((y & 1u) ? 0x9908b0dfu : 0u);
        }
    {
        uint32_t found = 0;
        check(nmj_seed_of_state(key, start, 100, &found, &is_anchor) == 21 && is_anchor, "an earlier state is met");
    }
}

static uint64_t mix(uint64_t hash, const void *data, size_t size)
{
    const unsigned char *bytes = (const unsigned char *)data;
    size_t i;
    for (i = 0; i < size; i++) hash = (hash ^ bytes[i]) * 1099511628211ull;
    return hash;
}

static void print_hash(uint32_t n)
{
    uint64_t reals = 14695981039346656037ull, integers = reals;
    nmj_address at = {{0x12345678u, 0x9abcdef0u}, 1, 2, 3, 0, 4};
    for (at.impulse = 0; at.impulse < n; at.impulse++) {
        double x[4];
        int32_t k[4];
        x[0] = nmj_uniform(&at, 0);
        x[1] = nmj_normal(&at, 1);
        x[2] = nmj_exponential(&at, 2);
        x[3] = nmj_exp(x[1]); /* no sums out here: this function is compiled with the flags under test */
        k[0] = nmj_binomial(&at, 3, 207, 0.3 * x[0]);
        k[1] = nmj_binomial(&at, 4, 5000, x[0]);
        k[2] = nmj_poisson(&at, 5, 3.0 * x[0]);
        k[3] = nmj_poisson(&at, 6, 1e4 * x[0]);
        reals = mix(reals, x, sizeof x);
        integers = mix(integers, k, sizeof k);
    }
    printf("%d %016llx %016llx\n", nmj_arithmetic_is_exact(), (unsigned long long)reals, (unsigned long long)integers);
}

int main(int argc, char **argv)
{
    if (argc > 1) {
        print_hash((uint32_t)strtoul(argv[1], NULL, 10));
        return 0;
    }
    known_answers();
    edges();
    seeds();
    if (failures == 0) printf("random: ok\n");
    return failures != 0;
}
