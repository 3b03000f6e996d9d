"""The allocator's arenas, pools and blocks are those that sys._debugmallocstats() tells at the same moment; what was leaked is
found; other allocators are told."""
import bisect
import collections
import os
import re
import signal

import pytest

import cores
import harness
from snapshot import Snapshot

HEADER = 48  # bytes of a pool's header


class Stopped:
    """The sample, stopped, its snapshot, and what the interpreter printed of its allocator before and behind that moment."""

    def __init__(self, python, folder, *words, setting=None, core=False, options=()):
        stats = folder / "stats"
        self.python = python
        before = os.environ.get("PYTHONMALLOC")
        if setting is not None:
            os.environ["PYTHONMALLOC"] = setting
        try:
            sample = harness.Sample(python, "tests/live/allocator_heap.py", str(stats), *words)
        finally:
            os.environ.pop("PYTHONMALLOC", None)
            if before is not None:
                os.environ["PYTHONMALLOC"] = before
        with sample:
            self.truth = sample.truth
            cores.await_state(sample.pid, "T")
            self.path = harness.capture(sample.pid, folder / "a.snap", *options)
            self.snapshot = Snapshot(self.path)
            if core:
                self.core_file = cores.gcore(sample.pid, str(folder))
                harness.run(harness.program("heapdump"), "--core", self.core_file, "-o", folder / "core.snap")
                self.core = Snapshot(str(folder / "core.snap"))
            os.kill(sample.pid, signal.SIGCONT)
            sample.wait_until_blocked()
            self.prints = re.split("^Small block threshold", stats.read_text(), flags=re.M)[1:]


def told_by(text):
    """Pools, used and free blocks by size class; arenas; free pools."""
    classes = re.findall(r"^ *\d+ +(\d+) +(\d+) +(\d+) +(\d+) *$", text, re.M)
    arenas = re.search(r"^# arenas allocated current *= *([\d,]+)", text, re.M)
    unused = re.search(r"^([\d,]+) unused pools", text, re.M)
    numbers = [int(found.group(1).replace(",", "")) if found else 0 for found in (arenas, unused)]
    return {int(size): (int(pools), int(used), int(free)) for size, pools, used, free in classes}, numbers


def found_in(snapshot, interpreter=0):
    """The same, by the snapshot."""
    classes = collections.defaultdict(lambda: (0, 0, 0))
    arenas = snapshot.rows["arenas"]
    for pool in snapshot.rows["pools"]:
        if arenas[pool["arena"]]["interpreter"] == interpreter:
            pools, used, free = classes[pool["block_size"]]
            classes[pool["block_size"]] = (pools + 1, used + pool["used"], free + pool["capacity"] - pool["used"])
    own = [arena for arena in arenas if arena["interpreter"] == interpreter]
    return dict(classes), [len(own), sum(arena["free_pools"] for arena in own)]


def assert_told(stopped, snapshot, interpreter=0):
    assert len(stopped.prints) == 2 and stopped.prints[0] == stopped.prints[1], "the allocator moved on"
    told = told_by(stopped.prints[0])
    assert len(told[0]) > 20 and told[1][0] > 0, stopped.prints[0]
    assert found_in(snapshot, interpreter) == told
    assert snapshot.losses.get("arena_broken", 0) == 0


def allocator(path):
    return harness.ask("info", path)["interpreter"]["allocator"]


@pytest.fixture(scope="module")
def stopped(python, tmp_path_factory):
    return Stopped(python, tmp_path_factory.mktemp("allocator"), core=True)


def test_arenas_pools_and_blocks_are_those_of_debugmallocstats(stopped):
    assert_told(stopped, stopped.snapshot)
    assert allocator(stopped.path) == "pymalloc"


def test_a_core_tells_the_same(stopped):
    assert_told(stopped, stopped.core)
    for relation in ("arenas", "pools", "tenants", "orphans"):
        assert stopped.core.rows[relation] == stopped.snapshot.rows[relation], relation


def test_all_that_was_leaked_is_found(stopped):
    names = {"str": "builtins.str", "wide": "builtins.str", "bytes": "builtins.bytes", "float": "builtins.float",
             "int": "builtins.int"}
    orphans = {orphan["address"]: orphan for orphan in stopped.snapshot.rows["orphans"]}
    known = set()
    for kind, addresses in stopped.truth["planted"].items():
        for address, size in zip(addresses, stopped.truth["sizes"][kind]):
            assert address in orphans, "a leaked %s at 0x%x" % (kind, address)
            assert stopped.snapshot.type_name(Thing(orphans[address])) == names[kind]
            assert (orphans[address]["size"], orphans[address]["refcount"]) == (size, 1)
            assert (orphans[address]["content_hash"] != 0) == (kind != "float")
            assert address not in stopped.snapshot.objects
            known.add(address)
    others = [orphan for address, orphan in orphans.items() if address not in known]
    print("%r: %d orphans besides those planted" % (stopped.python, len(others)))
    assert len(others) <= 20, collections.Counter(stopped.snapshot.type_name(Thing(o)) for o in others)


