"""What does a query give, by brute force?

A graph and a query's tree, as random_queries.py makes both, are evaluated by nothing but loops over all assignments,
straight from what openCypher says. Nothing here knows the engine: no plan, no index, no statistics, no text of a query.

Trees are tuples whose first item says what they are, patterns and clauses are dictionaries; query_text.py writes
them as text. Values are those of naive_value.py.
"""

import functools

from naive_value import (
    MOST, Edge, Node, Path, calculate, conjunction, disjunction, equal, key_of, negation, order, relate, whole
)


class Graph:
    """Objects are dictionaries of their properties; edges (source, target, name, kind, class, index), in the order of
    their numbers; places from len(objects) on are roots. `bases`: the base of each type."""

    def __init__(self, objects, roots, edges, bases):
        self.objects, self.roots, self.edges, self.bases = objects, roots, edges, bases

    def places(self):
        return range(len(self.objects) + len(self.roots))

    def is_root(self, place):
        return place >= len(self.objects)

    def has_label(self, place, label):
        if label == "root" or self.is_root(place):
            return label == "root" and self.is_root(place)
        name, type_ = label.rstrip("+"), self.objects[place]["type"]
        while type_ is not None:
            if type_ == name or type_.endswith("." + name):
                return True
            type_ = self.bases.get(type_) if label.endswith("+") else None
        return False

    def node_property(self, place, name):
        if name == "id":
            return place
        if name == "indegree":
            return None if self.is_root(place) else sum(edge[1] == place for edge in self.edges)
        if name == "outdegree":
            return sum(edge[0] == place for edge in self.edges)
        if self.is_root(place):
            return self.roots[place - len(self.objects)].get(name)
        return self.objects[place].get(name)

    def edge_property(self, number, name):
        return self.edges[number][("name", "kind", "class", "index").index(name) + 2]


# --- expressions ------------------------------------------------------------------------------------------------------


