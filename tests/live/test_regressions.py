"""`heapdiff check` and the days of samples/regressions: it finds what was planted, where it is, and nothing else.

Each run is a process of its own, with hashes of its own. HEAPDIFF_RUNS says how many; `make check` and `make check-more` together take every
interpreter.
"""
import json
import os

import pytest

import conftest
import harness
import inside
import plugin

PYTHONS = [python for python in conftest.PYTHONS if python.version >= (3, 9)]
RUNS = int(os.environ.get("HEAPDIFF_RUNS", "1"))
RULES = {"cache": "fares", "listener": "boards", "closure": "reports"}  # of memory.ini


@pytest.fixture(scope="module")
def package(tmp_path_factory):
    return inside.unpack(tmp_path_factory.mktemp("package"))


@pytest.fixture(params=PYTHONS, ids=lambda python: python.name)
def python(request):
    return request.param


def check(*words, expect):
    return json.loads(harness.run(harness.program("heapdiff"), "check", *words, "--json", "-", expect=expect))


def broken(document):
    """Its violated rows, by rule."""
    return {row["rule"]: row for row in document["rows"] if row["verdict"] == "violated"}


def steps(snapshots, expect, *words):
    return broken(check(*snapshots, "--monotonic", *words, expect=expect))


def policy(snapshots, expect):
    return check(snapshots[0], snapshots[-1], "--policy", os.path.join(plugin.SAMPLE, "memory.ini"), expect=expect)


def assert_tells(row, path):
    """The place is in what a reader sees first: its message or its path."""
    seen = "%s %s" % (row["findings"][0]["message"], row["findings"][0].get("path"))
    assert path in seen, row
    assert row["findings"][0]["types"], row


@pytest.mark.parametrize("number", range(RUNS))
def test_finds_what_was_planted(python, package, tmp_path, number):
    snapshots = plugin.snapshots_of_days(python.path, package, tmp_path, plugin.PLANTED)
    rows = broken(policy(snapshots, 1))
    assert rows.keys() == set(RULES.values()), rows
    for name, rule in RULES.items():
        assert_tells(rows[rule], plugin.FOUND_BY[name][1])
    findings = steps(snapshots, 1)["--monotonic"]["findings"]
    places = {place for _, place in plugin.FOUND_BY.values()}
    told = {place for place in places for finding in findings if place in "%s %s" % (finding["message"], finding.get("path"))}
    assert told == places, findings
    for finding in findings:
        assert any(place in "%s %s" % (finding["message"], finding.get("path")) for place in places), finding


@pytest.mark.parametrize("number", range(RUNS))
def test_finds_nothing_else(python, package, tmp_path, number):
    snapshots = plugin.snapshots_of_days(python.path, package, tmp_path)
    assert not broken(policy(snapshots, 0))
    assert not steps(snapshots, 0)
    assert not steps(snapshots, 0, "--least", "1")


@pytest.mark.parametrize("name", plugin.PLANTED)
def test_tells_them_apart(package, tmp_path, name):
    snapshots = plugin.snapshots_of_days(conftest.ONE.path, package, tmp_path, [name])
    assert broken(policy(snapshots, 1)).keys() == {RULES[name]}
