#!/usr/bin/env python3
"""A fragmented heap: many objects were made, and all but one in each of the allocator's pools are gone.

    python3 samples/fragmented.py [--scale 1]    prints its truth as one line of JSON, then blocks until its input ends

The truth is {"class", "path", "kept", "block_size", "blocks_freed"}: `kept` objects of the class are held by `path`, one in each
pool of blocks of `block_size` bytes in which they were made, whose other blocks were freed. They keep arenas that could be
returned to the system without them.

--stop FILE stops the process itself (SIGSTOP) between two prints of sys._debugmallocstats() to FILE, so that a snapshot taken
then is of a moment of which the allocator's own figures are known; it then waits for a line of input, lets go of what it
kept, prints the figures once more, says `without`, and blocks. The prints begin with a line `--- before`, `--- behind`, `--- without`.

Runs on CPython 3.8 and later.
"""
import argparse
import gc
import json
import os
import signal
import sys

POOL = 16384 if sys.version_info >= (3, 10) else 4096


class Entry:
    __slots__ = ("value",)


CACHE = []


def fill(count):
    """Keeps the first object of each pool."""
    made = []
    for _ in range(count):
        entry = Entry()
        entry.value = None
        made.append(entry)
    pools = set()
    for entry in made:
        pool = id(entry) // POOL
        if pool not in pools:
            pools.add(pool)
            CACHE.append(entry)
    return count - len(CACHE)


def tell(title, file, write=os.write, stats=sys._debugmallocstats):
    write(file, title)
    stats()


def stop_between(path):
    """What these lines need is made before: between the prints nothing is allocated for good."""
    file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    os.dup2(file, 2)
    titles = [b"--- before\n", b"--- behind\n", b"--- without\n"]
    own, number, kill = os.getpid(), int(signal.SIGSTOP), os.kill
    tell(titles[0], file)
    kill(own, number)
    tell(titles[1], file)
    sys.stdin.readline()
    CACHE.clear()
    tell(titles[2], file)
    print("without", flush=True)


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--scale", type=float, default=1)
    options.add_argument("--stop", metavar="FILE")
    chosen = options.parse_args()
    freed = fill(int(200000 * chosen.scale))
    gc.collect()
    gc.disable()
    print(json.dumps({"class": __name__ + ".Entry", "path": __name__ + ".CACHE", "kept": len(CACHE),
                      "block_size": (sys.getsizeof(CACHE[0]) + 15) // 16 * 16, "blocks_freed": freed}), flush=True)
    if chosen.stop:
        stop_between(chosen.stop)
    sys.stdin.read()


if __name__ == "__main__":
    main()
