"""Thin skin over csrc/nmj/random.h and csrc/nmj/seed.h: addressed random numbers."""
from libc.stdint cimport int32_t, uint32_t, uint64_t

import array

cdef extern from "nmj/seed.h" nogil:
    int nmj_seed_of_state(uint32_t *key, const uint32_t *anchor, int twists, uint32_t *seed,
                          int *is_anchor) noexcept


def philox(const uint32_t[:, ::1] counter, const uint32_t[::1] key, uint32_t[:, ::1] out):
    """Philox4x32-10 of every row of ``counter``."""
    cdef Py_ssize_t i
    if counter.shape[1] != 4 or out.shape[1] != 4 or key.shape[0] != 2:
        raise ValueError("philox needs counters of 4 words and a key of 2 words.")
    if out.shape[0] != counter.shape[0]:
        raise ValueError("philox needs as many rows in `out` as in `counter`.")
    for i in range(counter.shape[0]):
        nmj_philox4x32(&counter[i, 0], &key[0], &out[i, 0])


def derive_key(uint64_t seed, uint32_t trial, uint32_t stream):
    """Two words of key for one stream in one trial under one seed."""
    cdef uint32_t key[2]
    nmj_derive_key(seed, trial, stream, key)
    return key[0], key[1]


cdef class Address:
    """Where random numbers live: key, source, target, multiplicity, impulse, purpose."""
    cdef nmj_address at

    def __init__(self, key, uint32_t source=0, uint32_t target=0, uint32_t multiplicity=0,
                 uint32_t impulse=0, uint32_t purpose=0):
        self.at.key[0] = key[0]
        self.at.key[1] = key[1]
        self.at.source = source
        self.at.target = target
        self.at.multiplicity = multiplicity
        self.at.impulse = impulse
        self.at.purpose = purpose

    def uniforms(self, double[::1] out, uint32_t draw=0):
        """Element i at draw ``draw`` of impulse ``impulse + i``."""
        cdef nmj_address at = self.at
        cdef Py_ssize_t i
        for i in range(out.shape[0]):
            out[i] = nmj_uniform(&at, draw)
            at.impulse += 1

    def normals(self, double[::1] out, uint32_t draw=0):
        """Element i at draw ``draw`` of impulse ``impulse + i``."""
        cdef nmj_address at = self.at
        cdef Py_ssize_t i
        for i in range(out.shape[0]):
            out[i] = nmj_normal(&at, draw)
            at.impulse += 1

    def exponentials(self, double[::1] out, uint32_t draw=0):
        """Element i at draw ``draw`` of impulse ``impulse + i``."""
        cdef nmj_address at = self.at
        cdef Py_ssize_t i
        for i in range(out.shape[0]):
            out[i] = nmj_exponential(&at, draw)
            at.impulse += 1

    def binomials(self, int32_t[::1] out, int32_t trials, double p, uint32_t draw=0):
        """Element i starts at draw ``draw`` of impulse ``impulse + i``."""
        cdef nmj_address at = self.at
        cdef Py_ssize_t i
        for i in range(out.shape[0]):
            out[i] = nmj_binomial(&at, draw, trials, p)
            at.impulse += 1

    def poissons(self, int32_t[::1] out, double mean, uint32_t draw=0):
        """Element i starts at draw ``draw`` of impulse ``impulse + i``."""
        cdef nmj_address at = self.at
        cdef Py_ssize_t i
        for i in range(out.shape[0]):
            out[i] = nmj_poisson(&at, draw, mean)
            at.impulse += 1


def logarithms(const double[::1] x, double[::1] out):
    """Our own logarithm, for tests."""
    cdef Py_ssize_t i
    for i in range(x.shape[0]):
        out[i] = nmj_log(x[i])


def exponentiate(const double[::1] x, double[::1] out):
    """Our own exponential, for tests."""
    cdef Py_ssize_t i
    for i in range(x.shape[0]):
        out[i] = nmj_exp(x[i])


def normal_quantiles(const double[::1] p, double[::1] out):
    """Quantiles of the standard normal distribution, for tests."""
    cdef Py_ssize_t i
    for i in range(p.shape[0]):
        out[i] = nmj_normal_quantile(p[i])


def seed_of_state(const uint32_t[::1] key, int twists, const uint32_t[::1] anchor=None):
    """Seed of an MT19937 state and the number of twists since; (None, twists) if an earlier state ``anchor``
    is met first; None if neither is found.
    """
    cdef uint32_t seed = 0
    cdef int i, n, is_anchor = 0
    cdef uint32_t[::1] copy = array.array("I", bytes(4 * 624))
    cdef const uint32_t *earlier = NULL
    if key.shape[0] != 624 or (anchor is not None and anchor.shape[0] != 624):
        raise ValueError("an MT19937 state has 624 words.")
    if anchor is not None:
        earlier = &anchor[0]
    for i in range(624):
        copy[i] = key[i]
    with nogil:
        n = nmj_seed_of_state(&copy[0], earlier, twists, &seed, &is_anchor)
    if n < 0:
        return None
    return (None if is_anchor else seed), n
