"""Without a pause: a process is never stopped, a still one is read exactly, and a busy one in bounds and never silently torn."""
import contextlib
import os
import random
import signal
import subprocess
import sys
import time

import pytest

import conftest
import cores
import harness

BUSY_CAPTURES = conftest.times(20)  # on one interpreter; a third of it on the others
PARTIAL = 4


@pytest.fixture(scope="module")
def one_python():
    return conftest.ONE


@contextlib.contextmanager
def running(python, folder, code, *words):
    script = folder / "target.py"
    script.write_text(code)
    with harness.Sample(python, str(script), *map(str, words)) as sample:
        yield sample
        sample.process.kill()


def dump(pid, path, *words, mode="none"):
    return subprocess.run([harness.program("heapdump"), "--pause=" + mode, str(pid), "-o", str(path), *words],
                          capture_output=True, text=True, timeout=harness.PATIENCE)


def status(pid):
    with open("/proc/%d/status" % pid) as lines:
        return dict(line.rstrip("\n").split(":\t", 1) for line in lines if ":\t" in line)


def verify(path):
    """Every reference leads to an object of the file, every type is one."""
    harness.run(harness.program("heapdiff"), "verify", path)


def losses(path):
    return {row["reason"]: row["count"] for row in harness.ask("info", path)["losses"] if row["partial"]}


def assert_exact(done, path):
    assert done.returncode == 0, done.stderr
    assert "not paused (none), nothing changed meanwhile" in done.stdout, done.stdout
    capture = harness.ask("info", path)["capture"]
    assert (capture["pause_mode"], capture["pause_ns"], capture["chunks_changed"]) == ("none", 0, 0)
    assert capture["reads_repeated"] >= 1


# --- still ---

def test_a_still_process_is_read_as_if_it_were_held(python, tmp_path):
    with harness.Sample(python, "samples/shapes.py") as sample:
        sample.wait_until_blocked()
        before = status(sample.pid)
        done = dump(sample.pid, tmp_path / "none")
        after = status(sample.pid)
        assert_exact(done, tmp_path / "none")
        for name in ("voluntary_ctxt_switches", "nonvoluntary_ctxt_switches", "TracerPid"):
            assert before[name] == after[name], "who is stopped is scheduled"
        assert dump(sample.pid, tmp_path / "hold", mode="hold").returncode == 0
        assert harness.records(tmp_path / "none") == harness.records(tmp_path / "hold")
        harness.run(harness.program("heapdiff"), "diff", "--exit-code", tmp_path / "hold", tmp_path / "none")
    assert "torn" not in harness.run(harness.program("heapdiff"), "info", tmp_path / "none")


SLEEPER = """import sys, time
class Marked:
    pass
heap = [Marked() for _ in range(321)]
print("{}", flush=True)
time.sleep(1000)
"""

TRACE = """import ctypes, os, sys
libc = ctypes.CDLL(None, use_errno=True)
libc.ptrace.argtypes = [ctypes.c_long] * 4
assert libc.ptrace(int(sys.argv[1]), int(sys.argv[2]), 0, 0) == 0, ctypes.get_errno()
print(flush=True)
sys.stdin.read()
"""
TRACERS = {"seized": [sys.executable, "-c", TRACE, str(0x4206)], "attached": [sys.executable, "-c", TRACE, str(16)],
           "in a debugger": ["gdb", "-q", "-nx", "-p"]}


def await_tracer(pid):
    until = time.monotonic() + harness.PATIENCE
    while status(pid)["TracerPid"] == "0":
        assert time.monotonic() < until, "nobody traces %d" % pid
        time.sleep(0.01)
    return int(status(pid)["TracerPid"])


@pytest.mark.parametrize("how", TRACERS)
def test_a_traced_process(one_python, tmp_path, how):
    with running(one_python, tmp_path, SLEEPER) as sample:
        with subprocess.Popen([*TRACERS[how], str(sample.pid)], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                              stderr=subprocess.DEVNULL) as tracer:
            try:
                assert await_tracer(sample.pid) == tracer.pid
                if how != "seized":
                    cores.await_state(sample.pid, "t")
                with open("/proc/%d/comm" % tracer.pid) as file:
                    name = file.read().strip()
                done = dump(sample.pid, tmp_path / "a.snap", mode="hold")
                assert done.returncode == 1 and not (tmp_path / "a.snap").exists()
                assert "is already traced by process %d (%s)" % (tracer.pid, name) in done.stderr
                assert "--pause=none" in done.stderr and "torn" in done.stderr
                done = subprocess.run([harness.program("heapdump"), "--check", "--pause=none", str(sample.pid)],
                                      capture_output=True, text=True)
                assert done.returncode == 0 and "pause     none\n" in done.stdout
                assert_exact(dump(sample.pid, tmp_path / "a.snap"), tmp_path / "a.snap")
                assert status(sample.pid)["TracerPid"] == str(tracer.pid), "still the debugger's"
            finally:
                tracer.kill()
    assert harness.count_of(tmp_path / "a.snap", "__main__.Marked") == 321


