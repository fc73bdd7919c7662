"""pip installs the package where it is told to, with nothing left in the source tree. The compiler is a stand-in, which
notes what it is asked for and delivers the module that has been built before: compiling takes a minute.
"""

import os
import pathlib
import re
import stat
import subprocess
import sys

import maskaudit

ROOT = pathlib.Path(__file__).resolve().parents[2]

COMPILER = """#!{python}
import pathlib, shutil, sys
out = sys.argv[sys.argv.index("-o") + 1]
with open({log!r}, "a") as log:
    print(*sys.argv[1:], file=log)
if "-c" in sys.argv:
    pathlib.Path(out).write_bytes(b"")
else:
    shutil.copy({module!r}, out)
"""


def test_pip_installs_it(tmp_path):
    compiler, log, target = tmp_path / "compiler", tmp_path / "log", tmp_path / "a prefix"
    compiler.write_text(COMPILER.format(python=sys.executable, log=str(log), module=maskaudit._core.__file__))
    compiler.chmod(compiler.stat().st_mode | stat.S_IEXEC)
    before = sorted(ROOT.glob("examples/python/**/*"))
    environment = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "CFLAGS")}
    environment.update(CC=str(compiler), CXX=str(compiler), LDSHARED=f"{compiler} -shared")
    install = [sys.executable, "-m", "pip", "install", "--no-build-isolation", "--no-deps", "--no-index"]
    result = subprocess.run(
        [*install, "--no-cache-dir", "--disable-pip-version-check", "--target", target, ROOT / "examples" / "python"],
        env=environment, capture_output=True, text=True, timeout=120,
    )
    assert result.returncode == 0, result.stdout + result.stderr
    assert sorted(ROOT.glob("examples/python/**/*")) == before

    compiled, linked = log.read_text().splitlines()
    for option in ("-std=c++20", "-O3", f"-I{ROOT}/include", "-c core/core.cpp"):
        assert option in compiled
    assert {"-lpng", "-lturbojpeg"} <= set(linked.split())

    version = re.search(r"^project\(maskaudit VERSION (\S+)", (ROOT / "CMakeLists.txt").read_text(), re.MULTILINE)[1]
    assert (target / f"maskaudit-{version}.dist-info").is_dir() and maskaudit.__version__ == version
    installed = {path.name for path in (target / "maskaudit").iterdir()}
    sources = {path.name for path in (ROOT / "examples/python/src/maskaudit").iterdir()} - {"__pycache__"}
    assert sources <= installed and any(name.startswith("_core.") for name in installed)
    code = "import maskaudit, importlib.metadata; print(maskaudit.__file__, importlib.metadata.version('maskaudit'))"
    result = subprocess.run([sys.executable, "-c", code], env={**environment, "PYTHONPATH": str(target)},
                            cwd=tmp_path, capture_output=True, text=True, timeout=60)
    assert result.stdout == f"{target}/maskaudit/__init__.py {version}\n"
