"""A core file gives the same snapshot as the process it was made from, or says what is missing."""
import os
import re
import shutil
import subprocess

import pytest

import cores
import harness


@pytest.fixture(scope="session")
def gcored(python, tmp_path_factory):
    return cores.make(python, tmp_path_factory.mktemp("gcore"), "samples/shapes.py", cores.gcore)


@pytest.fixture(scope="session")
def dumped(python, tmp_path_factory):
    return cores.make(python, tmp_path_factory.mktemp("kernel"), "samples/shapes.py", cores.kernel_core)


@pytest.fixture(scope="session")
def one_python():
    import conftest
    return conftest.ONE


@pytest.fixture(scope="module")
def gcored_once(one_python, tmp_path_factory):
    return cores.make(one_python, tmp_path_factory.mktemp("gcore"), "samples/shapes.py", cores.gcore)


@pytest.fixture(scope="module")
def dumped_once(one_python, tmp_path_factory):
    return cores.make(one_python, tmp_path_factory.mktemp("kernel"), "samples/shapes.py", cores.kernel_core)


def read(core, path, *words):
    words = [harness.program("heapdump"), "--core", str(core), "-o", str(path), *map(str, words)]
    return subprocess.run(words, capture_output=True, text=True, timeout=harness.PATIENCE)


def assert_same(live, other):
    """All records of two snapshots are equal, and their diff is empty."""
    a, b = harness.records(live), harness.records(other)
    different = [(x, y) for x, y in zip(a, b) if x != y]
    assert len(a) == len(b) and not different, "%d and %d records, %d differ, such as %s" % (
        len(a), len(b), len(different), different[:1])
    harness.run(harness.program("heapdiff"), "diff", "--exit-code", live, other)


def assert_read(done, code=0):
    assert done.returncode == code, (done.returncode, done.stdout, done.stderr)


def assert_refused(done, path, *sentences):
    assert done.returncode == 1, (done.returncode, done.stdout, done.stderr)
    assert done.stdout == "" and done.stderr.startswith("heapdump: ") and done.stderr.count("\n") == 1
    for sentence in sentences:
        assert sentence in done.stderr, done.stderr
    assert not os.path.exists(path) and not [name for name in os.listdir(os.path.dirname(path)) if ".tmp" in name]


def test_gcore_equals_the_live_snapshot(gcored, tmp_path):
    done = read(gcored.core, tmp_path / "core.snap")
    assert_read(done)
    assert done.stderr == ""
    assert_same(gcored.live, tmp_path / "core.snap")


def test_kernel_core_equals_the_live_snapshot(dumped, tmp_path):
    done = read(dumped.core, tmp_path / "core.snap")
    assert_read(done)
    assert done.stderr == ""
    assert_same(dumped.live, tmp_path / "core.snap")


def test_a_core_tells_its_process(gcored_once, tmp_path):
    done = subprocess.run([harness.program("heapdump"), "--core", gcored_once.core], capture_output=True, text=True,
                          cwd=tmp_path, timeout=harness.PATIENCE)
    assert_read(done)
    name, = os.listdir(tmp_path)
    pid = int(gcored_once.core.rpartition(".")[2])
    assert re.fullmatch(r"\S+-%d-\d{8}T\d{6}\.snap" % pid, name)
    live, core = harness.ask("info", gcored_once.live), harness.ask("info", tmp_path / name)
    for field in ("pid", "process_hash", "version", "executable", "runtime_path", "layout", "threads"):
        assert without_commands(find(core, field)) == without_commands(find(live, field)) is not None, field
    assert find(core, "source") == "core" and find(live, "source") == "live"
    assert find(core, "pause_ns") is None


def find(document, name):
    """A field of a JSON document, wherever it is."""
    if isinstance(document, dict):
        if name in document:
            return document[name]
        document = list(document.values())
    if isinstance(document, list):
        return next((value for value in (find(part, name) for part in document) if value is not None), None)
    return None


def without_commands(value):
    """Rows of threads without what the kernel calls each, which cores don't tell."""
    if not isinstance(value, list):
        return value
    return [{name: cell for name, cell in row.items() if name != "command"} for row in value]


def stack_of(core):
    return max((row for row in cores.segments(core) if row[2] < cores.USER_END), key=lambda row: row[2])


