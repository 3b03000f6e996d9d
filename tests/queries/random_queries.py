"""Random small graphs and random queries over them, as trees for naive.py and as text for heapdiff.

Queries are of the right kinds, so that none is refused, and what openCypher leaves open is not asked for: rows are cut
off only where their order is total, lists whose order is open (collect, pattern comprehensions) are bags.
"""

from naive import Graph

TYPES = ["dict", "list", "str", "app.Session", "app.Admin"]
BASES = {"app.Admin": "app.Session", "app.Session": "app.Base"}
LABELS = ["dict", "list", "str", "app.Session", "Session", "app.Base+", "Session+", "Admin", "app.Base"]
OPEN = {"bag", "nodes"}
NAMES = ["a", "b", "[0]", "[1]"]
PATTERNS = ["app.*", ".*s.*", "(?i)DICT", "a|ab", "", "[a-d]+"]
TEXTS = ["", "a", "ab", "app", "it's", "ses\\sion", "dict"]
NODE_PROPERTIES = {
    "id": "int",
    "size": "int",
    "refcount": "int",
    "generation": "int",
    "length": "int",
    "indegree": "int",
    "outdegree": "int",
    "address": "int",
    "immortal": "bool",
    "type": "text",
    "module": "text",
    "name": "text",
}
EDGE_PROPERTIES = {"name": "text", "kind": "text", "class": "text", "index": "int"}


# --- graphs -----------------------------------------------------------------------------------------------------------


def make_graph(random):
    """A Graph, and its words for tests/format/help_graph.h."""
    lines = ["type app.Base base=builtins.object"]
    lines += [f"type {name} base={base}" for name, base in reversed(BASES.items())]
    objects, edges = [], []
    for place in range(random.randint(2, 8)):
        type_ = random.choice(TYPES)
        generation = random.choice([None, 0, 1, 2])
        made = {
            "type": type_,
            "module": "app" if "." in type_ else "builtins",
            "address": 16 * (place + 1),
            "size": random.choice([16, 24, 48, 48, 64, 5000000000]),
            "refcount": random.randint(1, 3),
            "generation": generation,
            "length": random.randint(0, 3),
            "immortal": random.random() < 0.2,
        }
        objects.append(made)
        lines.append(
            f"object {made['address']} {type_} size={made['size']} ref={made['refcount']} length={made['length']}"
            f" gen={'untracked' if generation is None else generation}{' flags=immortal' if made['immortal'] else ''}"
        )
    for source in range(len(objects)):
        for _ in range(random.choice([0, 1, 1, 2, 2, 3])):
            target, name = random.randrange(len(objects)), random.choice(NAMES)
            index = int(name[1]) if name.startswith("[") else None
            class_ = random.choice(["owned"] * 4 + ["weak", "unvisited"])
            edges.append((source, target, name, "attribute" if index is None else "index", class_, index))
            word = name if index is not None else "." + name
            lines.append(f"edge {objects[source]['address']} {objects[target]['address']} {word} {class_}")
    roots = []
    for number in range(random.randint(0, 2)):
        held = random.sample(range(len(objects)), random.randint(0, min(3, len(objects))))
        kind = random.choice(["modules", "thread"])
        roots.append({"type": "root", "kind": kind, "name": f"r{number}"})
        edges += [(len(objects) + number, place, None, "none", "owned", None) for place in held]
        lines.append(" ".join([f"root {kind} r{number}", *(str(objects[place]["address"]) for place in held)]))
    return Graph(objects, roots, edges, BASES), "\n".join(lines) + "\n"


# --- trees ------------------------------------------------------------------------------------------------------------


