"""Idealized records as files of the DCPROGS programs (``.scn``, as SCAN and SCSIM write them).

Layout of a simulated record, little-endian (version -103; documented by the MIT-licensed reader
`dcio`): a header of 153 bytes, then for all intervals the durations in ms (float32), the amplitudes
in units of ``calfac2`` picoamperes (int16; 0 is shut), and the properties (int8; 8 is unusable).
"""

from __future__ import annotations

import struct
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from .idealized_record import IdealizedRecord

__all__ = ["write_scn"]

_HEADER = struct.Struct("<iii70s11s24sififfffff")
_VERSION = -103
_UNUSABLE = 8
_UNITS = 10_000  # of the amplitude: far from the limit of int16, and exact
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def write_scn(path: str | Path, record: IdealizedRecord, title: str = "nmj_brian") -> None:
    """Write a record.

    Parameters
    ----------
    path : str or Path
        File to write.
    record : IdealizedRecord
        What to write.
    title : str, optional
        Up to 70 ASCII characters.

    Raises
    ------
    ValueError
        If there is no current, so that openings would look shut.
    """
    current_pA = float(record.current) * 1e12
    if current_pA == 0:
        raise ValueError("No current flows at this potential: a .scn file would show no openings.")
    count = len(record)
    resolution = float(record.resolution)
    today = date.today()
    day = f"{today.day:02d}-{_MONTHS[today.month - 1]}-{today.year}"
    amplitude = np.where(record.open, int(np.sign(current_pA)) * _UNITS, 0)
    properties = np.zeros(count, dtype="i1")
    properties[[0, -1]] = _UNUSABLE
    header = _HEADER.pack(
        _VERSION,
        _HEADER.size + 1,  # where the data begin, counted from one
        count,
        f"{title:<70.70}".encode("ascii"),
        day.encode("ascii"),
        f"{title:<24.24}".encode("ascii"),
        0,  # patch number
        0.0,  # membrane potential in mV, here part of the current
        0,  # unused
        float(np.sign(current_pA)) * _UNITS,  # mean amplitude
        0.0,  # noise
        -1.0,  # filter: none
        abs(current_pA) / _UNITS,  # calfac2, pA per unit
        resolution,
        resolution,
    )
    with open(path, "wb") as file:
        file.write(header)
        file.write((np.asarray(record.intervals) * 1e3).astype("<f4").tobytes())
        file.write(amplitude.astype("<i2").tobytes())
        file.write(properties.tobytes())
