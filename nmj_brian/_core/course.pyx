"""The course of an action potential, as a table that fibers and junctions are bound to (csrc/nmj/course.h)."""

import numpy as np

#: Private arrays of each fiber, with what they hold where nothing is followed.
ARRAYS = {
    "course_start_s": (np.float64, 0.0),
    "course_size": (np.float64, 0.0),
    "course_until_s": (np.float64, 0.0),
    "course_offered_S": (np.float64, 0.0),
    "course_follows": (np.uint8, 0),
    "course_alone": (np.uint8, 0),
    "course_kind": (np.uint8, 0),
}


cdef class CourseTable:
    """Bound tables; the arrays stay alive with them, and are there to be read.

    Parameters
    ----------
    scalars : dict
        Numbers of the C struct, by its names, and ``end_s`` of each table.
    spike, mini : ndarray of float32, [phase, size, row]
        State of a chain, voltage of the end plate, its conductance: after an action potential; of no quantum
        and of one at rest. Without phases: there is no such course.
    """

    def __init__(self, dict scalars, spike, mini):
        self.tables = (spike, mini)
        self.scalars = scalars
        self._take(NMJ_COURSE_SPIKE, spike, scalars["end_s"][0])
        self._take(NMJ_COURSE_MINI, mini, scalars["end_s"][1])
        self.course.n_row = <int32_t>spike.shape[2]
        self.course.step_s = scalars["step_s"]
        self.course.first_s = scalars["first_s"]
        self.course.last_s = scalars["last_s"]
        self.course.tolerance_mV = scalars["tolerance_mV"]
        self.course.tolerance = scalars["tolerance"]
        self.course.reversal_mV = scalars["reversal_mV"]
        self.course.rest_mV = scalars["rest_mV"]
        self.course.mini_mV = scalars["mini_mV"]
        self.course.mini_S = scalars["mini_S"]

    cdef void _take(self, int kind, table, double end_s) except *:
        cdef const float[:, :, ::1] view = table
        self.course.table[kind].n_phase = <int32_t>view.shape[0]
        self.course.table[kind].n_size = <int32_t>view.shape[1]
        self.course.table[kind].end_s = end_s
        self.course.table[kind].row = &view[0, 0, 0] if view.shape[0] else NULL

    cdef nmj_course bound(self, dict arrays, Py_ssize_t fibers, bint watched) except *:
        cdef nmj_course course = self.course
        cdef double[::1] f8
        cdef unsigned char[::1] u1
        for name in ARRAYS:
            if len(arrays[name]) != fibers:
                raise ValueError(f"{name} must have {fibers} entries, got {len(arrays[name])}.")
        course.watched = watched
        f8 = arrays["course_start_s"]; course.start_s = &f8[0]
        f8 = arrays["course_size"]; course.size = &f8[0]
        f8 = arrays["course_until_s"]; course.until_s = &f8[0]
        f8 = arrays["course_offered_S"]; course.offered_S = &f8[0]
        u1 = arrays["course_follows"]; course.follows = &u1[0]
        u1 = arrays["course_alone"]; course.alone = &u1[0]
        u1 = arrays["course_kind"]; course.kind = &u1[0]
        u1 = arrays["awake"]; course.awake = &u1[0]
        return course
