"""What a snapshot says of a heap of many types, against what the interpreter itself visits at the very same moment.

The target stops itself, is captured from outside, then walks its own heap by tp_traverse and collects its garbage. Each
difference is explained below by its type; one that is not fails, and so does an explanation of what no longer differs.
HEAPDIFF_EXACT_OBJECTS says how many objects the heap shall have, about: 100000.
"""
import json
import os
import signal
import subprocess
import time

import pytest

import harness

OBJECTS = int(os.environ.get("HEAPDIFF_EXACT_OBJECTS", "100000"))
MODULES = 60000  # objects of an interpreter that has imported what heap.py does
MADE = 0.68      # objects for each one that heap.py is asked for
TIMES = 30       # as patient as that with a heap of a million objects


class Explained:
    """Of a type, in some versions (first and last minor). `sometimes`: it may also be right."""

    def __init__(self, first, last, why, sometimes=False):
        self.first, self.last, self.why, self.sometimes = first, last, why, sometimes

    def covers(self, python):
        return self.first <= python.version[1] <= self.last


STATE = "the state of a module written in C is its own: its words are guessed"
BEYOND = "a table that a module's state or a static variable points at: out of reach for guesses"
STACK = "how deep the stack of a running frame is, only its C function knows: all of it is guessed"
MEMORY = "a word that nobody wrote, or that is no reference"
STRUCT = "its struct is guessed in this version"
CAPSULE = "what a capsule visits, a function of its maker says"
FROZEN = "constants of frozen modules hold it and do not count"
VISITED = "its name is visited from some 3.13 on: found, but the collector is not told"
STARTED = "held by what runs the program: its C functions' variables"
PLANTED = "planted leaks, and what C functions hold of the running program"
TABLES = "what a table of a C module holds: see missed_edges"
EXPLAINED = {
    "missed_objects": {},
    "wrong_types": {},
    "wrong_refcounts": {},
    "wrong_sizes": {
        "builtins.str": Explained(8, 8, "its copy in wide characters, which array.array('u') had made, is not counted"),
    },
    "missed_edges": {
        "builtins.PyCapsule": Explained(13, 15, CAPSULE),
        "builtins.module": Explained(8, 15, BEYOND, sometimes=True),
    },
    "guessed_edges": {
        "builtins.module": Explained(8, 15, STATE),
        "builtins.TaskWakeupMethWrapper": Explained(8, 9, STRUCT),
        "operator.methodcaller": Explained(8, 10, STRUCT),
        "sqlite3.Cache": Explained(10, 10, STRUCT),
        "sqlite3.Node": Explained(10, 10, STRUCT),
    },
    "unvisited_edges": {
        "typing.TypeVar": Explained(13, 13, VISITED, sometimes=True),
        "typing.TypeAliasType": Explained(13, 13, VISITED, sometimes=True),
    },
    "false_edges": {},
    "false_guesses": {
        "builtins.frame": Explained(8, 10, STACK),
        "builtins.module": Explained(8, 8, MEMORY, sometimes=True),
        "re.Match": Explained(8, 9, MEMORY, sometimes=True),
        "_thread.lock": Explained(8, 12, MEMORY, sometimes=True),
        "sqlite3.Cache": Explained(10, 10, MEMORY, sometimes=True),
    },
    "positive_residue": {
        "__main__.Plain": Explained(8, 15, PLANTED),
        "builtins.list": Explained(8, 15, PLANTED),
        "builtins.builtin_function_or_method": Explained(8, 15, STARTED),
        "builtins.code": Explained(8, 15, STARTED),
        "builtins.function": Explained(8, 15, STARTED),
        "builtins.method": Explained(8, 15, STARTED),
        "builtins.module": Explained(8, 15, STARTED),
        "builtins.dict": Explained(13, 15, STARTED, sometimes=True),
        "builtins.tuple": Explained(8, 15, STARTED, sometimes=True),
        "builtins.str": Explained(8, 15, STARTED, sometimes=True),
        "builtins.type": Explained(8, 15, TABLES),
        "decimal.Context": Explained(11, 11, STARTED, sometimes=True),
    },
    "negative_residue": {
        "builtins.NoneType": Explained(11, 11, FROZEN),
        "builtins.bool": Explained(11, 11, FROZEN),
        "builtins.ellipsis": Explained(11, 11, FROZEN, sometimes=True),
    },
    "missed_garbage": {},
    "false_garbage": {},
}


def explanations(finding, python):
    return {name: why for name, why in EXPLAINED[finding].items() if why.covers(python)}


class Comparison:
    def __init__(self, python, extension, folder):
        snapshot, walk = folder / "a.snap", folder / "walk"
        heap = os.path.join(harness.ROOT, "tests/exact/heap.py")
        asked = max(0, int((OBJECTS - MODULES) / MADE))
        target = subprocess.Popen([python.path, "-B", heap, str(extension), str(walk), str(asked)],
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


def add_up(pairs):
    """Types of one name, as classes made in a loop are, count as one."""
    found = {}
    for name, value in pairs:
        if name in found and isinstance(value, list):
            value = [found[name][0] + value[0], value[1]]
        found[name] = value
    return found


@pytest.fixture(scope="module")
def comparison(python, extension, tmp_path_factory):
    return Comparison(python, extension, tmp_path_factory.mktemp("exact"))


def test_the_heap_is_as_large_as_asked(comparison):
    assert comparison.found["objects"] >= 0.95 * OBJECTS


def test_every_object_is_found(comparison):
    assert comparison.found["matched"] == comparison.found["walked"]


def test_edges_are_found(comparison):
    assert comparison.found["edges_matched"] / comparison.found["walk_edges"] >= 0.9999
    assert comparison.found["edges_guessed"] / comparison.found["walk_edges"] <= 0.003


def test_sizes_are_those_of_getsizeof(comparison):
    assert comparison.found["sizes_equal"] / comparison.found["walked"] >= 0.999


def test_the_collector_finds_what_was_simulated(comparison):
    found = comparison.found
    assert found["garbage"] == found["collected"] >= 400
    assert not found["missed_garbage"] and not found["false_garbage"]


def test_planted_leaks_have_residue(comparison):
    assert comparison.found["residues"] == [1] * 20


def test_other_objects_have_none(comparison):
    assert comparison.found["residue_zero"] / comparison.found["mortal"] >= 0.999


@pytest.mark.parametrize("finding", EXPLAINED)
def test_each_difference_is_explained(comparison, python, finding):
    there, known = comparison.found[finding], explanations(finding, python)
    new = {name: count for name, (count, _) in there.items() if name not in known}
    gone = [name for name, why in known.items() if name not in there and not why.sometimes]
    assert not new, "not explained: %s" % new
    assert not gone, "explained, but right by now: %s" % gone
