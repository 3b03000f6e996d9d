"""Live tests capture samples on every CPython of this machine that heapdump knows, 3.8 to 3.15, and say on which.

What depends on how CPython lays out its objects is tried on each of them; all else, of the system, of files and of analyses, keeps to
the newest of 3.11 to 3.13, so that `make check` ends soon. With HEAPDIFF_EVERYWHERE set, as `make check-more` does,
the tests run on the interpreters that were fetched, all else on the oldest and the newest that there are, and those that are thorough
then; not again what `make check` has run.
"""
import os

import pytest

import harness
import snapshot
import versions

PYTHONS = harness.find_pythons()
# For tests that keep to one: the newest of the needed versions.
ONE = ([None] + [python for python in PYTHONS if python.version[:2] in harness.NEEDED and not python.is_fetched])[-1]


def pytest_configure(config):
    if not any(python.version[:2] in harness.NEEDED for python in PYTHONS):
        pytest.exit("live tests need a CPython 3.11, 3.12 or 3.13 on this machine, and none was found", returncode=1)


# Tests of what is different from version to version.
OF_LAYOUTS = ("test_shapes", "test_cycles", "test_exact", "test_traverse", "test_owners", "test_sites", "test_fragmented", "test_allocator",
              "test_questions", "test_regressions")

# Tests that choose their interpreters themselves.
CHOOSY = ("test_stops",)

# Tests without an interpreter that do more where there is time, or need one that was fetched.
THOROUGH = ("test_debug_build", "test_versions", "test_inside")

# Tests of Python, the package's own or the samples', and of what becomes of a target, which no sanitizer watches; what they ask
# heapdiff for is tried under these by tests/checks and tests/cli.
UNWATCHED = ("test_plugin", "test_regressions", "test_ci_page", "test_check_noise", "test_inside", "test_leaks", "test_leak", "test_reuse",
             "test_survives", "test_manual")

ENDS = PYTHONS[:1] + PYTHONS[-1:]

# The machine's own that heapdump reads by the same layouts as another one.
TABLES = versions.tables()
TWINS = [python for index, python in enumerate(PYTHONS) if not python.is_fetched
         and any(versions.table_of(other.version, TABLES) is versions.table_of(python.version, TABLES) and not other.is_fetched
                 for other in PYTHONS[:index])]

# Under sanitizers the newest has to do for all tests: the layouts of all versions are tried on images there.
SANITIZED = "sanitize" in os.environ.get("OUT", "")


def times(number):
    """How often to try what depends on luck: as often as that where there is time, half in `make check`, less under sanitizers."""
    return number if "HEAPDIFF_THOROUGH" in os.environ else number // 5 if SANITIZED else number // 2


def interpreter(item):
    return item.callspec.params.get("python") if hasattr(item, "callspec") else None


def is_checked(item):
    """`make check` runs it, with the interpreters of the machine itself."""
    python, module = interpreter(item), item.module.__name__
    if SANITIZED:
        return module not in UNWATCHED and python in (None, ONE)
    if python is None or module in CHOOSY:
        return True
    if module in OF_LAYOUTS:
        return not python.is_fetched and python not in TWINS
    return python is ONE


def is_for_more(item):
    """`make check-more` runs it: on what was fetched, on the ends of all, and what is thorough then."""
    python, module = interpreter(item), item.module.__name__
    if python is None:
        return module in THOROUGH
    if module in CHOOSY:
        return python not in TWINS
    if module in OF_LAYOUTS:
        return python.is_fetched
    return python in ENDS and python is not ONE


def pytest_collection_modifyitems(config, items):
    wanted = is_for_more if "HEAPDIFF_EVERYWHERE" in os.environ else is_checked
    left_out = [item for item in items if not wanted(item)]
    config.hook.pytest_deselected(items=left_out)
    items[:] = [item for item in items if wanted(item)]


def pytest_report_header(config):
    return ["captures: %r" % python for python in PYTHONS]


def pytest_terminal_summary(terminalreporter):
    terminalreporter.write_line("captured on " + ", ".join(map(repr, PYTHONS)))
    missing = [version for version in harness.SUPPORTED if all(p.version[:2] != version for p in PYTHONS)]
    if missing:
        terminalreporter.write_line("not captured: CPython " + ", ".join("%d.%d" % v for v in missing))
    for line in versions.lines([python.version for python in PYTHONS]):
        terminalreporter.write_line(line)


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
