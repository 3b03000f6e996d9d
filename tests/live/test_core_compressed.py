"""A core that a service has compressed gives the same snapshot as the core itself, and leaves nothing behind."""
import contextlib
import os
import shutil
import signal
import subprocess
import time

import pytest

import cores
import harness
import test_core


@pytest.fixture(scope="module", params=[cores.gcore, cores.kernel_core], ids=["gcore", "kernel"])
def dead(request, tmp_path_factory):
    import conftest
    return cores.make(conftest.ONE, tmp_path_factory.mktemp("core"), "samples/shapes.py", request.param)


def compress(core, compressor, path):
    if shutil.which(compressor) is None:
        pytest.skip("there is no %s here: make deps installs it" % compressor)
    with open(core, "rb") as whole, open(path, "wb") as small:
        subprocess.run([compressor, "-1", "-c"], stdin=whole, stdout=small, check=True, timeout=harness.PATIENCE)
    assert os.path.getsize(path) < os.path.getsize(core) / 2
    return path


@pytest.fixture
def temporary(tmp_path, monkeypatch):
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setenv("TMPDIR", str(folder))
    yield folder
    assert os.listdir(folder) == []


@pytest.mark.parametrize("compressor", ["zstd", "lz4", "gzip"])
def test_the_snapshot_is_the_same(dead, compressor, temporary, tmp_path):
    small = compress(dead.core, compressor, tmp_path / "small")
    done = test_core.read(small, tmp_path / "a.snap")
    test_core.assert_read(done)
    assert done.stderr == ""
    test_core.assert_read(test_core.read(dead.core, tmp_path / "b.snap"))
    test_core.assert_same(tmp_path / "a.snap", tmp_path / "b.snap")
    test_core.assert_same(dead.live, tmp_path / "a.snap")


def test_a_cut_one_is_refused(dead, temporary, tmp_path):
    (tmp_path / "out").mkdir()
    small = compress(dead.core, "zstd", tmp_path / "small")
    part = cores.cut(small, os.path.getsize(small) // 2, tmp_path / "part")
    path = tmp_path / "out" / "a.snap"
    test_core.assert_refused(test_core.read(part, path), path, "can't be decompressed, it is cut or damaged")


@pytest.mark.skipif(os.getuid() != 0, reason="takes root")
def test_without_room_it_is_refused(dead, temporary, tmp_path):
    small = compress(dead.core, "zstd", tmp_path / "small")
    (tmp_path / "out").mkdir()
    path = tmp_path / "out" / "a.snap"
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", temporary], capture_output=True)
    if mounted.returncode != 0:
        pytest.skip("a tmpfs can't be mounted here")
    try:
        done = test_core.read(small, path)
        test_core.assert_refused(done, path, " bytes once it is decompressed, and %s has room for " % temporary,
                                 "TMPDIR")
        words = done.stderr.split(" bytes once")[0].split()
        assert abs(int(words[-1]) - os.path.getsize(dead.core)) <= 1 << 20
        assert os.listdir(temporary) == []
    finally:
        subprocess.run(["umount", temporary], check=True)


def open_files(pid):
    files = []
    for name in os.listdir("/proc/%d/fd" % pid):
        with contextlib.suppress(FileNotFoundError):
            files.append(os.readlink("/proc/%d/fd/%s" % (pid, name)))
    return files


def test_interrupted_while_it_is_decompressed(temporary, tmp_path):
    """Some seconds of zeros, that begin as a core does."""
    head = bytearray(64)
    head[:20] = b"\x7fELF\2\1\1" + bytes(9) + b"\4\0\x3e\0"
    head[52:60] = b"\x40\0\x38\0\xff\xff\x40\0"  # more segments than the head can tell
    small = tmp_path / "small"
    with open(small, "wb") as file:
        writer = subprocess.Popen(["gzip", "-1"], stdin=subprocess.PIPE, stdout=file)
        writer.stdin.write(head)
        for _ in range(500):
            writer.stdin.write(bytes(1 << 20))
        writer.stdin.close()
        assert writer.wait() == 0
    reader = subprocess.Popen([harness.program("heapdump"), "--core", small, "-o", tmp_path / "a.snap"],
                              stderr=subprocess.PIPE, text=True)
    until = time.monotonic() + harness.PATIENCE
    while not any(str(temporary) in file for file in open_files(reader.pid)):
        assert reader.poll() is None and time.monotonic() < until
    reader.send_signal(signal.SIGINT)
    _, complaint = reader.communicate(timeout=harness.PATIENCE)
    assert reader.returncode == 130 and "interrupted by SIGINT; nothing was written" in complaint, complaint
    assert not (tmp_path / "a.snap").exists()
