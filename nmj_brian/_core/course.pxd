"""Declarations of csrc/nmj/course.h for fibers and their junctions."""

from libc.stdint cimport int32_t

cdef extern from "nmj/course.h" nogil:
    const int NMJ_COURSE_SPIKE
    const int NMJ_COURSE_MINI

    ctypedef struct nmj_course_table:
        int32_t n_phase, n_size
        double end_s
        const float *row

    ctypedef struct nmj_course:
        nmj_course_table table[2]
        int32_t n_row, watched
        double step_s, first_s, last_s, tolerance_mV, tolerance, reversal_mV, rest_mV, mini_mV, mini_S
        double *start_s
        double *size
        double *until_s
        double *offered_S
        unsigned char *follows
        unsigned char *alone
        unsigned char *kind
        const unsigned char *awake


cdef class CourseTable:
    cdef nmj_course course
    cdef readonly dict scalars
    cdef readonly tuple tables
    cdef void _take(self, int kind, table, double end_s) except *

    cdef nmj_course bound(self, dict arrays, Py_ssize_t fibers, bint watched) except *
