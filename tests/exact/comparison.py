"""One exact comparison: a target builds a heap, stops itself, is captured from outside, walks itself and collects."""
import functools
import json
import os
import signal
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "live"))
import harness

TIMES = 30  # as patient as that with a heap of a million objects


class Explained:
    """Of a type, in some versions (first and last minor). `sometimes`: it may also be right."""

    def __init__(self, first, last, why, sometimes=False):
        self.first, self.last, self.why, self.sometimes = first, last, why, sometimes

    def covers(self, python):
        return self.first <= python.version[1] <= self.last


def check_explained(comparison, python, explained, finding):
    """Each type of a finding is explained, and each explanation is needed."""
    known = {name: why for name, why in explained[finding].items() if why.covers(python)}
    there = comparison.found[finding]
    new = {name: count for name, (count, _) in there.items() if name not in known}
    gone = [name for name, why in known.items() if name not in there and not why.sometimes]
    assert not new, "not explained: %s" % new
    assert not gone, "explained, but right by now: %s" % gone


@functools.lru_cache(maxsize=None)
def headers(python):
    """The folder of Python.h, by the interpreter itself or beside it where it was fetched; None where there is none."""
    name = "python%d.%d" % python.version[:2]
    said = subprocess.run([python.path, "-I", "-c", "import sysconfig; print(sysconfig.get_path('include'))"],
                          capture_output=True, timeout=harness.PATIENCE, check=True).stdout.decode().strip()
    for folder in (said, os.path.join(os.path.dirname(python.path), "usr/include", name)):
        if os.path.exists(os.path.join(folder, "Python.h")):
            return folder
    return None


def build_extension(python, folder):
    """Builds exactwalk for this interpreter; gives the folder."""
    include = headers(python)
    source = os.path.join(harness.ROOT, "tests/exact/exactwalk.c")
    # Debian's pyconfig.h includes the machine's own one from the folder above.
    subprocess.run([os.environ.get("CC", "cc"), "-shared", "-fPIC", "-O1", "-I", include, "-I",
                    os.path.dirname(include), source, "-o", str(folder / "exactwalk.so")],
                   check=True, timeout=harness.PATIENCE)
    return folder


class Comparison:
    """`found` is what exactcmp says; `heap`, a script, takes the extension's folder, the walk's file and `asked`."""

    def __init__(self, python, extension, folder, heap, asked):
        snapshot, walk = folder / "a.snap", folder / "walk"
        script = os.path.join(harness.ROOT, heap)
        target = subprocess.Popen([python.path, "-B", script, str(extension), str(walk), str(asked)],
                                  stdout=subprocess.PIPE, env={**os.environ, "PYTHONHASHSEED": "0"})
        try:
            leaks = json.loads(target.stdout.readline())["leaks"]
            self.wait_until_stopped(target)
            harness.run(harness.program("heapdump"), target.pid, "--force", "-o", snapshot)
            target.send_signal(signal.SIGCONT)
            assert target.wait(harness.PATIENCE * TIMES) == 0
        finally:
            target.kill()
            target.wait()
            target.stdout.close()
        self.found = json.loads(harness.run(harness.program("tests/tools/exactcmp"), snapshot, walk,
                                            str(walk) + ".garbage", *leaks, timeout=harness.PATIENCE * TIMES),
                                object_pairs_hook=add_up)

    @staticmethod
    def wait_until_stopped(target):
        until = time.monotonic() + harness.PATIENCE * TIMES
        while True:
            with open("/proc/%d/stat" % target.pid) as file:
                if file.read().rsplit(")", 1)[1].split()[0] == "T":
                    return
            assert time.monotonic() < until and target.poll() is None, "the target never stopped itself"
            time.sleep(0.01)

    def figures(self):
        """What the bars are about, as one line."""
        found = self.found
        return ("%d objects, %d types: %.4f%%, edges %.4f%%, sizes %.4f%%, residue 0 %.4f%%, garbage %d/%d"
                % (found["objects"], found["types"], percent(found["matched"], found["walked"]),
                   percent(found["edges_matched"], found["walk_edges"]), percent(found["sizes_equal"], found["walked"]),
                   percent(found["residue_zero"], found["mortal"]), found["garbage"], found["collected"]))


def percent(part, whole):
    """Rounded down, so that 100 is all of them."""
    return part * 1000000 // whole / 10000 if whole else 100.0


def add_up(pairs):
    """Types of one name, as classes made in a loop are, count as one."""
    found = {}
    for name, value in pairs:
        if name in found and isinstance(value, list):
            value = [found[name][0] + value[0], value[1]]
        found[name] = value
    return found
