import pytest

from timetable import day, reports


def test_a_report_is_carried():
    carried = []
    reports.OUTBOX.send(reports.Report("today", 2), lambda number, text: carried.append(text))
    reports.OUTBOX.acknowledge("today")
    assert carried == ["train 0: on time\ntrain 1: on time"]


@pytest.mark.no_growth(loops=5, warmup=2)
def test_acknowledged_reports_go():
    day.send_reports()
