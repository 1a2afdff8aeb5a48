#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""traffic_sink PORT - receives everything sent to it over TCP, and discards it."""
import socket
import sys
import threading


def drain(peer):
    buffer = bytearray(1 << 20)
    try:
        while peer.recv_into(buffer):
            pass
    except ConnectionResetError:
        pass


listener = socket.create_server(("", int(sys.argv[1])))
print("listening", flush=True)
while True:
    threading.Thread(target=drain, args=(listener.accept()[0],), daemon=True).start()
