"""A program whose heap is never twice the same: other hashes, imports in another order, interned strings, caches of random size.

    noisy_heap.py SEED [leak]

Does a round of work before it is ready, and one more for each line of its input; with `leak` each round forgets to end its
sessions too."""
import functools
import json
import os
import random
import re
import sys

SEED = sys.argv[1]
if os.environ.get("PYTHONHASHSEED") != SEED:  # hashes are chosen before anything runs: so begin again
    os.execve(sys.executable, [sys.executable, "-B"] + sys.argv, {**os.environ, "PYTHONHASHSEED": SEED})

CHANCE = random.Random(int(SEED))
IMPORTS = ["decimal", "fractions", "argparse", "csv", "email.message", "logging", "uuid", "textwrap"]
CHANCE.shuffle(IMPORTS)
for name in IMPORTS:
    __import__(name)


class Session:
    def __init__(self, number):
        self.number = number
        self.name = "session %d" % number


CACHE = {}  # of what was asked for lately
# From 3.12 on what is interned stays for ever, so it is done once.
WORDS = {sys.intern("word-%d" % CHANCE.randrange(10**6)) for _ in range(CHANCE.randrange(100, 300))}
POOL = [Session(number) for number in range(200)]
OPEN = {}  # what leaks: sessions that nobody ends


@functools.lru_cache(maxsize=None)
def square(number):
    return number * number


def work(leaks):
    CACHE.clear()
    square.cache_clear()
    re.purge()
    for _ in range(CHANCE.randrange(300, 1500)):
        CACHE["key %d" % CHANCE.randrange(10**6)] = bytes(CHANCE.randrange(50, 150))
    for _ in range(CHANCE.randrange(50, 200)):
        square(CHANCE.randrange(10**6))
        re.compile("x{%d}" % CHANCE.randrange(1, 400))
    for _ in range(400 if leaks else 0):
        OPEN[len(OPEN)] = Session(10**6 + len(OPEN))


work("leak" in sys.argv)
print(json.dumps({}), flush=True)
for line in sys.stdin:
    work("leak" in sys.argv)
    print(json.dumps({}), flush=True)
