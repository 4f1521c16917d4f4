"""The structure that keeps the project readable: import directions, file length, sources of numbers."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import nmj_brian as nmj
from nmj_brian.bibliography import REFERENCES
from nmj_brian.contraction import Contraction

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "nmj_brian"
MODULES = sorted(PACKAGE.rglob("*.py"))
SETS = {
    f"{kind}.{name}": getattr(getattr(nmj, kind), name)
    for kind in ("junctions", "fibers")
    for name in getattr(nmj, kind).__all__
} | {
    "contraction": Contraction,
    "excitation_contraction.slow": nmj.ExcitationContraction.slow,
    "excitation_contraction.fast": nmj.ExcitationContraction.fast,
    "hill_muscle": nmj.HillMuscle,
    "hill_muscle.opensim_3": nmj.HillMuscle.opensim_3,
    "motor_pool": nmj.MotorPool,
    "motor_pool.potvin_fuglevand": nmj.MotorPool.potvin_fuglevand,
}


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


@pytest.mark.parametrize("make", SETS.values(), ids=SETS.keys())
def test_every_number_has_its_five_facts(make):
    """Value, unit, range, source and confidence; Parameter refuses anything less, the table shows it."""
    described = make()
    for name, parameter in described.items():
        assert parameter.source in REFERENCES, name
        assert parameter.confidence in ("measured", "fitted", "assumed"), name
        assert parameter.meaning, name
        # a value without a paper is never called measured
        if REFERENCES[parameter.source][0].islower():
            assert parameter.confidence != "measured", name
    table = str(described)
    assert all(name in table for name in described)
