"""Terminals of four species: action potential, calcium channels, calcium at the sensor, sensor.

One set of kinetics serves all species (there are no others to be had): what differs is the width of
the action potential and one amplitude, ``domain_Ca``, fitted to release probability.
"""

from __future__ import annotations

from dataclasses import replace

from brian2 import second, usecond
from brian2.units.allunits import molar
from brian2.units.stdunits import mM, ms, mV, nM, uM

from ..parameters import Parameter

__all__ = ["frog", "human", "mouse", "rat"]

_CALYX = (
    "measured at the calyx of Held near 22 degC; its Q10 was fitted to a latency SD near 50 us at"
    " 37 degC"
)


def _common() -> dict[str, Parameter]:
    return {
        "ap_width": Parameter(
            0.44 * ms, ms, 0.02 * ms, 20 * ms, "assumed", "assumed",
            "width of the terminal's action potential at half height",
            q10=1 / 2.4, measured_at=20.0,
            note="width and Q10 put the modal synaptic delay of the frog at 20 degC near 0.7 ms and"
            " its Q10 near 2.4 (Katz & Miledi 1965)",
        ),
        "ap_peak": Parameter(
            20 * mV, mV, -40 * mV, 60 * mV, "assumed", "assumed",
            "peak of the terminal's action potential",
        ),
        "ap_rest": Parameter(
            -80 * mV, mV, -100 * mV, -50 * mV, "assumed", "assumed",
            "resting potential of the terminal",
        ),
        "channels_in_reach": Parameter(
            10, 1, 1, 40, "Shahrezaei2006", "assumed",
            "calcium channels near enough to a vesicle to act on it", integer=True,
            note="5-10; sets the power on the number of channels (1.7-2.1)",
        ),
        "zone_channels": Parameter(
            20, 1, 1, 1000, "assumed", "assumed", "calcium channels of one active zone",
            integer=True, note="not used by release, which sees the channels in reach of a vesicle",
        ),
        "zone_vesicles": Parameter(
            2, 1, 1, 1000, "Ruiz2011", "assumed", "release sites (docked vesicles) of an active zone",
            integer=True, note="2 in the mouse; sites / zone_vesicles is the number of active zones",
        ),
        "working_channels": Parameter(
            1.0, 1, 0.0, 1.0, "definition", "assumed",
            "share of calcium channels that work (antibodies, toxins, magnesium's block apart)",
        ),
        "channel_opening": Parameter(
            1400 / second, 1 / second, 10 / second, 1e5 / second, "BorstSakmann1998", "fitted",
            "opening rate of a channel's gate at 0 mV", q10=2.5, measured_at=23.0,
            note="source: 1780 /s (recalled); lowered so that a channel opens in 0.2-0.3 of"
            " impulses (Luo et al. 2011); Q10 assumed",
        ),
        "channel_closing": Parameter(
            140 / second, 1 / second, 1 / second, 1e4 / second, "BorstSakmann1998", "assumed",
            "closing rate of a channel's gate at 0 mV", q10=2.5, measured_at=23.0,
            note="recalled value; Q10 assumed",
        ),
        "channel_opening_voltage": Parameter(
            23.3 * mV, mV, 5 * mV, 60 * mV, "BorstSakmann1998", "assumed",
            "voltage for an e-fold faster opening", note="recalled value",
        ),
        "channel_closing_voltage": Parameter(
            15 * mV, mV, 5 * mV, 60 * mV, "BorstSakmann1998", "assumed",
            "voltage for an e-fold slower closing", note="recalled value",
        ),
        "domain_Ca": Parameter(
            6 * uM, uM, 0.1 * uM, 500 * uM, "computed", "fitted",
            "calcium at the sensor from one channel held open at 0 mV, in 2 mM Ca and 1 mM Mg",
        ),
        "domain_time": Parameter(
            20 * usecond, usecond, 1 * usecond, 1000 * usecond, "assumed", "assumed",
            "time constant with which calcium at the sensor follows the current",
        ),
        "resting_Ca": Parameter(
            50 * nM, nM, 1 * nM, 2000 * nM, "Lou2005", "assumed",
            "calcium in the terminal at rest",
        ),
        "entry_Ca": Parameter(
            12 * mM, mM, 0.5 * mM, 100 * mM, "assumed", "assumed",
            "bath calcium at which entry is half saturated, without magnesium",
            note="saturation at several mM",
        ),
        "entry_Mg": Parameter(
            2.97 * mM, mM, 0.1 * mM, 100 * mM, "DodgeRahamimoff1967", "assumed",
            "magnesium that doubles entry_Ca", note="K2 of the source, recalled value",
        ),
        "sensor_kon": Parameter(
            1e8 / molar / second, 1 / molar / second, 1e6 / molar / second, 1e10 / molar / second,
            "Lou2005", "assumed", "binding of calcium to one site of the sensor",
            q10=3.1, measured_at=22.0, note=_CALYX,
        ),
        "sensor_koff": Parameter(
            4000 / second, 1 / second, 1 / second, 1e6 / second, "Lou2005", "assumed",
            "unbinding of the first calcium from the sensor", q10=3.1, measured_at=22.0,
            note=_CALYX,
        ),
        "sensor_cooperativity": Parameter(
            0.5, 1, 0.01, 1.0, "Lou2005", "assumed",
            "factor on unbinding per further calcium bound", note=_CALYX,
        ),
        "fusion_rate": Parameter(
            2e-4 / second, 1 / second, 0 / second, 1 / second, "Lou2005", "assumed",
            "fusion of a vesicle with no calcium on its sensor", q10=3.1, measured_at=22.0,
            note=_CALYX,
        ),
        "fusion_factor": Parameter(
            31.3, 1, 1.0, 1000.0, "Lou2005", "assumed",
            "factor on fusion per calcium bound", note=_CALYX,
        ),
    }  # fmt: skip


