"""Random queries on random small graphs give what naive.py gives. By hand with more of them, and other seeds:

    python3 tests/queries/test_random_queries.py --out build --seed 7 --count 100000
"""

import argparse
import json
import os
import random
import subprocess
import sys
from pathlib import Path

import naive
import naive_value
from query_text import write_query
from random_queries import OPEN, Maker, make_graph

QUERIES_A_GRAPH = 8


class Program:
    """tests/tools/queryrows.c, which stays for all graphs."""

    def __init__(self, out):
        program = Path(out) / "tests/tools/queryrows"
        self.process = subprocess.Popen([program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def graph(self, text):
        self.process.stdin.write(f"graph\n{text}.\n")

    def ask(self, text):
        self.process.stdin.write(f"query {text}\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        assert line, f"queryrows ended at: {text}"
        return json.loads(line)

    def close(self):
        self.process.stdin.close()
        assert self.process.wait() == 0


def shown_value(value):
    """A value of naive.py as queryrows.c writes it, without the sources of edges."""
    if isinstance(value, naive_value.Node):
        return {"node": value.place}
    if isinstance(value, naive_value.Edge):
        return {"edge": value.number}
    if isinstance(value, naive_value.Path):
        return {"places": list(value.places), "edges": list(value.edges)}
    return [shown_value(item) for item in value] if isinstance(value, list) else value


def given_value(value, graph):
    """A value of queryrows.c likewise; an edge's source is as the graph says."""
    if isinstance(value, list):
        return [given_value(item, graph) for item in value]
    if isinstance(value, dict) and "source" in value:
        assert graph.edges[value["edge"]][0] == value["source"], value
        return {"edge": value["edge"]}
    return value


def is_open(query, kind):
    """Paths that are one of several shortest ones."""
    return kind == "path" and any(
        pattern["shape"] == "shortestPath"
        for part in query["parts"]
        for clause in part
        for pattern in clause.get("patterns", [])
    )


def comparable(row, kinds, query):
    """A row as text; what is a bag sorted, of what is open only the length."""
    cells = []
    for value, kind in zip(row, kinds):
        if kind in OPEN and value is not None:
            value = sorted(value, key=json.dumps)
        elif is_open(query, kind) and value is not None:
            value = len(value["edges"])
        cells.append(value)
    return json.dumps(cells, sort_keys=True)


def compare(graph, query, kinds, answer):
    """None where both agree, else what was expected."""
    try:
        expected = [[shown_value(value) for value in row] for row in naive.Evaluator(graph).run(query)]
    except naive_value.Refused as refused:
        return None if "error" in answer else f"refused: {refused}"
    wanted = [comparable(row, kinds, query) for row in expected]
    if "error" in answer:
        return wanted
    given = [comparable([given_value(value, graph) for value in row], kinds, query) for row in answer["rows"]]
    last = query["parts"][0][-1]
    if len(query["parts"]) > 1 or len(last["order"]) < len(last["items"]):
        return None if sorted(wanted) == sorted(given) else wanted
    return None if wanted == given else wanted


def run(out, seed, count):
    """(queries that agree, how many of these had rows, what to say of the others)."""
    program, right, filled, wrong = Program(out), 0, 0, []
    for number in range(count):
        chance = random.Random(f"{seed} {number // QUERIES_A_GRAPH}")
        graph, text = make_graph(chance)
        if number % QUERIES_A_GRAPH == 0:
            program.graph(text)
        query, kinds = Maker(random.Random(f"{seed} {number} query")).query()
        words = write_query(query)
        answer = program.ask(words)
        expected = compare(graph, query, kinds, answer)
        if expected is None:
            right += 1
            filled += bool(answer.get("rows"))
        else:
            wrong.append(f"seed {seed}, query {number}\n{text}{words}\nexpected {expected}\ngot      {answer}\n")
    program.close()
    return right, filled, wrong


def test_random_queries_give_what_brute_force_gives():
    count = 600
    right, filled, wrong = run(os.environ.get("OUT", "build"), 1, count)
    assert not wrong, f"{len(wrong)} of {count} differ\n" + "\n".join(wrong[:3])
    assert right == count and filled > count // 3


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--out", default="build")
    parser.add_argument("--seed", default="1")
    parser.add_argument("--count", type=int, default=10000)
    options = parser.parse_args()
    right, filled, wrong = run(options.out, options.seed, options.count)
    print("\n".join(wrong[:20]))
    print(f"{right} agree, {filled} of them with rows; {len(wrong)} differ")
    sys.exit(bool(wrong))
