"""Receptors of junctions, advanced by csrc/nmj/endplate.h."""

from libc.string cimport memset

import numpy as np

MOST = {"n_state": 32, "n_source": 32, "n_ACh": 16, "n_overlap": 4, "n_part": 48, "n_entry_part": 48, "n_late_part": 48, "n_residual": 128}
LEAST = {"n_state": 1, "n_page": 2, "n_voltage": 1, "n_residual": 4, "n_part": 1}


cdef class EndplateTable:
    """Holds the arrays of a population's model and the C struct that points into them."""

    def __init__(self, dict arrays, dict scalars):
        cdef nmj_endplate_model *p = &self.model
        cdef dict kept = {}
        n = {k: int(v) for k, v in scalars.items() if k.startswith("n_")}
        for name, value in n.items():
            if not LEAST.get(name, 0) <= value <= MOST.get(name, 2**31 - 1):
                raise ValueError(f"an end plate's table has an impossible size: {name} = {value}")
        columns = n["n_state"] + (n["n_restless"] > 0) + 1 + n["n_source"]
        row = (n["n_state"] + 6) // 4 * 4  # NMJ_ENDPLATE_ROW
        pages, overlapping = n["n_page"], n["n_page"] if n["n_overlap"] else 0
        shapes = {
            "rest": (n["n_state"],),
            "propagator_mix": (pages, n["n_voltage"], n["n_part"] - 1),
            "propagator": (n["n_part"], columns, row),
            "source_decay": (n["n_source"],),
            "source_residual": (n["n_residual"], (n["n_source"] + 3) // 4 * 4),
            "ACh_decay": (n["n_ACh"],),
            "ACh_residual": (n["n_residual"], (n["n_ACh"] + 3) // 4 * 4),
            "ACh_amplitude": (pages, n["n_ACh"]),
            "amplitude_per_s": (pages, n["n_source"]),
            "entry_mix": (pages, n["n_voltage"], n["n_entry_part"]),
            "entry": (n["n_entry_part"], n["n_residual"], row),
            "open": (n["n_state"],),
            "desensitized": (n["n_state"],),
            "overlap_decay": (pages, n["n_overlap"]),
            "overlap_gain": (n["n_overlap"], 2),
            "overlap_mix": (overlapping, 4),
            "late_amplitude_per_s": (overlapping, n["n_source"]),
            "late_mix": (pages, n["n_voltage"], n["n_late_part"]),
            "late": (n["n_late_part"], n["n_residual"], row),
        }
        for name, shape in shapes.items():
            array = np.ascontiguousarray(arrays[name], dtype=np.float64)
            if array.shape != shape:
                raise ValueError(f"an end plate's table '{name}' has shape {array.shape}, not {shape}")
            kept[name] = array
        self.arrays = kept
        self.scalars = dict(scalars)
        p.n_state = n["n_state"]
        p.n_source = n["n_source"]
        p.n_ACh = n["n_ACh"]
        p.n_overlap = n["n_overlap"]
        p.n_restless = n["n_restless"]
        p.n_page = n["n_page"]
        p.n_voltage = n["n_voltage"]
        p.n_residual = n["n_residual"]
        p.n_part = n["n_part"]
        p.n_entry_part = n["n_entry_part"]
        p.n_late_part = n["n_late_part"]
        p.v0_mV = scalars["v0_mV"]
        p.dv_mV = scalars["dv_mV"]
        p.page0_share = scalars["page0_share"]
        p.dlog_density = scalars["dlog_density"]
        p.step_s = scalars["step_s"]
        p.least_weight = scalars["least_weight"]
        p.least_entry = scalars["least_entry"]
        p.overlap_saturation = scalars["overlap_saturation"]
        p.rest_open = scalars["rest_open"]
        p.rest = pointer(kept["rest"])
        p.propagator_mix = pointer(kept["propagator_mix"])
        p.propagator = pointer(kept["propagator"])
        p.source_decay = pointer(kept["source_decay"])
        p.source_residual = pointer(kept["source_residual"])
        p.ACh_decay = pointer(kept["ACh_decay"])
        p.ACh_residual = pointer(kept["ACh_residual"])
        p.ACh_amplitude = pointer(kept["ACh_amplitude"])
        p.amplitude_per_s = pointer(kept["amplitude_per_s"])
        p.entry_mix = pointer(kept["entry_mix"])
        p.entry = pointer(kept["entry"])
        p.open = pointer(kept["open"])
        p.desensitized = pointer(kept["desensitized"])
        p.overlap_decay = pointer(kept["overlap_decay"])
        p.overlap_gain = pointer(kept["overlap_gain"])
        p.overlap_mix = pointer(kept["overlap_mix"])
        p.late_amplitude_per_s = pointer(kept["late_amplitude_per_s"])
        p.late_mix = pointer(kept["late_mix"])
        p.late = pointer(kept["late"])

    def __reduce__(self):
        return type(self), (self.arrays, self.scalars)

    @property
    def size(self):
        """Doubles of state per junction."""
        return nmj_endplate_size(&self.model)

    def rest(self, double receptors):
        """The state of a junction of so many receptors at rest, [size]."""
        out = np.empty(self.size)
        cdef double[::1] x = out
        nmj_endplate_rest(&self.model, receptors, &x[0], 1)
        return out

    def advance(self, double[:, ::1] x, const double[::1] v_mV, const double[::1] share):
        """Advance every junction (row of x) by one step at its own voltage and share of free receptors;
        returns the mean of open channels over it.
        """
        cdef Py_ssize_t n = x.shape[0], first = 0
        cdef int l, k, count, side_by_side = NMJ_LANES
        cdef nmj_endplate_lanes lanes
        cdef nmj_endplate_place at
        self._check(x, v_mV.shape[0], share.shape[0])
        out, side = np.empty(n), np.zeros((self.size, NMJ_LANES))
        cdef double[::1] mean = out
        cdef double[:, ::1] y = side
        with nogil:
            while first < n:
                count = <int>min(<Py_ssize_t>side_by_side, n - first)
                memset(&lanes, 0, sizeof(lanes))
                memset(&y[0, 0], 0, y.shape[0] * side_by_side * sizeof(double))
                for l in range(count):
                    lanes.mine[l] = 1.0
                    nmj_endplate_set_share(&self.model, share[first + l], &at)
                    nmj_endplate_set_voltage(&self.model, v_mV[first + l], &at)
                    nmj_endplate_weigh(&self.model, &at, l, &lanes)
                    for k in range(y.shape[0]):
                        y[k, l] = x[first + l, k]
                nmj_endplate_advance(&self.model, &lanes, <double (*)[16]>&y[0, 0])
                for l in range(count):
                    mean[first + l] = lanes.mean[l]
                    for k in range(y.shape[0]):
                        x[first + l, k] = y[k, l]
                first += side_by_side
        return out

    def inject(self, double[:, ::1] x, const double[::1] size, const double[::1] residual_s, const double[::1] v_mV,
               const double[::1] share):
        """Add to every junction one quantum of its own size, released its own residual ago."""
        cdef Py_ssize_t i
        cdef nmj_endplate_place at
        cdef nmj_endplate_arrival quanta
        cdef double mean = 0.0, middle = 0.0
        self._check(x, size.shape[0], share.shape[0])
        self._check(x, residual_s.shape[0], v_mV.shape[0])
        with nogil:
            for i in range(x.shape[0]):
                nmj_endplate_set_share(&self.model, share[i], &at)
                nmj_endplate_set_voltage(&self.model, v_mV[i], &at)
                nmj_endplate_expect(&self.model, &at, &x[i, 0], 1, &quanta)
                nmj_endplate_inject(&self.model, size[i], residual_s[i], &quanta)
                nmj_endplate_arrive(&self.model, &quanta, &x[i, 0], 1, &mean, &middle)

    def look(self, const double[:, ::1] x):
        """Open channels, desensitized receptors and free ACh of every junction, [junction, 3]."""
        cdef Py_ssize_t i
        self._check(x, x.shape[0], x.shape[0])
        out, side = np.empty((x.shape[0], 3)), np.zeros((self.size, NMJ_LANES))
        cdef double[:, ::1] seen = out, y = side
        cdef double open_[16]
        cdef double lost[16]
        cdef int k
        with nogil:
            for i in range(x.shape[0]):
                for k in range(y.shape[0]):
                    y[k, 0] = x[i, k]
                nmj_endplate_look(&self.model, <double (*)[16]>&y[0, 0], open_, lost)
                seen[i, 0] = open_[0]
                seen[i, 1] = lost[0]
                seen[i, 2] = nmj_endplate_ACh(&self.model, &x[i, 0], 1)
        return out

    def run(self, double[::1] x, const double[::1] v_mV, double share,
            const double[::1] release_s, const double[::1] size):
        """One junction over len(v_mV) steps with quanta at given times; x after each, [step, size]."""
        cdef Py_ssize_t n = x.shape[0], steps = v_mV.shape[0], k, q = 0
        if n != nmj_endplate_size(&self.model) or release_s.shape[0] != size.shape[0]:
            raise ValueError("x, or the sizes of the quanta, do not fit the end plate")
        out, one, free = np.empty((steps, n)), np.asarray(x)[None], np.array([share])
        for k in range(steps):
            v, end = np.array([v_mV[k]]), (k + 1) * self.model.step_s
            self.advance(one, v, free)
            while q < release_s.shape[0] and release_s[q] <= end:
                self.inject(one, np.array([size[q]]), np.array([end - release_s[q]]), v, free)
                q += 1
            out[k] = one[0]
        return out

    cdef int _check(self, const double[:, ::1] x, Py_ssize_t a, Py_ssize_t b) except -1:
        if x.shape[1] != nmj_endplate_size(&self.model) or a != x.shape[0] or b != x.shape[0]:
            raise ValueError("the arrays of junctions do not fit the end plate or each other")
        return 0


cdef const double *pointer(array) except? NULL:
    cdef const double[::1] flat = array.reshape(-1)
    return &flat[0] if flat.shape[0] else NULL
