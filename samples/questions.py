"""A heap in which each question of queries/library that needs something special finds it, in numbers known beforehand.

Prints what it made, a line of JSON: the name of the question, and what its answer must say. Then it waits for a line."""
import asyncio
import functools
import json
import logging
import os
import socket
import sys
import types
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
        "class-containers": {"class": "Registry", "container_length": len(Registry.answers)},
        "closures": {"type": "Request", "count": len(KEPT["callbacks"])},
        "bound-methods": {"type": "Button", "count": len(KEPT["listeners"])},
        "slotless": {"type": "Point", "count": len(KEPT["points"])},
        "exception-chains": {"type": "RuntimeError", "cause": "ValueError", "count": len(KEPT["errors"])},
        "tracebacks": {"count": sum(count_tracebacks(error) for error in KEPT["errors"])},
        "generators": {"name": "rows_of", "count": len(KEPT["generators"])},
        "open-files": {"count": len(KEPT["files"])},
        "sockets": {"count": len(KEPT["sockets"])},
        "tasks": {"count": len(KEPT["tasks"])},
        "lru-caches": {"function": "squared", "entries": squared.cache_info().currsize},
        "duplicate-strings": {"count": len(KEPT["texts"]), "size": sys.getsizeof(KEPT["texts"][0])},
        "empty-containers": {"type": "dict", "count": len(KEPT["empty"])},
        "boxed-numbers": {"type": "float", "count": len(KEPT["floats"])},
        "weakref-callbacks": {"callback": "forget", "count": len(KEPT["watchers"])},
        "finalizers": {"type": "Resource", "count": 1},
        "loggers": {"type": "ReportHandler", "count": len(KEPT["handlers"])},
        "sparse-containers": {"length": len(KEPT["sparse"]), "size": sys.getsizeof(KEPT["sparse"])},
    }


def count_tracebacks(error):
    count, step = 0, error.__traceback__
    while step is not None:
        count, step = count + 1, step.tb_next
    return count + (count_tracebacks(error.__cause__) if error.__cause__ is not None else 0)


if __name__ == "__main__":
    print(json.dumps({"pid": os.getpid(), "truth": truth()}), flush=True)
    sys.stdin.readline()
    sys.stdout.flush()
    os._exit(0)  # what waits for ever is not waited for