class Maker:
    """`scope`: the kind of each variable. Kinds: int, bool, text, node, edge, path, ints (a list of int), edges (a
    list); bag and nodes, lists of int and of nodes whose order is open."""

    def __init__(self, random):
        self.random = random
        self.count = 0

    def name(self):
        self.count += 1
        return f"v{self.count}"

    def chance(self, share):
        return self.random.random() < share

    def pick(self, *ways):
        return self.random.choice(ways)()

    def known(self, scope, kind):
        return [name for name, of in scope.items() if of == kind]

    # --- expressions --------------------------------------------------------------------------------------------------

    def expression(self, kind, scope, depth=3):
        names = self.known(scope, kind)
        if names and self.chance(0.3):
            return ("variable", self.random.choice(names))
        ways = {"int": self.integer, "bool": self.boolean, "text": self.text, "ints": self.integers}
        return ways[kind](scope, depth)

    def property(self, kind, scope):
        """None where nothing has one."""
        choices = [
            (name, key)
            for name, of in scope.items()
            for key, known in {"node": NODE_PROPERTIES, "edge": EDGE_PROPERTIES}.get(of, {}).items()
            if known == kind
        ]
        if not choices:
            return None
        name, key = self.random.choice(choices)
        return ("property", ("variable", name), key)

    def literal(self, *values):
        return ("literal", self.random.choice(values))

    def integer(self, scope, depth):
        found = self.property("int", scope)
        if found and self.chance(0.5):
            return found
        if depth <= 0 or self.chance(0.3):
            return self.literal(-1, 0, 1, 2, 3, 48, 60, None)
        ways = [
            lambda: (
                "calculation",
                self.random.choice("+-*"),
                self.integer(scope, depth - 2),
                self.integer(scope, depth - 2),
            ),
            lambda: ("calculation", self.random.choice("/%"), self.integer(scope, depth - 1), self.literal(-3, 2, 7)),
            lambda: ("negative", self.integer(scope, depth - 1)),
            lambda: ("call", "coalesce", [self.integer(scope, depth - 1), self.integer(scope, depth - 1)]),
            lambda: ("call", "abs", [self.integer(scope, depth - 1)]),
            lambda: ("call", "size", [self.expression(self.random.choice(["ints", "text"]), scope, depth - 1)]),
            lambda: ("call", self.random.choice(["head", "last"]), [self.expression("ints", scope, depth - 1)]),
            lambda: ("index", self.expression("ints", scope, depth - 1), self.literal(-2, -1, 0, 1, 2)),
            lambda: self.case("int", scope, depth - 1),
            lambda: self.reduce(scope, depth - 1),
        ]
        for kind, function in (("path", "length"), ("bag", "size"), ("nodes", "size"), ("edges", "size")):
            if self.known(scope, kind):
                ways += 3 * [lambda kind=kind, function=function: self.of_variable(function, kind, scope)]
        if self.known(scope, "node"):
            ways.append(lambda: self.counted(scope))
            ways.append(lambda: ("call", "size", [self.pattern_list(scope, depth - 1)]))
        return self.pick(*ways)

    def of_variable(self, function, kind, scope):
        return ("call", function, [("variable", self.random.choice(self.known(scope, kind)))])

    def text(self, scope, depth):
        found = self.property("text", scope)
        if found and self.chance(0.6):
            return found
        if depth <= 0 or self.chance(0.4):
            return self.literal(*TEXTS, None)
        return self.pick(
            lambda: ("calculation", "+", self.text(scope, depth - 1), self.text(scope, depth - 1)),
            lambda: ("calculation", "+", self.text(scope, depth - 1), self.integer(scope, depth - 1)),
            lambda: ("call", "toString", [self.expression(self.random.choice(["int", "bool"]), scope, depth - 1)]),
            lambda: ("call", "toUpper", [self.text(scope, depth - 1)]),
            lambda: ("call", "reverse", [self.text(scope, depth - 1)]),
            lambda: self.case("text", scope, depth - 1),
        )

    def integers(self, scope, depth):
        if depth <= 0 or self.chance(0.4):
            return ("list", [self.integer(scope, 0) for _ in range(self.random.randint(0, 3))])
        name = self.name()
        inner = {**scope, name: "int"}
        return self.pick(
            lambda: ("calculation", "+", self.integers(scope, depth - 1), self.integers(scope, depth - 1)),
            lambda: ("call", self.random.choice(["tail", "reverse"]), [self.integers(scope, depth - 1)]),
            lambda: ("slice", self.integers(scope, depth - 1), self.bound(), self.bound()),
            lambda: (
                "comprehension",
                name,
                self.integers(scope, depth - 1),
                self.boolean(inner, depth - 2) if self.chance(0.5) else None,
                self.integer(inner, depth - 2) if self.chance(0.7) else None,
            ),
        )

    def bound(self):
        return None if self.chance(0.3) else self.literal(-2, -1, 0, 1, 2, 3)

    def boolean(self, scope, depth):
        if depth <= 0:
            found = self.property("bool", scope)
            return found if found and self.chance(0.3) else self.pick(
                lambda: self.comparison(scope, 0), lambda: self.literal(True, False, None)
            )
        ways = 4 * [lambda: self.comparison(scope, depth - 1)] + [
            lambda: (
                "junction",
                self.random.choice(["AND", "OR", "XOR"]),
                [self.boolean(scope, depth - 1) for _ in range(self.random.randint(2, 3))],
            ),
            lambda: ("not", self.boolean(scope, depth - 1)),
            lambda: (
                "null",
                self.expression(self.random.choice(["int", "text", "bool"]), scope, depth - 1),
                self.chance(0.5),
            ),
            lambda: (
                "relation",
                "IN",
                self.expression("int", scope, depth - 1),
                self.expression("ints", scope, depth - 1),
            ),
            lambda: self.quantifier(scope, depth - 1),
            lambda: self.case("bool", scope, depth - 1),
        ]
        if self.known(scope, "node"):
            ways += 3 * [lambda: self.labels(scope)]
            ways += 3 * [lambda: self.exists(scope, depth - 1)]
        return self.pick(*ways)

    def labels(self, scope):
        labels = self.random.sample(LABELS + ["root"], self.random.randint(1, 2))
        return ("labels", ("variable", self.random.choice(self.known(scope, "node"))), labels, self.chance(0.2))

    def comparison(self, scope, depth):
        signs = ["=", "<>", "<", "<=", ">", ">="]
        same = [kind for kind in ("node", "edge") if len(self.known(scope, kind)) > 1]
        if same and self.chance(0.3):
            a, b = self.random.sample(self.known(scope, self.random.choice(same)), 2)
            return ("relation", self.random.choice(["=", "<>"]), ("variable", a), ("variable", b))
        kind = self.random.choice(["int", "int", "int", "text", "ints", "bool"])
        if kind == "text" and self.chance(0.3):
            return ("relation", "=~", self.expression("text", scope, depth - 1), self.literal(*PATTERNS))
        if kind == "text" and self.chance(0.5):
            signs = ["STARTS WITH", "ENDS WITH", "CONTAINS"]
        a, b = self.expression(kind, scope, depth - 1), self.expression(kind, scope, depth - 1)
        return ("relation", self.random.choice(signs), a, b)

    def case(self, kind, scope, depth):
        def make():
            return self.expression(kind, scope, depth - 1)

        subject = self.expression("int", scope, 0) if self.chance(0.4) else None
        when = "bool" if subject is None else "int"
        branches = [(self.expression(when, scope, depth - 1), make()) for _ in range(self.random.randint(1, 2))]
        return ("case", subject, branches, make() if self.chance(0.6) else None)

    def quantifier(self, scope, depth):
        name = self.name()
        of = self.expression("ints", scope, depth - 1)
        word = self.random.choice(["all", "any", "none", "single"])
        return ("quantifier", word, name, of, self.boolean({**scope, name: "int"}, depth - 1))

    def reduce(self, scope, depth):
        total, name = self.name(), self.name()
        inner = {**scope, total: "int", name: "int"}
        step = ("calculation", "+", ("variable", total), self.integer(inner, depth - 2))
        return ("reduce", total, self.integer(scope, 0), name, self.expression("ints", scope, depth - 1), step)

    # --- patterns -----------------------------------------------------------------------------------------------------

    def node(self, scope, fresh, name_share=0.6, known_share=0.4):
        """`fresh`: what the clause binds, to which this one adds; None: nothing new may have a name."""
        known = self.known(scope, "node") + ([] if fresh is None else self.known(fresh, "node"))
        node = {"name": None, "labels": [], "properties": {}, "where": None}
        if known and self.chance(known_share):
            node["name"] = self.random.choice(known)
        elif fresh is not None and self.chance(name_share):
            node["name"] = self.name()
            fresh[node["name"]] = "node"
        for _ in range(self.random.choice([0, 0, 0, 0, 1, 1, 1, 2])):
            labels = self.random.sample(LABELS, self.random.randint(1, 3))
            if self.chance(0.15):
                labels.append("root")
            node["labels"].append((labels, self.chance(0.1)))
        if node["name"] and self.chance(0.1):
            node["properties"] = {"generation": self.literal(0, 1, 2, 2, None)}
        if node["name"] and self.chance(0.1):
            node["where"] = self.boolean({**scope, **(fresh or {}), node["name"]: "node"}, 2)
        return node

    def edge(self, scope, fresh, plain=False):
        edge = {"name": None, "properties": {}, "lengths": None, "reach": False}
        edge["names"] = self.random.sample(NAMES, self.random.randint(1, 2)) if self.chance(0.3) else []
        edge["direction"] = self.random.choice(["out", "out", "in", "both"])
        if not plain and self.chance(0.3):
            edge["reach"] = self.chance(0.3)
            least = self.random.choice([0, 1, 1, 2])
            most = None if self.chance(0.2) else least + self.random.randint(0, 2)
            edge["lengths"] = None if edge["reach"] else (least, most)
            if self.chance(0.2):
                edge["properties"] = {"class": ("literal", "owned")}
        known = [] if edge["reach"] or edge["lengths"] else self.known(scope, "edge")
        if known and self.chance(0.2):
            edge["name"] = self.random.choice(known)
        elif fresh is not None and not edge["reach"] and self.chance(0.4):
            edge["name"] = self.name()
            fresh[edge["name"]] = "edges" if edge["lengths"] else "edge"
            if not edge["lengths"] and self.chance(0.2):
                edge["properties"] = {"kind": ("literal", "index")}
        return edge

    def pattern(self, scope, fresh, least=0):
        pattern = {"name": None, "shape": None, "edges": [], "nodes": [self.node(scope, fresh)]}
        for _ in range(max(least, self.random.choice([0, 1, 1, 1, 2, 2, 3]))):
            pattern["edges"].append(self.edge(scope, fresh))
            pattern["nodes"].append(self.node(scope, fresh))
        # An edge of the clause before stands once in a clause.
        named = [edge["name"] for edge in pattern["edges"] if edge["name"]]
        for edge in pattern["edges"]:
            if named.count(edge["name"]) > 1:
                edge["name"] = None
                edge["properties"] = {}
        if fresh is not None and self.chance(0.2) and not any(edge["reach"] for edge in pattern["edges"]):
            pattern["name"] = self.name()
            fresh[pattern["name"]] = "path"
        return pattern

    def shortest(self, scope, fresh):
        """Which of several it takes is open: only its length may be asked."""
        ends = []
        for _ in range(2):
            end = self.node({}, fresh, name_share=1, known_share=0)
            end["labels"] = [(labels, False) for labels, _ in end["labels"] if "root" not in labels][:1]
            end["properties"], end["where"] = {}, None
            ends.append(end)
        edge = {**self.edge({}, None, plain=True), "lengths": (1, self.random.choice([None, 2, 3]))}
        name = self.name()
        shape = self.random.choice(["allShortestPaths", "shortestPath"])
        fresh[name] = "path"
        pattern = {"name": name, "shape": shape, "nodes": ends, "edges": [edge]}
        return pattern, ("relation", "<>", *(("variable", end["name"]) for end in ends))

    def closed(self, scope, least):
        """A pattern within an expression that begins at something known."""
        pattern = self.pattern(scope, None, least)
        if not pattern["nodes"][0]["name"]:
            name = self.random.choice(self.known(scope, "node"))
            pattern["nodes"][0] = {"name": name, "labels": [], "properties": {}, "where": None}
        return pattern

    def exists(self, scope, depth):
        if self.chance(0.5):
            return ("exists", [self.closed(scope, 1)], None)
        fresh = {}
        pattern = self.pattern(scope, fresh, 1)
        where = self.boolean({**scope, **fresh}, depth - 2) if self.chance(0.6) else None
        return ("exists", [pattern], where or ("literal", True))

    def counted(self, scope):
        return ("count", [self.closed(scope, 1)], None)

    def pattern_list(self, scope, depth):
        fresh = {}
        pattern = self.pattern(scope, fresh, 1)
        inner = {**scope, **fresh}
        where = self.boolean(inner, depth - 2) if self.chance(0.5) else None
        return ("patterns", pattern, where, self.integer(inner, 0))

    # --- clauses ------------------------------------------------------------------------------------------------------

    def match(self, scope):
        fresh = {}
        clause = {"kind": "match", "optional": self.chance(0.25), "patterns": [], "where": None}
        if self.chance(0.1):
            pattern, condition = self.shortest(scope, fresh)
            clause["patterns"].append(pattern)
            clause["where"] = condition
        else:
            for _ in range(self.random.choice([1, 1, 1, 2])):
                clause["patterns"].append(self.pattern(scope, fresh))
            used = []
            for pattern in clause["patterns"]:
                for edge in pattern["edges"]:
                    if edge["name"] in used:
                        edge["name"], edge["properties"] = None, {}
                    used += [edge["name"]] if edge["name"] else []
            if self.chance(0.5):
                clause["where"] = self.boolean({**scope, **fresh}, 3)
        scope.update(fresh)
        return clause

    def unwind(self, scope):
        name = self.name()
        lists = self.known(scope, "bag") + self.known(scope, "nodes")
        if lists and self.chance(0.7):
            of = self.random.choice(lists)
            kind, tree = {"bag": "int", "nodes": "node"}[scope[of]], ("variable", of)
        else:
            kind, tree = "int", self.expression("ints", scope, 2)
        clause = {"kind": "unwind", "of": tree, "name": name}
        scope[name] = kind
        return clause

    def item(self, scope):
        """(kind, tree) of a column."""
        variables = [name for name in scope]
        if variables and self.chance(0.5):
            name = self.random.choice(variables)
            return scope[name], ("variable", name)
        kind = self.random.choice(["int", "bool", "text", "ints"])
        return kind, self.expression(kind, scope, 3)

    def aggregated(self, scope):
        name = self.random.choice(["count", "sum", "min", "max", "collect"])
        if self.chance(0.2):
            return "int", ("aggregate", "count", False, None)
        if self.known(scope, "node") and self.chance(0.2):
            of = ("variable", self.random.choice(self.known(scope, "node")))
            return "nodes", ("aggregate", "collect", self.chance(0.3), of)
        distinct = self.chance(0.3)
        tree = ("aggregate", name, distinct, self.expression("int", scope, 2))
        if name in ("sum", "max", "count") and self.chance(0.2):
            return "int", ("calculation", "+", tree, self.literal(1, 2))
        return "bag" if name == "collect" else "int", tree

    def projection(self, scope, last):
        clause = {"kind": "projection", "last": last, "items": [], "order": [], "skip": None, "limit": None}
        made = {}
        grouping = self.chance(0.3)
        for at in range(self.random.randint(1, 3)):
            kind, tree = self.aggregated(scope) if grouping and (at == 0 or self.chance(0.4)) else self.item(scope)
            name = self.name()
            made[name] = kind
            clause["items"].append((name, tree))
        clause["distinct"] = self.chance(0.25) and not OPEN & set(made.values())
        sortable = [name for name, kind in made.items() if kind not in OPEN | {"path", "edges"}]
        if self.chance(0.5) and sortable:
            self.random.shuffle(sortable)
            clause["order"] = [(("variable", name), self.chance(0.4)) for name in sortable]
            if len(sortable) == len(made):
                clause["skip"] = self.random.choice([None, None, 0, 1, 2])
                clause["limit"] = self.random.choice([None, None, 1, 2, 5])
        if not last and self.chance(0.3):
            clause["where"] = self.boolean(made, 2)
        return clause, made

    def single(self):
        scope, clauses = {}, []
        for _ in range(self.random.choice([1, 1, 2, 2, 3])):
            clauses.append(self.match(scope) if self.chance(0.75) or not scope else self.unwind(scope))
            if self.chance(0.2):
                clause, made = self.projection(scope, False)
                clauses.append(clause)
                scope.clear()
                scope.update(made)
        clause, made = self.projection(scope, True)
        return [*clauses, clause], made

    def query(self):
        """(tree, kinds of its columns)."""
        clauses, kinds = self.single()
        query = {"parts": [clauses], "all": True}
        if self.chance(0.1) and not OPEN & set(kinds.values()):
            other, more = self.single()
            if list(more.values()) == list(kinds.values()):
                renamed = dict(zip((name for name, _ in other[-1]["items"]), kinds))
                other[-1]["items"] = [(renamed[name], tree) for name, tree in other[-1]["items"]]
                other[-1]["order"] = [(("variable", renamed[tree[1]]), down) for tree, down in other[-1]["order"]]
                query = {"parts": [clauses, other], "all": self.chance(0.5)}
        return query, list(kinds.values())
