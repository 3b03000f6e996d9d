"""What the tests of the Python package stand on: the wheel, unpacked beside no interpreter, and scripts that use it."""
import glob
import json
import os
import subprocess
import textwrap
import zipfile

import harness

WHEELS = os.environ.get("HEAPDIFF_WHEELS", os.path.join(harness.ROOT, "build/python"))
PROLOGUE = """
import gc, glob, json, os, signal, sys, time, warnings
import heapdump

def children():
    with open("/proc/thread-self/children") as file:
        return [int(pid) for pid in file.read().split()]

def until(what):
    end = time.monotonic() + %d
    while not what():
        assert time.monotonic() < end, "it never happened"
        time.sleep(0.01)

def whole(*paths):
    until(lambda: all(os.path.exists(path) for path in paths))

def tell(**facts):
    print(json.dumps(facts), flush=True)  # some end by os._exit
""" % harness.PATIENCE
if "sanitize" in os.path.basename(harness.BUILD):  # the wheel never is: what it starts can be
    PROLOGUE += "heapdump._PROGRAM = %r\n" % harness.program("heapdump")


def wheel():
    found = glob.glob(WHEELS + "/heapdump-*.whl")
    assert len(found) == 1, "one wheel in %s, not %s: run make python" % (WHEELS, found)
    return found[0]


def unpack(folder):
    """As an installer does it: the program may be executed."""
    with zipfile.ZipFile(wheel()) as archive:
        for info in archive.infolist():
            os.chmod(archive.extract(info, folder), info.external_attr >> 16)
    return str(folder)


class Done:
    def __init__(self, done):
        self.code, self.errors = done.returncode, done.stderr.decode(errors="replace")
        self.output = done.stdout.decode(errors="replace")

    @property
    def facts(self):
        return json.loads(self.output.splitlines()[-1])


def start(python, package, folder, words, **more):
    environment = {**os.environ, "PYTHONPATH": package, "PYTHONHASHSEED": "0", **more.pop("environment", {})}
    return subprocess.Popen([python.path, "-B", *words], cwd=folder, env=environment, stdin=subprocess.DEVNULL,
                            stdout=subprocess.PIPE, stderr=subprocess.PIPE, **more)


def finish(process, expect=0):
    try:
        output, errors = process.communicate(timeout=harness.PATIENCE)
    finally:
        process.kill()
    done = Done(subprocess.CompletedProcess(process.args, process.returncode, output, errors))
    assert expect is None or done.code == expect, "exit code %d\n%s%s" % (done.code, done.output[-2000:], done.errors[-4000:])
    return done


def run(python, package, folder, script, *words, expect=0, **more):
    """A script, with the prologue, in an interpreter that has the package; warnings are errors."""
    path = os.path.join(folder, "script.py")
    with open(path, "w") as file:
        file.write(PROLOGUE + textwrap.dedent(script))
    return finish(start(python, package, folder, ["-W", "error", path, *map(str, words)], **more), expect)
