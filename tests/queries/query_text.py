"""The text of a query's tree (naive.py), with parentheses around all that is calculated."""


def write_literal(value):
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, str):
        return "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"
    return str(value)


def write_where(condition):
    return "" if condition is None else f" WHERE {write(condition)}"


def write_labels(labels, negated):
    def one(label):
        plain = label.rstrip("+")
        return f"`{plain}`" + label[len(plain) :] if "." in plain else label

    return ":" + ("!" if negated else "") + "|".join(map(one, labels))


def write_properties(properties):
    entries = ", ".join(f"{name}: {write(tree)}" for name, tree in properties.items())
    return f" {{{entries}}}" if entries else ""


def write_node(node):
    labels = "".join(write_labels(*test) for test in node["labels"])
    return f"({node['name'] or ''}{labels}{write_properties(node['properties'])}{write_where(node['where'])})"


def write_lengths(edge):
    if edge["reach"]:
        return "*reach"
    if edge["lengths"] is None:
        return ""
    least, most = edge["lengths"]
    return f"*{least}..{'' if most is None else most}"


def write_edge(edge):
    names = ":" + "|".join(f"`{name}`" for name in edge["names"]) if edge["names"] else ""
    body = f"{edge['name'] or ''}{names}{write_lengths(edge)}{write_properties(edge['properties'])}"
    before, after = {"out": ("-", "->"), "in": ("<-", "-"), "both": ("-", "-")}[edge["direction"]]
    return f"{before}[{body}]{after}" if body else before + after


def write_pattern(pattern):
    text = write_node(pattern["nodes"][0])
    for edge, node in zip(pattern["edges"], pattern["nodes"][1:]):
        text += write_edge(edge) + write_node(node)
    if pattern["shape"]:
        text = f"{pattern['shape']}({text})"
    return f"{pattern['name']} = {text}" if pattern["name"] else text


def write_case(subject, branches, otherwise):
    text = "CASE" if subject is None else f"CASE {write(subject)}"
    text += "".join(f" WHEN {write(when)} THEN {write(then)}" for when, then in branches)
    return text + ("" if otherwise is None else f" ELSE {write(otherwise)}") + " END"


def write_subquery(word, patterns, condition):
    return f"{word} {{ MATCH {', '.join(map(write_pattern, patterns))}{write_where(condition)} }}"


def write_exists(patterns, condition):
    """Without a condition as the pattern alone."""
    return f"({write_pattern(patterns[0])})" if condition is None else write_subquery("EXISTS", patterns, condition)


def write_comprehension(begin, condition, result):
    return f"[{begin}{write_where(condition)}{'' if result is None else ' | ' + write(result)}]"


WRITERS = {
    "literal": write_literal,
    "variable": str,
    "property": lambda of, name: f"{write(of)}.{name}",
    "calculation": lambda sign, a, b: f"({write(a)} {sign} {write(b)})",
    "relation": lambda sign, a, b: f"({write(a)} {sign} {write(b)})",
    "junction": lambda word, parts: "(" + f" {word} ".join(map(write, parts)) + ")",
    "not": lambda of: f"(NOT {write(of)})",
    "negative": lambda of: f"(- {write(of)})",
    "null": lambda of, is_null: f"({write(of)} IS {'' if is_null else 'NOT '}NULL)",
    "list": lambda items: "[" + ", ".join(map(write, items)) + "]",
    "index": lambda of, at: f"{write(of)}[{write(at)}]",
    "slice": lambda of, first, last: f"{write(of)}[{write(first) if first else ''}..{write(last) if last else ''}]",
    "labels": lambda of, labels, negated: f"({write(of)}{write_labels(labels, negated)})",
    "case": write_case,
    "comprehension": lambda name, of, condition, result: (
        write_comprehension(f"{name} IN {write(of)}", condition, result)
    ),
    "quantifier": lambda word, name, of, condition: f"{word}({name} IN {write(of)}{write_where(condition)})",
    "reduce": lambda total, begin, name, of, result: (
        f"reduce({total} = {write(begin)}, {name} IN {write(of)} | {write(result)})"
    ),
    "call": lambda name, arguments: f"{name}({', '.join(map(write, arguments))})",
    "aggregate": lambda name, distinct, of: (
        "count(*)" if of is None else f"{name}({'DISTINCT ' if distinct else ''}{write(of)})"
    ),
    "exists": write_exists,
    "count": lambda patterns, condition: write_subquery("COUNT", patterns, condition),
    "patterns": lambda pattern, condition, result: write_comprehension(write_pattern(pattern), condition, result),
}


def write(tree):
    return WRITERS[tree[0]](*tree[1:])


def write_projection(clause):
    text = "RETURN " if clause["last"] else "WITH "
    text += "DISTINCT " if clause["distinct"] else ""
    text += ", ".join(f"{write(tree)} AS {name}" for name, tree in clause["items"])
    if clause["order"]:
        text += " ORDER BY " + ", ".join(write(tree) + (" DESC" if down else "") for tree, down in clause["order"])
    for word in ("skip", "limit"):
        text += "" if clause[word] is None else f" {word.upper()} {clause[word]}"
    return text + write_where(clause.get("where"))


def write_clause(clause):
    if clause["kind"] == "projection":
        return write_projection(clause)
    if clause["kind"] == "unwind":
        return f"UNWIND {write(clause['of'])} AS {clause['name']}"
    patterns = ", ".join(map(write_pattern, clause["patterns"]))
    return f"{'OPTIONAL ' if clause['optional'] else ''}MATCH {patterns}{write_where(clause['where'])}"


def write_query(query):
    parts = [" ".join(map(write_clause, part)) for part in query["parts"]]
    return (" UNION ALL " if query["all"] else " UNION ").join(parts)
