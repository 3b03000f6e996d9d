#!/usr/bin/env python3
"""Records heap images: tests/images/record.py FOLDER [VERSION ...]

Of each interpreter found here as the live tests find theirs (pyenv's, Debian's, those that tests/live/fetch_pythons.sh has
fetched; HEAPDIFF_PYTHONS=PATH:PATH names others), or only of those with a named version (3.13 or 3.13.5), starts heap.py,
has build/tests/tools/record make an image, and leaves FOLDER/cpython-VERSION.tar.xz and, in FOLDER/cpython-VERSION.truth,
what heap.py told. Refuses where the image still holds a path or a name of this machine. Needs what a capture needs.
"""
import getpass
import io
import lzma
import os
import re
import socket
import subprocess
import sys
import tarfile
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(os.path.dirname(HERE), "live"))
import harness  # noqa: E402

ASK = """import os, sys
print(*{os.path.realpath(path) for path in [sys.prefix, sys.base_prefix, sys.exec_prefix, sys.executable] if path},
      *{path for path in sys.path + [sys.prefix, sys.base_prefix, sys.exec_prefix, sys.executable] if path}, sep="\\n")"""
KEPT = ("/usr", "/usr/lib", "/usr/local", "/usr/bin", "/", "/tmp")  # everybody's: no news of this machine


def run(*words):
    return subprocess.run(words, check=True, capture_output=True, env={}, cwd="/", text=True).stdout


def folders_of(python, script):
    """What names this machine, longest first."""
    texts = {os.path.dirname(script), os.path.dirname(python.path), harness.ROOT, os.path.expanduser("~")}
    for path in run(python.path, "-I", "-S", "-E", "-c", ASK).splitlines():
        texts |= {path, os.path.dirname(path)}
    texts = {text.rstrip("/") for text in texts} - set(KEPT) - {""}
    texts = {text for text in texts if not text.startswith("/usr/")}
    return sorted(texts, key=lambda text: (-len(text), text))


def wait_until_blocked(pid):
    until = time.monotonic() + harness.PATIENCE
    while time.monotonic() < until:
        with open("/proc/%d/syscall" % pid) as file:
            if file.read().split()[:2] == ["0", "0x0"]:
                return
        time.sleep(0.01)
    raise SystemExit("heap.py never waited")


def read_lines(process):
    lines = []
    while not lines or lines[-1] != "end\n":
        lines.append(process.stdout.readline())
        if not lines[-1]:
            raise SystemExit("heap.py ended too soon")
    return lines[:-1]


def allocator_lines(text):
    """What sys._debugmallocstats() printed first: of each size class, pools, used and free blocks; arenas and free pools."""
    text = text.split("Small block threshold")[1]
    lines = ["blocks %s %s %s %s\n" % row for row in re.findall(r"^ *\d+ +(\d+) +(\d+) +(\d+) +(\d+) *$", text, re.M)]
    arenas = re.search(r"^# arenas allocated current *= *([\d,]+)", text, re.M).group(1)
    unused = re.search(r"^([\d,]+) unused pools", text, re.M).group(1)
    return lines + ["arenas %s %s\n" % (arenas.replace(",", ""), unused.replace(",", ""))]


def check(folder, texts):
    """Nothing of this machine may be in the image."""
    names = {socket.gethostname(), getpass.getuser()} - {"root"}
    words = texts + [name for name in names if len(name) > 3]  # shorter ones are in any file by chance
    for top, _, names in os.walk(folder):
        for name in names:
            with open(os.path.join(top, name), "rb") as file:
                content = file.read()
            for word in words:
                if word.encode() in content:
                    raise SystemExit("%s holds %r" % (name, word))


def pack(folder, path):
    """The same bytes of the same files."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        for top, _, names in sorted(os.walk(folder)):
            for name in sorted(names):
                info = tarfile.TarInfo(os.path.relpath(os.path.join(top, name), folder))
                info.size = os.path.getsize(os.path.join(top, name))
                with open(os.path.join(top, name), "rb") as file:
                    archive.addfile(info, file)
    with open(path, "wb") as file:
        file.write(lzma.compress(buffer.getvalue(), preset=9 | lzma.PRESET_EXTREME))


def record(python, into):
    with tempfile.TemporaryDirectory(prefix="heap-image-") as folder:
        script = os.path.join(folder, "heap.py")
        with open(os.path.join(HERE, "heap.py")) as source, open(script, "w") as copy:
            copy.write(source.read())
        texts = folders_of(python, script)
        process = subprocess.Popen([python.path, "-I", "-S", "-E", "-B", script], stdin=subprocess.PIPE,
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE, env={}, cwd="/", text=True)
        try:
            truth = read_lines(process)
            wait_until_blocked(process.pid)
            image = os.path.join(folder, "image")
            subprocess.run([harness.program("tests/tools/record"), str(process.pid), image] + texts, check=True)
            process.stdin.write(".")
            process.stdin.flush()
            truth += read_lines(process)
        finally:
            process.kill()
            told = process.communicate()[1]
        truth += allocator_lines(told)
        check(image, texts)
        name = os.path.join(into, "cpython-" + python.name)
        pack(image, name + ".tar.xz")
        with open(name + ".truth", "w") as file:
            file.writelines(truth)
        print("%s.tar.xz: %d bytes" % (name, os.path.getsize(name + ".tar.xz")))


def main(into, *versions):
    done = set()
    for python in harness.find_pythons():
        wanted = not versions or any(re.match(re.escape(version) + r"(\.|$)", python.name) for version in versions)
        if wanted and python.name not in done:
            done.add(python.name)
            record(python, into)
    if not done:
        raise SystemExit("no such interpreter here")


if __name__ == "__main__":
    if len(sys.argv) < 2:
        raise SystemExit(__doc__)
    main(*sys.argv[1:])
