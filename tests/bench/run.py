#!/usr/bin/env python3
"""Benchmarks: how fast is a capture, how long is the target stopped, how large is the file, how fast is it read?

    make bench
    python3 tests/bench/run.py [--objects 1000000] [--runs 5] [--payload 4] [--python /usr/bin/python3] [--json]

A target of tests/bench/target.py is captured `--runs` times and the snapshot is read as often, cold process each time,
warm page cache. Of times the best run is printed, of the pause also the longest; of memory the largest. Peak memory is
the largest resident set of the process (ru_maxrss). What to aim for is in the last column.

The walk alone is the pause of --pause=hold: from the first thread that is stopped to the last one released, with
nothing but the search for objects in between. The mirror is what heapdump says that it read of the target's memory
(bytes_read).

A second target, of tests/bench/payload.py, holds --payload GiB of bytes, arrays and the like; it is left out where the
machine has less than that and another GiB to spare.
"""
import argparse
import contextlib
import json
import os
import platform
import subprocess
import sys
import tempfile
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BUILD = os.environ.get("HEAPDIFF_BUILD", os.path.join(ROOT, "build"))


class Done:
    """A program that ran: its wall and processor time in seconds, its largest resident set in bytes, its output."""

    def __init__(self, *words, code=0):
        started = time.perf_counter()
        with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as errors:
            process = subprocess.Popen([str(word) for word in words], stdout=output, stderr=errors)
            _, status, usage = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
            self.wall = time.perf_counter() - started
            self.user = usage.ru_utime
            self.busy = usage.ru_utime + usage.ru_stime
            self.peak = usage.ru_maxrss * 1024
            output.seek(0)
            errors.seek(0)
            self.output = output.read()
            if process.returncode != code:
                sys.exit("bench: %s ended with exit code %d\n%s" % (
                    " ".join(map(str, words)), process.returncode, errors.read().decode(errors="replace")))

    def document(self):
        return json.loads(self.output)


def memory_of(pid, field):
    with open("/proc/%d/status" % pid) as lines:
        return next(int(line.split()[1]) * 1024 for line in lines if line.startswith(field + ":"))


