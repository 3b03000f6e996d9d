"""Values of queries, and what openCypher says of comparing, ordering and adding them; for naive.py.

Values are None, bool, int, float, str, list, dict and Node, Edge and Path.
"""

import math
import re
from collections import namedtuple

Node = namedtuple("Node", "place")
Edge = namedtuple("Edge", "number")
Path = namedtuple("Path", "places edges")

LEAST, MOST = -(2**63), 2**63 - 1


class Refused(Exception):
    """What is an error in a query, too."""


def is_number(value):
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def kind_of(value):
    for rank, kind in enumerate((dict, Node, Edge, list, Path, str, bool)):
        if type(value) is kind:
            return rank
    if value is None:
        return 9
    return 8 if value != value else 7


def equal(a, b):
    """True, False or None."""
    if a is None or b is None:
        return None
    if is_number(a) and is_number(b):
        return a == b
    if kind_of(a) != kind_of(b):
        return False
    if isinstance(a, list):
        return False if len(a) != len(b) else conjunction([equal(x, y) for x, y in zip(a, b)])
    if isinstance(a, dict):
        return False if a.keys() != b.keys() else conjunction([equal(a[key], b[key]) for key in a])
    return a == b


def compare(a, b):
    """-1, 0, 1; None where they can't be compared; nan where one is NaN."""
    if is_number(a) and is_number(b):
        return math.nan if a != a or b != b else (a > b) - (a < b)
    if kind_of(a) != kind_of(b) or not isinstance(a, (list, str, bool)):
        return None
    if not isinstance(a, list):
        return (a > b) - (a < b)
    for x, y in zip(a, b):
        same = equal(x, y)
        if same is not True:
            return None if same is None else compare(x, y)
    return (len(a) > len(b)) - (len(a) < len(b))


def order(a, b):
    """As ORDER BY has it: total."""
    if kind_of(a) != kind_of(b):
        return kind_of(a) - kind_of(b)
    if isinstance(a, list):
        for x, y in zip(a, b):
            if order(x, y) != 0:
                return order(x, y)
        return len(a) - len(b)
    if a is None or a != a:
        return 0
    return (a > b) - (a < b)


def key_of(value):
    """Equal for what DISTINCT and grouping take for the same."""
    if isinstance(value, list):
        return ("list", *map(key_of, value))
    if isinstance(value, dict):
        return ("map", *((name, key_of(value[name])) for name in sorted(value)))
    if value is not None and value != value:
        return "NaN"
    return (kind_of(value), value)


def conjunction(values):
    return False if False in values else None if None in values else True


def disjunction(values):
    return True if True in values else None if None in values else False


def negation(value):
    return None if value is None else not value


def whole(value):
    if not LEAST <= value <= MOST:
        raise Refused("beyond 64 bits")
    return value


def calculate(sign, a, b):
    if a is None or b is None:
        return None
    if sign == "+" and (isinstance(a, list) or isinstance(b, list)):
        return (a if isinstance(a, list) else [a]) + (b if isinstance(b, list) else [b])
    if sign == "+" and (isinstance(a, str) or isinstance(b, str)):
        return str(a) + str(b)
    if sign in "/%" and isinstance(a, int) and isinstance(b, int):
        if b == 0:
            raise Refused("division by zero")
        quotient = abs(a) // abs(b) * (1 if (a < 0) == (b < 0) else -1)
        return whole(quotient) if sign == "/" else a - quotient * b
    result = {"+": lambda: a + b, "-": lambda: a - b, "*": lambda: a * b}[sign]()
    return whole(result) if isinstance(result, int) else result


def relate(sign, a, b):
    if sign == "=":
        return equal(a, b)
    if sign == "<>":
        return negation(equal(a, b))
    if sign == "IN":
        return None if b is None else disjunction([equal(a, item) for item in b])
    if sign in ("STARTS WITH", "ENDS WITH", "CONTAINS"):
        if not isinstance(a, str) or not isinstance(b, str):
            return None
        return {"STARTS WITH": a.startswith, "ENDS WITH": a.endswith, "CONTAINS": a.__contains__}[sign](b)
    if sign == "=~":
        return None if a is None or b is None else re.fullmatch(b, a) is not None
    found = compare(a, b)
    if found is None:
        return None
    return {"<": found < 0, "<=": found <= 0, ">": found > 0, ">=": found >= 0}[sign]
