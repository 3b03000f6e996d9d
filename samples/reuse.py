#!/usr/bin/env python3
"""Frees and makes anew on purpose: objects of the same types at the same addresses, in the midst of others that stay.

    python3 samples/reuse.py [--records 4000]

A table of records, each made of a dozen objects of many types. It prints one line of JSON and waits for a line of input;
then it drops half of the records, here and there, makes as many new ones, and changes some of those that stayed: gives
them another name, moves them to another container, has two of them change places. It prints its truth and waits again:

    survived    {type: addresses} of objects that were there at the first stop and have been there ever since
    new         {type: addresses} of objects made between the two stops
    gone        {type: addresses} of objects freed between them
    reused      how many of the new ones lie where one of their type was freed

An address says nothing of a reused one. What does: its text or number, who refers to it, to what it refers, its age.
The collector runs as it does in any program. Runs on CPython 3.8 and later.
"""
import sys

if __name__ == "__main__":
    # As an importable module, as services mostly are: its names then read reuse.Record, not __main__.Record.
    import reuse

    sys.exit(reuse.main())

import argparse
import array
import json
import os
import random

TABLE = {}
ARCHIVE = []


class Point:
    __slots__ = ("x", "y")

    def __init__(self, x, y):
        self.x = x
        self.y = y


class Record:
    def __init__(self, number, name):
        self.serial = number * 7
        self.name = name
        self.digest = b"digest of %d" % number
        self.tags = ["first tag of %d" % number, "second tag of %d" % number]
        self.place = Point(number * 0.5, number * 0.25)
        self.span = (number * 0.125, "span of %d" % number)
        self.notes = {"text": "note on %d" % number}

    def parts(self):
        """Itself and every object that it alone has."""
        return [self, self.serial, self.name, self.digest, self.tags, *self.tags, self.place, self.place.x, self.place.y,
                self.span, *self.span, self.notes, self.notes["text"]]


def type_name(thing):
    kind = type(thing)
    return kind.__name__ if kind.__module__ == "builtins" else "%s.%s" % (kind.__module__, kind.__name__)


class Addresses:
    """Of objects, by type; holds none of them, nor takes a place where one could come to lie."""

    def __init__(self):
        self.by_type = {}

    def add(self, thing):
        self.by_type.setdefault(type_name(thing), array.array("Q")).append(id(thing))

    def add_record(self, record):
        for part in record.parts():
            self.add(part)

    def sets(self):
        return {name: set(addresses) for name, addresses in self.by_type.items()}


def change(numbers, new, gone):
    """Of those that stay: every fourth is renamed, every fourth moves, and of every fourth two change places."""
    renamed, moved, first, second = (numbers[start::4] for start in range(4))
    for number in renamed:
        record = TABLE[number]
        gone.add(record.name)
        record.name = "another name of %d" % number
        record.tags.append("third tag of %d" % number)
        new.add(record.name)
        new.add(record.tags[-1])
    for number in moved:
        ARCHIVE.append(TABLE.pop(number))
    for one, other in zip(first, second):
        one, other = TABLE[one], TABLE[other]
        one.place, other.place = other.place, one.place


def replace(count):
    """The second part; gives the truth."""
    old, new, gone = Addresses(), Addresses(), Addresses()
    for record in TABLE.values():
        old.add_record(record)
    numbers = sorted(TABLE)
    dropped = random.Random(6).sample(numbers, count // 2)
    change(sorted(set(numbers) - set(dropped))[:count // 8], new, gone)
    for number, freed in enumerate(dropped, numbers[-1] + 1):
        gone.add_record(TABLE[freed])
        del TABLE[freed]
        # Every fiftieth has the name of the one that went, as a visitor who comes back.
        TABLE[number] = Record(number, "name of %d" % (freed if number % 50 == 0 else number))
        new.add_record(TABLE[number])
    old, new, gone = old.sets(), new.sets(), gone.sets()
    told = {"survived": {name: sorted(old[name] - gone[name]) for name in old},
            "new": {name: sorted(new[name]) for name in new}, "gone": {name: sorted(gone[name]) for name in gone}}
    return {**told, "reused": sum(len(new[name] & gone[name]) for name in new)}


def stop(told):
    print(json.dumps({"pid": os.getpid(), "python": sys.version.split()[0], **told}), flush=True)
    return bool(os.read(0, 1))


def main():
    options = argparse.ArgumentParser(description="Objects of the same types at the same addresses.")
    options.add_argument("--records", type=int, default=4000)
    count = options.parse_args().records
    for number in range(1000000, 1000000 + count):
        TABLE[number] = Record(number, "name of %d" % number)
    if stop({"records": count}):
        stop(replace(count))
    return 0
