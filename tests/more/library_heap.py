"""A heap of numpy, lxml, SQLAlchemy, pydantic and greenlet at work, for the exact comparison.

    python library_heap.py FOLDER WALK COUNT

FOLDER holds the extension exactwalk; WALK is the file that the walk goes to; COUNT is about how many objects to make
besides those of the modules. Prints one line of JSON before the stop (pid, planted leaks by address). Once continued it
writes WALK, collects with gc.DEBUG_SAVEALL, writes the addresses of what the collector found to WALK.garbage, and ends.
"""
import argparse
import datetime
import decimal
import gc
import json
import os
import sys
import typing

sys.path.insert(0, sys.argv[1])
import exactwalk
import greenlet
import numpy
import pydantic
import sqlalchemy
import sqlalchemy.orm
from lxml import etree, html, objectify


class Plain:
    def __init__(self, number):
        self.number = number
        self.next = None


# --- numpy


class Measured(numpy.ndarray):
    """An array with attributes."""


def measured(number):
    made = numpy.arange(number % 50, dtype="f4").view(Measured)
    made.unit = ["m", number]
    return made


ROW = numpy.dtype([("id", "i8"), ("name", "U8"), ("owner", "O"), ("inner", [("left", "f4"), ("right", "O")])])


def rows(number):
    made = numpy.zeros(20, dtype=ROW)
    for i in range(20):
        made[i] = (i, "row", [number, i], (0.5, (number, i)))
    return made


def arrays(number):
    flat = numpy.arange(number % 300 + 2, dtype="f8")
    grid = numpy.arange(60).reshape(3, 4, 5)
    things = numpy.empty(40, dtype=object)
    things[:] = [[number, i] for i in range(40)]
    return [flat, flat[::2], flat[1:].reshape(-1, 1), grid.T, grid[1, :, ::2], things, things[::3], rows(number)[3:],
            rows(number)[2], numpy.float32(number), numpy.int64(number), numpy.str_("n%d" % number),
            numpy.datetime64("2024-01-01") + numpy.timedelta64(number, "D"),
            numpy.ma.masked_array([number, 2, 3], mask=[0, 1, 0]), numpy.broadcast(flat[:1], grid), numpy.nditer(grid),
            numpy.matrix([[number]]), numpy.frombuffer(bytearray(16), "u1"), flat.flat, measured(number),
            numpy.random.RandomState(number % 7) if number % 40 == 0 else None,
            numpy.random.default_rng(number) if number % 40 == 0 else None,
            numpy.dtype([("f%d" % number, "i4"), ("g", "O", (2,))]), numpy.vectorize(str), numpy.frompyfunc(str, 1, 1),
            numpy.recarray((2,), dtype=[("x", "i4")]), numpy.poly1d([number, 1])]


# --- lxml


def trees(number):
    children = "".join("<b i='%d'>t<c/></b>tail" % i for i in range(30))
    root = etree.fromstring("<a n='%d'>%s<!-- c --></a>" % (number, children))
    page = html.fromstring("<div><p class='x'>text %d</p><a href='/y'>link</a></div>" % number)
    data = objectify.fromstring("<root><v>%d</v><w>text</w></root>" % number)
    kept = list(root.iter())
    return [root, kept, page, page.xpath("//p"), page.xpath("//a/@href"), etree.ElementTree(root), root.attrib,
            root.xpath("//c"), data, data.v, data.w, etree.XPath("//b[@i=$n]"), root.iterchildren(), root[0].attrib.items(),
            etree.QName("{urn:x}y%d" % number), etree.iterwalk(root, events=("start", "end")),
            etree.Element("made", n=str(number))]


STYLE = """<xsl:stylesheet version='1.0' xmlns:xsl='http://www.w3.org/1999/XSL/Transform'>
<xsl:template match='/'><out><xsl:value-of select='//b'/></out></xsl:template></xsl:stylesheet>"""
SCHEMA = """<xs:schema xmlns:xs='http://www.w3.org/2001/XMLSchema'>
<xs:element name='a' type='xs:string'/></xs:schema>"""


def documents():
    transform = etree.XSLT(etree.XML(STYLE))
    namespaces = etree.FunctionNamespace("urn:functions")
    namespaces["double"] = lambda context, text: text * 2
    return [transform, transform(etree.XML("<a><b>text</b></a>")), etree.XMLSchema(etree.XML(SCHEMA)), etree.XMLParser(),
            etree.HTMLParser(), namespaces, etree.XPathEvaluator(etree.XML("<a/>")), etree.iterparse]


# --- SQLAlchemy

Base = sqlalchemy.orm.declarative_base()


class Author(Base):
    __tablename__ = "author"
    id = sqlalchemy.Column(sqlalchemy.Integer, primary_key=True)
    name = sqlalchemy.Column(sqlalchemy.String(50))
    born = sqlalchemy.Column(sqlalchemy.Date)
    books = sqlalchemy.orm.relationship("Book", back_populates="author")