# The child of a vfork goes on in the memory of its parent, which sleeps uninterruptibly until the child is gone.
UNINTERRUPTIBLE = """import ctypes
class Marked:
    pass
heap = [Marked() for _ in range(321)]
libc = ctypes.PyDLL(None)
print("{}", flush=True)
libc.vfork()
libc.pause()
"""


def test_uninterruptible_sleep(one_python, tmp_path):
    with running(one_python, tmp_path, UNINTERRUPTIBLE) as sample:
        cores.await_state(sample.pid, "D")
        with open("/proc/%d/task/%d/children" % (sample.pid, sample.pid)) as file:
            child = int(file.read())
        cores.await_state(child, "S")
        try:
            for mode in ("hold", "copy"):
                done = dump(sample.pid, tmp_path / "a.snap", "--timeout=0.2", mode=mode)
                assert done.returncode == 1 and not (tmp_path / "a.snap").exists()
                assert "uninterruptible sleep" in done.stderr and "did not stop within 0.2 s" in done.stderr
                assert "--pause=none" in done.stderr
            assert_exact(dump(sample.pid, tmp_path / "a.snap"), tmp_path / "a.snap")
            cores.await_state(sample.pid, "D")
        finally:
            sample.process.kill()
            os.kill(child, signal.SIGKILL)
    assert harness.count_of(tmp_path / "a.snap", "__main__.Marked") == 321


# --- busy ---

def watch(pid, until):
    """Whether the process was ever seen stopped or traced until the other one ended."""
    seen = set()
    while until.poll() is None:
        found = status(pid)
        seen.add((found["State"][0] in "Tt", found["TracerPid"]))
    return seen - {(False, "0")}


def assert_torn_is_told(path, done):
    changed = harness.ask("info", path)["capture"]["chunks_changed"]
    warned = "may be torn: %d chunk" % changed in harness.run(harness.program("heapdiff"), "info", path)
    assert warned == (changed > 0)
    assert ("nothing changed meanwhile" in done) == (changed == 0)


