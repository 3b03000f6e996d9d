"""The plugin for pytest on each version from 3.9 on, with the newest pytest that it takes; tests/live has Debian's.

pytest is put into a folder of its own, not into an environment: fetched interpreters have no pip, and take what the pip of this
one chooses for their version. HEAPDIFF_RUNS says how often each is tried; one is what `make check-more` has time for:

    HEAPDIFF_RUNS=10 make check check-more
"""
import os
import subprocess
import sys

import pytest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "live"))
import harness
import inside
import plugin

# The newest of each minor version: the plugin is written in Python.
PYTHONS = list({python.version[:2]: python for python in harness.find_pythons() if python.version >= (3, 9)}.values())
RUNS = range(int(os.environ.get("HEAPDIFF_RUNS", "1")))
# All of them where each is tried often; else the oldest, one between and the newest.
ENDS = list(dict.fromkeys(PYTHONS[:1] + PYTHONS[-1:]))
TRIED = PYTHONS if len(RUNS) > 1 else list(dict.fromkeys(PYTHONS[:1] + PYTHONS[len(PYTHONS) // 2:][:1] + PYTHONS[-1:]))
# Processes of xdist start sys.executable, which one that was fetched can't be started by.
STARTED = [python for python in PYTHONS if not python.is_fetched]


@pytest.fixture(params=TRIED, ids=lambda python: python.name)
def python(request):
    return request.param


@pytest.fixture(scope="module")
def package(tmp_path_factory):
    return inside.unpack(tmp_path_factory.mktemp("package"))


@pytest.fixture(scope="module")
def newest(tmp_path_factory):
    """(interpreter): the folder of its pytest."""
    made = {}

    def folder(python):
        version = "%d.%d" % python.version[:2]
        if version not in made:
            target = str(tmp_path_factory.mktemp("pytest"))
            # What a condition such as python_version < "3.11" adds is chosen by the interpreter that runs pip.
            if python.is_fetched or subprocess.run([python.path, "-m", "pip", "--version"], capture_output=True).returncode:
                command = [sys.executable, "-m", "pip", "install", "--python-version", version, "--only-binary=:all:"]
            else:
                command = [python.path, "-m", "pip", "install"]
            command += ["--quiet", "--target", target, "pytest", "pytest-xdist"]
            done = subprocess.run(command, capture_output=True, timeout=600)
            made[version] = target if done.returncode == 0 else None
        if made[version] is None:
            pytest.skip("no pytest for %s could be installed" % python)
        return made[version]
    return folder


@pytest.mark.parametrize("number", RUNS)
def test_finds_what_was_planted(python, package, newest, tmp_path, number):
    plugin.assert_found(plugin.run_sample(python.path, package, tmp_path, plugin.PLANTED, [newest(python)]), plugin.PLANTED)


# One run of the planted ones tells that the others pass, too.
@pytest.mark.parametrize("python", PYTHONS if len(RUNS) > 1 else ENDS, ids=lambda python: python.name)
@pytest.mark.parametrize("number", RUNS)
def test_finds_nothing_else(python, package, newest, tmp_path, number):
    plugin.assert_found(plugin.run_sample(python.path, package, tmp_path, (), [newest(python)]), ())


@pytest.mark.parametrize("python", STARTED[:1] + STARTED[-1:], ids=lambda python: python.name)
def test_in_processes_of_xdist(python, package, newest, tmp_path):
    plugin.assert_found(plugin.run_sample(python.path, package, tmp_path, ["cache"], [newest(python)], ["-n", "2"]), ["cache"])
