"""Thin skin over csrc/nmj/junctions.h: bind the arrays of an NMJ once per run, step often."""

from libc.stdint cimport int32_t, uint32_t
from libc.stdlib cimport free, malloc

import numpy as np

from nmj_brian._core.chunks cimport nmj_chunks, nmj_share
from nmj_brian._core.course cimport CourseTable, nmj_course
from nmj_brian._core.endplate cimport EndplateTable, nmj_endplate_model
from nmj_brian._core.pool cimport Pool, nmj_crew, nmj_crew_share
from nmj_brian._core.aligned import aligned
from nmj_brian._core.pool import POOL
from nmj_brian._core.release cimport ReleaseKernel, nmj_release_model, nmj_terminal, nmj_volley


cdef extern from "nmj/junctions.h" nogil:
    ctypedef struct nmj_junctions:
        nmj_release_model release
        nmj_endplate_model endplate
        nmj_course course
        double conductance_S, reversal_mV, endplate_receptors, free_fraction, h_s
        int32_t n_sub, n_step, n_volley, n_channels
        uint32_t key[2]
        int32_t n, n_source
        const int32_t *source
        const int32_t *target
        const int32_t *start
        const int32_t *order
        const int32_t *multiplicity
        const int32_t *neuron_address
        const int32_t *fiber_address
        const double *delay_s
        const double *receptor_loss
        double *ready
        double *quanta
        double *quanta_total
        int32_t *impulses
        double *release_time_s
        double *ACh
        double *open_channels
        double *g_S
        double *peak_g_S
        double **occupancy
        const double *v_V
        const double *v_slope_V_per_s
        double *peak_v_V
        double *drive_g_S
        double *drive_gE_S_mV
        unsigned char *driven
        unsigned char *stirred
        nmj_terminal *terminal
        nmj_volley *volley
        double *volley_s
        double *x
        int32_t *count
        double *most
        double *event_s
        double *wake_s
        double *follow_s
        double *block_wake_s
        int32_t *straggler

    const int32_t NMJ_MOST_IN_FLIGHT
    int32_t nmj_block_count(int32_t n)
    size_t nmj_drive_size(int32_t n, int32_t n_sub)
    size_t nmj_junctions_state_size(const nmj_endplate_model *endplate, int32_t n)
    void nmj_index_by_source(int32_t n, int32_t n_source, int32_t n_target, const int32_t *source,
                             const int32_t *target, int32_t *start, int32_t *order, int32_t *multiplicity,
                             int32_t *scratch)
    void nmj_junctions_initialize(const nmj_junctions *p, int32_t first)
    int32_t nmj_junctions_receive(const nmj_junctions *p, const int32_t *spikes, int32_t n_spikes, double t_s)
    void nmj_junctions_spread(const nmj_junctions *p, int32_t room, nmj_volley *volley, double *volley_s)
    void nmj_junctions_resume(const nmj_junctions *p)
    void nmj_junctions_show(const nmj_junctions *p, double t_s)
    int32_t nmj_junctions_step(const nmj_junctions *p, const nmj_chunks *chunks, double t_s, nmj_share share, void *threads)
    int nmj_junctions_share(int32_t n, int32_t n_target, const int32_t *target, int32_t *scratch)
    int32_t nmj_junctions_cut(int32_t n, int32_t n_target, const int32_t *target, int32_t least, int32_t *cut,
                              int32_t *scratch)


cdef enum:
    CHUNK = 1  # blocks of junctions that one thread takes at a time, at least


def index_by_source(int32_t[::1] source, int32_t[::1] target, int n_source, int n_target):
    """Junctions by the neuron that drives them, as arrays start, order and multiplicity."""
    cdef Py_ssize_t n = source.shape[0]
    start = np.zeros(n_source + 1, np.int32)
    order = np.zeros(n, np.int32)
    multiplicity = np.zeros(n, np.int32)
    scratch = np.zeros(2 * n_target, np.int32)
    cdef int32_t[::1] a = start, b = order, c = multiplicity, d = scratch
    nmj_index_by_source(<int32_t>n, n_source, n_target, &source[0], &target[0], &a[0], &b[0], &c[0], &d[0])
    return {"start": start, "order": order, "multiplicity": multiplicity}


cdef double *_doubles(dict arrays, str name, Py_ssize_t size) except NULL:
    cdef double[::1] view = arrays[name]
    if view.shape[0] != size:
        raise ValueError(f"{name} must have {size} entries, got {view.shape[0]}.")
    return &view[0]


cdef int32_t *_integers(dict arrays, str name, Py_ssize_t size) except NULL:
    cdef int32_t[::1] view = arrays[name]
    if view.shape[0] != size:
        raise ValueError(f"{name} must have {size} entries, got {view.shape[0]}.")
    return &view[0]


