"""Captures of processes and by processes that the system treats otherwise: filtered, walled in, poor, embedded."""
import contextlib
import glob
import os
import pty
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time

import pytest

import harness
import snapshot
import test_pause
from test_faults_live import NOBODY, assert_as_found, assert_refused, await_state, dump, folder, root_only  # noqa: F401

MIB = 1 << 20
MARKED = """
class Marked:
    pass
heap = [Marked() for _ in range(321)]
"""
WAITING = MARKED + """
import sys
print("{}", flush=True)
sys.stdin.read()
"""


@pytest.fixture(scope="module")
def one_python():
    import conftest
    return conftest.ONE


@contextlib.contextmanager
def started(*words, **options):
    """A program that prints a line when it is ready, and ends with the block."""
    process = subprocess.Popen(list(map(str, words)), stdin=subprocess.PIPE, stdout=subprocess.PIPE, **options)
    try:
        assert process.stdout.readline() != b"", "it ended"
        yield process
    finally:
        process.kill()
        process.wait()
        process.stdin.close()
        process.stdout.close()


@contextlib.contextmanager
def waiting(python, tmp_path):
    script = tmp_path / "waiting.py"
    script.write_text(WAITING)
    with harness.Sample(python, str(script)) as sample:
        sample.wait_until_blocked()
        yield sample
        assert_as_found(sample.pid)


def assert_whole(done, path, count=321):
    assert done.returncode == 0, done.stderr
    harness.run(harness.program("heapdiff"), "verify", path)
    assert harness.count_of(path, "__main__.Marked") == count


# --- who reads ------------------------------------------------------------------------------------------------------

FILTERED = """import ctypes, os, struct, sys
def step(code, true, false, value):
    return struct.pack("HBBI", code, true, false, value)
program = b"".join([step(0x20, 0, 0, 0),                      # the number of the system call
                    step(0x15, 0, 1, int(sys.argv[1])),       # is it this one?
                    step(0x06, 0, 0, 0x00050000 | int(sys.argv[2])), step(0x06, 0, 0, 0x7fff0000)])
memory = ctypes.create_string_buffer(program, len(program))
filter = ctypes.create_string_buffer(struct.pack("HxxxxxxP", len(program) // 8, ctypes.addressof(memory)))
libc = ctypes.CDLL(None, use_errno=True)
assert libc.prctl(38, 1, 0, 0, 0) == 0                        # PR_SET_NO_NEW_PRIVS
assert libc.prctl(22, 2, filter, 0, 0) == 0, ctypes.get_errno()  # PR_SET_SECCOMP
os.execv(sys.argv[3], sys.argv[3:])
"""
PROCESS_VM_READV, PTRACE, EPERM, ENOSYS = 310, 101, 1, 38


def dump_filtered(call, error, *words):
    words = [sys.executable, "-c", FILTERED, call, error, harness.program("heapdump"), *words]
    return subprocess.run(list(map(str, words)), capture_output=True, text=True, timeout=harness.PATIENCE)


@pytest.mark.parametrize("error", [EPERM, ENOSYS], ids=["EPERM", "ENOSYS"])
def test_without_its_system_call_memory_is_read_by_file(one_python, tmp_path, error):
    with waiting(one_python, tmp_path) as sample:
        done = dump_filtered(PROCESS_VM_READV, error, sample.pid, "-o", tmp_path / "a.snap", "--pause=hold")
        assert_whole(done, tmp_path / "a.snap")
        assert dump(sample.pid, "-o", tmp_path / "b.snap", "--pause=hold").returncode == 0
    harness.run(harness.program("heapdiff"), "diff", "--exit-code", tmp_path / "a.snap", tmp_path / "b.snap")


def test_without_ptrace_it_is_refused(one_python, tmp_path, folder):  # noqa: F811
    with waiting(one_python, tmp_path) as sample:
        done = dump_filtered(PTRACE, EPERM, sample.pid, "-o", folder / "a.snap", "--quiet")
        assert_refused(done, "process %d" % sample.pid)
    assert os.listdir(folder) == []


