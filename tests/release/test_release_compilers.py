"""Quanta do not depend on how the C is compiled."""

import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
WARNINGS = ["-Wall", "-Wextra", "-Wconversion", "-Werror"]
BUILDS = {
    "plain": ["cc", "-std=c99", "-O0"],
    "extension": ["cc", "-std=c99", "-O3", "-ffp-contract=off"],
    "fast": ["cc", "-std=c99", "-O3", "-ffast-math", "-march=native"],
    "brian": [
        *["c++", "-x", "c++", "-std=c++11", "-O3", "-ffast-math"],
        *["-fno-finite-math-only", "-march=native"],
    ],
}

pytestmark = pytest.mark.skipif(
    shutil.which("cc") is None or shutil.which("c++") is None, reason="no C and C++ compiler"
)


def compile_and_run(tmp_path, flags, *arguments):
    program = tmp_path / "program"
    source = ROOT / "tests" / "csrc" / "release.c"
    command = [*flags, *WARNINGS, f"-I{ROOT / 'csrc'}", str(source), "-o", str(program), "-lm"]
    subprocess.run(command, check=True, capture_output=True, text=True)
    return subprocess.run(
        [str(program), *arguments], check=True, capture_output=True, text=True
    ).stdout


def test_quanta_are_equal_whatever_the_flags(tmp_path):
    """Bits of every time and size of about 1e5 quanta: no tolerance."""
    hashes = {name: compile_and_run(tmp_path, flags, "1500") for name, flags in BUILDS.items()}
    assert len(set(hashes.values())) == 1, hashes
    assert len(set(hashes["plain"].split())) == 4


@pytest.mark.parametrize("language", [["cc", "-std=c99"], ["c++", "-x", "c++", "-std=c++11"]])
def test_harness_passes_with_sanitizers(tmp_path, language):
    flags = [*language, "-g", "-O1", "-fsanitize=address,undefined", "-fno-sanitize-recover=all"]
    assert "ok" in compile_and_run(tmp_path, flags)
