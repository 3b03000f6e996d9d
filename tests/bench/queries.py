#!/usr/bin/env python3
"""Benchmarks of the query language: how long does a query take, once the heap has loaded what it needs?

    make bench
    python3 tests/bench/queries.py [--objects 1000000,10000000] [--json]

The heap is tests/tools/generate's. Times are of the processor, parsing and planning included: of the first run, with what it
loads, and of the best of three more. An aim is for ten million objects. `an edge` is a query's time divided by the number of
the heap's edges.
"""
import argparse
import json
import os
import sys
import tempfile

from run import BUILD, Done, describe_machine

TOOLS = os.path.join(BUILD, "tests", "tools")
# What it asks; seconds at ten million objects, or seconds an edge.
QUERIES = [
    ("filter on three columns", "MATCH (n) WHERE n.size > 50 AND n.size < 300 AND n.refcount >= 1 RETURN count(*)", 0.010, None),
    ("regular expression over types", "MATCH (n) WHERE n.type =~ '.*Session.*' RETURN count(*)", 0.001, None),
    ("two hops, typed", "MATCH (a)-->(b:dict)-->(c:str) RETURN count(*)", None, 5e-9),
    ("two hops, all", "MATCH (a)-->(b)-->(c) RETURN count(*)", None, None),
    ("top 20 by retained of a label", "MATCH (d:dict) RETURN d ORDER BY d.retained DESC LIMIT 20", 0.015, None),
    ("objects and bytes by type", "MATCH (n) RETURN n.type AS type, count(*), sum(n.size)", None, None),
]


def measure(objects, folder):
    path = os.path.join(folder, "%d.snap" % objects)
    Done(os.path.join(TOOLS, "generate"), path, objects, 1)
    info = Done(os.path.join(BUILD, "heapdiff"), "query", path, "MATCH ()-->() RETURN count(*) AS edges", "--json").document()
    lines = Done(os.path.join(TOOLS, "querytimes"), path,
                 *[query for _, query, _, _ in QUERIES]).output.splitlines()
    os.remove(path)
    return {"objects": objects, "edges": info["rows"][0]["edges"],
            "queries": [dict(json.loads(line), name=name, aim=aim, aim_edge=edge)
                        for line, (name, _, aim, edge) in zip(lines, QUERIES)]}


def show(result):
    print("%d objects, %d edges" % (result["objects"], result["edges"]))
    print("%-34s %10s %10s %10s %12s %12s" % ("", "first run", "then", "aim", "an edge", "rows"))
    for one in result["queries"]:
        aim = "%.1f ms" % (1000 * one["aim"]) if one["aim"] else "%.0f ns/edge" % (1e9 * one["aim_edge"]) if one["aim_edge"] else ""
        print("%-34s %7.0f ms %7.2f ms %10s %9.1f ns %12s" % (one["name"], 1000 * one["first"], 1000 * one["best"], aim,
                                                           1e9 * one["best"] / result["edges"], one["last"].split(" ")[0]))
    print()


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--objects", default="1000000,10000000")
    options.add_argument("--json", action="store_true")
    given = options.parse_args()
    with tempfile.TemporaryDirectory(prefix="heapdiff-bench.") as folder:
        results = [measure(int(count), folder) for count in given.objects.split(",")]
    if given.json:
        json.dump({"machine": describe_machine(sys.executable), "results": results}, sys.stdout, indent=2)
        return
    print(describe_machine(sys.executable), end="\n\n")
    for result in results:
        show(result)


if __name__ == "__main__":
    main()
