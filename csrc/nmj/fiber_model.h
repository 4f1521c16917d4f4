/* nmj/fiber_model.h - what the fiber kernel is given: the model of a kind of fiber, one fiber, and how compartments lie.
 *
 * Compartment 0 is the end plate; then one side from the end plate outwards, then the other. Where both sides are equal
 * they are folded together, and there is one. Each compartment has one neighbor nearer to the end plate.
 *
 * Diameter. Per area of surface, a fiber that is `thickness` times as wide has so many times the tubules (their area per
 * surface grows with the diameter) and so many times the axial conductance (cross-section per circumference); what enters
 * it from outside spreads over so many times the surface. Hence one factor makes a fiber of any diameter of one model.
 *
 * Sites. Points where the voltage is wanted, between the centers of two compartments. Arrival: the upward crossing of
 * spike_mV there, linear inside the sub-step, the last one of a call.
 *
 * Units and aliasing: as in fiber.h. Thread-safety: plain data.
 * Why this is not a Brian equation: see fiber.h.
 */
#ifndef NMJ_FIBER_MODEL_H
#define NMJ_FIBER_MODEL_H

#include "config.h"

NMJ_PRECISE_BEGIN

#define NMJ_FIBER_MAX_COMPARTMENT 4096
#define NMJ_FIBER_MAX_SITE 32

typedef struct {
    int32_t n_compartment;     /* M, 1 .. NMJ_FIBER_MAX_COMPARTMENT */
    int32_t other_side;        /* first compartment of the second side, a neighbor of the end plate; M: folded, no second side */
    int32_t electrode;         /* where injected current enters */
    int32_t spike_compartment; /* where the action potential is timed */
    int32_t n_site;            /* points along the fiber where voltage and arrival are told, 0 .. NMJ_FIBER_MAX_SITE */
    int32_t n_table;           /* rows of a table in `gates` */
    int32_t count[3];          /* sub-steps per step at each level: 1; some, 0: none; all of a call, 0: none */
    double h_s;                /* sub-step */
    double v0_mV;              /* voltage of row 0 of the table */
    double inverse_dv_per_mV;  /* rows per mV */
    double e_na_mV, e_k_mV;
    double spike_mV, rearm_mV; /* upward crossing that is a spike; level to fall below before the next one */
    double v_rest_mV;
    double diameter_m;          /* that fibers with their own diameter are measured by; 0: none has its own */
    double rest_tolerance_mV;   /* a fiber may sleep whose every voltage is this near rest, and ... */
    double afterpotential_mV;   /* ... so much more for each share that n of the same membrane is away from rest */
    double rest_rate_per_s[3];  /* at which m, h and n approach rest while voltages are there */
    double quiet_mV;        /* quiet: every voltage this near rest, and changing (membrane and input) by no more */
    double quiet_change_mV; /* than this in the whole call, or ... */
    double fall_mV[3], fall_change_mV[3]; /* ... at most so far above rest, and falling by no more than this in the call */
    const double *gates; /* [6][n_table][8]: decay of m, h, n, 0; then target * (1 - decay), 0; over h times the mean of the
                            counts of two levels: 0 and 0, 1 and 0, 1 and 1, 2 and 0, 2 and 1, 2 and 2 */
    const float *gates_single; /* the same, for chains */
    const double *charge_S;     /* [M][2] 2 C / h; [..][0] surface, [..][1] tubule */
    const double *g_na_S;       /* [M][2] */
    const double *g_k_S;        /* [M][2] */
    const double *g_leak_S;     /* [M][2] */
    const double *gE_leak_S_mV; /* [M][2] g_leak * E_leak */
    const double *g_access_S;   /* [M] surface to tubule, > 0 also when there is no tubule */
    const double *g_axial_S;    /* [M] [i - 1]: between i and its neighbor nearer to the end plate; the last one is not read */
    const double *site;         /* [n_site][3]: a compartment, the next one, share of the next (between their centers) */
    const double *rest;         /* [nmj_fiber_size] private state at rest */
} nmj_fiber_model;

/* Doubles of private state per fiber. The voltage of compartment 0 is not among them: it is the user's variable.
 * Layout: gates m, h, n, 0 [M][2][4]; tubule voltages [M]; surface voltages of compartments 1 .. M-1; then
 * voltages of compartment 0 and of the spike's one sub-step ago, voltage of compartment 0 as last left by the kernel,
 * whether a spike may be counted, the level of the last step, since when it sleeps (below 0: it does not). */
NMJ_INLINE int nmj_fiber_size(const nmj_fiber_model *model)
{
    return 10 * (int)model->n_compartment + 5;
}

/* One fiber in one call. */
typedef struct {
    double v_mV;                 /* INOUT voltage of the end plate (held if `clamped`) */
    double peak_mV;              /* INOUT running maximum of it */
    double slope_mV_per_s;       /* OUT over the last sub-step */
    double spike_s;              /* OUT time of the spike, if it fired */
    double *state;               /* INOUT [nmj_fiber_size] */
    const double *g_S, *gE_S_mV; /* IN [n_sub], both NULL: none; mean conductance, times reversal, of each sub-step */
    double I_A, na_available;    /* IN current into the electrode's compartment; share of Na channels left */
    double thickness;            /* IN diameter over that of the model */
    double *site;                /* [n_site][2], NULL: not wanted; OUT voltage in mV, OUT arrival_s if one arrived */
    int clamped, fired, at_rest; /* IN; OUT; OUT: no input and voltages at rest, may be skipped until driven or written to */
} nmj_fiber;

/* Neighbor of compartment i > 0 that is nearer to the end plate. */
NMJ_INLINE int32_t nmj_fiber_neighbor(const nmj_fiber_model *p, int32_t i)
{
    return i == p->other_side ? 0 : i - 1;
}

/* Voltage at site k. */
NMJ_INLINE double nmj_fiber_site_mV(const nmj_fiber_model *p, int32_t k, const double *v)
{
    const double *at = p->site + 3 * k;
    const double a = v[(int32_t)at[0]], b = v[(int32_t)at[1]];
    return a + at[2] * (b - a);
}

/* Voltages at the sites. */
NMJ_INLINE void nmj_fiber_at_sites(const nmj_fiber_model *p, const double *v, double *site)
{
    int32_t k;
    for (k = 0; site != NULL && k < p->n_site; k++) site[2 * k] = nmj_fiber_site_mV(p, k, v);
}

/* The same after a step of length h from t, with what arrived in it. */
NMJ_INLINE void nmj_fiber_pass_sites(const nmj_fiber_model *p, const double *v, double t_s, double h_s, double *site)
{
    int32_t k;
    for (k = 0; site != NULL && k < p->n_site; k++) {
        const double old = site[2 * k], now = nmj_fiber_site_mV(p, k, v);
        if (old < p->spike_mV && now >= p->spike_mV) site[2 * k + 1] = t_s + h_s * ((p->spike_mV - old) / (now - old));
        site[2 * k] = now;
    }
}

NMJ_PRECISE_END

#endif