def _terminal(amplitude: float, target: str, **changes: object) -> dict[str, Parameter]:
    parameters = _common()
    parameters["domain_Ca"] = replace(
        parameters["domain_Ca"], value=amplitude * uM, note=f"fitted to {target}"
    )
    for name, facts in changes.items():
        parameters[name] = replace(parameters[name], **facts)
    return parameters


_WARM = {
    "value": 0.11 * ms,
    "measured_at": 37.0,
    "note": "fitted to a human latency SD near 50 us at 37 degC (mouse and rat: 62); Q10 as in the"
    " frog",
}


def human() -> dict[str, Parameter]:
    """Nerve terminal of a human limb muscle."""
    return _terminal(
        6.05,
        "release probability 0.163 in 2 mM Ca, 1 mM Mg at 29 degC, where intercostal muscle is recorded"
        " [recalled]: 31 quanta at 1 Hz; it is 0.22 at 37 degC",
        ap_width=_WARM,
    )


def mouse() -> dict[str, Parameter]:
    """Nerve terminal of a mouse limb muscle."""
    return _terminal(
        2.73,
        "release probability 0.035 at 37 degC in 2 mM Ca, 1 mM Mg: 60 quanta of the 1,700 docked"
        " vesicles of Ruiz et al. 2011",
        ap_width=_WARM,
    )


def rat() -> dict[str, Parameter]:
    """Nerve terminal of the rat diaphragm."""
    return _terminal(
        2.942,
        "release probability 0.043 at 37 degC in 2 mM Ca, 1 mM Mg, assumed: 0.031-0.054 were found"
        " by depletion at 23 degC (cut diaphragm, Glavinovic 1979), where this terminal has 0.020",
        ap_width=_WARM,
    )


def frog() -> dict[str, Parameter]:
    """Nerve terminal of a frog's twitch muscle."""
    return _terminal(
        9.096,
        "release probability 0.1 at 20 degC in 1.8 mM Ca, no Mg (assumed: 200 quanta, 2,000 sites)",
        channels_in_reach={
            "value": 6,
            "note": "fitted to powers on channel number of 1.7 in 1.8 mM Ca and 2.1 in 0.45 mM (it has"
            " 1.6 and 2.1); the mammals' are 1.9 in man, 2.2 in mouse and rat",
        },
        zone_vesicles={
            "value": 5,
            "source": "Luo2011",
            "note": "fitted to one quantum per active zone in every second impulse; 25-40 vesicles are"
            " docked there, so that these are the ones ready to fuse",
            "confidence": "fitted",
        },
        zone_channels={
            "value": 36,
            "source": "Luo2011",
            "confidence": "measured",
            "note": "about 36; each opens in about 0.2 of impulses",
        },
    )
