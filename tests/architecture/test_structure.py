"""The structure that keeps the project readable: import directions, file length."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "nmj_brian"
MODULES = sorted(PACKAGE.rglob("*.py"))


def imports(path):
    """Modules that a file imports, as dotted names ('.x' for one's own package)."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found.add("." * node.level + (node.module or ""))
    return found


@pytest.mark.parametrize("path", MODULES, ids=lambda p: str(p.relative_to(PACKAGE)))
def test_only_one_folder_knows_the_inside_of_brian(path):
    """Nothing but nmj_brian/brian imports brian2.codegen, brian2.devices or brian2.core."""
    if path.is_relative_to(PACKAGE / "brian"):
        return
    inside = ("brian2.codegen", "brian2.devices", "brian2.core")
    assert not [name for name in imports(path) if name.startswith(inside)]


@pytest.mark.parametrize("path", sorted((PACKAGE / "reference").glob("*.py")), ids=lambda p: p.name)
def test_twins_do_not_use_the_kernels(path):
    """A twin is an oracle only if it shares no compiled code with the kernel."""
    assert not [name for name in imports(path) if "_core" in name]


def test_files_are_short():
    """No source file above 400 lines."""
    files = [
        *MODULES,
        *(PACKAGE / "_core").glob("*.pyx"),
        *(ROOT / "csrc").rglob("*.h*"),
        *(ROOT / "tests").rglob("*.py"),
    ]
    long = {
        str(f.relative_to(ROOT)): n for f in files if (n := len(f.read_text().splitlines())) > 400
    }
    assert not long
