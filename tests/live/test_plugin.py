"""The plugin for pytest, with Debian's pytest; tests/more has the other interpreters and the newest pytest.

Suites run in a pytest of their own. Whether the plugin finds what was planted in samples/regressions, and nothing else, is tried
as often as HEAPDIFF_RUNS says, as noise comes and goes.
"""
import os
import re
import subprocess
import sys

import pytest

import harness
import inside
import plugin

PYTHON = "/usr/bin/python3"
RUNS = int(os.environ.get("HEAPDIFF_RUNS", "1"))
SUITES = os.path.join(os.path.dirname(os.path.abspath(__file__)), "suites")


@pytest.fixture(scope="module")
def package(tmp_path_factory):
    return inside.unpack(tmp_path_factory.mktemp("package"))


@pytest.mark.parametrize("number", range(RUNS))
def test_finds_what_was_planted(package, tmp_path, number):
    plugin.assert_found(plugin.run_sample(PYTHON, package, tmp_path, plugin.PLANTED), plugin.PLANTED)


@pytest.mark.parametrize("number", range(RUNS))
def test_finds_nothing_else(package, tmp_path, number):
    plugin.assert_found(plugin.run_sample(PYTHON, package, tmp_path), ())
    assert not list((tmp_path / "temporary").rglob("*.snap")), "snapshots of tests that pass are removed"


def test_finds_each_in_processes_of_xdist(package, tmp_path):
    pytest.importorskip("xdist")
    plugin.assert_found(plugin.run_sample(PYTHON, package, tmp_path, ["closure"], words=("-n", "2")), ["closure"])


@pytest.fixture(scope="module")
def idioms(package, tmp_path_factory):
    return plugin.run(PYTHON, package, tmp_path_factory.mktemp("idioms"), os.path.join(SUITES, "idioms.py"))


def test_becomes_what_the_name_says(idioms):
    assert len(idioms.tests) > 20
    for name, problem in idioms.tests.items():
        word = re.sub(r"\[.*", "", name).rsplit("_", 1)[1]
        became = "pass" if problem is None else {"failure": "fail", "skipped": "skip"}[problem.split(":")[0]]
        assert word in (became, became + "s", became + "es"), "%s: %s" % (name, problem)


@pytest.mark.parametrize("test, said", [
    ("test_leak_in_method_fails", r"memory grew at each of 2 calls, after 0 to warm up\n.*\bidioms\.KEPT\[\*\]"),
    ("test_leak_in_unittest_fails", r"memory grew at each of 2 calls, after 2 to warm up\n.*\bidioms\.KEPT\[\*\]"),
    ("test_assertion_fails", r"AssertionError: memory grew at each of 2 calls, after 2 .*\nE .*\bidioms\.KEPT\[\*\]"),
    ("test_own_failure_fails", r'> +assert KEPT == "of the body"'),
    ("test_count_fails", r"the mark limit_count\('\^idioms\\\\\.Thing\$', 99\) is violated: 1\d\d objects, and at most 99 "),
    ("test_retained_fails", r"the mark limit_retained\(10000, match=.* is violated: [\d,]+ bytes, and at most 10,000 "),
    ("test_one_loop_fails", r"the mark no_growth: loops is a number, 2 or more, not 1"),
    ("test_unknown_word_fails", r"the mark no_growth: .*'lops'"),
    ("test_bad_pattern_fails", r"Th\(ing\$"),
    ("test_bad_unit_fails", r"50 bananas"),
    ("test_coroutine_fails", r"not coroutines"),
    ("test_asked_too_early_fails", r"once the `with` block has ended"),
])
def test_says(idioms, test, said):
    assert re.search(said, idioms.failed[test]), idioms.failed[test]
    assert "another exception" not in idioms.failed[test] and "pytest_plugin.py" not in idioms.failed[test]


def test_names_only_the_limit_that_is_violated(idioms):
    assert "100 MiB" not in idioms.failed["test_retained_fails"]


