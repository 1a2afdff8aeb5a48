#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""tap_link.py TAP FILE - is the other end of a tap's cable: the tap has a carrier while this runs and
FILE does not contain "down". FILE is read ten times a second."""

import fcntl
import os
import struct
import sys
import time

TUNSETIFF, TUNSETCARRIER = 0x400454CA, 0x400454E2
IFF_TAP, IFF_NO_PI = 0x0002, 0x1000

tap = os.open("/dev/net/tun", os.O_RDWR | os.O_CLOEXEC)
fcntl.ioctl(tap, TUNSETIFF, struct.pack("16sH22x", sys.argv[1].encode(), IFF_TAP | IFF_NO_PI))
while True:
    with open(sys.argv[2], encoding="ascii") as file:
        up = file.read().strip() != "down"
    fcntl.ioctl(tap, TUNSETCARRIER, struct.pack("i", up))
    time.sleep(0.1)
