"""Serves some days and takes a snapshot after each, for heapdiff check.

    python3 -m timetable [--warmup 6] [--days 3] [-o 'day-{n}.snap']

The first snapshot is of the state after the warm-up; {n} is its number, from 0.
"""
import argparse
import gc

import heapdump

from . import day


def main():
    options = argparse.ArgumentParser(prog="timetable", description="Serves some days and takes a snapshot after each.")
    options.add_argument("--warmup", type=int, default=6, help="days before the first snapshot (6: caches are full)")
    options.add_argument("--days", type=int, default=3)
    options.add_argument("-o", "--output", default="day-{n}.snap")
    options = options.parse_args()
    paths = [options.output.format(n=number) for number in range(options.days + 1)]
    for _ in range(options.warmup):
        day.live()
    for number, path in enumerate(paths):
        if number > 0:
            day.live()
        gc.collect()
        print(heapdump.dump(path), flush=True)


main()
