: Human adult acetylcholine receptor, wild type (b) of Lee & Sine 2004, Table II, with open-channel
: block and closing that depends on the potential. Written by hand from the table, for NEURON's own
: KINETIC solver to be compared with nmj_brian. Rates in 1/ms and 1/(mM ms); C in mM.

NEURON {
    POINT_PROCESS DrivenReceptor
    RANGE C
}

UNITS {
    (mV) = (millivolt)
}

PARAMETER {
    C = 0
}

ASSIGNED {
    v (mV)
    slowing
}

STATE { R A1 A2 O1 O2 B }

INITIAL {
    R = 1
    A1 = 0
    A2 = 0
    O1 = 0
    O2 = 0
    B = 0
}

BREAKPOINT {
    SOLVE scheme METHOD sparse
}

KINETIC scheme {
    slowing = exp(0.0058*(v + 70))
    ~ R <-> A1 (126*C, 4.5)
    ~ A1 <-> A2 (182*C, 14)
    ~ A1 <-> O1 (0.262, 2.31*slowing)
    ~ A2 <-> O2 (44.6, 1.67*slowing)
    ~ O2 <-> B (24*C, 110)
}
