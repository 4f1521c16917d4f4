/* nmj/chain_step.h - one step of sixteen short chains side by side, in single precision.
 *
 * Physiology, equations and the order of elimination: nmj_fiber_substep in fiber.h. Voltages are counted from rest, where a float
 * resolves 1e-7 mV; in an action potential it resolves 1e-5 mV. Each membrane reads two neighboring rows of the gates' table whole,
 * since what lies together is one read.
 *
 * Units: mV above rest, S, S mV. Aliasing: none. Thread-safe: the tables are read only.
 * Cost: about 35 vector operations and the reads of 16 pairs of rows of a table per membrane.
 * Why not a Brian equation: see fiber.h.
 */
#ifndef NMJ_CHAIN_STEP_H
#define NMJ_CHAIN_STEP_H

#include "config.h"
#include "fiber_model.h"
#include "lanes.h"

NMJ_PRECISE_BEGIN

#define NMJ_CHAIN_MAX_COMPARTMENT 8

/* What the steps of a pass need, in single precision. */
typedef struct {
    float gates[2 * NMJ_CHAIN_MAX_COMPARTMENT][NMJ_LANES][4]; /* m, h, n, 0 of each membrane: what lies together is one read */
    nmj_singles u[NMJ_CHAIN_MAX_COMPARTMENT], v[NMJ_CHAIN_MAX_COMPARTMENT]; /* above rest */
    nmj_singles g_S, drive_S_mV, I_mA, na_available, clamped; /* drive: at rest */
    float charge_S[2 * NMJ_CHAIN_MAX_COMPARTMENT];            /* 2 C / step, and relative to it: */
    float na[2 * NMJ_CHAIN_MAX_COMPARTMENT], k[2 * NMJ_CHAIN_MAX_COMPARTMENT], leak[2 * NMJ_CHAIN_MAX_COMPARTMENT];
    float leak_mV[2 * NMJ_CHAIN_MAX_COMPARTMENT];
    float access_S[NMJ_CHAIN_MAX_COMPARTMENT], axial_S[NMJ_CHAIN_MAX_COMPARTMENT]; /* axial: between i and i + 1 */
    float e_na_mV, e_k_mV, rest_row, rows_per_mV, last_row;   /* above rest; place of the resting voltage in the tables */
    int held;                                                 /* whether any is clamped */
} nmj_chain_steps;

/* The constants, for steps of length h / share. */
NMJ_FORCE_INLINE void nmj_chain_constants(const nmj_fiber_model *p, const int32_t M, double share, nmj_chain_steps *y)
{
    int32_t i;
    for (i = 0; i < 2 * M; i++) {
        const double charge = share * p->charge_S[i], per = charge > 0.0 ? 1.0 / charge : 0.0; /* 0: no membrane */
        y->charge_S[i] = (float)charge;
        y->leak_mV[i] = (float)((p->gE_leak_S_mV[i] - p->g_leak_S[i] * p->v_rest_mV) * per);
        y->na[i] = (float)(p->g_na_S[i] * per);
        y->k[i] = (float)(p->g_k_S[i] * per);
        y->leak[i] = (float)(p->g_leak_S[i] * per);
    }
    for (i = 0; i < M; i++) {
        y->access_S[i] = (float)p->g_access_S[i];
        y->axial_S[i] = i + 1 < M ? (float)p->g_axial_S[i] : 0.0f;
    }
    y->e_na_mV = (float)(p->e_na_mV - p->v_rest_mV);
    y->e_k_mV = (float)(p->e_k_mV - p->v_rest_mV);
    y->rest_row = (float)((p->v_rest_mV - p->v0_mV) * p->inverse_dv_per_mV);
    y->rows_per_mV = (float)p->inverse_dv_per_mV;
    y->last_row = (float)(p->n_table - 2);
}

/* Gates x [4] of one membrane over a step, `past` of the way from row t of a table to the next one: decay of m, h, n, 0; drive. */
#if defined(__clang__) || (defined(__GNUC__) && __GNUC__ >= 12)
typedef float nmj_four __attribute__((vector_size(16)));
typedef float nmj_eight __attribute__((vector_size(32)));

NMJ_FORCE_INLINE void nmj_chain_gates(const float *NMJ_RESTRICT t, float past, float *NMJ_RESTRICT x)
{
    nmj_eight row, next;
    nmj_four gates;
    memcpy(&row, t, sizeof row);
    memcpy(&next, t + 8, sizeof next);
    memcpy(&gates, x, sizeof gates);
    row = row + past * (next - row);
    gates = __builtin_shufflevector(row, row, 0, 1, 2, 3) * gates + __builtin_shufflevector(row, row, 4, 5, 6, 7);
    memcpy(x, &gates, sizeof gates);
}
#else
NMJ_FORCE_INLINE void nmj_chain_gates(const float *NMJ_RESTRICT t, float past, float *NMJ_RESTRICT x)
{
    int32_t k;
    for (k = 0; k < 4; k++) x[k] = (t[k] + past * (t[k + 8] - t[k])) * x[k] + (t[k + 4] + past * (t[k + 12] - t[k + 4]));
}
#endif