@pytest.mark.skipif("sanitize" in harness.BUILD, reason="sanitizers take terabytes of address space")
def test_little_address_space(one_python, tmp_path, folder):  # noqa: F811
    """It does without, or says so; it never dies of it."""
    codes = set()
    with waiting(one_python, tmp_path) as sample:
        for mib in (8, 16, 24, 32, 48, 64, 128, 4096):
            def lower():
                resource.setrlimit(resource.RLIMIT_AS, (mib * MIB, mib * MIB))
            done = dump(sample.pid, "-o", folder / "a.snap", "--quiet", "--force", preexec_fn=lower)
            if done.returncode == 127 and "shared librar" in done.stderr:
                continue  # not even that was possible
            assert done.returncode in (0, 1), (mib, done.returncode, done.stderr)
            codes.add(done.returncode)
            if done.returncode == 1:
                assert "memory" in done.stderr or "address space" in done.stderr, done.stderr
                assert os.listdir(folder) == []
            else:
                harness.run(harness.program("heapdiff"), "verify", folder / "a.snap")
                os.unlink(folder / "a.snap")
    assert codes == {0, 1}


def test_output_to_a_terminal(one_python, tmp_path):
    with waiting(one_python, tmp_path) as sample:
        ours, theirs = pty.openpty()
        try:
            for force in ([], ["--force"]):
                done = dump(sample.pid, "-o", os.ttyname(theirs), *force)
                assert_refused(done, "not a regular file")
        finally:
            os.close(ours)
            os.close(theirs)


def blocked_by_a_full_pipe(*words):
    """A program that waits to say its first word, and the pipe to be read then."""
    reading, writing = os.pipe()
    os.set_blocking(writing, False)
    with contextlib.suppress(BlockingIOError):
        while True:
            os.write(writing, bytes(4096))
    os.set_blocking(writing, True)
    process = subprocess.Popen(list(map(str, words)), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=writing)
    os.close(writing)
    until = time.monotonic() + harness.PATIENCE
    while True:
        with open("/proc/%d/syscall" % process.pid) as file:
            if file.read().split()[:2] == ["1", "0x2"]:  # write(2, ...)
                return process, os.fdopen(reading, "rb")
        assert time.monotonic() < until
        time.sleep(0.005)


def start_with_number(pid):
    """A process of this very number, or None."""
    for _ in range(300):
        with open("/proc/sys/kernel/ns_last_pid", "w") as file:
            file.write(str(pid - 1))
        process = subprocess.Popen(["sleep", "100"])
        if process.pid == pid:
            return process
        process.kill()
        process.wait()
    return None


@root_only
@pytest.mark.skipif(not os.path.exists("/proc/sys/kernel/ns_last_pid"), reason="nobody can choose a number here")
@pytest.mark.parametrize("mode", ["hold", "copy", "none"])
def test_the_number_goes_to_another_process(one_python, tmp_path, folder, mode):  # noqa: F811
    (tmp_path / "waiting.py").write_text(WAITING)
    with harness.Sample(one_python, str(tmp_path / "waiting.py")) as sample:
        capture, pipe = blocked_by_a_full_pipe(harness.program("heapdump"), sample.pid, "-o", folder / "a.snap",
                                               "--pause=" + mode)
        sample.process.kill()
        sample.process.wait()
        other = start_with_number(sample.pid)
        try:
            complaint = pipe.read().replace(b"\0", b"").decode()
            assert capture.wait() == 1
            if other is None:
                pytest.skip("others were faster to take the number")
            assert "ended" in complaint.splitlines()[-1], complaint
            assert_as_found(other.pid)
        finally:
            pipe.close()
            capture.stdout.close()
            if other is not None:
                other.kill()
                other.wait()
    assert os.listdir(folder) == []


# --- who is read ----------------------------------------------------------------------------------------------------

@root_only
def test_a_process_that_is_not_dumpable(one_python, folder):  # noqa: F811
    code = "import ctypes, sys; assert ctypes.CDLL(None).prctl(4, 0) == 0; print('{}', flush=True); sys.stdin.read()"
    user = {"user": NOBODY, "group": NOBODY, "extra_groups": []}
    with tempfile.TemporaryDirectory() as open_folder:
        os.chmod(open_folder, 0o777)
        program = shutil.copy(harness.program("heapdump"), open_folder)
        with started("/usr/bin/python3", "-c", code, **user) as process:
            done = subprocess.run([program, str(process.pid)], capture_output=True, text=True, cwd=open_folder, **user)
            assert_refused(done, "dumpable")
            assert os.listdir(open_folder) == ["heapdump"]
            assert_whole_of_any(dump(process.pid, "-o", folder / "a.snap"), folder / "a.snap")


