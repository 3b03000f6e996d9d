"""samples/leaks/numpy_history.py: growth in the memory of one array, on the interpreter that runs this test."""
import os
import sys

import pytest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "live"))
import harness

pytest.register_assert_rewrite("leaking")
import leaking


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    # An odd number: as old and new array take turns at two addresses, that of the second stop lies where none was at the first.
    python = harness.Python(sys.executable, sys.version_info[:3])
    return leaking.Run(python, tmp_path_factory.mktemp("numpy"), "samples/leaks/numpy_history.py", "--requests", "101")


def test_the_type_has_as_many_and_grew_by_the_array(run):
    row = next(row for row in run.diff()["rows"] if row["type"] == "numpy.ndarray")
    assert (row["count_delta"], row["size_delta"]) == (0, run.delta("bytes"))


def test_the_first_place_is_the_array(run):
    leaking.check_place(run)


def test_the_verdict_names_the_array(run):
    leaking.check_verdict(run)
