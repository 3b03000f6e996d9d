#!/usr/bin/env python3
"""No leak: strings interned at start-up. The first request loads a schema; all others meet the same names again."""
import sys

import truth as protocol

if __name__ == "__main__":
    protocol.run("interned_strings")


class Column:
    made = 0

    def __init__(self, name):
        self.name = sys.intern(name)
        Column.made += 1


SCHEMA = {}


def load_schema():
    for number in range(2000):
        column = Column("column_%d" % number)
        SCHEMA[column.name] = column


def handle(number):
    if not SCHEMA:
        load_schema()
    row = {sys.intern("column_%d" % (number % 2000)): number}
    assert all(name in SCHEMA for name in row)


def truth():
    return protocol.no_leak("interned_strings.Column", Column.made)
