"""Threads of this process, shared by all kernels (csrc/nmj/pool.h)."""

from libc.string cimport memset


cdef class Pool:
    """Hands the chunks of a task to ``threads`` threads."""

    def __cinit__(self):
        memset(&self.pool, 0, sizeof(self.pool))
        self.threads = 1

    def __dealloc__(self):
        nmj_pool_close(&self.pool)

    cdef void run(self, nmj_task task, void *work, int32_t n_chunk) noexcept nogil:
        nmj_pool_run(&self.pool, self.threads, task, work, n_chunk)


POOL = Pool()
