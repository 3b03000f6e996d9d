#!/usr/bin/env python3
"""No leak: a deque with maxlen. Every event is new, and there are never more than the last hundred."""
import collections

import truth as protocol

if __name__ == "__main__":
    protocol.run("recent_events")


class Event:
    seen = 0

    def __init__(self, number):
        self.text = "event %06d" % number
        Event.seen += 1


RECENT = collections.deque(maxlen=100)


def handle(number):
    RECENT.append(Event(number))


def truth():
    return protocol.no_leak("recent_events.Event", min(Event.seen, RECENT.maxlen))
