"""Several interpreters in one process: all of their objects are found, and no reference is counted too often.

From 3.13 on an interpreter with a GIL of its own has strings interned of its own, while others share the first one's.
"""
import json
import struct

import harness


def test_no_reference_is_counted_twice(python, tmp_path):
    with harness.Sample(python, "tests/exact/interpreters_heap.py") as sample:
        sample.wait_until_blocked()
        snapshot = harness.capture(sample.pid, tmp_path / "a.snap")
    walk = tmp_path / "walk"
    walk.write_bytes(struct.pack("<Q", 0))  # of no object: residue needs none
    found = json.loads(harness.run(harness.program("tests/tools/exactcmp"), snapshot, walk))
    assert not found["negative_residue"]
    assert found["residue_zero"] / found["mortal"] >= 0.999
    assert plain_objects(snapshot) == 2 * 2000


def plain_objects(snapshot):
    records = map(json.loads, harness.run(harness.program("tests/tools/snapcat"), snapshot).splitlines())
    plain, count = set(), 0
    for record in records:
        if record[0] == "type" and record[3] == "Plain":
            plain.add(record[1])
        elif record[0] == "object" and record[2] in plain:
            count += 1
    return count
