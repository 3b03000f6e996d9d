"""The Python package: a process captures itself.

Everything is asked of processes of their own, which print what they saw; snapshots are read back with heapdiff.
"""
import glob
import os
import re
import signal
import stat
import subprocess
import tempfile
import time

import pytest

import conftest
import harness
import inside
from snapshot import Snapshot

PYTHONS = [python for python in conftest.PYTHONS if python.version >= (3, 9)]
ONE = conftest.ONE


@pytest.fixture(scope="module")
def package(tmp_path_factory):
    return inside.unpack(tmp_path_factory.mktemp("package"))


@pytest.fixture(params=PYTHONS, ids=lambda python: python.name)
def python(request):
    return request.param


def snapshots(folder, pattern="*.snap"):
    return sorted(os.path.basename(path) for path in glob.glob(os.path.join(folder, pattern)))


def left_over(folder):
    """Temporary files of snapshots."""
    return [name for name in os.listdir(folder) if name.endswith(".tmp")]


# --- now --------------------------------------------------------------------------------------------------------------

DUMP = """
class Planted:
    def __init__(self, number):
        self.number = number

planted = [Planted(number) for number in range(1234)]
before = len(os.listdir("/proc/self/fd"))
path = heapdump.dump("{name}-{pid}-{n}.snap")
capture = heapdump.dump("later.snap", wait=False)
later = capture.wait()
tell(path=path, pid=os.getpid(), children=children(), opened=len(os.listdir("/proc/self/fd")) - before,
     later=later, done=capture.done(), threads=len(os.listdir("/proc/self/task")))
"""


@pytest.fixture(params=PYTHONS, ids=lambda python: python.name, scope="module")
def dumped(request, package, tmp_path_factory):
    folder = tmp_path_factory.mktemp("dumped")
    return request.param, str(folder), inside.run(request.param, package, folder, DUMP)


def test_writes_what_is_there(dumped):
    python, folder, done = dumped
    facts = done.facts
    assert re.fullmatch(r"[\w.-]+-%d-000001\.snap" % facts["pid"], facts["path"])
    for name in (facts["path"], "later.snap"):
        path = os.path.join(folder, name)
        assert harness.count_of(path, "__main__.Planted") == 1234
        assert stat.S_IMODE(os.stat(path).st_mode) == 0o600
        harness.run(harness.program("heapdiff"), "verify", path)
    assert facts["later"] == "later.snap" and facts["done"] is True
    assert done.errors == ""


def test_describes_the_process_not_its_image(dumped):
    python, folder, done = dumped
    says = harness.ask("info", os.path.join(folder, done.facts["path"]))
    assert (says["capture"]["source"], says["capture"]["pause_mode"]) == ("self", "fork")
    assert says["capture"]["pause_ns"] > 0 and says["capture"]["attempts"] == 1
    assert says["process"]["pid"] == done.facts["pid"] and says["process"]["threads"] == 1
    assert says["process"]["command"] != "heapdump-image"
    assert says["process"]["rss"] > 1 << 20
    assert says["interpreter"]["version"] == python.name


def test_leaves_nothing_behind(dumped):
    python, folder, done = dumped
    assert done.facts["children"] == []
    assert done.facts["opened"] == 0
    assert done.facts["threads"] == 1
    assert left_over(folder) == []


SLOW = """#!/bin/sh
echo $PPID > "%(folder)s/image"
while [ ! -e "%(folder)s/go" ]; do sleep 0.02; done
exec "%(program)s" "$@"
"""


def slow_program(package, folder):
    """Stands for the program, and starts it once the file `go` is there: so long the image stands still."""
    path = os.path.join(folder, "slow")
    with open(path, "w") as file:
        file.write(SLOW % {"folder": folder, "program": os.path.join(package, "heapdump/bin/heapdump")})
    os.chmod(path, 0o755)
    return path