def assert_whole_of_any(done, path):
    assert done.returncode == 0, done.stderr
    harness.run(harness.program("heapdiff"), "verify", path)


def test_a_32_bit_program(tmp_path, folder):  # noqa: F811
    """One made by hand: pause() for ever."""
    code = b"\xb8\x1d\0\0\0\xcd\x80\xeb\xf7"
    head = b"\x7fELF\1\1\1" + bytes(9)
    words = [2 | 3 << 16, 1, 0x10054, 52, 0, 0]
    head += b"".join(word.to_bytes(4, "little") for word in words) + bytes([52, 0, 32, 0, 1, 0, 0, 0, 0, 0, 0, 0])
    size = 84 + len(code)
    head += b"".join(word.to_bytes(4, "little") for word in [1, 0, 0x10000, 0x10000, size, size, 5, 4096])
    (tmp_path / "small").write_bytes(head + code)
    os.chmod(tmp_path / "small", 0o755)
    try:
        process = subprocess.Popen([str(tmp_path / "small")])
    except OSError:
        pytest.skip("this kernel runs no 32-bit programs")
    try:
        await_state(process.pid, "S")
        assert_refused(dump(process.pid, cwd=folder), "is a 32-bit program")
        assert process.poll() is None
    finally:
        process.kill()
        process.wait()
    assert os.listdir(folder) == []


@pytest.mark.skipif(shutil.which("gdb") is None, reason="there is no gdb here: make deps installs it")
def test_python_inside_another_program(tmp_path):
    """gdb has Python in itself."""
    (tmp_path / "inside.py").write_text(WAITING.replace("sys.stdin.read()", "import os; os.read(0, 1)"))
    with started("gdb", "-batch", "-nx", "-ex", "source %s" % (tmp_path / "inside.py")) as process:
        assert os.path.basename(os.readlink("/proc/%d/exe" % process.pid)).startswith("gdb")
        assert_whole(dump(process.pid, "-o", tmp_path / "a.snap"), tmp_path / "a.snap")


SECOND = """import ctypes, os, sys
""" + MARKED + """
os.environ["PYTHONHOME"] = sys.argv[2]
second = ctypes.CDLL(sys.argv[1], mode=os.RTLD_NOW | os.RTLD_LOCAL | os.RTLD_DEEPBIND)
second.Py_InitializeEx(0)
assert second.PyRun_SimpleString(b"class Marked: pass\\nheap = [Marked() for _ in range(123)]") == 0
print("{}", flush=True)
sys.stdin.read()
"""
LIBRARY = """import os, sys, sysconfig
print(os.path.join(sysconfig.get_config_var("LIBDIR"), sysconfig.get_config_var("INSTSONAME") or ""))
print(sys.base_prefix)"""


def library_of(python):
    """A Python's shared library, and its home; None where it is a static one."""
    library, home = subprocess.run([python.path, "-I", "-c", LIBRARY], capture_output=True, text=True, check=True,
                                   timeout=harness.PATIENCE).stdout.split()
    return (library, home) if ".so" in library and os.path.isfile(library) else None


def other_library(one_python):
    import conftest
    for python in conftest.PYTHONS:
        if python.version[:2] != one_python.version[:2] and python.version >= (3, 9) and not python.is_fetched:
            found = library_of(python)
            if found:
                return python, *found
    pytest.skip("there is no shared library of another Python here")


@pytest.mark.skipif(not hasattr(os, "RTLD_DEEPBIND"), reason="the system keeps no libraries apart")
def test_two_pythons_in_one_process(one_python, tmp_path, folder):  # noqa: F811
    other, library, home = other_library(one_python)
    (tmp_path / "second.py").write_text(SECOND)
    with harness.Sample(one_python, str(tmp_path / "second.py"), library, home) as sample:
        done = dump(sample.pid, cwd=folder)
        assert_refused(done, "2 Python runtimes: choose one with --runtime")
        assert os.path.realpath(library) in done.stderr and "(%s)" % other.name in done.stderr
        assert "(%s)" % one_python.name in done.stderr and os.listdir(folder) == []
        listed = done.stderr.split("PATH: ")[1].strip().split(", ")
        for entry in listed:
            path, version = entry.rsplit(" ", 1)
            first = version == "(%s)" % one_python.name
            assert_whole(dump(sample.pid, "--runtime", path, "-o", folder / version), folder / version,
                         321 if first else 123)


