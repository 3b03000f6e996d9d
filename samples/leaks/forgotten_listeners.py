#!/usr/bin/env python3
"""Listeners that nobody removes: each view subscribes, and the signal holds it by its bound method when it is closed.

The fix is to unsubscribe where the view ends, or a signal that holds its receivers by weakref.WeakMethod.
"""
import truth as protocol

if __name__ == "__main__":
    protocol.run("forgotten_listeners")


class Signal:
    def __init__(self):
        self.receivers = []

    def connect(self, receiver):
        self.receivers.append(receiver)

    def send(self, *what):
        for receiver in self.receivers:
            receiver(*what)


PRICE_CHANGED = Signal()


class View:
    opened = 0

    def __init__(self, visitor):
        self.visitor = visitor
        self.prices = {}
        PRICE_CHANGED.connect(self.on_price)
        View.opened += 1

    def on_price(self, product, price):
        self.prices[product] = price


def handle(number):
    View("visitor %d" % number)  # shown, and closed again
    if number % 100 == 0:
        PRICE_CHANGED.send("tea", 3.5)


def truth():
    return protocol.leak("forgotten_listeners.PRICE_CHANGED.receivers", "forgotten_listeners.View", View.opened)
