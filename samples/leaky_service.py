#!/usr/bin/env python3
"""A small web shop that leaks: every visitor who doesn't log out leaves a session behind, for ever.

    python3 samples/leaky_service.py [--port 8000]

It serves real requests, each in a thread of its own, with nothing but the standard library:

    GET  /                      the catalogue
    GET  /static/app.css        a file, from memory
    POST /login?user=ada        opens a session; its token is in the answer, and the browser sends it back
    GET  /page?item=2           puts an item into the session's basket
    POST /logout                closes the session
    GET  /health                threads, file descriptors and memory of the service, as JSON
    GET  /truth                 what it leaked so far, as JSON

The first line on standard output says where it listens; the last one, on SIGTERM, is the truth once more. The bug is
where such bugs are: SessionCache has no limit and no expiry, so it keeps what no browser remembers. The service knows
what it leaked because it counts logins and logouts, not because it looks into the cache.

Runs on CPython 3.8 and later.
"""
import sys

if __name__ == "__main__":
    # Run as an importable module, as services mostly are: its names then read leaky_service.Session, not __main__.
    import leaky_service

    sys.exit(leaky_service.main())

import argparse
import http.server
import json
import os
import secrets
import signal
import threading
import time
import urllib.parse

PRODUCTS = tuple((number, name, price) for number, (name, price) in enumerate(
    [("tea", 3.5), ("cup", 8.0), ("kettle", 41.0), ("honey", 6.25), ("spoon", 2.0)]))
STYLE = b"body { font: 16px/1.5 sans-serif; margin: 2em auto; max-width: 40em }\n"


class Account:
    """Someone who may log in. There are a few, and they stay."""

    def __init__(self, name, language):
        self.name = name
        self.language = language


ACCOUNTS = {name: Account(name, language) for name, language in
            [("ada", "en"), ("grace", "en"), ("emmy", "de"), ("sofia", "ru"), ("maryam", "fa")]}


class Session:
    """What the shop remembers of one visit."""

    def __init__(self, account, token):
        self.account = account
        self.token = token
        self.created = time.time()
        self.basket = []
        self.language = account.language
        self.visits = 0
        self.last_page = "/"
        self.discount = None
        self.referrer = None
        self.address = None
        self.order = None
        self.messages = ()
        self.paid = False


class SessionCache:
    """Every session by its token. Nothing is ever evicted: this is the leak."""

    def __init__(self):
        self.lock = threading.Lock()
        self.sessions = {}
        self.opened = 0
        self.closed = 0

    def open(self, account):
        token = secrets.token_urlsafe(16)
        with self.lock:
            self.sessions[token] = Session(account, token)
            self.opened += 1
        return token

    def find(self, token):
        with self.lock:
            return self.sessions.get(token)

    def close(self, token):
        with self.lock:
            if token not in self.sessions:
                return False
            del self.sessions[token]
            self.closed += 1
            return True


CACHE = SessionCache()


def truth():
    """What leaked: by the books of the service, without a look into the cache."""
    with CACHE.lock:
        return {"class": "leaky_service.Session", "leaked": CACHE.opened - CACHE.closed,
                "path": "leaky_service.CACHE.sessions", "logins": CACHE.opened, "logouts": CACHE.closed}


def health():
    with open("/proc/self/status") as status:
        fields = dict(line.split(":", 1) for line in status)
    return {"pid": os.getpid(), "threads": threading.active_count(), "descriptors": len(os.listdir("/proc/self/fd")),
            "rss_kib": int(fields["VmRSS"].split()[0]), "tracer": int(fields["TracerPid"])}


class Handler(http.server.BaseHTTPRequestHandler):
    server_version = "leaky"

    def do_GET(self):
        path, query = self.parse()
        if path == "/":
            self.answer({"products": [name for _, name, _ in PRODUCTS]})
        elif path == "/static/app.css":
            self.answer_bytes(200, "text/css", STYLE)
        elif path == "/page":
            self.show_page(query)
        elif path == "/health":
            self.answer(health())
        elif path == "/truth":
            self.answer(truth())
        else:
            self.answer({"error": "no such page"}, 404)

    def do_POST(self):
        path, query = self.parse()
        if path == "/login" and query.get("user") in ACCOUNTS:
            self.answer({"token": CACHE.open(ACCOUNTS[query["user"]])})
        elif path == "/login":
            self.answer({"error": "no such user"}, 403)
        elif path == "/logout":
            closed = CACHE.close(self.headers.get("Cookie", ""))
            self.answer({"closed": closed}, 200 if closed else 403)
        else:
            self.answer({"error": "no such page"}, 404)

    def show_page(self, query):
        session = CACHE.find(self.headers.get("Cookie", ""))
        if session is None:
            self.answer({"error": "log in first"}, 403)
            return
        session.visits += 1
        session.last_page = "/page"
        item = query.get("item", "")
        if item.isdigit() and int(item) < len(PRODUCTS):
            session.basket.append(PRODUCTS[int(item)])
        self.answer({"user": session.account.name, "basket": [name for _, name, _ in session.basket]})

    def parse(self):
        parts = urllib.parse.urlsplit(self.path)
        return parts.path, dict(urllib.parse.parse_qsl(parts.query))

    def answer(self, document, status=200):
        self.answer_bytes(status, "application/json", json.dumps(document).encode() + b"\n")

    def answer_bytes(self, status, kind, body):
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *words):
        pass


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128


def main():
    options = argparse.ArgumentParser(description="A small web shop that leaks sessions.")
    options.add_argument("--port", type=int, default=0, help="0, the default, takes a free one")
    port = options.parse_args().port
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    with Server(("127.0.0.1", port), Handler) as server:
        url = "http://127.0.0.1:%d" % server.server_port
        print(json.dumps({"pid": os.getpid(), "url": url, "python": sys.version.split()[0]}), flush=True)
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            pass
        finally:
            print(json.dumps(truth()), flush=True)
    return 0
