"""A made-up day of the service: so much that every part of it has something to do."""
import itertools

from . import boards, fares, reports, stations
from .delays import DELAYS

TOWNS = ["Aarau", "Bern", "Chur", "Davos", "Engelberg"]
_visitors = itertools.count()
_numbers = itertools.count()


def sell_tickets():
    for origin, destination in itertools.permutations(TOWNS, 2):
        fares.quote(origin, destination)


def show_boards():
    shown = [boards.Board(town) for town in TOWNS]
    DELAYS.announce("IC 8", 4)
    for board in shown:
        board.close()


def send_reports():
    for number in itertools.islice(_numbers, 4):
        reports.OUTBOX.send(reports.Report(number, 30), lambda number, text: None)
        reports.OUTBOX.acknowledge(number)


def look_up_stations():
    """A dozen names that nobody asked for before."""
    for visitor in itertools.islice(_visitors, 12):
        stations.find("%s %d" % (TOWNS[visitor % len(TOWNS)], visitor))


def live():
    sell_tickets()
    show_boards()
    send_reports()
    look_up_stations()
