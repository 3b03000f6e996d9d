#!/usr/bin/env python3
"""One object that grows: a buffer of what was sent, never cut. There is not an object more than before, only bytes.

The fix is to cut it, or collections.deque(maxlen=...) of its parts.
"""
import sys

import truth as protocol

if __name__ == "__main__":
    protocol.run("growing_buffer")


class Connection:
    def __init__(self):
        self.sent = bytearray()

    def send(self, part):
        self.sent += part


CONNECTION = Connection()


def handle(number):
    CONNECTION.send(b"%064d\r\n" % number)


def truth():
    inside = "<ob_bytes_object>" if sys.version_info >= (3, 15) else ""  # its buffer is an object of its own there
    return protocol.leak("growing_buffer.CONNECTION.sent" + inside, "bytearray", 1, sys.getsizeof(CONNECTION.sent))
