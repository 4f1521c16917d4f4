"""The workload in NMODL, as NEURON and Arbor compile it; all numbers come from `workload.Workload`."""

from __future__ import annotations

from .workload import Workload

__all__ = ["endplate", "membrane"]

_GATES = "mhn"


def _gate(name: str, factor: float, middle: float, slope: float, linoid: str) -> str:
    """One rate of a gate, 1/ms; ``linoid``: how x / (1 - exp(-x)) is written of {x}."""
    x = f"(v - ({middle!r}))/{slope!r}"
    if name in ("alpha_m", "alpha_n"):
        return f"{factor!r}*{linoid.format(x=x)}"
    if name == "beta_h":
        return f"{factor!r}/(1 + exp(-{x}))"
    return f"{factor!r}*exp(-{x})"


def membrane(load: Workload, dialect: str) -> str:
    """A surface or tubular membrane as density mechanism ``sarcolemma``; dialect 'neuron' or 'arbor'."""
    neuron = dialect == "neuron"
    linoid = "linoid({x})" if neuron else "exprelr(-({x}))"
    rates = load.gates()
    lines = [
        f"{kind}_{gate} = {_gate(f'{kind}_{gate}', *rates[f'{kind}_{gate}'], linoid)}"
        for gate in _GATES
        for kind in ("alpha", "beta")
    ]
    names = ", ".join(f"{kind}_{gate}" for gate in _GATES for kind in ("alpha", "beta"))
    body = "\n  ".join(lines)
    start = "\n  ".join(f"{g} = alpha_{g}/(alpha_{g} + beta_{g})" for g in _GATES)
    slopes = "\n  ".join(f"{g}' = alpha_{g} - (alpha_{g} + beta_{g})*{g}" for g in _GATES)
    function = "FUNCTION linoid(x) { if (fabs(x) < 1e-6) { linoid = 1 + x/2 } else { linoid = x/(1 - exp(-x)) } }"
    return f"""NEURON {{
  SUFFIX sarcolemma
  NONSPECIFIC_CURRENT i
  RANGE gna, gk, gl, el
{"  THREADSAFE" if neuron else ""}
}}
UNITS {{
  (mV) = (millivolt)
  (mA) = (milliamp)
  (S) = (siemens)
}}
PARAMETER {{
  gna = 0 (S/cm2)
  gk = 0 (S/cm2)
  gl = 0 (S/cm2)
  el = {load.rest_mV!r} (mV)
}}
ASSIGNED {{ {"v (mV) i (mA/cm2)" if neuron else ""} }}
STATE {{ {" ".join(_GATES)} }}
INITIAL {{
  LOCAL {names}
  {body}
  {start}
}}
BREAKPOINT {{
  SOLVE gates METHOD cnexp
  i = gna*m*m*m*h*(v - ({load.chain.e_na_mV!r})) + gk*n*n*n*n*(v - ({load.chain.e_k_mV!r})) + gl*(v - el)
}}
DERIVATIVE gates {{
  LOCAL {names}
  {body}
  {slopes}
}}
{function if neuron else ""}
"""


def _ways(load: Workload) -> list[str]:
    """The scheme's reactions; both ways of one in a line, per ms, ACh in M, closing moved by voltage."""
    rate = {}
    for s in load.steps:
        text = f"{1e-3 * s.per_s!r}" + ("*ACh" if s.binds else "")
        rate[s.source, s.target] = text + (f"*exp(v/{s.e_fold_mV!r})" if s.e_fold_mV else "")
    pairs = [(a, b) for a, b in rate if load.states.index(a) < load.states.index(b)]
    return [f"~ {a} <-> {b} ({rate[a, b]}, {rate[b, a]})" for a, b in pairs]


def endplate(load: Workload, dialect: str, conserve: bool = True) -> str:
    """The receptors of an end plate as point process ``endplate``, solved by METHOD sparse.

    An event is an impulse. NEURON computes the pulse of ACh in closed form; in Arbor, whose mechanisms do
    not see the time, it is a state. CoreNEURON's solver aborts with CONSERVE.
    """
    neuron = dialect == "neuron"
    decay = f"(t - began)/{1e3 * load.pulse_s!r}"
    kept = f"CONSERVE {' + '.join(load.states)} = 1" if conserve else ""
    states = " ".join(load.states) + ("" if neuron else " ACh")
    empty = "\n  ".join(f"{s} = {int(s == load.rest)}" for s in load.states)
    ways = "\n  ".join(_ways(load))
    pulse = f"DERIVATIVE pulse {{ ACh' = -ACh/{1e3 * load.pulse_s!r} }}"
    return f"""NEURON {{
  POINT_PROCESS endplate
  NONSPECIFIC_CURRENT i
{"  THREADSAFE" if neuron else ""}
}}
UNITS {{
  (mV) = (millivolt)
  (nA) = (nanoamp)
}}
PARAMETER {{ }}
ASSIGNED {{ {"v (mV) i (nA) ACh height began (ms)" if neuron else ""} }}
STATE {{ {states} }}
INITIAL {{
  {empty}
  ACh = 0
  {"height = 0 began = 0" if neuron else ""}
}}
BREAKPOINT {{
  {"" if neuron else "SOLVE pulse METHOD cnexp"}
  SOLVE scheme METHOD sparse
  i = {1e6 * load.conductance_S!r}*({" + ".join(load.open)})*(v - ({load.reversal_mV!r}))
}}
{"" if neuron else pulse}
KINETIC scheme {{
  {f"ACh = height*exp(-{decay})" if neuron else ""}
  {ways}
  {kept}
}}
NET_RECEIVE (weight) {{
  {f"height = {load.pulse_M!r} began = t" if neuron else f"ACh = {load.pulse_M!r}"}
}}
"""
