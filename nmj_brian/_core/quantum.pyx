"""One vesicle of ACh in the cleft, solved by csrc/nmj/quantum.h: arrays in, arrays out."""

import numpy as np

from libc.stdint cimport int32_t


cdef extern from "nmj/quantum.h" nogil:
    ctypedef struct nmj_quantum_problem:
        int32_t n_cell, n_state, n_knot
        const double *edge_m
        const double *knot_s
        const double *q0_per_s
        const double *qb_per_M_s
        const double *bound
        const double *start
        double width_m, release_radius_m
        double diffusion_m2_per_s, receptors_per_m2, ache_per_m2, ache_kon_per_M_s, ache_kcat_per_s
        double molecules, pore_expansion_m_per_s, pore_length_m, vesicle_radius_m
        int32_t absorbing
        double rtol, atol_molecules, min_step_s, max_step_s
        int32_t max_steps
        const double *receptors
        const double *volume

    ctypedef struct nmj_quantum_record:
        int32_t n_step, n_reject
        double t_s

    int nmj_quantum_workspace(const nmj_quantum_problem *p)
    int nmj_quantum_row(const nmj_quantum_problem *p)
    int nmj_quantum_solve(const nmj_quantum_problem *p, int32_t n_sample, const double *sample_s,
                          double *rows, double *conc_M, double *work, nmj_quantum_record *record)


def solve(const double[::1] edge_m, const double[::1] knot_s, const double[:, :, ::1] q0_per_s,
          const double[:, :, ::1] qb_per_M_s, const double[::1] bound, const double[::1] start,
          dict scalars, const double[::1] receptors, const double[::1] volume,
          const double[::1] sample_s, bint profile):
    """Totals [sample, states + 5], ring concentrations [sample, ring] or None, (status, steps, rejected, time)."""
    cdef nmj_quantum_problem p
    cdef nmj_quantum_record record
    cdef int status
    cdef int32_t n_sample = <int32_t>sample_s.shape[0]
    p.n_cell = <int32_t>(edge_m.shape[0] - 1)
    p.n_state = <int32_t>bound.shape[0]
    p.n_knot = <int32_t>knot_s.shape[0]
    if (q0_per_s.shape[0] != p.n_knot or qb_per_M_s.shape[0] != p.n_knot
            or q0_per_s.shape[1] != p.n_state or q0_per_s.shape[2] != p.n_state
            or qb_per_M_s.shape[1] != p.n_state or qb_per_M_s.shape[2] != p.n_state
            or start.shape[0] != p.n_state or n_sample < 1
            or receptors.shape[0] != p.n_cell or volume.shape[0] != p.n_cell):
        raise ValueError("the arrays of the quantum's problem do not fit each other")
    p.edge_m = &edge_m[0]
    p.knot_s = &knot_s[0]
    p.q0_per_s = &q0_per_s[0, 0, 0]
    p.qb_per_M_s = &qb_per_M_s[0, 0, 0]
    p.bound = &bound[0]
    p.start = &start[0]
    p.width_m = scalars["width_m"]
    p.release_radius_m = scalars["release_radius_m"]
    p.diffusion_m2_per_s = scalars["diffusion_m2_per_s"]
    p.receptors_per_m2 = scalars["receptors_per_m2"]
    p.ache_per_m2 = scalars["ache_per_m2"]
    p.ache_kon_per_M_s = scalars["ache_kon_per_M_s"]
    p.ache_kcat_per_s = scalars["ache_kcat_per_s"]
    p.molecules = scalars["molecules"]
    p.pore_expansion_m_per_s = scalars["pore_expansion_m_per_s"]
    p.pore_length_m = scalars["pore_length_m"]
    p.vesicle_radius_m = scalars["vesicle_radius_m"]
    p.absorbing = scalars["absorbing"]
    p.rtol = scalars["rtol"]
    p.atol_molecules = scalars["atol_molecules"]
    p.min_step_s = scalars["min_step_s"]
    p.max_step_s = scalars["max_step_s"]
    p.max_steps = scalars["max_steps"]
    p.receptors = &receptors[0]
    p.volume = &volume[0]
    rows_array = np.empty((n_sample, nmj_quantum_row(&p)))
    conc_array = np.empty((n_sample, p.n_cell)) if profile else None
    work_array = np.empty(nmj_quantum_workspace(&p))
    cdef double[:, ::1] rows = rows_array
    cdef double[:, ::1] conc
    cdef double[::1] work = work_array
    cdef double *conc_M = NULL
    if profile:
        conc = conc_array
        conc_M = &conc[0, 0]
    with nogil:
        status = nmj_quantum_solve(&p, n_sample, &sample_s[0], &rows[0, 0], conc_M, &work[0], &record)
    return rows_array, conc_array, (status, record.n_step, record.n_reject, record.t_s)
