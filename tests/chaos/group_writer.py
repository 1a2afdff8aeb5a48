# SPDX-License-Identifier: Apache-2.0
"""group_writer.py DAQSCTL SEED PAUSE_S ENDPOINT... - sets SLAs at the members of a group all the time,
two at once with PAUSE_S between those of each, until SIGTERM. Then compares with each member what was
acknowledged, and prints an object:

  acknowledged, refused, uncertain   numbers of requests
  slowest_refusal_s                  the longest that a request took which was refused
  slowest_s                          the longest that any took
  reasons                            the distinct texts of refusals, without times
  longest_gap_s                      the longest time between two requests that were acknowledged
  wrong                              what was lost, or is not the same everywhere

Requests that took longer than SLOW_S are on standard error.
"""
import json
import re
import signal
import sys
import threading
import time

from sla_writer import Ctl, SlaWriter

AGREE_S = 15  # members read each other's changes once a second
SLOW_S = 2


def wrong_at(writer, endpoint, program):
    """Compares with one member, which may be a little behind."""
    writer.ctl = Ctl(program, endpoint)
    end = time.monotonic() + AGREE_S
    acknowledged, uncertain = dict(writer.acknowledged), dict(writer.uncertain)
    while wrong := writer.check():
        if time.monotonic() > end:
            return [f"{endpoint}: {text}" for text in wrong]
        # A check believes what it has found.
        writer.acknowledged, writer.uncertain = dict(acknowledged), dict(uncertain)
        time.sleep(0.5)
    return []


def longest_gap(answers):
    at = sorted(asked + took for asked, took, verdict, _ in answers if verdict == "acknowledged")
    return max((b - a for a, b in zip(at, at[1:])), default=None)


def report(writer, program, endpoints):
    refused = [(took, re.sub(r"\d+", "N", errors)) for _, took, verdict, errors in writer.answers
               if verdict == "refused"]
    for asked, took, verdict, errors in writer.answers:
        if took > SLOW_S:
            print(f"asked at {asked:.2f}, {verdict} after {took:.2f} s: {errors}", file=sys.stderr)
    wrong = [text for endpoint in endpoints for text in wrong_at(writer, endpoint, program)]
    return {**writer.counts, "wrong": wrong,
            "slowest_s": max((answer[1] for answer in writer.answers), default=0),
            "slowest_refusal_s": max((took for took, _ in refused), default=0),
            "reasons": sorted({text for _, text in refused}),
            "longest_gap_s": longest_gap(writer.answers)}


def main():
    program, seed, pause_s, *endpoints = sys.argv[1:]
    ended = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: ended.set())
    # The host is one that nobody serves; --force, because its room is not known.
    writer = SlaWriter(Ctl(program, ",".join(endpoints)), int(seed), pause_s=float(pause_s),
                       options=("--force",))
    writer.go_on()
    while not ended.wait(0.1):
        pass
    writer.pause()
    json.dump(report(writer, program, endpoints), sys.stdout, indent=1)
    writer.end()


main()
