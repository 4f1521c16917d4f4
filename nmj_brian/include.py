"""Where the C headers of the kernels are, for those who build on them."""

from __future__ import annotations

from pathlib import Path

__all__ = ["get_include"]


def get_include() -> str:
    """Folder to give to a C or C++ compiler, so that ``#include "nmj/junctions.h"`` works.

    Returns
    -------
    str
        Inside the installed package, or ``csrc`` of a checkout.

    Raises
    ------
    FileNotFoundError
        If the headers are missing, i.e. the installation is broken.
    """
    package = Path(__file__).resolve().parent
    for folder in (package / "include", package.parent / "csrc"):
        if (folder / "nmj" / "config.h").is_file():
            return str(folder)
    raise FileNotFoundError(
        f"The C headers of nmj_brian are neither in {package / 'include'} nor beside the package; "
        "install it again."
    )
