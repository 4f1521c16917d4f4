"""Threads of this process, shared by all kernels."""

from libc.stdint cimport int32_t


cdef extern from "nmj/pool.h" nogil:
    ctypedef struct nmj_pool:
        pass

    ctypedef void (*nmj_task)(void *work, int32_t chunk) noexcept nogil
    void nmj_pool_close(nmj_pool *pool)
    void nmj_pool_run(nmj_pool *pool, int32_t n_thread, nmj_task task, void *work, int32_t n_chunk)


cdef class Pool:
    cdef nmj_pool pool
    cdef public int threads
    cdef void run(self, nmj_task task, void *work, int32_t n_chunk) noexcept nogil
