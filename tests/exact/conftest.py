"""The exact comparison runs on every CPython of this machine whose headers are there, and says on which."""
import os
import sys

import pytest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import comparison
import harness

PYTHONS = harness.find_pythons()
TESTED = [python for python in PYTHONS if comparison.headers(python) is not None]
FIGURES = {}  # of each interpreter: what the comparison says, for the summary


def pytest_configure(config):
    if not TESTED:
        pytest.exit("the exact comparison needs a CPython and its headers on this machine, and found none", returncode=1)


def pytest_sessionfinish(session):
    """Of several processes that run the tests, one writes the summary: the others hand it their figures."""
    if hasattr(session.config, "workeroutput"):
        session.config.workeroutput["figures"] = FIGURES


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node):
    FIGURES.update(getattr(node, "workeroutput", {}).get("figures", {}))


def pytest_terminal_summary(terminalreporter):
    terminalreporter.write_line("compared exactly: " + ", ".join(python.name for python in TESTED))
    for name in (python.name for python in TESTED if python.name in FIGURES):
        terminalreporter.write_line("%-8s %s" % (name, FIGURES[name]))
    without = [python.name for python in PYTHONS if comparison.headers(python) is None]
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
def figures():
    return FIGURES


@pytest.fixture(scope="session")
def extension(python, tmp_path_factory):
    """The folder of exactwalk, built for this interpreter."""
    return comparison.build_extension(python, tmp_path_factory.mktemp("extension"))
