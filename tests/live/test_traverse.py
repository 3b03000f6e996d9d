"""Types whose layout only their own code knows: from inside, their tp_traverse says what they refer to."""
import collections
import glob
import os
import subprocess
import sysconfig

import pytest

import conftest
import harness
import inside
from snapshot import Snapshot

PYTHONS = [python for python in conftest.PYTHONS if python.version >= (3, 9)]
BAGS = """
import gc, threading
sys.path.insert(0, sys.argv[2])
import bag

class Mine(bag.Bag):
    pass

class Held:
    pass

bags = []
for number in range(40):
    held = [Held() for _ in range(5)]
    bags.append((Mine if number % 2 else bag.Bag)(held[0], held[1], held[2], held[3], held[3], held[4]))
    del held
gc.collect()
gc.disable()
truth = {id(each): [id(referent) for referent in gc.get_referents(each)] for each in bags}
bag.set_way(int(sys.argv[1]))
heapdump.dump("a.snap")
tell(truth=truth, kinds=[id(bag.Bag), id(Mine)])
os._exit(0)
"""


@pytest.fixture(scope="module")
def package(tmp_path_factory):
    return inside.unpack(tmp_path_factory.mktemp("package"))


@pytest.fixture(scope="module")
def extension(tmp_path_factory):
    folder = tmp_path_factory.mktemp("extension")
    include = sysconfig.get_path("include")  # the limited API is every version's
    subprocess.run([os.environ.get("CC", "cc"), "-shared", "-fPIC", "-O1", "-I", include,
                    os.path.join(harness.ROOT, "tests/live/bag.c"), "-o", str(folder / "bag.abi3.so")], check=True)
    return str(folder)


@pytest.fixture(params=PYTHONS, ids=lambda python: python.name)
def python(request):
    return request.param


def capture(python, package, extension, folder, way):
    done = inside.run(python, package, folder, BAGS, way, extension)
    snapshot = Snapshot(str(folder / "a.snap"))
    assert done.errors == ""
    return {int(address): referents for address, referents in done.facts["truth"].items()}, snapshot


def owned(found):
    return collections.Counter(edge.target for edge in found.edges if edge.kind == "owned")


def test_what_is_visited_is_owned(python, package, extension, tmp_path):
    """Exactly, with duplicates: what gc.get_referents() says."""
    truth, snapshot = capture(python, package, extension, tmp_path, 0)
    assert len(truth) == 40
    for address, referents in truth.items():
        assert owned(snapshot.objects[address]) == collections.Counter(referents)
        guesses = [edge for edge in snapshot.objects[address].edges if edge.kind == "guess"]
        assert len(guesses) == 1, "what it does not visit"
    assert harness.count_of(str(tmp_path / "a.snap"), "__main__.Held") == 200


def still_there(folder):
    """Processes that run in this folder."""
    found = []
    for process in glob.glob("/proc/[0-9]*"):
        try:
            if os.readlink(process + "/cwd") == str(folder):
                found.append(process)
        except OSError:
            pass  # it has ended
    return found


@pytest.mark.parametrize("way", [1, 2], ids=["crashes", "never_ends"])
def test_code_that_fails_costs_nothing_else(package, extension, tmp_path, way):
    truth, snapshot = capture(conftest.ONE, package, extension, tmp_path, way)
    for address in truth:
        kinds = collections.Counter(edge.kind for edge in snapshot.objects[address].edges if edge.name != "type")
        assert kinds["guess"] == 2 and kinds["owned"] <= 1
    harness.run(harness.program("heapdiff"), "verify", tmp_path / "a.snap")
    assert still_there(tmp_path) == []
