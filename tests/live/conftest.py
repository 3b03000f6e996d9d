"""Live tests capture samples on every CPython 3.11, 3.12 and 3.13 of this machine, and say on which."""
import pytest

import harness
import snapshot

PYTHONS = harness.find_pythons()


def pytest_configure(config):
    if not PYTHONS:
        pytest.exit("live tests need a CPython 3.11, 3.12 or 3.13 on this machine, and none was found", returncode=1)


def pytest_report_header(config):
    return ["captures: %r" % python for python in PYTHONS]


def pytest_terminal_summary(terminalreporter):
    terminalreporter.write_line("captured on " + ", ".join(map(repr, PYTHONS)))
    missing = [version for version in harness.SUPPORTED if all(p.version[:2] != version for p in PYTHONS)]
    if missing:
        terminalreporter.write_line("not captured: CPython " + ", ".join("%d.%d" % v for v in missing))


@pytest.fixture(scope="session", params=PYTHONS, ids=[python.name for python in PYTHONS])
def python(request):
    return request.param


class Captured:
    """A sample's truth and the snapshot of it."""

    def __init__(self, python, truth, path):
        self.python = python
        self.truth = truth
        self.path = path
        self.snapshot = snapshot.Snapshot(path)


def capture_sample(python, folder, script):
    path = folder.mktemp("capture") / "a.snap"
    with harness.Sample(python, script) as sample:
        sample.wait_until_blocked()
        harness.capture(sample.pid, path)
        return Captured(python, sample.truth, str(path))


@pytest.fixture(scope="session")
def shapes(python, tmp_path_factory):
    return capture_sample(python, tmp_path_factory, "samples/shapes.py")


@pytest.fixture(scope="session")
def cycles(python, tmp_path_factory):
    return capture_sample(python, tmp_path_factory, "samples/cycles.py")