@contextlib.contextmanager
def target_of(options, script, size):
    """A program of this folder, once it has made what it makes."""
    target = subprocess.Popen([options.python, "-B", os.path.join(ROOT, "tests/bench", script), str(size)],
                              stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    try:
        json.loads(target.stdout.readline())
        yield target
    finally:
        target.stdin.close()
        target.wait()


def measure(options, folder):
    heapdump, heapdiff = os.path.join(BUILD, "heapdump"), os.path.join(BUILD, "heapdiff")
    with target_of(options, "target.py", options.objects) as target:
        paths = [os.path.join(folder, "%d.snap" % run) for run in range(max(options.runs, 2))]
        captures = [Done(heapdump, target.pid, "-o", path) for path in paths]
        held = [path + ".held" for path in paths]
        held_captures = [Done(heapdump, target.pid, "--pause=hold", "-o", path) for path in held]
        pauses = [pause_of(heapdiff, path) for path in paths]
        held_pauses = [pause_of(heapdiff, path) for path in held]
        rss = memory_of(target.pid, "VmRSS")
    mirror, held_mirror = fact_of(heapdiff, paths[0], "bytes_read"), fact_of(heapdiff, held[0], "bytes_read")
    types = [Done(heapdiff, "types", paths[0], "--json") for _ in paths]
    diffs = [Done(heapdiff, "diff", paths[0], paths[1], "--json") for _ in paths]
    objects = sum(row["count"] for row in types[0].document()["rows"])
    return {
        "objects": objects,
        "target_rss": rss,
        "capture_seconds": min(done.wall for done in captures),
        "capture_processor_seconds": min(done.busy for done in captures),
        "capture_objects_per_second": objects / min(done.wall for done in captures),
        "pause_seconds": min(pauses),
        "pause_seconds_longest": max(pauses),
        "held_pause_seconds": min(held_pauses),
        "walk_objects_per_second": objects / min(held_pauses),
        "dumper_peak_memory": max(done.peak for done in captures),
        "mirror_bytes": mirror,
        "dumper_memory_besides": max(done.peak for done in captures) - mirror,
        "held_mirror_bytes": held_mirror,
        "held_dumper_memory_besides": max(done.peak for done in held_captures) - held_mirror,
        "file_bytes": os.path.getsize(paths[0]),
        "file_bytes_per_object": os.path.getsize(paths[0]) / objects,
        "types_seconds": min(done.wall for done in types),
        "types_peak_memory": max(done.peak for done in types),
        "diff_seconds": min(done.wall for done in diffs),
        "diff_peak_memory": max(done.peak for done in diffs),
    }


def measure_payload(options, folder):
    """Captures of a process with few objects and much in them; nothing where the machine is too small for that."""
    heapdump, heapdiff = os.path.join(BUILD, "heapdump"), os.path.join(BUILD, "heapdiff")
    size = int(options.payload * (1 << 30))
    with open("/proc/meminfo") as lines:
        free = next(int(line.split()[1]) * 1024 for line in lines if line.startswith("MemAvailable:"))
    if size == 0 or free < size + (1 << 30):
        return {}
    figures = {}
    with target_of(options, "payload.py", size) as target:
        figures["payload_bytes"], figures["payload_target_rss"] = size, memory_of(target.pid, "VmRSS")
        for mode in ("copy", "hold"):
            paths = [os.path.join(folder, "payload-%s-%d" % (mode, run)) for run in range(options.runs)]
            captures = [Done(heapdump, target.pid, "--pause=" + mode, "-o", path) for path in paths]
            figures["payload_%s_seconds" % mode] = min(done.wall for done in captures)
            figures["payload_%s_pause_seconds" % mode] = min(pause_of(heapdiff, path) for path in paths)
            figures["payload_%s_peak_memory" % mode] = max(done.peak for done in captures)
            figures["payload_%s_bytes_read" % mode] = max(fact_of(heapdiff, path, "bytes_read") for path in paths)
    return figures


def fact_of(heapdiff, path, name):
    """What a snapshot says of its capture, wherever the document of `info` has it."""
    document = Done(heapdiff, "info", path, "--json").document()
    found = [value for key, value in walk(document) if key == name]
    if len(found) != 1:
        sys.exit("bench: `heapdiff info --json` has no %s" % name)
    return found[0]


def pause_of(heapdiff, path):
    return fact_of(heapdiff, path, "pause_ns") / 1e9


def walk(thing):
    if isinstance(thing, dict):
        for key, value in thing.items():
            yield key, value
            yield from walk(value)
    elif isinstance(thing, list):
        for value in thing:
            yield from walk(value)


def mib(size):
    return "%.1f MiB" % (size / (1 << 20))


def payload_rows(figures):
    if "payload_bytes" not in figures:
        return [("a target with much payload", "left out", "")]
    rows = [("target with opaque payload", mib(figures["payload_target_rss"]), "")]
    for mode in ("copy", "hold"):
        rows += [("  pause (%s)" % mode, "%.3f s" % figures["payload_%s_pause_seconds" % mode], ""),
                 ("  of its memory read", mib(figures["payload_%s_bytes_read" % mode]), "no payload"),
                 ("  heapdump's peak memory", mib(figures["payload_%s_peak_memory" % mode]), "no payload")]
    return rows


def table(figures, machine):
    objects, mirrored = figures["objects"], figures["target_rss"] / (100 << 20)
    rows = [
        ("objects captured", "{:,}".format(objects), ""),
        ("target's resident set", mib(figures["target_rss"]), ""),
        ("capture, start to end", "%.2f s" % figures["capture_seconds"], ""),
        ("  processor time of it", "%.2f s" % figures["capture_processor_seconds"], ""),
        ("  objects a second", "{:,.0f}".format(figures["capture_objects_per_second"]), ""),
        ("  objects a second, walk alone", "{:,.0f}".format(figures["walk_objects_per_second"]), "5,000,000"),
        ("pause of the target", "%.3f s" % figures["pause_seconds"], "%.3f s, 0.1 s per 100 MiB" % (0.1 * mirrored)),
        ("  longest of all runs", "%.3f s" % figures["pause_seconds_longest"], ""),
        ("  with --pause=hold", "%.3f s" % figures["held_pause_seconds"], ""),
        ("heapdump's peak memory", mib(figures["dumper_peak_memory"]), ""),
        ("  of it the mirror", mib(figures["mirror_bytes"]), ""),
        ("  besides, an object", "%.0f B" % (figures["dumper_memory_besides"] / objects), "40 B"),
        ("  the same, with --pause=hold", "%.0f B" % (figures["held_dumper_memory_besides"] / objects), "40 B"),
        ("file", mib(figures["file_bytes"]), ""),
        ("  an object", "%.2f B" % figures["file_bytes_per_object"], "2.0 to 6.5 B"),
        ("heapdiff types, cold process", "%.3f s" % figures["types_seconds"], "0.035 s a million to load"),
        ("  peak memory, an object", "%.0f B" % (figures["types_peak_memory"] / objects), "24 B"),
        ("heapdiff diff, cold process", "%.3f s" % figures["diff_seconds"], ""),
        ("  peak memory, an object of one", "%.0f B" % (figures["diff_peak_memory"] / objects), ""),
    ]
    print("%s, best of several runs\n" % machine)
    print("%-34s %16s   %s" % ("", "measured", "target"))
    for name, measured, wanted in rows + payload_rows(figures):
        print(("%-34s %16s   %s" % (name, measured, wanted)).rstrip())


def describe_machine(python):
    with open("/proc/meminfo") as lines:
        memory = int(next(lines).split()[1]) / (1 << 20)
    version = subprocess.run([python, "-V"], capture_output=True, text=True, check=True).stdout.strip()
    return "%d cores, load %.1f, %.0f GiB of memory, %s; target %s" % (os.cpu_count(), os.getloadavg()[0], memory,
                                                                       platform.machine(), version)


def main():
    parser = argparse.ArgumentParser(description="Benchmarks of heapdump and heapdiff.")
    parser.add_argument("--objects", type=int, default=1000000, help="about so many (default 1000000)")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--payload", type=float, default=4, metavar="GIB",
                        help="of a second target (default 4; 0: none)")
    parser.add_argument("--python", default=os.environ.get("PYTHON", "/usr/bin/python3"), help="what runs the target")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        machine = describe_machine(options.python)
        figures = {**measure(options, folder), **measure_payload(options, folder)}
    if options.json:
        print(json.dumps({"schema": "heapdiff.bench/1", "machine": machine, **figures}))
    else:
        table(figures, machine)


if __name__ == "__main__":
    main()
