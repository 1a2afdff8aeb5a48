#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""accounting HISTORY GUARANTEE SENDER... - compares an accounting with what senders did.

HISTORY is daqsctl's, by the second; GUARANTEE is in Mbit/s; each SENDER is a file of
varying_sender.py. Prints JSON: how many seconds were met, missed, idle and unknown, and how many of
those are false. A second of the accounting begins up to a poll after that of the clock, idle
seconds may be booked three seconds late, and missed ones with those before them: a verdict is false
only if none of the seconds that it may refer to confirms it.
"""
import calendar
import json
import sys
import time


def read_seconds(paths):
    """Returns, for each second of the clock, the Mbit/s wanted and sent; unknown where senders
    change."""
    seconds = {}
    for path in paths:
        with open(path, encoding="utf-8") as file:
            sender = json.load(file)
        for i, row in enumerate(sender["seconds"]):
            begin = sender["begin"] + i
            part = begin - int(begin)
            for at, share in ((int(begin), 1 - part), (int(begin) + 1, part)):
                was = seconds.get(at, [0.0, 0.0, 0.0])
                seconds[at] = [was[0] + share * row[0], was[1] + share * row[1], was[2] + share]
    return {at: s[:2] for at, s in seconds.items() if s[2] > 0.99}


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        history = json.load(file)
    guarantee = float(sys.argv[2])
    truth = read_seconds(sys.argv[3:])
    sums = dict.fromkeys(("seconds", "met", "missed", "idle", "false_met", "false_missed"), 0)
    odd = []
    for row in history:
        at = calendar.timegm(time.strptime(row["time"][:19], "%Y-%m-%dT%H:%M:%S"))
        if any(at + d not in truth for d in range(-3, 2)):
            continue
        sums["seconds"] += 1
        for verdict in ("met", "missed", "idle"):
            sums[verdict] += row[verdict + "_s"]
        near = [truth[at + d] for d in (-1, 0, 1)]
        before = [truth[at + d] for d in (-3, -2, -1, 0, 1)]
        bad = None
        if row["met_s"] and max(sent for _, sent in near) < 0.95 * guarantee:
            bad = "false_met"
        elif row["missed_s"] and all(sent >= 0.99 * min(wanted, guarantee) for wanted, sent in before):
            bad = "false_missed"
        if bad:
            sums[bad] += 1
            odd.append({"what": bad, "time": row["time"], "usage": row["usage_bps"], "truth": before})
    sums["unknown"] = max(0, sums["seconds"] - sums["met"] - sums["missed"] - sums["idle"])
    print(json.dumps({**sums, "odd": odd}))


main()
