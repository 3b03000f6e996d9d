#!/usr/bin/env python3
"""Visitors for leaky_service.py: they log in, look at pages, fill their baskets, and a few of them log out.

    python3 samples/load.py URL [--visits 1000] [--threads 4] [--polite 5]

Every request is a real one over a connection of its own, and every answer is checked. Every `--polite`th visitor logs
out; the others close the browser, as people do. Prints what it did as JSON; exits 1 if any answer was wrong.
"""
import argparse
import http.client
import json
import sys
import threading
import urllib.parse

USERS = ["ada", "grace", "emmy", "sofia", "maryam"]


class Visitors:
    def __init__(self, url, polite):
        parts = urllib.parse.urlsplit(url)
        self.host, self.port, self.polite = parts.hostname, parts.port, polite
        self.lock = threading.Lock()
        self.next = 0
        self.done = {"requests": 0, "failed": 0, "logins": 0, "logouts": 0}
        self.complaints = []

    def count(self, what):
        with self.lock:
            self.done[what] += 1

    def request(self, method, path, token=None):
        """The answer as JSON, or None where it was not what it should be."""
        self.count("requests")
        connection = http.client.HTTPConnection(self.host, self.port, timeout=30)
        try:
            connection.request(method, path, headers={"Cookie": token} if token else {})
            answer = connection.getresponse()
            body = answer.read()
            if answer.status == 200:
                return json.loads(body) if path.find("static") < 0 else body
            self.complain("%s %s: status %d" % (method, path, answer.status))
        except (OSError, http.client.HTTPException, ValueError) as error:
            self.complain("%s %s: %s" % (method, path, error))
        finally:
            connection.close()
        return None

    def complain(self, sentence):
        self.count("failed")
        with self.lock:
            self.complaints.append(sentence)

    def visit(self, number):
        self.request("GET", "/static/app.css")
        self.request("GET", "/")
        answer = self.request("POST", "/login?user=" + USERS[number % len(USERS)])
        if answer is None:
            return
        self.count("logins")
        for item in range(1 + number % 2):
            page = self.request("GET", "/page?item=%d" % item, answer["token"])
            if page is not None and len(page["basket"]) != item + 1:
                self.complain("the basket has %d items, not %d" % (len(page["basket"]), item + 1))
        if self.polite and number % self.polite == self.polite - 1:
            if self.request("POST", "/logout", answer["token"]) is not None:
                self.count("logouts")

    def work(self, visits):
        while True:
            with self.lock:
                number = self.next
                self.next += 1
            if number >= visits:
                return
            self.visit(number)


def main():
    options = argparse.ArgumentParser(description="Visitors for leaky_service.py.")
    options.add_argument("url")
    options.add_argument("--visits", type=int, default=1000)
    options.add_argument("--threads", type=int, default=4)
    options.add_argument("--polite", type=int, default=5, help="every so manieth visitor logs out; 0: nobody")
    given = options.parse_args()
    visitors = Visitors(given.url, given.polite)
    threads = [threading.Thread(target=visitors.work, args=(given.visits,)) for _ in range(given.threads)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    print(json.dumps(visitors.done), flush=True)
    for sentence in visitors.complaints[:10]:
        print("load: " + sentence, file=sys.stderr)
    return 1 if visitors.complaints else 0


if __name__ == "__main__":
    sys.exit(main())
