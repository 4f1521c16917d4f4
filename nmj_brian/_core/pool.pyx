"""Threads of this process, shared by all kernels (csrc/nmj/pool.h)."""

from libc.string cimport memset


cdef class Pool:
    """Hands the chunks of a task to ``threads`` threads."""

    def __cinit__(self):
        memset(&self.crew, 0, sizeof(self.crew))
        self.crew.n_thread = 1

    def __dealloc__(self):
        nmj_pool_close(&self.crew.pool)

    @property
    def threads(self):
        """How many."""
        return self.crew.n_thread

    @threads.setter
    def threads(self, int n):
        self.crew.n_thread = n


POOL = Pool()
