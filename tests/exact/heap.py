"""A heap of many types for the exact comparison: builds it, says where it is, stops itself, walks itself.

    python heap.py FOLDER WALK COUNT

FOLDER holds the extension exactwalk; WALK is the file that the walk goes to; COUNT is about how many objects to make.
Prints one line of JSON before the stop (pid, planted leaks by address). Once continued it writes WALK, collects with
gc.DEBUG_SAVEALL, writes the addresses of what the collector found to WALK.garbage, and ends.

Every builder makes live objects of some types from a running number; `scale` repeats the cheap ones.
"""
import argparse
import array
import asyncio
import collections
import contextlib
import csv
import ctypes
import dataclasses
import datetime
import decimal
import enum
import fractions
import functools
import gc
import io
import itertools
import json
import operator
import os
import queue
import re
import socket
import sqlite3
import struct
import sys
import threading
import types
import typing
import weakref
import xml.etree.ElementTree as ElementTree
import zlib

sys.path.insert(0, sys.argv[1])
import exactwalk


class Plain:
    def __init__(self, number):
        self.number = number
        self.text = "value %d" % number
        self.pair = [number, number + 1]
        self.next = None


class Late(Plain):
    """Gets attributes after the others, so that its keys are no longer shared."""


class Slots:
    __slots__ = ("left", "right", "__weakref__")

    def __init__(self, number):
        self.left = number * 1.5
        self.right = (number, str(number))


class MoreSlots(Slots):
    __slots__ = ("third",)


class SlotsAndDict(Slots):
    pass


@dataclasses.dataclass
class Record:
    name: str
    value: float
    tags: tuple


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


class SetChild(set):
    pass


class BytesChild(bytes):
    pass


class Failure(ValueError):
    def __init__(self, number):
        super().__init__(number)
        self.code = number


class Meta(type):
    pass


class WithMeta(metaclass=Meta):
    attribute = 1


class Colour(enum.Enum):
    RED = 1
    GREEN = 2


Named = collections.namedtuple("Named", "first second third")


class Structure(ctypes.Structure):
    _fields_ = [("number", ctypes.c_int), ("text", ctypes.c_char_p)]


def generator(count):
    local = [count]
    for number in range(count):
        yield number, local


async def coroutine(value):
    await asyncio.sleep(value)


async def async_generator(value):
    yield value


def closure(number):
    cell = [number]

    def inner(default=number, *, keyword=(number,)):
        return cell, default, keyword

    return inner


def failure(number):
    try:
        try:
            {}[number]
        except KeyError as error:
            raise Failure(number) from error
    except Failure as error:
        return error


def group_of(number):
    if sys.version_info >= (3, 11):
        return ExceptionGroup("several", [failure(number), ValueError(number)])
    return ValueError(number)


def dynamic_type(number):
    return type("Dynamic%d" % number, (Plain,), {"value": [number]})


def suspended(number):
    running = generator(5)
    next(running)
    return running


def element(number):
    root = ElementTree.fromstring('<a x="%d"><b>text</b><c/>tail</a>' % number)
    root.find("b").tail = "t%d" % number
    return root


def cached(number):
    function = functools.lru_cache(maxsize=8)(closure(number))
    function(number)
    return function


def instance_of_late(number):
    late = Late(number)
    setattr(late, "extra%d" % (number % 5), number)
    return late


def more_slots(number):
    made = MoreSlots(number)
    made.third = [number]
    return made


def slots_and_dict(number):
    made = SlotsAndDict(number)
    made.free = number + 0.5
    return made


ALIVE = []  # keeps the targets of weak references


def referenced(number):
    ALIVE.append(Plain(number))
    return ALIVE[-1]


