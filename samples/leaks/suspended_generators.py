#!/usr/bin/env python3
"""Suspended generators: a client reads a few rows and goes away; its stream waits for the next row for ever.

The fix is to close() the generator where the client goes away (contextlib.closing), or to let a time-out do it.
"""
import truth as protocol

if __name__ == "__main__":
    protocol.run("suspended_generators")


class Cursor:
    opened = 0

    def __init__(self, table):
        self.table = table
        Cursor.opened += 1

    def fetch(self, position):
        return (self.table, position)


def stream(cursor):
    for position in range(1000):
        yield cursor.fetch(position)


class Exports:
    def __init__(self):
        self.unfinished = {}

    def begin(self, client):
        rows = self.unfinished[client] = stream(Cursor("orders"))
        return rows


EXPORTS = Exports()


def handle(number):
    rows = EXPORTS.begin("client %d" % number)
    for _ in range(3):
        next(rows)


def truth():
    return protocol.leak("suspended_generators.EXPORTS.unfinished", "suspended_generators.Cursor", Cursor.opened)