def test_where_something_was_lost_there_are_no_orphans(stopped, tmp_path):
    """What only the lost part led to would be taken for them."""
    lost = max(thing.address for thing in stopped.snapshot.instances("builtins.dict"))
    with open(stopped.core_file, "rb") as file:
        content = bytearray(file.read())
    for offset, held, start, _ in cores.segments(stopped.core_file):
        if start <= lost < start + held:
            content[offset + lost - start:offset + lost - start + 64] = bytes(64)
    (tmp_path / "core").write_bytes(content)
    harness.run(harness.program("heapdump"), "--core", tmp_path / "core", "-o", tmp_path / "a.snap", expect=4)
    partial = Snapshot(str(tmp_path / "a.snap"))
    assert not partial.complete and partial.rows["pools"] and not partial.rows["orphans"]


class Thing:
    def __init__(self, row):
        self.type = row["type"]


def test_buffers_are_whole_blocks_of_sparse_arenas(stopped):
    """The test of what decoders say of buffers: each is just such a block as the allocator gives for its size."""
    pools = sorted(stopped.snapshot.rows["pools"], key=lambda pool: pool["address"])
    starts = [pool["address"] for pool in pools]
    used = collections.Counter()
    for pool in pools:
        used[pool["arena"]] += pool["used"] * pool["block_size"]
    sparse = {i for i, arena in enumerate(stopped.snapshot.rows["arenas"]) if used[i] < arena["size"] // 2}
    assert sparse, "no arena is sparse"
    owned = 0
    for tenant in stopped.snapshot.rows["tenants"]:
        pool = pools[bisect.bisect_right(starts, tenant["address"]) - 1]
        assert (tenant["address"] - pool["address"] - HEADER) % pool["block_size"] == 0, tenant
        assert pool["block_size"] - 16 < tenant["size"] <= pool["block_size"], tenant
        assert pool["arena"] in sparse
        owned += 1
    assert owned > 0


def test_what_blocks_were_asked_for(stopped):
    """Blocks of objects are just as many as there are objects in them; each was asked for what its size class serves, or was
    shrunk in place, as realloc does down to three quarters of a block."""
    pools = sorted(stopped.snapshot.rows["pools"], key=lambda pool: pool["address"])
    starts = [pool["address"] for pool in pools]
    blocks = {pool["address"]: set() for pool in pools}
    for address in stopped.snapshot.objects:
        pool = pools[max(bisect.bisect_right(starts, address) - 1, 0)]
        block = (address - pool["address"] - HEADER) // pool["block_size"]
        if 0 <= block < pool["capacity"]:
            blocks[pool["address"]].add(block)
    told = 0
    for pool in pools:
        count = pool["objects"] + pool["buffers"]
        assert pool["objects"] == len(blocks[pool["address"]]), pool
        assert count <= pool["used"]
        assert 0 <= pool["block_size"] * count - pool["asked"] < (16 + pool["block_size"] / 4) * count or count == 0, pool
        told += count
    used = sum(pool["used"] for pool in pools)
    print("%r: %.2f%% of used blocks are objects or their buffers" % (stopped.python, 100 * told / used))
    assert told > 0.9 * used


def test_copied_it_is_the_same(stopped, python, tmp_path):
    copied = Stopped(python, tmp_path, options=("--pause=copy",))
    assert_told(copied, copied.snapshot)
    assert {a for kind in copied.truth["planted"].values() for a in kind} <= {
        orphan["address"] for orphan in copied.snapshot.rows["orphans"]}


@pytest.mark.parametrize("setting", ["malloc", "malloc_debug", "pymalloc_debug", "mimalloc"])
def test_other_allocators_are_told(python, tmp_path, setting):
    if setting == "mimalloc" and python.version < (3, 13):
        pytest.skip("it has no mimalloc")
    stopped = Stopped(python, tmp_path, setting=setting)
    assert allocator(stopped.path) == setting
    if setting.startswith("pymalloc"):
        assert_told(stopped, stopped.snapshot)
        assert {a for kind in stopped.truth["planted"].values() for a in kind} <= {
            orphan["address"] for orphan in stopped.snapshot.rows["orphans"]}
    else:
        assert not any(stopped.snapshot.rows[relation] for relation in ("arenas", "pools", "tenants", "orphans"))
    assert stopped.snapshot.complete


def test_an_interpreter_of_its_own_has_an_allocator_of_its_own(python, tmp_path):
    if python.version < (3, 12):
        pytest.skip("its interpreters share one allocator")
    stopped = Stopped(python, tmp_path, "subinterpreter")
    numbers = {arena["interpreter"] for arena in stopped.snapshot.rows["arenas"]}
    assert numbers == {0, 1}
    assert_told(stopped, stopped.snapshot, interpreter=1)
