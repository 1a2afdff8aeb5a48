# SPDX-License-Identifier: Apache-2.0
"""fake_qga.py SOCKET KIND - a guest agent on a UNIX socket that answers one kind of nonsense.

It synchronises as qemu-ga does, so that the nonsense is treated as an answer.
"""
import json
import os
import re
import socket
import sys
import time

path, kind = sys.argv[1:]


def nic(name, mac, tx):
    statistics = {"tx-bytes": tx, "rx-bytes": 1, "tx-packets": 1, "rx-packets": 1}
    return {"name": name, "hardware-address": mac, "statistics": statistics}


ANSWERS = {
    "garbage": b"\x00\xff\xfe{]]nonsense\n",
    "huge": b'{"return": "' + b"x" * (8 << 20) + b'"}\n',
    "deep": b'{"return": ' + b"[" * 100000 + b"]" * 100000 + b"}\n",
    "types": b'{"return": {"name": 5}}\n',
    "negative": json.dumps({"return": [nic("eth0", "52:54:00:00:00:01", 5),
                                       nic("eth1", "52:54:00:00:00:02", -5)]}).encode() + b"\n",
    "hangup": b"",
    # Duplicate keys, of which either may be meant.
    "twice": json.dumps({"return": [nic("eth0", "52:54:00:00:00:03", 5)]}).encode()
             .replace(b'"name"', b'"name": "eth9", "name"') + b"\n",
    # One answer too many for every request, always the same.
    "eager": 2 * (json.dumps({"return": [nic("a b", "52:54:00:00:00:04", 5)]}).encode() + b"\n"),
    # Names that a shell or tc would interpret, and an address used twice.
    "names": json.dumps({"return": [
        nic(name, "52:54:00:00:01:%02x" % (i % 7), 5) for i, name in enumerate(
            ["a b", 'x"y', "a\nb", "-batch", "..", "eth0;reboot", "n" * 300, "$(reboot)"])
    ]}).encode() + b"\n",
    # One byte now and then, without end.
    "drip": None,
}

if os.path.exists(path):
    os.unlink(path)
server = socket.socket(socket.AF_UNIX)
server.bind(path)
server.listen(1)
while True:
    client, _ = server.accept()
    try:
        for line in client.makefile("rb"):
            sync = re.search(rb'"id": ?(\d+)', line)
            if sync:
                client.sendall(b'{"error": {}}\n\xff{"return": ' + sync.group(1) + b"}\n")
            elif kind == "drip":
                while True:
                    client.sendall(b" ")
                    time.sleep(0.02)
            elif ANSWERS[kind]:
                client.sendall(ANSWERS[kind])
            else:
                break
    except OSError:
        pass
    client.close()