def test_a_busy_process_is_never_stopped_nor_silently_torn(python, tmp_path):
    chance = random.Random(2)
    captures = BUSY_CAPTURES if python is conftest.ONE else max(BUSY_CAPTURES // 3, 1)
    whole = 0
    path = tmp_path / "a.snap"
    with harness.Sample(python, "tests/live/busy_collector.py") as sample:
        for turn in range(captures):
            time.sleep(chance.uniform(0, 0.05))
            capture = subprocess.Popen([harness.program("heapdump"), "--pause=none", str(sample.pid), "-o", str(path)],
                                       stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
            assert watch(sample.pid, capture) == set()
            printed, complaint = capture.communicate(timeout=harness.PATIENCE)
            assert capture.returncode in (0, PARTIAL), complaint
            complete = capture.returncode == 0
            verify(path)
            assert (losses(path) == {}) == complete
            assert_torn_is_told(path, printed)
            assert harness.count_of(path, "__main__.Kept") == sample.truth["kept"], "turn %d" % turn
            if complete:
                assert harness.count_of(path, "__main__.Lost") == sample.truth["lost"], "turn %d" % turn
            whole += complete
            path.unlink()
        assert sample.process.poll() is None, "the target ended with %d" % sample.process.returncode
    print("%d of %d are whole" % (whole, captures))


GROWING = """import resource, sys, threading
resource.setrlimit(resource.RLIMIT_AS, (1 << 28, 1 << 28))
class Row:
    def __init__(self, number):
        self.number = number
        self.cells = [str(number + i) for i in range(5)]
first = [Row(i) for i in range(20000)]
print("{}", flush=True)
rows = []
try:
    while True:
        rows.append(Row(len(rows)))
        if len(rows) % 100000 == 0:
            rows.append(dict.fromkeys(range(len(rows))))
except MemoryError:
    rows = None
    sys.stdin.read()
"""


@pytest.mark.parametrize("words", [[], ["--timeout=0.05"]])
def test_a_heap_that_grows_while_it_is_read(one_python, tmp_path, words):
    path = tmp_path / "a.snap"
    with running(one_python, tmp_path, GROWING) as sample:
        for _ in range(2):
            done = dump(sample.pid, path, "--force", *words)
            assert done.returncode in (0, PARTIAL), done.stderr
            verify(path)
            assert_torn_is_told(path, done.stdout)
            assert (done.returncode == 0) == (losses(path) == {})
            assert harness.count_of(path, "__main__.Row") >= 20000


def test_memory_is_limited(one_python, tmp_path):
    with running(one_python, tmp_path, GROWING) as sample:
        out = tmp_path / "out"
        out.mkdir()
        done = dump(sample.pid, out / "a.snap", "--max-memory=1M")
        assert done.returncode == 1 and done.stdout == ""
        assert "the capture needs more than the 1048576 bytes that --max-memory allows" in done.stderr
        assert os.listdir(out) == []
        assert sample.process.poll() is None


# The collector tells before it begins, and in the middle of that it is told to wait.
COLLECTING = """import gc, os, sys
class Marked:
    pass
heap = [Marked() for _ in range(321)]
def wait(phase, info):
    if phase == "start":
        print("{}", flush=True)
        sys.stdin.read()
gc.callbacks.append(wait)
gc.collect()
"""


@pytest.mark.parametrize("mode", ["hold", "copy", "none"])
def test_a_collection_that_does_not_end(python, tmp_path, mode):
    path = tmp_path / "a.snap"
    with running(python, tmp_path, COLLECTING) as sample:
        sample.wait_until_blocked()
        done = dump(sample.pid, path, "--timeout=2", mode=mode)
        assert done.returncode == PARTIAL, (done.stdout, done.stderr)
        assert "captures taken while a collection was running: 1" in done.stderr
    verify(path)
    assert losses(path) == {"gc_running": 1}
    assert harness.ask("info", path)["collector"]["collecting"] is True
    assert harness.count_of(path, "__main__.Marked") == 321


# --- mishaps ---

def start(pid, path):
    capture = subprocess.Popen([harness.program("heapdump"), "--pause=none", str(pid), "-o", str(path)],
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    line = capture.stderr.readline()
    assert line.startswith("heapdump: reading process %d (" % pid) and line.endswith("may be torn\n"), line
    return capture


def test_the_process_ends_meanwhile(one_python, tmp_path):
    out = tmp_path / "out"
    out.mkdir()
    for delay in (0, 0.02, 0.1, 0.3):
        with running(one_python, tmp_path, GROWING) as sample:
            capture = start(sample.pid, out / "a.snap")
            time.sleep(delay)
            sample.process.kill()
            _, complaint = capture.communicate(timeout=harness.PATIENCE)
        assert capture.returncode in (0, 1, PARTIAL), complaint
        if capture.returncode == 1:
            assert "ended" in complaint
        else:
            verify(out / "a.snap")
            (out / "a.snap").unlink()
        assert os.listdir(out) == []


def test_interrupted(one_python, tmp_path):
    out = tmp_path / "out"
    out.mkdir()
    with running(one_python, tmp_path, GROWING) as sample:
        capture = start(sample.pid, out / "a.snap")
        time.sleep(0.05)
        capture.send_signal(signal.SIGTERM)
        _, complaint = capture.communicate(timeout=harness.PATIENCE)
        assert capture.returncode == 128 + signal.SIGTERM and "interrupted by SIGTERM" in complaint
        assert os.listdir(out) == []
        assert sample.process.poll() is None


# An object of a module that is torn down at the end of the program, and waits in its finalizer.
ENDING = r"""import os, sys
class Late:
    def __del__(self, read=os.read, write=os.write):
        write(1, b"{}\n")
        read(0, 1)
late = Late()
"""
WAIT_AT_LOAD = r"""#include <unistd.h>
__attribute__((constructor)) static void wait_here(void)
{
	char byte;
	if (write(1, "{}\n", 3) == 3 && read(0, &byte, 1) == 1)
		_exit(0);
}
"""


@contextlib.contextmanager
def unfinished(python, folder, when):
    """A Python that is not yet, or no longer, initialised."""
    environment = dict(os.environ)
    if when == "not yet":
        (folder / "wait.c").write_text(WAIT_AT_LOAD)
        subprocess.run(["gcc", "-shared", "-fPIC", "-o", folder / "wait.so", folder / "wait.c"], check=True)
        environment["LD_PRELOAD"] = str(folder / "wait.so")
    (folder / "ending.py").write_text(ENDING)
    with subprocess.Popen([python.path, str(folder / "ending.py")], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                          stderr=subprocess.DEVNULL, env=environment) as process:
        try:
            assert process.stdout.readline() == b"{}\n"
            yield process
        finally:
            process.kill()


@pytest.mark.parametrize("when", ["not yet", "no longer"])
def test_before_and_after_the_interpreter_lives(python, tmp_path, when):
    if python.is_fetched and when == "not yet":
        pytest.skip("its script would wait instead of it")
    with unfinished(python, tmp_path, when) as process:
        for mode in ("hold", "copy", "none"):
            done = dump(process.pid, tmp_path / "a.snap", mode=mode)
            assert done.returncode == 1 and not (tmp_path / "a.snap").exists(), done.stdout
            assert "initialised" in done.stderr, done.stderr
            assert process.poll() is None


def test_at_random_moments_of_a_short_life(one_python, tmp_path):
    """Refused, partial or whole, but never anything else; and what is written is sound."""
    chance = random.Random(3)
    path = tmp_path / "a.snap"
    for turn in range(conftest.times(24)):
        with subprocess.Popen([one_python.path, "-c", "import json, asyncio"], stdin=subprocess.DEVNULL) as process:
            time.sleep(chance.uniform(0, 0.12))
            done = dump(process.pid, path, "--force", mode=("hold", "copy", "none")[turn % 3])
            assert done.returncode in (0, 1, PARTIAL), done.stderr
            assert done.returncode != 1 or done.stderr.startswith("heapdump: ")
            if done.returncode != 1:
                verify(path)
            assert process.wait(harness.PATIENCE) == 0, "it lives on"