RARE = [
    lambda n: ListChild([n, "x"]), lambda n: DictChild(a=n), lambda n: TupleChild((n, [n])), IntChild,
    lambda n: StrChild("text %d" % n), lambda n: SetChild({n + 0.25}), lambda n: BytesChild(b"%d" % n),
    more_slots, slots_and_dict, instance_of_late, lambda n: Named(n, [n], "c"), closure, failure, group_of, generator,
    suspended, async_generator,
    lambda n: collections.OrderedDict((("key %d" % k, [k]) for k in range(5))),
    lambda n: collections.deque([[n], n + 0.5] * 40), lambda n: collections.defaultdict(list, {n: [1]}),
    lambda n: collections.Counter("letters %d" % n), lambda n: collections.ChainMap({n: 1}, {}),
    lambda n: functools.partial(print, [n], sep=[n]), cached, lambda n: functools.cmp_to_key(closure(n)),
    lambda n: itertools.chain([n], [2]), lambda n: itertools.count(n + 10 ** 7), lambda n: itertools.cycle([n]),
    lambda n: itertools.islice([n], 3), lambda n: itertools.groupby([1, n]), lambda n: itertools.tee([n])[0],
    lambda n: itertools.product([n], [1]), lambda n: itertools.permutations([n, 1]), lambda n: itertools.repeat([n]),
    lambda n: itertools.starmap(pow, [(n, 1)]), lambda n: itertools.zip_longest([n], [1, 2]),
    lambda n: itertools.accumulate([n]), lambda n: itertools.compress([n], [1]), lambda n: itertools.filterfalse(None, [n]),
    lambda n: iter([n + 0.5]), lambda n: iter({n: 1}), lambda n: iter((n, [n])), lambda n: iter({n}), lambda n: iter("%d" % n),
    lambda n: iter(b"%d" % n), lambda n: iter(range(n + 5)), lambda n: iter({n: 1}.items()), lambda n: {n: [n]}.keys(),
    lambda n: {n: [n]}.values(), lambda n: {n: [n]}.items(), lambda n: iter(closure(n), None),
    lambda n: zip([n], [n]), lambda n: map(str, [n]), lambda n: filter(None, [n]), lambda n: enumerate([[n]]),
    lambda n: reversed([[n]]), lambda n: slice([n], n + 10 ** 5), lambda n: range(n + 10 ** 8),
    lambda n: memoryview(bytearray(b"abc%d" % n)), lambda n: array.array("d", [n] * 10), lambda n: bytearray(b"q" * (n % 900)),
    lambda n: datetime.datetime(2020, 1, 1, tzinfo=datetime.timezone(datetime.timedelta(hours=n % 12))),
    lambda n: datetime.timedelta(n), lambda n: datetime.date(2000 + n % 30, 1, 1), lambda n: datetime.time(n % 24, 5),
    lambda n: decimal.Decimal(n), lambda n: decimal.Context(prec=n % 20 + 1), lambda n: fractions.Fraction(n, 7),
    lambda n: re.compile("a%d(b)" % (n % 100)), lambda n: re.match("(a)", "a"), lambda n: threading.Lock(),
    lambda n: threading.RLock(), lambda n: threading.Event(), lambda n: threading.local(),
    lambda n: weakref.ref(referenced(n), closure(n)), lambda n: weakref.proxy(referenced(n)),
    lambda n: weakref.WeakValueDictionary({n: referenced(n)}), lambda n: weakref.WeakSet([referenced(n)]),
    lambda n: weakref.WeakMethod(Plain.__init__.__get__(referenced(n))),
    lambda n: property(closure(n), doc="doc %d" % n), lambda n: staticmethod(closure(n)), lambda n: classmethod(closure(n)),
    lambda n: types.SimpleNamespace(a=[n], b=n), lambda n: types.MappingProxyType({n: [n]}),
    lambda n: types.MethodType(closure(n), [n]), lambda n: [n].append, lambda n: "x".join, lambda n: (n).__add__,
    lambda n: types.ModuleType("made%d" % n), lambda n: types.CellType([n]), lambda n: super(Late, Late(n)),
    element, lambda n: io.StringIO("text %d" % n), lambda n: io.BytesIO(b"bytes %d" % n),
    lambda n: io.BufferedReader(io.BytesIO(b"%d" % n)), lambda n: io.TextIOWrapper(io.BytesIO(b"%d" % n)),
    lambda n: queue.Queue(), lambda n: queue.SimpleQueue(),
    lambda n: "\xe9%d" % n, lambda n: "\u4e00%d" % n, lambda n: "\U0001f600%d" % n, lambda n: complex(n, 1),
    lambda n: Colour.RED, lambda n: operator.itemgetter(n, [n]), lambda n: operator.attrgetter("a.b%d" % n),
    lambda n: operator.methodcaller("m%d" % n, [n]), lambda n: struct.Struct("i%dd" % (n % 9)),
    lambda n: contextlib.ExitStack(), lambda n: sys._getframe(), lambda n: typing.List[int], lambda n: typing.Optional[Plain],
    lambda n: json.JSONDecoder(), lambda n: json.JSONEncoder(), lambda n: csv.reader([str(n)]), lambda n: zlib.compressobj(),
    lambda n: ctypes.c_int(n), lambda n: Structure(n, b"t%d" % n), lambda n: (ctypes.c_int * 4)(n), lambda n: ctypes.pointer(ctypes.c_int(n)),
    lambda n: types.CodeType.replace(closure(n).__code__, co_name="renamed%d" % n), lambda n: type(Plain.__dict__["__dict__"]),
    lambda n: Plain.__init__, lambda n: frozenset((n, n + 1)), lambda n: 10 ** 30 + n, lambda n: object(), lambda n: WithMeta(),
    lambda n: Exception, lambda n: StopIteration([n]), lambda n: OSError(2, "no", "f%d" % n), lambda n: ImportError("x", name="m%d" % n),
    lambda n: UnicodeDecodeError("utf8", b"%d" % n, 0, 1, "r"), lambda n: SystemExit([n]), lambda n: KeyError([n]), lambda n: AttributeError("a"),
    lambda n: array.array("u", "x") if sys.version_info < (3, 13) else array.array("i", [n]), lambda n: iter(memoryview(b"ab")) if sys.version_info >= (3, 10) else n,
]


