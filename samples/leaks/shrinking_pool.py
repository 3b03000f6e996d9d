#!/usr/bin/env python3
"""No leak: a pool that shrinks. A burst at the beginning opened many connections; the idle ones are closed bit by bit."""
import truth as protocol

if __name__ == "__main__":
    protocol.run("shrinking_pool")


class Connection:
    def __init__(self):
        self.buffer = bytearray(1000)
        self.used = 0


class Pool:
    BURST, LEAST = 300, 10

    def __init__(self):
        self.idle = []
        self.opened = self.closed = 0

    def take(self):
        if self.idle:
            return self.idle.pop()
        self.opened += 1
        return Connection()

    def give_back(self, connection):
        connection.used += 1
        self.idle.append(connection)

    def close_one(self):
        if len(self.idle) > self.LEAST:
            self.idle.pop()
            self.closed += 1


POOL = Pool()


def handle(number):
    burst = Pool.BURST if number == 0 else 1
    for connection in [POOL.take() for _ in range(burst)]:
        POOL.give_back(connection)
    if number % 10 == 9:
        POOL.close_one()


def truth():
    return protocol.no_leak("shrinking_pool.Connection", POOL.opened - POOL.closed)
