#!/usr/bin/env python3
"""lru_cache on a method: `self` is part of each key, so the class holds every instance whose method was called.

The fix is functools.cached_property, or a cache that the instance has itself.
"""
import functools

import truth as protocol

if __name__ == "__main__":
    protocol.run("lru_cache_method")


class Report:
    made = 0

    def __init__(self, number):
        self.rows = list(range(number, number + 20))
        Report.made += 1

    @functools.lru_cache(maxsize=None)
    def total(self):
        return sum(self.rows)


def handle(number):
    report = Report(1000 + number)
    for _ in range(3):
        report.total()


def truth():
    return protocol.leak("lru_cache_method.Report.total<cache>", "lru_cache_method.Report", Report.made)
