"""samples/resized.py: a table that grew without members is no leak, and what leaks leads, though it is less."""
import pytest

import harness


class Run:
    def __init__(self, python, folder):
        self.truths, self.paths = [], []
        with harness.Sample(python, "samples/resized.py") as sample:
            for step in "abc":
                self.truths.append(sample.go_on() if self.truths else sample.truth)
                sample.wait_until_blocked()
                self.paths.append(harness.capture(sample.pid, folder / (step + ".snap")))


@pytest.fixture(scope="module")
def run(python, tmp_path_factory):
    return Run(python, tmp_path_factory.mktemp("resized"))


def tables(asked):
    """By path, how much each grew."""
    return {row["path"].rsplit(".", 1)[1]: row["size_delta"] for row in asked["growth"]["rows"] if row["table_grew"]}


def test_each_table_grew_as_the_interpreter_says(run):
    sizes = [truth["sizes"] for truth in run.truths]
    grew = {name: sizes[1][name] - sizes[0][name] for name in sizes[0]}
    assert all(size >= 1024 for size in grew.values())
    asked = harness.ask(run.paths[0], run.paths[1])
    assert tables(asked) == grew
    assert "which has no more members" in asked["verdict"]


def test_what_leaks_leads(run):
    asked = harness.ask(run.paths[0], run.paths[2])
    assert set(tables(asked)) == set(run.truths[0]["sizes"])
    assert asked["growth"]["rows"][0]["table_grew"]
    assert "hangs from __main__.SHOP.orders (+600 __main__.Shop)" in asked["verdict"]
