"""A real debug build is refused, named, and nothing is written: its objects have other sizes."""
import glob
import os
import shutil
import subprocess

import pytest

import harness

READY = "import sys; print('ready', hasattr(sys, 'gettotalrefcount'), flush=True); sys.stdin.read()"


def debug_builds():
    fetched = sorted(glob.glob(os.path.join(harness.FETCHED, "*-dbg/run-debug")))
    return fetched or [path for path in [shutil.which("python3-dbg")] if path]


@pytest.fixture(params=debug_builds() or [None], ids=lambda path: os.path.basename(os.path.dirname(path or "none/")))
def target(request):
    if request.param is None:
        pytest.skip("there is no debug build here: tests/live/fetch_pythons.sh fetches one")
    process = subprocess.Popen([request.param, "-I", "-c", READY], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout.readline() == "ready True\n"
        yield process
    finally:
        process.communicate()


@pytest.mark.parametrize("words", [["-o", "a.snap"], ["--check"]], ids=["captured", "checked"])
def test_is_refused_by_its_name(target, words, tmp_path):
    done = subprocess.run([harness.program("heapdump"), *words, str(target.pid)], cwd=tmp_path, capture_output=True,
                          text=True, timeout=harness.PATIENCE)
    assert done.returncode == 1 and done.stderr.startswith("heapdump: "), (done.stdout, done.stderr)
    assert "is a debug build of CPython 3." in done.stderr and "heapdump reads release builds" in done.stderr
    assert os.listdir(tmp_path) == []
