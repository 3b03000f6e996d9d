#!/usr/bin/env python3
"""Benchmarks of the analyses: how soon is there an answer, in how much memory, beside what to aim for and a textbook?

    make bench
    python3 tests/bench/analysis.py [--objects 1000000,10000000] [--hard 1000000] [--runs 3] [--python /usr/bin/python3] [--json]

Heaps: `real` is tests/bench/target.py, captured by heapdump; `synthetic` the shape `mixed` of tests/format/help_shape.h: 3.5
references an object, half of the objects in one chain. Each command is a cold process with a warm page cache; of times
the best of `--runs` is printed, of memory (the largest resident set) the most. `user` is the processor's time in the
program, `all` includes the kernel's, which clears the memory that the program takes.

The textbook is tests/tools/dominators: Lengauer and Tarjan's algorithm on the same graph in the same process. Its time is
divided by ours, which has retained sizes too.

A pair is tests/tools/generate's heap and the same with a session more for each hundred objects, compared by `heapdiff diff`;
tests/tools/pairs says what of that the join by address takes. `heapdiff check` holds fifty rules of growth, whose types overlap, against it: once
with room for what grew, and once with none, so that each has to be explained.

Hard graphs, of `--hard` and of twice as many objects, have to take about the same time an object at both sizes.
"""
import argparse
import json
import os
import sys
import tempfile

from run import BUILD, Done, describe_machine, target_of

TOOLS = os.path.join(BUILD, "tests", "tools")
HEAPDIFF = os.path.join(BUILD, "heapdiff")
HARD = ["chain", "ladder", "random", "fan", "knot", "nest", "islands"]
COMMANDS = {
    "types": ["types"],
    "top": ["top"],
    "cycles": ["cycles"],
    "cycles, all edges": ["cycles", "--all-edges"],
    "show": ["show"],
    "suspects": ["suspects"],
}
CHECK_RULES = 50
AIMS = {  # seconds, by heap, millions and what is measured
    ("real", 1): {"types": 0.035, "top": 0.1}, ("synthetic", 1): {"types": 0.035, "top": 0.1},
    ("real", 10): {"types": 0.1, "top": 0.5}, ("synthetic", 10): {"types": 0.1, "top": 1.15},
    ("real", 50): {"top": 3.0}, ("synthetic", 50): {"top": 7.4},
}
BYTES_AIM = {"types": 24, "top": 55}


def make_real(options, objects, path):
    with target_of(options, "target.py", objects) as target:
        Done(os.path.join(BUILD, "heapdump"), target.pid, "-o", path)


def make_shape(shape, objects, path):
    Done(os.path.join(TOOLS, "shapes"), path, shape, objects)


def best_of(runs, *words, code=0):
    done = [Done(*words, code=code) for _ in range(runs)]
    return {"user": min(one.user for one in done), "all": min(one.busy for one in done),
            "wall": min(one.wall for one in done), "peak": max(one.peak for one in done)}


def commands_of(path, options):
    """Every command that is measured, with what it is asked: `show` wants an object, here the one that retains most."""
    largest = Done(HEAPDIFF, "top", path, "--top", "1", "--json").document()["rows"][0]["id"]
    return {name: best_of(options.runs, HEAPDIFF, words[0], path, *(["#%d" % largest] if words[0] == "show" else words[1:]))
            for name, words in COMMANDS.items()}


def dominators_of(path, options):
    return Done(os.path.join(TOOLS, "dominators"), path, options.runs).document()


def measure_heap(kind, objects, options, folder):
    path = os.path.join(folder, "a.snap")
    make_real(options, objects, path) if kind == "real" else make_shape("mixed", objects, path)
    found = dominators_of(path, options)
    made = {"heap": kind, "millions": objects // 10**6, "objects": found["objects"], "edges": found["edges"],
            "file_bytes": os.path.getsize(path), "commands": commands_of(path, options), "dominators": found}
    os.remove(path)
    return made


