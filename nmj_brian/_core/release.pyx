"""Thin skin over csrc/nmj/release.h: one terminal, driven by a list of impulses."""
from libc.stdint cimport int32_t, uint32_t

from nmj_brian._core.random cimport nmj_address

LATENCY_POINTS = NMJ_LATENCY_POINTS

# Volleys that may overlap in one terminal here (impulses closer than the longest latency).
cdef enum:
    SLOTS = 64


cdef class ReleaseKernel:
    """A parameter set of release, with the latency table it points to.

    Parameters
    ----------
    scalars : dict
        The fields of ``nmj_release_model`` other than ``latency_s``.
    latency_s : contiguous float64 array of LATENCY_POINTS values, or None for no latency
    """

    def __init__(self, dict scalars, const double[::1] latency_s=None):
        cdef dict s = dict(scalars)
        self.model.hazard = s.pop("hazard")
        self.model.f1_step = s.pop("f1_step")
        self.model.f1_rate_per_s = s.pop("f1_rate_per_s")
        self.model.f2_step = s.pop("f2_step")
        self.model.f2_rate_per_s = s.pop("f2_rate_per_s")
        self.model.f3_step = s.pop("f3_step")
        self.model.f3_rate_per_s = s.pop("f3_rate_per_s")
        self.model.residual_power = s.pop("residual_power")
        self.model.augmentation_step = s.pop("augmentation_step")
        self.model.augmentation_rate_per_s = s.pop("augmentation_rate_per_s")
        self.model.potentiation_step = s.pop("potentiation_step")
        self.model.potentiation_rate_per_s = s.pop("potentiation_rate_per_s")
        self.model.refill_rate_per_s = s.pop("refill_rate_per_s")
        self.model.refill_boost_per_s = s.pop("refill_boost_per_s")
        self.model.mobilization_step = s.pop("mobilization_step")
        self.model.mobilization_rate_per_s = s.pop("mobilization_rate_per_s")
        self.model.recruit_boost_per_s = s.pop("recruit_boost_per_s")
        self.model.recruitment_step = s.pop("recruitment_step")
        self.model.recruitment_rate_per_s = s.pop("recruitment_rate_per_s")
        self.model.store_inverse = s.pop("store_inverse")
        self.model.filling_rate_per_s = s.pop("filling_rate_per_s")
        self.model.mini_rate_per_s = s.pop("mini_rate_per_s")
        self.model.size_a = s.pop("size_a")
        self.model.size_b = s.pop("size_b")
        self.model.flags = s.pop("flags")
        if s:
            raise TypeError(f"not fields of a release model: {', '.join(s)}")
        self.table = latency_s
        self.model.latency_s = NULL
        if latency_s is not None:
            if latency_s.shape[0] != NMJ_LATENCY_POINTS:
                raise ValueError(
                    f"a latency table has {NMJ_LATENCY_POINTS} points, got {latency_s.shape[0]}."
                )
            self.model.latency_s = &latency_s[0]

    def latencies(self, const double[::1] hazard, double[::1] out):
        """Latency (s) at every cumulative hazard."""
        cdef Py_ssize_t i
        if self.model.latency_s == NULL:
            raise ValueError("this model has no latency table.")
        for i in range(hazard.shape[0]):
            out[i] = nmj_latency(self.model.latency_s, hazard[i])


cdef class TerminalRun:
    """One terminal through time: give it impulses, step it, collect its quanta."""

    cdef ReleaseKernel kernel
    cdef nmj_address at
    cdef nmj_terminal terminal
    cdef nmj_volley volleys[SLOTS]

    def __init__(self, ReleaseKernel kernel, double sites, key, uint32_t source=0,
                 uint32_t target=0, uint32_t multiplicity=0):
        cdef int i
        self.kernel = kernel
        self.at.key[0] = key[0]
        self.at.key[1] = key[1]
        self.at.source = source
        self.at.target = target
        self.at.multiplicity = multiplicity
        self.at.impulse = 0
        self.at.purpose = 0
        nmj_terminal_rest(sites, &self.terminal)
        for i in range(SLOTS):
            self.volleys[i].state = NMJ_VOLLEY_FREE

    @property
    def state(self):
        """The terminal's variables."""
        return self.terminal

    def ready(self, double time_s):
        """Expected ready vesicles at a time after the last impulse."""
        return nmj_terminal_ready(&self.kernel.model, &self.terminal, time_s)

    def send(self, double arrival_s):
        """Put an impulse on its way."""
        cdef int i
        for i in range(SLOTS):
            if self.volleys[i].state == NMJ_VOLLEY_FREE:
                nmj_volley_send(&self.volleys[i], arrival_s)
                return
        raise RuntimeError(f"more than {SLOTS} impulses are being released at once.")

    def step(self, double t_end_s):
        """Advance to ``t_end_s``: list of (impulse, time, size), in order of volley and time."""
        cdef double time_s[8]  # NMJ_DRAWS
        cdef double size[8]
        cdef int i, first, n, k
        cdef list quanta = []
        while True:
            first = -1
            for i in range(SLOTS):
                if (self.volleys[i].state == NMJ_VOLLEY_IN_FLIGHT
                        and self.volleys[i].arrival_s < t_end_s
                        and (first < 0
                             or self.volleys[i].arrival_s < self.volleys[first].arrival_s)):
                    first = i
            if first < 0:
                break
            nmj_release_impulse(&self.kernel.model, &self.at, &self.terminal, &self.volleys[first])
        for i in range(SLOTS):
            while True:
                n = nmj_volley_next(&self.kernel.model, &self.at, &self.volleys[i], t_end_s, time_s, size)
                if n == 0:
                    break
                for k in range(n):
                    quanta.append((self.volleys[i].impulse, time_s[k], size[k]))
        return quanta

    def minis(self, double t_start_s, double t_end_s, double rate_per_s):
        """Spontaneous quanta of one step at one rate: list of (time, size)."""
        cdef double time_s = 0, size = 0
        cdef list events = []
        nmj_spontaneous_rate(&self.at, &self.terminal, t_start_s, rate_per_s)
        while nmj_spontaneous_next(&self.kernel.model, &self.at, &self.terminal, t_end_s,
                                   &time_s, &size):
            events.append((time_s, size))
        return events


def train(ReleaseKernel kernel, double sites, key, const double[::1] arrivals_s,
          double[:, ::1] quanta, double[:, ::1] ready, uint32_t source=0):
    """Quanta released and ready vesicles left by each impulse, for terminals target = 0, 1, ..."""
    cdef Py_ssize_t j, i
    cdef nmj_address at
    cdef nmj_terminal terminal
    cdef nmj_volley volley
    if quanta.shape[1] != arrivals_s.shape[0] or ready.shape[1] != arrivals_s.shape[0] \
            or ready.shape[0] != quanta.shape[0]:
        raise ValueError("train needs arrays of shape (terminals, impulses).")
    at.key[0] = key[0]
    at.key[1] = key[1]
    at.source = source
    at.multiplicity = 0
    at.impulse = 0
    at.purpose = 0
    with nogil:
        for j in range(quanta.shape[0]):
            at.target = <uint32_t>j
            nmj_terminal_rest(sites, &terminal)
            for i in range(arrivals_s.shape[0]):
                nmj_volley_send(&volley, arrivals_s[i])
                nmj_release_impulse(&kernel.model, &at, &terminal, &volley)
                quanta[j, i] = terminal.quanta
                ready[j, i] = terminal.ready