class Evaluator:
    def __init__(self, graph):
        self.graph = graph

    def value(self, tree, row):
        return getattr(self, "value_" + tree[0])(row, *tree[1:])

    def value_literal(self, row, value):
        return value

    def value_variable(self, row, name):
        return row[name]

    def value_property(self, row, of, name):
        of = self.value(of, row)
        if isinstance(of, Node):
            return self.graph.node_property(of.place, name)
        if isinstance(of, Edge):
            return self.graph.edge_property(of.number, name)
        return None if of is None else of.get(name)

    def value_calculation(self, row, sign, a, b):
        return calculate(sign, self.value(a, row), self.value(b, row))

    def value_relation(self, row, sign, a, b):
        return relate(sign, self.value(a, row), self.value(b, row))

    def value_junction(self, row, word, parts):
        values = [self.value(part, row) for part in parts]
        if word == "XOR":
            return None if None in values else sum(values) % 2 == 1
        return conjunction(values) if word == "AND" else disjunction(values)

    def value_not(self, row, of):
        return negation(self.value(of, row))

    def value_negative(self, row, of):
        return calculate("-", 0, self.value(of, row))

    def value_null(self, row, of, is_null):
        return (self.value(of, row) is None) == is_null

    def value_list(self, row, items):
        return [self.value(item, row) for item in items]

    def value_map(self, row, entries):
        return {name: self.value(entry, row) for name, entry in entries.items()}

    def value_index(self, row, of, at):
        of, at = self.value(of, row), self.value(at, row)
        if of is None or at is None:
            return None
        return of[at] if -len(of) <= at < len(of) else None

    def value_slice(self, row, of, first, last):
        of = self.value(of, row)
        bounds = [self.value(bound, row) if bound else default for bound, default in ((first, 0), (last, MOST))]
        return None if of is None or None in bounds else of[slice(*bounds)]

    def value_labels(self, row, of, labels, negated):
        of = self.value(of, row)
        return None if of is None else any(self.graph.has_label(of.place, label) for label in labels) != negated

    def value_case(self, row, subject, branches, otherwise):
        for when, then in branches:
            when = self.value(when, row)
            if (when if subject is None else equal(self.value(subject, row), when)) is True:
                return self.value(then, row)
        return None if otherwise is None else self.value(otherwise, row)

    def items(self, row, name, of, condition):
        for item in self.value(of, row):
            inner = {**row, name: item}
            yield inner, True if condition is None else self.value(condition, inner)

    def value_comprehension(self, row, name, of, condition, result):
        if self.value(of, row) is None:
            return None
        kept = [inner for inner, truth in self.items(row, name, of, condition) if truth is True]
        return [inner[name] if result is None else self.value(result, inner) for inner in kept]

    def value_quantifier(self, row, word, name, of, condition):
        if self.value(of, row) is None:
            return None
        truths = [truth for _, truth in self.items(row, name, of, condition)]
        if word == "all":
            return conjunction(truths)
        if word == "any":
            return disjunction(truths)
        if word == "none":
            return negation(disjunction(truths))
        return False if truths.count(True) > 1 else None if None in truths else truths.count(True) == 1

    def value_reduce(self, row, total, begin, name, of, result):
        items, value = self.value(of, row), self.value(begin, row)
        for item in items or []:
            value = self.value(result, {**row, total: value, name: item})
        return None if items is None else value

    def value_call(self, row, name, arguments):
        values = [self.value(argument, row) for argument in arguments]
        if name == "coalesce":
            return next((value for value in values if value is not None), None)
        return None if values[0] is None else getattr(self, "call_" + name)(*values)

    call_size = staticmethod(len)
    call_abs = staticmethod(abs)
    call_head = staticmethod(lambda of: of[0] if of else None)
    call_last = staticmethod(lambda of: of[-1] if of else None)
    call_tail = staticmethod(lambda of: of[1:])
    call_reverse = staticmethod(lambda of: of[::-1])
    call_toString = staticmethod(lambda of: {True: "true", False: "false"}[of] if isinstance(of, bool) else str(of))
    call_toUpper = staticmethod(lambda of: of.upper())
    call_length = staticmethod(lambda path: len(path.edges))
    call_nodes = staticmethod(lambda path: [Node(place) for place in path.places])
    call_relationships = staticmethod(lambda path: [Edge(number) for number in path.edges])

    def call_startNode(self, edge):
        return Node(self.graph.edges[edge.number][0])

    def call_endNode(self, edge):
        return Node(self.graph.edges[edge.number][1])

    def value_exists(self, row, patterns, condition):
        return any(True for _ in self.matches(patterns, condition, row))

    def value_count(self, row, patterns, condition):
        return sum(1 for _ in self.matches(patterns, condition, row))

    def value_patterns(self, row, pattern, condition, result):
        return [self.value(result, found) for found in self.matches([pattern], condition, row)]

    # --- patterns -----------------------------------------------------------------------------------------------------

    def asks_roots(self, node):
        return any("root" in names and not negated for names, negated in node["labels"])

    def fits(self, place, node, row):
        """What needs no other variable: labels; roots only where they are asked for, or known from before."""
        labels = node["labels"]
        if self.graph.is_root(place) and not self.asks_roots(node) and node["name"] not in row["."]:
            return False
        return all(any(self.graph.has_label(place, name) for name in names) != negated for names, negated in labels)

    def steps(self, place, edge, used):
        """Over which edges, and where to."""
        for number, (source, target, name, *_) in enumerate(self.graph.edges):
            if number in used or (edge["names"] and name not in edge["names"]):
                continue
            if edge["direction"] != "in" and source == place:
                yield number, target
            elif edge["direction"] != "out" and target == place:
                yield number, source

    def trails(self, place, edge, used, row, taken=()):
        """All ways of the edge's lengths: (edges, places). None goes through a root, though one may begin there."""
        least, most = edge["lengths"]
        if len(taken) >= least:
            yield taken, ()
        if (most is not None and len(taken) >= most) or (taken and self.graph.is_root(place)):
            return
        for number, target in self.steps(place, edge, used | set(taken)):
            if self.holds(self.graph.edge_property, number, edge["properties"], row):
                for edges, places in self.trails(target, edge, used, row, (*taken, number)):
                    yield edges, (target, *places)

    def holds(self, property_of, number, properties, row):
        return all(equal(property_of(number, name), self.value(of, row)) is True for name, of in properties.items())

    def reached(self, place, edge, row):
        """Distinct ends of ways of one edge and more."""
        found, fresh = [], [place]
        while fresh:
            for number, target in self.steps(fresh.pop(), edge, ()):
                if target not in found and self.holds(self.graph.edge_property, number, edge["properties"], row):
                    found.append(target)
                    fresh += [] if self.graph.is_root(target) else [target]
        return found

    def starts(self, node, row):
        """(place, row) for each object that the node pattern may be."""
        name = node["name"]
        for place in self.graph.places():
            if name in row and row[name] != Node(place):
                continue
            if self.fits(place, node, row):
                yield place, {**row, name: Node(place)} if name else row

    def ends(self, place, edge, row, used):
        """(edges, places behind the first, row) for each way over one edge of a pattern."""
        name = edge["name"]
        if edge["reach"]:
            for target in self.reached(place, edge, row):
                yield (), (target,), row
        elif edge["lengths"] is not None:
            for edges, places in self.trails(place, edge, used, row):
                yield edges, places, {**row, name: [Edge(number) for number in edges]} if name else row
        else:
            for number, target in self.steps(place, edge, used):
                if name not in row or row[name] == Edge(number):
                    yield (number,), (target,), {**row, name: Edge(number)} if name else row

    def walk(self, pattern, at, places, edges, row, used):
        """From the node pattern number `at`, which is places[-1], on."""
        if at == len(pattern["edges"]):
            if pattern["name"]:
                row = {**row, pattern["name"]: Path(tuple(places), tuple(edges))}
            yield row, used
            return
        edge, node = pattern["edges"][at], pattern["nodes"][at + 1]
        for taken, met, found in self.ends(places[-1], edge, row, used):
            end = met[-1] if met else places[-1]
            if not self.fits(end, node, row) or (node["name"] in found and found[node["name"]] != Node(end)):
                continue
            if node["name"]:
                found = {**found, node["name"]: Node(end)}
            yield from self.walk(pattern, at + 1, [*places, *met], [*edges, *taken], found, used | set(taken))

    def shortest(self, pattern, row, used):
        """Of the walks between each two ends the shortest; one of them, or all."""
        best = {}
        for place, found in self.starts(pattern["nodes"][0], row):
            for ending, _ in self.walk({**pattern, "name": "path."}, 0, [place], [], found, used):
                path = ending.pop("path.")
                kept = best.setdefault((path.places[0], path.places[-1]), [])
                if kept and len(kept[0][0].edges) > len(path.edges):
                    kept.clear()
                if not kept or len(kept[0][0].edges) == len(path.edges):
                    kept.append((path, ending))
        for kept in best.values():
            for path, ending in kept[: None if pattern["shape"] == "allShortestPaths" else 1]:
                yield ({**ending, pattern["name"]: path} if pattern["name"] else ending), used

    def assignments(self, patterns, row, used=frozenset()):
        if not patterns:
            yield row
            return
        pattern = patterns[0]
        if pattern["shape"] is None:
            found = (
                end
                for place, begun in self.starts(pattern["nodes"][0], row)
                for end in self.walk(pattern, 0, [place], [], begun, used)
            )
        else:
            found = self.shortest(pattern, row, used)
        for row_, used_ in found:
            yield from self.assignments(patterns[1:], row_, used_)

    def names_of(self, patterns):
        for pattern in patterns:
            yield from (part["name"] for part in [pattern, *pattern["nodes"], *pattern["edges"]] if part["name"])

    def asked_roots(self, patterns, condition):
        """Variables that a label asks to be roots, in a pattern or as a part of the condition that AND joins."""
        if condition and condition[0] == "labels" and condition[1][0] == "variable" and "root" in condition[2]:
            return [] if condition[3] else [condition[1][1]]
        if condition and condition[0] == "junction" and condition[1] == "AND":
            return [name for part in condition[2] for name in self.asked_roots([], part)]
        nodes = [node for pattern in patterns for node in pattern["nodes"] if node["name"]]
        asked = [name for node in nodes for name in self.asked_roots([], node["where"])]
        return asked + [node["name"] for node in nodes if self.asks_roots(node)]

    def matches(self, patterns, condition, row):
        known = [name for name in self.names_of(patterns) if name in row]
        if any(row[name] is None for name in known):
            return
        rooted = self.asked_roots(patterns, None) + self.asked_roots([], condition)
        for found in self.assignments(patterns, {**row, ".": [*known, *rooted]}):
            if not self.has_properties(patterns, found):
                continue
            if condition is None or self.value(condition, found) is True:
                yield found

    def has_properties(self, patterns, row):
        for pattern in patterns:
            for node in pattern["nodes"]:
                if node["where"] and self.value(node["where"], row) is not True:
                    return False
                if node["properties"] and not self.holds(
                    self.graph.node_property, row[node["name"]].place, node["properties"], row
                ):
                    return False
            for edge in pattern["edges"]:
                if edge["lengths"] is None and edge["properties"] and not edge["reach"]:
                    if not self.holds(self.graph.edge_property, row[edge["name"]].number, edge["properties"], row):
                        return False
        return True

    # --- clauses ------------------------------------------------------------------------------------------------------

    def run_match(self, clause, rows):
        for row in rows:
            found = list(self.matches(clause["patterns"], clause["where"], row))
            if not found and clause["optional"]:
                found = [{**dict.fromkeys(self.names_of(clause["patterns"])), **row}]
            yield from found

    def run_unwind(self, clause, rows):
        for row in rows:
            items = self.value(clause["of"], row)
            for item in items if isinstance(items, list) else [] if items is None else [items]:
                yield {**row, clause["name"]: item}

    def aggregate(self, tree, rows):
        _, name, distinct, of = tree
        if of is None:
            return len(rows)
        values = [value for row in rows if (value := self.value(of, row)) is not None]
        if distinct:
            values = list({key_of(value): value for value in reversed(values)}.values())[::-1]
        if name == "count":
            return len(values)
        if name == "collect":
            return values
        if name in ("min", "max"):
            ordered = sorted(values, key=functools.cmp_to_key(order))
            return None if not values else ordered[0 if name == "min" else -1]
        total = sum(values)
        if name == "avg":
            return total / len(values) if values else None
        return whole(total) if isinstance(total, int) else total

    def grouped(self, tree, rows, row):
        """An expression over a group of rows: the aggregates in it, then the rest with the keys' values."""
        if tree[0] == "aggregate":
            return ("literal", self.aggregate(tree, rows))
        if tree[0] in ("calculation", "relation"):
            return (*tree[:2], *(self.grouped(part, rows, row) for part in tree[2:]))
        if tree[0] == "call":
            return (*tree[:2], [self.grouped(part, rows, row) for part in tree[2]])
        return ("literal", self.value(tree, row)) if row is not None else tree

    def has_aggregate(self, tree):
        if tree[0] == "aggregate":
            return True
        return tree[0] in ("calculation", "relation", "call") and any(
            self.has_aggregate(part) for part in (tree[2] if tree[0] == "call" else tree[2:])
        )

    def columns(self, clause, rows):
        """(row of columns, the row they are made of) each."""
        items = clause["items"]
        if not any(self.has_aggregate(tree) for _, tree in items):
            return [({name: self.value(tree, row) for name, tree in items}, row) for row in rows]
        keys = [(name, tree) for name, tree in items if not self.has_aggregate(tree)]
        groups = {}
        for row in rows:
            values = [self.value(tree, row) for _, tree in keys]
            groups.setdefault(tuple(map(key_of, values)), []).append(row)
        if not keys and not groups:
            groups[()] = []
        made = []
        for group in groups.values():
            first = group[0] if group else None
            made.append(({name: self.value(self.grouped(tree, group, first), first or {}) for name, tree in items}, {}))
        return made

    def run_projection(self, clause, rows):
        made = self.columns(clause, list(rows))
        if clause["distinct"]:
            made = list({key_of(list(columns.values())): (columns, {}) for columns, _ in reversed(made)}.values())[::-1]
        for tree, descending in reversed(clause["order"]):
            keyed = [(self.value(tree, {**row, **columns}), (columns, row)) for columns, row in made]
            keyed.sort(key=functools.cmp_to_key(lambda a, b: order(a[0], b[0])), reverse=descending)
            made = [pair for _, pair in keyed]
        first = clause["skip"] or 0
        last = None if clause["limit"] is None else first + clause["limit"]
        for columns, _ in made[first:last]:
            if clause.get("where") is None or self.value(clause["where"], columns) is True:
                yield columns

    def run(self, query):
        """All rows, lists of values; UNION without ALL: each once."""
        rows, seen = [], set()
        for part in query["parts"]:
            found = [{}]
            for clause in part:
                found = {"match": self.run_match, "unwind": self.run_unwind, "projection": self.run_projection}[
                    clause["kind"]
                ](clause, found)
            rows.extend(list(row.values()) for row in found)
        if query["all"]:
            return rows
        return [row for row in rows if key_of(row) not in seen and not seen.add(key_of(row))]
