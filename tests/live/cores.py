"""Core files of Python programs: made by gcore and by the kernel, and what is in them."""
import glob
import os
import resource
import shutil
import signal
import struct
import subprocess
import time

import pytest

import harness

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
    """The core of a process, made by gdb, which lets it go on."""
    if shutil.which("gcore") is None:
        pytest.skip("there is no gcore here: make deps installs it")
    done = subprocess.run(["gcore", "-o", os.path.join(folder, "gcore"), str(pid)], stdin=subprocess.DEVNULL,
                          capture_output=True, timeout=harness.PATIENCE)
    core = os.path.join(folder, "gcore.%d" % pid)
    assert done.returncode == 0 and os.path.exists(core), done.stderr
    return core


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


def segments(core):
    """(offset, bytes held, address, bytes in memory) of a core's loadable segments."""
    with open(core, "rb") as file:
        head = file.read(64)
        start, = struct.unpack_from("<Q", head, 32)
        size, count = struct.unpack_from("<HH", head, 54)
        file.seek(start)
        table = file.read(size * count)
    rows = [struct.unpack_from("<IIQQQQQQ", table, at) for at in range(0, size * count, size)]
    return [(row[2], row[5], row[3], row[6]) for row in rows if row[0] == 1]


def cut(core, size, path):
    """The first bytes of a core."""
    with open(core, "rb") as whole, open(path, "wb") as part:
        shutil.copyfileobj(whole, part)
        part.truncate(size)
    return path
