"""Thin skin over csrc/nmj/fiber.h: bind a model once, step many fibers often."""

import numpy as np


cdef class FiberKernel:
    """A bound fiber model; the arrays stay alive with it.

    Parameters
    ----------
    scalars, arrays : dict
        From `nmj_brian.membrane.MembraneChain.scalars` and ``.arrays``.
    """

    def __init__(self, dict scalars, dict arrays):
        self._arrays = arrays
        self.model.n_compartment = scalars["n_compartment"]
        self.model.other_side = scalars["other_side"]
        self.model.electrode = scalars["electrode"]
        self.model.spike_compartment = scalars["spike_compartment"]
        self.model.n_site = scalars["n_site"]
        self.model.n_table = scalars["n_table"]
        self.model.h_s = scalars["h_s"]
        self.model.v0_mV = scalars["v0_mV"]
        self.model.inverse_dv_per_mV = scalars["inverse_dv_per_mV"]
        self.model.e_na_mV = scalars["e_na_mV"]
        self.model.e_k_mV = scalars["e_k_mV"]
        self.model.spike_mV = scalars["spike_mV"]
        self.model.rearm_mV = scalars["rearm_mV"]
        self.model.v_rest_mV = scalars["v_rest_mV"]
        self.model.diameter_m = scalars["diameter_m"]
        self.model.rest_tolerance_mV = scalars["rest_tolerance_mV"]
        self.model.afterpotential_mV = scalars["afterpotential_mV"]
        self.model.quiet_mV = scalars["quiet_mV"]
        self.model.quiet_change_mV = scalars["quiet_change_mV"]
        for level in range(3):
            self.model.count[level] = scalars["count"][level]
            self.model.rest_rate_per_s[level] = scalars["rest_rate_per_s"][level]
            self.model.fall_mV[level] = scalars["fall_mV"][level]
            self.model.fall_change_mV[level] = scalars["fall_change_mV"][level]
        cdef int m = self.model.n_compartment
        self.model.gates = _pointer(arrays, "gates", 6 * 8 * self.model.n_table)
        cdef const float[::1] single = arrays["gates_single"]
        if single.shape[0] != 6 * 8 * self.model.n_table:
            raise ValueError("gates_single must be gates in single precision")
        self.model.gates_single = &single[0]
        self.model.charge_S = _pointer(arrays, "charge_S", 2 * m)
        self.model.g_na_S = _pointer(arrays, "g_na_S", 2 * m)
        self.model.g_k_S = _pointer(arrays, "g_k_S", 2 * m)
        self.model.g_leak_S = _pointer(arrays, "g_leak_S", 2 * m)
        self.model.gE_leak_S_mV = _pointer(arrays, "gE_leak_S_mV", 2 * m)
        self.model.g_access_S = _pointer(arrays, "g_access_S", m)
        self.model.g_axial_S = _pointer(arrays, "g_axial_S", m)
        self.model.site = _pointer(arrays, "site", max(3 * self.model.n_site, 1))
        self.size = nmj_fiber_size(&self.model)
        self.model.rest = _pointer(arrays, "rest", self.size)
        self.compartments = m
        self.v_rest_mV = self.model.v_rest_mV
        self.h_s = self.model.h_s

    def step(self, double t_s, int n_sub, double[::1] v_mV, double[:, ::1] state, const double[:, ::1] g_S,
             const double[:, ::1] gE_S_mV, const double[::1] I_A, const double[::1] na_available, const signed char[::1] clamped,
             signed char[::1] awake, double[::1] spike_time_s, double[::1] peak_v_mV,
             double[::1] slope_mV_per_s, signed char[::1] fired):
        """Advance every awake fiber over n_sub sub-steps; a fiber found at rest is put to sleep."""
        cdef Py_ssize_t count = v_mV.shape[0], i
        cdef int rest = 0
        if (state.shape[0] != count or state.shape[1] != self.size or g_S.shape[0] != count
                or gE_S_mV.shape[0] != count or g_S.shape[1] < n_sub or gE_S_mV.shape[1] < n_sub):
            raise ValueError(f"state must be ({count}, {self.size}), g and gE ({count}, >= {n_sub}).")
        if not (count == I_A.shape[0] == na_available.shape[0] == clamped.shape[0] == awake.shape[0]
                == spike_time_s.shape[0] == peak_v_mV.shape[0] == slope_mV_per_s.shape[0]
                == fired.shape[0]):
            raise ValueError(f"every array must have one entry for each of the {count} fibers.")
        with nogil:
            for i in range(count):
                fired[i] = 0
                if not awake[i]:
                    continue
                fired[i] = nmj_fiber_step(&self.model, t_s, n_sub, &v_mV[i], &state[i, 0], &g_S[i, 0],
                                          &gE_S_mV[i, 0], I_A[i], na_available[i], clamped[i],
                                          &spike_time_s[i], &peak_v_mV[i], &slope_mV_per_s[i], &rest)
                awake[i] = not rest

    def trace(self, double v_mV, double[::1] state, const double[::1] g_S, const double[::1] gE_S_mV, const double[::1] I_A,
              double na_available, bint clamped, double[:, ::1] out, double[::1] crossing_s):
        """Run one fiber sub-step by sub-step from t = 0 and keep its voltages.

        ``out`` [steps + 1, K] gets the voltages of the first K of: end plate, tubules, far surfaces (state order);
        ``crossing_s`` [M] the first upward crossing of the spike level by each surface (NaN: none).
        Returns end-plate voltage, peak of the end-plate voltage, number of spikes, time of the first.
        """
        cdef Py_ssize_t steps = g_S.shape[0], s, k, keep = out.shape[1]
        cdef int m = self.compartments, rest = 0, spikes = 0
        cdef double spike = 0.0, first = float("nan"), peak = v_mV, slope = 0.0, level = self.model.spike_mV
        cdef double[::1] old = np.empty(m)
        cdef double new
        if (state.shape[0] != self.size or gE_S_mV.shape[0] != steps or I_A.shape[0] != steps
                or out.shape[0] != steps + 1 or keep > 2 * m or crossing_s.shape[0] != m):
            raise ValueError("trace: array lengths do not agree.")
        with nogil:
            for k in range(keep):
                out[0, k] = v_mV if k == 0 else state[8 * m + k - 1]
            for s in range(steps):
                old[0] = v_mV
                for k in range(1, m):
                    old[k] = state[9 * m + k - 1]
                if nmj_fiber_step(&self.model, s * self.model.h_s, 1, &v_mV, &state[0], &g_S[s], &gE_S_mV[s],
                                  I_A[s], na_available, clamped, &spike, &peak, &slope, &rest):
                    if spikes == 0:
                        first = spike
                    spikes += 1
                for k in range(m):
                    new = v_mV if k == 0 else state[9 * m + k - 1]
                    if old[k] < level <= new and crossing_s[k] != crossing_s[k]:
                        crossing_s[k] = self.model.h_s * (s + (level - old[k]) / (new - old[k]))
                for k in range(keep):
                    out[s + 1, k] = v_mV if k == 0 else state[8 * m + k - 1]
        return v_mV, peak, spikes, first


cdef const double *_pointer(dict arrays, str name, Py_ssize_t length) except NULL:
    cdef const double[::1] view = arrays[name]
    if view.shape[0] != length:
        raise ValueError(f"{name} must have {length} entries, got {view.shape[0]}.")
    return &view[0]
