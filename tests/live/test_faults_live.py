"""Bad input and mishaps of a live capture: each has its sentence and exit code, leaves no file behind, and leaves the
target running as it was found."""
import contextlib
import os
import re
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time

import pytest

import harness

NOBODY = 65534
root_only = pytest.mark.skipif(os.getuid() != 0, reason="takes root")
HEAP = """import sys, time
heap = [{"name": str(i), "items": [i, (i,)]} for i in range(int(sys.argv[1]))]
print("{}", flush=True)
sys.stdin.read()
"""


@pytest.fixture(scope="session")
def one_python():
    """Mishaps are about the operating system: one interpreter is enough."""
    import conftest
    return conftest.ONE


@contextlib.contextmanager
def heap(python, count, folder):
    script = folder / "heap.py"
    script.write_text(HEAP)
    with harness.Sample(python, str(script), str(count)) as sample:
        yield sample
        assert_as_found(sample.pid)


@pytest.fixture(scope="module")
def target(one_python, tmp_path_factory):
    """A Python process with a small heap, for those tests that don't harm it."""
    with heap(one_python, 1000, tmp_path_factory.mktemp("target")) as sample:
        yield sample


@pytest.fixture
def folder(tmp_path):
    """Where a capture may write, and where nothing may be left."""
    path = tmp_path / "out"
    path.mkdir()
    return path


def status(pid):
    with open("/proc/%d/status" % pid) as lines:
        return dict(line.rstrip("\n").split(":\t", 1) for line in lines if ":\t" in line)


def await_state(pid, letters):
    until = time.monotonic() + harness.PATIENCE
    while status(pid)["State"][0] not in letters:
        assert time.monotonic() < until, "process %d is %s" % (pid, status(pid)["State"])
        time.sleep(0.005)


def assert_as_found(pid):
    await_state(pid, "SR")
    assert status(pid)["TracerPid"] == "0"


def dump(*words, **options):
    words = [harness.program("heapdump"), *map(str, words)]
    return subprocess.run(words, capture_output=True, text=True, timeout=harness.PATIENCE, **options)


def assert_refused(done, sentence, code=1):
    assert done.returncode == code, (done.returncode, done.stderr)
    assert done.stdout == ""
    assert sentence in done.stderr
    assert done.stderr.startswith("heapdump: ")


@pytest.mark.parametrize("words, sentence", [
    ([], "which process? Give its id"),
    (["app.py"], "'app.py' is not a process id, which is a number; pgrep -f 'app.py'"),
    (["12x"], "'12x' is not a process id"),
    (["0"], "'0' is not a process id"),
    (["99999999999999999999"], "is not a process id"),
    (["1", "2"], "one process at a time"),
    (["1", "--timeout=soon"], "--timeout takes seconds"),
    (["1", "--timeout=0"], "--timeout takes seconds"),
    (["1", "-o", "-"], "can't go to standard output"),
    (["1", "-o", ""], "-o takes the name of a file"),
    (["--chek", "1"], "there is no option --chek; did you mean --check"),
    (["--core\x1b[31m", "1"], "there is no option --core\\x1B[31m"),
])
def test_wrong_usage(words, sentence, folder):
    assert_refused(dump(*words, cwd=folder), sentence, code=2)
    assert os.listdir(folder) == []


def test_no_such_process(folder):
    ended = subprocess.Popen(["true"])
    ended.wait()
    for words in ([ended.pid], ["--check", ended.pid]):
        assert_refused(dump(*words, cwd=folder), "there is no process %d" % ended.pid)
    assert os.listdir(folder) == []


def test_a_zombie(folder):
    zombie = subprocess.Popen(["true"])
    await_state(zombie.pid, "Z")
    assert_refused(dump(zombie.pid, cwd=folder), "waits as a zombie for its parent, process %d" % os.getpid())
    zombie.wait()
    assert os.listdir(folder) == []


def test_not_python(folder):
    with subprocess.Popen(["sleep", "100"]) as sleep:
        try:
            for words in ([sleep.pid], ["--check", sleep.pid]):
                done = dump(*words, cwd=folder)
                assert_refused(done, "no CPython found: searched ")
                assert "libc" in done.stderr
                assert "pausing" not in done.stderr
            assert_as_found(sleep.pid)
        finally:
            sleep.kill()
    assert os.listdir(folder) == []


def test_a_thread_instead_of_a_process(target, folder):
    code = "import threading, sys; threading.Thread(target=sys.stdin.read).start(); print(flush=True)"
    with subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as threaded:
        threaded.stdout.readline()
        thread = max(int(name) for name in os.listdir("/proc/%d/task" % threaded.pid))
        done = dump(thread, cwd=folder)
        threaded.stdin.close()
    assert_refused(done, "%d is a thread of process %d" % (thread, threaded.pid))


