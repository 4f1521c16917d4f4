"""Receptors of 3 to 16 states with the heart of the human scheme, for the cost of a state.

| states | what |
| --- | --- |
| 3 | R - AR - A2R*: opening follows the second binding at once |
| 4 | R - AR - A2R - A2R*: the human scheme (b) without openings of one ACh and without block |
| 5 | with AR* |
| 6 | with block of the open channel by ACh: the human preset |
| 7 to 16 | more states, one for each further number, of one of two kinds |

Constants up to 6 states are those of the preset (Lee & Sine 2004). With three, the shut A2R, which lasts 17 us, is
taken as always on its way: of those that bind the second ACh a share beta2/(beta2 + k_off2) opens, and an open
one loses its ACh at alpha2 k_off2/(beta2 + k_off2), so that bursts are as long as with four. The further states are
made up, so rare that the current stays what it is:

- 'brief': shut states beside A2R*, entered at 40/s for 50 us each (ten of them: 2 % of the time of a burst);
- 'desensitized': a chain behind A2R*, entered at 3.5/s (Auerbach & Akk 1998), left at 25/s. Few receptors are in it,
  but for tenths of a second: a junction with them sleeps late, and follows no tabulated course.
"""

from __future__ import annotations

from brian2 import second

import nmj_brian as nmj
from nmj_brian.units import degC

__all__ = ["FEWEST", "KINDS", "MOST", "junction", "receptor"]

FEWEST, HUMAN, MOST = 3, 6, 16
KINDS = ("brief", "desensitized")
_CLOSING = "*exp(voltage_sensitivity*(v - v_measured))"


def receptor(states: int, kind: str = "brief") -> nmj.Receptor:
    """A receptor with that many states, at 22 degC with the Q10s of the preset."""
    if not FEWEST <= states <= MOST or kind not in KINDS:
        raise ValueError(f"there are {FEWEST} to {MOST} states, of kinds {KINDS}")
    known = dict(nmj.receptors.human_adult("b").parameters)
    lines = ["R + ACh <-> AR : k_on1, k_off1"]
    if states == FEWEST:
        lines += [
            "AR + ACh <-> A2R* : k_on2*beta2/(beta2 + k_off2), "
            f"alpha2*k_off2/(beta2 + k_off2){_CLOSING}"
        ]
    else:
        lines += ["AR + ACh <-> A2R : k_on2, k_off2", f"A2R <-> A2R* : beta2, alpha2{_CLOSING}"]
    if states > 4:
        lines += [f"AR <-> AR* : beta1, alpha1{_CLOSING}"]
    if states >= HUMAN:
        lines += ["A2R* + ACh <-> A2RB : k_block, k_unblock"]
    before = "A2R*"
    for k in range(1, states - HUMAN + 1):
        name = f"A2S{k}" if kind == "brief" else f"A2D{k}"
        lines += [f"{before} <-> {name} : k_in, k_out"]
        before = before if kind == "brief" else name
    text = "\n".join(lines)
    if states > HUMAN:
        into, out = (40.0, 2e4) if kind == "brief" else (3.5, 25.0)
        known |= {"k_in": into / second, "k_out": out / second}
    named = {k: p for k, p in known.items() if k in text or k in ("conductance", "reversal")}
    return nmj.Receptor(
        text,
        temperature=22 * degC,
        q10={"gating": 1.0}
        if states > HUMAN
        else None,  # of the further states; others have their own
        name=f"{states} states, {kind}" if states > HUMAN else f"{states} states",
        **named,
    )


def junction(states: int, kind: str = "brief") -> nmj.Junction:
    """The human junction with that receptor."""
    return nmj.junctions.human().replace(receptor=receptor(states, kind))
