"""A small timetable service: fares, departure boards, reports by mail, and stations."""