EQUAL = """
class Node:
    pass

def work(depth):
    local = {"depth": depth}
    if depth:
        return work(depth - 1)
    nodes = [Node() for _ in range(100)]
    for node, other in zip(nodes, nodes[1:]):
        node.next = other
    heapdump._PROGRAM = sys.argv[1]
    capture = heapdump.dump("inside.snap", wait=False)
    whole("image")
    image = int(open("image").read() or 0)
    until(lambda: open("image").read().strip())
    import subprocess
    subprocess.run([sys.argv[2], "--pause=hold", open("image").read().strip(), "-o", "outside.snap"], check=True,
                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    open("go", "w").close()
    capture.wait()
    return local

work(20)
tell(pid=os.getpid())
"""


def test_equals_the_one_from_outside(python, package, tmp_path):
    """The image, captured from outside by its pid, is the same heap to the last byte of every record."""
    inside.run(python, package, tmp_path, EQUAL, slow_program(package, tmp_path), harness.program("heapdump"))
    ours, theirs = [Snapshot(str(tmp_path / name)) for name in ("inside.snap", "outside.snap")]
    assert len(ours.objects) > 10000
    assert ours.objects.keys() == theirs.objects.keys()
    for address, found in ours.objects.items():
        other = theirs.objects[address]
        for field in ("type", "size", "getsizeof", "refcount", "generation", "flags", "length", "flat"):
            assert getattr(found, field) == getattr(other, field), (hex(address), field)


FAILS = """
def fails(kind, *words, **options):
    try:
        heapdump.dump(*words, **options)
    except kind as error:
        return str(error)
    raise AssertionError("it did not fail")

open("there.snap", "w").close()
before = len(os.listdir("/proc/self/fd"))
said = {
    "folder": fails(heapdump.Error, "nowhere/a.snap"),
    "exists": fails(heapdump.Error, "there.snap"),
    "brace": fails(ValueError, "a-{what}.snap"),
    "values": fails(ValueError, "a.snap", values=5000),
    "option": fails(TypeError, "a.snap", valves=1),
    "key": fails(heapdump.Error, "a.snap", hash_key="nowhere.key"),
    "memory": fails(heapdump.Error, "a.snap", max_memory=4096),
}
program = heapdump._PROGRAM
heapdump._PROGRAM = "/nowhere/heapdump"
said["program"] = fails(heapdump.Error, "a.snap")
heapdump._PROGRAM = sys.argv[1]
said["killed"] = fails(heapdump.Error, "a.snap")
heapdump._PROGRAM = program
import resource
soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
resource.setrlimit(resource.RLIMIT_NOFILE, (before - 1, hard))
said["files"] = fails(heapdump.Error, "a.snap")
resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
tell(said=said, children=children(), opened=len(os.listdir("/proc/self/fd")) - before, snapshots=sorted(glob.glob("*.snap")))
"""


def test_failing_says_what_to_do(package, tmp_path):
    killer = tmp_path / "killer"
    killer.write_text("#!/bin/sh\nkill -9 $$\n")
    killer.chmod(0o755)
    facts = inside.run(ONE, package, tmp_path, FAILS, killer).facts
    said = facts["said"]
    assert said["folder"].startswith("nowhere/a.snap: ") and "folder does not exist" in said["folder"]
    assert "choose another name or use force=True" in said["exists"]
    assert "{what}" in said["brace"] and "{pid}" in said["brace"]
    assert "1024" in said["values"]
    assert "hash_key" in said["key"] and "--" not in said["key"]
    assert "max_memory" in said["memory"]
    assert said["program"].startswith("can't start /nowhere/heapdump: No such file")
    assert "killed by signal 9" in said["killed"]
    assert "Too many open files" in said["files"]
    assert facts["children"] == [] and facts["opened"] == 0
    assert facts["snapshots"] == ["there.snap"] and left_over(tmp_path) == []


