#!/usr/bin/env python3
"""Exceptions kept in a list: each has its traceback, that has the frames, and these have all of their variables.

The fix is to keep text, traceback.format_exception(...), or to cut error.__traceback__ = None, and to keep the last few.
"""
import truth as protocol

if __name__ == "__main__":
    protocol.run("kept_tracebacks")


class Order:
    def __init__(self, number):
        self.number = number
        self.items = ["item %d of order %d" % (item, number) for item in range(5)]


class PaymentError(Exception):
    raised = 0

    def __init__(self, *words):
        super().__init__(*words)
        PaymentError.raised += 1


class Monitor:
    def __init__(self):
        self.errors = []

    def report(self, error):
        self.errors.append(error)


MONITOR = Monitor()


def charge(order):
    raise PaymentError("the bank does not answer")


def handle(number):
    order = Order(number)
    try:
        charge(order)
    except PaymentError as error:
        MONITOR.report(error)


def truth():
    return protocol.leak("kept_tracebacks.MONITOR.errors", "kept_tracebacks.Order", PaymentError.raised)
