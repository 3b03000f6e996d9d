"""The memory of a process by kind adds up, to the byte, to what the kernel says at the same moment; malloc's part is what glibc
says of itself; native memory is exactly what its owners say."""
import collections
import json
import os
import re
import signal
import struct
import subprocess

import pytest

import cores
import harness
from snapshot import Snapshot

PAGE = 4096
INFO = ("arena", "ordblks", "smblks", "hblks", "hblkhd", "usmblks", "fsmblks", "uordblks", "fordblks", "keepcost")
MALLOC = ("malloc_used", "malloc_cached", "malloc_free")
FLAGS = {"r": 1, "w": 2, "x": 4, "s": 8}


def read_smaps(pid):
    """The mappings by address, as the kernel tells them now."""
    found = {}
    with open("/proc/%d/smaps" % pid) as lines:
        for line in lines:
            words = line.split()
            if re.fullmatch("[0-9a-f]+-[0-9a-f]+", words[0]):
                first, end = (int(word, 16) for word in words[0].split("-"))
                current = found[first] = {"size": end - first, "flags": sum(FLAGS.get(c, 0) for c in words[1])}
                if words[-1].startswith(("[vvar", "[vsyscall")):
                    current["flags"] &= ~1  # not from outside
            elif len(words) == 3 and words[2] == "kB":
                current[words[0]] = int(words[1]) * 1024
    return found


class Rows:
    """The relations of a snapshot, without its objects."""

    def __init__(self, path):
        self.rows = collections.defaultdict(list)
        with subprocess.Popen([harness.program("tests/tools/snapcat"), str(path)], stdout=subprocess.PIPE) as process:
            for line in process.stdout:
                if line.startswith(b'["row"'):
                    _, relation, row = json.loads(line.decode(errors="surrogateescape"))
                    self.rows[relation].append(row)
        assert process.returncode == 0


def glibc_has_mallinfo(python):
    ask = "import ctypes; print(hasattr(ctypes.CDLL(None), 'mallinfo2'))"
    return harness.run(python.path, "-c", ask).strip() == "True"


class Stopped:
    """The sample, stopped and read several times, with what kernel and glibc say of it."""

    def __init__(self, python, folder, setting=None):
        before = os.environ.get("PYTHONMALLOC")
        if setting is not None:
            os.environ["PYTHONMALLOC"] = setting
        try:
            sample = harness.Sample(python, "tests/live/memory_heap.py")
        finally:
            os.environ.pop("PYTHONMALLOC", None)
            if before is not None:
                os.environ["PYTHONMALLOC"] = before
        with sample:
            self.truth = sample.truth
            sample.wait_until_blocked()
            os.kill(sample.pid, signal.SIGSTOP)
            cores.await_state(sample.pid, "T")
            # Reading brings in pages of files: the first look at them is not the one that is compared.
            harness.capture(sample.pid, folder / "first.snap", "--pause=hold", "--force")
            self.smaps = read_smaps(sample.pid)
            self.path = harness.capture(sample.pid, folder / "held.snap", "--pause=hold")
            self.later = read_smaps(sample.pid)
            self.copied = Rows(harness.capture(sample.pid, folder / "copied.snap", "--pause=copy"))
            self.unpaused = Rows(harness.capture(sample.pid, folder / "unpaused.snap", "--pause=none"))
            with open("/proc/%d/mem" % sample.pid, "rb") as memory:
                memory.seek(self.truth["info"])
                self.info = dict(zip(INFO, struct.unpack("<10Q", memory.read(80))))
            if setting is None:
                self.read_core(sample.pid, folder)
            os.kill(sample.pid, signal.SIGCONT)
        self.held = Snapshot(self.path) if setting is None else Rows(self.path)

    def read_core(self, pid, folder):
        core = cores.gcore(pid, str(folder))
        self.segments = read_segments(core)
        harness.run(harness.program("heapdump"), "--core", core, "-o", folder / "core.snap")
        self.core = Rows(folder / "core.snap")
        os.unlink(core)


def read_segments(core):
    """Address, size in memory and size in the file of each PT_LOAD below the kernel's pages."""
    with open(core, "rb") as file:
        head = file.read(64)
        at, size, count = struct.unpack_from("<Q", head, 32)[0], *struct.unpack_from("<HH", head, 54)
        file.seek(at)
        table = file.read(size * count)
    rows = [struct.unpack_from("<IIQQQQQQ", table, size * i) for i in range(count)]
    return [(row[3], row[6], row[5]) for row in rows if row[0] == 1 and row[3] < cores.USER_END]


@pytest.fixture(scope="module")
def stopped(python, tmp_path_factory):
    if not glibc_has_mallinfo(python):
        pytest.skip("this glibc has no mallinfo2")
    return Stopped(python, tmp_path_factory.mktemp("kinds"))