OPTIONS = """
held = ["the value of a secret plan", b"bytes that are kept"]
open("key", "wb").write(bytes(range(32)))
heapdump.dump("values.snap", values=True, hash_key="key")
heapdump.dump("values.snap", values=8, force=True)
heapdump.dump("plain.snap")
"""


def test_takes_the_program_s_options(package, tmp_path):
    inside.run(ONE, package, tmp_path, OPTIONS, environment={"TZ": "UTC"})
    values, plain = [harness.ask("info", tmp_path / name)["capture"] for name in ("values.snap", "plain.snap")]
    assert (values["values_limit"], plain["values_limit"]) == (8, 0)
    with open(tmp_path / "plain.snap", "rb") as file:
        assert b"secret plan" not in file.read()


SHARED = """
import socket
heapdump._PROGRAM = sys.argv[1]
here, there = socket.socketpair()
capture = heapdump.dump("a.snap", wait=False)
whole("image")
there.close()
here.settimeout(%d)
ended = here.recv(1)  # the image must not hold the other end open
open("go", "w").close()
capture.wait()
tell(ended=ended.decode())
""" % harness.PATIENCE


def test_the_image_holds_nothing_open(package, tmp_path):
    assert inside.run(ONE, package, tmp_path, SHARED, slow_program(package, tmp_path)).facts == {"ended": ""}


INTERRUPTED = """
import threading
heapdump._PROGRAM = sys.argv[1]
threading.Thread(target=lambda: (whole("image"), os.kill(os.getpid(), signal.SIGINT), time.sleep(0.2),
                                 open("go", "w").close())).start()
try:
    heapdump.dump("a.snap")
    raise AssertionError("it went on")
except KeyboardInterrupt:
    pass
tell(children=children(), snapshots=glob.glob("*.snap"))
"""


def test_interrupted_leaves_nothing(package, tmp_path):
    facts = inside.run(ONE, package, tmp_path, INTERRUPTED, slow_program(package, tmp_path)).facts
    assert facts == {"children": [], "snapshots": []}
    assert left_over(tmp_path) == []


COLLECTING = """
def during(phase, info):
    if phase == "start" and armed:
        armed.clear()
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            heapdump.dump("partial.snap")
        said.extend(str(warning.message) for warning in caught)

armed, said = [1], []
gc.callbacks.append(during)
gc.collect()
heapdump.dump("whole.snap")
tell(said=said)
"""


def test_a_collection_of_its_own_is_not_waited_for_for_ever(package, tmp_path):
    facts = inside.run(ONE, package, tmp_path, COLLECTING).facts
    assert len(facts["said"]) == 1 and "captures taken while a collection was running: 1" in facts["said"][0]
    harness.run(harness.program("heapdiff"), "verify", tmp_path / "whole.snap")
    assert snapshots(tmp_path) == ["partial.snap", "whole.snap"]


UNPRIVILEGED = """
os.setgroups([])
os.setgid(65534)
os.setuid(65534)
try:
    open("/proc/self/mem")
    dumpable = True
except PermissionError:
    dumpable = False
heapdump.dump("a.snap")
tell(dumpable=dumpable)
"""


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")
def test_needs_no_right_to_trace():
    """A process that changed its user is not dumpable: not even its own user may trace it."""
    with tempfile.TemporaryDirectory() as folder:
        package = inside.unpack(os.path.join(folder, "package"))
        work = os.path.join(folder, "work")
        os.mkdir(work)
        for place in (folder, package, work):
            os.chmod(place, 0o777)
        python = next((python for python in PYTHONS if python.path.startswith("/usr")), None)
        if python is None:
            pytest.skip("no interpreter that another user may run")
        assert inside.run(python, package, work, UNPRIVILEGED).facts == {"dumpable": False}
        assert os.stat(os.path.join(work, "a.snap")).st_uid == 65534


# --- on a signal ------------------------------------------------------------------------------------------------------

