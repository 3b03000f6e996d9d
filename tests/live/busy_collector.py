"""A process of several threads that make garbage and collect it all the time, for captures at random moments.

Old garbage, which these collections of the two younger generations leave alone, is a known number of cycles; so are the
objects that are kept. Prints its truth and goes on until its standard input ends.
"""
import gc
import json
import os
import sys
import threading

CYCLES, KEPT, THREADS = 500, 2000, 4


class Lost:
    """One of a pair that refer to each other, and that nobody else refers to."""


class Kept:
    def __init__(self, number):
        self.number = number
        self.neighbours = [number, {"number": number}]


class Fleeting:
    pass


def make_old_garbage():
    pairs = []
    for _ in range(CYCLES):
        one, other = Lost(), Lost()
        one.other, other.other = other, one
        pairs.append(one)
    gc.collect()
    gc.collect()
    del one, other
    pairs.clear()


def work(ready):
    ready.wait()
    while True:
        sum(thing.neighbours[1]["number"] for thing in kept[:100])
        with alone:  # else what another thread is making would grow old
            for _ in range(50):
                one = Fleeting()
                one.self = [one]
            del one
            gc.collect(0)
            gc.collect(1)


gc.disable()
alone = threading.Lock()
kept = [Kept(number) for number in range(KEPT)]
make_old_garbage()
ready = threading.Barrier(THREADS + 1)
for _ in range(THREADS):
    threading.Thread(target=work, args=(ready,), daemon=True).start()
ready.wait()
print(json.dumps({"lost": 2 * CYCLES, "kept": KEPT, "threads": THREADS + 1}), flush=True)
sys.stdin.read()
os._exit(0)
