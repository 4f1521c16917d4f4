"""The kernels on their own: strict C99 and C++, sanitizers, and a harness per header without Python."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from nmj_brian import get_include

HERE = Path(__file__).resolve().parent
HEADERS = sorted(Path(get_include(), "nmj").glob("*.h"))
WARNINGS = ["-Wall", "-Wextra", "-Wconversion", "-Werror"]
# Lines are enough to report an error; to follow variables through optimized code takes longer than all else.
SANITIZERS = ["-g1", "-O1", "-fsanitize=address,undefined", "-fno-sanitize-recover=all"]

compiler = pytest.mark.skipif(shutil.which("cc") is None, reason="no C compiler here")


def run(command):
    """Run a command; its output is the message of a failure."""
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{' '.join(map(str, command))}\n{done.stdout}{done.stderr}"


@compiler
@pytest.mark.parametrize("header", HEADERS, ids=lambda p: p.name)
def test_header_is_strict_c99_and_cpp(header, tmp_path):
    """Each header compiles alone, without a warning, as C99 and as the C++ that Brian2 uses."""
    for suffix, compile_ in (
        (".c", ["cc", "-std=c99", "-pedantic"]),
        (".cpp", ["c++", "-std=c++11"]),
        (".cpp", ["c++", "-std=c++17"]),
    ):
        source = tmp_path / f"one{suffix}"
        source.write_text(f'#include "nmj/{header.name}"\n')
        run([*compile_, *WARNINGS, "-fsyntax-only", f"-I{get_include()}", str(source)])


@compiler
@pytest.mark.parametrize("harness", sorted(HERE.glob("*.c")), ids=lambda p: p.stem)
def test_harness(harness, tmp_path):
    """The stage proves its science in C, under address and undefined-behavior sanitizers."""
    program = tmp_path / harness.stem
    run(
        [
            "cc",
            "-std=c99",
            *WARNINGS,
            *SANITIZERS,
            f"-I{get_include()}",
            str(harness),
            "-o",
            str(program),
            "-lm",
            "-pthread",
        ]
    )
    run([str(program)])
