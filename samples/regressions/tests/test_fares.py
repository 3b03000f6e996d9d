import pytest

from timetable import day, fares


def test_a_quote_is_found_again():
    first = fares.quote("Bern", "Chur")
    assert first.cents > 0
    assert (first.origin, first.destination) == ("Bern", "Chur")


@pytest.mark.no_growth(loops=5, warmup=2)
def test_selling_tickets_keeps_nothing():
    day.sell_tickets()
