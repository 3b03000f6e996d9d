#!/usr/bin/env python3
"""A program that runs under tracemalloc, and knows where each of its objects was allocated.

    python3 samples/sites.py [FRAMES]    prints its truth as one line of JSON, then blocks until its standard input ends

The truth, as tracemalloc itself says it: {"limit": frames, "objects": rows, "sites": rows}. A row of an
object: its address, what it is, and its traceback, innermost frame first, or null where tracemalloc has none; how many
frames there were before the limit cut them. A row of a site: a traceback of this file with the blocks and bytes that were
allocated there and live. FRAMES is the limit, 10 by default. Runs on CPython 3.8 and later.
"""
import array
import collections
import ctypes
import gc
import json
import os
import sys
import tracemalloc

FRAMES = int(sys.argv[1]) if len(sys.argv) > 1 else 10
BEFORE = [object(), ["made before"], "made before %d" % FRAMES]  # nobody traced these
PLANTED = []
SIZES = (0, 1, 7, 100, 5000)


class Plain:
    def __init__(self, number):
        self.first = number
        self.second = [number]


class Slotted:
    __slots__ = ("value", "__weakref__")


class Listed(list):
    pass


class Failure(Exception):
    pass


def plant(kind, thing):
    PLANTED.append((kind, thing))


def numbers(limit):
    yield from range(limit)


def one_line_each(number):
    plant("object", object())
    plant("instance", Plain(number))
    plant("slotted", Slotted())
    plant("list", [number] * 100)
    plant("list subclass", Listed([1, 2]))
    plant("dict", {"key %d" % key: key for key in range(number)})
    plant("set", set(range(number)))
    plant("frozenset", frozenset(range(number)))
    plant("tuple", tuple(range(number)))
    plant("str", "text of %d" % number)
    plant("wide str", "\u6771\u4eac %d" % number)
    plant("bytes", b"%d bytes" % number * 100)
    plant("bytearray", bytearray(number + 1000))
    plant("int", number + 10 ** 20)
    plant("float", number + 0.5)
    plant("deque", collections.deque(range(200)))
    plant("array", array.array("d", range(100)))
    plant("function", lambda: number)
    plant("class", type("Made", (), {"number": number}))
    plant("exception", Failure(number))
    plant("generator", numbers(number))
    plant("module", type(os)("made"))
    plant("ctypes array", (ctypes.c_int * 100)())


def grow():
    """Buffers that were moved when they grew: each has the trace of its last growth."""
    items, table, text = [], {}, bytearray()
    for number in range(1000):
        items.append(number)
        table[number] = None
        text.append(number % 256)
    plant("grown list", items)
    plant("grown dict", table)
    plant("grown bytearray", text)


def deep(depth, number):
    if depth:
        deep(depth - 1, number)
    else:
        plant("deep", Plain(number))


def track_foreign_memory():
    """As a library that has an allocator of its own does: in another domain, which has a table of its own."""
    track = ctypes.pythonapi.PyTraceMalloc_Track
    track.argtypes = [ctypes.c_uint, ctypes.c_size_t, ctypes.c_size_t]
    track(5, 0x123450, 1000)


def frames_of(traceback):
    return [[frame.filename, frame.lineno] for frame in reversed(traceback)]


def traceback_of(thing):
    """3.11's own function forgets the two words that lie in front of the collector's header of an instance with a dict."""
    if sys.version_info[:2] == (3, 11) and type(thing).__flags__ & 1 << 4:
        get = ctypes.pythonapi._PyTraceMalloc_GetTraceback
        get.argtypes, get.restype = [ctypes.c_uint, ctypes.c_size_t], ctypes.py_object
        frames = get(0, id(thing) - 32)
        return tracemalloc.Traceback(frames) if frames is not None else None
    return tracemalloc.get_object_traceback(thing)


def tell(kind, thing):
    traceback = traceback_of(thing)
    return {"kind": kind, "address": id(thing), "total": getattr(traceback, "total_nframe", None),
            "frames": frames_of(traceback) if traceback is not None else None}


def main():
    tracemalloc.start(FRAMES)
    for number in SIZES:
        one_line_each(number)
    grow()
    if FRAMES > 1:
        track_foreign_memory()
    for depth in (1, 3, 30):
        deep(depth, depth)
    gc.collect()
    gc.disable()
    rows = [tell(kind, thing) for kind, thing in PLANTED] + [tell("before", thing) for thing in BEFORE]
    statistics = tracemalloc.take_snapshot().statistics("traceback")
    here = {main.__code__.co_filename, __file__}
    planting = range(one_line_each.__code__.co_firstlineno, frames_of.__code__.co_firstlineno)
    sites = [{"frames": frames_of(row.traceback), "blocks": row.count, "bytes": row.size} for row in statistics
             if row.traceback[-1].filename in here and row.traceback[-1].lineno in planting]
    truth = json.dumps({"limit": tracemalloc.get_traceback_limit(), "objects": rows, "sites": sites})
    print(truth, flush=True)
    sys.stdin.read()
    os._exit(0)


main()