def build(count):
    """Live objects, about `count` of them, by name."""
    each = max(count // 23, 20)
    heap = {"plain": [Plain(100000 + n) for n in range(each)]}
    for n in range(0, each, 7):
        heap["plain"][n].next = heap["plain"][n * 31 % each]
    for n in range(0, each, 50):
        heap["plain"][n].__dict__
    heap["slots"] = [Slots(n) for n in range(each // 4)]
    heap["records"] = [Record("name %d" % n, n / 3, ("tag", n)) for n in range(each // 4)]
    heap["ints"] = {n * 1000003: float(n) for n in range(each)}
    heap["texts"] = {"key %d" % n: n + 10 ** 6 for n in range(each)}
    heap["pairs"] = {(n, "k"): [n] for n in range(each // 4)}
    heap["set"] = {"member %d" % n for n in range(each // 2)}
    heap["nested"] = [{"id": n, "name": "nm%d" % n, "tags": ["a", "b%d" % n], "sub": {"x": n * .5, "y": None}}
                      for n in range(each // 4)]
    heap["bytes"] = [b"%d" % n for n in range(each // 8)]
    heap["big"] = [10 ** 30 + n for n in range(each // 8)]
    heap["rare"] = [make(n) for n in range(max(4, each // 2000)) for make in RARE]
    heap["types"] = [dynamic_type(n) for n in range(40)]
    return heap


def connect(heap):
    """What needs a system resource or a running loop."""
    heap["database"] = sqlite3.connect(":memory:")
    heap["cursor"] = heap["database"].execute("select 1")
    heap["sockets"] = socket.socketpair()
    loop = asyncio.new_event_loop()
    heap["tasks"] = [loop.create_task(coroutine(1000 + n)) for n in range(20)]
    loop.call_later(0.05, loop.stop)
    loop.run_forever()
    heap["loop"] = loop
    heap["future"] = loop.create_future()
    heap["thread"] = threading.Thread(target=lambda event, local: event.wait(), args=(threading.Event(), [1]), daemon=True)
    heap["thread"].start()


def plant_garbage(count):
    for n in range(count):
        one, other = Plain(n), Plain(n)
        one.next, other.next = other, one


def plant_leaks(count):
    """Objects that an extension holds without anyone seeing it."""
    return [exactwalk.leak([n, "leaked %d" % n]) for n in range(count)] + [exactwalk.leak(Plain(n)) for n in range(count)]


def report_garbage(path):
    gc.set_debug(gc.DEBUG_SAVEALL)
    gc.collect()
    with open(path, "w") as file:
        for item in gc.garbage:
            file.write("%d\n" % id(item))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("folder")
    parser.add_argument("walk")
    parser.add_argument("count", type=int)
    options = parser.parse_args()
    gc.collect()
    gc.disable()
    heap = build(options.count)
    connect(heap)
    leaks = plant_leaks(10)
    plant_garbage(100)
    gc.get_objects(generation=None)  # the first call makes a tuple of keyword names
    print(json.dumps({"pid": os.getpid(), "leaks": leaks}), flush=True)
    exactwalk.stop_and_walk(options.walk)
    report_garbage(options.walk + ".garbage")
    os._exit(0)


main()
