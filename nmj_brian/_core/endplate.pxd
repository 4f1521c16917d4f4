"""The end plate's C interface, for other compiled parts of the package."""

from libc.stdint cimport int32_t


cdef extern from "nmj/endplate.h" nogil:
    ctypedef struct nmj_endplate_model:
        int32_t n_state, n_source, n_ACh, n_restless, n_recapture, n_voltage, n_density, n_residual, n_overlap
        int32_t n_leap, n_leap_voltage, n_leap_gain
        double leap_log_density, dleap_log_density
        double v0_mV, dv_mV, dv_leap_mV, log_density0, dlog_density, step_s, recapture_tau_s, recapture_decay
        double rest_open, overlap_saturation
        const double *rest
        const double *propagator
        const double *source_propagator
        const double *leap
        const double *leap_source_decay
        const double *leap_ACh_decay
        const double *fast_s
        const double *source_decay
        const double *source_residual
        const double *amplitude_per_s
        const double *entry
        const double *gain
        const double *ACh_decay
        const double *ACh_residual
        const double *ACh_amplitude
        const double *open
        const double *desensitized
        const double *overlap_decay
        const double *overlap_gain
        const double *overlap_mix
        const double *overlap_amplitude_per_s
        const double *overlap_entry

    int nmj_endplate_size(const nmj_endplate_model *p)
    void nmj_endplate_rest(const nmj_endplate_model *p, double receptors, double *x)
    void nmj_endplate_inject(const nmj_endplate_model *p, double *x, double size, double residual_s,
                             double log_density)
    void nmj_endplate_substep(const nmj_endplate_model *p, double *x, double v_mV, double log_density)
    double nmj_endplate_open(const nmj_endplate_model *p, const double *x)
    double nmj_endplate_desensitized(const nmj_endplate_model *p, const double *x)
    double nmj_endplate_ACh(const nmj_endplate_model *p, const double *x)


cdef class EndplateTable:
    cdef nmj_endplate_model model
    cdef readonly dict arrays
    cdef readonly dict scalars
    cdef int _check(self, const double[:, ::1] x, Py_ssize_t a, Py_ssize_t b) except -1
