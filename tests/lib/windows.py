#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""windows.py GUARANTEED OTHERS FROM OFFSET GUARANTEE UPLINK - judges every 1 s window of a guarantee.

GUARANTEED and OTHERS are logs of iperf3 servers with intervals of a tenth of a second. FROM is the
second of the first one's traffic at which the span begins. OFFSET is what to add to its time to have
that of the other log. GUARANTEE and UPLINK are rates in Mbit/s.

A window in which the guest got less than 95 % of its guarantee counts as missed if the uplink was
full meanwhile, that is to at least 90 %. If it was not, nothing kept the guest from sending, as when it
got too little of the processor: such a window is idle. Prints the rates and counts as JSON.
"""

import bisect
import json
import re
import sys

FULL, ENOUGH = 0.9, 0.95
STEP_S = 0.1
LINE = re.compile(r"^\[ *(\w+)\] +([\d.]+)-([\d.]+) +sec .* ([\d.]+) Kbits/sec")


class Received:
    """What has arrived, in Mbit, up to any moment of a log."""

    def __init__(self, path):
        rates = {}
        with open(path, encoding="utf-8") as log:
            for match in map(LINE.match, log):
                if not match:
                    continue
                flow, begin, end, rate = match[1], *map(float, match.groups()[1:])
                # With several flows only their sum counts.
                if end - begin < 0.5 and (flow == "SUM" or rates.get(begin, ("",))[0] != "SUM"):
                    rates[begin] = (flow, end, rate / 1000)
        self.at, self.mbit = [0.0], [0.0]
        for begin, (_, end, rate) in sorted(rates.items()):
            self.at.append(end)
            self.mbit.append(self.mbit[-1] + rate * (end - begin))

    def until(self, moment):
        i = min(max(bisect.bisect_left(self.at, moment), 1), len(self.at) - 1)
        span = self.at[i] - self.at[i - 1]
        share = min(max((moment - self.at[i - 1]) / span, 0), 1) if span > 0 else 1
        return self.mbit[i - 1] + share * (self.mbit[i] - self.mbit[i - 1])

    def rate(self, begin):
        return self.until(begin + 1) - self.until(begin)


def judge(guest, others, begin, offset, guarantee, uplink):
    result = {"windows": 0, "missed": 0, "idle": 0, "worst": None, "worst_idle": None}
    last = min(guest.at[-1], others.at[-1] - offset) - 1
    while begin <= last:
        rate = guest.rate(begin)
        kind = "worst"
        if rate < ENOUGH * guarantee:
            full = rate + others.rate(begin + offset) >= FULL * uplink
            result["missed" if full else "idle"] += 1
            kind = "worst" if full else "worst_idle"
        result["windows"] += 1
        if result[kind] is None or rate < result[kind]:
            result[kind] = round(rate, 1)
        begin += STEP_S
    return result


if __name__ == "__main__":
    print(json.dumps(judge(Received(sys.argv[1]), Received(sys.argv[2]), *map(float, sys.argv[3:7]))))
