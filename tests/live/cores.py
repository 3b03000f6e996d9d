"""Core files of Python programs: made by gcore and by the kernel, and what is in them."""
import glob
import os
import re
import resource
import shutil
import signal
import struct
import subprocess
import time

import pytest

import harness

PAGE = 4096
USER_END = 1 << 47  # above it a core may have a page of the kernel's
SHAPES = """import os, runpy, sys
os.chdir(sys.argv[1])
sys.argv = [sys.argv[2]]
runpy.run_path(sys.argv[0], run_name="__main__")
"""


class Dead:
    """A process that was snapshot alive, then became a core, and has ended."""

    def __init__(self, python, live, core, files):
        self.python = python
        self.live = live    # its snapshot
        self.core = core
        self.files = files  # that it had mapped, code or data


def await_state(pid, letters):
    until = time.monotonic() + harness.PATIENCE
    while True:
        with open("/proc/%d/stat" % pid) as file:
            if file.read().rpartition(")")[2].split()[0] in letters:
                return
        assert time.monotonic() < until, "process %d is not in state %s" % (pid, letters)
        time.sleep(0.005)


def mapped_files(pid):
    with open("/proc/%d/maps" % pid) as lines:
        paths = {line.split(None, 5)[5].rstrip("\n") for line in lines if len(line.split(None, 5)) == 6}
    return sorted(path for path in paths if path.startswith("/"))


def gcore(pid, folder):
    """The core of a stopped process, made by gdb, which lets it go on. What it could not read is added."""
    if shutil.which("gcore") is None:
        pytest.skip("there is no gcore here: make deps installs it")
    done = subprocess.run(["gcore", "-o", os.path.join(folder, "gcore"), str(pid)], stdin=subprocess.DEVNULL,
                          capture_output=True, timeout=harness.PATIENCE, env={**os.environ, "LC_ALL": "C"})
    core = os.path.join(folder, "gcore.%d" % pid)
    assert done.returncode == 0 and os.path.exists(core), done.stderr
    for address in re.findall(rb"Memory read failed for corefile section, \d+ bytes at 0x([0-9a-f]+)", done.stderr):
        fill_up(core, pid, int(address, 16))
    return core


def fill_up(core, pid, first):
    """Some gdb leave a mapping as zeros from the first piece on that has a page which may not be read, such as a guard
    page within a thread's stack, as glibc makes them since 2.42. Copies it from the process, but for such pages."""
    with open("/proc/%d/mem" % pid, "rb", buffering=0) as memory, open(core, "r+b") as file:
        for offset, held, start, _ in segments(core):
            if not start <= first < start + held or start >= USER_END:
                continue
            for page in range(first, start + held, PAGE):
                try:
                    content = os.pread(memory.fileno(), PAGE, page)
                except OSError:
                    continue
                file.seek(offset + page - start)
                file.write(content)


def kernel_writes_files():
    """Why the kernel puts no core into a process's own folder; None where it does."""
    with open("/proc/sys/kernel/core_pattern") as file:
        pattern = file.read().strip()
    if not pattern or "/" in pattern or pattern.startswith("|"):
        return "kernel.core_pattern is '%s', so cores go elsewhere" % pattern
    if resource.getrlimit(resource.RLIMIT_CORE)[1] != resource.RLIM_INFINITY and os.getuid() != 0:
        return "cores are limited (ulimit -Hc)"
    return None


def kernel_core(pid, folder):
    """The process ends of SIGABRT, wherever it is, and the kernel writes its core to its folder."""
    reason = kernel_writes_files()
    if reason:
        pytest.skip(reason)
    resource.prlimit(pid, resource.RLIMIT_CORE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    os.kill(pid, signal.SIGABRT)
    await_state(pid, "ZX")
    found = glob.glob(os.path.join(folder, "core*"))
    if len(found) != 1:
        pytest.skip("the kernel wrote no core")
    return found[0]


def set_filter(pid, bits):
    with open("/proc/%d/coredump_filter" % pid, "w") as file:
        file.write("0x%x" % bits)


def make(python, folder, script, dump, before=None):
    """Starts a sample in `folder`, snapshots it as it waits for its input, and makes a core of the same moment."""
    starter = os.path.join(folder, "starter.py")
    with open(starter, "w") as file:
        file.write(SHAPES)
    with harness.Sample(python, starter, str(folder), os.path.join(harness.ROOT, script)) as sample:
        sample.wait_until_blocked()
        if dump is gcore:
            os.kill(sample.pid, signal.SIGSTOP)
            await_state(sample.pid, "T")
        live = harness.capture(sample.pid, os.path.join(folder, "live.snap"))
        files = mapped_files(sample.pid)
        if before:
            before(sample.pid)
        core = dump(sample.pid, str(folder))
        if sample.process.poll() is None:
            sample.process.kill()
        return Dead(python, live, core, files)


def program_headers(core):
    with open(core, "rb") as file:
        head = file.read(64)
        start, = struct.unpack_from("<Q", head, 32)
        size, count = struct.unpack_from("<HH", head, 54)
        file.seek(start)
        table = file.read(size * count)
    return [struct.unpack_from("<IIQQQQQQ", table, at) for at in range(0, size * count, size)]


def segments(core):
    """(offset, bytes held, address, bytes in memory) of a core's loadable segments."""
    return [(row[2], row[5], row[3], row[6]) for row in program_headers(core) if row[0] == 1]


def stack_pointers(core):
    """The stack pointer of each thread: the word at 264 of its note NT_PRSTATUS."""
    found = []
    for row in program_headers(core):
        if row[0] != 4:
            continue
        with open(core, "rb") as file:
            file.seek(row[2])
            notes = file.read(row[5])
        at = 0
        while at + 12 <= len(notes):
            name, size, kind = struct.unpack_from("<III", notes, at)
            content = at + 12 + (name + 3 & ~3)
            if kind == 1:
                found += struct.unpack_from("<Q", notes, content + 264)
            at = content + (size + 3 & ~3)
    return found


def without_stack(core, pointer, path):
    """A copy with zeros for the stack that `pointer` lies in. Its first address and its end, too."""
    (offset, held, start, _), = [row for row in segments(core) if row[2] <= pointer < row[2] + row[1]]
    shutil.copy(core, path)
    with open(path, "r+b") as file:
        file.seek(offset)
        file.write(bytes(held))
    return path, start, start + held


def cut(core, size, path):
    """The first bytes of a core."""
    with open(core, "rb") as whole, open(path, "wb") as part:
        shutil.copyfileobj(whole, part)
        part.truncate(size)
    return path
