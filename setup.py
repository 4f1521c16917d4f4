"""Compiled part of the build: one small extension per stage; all metadata is in pyproject.toml."""

import os
import shutil
import sys
from glob import glob
from pathlib import Path

from Cython.Build import cythonize
from setuptools import Extension, setup
from setuptools.command.build_py import build_py

DIRECTIVES = {
    "language_level": 3,
    "boundscheck": False,
    "wraparound": False,
    "cdivision": True,
    "embedsignature": True,
    "freethreading_compatible": True,
}
# -ffp-contract=off: the same quanta and voltages whatever instruction set a compiler picks.
FLAGS = ["/O2"] if sys.platform == "win32" else ["-O3", "-ffp-contract=off", "-std=c99"]
if os.environ.get("NMJ_NATIVE") == "1" and sys.platform != "win32":
    FLAGS.append("-march=native")


class build_py_with_headers(build_py):
    """Ship csrc/nmj/*.h inside the wheel, for `nmj_brian.get_include()`."""

    def run(self):
        super().run()
        if not self.editable_mode:
            target = Path(self.build_lib, "nmj_brian", "include")
            shutil.copytree("csrc", target, dirs_exist_ok=True)


extensions = [
    Extension(
        f"nmj_brian._core.{Path(pyx).stem}",
        [pyx],
        include_dirs=["csrc"],
        depends=glob("csrc/nmj/*.h"),
        extra_compile_args=FLAGS,
        extra_link_args=[] if sys.platform == "win32" else ["-pthread"],
    )
    for pyx in sorted(glob("nmj_brian/_core/*.pyx"))
]

setup(
    ext_modules=cythonize(extensions, compiler_directives=DIRECTIVES),
    cmdclass={"build_py": build_py_with_headers},
)
