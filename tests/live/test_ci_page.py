"""docs/ci.md: what its examples run, run here in a copy of samples/regressions, with and without what was planted.

Services of others are not here, nor is what installs things: git, make, apt-get and pip are scripts of this test, which
give what has been built. Of each example all lines of shell are taken, in their order, and run by the shell that the service
would take.
"""
import os
import re
import shutil
import subprocess
import textwrap
import xml.etree.ElementTree

import pytest

import harness
import inside
import plugin

with open(os.path.join(harness.ROOT, "docs/ci.md")) as page:
    PAGE = page.read()

GIT = """[ "$1 $2 $3 $4 $5" = "clone --depth 1 $HEAPDIFF_SOURCE heapdiff" ] || exit 9
mkdir -p heapdiff/build/python && ln -s '%(build)s/heapdiff' '%(build)s/heapdump' heapdiff/build/"""
MAKE = """[ "$1 $2" = "-C heapdiff" ] || exit 9
shift 2
for target; do grep -q "^$target:" '%(root)s/Makefile' || exit 9; done
[ "$1" = deps ] || cp '%(wheel)s' heapdiff/build/python/"""
PIP = """[ "$1 $2" = "install --break-system-packages" ] && [ $# = 3 ] && [ -e "$3" ]"""
APT_GET = """case $1 in update | install) ;; *) exit 9 ;; esac"""


def example(title, language):
    return re.search(r"^## %s\n.*?```%s\n(.*?)```" % (title, language), PAGE, re.S | re.M).group(1)


def steps_of_github(text):
    """The `run` of each step: one line, or a block that is indented further."""
    blocks = re.findall(r"^( +)(?:- )?run: (?:\|\n((?:\1 +.*\n)+)|(.+)\n)", text, re.M)
    return [textwrap.dedent(block) or line for _, block, line in blocks]


def steps_of_gitlab(text):
    """The items of before_script and script, which share a shell."""
    parts = re.findall(r"^  (?:before_)?script:\n((?:    - .*\n)+)", text, re.M)
    return [line[6:] for part in parts for line in part.splitlines()]


class Place:
    """A copy of the sample, and a PATH as the example's machine has. Of its tests those of one file run: test_plugin has all."""

    def __init__(self, folder, package, regressions, tests, fakes=True, built=False):
        self.folder = folder / "checkout"
        shutil.copytree(plugin.SAMPLE, self.folder, ignore=shutil.ignore_patterns("__pycache__"))
        tools = folder / "tools"
        tools.mkdir()
        facts = {"build": harness.BUILD, "root": harness.ROOT, "wheel": inside.wheel()}
        for name, body in (("git", GIT), ("make", MAKE), ("pip", PIP), ("apt-get", APT_GET)) if fakes else ():
            (tools / name).write_text("#!/bin/bash\nset -e\n" + body % facts + "\n")
            (tools / name).chmod(0o755)
        self.variables = {"PATH": "%s:%s/usr/bin:/bin" % (tools, harness.BUILD + ":" if built else ""),
                          "HOME": str(folder), "HEAPDIFF_SOURCE": "git:heapdiff",
                          "PYTHONPATH": package, "PYTHONDONTWRITEBYTECODE": "1",
                          "PYTEST_ADDOPTS": "-k " + tests, "TIMETABLE_REGRESSIONS": ",".join(regressions),
                          "GITHUB_PATH": str(folder / "path"), "GITHUB_STEP_SUMMARY": str(folder / "summary.md")}

    def run(self, *words):
        return subprocess.run(words, cwd=self.folder, env=self.variables, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, timeout=3 * harness.PATIENCE, text=True)

    def read(self, name):
        return (self.folder / name).read_text()


@pytest.fixture(scope="module")
def package(tmp_path_factory):
    return inside.unpack(tmp_path_factory.mktemp("package"))


def violated(report):
    cases = xml.etree.ElementTree.fromstring(report).iter("testcase")
    return [case.get("name") for case in cases if case.find("failure") is not None]


@pytest.mark.parametrize("regressions", [(), plugin.PLANTED], ids=["clean", "planted"])
def test_github(package, tmp_path, regressions):
    place = Place(tmp_path, package, regressions, "reports")
    steps = steps_of_github(example("A GitHub workflow", "yaml"))
    assert len(steps) == 5
    codes, said = [], []
    for step in steps:
        done = place.run("bash", "-e", "-c", step)  # the service runs each step in a shell of its own
        codes.append(done.returncode)
        said.append(done.stdout)
        if os.path.exists(place.variables["GITHUB_PATH"]):
            with open(place.variables["GITHUB_PATH"]) as file:
                place.variables["PATH"] = ":".join(file.read().split() + [place.variables["PATH"]])
            os.unlink(place.variables["GITHUB_PATH"])
    assert codes == ([0, 0, 1, 1, 1] if regressions else [0] * 5), "\n".join(said)
    assert len(violated(place.read("memory.xml"))) == len(regressions)
    assert said[3].count("::error ") == len(regressions)
    assert ("timetable.fares.QUOTES" in place.read("steps.json")) == bool(regressions)
    with open(place.variables["GITHUB_STEP_SUMMARY"]) as file:
        summary = file.read()
    assert all("`%s`" % rule in summary for rule in ("fares", "boards", "reports", "stations", "--monotonic")), summary


@pytest.mark.parametrize("regressions", [(), ("listener",)], ids=["clean", "planted"])
def test_gitlab(package, tmp_path, regressions):
    place = Place(tmp_path, package, regressions, "boards")
    lines = steps_of_gitlab(example("A GitLab job", "yaml"))
    assert len(lines) == 10
    # The service ends with the first line that fails; here the last one has to tell, too.
    script = "\n".join(line + (" || failed=1" if "pytest" in line and "apt" not in line else "") for line in lines)
    done = place.run("bash", "-e", "-c", script + "\nexit ${failed:-0}")
    assert done.returncode == (1 if regressions else 0), done.stdout
    assert violated(place.read("memory.xml")) == (["boards"] if regressions else []), place.read("memory.xml")
    assert ("timetable.delays.DELAYS.listeners" in place.read("memory.md")) == bool(regressions)
    assert len(violated(place.read("tests.xml"))) == len(regressions)


def test_makefile(package, tmp_path):
    place = Place(tmp_path, package, (), "reports", fakes=False, built=True)
    (place.folder / "Makefile").write_text(example("A Makefile", "make"))
    done = place.run("make", "memory-baseline")
    assert done.returncode == 0 and "heapdiff.baseline/1" in place.read("memory.json"), done.stdout
    done = place.run("make", "memory")
    assert done.returncode == 0, done.stdout
    place.variables["TIMETABLE_REGRESSIONS"] = "closure"
    done = place.run("make", "memory-tests")
    assert done.returncode == 2 and "timetable.reports.OUTBOX.retries" in done.stdout, done.stdout
    done = place.run("make", "memory-days")
    assert done.returncode == 2 and "timetable.reports.OUTBOX.retries" in done.stdout, done.stdout


def test_every_artifact_is_made_by_a_step():
    """Names of files in the examples are those that their lines write."""
    for title in ("A GitHub workflow", "A GitLab job"):
        text = example(title, "yaml")
        lines = "\n".join(steps_of_github(text) + steps_of_gitlab(text))
        for name in re.findall(r"^ +(?:- )?([\w-]+\.(?:xml|json|md))$", text, re.M):
            assert name in lines, name
