"""Denervation: the nerve is cut; its terminals fall silent, and the fiber changes in the days after."""

from __future__ import annotations

import numpy as np
from brian2 import Quantity, mV

from ..condition import Condition, chosen, derived
from ..parameters import Parameter, ParameterSet
from ..presets.diseases import DENERVATION
from ..units import day
from .release_loss import ReleaseLoss

__all__ = ["denervation"]

#: The human fiber's resting potential and shift of inactivation, of which changes in millivolts are shares.
_REST_mV, _SHIFT_mV = -85.0, 14.0
#: With less of it the denervated fiber does not conduct.
_LEAST_SHIFT_mV = 10.0


def denervation(time: Quantity = 14 * day, *, failure: Quantity | None = None) -> Condition:
    """Denervation: a terminal cut off from its neuron releases no more, and the fiber depolarizes and thins.

    Sources: end of transmission, Gilliatt & Hjorth (1972, baboon); depolarization, Bryant & Camerino (1976,
    goat); membrane resistance, Lorkovic & Tomanek (1977, rat); Na channels of the end plate, Lupa et al. (1995,
    rat and mouse). How soon it all goes is assumed. With its thinner, tighter membrane a fiber answers to ACh
    with a larger potential; it has fewer Na channels.

    Deviations from nature: terminals fall silent at one moment, whole until then, not one by one, fatigable before
    they do (cat), and the fiber changes from then on (in the rat from hours before). Receptors of the junction stay of
    the adult kind (when fetal ones enter it was not found: `nmj.receptors.mouse_fetal`); those that spread over the
    fiber, Na channels that tetrodotoxin spares, fibrillation and quanta from Schwann cells are left out. Fibers of
    other species, whose Na channels inactivate at more negative potentials here, could not fire then: they are refused.

    Parameters
    ----------
    time : Quantity, optional
        Since the nerve was cut; default 14 days.
    failure : Quantity, optional
        When terminals cease to release; default 4.5 days (a leg of a baboon; of a rat: 10 hours).

    Returns
    -------
    Condition
        Acts on ``fusion_rate``, ``mini_rate``, ``AChE_density`` and ``receptor_fraction``, and on a fiber's
        ``resting_potential``, ``membrane_resistance``, ``Na_density``, ``Na_endplate_factor``,
        ``Na_inactivation_shift`` and ``diameter``.

    Raises
    ------
    ValueError, DimensionMismatchError
        For a number out of range or of a wrong unit; when applied, for the fiber of another species.
    """
    since = Parameter(
        time, day, 0 * day, 1e4 * day, "definition", "assumed", "time since the nerve was cut"
    )
    given = {"time": since, **DENERVATION, "failure": chosen(failure, DENERVATION["failure"])}
    t_s = since.si()
    silent = t_s >= given["failure"].si()
    after_s = max(0.0, t_s - given["failure"].si())
    done = -np.expm1(-after_s / given["change_time"].si())
    thinner = -np.expm1(-after_s / given["atrophy_time"].si())

    def changed(what: str, factor: float) -> Parameter:
        return derived(factor, given[what].meaning, given[what])

    half = given["receptor_half_time"]
    scale = {
        "AChE_density": changed("AChE_loss", 1 - done * given["AChE_loss"].si()),
        "receptor_fraction": derived(0.5 ** (after_s / half.si()), "receptors left", half),
    }
    if silent:
        scale["mini_rate"] = changed("failure", 0.0)
    up_mV, shift_mV = (
        float(given[k].value / mV) for k in ("depolarization", "inactivation_change")
    )
    fiber = {
        "resting_potential": changed("depolarization", 1 + done * up_mV / _REST_mV),
        "Na_inactivation_shift": changed("inactivation_change", 1 - done * shift_mV / _SHIFT_mV),
        "membrane_resistance": changed("resistance", 1 + done * (given["resistance"].si() - 1)),
        "Na_density": changed("Na_loss", 1 - done * given["Na_loss"].si()),
        "Na_endplate_factor": changed(
            "endplate_Na_loss", 1 - done * given["endplate_Na_loss"].si()
        ),
        "diameter": changed("atrophy", 1 - thinner * given["atrophy"].si()),
    }
    left = 0.0 if silent else 1.0
    return _Denervation(
        "denervation", left, given["failure"], scale=scale, fiber=fiber, given=given
    )


class _Denervation(ReleaseLoss):
    """Silent terminals, and a fiber that has the gates to bear the depolarization."""

    def _changed(self, owner: ParameterSet, place: str) -> dict[str, Parameter]:
        if place == "fiber" and owner.si("Na_inactivation_shift") * 1e3 < _LEAST_SHIFT_mV:
            raise ValueError(
                f"The Na channels of the {owner.name} inactivate half at -80 mV here, so that it could not fire once "
                "it is denervated: take nmj.fibers.human()."
            )
        return super()._changed(owner, place)