SIGNALS = """
seen = []
signal.signal(signal.SIGUSR2, lambda *words: seen.append(1))
heapdump.on_signal(signal.SIGUSR2, "signal-{pid}-{n}.snap", quiet=True)
sender = os.fork()
if sender == 0:
    time.sleep(0.2)
    os.kill(os.getppid(), signal.SIGUSR2)
    whole("signal-%d-000001.snap" % os.getppid())
    open("written", "w").close()
    os._exit(0)
started = time.monotonic()
number = 10 ** 7
while not os.path.exists("written"):
    sum(range(number))  # C code: no bytecode, and the GIL is held
during = list(seen)
os.waitpid(sender, 0)
os.kill(os.getpid(), signal.SIGUSR2)
whole("signal-%d-000002.snap" % os.getpid())
heapdump.on_signal(signal.SIGUSR2, None)
os.kill(os.getpid(), signal.SIGUSR2)
time.sleep(0)
tell(seen=len(seen), pid=os.getpid(), children=children())
"""


def test_a_signal_needs_no_bytecode(python, package, tmp_path):
    done = inside.run(python, package, tmp_path, SIGNALS)
    pid = done.facts["pid"]
    assert done.facts["seen"] == 3, "the handler that was there is called, too"
    assert done.facts["children"] == []
    assert snapshots(tmp_path) == ["signal-%d-000001.snap" % pid, "signal-%d-000002.snap" % pid]
    assert done.errors == ""


BLOCKED = """
import ctypes
class Kept: pass
kept = [Kept() for _ in range(77)]
heapdump.on_signal(signal.SIGUSR2, "blocked.snap")
if os.fork() == 0:
    time.sleep(0.2)
    os.kill(os.getppid(), signal.SIGUSR2)
    whole("blocked.snap")
    os.kill(os.getppid(), signal.SIGKILL)
    os._exit(0)
library = ctypes.PyDLL(None)  # keeps the GIL
while True:
    library.usleep(900000)
"""


def test_a_thread_that_never_comes_back(package, tmp_path):
    done = inside.run(ONE, package, tmp_path, BLOCKED, expect=-signal.SIGKILL)
    assert harness.count_of(str(tmp_path / "blocked.snap"), "__main__.Kept") == 77
    assert re.fullmatch(r"heapdump: \S*/blocked\.snap: [\d,]+ objects, .*paused .*\(fork\)\n", done.errors)


AGAIN = """
def during(phase, info):
    if phase == "start" and armed:
        armed.clear()
        os.kill(os.getpid(), signal.SIGUSR2)
        end = time.monotonic() + 0.3
        while time.monotonic() < end:
            pass

armed = [1]
seen = []
signal.signal(signal.SIGUSR2, lambda *words: seen.append(1))
heapdump.on_signal(signal.SIGUSR2, "again-{n}.snap", quiet=True)
gc.callbacks.append(during)
gc.collect()
whole("again-000001.snap")
heapdump.dump("after.snap")
tell(seen=len(seen))
"""


def test_a_signal_in_a_collection_is_tried_again(package, tmp_path):
    done = inside.run(ONE, package, tmp_path, AGAIN)
    assert done.facts["seen"] == 1, "the former handler is called for the signal, not for the attempts"
    assert done.errors == ""
    assert snapshots(tmp_path) == ["after.snap", "again-000001.snap"]
    assert harness.ask("info", tmp_path / "again-000001.snap")["capture"]["attempts"] > 1


REAPER = """
import ctypes
assert ctypes.CDLL(None).prctl(36, 1, 0, 0, 0) == 0  # PR_SET_CHILD_SUBREAPER: as PID 1 of a container
told = []
signal.signal(signal.SIGCHLD, lambda *words: told.append(1))
heapdump.on_signal(signal.SIGUSR2, "reaper-{n}.snap", quiet=True)
os.kill(os.getpid(), signal.SIGUSR2)
whole("reaper-000001.snap")
heapdump.dump("dropped.snap", wait=False)
whole("dropped.snap")
time.sleep(0.2)
try:
    os.waitpid(-1, os.WNOHANG)
    seen = True
except ChildProcessError:
    seen = False
heapdump.dump("last.snap")
tell(children=children(), told=len(told), seen=seen)
"""


