"""Thin skin over csrc/nmj/fibers.h: bind the arrays of a MuscleFibers once per run, step often."""

from libc.stdint cimport int32_t

import numpy as np

from nmj_brian._core.chunks cimport nmj_chunks, nmj_share
from nmj_brian._core.course cimport CourseTable, nmj_course
from nmj_brian._core.fiber cimport FiberKernel, nmj_fiber_model
from nmj_brian._core.pool cimport Pool, nmj_crew, nmj_crew_share
from nmj_brian._core.aligned import aligned
from nmj_brian._core.pool import POOL


cdef extern from "nmj/fibers.h" nogil:
    ctypedef struct nmj_fibers:
        nmj_fiber_model fiber
        nmj_course course
        int32_t n, n_sub, touched
        double *v_V
        double *v_slope_V_per_s
        double *peak_v_V
        double *spike_time_s
        double *interval_s
        int32_t *spike_count
        const double *I_A
        const double *na_available
        const double *diameter_m
        double *site_v_V[32]
        double *site_arrival_s[32]
        const char *clamped
        int32_t *spikes
        double *state
        float (*chain)[16]
        double *drive_g_S
        double *drive_gE_S_mV
        unsigned char *driven
        unsigned char *stirred
        unsigned char *awake
        int32_t *straggler

    size_t nmj_fibers_state_size(const nmj_fiber_model *fiber, int32_t n)
    size_t nmj_drive_size(int32_t n, int32_t n_sub)
    void nmj_fibers_rest(const nmj_fibers *p)
    int nmj_fiber_is_chain(const nmj_fiber_model *fiber)
    int32_t nmj_block_count(int32_t n)
    int32_t nmj_chain_count(int32_t M)
    float *nmj_chain_at(float (*state)[16], int32_t M, int32_t k, int32_t l)
    float (*nmj_fibers_block(const nmj_fibers *p, int32_t i))[16]
    int32_t nmj_chain_past(int32_t M)
    double nmj_chain_asleep_s(float (*past)[16], int32_t l)
    double nmj_fibers_left_mV(const nmj_fibers *p, int32_t i)
    int nmj_fibers_moved(const nmj_fibers *p, double t_s)
    void nmj_fibers_hold(const nmj_fibers *p, double t_s)
    void nmj_fibers_show_course(const nmj_fibers *p, double t_s)
    int32_t nmj_fibers_chunk(const nmj_fiber_model *fiber)
    int32_t nmj_fibers_step(const nmj_fibers *p, const nmj_chunks *chunks, double t_s, nmj_share share, void *threads,
                            int32_t *active)


cdef enum:
    LANES = 16  # NMJ_LANES


cdef int _bind_state(nmj_fibers *p, state) except -1:
    """Point at the state of all fibers, which `at_rest` made."""
    cdef float[::1] chain
    cdef double[::1] others
    if len(state) != nmj_fibers_state_size(&p.fiber, p.n):
        raise ValueError(f"state must have {nmj_fibers_state_size(&p.fiber, p.n)} entries, got {len(state)}.")
    if nmj_fiber_is_chain(&p.fiber):
        chain = state
        p.chain = <float (*)[16]>&chain[0]
    else:
        others = state
        p.state = &others[0]
    return 0


def at_rest(FiberKernel fiber, int n):
    """Private state of n fibers at rest: in single precision where they are chains."""
    cdef nmj_fibers p
    state = aligned(nmj_fibers_state_size(&fiber.model, n), np.float32 if nmj_fiber_is_chain(&fiber.model) else np.float64)
    if n > 0:
        p.fiber = fiber.model
        p.n = n
        _bind_state(&p, state)
        nmj_fibers_rest(&p)
    return state


