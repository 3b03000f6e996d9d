import pytest

from timetable import day, stations


def test_a_station_has_a_code():
    assert stations.find("Bern").code == "BER"


@pytest.mark.no_growth(loops=5, warmup=2)
def test_looking_up_stations_fills_a_cache_and_no_more():
    day.look_up_stations()


@pytest.mark.limit_count(r"^timetable\.stations\.Station$", 50)
@pytest.mark.limit_retained("1 MiB", match=r"^timetable\.")
def test_the_cache_has_a_limit():
    for _ in range(10):
        day.look_up_stations()
