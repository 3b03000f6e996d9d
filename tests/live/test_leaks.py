"""samples/leaks: the difference of two snapshots says where a service leaks, and what and how much, as it says itself."""
import glob
import os
import re

import pytest

import harness

FOLDER = os.path.join(harness.ROOT, "samples/leaks")
NAMES = sorted(os.path.basename(path)[:-len(".py")] for path in glob.glob(FOLDER + "/*.py"))
SAMPLES = [name for name in NAMES if name != "truth" and not name.startswith("numpy_")]  # that one: tests/more
REQUESTS = 300  # between two stops


class Run:
    """A sample captured at three stops."""

    def __init__(self, python, name, folder):
        self.truths, self.paths = [], []
        with harness.Sample(python, "samples/leaks/%s.py" % name, "--requests", str(REQUESTS)) as sample:
            for step in "abc":
                self.truths.append(sample.go_on() if self.truths else sample.truth)
                sample.wait_until_blocked()
                self.paths.append(harness.capture(sample.pid, folder / (step + ".snap")))
        self.leaks = self.truths[0]["leaks"]

    def diff(self):
        return harness.ask(self.paths[0], self.paths[1])

    def delta(self, what):
        """By how much the sample's own books say that it changed from the first stop to the second."""
        return self.truths[1][what] - self.truths[0][what]


@pytest.fixture(scope="module", params=SAMPLES)
def run(request, python, tmp_path_factory):
    return Run(python, request.param, tmp_path_factory.mktemp(request.param))


def masked(path):
    return re.sub(r"\[[^]]*\]", "[*]", path)


def is_place(path, told):
    """What no path leads to is called by its object: `held by C code: c_reference.Image #17`."""
    return masked(path) == told or "." not in told and path.startswith(told)


def test_the_sample_keeps_its_books(run):
    for truth, path in zip(run.truths, run.paths):
        assert harness.count_of(path, truth["class"]) == truth["count"]


def test_the_type_changed_by_as_many(run):
    counts = {row["type"]: row["count_delta"] for row in run.diff()["rows"]}
    assert counts.get(run.truths[0]["class"], 0) == run.delta("count")


def test_the_first_place_is_the_leak(run):
    if not run.leaks:
        return
    place = run.diff()["growth"]["rows"][0]
    assert is_place(place["path"], run.truths[0]["path"])
    came = {row["type"]: row["count_delta"] for row in place["came"]}
    assert came.get(run.truths[0]["class"], 0) == run.delta("count")
    if run.truths[0]["bytes"] is not None:
        assert place["size_delta"] == run.delta("bytes")


def test_the_verdict_names_the_leak(run):
    if not run.leaks:
        return
    assert run.truths[0]["path"].split("[")[0] in run.diff()["verdict"]


def test_nothing_grew_where_nothing_leaks(run):
    if run.leaks:
        return
    for before, after in (run.paths[:2], run.paths[1:]):
        assert harness.ask(before, after)["growth"]["rows"] == []
