#!/usr/bin/env python3
"""Growth hidden in a numpy array: each batch of measurements is appended to one array, which is as many objects as before.

The fix is a ring: an array of fixed length, written round and round. Needs numpy.
"""
import numpy

import truth as protocol

if __name__ == "__main__":
    protocol.run("numpy_history")


class Meter:
    def __init__(self):
        self.history = numpy.zeros(0)

    def measured(self, batch):
        self.history = numpy.append(self.history, batch)


METER = Meter()


def handle(number):
    METER.measured(numpy.full(100, float(number)))


def truth():
    return protocol.leak("numpy_history.METER.history", "numpy.ndarray", 1, METER.history.nbytes)