def chain_state(FiberKernel fiber, state, int n):
    """What is in the private state of n chains.

    Returns
    -------
    values : ndarray, [number, fiber]
        Gates and voltages above rest, as in the rows of csrc/nmj/course.h.
    left_mV, asleep_s : ndarray, [fiber]
        Voltage of the end plate as the kernel left it; since when the fiber sleeps, below 0: it does not.
    """
    cdef nmj_fibers p
    cdef int32_t i, k, M = fiber.model.n_compartment, count = nmj_chain_count(M)
    p.fiber = fiber.model
    p.n = n
    _bind_state(&p, state)
    values, left_mV, asleep_s = np.empty((count, n)), np.empty(n), np.empty(n)
    cdef double[:, ::1] a = values
    cdef double[::1] b = left_mV, c = asleep_s
    for i in range(n):
        for k in range(count):
            a[k, i] = nmj_chain_at(nmj_fibers_block(&p, i), M, k, i % 16)[0]
        b[i] = nmj_fibers_left_mV(&p, i)
        c[i] = nmj_chain_asleep_s(nmj_fibers_block(&p, i) + nmj_chain_past(M), i % 16)
    return values, left_mV, asleep_s


def before_run(FiberKernel fiber, dict arrays, double t_s):
    """Who is held or has a current is awake; whether others moved fibers that follow a course, or an error left them.

    Parameters
    ----------
    fiber : FiberKernel
        The membrane.
    arrays : dict
        Brian's arrays and the private ones, by the names of the C struct.
    t_s : float
        Of the beginning of the run.

    Returns
    -------
    bool
    """
    cdef nmj_fibers p
    cdef double[::1] v = arrays["v_V"], current = arrays["I_A"], available = arrays["na_available"]
    cdef double[::1] until = arrays["course_until_s"]
    cdef unsigned char[::1] clamped = arrays["clamped"].view(np.uint8), awake = arrays["awake"]
    cdef unsigned char[::1] follows = arrays["course_follows"]
    p.fiber = fiber.model
    p.n = <int32_t>len(v)
    _bind_state(&p, arrays["state"])
    p.v_V, p.I_A, p.na_available, p.clamped = &v[0], &current[0], &available[0], <const char *>&clamped[0]
    p.awake, p.course.until_s, p.course.follows = &awake[0], &until[0], &follows[0]
    nmj_fibers_hold(&p, t_s)
    return bool(nmj_fiber_is_chain(&p.fiber) and nmj_fibers_moved(&p, t_s))


def drive(int n, int n_sub):
    """Room for what drives n fibers in each sub-step of a time step; its layout: csrc/nmj/lanes.h."""
    return aligned(nmj_drive_size(n, n_sub))


def stirred(int n):
    """Which blocks of n fibers must be looked through: at first all."""
    blocks = aligned(nmj_block_count(n), np.uint8)
    blocks[:] = 1
    return blocks