cdef class JunctionsKernel:
    """The junctions of one NMJ, bound for one run; keeps every array alive.

    Parameters
    ----------
    endplate, release : EndplateTable, ReleaseKernel
        The models.
    constants : dict
        Numbers shared by all junctions, by the names of the C struct.
    arrays : dict
        Brian's arrays of junctions and fibers and the index by source, by the names of the C struct.
    private : dict
        Private state of an earlier run (empty at first); junctions made since are added at rest.
    course : CourseTable, optional
        That fibers follow after an action potential; None: they are computed all the way.
    watched : bool
        Whether somebody looks at them in each step.
    """

    cdef nmj_junctions p
    cdef object _alive
    cdef Pool pool
    cdef nmj_chunks chunks
    cdef int32_t[::1] cut
    cdef int32_t[:, ::1] room
    cdef int32_t[::1] straggler
    cdef readonly int32_t active
    cdef readonly dict private

    def __init__(self, EndplateTable endplate, ReleaseKernel release, dict constants, dict arrays, dict private,
                 CourseTable course=None, bint watched=True):
        cdef Py_ssize_t n = len(arrays["source"]), fibers = len(arrays["v_V"]), i
        cdef Py_ssize_t before = len(private["wake_s"]) if private else 0
        cdef double[::1] f8
        cdef unsigned char[::1] u1
        self.p.endplate = endplate.model
        self.p.release = release.model
        self.p.conductance_S = constants["conductance_S"]
        self.p.reversal_mV = constants["reversal_mV"]
        self.p.endplate_receptors = constants["endplate_receptors"]
        self.p.free_fraction = constants["free_fraction"]
        self.p.h_s = constants["h_s"]
        self.p.n_sub = constants["n_sub"]
        self.p.n_step = constants["n_step"]
        self.p.n_volley = len(private["volley_s"]) // before if before else constants["n_volley"]
        self.p.n_channels = constants["n_channels"]
        self.p.n_source = constants["n_source"]
        self.p.n = <int32_t>n
        sizes = {
            "terminal": sizeof(nmj_terminal) * n,
            "volley": sizeof(nmj_volley) * n * self.p.n_volley,
            "volley_s": n * self.p.n_volley,
            "x": nmj_junctions_state_size(&self.p.endplate, self.p.n),
            "count": n * self.p.endplate.n_state * self.p.n_channels,
            "most": n,
            "event_s": n,
            "wake_s": n,
            "follow_s": n,
            "block_wake_s": nmj_block_count(self.p.n),
        }
        self.private = {}
        for name, size in sizes.items():
            kept = aligned(size, {"terminal": np.uint8, "volley": np.uint8, "count": np.int32}.get(name, np.float64))
            if private:
                kept[:len(private[name])] = private[name]
            self.private[name] = kept
        self._alive = (endplate, release, arrays)
        self.p.source = _integers(arrays, "source", n)
        self.p.target = _integers(arrays, "target", n)
        self.p.start = _integers(arrays, "start", self.p.n_source + 1)
        self.p.order = _integers(arrays, "order", n)
        self.p.multiplicity = _integers(arrays, "multiplicity", n)
        if "fiber_address" in arrays:
            self.p.neuron_address = _integers(arrays, "neuron_address", self.p.n_source)
            self.p.fiber_address = _integers(arrays, "fiber_address", fibers)
        self.p.delay_s = _doubles(arrays, "delay_s", n)
        self.p.receptor_loss = _doubles(arrays, "receptor_loss", n)
        self.p.ready = _doubles(arrays, "ready", n)
        self.p.quanta = _doubles(arrays, "quanta", n)
        self.p.quanta_total = _doubles(arrays, "quanta_total", n)
        self.p.impulses = _integers(arrays, "impulses", n)
        self.p.release_time_s = _doubles(arrays, "release_time_s", n)
        self.p.ACh = _doubles(arrays, "ACh", n)
        self.p.open_channels = _doubles(arrays, "open_channels", n)
        self.p.g_S = _doubles(arrays, "g_S", n)
        self.p.peak_g_S = _doubles(arrays, "peak_g_S", n)
        self.p.v_V = _doubles(arrays, "v_V", fibers)
        self.p.v_slope_V_per_s = _doubles(arrays, "v_slope_V_per_s", fibers)
        self.p.peak_v_V = _doubles(arrays, "peak_v_V", fibers)
        self.p.drive_g_S = _doubles(arrays, "drive_g_S", nmj_drive_size(<int32_t>fibers, self.p.n_sub))
        self.p.drive_gE_S_mV = _doubles(arrays, "drive_gE_S_mV", nmj_drive_size(<int32_t>fibers, self.p.n_sub))
        u1 = arrays["driven"]
        self.p.driven = &u1[0]
        u1 = arrays["stirred"]
        self.p.stirred = &u1[0]
        u1 = self.private["terminal"]
        self.p.terminal = <nmj_terminal *>&u1[0]
        u1 = self.private["volley"]
        self.p.volley = <nmj_volley *>&u1[0]
        self.p.volley_s = _doubles(self.private, "volley_s", sizes["volley_s"])
        self.p.x = _doubles(self.private, "x", sizes["x"])
        self.p.count = _integers(self.private, "count", sizes["count"]) if self.p.n_channels else NULL
        self.p.most = _doubles(self.private, "most", n)
        self.p.event_s = _doubles(self.private, "event_s", n)
        self.p.wake_s = _doubles(self.private, "wake_s", n)
        self.p.follow_s = _doubles(self.private, "follow_s", n)
        self.p.block_wake_s = _doubles(self.private, "block_wake_s", sizes["block_wake_s"])
        states = arrays["occupancy"]
        if len(states) != self.p.endplate.n_state:
            raise ValueError(f"occupancy must have {self.p.endplate.n_state} arrays, got {len(states)}.")
        self.p.occupancy = <double **>malloc(max(1, len(states)) * sizeof(double *))
        if self.p.occupancy == NULL:
            raise MemoryError
        for i in range(len(states)):
            f8 = states[i]
            if f8.shape[0] != n:
                raise ValueError(f"occupancy[{i}] must have {n} entries, got {f8.shape[0]}.")
            self.p.occupancy[i] = &f8[0]
        self.pool = POOL
        self.cut = np.zeros(nmj_block_count(self.p.n) // CHUNK + 2, np.int32)
        scratch = np.zeros(max(fibers, 1), np.int32)
        cdef int32_t[::1] last = scratch
        self.chunks.n = nmj_junctions_cut(self.p.n, <int32_t>fibers, self.p.target, CHUNK, &self.cut[0], &last[0])
        self.chunks.cut = &self.cut[0]
        self.room = np.zeros((3, max(self.chunks.n, 1)), np.int32)
        self.chunks.now, self.chunks.active, self.chunks.straggler = &self.room[0, 0], &self.room[1, 0], &self.room[2, 0]
        if not nmj_junctions_share(self.p.n, <int32_t>fibers, self.p.target, &last[0]):
            self.straggler = np.zeros(n, np.int32)
            self.p.straggler = &self.straggler[0]
        if before < n:
            nmj_junctions_initialize(&self.p, <int32_t>before)
        if course is not None:
            self._alive += (course,)
            self.p.course = course.bound(arrays, fibers, watched)
        nmj_junctions_resume(&self.p)

    def __dealloc__(self):
        free(self.p.occupancy)

    def set_key(self, uint32_t first, uint32_t second):
        """Random key of this object in this trial."""
        self.p.key[0] = first
        self.p.key[1] = second

    def receive(self, int32_t[::1] spikes, double t_s):
        """Impulses of one step of the nerve (Brian's spike list); -1, or a junction that holds all it can.

        Junctions get room for more impulses where they need it.
        """
        cdef int32_t count = spikes[spikes.shape[0] - 1], full
        if spikes.shape[0] != self.p.n_source + 1:
            raise ValueError("the spike list does not belong to the nerve of these junctions")
        with nogil:
            full = nmj_junctions_receive(&self.p, &spikes[0], count, t_s)
        if full >= 0 and self._spread():
            return self.receive(spikes, t_s)
        return full

    cdef bint _spread(self) except -1:
        """Twice the room for impulses; whether there was less than can be."""
        cdef int32_t room = min(2 * self.p.n_volley, NMJ_MOST_IN_FLIGHT)
        cdef unsigned char[::1] volley
        cdef double[::1] volley_s
        if room == self.p.n_volley:
            return False
        volley = aligned(self.p.n * room * sizeof(nmj_volley), np.uint8)
        volley_s = aligned(self.p.n * room)
        nmj_junctions_spread(&self.p, room, <nmj_volley *>&volley[0], &volley_s[0])
        self.private["volley"], self.private["volley_s"] = np.asarray(volley), np.asarray(volley_s)
        self.p.volley, self.p.volley_s, self.p.n_volley = <nmj_volley *>&volley[0], &volley_s[0], room
        return True

    def show(self, double t_s):
        """After a run, at ``t_s``: what nobody watched is shown."""
        nmj_junctions_show(&self.p, t_s)

    def advance(self, double t_s):
        """Advance the junctions that are awake by one time step from ``t_s``."""
        cdef nmj_crew *crew = &self.pool.crew
        with nogil:
            self.active = nmj_junctions_step(&self.p, &self.chunks, t_s, nmj_crew_share, crew)
