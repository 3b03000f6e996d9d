"""numpy's arrays: where their memory is, how much, whose. Exactly what each array says of itself."""
import os
import sys

import pytest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "live"))
import harness
from snapshot import Snapshot


class Captured:
    def __init__(self, folder):
        python = harness.Python(sys.executable, sys.version_info[:3])
        with harness.Sample(python, "tests/more/arrays_heap.py") as sample:
            self.truth = sample.truth
            self.snapshot = Snapshot(harness.capture(sample.pid, folder / "a.snap"))
        self.rows = {row["owner"]: row for row in self.snapshot.rows["buffers"]}


@pytest.fixture(scope="module")
def captured(tmp_path_factory):
    return Captured(tmp_path_factory.mktemp("arrays"))


def test_each_array_is_what_it_says(captured):
    for name, told in captured.truth["arrays"].items():
        row = captured.rows[told["owner"]]
        assert (row["kind"], row["address"], row["size"], row["owned"]) == (
            "ndarray", told["address"], told["nbytes"], told["owned"]), name
        assert row["base"] == (None if told["owned"] else told["base"]), name


def test_an_array_without_elements_has_no_memory_of_size(captured):
    row = captured.rows.get(captured.truth["empty"])
    assert row is None or row["size"] == 0


def test_views_end_at_an_owner(captured):
    """From view to base, until something owns the memory; what was numpy's own to make lies between."""
    def end(owner):
        seen = set()
        while owner in captured.rows and not captured.rows[owner]["owned"]:
            assert owner not in seen
            seen.add(owner)
            owner = captured.rows[owner]["base"]
        return owner

    arrays = captured.truth["arrays"]
    for name in ("part", "reversed", "turned", "flat", "of_part", "spread"):
        assert end(arrays[name]["owner"]) == arrays["owner"]["owner"], name
    assert end(arrays["of_mapping"]["owner"]) == captured.truth["mapping"]
    assert captured.snapshot.type_name(captured.snapshot.objects[end(arrays["memmap"]["owner"])]) == "mmap.mmap"
    assert end(arrays["of_memmap"]["owner"]) == end(arrays["memmap"]["owner"])
    for name in ("of_bytearray", "of_memoryview"):
        assert end(arrays[name]["owner"]) == captured.truth["text"], name


def test_shallow_sizes_hold_what_is_owned(captured):
    for name, told in captured.truth["arrays"].items():
        size = captured.snapshot.objects[told["owner"]].size
        assert (size > told["nbytes"]) if told["owned"] else size < 1000, name


def test_what_nobody_touched_is_not_resident(captured):
    kinds = {row["name"]: row for row in captured.snapshot.rows["memory_kinds"]}
    assert kinds["object_buffers"]["size"] - kinds["object_buffers"]["resident"] >= (1 << 22) - 3 * 4096
    for column in ("size", "resident", "swapped"):
        assert sum(row[column] for row in kinds.values()) == sum(row[column] for row in captured.snapshot.rows["mappings"])
