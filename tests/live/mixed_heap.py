"""A heap of many kinds of objects that writes down what the interpreter itself says of every one, then blocks.

    python3 tests/live/mixed_heap.py OUTPUT [--size 3000]

OUTPUT is a row of 64-bit words for each object that gc.get_objects() lists or gc.get_referents() reaches:

    address, address of its type, refcount, sys.getsizeof(), generation (0, 1, 2, 3 permanent, 4 untracked), number of
    referents, their addresses

The line of JSON on standard output names the types, and the objects whose refcount goes on changing while this is
written. Writing the truth must not change it: words go to an array, one list holds each object exactly once and is gone
before the program blocks, and nothing of the heap is changed, imported or cached from the walk on.
"""
import argparse
import array
import asyncio
import collections
import contextlib
import csv
import dataclasses
import datetime
import decimal
import email.message
import enum
import fractions
import functools
import gc
import http.client
import io
import itertools
import json
import logging
import operator
import os
import queue
import re
import struct
import sys
import threading
import types
import typing
import unittest
import weakref
import xml.etree.ElementTree

UNTRACKED, PERMANENT = 4, 3


class Plain:
    def __init__(self, number):
        self.number = number
        self.text = "text %d" % number
        self.items = [number, number + 1]
        self.next = None


class Slots:
    __slots__ = ("x", "y", "__weakref__")

    def __init__(self, number):
        self.x = number * 1.5
        self.y = (number, str(number))


class MoreSlots(Slots):
    __slots__ = ("z",)


class SlotsAndDict(Slots):
    pass


class ListChild(list):
    pass


class DictChild(dict):
    pass


class TupleChild(tuple):
    pass


class IntChild(int):
    pass


class StrChild(str):
    pass


class Problem(ValueError):
    def __init__(self, number):
        super().__init__(number)
        self.code = number


@dataclasses.dataclass
class Record:
    name: str
    value: float
    tags: tuple


Point = collections.namedtuple("Point", "x y z")


class Colour(enum.Enum):
    RED = 1
    GREEN = 2


def generate(number):
    held = [number]
    for step in range(number):
        yield step, held


async def wait_for(thing):
    await Never(thing)


class Never:
    def __init__(self, thing):
        self.thing = thing

    def __await__(self):
        yield self.thing


def close_over(number):
    held = [number]

    def inner(a=number, *, b=(number,)):
        return held, a, b
    return inner


def problem(number):
    try:
        try:
            {}[number]
        except KeyError as error:
            raise Problem(number) from error
    except Problem as error:
        return error


def suspended(number):
    generator = generate(number % 7 + 2)
    next(generator)
    return generator


def waiting(number):
    coroutine = wait_for([number])
    coroutine.send(None)
    return coroutine


MAKERS = [
    lambda i: ListChild([i, "x"]), lambda i: DictChild(a=i), lambda i: TupleChild((i, [i])),
    lambda i: IntChild(i + 10 ** 6), lambda i: StrChild("child %d" % i), lambda i: SlotsAndDict(i),
    lambda i: Point(i, [i], "z"), close_over, problem, suspended, waiting,
    lambda i: collections.OrderedDict(("o%d" % k, [k]) for k in range(5)),
    lambda i: collections.deque([[i], i + 0.5] * 5), lambda i: collections.defaultdict(list, {i: [1]}),
    lambda i: collections.Counter("hello%d" % i), lambda i: functools.partial(print, [i], sep=[i]),
    lambda i: functools.lru_cache(8)(close_over(i)), lambda i: itertools.chain([i], [2]), lambda i: iter([i + 0.5]),
    lambda i: iter({i: 1}), lambda i: zip([i], [i]), lambda i: map(str, [i]), lambda i: enumerate([[i]]),
    lambda i: reversed([[i]]), lambda i: slice([i], i + 10 ** 5), lambda i: range(i + 10 ** 8),
    lambda i: memoryview(bytearray(b"abc")), lambda i: array.array("d", [i] * 10), lambda i: bytearray(b"q" * i),
    lambda i: datetime.datetime(2020, 1, 1, tzinfo=datetime.timezone(datetime.timedelta(hours=i % 12))),
    lambda i: decimal.Decimal(i), lambda i: fractions.Fraction(i, 7), lambda i: re.compile("a%d(b)" % (i % 50)),
    lambda i: threading.Lock(), lambda i: threading.Event(), lambda i: queue.Queue(),
    lambda i: property(close_over(i)), lambda i: staticmethod(close_over(i)), lambda i: classmethod(close_over(i)),
    lambda i: types.SimpleNamespace(a=[i], b=i), lambda i: types.MappingProxyType({i: [i]}),
    lambda i: types.MethodType(close_over(i), [i]), lambda i: [].append,
    lambda i: xml.etree.ElementTree.fromstring("<a x='%d'><b>t</b></a>" % i), lambda i: io.StringIO("s%d" % i),
    lambda i: io.BytesIO(b"s"), lambda i: "\xe9 %d" % i, lambda i: "\u4e00 %d" % i, lambda i: complex(i, 1),
    lambda i: type("Made%d" % i, (Plain,), {"attr": [i]}), lambda i: operator.itemgetter(i, [i]),
    lambda i: struct.Struct("%dd" % (i % 9 + 1)), lambda i: contextlib.ExitStack(), lambda i: itertools.tee([i])[0],
    lambda i: typing.List[int], lambda i: email.message.Message(), lambda i: logging.getLogger("mixed.%d" % (i % 40)),
    lambda i: frozenset((i, i + 1)), lambda i: {(i, "k"): [i]}, lambda i: weakref.WeakValueDictionary(),
    lambda i: unittest.TestCase(), lambda i: csv.reader([]), lambda i: asyncio.Lock,
    lambda i: http.client.HTTPConnection("localhost"), lambda i: super(SlotsAndDict, SlotsAndDict(i)),
    lambda i: Colour(i % 2 + 1),
]


