"""Threads of this process, shared by all kernels."""

from libc.stdint cimport int32_t

from nmj_brian._core.chunks cimport nmj_task


cdef extern from "nmj/pool.h" nogil:
    ctypedef struct nmj_pool:
        pass

    ctypedef struct nmj_crew:
        nmj_pool pool
        int32_t n_thread

    void nmj_crew_share(void *crew, nmj_task task, void *work, int32_t n_chunk) noexcept nogil
    void nmj_pool_close(nmj_pool *pool)


cdef class Pool:
    cdef nmj_crew crew
