"""Declarations of csrc/nmj/course.h for fibers and their junctions."""

from libc.stdint cimport int32_t

cdef extern from "nmj/course.h" nogil:
    ctypedef struct nmj_course:
        int32_t n_phase, n_size, n_row, watched
        double step_s, first_s, last_s, end_s, tolerance_mV, tolerance, reversal_mV
        const float *table
        double *spike_s
        double *size
        double *until_s
        double *offered_S
        unsigned char *follows
        unsigned char *alone


cdef class CourseTable:
    cdef nmj_course course
    cdef object _table

    cdef nmj_course bound(self, dict arrays, Py_ssize_t fibers, bint watched) except *
