"""A time step in chunks that several threads may take (csrc/nmj/chunks.h)."""

from libc.stdint cimport int32_t


cdef extern from "nmj/chunks.h" nogil:
    ctypedef void (*nmj_task)(void *work, int32_t chunk) noexcept nogil
    ctypedef void (*nmj_share)(void *threads, nmj_task task, void *work, int32_t n_chunk) noexcept nogil

    ctypedef struct nmj_chunks:
        int32_t n
        int32_t size
        const int32_t *cut
        int32_t *now
        int32_t *active
        int32_t *straggler
        int32_t *fired
        int32_t *late
