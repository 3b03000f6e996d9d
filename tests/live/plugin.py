"""What the tests of the plugin for pytest stand on: suites that run in a pytest of their own, and what became of each test.

The suite of samples/regressions is known: which of its tests fail, and which path each of them has to name.
"""
import os
import subprocess
import xml.etree.ElementTree

import harness

SAMPLE = os.path.join(harness.ROOT, "samples/regressions")
PLANTED = ("cache", "listener", "closure")
# The test that each of them makes fail, and where it says that memory grew.
FOUND_BY = {"cache": ("test_selling_tickets_keeps_nothing", "timetable.fares.QUOTES"),
            "listener": ("test_closed_boards_go", "timetable.delays.DELAYS.listeners"),
            "closure": ("test_acknowledged_reports_go", "timetable.reports.OUTBOX.retries")}
TESTS = 9  # that the suite has


class Suite:
    """The outcomes of one run: by the name of a test None where it passed, else what pytest printed of it."""

    def __init__(self, report, done):
        self.code = done.returncode
        self.output = done.stdout.decode(errors="replace") + done.stderr.decode(errors="replace")
        assert os.path.exists(report), self.output[-4000:]
        self.tests = {}
        for case in xml.etree.ElementTree.parse(report).iter("testcase"):
            problem = next((case.find(tag) for tag in ("failure", "error", "skipped") if case.find(tag) is not None), None)
            self.tests[case.get("name")] = None if problem is None else "%s: %s" % (problem.tag, problem.text)

    @property
    def failed(self):
        return {name: text for name, text in self.tests.items() if text is not None}


def environment(package, more=()):
    """Of an interpreter that has the wheel, and what pip put into other folders."""
    return {**os.environ, "PYTHONPATH": os.pathsep.join([package, *more]), "PYTHONDONTWRITEBYTECODE": "1",
            "HEAPDIFF": harness.program("heapdiff"), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "", "PYTEST_ADDOPTS": ""}


def run(python, package, folder, suite, *words, more=(), **variables):
    """Runs pytest on a suite (a file or a folder) with reports and temporary files in folder."""
    report = os.path.join(folder, "report.xml")
    within = suite if os.path.isdir(suite) else os.path.dirname(suite)
    command = [python, "-B", "-m", "pytest", "-p", "no:cacheprovider", "--confcutdir", within, "--junitxml", report,
               "--basetemp", os.path.join(folder, "temporary"), *words, suite]
    done = subprocess.run(command, cwd=suite if suite == within else folder, stdin=subprocess.DEVNULL, capture_output=True,
                          timeout=3 * harness.PATIENCE, env={**environment(package, more), **variables})
    return Suite(report, done)


def run_sample(python, package, folder, regressions=(), more=(), words=()):
    return run(python, package, folder, SAMPLE, *words, more=more, TIMETABLE_REGRESSIONS=",".join(regressions))


def assert_found(suite, regressions):
    """Just the planted ones fail, and each says where memory grew and nothing of the plugin's own code."""
    wanted = dict(FOUND_BY[name] for name in regressions)
    assert len(suite.tests) == TESTS, suite.output
    assert suite.failed.keys() == wanted.keys(), suite.output
    for name, path in wanted.items():
        assert path in suite.failed[name], suite.failed[name]
        assert "Traceback" not in suite.failed[name] and "heapdump/" not in suite.failed[name]
        for other in FOUND_BY.values():
            assert other[1] == path or other[1] not in suite.failed[name]
    assert suite.code == (1 if wanted else 0)


def snapshots_of_days(python, package, folder, regressions=(), days=3):
    """The sample's snapshots, by its own program; their paths, the oldest first."""
    command = [python, "-B", "-m", "timetable", "--days", str(days), "-o", os.path.join(folder, "day-{n}.snap")]
    done = subprocess.run(command, cwd=SAMPLE, capture_output=True, timeout=harness.PATIENCE,
                          env={**environment(package), "TIMETABLE_REGRESSIONS": ",".join(regressions)})
    assert done.returncode == 0, done.stderr.decode(errors="replace")
    return done.stdout.decode().split()
