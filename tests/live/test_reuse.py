"""samples/reuse.py: an object at the address of one that was freed is told from one that stayed, also of the same type."""
import json

import pytest

import harness


class Reuse:
    def __init__(self, python, folder):
        self.paths = []
        with harness.Sample(python, "samples/reuse.py") as sample:
            for step in "ab":
                self.truth = sample.go_on() if self.paths else sample.truth
                sample.wait_until_blocked()
                self.paths.append(harness.capture(sample.pid, folder / (step + ".snap")))
        said = json.loads(harness.run(harness.program("tests/tools/reused"), *self.paths))
        self.pairs, self.called_reused = said["pairs"], set(said["reused"])
        self.diff = harness.ask(*self.paths)

    def survived(self, name):
        return set(self.truth["survived"][name])

    def reused(self, name):
        return set(self.truth["new"][name]) & set(self.truth["gone"][name])

    def wrong(self, name):
        """Pairs that are called what they are not; what is uncertain is not called reused."""
        return len(self.survived(name) & self.called_reused) + len(self.reused(name) - self.called_reused)

    def known(self, name):
        return len(self.survived(name)) + len(self.reused(name))


@pytest.fixture(scope="module")
def reuse(python, tmp_path_factory):
    return Reuse(python, tmp_path_factory.mktemp("reuse"))


def test_the_sample_reuses_many_addresses(reuse):
    assert reuse.truth["reused"] == sum(len(reuse.reused(name)) for name in reuse.truth["new"]) > 20000
    assert all(len(reuse.survived(name)) >= 2000 for name in reuse.truth["new"])


def test_pairs_are_called_rightly(reuse):
    names = list(reuse.truth["new"])
    wrong = {name: reuse.wrong(name) for name in names}
    assert sum(wrong.values()) <= 0.01 * sum(reuse.known(name) for name in names), wrong


def test_few_are_uncertain(reuse):
    matching = reuse.diff["matching"]
    assert matching["same"] + matching["reused"] + matching["uncertain"] == reuse.pairs
    assert matching["reused"] == len(reuse.called_reused)
    assert matching["uncertain"] <= 0.05 * reuse.pairs


def test_the_table_counts_them_as_gone_and_new(reuse):
    """Records are half dropped and as many made: half of them are new, although nearly all lie where one was. An uncertain one
    counts as survived."""
    row, = [row for row in reuse.diff["rows"] if row["type"] == "reuse.Record"]
    truth = reuse.truth
    assert row["count_before"] == row["count_after"] == 4000
    assert abs(row["new"] - len(truth["new"]["reuse.Record"])) <= 0.05 * 4000
    assert row["gone"] == row["new"] and row["survived"] == 4000 - row["new"]
