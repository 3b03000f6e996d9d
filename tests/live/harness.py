"""What the live tests stand on: the interpreters of this machine, samples that always end, and captures of them."""
import glob
import json
import os
import re
import select
import subprocess
import sys
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BUILD = os.environ.get("HEAPDIFF_BUILD", os.path.join(ROOT, "build"))
FETCHED = os.environ.get("HEAPDIFF_FETCHED", os.path.join(ROOT, "build/pythons"))  # by tests/live/fetch_pythons.sh
SUPPORTED = [(3, minor) for minor in range(8, 16)]
NEEDED = [(3, 11), (3, 12), (3, 13)]  # without one of them nothing is proved; the long tests run on these alone
PATIENCE = 180  # seconds for anything that should take a few: the machine may be busy, the build sanitized

ASK = """import json, os, sys, sysconfig
print(json.dumps([sys.implementation.name, list(sys.version_info[:3]), sysconfig.get_config_var("Py_GIL_DISABLED") or 0,
                  os.path.realpath(getattr(sys, "_base_executable", sys.executable))]))"""


class Python:
    def __init__(self, path, version):
        self.path = path
        self.version = tuple(version)
        self.name = "%d.%d.%d" % self.version
        self.is_fetched = os.path.basename(path) == "run"

    def __repr__(self):
        return "CPython %s (%s)" % (self.name, self.path)


def candidates():
    if "HEAPDIFF_PYTHONS" in os.environ:
        return os.environ["HEAPDIFF_PYTHONS"].split(":")
    roots = [os.environ.get("PYENV_ROOT", ""), os.path.expanduser("~/.pyenv")]
    folders = [folder for root in roots if root for folder in sorted(glob.glob(root + "/versions/*/bin"))]
    fetched = sorted(glob.glob(FETCHED + "/*/run"))
    folders += ["/usr/bin", "/usr/local/bin"] + os.environ.get("PATH", "").split(":")
    files = [file for folder in folders if folder and os.path.basename(folder) != "shims"
             for file in sorted(glob.glob(folder + "/python3*"))]
    return fetched + [file for file in files if re.fullmatch(r"python3(\.\d+)?", os.path.basename(file))]


def find_pythons():
    """Every CPython of a supported version with the GIL, once each: by the file that really runs."""
    found = {}
    asked = set()
    for file in candidates():
        real = os.path.realpath(file)
        if real in asked:
            continue
        asked.add(real)
        try:
            answer = subprocess.run([file, "-I", "-c", ASK], capture_output=True, timeout=PATIENCE, check=True).stdout
            implementation, version, threaded, base = json.loads(answer)
        except (OSError, subprocess.SubprocessError, ValueError):
            continue
        if implementation == "cpython" and not threaded and tuple(version[:2]) in SUPPORTED:
            # A fetched one can be started by its script only.
            found.setdefault(base, Python(file if os.path.basename(file) == "run" else base, version))
    return sorted(found.values(), key=lambda python: (python.version, python.path))


def program(name):
    path = os.path.join(BUILD, name)
    assert os.access(path, os.X_OK), "%s is not there: run make, or set HEAPDIFF_BUILD" % path
    return path


class Sample:
    """A Python program that prints one line of JSON when it is ready. Ends, whatever happens, with the `with` block."""

    def __init__(self, python, script, *words):
        script = os.path.join(ROOT, script)
        environment = {**os.environ, "PYTHONHASHSEED": "0"}
        self.process = subprocess.Popen([python.path, "-B", script, *words], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, env=environment)
        try:
            self.truth = json.loads(self.read_line())
        except BaseException:
            self.stop()
            raise
        self.pid = self.process.pid

    def read_line(self):
        line = b""
        until = time.monotonic() + PATIENCE
        while not line.endswith(b"\n"):
            ready, _, _ = select.select([self.process.stdout], [], [], max(0, until - time.monotonic()))
            part = os.read(self.process.stdout.fileno(), 1 << 20) if ready else b""
            assert part, "the sample %s before it was ready" % ("ended" if ready else "took too long")
            line += part
        return line

    def go_on(self):
        """Lets a sample that waits do its next part, and gives what it says then."""
        self.process.stdin.write(b"\n")
        self.process.stdin.flush()
        return json.loads(self.read_line())

    def wait_until_blocked(self):
        """Until the main thread waits for its standard input, as all samples but the service do in the end."""
        until = time.monotonic() + PATIENCE
        while True:
            with open("/proc/%d/syscall" % self.pid) as file:
                if file.read().split()[:2] == ["0", "0x0"]:  # read(0, ...)
                    return
            assert time.monotonic() < until, "the sample never waited for its input"
            time.sleep(0.01)

    def stop(self):
        """Its exit code, 0 where it ended of itself once asked to."""
        self.process.stdin.close()
        if self.process.poll() is None:
            self.process.terminate()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.process.stdout.close()
        return self.process.returncode

    def __enter__(self):
        return self

    def __exit__(self, *words):
        self.stop()


def run(*words, expect=0, timeout=PATIENCE):
    """Runs one of our programs and gives what it printed."""
    done = subprocess.run([str(word) for word in words], capture_output=True, timeout=timeout)
    assert done.returncode == expect, "%s: exit code %d, not %d\n%s%s" % (
        " ".join(map(str, words)), done.returncode, expect, done.stdout.decode(errors="replace")[-2000:],
        done.stderr.decode(errors="replace")[-4000:])
    return done.stdout.decode(errors="surrogateescape")


def capture(pid, path, *options):
    """Takes a snapshot of a process that must be captured whole, and gives its path."""
    run(program("heapdump"), *options, pid, "-o", path)
    return str(path)


def records(path):
    """What a snapshot says of the heap, as the program snapcat prints it: all but how much of each mapping is in physical
    memory, which reading it changes, and what the kernel calls each thread, which cores don't tell."""
    lines = run(program("tests/tools/snapcat"), path).splitlines()
    memory = tuple('["row","%s",' % relation for relation in ("mappings", "memory_kinds"))
    return [re.sub(r'"command":("[^"]*"|null)', '"command":null', line) if line.startswith('["row","threads"') else line
            for line in lines if not line.startswith(memory)]


def ask(*words):
    """The JSON document of a command of heapdiff."""
    return json.loads(run(program("heapdiff"), *words, "--json"))


def count_of(snapshot, name):
    """Instances of a class, by `heapdiff types`."""
    rows = [row for row in ask("types", snapshot)["rows"] if row["type"] == name]
    assert len(rows) <= 1, "%s has %d rows" % (name, len(rows))
    return rows[0]["count"] if rows else 0


def load_service(url, visits, polite=5, threads=4):
    return subprocess.Popen([sys.executable, "-B", os.path.join(ROOT, "samples/load.py"), url, "--visits", str(visits),
                             "--polite", str(polite), "--threads", str(threads)], stdout=subprocess.PIPE)