def build(size):
    heap = {}
    plain = heap["plain"] = [Plain(100000 + i) for i in range(size)]
    for i in range(0, size, 7):
        plain[i].next = plain[i * 31 % size]
    for i in range(0, size, 50):
        plain[i].__dict__
    for i in range(0, size, 211):
        setattr(plain[i], "extra%d" % (i % 5), [i])
    heap["slots"] = [Slots(i) for i in range(size // 4)]
    heap["more slots"] = [MoreSlots(i) for i in range(size // 4)]
    heap["records"] = [Record("n%d" % i, i / 3, ("t", i)) for i in range(size // 4)]
    heap["by number"] = {i * 1000003: float(i) for i in range(size)}
    heap["by name"] = {"key%d" % i: i + 10 ** 6 for i in range(size)}
    heap["by tuple"] = {(i, "k"): [i] for i in range(size // 4)}
    heap["set"] = {"s%d" % i for i in range(size // 2)}
    heap["nested"] = [{"id": i, "tags": ["a", "b%d" % i], "sub": {"x": i * .5}} for i in range(size // 4)]
    heap["mixed"] = [maker(i) for i in range(max(size // 100, 10)) for maker in MAKERS]
    heap["references"] = [weakref.ref(one, print) for one in plain[:50]] + [weakref.proxy(one) for one in plain[:50]]
    chain = None
    for _ in range(20 * size):
        chain = [chain]
    heap["chain"] = chain
    for i in range(100):
        one, other = Plain(i), Plain(-i)
        one.next, other.next = other, one
    return heap


def build_aside(size):
    """Builds in a thread that then ends: frames kept by tracebacks so don't lead back to one that runs."""
    heaps = []
    thread = threading.Thread(target=lambda: heaps.append(build(size)))
    thread.start()
    thread.join()
    return heaps.pop()


def describe_types(found):
    names = {}
    for thing in found:
        kind = type(thing)
        if id(kind) not in names:
            names[id(kind)] = ["%s.%s" % (kind.__module__, kind.__qualname__), kind.__sizeof__ is not object.__sizeof__]
    return names


def make_classes_ready():
    """A look at a class of 3.8 and 3.9 may do that, and then its base has one subclass more."""
    for thing in gc.get_objects():
        describe_types(gc.get_referents(thing))


def leave_out_interned(found):
    """The dict of interned strings, tracked from 3.14 on: it borrows them, and what it has changes all the time."""
    for number in reversed(range(len(found))):
        thing = found[number]
        if type(thing) is dict and len(thing) > 1000 and all(key is value for key, value in thing.items()):
            del found[number]


def reach(found, words, starts):
    """Puts every object that tp_traverse reaches into `found`, each once, and its words into `words`."""
    generation = {}
    for number in range(3):
        generation.update(dict.fromkeys(map(id, gc.get_objects(generation=number)), number))
    seen = set(map(id, found))
    for thing in found:  # grows meanwhile
        referents = gc.get_referents(thing)
        tracked = generation.get(id(thing), PERMANENT) if gc.is_tracked(thing) else UNTRACKED
        starts.append(len(words))
        words.extend((id(thing), id(type(thing)), 0, sys.getsizeof(thing, 0), tracked, len(referents)))
        words.extend(map(id, referents))
        for other in referents:
            if id(other) not in seen:
                seen.add(id(other))
                found.append(other)


def main():
    options = argparse.ArgumentParser()
    options.add_argument("output")
    options.add_argument("--size", type=int, default=3000)
    given = options.parse_args()
    heap = build_aside(given.size)
    gc.collect(0)
    gc.disable()
    words, starts, empty = array.array("Q"), array.array("Q"), ()
    output = os.open(given.output, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    make_classes_ready()
    found = gc.get_objects()
    leave_out_interned(found)
    reach(found, words, starts)
    changing = [id(thing) for thing in (None, True, False, empty, "", b"", int, str, list, dict, tuple, set, Ellipsis,
                                        array.array, words, starts, sys.getrefcount, os.read, os.write)]
    changing += map(id, range(-5, 257))
    changing += [id(chr(code)) for code in range(256)]
    line = json.dumps({"pid": os.getpid(), "objects": len(found), "types": describe_types(found),
                       "changing": changing}).encode() + b"\n"
    count_references_and_block(found, words, starts, output, memoryview(line), memoryview(words).cast("B"))
    return heap


def count_references_and_block(found, words, starts, output, line, view):
    """From the first count on no attribute is looked up: the method cache would take the name's reference (3.11)."""
    count, write, read = sys.getrefcount, os.write, os.read
    probe = [object()]
    own = count(probe[0])  # its list's and the call's: what each object has besides its own
    for number in range(len(found)):
        words[starts[number] + 2] = count(found[number]) - own
    found[:] = []
    for descriptor, left in ((output, view), (1, line)):
        while left:
            left = left[write(descriptor, left):]
    read(0, 1)


if __name__ == "__main__":
    main()
