"""Release in four species: sites, facilitation, refilling, minis and the size of quanta.

Mammalian short-term plasticity is fitted to recalled plateaus (0.8 of the first response at 3 Hz,
0.6-0.8 at 10-20 Hz, 0.5 at 50 Hz) and is `assumed` until the papers are read.
"""

from __future__ import annotations

from dataclasses import replace

from brian2 import hertz, second
from brian2.units.stdunits import Hz, ms

from ..parameters import Parameter

__all__ = ["frog", "human", "mouse", "rat"]

_PLATEAU = (
    "fitted to recalled plateaus: 0.8 at 3 Hz (lowest at the 4th-5th response), 0.6-0.8 at"
    " 10-20 Hz, 0.5 at 50 Hz"
)
_WEAK = (
    "assumed: facilitation shows at low release probability (Lambert-Eaton) and little at normal"
)


def _component(
    name: str, step: float, time: object, source: str, note: str
) -> dict[str, Parameter]:
    confidence = "assumed" if source == "assumed" else "measured"
    return {
        f"{name}_step": Parameter(
            step, 1, 0.0, 10.0, source, confidence, f"{name} added by one impulse", note=note
        ),
        f"{name}_time": Parameter(
            time, second, 1 * ms, 1000 * second, "Magleby1973", "assumed",
            f"decay time of {name}", note="measured in the frog near 20 degC",
        ),
    }  # fmt: skip


def _common() -> dict[str, Parameter]:
    return {
        "sites": Parameter(
            207, 1, 1, 1_000_000, "computed", "fitted", "release sites of a terminal", integer=True,
        ),
        **_component("f1", 0.15, 50 * ms, "assumed", _WEAK),
        **_component("f2", 0.04, 300 * ms, "assumed", _WEAK),
        **_component("f3", 0.0, 3000 * ms, "assumed", "augmentation takes its place"),
        "residual_power": Parameter(
            0.0, 1, 0.0, 6.0, "definition", "assumed",
            "power with which residual calcium f1 + f2 + f3 acts",
            note="0: f1, f2, f3 are facilitation itself, and add; see calcium_shells",
        ),
        "asynchronous_release": Parameter(
            0.0, 1, 0.0, 10.0, "definition", "assumed",
            "quanta released late by an impulse, per quantum of its burst",
            note="0: off; grows with strontium, residual calcium, loss of synaptotagmin",
        ),
        "asynchronous_time": Parameter(
            50 * ms, second, 1 * ms, 10 * second, "assumed", "assumed",
            "decay time of the rate of late quanta",
        ),
        "augmentation_step": Parameter(
            0.003, 1, 0.0, 10.0, "assumed", "assumed", "augmentation added by one impulse",
            note=_WEAK,
        ),
        "augmentation_time": Parameter(
            7 * second, second, 0.1 * second, 100 * second, "MaglebyZengel1982", "assumed",
            "decay time of augmentation", note="measured in the frog near 20 degC",
        ),
        "potentiation_step": Parameter(
            0.0, 1, 0.0, 10.0, "assumed", "assumed", "potentiation added by one impulse",
            note="0 until a value is read",
        ),
        "potentiation_time": Parameter(
            60 * second, second, 1 * second, 1000 * second, "MaglebyZengel1982", "assumed",
            "decay time of potentiation", note="recalled",
        ),
        "refill_rate": Parameter(
            0.1 * Hz, hertz, 0 * Hz, 1000 * Hz, "assumed", "assumed",
            "rate at which an empty site is refilled at rest", note=_PLATEAU,
        ),
        "refill_boost": Parameter(
            7.8 * Hz, hertz, 0 * Hz, 1000 * Hz, "assumed", "assumed",
            "what full mobilization adds to the refill rate", note=_PLATEAU,
        ),
        "mobilization_step": Parameter(
            0.074, 1, 0.0, 1.0, "assumed", "assumed",
            "share of the way to full mobilization that one impulse moves", note=_PLATEAU,
        ),
        "mobilization_time": Parameter(
            0.23 * second, second, 10 * ms, 1000 * second, "assumed", "assumed",
            "decay time of mobilization", note=_PLATEAU,
        ),
        "recruit_boost": Parameter(
            1.2 * Hz, hertz, 0 * Hz, 1000 * Hz, "assumed", "assumed",
            "what full recruitment adds to the refill rate", note=_PLATEAU,
        ),
        "recruitment_step": Parameter(
            0.3, 1, 0.0, 1.0, "assumed", "assumed",
            "share of the way to full recruitment that one impulse moves", note=_PLATEAU,
        ),
        "recruitment_time": Parameter(
            4 * second, second, 10 * ms, 1000 * second, "assumed", "assumed",
            "decay time of recruitment (of vesicles from the reserve)", note=_PLATEAU,
        ),
        "transmitter_store": Parameter(
            200_000.0, 1, 100.0, 1e9, "assumed", "assumed",
            "quanta of transmitter that the terminal holds for filling vesicles",
        ),
        "filling_time": Parameter(
            60 * second, second, 1 * second, 1e5 * second, "assumed", "assumed",
            "time in which the terminal makes up for lost transmitter (synthesis and uptake)",
            note="long in ChAT deficiency and under vesamicol",
        ),
        "mini_rate": Parameter(
            0.3 * Hz, hertz, 0 * Hz, 1000 * Hz, "assumed", "assumed",
            "rate of spontaneous quanta at rest",
        ),
        "quantal_cv": Parameter(
            0.25, 1, 0.0, 1.0, "assumed", "assumed",
            "coefficient of variation of the size of quanta",
        ),
    }  # fmt: skip


