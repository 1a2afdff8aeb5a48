#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""varying_sender ADDRESS PORT SHAPE SECONDS [DEVICE] - one TCP flow whose demand varies, as an
application's does.

SHAPE is NAME:LOW:HIGH:PERIOD, rates in Mbit/s, the period in seconds: saw (up, and at once down),
sine, web (Pareto-distributed levels, alpha 1.3, from LOW to HIGH, one per period), pulse (HIGH for
half of a period, then LOW), rest (LOW, then HIGH) or flat (HIGH). Data that cannot be sent within
50 ms is dropped, as in a video call. At the end it prints one line of JSON: when it began (UTC),
bytes wanted and sent, and for each second of it [wanted, sent] in Mbit/s.
"""
import json
import math
import random
import socket
import sys
import time

STEP_S = 0.005
BACKLOG_S = 0.05


def demand(shape):
    """Returns a function from seconds to bytes per second."""
    name, low, high, period = shape.split(":")
    low, high, period = float(low) * 125000, float(high) * 125000, float(period)
    levels = random.Random(7)
    drawn = []

    def level(turn):
        while len(drawn) <= turn:
            drawn.append(min(high, low * levels.random() ** (-1 / 1.3)))
        return drawn[turn]

    return {
        "saw": lambda t: low + (high - low) * (t % period) / period,
        "sine": lambda t: low + (high - low) * (1 - math.cos(2 * math.pi * t / period)) / 2,
        "web": lambda t: level(int(t / period)),
        "pulse": lambda t: high if t % period < period / 2 else low,
        "rest": lambda t: low if t % period < period / 2 else high,
        "flat": lambda t: high,
    }[name]


def main():
    address, port, shape, seconds = sys.argv[1], int(sys.argv[2]), sys.argv[3], float(sys.argv[4])
    wants = demand(shape)
    peer = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    if len(sys.argv) > 5:
        peer.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, sys.argv[5].encode())
    peer.connect((address, port))
    peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_CONGESTION, b"cubic")
    peer.setblocking(False)
    data = bytes(1 << 20)
    begun = time.time()
    begin = last = time.monotonic()
    backlog = wanted = sent = 0.0
    rows = [[0.0, 0.0] for _ in range(int(seconds) + 1)]
    while last - begin < seconds:
        time.sleep(STEP_S)
        now = time.monotonic()
        rate = wants(now - begin)
        new = rate * (now - last)
        row = rows[min(int(now - begin), len(rows) - 1)]
        wanted += new
        row[0] += new
        # A step that was late because this program did not run is made up for.
        backlog = min(backlog + new, max(new, rate * BACKLOG_S))
        try:
            while backlog >= 1:
                n = peer.send(data[:int(min(backlog, len(data)))])
                backlog -= n
                sent += n
                row[1] += n
        except BlockingIOError:
            pass
        last = now
    print(json.dumps({"begin": begun, "wanted": wanted, "sent": sent,
                      "seconds": [[round(w / 125000, 1), round(s / 125000, 1)] for w, s in rows[:int(seconds)]]}))


main()