cdef class FibersKernel:
    """The fibers of one group, bound for one run; keeps every array alive.

    Parameters
    ----------
    fiber : FiberKernel
        The membrane, bound to its sub-step.
    n_sub : int
        Sub-steps per time step.
    arrays : dict
        Brian's arrays and the private ones, by the names of the C struct.
    course : CourseTable, optional
        That fibers follow after an action potential; None: they are computed all the way.
    watched, touched : bool
        Whether somebody looks at them in each step; whether somebody might write what moves them.
    """

    cdef nmj_fibers p
    cdef object _alive
    cdef Pool pool
    cdef nmj_chunks chunks
    cdef int32_t[:, ::1] room
    cdef int32_t[::1] straggler, late
    cdef readonly int32_t active
    cdef bint touched

    def __init__(self, FiberKernel fiber, int n_sub, dict arrays, CourseTable course=None, bint watched=True, bint touched=True):
        self._alive = (fiber, arrays)
        self.pool = POOL
        cdef double[::1] f8
        cdef int32_t[::1] i4
        cdef unsigned char[::1] u1
        cdef Py_ssize_t n = len(arrays["v_V"])
        cdef int32_t size = nmj_fibers_chunk(&fiber.model), chunks = <int32_t>(n + size - 1) // size
        self.room = np.zeros((4, chunks), np.int32)
        self.late = np.zeros((n + LANES - 1) // LANES, np.int32)
        self.chunks.n, self.chunks.size, self.chunks.late = chunks, size, &self.late[0]
        self.chunks.now, self.chunks.active = &self.room[0, 0], &self.room[1, 0]
        self.chunks.straggler, self.chunks.fired = &self.room[2, 0], &self.room[3, 0]
        self.p.fiber = fiber.model
        self.p.n = <int32_t>n
        self.p.n_sub = n_sub
        self.p.touched = True  # before the run
        self.touched = touched
        cdef int32_t k
        sizes = [("v_slope_V_per_s", n), ("peak_v_V", n), ("spike_time_s", n), ("interval_s", n),
                 ("spike_count", n), ("I_A", n), ("na_available", n), ("clamped", n),
                 ("spikes", n + 1), ("drive_g_S", nmj_drive_size(<int32_t>n, n_sub)), ("drive_gE_S_mV", nmj_drive_size(<int32_t>n, n_sub)), ("driven", n), ("awake", n), ("stirred", nmj_block_count(<int32_t>n))]
        if "diameter_m" in arrays:
            sizes.append(("diameter_m", n))
        sites = [(f"site_v_V[{k}]", f"site_arrival_s[{k}]") for k in range(self.p.fiber.n_site)]
        sizes += [(name, n) for pair in sites for name in pair]
        if n_sub > 64:  # NMJ_CHAIN_MAX_SUBSTEP
            raise ValueError(f"fibers take at most 64 sub-steps at a time, got {n_sub}.")
        for name, size in sizes:
            if len(arrays[name]) != size:
                raise ValueError(f"{name} must have {size} entries, got {len(arrays[name])}.")
        f8 = arrays["v_V"]; self.p.v_V = &f8[0]
        f8 = arrays["v_slope_V_per_s"]; self.p.v_slope_V_per_s = &f8[0]
        f8 = arrays["peak_v_V"]; self.p.peak_v_V = &f8[0]
        f8 = arrays["spike_time_s"]; self.p.spike_time_s = &f8[0]
        f8 = arrays["interval_s"]; self.p.interval_s = &f8[0]
        i4 = arrays["spike_count"]; self.p.spike_count = &i4[0]
        f8 = arrays["I_A"]; self.p.I_A = &f8[0]
        f8 = arrays["na_available"]; self.p.na_available = &f8[0]
        if "diameter_m" in arrays:
            f8 = arrays["diameter_m"]; self.p.diameter_m = &f8[0]
        for k, (v, arrival) in enumerate(sites):
            f8 = arrays[v]; self.p.site_v_V[k] = &f8[0]
            f8 = arrays[arrival]; self.p.site_arrival_s[k] = &f8[0]
        u1 = arrays["clamped"].view(np.uint8); self.p.clamped = <const char *>&u1[0]
        i4 = arrays["spikes"]; self.p.spikes = &i4[0]
        _bind_state(&self.p, arrays["state"])
        f8 = arrays["drive_g_S"]; self.p.drive_g_S = &f8[0]
        f8 = arrays["drive_gE_S_mV"]; self.p.drive_gE_S_mV = &f8[0]
        self.straggler = np.zeros(n, np.int32); self.p.straggler = &self.straggler[0]
        u1 = arrays["driven"]; self.p.driven = &u1[0]
        u1 = arrays["awake"]; self.p.awake = &u1[0]
        u1 = arrays["stirred"]; self.p.stirred = &u1[0]
        if course is not None:
            self._alive += (course,)
            self.p.course = course.bound(arrays, n, watched)

    def show(self, double t_s):
        """After a run, at ``t_s``: what nobody watched is shown."""
        nmj_fibers_show_course(&self.p, t_s)

    def step(self, double t_s):
        """Advance all fibers by one time step from ``t_s``; returns how many fired."""
        cdef int32_t fired
        cdef nmj_crew *crew = &self.pool.crew
        with nogil:
            fired = nmj_fibers_step(&self.p, &self.chunks, t_s, nmj_crew_share, crew, &self.active)
            self.p.touched = self.touched
        return fired
