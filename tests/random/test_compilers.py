"""Random numbers do not depend on how the C is compiled.

Brian2's C++ standalone compiles our headers with its own flags, ``-ffast-math -march=native``
among them.
"""

import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "tests" / "csrc" / "random.c"
WARNINGS = ["-Wall", "-Wextra", "-Wconversion", "-Werror"]

BUILDS = {
    "plain": ["cc", "-std=c99", "-O0"],
    "extension": ["cc", "-std=c99", "-O3", "-ffp-contract=off"],
    "fast": ["cc", "-std=c99", "-O3", "-ffast-math", "-march=native"],
    "fastest": ["cc", "-std=c99", "-Ofast", "-march=native", "-funroll-loops", "-flto"],
    "brian": [
        *["c++", "-x", "c++", "-std=c++11", "-O3", "-ffast-math"],
        *["-fno-finite-math-only", "-march=native"],
    ],
}

pytestmark = pytest.mark.skipif(
    shutil.which("cc") is None or shutil.which("c++") is None, reason="no C and C++ compiler"
)


def compile_and_run(tmp_path: Path, source: Path, flags: list[str], *arguments: str) -> str:
    program = tmp_path / "program"
    command = [*flags, f"-I{ROOT / 'csrc'}", str(source), "-o", str(program), "-lm"]
    subprocess.run(command, check=True, capture_output=True, text=True)
    return subprocess.run(
        [str(program), *arguments], check=True, capture_output=True, text=True
    ).stdout


def test_million_draws_are_equal_whatever_the_flags(tmp_path):
    """Bits of 4e6 real numbers and 4e6 integers: no tolerance."""
    hashes = {
        name: compile_and_run(tmp_path, SOURCE, [*flags, *WARNINGS], "1000000")
        for name, flags in BUILDS.items()
    }
    assert len(set(hashes.values())) == 1, hashes


def test_without_the_pragmas_the_flags_would_matter(tmp_path):
    """The comparison above can fail, and `nmj_arithmetic_is_exact` sees it."""
    protected = compile_and_run(tmp_path, SOURCE, [*BUILDS["fast"], *WARNINGS], "100000")
    flags = [*BUILDS["fast"], *WARNINGS, "-DNMJ_IMPRECISE"]
    exposed = compile_and_run(tmp_path, SOURCE, flags, "100000")
    assert protected.split()[0] == "1"
    assert exposed.split()[0] == "0"
    assert exposed.split()[1] != protected.split()[1]


@pytest.mark.parametrize("language", [["cc", "-std=c99"], ["c++", "-x", "c++", "-std=c++11"]])
def test_harness_passes_with_sanitizers(tmp_path, language):
    flags = [*language, "-g", "-O1", *WARNINGS, "-fsanitize=address,undefined"]
    flags += ["-fno-sanitize-recover=all"]
    assert "ok" in compile_and_run(tmp_path, SOURCE, flags)