class Book(Base):
    __tablename__ = "book"
    id = sqlalchemy.Column(sqlalchemy.Integer, primary_key=True)
    title = sqlalchemy.Column(sqlalchemy.String(100))
    price = sqlalchemy.Column(sqlalchemy.Numeric(10, 2))
    author_id = sqlalchemy.Column(sqlalchemy.ForeignKey("author.id"))
    author = sqlalchemy.orm.relationship("Author", back_populates="books")


def database(count):
    engine = sqlalchemy.create_engine("sqlite://")
    Base.metadata.create_all(engine)
    session = sqlalchemy.orm.Session(engine)
    for n in range(count):
        author = Author(name="author %d" % n, born=datetime.date(1900 + n % 100, 1, 1))
        author.books = [Book(title="book %d %d" % (n, i), price=decimal.Decimal(n) / 4) for i in range(3)]
        session.add(author)
    session.commit()
    found = session.query(Author).options(sqlalchemy.orm.joinedload(Author.books)).all()
    query = sqlalchemy.select(Author.name, sqlalchemy.func.count(Book.id)).join(Book).group_by(Author.name)
    result = session.execute(query)
    return [engine, session, found, query, result.fetchmany(10), result, sqlalchemy.inspect(found[0]),
            sqlalchemy.inspect(Author), session.execute(sqlalchemy.text("select 1")).mappings().all()]


# --- pydantic


class Address(pydantic.BaseModel):
    street: str
    number: int


class Person(pydantic.BaseModel):
    name: str
    age: pydantic.conint(ge=0)
    when: datetime.datetime
    tags: typing.List[str] = []
    address: typing.Optional[Address] = None
    parent: typing.Optional["Person"] = None

    @pydantic.field_validator("name")
    @classmethod
    def stripped(cls, value):
        return value.strip()


class Open(pydantic.BaseModel):
    model_config = pydantic.ConfigDict(extra="allow")
    _secret: list = pydantic.PrivateAttr(default_factory=list)


def models(number):
    person = Person.model_validate({"name": " p%d" % number, "age": str(number), "when": "2024-01-01T00:00:00Z",
                                    "tags": ["a", "b%d" % number], "address": {"street": "s%d" % number, "number": 1},
                                    "parent": {"name": "q", "age": 1, "when": 0}})
    adapter = pydantic.TypeAdapter(typing.Dict[str, typing.List[int]])
    kept = [person, person.model_copy(), Open(x=number, y=[number]), Person.model_validate_json(person.model_dump_json())]
    if number % 10 == 0:
        kept += [adapter, adapter.validate_python({"k": ["1", number]}), adapter.validator, adapter.serializer]
    try:
        Person(name=number, age=-1, when="never")
    except pydantic.ValidationError as error:
        kept += [error, error.errors()]
    return kept


# --- greenlet


def counting(first):
    kept, other = [first], {"n": first}
    for n in range(10):
        greenlet.getcurrent().parent.switch((n, kept, other))


def suspended(number):
    made = greenlet.greenlet(counting)
    made.switch([number])
    return [made, greenlet.greenlet(counting)]


def build(count):
    each = max(count // 3000, 20)
    return {"arrays": [arrays(n) for n in range(each * 3)], "trees": [trees(n) for n in range(each * 4)],
            "documents": documents(), "database": database(each * 12), "models": [models(n) for n in range(each * 8)],
            "greenlets": [suspended(n) for n in range(each * 2)]}


def plant_garbage(count):
    for n in range(count):
        one, other = Plain(n), Plain(n)
        one.next, other.next = other, one
        array = numpy.empty(2, dtype=object)
        array[0] = one


def plant_leaks(count):
    """Objects that an extension holds without anyone seeing it."""
    return [exactwalk.leak([n, "leaked %d" % n]) for n in range(count)] + [exactwalk.leak(Plain(n)) for n in range(count)]


def report_garbage(path):
    gc.set_debug(gc.DEBUG_SAVEALL)
    gc.collect()
    with open(path, "w") as file:
        for item in gc.garbage:
            file.write("%d\n" % id(item))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("folder")
    parser.add_argument("walk")
    parser.add_argument("count", type=int)
    options = parser.parse_args()
    heap = build(options.count)
    gc.collect()
    gc.disable()
    leaks = plant_leaks(10)
    plant_garbage(100)
    gc.get_objects(generation=None)  # the first call makes a tuple of keyword names
    print(json.dumps({"pid": os.getpid(), "leaks": leaks}), flush=True)
    exactwalk.stop_and_walk(options.walk)
    report_garbage(options.walk + ".garbage")
    os._exit(0)


main()