def test_a_process_that_adopts_orphans_gets_none(package, tmp_path):
    facts = inside.run(ONE, package, tmp_path, REAPER).facts
    assert facts == {"children": [], "told": 0, "seen": False}
    assert snapshots(tmp_path) == ["dropped.snap", "last.snap", "reaper-000001.snap"]


# --- on a size --------------------------------------------------------------------------------------------------------

SIZES = """
step = 64 << 20
heapdump.on_rss(step, "rss-{n}.snap", quiet=True)
threads = len(os.listdir("/proc/self/task"))
held = []
for number in range(1, 4):
    with open("/proc/self/statm") as file:
        resident = int(file.read().split()[1]) * os.sysconf("SC_PAGESIZE")
    held.append(b"x" * (step * number + (8 << 20) - resident))
    whole("rss-%06d.snap" % number)
pid = os.fork()  # with warnings as errors: 3.12 and later would tell of a second thread
if pid == 0:
    time.sleep(0.3)
    os._exit(len(os.listdir("/proc/self/task")))
child = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
time.sleep(0.3)
heapdump.on_rss(step, None)
tell(threads=threads, child=child, left=len(os.listdir("/proc/self/task")), children=children())
"""


def test_each_step_of_size_once(python, package, tmp_path):
    done = inside.run(python, package, tmp_path, SIZES)
    assert done.facts == {"threads": 2, "child": 2, "left": 1, "children": []}
    assert snapshots(tmp_path) == ["rss-00000%d.snap" % number for number in (1, 2, 3)]
    assert done.errors == ""


# --- at the end -------------------------------------------------------------------------------------------------------

AT_EXIT = """
class Last: pass
kept = [Last() for _ in range(99)]
heapdump.at_exit("end-{pid}.snap", quiet=True)
tell(pid=os.getpid())
"""


def test_at_exit(python, package, tmp_path):
    pid = inside.run(python, package, tmp_path, AT_EXIT).facts["pid"]
    assert harness.count_of(str(tmp_path / ("end-%d.snap" % pid)), "__main__.Last") == 99


MEMORY = """
import resource, threading
class Frame: pass

def grow():
    mine = [Frame() for _ in range(55)]
    return bytearray(1 << 45)

heapdump.on_memory_error("memory-{n}.snap", quiet=True)
resource.setrlimit(resource.RLIMIT_AS, (1 << 30, resource.getrlimit(resource.RLIMIT_AS)[1]))
threading.excepthook.__name__
thread = threading.Thread(target=grow)
thread.start()
thread.join()
try:
    grow()
except MemoryError:
    pass  # somebody caught it: no snapshot
grow()
"""


def test_memory_error(package, tmp_path):
    done = inside.run(ONE, package, tmp_path, MEMORY, expect=1)
    assert done.errors.count("MemoryError") == 2
    assert snapshots(tmp_path) == ["memory-000001.snap", "memory-000002.snap"]
    for name in snapshots(tmp_path):
        assert harness.count_of(str(tmp_path / name), "__main__.Frame") == 55


# --- children ---------------------------------------------------------------------------------------------------------

CHILDREN = """
import multiprocessing

def work(number):
    os.kill(os.getpid(), signal.SIGUSR2)
    until(lambda: glob.glob("signal-%d.snap" % os.getpid()))

if __name__ == "__main__":
    heapdump.on_signal(signal.SIGUSR2, "signal.snap", quiet=True)
    heapdump.at_exit("end.snap", quiet=True)
    context = multiprocessing.get_context("fork")
    workers = [context.Process(target=work, args=(number,)) for number in range(3)]
    for worker in workers:
        worker.start()
    pids = [worker.pid for worker in workers]
    for worker in workers:
        worker.join()
        assert worker.exitcode == 0, worker.exitcode
    plain = os.fork()
    if plain == 0:
        work(0)
        sys.exit(0)
    os.waitpid(plain, 0)
    os.kill(os.getpid(), signal.SIGUSR2)
    whole("signal.snap")
    tell(pids=pids + [plain])
"""


