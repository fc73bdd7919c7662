"""Builds the extension module from the headers of the tree that this folder is in; all else is in pyproject.toml."""

import pathlib
import re
import shutil

from setuptools import Extension, setup

here = pathlib.Path(__file__).resolve().parent
root = here.parents[1]
version = re.search(r"^project\(maskaudit VERSION (\S+)", (root / "CMakeLists.txt").read_text(), re.MULTILINE)[1]

include_dirs = [str(root / "include")]
try:
    import pybind11

    include_dirs.append(pybind11.get_include())
except ImportError:
    pass  # Debian's pybind11-dev has the headers where compilers look by themselves

# Nothing is written into the source tree, and nothing is left of an earlier build: setuptools would take what it finds
# for up to date, as it knows nothing of headers, and install modules that are no longer there.
build = root / "build" / "pip"
shutil.rmtree(build, ignore_errors=True)
build.mkdir(parents=True)

setup(
    version=version,
    ext_modules=[
        Extension(
            "maskaudit._core",
            ["core/core.cpp"],
            language="c++",
            include_dirs=include_dirs,
            libraries=["png", "turbojpeg"],
            define_macros=[("MASKAUDIT_VERSION", f'"{version}"')],
            extra_compile_args=["-std=c++20", "-O3", "-g0", "-fvisibility=hidden"],
        )
    ],
    options={
        "build": {"build_base": str(build)},
        "egg_info": {"egg_base": str(build)},
    },
)
