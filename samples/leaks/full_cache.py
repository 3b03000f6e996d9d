#!/usr/bin/env python3
"""No leak: a cache that fills and stays. It has a limit; once full, a new page takes the place of the oldest.

Two snapshots may show it grow while it fills; one more, later, does not.
"""
import collections

import truth as protocol

if __name__ == "__main__":
    protocol.run("full_cache")


class Page:
    def __init__(self, query):
        self.query = query
        self.body = ("<p>Nothing found for %s.</p>" % query).encode()


class Renderer:
    LIMIT = 100

    def __init__(self):
        self.pages = collections.OrderedDict()
        self.rendered = 0

    def render(self, query):
        if query not in self.pages:
            self.pages[query] = Page(query)
            self.rendered += 1
        if len(self.pages) > self.LIMIT:
            self.pages.popitem(last=False)
        return self.pages[query]


RENDERER = Renderer()


def handle(number):
    RENDERER.render("tea for %06d" % number)


def truth():
    return protocol.no_leak("full_cache.Page", min(RENDERER.rendered, Renderer.LIMIT))