@root_only
def test_no_permission(target):
    """heapdump in a folder of its own, as the build's may not be open to everybody."""
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o777)
        program = shutil.copy(harness.program("heapdump"), folder)
        before = os.listdir(folder)
        for words in ([], ["--check"]):
            done = subprocess.run([program, *words, str(target.pid)], capture_output=True, text=True, cwd=folder,
                                  user=NOBODY, group=NOBODY, extra_groups=[], timeout=harness.PATIENCE)
            assert_refused(done, "belongs to uid 0, and heapdump runs as uid %d" % NOBODY)
            assert "sudo heapdump %d" % target.pid in done.stderr and "setcap cap_sys_ptrace+ep" in done.stderr
        assert os.listdir(folder) == before
    assert_as_found(target.pid)


TRACE = """import ctypes, sys
libc = ctypes.CDLL(None, use_errno=True)
assert libc.ptrace(0x4206, int(sys.argv[1]), 0, 0) == 0, ctypes.get_errno()
print(flush=True)
sys.stdin.read()
"""


def test_already_traced(one_python, tmp_path, folder):
    with heap(one_python, 10, tmp_path) as sample:
        with subprocess.Popen([sys.executable, "-c", TRACE, str(sample.pid)], stdin=subprocess.PIPE,
                              stdout=subprocess.PIPE) as tracer:
            tracer.stdout.readline()
            done = dump(sample.pid, cwd=folder)
            tracer.stdin.close()
        assert_refused(done, "is already traced by process %d (python" % tracer.pid)
    assert os.listdir(folder) == []


def test_output_exists(target, folder):
    path = folder / "a.snap"
    path.write_text("precious")
    assert_refused(dump(target.pid, "-o", path), "exists")
    assert path.read_text() == "precious"
    assert os.listdir(folder) == ["a.snap"]
    assert dump(target.pid, "-o", path, "--force").returncode == 0
    harness.run(harness.program("heapdiff"), "verify", path)
    assert os.listdir(folder) == ["a.snap"]
    assert path.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("force", [[], ["--force"]])
def test_output_is_no_file(target, folder, force):
    (folder / "real").write_text("precious")
    (folder / "link").symlink_to("real")
    (folder / "sub").mkdir()
    os.mkfifo(folder / "pipe")
    before = sorted(os.listdir(folder))
    for name in ["link", "sub", "pipe", "/dev/null"]:
        done = dump(target.pid, "-o", os.path.join(folder, name), *force)
        assert done.returncode == 1 and done.stdout == "" and name in done.stderr, (name, done.stderr)
    assert sorted(os.listdir(folder)) == before
    assert (folder / "real").read_text() == "precious"


def test_output_folder_is_missing(target, folder):
    done = dump(target.pid, "-o", folder / "none" / "a.snap")
    assert done.returncode == 1 and str(folder / "none") in done.stderr
    assert os.listdir(folder) == []


def test_a_refused_output_costs_no_pause(target, folder):
    assert "pausing" not in dump(target.pid, "-o", folder / "none" / "a.snap").stderr


def bytes_needed(done):
    return int(re.search(r"a\.snap: (\d+) bytes are needed, and there was room for \d+; nothing was kept", done.stderr)[1])


def bytes_taken(sample, folder):  # noqa: F811
    """By a snapshot that has room; times and sizes of the process take some bytes more or less."""
    assert dump(sample.pid, "-o", folder / "roomy.snap").returncode == 0
    return os.path.getsize(folder / "roomy.snap")


@pytest.mark.parametrize("limit", [0, 1, 4096, 100000])
def test_file_size_limit(one_python, tmp_path, folder, limit):
    def lower():
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
    with heap(one_python, 20000, tmp_path) as sample:
        done = dump(sample.pid, "-o", folder / "a.snap", preexec_fn=lower)
        assert done.returncode == 1 and done.stdout == "" and "a.snap" in done.stderr, (done.returncode, done.stderr)
        assert "File too large" in done.stderr
        assert abs(bytes_needed(done) - bytes_taken(sample, tmp_path)) < 2000
    assert os.listdir(folder) == []


@root_only
def test_disk_full(one_python, tmp_path, folder):
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=128k", "tmpfs", folder], capture_output=True)
    if mounted.returncode != 0:
        pytest.skip("a tmpfs can't be mounted here")
    try:
        with heap(one_python, 20000, tmp_path) as sample:
            done = dump(sample.pid, "-o", folder / "a.snap")
            assert done.returncode == 1 and done.stdout == "", done.stderr
            assert "No space left on device" in done.stderr and "a.snap" in done.stderr
            assert abs(bytes_needed(done) - bytes_taken(sample, tmp_path)) < 2000
        assert os.listdir(folder) == []
    finally:
        subprocess.run(["umount", folder], check=True)