def kinds(snapshot):
    rows = {row["name"]: row for row in snapshot.rows["memory_kinds"]}
    assert len(rows) == len(snapshot.rows["memory_kinds"]) > 10
    return rows


def total(rows, column):
    return sum(row[column] for row in rows)


def assert_adds_up(snapshot):
    for column in ("size", "resident", "swapped"):
        assert total(snapshot.rows["memory_kinds"], column) == total(snapshot.rows["mappings"], column), column


def test_adds_up_to_what_the_kernel_says(stopped):
    assert {a: m["Rss:"] for a, m in stopped.smaps.items()} == {a: m["Rss:"] for a, m in stopped.later.items()}
    rows = {row["address"]: row for row in stopped.held.rows["mappings"]}
    assert sorted(rows) == sorted(stopped.smaps)
    for address, told in stopped.smaps.items():
        row = rows[address]
        assert (row["size"], row["resident"], row["swapped"], row["flags"] & 15) == (
            told["size"], told["Rss:"], told["Swap:"], told["flags"]), hex(address)
        if row["path"] in (None, "[heap]", "[stack]"):  # others may map the same files meanwhile
            assert row["unshared"] == told["Private_Clean:"] + told["Private_Dirty:"], hex(address)
    by_kind = stopped.held.rows["memory_kinds"]
    assert total(by_kind, "resident") == sum(told["Rss:"] for told in stopped.smaps.values())
    assert total(by_kind, "size") == sum(told["size"] for told in stopped.smaps.values())
    assert total(by_kind, "swapped") == sum(told["Swap:"] for told in stopped.smaps.values())
    assert kinds(stopped.held)["undivided"]["resident"] == 0


@pytest.mark.parametrize("way", ["held", "copied", "unpaused", "core"])
def test_adds_up_however_it_is_captured(stopped, way):
    assert_adds_up(getattr(stopped, way))


def test_malloc_is_what_glibc_says(stopped, python):
    found, told = kinds(stopped.held), stopped.info
    assert found["malloc_unwalked"]["size"] == 0
    interpreter = harness.ask("info", stopped.path)["interpreter"]
    assert (interpreter["malloc"], interpreter["malloc_broken"]) == ("glibc", 0)
    assert interpreter["malloc_arenas"] >= 3
    # Chunks in the caches count as used there; of blocks with mappings of their own, 2.43 also counts heads that went.
    used = sum(found[kind]["size"] for kind in ("malloc_used", "malloc_cached", "object_buffers"))
    used -= private_mapping(stopped)
    assert found["malloc_free"]["size"] == told["fordblks"]
    assert used == told["uordblks"] + told["hblkhd"] // PAGE * PAGE
    assert found["malloc_cached"]["size"] > 3 * 7 * 32


def private_mapping(stopped):
    """An object's memory that malloc knows nothing of."""
    return next(row["size"] for row in stopped.truth["buffers"] if row["size"] == 400000)


@pytest.mark.parametrize("way", ["copied", "unpaused", "core"])
def test_malloc_is_the_same_however_it_is_captured(stopped, way):
    found, held = kinds(getattr(stopped, way)), kinds(stopped.held)
    for kind in MALLOC + ("malloc_unwalked", "arenas"):
        assert found[kind]["size"] == held[kind]["size"], kind
    assert abs(found["object_buffers"]["size"] - held["object_buffers"]["size"]) < PAGE  # mappings that end within a page


def test_arenas_are_those_of_the_allocator(stopped):
    for snapshot in (stopped.held, stopped.copied, stopped.core):
        assert kinds(snapshot)["arenas"]["size"] == total(snapshot.rows["arenas"], "size") > 0


def test_stacks_are_what_was_asked_for(stopped):
    main = next(row["size"] for row in stopped.held.rows["mappings"] if row["path"] == "[stack]")
    threads = stopped.truth["threads"] * stopped.truth["stack"]
    assert 0 <= main + threads - kinds(stopped.held)["stacks"]["size"] <= 3 * 2 * PAGE  # guards that lie inside
    assert kinds(stopped.copied)["stacks"] == kinds(stopped.held)["stacks"]
    assert kinds(stopped.core)["stacks"]["size"] == kinds(stopped.held)["stacks"]["size"]


def test_files_and_shared_memory(stopped):
    found = kinds(stopped.held)
    assert found["files_code"]["size"] == sum(
        row["size"] for row in stopped.held.rows["mappings"] if row["flags"] & 4 and (row["path"] or "").startswith("/"))
    assert found["shared"]["size"] >= 300000
    assert found["shared"]["resident"] >= 300000
    by_path = {row["path"]: row["kind"] for row in stopped.held.rows["mappings"]}
    assert by_path["[stack]"] == "stacks" and by_path["[vdso]"] == "kernel"


