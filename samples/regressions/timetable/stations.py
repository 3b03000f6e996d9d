"""Stations by name. What grows here at first is no mistake: a cache with a limit, which fills, and interned codes."""
import functools
import sys


class Station:
    def __init__(self, name):
        self.name = name
        self.code = sys.intern(name[:3].upper())  # there are as many codes as beginnings of names
        self.platforms = 1 + len(name) % 7


@functools.lru_cache(maxsize=50)
def find(name):
    return Station(name)