def start_and_await_pause(pid, path):
    """heapdump, just before it stops the process."""
    capture = subprocess.Popen([harness.program("heapdump"), str(pid), "-o", str(path)], stdout=subprocess.PIPE,
                               stderr=subprocess.PIPE, text=True)
    line = capture.stderr.readline()
    assert line.startswith("heapdump: pausing process %d" % pid), line
    return capture


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP], ids=lambda number: number.name)
def test_interrupted(one_python, tmp_path, folder, number):
    with heap(one_python, 200000, tmp_path) as sample:
        for delay in (0, 0.05):
            capture = start_and_await_pause(sample.pid, folder / "a.snap")
            time.sleep(delay)
            capture.send_signal(number)
            printed, complaint = capture.communicate(timeout=harness.PATIENCE)
            assert capture.returncode == 128 + number, complaint
            assert printed == "" and "interrupted by %s; nothing was written" % number.name in complaint
            assert os.listdir(folder) == []
            assert_as_found(sample.pid)


def test_killed(one_python, tmp_path, folder):
    with heap(one_python, 200000, tmp_path) as sample:
        capture = start_and_await_pause(sample.pid, folder / "a.snap")
        time.sleep(0.05)
        capture.kill()
        capture.communicate()
        assert_as_found(sample.pid)
        assert all(name.endswith(".tmp") for name in os.listdir(folder)) and len(os.listdir(folder)) <= 1
        assert dump(sample.pid, "-o", folder / "a.snap").returncode == 0, "a leftover does not stand in the way"


def test_target_dies_during_the_capture(one_python, tmp_path, folder):
    """A snapshot that is told to be partial, or none."""
    script = tmp_path / "heap.py"
    script.write_text(HEAP)
    for delay in (0, 0.02, 0.1):
        with harness.Sample(one_python, str(script), "200000") as sample:
            path = folder / ("%g.snap" % delay)
            capture = start_and_await_pause(sample.pid, path)
            time.sleep(delay)
            sample.process.kill()
            printed, complaint = capture.communicate(timeout=harness.PATIENCE)
        assert capture.returncode in (0, 1, 4), complaint
        if capture.returncode == 1:
            assert printed == "" and not path.exists() and "ended" in complaint
        else:
            harness.run(harness.program("heapdiff"), "verify", path, expect=0)
            path.unlink()
        assert os.listdir(folder) == []


def test_a_stopped_process_stays_stopped(one_python, tmp_path, folder):
    with heap(one_python, 1000, tmp_path) as sample:
        os.kill(sample.pid, signal.SIGSTOP)
        await_state(sample.pid, "T")
        done = dump(sample.pid, "-o", folder / "a.snap")
        assert done.returncode == 0, done.stderr
        time.sleep(0.05)
        assert status(sample.pid)["State"][0] == "T" and status(sample.pid)["TracerPid"] == "0"
        os.kill(sample.pid, signal.SIGCONT)
    harness.run(harness.program("heapdiff"), "verify", folder / "a.snap")


def test_check_touches_nothing(target, folder):
    before = status(target.pid)
    done = dump("--check", target.pid, cwd=folder)
    assert done.returncode == 0 and done.stderr == ""
    lines = dict(line.split(None, 1) for line in done.stdout.splitlines())
    assert lines["process"].startswith("%d (" % target.pid)
    assert lines["runtime"].startswith("CPython 3.")
    assert set(lines) == {"process", "program", "runtime", "layout", "objects", "pause", "file"}
    after = status(target.pid)
    for name in ("voluntary_ctxt_switches", "nonvoluntary_ctxt_switches", "TracerPid"):
        assert before[name] == after[name], "a stopped process would have been scheduled"
    assert os.listdir(folder) == []


def test_default_name_and_the_line_about_it(target, folder):
    done = dump(target.pid, cwd=folder)
    assert done.returncode == 0
    names = os.listdir(folder)
    assert len(names) == 1 and names[0].endswith(".snap") and "-%d-2" % target.pid in names[0]
    assert done.stdout.startswith(names[0] + ": ") and done.stdout.count("\n") == 1
    assert " objects, " in done.stdout and " written, paused " in done.stdout
    assert dump(target.pid, "--quiet", "-o", "b.snap", cwd=folder).stderr == ""


def test_help_teaches():
    done = dump("--help")
    assert done.returncode == 0 and "heapdump 4711 -o before.snap" in done.stdout and "Exit codes" in done.stdout
    assert "cpython-3.13" in dump("--version").stdout