def test_children_write_files_of_their_own(python, package, tmp_path):
    done = inside.run(python, package, tmp_path, CHILDREN)
    pids = done.facts["pids"]
    wanted = ["signal.snap", "end.snap"] + ["%s-%d.snap" % (word, pid) for word in ("signal", "end") for pid in pids]
    assert snapshots(tmp_path) == sorted(wanted)
    for pid in pids:
        assert "(pid %d)" % pid in harness.ask("info", tmp_path / ("signal-%d.snap" % pid))["verdict"]
    assert done.errors == ""


# --- python -m heapdump -----------------------------------------------------------------------------------------------

SCRIPT = """
import os, sys
class Mine: pass
kept = [Mine() for _ in range(66)]
print(__name__, sys.argv, os.path.basename(sys.path[0]), sys.modules["__main__"].kept is kept)
"""


def test_runs_a_script(python, package, tmp_path):
    (tmp_path / "app").mkdir()
    (tmp_path / "app/main.py").write_text(SCRIPT)
    (tmp_path / "app/__main__.py").write_text(SCRIPT)
    words = ["-m", "heapdump", "--at-exit", "-q", "-o", "a-{n}.snap", "--values=9", "app/main.py", "-x", "1"]
    done = inside.finish(inside.start(python, package, tmp_path, words))
    assert done.output == "__main__ ['app/main.py', '-x', '1'] app True\n" and done.errors == ""
    assert harness.count_of(str(tmp_path / "a-000001.snap"), "__main__.Mine") == 66
    done = inside.finish(inside.start(python, package, tmp_path, ["-m", "heapdump", "--at-exit", "-q", "-o", "b.snap", "-m", "app", "y"]))
    assert done.output.startswith("__main__ ['%s', 'y']" % (tmp_path / "app/__main__.py"))
    assert harness.count_of(str(tmp_path / "b.snap"), "__main__.Mine") == 66


def test_wrong_usage_says_what_is_right(package, tmp_path):
    for words, said in ((["--on-rss", "much", os.devnull], "such as 500M or 2GiB"), (["--nothing", "a.py"], "there is no option"),
                        ([], "which program?"), (["nowhere.py"], "can't open nowhere.py: No such file"),
                        (["-m", "nowhere"], "there is no module nowhere"), (["--on-signal=KILL", os.devnull], "SIGKILL")):
        done = inside.finish(inside.start(ONE, package, tmp_path, ["-m", "heapdump", *words]), expect=2)
        assert said in done.errors and "usage: python -m heapdump" in done.errors, done.errors


# --- what it adds, and what its page says -----------------------------------------------------------------------------

def test_what_it_adds_is_told_by_its_owner(dumped):
    python, folder, done = dumped
    rows = harness.ask("types", os.path.join(folder, done.facts["path"]), "--by", "owner")["rows"]
    own = [row for row in rows if "heapdump" in row["owner"]]
    assert {row["owner"] for row in own} <= {"module heapdump", "module heapdump._native"}
    assert 100 < sum(row["count"] for row in own) < 800


def test_examples_of_the_page(package, tmp_path):
    with open(os.path.join(harness.ROOT, "docs/inside.md")) as file:
        examples = re.findall(r"```python\n(.*?)```", file.read(), re.S)
    assert len(examples) == 4
    said = [inside.run(ONE, package, tmp_path, example) for example in examples]
    assert said[0].output == "before.snap\n"
    assert harness.count_of(str(tmp_path / "before.snap"), "__main__.Session") == 1000
    assert said[1].output.startswith("going on\n") and said[1].output.endswith("-000001.snap\n")
    assert said[2].output.startswith("nowhere/a.snap: ")
    assert len(snapshots(tmp_path, "app-*-000001.snap")) == 1 and len(snapshots(tmp_path, "app-*-end.snap")) == 1


