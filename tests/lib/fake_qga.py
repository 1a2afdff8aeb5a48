"""fake_qga.py SOCKET KIND - a guest agent on a UNIX socket that answers nonsense of one kind.

It synchronises as qemu-ga does, so that what comes after is taken for an answer.
"""
import json
import os
import re
import socket
import sys

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
            elif ANSWERS[kind]:
                client.sendall(ANSWERS[kind])
            else:
                break
    except OSError:
        pass
    client.close()
