"""samples/sites.py: where each object was allocated is as tracemalloc itself says, in a snapshot of the living process and in
one of its core."""
import collections
import os

import pytest

import cores
import harness
import snapshot


class Captured:
    def __init__(self, truth, path):
        self.truth = truth
        self.path = str(path)
        self.snapshot = snapshot.Snapshot(self.path)
        self.traces = self.snapshot.rows["traces"]
        self.tracebacks = [[] for _ in self.snapshot.rows["tracebacks"]]
        for row in self.snapshot.rows["traceback_frames"]:
            self.tracebacks[row["traceback"]].append([row["file"], row["line"]])


def capture_both(python, folder, frames):
    with harness.Sample(python, "samples/sites.py", str(frames)) as sample:
        sample.wait_until_blocked()
        live = harness.capture(sample.pid, folder / "live.snap")
        core = cores.gcore(sample.pid, str(folder))
    harness.run(harness.program("heapdump"), "--core", core, "-o", folder / "core.snap")
    os.unlink(core)
    return {"live": Captured(sample.truth, live), "core": Captured(sample.truth, folder / "core.snap")}


@pytest.fixture(scope="module")
def both(python, tmp_path_factory):
    return capture_both(python, tmp_path_factory.mktemp("sites"), 10)


@pytest.fixture(scope="module", params=["live", "core"])
def sites(both, request):
    return both[request.param]


def complain(complaints):
    assert not complaints, "%d complaints\n%s" % (len(complaints), "\n".join(complaints[:30]))


def test_is_complete(sites):
    assert sites.snapshot.complete and sites.snapshot.losses == {}


def test_the_capture_is_the_same_from_a_core(both):
    live, core = both["live"], both["core"]
    assert live.traces == core.traces and live.tracebacks == core.tracebacks


def compare_objects(sites):
    found = {}
    for row in sites.traces:
        if not row["buffer"]:
            assert row["node"] not in found, "two blocks of one object"
            found[row["node"]] = row["traceback"]
    complaints = []
    for row in sites.truth["objects"]:
        traceback = found.get(row["address"])
        frames = sites.tracebacks[traceback] if traceback is not None else None
        total = sites.snapshot.rows["tracebacks"][traceback]["total_frames"] if traceback is not None else None
        if frames != row["frames"]:
            complaints.append("%s: %r, not %r" % (row["kind"], frames, row["frames"]))
        elif row["total"] is not None and total != row["total"]:
            complaints.append("%s: of %r frames, not %r" % (row["kind"], total, row["total"]))
    complain(complaints)


def test_objects_have_their_tracebacks(sites):
    compare_objects(sites)
    kinds = {row["kind"] for row in sites.truth["objects"] if row["frames"]}
    assert {"instance", "class", "deep", "deque"} <= kinds
    assert all(row["frames"] is None for row in sites.truth["objects"] if row["kind"] == "before")


def test_sites_add_up(sites):
    """Blocks and bytes of a site: those of objects, their buffers, and those that are nobody's."""
    blocks, size = collections.Counter(), collections.Counter()
    for number, row in enumerate(sites.snapshot.rows["tracebacks"]):
        place = tuple(map(tuple, sites.tracebacks[number]))
        blocks[place] += row["other_blocks"]
        size[place] += row["other_bytes"]
    for row in sites.traces:
        place = tuple(map(tuple, sites.tracebacks[row["traceback"]]))
        blocks[place] += 1
        size[place] += row["size"]
    complaints = []
    for row in sites.truth["sites"]:
        place = tuple(map(tuple, row["frames"]))
        if (blocks[place], size[place]) != (row["blocks"], row["bytes"]):
            complaints.append("%r: %d blocks of %d bytes, not %d of %d" % (
                place[:2], blocks[place], size[place], row["blocks"], row["bytes"]))
    complain(complaints)
    assert len(sites.truth["sites"]) >= 25
    assert 1000 in size.values()  # what another library had traced, in a domain of its own


def test_all_is_added_up(sites):
    document = harness.ask("info", sites.path)["tracemalloc"]
    assert document.get("traceback_limit") in (sites.truth["limit"], None)  # a stripped program doesn't tell
    others = sum(row["other_blocks"] for row in sites.snapshot.rows["tracebacks"])
    assert document["traced_blocks"] == len(sites.traces) + others
    bytes_of_others = sum(row["other_bytes"] for row in sites.snapshot.rows["tracebacks"])
    assert document["traced_bytes"] == sum(row["size"] for row in sites.traces) + bytes_of_others


def test_buffers_belong_to_their_objects(sites):
    """Of what the planting allocated, hardly anything is nobody's."""
    planted = [row for number, row in enumerate(sites.snapshot.rows["tracebacks"])
               if sites.tracebacks[number] in [site["frames"] for site in sites.truth["sites"]]]
    others = sum(row["other_bytes"] for row in planted)
    assert others < 0.02 * sum(row["bytes"] for row in sites.truth["sites"]), others


def test_objects_are_what_their_blocks_hold(sites):
    """The block of an object is at least as large as the object alone."""
    things = sites.snapshot.objects
    small = [row for row in sites.traces if not row["buffer"] and row["size"] > things[row["node"]].size + 64]
    complain(["%s: %d bytes in a block of %d" % (sites.snapshot.type_name(things[row["node"]]),
                                                 things[row["node"]].size, row["size"]) for row in small])


def test_one_frame_alone(python, tmp_path):
    """tracemalloc's own default, at which most programs run."""
    with harness.Sample(python, "samples/sites.py", "1") as sample:
        sample.wait_until_blocked()
        captured = Captured(sample.truth, harness.capture(sample.pid, tmp_path / "a.snap"))
    assert all(len(frames) == 1 for frames in captured.tracebacks)
    compare_objects(captured)


def test_without_tracemalloc_there_is_nothing(python, tmp_path):
    with harness.Sample(python, "samples/owners.py") as sample:
        sample.wait_until_blocked()
        rows = snapshot.Snapshot(harness.capture(sample.pid, tmp_path / "a.snap")).rows
    assert not rows["traces"] and not rows["tracebacks"] and not rows["traceback_frames"]