def test_says_what_to_do_without_heapdiff(package, tmp_path):
    def said(**variables):
        one = "test_leak_in_method_fails"
        return plugin.run(PYTHON, package, tmp_path, os.path.join(SUITES, "idioms.py"), "-k", one, **variables).failed[one]

    assert re.search(r"needs the program heapdiff.*make.*PATH.*HEAPDIFF=", said(HEAPDIFF="", PATH="/usr/bin:/bin"))
    assert "HEAPDIFF names /nowhere/heapdiff" in said(HEAPDIFF="/nowhere/heapdiff")


def test_can_be_turned_off(package, tmp_path):
    suite = plugin.run_sample(PYTHON, package, tmp_path, plugin.PLANTED, words=("-p", "no:heapdump"))
    assert not suite.failed
    assert "PytestUnknownMarkWarning" in suite.output


def test_marks_are_listed(package, tmp_path):
    done = subprocess.run([PYTHON, "-B", "-m", "pytest", "--markers"], cwd=tmp_path, env=plugin.environment(package),
                          capture_output=True, timeout=harness.PATIENCE)
    marks = re.findall(rb"^@pytest\.mark\.(no_growth|limit_\w+)\(", done.stdout, re.M)
    assert marks == [b"no_growth", b"limit_retained", b"limit_count"]


UNITTEST = """
import unittest
from heapdump.testing import assert_no_growth

KEPT = []

class Test(unittest.TestCase):
    def test_fails(self):
        assert_no_growth(lambda: KEPT.append(bytearray(100)), loops=2)

    def test_passes(self):
        assert_no_growth(lambda: KEPT[:], loops=2)

unittest.main()
"""


def test_unittest_alone(package, tmp_path):
    (tmp_path / "test.py").write_text(UNITTEST)
    done = subprocess.run([PYTHON, "-B", "test.py"], cwd=tmp_path, capture_output=True, timeout=harness.PATIENCE,
                          env={**plugin.environment(package), "TMPDIR": str(tmp_path)})
    said = done.stderr.decode()
    assert done.returncode == 1 and "FAILED (failures=1)" in said, said
    assert re.search(r"AssertionError: memory grew at each of 2 calls, after 2 to warm up\n.*\b__main__\.KEPT\[\*\]", said), said
    assert "heapdump/testing.py" not in said, "unittest shows frames of ours"
    assert len(list(tmp_path.glob("heapdump-*"))) == 1, "snapshots of a failure are kept, others not"


def test_the_entry_point_is_that_of_the_project(package):
    import glob
    with open(os.path.join(harness.ROOT, "dumper/python/pyproject.toml")) as file:
        project = re.search(r'\[project\.entry-points\.pytest11\]\n(\w+) = "([\w.]+)"\n', file.read())
    with open(glob.glob(package + "/heapdump-*.dist-info/entry_points.txt")[0]) as file:
        assert file.read() == "[pytest11]\n%s = %s\n" % project.groups()


def test_examples_of_the_page(package, tmp_path):
    with open(os.path.join(harness.ROOT, "docs/pytest.md")) as file:
        examples = re.findall(r"```python\n(.*?)```", file.read(), re.S)
    assert len(examples) == 3
    for number, example in enumerate(examples):
        (tmp_path / ("test_%d.py" % number)).write_text(example)
    for name, tests in (("test_0.py", 2), ("test_1.py", 1)):
        suite = plugin.run(PYTHON, package, tmp_path, str(tmp_path / name))
        assert len(suite.tests) == tests and not suite.failed, suite.output
    done = subprocess.run([PYTHON, "-B", "test_2.py"], cwd=tmp_path, env=plugin.environment(package), capture_output=True,
                          timeout=harness.PATIENCE)
    assert done.returncode == 0 and b"Ran 2 tests" in done.stderr, done.stderr.decode()
