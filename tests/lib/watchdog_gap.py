#!/usr/bin/env python3
# watchdog_gap.py SOCKET - takes systemd's part of sd_notify: reads the beats of a daemon's watchdog
# from SOCKET until SIGTERM, then prints the longest time in seconds between two of them.
# SPDX-License-Identifier: Apache-2.0
import os
import signal
import socket
import sys
import time

socket_path = sys.argv[1]
reader = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
reader.bind(socket_path)
reader.settimeout(0.05)
stopped = []
signal.signal(signal.SIGTERM, lambda *_: stopped.append(True))
last, longest = None, 0.0
while not stopped:
    try:
        beat = b"WATCHDOG=1" in reader.recv(4096)
    except socket.timeout:
        beat = False
    now = time.monotonic()
    if last is not None:
        longest = max(longest, now - last)
    if beat:
        last = now
print(f"{longest:.2f}", flush=True)
os.unlink(socket_path)
