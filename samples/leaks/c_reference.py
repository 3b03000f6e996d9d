#!/usr/bin/env python3
"""C code that takes a reference and never gives it back, as an extension does that forgets Py_DECREF on its way out.

ctypes stands for the extension, so that no compiler is needed. The fix is in the extension: heapdiff refcounts lists what
only C code holds, by type.
"""
import ctypes

import truth as protocol

if __name__ == "__main__":
    protocol.run("c_reference")


class Image:
    decoded = 0

    def __init__(self, number):
        self.name = "image %d" % number
        self.pixels = bytes(500)
        Image.decoded += 1


def take(thing):
    ctypes.pythonapi.Py_IncRef(ctypes.py_object(thing))


def handle(number):
    image = Image(number)
    take(image)


def truth():
    return protocol.leak("held by C code", "c_reference.Image", Image.decoded)
