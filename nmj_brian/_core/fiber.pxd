"""Declarations of csrc/nmj/fiber.h for the population of fibers."""

from libc.stdint cimport int32_t

cdef extern from "nmj/fiber.h" nogil:
    ctypedef struct nmj_fiber_model:
        int32_t n_compartment, other_side, electrode, spike_compartment, n_site, n_table
        double h_s, v0_mV, inverse_dv_per_mV, e_na_mV, e_k_mV, spike_mV, rearm_mV
        double v_rest_mV, diameter_m, rest_tolerance_mV, afterpotential_mV
        double rest_rate_per_s[3]
        int32_t count[3]
        double quiet_mV, quiet_change_mV
        double fall_mV[3]
        double fall_change_mV[3]
        const double *gates
        const float *gates_single
        const double *charge_S
        const double *g_na_S
        const double *g_k_S
        const double *g_leak_S
        const double *gE_leak_S_mV
        const double *g_access_S
        const double *g_axial_S
        const double *site
        const double *rest

    int nmj_fiber_size(const nmj_fiber_model *model)
    int nmj_fiber_step(const nmj_fiber_model *model, double t_s, int32_t n_sub, double *v_mV, double *state,
                       const double *g_S, const double *gE_S_mV, double I_A, double na_available, int clamped,
                       double *spike_time_s, double *peak_v_mV, double *slope_mV_per_s, int *at_rest)


cdef class FiberKernel:
    cdef nmj_fiber_model model
    cdef object _arrays
    cdef readonly int size
    cdef readonly int compartments
    cdef readonly double h_s, v_rest_mV