@pytest.mark.parametrize("kind", ["gcored_once", "dumped_once"])
def test_a_cut_core_is_partial(kind, request, tmp_path):
    """gcore's notes stand at the end: what was cut off includes the list of mapped files."""
    dead = request.getfixturevalue(kind)
    offset, held, address, _ = stack_of(dead.core)
    part = cores.cut(dead.core, offset + held // 2, tmp_path / "cut")
    done = read(part, tmp_path / "cut.snap", "--exe", dead.python.path)
    assert_read(done, 4)
    assert done.stdout.endswith(", partial\n")
    assert "address ranges that a core file does not hold" in done.stderr
    assert "the core is cut" in done.stderr and "0x%x-0x%x" % (address + held // 2, address + held) in done.stderr
    harness.run(harness.program("heapdiff"), "verify", tmp_path / "cut.snap")
    info = harness.ask("info", tmp_path / "cut.snap")
    listed = info["capture"]["ranges_missing"].split(" ")
    assert "0x%x-0x%x" % (address + held // 2, address + held) in listed
    assert len(listed) == {row["reason"]: row["count"] for row in info["losses"]}["range_missing"]
    assert info["process"].get("pid") != 0  # unknown where the notes are cut off
    assert len(harness.records(tmp_path / "cut.snap")) > len(harness.records(dead.live)) * 0.9


@pytest.mark.parametrize("kind", ["gcored_once", "dumped_once"])
def test_cut_anywhere_it_is_partial_or_refused(kind, request, tmp_path):
    dead = request.getfixturevalue(kind)
    size = os.path.getsize(dead.core)
    for tenth in range(10):
        part = cores.cut(dead.core, size * tenth // 10, tmp_path / "cut")
        done = read(part, tmp_path / "cut.snap")
        assert done.returncode in (1, 4), (tenth, done.returncode, done.stderr)
        if done.returncode == 1:
            assert_refused(done, tmp_path / "cut.snap")
            assert tenth == 0 or "cut" in done.stderr
        else:
            harness.run(harness.program("heapdiff"), "verify", tmp_path / "cut.snap")
            os.unlink(tmp_path / "cut.snap")


@pytest.mark.parametrize("dump", [cores.gcore, cores.kernel_core], ids=["gcore", "kernel"])
def test_a_filter_that_leaves_nothing(dump, one_python, tmp_path):
    dead = cores.make(one_python, tmp_path, "samples/cycles.py", dump, lambda pid: cores.set_filter(pid, 0))
    assert_refused(read(dead.core, tmp_path / "a.snap"), tmp_path / "a.snap", "coredump_filter")


@pytest.mark.parametrize("dump", [cores.gcore, cores.kernel_core], ids=["gcore", "kernel"])
def test_a_filter_that_leaves_out_first_pages(dump, one_python, tmp_path):
    """Without a build-id no file is believed, and without the runtime's file there are no names of types."""
    dead = cores.make(one_python, tmp_path, "samples/cycles.py", dump, lambda pid: cores.set_filter(pid, 0x23))
    assert_refused(read(dead.core, tmp_path / "a.snap"), tmp_path / "a.snap", "the core has no build-id of it", "python")


def test_a_core_of_another_program(tmp_path):
    with subprocess.Popen(["sleep", "100"]) as sleep:
        try:
            core = cores.gcore(sleep.pid, str(tmp_path))
        finally:
            sleep.kill()
    assert_refused(read(core, tmp_path / "a.snap"), tmp_path / "a.snap", "no CPython found: searched ", "libc")


def test_a_stack_of_zeros_is_a_loss(gcored, tmp_path):
    """As gdb writes it where it can't read past a guard page. All but what the thread holds is there."""
    main = stack_of(gcored.core)
    waiter, = [at for at in cores.stack_pointers(gcored.core) if not main[2] <= at < main[2] + main[3]]
    part, start, end = cores.without_stack(gcored.core, waiter, tmp_path / "blank")
    done = read(part, tmp_path / "blank.snap")
    assert_read(done, 4)
    assert "address ranges that a core file does not hold: 1" in done.stderr
    assert "zeros where stacks of threads were" in done.stderr and "0x%x-0x%x" % (start, end) in done.stderr
    if gcored.python.version >= (3, 11):  # frames, or what leads to them, are on that stack
        assert "frames that could not be followed: 1" in done.stderr
    harness.run(harness.program("heapdiff"), "verify", tmp_path / "blank.snap")
    assert len(harness.records(tmp_path / "blank.snap")) > len(harness.records(gcored.live)) * 0.9


def runtime_file(dead):
    return find(harness.ask("info", dead.live), "runtime_path")


@pytest.fixture
def sysroot(gcored_once, tmp_path):
    """Copies of all files of a core, elsewhere."""
    root = tmp_path / "root"
    for file in gcored_once.files:
        if os.path.isfile(file):
            os.makedirs(str(root) + os.path.dirname(file), exist_ok=True)
            shutil.copy(file, str(root) + file)
    return str(root)


def test_a_sysroot_serves_as_well(gcored_once, sysroot, tmp_path):
    assert_read(read(gcored_once.core, tmp_path / "a.snap", "--sysroot", sysroot))
    assert_same(gcored_once.live, tmp_path / "a.snap")


def test_a_missing_runtime_is_refused(gcored_once, sysroot, tmp_path):
    runtime = runtime_file(gcored_once)
    os.rename(sysroot + runtime, sysroot + runtime + ".old")
    assert_refused(read(gcored_once.core, tmp_path / "a.snap", "--sysroot", sysroot), tmp_path / "a.snap",
                   "can't open %s%s" % (sysroot, runtime), "--sysroot DIR")


def build_id(path):
    notes = subprocess.run(["readelf", "-n", path], capture_output=True, text=True, check=True).stdout
    return re.search(r"Build ID: ([0-9a-f]+)", notes).group(1)


def test_another_runtime_is_refused_with_both_ids(gcored_once, sysroot, tmp_path):
    runtime = runtime_file(gcored_once)
    other = shutil.which("readelf")
    assert build_id(runtime) != build_id(other)
    shutil.copy(other, sysroot + runtime)
    assert_refused(read(gcored_once.core, tmp_path / "a.snap", "--sysroot", sysroot), tmp_path / "a.snap",
                   "is another file than the one that was mapped", build_id(runtime), build_id(other))


def test_an_executable_elsewhere(gcored_once, sysroot, tmp_path):
    executable = find(harness.ask("info", gcored_once.live), "executable")
    moved = tmp_path / "moved"
    os.rename(sysroot + executable, moved)
    assert_read(read(gcored_once.core, tmp_path / "a.snap", "--sysroot", sysroot, "--exe", moved))
    assert_same(gcored_once.live, tmp_path / "a.snap")


@pytest.mark.parametrize("words, sentence", [
    (["1", "--core", "x"], "a process or a core file, not both"),
    (["1", "--exe", "x"], "--exe and --sysroot go with --core"),
    (["1", "--sysroot", "x"], "--exe and --sysroot go with --core"),
    (["--core", "x", "--check"], "--check is for processes"),
    (["--core", "x", "--pause=hold"], "--pause and --timeout are for processes"),
    (["--core", "x", "--timeout=5"], "--pause and --timeout are for processes"),
])
def test_wrong_usage(words, sentence):
    done = subprocess.run([harness.program("heapdump"), *words], capture_output=True, text=True)
    assert done.returncode == 2 and sentence in done.stderr, done.stderr


def test_bad_cores(tmp_path):
    (tmp_path / "text").write_text("no core")
    (tmp_path / "empty").write_text("")
    (tmp_path / "out").mkdir()
    path = tmp_path / "out" / "a.snap"
    for name, sentence in [("text", "is not an ELF file"), ("empty", "is not an ELF file"), ("out", "not a regular file"),
                           ("none", "can't open the core file"), (harness.program("heapdump"), "but not a core file")]:
        assert_refused(read(tmp_path / name, path), path, sentence)


def test_an_output_that_exists_is_left_alone(gcored_once, tmp_path):
    path = tmp_path / "a.snap"
    path.write_text("precious")
    done = read(gcored_once.core, path)
    assert done.returncode == 1 and "exists" in done.stderr and path.read_text() == "precious"
    assert_read(read(gcored_once.core, path, "--force"))


def test_memory_is_limited(gcored_once, tmp_path):
    path = tmp_path / "out" / "a.snap"
    path.parent.mkdir()
    assert_refused(read(gcored_once.core, path, "--max-memory=64K"), path, "the capture needs more than")
