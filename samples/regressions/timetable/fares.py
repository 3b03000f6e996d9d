"""What a journey costs. Quotes are kept, as working them out takes time and there are few journeys.

The regression `cache`: the key of a quote got the time of the request, so that no quote is ever found again and each
stays.
"""
import time

from . import settings


class Quote:
    def __init__(self, origin, destination):
        self.origin = origin
        self.destination = destination
        self.cents = 250 + 40 * abs(len(origin) - len(destination)) + 15 * (len(origin) + len(destination))
        self.conditions = ["no refund after departure", "any train of the day"]


QUOTES = {}


def quote(origin, destination):
    key = (origin, destination)
    if "cache" in settings.REGRESSIONS:
        key += (time.time_ns(),)
    if key not in QUOTES:
        QUOTES[key] = Quote(origin, destination)
    return QUOTES[key]
