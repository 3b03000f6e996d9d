"""Reports by mail. Until a report is acknowledged, the outbox can send it again.

The regression `closure`: an acknowledged report is noted as such, but the function that would send it again is kept, and it
holds the report by a variable of its own.
"""
from . import settings


class Report:
    def __init__(self, number, trains):
        self.number = number
        self.lines = ["train %d: on time" % train for train in range(trains)]


class Outbox:
    def __init__(self):
        self.retries = {}
        self.acknowledged = 0

    def send(self, report, carry):
        def again():
            carry(report.number, "\n".join(report.lines))

        self.retries[report.number] = again
        again()

    def acknowledge(self, number):
        self.acknowledged += 1
        if "closure" not in settings.REGRESSIONS:
            del self.retries[number]


OUTBOX = Outbox()
