#!/usr/bin/env python3
"""Cycles that nothing refers to, a known number of each kind, with the collector off.

    python3 samples/cycles.py [--scale 1]    prints its truth as one line of JSON, then blocks until its input ends

The truth is {"kinds": rows, "garbage": all, "kept": rows, ...}. A row of "kinds":

    kind            what was made
    count           how many times
    objects         for each count: how many of which type a full collection would take, {"module.Class": number}
    finalizers      runs of __del__ that a collection would cause
    callbacks       calls of weakref callbacks that a collection would cause

"garbage" adds the objects of classes of this file up by type; instances of those classes that are not garbage are in
"kept". --collect runs the collection instead of blocking and says whether the interpreter agrees: the same number of
finalizers and callbacks ran, and of each class of this file only the kept ones are left.

Runs on CPython 3.8 and later.
"""
import argparse
import gc
import json
import os
import sys
import weakref

RAN = {"finalizers": 0, "callbacks": 0}
REFERENCES = []


class LoopedList(list):
    """A list that holds itself."""


class Node:
    """An instance that refers to itself."""

    def __init__(self, peer=None):
        self.peer = peer


class Pair(Node):
    """One of two instances that refer to each other."""


class RingNode(Node):
    """One of ten instances in a ring."""


class Finalized(Node):
    """An instance in a cycle, with a finalizer."""

    def __del__(self):
        RAN["finalizers"] += 1


class Watched(Node):
    """An instance in a cycle, whose end a weak reference outside of it reports."""


class Hanger:
    """Not in a cycle, but held by one only."""


class Held(Node):
    """An instance in a cycle that a global refers to: no garbage."""


KEPT = []


def ended(reference):
    RAN["callbacks"] += 1


def make_looped_list():
    looped = LoopedList()
    looped.append(looped)


def make_plain_list():
    looped = []
    looped.append(looped)
    looped.append(Hanger())


def make_node():
    node = Node()
    node.peer = node


def make_pair():
    one = Pair()
    one.peer = Pair(one)


def make_ring():
    first = last = RingNode()
    for _ in range(9):
        last = RingNode(last)
    first.peer = last


def make_finalized():
    node = Finalized()
    node.peer = [node]


def make_watched():
    node = Watched()
    node.peer = node
    REFERENCES.append(weakref.ref(node, ended))


def make_closure():
    hanger = Hanger()

    def again():
        return again, hanger


def make_held():
    node = Held()
    node.peer = node
    KEPT.append(node)


KINDS = [
    # maker, times, objects of this file's classes for each, finalizers, callbacks
    (make_looped_list, 50, {"LoopedList": 1}, 0, 0),
    (make_plain_list, 60, {"Hanger": 1}, 0, 0),
    (make_node, 70, {"Node": 1}, 0, 0),
    (make_pair, 40, {"Pair": 2}, 0, 0),
    (make_ring, 30, {"RingNode": 10}, 0, 0),
    (make_finalized, 25, {"Finalized": 1}, 1, 0),
    (make_watched, 35, {"Watched": 1}, 0, 1),
    (make_closure, 20, {"Hanger": 1}, 0, 0),
    (make_held, 15, {}, 0, 0),
]


def module_name(name):
    return "%s.%s" % (__name__, name)


def make_all(scale):
    kinds, garbage = [], {}
    for maker, times, objects, finalizers, callbacks in KINDS:
        for _ in range(times * scale):
            maker()
        kinds.append({"kind": maker.__name__[len("make_"):], "count": times * scale, "finalizers": finalizers,
                      "callbacks": callbacks, "objects": {module_name(name): n for name, n in objects.items()}})
        for name, number in objects.items():
            garbage[module_name(name)] = garbage.get(module_name(name), 0) + number * times * scale
    return {"pid": os.getpid(), "python": sys.version.split()[0], "kinds": kinds, "garbage": garbage,
            "kept": {module_name("Held"): len(KEPT)}}


def count_instances():
    counts = {}
    for thing in gc.get_objects():
        kind = type(thing)
        if kind.__module__ == __name__:
            counts[module_name(kind.__name__)] = counts.get(module_name(kind.__name__), 0) + 1
    return counts


def collect(truth):
    """Compares the truth with what a collection does."""
    expected = {**truth["garbage"], **truth["kept"]}
    before = count_instances()
    gc.collect()
    after = count_instances()
    ran = {what: sum(row["count"] * row[what] for row in truth["kinds"]) for what in RAN}
    agrees = before == expected and after == truth["kept"] and RAN == ran
    print(json.dumps({"agrees": agrees, "before": before, "after": after, "ran": RAN}), flush=True)
    return 0 if agrees else 1


def main():
    options = argparse.ArgumentParser(description="Cycles that nothing refers to.")
    options.add_argument("--scale", type=int, default=1)
    options.add_argument("--collect", action="store_true", help="collect, and say whether the interpreter agrees")
    given = options.parse_args()
    gc.collect()
    gc.disable()
    truth = make_all(given.scale)
    print(json.dumps(truth), flush=True)
    if given.collect:
        return collect(truth)
    os.read(0, 1)
    return 0


if __name__ == "__main__":
    sys.exit(main())
