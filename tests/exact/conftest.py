"""The exact comparison runs on every CPython of this machine whose headers are there, and says on which."""
import functools
import os
import subprocess
import sys

import pytest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "live"))
import harness

PYTHONS = harness.find_pythons()


@functools.lru_cache(maxsize=None)
def headers(python):
    """The folder of Python.h, by the interpreter itself or beside it where it was fetched; None where there is none."""
    name = "python%d.%d" % python.version[:2]
    said = subprocess.run([python.path, "-I", "-c", "import sysconfig; print(sysconfig.get_path('include'))"],
                          capture_output=True, timeout=harness.PATIENCE, check=True).stdout.decode().strip()
    for folder in (said, os.path.join(os.path.dirname(python.path), "usr/include", name)):
        if os.path.exists(os.path.join(folder, "Python.h")):
            return folder
    return None


TESTED = [python for python in PYTHONS if headers(python) is not None]


def pytest_configure(config):
    if not TESTED:
        pytest.exit("the exact comparison needs a CPython and its headers on this machine, and found none", returncode=1)


def pytest_terminal_summary(terminalreporter):
    terminalreporter.write_line("compared exactly: " + ", ".join(python.name for python in TESTED))
    without = [python.name for python in PYTHONS if headers(python) is None]
    if without:
        terminalreporter.write_line("not compared, as their headers are not here: " + ", ".join(without))
    absent = ["%d.%d" % version for version in harness.SUPPORTED
              if all(python.version[:2] != version for python in TESTED)]
    if absent:
        terminalreporter.write_line("not compared: CPython " + ", ".join(absent))


@pytest.fixture(scope="session", params=TESTED, ids=[python.name for python in TESTED])
def python(request):
    return request.param


@pytest.fixture(scope="session")
def extension(python, tmp_path_factory):
    """The folder of exactwalk, built for this interpreter."""
    folder = tmp_path_factory.mktemp("extension")
    include = headers(python)
    source = os.path.join(harness.ROOT, "tests/exact/exactwalk.c")
    # Debian's pyconfig.h includes the machine's own one from the folder above.
    subprocess.run([os.environ.get("CC", "cc"), "-shared", "-fPIC", "-O1", "-I", include, "-I", os.path.dirname(include),
                    source, "-o", str(folder / "exactwalk.so")], check=True, timeout=harness.PATIENCE)
    return folder