INTERPRETERS = MARKED + """
import sys
try:
    import _interpreters as interpreters
except ImportError:
    import _xxsubinterpreters as interpreters
alive = [interpreters.create() for _ in range(3)]
for number in range(3):
    interpreters.run_string(alive[number], "class Inner: pass\\nheap = [Inner() for _ in range(%d)]" % (100 + number))
print("{}", flush=True)
sys.stdin.read()
"""


def test_several_interpreters(python, tmp_path):
    (tmp_path / "several.py").write_text(INTERPRETERS)
    with harness.Sample(python, str(tmp_path / "several.py")) as sample:
        assert_whole(dump(sample.pid, "-o", tmp_path / "a.snap"), tmp_path / "a.snap")
    taken = snapshot.Snapshot(str(tmp_path / "a.snap"))
    inner = {}
    for thing in taken.instances("__main__.Inner"):
        inner[thing.type] = inner.get(thing.type, 0) + 1
    assert sorted(inner.values()) == [100, 101, 102]
    assert len(taken.instances("__main__.Marked")) == 321


@contextlib.contextmanager
def copied_python(one_python, tmp_path):
    """An interpreter of its own, with its library beside it; (program, library or None, environment)."""
    own = tmp_path / "own"
    own.mkdir()
    found = library_of(one_python)
    program = shutil.copy(one_python.path, own)
    library = shutil.copy(found[0], own) if found else None
    home = subprocess.run([one_python.path, "-I", "-c", "import sys; print(sys.base_prefix)"], capture_output=True,
                          text=True, check=True).stdout.strip()
    yield program, library, {**os.environ, "PYTHONHOME": home, "LD_LIBRARY_PATH": str(own)}


@root_only
@pytest.mark.parametrize("upgraded", [False, True], ids=["deleted", "upgraded"])
def test_a_python_whose_files_are_gone(one_python, tmp_path, upgraded):
    with copied_python(one_python, tmp_path) as (program, library, environment):
        with started(program, "-c", WAITING, env=environment) as process:
            for file in filter(None, (program, library)):
                os.unlink(file)
                if upgraded:
                    shutil.copy(harness.program("heapdump"), file)
            done = dump(process.pid, "-o", tmp_path / "a.snap")
            assert_whole(done, tmp_path / "a.snap")
            assert_as_found(process.pid)


WALLED = """set -e
mount -t tmpfs tmpfs "$1"
cp -L "$2" "$1/python"
if [ -n "$3" ]; then cp -L "$3" "$1"; fi
cd "$1"
exec env PYTHONHOME="$4" LD_LIBRARY_PATH="$1" "$1/python" -c "$5"
"""


@root_only
@pytest.mark.parametrize("more", [[], ["--user", "--map-root-user"]], ids=["pid, mount", "user, pid, mount"])
def test_other_namespaces(one_python, tmp_path, more):
    """A Python in files that are nowhere outside, with another number inside."""
    hidden = tmp_path / "hidden"
    hidden.mkdir()
    found = library_of(one_python)
    home = found[1] if found else os.path.dirname(os.path.dirname(one_python.path))
    words = ["unshare", *more, "--mount", "--pid", "--fork", "--kill-child", "--mount-proc"]
    if subprocess.run([*words, "true"], capture_output=True).returncode != 0:
        pytest.skip("no namespaces can be made here")
    with started(*words, "sh", "-c", WALLED, "sh", hidden, one_python.path, found[0] if found else "", home,
                 WAITING) as walls:
        with open("/proc/%d/task/%d/children" % (walls.pid, walls.pid)) as file:
            pid = int(file.read().split()[0])
        assert not os.path.exists(hidden / "python")
        assert_whole(dump(pid, "-o", tmp_path / "a.snap"), tmp_path / "a.snap")
        document = str(harness.ask("info", tmp_path / "a.snap"))
        assert "'pid': %d" % pid in document and "'namespace_pid': 1" in document
        assert str(hidden / "python") in document
        assert_as_found(pid)


@pytest.mark.parametrize("version, sentence", [
    ("2.7", "without _PyRuntime, so one older than 3.7"),
    ("3.6", "without _PyRuntime, so one older than 3.7"),
    ("3.7", "3.7"),
])
def test_a_python_that_is_too_old(version, sentence, folder):  # noqa: F811
    root = os.environ.get("PYENV_ROOT", os.path.expanduser("~/.pyenv"))
    found = sorted(glob.glob("%s/versions/%s.*/bin/python%s" % (root, version, version)))
    if not found:
        pytest.skip("there is no Python %s here" % version)
    with started(found[0], "-c", "import sys; print(1); sys.stdout.flush(); sys.stdin.read()") as process:
        assert_refused(dump(process.pid, "--quiet", cwd=folder), sentence)
        assert_as_found(process.pid)
    assert os.listdir(folder) == []