def measure_pair(objects, options, folder):
    paths = [os.path.join(folder, name) for name in ("a.snap", "b.snap")]
    for path, leaked in zip(paths, (0, objects // 100)):
        Done(os.path.join(TOOLS, "generate"), path, objects, 1, leaked)
    # Each of many types, and each distinct: `[a-z]|00`, `[b-z]|01` ...
    def rules(limit):
        return [word for k in range(CHECK_RULES) for word in ("--max-growth", "[%c-z]|%02d=%s" % (97 + k % 20, k, limit))]

    made = {"diff": best_of(options.runs, HEAPDIFF, *paths),
            "check, %d rules" % CHECK_RULES: best_of(options.runs, HEAPDIFF, "check", *paths, *rules("900%")),
            "all violated": best_of(options.runs, HEAPDIFF, "check", *paths, *rules("0"), code=1),
            "without retained": best_of(options.runs, HEAPDIFF, "--no-retained", *paths),
            "join": Done(os.path.join(TOOLS, "pairs"), *paths, options.runs).document()}
    for path in paths:
        os.remove(path)
    return made


def measure_hard(shape, objects, options, folder):
    path = os.path.join(folder, "a.snap")
    made = {"shape": shape, "sizes": []}
    for count in (objects, 2 * objects):
        make_shape(shape, count, path)
        made["sizes"].append({"objects": count, **dominators_of(path, options)})
        os.remove(path)
    return made


def print_heap(heap):
    aims = AIMS.get((heap["heap"], heap["millions"]), {})
    print("\n%s: %s objects, %s references, %.1f B an object in the file\n" % (
        heap["heap"], format(heap["objects"], ","), format(heap["edges"], ","), heap["file_bytes"] / heap["objects"]))
    print("%-26s %9s %9s %9s %9s %12s %8s" % ("cold process", "user", "all", "wall", "aim", "B an object", "aim"))
    for name, done in heap["commands"].items():
        aim = "%.3f s" % aims[name] if name in aims else ""
        print(("%-26s %7.3f s %7.3f s %7.3f s %9s %12.0f %8s" % (
            name, done["user"], done["all"], done["wall"], aim, done["peak"] / heap["objects"],
            "%d" % BYTES_AIM[name] if name in BYTES_AIM and heap["millions"] >= 10 else "")).rstrip())
    parts = heap["dominators"]
    print("\nin one process, all: load %.3f s, dominators and retained sizes %.3f s, components %.3f s" % (
        parts["load"], parts["retention"], parts["components"]))
    print_ratio(parts)


def print_pair(pair):
    join = pair["join"]
    print("\na pair: %s and %s objects, %s new\n" % tuple(format(join[key], ",") for key in ("before", "after", "new")))
    print("%-26s %9s %9s %9s %12s" % ("cold process", "user", "all", "wall", "B an object"))
    for name in ("diff", "without retained", "check, %d rules" % CHECK_RULES, "all violated"):
        done = pair[name]
        print("%-26s %7.3f s %7.3f s %7.3f s %12.0f" % (
            name, done["user"], done["all"], done["wall"], done["peak"] / join["before"]))
    print("in one process: the join by address %.3f s" % join["join"])


def print_ratio(parts):
    print("the textbook's dominators, without retained sizes: %.3f s, %.1f times as long" % (
        parts["textbook"], parts["textbook"] / parts["retention"]))


def print_hard(graphs):
    print("\n%-12s %30s %30s" % ("hard graphs", "ns an object (textbook) at", "and at"))
    for graph in graphs:
        cells = []
        for size in graph["sizes"]:
            each = 1e9 / size["objects"]
            cells.append("%s: %.0f (%.0f)" % (format(size["objects"], ","), size["retention"] * each,
                                              size["textbook"] * each))
        growth = [size["retention"] / size["objects"] for size in graph["sizes"]]
        print("%-12s %30s %30s %8.2fx" % (graph["shape"], *cells, growth[1] / growth[0]))


def main():
    parser = argparse.ArgumentParser(description="Benchmarks of heapdiff's analyses.")
    parser.add_argument("--objects", default="1000000,10000000", help="of each heap, with commas between")
    parser.add_argument("--hard", type=int, default=1000000, help="objects of the hard graphs; 0: none")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--python", default=os.environ.get("PYTHON", "/usr/bin/python3"), help="what runs the target")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    sizes = [int(word) for word in options.objects.split(",") if word]
    before = os.getloadavg()[0]
    with tempfile.TemporaryDirectory() as folder:
        heaps = [measure_heap(kind, objects, options, folder) for objects in sizes for kind in ("real", "synthetic")]
        pairs = [measure_pair(objects, options, folder) for objects in sizes]
        hard = [measure_hard(shape, options.hard, options, folder) for shape in HARD if options.hard > 0]
    machine = "%s; load %.1f before, %.1f after" % (describe_machine(options.python), before, os.getloadavg()[0])
    if options.json:
        print(json.dumps({"schema": "heapdiff.bench.analysis/1", "machine": machine, "heaps": heaps, "pairs": pairs,
                          "hard": hard}))
        return
    print("%s; best of %d runs" % (machine, options.runs))
    for heap in heaps:
        print_heap(heap)
    for pair in pairs:
        print_pair(pair)
    if hard:
        print_hard(hard)


if __name__ == "__main__":
    sys.exit(main())
