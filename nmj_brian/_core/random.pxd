"""Declarations of csrc/nmj/random.h for every stage that draws numbers."""
from libc.stdint cimport int32_t, uint32_t, uint64_t


cdef extern from "nmj/random.h" nogil:
    ctypedef struct nmj_address:
        uint32_t key[2]
        uint32_t source
        uint32_t target
        uint32_t multiplicity
        uint32_t impulse
        uint32_t purpose

    void nmj_philox4x32(const uint32_t *counter, const uint32_t *key, uint32_t *out) noexcept
    void nmj_block(const nmj_address *at, uint32_t draw, uint32_t *out) noexcept
    void nmj_derive_key(uint64_t seed, uint32_t trial, uint32_t stream, uint32_t *key) noexcept
    double nmj_log(double x) noexcept
    double nmj_exp(double x) noexcept
    double nmj_uniform(const nmj_address *at, uint32_t draw) noexcept
    double nmj_normal(const nmj_address *at, uint32_t draw) noexcept
    double nmj_normal_quantile(double p) noexcept
    double nmj_exponential(const nmj_address *at, uint32_t draw) noexcept
    int32_t nmj_binomial(const nmj_address *at, uint32_t draw, int32_t trials, double p) noexcept
    int32_t nmj_poisson(const nmj_address *at, uint32_t draw, double mean) noexcept