# --- where memory is short ------------------------------------------------------------------------------------------

@pytest.mark.parametrize("mode", ["hold", "copy"])
def test_payload_of_every_kind_is_not_read(one_python, tmp_path, mode):
    """bytes, bytearray, array, str and mmap: half a GiB of them, in blocks of 64 MiB."""
    with open("/proc/meminfo") as file:
        free = next(int(line.split()[1]) for line in file if line.startswith("MemAvailable"))
    if free < 2 << 20:
        pytest.skip("less than 2 GiB of memory are available")
    with harness.Sample(one_python, "tests/bench/payload.py", str(512 * MIB)) as sample:
        sample.wait_until_blocked()
        code, _, complaint, peak = test_pause.dump(sample.pid, tmp_path / "a.snap", "--pause=" + mode)
        assert code == 0, complaint
    assert peak < 256 * MIB, "heapdump used %d MiB" % (peak // MIB)
    assert harness.ask("info", tmp_path / "a.snap")["capture"]["bytes_read"] < 64 * MIB
    rows = {row["type"]: row["size"] for row in harness.ask("types", tmp_path / "a.snap", "--top", "all")["rows"]}
    for name in ("bytes", "bytearray", "array.array", "str"):
        assert rows[name] >= 64 * MIB, name


GROUPS = "/sys/fs/cgroup/memory" if os.path.isdir("/sys/fs/cgroup/memory") else "/sys/fs/cgroup"
FIELDS = (("memory.limit_in_bytes", "memory.usage_in_bytes", "memory.oom_control", "oom_kill ")
          if GROUPS.endswith("memory") else ("memory.max", "memory.current", "memory.events", "oom_kill "))


@contextlib.contextmanager
def memory_group():
    path = os.path.join(GROUPS, "heapdump-test-%d" % os.getpid())
    try:
        os.mkdir(path)
    except OSError:
        pytest.skip("no control groups can be made here")
    try:
        if not os.path.exists(os.path.join(path, FIELDS[0])):
            pytest.skip("groups here have no limit of memory")
        yield path
    finally:
        os.rmdir(path)


def field(group, name, value=None):
    with open(os.path.join(group, name), "w" if value is not None else "r") as file:
        return file.write(str(value)) if value is not None else file.read()


@root_only
@pytest.mark.parametrize("mode", ["hold", "copy"])
def test_a_group_at_its_limit_of_memory(one_python, tmp_path, mode):
    """What heapdump takes is not counted where the target is."""
    script = tmp_path / "large.py"
    script.write_text("large = [[str(i)] for i in range(300000)]\n" + WAITING)
    with memory_group() as group:
        def enter():
            field(group, "cgroup.procs", os.getpid())
        with started(one_python.path, str(script), preexec_fn=enter) as process:
            used = int(field(group, FIELDS[1]))
            assert used > 30 * MIB
            field(group, FIELDS[0], used + MIB)
            assert_whole(dump(process.pid, "-o", tmp_path / "a.snap", "--pause=" + mode), tmp_path / "a.snap")
            assert process.poll() is None
            killed = [line for line in field(group, FIELDS[2]).splitlines() if line.startswith(FIELDS[3])]
            assert killed in ([], ["oom_kill 0"])
        until = time.monotonic() + 10
        while field(group, "cgroup.procs").strip() and time.monotonic() < until:
            time.sleep(0.01)


def test_a_stop_is_undone_when_the_dumper_is_killed_at_any_moment(one_python, tmp_path, folder):  # noqa: F811
    with waiting(one_python, tmp_path) as sample:
        for moment in range(25):
            capture = subprocess.Popen([harness.program("heapdump"), str(sample.pid), "-o", str(folder / "a.snap"),
                                        "--force"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            time.sleep(moment * 0.004)
            capture.send_signal(signal.SIGKILL)
            capture.wait()
            assert_as_found(sample.pid)
        assert all(name == "a.snap" or name.endswith(".tmp") for name in os.listdir(folder))
        if (folder / "a.snap").exists():
            harness.run(harness.program("heapdiff"), "verify", folder / "a.snap")