def test_a_core_holds_what_it_says(stopped):
    """What the core leaves out has a size, from the list of files, and nothing of it is there."""
    rows = {row["address"]: row for row in stopped.core.rows["mappings"]}
    for address, size, held in stopped.segments:
        assert (rows[address]["size"], rows[address]["resident"]) == (size, held), hex(address)
    assert total(rows.values(), "resident") == sum(held for _, _, held in stopped.segments)


# --- native memory


def native(snapshot):
    return {(row["owner"], row["kind"]): row for row in snapshot.rows["buffers"]}


@pytest.mark.parametrize("way", ["held", "copied", "unpaused", "core"])
def test_native_memory_is_where_its_owners_say(stopped, way):
    rows = native(getattr(stopped, way))
    for told in stopped.truth["buffers"]:
        row = rows[told["owner"], told["kind"]]
        assert (row["address"], row["size"]) == (told["address"], told["size"]), told
        assert (row["owned"], row["base"]) == (int(told["base"] is None), told["base"])


def test_bytearray_and_stream(stopped):
    told, rows = stopped.truth["bytearray"], native(stopped.held)
    row = rows[told["owner"], "bytearray"]
    assert row["address"] == told["address"] and told["length"] <= row["size"] < told["getsizeof"]
    if row["owned"]:
        assert row["size"] == told["getsizeof"] - stopped.held.objects[told["owner"]].getsizeof + row["size"]
    else:  # 3.15: a bytes object has them
        assert stopped.held.type_name(stopped.held.objects[row["base"]]) == "builtins.bytes"
    told = stopped.truth["stream"]
    row = rows[told["owner"], "BytesIO"]
    assert row["owned"] == 0 and row["size"] >= told["length"]
    assert stopped.held.type_name(stopped.held.objects[row["base"]]) == "builtins.bytes"


def test_what_is_released_or_closed_has_none(stopped):
    owners = {row["owner"] for row in stopped.held.rows["buffers"]}
    assert stopped.truth["released"] not in owners and stopped.truth["closed"] not in owners
    assert stopped.truth["released"] in stopped.held.objects and stopped.truth["closed"] in stopped.held.objects


def test_owned_memory_counts_to_its_owner_once(stopped):
    """Shallow sizes hold what is owned; the memory of views is some owner's."""
    owned = {}
    for row in stopped.held.rows["buffers"]:
        if row["owned"]:
            owned.setdefault(row["owner"], []).append(row["size"])
            assert row["base"] is None
    for owner, sizes in owned.items():
        assert len(sizes) == 1 and stopped.held.objects[owner].size >= sizes[0]
    places = sorted((row["address"], row["size"]) for row in stopped.held.rows["buffers"] if row["owned"])
    assert all(address + size <= after for (address, size), (after, _) in zip(places, places[1:]))


# --- other processes


def test_without_pymalloc_all_objects_are_malloc_blocks(python, tmp_path):
    if not glibc_has_mallinfo(python):
        pytest.skip("this glibc has no mallinfo2")
    stopped = Stopped(python, tmp_path, "malloc")
    found, told = kinds(stopped.held), stopped.info
    assert found["arenas"]["size"] == 0
    used = sum(found[kind]["size"] for kind in ("malloc_used", "malloc_cached", "object_buffers")) - private_mapping(stopped)
    # What glibc was asked before, the objects of the last call have changed: they are blocks too.
    assert abs(found["malloc_free"]["size"] - told["fordblks"]) < 1024
    assert abs(used - told["uordblks"] - told["hblkhd"] // PAGE * PAGE) < 1024
    assert_adds_up(stopped.held)
    for kind in MALLOC + ("malloc_unwalked",):
        assert kinds(stopped.copied)[kind]["size"] == found[kind]["size"], kind


FORKED = """import json, os, sys
things = [object() for _ in range(100000)]
child = os.fork()
if child == 0:
    os.read(0, 1)
    os._exit(0)
print(json.dumps({"child": child}), flush=True)
os.read(0, 1)
"""


def test_pages_shared_with_another_process(python, tmp_path):
    script = tmp_path / "forked.py"
    script.write_text(FORKED)
    with harness.Sample(python, str(script)) as sample:
        child = sample.truth["child"]
        try:
            os.kill(child, signal.SIGSTOP)
            cores.await_state(child, "T")
            harness.capture(child, tmp_path / "first.snap", "--pause=hold")
            smaps = read_smaps(child)
            found = Rows(harness.capture(child, tmp_path / "a.snap", "--pause=hold"))
        finally:
            os.kill(child, signal.SIGKILL)
    rows = found.rows["mappings"]
    assert total(found.rows["memory_kinds"], "resident") == sum(told["Rss:"] for told in smaps.values())
    for row in rows:
        if row["path"] in (None, "[heap]", "[stack]"):
            told = smaps[row["address"]]
            assert row["unshared"] == told["Private_Clean:"] + told["Private_Dirty:"], hex(row["address"])
    assert total(rows, "unshared") < total(rows, "resident") - 2000000
