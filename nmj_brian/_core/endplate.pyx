"""Receptors of junctions, advanced by csrc/nmj/endplate.h."""

import numpy as np


cdef class EndplateTable:
    """Holds the arrays of a population's model and the C struct that points into them."""

    def __init__(self, dict arrays, dict scalars):
        cdef nmj_endplate_model *p = &self.model
        cdef dict kept = {}
        n = {k: int(v) for k, v in scalars.items() if k.startswith("n_")}
        if not (1 <= n["n_state"] <= 32 and n["n_recapture"] <= n["n_state"]
                and n["n_restless"] in (0, 1)
                and n["n_density"] >= 2 and n["n_residual"] >= 4
                and (n["n_voltage"] == 1 or n["n_voltage"] >= 4)
                and n["n_leap"] >= 0 and n["n_leap_voltage"] >= 1 and n["n_leap_gain"] >= 1
                and 0 <= n["n_overlap"] <= 4):
            raise ValueError(f"an end plate's table has impossible sizes: {n}")
        held = n["n_state"] + n["n_restless"]
        row = (n["n_state"] + 5) // 4 * 4  # NMJ_ENDPLATE_ROW
        overlapping = n["n_density"] if n["n_overlap"] else 0
        shapes = {
            "propagator": (n["n_voltage"], held + 2 * n["n_recapture"], row),
            "source_propagator": (n["n_voltage"], n["n_source"], row),
            "leap": (n["n_leap_gain"], n["n_leap_voltage"], held + 1 + n["n_source"], row),
            "rest": (n["n_state"],),
            "leap_source_decay": (n["n_source"],),
            "leap_ACh_decay": (n["n_ACh"],),
            "fast_s": (n["n_source"],),
            "source_decay": (n["n_source"],),
            "source_residual": (n["n_residual"], n["n_source"]),
            "amplitude_per_s": (n["n_density"], n["n_source"]),
            "entry": (n["n_density"], n["n_residual"], n["n_state"] + 1),
            "gain": (n["n_density"], n["n_recapture"]),
            "ACh_decay": (n["n_ACh"],),
            "ACh_residual": (n["n_residual"], n["n_ACh"]),
            "ACh_amplitude": (n["n_density"], n["n_ACh"]),
            "open": (n["n_state"],),
            "desensitized": (n["n_state"],),
            "overlap_gain": (n["n_overlap"], 2),
            "overlap_decay": (overlapping, n["n_overlap"]),
            "overlap_mix": (overlapping, 4),
            "overlap_amplitude_per_s": (overlapping, n["n_source"]),
            "overlap_entry": (overlapping, n["n_residual"], n["n_state"] + 1),
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
        p.n_restless = n["n_restless"]
        p.n_recapture = n["n_recapture"]
        p.n_voltage = n["n_voltage"]
        p.n_density = n["n_density"]
        p.n_residual = n["n_residual"]
        p.n_overlap = n["n_overlap"]
        p.n_leap = n["n_leap"]
        p.n_leap_voltage = n["n_leap_voltage"]
        p.n_leap_gain = n["n_leap_gain"]
        p.leap_log_density = scalars["leap_log_density"]
        p.dleap_log_density = scalars["dleap_log_density"]
        p.dv_leap_mV = scalars["dv_leap_mV"]
        p.v0_mV = scalars["v0_mV"]
        p.dv_mV = scalars["dv_mV"]
        p.log_density0 = scalars["log_density0"]
        p.dlog_density = scalars["dlog_density"]
        p.step_s = scalars["step_s"]
        p.recapture_tau_s = scalars["recapture_tau_s"]
        p.recapture_decay = scalars["recapture_decay"]
        p.overlap_saturation = scalars["overlap_saturation"]
        p.rest_open = scalars["rest_open"]
        p.rest = pointer(kept["rest"])
        p.propagator = pointer(kept["propagator"])
        p.source_propagator = pointer(kept["source_propagator"])
        p.leap = pointer(kept["leap"])
        p.leap_source_decay = pointer(kept["leap_source_decay"])
        p.leap_ACh_decay = pointer(kept["leap_ACh_decay"])
        p.fast_s = pointer(kept["fast_s"])
        p.source_decay = pointer(kept["source_decay"])
        p.source_residual = pointer(kept["source_residual"])
        p.amplitude_per_s = pointer(kept["amplitude_per_s"])
        p.entry = pointer(kept["entry"])
        p.gain = pointer(kept["gain"])
        p.ACh_decay = pointer(kept["ACh_decay"])
        p.ACh_residual = pointer(kept["ACh_residual"])
        p.ACh_amplitude = pointer(kept["ACh_amplitude"])
        p.open = pointer(kept["open"])
        p.desensitized = pointer(kept["desensitized"])
        p.overlap_decay = pointer(kept["overlap_decay"])
        p.overlap_gain = pointer(kept["overlap_gain"])
        p.overlap_mix = pointer(kept["overlap_mix"])
        p.overlap_amplitude_per_s = pointer(kept["overlap_amplitude_per_s"])
        p.overlap_entry = pointer(kept["overlap_entry"])

    @property
    def size(self):
        """Doubles of state per junction."""
        return nmj_endplate_size(&self.model)

    def rest(self, double receptors):
        """The state of a junction of so many receptors at rest, [size]."""
        out = np.empty(self.size)
        cdef double[::1] x = out
        nmj_endplate_rest(&self.model, receptors, &x[0])
        return out

    def substep(self, double[:, ::1] x, const double[::1] v_mV, const double[::1] log_density):
        """Advance every junction (row of x) by one sub-step at its own voltage and density."""
        cdef Py_ssize_t i
        self._check(x, v_mV.shape[0], log_density.shape[0])
        with nogil:
            for i in range(x.shape[0]):
                nmj_endplate_substep(&self.model, &x[i, 0], v_mV[i], log_density[i])

    def inject(self, double[:, ::1] x, const double[::1] size, const double[::1] residual_s,
               const double[::1] log_density):
        """Add to every junction one quantum of its own size, released its own residual ago."""
        cdef Py_ssize_t i
        self._check(x, size.shape[0], log_density.shape[0])
        self._check(x, residual_s.shape[0], log_density.shape[0])
        with nogil:
            for i in range(x.shape[0]):
                nmj_endplate_inject(&self.model, &x[i, 0], size[i], residual_s[i], log_density[i])

    def look(self, const double[:, ::1] x):
        """Open channels, desensitised receptors and free ACh of every junction, [junction, 3]."""
        out = np.empty((x.shape[0], 3))
        cdef double[:, ::1] seen = out
        cdef Py_ssize_t i
        self._check(x, x.shape[0], x.shape[0])
        with nogil:
            for i in range(x.shape[0]):
                seen[i, 0] = nmj_endplate_open(&self.model, &x[i, 0])
                seen[i, 1] = nmj_endplate_desensitized(&self.model, &x[i, 0])
                seen[i, 2] = nmj_endplate_ACh(&self.model, &x[i, 0])
        return out

    def run(self, double[::1] x, const double[::1] v_mV, double log_density,
            const double[::1] release_s, const double[::1] size):
        """One junction over len(v_mV) sub-steps with quanta at given times; x after each, [step, size]."""
        cdef Py_ssize_t i, k, n = x.shape[0], steps = v_mV.shape[0]
        cdef double end
        if n != nmj_endplate_size(&self.model) or release_s.shape[0] != size.shape[0]:
            raise ValueError("x, or the sizes of the quanta, do not fit the end plate")
        out = np.empty((steps, n))
        cdef double[:, ::1] seen = out
        cdef Py_ssize_t q = 0
        with nogil:
            for k in range(steps):
                end = <double>(k + 1) * self.model.step_s
                nmj_endplate_substep(&self.model, &x[0], v_mV[k], log_density)
                while q < release_s.shape[0] and release_s[q] <= end:
                    nmj_endplate_inject(&self.model, &x[0], size[q], end - release_s[q], log_density)
                    q += 1
                for i in range(n):
                    seen[k, i] = x[i]
        return out

    cdef int _check(self, const double[:, ::1] x, Py_ssize_t a, Py_ssize_t b) except -1:
        if x.shape[1] != nmj_endplate_size(&self.model) or a != x.shape[0] or b != x.shape[0]:
            raise ValueError("the arrays of junctions do not fit the end plate or each other")
        return 0


cdef const double *pointer(array) except? NULL:
    cdef const double[::1] flat = array.reshape(-1)
    return &flat[0] if flat.shape[0] else NULL
