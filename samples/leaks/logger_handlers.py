#!/usr/bin/env python3
"""A logger that keeps handlers: each job adds its own to a logger that lives as long as the process, and no job removes it.

The fix is removeHandler and close() where the job ends. (Each line is also written once for each of the handlers.)
"""
import io
import logging

import truth as protocol

if __name__ == "__main__":
    protocol.run("logger_handlers")

LOG = logging.getLogger("jobs")
LOG.propagate = False


class JobHandler(logging.StreamHandler):
    made = 0

    def __init__(self):
        super().__init__(io.StringIO())
        self.setLevel(logging.ERROR)
        JobHandler.made += 1


def handle(number):
    LOG.addHandler(JobHandler())
    if number % 100 == 0:
        LOG.warning("job %d", number)


def truth():
    return protocol.leak("logger_handlers.LOG.handlers", "logger_handlers.JobHandler", JobHandler.made)
