#!/usr/bin/env python3
"""A thread-local that grows: it was made for one request, but a pool's thread serves all that come.

The fix is to clear it where a request ends, or contextvars, whose values end with the context.
"""
import queue
import sys
import threading

import truth as protocol

if __name__ == "__main__":
    protocol.run("thread_local_trail")

CONTEXT = threading.local()
JOBS = queue.Queue()


class Step:
    noted = 0

    def __init__(self, text):
        self.text = text
        Step.noted += 1


def note(text):
    if not hasattr(CONTEXT, "trail"):
        CONTEXT.trail = []
    CONTEXT.trail.append(Step(text))


def serve():
    while True:
        number = JOBS.get()
        note("request %d began" % number)
        note("request %d ended" % number)
        JOBS.task_done()


threading.Thread(target=serve, name="worker", daemon=True).start()


def handle(number):
    JOBS.put(number)
    JOBS.join()


def truth():
    held = "localdicts" if sys.version_info >= (3, 13) else "dummies"  # of each thread: a dict with its attributes
    return protocol.leak("thread_local_trail.CONTEXT<%s>[*][*]" % held, "thread_local_trail.Step", Step.noted)
