"""Numbers of two published pools of motor neurons."""

from __future__ import annotations

from brian2 import Hz, second

from ..parameters import Parameter
from ..units import degC
from .conditions import temperature

__all__ = ["fuglevand_1993", "potvin_fuglevand_2017"]


def _pool(
    source: str, recruitment_range: float, peak: float, adaptation: float, cv: float
) -> dict[str, Parameter]:
    recalled = "recalled: 45 pps, falling by 10" if source == "Fuglevand1993" else ""
    return temperature(37 * degC) | {
        "units": Parameter(
            120, 1, 1, 100_000, source, "fitted", "motor neurons", integer=True,
            note="size of the human first dorsal interosseous",
        ),
        "recruitment_range": Parameter(
            recruitment_range, 1, 1, 1000, source, "fitted",
            "excitation that recruits the last unit over that of the first",
        ),
        "gain": Parameter(1 * Hz, Hz, 0 * Hz, 100 * Hz, source, "fitted", "rate per excitation"),
        "minimum_rate": Parameter(
            8 * Hz, Hz, 0 * Hz, 30 * Hz, source, "fitted", "rate at recruitment"
        ),
        "peak_rate": Parameter(
            peak * Hz, Hz, 1 * Hz, 200 * Hz, source, "fitted", "greatest rate of the first unit",
            note=recalled,
        ),
        "peak_rate_fall": Parameter(
            10 * Hz, Hz, 0 * Hz, 100 * Hz, source, "fitted",
            "by how much the greatest rate of the last unit is lower", note=recalled,
        ),
        "cv": Parameter(
            cv, 1, 0, 0.25, "Fuglevand1993", "fitted",
            "coefficient of variation of intervals",
            note="recalled; later simulators use 0.1 to 1/6",
        ),
        "cv_limit": Parameter(
            3.9, 1, 0, 3.99, "Fuglevand1993", "fitted",
            "intervals are truncated at so many standard deviations", note="recalled",
        ),
        "adaptation": Parameter(
            adaptation, 1, 0, 1, "PotvinFuglevand2017", "fitted",
            "share of the rate of the last unit that late adaptation takes away",
        ),
        "adaptation_time": Parameter(
            22 * second, second, 1 * second, 200 * second, "PotvinFuglevand2017", "fitted",
            "time of late adaptation",
        ),
        "adaptation_offset": Parameter(
            2 * Hz, Hz, 0 * Hz, 10 * Hz, "PotvinFuglevand2017", "fitted",
            "rate added to that above the minimum, of which adaptation takes its share",
        ),
    }  # fmt: skip


def fuglevand_1993() -> dict[str, Parameter]:
    """Parameters of Fuglevand, Winter & Patla 1993; no adaptation."""
    return _pool("Fuglevand1993", 30, 45, 0.0, 0.2)


def potvin_fuglevand_2017() -> dict[str, Parameter]:
    """Parameters of Potvin & Fuglevand 2017."""
    return _pool("PotvinFuglevand2017", 50, 35, 0.67, 0.2)
