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
    nmj_singles gates[6 * NMJ_CHAIN_MAX_COMPARTMENT], u[NMJ_CHAIN_MAX_COMPARTMENT], v[NMJ_CHAIN_MAX_COMPARTMENT]; /* above rest */
    nmj_singles g_S, drive_S_mV, I_mA, na_available, clamped; /* drive: at rest */
    float charge_S[2 * NMJ_CHAIN_MAX_COMPARTMENT], square[2 * NMJ_CHAIN_MAX_COMPARTMENT], leak_S_mV[2 * NMJ_CHAIN_MAX_COMPARTMENT];
    float g_na_S[2 * NMJ_CHAIN_MAX_COMPARTMENT], g_k_S[2 * NMJ_CHAIN_MAX_COMPARTMENT], g_leak_S[2 * NMJ_CHAIN_MAX_COMPARTMENT];
    float access_S[NMJ_CHAIN_MAX_COMPARTMENT], axial_S[NMJ_CHAIN_MAX_COMPARTMENT]; /* axial: between i and i + 1 */
    float e_na_mV, e_k_mV, rest_row, rows_per_mV, last_row;   /* above rest; place of the resting voltage in the tables */
    int held;                                                 /* whether any is clamped */
} nmj_chain_steps;

/* The constants, for steps of length h / share. */
NMJ_FORCE_INLINE void nmj_chain_constants(const nmj_fiber_model *p, const int32_t M, double share, nmj_chain_steps *y)
{
    int32_t i;
    for (i = 0; i < 2 * M; i++) {
        const double charge = share * p->charge_S[i];
        y->charge_S[i] = (float)charge;
        y->square[i] = (float)(15.0 * charge * charge + 1e-30); /* no membrane: 1, not 0/0 */
        y->leak_S_mV[i] = (float)(p->gE_leak_S_mV[i] - p->g_leak_S[i] * p->v_rest_mV);
        y->g_na_S[i] = (float)p->g_na_S[i];
        y->g_k_S[i] = (float)p->g_k_S[i];
        y->g_leak_S[i] = (float)p->g_leak_S[i];
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

/* One step of all chains of a block: voltages and gates as in nmj_fiber_substep. row_of_table [L]: where the table of each begins. */
NMJ_FORCE_INLINE void nmj_chain_substep(const float *NMJ_RESTRICT tables, const int32_t M, const int32_t *NMJ_RESTRICT row_of_table,
                                        nmj_chain_steps *NMJ_RESTRICT y)
{
    nmj_singles d[NMJ_CHAIN_MAX_COMPARTMENT], r[NMJ_CHAIN_MAX_COMPARTMENT], dt[NMJ_CHAIN_MAX_COMPARTMENT];
    nmj_singles rt[NMJ_CHAIN_MAX_COMPARTMENT], dd[2], rr[2], mid, f;
    float rows[2 * NMJ_CHAIN_MAX_COMPARTMENT][NMJ_LANES][8];
    int32_t at[NMJ_LANES];
    int32_t i, k, l, side;
    for (i = 0; i < 2 * M; i++) { /* the rows of the table between which each membrane is: whole, since they lie together */
        const float *NMJ_RESTRICT voltage = i % 2 == 0 ? y->v[i / 2] : y->u[i / 2];
        const float rest_row = y->rest_row, per_mV = y->rows_per_mV, last = y->last_row;
        NMJ_EACH_LANE {
            float place = voltage[l] * per_mV + rest_row, past;
            int32_t row;
            place = place > 0.0f ? place : 0.0f; /* also NaN */
            row = (int32_t)(place < last ? place : last);
            past = place - (float)row;
            f[l] = past > 1.0f ? 1.0f : past;
            at[l] = row_of_table[l] + 8 * row;
        }
        for (l = 0; l < NMJ_LANES; l++) {
            const float *NMJ_RESTRICT t = tables + at[l];
            float *NMJ_RESTRICT row = rows[i][l];
            for (k = 0; k < 8; k++) row[k] = t[k] + f[l] * (t[k + 8] - t[k]);
        }
    }
    for (i = 0; i < M; i++) {
        const float access = y->access_S[i];
        for (side = 0; side < 2; side++) {
            const float *NMJ_RESTRICT voltage = side == 0 ? y->v[i] : y->u[i];
            nmj_singles *NMJ_RESTRICT x = y->gates + 3 * (2 * i + side);
            const float charge = y->charge_S[2 * i + side], square = y->square[2 * i + side], leak = y->leak_S_mV[2 * i + side];
            const float g_na = y->g_na_S[2 * i + side], g_k = y->g_k_S[2 * i + side], g_leak = y->g_leak_S[2 * i + side];
            const float e_na_mV = y->e_na_mV, e_k_mV = y->e_k_mV;
            NMJ_EACH_LANE {
                const float *NMJ_RESTRICT t = rows[2 * i + side][l]; /* decay of m, h, n, 0; drive */
                x[0][l] = t[0] * x[0][l] + t[4];
                x[1][l] = t[1] * x[1][l] + t[5];
                x[2][l] = t[2] * x[2][l] + t[6];
            }
            NMJ_EACH_LANE {
                const float m = x[0][l], h = x[1][l], n = x[2][l];
                const float na = y->na_available[l] * g_na * (m * m * m * h), kd = g_k * ((n * n) * (n * n));
                const float g = g_leak + na + kd, q = g * g;
                const float scaled = charge * ((square + 6.0f * q) / (square + q)); /* z coth z, z = g / charge */
                dd[side][l] = scaled + g;
                rr[side][l] = scaled * voltage[l] + leak + na * e_na_mV + kd * e_k_mV;
            }
        }
        NMJ_EACH_LANE { /* tubule eliminated */
            const float inverse = 1.0f / (dd[1][l] + access);
            dt[i][l] = inverse;
            rt[i][l] = rr[1][l];
            d[i][l] = dd[0][l] + access * (dd[1][l] * inverse);
            r[i][l] = rr[0][l] + access * inverse * rr[1][l];
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
        const float a = i > 0 ? y->axial_S[i - 1] : 0.0f, access = y->access_S[i];
        float *NMJ_RESTRICT u = y->u[i], *NMJ_RESTRICT v = y->v[i];
        if (i > 0)
            NMJ_EACH_LANE { mid[l] = (r[i][l] + a * mid[l]) * d[i][l]; }
        NMJ_EACH_LANE {
            u[l] = 2.0f * ((rt[i][l] + access * mid[l]) * dt[i][l]) - u[l];
            v[l] = 2.0f * mid[l] - v[l]; /* clamped: v itself */
        }
    }
}

NMJ_PRECISE_END

#endif
