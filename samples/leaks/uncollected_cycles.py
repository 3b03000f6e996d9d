#!/usr/bin/env python3
"""Cycles with the collector off: it was disabled for speed, and request and response refer to each other.

The fix is gc.enable(), gc.collect() at quiet moments, or a weak reference for the way back.
"""
import gc

import truth as protocol

if __name__ == "__main__":
    protocol.run("uncollected_cycles")

gc.disable()


class Request:
    made = 0

    def __init__(self, number):
        self.path = "/page/%d" % number
        self.response = None
        Request.made += 1


class Response:
    def __init__(self, request):
        self.request = request
        self.headers = {"Location": request.path}


def handle(number):
    request = Request(number)
    request.response = Response(request)


def truth():
    return protocol.leak("what nothing leads to", "uncollected_cycles.Request", Request.made)