/* All gates of a block over a step. row_of_table [L]: where the table of each begins. */
NMJ_FORCE_INLINE void nmj_chain_open(const float *NMJ_RESTRICT tables, const int32_t M, const int32_t *NMJ_RESTRICT row_of_table,
                                     nmj_chain_steps *NMJ_RESTRICT y)
{
    const float rest_row = y->rest_row, per_mV = y->rows_per_mV, last = y->last_row;
    nmj_singles f;
    int32_t at[NMJ_LANES];
    int32_t i, l;
    for (i = 0; i < 2 * M; i++) {
        const float *NMJ_RESTRICT voltage = i % 2 == 0 ? y->v[i / 2] : y->u[i / 2];
        NMJ_EACH_LANE {
            float place = voltage[l] * per_mV + rest_row, past;
            int32_t row;
            place = place > 0.0f ? place : 0.0f; /* also NaN */
            row = (int32_t)(place < last ? place : last);
            past = place - (float)row;
            f[l] = past > 1.0f ? 1.0f : past;
            at[l] = row_of_table[l] + 8 * row;
        }
        for (l = 0; l < NMJ_LANES; l++) nmj_chain_gates(tables + at[l], f[l], y->gates[i][l]);
    }
}

/* What membrane i asks of its voltage in the middle of the step, times charge / low: (own) mid = in, with z coth z = top / low, z its
 * conductance over its charge. */
NMJ_FORCE_INLINE void nmj_chain_membrane(const nmj_chain_steps *y, const int32_t i, const float *NMJ_RESTRICT voltage,
                                         float *NMJ_RESTRICT low, float *NMJ_RESTRICT own, float *NMJ_RESTRICT in)
{
    const float (*NMJ_RESTRICT x)[4] = (const float (*)[4])y->gates[i];
    const float g_na = y->na[i], g_k = y->k[i], g_leak = y->leak[i], leak = y->leak_mV[i];
    const float e_na_mV = y->e_na_mV, e_k_mV = y->e_k_mV;
    int32_t l;
    NMJ_EACH_LANE {
        const float m = x[l][0], h = x[l][1], n = x[l][2];
        const float na = y->na_available[l] * g_na * (m * m * m * h), kd = g_k * ((n * n) * (n * n));
        const float z = g_leak + na + kd, q = z * z, top = 15.0f + 6.0f * q;
        low[l] = 15.0f + q;
        own[l] = top + z * low[l];
        in[l] = top * voltage[l] + low[l] * (leak + na * e_na_mV + kd * e_k_mV);
    }
}

/* One step of all chains of a block: voltages and gates as in nmj_fiber_substep. */
NMJ_FORCE_INLINE void nmj_chain_substep(const float *NMJ_RESTRICT tables, const int32_t M, const int32_t *NMJ_RESTRICT row_of_table,
                                        nmj_chain_steps *NMJ_RESTRICT y)
{
    nmj_singles d[NMJ_CHAIN_MAX_COMPARTMENT], r[NMJ_CHAIN_MAX_COMPARTMENT]; /* d mid = r, of the surface */
    nmj_singles du[NMJ_CHAIN_MAX_COMPARTMENT], ru[NMJ_CHAIN_MAX_COMPARTMENT]; /* mid of the tubule = ru + du mid */
    nmj_singles low, own, in, low_u, own_u, in_u, mid;
    int32_t i, l;
    nmj_chain_open(tables, M, row_of_table, y);
    for (i = 0; i < M; i++) {
        const float access = y->access_S[i], charge = y->charge_S[2 * i], charge_u = y->charge_S[2 * i + 1];
        nmj_chain_membrane(y, 2 * i, y->v[i], low, own, in);
        nmj_chain_membrane(y, 2 * i + 1, y->u[i], low_u, own_u, in_u);
        NMJ_EACH_LANE { /* tubule eliminated; one division for both membranes */
            const float both = charge_u * own_u[l] + access * low_u[l], inverse = 1.0f / (low[l] * both);
            const float per = charge * (both * inverse), per_u = low[l] * inverse, share = charge_u * per_u;
            du[i][l] = access * (low_u[l] * per_u);
            ru[i][l] = share * in_u[l];
            d[i][l] = per * own[l] + access * (share * own_u[l]);
            r[i][l] = per * in[l] + access * ru[i][l];
        }
    }
    NMJ_EACH_LANE {
        d[0][l] += y->g_S[l];
        r[0][l] += y->drive_S_mV[l] + y->I_mA[l];
    }
    for (i = 1; i < M; i++) {
        const float a = y->axial_S[i - 1];
        NMJ_EACH_LANE {
            d[i - 1][l] += a;
            d[i][l] += a;
        }
    }
    for (i = M - 1; i > 0; i--) { /* from the far end to the end plate */
        const float a = y->axial_S[i - 1];
        NMJ_EACH_LANE {
            const float inverse = 1.0f / d[i][l], back = a * inverse;
            d[i][l] = inverse;
            d[i - 1][l] -= a * back;
            r[i - 1][l] += back * r[i][l];
        }
    }
    NMJ_EACH_LANE { mid[l] = r[0][l] / d[0][l]; }
    if (y->held)
        NMJ_EACH_LANE { mid[l] = y->clamped[l] > 0.0f ? y->v[0][l] : mid[l]; }
    for (i = 0; i < M; i++) {
        const float a = i > 0 ? y->axial_S[i - 1] : 0.0f;
        float *NMJ_RESTRICT u = y->u[i], *NMJ_RESTRICT v = y->v[i];
        if (i > 0)
            NMJ_EACH_LANE { mid[l] = (r[i][l] + a * mid[l]) * d[i][l]; }
        NMJ_EACH_LANE {
            u[l] = 2.0f * (ru[i][l] + du[i][l] * mid[l]) - u[l];
            v[l] = 2.0f * mid[l] - v[l]; /* clamped: v itself */
        }
    }
}

NMJ_PRECISE_END

#endif
