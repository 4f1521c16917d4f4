"""Finished pieces on disk, as NetCDF, so that an interrupted simulation goes on where it was.

A folder belongs to one simulation: a manifest holds a fingerprint of each of its arguments and the
versions that it runs with; another one is refused, with the names of what differs. Files appear at
once and whole, so that one that is there is good.
"""

from __future__ import annotations

import io
import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..lab.result import versions
from .identity import fingerprint

if TYPE_CHECKING:
    from xarray import Dataset

__all__ = ["Folder", "from_netcdf", "require_xarray", "to_netcdf"]


def require_xarray(caller: str) -> Any:
    """The module xarray, or an error that says how to get it."""
    try:
        import xarray
    except ImportError as error:
        raise ImportError(f"{caller}() needs xarray: pip install 'nmj_brian[lab]'.") from error
    return xarray


def to_netcdf(dataset: Dataset) -> bytes:
    """A dataset as the bytes of a NetCDF file; numbers come back bit for bit."""
    return bytes(dataset.to_netcdf(None, engine="scipy"))


def from_netcdf(content: bytes) -> Dataset:
    """Inverse of `to_netcdf`."""
    import xarray

    return xarray.load_dataset(io.BytesIO(content), engine="scipy")


class Folder:
    """Where the finished pieces of one simulation are kept.

    Parameters
    ----------
    path : str, Path or None
        Made if it is not there; None: pieces are kept in memory only.
    piece : str
        What one is called in a file name, e.g. ``'shard'``.

    Raises
    ------
    ValueError
        If it holds other files.
    """

    def __init__(self, path: str | Path | None, piece: str) -> None:
        self._piece = piece
        self._path = None if path is None else Path(path)
        self._memory: dict[int, bytes] = {}
        self.manifest: dict[str, Any] = {}
        if self._path is None or not self._path.exists():
            return
        if self._manifest_path.exists():
            self.manifest = json.loads(self._manifest_path.read_text(encoding="utf-8"))
            if self.manifest["piece"] != piece:
                raise ValueError(
                    f"{self._path} holds the {self.manifest['piece']}s of another simulation: choose "
                    "another folder."
                )
        elif not self._path.is_dir() or any(self._path.iterdir()):
            raise ValueError(
                f"{self._path} holds something else than results of nmj_brian: choose another folder."
            )

    @property
    def _manifest_path(self) -> Path:
        return self._path / "manifest.json"

    def claim(self, arguments: dict[str, Any], **facts: Any) -> None:
        """Say which simulation this is; go on only if it is the one begun here.

        Parameters
        ----------
        arguments : dict
            All that decides the numbers, by the names that a user knows.
        **facts
            More for the manifest, e.g. the seed.

        Raises
        ------
        ValueError
            If another simulation was begun in this folder, or with other versions.
        """
        prints = {name: fingerprint(value) for name, value in arguments.items()}
        mine = {"piece": self._piece, "arguments": prints, "versions": versions(), **facts}
        mine = json.loads(json.dumps(mine))
        if self.manifest:
            differ = []
            for name in ("arguments", "versions"):
                there, here = self.manifest[name], mine[name]
                differ += [k for k in {**here, **there} if here.get(k) != there.get(k)]
            if differ:
                raise ValueError(
                    f"{self._path} holds results of another simulation; what differs: "
                    f"{', '.join(differ)}. Choose another folder, or delete this one."
                )
        elif self._path is not None:
            self._path.mkdir(parents=True, exist_ok=True)
            self._write(self._manifest_path, json.dumps(mine, indent=1).encode() + b"\n")
        self.manifest = mine

    def _file(self, number: int) -> Path:
        return self._path / f"{self._piece}-{number:05}.nc"

    def __contains__(self, number: int) -> bool:
        return number in self._memory if self._path is None else self._file(number).exists()

    def keep(self, number: int, content: bytes) -> None:
        """Keep one finished piece (the bytes of a NetCDF file)."""
        if self._path is None:
            self._memory[number] = content
        else:
            self._write(self._file(number), content)

    def load(self, number: int) -> Dataset:
        """One finished piece."""
        return from_netcdf(
            self._memory[number] if self._path is None else self._file(number).read_bytes()
        )

    @staticmethod
    def _write(path: Path, content: bytes) -> None:
        """Whole or not at all, also if two processes write it."""
        part = path.with_name(f"{path.name}.{os.getpid()}.part")
        part.write_bytes(content)
        part.replace(path)
