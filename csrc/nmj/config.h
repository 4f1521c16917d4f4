/* nmj/config.h - what every kernel header needs from the compiler.
 *
 * The kernels are plain C99 that is also C++11: header-only, no allocation, no globals, caller owns memory.
 * Names carry units (dt_s, conc_M, v_mV); a pointer argument is marked IN, OUT or INOUT where it is declared.
 * A kernel may be called from several threads as long as no two calls share an INOUT array.
 *
 * Brian2's C++ standalone compiles these headers with -ffast-math -march=native. Between NMJ_PRECISE_BEGIN
 * and NMJ_PRECISE_END (after the last #include, before the final #endif) the arithmetic is IEEE 754 as written:
 * no reassociation, no fused multiply-add, no approximate reciprocals, whatever the command line says, so that
 * a junction releases the same quanta everywhere. The price: such a function is not inlined into code outside.
 * One gap: clang's backend fuses multiply-adds under -ffast-math whatever the source says; add -ffp-contract=off after
 * it (harmless elsewhere). nmj_arithmetic_is_exact() tells at run time whether all is well; a host should refuse if not.
 */
#ifndef NMJ_CONFIG_H
#define NMJ_CONFIG_H

#include <math.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define NMJ_INLINE static inline

/* For a function whose literal arguments or vector instructions must reach what it calls. */
#if defined(_MSC_VER) && !defined(__clang__)
#define NMJ_FORCE_INLINE static __forceinline
#elif defined(__GNUC__)
#define NMJ_FORCE_INLINE static inline __attribute__((always_inline))
#else
#define NMJ_FORCE_INLINE static inline
#endif

/* Compiled for wider vectors too, of which the machine chooses when the program is loaded; the arithmetic is the same.
 * NMJ_NO_CLONES: for the instruction set of the command line alone, the same everywhere. */
#if defined(__GNUC__) && !defined(__clang__) && defined(__x86_64__) && defined(__gnu_linux__) && !defined(__AVX2__) && \
    !defined(__SANITIZE_ADDRESS__) && !defined(NMJ_NO_CLONES)
#define NMJ_VECTOR_CLONES __attribute__((target_clones("avx512f", "avx2", "default")))
#else
#define NMJ_VECTOR_CLONES
#endif

#if defined(_MSC_VER)
#define NMJ_RESTRICT __restrict
#else
#define NMJ_RESTRICT __restrict__
#endif

#if defined(NMJ_IMPRECISE) /* only for the tests: shows what the pragmas prevent */
#define NMJ_PRECISE_BEGIN
#define NMJ_PRECISE_END
#elif defined(_MSC_VER) && !defined(__clang__)
#define NMJ_PRECISE_BEGIN __pragma(float_control(precise, on, push)) __pragma(fp_contract(off))
#define NMJ_PRECISE_END __pragma(float_control(pop))
#elif defined(__clang__)
#define NMJ_PRECISE_BEGIN \
    _Pragma("float_control(push)") _Pragma("float_control(precise, on)") _Pragma("clang fp contract(off)")
#define NMJ_PRECISE_END _Pragma("float_control(pop)")
#elif defined(__GNUC__)
#define NMJ_PRECISE_BEGIN \
    _Pragma("GCC push_options") \
    _Pragma("GCC optimize (\"no-fast-math\", \"fp-contract=off\", \"excess-precision=fast\")")
#define NMJ_PRECISE_END _Pragma("GCC pop_options")
#else
#define NMJ_PRECISE_BEGIN
#define NMJ_PRECISE_END
#endif

NMJ_PRECISE_BEGIN

/* 1 if this build does arithmetic as written: no fused multiply-add, no reassociation, true division and square root. */
NMJ_INLINE int nmj_arithmetic_is_exact(void)
{
    /* volatile: the compiler must not compute the answer itself, correctly. */
    volatile double tiny = 1.0 / 1073741824.0, one = 1.0, big = 1e16, three = 3.0;
    const double t = tiny, a = one, b = big, c = three;
    const double product = (a + t) * (a - t) - a; /* fused: -2^-60; as written: 0 */
    const double sum = (b + a) - b;               /* reassociated: 1; as written: 0 */
    const double quotient = (a / c) * c - a;      /* as written: 0 */
    const double root = sqrt(c) * sqrt(c) - c;    /* as written: -2^-51 */
    return product == 0.0 && sum == 0.0 && quotient == 0.0 && root == -1.0 / 2251799813685248.0;
}

NMJ_PRECISE_END

#endif