# --- under load, and the wheel itself ---------------------------------------------------------------------------------

LOAD = """
import threading, queue
work, ends = queue.Queue(), []

class Request:
    def __init__(self, number):
        self.number, self.body = number, "x" * (number % 500)

def serve():
    cache = {}
    while not ends:
        number = work.get()
        cache[number % 5000] = Request(number)
        json.dumps({"n": number, "body": [cache[number % 5000].body] * 5})
        time.sleep(0.001)  # it waits for others, too

def visit():
    number = 0
    while not ends:
        work.put(number)
        number += 1
        if number % 20 == 0:
            time.sleep(0.001)

threads = [threading.Thread(target=serve) for _ in range(6)] + [threading.Thread(target=visit)]
for thread in threads:
    thread.start()
heapdump.on_signal(signal.SIGUSR2, "signal-{n}.snap", quiet=True)
waits = []
for number in range(int(sys.argv[1])):
    begun = time.perf_counter()
    capture = heapdump.dump("load.snap", force=True, wait=False)
    waits.append(time.perf_counter() - begun)
    capture.wait()
    os.kill(os.getpid(), signal.SIGUSR2)
    until(lambda: os.path.exists("signal-%06d.snap" % (number + 1)))
    os.unlink("signal-%06d.snap" % (number + 1))
warnings.simplefilter("ignore")  # that there are threads
alone = []
for number in range(50):
    begun = time.perf_counter()
    pid = os.fork()
    if pid == 0:
        os._exit(0)
    alone.append(time.perf_counter() - begun)
    os.waitpid(pid, 0)
ends.append(1)
for thread in threads:
    work.put(0)
for thread in threads:
    thread.join()
tell(waits=sorted(waits), alone=sorted(alone), children=children())
"""


def test_captures_of_a_busy_service(package, tmp_path):
    """Forty of them where there is time."""
    done = inside.run(ONE, package, tmp_path, LOAD, 20 if os.environ.get("HEAPDIFF_THOROUGH") else 10)
    waits, alone = done.facts["waits"], done.facts["alone"]
    print("dump(wait=False) took %.2f ms in the middle, %.2f ms at most; fork() alone %.2f and %.2f ms" % tuple(
        1000 * seconds for seconds in (waits[len(waits) // 2], waits[-1], alone[25], alone[-1])))
    assert done.facts["children"] == []
    assert snapshots(tmp_path) == ["load.snap"] and left_over(tmp_path) == []
    harness.run(harness.program("heapdiff"), "verify", tmp_path / "load.snap")


def test_the_wheel_needs_little(package):
    """A C library as old as the wheel's name says, and none for the program."""
    extension = os.path.join(package, "heapdump/_native.abi3.so")
    with open(extension, "rb") as file:
        needed = [(int(major), int(minor)) for major, minor in re.findall(rb"GLIBC_(\d+)\.(\d+)", file.read())]
    assert needed and max(needed) <= (2, 31)
    assert re.search(r"-cp39-abi3-manylinux_2_\d+_x86_64\.whl$", inside.wheel())
    headers = harness.run("readelf", "-l", os.path.join(package, "heapdump/bin/heapdump"))
    assert "INTERP" not in headers
    assert "libc.so.6" in harness.run("readelf", "-d", extension)
    print("the wheel has %d bytes" % os.path.getsize(inside.wheel()))
    with open(os.path.join(harness.ROOT, "base/version.h")) as file:
        version = re.search(r'PROJECT_VERSION "(.*)"', file.read()).group(1)
    with open(os.path.join(package, "heapdump/__init__.py")) as file:
        assert '__version__ = "%s"' % version in file.read()
