"""Held or copied, a snapshot is the same; nothing opaque is copied; memory is bounded; what doesn't run is captured too."""
import contextlib
import os
import signal
import subprocess
import sys
import time

import pytest

import cores
import harness

MIB = 1 << 20


@pytest.fixture(scope="module")
def one_python():
    import conftest
    return conftest.ONE


@contextlib.contextmanager
def running(python, folder, code, *words):
    script = folder / "target.py"
    script.write_text(code)
    with harness.Sample(python, str(script), *map(str, words)) as sample:
        yield sample


# A process's peak counts that of the one it was forked from, and pytest's own is large: a small one stands between.
LAUNCHER = """
import resource, subprocess, sys
done = subprocess.run(sys.argv[1:])
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss, file=sys.stderr)
sys.exit(done.returncode)
"""


def dump(pid, path, *words):
    """What heapdump said, and its peak of resident memory in bytes."""
    words = [sys.executable, "-c", LAUNCHER, harness.program("heapdump"), str(pid), "-o", str(path), *words]
    done = subprocess.run(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    complaint, _, peak = done.stderr.rstrip("\n").rpartition("\n")
    return done.returncode, done.stdout, complaint, int(peak) * 1024


def losses(path):
    return {loss["reason"]: loss["count"] for loss in harness.ask("info", path)["losses"]}


def test_copy_and_hold_give_the_same_snapshot(python, tmp_path):
    with harness.Sample(python, "samples/shapes.py") as sample:
        sample.wait_until_blocked()
        for mode in ("hold", "copy"):
            code, said, complaint, _ = dump(sample.pid, tmp_path / mode, "--pause=" + mode)
            assert code == 0, complaint
            assert ("(copy)" in said) == (mode == "copy"), said
            assert harness.ask("info", tmp_path / mode)["capture"]["pause_mode"] == mode
    assert harness.records(tmp_path / "hold") == harness.records(tmp_path / "copy")
    harness.run(harness.program("heapdiff"), "diff", "--exit-code", tmp_path / "hold", tmp_path / "copy")


@pytest.mark.parametrize("count, mode", [(1000, "hold"), (400000, "copy")])
def test_auto_chooses_by_size_and_says_so(one_python, tmp_path, count, mode):
    code = """import sys
heap = [{"name": str(i), "items": [i, (i,)]} for i in range(int(sys.argv[1]))]
print("{}", flush=True)
sys.stdin.read()
"""
    with running(one_python, tmp_path, code, count) as sample:
        sample.wait_until_blocked()
        code, said, complaint, _ = dump(sample.pid, tmp_path / "a.snap")
        assert code == 0, complaint
        assert "paused" in said and "(%s)" % mode in said, said
        assert "(%s, as it has " % mode in complaint and " of memory of its own)" in complaint, complaint
        assert harness.ask("info", tmp_path / "a.snap")["capture"]["pause_mode"] == mode


BUSY = """import sys, threading
class Row:
    def __init__(self, number):
        self.number = number
        self.cells = [str(number + i) for i in range(5)]
def work():
    rows = []
    while True:
        rows.append(Row(len(rows)))
        if len(rows) > 60000:
            rows.clear()
kept = [Row(i) for i in range(20000)]
for _ in range(2):
    threading.Thread(target=work, daemon=True).start()
print("{}", flush=True)
sys.stdin.read()
"""


@pytest.mark.parametrize("mode", ["copy", "hold"])
def test_a_process_that_allocates_all_the_time(one_python, tmp_path, mode):
    with running(one_python, tmp_path, BUSY) as sample:
        for turn in range(3):
            path = tmp_path / ("%d.snap" % turn)
            code, _, complaint, _ = dump(sample.pid, path, "--pause=" + mode)
            assert code == 0, complaint
            # A stop may fall into an append that has not yet stored its item, or into the allocator.
            assert losses(path).get("slot_changing", 0) <= 1
            harness.run(harness.program("heapdiff"), "verify", path)
            assert harness.count_of(path, "__main__.Row") >= 20000
            assert sample.process.poll() is None


# Each line asked for makes one more list look as in the middle of an append: it counts an item that is not stored yet, and
# holds there what its memory held before, the head of a str that was freed. In the end, lists are as they were.
GROWING = """import ctypes, json, sys
SIZE, ITEMS = 16, 24  # in a PyListObject
def word(address):
    return ctypes.c_size_t.from_address(address)
class Row:
    pass
lists = [[Row(), Row(), Row()] for _ in range(2)]
freed = ctypes.create_string_buffer(64)
print("{}", flush=True)
for number, items in enumerate(lists):
    sys.stdin.readline()
    items.append(None)  # makes room
    items.pop()
    head = ctypes.addressof(freed)
    word(head).value = head + 0x20 if number % 2 == 0 else 0
    word(head + 8).value = id(str)
    word(word(id(items) + ITEMS).value + 3 * 8).value = head
    word(id(items) + SIZE).value = 4
    print("{}", flush=True)
sys.stdin.readline()
for items in lists:
    word(id(items) + SIZE).value = 3
print(json.dumps([type(row) is Row for items in lists for row in items]), flush=True)
sys.stdin.read()
"""


def test_a_slot_that_is_not_yet_filled_is_left_out(python, tmp_path):
    with running(python, tmp_path, GROWING) as sample:
        path = tmp_path / "a.snap"
        for planted in range(3):
            sample.wait_until_blocked()
            code, _, complaint, _ = dump(sample.pid, path, "--pause=" + ("hold", "copy", "hold")[planted])
            assert code == (4 if planted == 2 else 0), complaint
            # An interpreter can be in one append at a time.
            assert losses(path) == ({}, {"slot_changing": 1}, {"count_absurd": 2})[planted]
            assert harness.count_of(path, "__main__.Row") == 6
            harness.run(harness.program("heapdiff"), "verify", "--deep", path)
            path.unlink()
            said = sample.go_on()
        assert said == [True] * 6, "the target goes on as it was"


PAYLOAD = """import sys
class Holder:
    pass
holder = Holder()
holder.blocks = [b"%d" % i * (64 << 20) for i in range(8)]
holder.arrays = [bytearray(b"x") * (64 << 20) for i in range(4)]
holder.text = "y" * (256 << 20)
print("{}", flush=True)
sys.stdin.read()
"""


@pytest.mark.parametrize("mode", ["hold", "copy"])
def test_a_gigabyte_of_payload_is_not_copied(one_python, tmp_path, mode):
    with open("/proc/meminfo") as file:
        free = next(int(line.split()[1]) for line in file if line.startswith("MemAvailable"))
    if free < 2 << 20:
        pytest.skip("less than 2 GiB of memory are available")
    with running(one_python, tmp_path, PAYLOAD) as sample:
        sample.wait_until_blocked()
        code, _, complaint, peak = dump(sample.pid, tmp_path / "a.snap", "--pause=" + mode)
        assert code == 0, complaint
        assert peak < 256 * MIB, "heapdump used %d MiB" % (peak // MIB)
    rows = {row["type"]: row["size"] for row in harness.ask("types", tmp_path / "a.snap", "--top", "all")["rows"]}
    assert rows["bytes"] > 512 * MIB and rows["bytearray"] > 256 * MIB and rows["str"] > 256 * MIB
    assert os.path.getsize(tmp_path / "a.snap") < 4 * MIB


@pytest.mark.parametrize("mode", ["hold", "copy"])
def test_memory_is_limited(one_python, tmp_path, mode):
    with running(one_python, tmp_path, BUSY) as sample:
        out = tmp_path / "out"
        out.mkdir()
        code, said, complaint, _ = dump(sample.pid, out / "a.snap", "--max-memory=1M", "--pause=" + mode)
        assert code == 1 and said == ""
        assert "the capture needs more than the 1048576 bytes that --max-memory allows" in complaint
        assert os.listdir(out) == []
        assert sample.process.poll() is None
        assert dump(sample.pid, out / "a.snap", "--max-memory=1G", "--pause=" + mode)[0] == 0


ONE_LARGE = """import sys
large = [None] * (48 << 20)
print("{}", flush=True)
sys.stdin.read()
"""


@pytest.mark.parametrize("mode", ["hold", "copy", "none"])
def test_one_object_larger_than_the_limit(one_python, tmp_path, mode):
    with running(one_python, tmp_path, ONE_LARGE) as sample:
        sample.wait_until_blocked()
        code, said, complaint, peak = dump(sample.pid, tmp_path / "a.snap", "--max-memory=64M", "--pause=" + mode)
        assert code == 1 and said == "" and not (tmp_path / "a.snap").exists()
        assert "the capture needs more than the 67108864 bytes that --max-memory allows" in complaint
        assert peak < 128 * MIB, "heapdump used %d MiB" % (peak // MIB)


BLOCKED = """import ctypes, sys, threading, time
class Marked:
    pass
heap = [Marked() for _ in range(321)]
def lock_both(first, second):
    with first:
        together.wait()
        with second:
            pass
together = threading.Barrier(2)
a, b = threading.Lock(), threading.Lock()
print("{}", flush=True)
if sys.argv[1] == "sleep":
    time.sleep(1000)
elif sys.argv[1] == "holding the GIL":
    ctypes.PyDLL(None).pause()
elif sys.argv[1] == "deadlock":
    other = threading.Thread(target=lock_both, args=(a, b), daemon=True)
    other.start()
    lock_both(b, a)
elif sys.argv[1] == "spin":
    while True:
        pass
else:
    sys.stdin.read()
"""


@pytest.mark.parametrize("how", ["sleep", "holding the GIL", "deadlock", "spin", "stopped"])
@pytest.mark.parametrize("mode", ["hold", "copy"])
def test_what_does_not_run_is_captured(one_python, tmp_path, how, mode):
    with running(one_python, tmp_path, BLOCKED, how) as sample:
        time.sleep(0.2)
        if how == "stopped":
            os.kill(sample.pid, signal.SIGSTOP)
            cores.await_state(sample.pid, "T")
        code, _, complaint, _ = dump(sample.pid, tmp_path / "a.snap", "--pause=" + mode)
        assert code == 0, complaint
        assert harness.count_of(tmp_path / "a.snap", "__main__.Marked") == 321
        if how == "stopped":
            cores.await_state(sample.pid, "T")
            os.kill(sample.pid, signal.SIGCONT)
        sample.process.kill()


@pytest.mark.parametrize("words, sentence", [
    (["--pause=sometimes"], "--pause takes auto, hold, copy or none"),
    (["--max-memory=much"], "--max-memory takes a number of bytes"),
    (["--max-memory=0"], "--max-memory takes a number of bytes"),
    (["--max-memory=-5"], "--max-memory takes a number of bytes"),
    (["--max-memory=5X"], "--max-memory takes a number of bytes"),
    (["--max-memory=99999999999G"], "--max-memory takes a number of bytes"),
])
def test_wrong_usage(words, sentence):
    done = subprocess.run([harness.program("heapdump"), "1", *words], capture_output=True, text=True)
    assert done.returncode == 2 and sentence in done.stderr, done.stderr
