"""Declarations of csrc/nmj/release.h for the stages that feed end plates."""
from libc.stdint cimport int32_t, uint32_t

from nmj_brian._core.random cimport nmj_address


cdef extern from "nmj/release.h" nogil:
    const int NMJ_LATENCY_POINTS
    const int NMJ_RELEASE_MEAN
    const int NMJ_VOLLEY_FREE
    const int NMJ_VOLLEY_IN_FLIGHT
    const int NMJ_VOLLEY_RELEASING

    ctypedef struct nmj_release_model:
        const double *latency_s
        double hazard
        double f1_step
        double f1_rate_per_s
        double f2_step
        double f2_rate_per_s
        double f3_step
        double f3_rate_per_s
        double residual_power
        double augmentation_step
        double augmentation_rate_per_s
        double potentiation_step
        double potentiation_rate_per_s
        double refill_rate_per_s
        double refill_boost_per_s
        double mobilization_step
        double mobilization_rate_per_s
        double recruit_boost_per_s
        double recruitment_step
        double recruitment_rate_per_s
        double store_inverse
        double filling_rate_per_s
        double mini_rate_per_s
        double size_a
        double size_b
        int32_t flags

    ctypedef struct nmj_terminal:
        double sites
        double ready
        double f1
        double f2
        double f3
        double augmentation
        double potentiation
        double mobilization
        double recruitment
        double filling
        double last_s
        double quanta
        double quanta_total
        double mini_next_s
        double mini_rate_per_s
        uint32_t impulses
        uint32_t minis

    ctypedef struct nmj_volley:
        double arrival_s
        double next_s
        double next_size
        double hazard
        double scale
        uint32_t impulse
        int32_t count
        int32_t index
        int32_t state

    double nmj_latency(const double *latency_s, double hazard) noexcept
    void nmj_terminal_rest(double sites, nmj_terminal *terminal) noexcept
    double nmj_terminal_ready(const nmj_release_model *model, const nmj_terminal *terminal,
                              double time_s) noexcept
    void nmj_volley_send(nmj_volley *volley, double arrival_s) noexcept
    int32_t nmj_release_impulse(const nmj_release_model *model, const nmj_address *junction,
                                nmj_terminal *terminal, nmj_volley *volley) noexcept
    int nmj_volley_next(const nmj_release_model *model, const nmj_address *junction,
                        nmj_volley *volley, double t_end_s, double *time_s, double *size) noexcept
    void nmj_spontaneous_rate(const nmj_address *junction, nmj_terminal *terminal, double time_s,
                              double rate_per_s) noexcept
    int nmj_spontaneous_next(const nmj_release_model *model, const nmj_address *junction,
                             nmj_terminal *terminal, double t_end_s, double *time_s,
                             double *size) noexcept


cdef class ReleaseKernel:
    cdef nmj_release_model model
    cdef const double[::1] table
