# SPDX-License-Identifier: Apache-2.0
"""traffic_watch.py sample DEVICE - prints "SECONDS BYTES", the monotonic clock and what the device has
sent, every 50 ms, until it is ended.

traffic_watch.py worst GOLD UPLINK FROM_S FULL_MBPS - prints the lowest rate, in Mbit/s, of GOLD over
a second since FROM_S in which UPLINK was at least at FULL_MBPS. Both are files with samples. While the
uplink has room, nothing but the machine holds gold back.
"""
import bisect
import sys
import time

SPAN_S = 1.0


def sample(device):
    with open("/proc/net/dev", encoding="ascii") as lines:
        while True:
            lines.seek(0)
            sent = next(words[9] for words in map(str.split, lines) if words[0] == device + ":")
            print(f"{time.monotonic():.3f} {sent}", flush=True)
            time.sleep(0.05)


def read(path):
    with open(path, encoding="ascii") as lines:
        pairs = [line.split() for line in lines if line.endswith("\n")]
    return [float(s) for s, _ in pairs], [int(b) for _, b in pairs]


def rate_mbps(times, sent, from_s):
    """Returns the rate over the second after from_s, and None if it has not been sampled."""
    first, last = bisect.bisect_left(times, from_s), bisect.bisect_left(times, from_s + SPAN_S)
    if last >= len(times):
        return None
    return (sent[last] - sent[first]) * 8 / 1e6 / (times[last] - times[first])


def worst(gold, uplink, from_s, full_mbps):
    rates = [rate_mbps(*gold, at_s) for at_s in gold[0] if at_s >= from_s
             and (rate_mbps(*uplink, at_s) or 0) >= full_mbps]
    return min((rate for rate in rates if rate is not None), default=0)


if sys.argv[1] == "sample":
    sample(sys.argv[2])
else:
    print(round(worst(read(sys.argv[2]), read(sys.argv[3]), float(sys.argv[4]), float(sys.argv[5]))))
