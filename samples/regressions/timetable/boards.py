"""Departure boards, one for each visitor who looks at a station; a board shows delays while it is open.

The regression `listener`: a board that is closed goes on listening, and so stays.
"""
from . import settings
from .delays import DELAYS


class Board:
    def __init__(self, station):
        self.station = station
        self.lines = {}
        DELAYS.subscribe(self.show_delay)

    def show_delay(self, train, minutes):
        self.lines[train] = "%s is %d minutes late" % (train, minutes)

    def close(self):
        if "listener" not in settings.REGRESSIONS:
            DELAYS.unsubscribe(self.show_delay)
