import pytest

from timetable import boards, day
from timetable.delays import DELAYS


def test_a_board_shows_delays():
    board = boards.Board("Bern")
    DELAYS.announce("IC 8", 4)
    assert board.lines == {"IC 8": "IC 8 is 4 minutes late"}
    board.close()


@pytest.mark.no_growth(loops=5, warmup=2)
def test_closed_boards_go():
    day.show_boards()
