# SPDX-License-Identifier: Apache-2.0
"""fleet_changes.py FILE FROM_US [MEMBER] - reports what 'daqs-fleetsim --changes' has written to FILE
since FROM_US (of the monotonic clock), as an object:

  served          hosts whose lease has not lapsed since they obeyed a controller last, in the end
  obeys           by host: the controller that it obeyed last
  at              by controller: how many of the served hosts obeyed it last
  lapsed          leases that lapsed
  guarantees_lost guarantees that limits took away
  epochs_back     times that a host obeyed a lower epoch than before, or another controller under the
                  same one
  changed         times that a host obeyed another controller than before, for whatever reason
  moves, moved    times that a host was moved by its controller; hosts that were
  busiest_s       most moves within a second
  soonest_s       least time between two moves of a host, in seconds; null: none was moved twice
  left            if MEMBER is given, of the hosts that obeyed it at FROM_US: how many there were, how
                  many obeyed another since, and after how long, in ms since FROM_US
"""
import bisect
import collections
import json
import re
import sys

LINE = re.compile(r"(\d+) us (\S+) (?:(obeys|moves to) (\S+) epoch (\d+)|(lapsed)|"
                  r"(\S+) lost its guarantee)\n")


def read(path):
    """Yields (us, host, what, controller, epoch) in the order of the file."""
    with open(path, encoding="utf-8") as lines:
        for line in lines:
            if found := LINE.fullmatch(line):
                us, host, how, controller, epoch, lapsed, _ = found.groups()
                what = how or lapsed or "guarantee"
                yield int(us), host, what, controller, int(epoch or 0)


def quantile(values, part):
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * part))] if ordered else None


class Report:
    def __init__(self, since_us, member):
        self.since_us = since_us
        self.member = member
        self.served = {}  # by host: its lease has not lapsed
        self.obeys = {}
        self.epochs = {}
        self.count = collections.Counter()
        self.moves = []  # times
        self.moved_us = {}
        self.soonest_us = None
        self.left = {}  # by host: None, or when it obeyed another
        self.began = False

    def take(self, us, host, what, controller, epoch):
        if us >= self.since_us and not self.began:
            self.began = True
            self.left = {h: None for h, c in self.obeys.items() if c == self.member}
        counts = us >= self.since_us
        if what == "lapsed":
            self.served[host] = False
            self.count["lapsed"] += counts
        elif what == "guarantee":
            self.count["guarantees_lost"] += counts
        else:
            self.obeyed(us, host, what, controller, epoch, counts)

    def obeyed(self, us, host, what, controller, epoch, counts):
        before = self.epochs.get(host, -1)
        other = host in self.obeys and self.obeys[host] != controller
        self.count["epochs_back"] += counts and (epoch < before or (other and epoch == before))
        self.count["changed"] += counts and other
        if counts and what == "moves to" and other:
            self.move(us, host)
        if self.left.get(host, 0) is None and controller != self.member:
            self.left[host] = us
        self.served[host] = True
        self.obeys[host], self.epochs[host] = controller, epoch

    def move(self, us, host):
        self.moves.append(us)
        if host in self.moved_us:
            span = us - self.moved_us[host]
            self.soonest_us = span if self.soonest_us is None else min(span, self.soonest_us)
        self.moved_us[host] = us

    def of_left(self):
        times = [(us - self.since_us) // 1000 for us in self.left.values() if us is not None]
        return {"hosts": len(self.left), "obeyed_another": len(times),
                "p50_ms": quantile(times, 0.5), "p99_ms": quantile(times, 0.99),
                "max_ms": quantile(times, 1)}

    def result(self):
        at = collections.Counter(c for h, c in self.obeys.items() if self.served[h])
        busiest = max((i + 1 - bisect.bisect_left(self.moves, us - 1000000)
                       for i, us in enumerate(self.moves)), default=0)
        return {"served": sum(self.served.values()), "obeys": self.obeys, "at": at,
                "lapsed": self.count["lapsed"], "guarantees_lost": self.count["guarantees_lost"],
                "epochs_back": self.count["epochs_back"], "changed": self.count["changed"],
                "moves": len(self.moves),
                "moved": len(self.moved_us), "busiest_s": busiest,
                "soonest_s": self.soonest_us and self.soonest_us / 1e6, "left": self.of_left()}


def main():
    report = Report(int(sys.argv[2]), sys.argv[3] if len(sys.argv) > 3 else "")
    for change in read(sys.argv[1]):
        report.take(*change)
    if not report.began:
        report.left = {h: None for h, c in report.obeys.items() if c == report.member}
    json.dump(report.result(), sys.stdout, sort_keys=True)


main()
