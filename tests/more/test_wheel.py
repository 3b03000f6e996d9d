"""The Python package as pip installs it: the wheel on the oldest and the newest interpreter that have pip, and once from the
clone itself. On all others tests/live/test_regressions.py takes snapshots with it.
"""
import os
import subprocess
import sys

import pytest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "live"))
import harness
import inside

PYTHONS = [python for python in harness.find_pythons() if python.version >= (3, 9) and not python.is_fetched]
ENDS = list(dict.fromkeys(PYTHONS[:1] + PYTHONS[-1:]))
SCRIPT = "import heapdump; print(heapdump.dump('a.snap'))"


def environment_of(python, folder):
    """An interpreter of its own, with pip; skips where there is no venv."""
    made = subprocess.run([python.path, "-m", "venv", str(folder / "venv")], capture_output=True, timeout=harness.PATIENCE)
    if made.returncode != 0:
        pytest.skip("no venv for %s: %s" % (python, made.stdout.decode()[-300:]))
    return str(folder / "venv/bin/python")


def check(path, folder):
    done = subprocess.run([path, "-I", "-W", "error", "-c", SCRIPT], cwd=folder, capture_output=True, timeout=harness.PATIENCE)
    assert (done.returncode, done.stdout, done.stderr) == (0, b"a.snap\n", b"")
    harness.run(harness.program("heapdiff"), "verify", folder / "a.snap")
    harness.run(path, "-m", "heapdump", "--help")
    harness.run(path, "-m", "pip", "uninstall", "-y", "heapdump")


@pytest.mark.parametrize("python", ENDS, ids=lambda python: python.name)
def test_installs_the_wheel(python, tmp_path):
    path = environment_of(python, tmp_path)
    harness.run(path, "-m", "pip", "install", "--no-index", inside.wheel())
    check(path, tmp_path)


def test_installs_from_the_clone(tmp_path):
    python = next(python for python in PYTHONS if python.path.startswith("/usr/"))
    path = environment_of(python, tmp_path)
    harness.run(path, "-m", "pip", "install", "--no-index", os.path.join(harness.ROOT, "dumper/python"), timeout=600)
    check(path, tmp_path)
