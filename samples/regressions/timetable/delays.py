"""Whoever wants to know of delays is told: a list of listeners."""


class Delays:
    def __init__(self):
        self.listeners = []

    def subscribe(self, listener):
        self.listeners.append(listener)

    def unsubscribe(self, listener):
        self.listeners.remove(listener)

    def announce(self, train, minutes):
        for listener in self.listeners:
            listener(train, minutes)


DELAYS = Delays()
