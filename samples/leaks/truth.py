"""What the samples in this folder share: when they stop, and what they say then.

Each sample is a small service with one bug, or with something that only looks like one:

    python3 samples/leaks/unbounded_cache.py [--requests 1000] [--idle]

It handles as many requests, prints its truth as one line of JSON, and waits; each line that it reads lets it handle as many
again. It ends with its input. With --idle it waits once before the first request too. Take a snapshot at each stop:

    sample         its name
    pid, python    of the process
    stop           0, 1, 2 ...: 0 is before the first request
    leaks          whether it leaks
    path           where, as heapdiff prints it, keys that a snapshot doesn't hold as [*]; null where it doesn't leak
    class          what gathers there
    count          how many of it there are, by the sample's own books: it counts what it does, not what it holds
    bytes          what these take, where that can be known; else null

A sample has `handle(number)`, which serves one request, and `truth()`, which gives the last five of these.
Runs on CPython 3.8 and later.
"""
import argparse
import importlib
import itertools
import json
import os
import sys


def leak(path, name, count, size=None):
    return {"leaks": True, "path": path, "class": name, "count": count, "bytes": size}


def no_leak(name, count, size=None):
    return {"leaks": False, "path": None, "class": name, "count": count, "bytes": size}


def stop(name, number, told):
    """Says the truth and waits; false once the input has ended."""
    line = {"sample": name, "pid": os.getpid(), "python": sys.version.split()[0], "stop": number, **told}
    print(json.dumps(line), flush=True)
    return bool(os.read(0, 1))


def run(name):
    """Runs the sample as a module, as services mostly are: its names read unbounded_cache.Page then, not __main__.Page."""
    sample = importlib.import_module(name)
    options = argparse.ArgumentParser(description=sample.__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--requests", type=int, default=1000, help="between two stops (default: 1000)")
    options.add_argument("--idle", action="store_true", help="stop before the first request too")
    given = options.parse_args()
    if given.idle and not stop(name, 0, sample.truth()):
        os._exit(0)
    for number in itertools.count(1):
        for request in range((number - 1) * given.requests, number * given.requests):
            sample.handle(request)
        if not stop(name, number, sample.truth()):
            os._exit(0)  # at once: a task that never ends would complain