def _release(**changes: object) -> dict[str, Parameter]:
    parameters = _common()
    for name, facts in changes.items():
        parameters[name] = replace(parameters[name], **facts)
    return parameters


def _refilling(scale: float) -> dict[str, dict[str, object]]:
    """Mammalian refilling, slowed in proportion to release probability: the same plateaus."""
    note = (
        f"a mammal's rates at p = 0.15 times {scale:g}, about the ratio of release probabilities:"
        " same plateaus"
    )
    return {
        "refill_rate": {"value": 0.1 * scale * Hz, "note": note},
        "refill_boost": {"value": 7.8 * scale * Hz, "note": note},
        "recruit_boost": {"value": 1.2 * scale * Hz, "note": note},
    }


def human() -> dict[str, Parameter]:
    """Release at a human limb junction."""
    note = (
        "fitted to recalled plateaus (0.8 of the first response at 3 Hz, lowest at the 4th-5th) at 37 degC;"
        " 0.77 at 10-20 Hz is the upper end of 0.6-0.8, 0.7 at 50 Hz above the 0.5: with less, the jitter of"
        " healthy fibers at 12 Hz is above 30 us"
    )
    return _release(
        sites={
            "source": "Mayo",
            "confidence": "assumed",
            "note": "recalled, with p about 0.15; with p = 0.163 at 29 degC 31-32 quanta at 1 Hz (31 in"
            " controls there, recalled), with p = 0.22 at 37 degC 45 quanta rested (20-60, recalled)",
        },
        f1_step={"value": 0.2},
        refill_boost={"value": 20 * Hz, "note": note},
    )


def mouse() -> dict[str, Parameter]:
    """Release at a mouse limb junction."""
    return _release(
        sites={
            "value": 1700,
            "source": "Ruiz2011",
            "confidence": "measured",
            "note": "docked vesicles: 850 active zones with 2 each",
        },
        mini_rate={"value": 1 * Hz},
        **_refilling(0.233),
    )


def rat() -> dict[str, Parameter]:
    """Release at a rat diaphragm junction."""
    return _release(
        sites={
            "value": 1280,
            "source": "assumed",
            "confidence": "assumed",
            "note": "55 quanta (40-70, recalled) at 37 degC over p = 0.043; at 23 degC this gives 25,"
            " where 40-45 were measured (Glavinovic 1979)",
        },
        mini_rate={"value": 1 * Hz},
        **_refilling(0.287),
    )


def frog() -> dict[str, Parameter]:
    """Release at a frog junction; facilitation of Magleby 1973 at low quantal content."""
    kernel = "linear sum of three components, 20/s trains at low quantal content"
    return _release(
        sites={"value": 2000, "source": "assumed", "note": "200 quanta with p = 0.1"},
        f1_time={"confidence": "measured"},
        f1_step={"value": 0.8, "source": "Magleby1973", "confidence": "measured", "note": kernel},
        f2_time={"confidence": "measured"},
        f2_step={"value": 0.12, "source": "Magleby1973", "confidence": "measured", "note": kernel},
        f3_time={"confidence": "measured"},
        f3_step={"value": 0.025, "source": "Magleby1973", "confidence": "measured", "note": kernel},
        augmentation_step={
            "value": 0.0,
            "note": "0: the 3 s component f3 is what it looks like here",
        },
        mini_rate={"value": 1 * Hz},
        **_refilling(0.6),
        quantal_cv={"value": 0.3},
    )
