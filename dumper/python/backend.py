"""Builds the wheel: what pip asks by PEP 517, and `make python` by its command line.

    backend.py FOLDER       puts the wheel there and prints its name

The Makefile compiles the extension and the program; here they are packed. No setuptools, so that nothing has to be
fetched for it. The tag of the wheel is what the extension needs of the C library, read from it.
"""
import base64
import hashlib
import os
import re
import subprocess
import sys
import sysconfig
import zipfile

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
BUILD = os.environ.get("HEAPDIFF_WHEEL_BUILD", os.path.join(ROOT, "build"))
LEAST_GLIBC = 2, 17  # the oldest that pip knows by this way of naming
EPOCH = (1980, 1, 1, 0, 0, 0)  # of every member, so that equal contents make equal wheels


def version():
    with open(os.path.join(ROOT, "base/version.h")) as file:
        return re.search(r'PROJECT_VERSION "([^"]+)"', file.read()).group(1)


def platform_tag(extension):
    """The oldest C library that has what the extension asks for. The program is static."""
    needed = [(int(major), int(minor)) for major, minor in re.findall(rb"GLIBC_(\d+)\.(\d+)", extension)]
    return "manylinux_%d_%d_x86_64" % max(needed + [LEAST_GLIBC])


def compile_parts():
    if not os.path.exists(os.path.join(ROOT, "Makefile")):
        raise SystemExit("heapdump: build it from a clone of the project, pip install ./dumper/python")
    include = sysconfig.get_path("include")
    if not os.path.exists(os.path.join(include, "Python.h")):
        raise SystemExit("heapdump: %s/Python.h is missing; on Debian: apt install python3-dev" % include)
    done = subprocess.run(["make", "-C", ROOT, "--no-print-directory", "python-parts", "SANITIZE=", "PYTHON=" + sys.executable,
                           "BUILD=" + os.path.relpath(BUILD, ROOT)], stdout=sys.stderr)
    if done.returncode != 0:
        raise SystemExit("heapdump: make python-parts failed; make deps installs what is missing")
    return os.path.join(BUILD, "python")


def metadata():
    return ("Metadata-Version: 2.1\nName: heapdump\nVersion: %s\n"
            "Summary: Snapshots of a CPython process's own heap, for heapdiff to read\nLicense: MIT\n"
            "Requires-Python: >=3.9\n" % version()).encode()


def entry_points():
    """As pyproject.toml has them: pytest finds its plugin by this."""
    return b"[pytest11]\nheapdump = heapdump.pytest_plugin\n"


def members(parts):
    """name: (contents, may be executed)."""
    found = {}
    folder = os.path.join(HERE, "heapdump")
    for name in sorted(os.listdir(folder)):
        if name.endswith(".py"):
            with open(os.path.join(folder, name), "rb") as file:
                found["heapdump/" + name] = file.read(), False
    for name, place in (("_native.abi3.so", "heapdump/_native.abi3.so"), ("heapdump", "heapdump/bin/heapdump")):
        with open(os.path.join(parts, name), "rb") as file:
            found[place] = file.read(), True
    return found


def add(archive, name, contents, executable):
    info = zipfile.ZipInfo(name, EPOCH)
    info.compress_type = zipfile.ZIP_DEFLATED
    info.external_attr = (0o100755 if executable else 0o100644) << 16
    archive.writestr(info, contents)
    digest = base64.urlsafe_b64encode(hashlib.sha256(contents).digest()).rstrip(b"=").decode()
    return "%s,sha256=%s,%d\n" % (name, digest, len(contents))


def build_wheel(wheel_directory, config_settings=None, metadata_directory=None):
    found = members(compile_parts())
    tag = "cp39-abi3-" + platform_tag(found["heapdump/_native.abi3.so"][0])
    name = "heapdump-%s-%s.whl" % (version(), tag)
    info = "heapdump-%s.dist-info/" % version()
    with open(os.path.join(ROOT, "LICENSE"), "rb") as file:
        found[info + "LICENSE"] = file.read(), False
    found[info + "METADATA"] = metadata(), False
    found[info + "entry_points.txt"] = entry_points(), False
    found[info + "WHEEL"] = ("Wheel-Version: 1.0\nGenerator: heapdump\nRoot-Is-Purelib: false\nTag: %s\n" % tag).encode(), False
    path = os.path.join(wheel_directory, name)
    with zipfile.ZipFile(path + ".part", "w") as archive:
        record = "".join(add(archive, member, *found[member]) for member in found)
        add(archive, info + "RECORD", (record + info + "RECORD,,\n").encode(), False)
    os.replace(path + ".part", path)
    return name


def build_sdist(sdist_directory, config_settings=None):
    raise SystemExit("heapdump has no source distribution of its own: it is built from a clone of the project")


if __name__ == "__main__":
    print(build_wheel(sys.argv[1]))
