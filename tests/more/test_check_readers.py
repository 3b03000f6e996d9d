"""Readers that others wrote make of a check's outputs what was meant: junitparser of JUnit's XML, GitHub's own renderer of Markdown.

tests/tools/outcomes prints outcomes built by hand; the hostile ones have names that try to be markup, mentions, links."""
import html.parser
import json
import os
import re
import subprocess

import cmarkgfm
import junitparser
import pytest
from cmarkgfm.cmark import Options

SETS = ["shop", "passing", "partial", "learned", "hostile", "empty"]
PROGRAM = os.path.join(os.environ["HEAPDIFF_BUILD"], "tests", "tools", "outcomes")
NO_WIDTH = "\u200b"


def outcomes(*arguments):
    return subprocess.run([PROGRAM, *arguments], check=True, stdout=subprocess.PIPE).stdout.decode("utf-8")


# --- JUnit --------------------------------------------------------------------------------------------------------------

RESULTS = {"violated": junitparser.Failure, "skipped": junitparser.Skipped}


@pytest.mark.parametrize("name", SETS)
def test_junitparser_reads_a_case_for_each_rule(name):
    document = json.loads(outcomes(name, "json"))
    (suite,) = junitparser.JUnitXml.fromstring(outcomes(name, "junit").encode())
    cases, rows = list(suite), document["rows"]
    if document["totals"]["result"] == "partial":
        assert [type(result) for result in cases.pop().result] == [junitparser.Error]
    assert [case.classname for case in cases] == ["heapdiff.check"] * len(rows)
    for case, row in zip(cases, rows, strict=True):
        assert [type(result) for result in case.result] == ([RESULTS[row["verdict"]]] if row["verdict"] in RESULTS else [])
    counted = (suite.tests, suite.failures, suite.errors, suite.skipped)
    suite.update_statistics()
    assert (suite.tests, suite.failures, suite.errors, suite.skipped) == counted


# --- Markdown -----------------------------------------------------------------------------------------------------------


class Page(html.parser.HTMLParser):
    """Which elements a page has, and its text, that inside of code apart: no site looks for mentions there."""

    def __init__(self, source):
        super().__init__(convert_charrefs=True)
        self.elements, self.open, self.plain, self.code = set(), [], "", ""
        self.feed(source)
        self.close()

    def handle_starttag(self, tag, attributes):
        self.elements.add(tag)
        self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if "code" in self.open:
            self.code += data
        else:
            self.plain += data

    def handle_comment(self, data):
        raise AssertionError("a comment: " + data)


OURS = {"p", "strong", "table", "thead", "tbody", "tr", "th", "td", "details", "summary", "ul", "li", "code", "pre"}


def page(name):
    return Page(cmarkgfm.github_flavored_markdown_to_html(outcomes(name, "markdown"), Options.CMARK_OPT_UNSAFE))


@pytest.mark.parametrize("name", SETS)
def test_markdown_has_our_elements_alone(name):
    assert page(name).elements <= OURS


@pytest.mark.parametrize("name", SETS)
def test_markdown_says_what_json_says(name):
    document, shown = json.loads(outcomes(name, "json")), page(name)
    plain, everything = shown.plain.replace(NO_WIDTH, ""), (shown.plain + shown.code).replace(NO_WIDTH, "")
    assert document["verdict"] in plain
    for row in document["rows"]:
        assert row["rule"] in everything
        for finding in row["findings"]:
            assert finding["message"] in plain
            for field in ("path", "command"):
                assert finding.get(field, "") in shown.code.replace(NO_WIDTH, "")


def test_a_name_in_markdown_is_no_mention_and_no_link():
    plain = page("hostile").plain
    assert re.search("@" + NO_WIDTH + "user", plain) and re.search("#" + NO_WIDTH + "5", plain)
    assert not re.search(r"@\w|#\w|://|www\.\w", plain)
