"""The end plate's C interface, for other compiled parts of the package."""

from libc.stdint cimport int32_t


cdef extern from "nmj/endplate.h" nogil:
    enum:
        NMJ_LANES

    ctypedef struct nmj_endplate_model:
        int32_t n_state, n_source, n_ACh, n_overlap, n_restless, n_page, n_voltage, n_residual
        int32_t n_part, n_entry_part, n_late_part
        double v0_mV, dv_mV, page0_share, dlog_density, step_s, least_weight, least_entry, overlap_saturation, rest_open
        const double *rest
        const double *propagator_mix
        const double *propagator
        const double *source_decay
        const double *source_residual
        const double *ACh_decay
        const double *ACh_residual
        const double *ACh_amplitude
        const double *amplitude_per_s
        const double *entry_mix
        const double *entry
        const double *open
        const double *desensitized
        const double *overlap_decay
        const double *overlap_gain
        const double *overlap_mix
        const double *late_amplitude_per_s
        const double *late_mix
        const double *late

    ctypedef struct nmj_endplate_place:
        double share

    ctypedef struct nmj_endplate_lanes:
        double mine[16]
        double mean[16]

    ctypedef struct nmj_endplate_arrival:
        double row[1]

    int nmj_endplate_size(const nmj_endplate_model *p)
    void nmj_endplate_rest(const nmj_endplate_model *p, double receptors, double *x, int stride)
    void nmj_endplate_set_share(const nmj_endplate_model *p, double share, nmj_endplate_place *at)
    void nmj_endplate_set_voltage(const nmj_endplate_model *p, double v_mV, nmj_endplate_place *at)
    void nmj_endplate_weigh(const nmj_endplate_model *p, const nmj_endplate_place *at, int lane, nmj_endplate_lanes *lanes)
    void nmj_endplate_advance(const nmj_endplate_model *p, nmj_endplate_lanes *lanes, double (*x)[16])
    void nmj_endplate_expect(const nmj_endplate_model *p, const nmj_endplate_place *at, const double *x, int stride,
                             nmj_endplate_arrival *q)
    void nmj_endplate_inject(const nmj_endplate_model *p, double size, double residual_s, nmj_endplate_arrival *q)
    void nmj_endplate_arrive(const nmj_endplate_model *p, const nmj_endplate_arrival *q, double *x, int stride, double *mean,
                             double *middle)
    void nmj_endplate_look(const nmj_endplate_model *p, double (*x)[16], double *open, double *lost)
    double nmj_endplate_ACh(const nmj_endplate_model *p, const double *x, int stride)


cdef class EndplateTable:
    cdef nmj_endplate_model model
    cdef readonly dict arrays
    cdef readonly dict scalars
    cdef int _check(self, const double[:, ::1] x, Py_ssize_t a, Py_ssize_t b) except -1
