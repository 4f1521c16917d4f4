/* nmj/config.h - what every kernel header needs from the compiler.
 *
 * The kernels are plain C99 that is also C++11: header-only, no allocation, no globals, caller owns memory.
 * Names carry units (dt_s, conc_M, v_mV); a pointer argument is marked IN, OUT or INOUT where it is declared.
 * A kernel may be called from several threads as long as no two calls share an INOUT array.
 */
#ifndef NMJ_CONFIG_H
#define NMJ_CONFIG_H

#include <math.h>
#include <stddef.h>
#include <stdint.h>

#define NMJ_INLINE static inline

#if defined(_MSC_VER)
#define NMJ_RESTRICT __restrict
#else
#define NMJ_RESTRICT __restrict__
#endif

#endif
