"""Lambert-Eaton myasthenic syndrome: antibodies take calcium channels from the nerve terminal."""

from __future__ import annotations

from ..condition import Condition, chosen, derived
from ..presets.diseases import LAMBERT_EATON

__all__ = ["lambert_eaton"]


def lambert_eaton(channel_loss: float | None = None, zone_loss: float | None = None) -> Condition:
    """Lambert-Eaton syndrome: too few calcium channels open, so that few quanta are released.

    Release probability falls about with the square of the channels left; facilitation in a train
    then shows. Source of the quantal content: Lambert & Elmqvist (1971), recalled.

    Parameters
    ----------
    channel_loss : float, optional
        Share of the terminal's calcium channels lost, 0 to 1; default 0.55.
    zone_loss : float, optional
        Share of active zones lost with their release sites, 0 to 1 (not all); default 0.4.

    Returns
    -------
    Condition
        Acts on ``working_channels`` (and ``sites``).

    Raises
    ------
    ValueError
        For a share outside its range.
    """
    given = {
        "channel_loss": chosen(channel_loss, LAMBERT_EATON["channel_loss"]),
        "zone_loss": chosen(zone_loss, LAMBERT_EATON["zone_loss"]),
    }
    channels, zones = given.values()
    scale = {"working_channels": derived(1 - channels.si(), "calcium channels left", channels)}
    if zones.si() > 0:
        scale["sites"] = derived(1 - zones.si(), "release sites left", zones)
    return Condition("Lambert-Eaton syndrome", scale=scale, given=given)
