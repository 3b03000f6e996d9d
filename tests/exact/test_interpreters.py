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
    told(snapshot)


def told(path):
    """Every interpreter has a row, and what belongs to one is tagged with its id."""
    rows = {"interpreters": [], "modules": [], "threads": []}
    for record in map(json.loads, harness.run(harness.program("tests/tools/snapcat"), path).splitlines()):
        if record[0] == "row" and record[1] in rows:
            rows[record[1]].append(record[2])
    ids = [row["id"] for row in rows["interpreters"]]
    assert len(set(ids)) == len(ids) == 3 and 0 in ids
    for row in rows["interpreters"]:
        modules = [module["name"] for module in rows["modules"] if module["interpreter"] == row["id"]]
        assert len(modules) == row["modules"] and {"sys", "json"} <= set(modules)
        assert ("datetime" in modules) == (row["id"] != 0)
        threads = [thread for thread in rows["threads"] if thread["interpreter"] == row["id"]]
        assert len(threads) == row["threads"]
    lists = [row["generation0"] + row["generation1"] + row["generation2"] for row in rows["interpreters"]]
    assert sum(count > 2000 for count in lists) in (1, 3)  # 3.8 has one collector for all


def plain_objects(snapshot):
    records = map(json.loads, harness.run(harness.program("tests/tools/snapcat"), snapshot).splitlines())
    plain, count = set(), 0
    for record in records:
        if record[0] == "type" and record[3] == "Plain":
            plain.add(record[1])
        elif record[0] == "object" and record[2] in plain:
            count += 1
    return count
