#!/usr/bin/env python3
"""A cache without a limit: it keeps the page of every query, and there is no end of queries.

The fix is a limit: functools.lru_cache(maxsize=...), or to drop the oldest item once there are enough.
"""
import truth as protocol

if __name__ == "__main__":
    protocol.run("unbounded_cache")


class Page:
    def __init__(self, query):
        self.query = query
        self.body = ("<p>Nothing found for %s.</p>" % query).encode()


class Renderer:
    def __init__(self):
        self.pages = {}
        self.rendered = 0

    def render(self, query):
        if query not in self.pages:
            self.pages[query] = Page(query)
            self.rendered += 1
        return self.pages[query]


RENDERER = Renderer()


def handle(number):
    RENDERER.render("tea")
    RENDERER.render("tea for %d" % number)


def truth():
    return protocol.leak("unbounded_cache.RENDERER.pages", "unbounded_cache.Page", RENDERER.rendered)
