# SPDX-License-Identifier: Apache-2.0
"""sampler - prints byte counters of interfaces, often, with the time at which they were read.

Runs in the rig's switch namespace, where the traffic of guests arrives. Prints one line
"ms vm1 vm2 ... uplink" per period until it is killed. Usage: sampler.py PERIOD_MS INTERFACE..."""

import os
import sys
import time

period = int(sys.argv[1]) / 1000
counters = []
for name in sys.argv[2:]:
    kind = "tx_bytes" if name == "uplink" else "rx_bytes"
    counters.append(os.open(f"/sys/class/net/{name}/statistics/{kind}", os.O_RDONLY))
due = time.monotonic()
while True:
    now = time.monotonic()
    row = [int(os.pread(fd, 32, 0)) for fd in counters]
    print(f"{now * 1000:.1f}", *row, flush=True)
    due = max(due + period, now)
    time.sleep(max(0, due - time.monotonic()))
