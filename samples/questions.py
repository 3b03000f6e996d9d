#!/usr/bin/env python3
"""A heap in which the queries of queries/library find what they ask for, in numbers known beforehand.

    python3 samples/questions.py     prints its truth as one line of JSON, then waits for a line, twice

The truth is {"pid": its own, "truth": by the name of a query what the answer must say}; after the first line {"came", "went"}: how
many requests have come since and are kept, and how many points have gone.

Runs on CPython 3.8 and later.
"""
import asyncio
import functools
import gc
import json
import logging
import os
import socket
import sys
import weakref


class Registry:
    """A class that keeps more than it should."""
    answers = {n: "answer %d" % n for n in range(3000)}


class Request:
    def __init__(self, number):
        self.number = number
        self.body = bytes(2000 + number)


def on_done(request):
    def callback():
        return request.number
    return callback


class Button:
    def click(self):
        return self


class Point:  # no __slots__, and many
    def __init__(self, x):
        self.x = x
        self.y = -x


class Resource:  # in a cycle, with a finalizer
    def __init__(self):
        self.me = self

    def __del__(self):
        self.me = None


class ReportHandler(logging.Handler):
    def __init__(self, number):
        super().__init__()
        self.report = Request(number)

    def emit(self, record):
        pass


def rows_of(cursor):
    for row in cursor:
        yield row


def fail(request):
    try:
        raise ValueError("first %d" % request.number)
    except ValueError as error:
        raise RuntimeError("second") from error


def caught(request):
    try:
        fail(request)
    except RuntimeError as error:
        return error


@functools.lru_cache(maxsize=None)
def squared(n):
    return n * n + 0.5


async def wait_for_ever(client):
    await asyncio.get_running_loop().create_future()
    return client


def forget(reference):
    return None


async def start_tasks(count):
    tasks = [asyncio.create_task(wait_for_ever(Request(n))) for n in range(count)]
    await asyncio.sleep(0)
    return tasks


def make():
    """All that is kept, by name."""
    kept = {}
    kept["requests"] = []
    kept["callbacks"] = [on_done(Request(n)) for n in range(7)]
    kept["listeners"] = [button.click for button in (Button() for _ in range(11))]
    kept["points"] = [Point(n) for n in range(2500)]
    kept["errors"] = [caught(Request(n)) for n in range(5)]
    generators = [rows_of(iter(range(100))) for _ in range(9)]
    for generator in generators:
        next(generator)
    kept["generators"] = generators
    kept["files"] = [open(os.devnull, "rb") for _ in range(4)]
    kept["sockets"] = [end for _ in range(3) for end in socket.socketpair()]
    kept["sums"] = [squared(n) for n in range(600)]
    kept["texts"] = ["-".join(["the same text", "again"]) for _ in range(40)]
    kept["empty"] = [{} for _ in range(1500)]
    kept["floats"] = [n + 0.25 for n in range(1200)]
    kept["watched"] = [Button() for _ in range(6)]
    kept["watchers"] = [weakref.ref(button, forget) for button in kept["watched"]]
    kept["resource"] = Resource()
    kept["handlers"] = [ReportHandler(n) for n in range(3)]
    for handler in kept["handlers"]:
        logging.getLogger("questions").addHandler(handler)
    sparse = {n: None for n in range(5000)}
    for n in range(4990):
        del sparse[n]
    kept["sparse"] = sparse
    loop = asyncio.new_event_loop()
    kept["tasks"] = loop.run_until_complete(start_tasks(8))
    kept["loop"] = loop
    return kept


KEPT = make()


def truth():
    return {
        "class-containers": {"class": "Registry", "length": len(Registry.answers)},
        "closures": {"type": "Request", "count": len(KEPT["callbacks"])},
        "bound-methods": {"listener": "Button", "count": len(KEPT["listeners"])},
        "slotless": {"type": "Point", "count": len(KEPT["points"])},
        "exception-chains": {"exception": "RuntimeError", "other": "ValueError", "count": len(KEPT["errors"])},
        "tracebacks": {"RuntimeError": sum(count_frames(error) for error in KEPT["errors"]),
                       "ValueError": sum(count_frames(error.__cause__) for error in KEPT["errors"])},
        "generators": {"generator": len(KEPT["generators"]), "coroutine": len(KEPT["tasks"])},
        "open-files": {"count": len(KEPT["files"])},
        "sockets": {"count": len(KEPT["sockets"])},
        "tasks-pending": {"waits_for": "Future", "count": len(KEPT["tasks"])},
        "lru-caches": {"function": "squared", "entries": squared.cache_info().currsize},
        "duplicate-strings": {"copies": len(KEPT["texts"]), "size": sum(map(sys.getsizeof, KEPT["texts"]))},
        "empty-containers": {"holder": "list", "container": "dict", "count": len(KEPT["empty"])},
        "boxed-numbers": {"type": "float", "length": len(KEPT["floats"])},
        "weakref-callbacks": {"callback": "forget", "watched": "Button", "count": len(KEPT["watchers"])},
        "finalizers": {"type": "Resource", "fate": "reachable", "count": 1},
        "loggers": {"handler": "ReportHandler", "count": len(KEPT["handlers"])},
        "sparse-containers": {"length": len(KEPT["sparse"]), "size": sys.getsizeof(KEPT["sparse"])},
        "garbage": {"type": "Lost", "count": LOST},
        "thread-locals": {"variable": "ballast", "size": BALLAST},
    }


def count_frames(error):
    count, step = 0, error.__traceback__
    while step is not None:
        count, step = count + 1, step.tb_next
    return count


class Lost:
    def __init__(self):
        self.me = self


LOST = 13
BALLAST = 50_000
CAME = 17
WENT = 19


def main():
    ballast = bytearray(BALLAST)
    gc.disable()
    for _ in range(LOST):
        Lost()
    print(json.dumps({"pid": os.getpid(), "truth": truth()}), flush=True)
    sys.stdin.readline()
    # For two snapshots: requests came and are kept, points went.
    KEPT["requests"].extend([Request(n) for n in range(CAME)])
    del KEPT["points"][-WENT:]
    print(json.dumps({"came": CAME, "went": WENT}), flush=True)
    sys.stdin.readline()
    os._exit(0 if ballast else 1)  # what waits for ever is not waited for


if __name__ == "__main__":
    main()
