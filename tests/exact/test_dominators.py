"""Dominators and retained sizes of whole snapshots are those that a textbook's algorithm finds (tests/tools/dominators.c)."""
import json

import harness
import pytest

SHAPES = ["mixed", "chain", "ladder", "random", "fan", "knot", "nest", "islands"]


def compare(snapshot):
    """The tool ends with exit code 1 where anything differs, which harness.run does not stand for."""
    found = json.loads(harness.run(harness.program("tests/tools/dominators"), snapshot))
    assert found["different_dominators"] == 0
    assert found["different_sizes"] == 0
    return found


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("objects", [8, 1001, 200000])
def test_of_shapes_that_are_hard(tmp_path, shape, objects):
    snapshot = tmp_path / "a.snap"
    harness.run(harness.program("tests/tools/shapes"), snapshot, shape, str(objects))
    assert compare(snapshot)["objects"] == objects


def test_of_a_made_up_application(tmp_path):
    snapshot = tmp_path / "a.snap"
    harness.run(harness.program("tests/tools/generate"), snapshot, "300000")
    assert compare(snapshot)["objects"] >= 300000


def test_of_a_process(python, tmp_path):
    with harness.Sample(python, "tests/bench/target.py", "100000") as sample:
        sample.wait_until_blocked()
        snapshot = harness.capture(sample.pid, tmp_path / "a.snap")
    assert compare(snapshot)["objects"] >= 100000
